"""explain_address, load_organizations and import_ror as an operator types them."""

import json
import logging
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from letters.verification import importing
from letters.verification.models import OrganizationDomain
from tests.verification.rows import make_domain, make_organization

DUMP = Path(__file__).parent / "fixtures" / "v9.9-2026-11-01-ror-data.json"

pytestmark = pytest.mark.django_db


def run(capsys, *words, **options):
    call_command(*words, **options)
    return capsys.readouterr()


# --- explain_address ---


def test_explain_address_prints_json_with_these_keys(capsys):
    make_domain("uni.example", make_organization())

    out, err = run(capsys, "explain_address", "suzie@uni.example", "--json", "--on", "2026-11-23")

    found = json.loads(out)
    steps = found.pop("steps")
    assert found == {
        "domain": "uni.example",
        "organization": "University of Harbour",
        "kind": "staff",
        "tier": "3",
        "sentence": "Confirmed by e-mail at uni.example, a mail domain of University of Harbour, on 23 November 2026. "
        "Position as stated by the signatory.",
        "needs_review": "",
    }
    assert [each["step"] for each in steps] == ["address", "candidates", "organisation", "decision"]
    assert all(each["source"] for each in steps)
    assert err == ""


def test_explain_address_prints_every_step_for_people(capsys):
    out, _ = run(capsys, "explain_address", "suzie@ethz.ch", "--affiliation", "Harbour Bank", "--on", "2026-11-23")

    lines = out.splitlines()
    assert lines[:6] == [
        "domain:       ethz.ch",
        "organization: –",
        "kind:         mixed",
        "tier:         1b",
        "sentence:     Confirmed by e-mail at ethz.ch on 23 November 2026. Name, position and affiliation as stated by "
        "the signatory.",
        "needs review: organization-differs",
    ]
    assert lines[6] == "steps:"
    assert lines[7].startswith("  1. address: ")
    assert lines[8].startswith("     source: ")


@pytest.mark.parametrize(
    "typed", ["", "suzie", "a@b@c.example", "suzie@localhost", "suzie@uni.example,eve@uni.example"]
)
def test_explain_address_refuses_what_is_no_address(typed):
    with pytest.raises(CommandError) as refused:
        call_command("explain_address", typed)

    assert str(refused.value) == "Enter one e-mail address, such as name@example.org."
    assert refused.value.returncode != 0


def test_explain_address_neither_stores_nor_logs_nor_repeats_the_address(capsys, caplog):
    caplog.set_level(logging.DEBUG)

    out, err = run(capsys, "explain_address", "very.private@uni.example")

    assert "very.private" not in out + err + caplog.text
    assert not OrganizationDomain.objects.exists()


# --- load_organizations ---


def test_load_organizations_loads_the_shipped_set_and_says_when_nothing_changed(capsys):
    first, _ = run(capsys, "load_organizations")
    second, err = run(capsys, "load_organizations")

    assert first.startswith("organizations.csv: ")
    assert " added" in first
    assert second.endswith("lines, nothing changed\n")
    assert err == ""
    assert set(OrganizationDomain.objects.values_list("source", flat=True)) == {"curated"}


def test_load_organizations_takes_a_file_of_an_operator(capsys, tmp_path):
    file = tmp_path / "ours.csv"
    file.write_text(
        "name,country,ror,kind,domains,aliases,source,checked_on\n"
        "Harbour Bank,NL,,staff,harbour-bank.example,,https://harbour-bank.example/,2020-01-01\n",
        encoding="utf-8",
    )

    out, err = run(capsys, "load_organizations", str(file))

    assert out == (
        "ours.csv: 1 lines; organisations: 1 added, 0 changed; domains: 1 added, 0 changed, 0 removed\n"
    )  # fmt: skip
    assert OrganizationDomain.objects.get().source == "organiser"
    assert err.startswith("1 domains were last checked before ")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "ours.csv: cannot be read: No such file or directory."),
        (b"\xff", "ours.csv: is not UTF-8 at byte 0. Save it as UTF-8."),
        (b"name\n", "ours.csv: Line 1, header: must be name,country,ror,kind,domains,aliases,source,checked_on."),
    ],
)
def test_load_organizations_refuses_other_files(tmp_path, content, complaint):
    file = tmp_path / "ours.csv"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        call_command("load_organizations", file)

    assert str(refused.value) == complaint


# --- import_ror ---


def test_import_ror_reports_what_it_did_and_that_it_did_nothing_again(capsys):
    first, progress = run(capsys, "import_ror", str(DUMP))
    second, _ = run(capsys, "import_ror", str(DUMP))

    assert first.splitlines() == [
        f"{DUMP.name}: ROR release 9.9 of 2026-11-01, CC0; 10 records, 0 of them bad and skipped",
        "organisations: 10 added, 0 changed, 0 kept as they are",
        "domains: 8 added, 0 changed, 0 removed",
        "2 organisations are inactive or withdrawn and give no new evidence",
        "2 domains or websites not used: free mail or hosting",
        "1 domains or websites not used: malformed",
        "1 domains or websites not used: page on another site",
        "1 domains or websites not used: public suffix",
        "1 domains or websites not used: shared suffix",
    ]
    assert progress == "10 records, 0 MB read\n"
    assert second.splitlines()[1] == "nothing changed"


def test_import_ror_tells_of_every_tenth_batch(capsys, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 1)

    _, progress = run(capsys, "import_ror", str(DUMP))

    assert progress == "10 records, 0 MB read\n"


def test_import_ror_dates_rows_by_the_option_or_says_that_it_cannot_know(capsys, tmp_path, time_machine):
    time_machine.move_to("2026-12-01 12:00:00Z")
    file = tmp_path / "dump.json"
    file.write_bytes(DUMP.read_bytes())

    _, unknown = run(capsys, "import_ror", file)
    out, given = run(capsys, "import_ror", str(DUMP), "--released", "2026-12-02")
    named, _ = run(capsys, "import_ror", str(file), "--released", "2026-12-03")

    assert unknown.startswith("dump.json does not name its day; rows are dated 2026-12-01. Or pass --released.")
    assert "ROR release 9.9 of 2026-12-02" in out
    assert "name its day" not in given
    assert "ROR release of unknown version of 2026-12-03" in named


def test_import_ror_shows_the_first_complaints_and_counts_the_rest(capsys, tmp_path):
    file = tmp_path / "v9.9-2026-11-01-ror-data.json"
    file.write_text(json.dumps([*json.loads(DUMP.read_text())[:1], *([7] * 60)]), encoding="utf-8")

    out, err = run(capsys, "import_ror", file)

    assert err.count("is not an object; skipped") == 50
    assert "record 2 (no id) is not an object; skipped\n" in err
    assert "more records are skipped; they are counted below\n" in err
    assert "61 records, 60 of them bad and skipped" in out


def test_import_ror_refuses_another_file(tmp_path):
    file = tmp_path / "letter.json"
    file.write_text('{"title": "x"}', encoding="utf-8")

    with pytest.raises(CommandError) as refused:
        call_command("import_ror", file, released="2026-11-01")

    assert str(refused.value) == (
        "letter.json: is not a ROR dump, which is a JSON array of records and begins with “[”."
    )  # fmt: skip
