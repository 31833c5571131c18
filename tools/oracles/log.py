"""Our notes, tiles and proofs, judged by the packages with which Go checks its own module database."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tools.oracles import needs
from tools.oracles.site import Site
from tools.oracles.verdict import Verdict

PROGRAM = Path(__file__).with_name("golang") / "main.go"
ENTRIES = 10_000


def judge(site: Site) -> list[Verdict]:
    """Write a log of ten thousand entries to a folder, and let Go's packages check all of it."""
    folder = site.folder / "log"
    folder.mkdir()
    site.inside(f"log({str(folder)!r}, {ENTRIES})")
    _fetch_of_letter(site, folder / "letter")
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
    """The sample letter's own log over HTTP, and the proof that the site's log holds its checkpoint."""
    folder.mkdir()
    for name, address in (("key", "key"), ("checkpoint", "checkpoint"), ("entries", "entries.jsonl")):
        (folder / name).write_bytes(site.get(f"{site.letter}ledger/{address}").content)
    size = (folder / "checkpoint").read_text(encoding="utf-8").split("\n")[1]
    proof = site.get(f"{site.letter}ledger/checkpoint.tlog-proof?size={size}")
    (folder / "proof").write_bytes(proof.content)
    (folder / "site-key").write_bytes(site.get("/ledger/key").content)
