import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.core import keyring, sealed
from letters.core.errors import KeyRingError
from tests.properties import ALL_PLANES, quick

ADDRESS = "suzie@example.com"


def with_keys(path: Path, **purposes: list[dict[str, object]]) -> None:
    keyring.write(path, {**json.loads(path.read_text()), **purposes}, replace=True)
    keyring.forget()


def test_sealed_text_opens_for_its_own_row_alone():
    data = sealed.seal(ADDRESS, b"signature.email row-1")

    assert sealed.unseal(data, b"signature.email row-1") == ADDRESS
    with pytest.raises(KeyRingError, match="altered, moved, or sealed with another key"):
        sealed.unseal(data, b"signature.email row-2")


def test_seal_hides_the_text_and_differs_each_time():
    first, second = sealed.seal(ADDRESS, b"row"), sealed.seal(ADDRESS, b"row")

    assert first != second
    assert b"suzie" not in first
    assert len(first) == 1 + 12 + len(ADDRESS) + 16


@given(
    text=st.text(ALL_PLANES.filter(lambda char: not "\ud800" <= char <= "\udfff"), max_size=40),
    context=st.binary(max_size=20),
)
@quick
def test_seal_and_unseal_are_inverse(text, context):
    assert sealed.unseal(sealed.seal(text, context), context) == text


def test_unseal_refuses_every_flipped_byte_and_every_cut():
    data = sealed.seal(ADDRESS, b"row")
    broken = [data[:n] + bytes([data[n] ^ 1]) + data[n + 1 :] for n in range(len(data))]
    broken += [data[:n] for n in range(len(data))]

    for value in broken:
        with pytest.raises(KeyRingError):
            sealed.unseal(value, b"row")


def test_unseal_opens_what_an_older_key_sealed_until_that_key_is_gone(key_file):
    old = sealed.seal(ADDRESS, b"row")
    keys = json.loads(key_file.read_text())["field"]
    with_keys(key_file, field=[keyring.new_key(2), *keys])

    assert (old[0], sealed.is_sealed_with_newest(old)) == (1, False)
    assert sealed.unseal(old, b"row") == ADDRESS
    assert sealed.is_sealed_with_newest(sealed.seal(ADDRESS, b"row"))

    with_keys(key_file, field=[keyring.new_key(2)])
    with pytest.raises(KeyRingError, match="no field key number 1"):
        sealed.unseal(old, b"row")


def test_unseal_refuses_another_key_of_the_same_number(key_file):
    data = sealed.seal(ADDRESS, b"row")
    with_keys(key_file, field=[keyring.new_key(1)])

    with pytest.raises(KeyRingError):
        sealed.unseal(data, b"row")


def test_letter_indexes_are_equal_for_one_mailbox_in_one_letter_alone():
    odd, even = sealed.letter_indexes(1, ADDRESS)

    assert (odd, even) == sealed.letter_indexes(1, ADDRESS)
    assert len(odd or b"") == 32
    assert even is None
    assert odd != sealed.letter_indexes(2, ADDRESS)[0]
    assert odd != sealed.letter_indexes(1, "bob@example.com")[0]


def test_letter_indexes_keep_the_old_value_beside_the_new_one_during_a_rotation(key_file):
    before = sealed.letter_indexes(1, ADDRESS)
    keys = json.loads(key_file.read_text())["index"]
    with_keys(key_file, index=[keyring.new_key(2), *keys])

    during = sealed.letter_indexes(1, ADDRESS)

    assert during[0] == before[0]
    assert during[1] is not None
    assert during[1] != during[0]

    with_keys(key_file, index=[json.loads(key_file.read_text())["index"][0]])
    assert sealed.letter_indexes(1, ADDRESS) == (None, during[1])


def test_letter_index_cannot_be_made_without_the_key(key_file):
    before = sealed.letter_indexes(1, ADDRESS)
    with_keys(key_file, index=[keyring.new_key(1)])

    assert sealed.letter_indexes(1, ADDRESS) != before


def test_site_index_is_one_per_mailbox_and_no_letter_index():
    assert sealed.site_index(ADDRESS) == sealed.site_index(ADDRESS)
    assert sealed.site_index(ADDRESS) != sealed.site_index("bob@example.com")
    assert sealed.site_index(ADDRESS) not in sealed.letter_indexes(1, ADDRESS)


def test_fingerprint_is_keyed(key_file):
    before = sealed.fingerprint(b"form")
    assert before == sealed.fingerprint(b"form")
    assert before != sealed.fingerprint(b"other form")

    with_keys(key_file, site=[keyring.new_key(1)])

    assert sealed.fingerprint(b"form") != before
