"""The kit of the sample letter: a data package for frictionless, PDFs for pdftotext."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path

from tools.oracles import needs
from tools.oracles.site import KIT_WITHIN_SECONDS, Site, until
from tools.oracles.verdict import Verdict

_kit = re.compile(r'href="([^"]*press-kit-[^"]*\.zip)"')
NAMED_PDFS = ("letter-with-signatories.pdf", "newspaper-broadsheet.pdf", "newspaper-tabloid.pdf")


def fetch_kit(site: Site) -> Path:
    """Download the first kit that the press room offers, and unpack it."""

    def look() -> str:
        page = site.get(f"{site.letter}press/").content.decode()
        found = _kit.search(page)
        return found[1] if found else ""

    address = until(look, "the press room had no kit", within=KIT_WITHIN_SECONDS)
    folder = site.folder / "kit"
    with zipfile.ZipFile(BytesIO(site.get(address).content)) as archive:
        archive.extractall(folder)
    (description,) = folder.rglob("datapackage.json")
    return description.parent


def judge(site: Site) -> list[Verdict]:
    """Validate the package, break one cell of it, and look for every name in the PDFs."""
    kit = fetch_kit(site)
    return [*_validated(kit), *_printed(kit)]


def _validated(kit: Path) -> list[Verdict]:
    program = str(needs.VENV / "bin" / "frictionless")
    judge = f"frictionless {needs.version(program, '--version')}"
    names = [resource["path"] for resource in json.loads((kit / "datapackage.json").read_text("utf-8"))["resources"]]
    verdicts = [Verdict(judge, f"datapackage.json and its {len(names)} resources", _errors(program, kit))]
    table = kit / "signatories.csv"
    whole = table.read_bytes()
    table.write_bytes(re.sub(rb"\b(\d{4})-(\d\d)-(\d\d)\b", rb"\1-99-\3", whole, count=1))
    missed = [] if _errors(program, kit) else ["it found nothing wrong with it"]
    table.write_bytes(whole)
    return [*verdicts, Verdict(judge, "the same with one impossible day, which it must refuse", missed)]


def _errors(program: str, kit: Path) -> list[str]:
    command = [program, "validate", "datapackage.json", "--json"]
    done = subprocess.run(command, cwd=kit, check=False, capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return [f"no report: {done.stdout[-300:]}{done.stderr[-300:]}"]
    errors = [*report["errors"], *(error for task in report["tasks"] for error in task["errors"])]
    found = [f"{error['type']}: {error['message'][:200]}" for error in errors]
    return found or ([] if report["valid"] else ["not valid"])


def _printed(kit: Path) -> list[Verdict]:
    judge = f"pdftotext {needs.version('pdftotext', '-v')}"
    rows = json.loads((kit / "signatories.json").read_text("utf-8"))["signatories"]
    names = [row["display_name"] for row in rows]
    verdicts = []
    for name in NAMED_PDFS:
        path = kit / name
        if not path.exists():
            verdicts.append(Verdict(judge, name, ["the kit has no such file"]))
            continue
        done = subprocess.run(["pdftotext", "-enc", "UTF-8", str(path), "-"], check=False, capture_output=True)
        text = bare(done.stdout.decode())
        lost = [known for known in names if bare(known) not in text]
        verdicts.append(Verdict(judge, f"{len(names)} names in {name}", [f"not found: {lost}"] if lost else []))
    return verdicts


def bare(words: str) -> str:
    """Without white space, hyphens and invisible characters, which a line end may add or take."""
    found = unicodedata.normalize("NFKC", re.sub(r"[\s\u00ad\u2010-]", "", words))
    return "".join(char for char in found if unicodedata.category(char) != "Cf")
