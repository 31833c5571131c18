"""What is set in type of the letter as readers see it: the text as PDF, pictures for links, codes of its address."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from campaign.public import access, headers
from letters.core.errors import RuleError
from letters.documents import translating
from letters.documents.models import Letter
from letters.press import prints


@require_safe
def letter_pdf(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The text, or the translation that the address asks for."""
    letter = access.letter_for(slug)
    language = access.chosen_language(request, letter)
    if language is None:
        return redirect("public:letter-pdf", slug)
    text = access.shown_for(letter)
    row = next((row for row in translating.public_of(letter) if row.language == language), None)
    if language and row is None:
        raise Http404
    with access.speaking(letter, language):
        try:
            content = prints.letter_pdf(letter, text, row)
        except RuleError as error:
            return _refused(error)
    ending = f"-{language}" if language else ""
    sample = "sample-" if letter.is_sample else ""
    return _file(request, content, "application/pdf", f"{sample}letter-{letter.slug}{ending}.pdf")


@require_safe
@access.in_letters_language
def share_image(request: HttpRequest, letter: Letter, size: str) -> HttpResponseBase:
    count = access.count_for(access.version_for(letter, None))
    try:
        content = prints.share_image(letter, access.shown_for(letter), count, size=size)
    except RuleError as error:
        return _refused(error)
    return _file(request, content, "image/png")


@require_safe
@access.in_letters_language
def qr(request: HttpRequest, letter: Letter, kind: str) -> HttpResponseBase:
    content_type = "image/svg+xml" if kind == "svg" else "image/png"
    return _file(request, prints.qr_code(letter, kind=kind), content_type)


def _file(request: HttpRequest, content: bytes, content_type: str, name: str = "") -> HttpResponseBase:
    etag = headers.etag_of(hashlib.sha256(content).hexdigest())
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    response = HttpResponse(content, content_type=content_type)
    if name:
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return headers.as_public(response, etag)


def _refused(error: RuleError) -> HttpResponseBase:
    response = HttpResponse(f"{error.message}\n", content_type="text/plain; charset=utf-8", status=503)
    response.headers["Retry-After"] = "60"
    return headers.as_private(response)
