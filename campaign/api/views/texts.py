"""The exact texts of a letter, and its translations."""

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Router

from campaign import finding
from campaign.api import asking, serving
from campaign.api.asking import url
from campaign.api.schemas import Texts, Translations, WholeText, WholeTranslation
from campaign.api.views.letters import Slug
from letters.documents import languages, texts, translating
from letters.documents.models import Amendment, Letter, Succession, Translation, Version, Words

router = Router(tags=["Texts"])
PARTS = ("subtitle", "dateline_place", "addressees", "salutation", "body", "demands", "closing")


@router.get(
    "/letters/{slug}/versions",
    response=asking.answers(Texts, 404),
    operation_id="versions",
    summary="Every exact text of a letter",
)
def versions(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """Versions and their editorial fixes, the newest first. A new version begins a new list; a fix keeps it."""
    letter = finding.letter_for(slug)
    serving.mark(request, finding.mark_of(letter))
    found = letter.versions.defer("text", "body", "demands").prefetch_related("amendments").select_related("succession")
    return {"items": [_text(letter, version, text) for version in found for text in _texts_of(letter, version)]}


def _texts_of(letter: Letter, version: Version) -> list[Words]:
    version.letter = letter
    fixes = sorted(version.amendments.all(), key=lambda fix: -fix.number)
    for fix in fixes:
        fix.version = version
    return [*fixes, version]


def _text(letter: Letter, version: Version, text: Words) -> dict[str, Any]:
    label = text.label if isinstance(text, Amendment) else version.label
    return {
        "label": label,
        "version": version.number,
        "is_current": letter.shown is not None and text.sha256 == letter.shown.sha256,
        "sha256": text.sha256,
        "made_at": text.created_at,
        "note": text.note if isinstance(text, Amendment) else _why(version),
        "url": url("public:version", letter.slug, label),
        "api_url": url("api:version", letter.slug, label),
        "text_url": url("public:version-text", letter.slug, label),
    }


def _why(version: Version) -> str:
    try:
        return version.succession.note
    except Succession.DoesNotExist:
        return ""


@router.get(
    "/letters/{slug}/versions/{label}",
    response=asking.answers(WholeText, 404),
    operation_id="version",
    summary="One exact text with its hash",
)
def version(
    request: HttpRequest,
    slug: Slug,
    label: Annotated[
        str, Path(pattern=f"^{texts.LABEL}$", description="“2”: as shown now; “2.0”, “2.1”: exactly that")
    ],
) -> dict[str, Any]:
    """The words that signatories signed, byte for byte: the SHA-256 of ``text`` in UTF-8 is ``sha256``."""
    letter = finding.letter_for(slug)
    of, text = finding.text_for(letter, label)
    serving.mark(request, finding.mark_of(letter), text.sha256)
    return {**_text(letter, of, text), "language": letter.language, "title": text.title, "text": text.text}


@router.get(
    "/letters/{slug}/translations",
    response=asking.answers(Translations, 404),
    operation_id="translations",
    summary="Translations of the current text",
)
def translations(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """What stands beside the text in other languages. What is signed is the text itself."""
    letter = finding.letter_for(slug)
    serving.mark(request, finding.mark_of(letter))
    return {"items": [_translation(letter, row) for row in translating.public_of(letter)]}


def _translation(letter: Letter, row: Translation) -> dict[str, Any]:
    return {
        "language": row.language,
        "name": languages.own_name(row.language),
        "direction": row.direction,
        "title": row.title,
        "status": row.status,
        "translator": row.translator,
        "is_older": translating.is_older(row, letter.shown),
        "of_sha256": row.of_sha256,
        "url": f"{url('public:letter', letter.slug)}?language={row.language}",
        "api_url": url("api:translation", letter.slug, row.language),
    }


@router.get(
    "/letters/{slug}/translations/{language}",
    response=asking.answers(WholeTranslation, 404),
    operation_id="translation",
    summary="One translation",
)
def translation(
    request: HttpRequest,
    slug: Slug,
    language: Annotated[str, Path(pattern="^[a-z0-9-]{2,35}$", description="BCP 47, small letters")],
) -> dict[str, Any]:
    """The parts of the text in another language; their Markdown as it was typed."""
    letter = finding.letter_for(slug)
    serving.mark(request, finding.mark_of(letter))
    row = next((row for row in translating.public_of(letter) if row.language == language), None)
    if row is None:
        raise Http404
    return {**_translation(letter, row), **{name: getattr(row, name) for name in PARTS}}
