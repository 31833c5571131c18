"""Signing, the waiting tab, and the page behind the mail's link."""

import base64
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings as site
from django.urls import reverse
from django.utils import timezone

from campaign.public.views import signing as views
from letters.core import tokens
from letters.documents import publishing
from letters.moderation import networks
from letters.outbox.models import Message, Suppression
from letters.signatures import counting, managing, signing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_version, sign_and_confirm, sign_up, utc
from tests.public.visitor import (
    SUZIE,
    deliver,
    filled,
    form_with,
    forms_in,
    link_in,
    open_form,
    send,
    send_again,
    sign_path,
    words_of,
)

pytestmark = pytest.mark.django_db

WRONG_CODE = "That is not the code in the mail. It has eight letters and digits."
GONE = "This link is no longer valid. Nothing is stored under it; you can sign anew."
NOT_OURS = "This link is not complete or not ours. Open it again from the mail, whole."
NOT_WHOLE = "This form was not whole. What you typed is kept; press Sign again."
CHANGED = "The text changed after you opened this page. Read it again; what you typed is kept."
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.fixture
def within_one_window(time_machine, settings):
    """Limits count in fixed windows: a test that ran across a boundary would begin to count anew; and on a busy
    machine Redis may answer too late for one request and in time for the next."""
    time_machine.move_to(utc("2026-11-23 14:00"), tick=False)
    settings.REDIS_URL = ""


def confirm_path(row):
    return reverse("public:confirm", args=[tokens.make(signing.CONFIRM, row.public_id)])


def sent_path(row):
    return reverse("public:sent", args=[row.letter.slug, tokens.make(views.SENT, row.public_id)])


def template_of(response):
    return response.templates[0].name


def is_private(response):
    return {name: response.headers.get(name) for name in PRIVATE} == PRIVATE


# --- the form ----------------------------------------------------------------------------------------------------


def test_form_is_opened_empty_with_every_consent_unticked(client, letter):
    response = client.get(sign_path(letter))

    form = form_with(response, "display_name")
    assert (response.status_code, template_of(response), is_private(response)) == (200, "public/sign.html", True)
    assert set(form.hidden) == {"csrfmiddlewaretoken", "nonce", "version"}
    assert not [name for name in form.fields if name.startswith("consent_")]
    assert letter.version.sha256.startswith(form.hidden["version"])
    assert form.buttons == [("action", "sign"), ("action", "preview")]


def test_form_is_another_each_time(client, letter):
    assert open_form(client, letter)["nonce"] != open_form(client, letter)["nonce"]


def test_signing_stores_one_attempt_and_one_mail_and_shows_the_waiting_tab(client, letter):
    answer = client.post(sign_path(letter), open_form(client, letter))
    shown = client.get(answer["Location"])

    row = Signature.objects.get()
    assert (answer.status_code, is_private(answer), answer.content) == (303, True, b"")
    assert answer["Location"] == sent_path(row)
    assert {name: getattr(row, name) for name in SUZIE if name != "consent_publish"} == {
        **{name: value for name, value in SUZIE.items() if name != "consent_publish"},
        "consent_comment": True,
    }
    assert (row.state, row.version, row.consent_press) == ("pending", letter.version, False)
    assert [(m.kind, m.subject_id, m.state) for m in Message.objects.all()] == [("confirm", row.public_id, "due")]
    assert (shown.status_code, template_of(shown), is_private(shown)) == (200, "public/sent.html", True)


def test_signing_keeps_a_hash_of_the_network_and_never_the_network(client, letter):
    client.post(sign_path(letter), filled(letter), REMOTE_ADDR="192.0.2.77")

    assert bytes(Signature.objects.get().network) == networks.hash_of("192.0.2.0/24")


def test_preview_shows_the_line_and_stores_nothing(client, letter):
    data = open_form(client, letter, action="preview")

    response = client.post(sign_path(letter), data)

    assert (response.status_code, template_of(response)) == (200, "public/sign.html")
    assert response.context["preview"].name == "Suzie van der Berg"
    assert "Suzie van der Berg, Professor of Cryptography, University X (emeritus), Netherlands" in words_of(response)
    again = form_with(response, "display_name").fields
    assert {name: again.get(name) for name in data if name != "action"} == {
        name: value for name, value in data.items() if name not in ("action", "csrfmiddlewaretoken")
    } | {"csrfmiddlewaretoken": again["csrfmiddlewaretoken"]}
    assert not Signature.objects.exists()
    assert not Message.objects.exists()


