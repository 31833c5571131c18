"""The integrity report counts what was decided, and names nobody."""

import pytest
from django.utils import timezone

from letters.moderation.models import Case
from letters.press import integrity, numbers
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db


def case(letter, reason, decision, code=""):
    now = timezone.now()
    return Case.objects.create(
        letter=letter,
        signature=make_signature(letter),
        reason=reason,
        opened_at=now,
        due_at=now,
        closed_at=now if decision else None,
        decision=decision,
        reason_code=code,
    )


def test_report_counts_decisions_by_what_they_were_about():
    letter = make_letter()
    case(letter, "dispute", "refused", "impersonation")
    case(letter, "dispute", "accepted")
    case(letter, "dispute", "")
    case(letter, "appeal", "accepted")
    case(letter, "appeal", "refused", "duplicate")
    case(letter, "duplicate", "refused", "duplicate")
    case(letter, "duplicate", "settled")
    case(make_letter(), "dispute", "refused", "impersonation")

    found = integrity.report_of(letter)

    assert (found.looked_at, found.refused) == (5, 2)
    assert (found.disputes, found.disputes_upheld) == (2, 1)
    assert (found.appeals, found.appeals_upheld) == (2, 1)


def test_page_says_what_came_in_and_why_lines_were_removed(client):
    letter = make_letter()
    make_signature(letter, state="pending")
    for reason in ("duplicate", "duplicate", "impersonation"):
        row = make_signature(letter, state="removed", display_name="Removed Person")
        Signature.objects.filter(pk=row.pk).update(removed_reason=reason)
    numbers.recount(letter, now=timezone.now())

    words = words_of(client.get(f"{letter.get_absolute_url()}methodology/"))

    assert "Forms received4" in words
    assert "Removed by the organisers3" in words
    assert "that signature stands.2" in words
    assert "Removed Person" not in words


def test_report_costs_the_same_at_any_size(django_assert_num_queries):
    letter = make_letter()
    for _number in range(3):
        case(letter, "dispute", "refused", "impersonation")

    with django_assert_num_queries(4):
        integrity.report_of(letter)
