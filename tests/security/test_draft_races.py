"""Two people who press «Save» at the same instant are merged: nobody is overwritten."""

import pytest

from letters.accounts.models import User
from letters.documents import beside, drafting
from letters.documents.models import Draft, Letter
from tests.desk.writing import begin
from tests.factories import make_words
from tests.security.test_renewal_races import at_once

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_eight_who_save_at_once_lose_nothing():
    letter, alice = begin()
    drafting.save(letter, make_words(demands=[f"Demand {n}." for n in range(8)]), based_on=1, by=alice)
    words = drafting.words_for(letter)

    def saving(n):
        changed = [f"Demand {m}, changed." if m == n else text for m, text in enumerate(words["demands"])]
        return lambda: drafting.save(letter, {**words, "demands": changed}, based_on=2, by=User.objects.get()).conflicts

    found = at_once(*(saving(n) for n in range(8)))

    assert found == [()] * 8
    assert drafting.words_for(letter)["demands"] == [f"Demand {n}, changed." for n in range(8)]
    assert list(Draft.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 11))


def test_two_who_begin_letters_of_one_title_at_once_get_two_addresses_or_a_sentence():
    letter, alice = begin("Another")
    team = letter.teams.get().team

    found = at_once(*[lambda: drafting.create(title="Lift it", team=team, by=alice).slug] * 4)

    slugs = {one for one in found if isinstance(one, str)}
    assert len(slugs) == sum(isinstance(one, str) for one in found) > 0
    assert {one for one in found if not isinstance(one, str)} <= {drafting.SlugRefused}


def test_two_who_save_beside_the_text_at_once_lose_nothing():
    letter, alice = begin()
    base = beside.of_letter(letter)

    def saving(**changes):
        return lambda: beside.save(letter, {**base, **changes}, base=base, revision=0, by=alice).conflicts

    assert at_once(saving(contact="a@example.org"), saving(summary="In short.")) == [(), ()]
    row = Letter.objects.get()
    assert (row.contact, row.summary, row.about_revision) == ("a@example.org", "In short.", 2)