def test_preview_of_what_is_refused_is_refused(client, letter):
    assert send(client, letter, action="preview", display_name="<b>").status_code == 422


def test_honeypot_gets_the_answer_of_everybody_and_no_row(client, letter):
    honest = send(client, letter)
    robot = send(client, letter, homepage="https://spam.example")

    assert (robot.status_code, robot.content) == (honest.status_code, honest.content)
    assert {k: v for k, v in robot.headers.items() if k != "Location"} == {
        k: v for k, v in honest.headers.items() if k != "Location"
    }
    assert len(robot["Location"]) == len(honest["Location"])
    assert client.get(robot["Location"]).status_code == 200
    assert Signature.objects.count() == Message.objects.count() == 1


@pytest.mark.parametrize("ticked", ["domain", "comment", "quote", "press", "updates"])
def test_each_consent_is_stored_by_itself(client, letter, ticked):
    name = f"consent_{ticked}"

    send(client, letter, **{"consent_comment": "", name: "on"})

    row = Signature.objects.get()
    consents = [f"consent_{n}" for n in ("domain", "comment", "quote", "press", "updates")]
    assert [n for n in consents if getattr(row, n)] == [name]
    assert len(row.consent_text_sha256) == 64


# --- the same form once more -------------------------------------------------------------------------------------


@pytest.mark.database
def test_same_form_sent_twice_is_one_attempt(client, letter):
    data = filled(letter)

    first, second = client.post(sign_path(letter), data), client.post(sign_path(letter), data)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert Signature.objects.count() == Message.objects.count() == 1


@pytest.mark.database
def test_same_form_with_other_data_is_another_attempt(client, letter):
    data = filled(letter)

    first = client.post(sign_path(letter), data)
    second = client.post(sign_path(letter), {**data, "email": "suzie@example.net"})

    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] != second["Location"]
    assert sorted(row.email for row in Signature.objects.all()) == ["suzie@example.com", "suzie@example.net"]


def test_same_form_under_another_letter_is_another_attempt(client, letter):
    data, other = filled(letter), make_letter(slug="other", body="Something else.")

    client.post(sign_path(letter), data)
    response = client.post(sign_path(other), {**data, "version": other.version.sha256[:16]})

    assert response.status_code == 303
    assert sorted(row.letter.slug for row in Signature.objects.all()) == ["lift", "other"]


def forged(nonce):
    raw = bytearray(base64.urlsafe_b64decode(nonce + "=="))
    raw[10] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("make", "status"),
    [
        pytest.param(forged, 409, id="one bit changed"),
        pytest.param(lambda nonce: nonce[:-1], 409, id="cut"),
        pytest.param(lambda nonce: str(uuid4()), 409, id="invented"),
        pytest.param(lambda nonce: tokens.make("confirm", uuid4()), 409, id="of another purpose"),
        pytest.param(lambda nonce: "x" * 101, 422, id="too long"),
        pytest.param(lambda nonce: "", 422, id="missing"),
        pytest.param(lambda nonce: "\0", 422, id="NUL"),
    ],
)
def test_form_with_a_forged_nonce_comes_back_whole_and_can_be_sent(client, letter, make, status):
    data = filled(letter)

    response = client.post(sign_path(letter), {**data, "nonce": make(data["nonce"])})
    stored = Signature.objects.count()
    again = send_again(client, response, sign_path(letter))

    assert (response.status_code, stored) == (status, 0)
    assert NOT_WHOLE in words_of(response)
    assert (again.status_code, Signature.objects.get().display_name) == (303, "Suzie van der Berg")


