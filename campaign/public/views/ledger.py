"""The public ledger as static files would be: checkpoints, tiles, entries, keys, openings; the same for everybody."""

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from campaign.public import access, headers
from campaign.public.views import files
from campaign.public.views.people import whole_or_none
from letters.ledger import chain
from letters.ledger.models import Log
from letters.press import indexing, proofs, sequencing

TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
FOR_EVER = "public, max-age=31536000, immutable"
CHUNK_BYTES = 65_536
WITNESS = Path(settings.BASE_DIR, "letters/press/kit/witness.py")
SIZE_DIGITS = 9  # a thousand million lines
Response = TypeVar("Response", bound=HttpResponseBase)


@require_safe
def checkpoint(request: HttpRequest, slug: str) -> HttpResponseBase:
    return _checkpoint(request, proofs.log_of(access.letter_for(slug)))


@require_safe
def site_checkpoint(request: HttpRequest) -> HttpResponseBase:
    return _checkpoint(request, chain.newest(chain.INDEX))


@require_safe
def checkpoint_proof(request: HttpRequest, slug: str) -> HttpResponseBase:
    """That the site's own log holds the checkpoint of ``?size=``, else the newest one. Whoever witnesses that log later
    is in it later: nobody may keep it for long."""
    return _checkpoint_proof(request, proofs.log_of(access.letter_for(slug)))


@require_safe
def key(request: HttpRequest, slug: str) -> HttpResponseBase:
    letter = access.letter_for(slug)
    return _short(request, lambda: f"{proofs.vkey_of(letter)}\n".encode(), "key")


@require_safe
def site_key(request: HttpRequest) -> HttpResponseBase:
    return _short(request, lambda: proofs.site_key().encode(), "key")


@require_safe
def witness_program(request: HttpRequest) -> HttpResponseBase:
    """One file for whoever wants to be a witness and runs no site."""
    response = _short(request, WITNESS.read_bytes, "witness.py")
    if response.status_code == HTTPStatus.OK:
        response.headers["Content-Type"] = "text/x-python; charset=utf-8"
        response.headers["Content-Disposition"] = 'attachment; filename="witness.py"'
    return response


@require_safe
def tile(request: HttpRequest, slug: str, level: str, path: str) -> HttpResponseBase:
    """Of the letter's newest log: after a damage the address leads to another one, so nobody may keep it for long."""
    return _tile(request, proofs.log_of(access.letter_for(slug)), level, path)


@require_safe
def site_tile(request: HttpRequest, level: str, path: str) -> HttpResponseBase:
    return _tile(request, chain.newest(chain.INDEX), level, path)


@require_safe
def entries(request: HttpRequest, slug: str) -> HttpResponseBase:
    """As many lines as ``?size=`` says, else as the newest checkpoint covers."""
    return _entries(request, proofs.log_of(access.letter_for(slug)))


# --- one log for good, also one that was given up: its name is the end of its origin ---


