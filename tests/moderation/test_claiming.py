from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from letters.moderation import cases, claiming, deciding
from letters.moderation.models import Case
from tests.factories import make_letter, make_signature
from tests.moderation.people import reviewer


@pytest.fixture
def case(db):
    return cases.open_case(make_signature(), "mixed-script", is_holding=True)


def claimed(case):
    return Case.objects.values_list("claimed_by", flat=True).get(pk=case.pk)


def test_a_claim_is_somebodys_for_five_minutes(case, mona, alice):
    claiming.claim(case, by=mona)

    with pytest.raises(claiming.Claimed) as refused:
        claiming.claim(case, by=alice)
    until = Case.objects.get(pk=case.pk).claimed_until
    assert timezone.now() < until <= timezone.now() + claiming.CLAIM_FOR
    assert f"until {until:%H:%M} UTC" in refused.value.message
    assert mona.email not in refused.value.message

    with time_machine.travel(until + timedelta(seconds=1)):
        claiming.claim(case, by=alice)
    assert claimed(case) == alice.pk


def test_a_reviewer_has_one_case_at_a_time_under_a_letter(mona, alice):
    letter = make_letter()
    first, second = (cases.open_case(make_signature(letter), "mixed-script") for _ in range(2))
    elsewhere = cases.open_case(make_signature(), "mixed-script")
    theirs = cases.open_case(make_signature(letter), "mixed-script")
    for case, by in ((elsewhere, mona), (theirs, alice), (first, mona), (second, mona)):
        claiming.claim(case, by=by)

    assert [claimed(case) for case in (first, second, elsewhere, theirs)] == [None, mona.pk, mona.pk, alice.pk]
    claiming.claim(first, by=alice)  # at once: nobody waits for a claim that is over
    assert [claimed(case) for case in (first, theirs)] == [alice.pk, None]


def test_let_go_frees_ones_own_alone(case, mona, alice):
    elsewhere = claiming.claim(cases.open_case(make_signature(), "mixed-script"), by=mona)
    claiming.claim(case, by=mona)

    claiming.release(case.public_id, by=alice)
    assert claimed(case) == mona.pk
    claiming.release(case.public_id, by=mona)
    assert (claimed(case), claimed(elsewhere)) == (None, mona.pk)
    assert Case.objects.get(pk=case.pk).claimed_until is None


def test_claiming_again_prolongs_it(case, mona):
    claiming.claim(case, by=mona)
    later = timezone.now() + timedelta(minutes=4)

    with time_machine.travel(later, tick=False):
        assert claiming.claim(case, by=mona).claimed_until == later + claiming.CLAIM_FOR

    assert Case.objects.get(pk=case.pk).claimed_until == later + claiming.CLAIM_FOR


@pytest.mark.parametrize("act", ["accept", "refuse", "hold"])
def test_nobody_decides_what_a_colleague_is_at(case, mona, alice, act):
    claiming.claim(case, by=alice)
    words = {"reason_code": "impersonation", "note": "No."} if act == "refuse" else {}

    with pytest.raises(claiming.Claimed):
        getattr(deciding, act)(case.public_id, by=mona, **words)
    getattr(deciding, act)(case.public_id, by=alice, **words)
    assert claimed(case) == (alice.pk if act == "hold" else None)


def test_the_second_reviewer_need_not_wait_for_the_first_ones_claim(mona, alice):
    row = make_signature(is_invited=True)
    case = cases.open_case(row, "watched-name", is_holding=True)
    claiming.claim(case, by=mona)

    deciding.accept(case.public_id, by=mona)
    assert deciding.accept(case.public_id, by=alice).decision == "accepted"


def test_a_closed_case_is_nobodys(case, mona, alice):
    deciding.accept(case.public_id, by=mona)
    case.refresh_from_db()

    claiming.claim(case, by=alice)
    assert claimed(case) is None


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a race needs row locks")
@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_instant_are_one_and_a_refusal():
    case = cases.open_case(make_signature(), "mixed-script")
    people, barrier, outcomes = [reviewer("mona"), reviewer("alice")], Barrier(2), []

    def reach(person):
        try:
            barrier.wait()
            claiming.claim(Case.objects.get(pk=case.pk), by=person)
            outcomes.append(person.pk)
        except claiming.Claimed:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=reach, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes, key=str) == [claimed(case), "refused"]