@pytest.mark.parametrize("version", ["", "1", "1e309", "0" * 16, "g" * 16, "-1", "0" * 10_000])
def test_form_with_a_forged_version_is_asked_again(client, letter, version):
    response = send(client, letter, version=version)
    stored = Signature.objects.count()
    again = send_again(client, response, sign_path(letter))

    assert (response.status_code in (409, 422), stored, again.status_code) == (True, 0, 303)


# --- the text changes while the form is open ---------------------------------------------------------------------


@pytest.mark.parametrize("signed", [True, False], ids=["a signed text", "a text that nobody signed"])
def test_form_of_an_old_text_is_asked_again_with_all_that_was_typed(client, letter, signed):
    if signed:
        sign_up(letter, "charlie")
    data = open_form(client, letter)
    make_version(letter, title="Another title")

    response = client.post(sign_path(letter), data)
    stored = letter.signatures.filter(display_name=SUZIE["display_name"]).count()
    again = send_again(client, response, sign_path(letter))

    assert (response.status_code, stored) == (409, 0)
    assert CHANGED in words_of(response)
    assert "You sign the letter “Another title”." in words_of(response)
    assert {name: form_with(response, "display_name").fields[name] for name in SUZIE} == SUZIE
    row = letter.signatures.get(display_name=SUZIE["display_name"])
    assert (again.status_code, row.version.title) == (303, "Another title")


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_text_that_goes_away_while_it_is_being_signed_is_never_taken_for_signed(client, letter):
    """The row that the request holds points at a text which another process deletes before the insert."""
    held = type(letter).objects.select_related("version").get(pk=letter.pk)
    make_version(letter, body="Replaced.")

    with pytest.raises(signing.TextChanged):
        sign_up(held)

    assert not Signature.objects.exists()
    assert not Message.objects.exists()


# --- letters that take no signatures -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_letter_that_is_not_open_shows_no_form(client, state):
    letter = make_letter(state=state)

    response = client.get(sign_path(letter))

    assert (response.status_code, forms_in(response)) == (200, [])


def test_draft_has_no_form(client):
    assert client.get(sign_path(make_letter(state="draft"))).status_code == 404


def test_closing_hour_ends_signing(client, letter):
    type(letter).objects.filter(pk=letter.pk).update(closes_at=timezone.now() - timedelta(seconds=1))

    response = send(client, letter)

    assert (response.status_code, Signature.objects.count()) == (409, 0)


# --- what is no form ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/xml", "x/y"])
def test_what_is_no_form_is_refused_in_words(client, letter, content_type):
    response = client.post(sign_path(letter), b'{"display_name": "\\ud800"}', content_type=content_type)

    assert (response.status_code, is_private(response)) == (415, True)
    assert response.content.decode() == (
        "Send this as a form (application/x-www-form-urlencoded). Nothing was recorded.\n"
    )
    assert not Signature.objects.exists()


@pytest.mark.parametrize("name", ["display_name", "email", "nonce", "consent_publish"])
def test_field_that_comes_twice_is_refused_in_words(client, letter, name):
    data = filled(letter)

    response = client.post(sign_path(letter), {**data, name: [data[name], "bob@example.org"]})

    assert response.status_code == 400
    assert response.content.decode() == f"The field {name} came twice. Nothing was recorded.\n"
    assert not Signature.objects.exists()


def test_upload_beside_the_form_changes_nothing(client, letter, tmp_path):
    (tmp_path / "x.png").write_bytes(b"\x89PNG")

    with (tmp_path / "x.png").open("rb") as file:
        response = client.post(sign_path(letter), {**filled(letter), "photo": file})

    assert (response.status_code, Signature.objects.count()) == (303, 1)


# --- the waiting tab ---------------------------------------------------------------------------------------------


def test_code_of_the_mail_confirms(client, letter, mailoutbox):
    waiting = send(client, letter)["Location"]
    code = next(line for line in deliver(mailoutbox)[0].body.splitlines() if len(line) == 9 and line[4] == "-")

    response = client.post(waiting, {"action": "code", "code": code})

    row = Signature.objects.get()
    assert (response.status_code, row.state) == (303, "confirmed")
    assert response["Location"] == reverse("public:mine", args=[managing.token_for(row)]) + "?welcome=1"


