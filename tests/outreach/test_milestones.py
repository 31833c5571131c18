import pytest

from letters.outreach import milestones
from letters.outreach.models import Event, Milestone, Update
from letters.signatures import counting
from letters.signatures.models import Tally
from tests.factories import make_letter, make_signature, make_signatures, make_version, utc

pytestmark = pytest.mark.django_db


def counted(letter, persons, **fields):
    """A letter whose count is this, without as many rows."""
    letter.refresh_from_db()
    Tally.objects.update_or_create(
        version=letter.version, defaults={"persons": persons, "as_of": utc("2026-11-24 12:00"), **fields}
    )
    milestones.find()


def states(letter):
    return list(Milestone.objects.filter(letter=letter).order_by("number").values_list("number", "state"))


def test_only_published_people_count(letter):
    make_signatures(letter, 8)
    for state in ("held", "hidden", "pending", "withdrawn", "removed", "sample"):
        make_signature(letter, state=state)
    make_signature(letter, signatory_type="organization")
    counting.refresh()
    milestones.find()
    assert states(letter) == []

    make_signatures(letter, 2)
    counting.refresh()
    milestones.find()
    assert states(letter) == [(10, "draft")]


def test_a_milestone_is_found_once_although_the_count_falls_and_rises(letter):
    for persons in (10, 9, 10, 12):
        counted(letter, persons)

    assert states(letter) == [(10, "draft")]
    assert Update.objects.filter(letter=letter).count() == 1


def test_the_highest_of_many_waits_and_the_others_have_passed(letter):
    counted(letter, 120)

    assert states(letter) == [(10, "passed"), (25, "passed"), (50, "passed"), (100, "draft")]


def test_a_new_version_passes_no_milestone_again(letter):
    counted(letter, 60)
    make_signature(letter)
    make_version(letter)
    counted(letter, 26)

    assert states(letter) == [(10, "passed"), (25, "passed"), (50, "draft")]


@pytest.mark.parametrize("state", ["private", "archived"])
def test_a_letter_that_is_not_public_or_over_has_no_milestones(state):
    letter = make_letter(state=state)
    counted(letter, 50)

    assert states(letter) == []


def test_nothing_goes_out_by_itself(letter):
    counted(letter, 10)

    draft = Update.objects.get(letter=letter)
    assert (draft.state, draft.subject, draft.milestone.number) == ("draft", "10 people have signed", 10)
    assert not Event.objects.filter(kind="milestone").exists()


def test_releasing_prints_it_once(letter, alice):
    counted(letter, 12)
    row = Milestone.objects.get()

    milestones.release(row, by=alice)
    milestones.release(row, by=alice)

    event = Event.objects.get(kind="milestone")
    assert (event.detail, event.happened_on.isoformat()) == ({"number": 10}, "2026-11-24")
    assert states(letter) == [(10, "released")]
    with pytest.raises(milestones.AlreadyDecided):
        milestones.dismiss(row, by=alice)


def test_a_count_that_fell_is_not_announced(letter, alice):
    counted(letter, 10)
    counted(letter, 9)

    with pytest.raises(milestones.NotReached) as refused:
        milestones.release(Milestone.objects.get(), by=alice)
    assert refused.value.message == "The count is 9 now, below 10. Announce it when the count is there again."


def test_setting_aside_deletes_the_untouched_draft(letter, alice):
    counted(letter, 10)
    row = Milestone.objects.get()

    milestones.dismiss(row, by=alice)

    assert (states(letter), Update.objects.count()) == ([(10, "dismissed")], 0)
    with pytest.raises(milestones.AlreadyDecided):
        milestones.release(row, by=alice)


@pytest.mark.parametrize(("persons", "number"), [(0, 10), (9, 10), (10, 25), (999, 1000), (1_000_000, None)])
def test_the_next_one_is_named(persons, number):
    assert milestones.next_after(persons) == number
