"""Reading the lines without a name, page by page, in the order of what is printed."""

from uuid import UUID

from django.db.models import Q

from letters.core import typed
from letters.documents.models import Version
from letters.signatures import listing
from letters.signatures.listing import PAGE_SIZE, QUERY_MAX, Page
from letters.signatures.models import AnonymousLine

ORDER = ("sort_text", "public_id")
ID_BYTES = 16
CURSOR_TEXT_BYTES = 200
"""A longer text is cut in a cursor, and looked up by the number of its line."""


def page(
    version: Version, *, query: str = "", after: str = "", before: str = "", size: int = PAGE_SIZE
) -> Page[AnonymousLine]:
    """One page of them, those whose words match where something is searched for. Unknown cursors mean the beginning.
    At most two queries."""
    rows = AnonymousLine.objects.printed().for_version(version)
    for word in typed.fold(query[:QUERY_MAX]).split()[:5]:
        rows = rows.filter(sort_text__contains=word)
    place = read_cursor(before or after)
    side = "lt" if before and place else "gt"
    beyond = rows.filter(_beyond(_whole(place), side)) if place else rows
    return listing.turned(beyond, ORDER, size=size, is_back=side == "lt", is_on=place is not None, cursor=cursor_of)


def cursor_of(line: AnonymousLine) -> str:
    return listing.written(line.public_id.bytes + line.sort_text.encode()[:CURSOR_TEXT_BYTES])


def read_cursor(cursor: str) -> tuple[str, UUID] | None:
    """(what is printed, folded; the line's number), or None when the cursor is not one of ours."""
    raw = listing.read(cursor, least=ID_BYTES, most=ID_BYTES + CURSOR_TEXT_BYTES)
    if raw is None:
        return None
    text = raw[ID_BYTES:].decode(errors="ignore")  # where it was cut, a letter may be halved
    return None if "\0" in text else (text, UUID(bytes=raw[:ID_BYTES]))


def _whole(place: tuple[str, UUID]) -> tuple[str, UUID]:
    """The place of a text that was cut. Where the line ended meanwhile, the lines that begin like it may come twice,
    and none is left out."""
    text, public_id = place
    if len(text.encode()) < CURSOR_TEXT_BYTES - 3:  # of one letter, in bytes
        return place
    whole = AnonymousLine.objects.standing().filter(public_id=public_id).values_list("sort_text", flat=True).first()
    return (whole or text, public_id)


def _beyond(place: tuple[str, UUID], side: str) -> Q:
    text, public_id = place
    return Q(**{f"sort_text__{side}": text}) | Q(**{"sort_text": text, f"public_id__{side}": public_id})
