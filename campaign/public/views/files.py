"""Downloads: the list as CSV and JSON, streamed, for everybody."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaign.public import access, headers, limits
from campaign.public.views.people import whole_or_none
from letters.documents import texts
from letters.documents.models import Letter, Version
from letters.press import exports
from letters.signatures.sentences import Count

Maker = Callable[[Version, Count, str], Iterator[bytes]]


@require_safe
@access.in_letters_language
def signatories_csv(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    def make(version: Version, count: Count, permalink: str) -> Iterator[bytes]:
        return exports.signatories_csv(version, permalink=permalink)

    return _download(request, letter, "csv", "text/csv; charset=utf-8", make)


@require_safe
@access.in_letters_language
def signatories_json(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    def make(version: Version, count: Count, permalink: str) -> Iterator[bytes]:
        return exports.signatories_json(version, count, permalink=permalink)

    return _download(request, letter, "json", "application/json", make)


def _download(request: HttpRequest, letter: Letter, kind: str, content_type: str, make: Maker) -> HttpResponseBase:
    version = access.version_for(letter, whole_or_none(request.GET.get("version", "")))
    count = access.count_for(version)
    if not letter.shows_names:
        return names_are_hidden()
    etag = headers.etag_of(kind, texts.shown_of(version).sha256, count.revision, letter.ordering, letter.names_noindex)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    if kind == "json" and (refusal := too_often(request)) is not None:  # the database writes the CSV by itself
        return refusal
    body: Iterator[bytes] = iter(())
    if request.method != "HEAD":
        body = make(version, count, permalink_for(letter))
    response = StreamingHttpResponse(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(letter, version, count, kind)}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return headers.as_public(headers.with_names(response, letter), etag)


def names_are_hidden() -> HttpResponseBase:
    sentence = _("The organisers do not show the names of this letter at the moment. The count is in count.json.")
    response = HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=403)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return headers.as_public(response)


def too_often(request: HttpRequest) -> HttpResponseBase | None:
    """The refusal for a network that has had many whole lists made; None when it has not."""
    wait = limits.making_file(request)
    if not wait:
        return None
    sentence = _("Many files were made for your network. Wait until it is time again, or take the CSV file.")
    response = HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=429)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Retry-After"] = str(wait)
    return headers.as_private(response)


def permalink_for(letter: Letter) -> str:
    """The address of one line, with "{id}" where the signature's id goes."""
    zero = "00000000-0000-0000-0000-000000000000"
    path = reverse("public:signature", args=[letter.slug, zero])
    return settings.SITE_URL.rstrip("/") + path.replace(zero, "{id}")


def file_name(letter: Letter, version: Version, count: Count, kind: str) -> str:
    """«signatories-lift-the-restriction-2026-11-23.csv»; samples say so, older texts name their version."""
    sample = "sample-" if letter.is_sample else ""
    older = "" if version.pk == letter.version_id else f"-v{version.number}"
    return f"{sample}signatories-{letter.slug}{older}-{count.as_of:%Y-%m-%d}.{kind}"
