import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.verification import assurance, recording
from letters.verification.models import Evidence
from tests.factories import make_evidence, make_signature, utc

AT = utc("2026-11-23 23:59")
EMAIL = "Confirmed by e-mail on 23 November 2026. Name, position and affiliation as stated by the signatory."
SAMPLE = "Sample signatory, invented for demonstration. Nobody confirmed this line."


def test_sentences_claim_no_more_than_was_proven():
    assert assurance.sentence_for(is_sample=False, confirmed_at=AT) == EMAIL
    assert assurance.sentence_for(is_sample=True, confirmed_at=AT) == SAMPLE
    assert assurance.sentence_for(is_sample=False, confirmed_at=None) == ""


@pytest.mark.django_db
@pytest.mark.database
class TestEvidence:
    def test_recorded_once_with_the_time_of_confirming(self):
        row = make_signature(at=AT)

        recording.record_email(row)
        recording.record_email(row)

        evidence = Evidence.objects.get()
        assert (evidence.method, evidence.axis, evidence.checked_at) == ("email", "address", AT)
        assert recording.sentences_for(row) == [EMAIL]
        assert str(evidence) == f"email/address of {row.pk}"

    @pytest.mark.parametrize("state", ["pending", "sample"])
    def test_not_recorded_of_what_nobody_confirmed(self, state):
        row = make_signature(state=state)

        recording.record_email(row)

        assert not Evidence.objects.exists()
        assert recording.sentences_for(row) == ([SAMPLE] if state == "sample" else [])

    def test_void_takes_back_one_axis_and_rewrites_nothing(self):
        row = make_signature(at=AT)
        recording.record_email(row)
        make_evidence(row, "email", "name", checked_at=AT)

        assert recording.void(row, {"name", "position"}) == 1
        assert recording.void(row, {"name"}) == 0

        assert [(e.axis, e.voided_at is None) for e in Evidence.objects.order_by("id")] == [
            ("address", True), ("name", False),
        ]  # fmt: skip

    def test_database_refuses_two_standing_pieces_of_one_kind(self):
        row = make_signature(at=AT)
        recording.record_email(row)

        with pytest.raises(IntegrityError), transaction.atomic():
            make_evidence(row, "email", "address", checked_at=AT)
        make_evidence(row, "email", "address", checked_at=AT, voided_at=timezone.now())

    def test_forget_deletes_evidence_of_this_line_alone(self):
        row, other = make_signature(at=AT), make_signature(at=AT)
        recording.record_email(row)
        recording.record_email(other)

        recording.forget(row)

        assert Evidence.objects.get().signature == other
