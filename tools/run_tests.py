"""Runs the whole suite in three phases and says where the time went; arguments are passed on to pytest."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

from tools import chromium, progress, services

PROCESSES = "2"
NOTHING_COLLECTED = 5
INTERRUPTED = 130


@dataclass(frozen=True)
class Phase:
    """One run of pytest; ``marker`` is its -m expression."""

    name: str
    marker: str
    on_servers: bool


PHASES = (
    Phase("everything, on PostgreSQL and Redis", "not browser", on_servers=True),
    Phase("database-sensitive tests again, on SQLite", "database and not browser", on_servers=False),
    Phase("journeys in Chromium, on PostgreSQL and Redis", "browser", on_servers=True),
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


def main() -> NoReturn:
    """Run the phases; exit code 1 when anything failed or did not run that should have."""
    progress.end_on_sigterm()
    arguments = sys.argv[1:]
    started = time.monotonic()
    print("Preparing", flush=True)
    try:
        has_browser = chromium.make_available()
        with services.environment(fast=True) as urls:
            prepared = Result("preparing: servers and browser", time.monotonic() - started)
            results = [
                run_phase(phase, arguments, urls) for phase in PHASES if has_browser or phase.marker != "browser"
            ]
    except services.ServiceError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print_table([prepared, *results], time.monotonic() - started)
    sys.exit(print_verdict(results, has_browser=has_browser, narrowed=bool(arguments)))


def run_phase(phase: Phase, arguments: Sequence[str], urls: dict[str, str]) -> Result:
    """Run pytest in a process of its own, its output passing through, and count its report."""
    print(f"\n== {phase.name}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="undersigned-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", phase.marker, "-n", PROCESSES, "--dist", "worksteal", "-q"]
        code = services.run_command([*command, f"--junitxml={report}", *arguments], environment_of(phase, urls, folder))
        return count(phase, report, code, time.monotonic() - started, narrowed=bool(arguments))


def environment_of(phase: Phase, urls: dict[str, str], folder: str) -> dict[str, str]:
    """The servers' addresses or none, and where the processes of pytest put their data folders."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "UNDERSIGNED_TESTS": folder}
    for name in urls:
        env.pop(name, None)
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
    return Result(phase.name, seconds, total - failed - skipped, max(failed, int(code != 0)), skipped, note)


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
