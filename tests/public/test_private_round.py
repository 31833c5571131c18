"""Before the launch: invited people read the draft, say what they think, and sign; nobody else sees a word."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.core import tokens
from letters.documents import commenting, launching
from letters.documents.models import Letter
from letters.outbox import sending
from letters.outbox.models import Message
from letters.signatures import inviting, signing
from letters.signatures.models import Invitation, Signature
from tests.factories import CAST, make_letter, make_user, sign_up

pytestmark = pytest.mark.django_db
BEHIND = [{"name": "Jo Doe", "role": "author", "funding": "nobody pays", "interests": "none"}]
SUZIE = CAST["suzie"]


@pytest.fixture
def letter():
    return make_letter(state="draft", organisers=BEHIND, contact="press@example.org", title="A secret plan")


@pytest.fixture
def invitation(letter):
    return inviting.invite(letter, SUZIE.name, SUZIE.email, source="A friend", by=make_user(), role="initiator")


def link(invitation, name="invited"):
    return reverse(f"public:{name}", args=[inviting.token_for(invitation)])


def public_addresses(letter):
    names = ["letter", "signatories", "methodology", "sign", "sign-organization", "signatories-csv", "signatories-json",
             "count", "mine-link"]  # fmt: skip
    return [reverse(f"public:{name}", args=[letter.slug]) for name in names]


def test_a_draft_is_read_by_the_invited_and_nobody_else(client, letter, invitation):
    page = client.get(link(invitation)).content.decode()

    assert "A secret plan" in page
    assert "Read the draft, before anybody else" in page
    assert {client.get(path).status_code for path in public_addresses(letter)} == {404}


def test_a_remark_is_kept_with_the_invited_name(client, letter, invitation):
    answer = client.post(link(invitation), {"action": "comment", "body": "Say it shorter.", "quote": "before others"})

    assert answer.status_code == 303
    [said] = commenting.for_letter(letter)
    assert (said.author_name, said.body, said.quote) == (SUZIE.name, "Say it shorter.", "before others")
    assert said.invitation == invitation.public_id


def test_an_empty_remark_is_refused_and_the_quote_stays(client, letter, invitation):
    answer = client.post(link(invitation), {"action": "comment", "body": " ", "quote": "before others"})

    assert answer.status_code == 409
    assert 'value="before others"' in answer.content.decode()
    assert commenting.open_count(letter) == 0


def test_a_draft_cannot_be_signed(client, letter, invitation):
    client.post(link(invitation), {"action": "open"})

    answer = client.get(link(invitation, "invited-sign"))
    assert (answer.status_code, answer.headers["Location"]) == (303, link(invitation))


def mails_of(kind, smtp_sink):
    sending.deliver_due()
    return [mail for mail in smtp_sink.messages if mail["Message-ID"].startswith(f"<{kind}.")]


def test_the_invited_are_told_once_when_signing_begins(letter, invitation, smtp_sink):
    [asked] = mails_of("invitation", smtp_sink)
    assert "There is nothing to sign yet" in asked.get_body(("plain",)).get_content()

    launching.begin_private_round(letter, by="user:1")

    [told] = mails_of("signing_begins", smtp_sink)
    assert (told["To"], told["Subject"]) == (SUZIE.email, "Ready to sign: A secret plan")
    launching.schedule(Letter.objects.get(pk=letter.pk), in_a_day(), by="user:1")
    assert Message.objects.filter(kind="signing_begins").count() == 1


def in_a_day():
    return timezone.now() + timedelta(days=1)


def sign_by_link(client, invitation):
    """The form behind the link, filled in and sent; returns the waiting tab's address."""
    client.post(link(invitation), {"action": "open"})
    page = client.get(link(invitation, "invited-sign"))
    form = page.context["form"]
    sent = client.post(
        link(invitation, "invited-sign"),
        {"nonce": form.initial["nonce"], "version": form.initial["version"], "display_name": SUZIE.name,
         "consent_publish": "on", "action": "sign"},
    )  # fmt: skip
    assert sent.status_code == 303
    return sent.headers["Location"]


@pytest.mark.parametrize("state", ["private", "embargoed"])
def test_the_invited_sign_and_confirm_before_the_launch(client, letter, invitation, state):
    if state == "private":
        launching.begin_private_round(letter, by="user:1")
    else:
        launching.schedule(letter, in_a_day(), by="user:1")

    waiting = client.get(sign_by_link(client, invitation))
    assert (waiting.status_code, waiting.content.count(b"Look in your mailbox") > 0) == (200, True)
    row = Signature.objects.get()
    confirm = reverse("public:confirm", args=[tokens.make("confirm", row.public_id)])
    assert "Read the whole text" in client.get(confirm).content.decode()
    mine = client.post(confirm, {"action": "confirm"}, follow=True)

    assert "The letter is not public yet" in mine.content.decode()
    assert f'href="{letter.get_absolute_url()}"' not in mine.content.decode()
    row.refresh_from_db()
    assert (row.state, row.role, row.version.number) == ("confirmed", "initiator", 1)
    assert client.get(letter.get_absolute_url()).status_code == (404 if state == "private" else 200)
    assert SUZIE.name not in client.get(letter.get_absolute_url()).content.decode()


def test_the_name_stands_on_the_page_from_the_launch_on(client, letter, invitation):
    launching.begin_private_round(letter, by="user:1")
    sign_by_link(client, invitation)
    signing.confirm(Signature.objects.get().public_id)

    launching.launch(Letter.objects.get(pk=letter.pk), by="user:1")

    page = client.get(letter.get_absolute_url()).content.decode()
    assert SUZIE.name in page
    assert Invitation.objects.get().state == "signed"


@pytest.mark.parametrize("state", ["draft", "private", "embargoed"])
def test_waiting_tab_of_another_letter_opens_no_letter_before_its_launch(client, letter, state):
    if state == "private":
        launching.begin_private_round(letter, by="user:1")
    elif state == "embargoed":
        launching.schedule(letter, in_a_day(), by="user:1")
    token = tokens.make("sent", sign_up(make_letter()).public_id)
    path = reverse("public:sent", args=[letter.slug, token])

    for answer in (client.get(path), client.post(path, {"action": "resend"}), client.post(path, {"code": "1"})):
        assert (answer.status_code, b"A secret plan" in answer.content) == (404, False)


def test_nobody_else_signs_during_the_private_round(letter):
    letter = launching.begin_private_round(letter, by="user:1")
    with pytest.raises(signing.LetterNotOpen):
        sign_up(Letter.objects.select_related("version").get(pk=letter.pk), "bob")
