"""The page behind a personal invitation, and the way from its link to the printed line."""

import pytest
from django.test import Client
from django.urls import reverse

from letters.documents import publishing
from letters.outbox.models import Suppression
from letters.signatures import inviting, signing
from letters.signatures.models import Invitation, Signature
from tests.factories import make_invitation, make_letter, make_signature, make_user, make_version
from tests.public.visitor import SUZIE, deliver, form_with, forms_in, link_in, words_of
from tests.security.snapshots import rows_of_all_tables

pytestmark = pytest.mark.django_db

ADDRESS = "suzie@uni.example.org"
NAME = "Suzie van der Berg"
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}


@pytest.fixture
def letter():
    return make_letter(slug="lift", title="Lift the restriction", organisers=[{"name": "Ada Lovelace"}])


@pytest.fixture
def row(letter):
    return make_invitation(letter, email=ADDRESS, role="initiator")


def page_of(row):
    return reverse("public:invited", args=[inviting.token_for(row)])


def form_of(row):
    return reverse("public:invited-sign", args=[inviting.token_for(row)])


def press(client, row, action):
    return client.post(page_of(row), {"action": action})


def send(client, row, **changes):
    """Fill in the form as the page gave it, without an address, and press Sign."""
    form = form_with(client.get(form_of(row)), "display_name")
    typed = {name: value for name, value in SUZIE.items() if name not in ("email", "display_name")}
    return client.post(form_of(row), {**form.fields, **typed, "action": "sign", **changes})


def again(row):
    return Invitation.objects.get(pk=row.pk)


def is_private(response):
    return {name: response.headers.get(name) for name in PRIVATE} == PRIVATE


def test_page_names_letter_organisers_and_the_invited(client, row):
    response = client.get(page_of(row))

    words = words_of(response)
    assert (response.status_code, is_private(response)) == (200, True)
    assert "Ada Lovelace invite Suzie van der Berg to sign the open letter “Lift the restriction”." in words
    assert "They ask you to be one of its initiators" in words
    assert "They have the address from: Our conference of 2026." in words
    assert [button for form in forms_in(response) for button in form.buttons] == [
        ("action", "open"), ("action", "decline"), ("action", "block"),
    ]  # fmt: skip
    assert ADDRESS not in response.content.decode()


@pytest.mark.database
@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize("where", [page_of, form_of])
def test_looking_is_no_opening(client, row, method, where):
    before = rows_of_all_tables()

    for _ in range(3):
        getattr(client, method)(where(row))

    assert rows_of_all_tables() == before


def test_pressed_button_opens_the_form_with_the_name_in_it(client, row):
    answer = press(client, row, "open")
    shown = client.get(answer["Location"])

    form = form_with(shown, "display_name")
    assert (answer.status_code, answer["Location"], again(row).state) == (303, form_of(row), "opened")
    assert (form.fields["display_name"], "email" in form.fields) == (NAME, False)
    assert "You were invited as Suzie van der Berg; this form signs under that name alone." in words_of(shown)
    assert "s…@uni.example.org" in words_of(shown)
    assert ADDRESS not in shown.content.decode()
    assert not [name for name in form.fields if name.startswith("consent_")]


def test_from_the_link_to_the_top_of_the_letter(client, mailoutbox, letter):
    row = inviting.invite(letter, NAME, ADDRESS, source="Our conference", by=make_user(is_staff=True), role="initiator")
    (invitation,) = deliver(mailoutbox)
    client.get(link_in(invitation, "/invited/"))
    press(client, row, "open")

    waiting = send(client, row)
    (question,) = deliver(mailoutbox)
    assert (waiting.status_code, question.to, Signature.objects.get().role) == (303, [ADDRESS], "signatory")
    Client().post(link_in(question, "/confirm/"), {"action": "confirm"})

    signature = Signature.objects.get()
    assert (signature.role, signature.is_invited, signature.state) == ("initiator", True, "confirmed")
    assert again(row).state == "signed"
    words = words_of(client.get(reverse("public:signature", args=["lift", signature.public_id])))
    assert "Invited personally by the organisers and confirmed on" in words


@pytest.mark.parametrize("name", ["Mallory", "Suzie"])
def test_another_name_is_refused_with_the_ordinary_form_beside_it(client, row, name):
    response = send(client, row, display_name=name)

    assert response.status_code == 409
    assert "You were invited as Suzie van der Berg; this link signs under that name alone." in words_of(response)
    assert reverse("public:sign", args=["lift"]) in response.content.decode()
    assert form_with(response, "display_name").fields["position"] == SUZIE["position"]
    assert ADDRESS not in response.content.decode()
    assert not Signature.objects.exists()


