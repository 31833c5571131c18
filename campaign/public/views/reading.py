"""Reading: pages that are the same for everybody, cached by HTTP."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaign.public import access, headers, privacy
from campaign.public.lines import Line, announced, line_of, lines_of
from letters.documents import rendering
from letters.documents.models import Letter, Version
from letters.press import methodology as methodologies
from letters.signatures import counting, listing, sentences
from letters.signatures.models import SignatoryType, Signature, Tally
from letters.verification import assurance


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
@access.in_letters_language
def letter(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    version = access.version_for(letter, None)
    count = access.count_for(version)
    etag = headers.etag_of("letter", access.mark_of(letter), version.sha256, count.revision)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    initiators, selected = listing.prominent(version)
    context = {
        **_text_context(letter, version),
        "count": count,
        "initiators": lines_of(initiators),
        "announced": [] if initiators else announced(letter.initiators),
        "selected": lines_of(selected),
        "organizations": _organizations(version, count),
        "newest": lines_of(listing.newest(version)),
        "older_versions": _older(letter, version),
        "disclaimer": access.disclaimer_for(has_organizations=bool(count.organizations)),
    }
    return headers.keep(render(request, "public/letter.html", context), etag)


def _text_context(letter: Letter, version: Version) -> dict[str, object]:
    version.body_html = rendering.body_html(version)  # type: ignore[attr-defined]
    version.demands_html = rendering.demands_html(version)  # type: ignore[attr-defined]
    return {"letter": letter, "version": version}


def _organizations(version: Version, count: sentences.Count) -> list[Line]:
    """Organisations that signed; the count tells without a query that there are none."""
    return lines_of(listing.organizations(version)) if count.organizations else []


def _older(letter: Letter, version: Version) -> list[Version]:
    """Earlier texts, for letters that have any; one number in the address tells without a query."""
    return list(letter.versions.exclude(pk=version.pk)) if version.number > 1 else []


@require_safe
@access.in_letters_language
def version(request: HttpRequest, letter: Letter, number: int) -> HttpResponseBase:
    version = access.version_for(letter, number)
    count = access.count_for(version)
    etag = headers.etag_of("version", access.mark_of(letter), version.sha256, count.revision)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    context = {
        **_text_context(letter, version),
        "current": version.pk == letter.version_id,
        "count": count,
    }
    return headers.keep(render(request, "public/version.html", context), etag)


@require_safe
@access.in_letters_language
def version_text(request: HttpRequest, letter: Letter, number: int) -> HttpResponseBase:
    """The very bytes whose SHA-256 signatories signed."""
    version = access.version_for(letter, number)
    etag = f'"{version.sha256}"'
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    response = HttpResponse(version.text.encode(), content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{letter.slug}-v{version.number}.md"'
    return headers.as_public(response, etag)


@require_safe
@access.in_letters_language
def signatories(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    asked = {name: request.GET.get(name, "")[:400] for name in ("q", "evidence", "after", "before", "version")}
    version = access.version_for(letter, whole_or_none(asked["version"]))
    count = access.count_for(version)
    etag = headers.etag_of("signatories", access.mark_of(letter), version.sha256, count.revision, *asked.values())
    is_beginning = not any(asked.values())
    if (answer := headers.unchanged(request, etag) or (headers.kept(etag) if is_beginning else None)) is not None:
        return answer
    query = listing.readable_query(asked["q"])
    evidence = asked["evidence"] if asked["evidence"] in listing.EVIDENCE else ""
    page = listing.page(version, query=query, evidence=evidence, after=asked["after"], before=asked["before"])
    top = page.is_first and not query and not evidence
    initiators, selected = listing.prominent(version) if top else ([], [])
    context = {
        "letter": letter,
        "version": version,
        "count": count,
        "lines": lines_of(page.rows),
        "query": query,
        "evidence": evidence,
        "evidence_label": assurance.LABELS.get(evidence, ""),
        "filters": _filters(request.path, count, evidence, _kept(query, "", version, letter)),
        **_neighbours(request.path, page, _kept(query, evidence, version, letter)),
        "order_label": letter.order_label,
        "disclaimer": access.disclaimer_for(has_organizations=bool(count.organizations)),
        "is_first": top,
        "initiators": lines_of(initiators),
        "selected": lines_of(selected),
        "organizations": _organizations(version, count) if top else [],
        "older_versions": _older(letter, version),
    }
    response = render(request, "public/signatories.html", context)
    return headers.keep(response, etag) if is_beginning else headers.as_public(response, etag)


def whole_or_none(text: str) -> int | None:
    """A version number from an address; None when none is given. Raises Http404 for anything else."""
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 5:
        raise Http404
    return int(text)


def _kept(query: str, evidence: str, version: Version, letter: Letter) -> dict[str, str]:
    """The parameters that every link of the list carries on."""
    older = str(version.number) if version.pk != letter.version_id else ""
    return {name: value for name, value in (("q", query), ("evidence", evidence), ("version", older)) if value}


def _neighbours(path: str, page: listing.Page, kept: dict[str, str]) -> dict[str, str]:
    return {
        "first_url": "" if page.is_first else listing.address(path, kept),
        "previous_url": listing.address(path, {**kept, "before": page.before}) if page.before else "",
        "next_url": listing.address(path, {**kept, "after": page.after}) if page.after else "",
    }


def _filters(path: str, count: sentences.Count, chosen: str, kept: dict[str, str]) -> list[dict[str, object]]:
    """One link for each kind of evidence that somebody has; the first one takes the filter off."""
    amounts = {name: getattr(count, name) for name in assurance.LABELS}
    links = [{"label": _("All"), "amount": count.persons, "url": listing.address(path, kept), "chosen": not chosen}]
    for name, label in assurance.LABELS.items():
        if amounts[name] or name == chosen:
            url = listing.address(path, {**kept, "evidence": name})
            links.append({"label": label, "amount": amounts[name], "url": url, "chosen": name == chosen})
    return links if len(links) > 2 or chosen else []


@require_safe
@access.in_letters_language
def methodology(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """How this letter's signatures are checked, generated from what is on and what was counted."""
    version = access.version_for(letter, None)
    count = access.count_for(version)
    etag = headers.etag_of("methodology", access.mark_of(letter), version.sha256, count.revision)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    context = {
        "letter": letter,
        "version": version,
        "count": count,
        "found": methodologies.methodology_of(letter, version),
        "sentences": methodologies.sentences(),
        "disclaimer": access.DISCLAIMER,
    }
    return headers.keep(render(request, "public/methodology.html", context), etag)


