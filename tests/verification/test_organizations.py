from datetime import UTC, date, datetime, timedelta

import pytest

from letters.verification import domains, organizations
from letters.verification.models import Organization, OrganizationDomain, Source
from tests.verification.rows import make_domain, make_organization

HEADER = "name,country,ror,kind,domains,aliases,source,checked_on\n"
CELLS = {
    "name": "University of Harbour",
    "country": "NL",
    "ror": "",
    "kind": "staff",
    "domains": "harbour.example",
    "aliases": "UH; Harbour University",
    "source": "https://harbour.example/contact",
    "checked_on": "2026-11-01",
}
ROR = "https://ror.org/05a28rw58"


def line(**cells):
    return ",".join(f'"{value}"' for value in {**CELLS, **cells}.values()) + "\n"


def source(*lines):
    return HEADER + "".join(lines or (line(),))


NEXT_WEEK = datetime.now(UTC).date() + timedelta(days=7)  # also when midnight passes meanwhile
# (what is wrong, the file, the complaint)
WRONG = [
    ("no header", "", "Line 1, header: must be name,country,ror,kind,domains,aliases,source,checked_on."),
    ("a column less", source("a,b\n"), "Line 2, row: must have 8 cells."),
    ("a column more", source(line().strip() + ",x\n"), "Line 2, row: must have 8 cells."),
    ("not CSV", source('"a"b,c\n'), "Line 2, row: is not CSV: "),
    ("large file", "x" * 10_000_001, "Line 1, file: is larger than 10000000 bytes."),
    ("no name", source(line(name=" ")), "Line 2, name: must be a name of at most 300 characters."),
    ("long name", source(line(name="x" * 301)), "Line 2, name: must be a name"),
    ("country", source(line(), line(country="XX", domains="b.example")), "Line 3, country: must be a country code"),
    ("ROR check sum", source(line(ror="https://ror.org/05a28rw59")), "Line 2, ror: must be an identifier such as"),
    ("bare ROR", source(line(ror="05a28rw58")), "Line 2, ror: must be an identifier such as https://ror.org/05a28rw58"),
    ("kind", source(line(kind="boss")), "Line 2, kind: must be one of staff, mixed, student, alumni"),
    ("no domain", source(line(domains=" ; ")), "Line 2, domains: needs at least one mail domain"),
    ("no such domain", source(line(domains="a..b")), "Line 2, domains: “a..b” is not a domain."),
    ("suffix", source(line(domains="edu.cn")), "Line 2, domains: edu.cn cannot belong to an organisation: it is a "
     "public suffix, below which anybody registers names."),
    ("free mail", source(line(domains="mx.gmx.de")), "Line 2, domains: mx.gmx.de cannot belong to an organisation: it "
     "is listed as free (gmx.de)."),
    ("twice", source(line(), line(name="Other", domains="x.example; HARBOUR.example")),
     "Line 3, domains: harbour.example stands here a second time (first on line 2)."),
    ("long alias", source(line(aliases="x" * 301)), "Line 2, aliases: has an alias of more than 300 characters"),
    ("no page", source(line(source="told me")), "Line 2, source: must be the address of a public page"),
    ("no day", source(line(checked_on="1 May")), "Line 2, checked_on: must be a day such as 2026-11-23."),
    ("a day to come", source(line(checked_on=str(NEXT_WEEK))), f"Line 2, checked_on: {NEXT_WEEK} has not come yet"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "complaint"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_parse_names_line_and_column_of_what_is_wrong(text, complaint):
    with pytest.raises(organizations.FileRefused) as refused:
        organizations.parse(text)

    assert refused.value.message.startswith(complaint)


def test_parse_reads_every_column():
    found = organizations.parse("\ufeff" + source(line(ror=ROR, domains="Harbour.Example; müller.example")))

    assert found == [
        organizations.Line(
            number=2,
            name="University of Harbour",
            country="NL",
            ror=ROR,
            kind="staff",
            domains=("harbour.example", "xn--mller-kva.example"),
            aliases=("UH", "Harbour University"),
            source="https://harbour.example/contact",
            checked_on=date(2026, 11, 1),
        )
    ]


@pytest.mark.parametrize(
    ("identifier", "is_right"),
    [
        (ROR, True),
        ("https://ror.org/01hhn8329", True),
        ("https://ror.org/01hhn8328", False),
        ("https://ror.org/01hhn832", False),
        ("http://ror.org/01hhn8329", False),
        ("https://ror.org/0lhhn8329", False),  # no l in the alphabet
        (None, False),
    ],
)
def test_ror_identifiers_carry_a_check_sum(identifier, is_right):
    assert organizations.is_ror_id(identifier) is is_right


def load(*lines, by=Source.CURATED):
    return organizations.load(organizations.parse(source(*lines)), source=by)


pytestmark = pytest.mark.django_db


@pytest.mark.database
def test_load_stores_what_the_file_says_and_is_idempotent():
    first, second = load(line(ror=ROR)), load(line(ror=ROR))

    assert (first.organizations_added, first.domains_added, first.lines) == (1, 1, 1)
    assert second.is_unchanged
    row = OrganizationDomain.objects.get()
    assert (row.domain, row.kind, row.source, row.source_note) == (
        "harbour.example", "staff", "curated", "https://harbour.example/contact",
    )  # fmt: skip
    assert row.checked_on == date(2026, 11, 1)
    owner = row.organization
    assert (owner.name, owner.country, owner.ror, owner.status) == ("University of Harbour", "NL", ROR, "active")
    assert owner.aliases == ["UH", "Harbour University"]


def test_lines_of_one_organisation_may_have_several_kinds():
    load(line(), line(kind="student", domains="students.example"))

    assert Organization.objects.count() == 1
    kinds = OrganizationDomain.objects.values_list("domain", "kind")
    assert dict(kinds) == {"harbour.example": "staff", "students.example": "student"}


def test_load_takes_over_changes_and_what_is_gone():
    load(line(domains="a.example; b.example"), line(name="Other", domains="c.example"))

    loaded = load(line(domains="a.example", kind="mixed", country="BE", name="University of Harbour"))
    again = load(line(domains="a.example", kind="mixed", country="BE"))

    # Another country is another organisation: the old one keeps its row and loses its domains.
    assert (loaded.organizations_added, loaded.domains_added, loaded.domains_removed) == (1, 1, 3)
    assert again.is_unchanged
    assert OrganizationDomain.objects.get().kind == "mixed"


def test_load_changes_a_domain_that_was_looked_at_again():
    load()

    loaded = load(line(checked_on="2026-11-02", kind="mixed"))

    assert (loaded.organizations_changed, loaded.domains_changed, loaded.domains_removed) == (1, 1, 0)


def test_load_makes_an_imported_organisation_its_own_and_keeps_its_domains():
    imported = make_organization("Harbour Univ.", aliases=["HU"], ror=ROR, country="DE", status="inactive")
    make_domain("imported.example", imported)

    load(line(ror=ROR))

    imported.refresh_from_db()
    assert (imported.name, imported.country, imported.source, imported.status) == (
        "University of Harbour", "NL", "curated", "active",
    )  # fmt: skip
    assert imported.aliases == ["HU", "UH", "Harbour University"]
    assert sorted(row.domain for row in imported.domains.all()) == ["harbour.example", "imported.example"]


def test_shipped_set_never_overwrites_what_an_operator_entered():
    load(line(name="Harbour, as we call it", ror=ROR), by=Source.ORGANISER)

    shipped = load(line(ror=ROR))

    assert (shipped.organizations_changed, shipped.domains_added) == (0, 1)
    assert Organization.objects.get().name == "Harbour, as we call it"
    assert sorted(OrganizationDomain.objects.values_list("source", flat=True)) == ["curated", "organiser"]


def test_file_of_an_operator_takes_nothing_back_but_its_own():
    load(line(name="Shipped", domains="shipped.example"))
    load(line(name="First", domains="first.example"), by=Source.ORGANISER)

    load(line(name="Second", domains="second.example"), by=Source.ORGANISER)

    assert OrganizationDomain.objects.count() == 3


def test_nothing_is_stored_of_a_wrong_file():
    with pytest.raises(organizations.FileRefused):
        load(line(), line(kind="boss", domains="b.example"))

    assert not Organization.objects.exists()


# --- the set that ships with the software ---


@pytest.fixture
def shipped():
    return organizations.parse(organizations.SHIPPED.read_text(encoding="utf-8"))


def test_shipped_set_is_large_sourced_and_dated(shipped):
    assert len({entry.key for entry in shipped}) >= 60
    assert {entry.kind for entry in shipped} <= {"staff", "mixed"}
    assert all(entry.country and entry.source.startswith("https://") for entry in shipped)
    assert {entry.checked_on for entry in shipped} == {date(2026, 11, 23)}


# The domains that swot and the free-mail packages were measured not to know.
@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("mpg.de", "Max Planck Society"),
        ("cnrs.fr", "Centre National de la Recherche Scientifique"),
        ("inria.fr", "Inria"),
        ("cern.ch", "CERN"),
        ("nih.gov", "National Institutes of Health"),
        ("unam.mx", "Universidad Nacional Autónoma de México"),
        ("cispa.de", "CISPA Helmholtz Center for Information Security"),
        ("bsi.bund.de", "Bundesamt für Sicherheit in der Informationstechnik"),
        ("cisa.gov", "Cybersecurity and Infrastructure Security Agency"),
        ("trailofbits.com", "Trail of Bits"),
    ],
)
def test_shipped_set_closes_the_known_holes(shipped, domain, name):
    organizations.load(shipped, source=Source.CURATED)

    decision = domains.decide(f"suzie@{domain}", on=date(2026, 11, 24))

    assert (decision.tier, decision.organization_name) == ("3", name)
    assert decision.organization_row is not None


def test_shipped_organisations_agree_with_their_own_names(shipped):
    organizations.load(shipped, source=Source.CURATED)

    for owner in Organization.objects.all():
        assert domains.claims_match(owner.name, owner), owner.name
        assert all(domains.claims_match(f"Somewhere, {alias}", owner) for alias in owner.aliases), owner.name
