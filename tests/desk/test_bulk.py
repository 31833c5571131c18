import pytest
import time_machine
from django.urls import reverse

from letters.accounts.models import User
from letters.moderation import batching, bulking, cases
from letters.moderation.models import BulkDecision
from letters.moderation.selecting import Conditions
from letters.signatures.models import Signature
from tests.factories import CAST, make_letter, make_signature, make_team, make_user
from tests.moderation.people import show_second_factor
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db
WHY = {"action": "start", "reason_code": "not-a-person", "note": "A program."}


def path_of(letter):
    return reverse("desk:bulk", args=[letter.slug])


def wave(letter, amount):
    return [cases.open_case(make_signature(letter), "spike", is_holding=True) for _ in range(amount)]


def preview(desk, letter, **conditions):
    """The address of the preview."""
    return desk.post(path_of(letter), {"what": "refuse", **conditions})["Location"]


def test_from_conditions_to_a_refusal_and_back(strong_desk):
    letter = make_letter()
    wave(letter, 2)

    run = preview(strong_desk, letter, reason="spike")
    page = words_of(strong_desk.get(run))
    assert "Refuse cases that wait: 2" in page
    assert "Suzie" in page
    assert Signature.objects.filter(state="removed").count() == 0

    assert strong_desk.post(run, WHY).status_code == 303
    assert "0 of 2 done" in words_of(strong_desk.get(run))
    batching.run_due()
    assert "2 of 2 done" in words_of(strong_desk.get(run))
    strong_desk.post(run, {"action": "undo"})
    batching.run_due()
    assert "taken back" in words_of(strong_desk.get(run))
    assert Signature.objects.filter(state="removed").count() == 0


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"what": "refuse"}, "Choose at least one condition"),
        ({"what": "refuse", "name": "nobody"}, "No signature fits these conditions"),
        ({"what": "burn", "name": "a"}, "Select a valid choice"),
        ({"what": "refuse", "network": "xyz"}, "32 digits and letters"),
        ({"what": "refuse", "since": "soon"}, "Enter a valid date"),
        ({"what": "refuse", "since": "2026-01-02T00:00", "until": "2026-01-01T00:00"}, "Turn the two around"),
        ({"what": "remove", "reason": "spike"}, "Leave it empty to remove"),
    ],
)
def test_conditions_that_cannot_be_used_are_kept_and_explained(strong_desk, typed, says):
    letter = make_letter()
    wave(letter, 1)

    answer = strong_desk.post(path_of(letter), typed)

    assert (answer.status_code, BulkDecision.objects.count()) == (422, 0)
    assert says in words_of(answer)
    assert all(value in answer.text for name, value in typed.items() if name in ("name", "network"))


def test_a_refusal_without_a_reason_says_so_and_does_nothing(strong_desk):
    letter = make_letter()
    wave(letter, 1)
    run = preview(strong_desk, letter, reason="spike")

    answer = strong_desk.post(run, {"action": "start", "note": "kept words"})

    assert answer.status_code == 409
    assert "Choose why." in words_of(answer)
    assert "kept words" in answer.text


