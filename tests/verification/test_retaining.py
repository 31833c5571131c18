from datetime import timedelta

import pytest
from django.utils import timezone

from letters.documents import publishing
from letters.signatures import deciding, rotating
from letters.signatures import retaining as forgetting
from letters.verification import checking, recording, retaining
from letters.verification.models import Check, Evidence
from letters.verification.providers.base import Proof
from tests.factories import make_letter, sign_and_confirm
from tests.key_files import own_keys

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def proven(letter, person="suzie"):
    row = sign_and_confirm(letter, person)
    recording.record(row, [Proof("orcid", "account", {"orcid": "x"}, subject=("https://orcid.org", person))], by="test")
    return row


def test_identities_go_thirty_days_after_their_letter_closed_and_sentences_stay():
    closed, still_open = make_letter(), make_letter()
    row = proven(closed)
    proven(still_open)
    publishing.move(closed, "closed", by="test")
    now = timezone.now()

    assert retaining.forget_identities(now + timedelta(days=29)) == 0
    assert retaining.forget_identities(now + timedelta(days=31)) == 1
    assert retaining.forget_identities(now + timedelta(days=31)) == 0

    kept = Evidence.objects.exclude(subject_index=None).get()
    assert kept.letter_id == still_open.pk
    row.refresh_from_db()
    assert recording.sentences_for(row)[0].startswith("Signed in with ORCID iD x on")


def test_voided_evidence_goes_after_thirty_days():
    row = proven(make_letter())
    recording.void(row, {"account"})
    now = timezone.now()

    assert retaining.run(now=now + timedelta(days=29))["voided"] == 0
    assert retaining.run(now=now + timedelta(days=31))["voided"] == 1
    assert list(Evidence.objects.values_list("method", flat=True)) == ["email"]


def test_waiting_check_opens_after_the_keys_were_rotated(settings, tmp_path):
    with own_keys(settings, tmp_path):
        row = sign_and_confirm(make_letter())
        check = checking.open_check(row, "work_email", "1s@uni.example")
        before = bytes(check.asked_sealed)

        rotating.begin()
        list(rotating.rewrite())

        check = Check.objects.get()
        assert bytes(check.asked_sealed)[0] != before[0]
        assert checking.asked_in(check) == "1s@uni.example"


def test_nothing_that_was_proven_of_a_removed_person_outlives_the_thirty_days():
    row = proven(make_letter())
    deciding.remove(row, reason="impersonation", by="test")
    now = timezone.now()

    forgetting.forget_removed(now=now + timedelta(days=31))

    row.refresh_from_db()
    assert (row.proofs, row.sentence, row.verification, row.checked_at) == ([], "", "", None)
    assert not Evidence.objects.filter(signature=row).exists()
