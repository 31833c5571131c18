import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from letters.verification import ror

DUMP = Path(__file__).parent / "fixtures" / "v9.9-2026-11-01-ror-data.json"


def sample(number=0, **changes):
    return {**json.loads(DUMP.read_text())[number], **changes}


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# --- the file ---


def test_release_is_read_from_the_name_of_the_file():
    assert ror.release_of(DUMP) == ror.Release("9.9", date(2026, 11, 1))
    assert ror.release_of(Path("v1.49.1-2024-07-23-ror-data.zip")) == ror.Release("1.49.1", date(2024, 7, 23))
    assert ror.release_of(Path("dump.json")) is None
    assert ror.release_of(Path("v9.9-2026-13-01-ror-data.json")) is None
    assert ror.Release("", date(2026, 11, 1)).note == "ROR release of unknown version of 2026-11-01, CC0"


@pytest.mark.parametrize("chunk", [1, 7, 1000, 1 << 17])
def test_records_are_the_same_however_the_file_is_cut(monkeypatch, chunk):
    monkeypatch.setattr(ror, "CHUNK_BYTES", chunk)  # a size, not a rule: letters of several bytes fall apart
    heard = []

    found = list(ror.records(DUMP, heard.append))

    assert found == json.loads(DUMP.read_text())
    assert heard[-1] == DUMP.stat().st_size


def test_records_are_decoded_one_by_one(tmp_path):
    path = write(tmp_path / "dump.json", f"[{json.dumps(sample())}, {'x' * 200_000}")
    found = ror.records(path)

    assert next(found)["id"] == sample()["id"]
    with pytest.raises(ror.DumpRefused):
        next(found)


def test_records_are_read_from_the_zip_with_the_newer_schema(tmp_path):
    with zipfile.ZipFile(tmp_path / "v1.50-2024-07-29-ror-data.zip", "w") as archive:
        archive.writestr("v1.50-2024-07-29-ror-data.json", "[]")
        archive.writestr("v1.50-2024-07-29-ror-data_schema_v2.json", DUMP.read_bytes())
        archive.writestr("v1.50-2024-07-29-ror-data.csv", "id")

    assert len(list(ror.records(tmp_path / "v1.50-2024-07-29-ror-data.zip"))) == 10


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "ends before the array of records does: download it again."),
        ("  \n", "ends before the array of records does"),
        ('{"items": []}', "is not a ROR dump, which is a JSON array of records and begins with “[”."),
        ("id,name\n", "is not a ROR dump"),
        ("[", "ends before the array"),
        ('[{"id": 1},', "ends before the array"),
        ('[{"id": 1}, {"id": ', "cannot be read as JSON from here on: “{\"id\":…”. Download it again."),
        ("[nonsense]", "cannot be read as JSON from here on: “nonsense]…”."),
        ("[" + "[" * 100_000, "cannot be read as JSON"),
    ],
)  # fmt: skip
def test_file_that_is_no_dump_is_refused(tmp_path, text, complaint):
    with pytest.raises(ror.DumpRefused) as refused:
        list(ror.records(write(tmp_path / "dump.json", text)))

    assert refused.value.message.startswith(complaint)


def test_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "latin.json").write_bytes('[{"id": "é"}]'.encode("latin-1"))
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    for name, complaint in (
        ("missing.json", "cannot be read: No such file or directory."),
        ("latin.json", "is damaged: download it again."),
        ("empty.zip", "is a ZIP with 0 JSON files that could be the dump"),
    ):
        with pytest.raises(ror.DumpRefused) as refused:
            list(ror.records(tmp_path / name))

        assert refused.value.message.startswith(complaint), name


def test_endless_record_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(ror, "MAX_RECORD", 1000)
    path = write(tmp_path / "dump.json", '["' + "x" * 300_000)

    with pytest.raises(ror.DumpRefused):
        list(ror.records(path))


# --- one record ---


