"""Every page that a visitor can reach by links, those in mails included, judged by the Nu HTML checker."""

from __future__ import annotations

import json
import re
import subprocess
from collections import deque
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

from tools.oracles import needs
from tools.oracles.site import Site
from tools.oracles.verdict import Verdict

MOST_PAGES = 250
MOST_ALIKE = 3
"""Pages of one pattern, such as single signatures, that are looked at."""
STARTS = ("/", "/privacy/", "/mailbox/", "/api/v1/", "/accounts/login/", "/nothing/here/", "/desk/")
_varying = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT\d{4}Z|[A-Za-z0-9_-]{20,}")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"a": "href", "iframe": "src"}.get(tag)
        self.found += [value for name, value in attrs if name == wanted and value]


def judge(site: Site) -> list[Verdict]:
    """Follow all links, save the pages, and let the checker read them."""
    folder = site.folder / "pages"
    folder.mkdir()
    addresses = crawl(site, folder, [*STARTS, site.letter, *site.inside("doors()")])
    checker = f"Nu HTML checker {needs.version('java', '-jar', str(needs.VNU_JAR), '--version')}"
    problems = errors_in(folder, addresses)
    if len(addresses) < len(STARTS) * 2:
        problems.append(f"only {len(addresses)} pages were found")
    return [Verdict(checker, f"{len(addresses)} public pages", problems), _sharpness(site, checker)]


def crawl(site: Site, folder: Path, starts: list[str]) -> dict[str, str]:
    """{file name: address} of every HTML page that links lead to, a few of those that are alike."""
    waiting, seen, alike, found = deque(starts), set[str](), dict[str, int](), dict[str, str]()
    while waiting and len(found) < MOST_PAGES:
        address = urldefrag(urljoin(site.url + "/", waiting.popleft()))[0]
        pattern = _varying.sub("*", urlsplit(address).path)
        is_here = urlsplit(address).netloc == urlsplit(site.url).netloc
        if address in seen or not is_here or alike.get(pattern, 0) >= MOST_ALIKE:
            continue
        seen.add(address)
        answer = site.get(address)
        if answer.kind != "text/html":
            continue
        alike[pattern] = alike.get(pattern, 0) + 1
        name = f"{len(found):03}.html"
        (folder / name).write_bytes(answer.content)
        found[name] = f"{address} ({answer.status})"
        links = _Links()
        links.feed(answer.content.decode())
        waiting.extend(urljoin(address, link) for link in links.found)
    return found


def errors_in(folder: Path, addresses: dict[str, str]) -> list[str]:
    """One line for each kind of error, with an address of it."""
    command = ["java", "-Xss8m", "-jar", str(needs.VNU_JAR), "--errors-only", "--format", "json", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    found: dict[str, str] = {}
    for message in json.loads(done.stderr or '{"messages": []}')["messages"]:
        address = addresses.get(Path(urlsplit(message["url"]).path).name, message["url"])
        found.setdefault(message["message"], f"{address}: {message.get('extract', '').strip()[:120]}")
    return [f"{error} — {where}" for error, where in found.items()]


def _sharpness(site: Site, checker: str) -> Verdict:
    folder = site.folder / "broken"
    folder.mkdir()
    (folder / "broken.html").write_text("<!doctype html><html lang=en><title>x</title><p><ul><b></p>", encoding="utf-8")
    missed = [] if errors_in(folder, {}) else ["it found nothing wrong with it"]
    return Verdict(checker, "a broken page, which it must refuse", missed)
