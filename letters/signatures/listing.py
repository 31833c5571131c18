"""Reading the list: pages that cost the same at any size, because each begins where an index entry stands."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet

from letters.core import typed
from letters.documents.models import Version
from letters.signatures import names
from letters.signatures.models import LIST_KEY_BYTES, AnonymousLine, Role, Signature, Tally

PAGE_SIZE = 100
NEWEST = 60
QUERY_MAX = 80

_COLUMNS = (
    "public_id", "display_name", "position", "affiliation", "affiliation_status", "country", "comment",
    "consent_comment", "is_sample", "role", "confirmed_at", "list_key", "signatory_type", "proofs",
)  # fmt: skip


Row = TypeVar("Row", Signature, AnonymousLine)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page in the declared order, and the cursors of its neighbours ("" where there is none)."""

    rows: list[Row]
    before: str
    after: str
    is_first: bool


def cursor_of(row: Signature) -> str:
    return written(row.pk.to_bytes(8, "big") + bytes(row.list_key or b""))


def written(raw: bytes) -> str:
    """A cursor as it stands in an address."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(cursor: str, *, least: int, most: int) -> bytes | None:
    """The bytes of a cursor; None when it is not one of ours, or has another length."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    return raw if least <= len(raw) <= most else None


def read_cursor(cursor: str) -> tuple[bytes, int] | None:
    """(list key, row id), or None when the cursor is not one of ours."""
    raw = read(cursor, least=9, most=8 + LIST_KEY_BYTES)
    if raw is None or raw[0] > 0x7F:
        return None
    return raw[8:], int.from_bytes(raw[:8], "big")


def _public(version: Version, signatory_type: str = "person", *, whole: bool = False) -> QuerySet[Signature]:
    rows = Signature.objects.public().for_version(version).filter(signatory_type=signatory_type)
    return rows.defer("network") if whole else rows.only(*_COLUMNS)


EVIDENCE = {
    "email": Q(verification="email"),
    "account": Q(verification="account"),
    "affiliation": Q(verification="affiliation"),
    "invited": Q(is_invited=True),
    "reviewed": Q(is_reviewed=True),
}
"""Filters of the list by what is proven; each has an index of its own."""


def page(
    version: Version,
    *,
    query: str = "",
    evidence: str = "",
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
    signatory_type: str = "person",
    whole: bool = False,
    which: Q | None = None,
) -> Page[Signature]:
    """One page of the list of persons (or of organisations), narrowed by ``which``. Unknown cursors mean the beginning,
    unknown filters none. ``whole`` rows hold every column that files show, not the printed ones alone. One query;
    constant cost at any size."""
    rows = _public(version, signatory_type, whole=whole).filter(EVIDENCE.get(evidence, Q()), which or Q())
    folded = typed.fold(query[:QUERY_MAX])
    if folded:
        rows = _matching(rows, folded)
    place = read_cursor(before or after)
    side = "lt" if before and place else "gt"
    beyond = rows.filter(_beyond(place, side)) if place else rows
    return turned(
        beyond, ("list_key", "id"), size=size, is_back=side == "lt", is_on=place is not None, cursor=cursor_of
    )


def turned(
    rows: QuerySet[Row], order: Sequence[str], *, size: int, is_back: bool, is_on: bool, cursor: Callable[[Row], str]
) -> Page[Row]:
    """The page that begins with the first of these rows, or ends with the last (``is_back``). ``is_on``: others stand
    before them. One query."""
    found = list(rows.order_by(*(f"-{name}" if is_back else name for name in order))[: size + 1])
    more, shown = len(found) > size, found[:size]
    if is_back:
        shown.reverse()
    more_before, more_after = (more, True) if is_back else (is_on, more)
    return Page(
        rows=shown,
        before=cursor(shown[0]) if shown and more_before else "",
        after=cursor(shown[-1]) if shown and more_after else "",
        is_first=not more_before,
    )


def _matching(rows: QuerySet[Signature], folded: str) -> QuerySet[Signature]:
    for word in folded.split()[:5]:
        rows = rows.filter(search_text__contains=word)
    return rows


def _beyond(place: tuple[bytes, int], side: str) -> Q:
    """Rows past a place. The first, redundant term lets both databases seek into the index."""
    key, row_id = place
    return Q(**{f"list_key__{side}e": key}) & (Q(**{f"list_key__{side}": key}) | Q(**{f"id__{side}": row_id}))


def newest(version: Version, *, most: int = NEWEST) -> list[Signature]:
    """The latest confirmed lines, newest first."""
    return list(_public(version).order_by("-confirmed_at", "-id")[:most])


def prominent(version: Version) -> tuple[list[Signature], list[Signature]]:
    """(initiators, selected), each in the letter's order; people whom the organisers set above the list."""
    rows = list(_public(version).exclude(role=Role.SIGNATORY).order_by("list_key", "id")[:200])
    return [r for r in rows if r.role == Role.INITIATOR], [r for r in rows if r.role == Role.SELECTED]


def organizations(version: Version, *, query: str = "", most: int = 200) -> list[Signature]:
    """Organisations that signed, in the letter's order, those that match where something is searched for; they stand in
    a list of their own."""
    rows = _public(version, "organization")
    if folded := typed.fold(query[:QUERY_MAX]):
        rows = _matching(rows, folded)
    return list(rows.order_by("list_key", "id")[:most])


def readable_query(typed_query: str) -> str:
    """What was searched for, as the page repeats it: one line, at most 80 characters, nothing hidden."""
    shown = "".join(char for char in typed_query if char.isprintable())
    return " ".join(shown.split())[:QUERY_MAX]


def address(path: str, parameters: dict[str, str]) -> str:
    return f"{path}?{urlencode(parameters)}" if parameters else path


def reorder(version_ids: list[int], *, batch: int = 1000) -> int:
    """Compute every place anew after a letter's declared order changed; returns how many rows."""
    done = 0
    last = 0
    while True:
        rows = list(
            Signature.objects.select_related("letter")
            .filter(version_id__in=version_ids, pk__gt=last, list_key__isnull=False)
            .order_by("pk")[:batch]
        )
        if not rows:
            return done
        for row in rows:
            row.list_key = names.list_key(row, row.letter.ordering)
        Signature.objects.bulk_update(rows, ["list_key"])
        last, done = rows[-1].pk, done + len(rows)


def reorder_letter(letter_id: int) -> int:
    """``reorder`` every version of a letter, then let readers have their pages anew; returns how many rows. Safe to
    run twice."""
    version_ids = list(Version.objects.filter(letter_id=letter_id).values_list("pk", flat=True))
    done = reorder(version_ids)
    Tally.objects.filter(version_id__in=version_ids).update(revision=F("revision") + 1)
    return done
