"""``make bench``: measure this project and its ceiling side by side, print the figures."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tools import progress, services
from tools.bench import desk, downloads, load, mails, pages, report, signs
from tools.bench.rounds import SHORT, Plan
from tools.bench.stage import Stage

PARTS = {
    "signs": signs.run,
    "letters": pages.letters,
    "lists": pages.lists,
    "mails": mails.run,
    "csv": downloads.run,
    "desk": desk.run,  # last: what waits in its queue is in no list and no file
}
INTERRUPTED = 130


def main() -> NoReturn:
    """Measure and report; the exit code says whether it could be measured, not whether it is fast."""
    options = _options()
    signal.signal(signal.SIGTERM, _leave)
    plan = SHORT if options.short else Plan()
    begin = time.monotonic()
    try:
        with Stage() as place:
            place.prepare(plan.amounts, plan.vocabulary)
            sections = [run(place, plan) for name, run in PARTS.items() if name in options.only]
            servers = (place.postgres.name, place.redis.name)
    except (services.ServiceError, progress.StepFailed, load.LoadFailed) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    seconds = time.monotonic() - begin
    print(report.text(sections, servers, plan, seconds), flush=True)
    if options.json:
        found = report.document(sections, servers, plan, seconds)
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.bench", description="Measure this project and its ceiling.")
    parser.add_argument("--short", action="store_true", help="try everything in seconds; the figures mean nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there as JSON as well")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="measure these parts alone")
    return parser.parse_args()


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
