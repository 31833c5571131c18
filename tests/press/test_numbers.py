"""The numbers of a letter: from the rows while they exist, and kept when they go."""

from datetime import UTC, date, datetime, timedelta

import pytest

from letters.outbox.models import Message
from letters.press import numbers
from letters.press.models import DayCount, Figures, VisitCount
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, sign_and_confirm, sign_up

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
DAY = date(2026, 11, 20)


def counts(letter):
    return {
        row.day: tuple(getattr(row, part) for part in numbers.PARTS) for row in DayCount.objects.filter(letter=letter)
    }


def refresh(letter):
    return numbers.recount(letter, now=AT + timedelta(days=30))


def mail_for(signature, *, sent_after=None, state="sent"):
    Message.objects.filter(subject_id=signature.public_id).delete()
    return Message.objects.create(
        kind="confirm",
        subject_id=signature.public_id,
        scope=str(signature.letter_id),
        state=state,
        created_at=signature.signed_at,
        next_at=signature.signed_at,
        sent_at=None if sent_after is None else signature.signed_at + sent_after,
    )


def test_each_state_is_counted_where_it_belongs():
    letter = make_letter()
    for state in ("pending", "confirmed", "hidden", "held", "withdrawn", "removed", "sample"):
        make_signature(letter, state=state, at=AT)
    mail_for(make_signature(letter, state="pending", at=AT), sent_after=timedelta(seconds=5))
    mail_for(make_signature(letter, state="pending", at=AT), sent_after=timedelta(seconds=9), state="bounced")
    mail_for(make_signature(letter, state="pending", at=AT), state="withheld")

    refresh(letter)

    assert counts(letter) == {DAY: (9, 2, 1, 5, 1)}


def test_forms_and_mails_stay_counted_when_their_rows_are_deleted():
    letter = make_letter()
    mail_for(make_signature(letter, state="pending", at=AT), sent_after=timedelta(seconds=5))
    refresh(letter)

    Signature.objects.all().delete()
    Message.objects.all().delete()
    refresh(letter)

    assert counts(letter) == {DAY: (1, 1, 0, 0, 0)}


def test_withdrawn_line_stays_confirmed_and_is_printed_no_more():
    letter = make_letter()
    row = make_signature(letter, at=AT)
    refresh(letter)
    assert counts(letter) == {DAY: (1, 0, 0, 1, 1)}

    managing.withdraw(row.public_id)
    refresh(letter)

    assert counts(letter) == {DAY: (1, 0, 0, 1, 0)}


def test_person_who_carried_a_signature_over_counts_once():
    letter = make_letter()
    old = make_signature(letter, at=AT)
    make_signature(letter, at=AT + timedelta(days=2), carried_from=old)

    refresh(letter)

    assert counts(letter) == {DAY: (1, 0, 0, 1, 1)}


def test_medians_are_of_the_middle_one():
    letter = make_letter()
    for seconds in (10, 20, 3600):
        row = make_signature(letter, at=AT)
        Signature.objects.filter(pk=row.pk).update(confirmed_at=AT + timedelta(seconds=10 * seconds))
        mail_for(row, sent_after=timedelta(seconds=seconds))

    found = refresh(letter)

    assert (found.mail_seconds, found.confirm_seconds, found.decision_seconds) == (20, 200, None)


def test_first_three_days_are_counted_by_the_hour():
    letter = make_letter()
    for hours in (0, 0, 2, 71, 72):
        make_signature(letter, at=AT + timedelta(hours=hours))

    found = refresh(letter)

    assert found.first_hour_at == AT.replace(minute=0)
    assert {hour: amount for hour, amount in enumerate(found.first_hours) if amount} == {0: 2, 2: 1, 71: 1}


def test_days_without_a_signature_are_not_left_out():
    letter = make_letter()
    make_signature(letter, at=AT)
    make_signature(letter, at=AT + timedelta(days=2))
    refresh(letter)

    assert numbers.days_of(letter) == [
        (DAY, 1, 1),
        (DAY + timedelta(days=1), 0, 1),
        (DAY + timedelta(days=2), 1, 2),
    ]


def test_only_letters_in_which_something_happened_are_counted_again():
    quiet, busy = make_letter(), make_letter()
    assert numbers.refresh() == 2
    Figures.objects.update(as_of=datetime.now(UTC) - timedelta(minutes=2))
    Signature.objects.update(changed_at=AT)
    sign_up(busy)

    assert numbers.refresh() == 1
    assert counts(busy)[datetime.now(UTC).date()][0] == 1
    assert counts(quiet) == {}


def test_funnel_sums_days_and_opened_forms():
    letter = make_letter()
    VisitCount.objects.create(letter=letter, day=DAY, page="form", source="", visits=7)
    VisitCount.objects.create(letter=letter, day=DAY, page="letter", source="", visits=70)
    for day in (DAY, DAY + timedelta(days=1)):
        DayCount.objects.create(letter=letter, day=day, forms=5, mails=4, bounced=1, confirmed=2, published=1)

    found = numbers.funnel(letter)

    assert (found.opened, found.forms, found.mails, found.confirmed, found.published) == (7, 10, 8, 4, 2)
    assert found.bounce_percent == 25.0


def test_real_signature_reaches_the_list():
    letter = make_letter()
    sign_and_confirm(letter)

    numbers.refresh()

    assert counts(letter) == {datetime.now(UTC).date(): (1, 0, 0, 1, 1)}
