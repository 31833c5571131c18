"""Who signed: the list, one line, the count, and how signatures are checked. Nobody is named while names are hidden."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaign.public import access, headers
from campaign.public.lines import Line, line_of, lines_of, unnamed_line_of
from letters.documents import texts
from letters.documents.models import Letter, Version
from letters.press import counted, indexing, integrity, proofs, relaying
from letters.press import methodology as methodologies
from letters.signatures import listing, listing_unnamed, sentences
from letters.signatures.models import AnonymousLine, SignatoryType, Signature
from letters.verification import assurance


def organizations(version: Version, count: sentences.Count, query: str = "") -> list[Line]:
    """Organisations that signed and match; the count tells without a query that there are none."""
    return lines_of(listing.organizations(version, query=query)) if count.organizations else []


def unnamed(version: Version, count: sentences.Count, path: str, asked: dict[str, str]) -> dict[str, object]:
    """A page of the lines without a name that match, and its neighbours; the count tells without a query that there
    are none."""
    if not count.anonymised:
        return {"unnamed": [], "unnamed_pages": {}}
    query = listing.readable_query(asked["q"])
    page = listing_unnamed.page(version, query=query, after=asked["withheld"], before=asked["withheld_before"])
    kept = _kept(query, "", version, version.letter)
    links = _neighbours(path, page, kept, after="withheld", before="withheld_before", anchor="#unnamed")
    return {
        "unnamed": [unnamed_line_of(line) for line in page.rows],
        "unnamed_pages": {**links, "is_first": page.is_first},
    }


def older_versions(letter: Letter, version: Version) -> list[Version]:
    """Other texts of a letter that has any; one number in the address tells without a query."""
    return list(letter.versions.exclude(pk=version.pk).only("number", "letter")) if version.number > 1 else []


ASKED = ("q", "evidence", "after", "before", "withheld", "withheld_before", "version")
"""The parameters of the list; ``withheld`` is a place among the lines without a name."""


@require_safe
@access.in_letters_language
def signatories(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    asked = {name: request.GET.get(name, "")[:400] for name in ASKED}
    version = access.version_for(letter, whole_or_none(asked["version"]))
    count = access.count_for(version)
    etag = headers.etag_of("signatories", access.mark_of(letter), version.sha256, count.revision, *asked.values())
    is_beginning = not any(asked.values())
    if (answer := headers.unchanged(request, etag) or (headers.kept(etag) if is_beginning else None)) is not None:
        return headers.with_names(answer, letter)  # a page that is remembered is its bytes alone
    if not letter.shows_names:
        return headers.as_public(names_hidden(request, letter), etag)
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
        "organizations": organizations(version, count, query) if page.is_first and not evidence else [],
        **(unnamed(version, count, request.path, asked) if page.is_first and not evidence else {"unnamed": []}),
        "older_versions": older_versions(letter, version),
    }
    response = headers.with_names(render(request, "public/signatories.html", context), letter)
    return headers.keep(response, etag) if is_beginning else headers.as_public(response, etag)


def names_hidden(request: HttpRequest, letter: Letter, *, status: int = 200) -> HttpResponse:
    """What stands in the place of names while the organisers hide them all: the count and nobody."""
    count = access.count_for(access.version_for(letter, None))
    return render(request, "public/names_hidden.html", {"letter": letter, "count": count}, status=status)


def whole_or_none(text: str, *, digits: int = 5) -> int | None:
    """A version number from an address; None when none is given. Raises Http404 for anything else."""
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > digits:
        raise Http404
    return int(text)


def _kept(query: str, evidence: str, version: Version, letter: Letter) -> dict[str, str]:
    """The parameters that every link of the list carries on."""
    older = str(version.number) if version.pk != letter.version_id else ""
    return {name: value for name, value in (("q", query), ("evidence", evidence), ("version", older)) if value}


def _neighbours(
    path: str,
    page: listing.Page[Signature] | listing.Page[AnonymousLine],
    kept: dict[str, str],
    *,
    after: str = "after",
    before: str = "before",
    anchor: str = "",
) -> dict[str, str]:
    """The links of a pager; ``after`` and ``before`` are the parameters that hold its cursors."""
    return {
        "first_url": "" if page.is_first else listing.address(path, kept) + anchor,
        "previous_url": listing.address(path, {**kept, before: page.before}) + anchor if page.before else "",
        "next_url": listing.address(path, {**kept, after: page.after}) + anchor if page.after else "",
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
    witnessed = proofs.witness_sentence()
    in_site = indexing.sentence_of(proofs.log_of(letter))
    etag = headers.etag_of("methodology", access.mark_of(letter), version.sha256, count.revision, witnessed, in_site)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    context = {
        "letter": letter,
        "version": version,
        "count": count,
        "found": methodologies.methodology_of(letter, version),
        "sentences": methodologies.sentences(),
        "report": integrity.report_of(letter),
        "witness_sentence": witnessed,
        "in_site": in_site,
        "limits": methodologies.LEDGER_LIMITS,
        "disclaimer": access.DISCLAIMER,
    }
    return headers.keep(render(request, "public/methodology.html", context), etag)


@require_safe
@access.in_letters_language
def signature(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    """The permanent address of one line; 404 once it is withdrawn or hidden, 403 while all names are."""
    if not letter.shows_names:
        return headers.as_public(names_hidden(request, letter, status=403))
    row = Signature.objects.public().filter(letter=letter, public_id=public_id).select_related("version").first()
    if row is None:
        raise Http404
    context = {
        "letter": letter,
        "version": row.version,
        "text": texts.seen(row.version, row.amendment),
        "line": line_of(row),
        "may_be_asked": relaying.may_be_asked(row),
        "disclaimer": access.DISCLAIMER if row.signatory_type == SignatoryType.PERSON else "",
    }
    return headers.as_public(headers.with_names(render(request, "public/signature.html", context), letter))


@require_safe
@access.in_letters_language
def count(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    version = access.version_for(letter, whole_or_none(request.GET.get("version", "")))
    found = access.count_for(version)
    etag = headers.etag_of("count", texts.shown_of(version).sha256, found.revision)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    response = JsonResponse(counted.as_json(letter, version, found), json_dumps_params={"ensure_ascii": False})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return headers.as_public(response, etag)
