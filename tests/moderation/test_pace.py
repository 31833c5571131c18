from datetime import timedelta

import pytest
from django.utils import timezone

from letters.moderation import deciding, pace, releasing
from letters.moderation.models import Case, Pace
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, sign_and_confirm

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def low_floor(settings):
    settings.SPIKE_FLOOR = 3


def confirm_some(letter, amount):
    return [
        sign_and_confirm(letter, email=f"s{n}@example.org", display_name=f"Suzie {chr(65 + n)}") for n in range(amount)
    ]


def test_what_comes_beyond_the_threshold_is_held_at_once():
    letter = make_letter(spike_per_hour=2)

    rows = confirm_some(letter, 4)

    assert [Signature.objects.get(pk=row.pk).held_reason for row in rows] == ["", "", "spike", "spike"]


def test_the_sites_floor_holds_where_a_letter_says_nothing():
    rows = confirm_some(make_letter(), 5)

    assert [Signature.objects.get(pk=row.pk).held_reason for row in rows] == ["", "", "", "spike", "spike"]


def test_two_letters_do_not_share_a_threshold():
    rows = confirm_some(make_letter(), 3) + confirm_some(make_letter(), 3)

    assert Signature.objects.public().count() == len(rows)


def test_the_threshold_is_five_times_the_usual_pace():
    letter, now = make_letter(), timezone.now()
    for n in range(40):
        make_signature(letter, at=now - timedelta(hours=1 + n / 4))  # four an hour for ten hours

    pace.watch(now=now)

    assert Pace.objects.get().threshold == pytest.approx(20, abs=1)
    assert pace.threshold_for(letter) == Pace.objects.get().threshold


def test_the_clock_holds_what_passed_and_never_again_what_was_released(admin_user):
    letter, now = make_letter(spike_per_hour=2), timezone.now()
    for n in range(5):
        make_signature(letter, at=now - timedelta(minutes=30 - n))

    assert pace.watch(now=now)["held"] == 3
    assert pace.watch(now=now)["held"] == 0
    assert Signature.objects.public().count() == 2

    for case in Case.objects.waiting():
        deciding.accept(case.public_id, by=admin_user)
    assert pace.watch(now=now)["held"] == 0
    assert Signature.objects.public().count() == 5


def test_old_confirmations_are_no_wave():
    letter, now = make_letter(spike_per_hour=2), timezone.now()
    for n in range(5):
        make_signature(letter, at=now - timedelta(hours=2 + n))

    assert pace.watch(now=now) == {"letters": 1, "held": 0}


def test_release_of_one_line_accepts_all_that_holds_it(admin_user):
    row = confirm_some(make_letter(spike_per_hour=1), 2)[1]

    releasing.release(row, by=admin_user)

    row.refresh_from_db()
    assert (row.held_reason, Case.objects.get(reason="spike").decision) == ("", "accepted")


@pytest.mark.parametrize(("waiting", "held"), [(10, 0), (60, 10)])
def test_a_wave_that_does_not_confirm_is_held_far_sooner(settings, waiting, held):
    settings.SPIKE_FLOOR = 2000
    letter, now = make_letter(), timezone.now()
    for _ in range(60):
        make_signature(letter, at=now - timedelta(minutes=30))
    for _ in range(waiting):
        make_signature(letter, state="pending", at=now - timedelta(minutes=30))

    assert pace.watch(now=now)["held"] == held
    assert Pace.objects.get().unconfirmed_percent == 100 * waiting // (waiting + 60)


def test_who_signed_up_just_now_has_had_no_time_to_confirm():
    letter, now = make_letter(), timezone.now()
    for _ in range(60):
        make_signature(letter, state="pending", at=now - timedelta(minutes=5))

    assert pace.unconfirmed_percent(letter, now) == 0
