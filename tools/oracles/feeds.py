"""The feeds and the oEmbed answers that pages of the site announce.

Atom is judged by jing with the grammar of RFC 4287. For oEmbed nobody publishes a schema: what section 2.3 of its
specification asks for is checked here, by ourselves, and by an XML parser.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

from tools.oracles import needs
from tools.oracles.site import Site
from tools.oracles.verdict import Verdict

GRAMMAR = Path(__file__).with_name("atom.rnc")
FEEDS = ("/letters.atom", "{letter}updates.atom", "{letter}corrections.atom")
_announced = re.compile(r'<link rel="alternate" type="application/(json|xml)\+oembed"[^>]*href="([^"]+)"')


def judge(site: Site) -> list[Verdict]:
    """Validate every feed, one that is broken, and every oEmbed answer."""
    folder = site.folder / "feeds"
    folder.mkdir()
    return [*_atom(site, folder), *_oembed(site)]


def _atom(site: Site, folder: Path) -> list[Verdict]:
    jing = f"jing {needs.version('dpkg-query', '-W', 'jing')} with the grammar of RFC 4287"
    verdicts = []
    for number, address in enumerate(FEEDS):
        full = address.format(letter=site.letter)
        answer = site.get(full)
        path = folder / f"{number}.atom"
        path.write_bytes(answer.content)
        problems = _refused(path)
        if answer.kind != "application/atom+xml":
            problems.append(f"served as {answer.kind}, status {answer.status}")
        verdicts.append(Verdict(jing, full.removeprefix(site.url), problems))
    broken = folder / "broken.atom"
    broken.write_bytes(re.sub(rb"<updated>[^<]*</updated>", b"", (folder / "0.atom").read_bytes(), count=1))
    missed = [] if _refused(broken) else ["it found nothing wrong with it"]
    return [*verdicts, Verdict(jing, "a feed without its date, which it must refuse", missed)]


def _refused(path: Path) -> list[str]:
    done = subprocess.run(["jing", "-c", str(GRAMMAR), str(path)], check=False, capture_output=True, text=True)
    said = (done.stdout + done.stderr).splitlines()  # Debian's starter warns of libraries that nobody needs here
    return [line.removeprefix(str(path)) for line in said if not line.startswith("[warning]")]


def _oembed(site: Site) -> list[Verdict]:
    judge = "our own check of oEmbed 1.0, section 2.3"
    page = site.get(site.letter).content.decode()
    announced = {kind: address.replace("&amp;", "&") for kind, address in _announced.findall(page)}
    missing = [] if "json" in announced else ["the letter's page announces no JSON answer"]
    verdicts = [Verdict(judge, "discovery on the letter's page", missing)]
    for kind, address in announced.items():
        answer = site.get(address)
        try:
            found = _read(kind, answer.content)
            problems = _wrong(found)
        except (ValueError, ElementTree.ParseError) as error:
            problems = [f"not {kind}: {error}"]
        verdicts.append(Verdict(judge, f"the answer as {kind}", problems))
    elsewhere = site.get("/oembed?" + urlencode({"url": "https://elsewhere.example/", "format": "json"})).status
    refusal = [] if elsewhere == 404 else [f"answered {elsewhere} instead of 404"]
    return [*verdicts, Verdict(judge, "a page of another site", refusal)]


def _read(kind: str, content: bytes) -> dict[str, str]:
    if kind == "json":
        return {name: str(value) for name, value in json.loads(content).items()}
    root = ElementTree.fromstring(content)  # noqa: S314 - our own site wrote it
    return {element.tag: element.text or "" for element in root}


def _wrong(found: dict[str, str]) -> list[str]:
    problems = [] if found.get("version") == "1.0" else ["version is not 1.0"]
    kind = found.get("type", "")
    needed: dict[str, tuple[str, ...]] = {
        "rich": ("html", "width", "height"),
        "photo": ("url", "width", "height"),
        "link": (),
    }
    if kind not in needed:
        return [*problems, f"type is “{kind}”"]
    problems += [f"{name} is missing" for name in needed[kind] if not found.get(name)]
    sizes = [name for name in ("width", "height") if name in found]
    return problems + [f"{name} is no number" for name in sizes if not found[name].isdecimal()]
