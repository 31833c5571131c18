"""One visitor's HTTP: open a form, send it, read what came back, as a browser without scripts does."""

from __future__ import annotations

import http.client
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

TIMEOUT_SECONDS = 10.0
_COOKIE = re.compile(r"csrftoken=([^;]+)")
# What a browser reports as "cannot be reached", "was reset" or "took too long".
NO_ANSWER = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Site:
    """Where the site answers. ``ports`` are tried in turn; behind a proxy each visitor has a network of its own."""

    ports: tuple[int, ...]
    origin: str
    slug: str
    is_behind_proxy: bool

    @property
    def sign_path(self) -> str:
        return f"/letters/{self.slug}/sign/"


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: str


class Visitor:
    """Keeps the CSRF cookie; ``number`` gives the network address and the first port to try."""

    def __init__(self, site: Site, number: int) -> None:
        self._site = site
        self._ports = itertools.islice(itertools.cycle(site.ports), number % len(site.ports), None)
        self._network = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self._cookie = ""

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(form))

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        """Raises one of NO_ANSWER when the site gives none."""
        connection = http.client.HTTPConnection("127.0.0.1", next(self._ports), timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, self._headers(has_body=body is not None))
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        finally:
            connection.close()
        if found := _COOKIE.search(response.headers.get("Set-Cookie", "")):
            self._cookie = found[1]
        return Answer(response.status, response.headers.get("Location", ""), text)

    def _headers(self, *, has_body: bool) -> dict[str, str]:
        scheme, _, host = self._site.origin.partition("://")
        headers = {"Host": host, "Connection": "close", "Origin": self._site.origin}
        if self._site.is_behind_proxy:
            headers |= {"X-Forwarded-Proto": scheme, "X-Forwarded-For": self._network}
        if self._cookie:
            headers["Cookie"] = f"csrftoken={self._cookie}"
        if has_body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers


class _Forms(HTMLParser):
    """All forms of a page, each as the fields that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        elif not self.forms or "name" not in values:
            return
        elif tag == "textarea":
            self._textarea = values["name"]
            self.forms[-1][self._textarea] = ""
        elif tag == "input" and values.get("type") != "checkbox":
            self.forms[-1][values["name"]] = values.get("value", "")
        elif tag == "input" and "checked" in values:
            self.forms[-1][values["name"]] = values.get("value", "on")

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1][self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""


def form_with(field: str, page: str) -> dict[str, str]:
    """The first form of a page that has this field; empty when there is none."""
    reader = _Forms()
    reader.feed(page)
    return next((form for form in reader.forms if field in form), {})
