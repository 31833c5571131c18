from datetime import timedelta

import pytest
import time_machine

from letters.moderation import networks, retaining
from letters.moderation.models import NetworkKey
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, utc

pytestmark = pytest.mark.django_db
MONDAY = utc("2026-11-02 10:00")


@pytest.fixture(autouse=True)
def fresh(db):
    networks._kept.clear()


def test_the_same_network_has_the_same_hash_within_a_week_and_another_one_afterwards():
    with time_machine.travel(MONDAY):
        one, again, other = (networks.hash_of(name) for name in ("192.0.2.0/24", "192.0.2.0/24", "198.51.100.0/24"))
    with time_machine.travel(MONDAY + timedelta(days=7)):
        later = networks.hash_of("192.0.2.0/24")

    assert (one == again, one == other, one == later, len(one)) == (True, False, False, networks.HASH_BYTES)


def test_a_key_is_asked_for_once_a_week_and_shared_by_processes(django_assert_num_queries):
    with time_machine.travel(MONDAY):
        one = networks.hash_of("192.0.2.0/24")
        with django_assert_num_queries(0):
            networks.hash_of("192.0.2.0/24")
        networks._kept.clear()  # another process
        with django_assert_num_queries(1):
            assert networks.hash_of("192.0.2.0/24") == one


def test_key_and_hashes_are_destroyed_together():
    with time_machine.travel(MONDAY):
        old = make_signature(make_letter(), at=MONDAY, network=networks.hash_of("192.0.2.0/24"))
    later = MONDAY + timedelta(days=8)
    with time_machine.travel(later):
        new = make_signature(old.letter, at=later, network=networks.hash_of("192.0.2.0/24"))

    with time_machine.travel(MONDAY + networks.KEPT - timedelta(days=1)):
        assert retaining.run()["networks"] == 0
    with time_machine.travel(MONDAY + networks.KEPT + timedelta(hours=1)):
        assert retaining.run()["networks"] == 1
        assert retaining.run()["networks"] == 0

    assert list(Signature.objects.filter(network__isnull=False)) == [new]
    assert NetworkKey.objects.count() == 1


def test_the_key_is_sealed():
    networks.hash_of("192.0.2.0/24")

    row = NetworkKey.objects.get()
    assert row.key not in bytes(row.key_sealed)
