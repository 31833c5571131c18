from datetime import timedelta

import pytest
from django.utils import timezone

from letters.moderation import cases, telling
from letters.moderation.models import Case
from tests.factories import make_letter, make_signature, sign_and_confirm

pytestmark = pytest.mark.django_db


def decided(letter, hours, *, days_ago=1, decision="accepted"):
    closed = timezone.now() - timedelta(days=days_ago)
    times = {"opened_at": closed - timedelta(hours=hours), "due_at": closed, "closed_at": closed}
    signature = make_signature(letter)
    ruled = {"decision": decision, "reason_code": "no-evidence"}
    Case.objects.create(letter=letter, signature=signature, reason="mixed-script", **times, **ruled)


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        ([], "How long this takes: no figure yet."),
        ([0.1], "Usually within 1 hour."),
        ([2, 5, 100], "Usually within 5 hours."),
        ([2.2, 4], "Usually within 4 hours."),
    ],
)
def test_usual_delay_is_the_median_of_this_letter(hours, text):
    letter = make_letter()
    for one in hours:
        decided(letter, one)
    decided(make_letter(), 500)
    decided(letter, 500, days_ago=31)
    decided(letter, 500, decision="settled")

    assert telling.usual_delay(letter) == text


def test_standing_says_what_it_waits_for():
    row = sign_and_confirm(make_letter(publish_from="affiliation"))
    cases.open_case(row, "placement", detail="selected")

    standing = telling.standing_of(row)

    assert [text[:28] for text in standing.waits_for] == ["This letter prints lines tha"]
    assert standing.delay == "How long this takes: no figure yet."


def test_nothing_waits_for_a_printed_line():
    standing = telling.standing_of(sign_and_confirm(make_letter()))

    assert (standing.waits_for, standing.delay, standing.change, standing.refusal) == ([], "", {}, None)
