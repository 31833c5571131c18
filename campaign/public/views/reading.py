"""Reading: pages that are the same for everybody, cached by HTTP."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaign.public import access, headers, privacy, visits
from campaign.public.lines import announced, lines_of
from campaign.public.views.people import older_versions, organizations
from campaign.public.views.versions import with_html
from letters.core import moments
from letters.documents import languages, rendering, succeeding, texts, translating
from letters.documents.models import Letter, Version, Words
from letters.outreach import telling
from letters.signatures import counting, listing, sentences
from letters.signatures.models import Tally


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    letters = list(Letter.objects.public().order_by("-created_at")[:50])
    tallies = Tally.objects.in_bulk([letter.version_id for letter in letters], field_name="version_id")
    shown = [(letter, tallies.get(letter.version_id)) for letter in letters]
    etag = headers.etag_of("home", *[(access.mark_of(letter), tally and tally.revision) for letter, tally in shown])
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    rows = [
        {
            "letter": letter,
            "count": sentences.count_of(tally or counting.tally_for(letter.version), letter.title),
        }
        for letter, tally in shown
        if letter.version is not None
    ]
    return headers.as_public(render(request, "public/home.html", {"letters": rows}), etag)


@require_safe
def letter(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The letter; before an embargo ends its address says when, and nothing else."""
    try:
        found = access.letter_for(slug)
    except Http404:
        return _announced(request, slug)
    visits.count(request, found, "letter")
    chosen = access.chosen_language(request, found)
    if chosen is None:
        return redirect("public:letter", slug)
    with access.speaking(found, chosen):
        return _letter(request, found, chosen)


def _announced(request: HttpRequest, slug: str) -> HttpResponseBase:
    announced = Letter.objects.announced().filter(slug=slug).only("opens_at", "time_zone").first()
    if announced is None or announced.opens_at is None:
        raise Http404
    moment = moments.spoken(announced.opens_at, announced.time_zone)
    embargo_url = reverse("public:embargo-room", args=[slug])
    context = {"moment": moment, "opens_at": announced.opens_at, "embargo_url": embargo_url}
    response = render(request, "public/announced.html", context)
    return headers.as_public(response)


def _letter(request: HttpRequest, letter: Letter, language: str) -> HttpResponseBase:
    version = access.version_for(letter, None)
    text = texts.shown_of(version)
    count = access.count_for(version)
    etag = headers.etag_of("letter", access.mark_of(letter), text.sha256, count.revision, language)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    context = {
        "letter": letter,
        "version": version,
        "text": with_html(text),
        **_translations(letter, text, language),
        "closing_html": rendering.block(letter.closing_statement) if letter.closing_statement else "",
        "count": count,
        **_people(letter, version, count),
        "older_versions": older_versions(letter, version),
        **_asking(version),
        "faq": rendering.questions(letter.faq),
        "timeline": telling.brief(letter),
        "disclaimer": access.disclaimer_for(has_organizations=bool(count.organizations)),
    }
    return headers.keep(render(request, "public/letter.html", context), etag)


def _translations(letter: Letter, text: Words, language: str) -> dict[str, object]:
    """The languages to choose from, and the translation that was chosen. Raises Http404 for one that is not public."""
    rows = translating.public_of(letter)
    chosen = next((row for row in rows if row.language == language), None)
    if language and chosen is None:
        raise Http404
    links = [{"tag": row.language, "name": languages.own_name(row.language)} for row in rows]
    shown = translating.shown(chosen, text) if chosen else None
    return {"languages": links, "language_name": languages.own_name(letter.language), "translation": shown}


def _people(letter: Letter, version: Version, count: sentences.Count) -> dict[str, object]:
    """Everybody whom the page names; nobody while the organisers hide the names."""
    if not letter.shows_names:
        return {}
    initiators, selected = listing.prominent(version)
    return {
        "initiators": lines_of(initiators),
        # Whoever did not sign while it was possible does not stand among those who did.
        "announced": [] if initiators or letter.has_ended_at(timezone.now()) else announced(letter.initiators),
        "selected": lines_of(selected),
        "organizations": organizations(version, count),
        "newest": lines_of(listing.newest(version)),
    }


def _asking(version: Version) -> dict[str, object]:
    """How this version came after another one, and how many had signed that; nothing for a first version."""
    found = succeeding.of_version(version) if version.number > 1 else None
    if found is None:
        return {}
    before = Tally.objects.filter(version_id=found.before_id).first() or counting.tally_for(found.before)
    deadline = moments.spoken(found.deadline, version.letter.time_zone)
    is_asking = found.deadline > timezone.now() and not version.letter.has_ended_at(timezone.now())
    return {"succession": found, "before_tally": before, "is_asking": is_asking, "asked_until": deadline}


@require_safe
def privacy_notice(request: HttpRequest) -> HttpResponseBase:
    context = {"retention": privacy.retention(), "processors": settings.PROCESSORS}
    return headers.as_public(render(request, "public/privacy.html", context))
