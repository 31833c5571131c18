import pytest

from letters.documents import merging

BODY = "One.\n\nTwo.\n\nThree."


def merge(base, mine, theirs):
    return merging.merge({"part": base}, {"part": mine}, {"part": theirs}, ["part"])


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        ("a", "a", "b", "b"),
        ("a", "b", "a", "b"),
        ("a", "b", "b", "b"),
        (BODY, "ONE.\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nTHREE.", "ONE.\n\nTwo.\n\nTHREE."),
        (BODY, "Zero.\n\n" + BODY, BODY + "\n\nFour.", "Zero.\n\n" + BODY + "\n\nFour."),
        (BODY, "One.\n\nTwo.", "One!\n\nTwo.\n\nThree.", "One!\n\nTwo."),
        (["x", "y"], ["X", "y"], ["x", "Y"], ["X", "Y"]),
        (["x", "y", "z"], ["y", "x", "z"], ["x", "y", "z", "new"], ["y", "x", "z", "new"]),
        (["x"], [], ["x"], []),
        ([{"name": "A"}, {"name": "B"}], [{"name": "A"}], [{"name": "A2"}, {"name": "B"}], None),
    ],
)
def test_changes_that_do_not_overlap_are_all_kept(base, mine, theirs, expected):
    merged = merge(base, mine, theirs)

    if expected is None:
        assert [conflict.part for conflict in merged.conflicts] == ["part"]
    else:
        assert (merged.values["part"], merged.conflicts) == (expected, ())


def test_merging_is_the_same_from_the_other_side():
    mine, theirs = "ONE.\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nTHREE."

    assert merge(BODY, mine, theirs).values == merge(BODY, theirs, mine).values


def test_a_part_is_taken_when_a_change_of_theirs_is_in_it():
    assert merge("a", "a", "b").taken == ("part",)
    assert merge("a", "b", "a").taken == ()


def test_one_line_that_both_changed_conflicts_and_loses_nothing():
    [conflict] = merge("a", "b", "c").conflicts

    assert (conflict.base, conflict.mine, conflict.theirs) == ("a", "b", "c")


def test_a_paragraph_that_both_changed_conflicts_while_the_rest_is_merged_into_both():
    [conflict] = merge(BODY, "One!\n\nTwo!\n\nThree.", "One.\n\nTwo?\n\nThree?").conflicts

    assert conflict.mine == "One!\n\nTwo!\n\nThree?"
    assert conflict.theirs == "One!\n\nTwo?\n\nThree?"


def test_a_list_keeps_the_items_of_both():
    [conflict] = merge(["x", "y"], ["x", "mine"], ["x", "theirs"]).conflicts

    assert conflict.both == ["x", "mine", "theirs"]


def test_without_a_base_every_difference_is_a_conflict():
    merged = merging.merge({}, {"part": "b", "same": "x"}, {"part": "c", "same": "x"}, ["part", "same"])

    assert [(conflict.part, conflict.base) for conflict in merged.conflicts] == [("part", "")]
    assert merged.values["same"] == "x"


def test_a_text_of_very_many_lines_is_compared_as_a_whole():
    lines = [str(number) for number in range(merging.MOST_LINES + 1)]
    base, mine, theirs = "\n".join(lines), "\n".join(["mine", *lines]), "\n".join([*lines, "theirs"])

    [conflict] = merge(base, mine, theirs).conflicts

    assert (conflict.mine, conflict.theirs) == (mine, theirs)
