import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection

from letters.outbox import mailbox


@pytest.fixture(autouse=True)
def empty_mailbox(settings, tmp_path):
    settings.EMAIL_BACKEND = "letters.outbox.mailbox.CaughtBackend"
    settings.MAILBOX_DIR = tmp_path / "mailbox"


def send(subject, *, html="<p>Grüße</p>"):
    mail = EmailMultiAlternatives(
        subject, "Grüße\nZeile", "a@example.org", ["b@example.org"], connection=get_connection()
    )
    if html:
        mail.attach_alternative(html, "text/html")
    return mail.send()


def test_caught_mails_are_read_back_newest_first():
    assert [send("first"), send("zweite Ü"), send("third", html="")] == [1, 1, 1]

    found = mailbox.caught()

    assert [mail.subject for mail in found] == ["third", "zweite Ü", "first"]
    assert (found[1].to, found[1].text.strip(), found[1].html.strip()) == (
        "b@example.org", "Grüße\nZeile", "<p>Grüße</p>",
    )  # fmt: skip
    assert [mail.has_html for mail in found] == [False, True, True]
    assert found[0].sent_at >= found[2].sent_at
    assert [mail.subject for mail in mailbox.caught(most=1)] == ["third"]
    assert mailbox.caught_one(found[2].id) == found[2]


@pytest.mark.parametrize("mail_id", ["", "1", "../keys", "..", "a", "²", "1/2", "-"])
def test_caught_one_finds_nothing_under_another_name(mail_id, settings):
    send("first")
    (settings.MAILBOX_DIR.parent / "keys.eml").write_text("Subject: secret\n\n")

    assert mailbox.caught_one(mail_id) is None


def test_mailbox_is_empty_before_the_first_mail():
    assert mailbox.caught() == []


def test_mailbox_does_not_exist_outside_development(settings):
    settings.DEVELOPMENT = False

    with pytest.raises(ImproperlyConfigured, match="set EMAIL_URL"):
        get_connection()
