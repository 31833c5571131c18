import base64
import json
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.core import keyring, tokens
from letters.core.errors import LinkInvalid
from tests.properties import ALL_PLANES, quick, thorough

ROW = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_token_opens_for_the_purpose_it_was_made_for_alone():
    token = tokens.make("confirm", ROW)

    assert tokens.read("confirm", token) == ROW
    for purpose in ("mine", "confir", "confirm\0", ""):
        with pytest.raises(LinkInvalid):
            tokens.read(purpose, token)


def test_token_is_made_of_letters_that_mail_programs_leave_alone():
    token = tokens.make("confirm", ROW)

    assert set(token) <= set(ALPHABET)
    assert len(token) == 66
    assert token == tokens.make("confirm", ROW)


@given(place=st.integers(0, 65), char=st.sampled_from(ALPHABET))
@thorough
def test_token_with_one_other_character_opens_nothing(place, char):
    token = tokens.make("confirm", ROW)
    altered = token[:place] + char + token[place + 1 :]
    if altered == token:
        return

    with pytest.raises(LinkInvalid):
        tokens.read("confirm", altered)


def test_token_with_one_flipped_bit_opens_nothing():
    raw = base64.urlsafe_b64decode(tokens.make("confirm", ROW) + "==")

    for bit in range(len(raw) * 8):
        altered = bytearray(raw)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LinkInvalid):
            tokens.read("confirm", base64.urlsafe_b64encode(altered).rstrip(b"=").decode())


@given(text=st.text(ALL_PLANES, max_size=70) | st.text(ALPHABET + "=+/ ", min_size=60, max_size=70))
@quick
def test_token_made_by_somebody_else_opens_nothing(text):
    with pytest.raises(LinkInvalid):
        tokens.read("confirm", text)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token + "A",
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token[:-1],
        lambda token: token.swapcase(),
        lambda token: "",
    ],
)
def test_token_must_be_whole_and_nothing_else(change):
    with pytest.raises(LinkInvalid):
        tokens.read("confirm", change(tokens.make("confirm", ROW)))


def test_token_of_another_row_is_another_token():
    other = uuid.UUID(int=ROW.int ^ 1)

    assert tokens.read("confirm", tokens.make("confirm", other)) == other
    assert tokens.make("confirm", other)[-40:] != tokens.make("confirm", ROW)[-40:]


def test_token_outlives_a_new_key_until_its_own_is_dropped(key_file):
    old, old_code = tokens.make("confirm", ROW), tokens.code_for(ROW)
    document = json.loads(key_file.read_text())
    keyring.write(key_file, {**document, "token": [keyring.new_key(2), *document["token"]]}, replace=True)
    keyring.forget()

    assert tokens.read("confirm", old) == ROW
    assert tokens.is_code_for(ROW, old_code)
    assert tokens.make("confirm", ROW) != old
    assert tokens.code_for(ROW) != old_code

    keyring.write(key_file, {**document, "token": [keyring.new_key(3)]}, replace=True)
    keyring.forget()
    with pytest.raises(LinkInvalid):
        tokens.read("confirm", old)
    assert not tokens.is_code_for(ROW, old_code)


@given(row=st.uuids())
@quick
def test_code_is_eight_characters_that_nobody_confuses(row):
    code = tokens.code_for(row)

    assert len(code) == 8
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert tokens.is_code_for(row, code)


def test_code_is_accepted_as_people_type_it():
    # The first row whose code holds both letters that are misread.
    row = next(r for r in map(uuid.UUID, (f"{n:032x}" for n in range(9999))) if {"0", "1"} <= set(tokens.code_for(r)))
    code = tokens.code_for(row)

    for typed in (
        code.lower(),
        f" {code[:4]}-{code[4:]} ",
        f"{code[:4]} {code[4:]}\n",
        code.replace("0", "O"),
        code.replace("0", "o"),
        code.replace("1", "I"),
        code.replace("1", "l"),
    ):
        assert tokens.is_code_for(row, typed), typed


@given(row=st.uuids(), place=st.integers(0, 7), char=st.sampled_from(tokens.CODE_ALPHABET))
@quick
def test_code_with_one_other_character_is_refused(row, place, char):
    code = tokens.code_for(row)
    typed = code[:place] + char + code[place + 1 :]

    assert tokens.is_code_for(row, typed) is (typed == code)


@given(typed=st.text(ALL_PLANES, max_size=12))
@quick
def test_code_that_is_nonsense_is_refused(typed):
    assert not tokens.is_code_for(ROW, typed)


def test_code_of_another_row_is_refused():
    assert not tokens.is_code_for(uuid.UUID(int=1), tokens.code_for(uuid.UUID(int=2)))


def test_code_is_no_part_of_a_token():
    assert tokens.code_for(ROW).lower() not in tokens.make("code", ROW).lower()


def test_mark_is_of_its_row_and_purpose_alone():
    (mark,) = tokens.marks_for("dns", ROW)

    assert re.fullmatch(r"[a-z2-7]{26}", mark)
    assert tokens.marks_for("dns", ROW) == [mark]
    assert tokens.marks_for("website", ROW) != [mark]
    assert tokens.marks_for("dns", uuid.UUID(int=ROW.int + 1)) != [mark]


def test_mark_of_an_earlier_key_still_counts(key_file):
    (before,) = tokens.marks_for("dns", ROW)
    document = json.loads(key_file.read_text())
    keyring.write(key_file, {**document, "token": [keyring.new_key(2), *document["token"]]}, replace=True)
    keyring.forget()

    assert tokens.marks_for("dns", ROW)[1:] == [before]
