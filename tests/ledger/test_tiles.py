import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.ledger import tiles
from tests.properties import quick


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "000"),
        (273, 112, "273.p/112"),
        (1_234_067, 256, "x001/x234/067"),  # the specification's example
        (1000, 1, "x001/000.p/1"),
    ],
)
def test_paths_are_those_of_the_specification(number, width, path):
    assert tiles.path_of(number, width) == path
    assert tiles.parse_path(path) == (number, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "00",
        "0000",
        "x000/000",
        "1/000",
        "x001",
        "000.p/0",
        "000.p/256",
        "000.p/999",
        "000.p/01",
        "000/",
        "٠٠٠",
    ],
)
def test_another_spelling_is_no_path(path):
    assert tiles.parse_path(path) is None


@quick
@given(st.integers(0, 10**15), st.integers(1, 256))
def test_a_path_names_one_tile(number, width):
    assert tiles.parse_path(tiles.path_of(number, width)) == (number, width)


def test_a_tree_of_seventy_thousand_has_the_tiles_that_the_specification_counts():
    widths = {level: [tiles.width_at(70_000, level, n) for n in range(275)] for level in range(4)}

    assert widths[0] == [256] * 273 + [112, 0]
    assert widths[1][:3] == [256, 17, 0]
    assert widths[2][:2] == [1, 0]
    assert widths[3][0] == 0
    assert (tiles.width_at(256, 0, 0), tiles.width_at(256, 1, 0)) == (256, 1)


def test_a_bundle_holds_each_entry_behind_its_length():
    assert tiles.bundle([b"ab", b"", b"x" * 300]) == b"\0\2ab\0\0\1\x2c" + b"x" * 300
