"""Letters, their counts, and what became of them."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import Path, Query, Router

from campaign import finding
from campaign.api import asking, serving
from campaign.api.asking import url
from campaign.api.schemas import Counts, LetterDetail, Letters, Timeline
from letters.documents import texts
from letters.documents.models import Letter
from letters.outreach import telling
from letters.press import counted

router = Router(tags=["Letters"])
Slug = Annotated[str, Path(**asking.SLUG)]
Cursor = Annotated[str, Query(pattern=asking.CURSOR, description="From “next” of the page before")]


@router.get("/letters", response=asking.answers(Letters, 400), operation_id="letters", summary="Letters of this site")
def letters(
    request: HttpRequest,
    response: HttpResponse,
    limit: Annotated[int, Query(ge=1, le=100, description="Letters on one page")] = 50,
    after: Cursor | None = None,
) -> dict[str, Any]:
    """Every letter that the public may read, the newest first."""
    rows = Letter.objects.public().select_related("version__tally").defer(*finding.LONG).order_by("-pk")
    if after is not None:
        rows = rows.filter(pk__lt=asking.read_cursor(after))
    found = list(rows[: limit + 1])
    cursor = asking.cursor_of(found[limit - 1].pk) if len(found) > limit else ""
    following = asking.following(response, request.path, {"limit": limit}, cursor)
    return {"items": [_summary(letter) for letter in found[:limit]], "next": following}


def _summary(letter: Letter) -> dict[str, Any]:
    version = letter.version
    assert version is not None  # noqa: S101 - public() has none without
    version.letter = letter
    text, count = texts.shown_of(version), finding.count_for(version)
    return {
        "slug": letter.slug,
        "title": text.title,
        "subtitle": text.subtitle,
        "summary": letter.summary,
        "language": letter.language,
        "state": letter.shown_state,
        "is_sample": letter.is_sample,
        "url": url("public:letter", letter.slug),
        "api_url": url("api:letter", letter.slug),
        "published_at": letter.published_at,
        "closes_at": letter.closes_at,
        "version": version.number,
        "text_sha256": text.sha256,
        "persons": count.persons,
        "organizations": count.organizations,
        "as_of": count.as_of,
    }


@router.get("/letters/{slug}", response=asking.answers(LetterDetail, 404), operation_id="letter", summary="One letter")
def letter(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """The letter as it stands beside its text, the number of its signatories, and where everything else is."""
    found = finding.letter_for(slug)
    summary = _summary(found)
    serving.mark(request, finding.mark_of(found), *summary.values())
    text = texts.shown_of(finding.version_for(found, None))
    with translation.override(found.interface_language):
        order = found.order_label
    parts = ("name", "role", "funding", "interests")
    return {
        **summary,
        "addressees": text.addressees,
        "demands": text.demands,
        "dateline_place": text.dateline_place,
        "dateline_on": text.dateline_on,
        "organisers": [{part: row.get(part, "") for part in parts} for row in found.organisers],
        "contact": found.contact,
        "eligibility": found.eligibility,
        "order": order,
        "shows_names": found.shows_names,
        "links": _links(found),
    }


def _links(letter: Letter) -> dict[str, str]:
    here = ("counts", "signatories", "versions", "translations", "timeline", "corrections", "snapshots")
    files = {name: url(f"public:{name.replace('_', '-')}", letter.slug) for name in _FILES}
    return {**{name: url(f"api:{name}", letter.slug) for name in here}, **files}


_FILES = ("signatories_csv", "signatories_json")


@router.get(
    "/letters/{slug}/counts",
    response=asking.answers(Counts, 404),
    operation_id="counts",
    summary="The number that may be printed",
)
def counts(
    request: HttpRequest,
    slug: Slug,
    version: Annotated[
        int | None, Query(ge=1, le=99_999, description="Of an earlier text; else the current one")
    ] = None,
) -> dict[str, Any]:
    """How many signed one version, its make-up, its time, and the sentence to print. Never add persons, organisations
    and withheld names together."""
    letter = finding.letter_for(slug)
    of = finding.version_for(letter, version)
    with translation.override(letter.interface_language):
        found = finding.count_for(of)
    serving.mark(request, texts.shown_of(of).sha256, found.revision, found.as_of)
    return counted.as_json(letter, of, found)


@router.get(
    "/letters/{slug}/timeline",
    response=asking.answers(Timeline, 404),
    operation_id="timeline",
    summary="What became of a letter",
)
def timeline(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """What happened, the newest first, and where each addressee stands. The same as an Atom feed: updates.atom."""
    letter = finding.letter_for(slug)
    serving.mark(request, finding.mark_of(letter))
    with translation.override(letter.interface_language):
        found = telling.timeline_of(letter)
    return {
        "entries": [_entry(entry) for entry in found.entries],
        "standings": [
            {"addressee": row.addressee, "state": row.state, "sentence": row.sentence, "days": row.days}
            for row in found.standings
        ],
    }


def _entry(entry: telling.Entry) -> dict[str, Any]:
    plain = ("kind", "happened_on", "summary", "text", "url", "source", "addressee", "quote", "stance",
             "is_by_organisers", "changed_at")  # fmt: skip
    shown = {name: getattr(entry.event, name) for name in plain}
    return {"id": str(entry.event.public_id), "label": entry.label, "title": entry.title, **shown}
