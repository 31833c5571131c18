import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.core import canonical
from tests.properties import quick

NUMBERS = st.integers(1 - 2**53, 2**53 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/\b\f\n\r\t\0\x1f\x7f\u2028😀\ufb33'))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def test_keys_stand_in_the_order_of_their_utf_16_units():
    # RFC 8785 §3.2.3: by code points the emoji would come last, after the Hebrew letter.
    keys = ["\u20ac", "\r", "\ufb33", "1", "😀", "\x80", "\u00f6"]

    assert list(json.loads(canonical.dumps(dict.fromkeys(keys)))) == [
        "\r",
        "1",
        "\x80",
        "\u00f6",
        "\u20ac",
        "😀",
        "\ufb33",
    ]


def test_strings_are_spelled_as_the_rfc_spells_them():
    # RFC 8785 §3.2.2: the example of the specification, without its numbers.
    value = {
        "string": "\u20ac$\u000f\nA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
        "numbers": [0, -1, 9007199254740991],
    }

    assert (
        canonical.dumps(value)
        == (
            '{"literals":[null,true,false],"numbers":[0,-1,9007199254740991],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_nested_values_and_empty_ones():
    assert canonical.dumps([56, {"d": True, "10": None, "1": []}, {}, ""]) == b'[56,{"1":[],"10":null,"d":true},{},""]'


@pytest.mark.parametrize("value", [1.0, float("nan"), b"x", {1: "x"}, {"x": object()}, {None: 1}, {"x"}])
def test_what_has_no_single_spelling_is_refused(value):
    with pytest.raises(TypeError):
        canonical.dumps(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", {"\udc00": 1}])
def test_what_another_reader_would_change_is_refused(value):
    with pytest.raises(ValueError, match=r"whole numbers|surrogates"):
        canonical.dumps(value)


@quick
@given(VALUES)
def test_every_value_comes_back_and_is_spelled_one_way(value):
    spelled = canonical.dumps(value)

    assert json.loads(spelled) == value
    assert canonical.dumps(json.loads(spelled)) == spelled


@quick
@given(st.dictionaries(TEXTS, NUMBERS, max_size=6))
def test_the_order_in_which_keys_came_changes_nothing(value):
    assert canonical.dumps(dict(reversed(value.items()))) == canonical.dumps(value)
