"""What the press room forgets, and that it does so neither a day late nor a day early."""

from datetime import timedelta

import pytest
from django.utils import timezone

from letters.outbox import suppressing
from letters.press import retaining
from letters.press.models import Archive, CorrectionReader, EmbargoAccess, Export, Question, Snapshot
from tests.factories import make_letter, make_signature, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)
JO = {"name": "Jo Press", "outlet": "The Paper", "email": "jo@paper.example"}


def _archive(ago):
    Archive.objects.create(letter=make_letter(), asked_at=NOW - ago, state="expired")


def _export(ago):
    Export.objects.create(letter=make_letter(), made_at=NOW - ago, purpose="event", reason="A meeting", people=1)


def _snapshot(ago):
    Snapshot.objects.create(letter=make_letter(), reason="asked", asked_by=make_user("alice"), asked_at=NOW - ago)


def _reader(ago):
    reader = CorrectionReader(letter=make_letter(), recipient_index=b"r" * 32, language="en", asked_at=NOW - ago)
    reader.set_email(JO["email"])
    reader.save()


def _question(ago, *, is_passed):
    row = Question(letter=(line := make_signature(consent_press=True)).letter, signature=line, asked_at=NOW - ago)
    row.recipient_index = suppressing.index_of(JO["email"])
    row.passed_at = row.asked_at if is_passed else None
    row.set_content({**JO, "text": "Why did you sign?", "deadline": ""})
    row.save()


def _access(ago, **fields):
    row = EmbargoAccess(recipient_index=b"e" * 32, made_at=NOW - ago, **fields)
    row.set_content(JO)
    row.save()


def _request(ago):
    _access(ago, letter=make_letter(state="embargoed"), confirmed_at=NOW - ago)


def _ended(ago):
    letter = make_letter(state="embargoed")
    _access(90 * DAY, letter=letter, invited_at=NOW - 90 * DAY, expires_at=NOW - ago)


def _launched(ago):
    """It would have gone on after the launch."""
    letter = make_letter()
    type(letter).objects.filter(pk=letter.pk).update(published_at=NOW - ago)
    _access(90 * DAY, letter=letter, invited_at=NOW - 90 * DAY, expires_at=NOW)


RULES = {
    "an archive's row": ("archive_rows", _archive, 365, Archive),
    "the log of exports": ("exports", _export, 365, Export),
    "who asked for a snapshot": ("snapshot_askers", _snapshot, 365, Snapshot.objects.filter(asked_by__isnull=False)),
    "a reader who never confirmed": ("correction_readers", _reader, 14, CorrectionReader),
    "a question that nobody confirmed": ("questions", lambda ago: _question(ago, is_passed=False), 3, Question),
    "a question's words": (
        "questions",
        lambda ago: _question(ago, is_passed=True),
        30,
        Question.objects.filter(content_sealed__isnull=False),
    ),
    "a journalist who asked in vain": ("embargo_accesses", _request, 30, EmbargoAccess),
    "a journalist whose access ended": ("embargo_accesses", _ended, 30, EmbargoAccess),
    "a journalist after the launch": ("embargo_accesses", _launched, 30, EmbargoAccess),
}
"""{what: (rule, one that is so old, days that it is kept, the rows that hold it)}."""


@pytest.mark.parametrize("what", RULES)
def test_it_is_kept_for_its_time_and_not_longer(what):
    rule, make, days, rows = RULES[what]
    rows = getattr(rows, "objects", rows)
    make(days * DAY - timedelta(hours=1))

    assert (retaining.run(now=NOW)[rule], rows.all().count()) == (0, 1)
    assert (retaining.run(now=NOW + timedelta(hours=2))[rule], rows.all().count()) == (1, 0)
    assert retaining.run(now=NOW + timedelta(hours=2))[rule] == 0


def test_of_an_old_question_only_that_it_was_asked_stays_and_at_last_nothing():
    _question(31 * DAY, is_passed=True)

    retaining.run(now=NOW)
    row = Question.objects.get()
    assert (row.content, row.signature, row.recipient_index) == ({}, None, None)

    retaining.run(now=NOW + 333 * DAY)
    assert Question.objects.count() == 1
    assert retaining.run(now=NOW + 335 * DAY)["questions"] == 1
    assert Question.objects.count() == 0


def test_a_snapshot_outlives_whoever_asked_for_it():
    _snapshot(366 * DAY)

    assert retaining.run(now=NOW)["snapshot_askers"] == 1
    assert Snapshot.objects.get().asked_by is None
