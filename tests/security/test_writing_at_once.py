"""Many organisers press «Save» at the same instant: every change is in the text, and none overwrites another."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from letters.accounts.models import User
from letters.documents import drafting
from letters.documents.models import Letter
from tests.factories import CAST, make_team

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
PARTS = ("title", "subtitle", "dateline_place", "salutation", "closing")


def test_changes_of_different_parts_saved_at_once_are_all_kept():
    team = make_team("alice")
    alice = User.objects.get(email=CAST["alice"].email)
    letter = drafting.create(title="Lift it", team=team, by=alice)
    words = {**drafting.words_for(letter), "body": "\n".join(f"Line {n}." for n in range(41))}
    opened = drafting.save(letter, words, based_on=1, by=alice)
    barrier = threading.Barrier(len(PARTS) * 2)

    def change(number):
        lines = words["body"].split("\n")
        lines[4 * number] = f"Line of writer {number}."
        part = PARTS[number] if number < len(PARTS) else None
        typed = {**words, "body": "\n".join(lines), **({part: f"By {number}"} if part else {})}
        barrier.wait(20)
        try:
            return drafting.save(letter, typed, based_on=opened.number, by=alice)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(PARTS) * 2) as pool:
        saved = list(pool.map(change, range(len(PARTS) * 2)))

    assert [one.conflicts for one in saved] == [()] * 10
    assert sorted(one.number for one in saved) == list(range(3, 13))
    found = drafting.words_for(Letter.objects.select_related("version").get())
    assert {part: found[part] for part in PARTS} == {part: f"By {number}" for number, part in enumerate(PARTS)}
    theirs = [line for line in found["body"].split("\n") if "writer" in line]
    assert theirs == [f"Line of writer {number}." for number in range(10)]
