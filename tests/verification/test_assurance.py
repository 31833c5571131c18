"""The sentences, word for word. Whoever changes one changes what newspapers have printed: do it on purpose."""

from datetime import date

import pytest

from letters.verification import assurance
from letters.verification.assurance import Fact

ON = date(2026, 11, 23)
UNI, ACME = "University X", "Acme Security"
EMAIL = Fact("email", "address", ON)
IID = "0000-0002-1825-0097"


def work(kind, axis="affiliation", **claim):
    return Fact("work_email", axis, ON, {"domain": "x.example", "kind": kind, **claim})


# Source of the wording: the public scale in docs/verification/sentences.md.
GOLDEN = [
    (
        [EMAIL],
        "1", "email", "none",
        "Confirmed by e-mail on 23 November 2026. Name, position and affiliation as stated by the signatory.",
    ),
    (
        [EMAIL, work("alumni", "address")],
        "1a", "email", "none",
        "Confirmed by e-mail at x.example, an alumni or membership address, on 23 November 2026. Affiliation as stated "
        "by the signatory. Position as stated by the signatory.",
    ),
    (
        [EMAIL, work("membership", "address")],
        "1a", "email", "none",
        "Confirmed by e-mail at x.example, an alumni or membership address, on 23 November 2026. Affiliation as stated "
        "by the signatory. Position as stated by the signatory.",
    ),
    (
        [EMAIL, work("unmapped", "address")],
        "1b", "email", "none",
        "Confirmed by e-mail at x.example on 23 November 2026. Name, position and affiliation as stated by the "
        "signatory.",
    ),
    (
        [EMAIL, Fact("work_email", "address", ON, {"kind": "unmapped"})],
        "1", "email", "none",
        "Confirmed by e-mail on 23 November 2026. Name, position and affiliation as stated by the signatory.",
    ),
    (
        [EMAIL, Fact("orcid", "account", ON, {"orcid": IID})],
        "2", "account", "none",
        f"Signed in with ORCID iD {IID} on 23 November 2026. Affiliation as stated by the signatory. Position as "
        "stated by the signatory.",
    ),
    (
        [EMAIL, Fact("website", "account", ON, {"host": "suzie.example"})],
        "2", "account", "none",
        "Controls the website suzie.example (checked 23 November 2026). Affiliation as stated by the signatory. "
        "Position as stated by the signatory.",
    ),
    (
        [EMAIL, Fact("github_member", "account", ON, {"org": "acme", "login": "suzie"})],
        "2", "account", "none",
        "Public member of acme on GitHub (checked 23 November 2026). Affiliation as stated by the signatory. Position "
        "as stated by the signatory.",
    ),
    (
        [EMAIL, Fact("linkedin", "account", ON)],
        "2", "account", "none",
        "Signed in with a LinkedIn account on 23 November 2026, which proves no name and no employment. Affiliation as "
        "stated by the signatory. Position as stated by the signatory.",
    ),
    (
        [EMAIL, work("staff", organization=ACME)],
        "3", "affiliation", "work_email",
        "Confirmed by e-mail at x.example, a mail domain of Acme Security, on 23 November 2026. Position as stated by "
        "the signatory.",
    ),
    (
        [EMAIL, work("mixed", organization=UNI)],
        "3", "affiliation", "work_email",
        "Confirmed by e-mail at x.example, used by staff and students of University X, on 23 November 2026. Position "
        "as stated by the signatory.",
    ),
    (
        [EMAIL, Fact("work_email", "affiliation", ON, {"kind": "staff", "organization": ACME})],
        "3", "affiliation", "work_email",
        "Confirmed by e-mail at a mail domain of Acme Security on 23 November 2026. Position as stated by the "
        "signatory.",
    ),
    (
        [EMAIL, Fact("institution", "affiliation", ON, {"organization": UNI, "affiliation": "faculty"})],
        "3", "affiliation", "institutional_login",
        "University X confirmed by institutional login that the signatory is faculty (23 November 2026). Position as "
        "stated by the signatory.",
    ),
    (
        [EMAIL, Fact("cilogon", "affiliation", ON, {"organization": UNI, "affiliation": "employee"})],
        "3", "affiliation", "institutional_login",
        "University X confirmed by institutional login that the signatory is staff (23 November 2026). Position as "
        "stated by the signatory.",
    ),
    (
        [EMAIL, Fact("orcid_employment", "affiliation", ON,
                     {"orcid": IID, "organization": UNI, "source_name": "University X HR"})],
        "3", "affiliation", "orcid",
        f"Affiliation with University X was added to ORCID iD {IID} by University X HR (read 23 November 2026). "
        "Position as stated by the signatory.",
    ),
    (
        [EMAIL, Fact("google", "affiliation", ON, {"domain": "acme.example", "organization": ACME})],
        "3", "affiliation", "work_account",
        "Signed in with a work account of acme.example (Google Workspace) on 23 November 2026. Position as stated by "
        "the signatory.",
    ),
    (
        [EMAIL, Fact("microsoft", "account", ON, {"domain": "acme.example"})],
        "2", "account", "none",
        "Signed in with a work account of acme.example (Microsoft) on 23 November 2026. Affiliation as stated by the "
        "signatory. Position as stated by the signatory.",
    ),
    (
        [EMAIL, Fact("invitation", "name", ON)],
        "1", "email", "none",
        "Confirmed by e-mail on 23 November 2026. Invited personally by the organisers and confirmed on 23 November "
        "2026. Name, position and affiliation as stated by the signatory.",
    ),
    (
        [EMAIL, *(Fact("review", axis, ON, {"source": "uni.example"}) for axis in ("name", "position", "affiliation"))],
        "1", "affiliation", "review",
        "Confirmed by e-mail on 23 November 2026. Name, position and affiliation checked by the organisers on 23 "
        "November 2026 against uni.example.",
    ),
    (
        [EMAIL, Fact("review", "name", ON, {"source": "uni.example"}), work("staff", organization=ACME)],
        "3", "affiliation", "work_email",
        "Confirmed by e-mail at x.example, a mail domain of Acme Security, on 23 November 2026. Name checked by the "
        "organisers on 23 November 2026 against uni.example. Position as stated by the signatory.",
    ),
    (
        [EMAIL, Fact("organization", "affiliation", ON,
                     {"organization": "Locksmiths' Union", "name": "Alice Adeyemi", "position": "Chair"})],
        "1", "email", "none",
        "Signed on behalf of Locksmiths' Union by Alice Adeyemi, Chair; authority stated by the signatory and checked "
        "by the organisers on 23 November 2026.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "tier", "verification", "basis", "sentence"), GOLDEN)
def test_sentence_is_the_golden_one(facts, tier, verification, basis, sentence):
    found = assurance.assess(facts)

    assert found.sentence == sentence
    assert (found.tier, found.verification, found.basis) == (tier, verification, basis)


@pytest.mark.parametrize(("facts", "tier", "verification", "basis", "sentence"), GOLDEN)
def test_order_of_facts_does_not_matter_and_storing_loses_nothing(facts, tier, verification, basis, sentence):
    again = [Fact.read(fact.stored()) for fact in reversed(facts)]

    assert assurance.assess(again) == assurance.assess(facts)


def test_nothing_is_said_where_nothing_is_proven():
    found = assurance.assess([])

    assert (found.tier, found.verification, found.sentence, found.checked_on) == ("0", "", "", None)


def test_strongest_evidence_makes_the_sentence_and_the_newest_wins_among_equals():
    older = Fact("work_email", "affiliation", date(2025, 1, 2), {"domain": "old.example", "kind": "staff",
                                                                 "organization": ACME})  # fmt: skip
    account = Fact("orcid", "account", ON, {"orcid": IID})

    found = assurance.assess([EMAIL, account, older, work("staff", organization=ACME)])

    assert found.sentence.startswith("Confirmed by e-mail at x.example, a mail domain of Acme Security, on 23 November")
    assert found.checked_on == ON


def test_position_is_as_stated_in_every_sentence_without_a_review():
    for name, row in assurance.TABLE.items():
        tail = assurance.tail_for(row.unproven)
        assert "osition" in tail, name
        assert "as stated by the signatory" in tail, name


def test_every_row_has_a_tier_of_the_public_scale_and_only_tier_three_confirms_an_affiliation():
    for name, row in assurance.TABLE.items():
        assert row.tier in ("1", "1a", "1b", "2", "3"), name
        assert (row.verification == "affiliation") == (row.tier == "3"), name
        assert (row.basis != "none") == (row.tier == "3"), name


def test_samples_say_first_that_nobody_confirmed_them():
    proofs = [fact.stored() for fact in (EMAIL, work("staff", organization=ACME))]

    sentence = assurance.sentence_for(is_sample=True, confirmed_at=None, proofs=proofs)

    assert sentence == (
        "Invented sample, confirmed by nobody. A real line would read: “Confirmed by e-mail at x.example, a "
        "mail domain of Acme Security, on 23 November 2026. Position as stated by the signatory.”"
    )
