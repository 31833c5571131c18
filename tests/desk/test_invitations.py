import pytest
from django.test import Client
from django.urls import reverse

from letters.documents import publishing
from letters.outbox.models import Message
from letters.signatures.models import Invitation
from tests.factories import make_invitation, make_letter, make_user, sign_and_confirm
from tests.public.visitor import forms_in, words_of

pytestmark = pytest.mark.django_db

ONE = {
    "action": "one", "one-name": "Suzie van der Berg", "one-email": "suzie@example.com", "one-role": "initiator",
    "one-source": "Our conference",
}  # fmt: skip


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.fixture
def desk(client):
    client.force_login(make_user(is_staff=True))
    return client


PATH = "/desk/lift/invitations/"


def many(people, action="many", **changes):
    return {"action": action, "many-people": people, "many-role": "signatory", "many-source": "Our list", **changes}


def names():
    return list(Invitation.objects.order_by("id").values_list("name", flat=True))


def test_page_is_for_staff_alone(client, letter):
    make_invitation(letter)

    assert client.get(PATH)["Location"].startswith(reverse("account_login"))
    assert client.post(PATH, ONE).status_code == 401  # the form comes back, to be sent after the login
    client.force_login(make_user("charlie"))
    assert (client.get(PATH).status_code, client.post(PATH, ONE).status_code) == (404, 404)
    assert Invitation.objects.count() == 1


def test_form_without_its_mark_changes_nothing(letter):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(is_staff=True))

    assert (client.post(PATH, ONE).status_code, Invitation.objects.exists()) == (403, False)


def test_one_person_is_invited(desk, letter):
    answer = desk.post(PATH, ONE)
    shown = desk.get(answer["Location"])

    row = Invitation.objects.get()
    assert (answer.status_code, row.name, row.role, row.email) == (
        303,
        "Suzie van der Berg",
        "initiator",
        "suzie@example.com",
    )
    assert row.invited_by.email == "alice@example.org"
    assert "Suzie van der Berg is invited; the mail is on its way." in words_of(shown)
    assert "suzie@example.com" not in shown.content.decode()
    assert Message.objects.get().kind == "invitation"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("one-name", "", "Enter the person's name."),
        ("one-name", "=1", "A name cannot begin with"),
        ("one-email", "nobody", "Enter one e-mail address, such as name@example.org."),
        ("one-source", " ", "Say where you have the address from; the invited person reads it."),
        ("one-role", "president", "Select a valid choice."),
    ],
)
def test_error_stands_at_the_field_and_nothing_is_lost(desk, letter, field, value, words):
    response = desk.post(PATH, {**ONE, field: value})

    form = next(form for form in forms_in(response) if "one-name" in form.fields)
    kept = {name: ONE[name] for name in ONE if name not in (field, "action")}
    assert (response.status_code, words in words_of(response)) == (422, True)
    assert {name: form.fields[name] for name in kept} == kept
    assert not Invitation.objects.exists()


def test_second_invitation_of_an_address_is_refused_kindly(desk, letter):
    desk.post(PATH, ONE)

    response = desk.post(PATH, {**ONE, "one-email": "Suzie@example.com"})

    assert response.status_code == 409
    assert "This address was invited to sign this letter before. Nobody is invited twice." in words_of(response)
    assert Invitation.objects.count() == 1


def test_preview_shows_each_line_with_its_error_and_sends_nothing(desk, letter):
    sign_and_confirm(letter)

    response = desk.post(
        PATH, many("Ada Lovelace <ada@example.org>\nnobody\nSuzie <suzie@example.com>", action="preview")
    )

    assert response.status_code == 200
    assert [(row.number, row.name, bool(row.error)) for row in response.context["lines"]] == [
        (1, "Ada Lovelace", False), (2, "", True), (3, "", True),
    ]  # fmt: skip
    assert "Write it as Name <name@example.org>." in words_of(response)
    assert "Send 1 invitation" in words_of(response)
    assert (Invitation.objects.exists(), Message.objects.filter(kind="invitation").exists()) == (False, False)


