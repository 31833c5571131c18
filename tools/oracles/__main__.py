"""Lets other people's programs judge what a real site hands out, and says which of them judged what.

``--only pages`` runs one part. Fails when one of them disagrees, and on the build server also when one cannot be had.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from tools import progress
from tools.oracles import feeds, log, needs, package, pages, sheets
from tools.oracles.site import Site, running
from tools.oracles.verdict import Verdict

PARTS: dict[str, Callable[[Site], list[Verdict]]] = {
    "pages": pages.judge,
    "sheets": sheets.judge,
    "log": log.judge,
    "feeds": feeds.judge,
    "package": package.judge,  # last: until then the site has made its first kit
}


def main() -> NoReturn:
    """Run the parts; exit code 1 when something is wrong or was not judged that should have been."""
    progress.end_on_sigterm()
    parser = argparse.ArgumentParser(prog="tools.oracles", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", action="append", choices=list(PARTS))
    wanted = parser.parse_args().only or list(PARTS)
    started = time.monotonic()
    try:
        needs.install()
    except needs.Missing as missing:
        print(f"\nNOT JUDGED BY ANYBODY. {missing}", flush=True)
        sys.exit(int(os.environ.get("CI", "").lower() in ("1", "true")))
    with tempfile.TemporaryDirectory(prefix="undersigned-") as folder:
        verdicts = judged(Path(folder), wanted)
    wrong = sum(bool(verdict.problems) for verdict in verdicts)
    print(f"\n{len(verdicts) - wrong} judgements agree, {wrong} do not; {time.monotonic() - started:.0f} s", flush=True)
    sys.exit(int(bool(wrong)))


def judged(folder: Path, wanted: Sequence[str]) -> list[Verdict]:
    """Start the site, ask each part, and print what it said as soon as it did."""
    verdicts: list[Verdict] = []
    try:
        with running(folder) as site:
            for name in wanted:
                with progress.step(f"ask about: {name}"):
                    found = _asked(PARTS[name], site, name)
                show(found)
                verdicts += found
    except progress.StepFailed as failure:
        verdicts.append(Verdict("nobody", "the site", [str(failure)]))
        show(verdicts[-1:])
    return verdicts


def _asked(part: Callable[[Site], list[Verdict]], site: Site, name: str) -> list[Verdict]:
    try:
        return part(site)
    except (progress.StepFailed, OSError, LookupError, ValueError) as failure:
        return [Verdict("nobody", name, [f"{type(failure).__name__}: {failure}"])]


def show(verdicts: Sequence[Verdict]) -> None:
    """One line for each judgement, and below it what is wrong."""
    for verdict in verdicts:
        print(f"    {'WRONG' if verdict.problems else 'agrees':<7} {verdict.judged} — {verdict.judge}", flush=True)
        for problem in verdict.problems:
            print(f"            {problem}", flush=True)


if __name__ == "__main__":
    main()
