"""A signatory's own page: correct, hide, show, withdraw, download, erase, by the link alone."""

import base64
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.core import tokens
from letters.ledger.models import AuditEvent
from letters.outbox.models import Message, Suppression
from letters.press.models import Snapshot
from letters.press.snapshots import LABEL
from letters.signatures import counting, managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, sign_and_confirm, sign_up
from tests.public.visitor import SUZIE, deliver, form_with, forms_in, link_in, send, words_of

pytestmark = pytest.mark.django_db

GONE = "This link is no longer valid. Nothing is stored under it; you can sign anew."
OVER = "This signature was withdrawn; there is nothing left to change."


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.fixture
def row(letter):
    return sign_and_confirm(letter, affiliation_status="emeritus", comment="Hello.", consent_comment=True)


def path_of(row, name="mine"):
    return reverse(f"public:{name}", args=[managing.token_for(row)])


def act(client, row, action, **fields):
    response = client.post(path_of(row), {"action": action, **fields})
    row.refresh_from_db()
    return response


def corrected(client, row, **changes):
    """The form as the page gave it, with some fields changed."""
    fields = form_with(client.get(path_of(row)), "display_name").fields
    return act(client, row, **{**fields, **changes, "action": "correct"})


def test_own_page_shows_line_evidence_and_consents(client, row):
    response = client.get(path_of(row))

    shown = words_of(response)
    assert (response.status_code, response.templates[0].name) == (200, "public/mine.html")
    assert "Suzie van der Berg, Professor of Cryptography, University X (emeritus), Netherlands" in shown
    assert "Name, position and affiliation as stated by the signatory." in shown
    assert "suzie@example.com" not in shown
    assert [consent["given"] for consent in response.context["consents"]] == [True, False, True, *[False] * 4]


def test_welcome_follows_a_confirmation(client, letter):
    row = sign_up(letter)
    confirm = reverse("public:confirm", args=[tokens.make("confirm", row.public_id)])

    response = client.post(confirm, follow=True)

    assert "Your signature is confirmed. Thank you." in words_of(response)


def test_correction_changes_the_printed_line(client, letter, row):
    response = corrected(client, row, position="Dean", country="", comment="")

    counting.refresh()
    assert (response.status_code, row.position, row.country, row.comment) == (303, "Dean", "", "")
    assert "Suzie van der Berg, Dean, University X (emeritus)" in words_of(client.get(letter.get_absolute_url()))


def test_corrected_name_is_found_and_sorted_under_itself(client, letter, row):
    make_signature(letter, display_name="Bea Muster")
    corrected(client, row, display_name="Anna Adler", sort_name=row.sort_name)

    counting.refresh()
    lines = client.get("/letters/lift/signatories/").context["lines"]
    assert [line.name for line in lines] == ["Anna Adler", "Bea Muster"]
    assert [line.name for line in client.get("/letters/lift/signatories/?q=adler").context["lines"]] == ["Anna Adler"]


def test_correction_into_mixed_scripts_is_held(client, letter, row):
    corrected(client, row, display_name="Аlan Turing")

    counting.refresh()
    assert "Turing" not in client.get(letter.get_absolute_url()).content.decode()
    assert "Being checked" in words_of(client.get(path_of(row)))


def test_line_is_hidden_and_shown_again(client, letter, row):
    hidden = act(client, row, "hide")
    counting.refresh()
    without = client.get(letter.get_absolute_url()).content.decode()
    count = client.get("/letters/lift/count.json").json()

    shown = act(client, row, "show")
    counting.refresh()

    assert (hidden.status_code, shown.status_code) == (303, 303)
    assert ("Suzie" in without, count["persons"], count["withheld"]) == (False, 0, 1)
    assert "Suzie" in client.get(letter.get_absolute_url()).content.decode()