@pytest.mark.parametrize(
    "misread",
    [
        str.lower,
        lambda code: f"{code[:4]} - {code[4:]}",
        lambda code: f"  {code} ",
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.replace("0", "o").replace("1", "I"),
    ],
    ids=["small letters", "blanks", "around", "O and l", "o and I"],
)
def test_code_is_read_as_people_type_it(client, letter, misread):
    # An attempt whose code holds both characters that are misread.
    ids = (uuid4() for _ in range(10_000))
    public_id = next(found for found in ids if {"0", "1"} <= set(tokens.code_for(found)))
    row = make_signature(letter, state="pending", public_id=public_id)

    response = client.post(sent_path(row), {"action": "code", "code": misread(tokens.code_for(public_id))})

    row.refresh_from_db()
    assert (response.status_code, row.state) == (303, "confirmed")


@pytest.mark.parametrize("code", ["ABCD-2345", "", "x" * 40, "0" * 8, "\u0661" * 8])
def test_wrong_code_is_refused_and_changes_nothing(client, letter, code):
    row = make_signature(letter, state="pending")

    response = client.post(sent_path(row), {"action": "code", "code": code})

    row.refresh_from_db()
    expected = "Enter the code from the mail." if not code else WRONG_CODE
    assert (response.status_code, template_of(response), row.state) == (422, "public/sent.html", "pending")
    assert response.context["form"].errors == {"code": [expected]}
    assert form_with(response, "code").fields["code"] == code


@pytest.mark.usefixtures("within_one_window")
def test_eleventh_guess_is_slowed_down_even_when_it_is_right(client, letter):
    row = make_signature(letter, state="pending")
    guesses = [client.post(sent_path(row), {"action": "code", "code": "ABCD2345"}).status_code for _ in range(10)]

    response = client.post(sent_path(row), {"action": "code", "code": tokens.code_for(row.public_id)})

    row.refresh_from_db()
    assert (guesses, response.status_code, row.state) == ([422] * 10, 429, "pending")
    assert response["Retry-After"] == "3601"
    assert form_with(response, "code").hidden["action"] == "code"


@pytest.mark.usefixtures("within_one_window")
def test_guesses_of_one_tab_do_not_slow_another(client, letter, settings):
    settings.CODE_LIMIT = 1
    mine, other = make_signature(letter, state="pending"), make_signature(letter, state="pending")
    client.post(sent_path(other), {"action": "code", "code": "ABCD2345"})

    response = client.post(sent_path(mine), {"action": "code", "code": tokens.code_for(mine.public_id)})

    assert response.status_code == 303


def test_code_of_one_attempt_does_not_confirm_another(client, letter):
    mine, other = make_signature(letter, state="pending"), make_signature(letter, state="pending")

    response = client.post(sent_path(mine), {"action": "code", "code": tokens.code_for(other.public_id)})

    assert (response.status_code, Signature.objects.confirmed().count()) == (422, 0)


def test_code_after_the_last_day_is_refused(client, letter):
    row = make_signature(letter, state="expired")

    response = client.post(sent_path(row), {"action": "code", "code": tokens.code_for(row.public_id)})

    assert (response.status_code, response.context["form"].errors) == (422, {"code": [GONE]})


def test_mail_is_sent_again_on_demand(client, letter, mailoutbox):
    waiting = send(client, letter)["Location"]
    first = deliver(mailoutbox)

    response = client.post(waiting, {"action": "resend"})
    second = deliver(mailoutbox)

    assert (response.status_code, response.context["resent"]) == (200, True)
    assert [mail.to for mail in first + second] == [["suzie@example.com"]] * 2


def test_tab_of_one_letter_does_nothing_under_another(client, letter, mailoutbox):
    row, other = sign_up(letter), make_letter(slug="other")
    deliver(mailoutbox)
    path = sent_path(row).replace("/lift/", "/other/")

    client.post(path, {"action": "resend"})
    response = client.post(path, {"action": "code", "code": tokens.code_for(row.public_id)})

    row.refresh_from_db()
    assert (response.status_code, row.state, deliver(mailoutbox)) == (422, "pending", [])
    assert other.signatures.count() == 0


