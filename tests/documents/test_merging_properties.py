"""Two people write at once: whatever they type, both changes are kept or somebody chooses, and nothing is lost."""

import json

from hypothesis import given
from hypothesis import strategies as st

from letters.documents import merging
from tests.properties import quick

PARTS = ("title", "body", "demands", "addressees")

line = st.sampled_from(["", "One.", "Two.", "Three.", "Four.", "Five."])
body = st.lists(line, max_size=6).map("\n".join)
items = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=4)
rows = st.lists(st.fixed_dictionaries({"name": st.sampled_from("xyz"), "office": st.sampled_from("12")}), max_size=3)
words = st.fixed_dictionaries({"title": line, "body": body, "demands": items, "addressees": rows})


def pieces(value):
    """What a part is made of, to be looked for in another one."""
    if isinstance(value, list):
        return {json.dumps(item, sort_keys=True) for item in value}
    return set(str(value).split("\n"))


@quick
@given(base=words, other=words)
def test_merging_with_an_untouched_side_gives_the_other_side(base, other):
    changed = tuple(part for part in PARTS if other[part] != base[part])

    mine_alone = merging.merge(base, other, base, PARTS)
    assert (mine_alone.values, mine_alone.taken, mine_alone.conflicts) == (other, (), ())
    theirs_alone = merging.merge(base, base, other, PARTS)
    assert (theirs_alone.values, theirs_alone.taken, theirs_alone.conflicts) == (other, changed, ())


@quick
@given(base=words, mine=words, theirs=words)
def test_nothing_that_either_wrote_is_lost(base, mine, theirs):
    """What is new in either text stands in the result, or in the two texts of a conflict, each in its own; the list
    that is offered then holds both."""
    found = merging.merge(base, mine, theirs, PARTS)
    conflicts = {conflict.part: conflict for conflict in found.conflicts}
    for part in PARTS:
        known, conflict = pieces(base[part]), conflicts.get(part)
        for typed, shown in ((mine, "mine"), (theirs, "theirs")):
            kept = getattr(conflict, shown) if conflict else found.values[part]
            assert pieces(typed[part]) - known <= pieces(kept), (part, shown)
        if conflict and isinstance(conflict.both, list):
            assert (pieces(mine[part]) | pieces(theirs[part])) - known <= pieces(conflict.both)


@quick
@given(base=words, mine=words, theirs=words)
def test_who_saved_first_does_not_decide_what_conflicts(base, mine, theirs):
    one = merging.merge(base, mine, theirs, PARTS)
    other = merging.merge(base, theirs, mine, PARTS)

    conflicting = {conflict.part for conflict in one.conflicts}
    assert conflicting == {conflict.part for conflict in other.conflicts}
    settled = set(PARTS) - conflicting
    assert {part: one.values[part] for part in settled} == {part: other.values[part] for part in settled}
