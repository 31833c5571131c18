"""What other sites show of a letter: a frame and a picture with the count, and the words that let a pasted address
become them (oEmbed 1.0). The frame is the one page that anybody may frame; it holds no form and knows no cookie."""

import re
import unicodedata
from collections.abc import Mapping
from functools import wraps
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from campaign import caching, embeds, finding
from campaign.api import problems
from letters.documents import languages, texts, translating
from letters.documents.models import Letter

THEMES = ("auto", "light", "dark")
LEAST_WIDTH, LEAST_HEIGHT = 200, 120
FRESH_SECONDS = 60
TITLE_COLUMNS = 46
_PATHS = re.compile(r"/(?:letters|embed)/(?P<slug>[-a-zA-Z0-9_]{1,80})/?")
_NOTHING = ["'none'"]
FRAMED = {
    "frame-ancestors": ["*"],
    "form-action": _NOTHING,
    "frame-src": _NOTHING,
    "connect-src": _NOTHING,
    "img-src": _NOTHING,
    "font-src": _NOTHING,
}


def _theme(request: HttpRequest) -> str:
    asked = request.GET.get("theme", "")
    return asked if asked in THEMES else "auto"


def _shown(request: HttpRequest, slug: str) -> tuple[Letter, str, str, str]:
    """The letter, its title and language as asked for, and the language around it. Raises Http404."""
    letter = finding.letter_for(slug)
    asked = request.GET.get("language", "").lower()
    rows = translating.public_of(letter) if languages.is_tag(asked) else []
    row = next((row for row in rows if row.language == asked), None)
    spoken = dict(settings.LANGUAGES)
    around = next((code for code in (asked, asked.split("-")[0]) if row and code in spoken), letter.interface_language)
    return letter, row.title if row else letter.title, row.language if row else letter.language, around


@require_safe
def embed(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The frame: title, count with its time, and a link that opens the form outside of it."""
    letter, title, language, around = _shown(request, slug)
    theme = _theme(request)
    with translation.override(around):
        count = finding.count_for(finding.version_for(letter, None))
        etag = caching.etag_of("embed", finding.mark_of(letter), count.revision, title, language, theme)
        response = caching.unchanged(request, etag)
        if response is None:
            context = {
                "letter": letter,
                "title": title,
                "language": language,
                "direction": languages.direction_of(language),
                "count": count,
                "theme": theme,
            }
            response = render(request, "api/embed.html", context)
    response.xframe_options_exempt = True  # as Django's decorator does
    response._csp_replace = FRAMED  # type: ignore[attr-defined] # as csp.decorators do
    return caching.as_public(response, etag, seconds=FRESH_SECONDS)


@require_safe
def embed_picture(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same as a picture without script or style, for places that take pictures alone."""
    letter, title, language, around = _shown(request, slug)
    theme = _theme(request)
    with translation.override(around):
        count = finding.count_for(finding.version_for(letter, None))
        etag = caching.etag_of("picture", count.revision, count.as_of, title, language, theme, letter.is_sample)
        if (answer := caching.unchanged(request, etag)) is not None:
            return caching.as_public(answer, etag, seconds=FRESH_SECONDS)
        context = {
            "title": title,
            "short_title": shortened(title),
            "language": language,
            "count": count,
            "is_dark": theme == "dark",
            "is_rtl": languages.direction_of(language) == "rtl",
            "is_sample": letter.is_sample,
            "host": urlsplit(settings.SITE_URL).netloc,
        }
        response = render(request, "api/embed.svg", context, content_type="image/svg+xml")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return caching.as_public(response, etag, seconds=FRESH_SECONDS)


def shortened(title: str, columns: int = TITLE_COLUMNS) -> str:
    """As much of a title as fits on one line; wide characters count twice."""
    used = 0
    for place, char in enumerate(title):
        used += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used > columns:
            return title[: max(place - 1, 1)].rstrip() + "…"
    return title


# --- oEmbed ---


class _Answered(Exception):
    """The refusal of an oEmbed question."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response
        super().__init__()


def _refuse(kind: problems.Kind, detail: str) -> _Answered:
    return _Answered(problems.answer(kind, detail))


def _answering(view: Any) -> Any:
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = view(request)
            return answer
        except _Answered as answered:
            return answered.response
        except Http404:
            return problems.answer(problems.NOT_FOUND, "This address is of no letter that can be read here.")

    return wrapped


@require_safe
@_answering
def oembed(request: HttpRequest) -> HttpResponseBase:
    """What to show for the address of a letter. 404: of none that readers find; 401: embargoed, its hour is announced;
    501: another format. Source: oEmbed 1.0 §2.3.4."""
    kind = request.GET.get("format", "json")
    if kind not in ("json", "xml"):
        raise _refuse(problems.NO_SUCH_FORMAT, "Ask for json or xml.")
    slug, asked = _named(request.GET.get("url", ""))
    width = min(embeds.WIDTH, _most(request, "maxwidth", embeds.WIDTH, LEAST_WIDTH))
    height = min(embeds.HEIGHT, _most(request, "maxheight", embeds.HEIGHT, LEAST_HEIGHT))
    _not_announced(slug)
    letter = finding.letter_for(slug)
    body = _body(letter, asked, width, height)
    response = _as_xml(body) if kind == "xml" else JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    return caching.as_public(response, caching.etag_of("oembed", kind, *body.values()), seconds=FRESH_SECONDS)


def _named(url: str) -> tuple[str, str]:
    """(slug, language) of a letter's address on this site; anything else is not ours to show."""
    if not url:
        raise _refuse(problems.BAD_PARAMETER, "Give the address of a letter as url.")
    try:
        parts, own = urlsplit(url), urlsplit(settings.SITE_URL)
    except ValueError as error:
        raise Http404 from error
    found = _PATHS.fullmatch(parts.path)
    if found is None or parts.scheme not in ("http", "https") or parts.netloc.lower() != own.netloc.lower():
        raise Http404
    asked = parse_qs(parts.query[:200]).get("language", [""])[0].lower()
    return found["slug"], asked if languages.is_tag(asked) else ""


def _most(request: HttpRequest, name: str, usual: int, least: int) -> int:
    asked = request.GET.get(name, "")
    if not asked:
        return usual
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 6):
        raise _refuse(problems.BAD_PARAMETER, f"{name} is a whole number of pixels.")
    if int(asked) < least:
        raise _refuse(problems.NOT_FOUND, f"Nothing of this letter fits {asked} pixels; it needs {least}.")
    return int(asked)


def _not_announced(slug: str) -> None:
    if Letter.objects.announced().filter(slug=slug).exists():
        raise _refuse(problems.EMBARGOED, "This letter opens at an hour that stands at its address.")


def _body(letter: Letter, language: str, width: int, height: int) -> dict[str, Any]:
    rows = {row.language: row for row in translating.public_of(letter)}
    row = rows.get(language)
    spoken = row.language if row else ""
    link = settings.SITE_URL.rstrip("/") + letter.get_absolute_url() + (f"?language={spoken}" if spoken else "")
    title = row.title if row else texts.shown_of(finding.version_for(letter, None)).title
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": settings.SITE_NAME,
        "provider_url": settings.SITE_URL.rstrip("/") + "/",
        "cache_age": FRESH_SECONDS * 60,
        "width": width,
        "height": height,
        "html": embeds.pasted(embeds.address(letter.slug, language=spoken), link, title, height),
    }


def _as_xml(body: Mapping[str, Any]) -> HttpResponse:
    parts = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in body.items())
    text = f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{parts}</oembed>\n'
    return HttpResponse(text, content_type="text/xml; charset=utf-8")