def test_typed_address_is_not_the_one_that_is_mailed(client, row, mailoutbox):
    send(client, row, email="mallory@example.net")

    assert [mail.to for mail in deliver(mailoutbox)] == [[ADDRESS]]


def test_second_use_shows_what_happened(client, row):
    send(client, row)

    shown = client.get(page_of(row))
    second = send(client, row, position="Dean")

    signature = Signature.objects.get()
    assert "You sent the form on" in words_of(shown)
    assert "/letters/lift/sign/" in shown.content.decode()
    assert (second.status_code, "You have sent this form before." in words_of(second)) == (409, True)
    signing.confirm(signature.public_id)
    assert "A link signs once." in words_of(client.get(page_of(row)))
    assert client.get(form_of(row))["Location"] == page_of(row)


@pytest.mark.parametrize(
    "changes", [{"display_name": ""}, {"consent_publish": ""}, {"country": "XX"}, {"comment": "x" * 501}]
)
def test_errors_keep_what_was_typed_and_never_show_the_address(client, row, changes):
    response = send(client, row, **changes)

    assert response.status_code == 422
    assert form_with(response, "display_name").fields["position"] == SUZIE["position"]
    assert ADDRESS not in response.content.decode()


def test_preview_stores_nothing(client, row):
    response = send(client, row, action="preview")

    assert (response.status_code, response.context["preview"].name) == (200, NAME)
    assert ADDRESS not in response.content.decode()
    assert not Signature.objects.exists()


def test_changed_text_asks_again(client, row, letter):
    form = form_with(client.get(form_of(row)), "display_name")
    make_signature(letter)
    make_version(letter)

    response = client.post(form_of(row), {**form.fields, "consent_publish": "on", "action": "sign"})

    assert response.status_code == 409
    assert "The text changed after you opened this page." in words_of(response)


def test_decline_deletes_the_address_and_says_so(client, row):
    answer = press(client, row, "decline")
    shown = client.get(answer["Location"])

    assert (again(row).state, again(row).email_sealed, Suppression.objects.exists()) == ("declined", None, False)
    assert "The address is deleted, and no more mail about this letter is sent to it." in words_of(shown)
    assert reverse("public:sign", args=["lift"]) in shown.content.decode()


def test_i_did_not_expect_this_can_be_undone(client, row):
    answer = press(client, row, "block")

    assert (again(row).state, Suppression.objects.count()) == ("declined", 1)
    client.post(answer["Location"], {"action": "undo"})
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("state", ["declined", "bounced", "revoked", "expired", "signed"])
def test_ended_invitation_opens_no_form(client, letter, state):
    row = make_invitation(letter, state=state)

    for action in ("open", "decline", "block"):
        assert press(client, row, action).status_code in (303, 409)
    sent = client.post(form_of(row), {"display_name": NAME})

    assert (client.get(page_of(row)).status_code, sent["Location"]) == (200, page_of(row))
    assert again(row).state == state
    assert not Suppression.objects.exists()


def test_unknown_button_does_nothing(client, row):
    response = press(client, row, "confirm")

    assert (response.status_code, again(row).state) == (409, "sent")


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_letter_that_takes_no_signatures_shows_so(client, row, letter, state):
    publishing.move(letter, state, by="test")

    shown, form = client.get(page_of(row)), client.get(form_of(row))

    assert (shown.status_code, form.status_code) == (200, 200)
    assert [button for f in forms_in(shown) for button in f.buttons] == [("action", "decline")]
    assert "display_name" not in {name for f in forms_in(form) for name in f.fields}


def test_foreign_and_deleted_links_are_not_ours(client, row):
    token = inviting.token_for(row)

    assert client.get(reverse("public:invited", args=[token[:-1]])).status_code == 404
    assert client.get(reverse("public:confirm", args=[token])).status_code == 404
    row.delete()
    assert client.get(reverse("public:invited", args=[token])).status_code == 410
    assert client.post(reverse("public:invited-sign", args=[token])).status_code == 410


def test_a_machine_that_fills_the_hidden_field_stores_nothing(client, row):
    response = send(client, row, homepage="https://spam.example")

    assert (response.status_code, Signature.objects.exists(), again(row).attempt) == (303, False, None)