@require_safe
@access.in_letters_language
def signature(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    """The permanent address of one line; 404 once it is withdrawn or hidden."""
    row = Signature.objects.public().filter(letter=letter, public_id=public_id).select_related("version").first()
    if row is None:
        raise Http404
    context = {
        "letter": letter,
        "version": row.version,
        "line": line_of(row),
        "disclaimer": access.DISCLAIMER if row.signatory_type == SignatoryType.PERSON else "",
    }
    return headers.as_public(render(request, "public/signature.html", context))


@require_safe
@access.in_letters_language
def count(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    version = access.version_for(letter, whole_or_none(request.GET.get("version", "")))
    found = access.count_for(version)
    etag = headers.etag_of("count", version.sha256, found.revision)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    body = {
        "letter": letter.slug,
        "letter_version": version.number,
        "as_of": found.as_of.isoformat(),
        "persons": found.persons,
        "organizations": found.organizations,
        "by_verification": {"email": found.email, "account": found.account, "affiliation": found.affiliation},
        "by_affiliation_basis": found.by_basis,
        "invited": found.invited,
        "reviewed": found.reviewed,
        "checked_over_12_months_ago": found.older,
        "withheld": found.withheld,
        "held": found.held,
        "withdrawn": found.withdrawn,
        "removed": found.removed,
        "is_sample": letter.is_sample,
        "sentence": found.sentence,
    }
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return headers.as_public(response, etag)


@require_safe
def privacy_notice(request: HttpRequest) -> HttpResponseBase:
    context = {"retention": privacy.retention(), "processors": settings.PROCESSORS}
    return headers.as_public(render(request, "public/privacy.html", context))
