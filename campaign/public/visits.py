"""Counting visits of a page by the host before it. What machines ask for, and who asks not to be counted, is not."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from letters.documents.models import Letter
from letters.press import visits

_MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|fetch|monitor|scan|check|archive|headless|python|curl|wget|java/|go-http|"
    r"okhttp|libwww|facebookexternalhit|embed|feed|probe|uptime|lighthouse",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}")


def count(request: HttpRequest, letter: Letter, page: str) -> None:
    """Count this request unless a machine made it, or the reader's browser asks not to be counted (DNT, GPC)."""
    if not settings.VISIT_FLUSH_SECONDS or request.method != "GET" or _asks_not_to(request):
        return
    agent = request.headers.get("User-Agent", "")
    if not agent.startswith("Mozilla/") or _MACHINES.search(agent):
        return
    visits.note(letter.pk, timezone.now().date(), page, source_of(request))


def _asks_not_to(request: HttpRequest) -> bool:
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1" or "prefetch" in purpose


def source_of(request: HttpRequest) -> str:
    """The host of the page before, without ``www.``; empty for none and for ours, "other" for what is no host."""
    before = request.headers.get("Referer", "")[:2000]
    if not before:
        return ""
    try:
        host = (urlsplit(before).hostname or "").rstrip(".")
        host = host.encode("idna").decode("ascii").lower()
    except (UnicodeError, ValueError):
        return visits.OTHER
    if host == request.get_host().split(":")[0].lower():
        return ""
    host = host.removeprefix("www.")
    return host if _HOST.fullmatch(host) else visits.OTHER
