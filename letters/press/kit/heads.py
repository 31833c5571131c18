"""The head of a source: everything that files say besides the rows, gathered once and kept as JSON."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from letters.core import moments, places
from letters.documents import languages, texts, translating
from letters.documents.models import Letter, Version, Words
from letters.outreach import telling
from letters.press import columns, corrections, counted, integrity, methodology, proofs
from letters.press.kit import breakdowns
from letters.signatures import sentences
from letters.signatures.models import AnonymousLine, SignatoryType, Signature

FORMAT = 1
"""Of head.json; makers of a later release read all of them."""


def head_of(
    letter: Letter, version: Version, count: sentences.Count, *, number: int = 0, label: str = ""
) -> dict[str, Any]:
    """JSON types, in the language of the letter. ``number`` and ``label`` are those of a snapshot.

    A handful of queries at any size, besides one over the people whose names are withheld.
    """
    shown = texts.shown_of(version)
    return {
        "format": FORMAT,
        "number": number,
        "label": label or f"{count.as_of:%Y-%m-%dT%H%MZ}",
        "as_of": count.as_of.isoformat(),
        "as_of_text": count.as_of_text,
        "language": letter.interface_language,
        "site": {"name": settings.SITE_NAME, "url": settings.SITE_URL.rstrip("/")},
        "letter": _letter(letter, shown),
        "urls": {name: address(letter, f"public:{name}") for name in ("letter", "press", "signatories", "methodology")},
        "version": {"number": version.number, "label": texts.label_of(shown), "sha256": shown.sha256},
        "columns": list(columns.names_of_columns),
        "rows": count.persons + count.organizations + count.anonymised,
        "count": counted.as_json(letter, version, count),
        "disclaimer": sentences.disclaimer_for(has_organizations=bool(count.organizations)),
        "texts": [_text(letter, shown), *_translations(letter, version, shown)],
        "methodology": _methodology(letter, version, count),
        "timeline": _timeline(letter),
        "corrections": _corrections(letter),
        "withheld": _withheld(version),
    }  # fmt: skip


def address(letter: Letter, name: str, *parts: object) -> str:
    """The whole address of a page of the letter."""
    return settings.SITE_URL.rstrip("/") + reverse(name, args=[letter.slug, *parts])


def _letter(letter: Letter, shown: Words) -> dict[str, Any]:
    return {
        "slug": letter.slug,
        "title": shown.title,
        "subtitle": shown.subtitle,
        "language": letter.language,
        "direction": letter.direction,
        "state": letter.shown_state,
        "is_sample": letter.is_sample,
        "summary": letter.summary,
        "contact": letter.contact,
        "eligibility": letter.eligibility,
        "addressees": shown.addressees,
        "initiators": letter.initiators,
        "organisers": letter.organisers,
        "faq": letter.faq,
        "order": letter.order_label,
        "published_on": letter.published_at.date().isoformat() if letter.published_at else "",
        "closes_on": _day_in(letter.time_zone, letter.closes_at),
    }


def _day_in(zone: str, moment: datetime | None) -> str:
    return moment.astimezone(moments.zone(zone)).date().isoformat() if moment else ""


def _text(letter: Letter, shown: Words) -> dict[str, Any]:
    """The text itself; ``markdown`` are the bytes that its SHA-256 names."""
    words = {name: value for name, value in shown.words.items() if name != "dateline_on"}
    on = shown.dateline_on.isoformat() if shown.dateline_on else ""
    return {
        "language": letter.language, "direction": letter.direction, "is_authoritative": True, "status": "",
        "translator": "", "dateline_on": on, "markdown": shown.text, **words,
    }  # fmt: skip


def _translations(letter: Letter, version: Version, shown: Words) -> list[dict[str, Any]]:
    rows = translating.public_of(letter) if version.pk == letter.version_id else []
    on = shown.dateline_on.isoformat() if shown.dateline_on else ""
    return [
        {
            "language": row.language, "direction": row.direction, "is_authoritative": False, "dateline_on": on,
            "status": str(row.get_status_display()), "translator": row.translator,
            "name": languages.own_name(row.language),
            **{name: getattr(row, name) for name in translating.PARTS},
        }
        for row in rows
    ]  # fmt: skip


def _methodology(letter: Letter, version: Version, count: sentences.Count) -> str:
    context = {
        "letter": letter,
        "count": count,
        "found": methodology.methodology_of(letter, version),
        "sentences": methodology.sentences(),
        "report": integrity.report_of(letter),
        "witness_sentence": proofs.witness_sentence(),
        "limits": methodology.LEDGER_LIMITS,
    }
    return render_to_string("files/kit_methodology.md", context)


def _timeline(letter: Letter) -> list[dict[str, str]]:
    return [
        {
            "on": entry.event.happened_on.isoformat(), "title": entry.title, "kind": entry.label, "how": entry.how,
            "summary": entry.event.summary, "source": entry.event.source, "url": entry.event.url,
        }
        for entry in telling.timeline_of(letter).entries
    ]  # fmt: skip


def _corrections(letter: Letter) -> list[dict[str, str]]:
    return [dict(zip(corrections.COLUMNS, row, strict=True)) for row in corrections.table_of(letter)]


def _withheld(version: Version) -> dict[str, dict[str, int]]:
    """{breakdown: {group: people whose names are withheld}}, small groups merged. Who says less of an affiliation in a
    line without a name is counted by those words alone."""
    lines = AnonymousLine.objects.standing().for_version(version)
    said = dict(lines.values_list("signature_id", "affiliation"))
    rows = Signature.objects.confirmed().for_version(version).filter(
        hidden_at__isnull=False, held_reason="", signatory_type=SignatoryType.PERSON
    )  # fmt: skip
    found: dict[str, Counter[str]] = {breakdown.name: Counter() for breakdown in breakdowns.BREAKDOWNS}
    fields = ("pk", "country", "organization_name", "affiliation", "verification", "confirmed_at", "sector")
    for pk, country, organization, affiliation, verification, at, sector in rows.values_list(*fields).iterator(2000):
        found["country"][places.alpha3().get(country, "")] += 1
        found["organization"][said.get(pk, organization or affiliation)] += 1
        found["verification"][verification or "none"] += 1
        found["day"][_day(at)] += 1
        found["sector"][sector] += 1
    return {name: breakdowns.merged(amounts) for name, amounts in found.items()}


def _day(at: datetime) -> str:
    return at.date().isoformat()
