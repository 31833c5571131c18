"""What differs between two texts, word by word, at a bounded cost."""

import time
from datetime import date

import pytest

from letters.documents import differing
from tests.factories import make_words


def runs_of(before, after):
    """[(kind, text)] of the changed blocks of one part."""
    found = differing.between(make_words(body=before), make_words(body=after))
    return [[(run.kind, run.text) for run in block.runs] for part in found.changed_parts for block in part.blocks]


def test_equal_texts_differ_in_nothing():
    found = differing.between(make_words(), make_words())

    assert (found.is_same, found.added, found.removed, found.changed_parts) == (True, 0, 0, ())
    assert [part.name for part in found.parts][:3] == ["title", "subtitle", "dateline"]


@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        ("We go on.", "We go home.", [[("same", "We go "), ("del", "on"), ("ins", "home"), ("same", ".")]]),
        ("We go on.", "We all go on.", [[("same", "We "), ("ins", "all "), ("same", "go on.")]]),
        ("one two three four", "one 2 3 four",
         [[("same", "one "), ("del", "two three"), ("ins", "2 3"), ("same", " four")]]),
        ("A.\n\nB.", "A.\n\nNew.\n\nB.", [[("same", "A.")], [("ins", "New.")], [("same", "B.")]]),
        ("A.\n\nB.\n\nC.", "A.\n\nC.", [[("same", "A.")], [("del", "B.")], [("same", "C.")]]),
        ("Я иду домой.", "Я иду лесом.", [[("same", "Я иду "), ("del", "домой"), ("ins", "лесом"), ("same", ".")]]),
        ("We go", "We go.", [[("same", "We go"), ("ins", ".")]]),
    ],
)  # fmt: skip
def test_changed_words_are_told_from_those_that_stay(before, after, runs):
    assert runs_of(before, after) == runs


def test_every_part_is_compared_and_demands_keep_their_numbers():
    before = make_words()
    after = make_words(
        title="Lift it", addressees=[{"name": "Jo Doe", "office": "Chancellor", "organization": "Ministry of Trade"}],
        demands=["Lift the restriction.", "Pay.", "Publish the *criteria*."], dateline_on=date(2026, 11, 17),
        closing="",
    )  # fmt: skip

    found = differing.between(before, after)

    assert {part.name for part in found.changed_parts} == {"title", "dateline", "addressees", "demands", "closing"}
    demands = next(part for part in found.parts if part.name == "demands")
    assert [(block.number, block.is_changed) for block in demands.blocks] == [(1, False), (2, True), (3, False)]


def test_both_texts_can_be_read_back_from_the_difference():
    before, after = (
        "We find holes before others do, and say so.",
        "They found some holes after others did. Nobody says so.",
    )

    (block,) = runs_of(before, after)

    assert "".join(text for kind, text in block if kind != "ins") == before
    assert "".join(text for kind, text in block if kind != "del") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 50_000, "b a " * 25_000),
        ("a b " * 25_000, "b a " * 25_000),
        ("a\n\n" * 33_000, "b\n\na\n\n" * 16_000),
        ("\n\n".join("ab"[n % 2] + " x" * 40 for n in range(1200)),
         "\n\n".join("ba"[n % 3 % 2] + " x" * 41 for n in range(1200))),
    ],
)  # fmt: skip
def test_the_longest_texts_are_compared_within_a_second(before, after):
    begun = time.process_time()

    found = differing.between(make_words(body=before[:100_000]), make_words(body=after[:100_000]))

    assert not found.is_same
    assert time.process_time() - begun < 1.0
