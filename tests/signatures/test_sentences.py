import pytest

from letters.signatures import sentences
from letters.signatures.models import Tally
from tests.factories import utc

AS_OF = utc("2026-11-23 14:00")
HEAD = "As of 14:00 UTC, 23 November 2026, "

GOLDEN = [
    ({}, HEAD + "nobody has signed “Lift” yet."),
    ({"persons": 1}, HEAD + "1 person has signed “Lift” and confirmed it by e-mail."),
    ({"persons": 137}, HEAD + "137 people have signed “Lift” and confirmed it by e-mail."),
    ({"persons": 1_234_567}, HEAD + "1,234,567 people have signed “Lift” and confirmed it by e-mail."),
    (
        {"persons": 2, "withheld": 1},
        HEAD + "2 people have signed “Lift” and confirmed it by e-mail. "
        "1 person whose name is withheld has also signed.",
    ),
    (
        {"persons": 2, "withheld": 6, "held": 1},
        HEAD + "2 people have signed “Lift” and confirmed it by e-mail. "
        "6 people whose names are withheld have also signed. 1 signature is being checked.",
    ),
    (
        {"persons": 2, "held": 3, "withdrawn": 1, "removed": 2},
        HEAD + "2 people have signed “Lift” and confirmed it by e-mail. 3 signatures are being checked. "
        "1 signature was withdrawn and 2 removed since publication.",
    ),
    (
        {"withdrawn": 3, "removed": 0},
        HEAD + "nobody has signed “Lift” yet. 3 signatures were withdrawn and 0 removed since publication.",
    ),
]


@pytest.mark.parametrize(("counts", "sentence"), GOLDEN)
def test_count_sentence_says_what_is_counted_and_when(counts, sentence):
    count = sentences.count_of(Tally(as_of=AS_OF, **counts), "Lift")

    assert count.sentence == sentence
    assert {name: getattr(count, name) for name in counts} == counts
    assert (count.as_of, count.as_of_text) == (AS_OF, "14:00 UTC, 23 November 2026")


@pytest.mark.parametrize(("persons", "samples"), [(1, 1), (137, 137), (5, 2)])
def test_count_sentence_says_how_many_are_invented(persons, samples):
    sentence = sentences.count_of(Tally(as_of=AS_OF, persons=persons, samples=samples), "Lift").sentence

    assert "invented sample" in sentence
    assert str(samples) in sentence


def test_count_sentence_adds_no_numbers_together():
    sentence = sentences.count_of(Tally(as_of=AS_OF, persons=10, withheld=5, held=7), "Lift").sentence

    for total in ("15", "17", "22"):
        assert total not in sentence.removeprefix(HEAD)


def test_title_with_braces_is_printed_as_it_is():
    sentence = sentences.count_of(Tally(as_of=AS_OF, persons=1), "{count} {x}").sentence

    assert "“{count} {x}”" in sentence


def test_count_sentence_says_what_it_is_made_of():
    tally = Tally(
        as_of=AS_OF, persons=137, affiliation=112, by_work_email=94, by_institutional_login=11, by_orcid=7,
        reviewed=58, organizations=4, withheld=6, held=37, withdrawn=3, removed=2, older=1,
    )  # fmt: skip

    count = sentences.count_of(tally, "Lift")

    assert count.sentence == HEAD + (
        "137 people have signed “Lift” and confirmed it by e-mail. For 112 of them the affiliation was confirmed (94 "
        "by e-mail at an organisation's domain, 11 by institutional login, 7 through ORCID). 58 were checked by the "
        "organisers. 1 was last checked more than 12 months ago. 4 organisations and 6 people whose names are withheld "
        "have also signed. 37 signatures are being checked. 3 signatures were withdrawn and 2 removed since "
        "publication."
    )
    assert count.short == "137 published, 37 being checked"
    assert (count.email, count.by_basis["work_email"]) == (25, 94)
