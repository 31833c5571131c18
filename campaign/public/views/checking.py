"""The check page: whether a list that somebody has is the list. It compares in the browser; nothing is sent here."""

import json
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaign.public import access, headers
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import ended, proofs

KIT = Path(settings.BASE_DIR, "letters/press/kit")
FILES = {"verify.py": "text/x-python; charset=utf-8", "VERIFY.txt": "text/plain; charset=utf-8"}
MARKS = {
    "good": "check", "stands": "check", "listed": "check", "warning": "info", "wait": "wait", "error": "error",
    "corrected": "open", "differs": "open", "withdrawn": "hidden", "removed": "hidden", "redacted": "hidden",
    "held": "wait", "altered": "error", "never": "error", "twice": "error", "unlisted": "info", "unknown": "info",
}  # fmt: skip
"""{answer or finding: symbol of components/icon.html}; the word stands beside it."""


@require_safe
@access.in_letters_language
def check(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    count, key = access.count_for(access.version_for(letter, None)), _key_of(letter)
    rows = count.persons + count.organizations
    witnessed = proofs.witness_sentence()
    etag = headers.etag_of("check", access.mark_of(letter), rows, key, witnessed, *settings.WITNESSES)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    numbers = letter.versions.order_by("-number").values_list("number", flat=True)
    context = {
        "letter": letter,
        "rows": rows,
        "key": key,
        "witnesses": json.dumps(settings.WITNESSES),
        "versions": json.dumps([{"version": number, "label": str(number)} for number in numbers]),
        "witness_sentence": witnessed,
        "icons": MARKS.items(),
    }
    return headers.keep(render(request, "public/check.html", context), etag)


def _key_of(letter: Letter) -> str:
    try:
        return proofs.vkey_of(letter)
    except RuleError:
        return ""


@require_safe
@access.in_letters_language
def check_file(request: HttpRequest, letter: Letter, name: str) -> HttpResponseBase:
    """verify.py and what explains it, by themselves."""
    if name not in FILES:
        raise Http404
    body = (KIT / name).read_bytes()
    etag = headers.etag_of(name, body)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    response = HttpResponse(body, content_type=FILES[name])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return headers.as_public(response, etag)


@require_safe
@access.in_letters_language
def ended_lines(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """Lines that were printed and are not any more: ids, kinds and days, never a name."""
    lines = ended.lines_of(letter)
    etag = headers.etag_of("ended", letter.pk, *lines)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    response = JsonResponse({"letter": letter.slug, "ended": lines})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return headers.as_public(response, etag)
