"""The press room: the number that may be printed, the files, the proof, and what changed since."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from campaign.public import access, figures, headers
from campaign.public.lines import lines_of
from campaign.public.views.files import names_are_hidden, too_often
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.outreach import telling
from letters.press import correction_words, corrections, live, showing, snapshots, thinning
from letters.press.kit import making, registry
from letters.press.models import Snapshot, SnapshotFile

SNAPSHOTS_SHOWN = 10
SNAPSHOTS_MOST = 2000  # one a day for five years
CORRECTIONS_SHOWN = 5
QUOTES_SHOWN = 12
MOST_LIVE = 10_000
FIRST = ("list", "pictures")
"""Groups of files that nobody has to unfold."""
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "jsonl": "application/jsonl",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "py": "text/x-python; charset=utf-8",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
@access.in_letters_language
def press(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    version = access.version_for(letter, None)
    count = access.count_for(version)
    most = SNAPSHOTS_MOST if request.GET.get("snapshots") == "all" else SNAPSHOTS_SHOWN
    rows = list(Snapshot.objects.ready().filter(letter=letter).order_by("-as_of")[: most + 1])
    newest = rows[0] if rows else None
    marks = [corrections.mark_of(letter), most, *map(_mark, rows)]
    etag = headers.etag_of("press", access.mark_of(letter), version.sha256, count.revision, *marks)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return headers.with_names(answer, letter)  # a page that is remembered is its bytes alone
    shown = newest if letter.shows_names else None
    context = {
        "letter": letter,
        "version": version,
        "count": count,
        "snapshot": newest,
        **_downloads(newest),
        "snapshots": _snapshots(rows[:most]),
        "has_more_snapshots": len(rows) > most,
        "rule": thinning.rule(),
        "breakdowns": figures.breakdowns_of(shown),
        "over_time": figures.over_time(shown),
        "quotes": showing.rows_of(shown, "quotes.csv", most=QUOTES_SHOWN),
        "timeline": telling.timeline_of(letter, most=telling.BRIEF),
        "corrections": corrected(letter),
        "disclaimer": access.disclaimer_for(has_organizations=bool(count.organizations)),
    }
    return headers.keep(headers.with_names(render(request, "public/press.html", context), letter), etag)


def _mark(row: Snapshot) -> tuple[object, ...]:
    return row.pk, row.is_whole, row.redacted_count, row.earlier_count, row.files_removed_at


def _snapshots(rows: list[Snapshot]) -> list[dict[str, Any]]:
    changes = showing.since(rows)
    return [{"snapshot": row, "since": changes[row.pk]} for row in rows]


def corrected(letter: Letter) -> list[dict[str, Any]]:
    rows = corrections.for_letter(letter)[:CORRECTIONS_SHOWN]
    return [{"at": row.changed_at, "note": correction_words.note_of(row)} for row in rows]


def _downloads(row: Snapshot | None) -> dict[str, Any]:
    """The kit, and the table of all other files in groups."""
    files = list(row.files.prefetch_related("redactions")) if row is not None else []
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in registry.GROUPS}
    for file in files:
        if not file.name.endswith(".zip"):
            groups[registry.group_of(file.name)].append({"file": file, "title": registry.title_of(file.name)})
    return {
        "kit": next((file for file in files if file.name.endswith(".zip")), None),
        "groups": _shown(groups, first=True),
        "more_groups": _shown(groups, first=False),
    }


def _shown(groups: dict[str, list[dict[str, Any]]], *, first: bool) -> list[dict[str, Any]]:
    """The groups that stand open on the page, or those that are folded."""
    wanted = [name for name in groups if groups[name] and (name in FIRST) == first]
    return [{"title": registry.GROUPS[name], "files": groups[name]} for name in wanted]


@require_safe
@access.in_letters_language
def snapshot(request: HttpRequest, letter: Letter, as_of: str) -> HttpResponseBase:
    """The permanent page of one snapshot."""
    row = get_object_or_404(Snapshot.objects.ready().select_related("version"), letter=letter, label=as_of)
    count = access.count_for(access.version_for(letter, None))
    in_site = showing.in_site(row)
    marks = corrections.mark_of(letter), _mark(row), in_site
    etag = headers.etag_of("snapshot", access.mark_of(letter), count.revision, *marks)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    is_compared = letter.shows_names and row.files_removed_at is None
    context = {
        "letter": letter,
        "snapshot": row,
        "in_site": in_site,
        "since": showing.since([row])[row.pk],
        "rule": thinning.rule(),
        "added": lines_of(showing.added_lines(row)) if is_compared else [],
        "changed": lines_of(showing.corrected_lines(row)) if is_compared else [],
        "most": showing.MOST_NAMED,
        **_downloads(row),
    }
    return headers.as_public(headers.with_names(render(request, "public/snapshot.html", context), letter), etag)


@require_safe
@access.in_letters_language
def snapshot_file(request: HttpRequest, letter: Letter, as_of: str, name: str) -> HttpResponseBase:
    """One file of a snapshot; 403 while names are hidden, 410 where there is none and never will be, 503 while it is
    made anew without somebody."""
    files = SnapshotFile.objects.filter(snapshot__letter=letter, snapshot__state="ready", snapshot__label=as_of)
    file = get_object_or_404(files.select_related("snapshot"), name=name)
    file.snapshot.letter = letter
    try:
        path = snapshots.path_of(file)
    except RuleError as error:
        return _refused(error)
    etag = headers.etag_of("snapshot-file", as_of, name, file.sha256)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    response = _streamed(request, making.chunks_of(path), name, saved_as(letter, as_of, name))
    response.headers["Content-Length"] = str(file.size_bytes)
    return headers.as_public(headers.with_names(response, letter), etag)


def _streamed(request: HttpRequest, chunks: Iterable[bytes], name: str, saved: str) -> StreamingHttpResponse:
    """A download, piece by piece; nothing is opened for whoever asks for the head alone."""
    body: Iterator[bytes] = iter(()) if request.method == "HEAD" else iter(chunks)
    response = StreamingHttpResponse(body, content_type=type_of(name))
    response.headers["Content-Disposition"] = f'attachment; filename="{saved}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _refused(error: RuleError) -> HttpResponseBase:
    if error.code == snapshots.NamesHidden.code:
        return names_are_hidden()
    anew = error.code == snapshots.BeingMadeAnew.code
    response = HttpResponse(f"{error.message}\n", content_type="text/plain; charset=utf-8", status=503 if anew else 410)
    if anew:
        response.headers["Retry-After"] = "30"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return headers.as_private(response) if anew else headers.as_public(response)


def type_of(name: str) -> str:
    return TYPES.get(name.rsplit(".", 1)[-1], "text/plain; charset=utf-8")


def saved_as(letter: Letter, label: str, name: str) -> str:
    """The name under which it is saved: which letter, when, and that a sample is one."""
    if name.endswith(".zip"):
        return name
    return f"{'sample-' if letter.is_sample else ''}{letter.slug}-{label}-{name}"


@require_safe
@access.in_letters_language
def live_file(request: HttpRequest, letter: Letter, file: str) -> HttpResponseBase:
    """The same files for the list as it stands now, streamed; of a very long list those of the newest snapshot."""
    version = access.version_for(letter, None)
    count = access.count_for(version)
    if not letter.shows_names:
        return names_are_hidden()
    newest = snapshots.newest(letter) if count.persons > MOST_LIVE else None
    if newest is not None:  # so long a list is not made for every reader
        return redirect("public:snapshot-file", letter.slug, newest.label, file)
    etag = headers.etag_of(file, access.mark_of(letter), version.sha256, count.revision)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    if (refusal := too_often(request)) is not None:
        return refusal
    source = live.source_of(letter, version, count)
    try:
        chunks = registry.LIVE[file].make(source)
    except RuleError as error:
        return _refused(RuleError(error.message, code="no-file"))
    response = _streamed(request, chunks, file, saved_as(letter, source.head["label"], file))
    return headers.as_public(headers.with_names(response, letter), etag)
