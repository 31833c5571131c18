"""The benchmark still measures every part; how fast anything is, is not asked here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bench import machine
from tools.bench.rounds import Measure, Plan, Subject, measure

ROOT = Path(__file__).resolve().parents[2]


def test_short_run_measures_all_parts(tmp_path):
    report = tmp_path / "bench.json"

    ended = subprocess.run(
        [sys.executable, "-m", "tools.bench", "--short", "--json", str(report)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(report.read_text())
    parts = {section["title"]: section for section in found["sections"]}
    assert list(parts) == [
        "Signatures accepted",
        "Letter page",
        "List of signatories",
        "Confirmation mails",
        "CSV file",
        "Desk over 300 signatures",
    ]
    assert all(section["measures"] and section["aims"] for section in parts.values())
    assert all(figure["median"] > 0 for section in parts.values() for figure in section["measures"])


def test_rounds_go_there_and_back():
    order = []

    def subject(name):
        def run(found: Measure) -> None:
            order.append(name)
            found.add(1.0)

        return Subject(Measure(name, "/s"), run)

    measure("order", [subject("a"), subject("b")], Plan(rounds=2, patience=0.0, repeats=0))

    assert order == ["a", "b", "b", "a"]


def test_ratio_is_the_median_of_the_rounds_ratios():
    site, ceiling = Measure("site", "/s", [50.0, 60.0, 10.0]), Measure("ceiling", "/s", [100.0, 100.0, 10.0])

    assert site.ratio_to(ceiling) == 0.6


@pytest.mark.parametrize(("busy", "is_met"), [(6.0, True), (4.0, False)])
def test_foreign_cores_are_what_is_neither_ours_nor_the_kernels(busy, is_met):
    begin = machine.Usage(at=0.0, everybody=10.0, own=4.0, kernel=1.0)
    end = machine.Usage(at=10.0, everybody=20.0, own=4.0 + busy, kernel=4.0 - 1.0)

    assert (machine.foreign_cores(begin, end) < 0.25) is is_met