@require_safe
def log_checkpoint(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    return _checkpoint(request, _named(slug, name))


@require_safe
def log_checkpoint_proof(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    return _checkpoint_proof(request, _named(slug, name))


@require_safe
def log_tile(request: HttpRequest, slug: str, name: str, level: str, path: str) -> HttpResponseBase:
    return _tile(request, _named(slug, name), level, path, is_its_own=True)


@require_safe
def log_entries(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    return _entries(request, _named(slug, name))


@require_safe
def site_log_checkpoint(request: HttpRequest, name: str) -> HttpResponseBase:
    return _checkpoint(request, chain.named(chain.INDEX, name))


@require_safe
def site_log_tile(request: HttpRequest, name: str, level: str, path: str) -> HttpResponseBase:
    return _tile(request, chain.named(chain.INDEX, name), level, path, is_its_own=True)


def _named(slug: str, name: str) -> Log | None:
    return chain.named(proofs.subject_of(access.letter_for(slug)), name)


def _checkpoint(request: HttpRequest, log: Log | None) -> HttpResponseBase:
    return _short(request, lambda: proofs.checkpoint_in(log), "checkpoint")


def _checkpoint_proof(request: HttpRequest, log: Log | None) -> HttpResponseBase:
    size = whole_or_none(request.GET.get("size", ""), digits=SIZE_DIGITS)
    return _short(request, lambda: indexing.proof_of(log, size).text.encode(), "checkpoint-proof")


def _entries(request: HttpRequest, log: Log | None) -> HttpResponseBase:
    try:
        shown = proofs.newest(log)
        asked = whole_or_none(request.GET.get("size", ""), digits=SIZE_DIGITS)
        size = shown.size if asked is None else asked
        if size > shown.size:
            raise proofs.NotLogged
    except proofs.NotLogged as error:
        return _missing(error.message)
    etag = headers.etag_of("entries", shown.log.origin, size)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    return _streamed(request, proofs.lines_of(shown.log, size), "application/jsonl; charset=utf-8", etag)


@require_safe
def openings(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What opens the commitments of exactly the lines that ``signatories.csv`` shows."""
    letter = access.letter_for(slug)
    version = access.version_for(letter, whole_or_none(request.GET.get("version", "")))
    if not letter.shows_names:
        return files.names_are_hidden()
    try:
        shown = proofs.newest(proofs.log_of(letter))
        etag = headers.etag_of("openings", version.pk, access.count_for(version).revision, shown.log.origin, shown.size)
    except proofs.NotLogged as error:
        return _missing(error.message)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    rows = (f"{public_id},{index},{salt}\r\n".encode() for public_id, index, salt in sequencing.openings(version))
    response = _streamed(request, _headed(rows), "text/csv; charset=utf-8", etag)
    response.headers["Content-Disposition"] = f'attachment; filename="openings-{letter.slug}.csv"'
    return response


def _headed(rows: Iterable[bytes]) -> Iterator[bytes]:
    yield b"signature_id,ledger_index,salt\r\n"
    yield from rows


def _tile(
    request: HttpRequest, log: Log | None, level: str, path: str, *, is_its_own: bool = False
) -> HttpResponseBase:
    """``is_its_own``: the address can never lead to another log, so everybody may keep what is final."""
    try:
        found = proofs.tile(log, level, path) if log else None
    except proofs.TileDamaged as error:
        return _missing(error.message, status=503)
    if log is None or found is None:
        return _missing("This log has no such tile.")
    etag = headers.etag_of("tile", log.origin, level, path)
    if (answer := headers.unchanged(request, etag)) is not None:
        return _open(answer)
    response = headers.as_public(_open(HttpResponse(found, content_type=BYTES)), etag)
    if is_its_own and not chain.is_halted(log):
        response.headers["Cache-Control"] = FOR_EVER
    return response


def _short(request: HttpRequest, make: Callable[[], bytes], name: str) -> HttpResponseBase:
    try:
        body = make()
    except proofs.NotLogged as error:
        return _missing(error.message)
    etag = headers.etag_of(name, body)
    if (answer := headers.unchanged(request, etag)) is not None:
        return _open(answer)
    return headers.as_public(_open(HttpResponse(body, content_type=TEXT)), etag)


def _streamed(request: HttpRequest, parts: Iterable[bytes], content_type: str, etag: str) -> StreamingHttpResponse:
    body = _chunks(parts) if request.method != "HEAD" else iter(())
    return headers.as_public(_open(StreamingHttpResponse(body, content_type=content_type)), etag)


def _chunks(parts: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for part in parts:
        held += part
        if len(held) >= CHUNK_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _open(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _missing(sentence: str, *, status: int = 404) -> HttpResponse:
    response = _open(HttpResponse(f"{sentence}\n", content_type=TEXT, status=status))
    response.headers["Cache-Control"] = "no-store"
    return response
