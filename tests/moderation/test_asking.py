from datetime import timedelta

import pytest
from django.utils import timezone

from letters.core.errors import RuleError
from letters.moderation import cases, deciding, retaining
from letters.moderation.models import Case, Upload
from letters.signatures import managing
from letters.verification import proving
from letters.verification.providers.base import Attachment, Next
from tests.factories import make_letter, sign_and_confirm
from tests.moderation.files import JPEG, PDF, PNG

pytestmark = pytest.mark.django_db


def ask(row, **given):
    return proving.start(row, "review", {"url": "", "file": None, "words": "", **given})


def test_review_is_queued_with_source_words_and_sealed_file():
    row = sign_and_confirm(make_letter())

    step = ask(row, url="https://uni.example/s", words="See page 2.", file=Attachment("../../x.pdf", PDF))

    case, upload = Case.objects.get(), Upload.objects.get()
    assert (step.next, case.reason, case.source_url, case.words) == (
        Next.QUEUED, "review-asked", "https://uni.example/s", "See page 2.",
    )  # fmt: skip
    assert (upload.kind, upload.size_bytes, upload.content) == ("pdf", len(PDF), PDF)
    assert PDF not in bytes(upload.content_sealed)
    row.refresh_from_db()
    assert row.held_reason == ""


def test_review_needs_something_to_compare_with():
    with pytest.raises(RuleError, match="Name a public source"):
        ask(sign_and_confirm(make_letter()))

    assert not Case.objects.exists()


def test_a_refused_file_stores_nothing():
    with pytest.raises(RuleError):
        ask(sign_and_confirm(make_letter()), url="https://uni.example/s", file=Attachment("x.png", b"<html>"))

    assert not Case.objects.exists()
    assert not Upload.objects.exists()


def test_a_second_file_replaces_the_first():
    row = sign_and_confirm(make_letter())
    ask(row, file=Attachment("a", PDF))

    ask(row, file=Attachment("b", PNG))

    assert list(Upload.objects.values_list("kind", flat=True)) == ["png"]
    assert Case.objects.count() == 1


def test_a_file_opens_in_its_own_row_alone():
    row = sign_and_confirm(make_letter())
    ask(row, file=Attachment("a", PDF))
    upload = Upload.objects.get()
    moved = Upload(case=upload.case, kind="pdf", content_sealed=upload.content_sealed)

    with pytest.raises(RuleError):
        _ = moved.content


@pytest.mark.parametrize(("days", "left"), [(13.9, 1), (14.1, 0)])
def test_files_are_deleted_fourteen_days_after_the_decision(mona, days, left):
    row = sign_and_confirm(make_letter())
    ask(row, file=Attachment("a", JPEG))
    deciding.refuse(Case.objects.get().public_id, by=mona, reason_code="no-evidence", note="Nothing found.")

    done = retaining.run(now=timezone.now() + timedelta(days=days))

    assert (Upload.objects.count(), done["uploads"]) == (left, 1 - left)
    assert retaining.run(now=timezone.now() + timedelta(days=days))["uploads"] == 0


@pytest.mark.parametrize(("days", "left"), [(89.9, 1), (90.1, 0)])
def test_files_are_deleted_after_ninety_days_without_a_decision(days, left):
    ask(sign_and_confirm(make_letter()), file=Attachment("a", JPEG))

    retaining.run(now=timezone.now() + timedelta(days=days))

    assert Upload.objects.count() == left
    assert Case.objects.waiting().count() == 1


def test_words_are_forgotten_after_ninety_days_and_the_decision_stays(mona):
    row = sign_and_confirm(make_letter())
    ask(row, url="https://uni.example/s", words="Zyx")
    deciding.refuse(Case.objects.get().public_id, by=mona, reason_code="no-evidence", note="Nothing found.")

    retaining.run(now=timezone.now() + timedelta(days=91))

    case = Case.objects.get()
    assert (case.note, case.words, case.source_url, case.reason_code) == ("", "", "", "no-evidence")


def test_erasing_deletes_the_file_at_once():
    row = sign_and_confirm(make_letter())
    ask(row, file=Attachment("a", PDF))

    managing.erase(row.public_id)

    assert not Upload.objects.exists()


def test_review_gives_what_the_checklist_says(mona):
    row = sign_and_confirm(make_letter())
    ask(row, url="https://uni.example/s")
    case = Case.objects.get()

    with pytest.raises(deciding.EvidenceMissing):
        deciding.accept(case.public_id, by=mona)
    cases.refresh_hold(row)
    row.refresh_from_db()
    assert (row.held_reason, row.is_reviewed) == ("", False)
