"""What was printed and when: corrections, snapshots with their files, and the public log."""

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from ninja import Path, Query, Router

from campaign import finding
from campaign.api import asking, serving
from campaign.api.asking import url
from campaign.api.schemas import Corrections, Ledger, Proof, Snapshots, WholeSnapshot
from campaign.api.views.letters import Cursor, Slug
from letters.documents.models import Letter
from letters.ledger.models import Entry
from letters.press import correction_words, proofs
from letters.press import corrections as recorded
from letters.press.models import Correction, Snapshot, SnapshotFile

router = Router(tags=["Records"])
SNAPSHOTS_SHOWN = 100
INDEX_MOST = 2**53 - 1


@router.get(
    "/letters/{slug}/corrections",
    response=asking.answers(Corrections, 400, 404),
    operation_id="corrections",
    summary="What was printed and is otherwise now",
)
def corrections(
    request: HttpRequest,
    response: HttpResponse,
    slug: Slug,
    limit: Annotated[int, Query(ge=1, le=asking.MOST, description="Corrections on one page")] = asking.PAGE,
    after: Cursor | None = None,
) -> dict[str, Any]:
    """Newest first; nobody is named. The same as an Atom feed: corrections.atom."""
    letter = finding.letter_for(slug)
    serving.mark(request, letter.interface_language, recorded.mark_of(letter), limit, after)
    rows = recorded.for_letter(letter)
    if after is not None:
        rows = recorded.before(rows, asking.read_cursor(after))
    found = list(rows[: limit + 1])
    with translation.override(letter.interface_language):
        items = [_correction(row) for row in found[:limit]]
    cursor = asking.cursor_of(found[limit - 1].pk) if len(found) > limit else ""
    return {"items": items, "next": asking.following(response, request.path, {"limit": limit}, cursor)}


def _correction(row: Correction) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "changed_at": row.changed_at,
        "kind": row.kind,
        "label": row.get_kind_display(),
        "note": correction_words.note_of(row),
        "persons_after": row.persons_after,
    }


@router.get(
    "/letters/{slug}/snapshots",
    response=asking.answers(Snapshots, 404),
    operation_id="snapshots",
    summary="Dated states of the list that stay as they were",
)
def snapshots(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """The newest hundred, the newest first; each keeps its files. Whoever withdraws leaves a tombstone in them."""
    letter = finding.letter_for(slug)
    rows = Snapshot.objects.ready().filter(letter=letter).order_by("-as_of")[:SNAPSHOTS_SHOWN]
    return {"items": [_snapshot(letter, row) for row in rows]}


def _snapshot(letter: Letter, row: Snapshot) -> dict[str, Any]:
    plain = ("as_of", "label", "number", "text_label", "text_sha256", "persons", "organizations")
    return {
        **{name: getattr(row, name) for name in plain},
        "redacted": row.redacted_count + row.earlier_count,
        "files_removed_at": row.files_removed_at,
        "url": url("public:snapshot", letter.slug, row.label),
        "api_url": url("api:snapshot", letter.slug, row.label),
    }


@router.get(
    "/letters/{slug}/snapshots/{label}",
    response=asking.answers(WholeSnapshot, 404),
    operation_id="snapshot",
    summary="One snapshot and its files",
)
def snapshot(
    request: HttpRequest,
    slug: Slug,
    label: Annotated[str, Path(pattern="^[0-9TZ-]{16}$", description="From “label” of the list")],
) -> dict[str, Any]:
    """Its numbers, and every file with rows, bytes and SHA-256. Files answer 403 while all names are hidden."""
    letter = finding.letter_for(slug)
    row = Snapshot.objects.ready().filter(letter=letter, label=label).prefetch_related("files").first()
    if row is None:
        raise Http404
    return {
        **_snapshot(letter, row),
        "sentence": str(row.count.get("sentence", "")),
        "files": [_file(letter, row, file) for file in row.files.all()],
    }


def _file(letter: Letter, row: Snapshot, file: SnapshotFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "rows": file.rows,
        "bytes": file.size_bytes,
        "sha256": file.sha256 if file.is_kept else "",
        "url": url("public:snapshot-file", letter.slug, row.label, file.name),
        "refusal": file.refusal,
    }


@router.get(
    "/letters/{slug}/ledger",
    response=asking.answers(Ledger, 404),
    operation_id="ledger",
    summary="The public log of a letter",
)
def ledger(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """How long it is, the newest signed checkpoint, and where entries and openings lie. 404 until the log begins,
    within a minute of the launch."""
    letter = finding.letter_for(slug)
    log = proofs.log_of(letter)
    try:
        shown, checkpoint = proofs.newest(log), proofs.checkpoint_in(log).decode()
    except proofs.NotLogged as error:
        raise Http404 from error
    return {
        "origin": shown.log.origin,
        "size": shown.size,
        "checkpoint": checkpoint,
        "key": proofs.vkey_of(letter),
        "checkpoint_url": url("public:ledger-checkpoint", letter.slug),
        "entries_url": url("public:ledger-entries", letter.slug),
        "openings_url": url("public:openings", letter.slug),
    }


@router.get(
    "/letters/{slug}/ledger/{index}",
    response=asking.answers(Proof, 404),
    operation_id="proof",
    summary="That an entry is in the log",
)
def proof(
    request: HttpRequest,
    slug: Slug,
    index: Annotated[int, Path(ge=0, le=INDEX_MOST, description="Of the entry, from 0")],
) -> dict[str, Any]:
    """One entry, and a proof that it is under the newest checkpoint, which whoever has the log’s key checks offline."""
    letter = finding.letter_for(slug)
    try:
        shown = proofs.newest(proofs.log_of(letter))
    except proofs.NotLogged as error:
        raise Http404 from error
    if index >= shown.size:
        raise Http404
    entry = Entry.objects.get(log=shown.log, number=index).line
    text = proofs.proof_of(shown, index, entry)
    return {"index": index, "size": shown.size, "entry": entry, "proof": text}