@pytest.mark.parametrize("purpose", ["form", "confirm", "mine"])
def test_tab_with_a_token_of_another_purpose_leads_back_to_the_form(client, letter, purpose):
    row = make_signature(letter, state="pending")

    response = client.get(reverse("public:sent", args=["lift", tokens.make(purpose, row.public_id)]))

    assert (response.status_code, response["Location"]) == (302, sign_path(letter))


# --- the mail's link ---------------------------------------------------------------------------------------------


def test_link_shows_what_will_be_printed_and_which_text(client, letter):
    row = sign_up(letter, comment="Hello.", consent_comment=True)

    response = client.get(confirm_path(row))

    assert (response.status_code, template_of(response), is_private(response)) == (200, "public/confirm.html", True)
    assert response.context["state"] == "pending"
    for word in ("Suzie van der Berg", "Professor of Cryptography, University X, Netherlands", "Hello.", letter.title):
        assert word in words_of(response)
    assert letter.version.sha256[:16] in words_of(response)
    assert [form.buttons for form in forms_in(response)] == [[("action", "confirm")], [("action", "not-me")]]


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete", "patch"])
def test_whatever_opens_the_link_changes_nothing(client, letter, method):
    row = sign_up(letter)
    before = Signature.objects.values().get(pk=row.pk)

    statuses = {getattr(client, method)(confirm_path(row)).status_code for _ in range(3)}

    assert statuses <= {200, 405}
    assert Signature.objects.values().get(pk=row.pk) == before
    assert Message.objects.count() == 1


@pytest.mark.database
def test_pressed_button_confirms_and_a_second_press_changes_nothing(client, letter):
    row = sign_up(letter)

    first = client.post(confirm_path(row), {"action": "confirm"})
    after = Signature.objects.values().get()
    second = client.post(confirm_path(row), {"action": "confirm"})

    assert after["state"] == "confirmed"
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert first["Location"] == reverse("public:mine", args=[managing.token_for(row)]) + "?welcome=1"
    assert Signature.objects.values().get() == after
    assert (Message.objects.count(), row.evidence.count()) == (1, 1)
    assert client.get(confirm_path(row)).context["state"] == "confirmed"


def altered(token):
    """One bit of each byte of a token, in turn."""
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        yield base64.urlsafe_b64encode(bytes(changed)).rstrip(b"=").decode()


def test_link_with_one_byte_changed_opens_nothing(client, letter):
    row, token = sign_up(letter), confirm_path(sign_up(letter, "bob")).split("/")[2]

    answers = {client.post(reverse("public:confirm", args=[other])).status_code for other in altered(token)}

    assert answers == {404}
    assert Signature.objects.pending().count() == 2
    assert row.is_pending


@pytest.mark.parametrize("purpose", ["mine", "form", "sent", "unblock", "", "Confirm"])
def test_link_of_another_purpose_confirms_nothing(client, letter, purpose):
    row = sign_up(letter)

    response = client.post(reverse("public:confirm", args=[tokens.make(purpose, row.public_id)]))

    row.refresh_from_db()
    assert (response.status_code, row.state) == (404, "pending")
    assert NOT_OURS in words_of(response)


def test_link_of_another_letter_confirms_that_letter_alone(client, letter):
    other = make_letter(slug="other")
    here, there = sign_up(letter), sign_up(other)

    client.post(confirm_path(there))

    assert [row.pk for row in Signature.objects.confirmed()] == [there.pk]
    assert Signature.objects.get(pk=here.pk).is_pending


def test_link_works_on_its_last_second_and_not_one_later(client, letter, time_machine):
    row = sign_up(letter)
    last = row.signed_at + timedelta(days=site.CONFIRM_DAYS)

    time_machine.move_to(last + timedelta(seconds=1), tick=False)
    shown, pressed = client.get(confirm_path(row)), client.post(confirm_path(row))
    time_machine.move_to(last, tick=False)
    in_time = client.post(confirm_path(row))

    assert (shown.status_code, pressed.status_code, in_time.status_code) == (410, 410, 303)
    assert GONE in words_of(shown)
    assert GONE in words_of(pressed)


