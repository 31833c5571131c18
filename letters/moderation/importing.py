"""From an uploaded list to personal invitations, never to signatures: what somebody put into a table is no consent.
The rows are sealed until they are sent and deleted then, or after a day."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.core import addresses, sealed
from letters.core.errors import RuleError
from letters.core.typed import FORMULA_STARTS
from letters.documents import standing
from letters.documents.models import Letter
from letters.ledger import audit
from letters.moderation import tables
from letters.moderation.models import ImportState, ListImport
from letters.moderation.tables import Table
from letters.moderation.tasks import run_imports
from letters.outbox import suppressing
from letters.outbox.models import Suppression
from letters.signatures import inviting, names
from letters.signatures.models import Invitation, SignatoryType, Signature

BATCH = 50
RUN_SECONDS = 20.0
KEPT = timedelta(days=1)
PARTS = ("name", "given", "family", "email", "source")
_CHUNK = 500
_SIGNS = {
    "email": ("e-mail", "email", "mail", "courriel", "correo"),
    "given": ("first name", "given name", "given", "first", "vorname", "prénom", "prenom"),
    "family": ("last name", "family name", "surname", "family", "last", "nachname"),
    "source": ("source", "where from", "quelle", "address from"),
    "name": ("name", "full name", "nom", "nombre", "person", "signatory"),
}
"""What columns are called, by part; looked for in this order."""


@dataclass(frozen=True)
class Row:
    """One row as it would be invited, or why not; ``number`` is its row in the file, as a spreadsheet counts."""

    number: int
    cells: list[str]
    name: str = ""
    email: str = ""
    source: str = ""
    error: str = ""


def upload(letter: Letter, content: bytes, *, by: User) -> ListImport:
    """Read a file and keep its table sealed; nobody is invited yet.

    Raises:
        tables.Unreadable: the file is no table that can be read.
        inviting.NotInviting: the letter does not invite now.
    """
    if not inviting.is_offered(letter):
        raise inviting.NotInviting
    table = tables.read(content)
    row = ListImport(
        letter=letter, by=by, columns=guess(table.header), row_count=len(table.rows), uploaded_at=timezone.now()
    )
    row.rows_sealed = _seal(row, "rows", asdict(table))
    with transaction.atomic():
        row.save(force_insert=True)
        audit.record(audit.Action.LIST_UPLOADED, row, by=f"user:{by.pk}", detail=str(row.row_count))
    return row


def _seal(row: ListImport, part: str, content: object) -> bytes:
    return sealed.seal_bytes(json.dumps(content, ensure_ascii=False).encode(), context_of(row, part))


def context_of(row: ListImport, part: str) -> bytes:
    """What a sealed column of an import is bound to."""
    return f"moderation.listimport.{part}\0".encode() + row.public_id.bytes


def table_of(row: ListImport) -> Table:
    """The table as it was read; empty when it was deleted."""
    if not row.rows_sealed:
        return Table([], [], [])
    stored = json.loads(sealed.unseal_bytes(bytes(row.rows_sealed), context_of(row, "rows")))
    if "first" in stored:  # of the release before, which counted on from the first row
        first = stored.pop("first")
        stored["lines"] = list(range(first, first + len(stored["rows"])))
    return Table(**stored)


def header_of_left(row: ListImport) -> list[str]:
    """What the columns of ``left_of`` are called: words by which ``guess`` knows them when the table comes again."""
    width = max((len(cells) for cells in left_of(row)), default=2)
    titles = {at: _SIGNS[part][0] for part, at in row.columns.items()}
    return [_("Row"), *(titles.get(at, "") for at in range(width - 2)), _("Why not")]


def left_of(row: ListImport) -> list[list[str]]:
    """Rows that were not invited, each with its line, its cells and why; empty when they were deleted."""
    if not row.left_sealed:
        return []
    found: list[list[str]] = json.loads(sealed.unseal_bytes(bytes(row.left_sealed), context_of(row, "left")))
    return found


def seal_anew(row: ListImport, part: str) -> None:
    """Seal a column of an import with the newest key; for the rotation of keys."""
    column = f"{part}_sealed"
    content = sealed.unseal_bytes(bytes(getattr(row, column)), context_of(row, part))
    setattr(row, column, sealed.seal_bytes(content, context_of(row, part)))


def guess(header: Sequence[str]) -> dict[str, int]:
    """Which column is which part, by what it is called; each column once."""
    found: dict[str, int] = {}
    for part, signs in _SIGNS.items():
        for at, title in enumerate(header):
            words = title.strip().lower()
            if at not in found.values() and any(words == sign or (part == "email" and sign in words) for sign in signs):
                found[part] = at
                break
    return found


def rows_of(letter: Letter, table: Table, columns: dict[str, int], *, source: str = "") -> list[Row]:
    """Every row with its error if it has one: what cannot be read, stands twice, was invited, has signed, or takes no
    mail. A handful of queries for every _CHUNK rows."""
    read: list[Row] = []
    seen: dict[str, int] = {}
    for number, cells in zip(table.lines, table.rows, strict=True):
        row = _read(number, cells, columns, source)
        canonical = addresses.canonical(row.email) if row.email else ""
        if canonical and canonical in seen:
            text = _("The same address stands in row {number}.").format(number=seen[canonical])
            row = replace(row, error=row.error or text)
        elif canonical and not row.error:
            seen[canonical] = row.number
        read.append(row)
    good = [row for row in read if not row.error]
    known: dict[int, str] = {}
    for at in range(0, len(good), _CHUNK):
        known.update(_known(letter, good[at : at + _CHUNK]))
    return [replace(row, error=known.get(row.number, row.error)) for row in read]


def _read(number: int, cells: list[str], columns: dict[str, int], source: str) -> Row:
    def cell(part: str) -> str:
        at = columns.get(part, -1)
        return cells[at] if 0 <= at < len(cells) else ""

    name = cell("name") or " ".join(filter(None, (cell("given"), cell("family"))))
    row = Row(number, cells, source=cell("source") or source)
    try:
        if any(cell(part).startswith(FORMULA_STARTS) for part in PARTS):
            raise RuleError(_("A cell holds a formula. Write its result there."), code="formula")
        if not name:
            raise RuleError(_("There is no name."), code="name")
        if not cell("email"):
            raise RuleError(_("There is no address."), code="email")
        if tables.is_garbled(name):
            raise RuleError(_("The letters are broken. Save the list as CSV in UTF-8 or as .xlsx."), code="garbled")
        return replace(row, name=names.clean(name), email=addresses.parse(cell("email")))
    except RuleError as error:
        return replace(row, error=error.message)


def _known(letter: Letter, rows: Sequence[Row]) -> dict[int, str]:
    """{line: why this address is not invited} of rows without an error of their own."""
    invited: dict[bytes, int] = {}
    blocked: dict[bytes, int] = {}
    odd: dict[bytes, int] = {}
    even: dict[bytes, int] = {}
    for row in rows:
        canonical = addresses.canonical(row.email)
        invited[sealed.identity_index(letter.pk, inviting.INVITED, canonical)] = row.number
        blocked[suppressing.index_of(row.email)] = row.number
        for found, index in zip((odd, even), sealed.letter_indexes(letter.pk, canonical), strict=True):
            if index is not None:
                found[index] = row.number
    signed = Signature.objects.confirmed().filter(letter=letter, signatory_type=SignatoryType.PERSON)
    why: dict[int, str] = {}
    for rows_known, column, numbers, error in (
        (Suppression.objects.all(), "recipient_index", blocked, inviting.MailBlocked),
        (signed, "email_index_even", even, inviting.HasSigned),
        (signed, "email_index_odd", odd, inviting.HasSigned),
        (Invitation.objects.filter(letter=letter), "email_index", invited, inviting.AlreadyInvited),
    ):
        for value in rows_known.filter(**{f"{column}__in": list(numbers)}).values_list(column, flat=True):
            why[numbers[bytes(value)]] = str(error.default)
    return why


@transaction.atomic
def start(public_id: UUID, *, columns: dict[str, int], source: str, role: str, by: User) -> ListImport:
    """Begin to invite everybody whose row has no error, in batches. Idempotent.

    Raises:
        RuleError: no column for addresses or names, or nothing says where they come from.
        NotNow: it was begun otherwise or deleted meanwhile.
    """
    row = ListImport.objects.select_for_update(of=("self",), no_key=True).get(public_id=public_id)
    if row.state == ImportState.RUNNING:
        return row
    if row.state != ImportState.READ or not row.rows_sealed:
        raise RuleError(_("This list was sent or deleted meanwhile. Upload it again if you need it."), code="over")
    if "email" not in columns or not {"name", "given", "family"} & set(columns):
        raise RuleError(_("Choose the columns with the name and with the address."), code="columns")
    if not source.strip() and "source" not in columns:
        text = _("Say where you have the addresses from; every invited person reads it.")
        raise RuleError(text, code="source")
    row.columns, row.source, row.role, row.state = columns, source.strip(), role, ImportState.RUNNING
    row.save()
    # The clock looks by itself, too: a broker that is away delays the list and refuses nothing.
    transaction.on_commit(lambda: run_imports.apply_async(retry=False, ignore_result=True), robust=True)
    return row


@transaction.atomic
def stop(public_id: UUID, *, by: User) -> ListImport:
    """Send no more and delete the rows; those who were invited are. Idempotent."""
    row = ListImport.objects.select_for_update(of=("self",), no_key=True).get(public_id=public_id)
    if row.state in (ImportState.READ, ImportState.RUNNING):
        _end(row, ImportState.STOPPED)
    return row


def _end(row: ListImport, state: ImportState) -> None:
    row.state, row.rows_sealed, row.ended_at = state, None, timezone.now()
    row.save()
    by = f"user:{row.by_id}" if row.by_id else "clock"
    audit.record(audit.Action.LIST_ENDED, row, by=by, detail=f"{state}:{row.sent_count}")


def run_due(*, seconds: float = RUN_SECONDS) -> int:
    """Go on with every list that is being sent, for some seconds; returns how many batches. Safe to run twice."""
    ends, done = time.monotonic() + seconds, 0
    for pk in ListImport.objects.filter(state=ImportState.RUNNING).order_by("uploaded_at").values_list("pk", flat=True):
        while time.monotonic() < ends and step(pk):
            done += 1
    return done


@transaction.atomic
def step(pk: int) -> bool:
    """Invite one batch; False when the list is through, was stopped, or another worker is at it."""
    found = ListImport.objects.filter(pk=pk, state=ImportState.RUNNING).select_related("letter__version", "by")
    row = found.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    if row is None:
        return False
    table = table_of(row)
    now = slice(row.next_row, row.next_row + BATCH)
    batch = Table(table.header, table.rows[now], table.lines[now])
    may_invite = row.by is not None and standing.may(row.by, row.letter, Permission.MAIL)
    if not batch.rows or row.by is None or not may_invite:
        _end(row, ImportState.DONE if may_invite else ImportState.STOPPED)
        return False
    left = left_of(row)
    for read in rows_of(row.letter, batch, row.columns, source=row.source):
        error = read.error or _invite(row, read, row.by)
        if error:
            left.append([str(read.number), *read.cells, error])
            row.left_count += 1
        else:
            row.sent_count += 1
    row.next_row += len(batch.rows)
    row.left_sealed = _seal(row, "left", left) if left else None
    row.save()
    return True


def _invite(row: ListImport, read: Row, by: User) -> str:
    """Why this row was not invited; empty when it was."""
    try:
        with transaction.atomic():
            inviting.invite(row.letter, read.name, read.email, source=read.source, role=row.role, by=by)
    except RuleError as error:
        return error.message
    return ""


def forget_old() -> int:
    """Delete the rows of lists that were uploaded a day ago, and lists that nobody sent; returns how many lists."""
    old = ListImport.objects.filter(uploaded_at__lt=timezone.now() - KEPT)
    unsent = old.filter(state=ImportState.READ).delete()[0]
    for row in old.filter(state=ImportState.RUNNING):
        stop(row.public_id, by=row.by)  # type: ignore[arg-type]
    kept = old.exclude(rows_sealed=None, left_sealed=None)
    return unsent + kept.update(rows_sealed=None, left_sealed=None)