def test_the_second_person_agrees_on_the_same_page(client, mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter = make_letter()
    wave(letter, 2)
    client.force_login(mona)
    show_second_factor(client)
    run = preview(client, letter, reason="spike")
    client.post(run, WHY)
    assert client.post(run, {"action": "agree"}).status_code == 409

    client.force_login(alice)
    show_second_factor(client)
    assert "Agree: 2 rows" in words_of(client.get(run))
    client.post(run, {"action": "agree"})
    assert BulkDecision.objects.get().state == "running"


def test_a_decision_finds_its_second_person_on_the_first_page_of_the_desk(client, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter = make_letter(title="Lift it")
    wave(letter, 2)
    team = make_team("mona", "moderator", letter=letter)
    people = {name: make_user(name) for name in ("alice", "bob", "charlie")}
    for name, role in (("alice", "owner"), ("bob", "reviewer")):
        team.memberships.create(user=people[name], role=role)
    client.force_login(User.objects.get(email=CAST["mona"].email))
    show_second_factor(client)
    run = preview(client, letter, reason="spike")
    client.post(run, WHY)

    assert "can agree: alice@example.org" in words_of(client.get(run))
    asked = f'href="{run}"'
    assert asked not in client.get(reverse("desk:home")).text
    for name, finds in (("alice", True), ("bob", False), ("charlie", False)):
        client.force_login(people[name])
        assert (name, asked in client.get(reverse("desk:home")).text) == (name, finds)

    team.memberships.get(user=people["alice"]).delete()
    client.force_login(User.objects.get(email=CAST["mona"].email))
    show_second_factor(client)
    assert "Nobody else in the teams of this letter may decide about many." in words_of(client.get(run))


def test_what_two_decided_is_taken_back_on_the_page_by_two(client, mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter = make_letter()
    wave(letter, 2)
    run = bulking.preview(letter, "accept", Conditions(reason="spike"), by=mona)
    bulking.start(run.public_id, by=mona)
    bulking.agree(run.public_id, by=alice)
    batching.run_due()
    path = reverse("desk:bulk-run", args=[letter.slug, run.public_id])

    client.force_login(mona)
    show_second_factor(client)
    assert "Ask to undo 2 rows" in words_of(client.get(path))
    client.post(path, {"action": "undo"})
    assert "It begins when a second person asks for it, too." in words_of(client.get(path))
    client.force_login(alice)
    show_second_factor(client)
    assert "mona@example.org wants to take this back" in words_of(client.get(path))
    client.post(path, {"action": "keep"})
    assert "Ask to undo 2 rows" in words_of(client.get(path))
    client.post(path, {"action": "undo"})
    client.force_login(mona)
    show_second_factor(client)
    client.post(path, {"action": "undo"})
    assert Signature.objects.public().count() == 2
    batching.run_due()
    assert Signature.objects.public().count() == 0


def test_the_page_says_why_a_slice_needs_a_second_person(strong_desk, mona, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 2)
    letter = make_letter()
    wave(letter, 2)
    strong_desk.post(preview(strong_desk, letter, reason="spike"), WHY)
    batching.run_due()
    wave(letter, 1)

    page = words_of(strong_desk.get(preview(strong_desk, letter, reason="spike")))

    assert "With the 2 rows that you decided alone in the last 24 hours" in page
    assert "Ask a second person: 1 row" in page


def test_a_decision_says_until_when_it_waits_and_that_it_is_over(strong_desk, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 0)
    letter = make_letter()
    with time_machine.travel("2026-11-20 12:00:00+00:00", tick=False):
        wave(letter, 1)
        run = preview(strong_desk, letter, reason="spike")
        strong_desk.post(run, WHY)
        assert "It waits until 27 November 2026, 12:00 UTC." in words_of(strong_desk.get(run))
    with time_machine.travel("2026-11-27 12:00:00+00:00", tick=False):
        assert bulking.lapse_due() == 1
        page = words_of(strong_desk.get(run))

    assert "over: nobody else agreed in time" in page
    assert "Do not do it" not in page


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_costs_the_same_for_one_and_for_many(strong_desk, mona, item_count, django_assert_num_queries):
    letter = make_letter()
    wave(letter, item_count)
    for _ in range(item_count):
        bulk = bulking.preview(letter, "refuse", Conditions(reason="spike"), by=mona)
        bulking.cancel(bulk.public_id, by=mona)

    with django_assert_num_queries(4):  # session, user, letter, decisions
        strong_desk.get(path_of(letter))
    open_one = preview(strong_desk, letter, reason="spike")
    with django_assert_num_queries(7):  # session, user, letter, decision, what fits, sample, decided alone before
        strong_desk.get(open_one)


def test_a_decision_is_found_under_its_own_letter_alone(strong_desk):
    letter, other = make_letter(), make_letter()
    wave(letter, 1)
    run = preview(strong_desk, letter, reason="spike")

    assert strong_desk.get(run.replace(letter.slug, other.slug)).status_code == 404
    assert strong_desk.post(run.replace(letter.slug, other.slug), WHY).status_code == 404


def test_without_the_second_factor_nothing_is_shown(desk):
    letter = make_letter()

    answer = desk.get(path_of(letter))
    assert (answer.status_code, "second-factor" in answer["Location"]) == (302, True)
    assert desk.post(path_of(letter), {"what": "refuse", "name": "a"}).status_code == 403
