"""The list of 200 hostile signatories as CSV and XLSX, opened by LibreOffice: not one cell may be a formula."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tools.oracles import needs
from tools.oracles.site import Site
from tools.oracles.verdict import Verdict

AS_CSV = "--infilter=CSV:44,34,76,1,,0,false,true"  # commas, quotes, UTF-8; numbers and formulas looked for
CELL = re.compile(r"<table:table-cell[ />]")
FORMULA = re.compile(r'table:formula="[^"]*"')


def judge(site: Site) -> list[Verdict]:
    """Download both files and let LibreOffice say which of their cells are formulas."""
    office = f"LibreOffice {needs.version('soffice', '--version')}"
    hostile = site.inside("hostile(200)")
    verdicts = []
    for name in ("signatories.csv", "signatories.xlsx"):
        path = site.folder / name
        path.write_bytes(site.get(hostile["letter"] + name).content)
        sheet = _opened(path)
        problems = [f"a formula: {found}" for found in FORMULA.findall(sheet)]
        lost = [text for text in hostile["names"] if text not in sheet]
        problems += [f"not there: {text}" for text in lost[:5]]
        judged = f"{name}, {hostile['rows']} hostile rows, {len(CELL.findall(sheet))} cells"
        verdicts.append(Verdict(office, judged, problems))
    bare = site.folder / "bare.csv"
    bare.write_text("name\n=1+1\n", encoding="utf-8")
    missed = [] if FORMULA.search(_opened(bare)) else ["it sees no formula in it, so it proves nothing"]
    return [*verdicts, Verdict(office, "an unguarded cell, in which it must see a formula", missed)]


def _opened(path: Path) -> str:
    """The document as LibreOffice understood it, as flat XML."""
    folder = path.parent / "opened"
    profile = f"-env:UserInstallation=file://{path.parent / 'office'}"
    command = ["soffice", profile, "--headless", "--convert-to", "fods", "--outdir", str(folder), str(path)]
    if path.suffix == ".csv":
        command.insert(2, AS_CSV)
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
    made = folder / f"{path.stem}.fods"
    if not made.exists():
        return f'table:formula="LibreOffice made nothing: {done.stdout}{done.stderr}"'
    text = made.read_text(encoding="utf-8")
    made.unlink()
    return text