def test_withdrawal_empties_the_line_and_mails_a_receipt(client, letter, row, mailoutbox):
    deliver(mailoutbox)

    response = act(client, row, "withdraw")
    (receipt,) = deliver(mailoutbox)

    assert (response.status_code, row.state, row.display_name, row.comment) == (303, "withdrawn", "", "")
    assert (receipt.to, receipt.subject) == (["suzie@example.com"], f"Signature withdrawn: {letter.title}")
    assert row.evidence.count() == 0
    assert client.get(link_in(receipt, "/mine/")).context["state"] == "withdrawn"


def test_withdrawing_twice_mails_once(client, row, mailoutbox):
    deliver(mailoutbox)
    answers = [act(client, row, "withdraw").status_code for _ in range(2)]

    assert (answers, len(deliver(mailoutbox))) == ([303, 303], 1)


def test_withdrawn_person_can_sign_again(client, letter, row, mailoutbox):
    act(client, row, "withdraw")
    deliver(mailoutbox)

    send(client, letter)
    (mail,) = deliver(mailoutbox)
    client.post(link_in(mail, "/confirm/"))

    assert Signature.objects.confirmed().count() == 1


@pytest.mark.parametrize("action", ["correct", "hide", "show"])
def test_nothing_is_left_to_change_after_withdrawal(client, row, action):
    act(client, row, "withdraw")

    response = act(client, row, action, display_name="Anna Adler")

    assert (response.status_code, row.display_name) == (409, "")
    assert OVER in words_of(response)


@pytest.mark.parametrize("action", ["", "delete", "Withdraw", "confirm"])
def test_unknown_button_changes_nothing(client, row, action):
    before = Signature.objects.values().get()

    response = act(client, row, action)

    assert (response.status_code, Signature.objects.values().get()) == (409, before)
    assert "Choose one of the buttons on this page." in words_of(response)


def test_erasure_leaves_an_empty_row_and_no_receipt(client, row, mailoutbox):
    deliver(mailoutbox)

    response = act(client, row, "erase")

    assert (response.status_code, row.state, row.email_sealed, row.email_index_odd) == (303, "withdrawn", None, None)
    assert (deliver(mailoutbox), Message.objects.count()) == ([], 0)
    page = client.get(path_of(row))
    assert (page.status_code, page.context["erased"], forms_in(page)) == (200, True, [])


def test_erasure_of_an_attempt_deletes_it(client, letter):
    row = sign_up(letter)

    response = client.post(path_of(row), {"action": "erase"})

    assert (response.status_code, Signature.objects.count(), Message.objects.count()) == (303, 0, 0)
    assert client.get(response["Location"]).status_code == 410


def test_not_me_from_the_own_page_erases_and_blocks(client, row):
    response = act(client, row, "not-me")

    assert (response.status_code, row.display_name, row.email_sealed) == (303, "", None)
    assert Suppression.objects.count() == 1


def test_every_act_is_audited_without_a_word_of_the_person(client, row):
    corrected(client, row, display_name="Anna Adler")
    for action in ("hide", "show", "withdraw", "erase"):
        act(client, row, action)

    events = AuditEvent.objects.filter(object_id=str(row.public_id)).order_by("id")
    assert [(event.actor, event.action, event.detail) for event in events] == [
        ("signatory", "signature-corrected", "display_name"),
        ("signatory", "signature-hidden", ""),
        ("signatory", "signature-shown", ""),
        ("signatory", "signature-withdrawn", ""),
        ("signatory", "signature-erased", ""),
    ]


def test_download_holds_everything_that_is_stored(client, letter, row):
    response = client.get(path_of(row, "mine-data"))

    data = json.loads(response.content)
    assert response.headers["Content-Disposition"] == 'attachment; filename="my-signature-lift.json"'
    assert response.headers["Cache-Control"] == "no-store"
    assert {name: data[name] for name in ("email", "display_name", "sort_name", "affiliation_status", "comment")} == {
        "email": "suzie@example.com",
        "display_name": "Suzie van der Berg",
        "sort_name": "Berg, Suzie van der",
        "affiliation_status": "emeritus",
        "comment": "Hello.",
    }
    assert (data["text_sha256"], data["state"], data["letter"]) == (letter.version.sha256, "confirmed", "lift")
    assert (data["confirmed_at"], data["withdrawn_at"]) == (row.confirmed_at.isoformat(), None)
    assert data["consents"]["consent_publish"]["given"] is True
    assert data["consents"]["consent_press"]["given"] is False
    assert len(data["evidence"]) == 1
    stored = {field.name for field in Signature._meta.get_fields() if field.concrete}
    told = set(data) | {"id", "public_id", "version", "is_sample", "search_text", "list_key"}
    assert {name for name in stored if not name.startswith("email_")} <= told


