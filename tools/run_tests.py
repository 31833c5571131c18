"""Runs the whole suite in three phases and says where the time went.

``--only browser`` runs one phase alone, given twice two of them; all other arguments are passed on to pytest.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

from tools import chromium, progress, services

TESTS = Path(__file__).resolve().parents[1] / "tests"
SLOWEST_SHOWN = 15
LINE_WIDTH = 110
NOTHING_COLLECTED = 5
INTERRUPTED = 130


@dataclass(frozen=True)
class Phase:
    """One run of pytest; ``marker`` is its -m expression.

    ``mark`` limits the files that are loaded at all: a test that has a mark stands in a file that says its name.
    """

    name: str
    marker: str
    on_servers: bool
    key: str = ""
    mark: str = ""
    processes: int = 2


PHASES = (
    Phase("everything, on PostgreSQL and Redis", "not browser", on_servers=True, key="postgresql"),
    Phase(
        "database-sensitive tests again, on SQLite",
        "database and not browser",
        on_servers=False,
        key="sqlite",
        mark="database",
    ),
    # Three for two cores: a journey often waits, for a page, a mail or the clock.
    Phase(
        "journeys in Chromium, on PostgreSQL and Redis",
        "browser",
        on_servers=True,
        key="browser",
        mark="browser",
        processes=3,
    ),
)


@dataclass(frozen=True)
class Result:
    """What one phase came to."""

    phase: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""
    times: dict[str, float] = field(default_factory=dict)
    """Seconds of each test, by file and name."""


def main() -> NoReturn:
    """Run the phases; exit code 1 when anything failed or did not run that should have."""
    progress.end_on_sigterm()
    phases, arguments = parse(sys.argv[1:])
    narrowed = bool(sys.argv[1:])
    started = time.monotonic()
    print("Preparing", flush=True)
    try:
        has_browser = chromium.make_available()
        with services.environment(fast=True) as urls, tempfile.TemporaryDirectory(prefix="undersigned-") as folder:
            prepared = Result("preparing: servers and browser", time.monotonic() - started)
            results = [
                run_phase(phase, arguments, environment_of(phase, urls, folder), narrowed=narrowed)
                for phase in phases
                if has_browser or phase.key != "browser"
            ]
    except services.ServiceError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print_slowest(results)
    print_table([prepared, *results], time.monotonic() - started)
    sys.exit(print_verdict(results, has_browser=has_browser, narrowed=narrowed))


def parse(arguments: Sequence[str]) -> tuple[list[Phase], list[str]]:
    """The phases to run, and what pytest is told besides."""
    parser = argparse.ArgumentParser(prog="tools.run_tests", allow_abbrev=False)
    keys = [phase.key for phase in PHASES]
    parser.add_argument("--only", action="append", choices=keys)
    options, others = parser.parse_known_args(arguments)
    return [phase for phase in PHASES if phase.key in (options.only or keys)], others


def run_phase(phase: Phase, arguments: Sequence[str], env: dict[str, str], *, narrowed: bool) -> Result:
    """Run pytest in a process of its own, its output passing through, and count its report."""
    print(f"\n== {phase.name}", flush=True)
    started = time.monotonic()
    report = Path(env["UNDERSIGNED_TESTS"]) / f"{phase.key}.xml"
    command = [sys.executable, "-m", "pytest", "-m", phase.marker, "-n", str(phase.processes), "--dist", "worksteal"]
    what = arguments or files_of(phase)
    code = services.run_command([*command, "-q", f"--junitxml={report}", *what], env)
    return count(phase, report, code, time.monotonic() - started, narrowed=narrowed)


def files_of(phase: Phase) -> list[str]:
    """The files that hold a test of this phase; none: all do."""
    if not phase.mark:
        return []
    word = f"mark.{phase.mark}"
    return sorted(str(path) for path in TESTS.rglob("test_*.py") if word in path.read_text(encoding="utf-8"))


def environment_of(phase: Phase, urls: dict[str, str], folder: str) -> dict[str, str]:
    """The servers' addresses or none, and the folder of this run: for data of pytest's processes, and one migration."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "UNDERSIGNED_TESTS": folder}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # some fifty processes would each compile the whole site anew
    for name in urls:
        env.pop(name, None)
    if not (phase.on_servers and os.environ.get("DATABASE_URL")):
        env["UNDERSIGNED_MIGRATED"] = folder  # nothing is left behind on somebody's own server
    return env | urls if phase.on_servers else env


def count(phase: Phase, report: Path, code: int, seconds: float, *, narrowed: bool) -> Result:
    """Turn pytest's report and exit code into numbers; a phase that broke counts as one failure at least."""
    if not report.exists():
        return Result(phase.name, seconds, failed=1, note=f"pytest ended with exit code {code}")
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))  # noqa: S314 - pytest just wrote it
    names = ("tests", "failures", "errors", "skipped")
    total, failures, errors, skipped = (sum(int(suite.get(name, "0")) for suite in suites) for name in names)
    failed = failures + errors
    if code == NOTHING_COLLECTED:
        note = "no test matches" if narrowed else "no test collected"
        return Result(phase.name, seconds, failed=0 if narrowed else 1, note=note)
    note = "" if code in (0, 1) else f"pytest ended with exit code {code}"
    times = {
        f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}": float(case.get("time", "0"))
        for suite in suites
        for case in suite.iter("testcase")
    }
    return Result(phase.name, seconds, total - failed - skipped, max(failed, int(code != 0)), skipped, note, times)


def print_slowest(results: Sequence[Result]) -> None:
    """Name the tests, and the files, that a faster suite would begin with."""
    tests: dict[str, float] = {}
    files: dict[str, float] = defaultdict(float)
    for result in results:
        for name, seconds in result.times.items():
            tests[name] = max(seconds, tests.get(name, 0.0))
            files[name.partition("::")[0]] += seconds
    for title, taken in (("tests", tests), ("files", files)):
        print(f"\nThe slowest {title}, in seconds")
        for name in sorted(taken, key=lambda name: -taken[name])[:SLOWEST_SHOWN]:
            print(f"  {taken[name]:>6.1f}  {name[:LINE_WIDTH]}")


def print_table(rows: Sequence[Result], seconds: float) -> None:
    """Say where the time went."""
    print(f"\nWhere the time went{'passed':>39} {'failed':>8} {'skipped':>8} {'seconds':>9}")
    for row in rows:
        numbers = f"{row.passed:>8} {row.failed:>8} {row.skipped:>8}" if row is not rows[0] else " " * 26
        print(f"  {row.phase:<48} {numbers} {row.seconds:>9.1f}  {row.note}".rstrip())
    print(f"  {'all':<48} {'':26} {seconds:>9.1f}", flush=True)


def print_verdict(results: Sequence[Result], *, has_browser: bool, narrowed: bool) -> int:
    """Print the one closing line and return the exit code."""
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    line = f"{passed} passed, {failed} failed"
    if not has_browser:
        line += f"; journeys not run: {chromium.HINT}"
    print(f"\n{line}", flush=True)
    if narrowed and not passed + failed:
        return NOTHING_COLLECTED
    journeys_missing = not has_browser and os.environ.get("CI", "").lower() in ("1", "true")
    return int(bool(failed) or journeys_missing)


if __name__ == "__main__":
    main()
