import re

import pytest

from letters.core import tokens
from letters.outbox import claiming, sending, suppressing
from letters.outbox.models import Message, SuppressionReason
from letters.signatures import emails, managing, signing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_message, make_signature, sign_and_confirm, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TYPED = {
    "display_name": "Zyx van der Berg", "position": "Zyxposition", "affiliation": "Zyxaffiliation",
    "comment": "Zyxcomment https://casino.example",
}  # fmt: skip
KINDS = ("confirm", "already_signed", "reminder", "mine_link", "withdrawn")


@pytest.mark.parametrize("name", KINDS)
def test_no_mail_holds_what_the_signatory_typed_but_the_name_and_no_subject_even_that(name):
    row = sign_up(make_letter(title="Lift the restriction"), **TYPED)

    mail = emails.render(name, row)

    assert mail.to == "suzie@example.com"
    assert "Zyx" not in mail.subject
    assert "\n" not in mail.subject
    assert "Lift the restriction" in mail.subject
    for body in (mail.text, mail.html):
        assert set(re.findall(r"Zyx\S*|casino\S*", body)) <= {"Zyx"}
        assert not re.search(r"<(img|script|link|iframe)\b", body), "a mail loads nothing"


def test_confirm_mail_carries_link_code_and_the_way_out(settings):
    settings.SITE_URL = "https://letters.example.org"
    row = sign_up(make_letter())

    mail = emails.render("confirm", row)

    token, code = tokens.make("confirm", row.public_id), tokens.code_for(row.public_id)
    for body in (mail.text, mail.html):
        assert f"https://letters.example.org/confirm/{token}/" in body
        assert f"{code[:4]}-{code[4:]}" in body
        assert "#not-me" in body
    assert set(re.findall(r"https?://[^/\s\"<>]+", mail.text + mail.html)) == {"https://letters.example.org"}


def test_a_name_is_escaped_in_html_and_plain_in_text():
    row = make_signature(display_name='O\'Brien & "Co" <i>x</i>', state="pending")

    mail = emails.render("confirm", row)

    assert "<i>" not in mail.html
    assert "&lt;i&gt;" in mail.html
    assert 'O\'Brien & "Co" <i>x</i>' in mail.text


def build(kind, row):
    message = Message.objects.filter(subject_id=row.public_id, kind=kind).first() or make_message(
        kind=kind, subject_id=row.public_id
    )
    return getattr(emails, f"build_{kind}")([message])[message.pk]


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("confirm", {"pending": "mail", "confirmed": "answered", "withdrawn": "answered", "erased": "gone"}),
        ("reminder", {"pending": "mail", "expired": "answered", "confirmed": "answered", "erased": "gone"}),
        ("mine_link", {"pending": "gone", "confirmed": "mail", "hidden": "mail", "withdrawn": "gone"}),
        ("withdrawn", {"confirmed": "gone", "withdrawn": "mail", "erased": "gone"}),
    ],
)
def test_a_mail_is_built_for_the_states_it_is_about_alone(kind, answers):
    found = {}
    for state in answers:
        built = build(kind, make_signature(state=state))
        found[state] = getattr(built, "code", "mail")

    assert found == answers


def test_whoever_signed_this_text_is_told_so_with_the_own_link():
    letter = make_letter()
    standing = sign_and_confirm(letter)
    again = sign_up(letter, display_name="A Stranger", email="Suzie+x@example.com")

    mail = build("confirm", again)

    assert mail.to == "suzie@example.com"
    assert managing.token_for(standing) in mail.text
    assert tokens.make("confirm", again.public_id) not in mail.text + mail.html
    assert "Stranger" not in mail.text + mail.html


def test_whoever_signed_another_letter_or_version_is_asked():
    sign_and_confirm(make_letter())
    again = sign_up(make_letter())

    assert tokens.make("confirm", again.public_id) in build("confirm", again).text


def test_one_mail_that_cannot_be_opened_spoils_no_other():
    letter = make_letter()
    good, moved = sign_up(letter), sign_up(letter, "bob")
    Signature.objects.filter(pk=moved.pk).update(email_sealed=good.email_sealed)
    messages = list(Message.objects.order_by("pk"))

    built = emails.build_confirm(messages)

    assert built[messages[0].pk].to == "suzie@example.com"
    assert type(built[messages[1].pk]).__name__ == "KeyRingError"


@pytest.mark.parametrize("amount", [1, 3])
def test_a_batch_costs_the_same_for_one_mail_and_for_three(amount, django_assert_max_num_queries):
    letter = make_letter()
    for number in range(amount):
        sign_up(letter, email=f"person-{number}@example.org")

    with django_assert_max_num_queries(8) as captured:
        built = emails.build_confirm(list(Message.objects.all()))

    assert len(built) == amount
    assert len(captured) <= 7


def test_an_attempt_that_nobody_will_be_asked_about_is_deleted():
    letter = make_letter()
    suppressing.suppress("suzie@example.com", SuppressionReason.NOT_ME)
    sign_up(letter)
    bob = sign_up(letter, "bob")

    assert [message.subject_id for message in claiming.claim()] == [bob.public_id]
    assert list(Signature.objects.all()) == [bob]


def test_an_attempt_that_was_asked_about_stays_though_a_later_mail_is_withheld():
    row = sign_up(make_letter())
    Message.objects.update(state="sent")
    suppressing.suppress("suzie@example.com", SuppressionReason.COMPLAINT)

    signing.resend(row.letter, row.public_id)
    assert claiming.claim() == []

    assert Signature.objects.get() == row


def test_the_whole_way_through_a_real_mail_server(smtp_sink):
    sending._drop_connection()
    row = sign_up(make_letter())

    assert sending.deliver_due() == 1

    (mail,) = smtp_sink.messages
    assert smtp_sink.recipients == ["suzie@example.com"]
    (token,) = set(re.findall(r"/confirm/([\w-]{66})/", mail.get_body(("plain",)).get_content()))
    assert signing.confirm(signing.find("confirm", token).public_id) == row
    sending._drop_connection()
