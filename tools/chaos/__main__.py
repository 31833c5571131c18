"""`python -m tools.chaos [DRILL…] [--short] [--people N] [--faults N] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from tools import progress
from tools.chaos import killing, logging_lines, mailing, outages, report
from tools.chaos.embedded import Embedded, sqlite
from tools.chaos.processes import DrillFailed
from tools.chaos.report import Result
from tools.chaos.run import Run, Size
from tools.chaos.stage import Production, Stage
from tools.services import ServiceError

S = TypeVar("S", bound=Stage)


@dataclass(frozen=True)
class Drill:
    """``act`` strikes and states its promises; ``whole`` and ``short`` are its two sizes."""

    rule: str
    act: Callable[[Run, Production], None]
    whole: Size
    short: Size


DRILLS = {
    "web-kill": Drill("R1", killing.web_kill, Size(600, 15, 25), Size(60, 20, 4, True)),
    "worker-kill": Drill("R2", killing.worker_kill, Size(500, 20, 10), Size(40, 20, 2, True)),
    "ledger-kill": Drill("ledger", logging_lines.ledger_kill, Size(600, 15, 50), Size(20, 20, 5, True)),
    "redis-flush": Drill("R3", outages.redis_flush, Size(300, 20, 20), Size(40, 20, 4, True)),
    "redis-down": Drill("R3", outages.redis_down, Size(600, 15), Size(60, 10, is_short=True)),
    "pg-crash": Drill("R4", outages.pg_crash, Size(500, 15, 20), Size(30, 15, 1, True)),
    "smtp-faults": Drill("R6", mailing.smtp_faults, Size(400, 20), Size(60, 20, is_short=True)),
    "double-post": Drill("R7", mailing.double_post, Size(10, 1), Size(2, 1, is_short=True)),
    "poison": Drill("R8", mailing.poison, Size(200, 15), Size(40, 20, is_short=True)),
}
SQLITE = "sqlite"
SQLITE_SIZES = (Size(300, 15, 3), Size(60, 15, 1, True))


def main() -> None:
    options = _options()
    progress.end_on_sigterm()
    names = options.drill or [*DRILLS, SQLITE]
    folder = Path(tempfile.mkdtemp(prefix="undersigned-chaos-"))
    started = time.monotonic()
    try:
        results, parts = carry_out(names, folder, options)
    except (DrillFailed, ServiceError) as error:  # before the first drill
        sys.exit(f"\n{error}\nLogs and journals: {folder}")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    seconds = time.monotonic() - started
    if options.json:
        options.json.write_text(json.dumps(report.as_json(results, seconds, parts), indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(report.as_markdown(results, seconds, parts), encoding="utf-8")
    print(f"\n{report.last_line(results, seconds)}")
    if not all(result.is_kept for result in results):
        sys.exit(f"Logs and journals: {folder}")
    shutil.rmtree(folder, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.chaos", description="Kill parts of the site while people sign.")
    parser.add_argument("drill", nargs="*", choices=[[], *DRILLS, SQLITE], help="default: all")
    parser.add_argument("--short", action="store_true", help="few people, few faults; waits are shortened by SQL")
    parser.add_argument("--people", type=int, help="how many sign in each drill")
    parser.add_argument("--faults", type=int, help="how often the fault strikes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table of docs/reliability.md there")
    return parser.parse_args()


def _size(whole: Size, short: Size, options: argparse.Namespace) -> Size:
    size = short if options.short else whole
    return replace(size, people=options.people or size.people, faults=options.faults or size.faults)


def carry_out(names: list[str], folder: Path, options: argparse.Namespace) -> tuple[list[Result], dict[str, str]]:
    """Run the drills; returns what was seen, and which servers it was seen on."""
    results: list[Result] = []
    parts = {"machine": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"}
    if on_servers := [name for name in names if name != SQLITE]:
        part = folder / "servers"
        part.mkdir()
        with Production(part, web_masters=1 if options.short else 2) as stage:
            parts |= {"database": stage.postgres.name, "redis": stage.redis.name}
            for name in on_servers:
                drill = DRILLS[name]
                size = _size(drill.whole, drill.short, options)
                results.append(_one(name, drill.rule, drill.act, stage, size))
    if SQLITE in names:
        part = folder / "embedded"
        part.mkdir()
        with Embedded(part) as embedded:
            results.append(_one(SQLITE, "R18", sqlite, embedded, _size(*SQLITE_SIZES, options)))
    return results, parts


def _one(name: str, rule: str, act: Callable[[Run, S], None], stage: S, size: Size) -> Result:
    fault = " ".join((act.__doc__ or "").split())
    result = Result(name, rule, fault)
    with progress.step(f"{name} ({rule})") as step:
        try:
            act(Run(stage, size, result, step), stage)
        except DrillFailed as error:
            result.promise("the drill comes to its end", str(error), False)
    result.seconds = round(step.elapsed(), 1)
    print("\n".join(result.lines()), end="\n\n", flush=True)
    return result


if __name__ == "__main__":
    main()
