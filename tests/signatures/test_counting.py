from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from letters.signatures import counting, managing
from letters.signatures.models import Signature, Tally
from letters.signatures.tasks import refresh_counts
from tests.factories import STATES, make_letter, make_signature, make_version, sign_and_confirm, sign_up, utc

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = utc("2026-11-23 14:00")
LONG_AGO = NOW - timedelta(hours=2)
COUNTED = ("persons", "samples", "withheld", "held", "withdrawn", "removed")


def counts(tally):
    return {name: getattr(tally, name) for name in COUNTED}


def test_recount_equals_the_rows():
    letter = make_letter()
    amounts = {state: number for number, state in enumerate(STATES, 1)}
    for state, amount in amounts.items():
        for _ in range(amount):
            make_signature(letter, state=state, at=LONG_AGO)
    make_signature()

    tally = counting.recount(letter.version.pk, now=NOW)

    assert counts(tally) == {
        "persons": amounts["confirmed"] + amounts["sample"],
        "samples": amounts["sample"],
        "withheld": amounts["hidden"],
        "held": amounts["held"],
        "withdrawn": amounts["withdrawn"] + amounts["erased"],
        "removed": amounts["removed"],
    }
    assert tally.persons == Signature.objects.public().for_version(letter.version).count()
    assert tally.as_of == NOW


def test_recount_counts_each_row_once():
    letter = make_letter()
    make_signature(letter, state="hidden", held_reason="mixed-script", at=LONG_AGO)

    assert counts(counting.recount(letter.version.pk, now=NOW)) == {**dict.fromkeys(COUNTED, 0), "held": 1}


def refreshed(seconds):
    return counting.refresh(now=NOW + timedelta(seconds=seconds)), Tally.objects.get().revision


def test_refresh_twice_without_a_change_counts_once():
    make_signature(at=LONG_AGO)

    assert [refreshed(0), refreshed(1), refreshed(60), refreshed(300)] == [(1, 1), (0, 1), (0, 1), (0, 1)]


def test_refresh_grows_the_revision_with_a_change_and_rests_afterwards():
    letter = make_letter()
    make_signature(letter, at=LONG_AGO)
    assert refreshed(0) == (1, 1)

    make_signature(letter, at=NOW + timedelta(seconds=40))

    assert refreshed(41) == (1, 2)
    assert Tally.objects.get().persons == 2
    # Within the overlap a late commit may still come: counted again, and never more often than asked.
    assert refreshed(72)[1] <= 3
    settled = Tally.objects.get().revision
    assert [refreshed(120), refreshed(180)] == [(0, settled), (0, settled)]


def test_refresh_sees_a_change_that_was_committed_late():
    letter = make_letter()
    make_signature(letter, at=LONG_AGO)
    refreshed(0)

    make_signature(letter, at=NOW - timedelta(seconds=20))  # begun before the count, committed after it

    assert refreshed(5) == (1, 2)
    assert Tally.objects.get().persons == 2


def test_refresh_sees_a_correction_although_no_number_changes():
    letter = make_letter()
    row = make_signature(letter, at=LONG_AGO)
    refreshed(0)

    Signature.objects.filter(pk=row.pk).update(display_name="New Name", changed_at=NOW + timedelta(seconds=50))

    assert refreshed(51) == (1, 2)


def test_refresh_says_a_newer_time_after_ten_quiet_minutes():
    make_signature(at=LONG_AGO)
    refreshed(0)

    assert refreshed(600) == (0, 1)
    assert refreshed(601) == (1, 2)
    assert Tally.objects.get().as_of == NOW + timedelta(seconds=601)


def test_refresh_ignores_pending_attempts():
    letter = make_letter()
    make_signature(letter, at=LONG_AGO)
    refreshed(0)

    make_signature(letter, state="pending", at=NOW + timedelta(seconds=40))

    assert refreshed(41) == (0, 1)


def test_refresh_counts_every_version_by_itself():
    letter = make_letter()
    old = letter.version
    make_signature(letter, at=LONG_AGO)
    make_version(letter)

    assert refresh_counts() == 2

    assert dict(Tally.objects.values_list("version", "persons")) == {old.pk: 1, letter.version.pk: 0}


def test_every_act_of_a_signatory_is_counted_by_the_next_refresh():
    letter = make_letter()
    row = sign_and_confirm(letter)
    sign_up(letter, "bob")

    def persons():
        counting.refresh(now=timezone.now())
        tally = Tally.objects.get()
        return tally.persons, tally.withheld, tally.withdrawn

    assert persons() == (1, 0, 0)
    managing.hide(row.public_id, hidden=True)
    assert persons() == (0, 1, 0)
    managing.hide(row.public_id, hidden=False)
    assert persons() == (1, 0, 0)
    managing.withdraw(row.public_id)
    assert persons() == (0, 0, 1)


def test_tally_for_reads_and_never_writes():
    letter = make_letter()
    make_signature(letter, at=LONG_AGO)

    fresh = counting.tally_for(letter.version)
    assert (fresh.persons, fresh.revision) == (1, 0)
    assert not Tally.objects.exists()

    counting.refresh(now=NOW)
    Tally.objects.update(persons=F("persons") + 41)
    letter.version.refresh_from_db()
    assert counting.tally_for(letter.version).persons == 42


def test_evidence_is_counted_of_published_persons_alone_and_organisations_apart():
    letter, now = make_letter(), timezone.now()
    kinds = [
        {"verification": "affiliation", "affiliation_basis": "work_email"},
        {"verification": "affiliation", "affiliation_basis": "work_email", "is_reviewed": True},
        {"verification": "affiliation", "affiliation_basis": "orcid"},
        {"verification": "account"},
        {"verification": "email", "is_invited": True, "checked_at": now - timedelta(days=366)},
    ]
    for state in ("confirmed", "hidden", "held", "withdrawn"):
        for fields in kinds:
            Signature.objects.filter(pk=make_signature(letter, state=state).pk).update(**fields)
    make_signature(letter, signatory_type="organization", verification="affiliation")

    tally = counting.recount(letter.version_id, now=now)

    assert (tally.persons, tally.organizations, tally.withheld, tally.held) == (5, 1, 5, 5)
    assert (tally.affiliation, tally.account) == (3, 1)
    assert (tally.by_work_email, tally.by_orcid, tally.by_review) == (2, 1, 0)
    assert (tally.invited, tally.reviewed, tally.older) == (1, 1, 1)