@pytest.mark.parametrize("action", ["withdraw", "erase"])
def test_download_after_the_end_holds_no_word_of_the_person(client, row, action, mailoutbox):
    act(client, row, action)

    data = client.get(path_of(row, "mine-data")).content.decode()

    assert [word for word in ("Suzie", "Cryptography", "Hello") if word in data] == []
    assert ("suzie@example.com" in data) is (action == "withdraw")


def spoiled(token):
    raw = bytearray(base64.urlsafe_b64decode(token + "=="))
    raw[-1] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


@pytest.mark.parametrize("name", ["mine", "mine-data"])
@pytest.mark.parametrize(
    "forge", [lambda row: tokens.make("confirm", row.public_id), lambda row: spoiled(managing.token_for(row))]
)
def test_link_that_is_not_ours_opens_nothing(client, row, name, forge):
    path = reverse(f"public:{name}", args=[forge(row)])

    assert client.get(path).status_code == 404
    if name == "mine":
        assert client.post(path, {"action": "erase"}).status_code == 404
        row.refresh_from_db()
        assert row.is_confirmed


def test_one_link_touches_one_signature(client, letter, row):
    other = sign_and_confirm(letter, "bob")

    act(client, row, "erase")

    other.refresh_from_db()
    assert (other.state, other.email) == ("confirmed", "bob@example.org")


def test_lost_link_is_mailed_to_its_owner(client, letter, row, mailoutbox):
    deliver(mailoutbox)

    response = client.post(reverse("public:mine-link", args=["lift"]), {"email": " SUZIE+news@example.com "})

    (mail,) = deliver(mailoutbox)
    assert (response.status_code, response.context["sent"]) == (200, True)
    assert (mail.to, link_in(mail, "/mine/")) == (["suzie@example.com"], path_of(row))


def test_lost_link_of_a_malformed_address_is_refused(client, letter):
    response = client.post(reverse("public:mine-link", args=["lift"]), {"email": "a@localhost"})

    assert response.status_code == 422
    assert response.context["form"].errors == {"email": ["Enter one e-mail address, such as name@example.org."]}
    assert form_with(response, "email").fields["email"] == "a@localhost"


def test_nobody_else_gets_a_mail_for_a_lost_link(client, letter, row, mailoutbox):
    deliver(mailoutbox)

    for address in ("nobody@example.com", "bob@example.org"):
        client.post(reverse("public:mine-link", args=["lift"]), {"email": address})

    assert (deliver(mailoutbox), SUZIE["email"]) == ([], row.email)


def test_an_earlier_line_is_taken_out_of_older_files_by_a_button_that_says_what_it_does(client, letter, row):
    Signature.objects.update(confirmed_at=timezone.now() - timedelta(days=2))
    made = timezone.now() - timedelta(days=1)
    Snapshot.objects.create(
        letter=letter, version=letter.version, number=1, label=made.strftime(LABEL), as_of=made, asked_at=made,
        looked_at=made, state="ready",
    )  # fmt: skip
    button = "Yes, take my earlier line out"
    assert button not in words_of(client.get(path_of(row)))
    corrected(client, row, display_name="Susan Hill", sort_name="")
    assert button in words_of(client.get(path_of(row)))

    response = act(client, row, "take-earlier-out")

    shown = words_of(client.get(path_of(row)))
    assert (response.status_code, button in shown) == (303, False)
    assert "that your earlier line be taken out of older files" in shown
    assert row.display_name == "Susan Hill"
    data = client.get(path_of(row, "mine-data")).json()
    assert data["earlier_line_taken_out_at"].startswith(f"{timezone.now():%Y-%m-%d}")
