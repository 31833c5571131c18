"""The provider's own functions; the way of such a signature is in tests/public/test_organisation_signing.py."""

from datetime import date

import pytest

from letters.verification.models import Check
from letters.verification.providers import organization
from letters.verification.providers.base import NotProven
from tests.factories import make_letter, make_signature, utc

CLAIM = {"organization": "Institute of Locks", "name": "Suzie van der Berg", "position": "Director"}


def test_sentence_says_that_the_authority_was_stated():
    assert organization.sentence(CLAIM, date(2026, 11, 23)) == (
        "Signed on behalf of Institute of Locks by Suzie van der Berg, Director; authority stated by the signatory and "
        "checked by the organisers on 23 November 2026."
    )


def test_evidence_ages_in_a_year_and_no_setting_is_needed():
    assert organization.is_ready()
    assert organization.expires(utc("2026-11-23 14:00")) == utc("2027-11-23 14:00")


def test_no_signatory_begins_it_and_no_answer_decides():
    assert organization.OFFER.for_signatories is False
    with pytest.raises(NotProven):
        organization.complete(Check(), {"pressed": True})


@pytest.mark.django_db
def test_person_is_never_asked_about_and_never_accepted_as_an_organisation():
    person = make_signature(make_letter())

    organization.on_confirmed(person)
    organization.on_corrected(person)

    assert organization.ties_of(person) == []
    assert person.cases.count() == 0
    with pytest.raises(NotProven):
        organization.finding_of(person)


@pytest.mark.parametrize(
    ("domain", "site", "is_same"),
    [
        ("institute.example", "institute.example", True),
        ("a.institute.example", "institute.example", True),
        ("institute.example", "a.institute.example", True),
        ("a.institute.example", "b.institute.example", False),
        ("institute.example.org", "institute.example", False),
        ("evilinstitute.example", "institute.example", False),
        ("institute.github.io", "institute.github.io", True),
        ("evil.github.io", "institute.github.io", False),
        ("github.io", "institute.github.io", False),
        ("ac.uk", "institute.ac.uk", False),
        ("institute.ac.uk", "ac.uk", False),
        ("gmail.com", "gmail.com", False),
        ("", "institute.example", False),
        ("institute.example", "", False),
    ],
)
def test_house_is_the_same_label_by_label_and_of_one_owner(domain, site, is_same):
    assert organization.is_same_house(domain, site) is is_same
