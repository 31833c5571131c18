import json
from datetime import date
from pathlib import Path

import pytest

from letters.verification import domains, importing, organizations, ror
from letters.verification.models import Organization, OrganizationDomain
from tests.verification.rows import make_domain, make_organization

DUMP = Path(__file__).parent / "fixtures" / "v9.9-2026-11-01-ror-data.json"
RELEASE = ror.Release("9.9", date(2026, 11, 1))
ON = date(2026, 11, 23)

pytestmark = pytest.mark.django_db


def sample():
    return json.loads(DUMP.read_text())


@pytest.fixture
def dump(tmp_path):
    """Write records into a dump."""

    def write(records):
        path = tmp_path / "dump.json"
        path.write_text(json.dumps(records), encoding="utf-8")
        return path

    return write


def import_ror(path=DUMP, release=RELEASE, **more):
    return importing.import_ror(path, release=release, **more)


@pytest.mark.database
def test_import_stores_a_dump_and_changes_nothing_the_second_time():
    first, second = import_ror(), import_ror()

    assert (first.records, first.bad, first.added, first.domains_added, first.closed) == (10, 0, 10, 8, 2)
    assert not first.is_unchanged
    assert second.is_unchanged
    assert (second.records, second.closed, second.skipped) == (10, 2, first.skipped)
    row = Organization.objects.get(name="University of Harbour")
    assert (row.aliases, row.country, row.wikidata, row.source) == (
        ["Universiteit Haven", "UH"],
        "NL",
        "Q99999901",
        "ror",
    )
    assert (row.checked_on, row.source_note) == (date(2026, 11, 1), "ROR release 9.9 of 2026-11-01, CC0")
    assert dict(first.skipped) == {
        "public suffix": 1, "page on another site": 1, "free mail or hosting": 2, "shared suffix": 1, "malformed": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("suzie@harbour-university.example", ("mixed", "3", "University of Harbour", "")),
        ("suzie@locks-institute.example", ("staff", "3", "Institute of Locks (Netherlands)", "")),
        ("suzie@closed-college.example", ("unmapped", "1b", "", "organization-closed")),
        ("suzie@uni-harbour.example", ("unmapped", "1b", "", "several-organizations")),
        ("suzie@edu.cn", ("unmapped", "1b", "", "public-suffix")),
        ("suzie@other.edu.cn", ("unmapped", "1b", "", "")),
        ("suzie@suffix-college.edu.cn", ("mixed", "3", "City College of Suffix", "")),
        ("suzie@gmx.de", ("free", "1", "", "")),
        ("suzie@anybody.eu.org", ("hosting", "1", "", "")),
        ("suzie@müller-institut.example", ("staff", "3", "Müller-Institut für Brücken", "")),
    ],
)
def test_decisions_after_an_import(address, expected):
    import_ror()

    found = domains.decide(address, on=ON)

    assert (found.kind, found.tier, found.organization_name, found.needs_review) == expected


@pytest.mark.database
def test_import_takes_over_what_changed(dump):
    import_ror()
    records = sample()
    records[0]["domains"] = ["harbour-university.example", "new.example"]
    records[0]["names"][1]["value"] = "Havenuniversiteit"
    records[1]["status"] = "inactive"

    done = import_ror(dump(records))

    assert (done.added, done.changed, done.kept) == (0, 2, 0)
    assert (done.domains_added, done.domains_changed, done.domains_removed) == (1, 0, 1)
    assert "Havenuniversiteit" in Organization.objects.get(name="University of Harbour").aliases
    assert domains.decide("suzie@locks-institute.example", on=ON).needs_review == "organization-closed"


def test_newer_release_dates_every_row_anew_and_an_older_one_none():
    import_ror()

    newer = import_ror(release=ror.Release("9.10", date(2026, 12, 1)))
    older = import_ror()

    assert (newer.changed, newer.domains_changed) == (10, 8)
    assert (older.changed, older.kept, older.domains_changed, older.domains_removed) == (0, 10, 0, 0)
    assert older.is_unchanged
    assert set(OrganizationDomain.objects.values_list("checked_on", flat=True)) == {date(2026, 12, 1)}


