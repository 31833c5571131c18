"""Our notes, tiles and proofs, judged by the packages with which Go checks its own module database."""

from __future__ import annotations

import os
import subprocess
from http import HTTPStatus
from pathlib import Path

from tools.oracles import needs
from tools.oracles.site import Site, until
from tools.oracles.verdict import Verdict

PROGRAM = Path(__file__).with_name("golang") / "main.go"
ENTRIES = 10_000
LOG_WITHIN_SECONDS = 90
LINES_OF_A_PROOF_ALONE = 2  # line breaks above the checkpoint where its entry is the only one


def judge(site: Site) -> list[Verdict]:
    """Write a log of ten thousand entries to a folder, and let Go's packages check all of it."""
    folder = site.folder / "log"
    folder.mkdir()
    _fetch_of_letter(site, folder / "letter")  # first: the site begins no log beside a folder that it does not know
    site.inside(f"log({str(folder)!r}, {ENTRIES})")
    _fetch_proof(site, folder / "letter")
    go = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(site.folder / "go"),
        "GOFLAGS": "-buildvcs=false",
    }
    program = site.folder / "judge"
    built = subprocess.run(
        ["go", "build", "-o", str(program), str(PROGRAM)], env=go, check=False, capture_output=True, text=True
    )
    name = f"golang.org/x/mod/sumdb (note, tlog) by Go {needs.version('go', 'version')}"
    if built.returncode:
        return [Verdict(name, "our log", [built.stderr])]
    done = subprocess.run([str(program), str(folder)], check=False, capture_output=True, text=True)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    verdicts = [Verdict(name, judged, [said] if said != "ok" else []) for judged, said in lines]
    if done.returncode or not verdicts:
        verdicts.append(Verdict(name, "our log", [f"it ended with {done.returncode}: {done.stderr[-500:]}"]))
    return verdicts


def _fetch_of_letter(site: Site, folder: Path) -> None:
    """The sample letter's own log, over HTTP."""
    folder.mkdir()
    address = f"{site.letter}ledger/checkpoint.tlog-proof"

    def is_there() -> str:
        return address if site.get(address).status == HTTPStatus.OK else ""

    until(is_there, "the letter had no log", within=LOG_WITHIN_SECONDS)
    for name, place in (("key", "key"), ("checkpoint", "checkpoint"), ("entries", "entries.jsonl")):
        (folder / name).write_bytes(site.get(f"{site.letter}ledger/{place}").content)


def _fetch_proof(site: Site, folder: Path) -> None:
    """That the site's log holds the letter's checkpoint, once that log has more entries than this one."""
    size = (folder / "checkpoint").read_text(encoding="utf-8").split("\n")[1]

    def proof() -> str:
        found = site.get(f"{site.letter}ledger/checkpoint.tlog-proof?size={size}").content.decode()
        return found if found.partition("\n\n")[0].count("\n") > LINES_OF_A_PROOF_ALONE else ""

    text = until(proof, "the site's log took in no other log", within=LOG_WITHIN_SECONDS)
    (folder / "proof").write_text(text, encoding="utf-8")
    (folder / "site-key").write_bytes(site.get("/ledger/key").content)