def test_read_cuts_a_record_to_what_is_stored():
    found = ror.read(sample())

    assert found.id == sample()["id"]
    assert (found.name, found.aliases) == ("University of Harbour", ("Universiteit Haven", "UH"))
    assert (found.country, found.types, found.wikidata, found.status) == ("NL", ("education",), "Q99999901", "active")
    assert found.domains == {
        ("harbour-university.example", "ror"): "mixed",
        ("uni-harbour.example", "ror"): "mixed",
    }
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("number", "domains", "skipped"),
    [
        (1, {("locks-institute.example", "ror_website"): "staff"}, ()),
        (4, {("suffix-college.edu.cn", "ror_website"): "mixed"}, ("public suffix",)),
        (5, {("uni-harbour.example", "ror"): "staff"}, ("page on another site",)),
        (6, {}, ("free mail or hosting", "free mail or hosting")),
        (7, {}, ("shared suffix", "malformed")),
        (8, {("xn--mller-institut-gsb.example", "ror"): "staff"}, ()),
        (9, {}, ()),
    ],
)
def test_read_takes_domains_that_can_be_an_organisations(number, domains, skipped):
    found = ror.read(sample(number))

    assert (found.domains, found.skipped) == (domains, skipped)


def website(url):
    return ror.read(sample(domains=[], links=[{"type": "website", "value": url}]))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.harbour.example", "harbour.example"),
        ("http://www2.harbour.example/", "harbour.example"),
        ("https://Harbour.example/EN-us/index.html", "harbour.example"),
        ("https://harbour.example/home", "harbour.example"),
        ("https://inf.harbour.example/en/", "inf.harbour.example"),
        ("https://www.harbour.example:8443/", "harbour.example"),
    ],
)
def test_home_page_stands_for_its_host(url, host):
    assert list(website(url).domains) == [(host, "ror_website")]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://harbour.example/ropes", "page on another site"),
        ("https://harbour.example/?lab=3", "page on another site"),
        ("https://127.0.0.1/", "malformed"),
        ("https://[::1/", "malformed"),
        ("harbour.example", "malformed"),
        (None, "malformed"),
        (7, "malformed"),
        ("https://sites.google.com/", "free mail or hosting"),
        ("https://www.gov.uk/", "public suffix"),
    ],
)
def test_other_pages_stand_for_nothing(url, why):
    assert (website(url).domains, website(url).skipped) == ({}, (why,))


def test_mail_domain_of_a_university_is_taken_although_it_is_a_private_suffix():
    assert ror.read(sample(domains=["rub.de"], links=[])).domains == {("rub.de", "ror"): "mixed"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "is not an object"),
        ({}, "has no ROR identifier with a right check sum in “id”"),
        (sample(id="https://ror.org/0zz000199"), "has no ROR identifier"),
        ({"id": "https://ror.org/05a28rw58", "name": "Old"}, "is of schema 1, which ended in 2025"),
        (sample(status="gone"), "has the unknown status 'gone'"),
        (sample(status=["active"]), "has the unknown status"),
        (sample(names="Harbour"), "has no list in “names”"),
        (sample(names=None), "has no usable name of type “ror_display”"),
        (sample(names=[{"value": "X", "types": ["alias"], "lang": None}]), "has no usable name"),
        (sample(names=[{"value": "X\u202e", "types": ["ror_display"], "lang": None}]), "has no usable name"),
        (sample(names=["Harbour"]), "has a name without “value” and “types”"),
        (sample(names=[{"value": None, "types": []}]), "has a name without"),
        (sample(domains="harbour.example"), "has no list in “domains”"),
        (sample(links={"website": "x"}), "has no list in “links”"),
    ],
)
def test_bad_record_is_told_with_its_reason(value, reason):
    with pytest.raises(ror.BadRecord) as refused:
        ror.read(value)

    assert refused.value.message.startswith(reason)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"locations": []}, "country", ""),
        ({"locations": ["NL"]}, "country", ""),
        ({"locations": [{"geonames_details": {"country_code": "Netherlands"}}]}, "country", ""),
        ({"external_ids": []}, "wikidata", ""),
        ({"external_ids": [{"type": "wikidata", "all": ["Q1"], "preferred": None}]}, "wikidata", "Q1"),
        ({"external_ids": [{"type": "wikidata", "all": [], "preferred": None}]}, "wikidata", ""),
        ({"external_ids": [{"type": "wikidata", "all": ["x"], "preferred": "x"}]}, "wikidata", ""),
        ({"types": ["education", 7]}, "types", ("education",)),
        ({"domains": [7, "a..b"], "links": [7]}, "skipped", ("malformed", "malformed")),
    ],
)
def test_odd_details_leave_the_record_usable(changes, field, value):
    assert getattr(ror.read(sample(**changes)), field) == value
