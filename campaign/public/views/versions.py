"""The exact texts of a letter, each under its own address, and what differs between any two of them."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaign.public import access, headers
from letters.documents import differing, rendering, succeeding, texts
from letters.documents.models import Amendment, Letter, Words


def with_html(text: Words) -> Words:
    """The same text with ``body_html`` and ``demands_html``, for components/text.html."""
    text.body_html = rendering.body_html(text)  # type: ignore[attr-defined]
    text.demands_html = rendering.demands_html(text)  # type: ignore[attr-defined]
    return text


@require_safe
@access.in_letters_language
def version(request: HttpRequest, letter: Letter, label: str) -> HttpResponseBase:
    version, text = access.text_for(letter, label)
    count = access.count_for(version)
    etag = headers.etag_of("version", access.mark_of(letter), text.sha256, label, count.revision)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    is_fixed = texts.shown_of(version) is not version
    all_texts = texts.all_of(version) if is_fixed else [version]
    context = {
        "letter": letter,
        "version": version,
        "text": with_html(text),
        "shown": all_texts[-1],
        "amendments": [amendment for amendment in all_texts if isinstance(amendment, Amendment)],
        "succession": succeeding.of_version(version) if version.number > 1 else None,
        "current": version.pk == letter.version_id,
        "count": count,
    }
    return headers.keep(render(request, "public/version.html", context), etag)


@require_safe
@access.in_letters_language
def version_text(request: HttpRequest, letter: Letter, label: str) -> HttpResponseBase:
    """The very bytes whose SHA-256 signatories signed."""
    _version, text = access.text_for(letter, label)
    etag = f'"{text.sha256}"'
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    response = HttpResponse(text.text.encode(), content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{file_name(letter, text)}"'
    return headers.as_public(response, etag)


def file_name(letter: Letter, text: Words) -> str:
    """«lift-v2.md», «lift-v2.1.md» with an editorial fix."""
    label = text.label if isinstance(text, Amendment) else str(getattr(text, "number", ""))
    return f"{letter.slug}-v{label}.md"


@require_safe
@access.in_letters_language
def changes(request: HttpRequest, letter: Letter, label: str, other: str) -> HttpResponseBase:
    """What changed from one text to another, word by word."""
    before_version, before = access.text_for(letter, label)
    version, after = access.text_for(letter, other)
    if before == after:
        raise Http404
    etag = headers.etag_of("changes", access.mark_of(letter), before.sha256, after.sha256, label, other)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    note = after.note if isinstance(after, Amendment) else ""
    found = succeeding.of_version(version) if not note and version.number > 1 else None
    context = {
        "letter": letter,
        "before_version": before_version,
        "before": before,
        "version": version,
        "after": after,
        "difference": differing.between(before.words, after.words),
        "note": note or (found.note if found and found.before_id == before_version.pk else ""),
    }
    return headers.keep(render(request, "public/changes.html", context), etag)
