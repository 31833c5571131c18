"""What programs look for at fixed addresses: whom to tell of a security hole, what may be indexed, and where it is."""

from datetime import UTC, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaign import caching, finding
from campaign.api.asking import url
from letters.documents.models import Letter, Translation

GOOD_FOR = timedelta(days=180)
MOST = 4000
"""Letters in the sitemap, the newest: with about ten addresses each it stays below the 50,000 of sitemaps.org."""
DAY_SECONDS = 86_400
_CLOSED = ("desk/", "accounts/", "admin/")


def _plain(text: str, seconds: int) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    return caching.as_public(response, seconds=seconds)


@require_safe
def security(request: HttpRequest) -> HttpResponseBase:
    """Whom to tell. 404 while the operators named nobody: an address that nobody reads is worse than none.

    Source: RFC 9116.
    """
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = (timezone.now() + GOOD_FOR).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        *(f"Contact: {contact}" for contact in settings.SECURITY_CONTACT),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {url('api:security')}",
        *([f"Policy: {settings.SECURITY_POLICY}"] if settings.SECURITY_POLICY else []),
    ]
    return _plain("\n".join(lines) + "\n", DAY_SECONDS)


@require_safe
def robots(request: HttpRequest) -> HttpResponseBase:
    """Pages that ask not to be indexed say so themselves, which a crawler that is kept out would never read."""
    lines = ["User-agent: *", *(f"Disallow: /{path}" for path in _CLOSED), f"Sitemap: {url('api:sitemap')}"]
    return _plain("\n".join(lines) + "\n", DAY_SECONDS)


@require_safe
def sitemap(request: HttpRequest) -> HttpResponseBase:
    """Pages that search engines may list: never of an unpublished letter, an invented one, or names that are not to be
    found. Source: sitemaps.org 0.9; hreflang as Google reads it."""
    rows = Letter.objects.public().filter(is_sample=False).defer(*finding.LONG).order_by("-pk")
    letters = list(rows[:MOST])
    translated = Translation.objects.filter(version__in=[letter.version_id for letter in letters], is_public=True)
    languages: dict[int, list[str]] = {}
    for version_id, language in translated.order_by("language").values_list("version_id", "language"):
        languages.setdefault(version_id, []).append(language)
    pages: list[dict[str, object]] = [
        {"url": url("public:home")},
        {"url": url("public:privacy")},
        {"url": url("api:try")},
    ]
    for letter in letters:
        pages += _pages(letter, languages.get(letter.version_id or 0, []))
    response = render(request, "api/sitemap.xml", {"pages": pages}, content_type="application/xml; charset=utf-8")
    return caching.as_public(response, seconds=3600)


def _pages(letter: Letter, languages: list[str]) -> list[dict[str, object]]:
    page, changed = url("public:letter", letter.slug), letter.shown and letter.shown.created_at.date()
    twins = [(letter.language, page), *((tag, f"{page}?language={tag}") for tag in languages)] if languages else []
    found: list[dict[str, object]] = [
        {"url": address, "twins": twins, "changed": changed} for address in [page, *(url for _, url in twins[1:])]
    ]
    names = ["methodology", "timeline"]
    if letter.shows_names and not letter.names_noindex:
        names.append("signatories")
    found += [{"url": url(f"public:{name}", letter.slug)} for name in names]
    if letter.version is not None:
        version = url("public:version", letter.slug, letter.version.number)
        found.append({"url": version, "changed": letter.version.created_at.date()})
    return found