def test_good_lines_are_sent_and_the_others_stay_in_the_form(desk, letter):
    response = desk.post(
        PATH, many("Ada Lovelace <ada@example.org>\nnobody\nJo Doe, jo@example.org\nJo <jo@example.org>")
    )

    form = next(form for form in forms_in(response) if "many-people" in form.fields)
    assert (response.status_code, names()) == (409, ["Ada Lovelace", "Jo Doe"])
    assert form.fields["many-people"].splitlines() == ["nobody", "Jo <jo@example.org>"]
    assert "2 invitations are on their way." in words_of(response)
    assert {row.address_source for row in Invitation.objects.all()} == {"Our list"}


def test_list_sent_twice_invites_once(desk, letter):
    sent = many("Ada Lovelace <ada@example.org>\nJo Doe, jo@example.org")

    assert desk.post(PATH, sent).status_code == 303
    assert desk.post(PATH, sent).status_code == 409
    assert (names(), Message.objects.count()) == (["Ada Lovelace", "Jo Doe"], 2)


def test_list_shows_states_and_times_and_never_an_address(desk, letter):
    rows = [make_invitation(letter, name=f"Person {state}", email=f"{state}@zyx.example", state=state)
            for state in ("sent", "declined", "bounced")]  # fmt: skip
    make_invitation(make_letter(), name="Another Letter")

    response = desk.get(PATH)

    words = words_of(response)
    assert [row.name for row in response.context["page"].object_list] == [row.name for row in reversed(rows)]
    assert "Invited so far: 1 sent, 1 declined, 1 mail came back" in words
    assert "Another Letter" not in words
    assert "zyx.example" not in response.content.decode()
    buttons = [button for form in forms_in(response) for button in form.buttons]
    assert [value for _name, value in buttons if value in ("remind", "revoke")] == ["remind", "revoke"]


def test_remind_and_revoke_by_button(desk, letter):
    desk.post(PATH, ONE)
    row = Invitation.objects.get()

    assert desk.post(PATH, {"action": "remind", "invitation": row.public_id}).status_code == 303
    second = desk.post(PATH, {"action": "remind", "invitation": row.public_id})
    assert (second.status_code, "There is no second reminder." in words_of(second)) == (409, True)
    assert Message.objects.filter(kind="invitation_reminder").count() == 1
    desk.post(PATH, {"action": "revoke", "invitation": row.public_id})

    assert Invitation.objects.get().state == "revoked"


@pytest.mark.parametrize("sent", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_invitation_of_another_letter_or_none_is_not_there(desk, letter, sent):
    other = make_invitation(make_letter())

    assert desk.post(PATH, {"action": "revoke", "invitation": sent}).status_code == 404
    assert desk.post(PATH, {"action": "revoke", "invitation": other.public_id}).status_code == 404
    assert Invitation.objects.get().state == "sent"


def test_unknown_button_does_nothing(desk, letter):
    row = make_invitation(letter)

    assert desk.post(PATH, {"action": "sign", "invitation": row.public_id}).status_code == 409


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_letter_that_is_not_open_sends_none(desk, letter, state):
    publishing.move(letter, state, by="test")

    assert "Invitations can be sent to a draft, to a private round, and while the letter takes signatures." in words_of(
        desk.get(PATH)
    )
    assert desk.post(PATH, ONE).status_code == 409
    assert desk.post(PATH, many("Ada <ada@example.org>")).status_code == 409
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("amount", [1, 3])
def test_list_costs_the_same_for_one_and_for_three(desk, letter, django_assert_num_queries, amount):
    for _ in range(amount):
        make_invitation(letter)
    desk.get(PATH)

    with django_assert_num_queries(6):
        desk.get(PATH)
