"""Words in the kit: the fact sheet and the methodology, as a desk reads them."""

import pytest
from django.utils import timezone

from letters.press import live
from letters.press.kit import printed, writing
from letters.press.kit.breakdowns import ORGANIZATION
from letters.press.methodology import LEDGER_LIMITS
from letters.signatures import counting
from letters.signatures.sentences import count_of
from tests.factories import make_letter, make_signature

pytestmark = pytest.mark.django_db

BEHIND = {"name": "Brinelantern", "role": "Drafted it.", "funding": "Members\u2019 fees", "interests": "None!"}
OFFICE = {"name": "", "office": "The Minister", "organization": "The Government"}
PERSON = {"name": "Jo Doe", "office": "", "organization": ""}


@pytest.fixture
def source():
    letter = make_letter(addressees=[OFFICE, PERSON], organisers=[BEHIND])
    for _number in range(3):
        make_signature(letter, affiliation="", organization_name="")
    make_signature(letter, affiliation="Harbour Bank")
    version = letter.version
    return live.source_of(letter, version, count_of(counting.count_now(version, now=timezone.now()), version.title))


def lines_of(made):
    return b"".join(made).decode().splitlines()


def test_fact_sheet_writes_whole_sentences_and_names_nobody_who_is_not_there(source):
    found = lines_of(writing.fact_sheet_md(source))

    assert "- To: The Minister, The Government; Jo Doe" in found
    assert "- Brinelantern: Drafted it. Funding: Members\u2019 fees. Interests: None!" in found
    assert "| E-mail confirmed | 4 |" in found


def test_those_who_gave_nothing_are_not_the_largest_group(source):
    rows = [line for line in lines_of(writing.fact_sheet_md(source)) if "Harbour" in line or "not given" in line]

    assert rows == ["| Harbour Bank | as stated | 1 |"]
    assert [group[0] for group, _persons, _withheld in ORGANIZATION.groups(source)] == ["Harbour Bank", "not given"]
    assert printed._organizations(source)[1] == [("Harbour Bank", 1), ("not given", 3)]


def test_methodology_says_what_the_ledger_cannot_show(source):
    found = lines_of(writing.methodology_md(source))

    assert [limit for limit in LEDGER_LIMITS if f"- {limit}" not in found] == []
    assert any(line.startswith("Unwitnessed:") for line in found)
