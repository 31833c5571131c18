from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.documents import publishing
from letters.documents.models import Letter
from letters.ledger.models import AuditEvent
from letters.outreach import telling, timeline
from letters.outreach.models import Delivery, Event
from tests.factories import make_letter, make_signature, make_version

pytestmark = pytest.mark.django_db
MINISTER = "Jo Doe, Minister, Ministry of Trade"


def entry(kind="media", **changes):
    return timeline.Entry(**{"kind": kind, "happened_on": date.today(), "title": "A paper wrote", **changes})  # noqa: DTZ011


def kinds(letter):
    return [(event.kind, event.detail) for event in Event.objects.filter(letter=letter).order_by("pk")]


def test_publishing_closing_and_reopening_are_printed_by_themselves(letter):
    publishing.move(letter, "closed", by="test")
    publishing.move(letter, "open", by="test")

    assert [kind for kind, _ in kinds(letter)] == ["published", "closed", "reopened"]
    letter.refresh_from_db()
    assert letter.timeline_revision == 3


def test_a_pause_is_no_news(letter):
    publishing.move(letter, "paused", by="test")
    publishing.move(letter, "open", by="test")

    assert [kind for kind, _ in kinds(letter)] == ["published"]


def test_delivering_after_closing_does_not_close_again():
    assert [kind for kind, _ in kinds(make_letter(state="delivered"))] == ["published", "closed"]


def test_another_version_of_a_public_letter_is_printed(letter):
    make_signature(letter)
    make_version(letter)

    assert kinds(letter)[1:] == [("version", {"version": 2})]


def test_texts_before_the_launch_are_nobodys_news():
    letter = make_letter(state="private")
    make_signature(letter)
    make_version(letter)

    assert kinds(letter) == []


def test_an_entry_is_printed_and_audited_with_ids_alone(letter, alice):
    event = timeline.add(letter, entry(title="Jo Doe spoke"), by=alice)

    assert [shown.title for shown in telling.timeline_of(fresh(letter)).entries] == ["Jo Doe spoke", "Published"]
    audited = AuditEvent.objects.get(action="event-added")
    assert (audited.object_id, audited.detail) == (str(event.public_id), "media")


def fresh(letter):
    return Letter.objects.select_related("version", "amendment").get(pk=letter.pk)


@pytest.mark.parametrize("kind", ["statement", "action", "update"])
def test_own_words_are_labelled_as_the_organisers(letter, alice, kind):
    assert timeline.add(letter, entry(kind), by=alice).is_by_organisers is True
    assert timeline.add(letter, entry("meeting"), by=alice).is_by_organisers is False


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"happened_on": date(2999, 1, 1)}, "happened_on"),
        ({"happened_on": date(1899, 12, 31)}, "happened_on"),
        ({"title": ""}, "title"),
        ({"kind": "response", "summary": "No."}, "addressee"),
        ({"kind": "response", "addressee": MINISTER}, "summary"),
        ({"kind": "response", "addressee": MINISTER, "summary": "No."}, "stance"),
        ({"stance": "full"}, "stance"),
    ],
)
def test_an_entry_that_lacks_something_is_refused(letter, alice, changes, code):
    with pytest.raises(timeline.EntryRefused) as refused:
        timeline.add(letter, entry(**changes), by=alice)

    assert refused.value.code == code


def test_a_correction_is_shown_and_can_be_undone_and_redone(letter, alice):
    event = timeline.add(letter, entry(title="Jo Do spoke"), by=alice)

    assert timeline.correct(event, entry(title="Jo Doe spoke"), by=alice) is True
    assert timeline.correct(event, entry(title="Jo Doe spoke"), by=alice) is False
    event.refresh_from_db()
    assert (event.title, event.changed_at is not None) == ("Jo Doe spoke", True)
    timeline.undo(event, by=alice)
    event.refresh_from_db()
    assert (event.title, event.happened_on) == ("Jo Do spoke", entry().happened_on)
    timeline.undo(event, by=alice)
    event.refresh_from_db()
    assert event.title == "Jo Doe spoke"


def test_an_automatic_entry_keeps_kind_and_day(letter, alice):
    event = Event.objects.get(letter=letter)

    timeline.correct(event, entry("statement", title="Out", happened_on=date(2020, 1, 1)), by=alice)

    event.refresh_from_db()
    assert (event.kind, event.title, event.is_by_organisers) == ("published", "Out", False)
    assert event.happened_on != date(2020, 1, 1)


def test_an_entry_is_taken_off_and_put_back(letter, alice):
    event = timeline.add(letter, entry(), by=alice)

    timeline.remove(event, by=alice)
    timeline.remove(event, by=alice)
    assert [shown.event.kind for shown in telling.timeline_of(fresh(letter)).entries] == ["published"]
    with pytest.raises(timeline.EntryGone):
        timeline.correct(event, entry(title="Other"), by=alice)
    timeline.restore(event, by=alice)
    assert len(telling.timeline_of(fresh(letter)).entries) == 2
    assert AuditEvent.objects.filter(action="event-removed").count() == 1


def deliver(letter, alice, *, days_ago=0):
    day = timezone.now().date() - timedelta(days=days_ago)
    return Delivery.objects.create(
        letter=letter, addressee=MINISTER, channel="post", delivered_on=day,
        version=letter.version, persons=1, organizations=0, recorded_by=alice, recorded_at=timezone.now(),
    )  # fmt: skip


def standing_of(letter):
    return [(s.state, s.sentence) for s in telling.timeline_of(fresh(letter)).standings]


@time_machine.travel("2026-11-24 12:00+00:00", tick=False)
def test_silence_is_stated_with_its_days(letter, alice):
    deliver(letter, alice, days_ago=14)

    assert standing_of(letter) == [
        ("none", "No response known as of 24 November 2026 (14 days since delivery)."),
    ]


@time_machine.travel("2026-11-24 12:00+00:00", tick=False)
def test_an_acknowledgement_is_no_response(letter, alice):
    deliver(letter, alice, days_ago=1)
    timeline.add(letter, entry("acknowledged", title="", addressee=MINISTER), by=alice)

    assert standing_of(letter) == [
        (
            "acknowledged",
            "Acknowledged on 24 November 2026. No response known as of 24 November 2026 (1 day since delivery).",
        )
    ]


@time_machine.travel("2026-11-24 12:00+00:00", tick=False)
@pytest.mark.parametrize(
    ("stance", "sentence"),
    [
        ("declined", "Declined on 24 November 2026: We go on."),
        ("partial", "Agreed in part on 24 November 2026: We go on."),
        ("full", "Agreed in full on 24 November 2026: We go on."),
    ],
)
def test_a_response_takes_the_place_of_silence(letter, alice, stance, sentence):
    deliver(letter, alice, days_ago=3)
    answer = timeline.add(
        letter, entry("response", title="", addressee=MINISTER, summary="We go on.", stance=stance), by=alice
    )

    assert standing_of(letter) == [(stance, sentence)]
    timeline.remove(answer, by=alice)
    assert standing_of(letter)[0][0] == "none"


def test_the_timeline_costs_two_queries_at_any_size(letter, alice, django_assert_num_queries):
    for number in range(3):
        timeline.add(letter, entry(title=f"Paper {number}"), by=alice)
    deliver(letter, alice)
    found = fresh(letter)

    with django_assert_num_queries(2):
        assert len(telling.timeline_of(found).entries) == 4