def test_link_after_withdrawal_opens_nothing(client, letter):
    row = sign_and_confirm(letter)
    managing.withdraw(row.public_id)

    shown, pressed = client.get(confirm_path(row)), client.post(confirm_path(row))

    row.refresh_from_db()
    assert (shown.status_code, pressed.status_code, row.state) == (410, 410, "withdrawn")
    assert GONE in words_of(pressed)


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_link_of_a_letter_that_stopped_waits(client, letter, state):
    row = sign_up(letter)
    publishing.move(letter, state, by="test")

    shown, pressed = client.get(confirm_path(row)), client.post(confirm_path(row))

    row.refresh_from_db()
    assert (shown.status_code, pressed.status_code, row.state) == (200, 409, "pending")
    assert shown.context["state"] == pressed.context["state"] == "closed"
    assert forms_in(shown) == []
    publishing.move(letter, "open", by="test")
    assert client.post(confirm_path(row)).status_code == 303


def test_first_confirmed_attempt_wins_and_the_other_is_deleted(client, letter):
    stranger, owner = sign_up(letter, display_name="Not Suzie"), sign_up(letter)

    won = client.post(confirm_path(owner))
    lost = client.post(confirm_path(stranger))

    assert (won.status_code, lost.status_code) == (303, 410)
    assert [row.display_name for row in Signature.objects.all()] == ["Suzie van der Berg"]
    counting.refresh()
    assert "Not Suzie" not in client.get(letter.get_absolute_url()).content.decode()


# --- this was not me ---------------------------------------------------------------------------------------------


def test_not_me_deletes_the_attempt_and_blocks_the_address(client, letter, mailoutbox):
    row = sign_up(letter)

    answer = client.post(confirm_path(row), {"action": "not-me"})
    page = client.get(answer["Location"])
    send(client, letter)

    assert (answer.status_code, page.status_code, template_of(page)) == (303, 200, "public/not_me.html")
    assert not Signature.objects.filter(public_id=row.public_id).exists()
    assert [block.reason for block in Suppression.objects.all()] == ["not_me"]
    assert deliver(mailoutbox) == []


def test_not_me_of_a_confirmed_signature_takes_it_out(client, letter):
    row = sign_and_confirm(letter)
    counting.refresh()

    client.post(confirm_path(row), {"action": "not-me"})
    counting.refresh()

    assert "Suzie" not in client.get(letter.get_absolute_url()).content.decode()
    row.refresh_from_db()
    assert (row.state, row.display_name, row.email_sealed) == ("withdrawn", "", None)


def test_undo_lets_the_address_sign_again(client, letter, mailoutbox):
    row = sign_up(letter)
    page = client.post(confirm_path(row), {"action": "not-me"})["Location"]

    shown = client.get(page)
    undone = client.post(page, {"action": "undo"})
    send(client, letter)

    assert [form.buttons for form in forms_in(shown)] == [[("action", "undo")]]
    assert (undone.status_code, undone.context["undone"], Suppression.objects.count()) == (200, True, 0)
    assert [mail.to for mail in deliver(mailoutbox)] == [["suzie@example.com"]]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_undo_page_lifts_nothing(client, letter, method):
    page = client.post(confirm_path(sign_up(letter)), {"action": "not-me"})["Location"]

    getattr(client, method)(page)

    assert Suppression.objects.count() == 1


def test_undo_of_another_purpose_lifts_nothing(client, letter):
    client.post(confirm_path(sign_up(letter)), {"action": "not-me"})
    block = Suppression.objects.get()

    response = client.post(reverse("public:not-me", args=[tokens.make("confirm", block.public_id)]))

    assert (response.status_code, Suppression.objects.count()) == (404, 1)


def test_link_in_the_mail_is_the_one_that_confirms(client, letter, mailoutbox):
    send(client, letter)
    (mail,) = deliver(mailoutbox)

    assert link_in(mail, "/confirm/") == confirm_path(Signature.objects.get())
    assert UUID(bytes=base64.urlsafe_b64decode(link_in(mail, "/confirm/").split("/")[2] + "==")[1:17]) == (
        Signature.objects.get().public_id
    )