def test_import_never_overwrites_rows_made_by_hand():
    mine = make_organization("Harbour, as we call it", source="curated", ror=sample()[0]["id"], aliases=[])
    make_domain("harbour-university.example", mine, kind="staff", source="curated")

    done = import_ror()
    import_ror(release=ror.Release("9.10", date(2026, 12, 1)))
    import_ror()  # older than what stands

    mine.refresh_from_db()
    assert done.kept == 1
    assert (mine.name, mine.aliases, mine.source) == ("Harbour, as we call it", [], "curated")
    found = domains.decide("suzie@harbour-university.example", on=ON)
    assert (found.kind, found.organization) == ("staff", mine)
    kinds = mine.domains.values_list("domain", "source", "kind", "checked_on").order_by("domain", "source")
    assert list(kinds) == [
        ("harbour-university.example", "curated", "staff", date(2026, 11, 1)),
        ("harbour-university.example", "ror", "mixed", date(2026, 12, 1)),
        ("uni-harbour.example", "ror", "mixed", date(2026, 12, 1)),
    ]


def test_bad_records_are_told_and_skipped(dump):
    heard = []
    records = sample()[:3]
    records[1] = {"id": "https://ror.org/wrong", "names": []}
    records.insert(0, "nonsense")

    done = import_ror(dump(records), complain=lambda *told: heard.append(told))

    assert (done.records, done.bad, done.added) == (4, 2, 2)
    assert heard == [
        (1, "no id", "is not an object"),
        (3, "https://ror.org/wrong", "has no ROR identifier with a right check sum in “id”"),
    ]


def test_record_that_stands_twice_counts_as_its_last(dump):
    records = sample()[:1] * 2
    records[1] = {**records[1], "status": "inactive"}

    import_ror(dump(records))

    assert Organization.objects.get().status == "inactive"


def test_import_goes_in_batches_and_tells_of_each(monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 4)
    heard = []

    import_ror(progress=lambda done, read: heard.append((done.added, read > 0)))

    assert heard == [(4, True), (8, True), (10, True)]


def test_broken_file_leaves_what_stood_before_the_break(monkeypatch, tmp_path):
    monkeypatch.setattr(importing, "BATCH", 4)
    path = tmp_path / "dump.json"
    path.write_text(DUMP.read_text()[:-5000], encoding="utf-8")

    with pytest.raises(ror.DumpRefused):
        import_ror(path)

    assert Organization.objects.count() == 4
    assert import_ror().added == 6


@pytest.mark.parametrize(
    ("records", "complaint"),
    [
        ([], "holds no record."),
        ([{"title": "a letter"}] * 3, "is not a ROR dump: it holds no record that can be read."),
        ([{"title": "a letter"}] * 60, "is not a ROR dump: none of its first 50 records can be read; the last has no"),
        ([{"id": "https://ror.org/05a28rw58", "name": "Old"}] * 50, "is not a ROR dump: none of its first 50 records "
         "can be read; the last is of schema 1, which ended in 2025; use a dump of schema 2.1."),
    ],
)  # fmt: skip
def test_file_without_a_record_is_refused(dump, records, complaint):
    with pytest.raises(ror.DumpRefused) as refused:
        import_ror(dump(records))

    assert refused.value.message.startswith(complaint)
    assert not Organization.objects.exists()


def test_queries_do_not_grow_with_the_records_of_a_batch(django_assert_num_queries):
    with django_assert_num_queries(6):
        import_ror()
    with django_assert_num_queries(4):  # the second time it only looks
        import_ror()


def test_shipped_set_and_import_live_together():
    organizations.load(organizations.parse(organizations.SHIPPED.read_text(encoding="utf-8")), source="curated")
    before = OrganizationDomain.objects.filter(source="curated").count()

    import_ror()

    assert OrganizationDomain.objects.filter(source="curated").count() == before
