"""Reconciling: does the database agree with itself, and with what signers and a mail server saw? Changes nothing.

A difference is something that must not be; a figure is something that may be. Rows are named by number, never by
address or name.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef

from letters.core import addresses, keyring
from letters.core.errors import KeyRingError
from letters.documents.models import Letter
from letters.outbox import purging, suppressing
from letters.outbox.models import Message, MessageState, Suppression
from letters.signatures import names, signing
from letters.signatures.models import AnonymousLine, Signature, SignatureState, Tally
from letters.signatures.witnesses import Accepted, Arrived

EXAMPLES = 5
BATCH = 500
TELL_EVERY = 5000  # rows: a few seconds
COUNTED_WITHIN = timedelta(seconds=15)  # the shown count follows within ten
EXPIRED_WITHIN = timedelta(hours=1)  # the job that deletes them runs every ten minutes
LEASE_SLACK = timedelta(seconds=60)  # workers look every five seconds
OVERDUE = timedelta(minutes=10)
COUNTED = (
    "persons", "organizations", "samples", "withheld", "anonymised", "held", "withdrawn", "removed", "account",
    "affiliation", "invited", "reviewed",
)  # fmt: skip

SENTENCES = {
    "no-mail-queued": "signatures with an address that no mail was ever queued for",
    "mail-says-gone": "mails withheld because their signature is gone, while it stands",
    "confirmed-twice": "addresses confirmed twice under one text",
    "address-unreadable": "addresses that no key opens",
    "address-misfiled": "addresses that do not match their blind index",
    "list-misfiled": "confirmed signatures that stand at a wrong place in the list",
    "search-misfiled": "confirmed signatures that a search does not find",
    "count-wrong": "texts whose shown count is not the number of rows",
    "lease-lost": "mails held by a worker beyond their lease",
    "mail-overdue": "mails due for more than ten minutes",
    "not-expired": "unconfirmed signatures kept beyond CONFIRM_DAYS",
    "lost": "accepted forms without a row",
    "other-address": "accepted forms whose row holds another address",
    "confirmation-lost": "confirmations that were answered and are not stored",
    "never-arrived": "accepted forms without a mail",
    "misaddressed": "mails that went to another address than the form's",
}


_further: list[tuple[str, Callable[[], Iterable[str]]]] = []


def also(code: str, sentence: str, find: Callable[[], Iterable[str]]) -> None:
    """Have rooms above this one check as well: ``find`` says where it differs. Called once when the site starts."""
    SENTENCES[code] = sentence
    _further.append((code, find))


@dataclass
class Report:
    """``figures`` by name; ``differences`` by code, each with the rows or journal lines concerned."""

    figures: dict[str, int] = field(default_factory=dict)
    differences: dict[str, list[str]] = field(default_factory=dict)

    def differ(self, code: str, where: Iterable[object], what: str = "signature") -> None:
        found = [f"{what} {one}" for one in where]
        if found:
            self.differences.setdefault(code, []).extend(found)

    @property
    def is_clean(self) -> bool:
        return not self.differences


@contextmanager
def snapshot() -> Iterator[None]:
    """One picture of the database for all questions, so that people may go on signing meanwhile."""
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:  # SQLite: atomic() would lock writers out, a plain BEGIN reads beside them
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def check_database(now: datetime, *, tell: Callable[[str], object] = len) -> Report:
    """Check the database against itself. Call within ``snapshot``. ``tell`` hears how far it is, now and then."""
    report = Report()
    _count_rows(report)
    for check in (_mails_queued, _confirmed_once, _queue):
        check(report, now)
    _each_row(report, now, tell)
    overdue = Signature.objects.pending().filter(signed_at__lt=now - signing.confirm_within() - EXPIRED_WITHIN)
    report.differ("not-expired", overdue.values_list("pk", flat=True))
    for code, find in _further:
        report.differ(code, find(), "log")
    return report


def _count_rows(report: Report) -> None:
    states = dict(Signature.objects.values_list("state").annotate(Count("pk")).order_by())
    for state in SignatureState.values:
        report.figures[f"signatures {state}"] = states.get(state, 0)
    mails = dict(Message.objects.values_list("state").annotate(Count("pk")).order_by())
    for state in MessageState.values:
        report.figures[f"mails {state}"] = mails.get(state, 0)


def _mails_queued(report: Report, now: datetime) -> None:
    """Every person was asked. Reasons not to be: invented rows, and mails that are old enough to be forgotten."""
    asked = Message.objects.filter(subject_id=OuterRef("public_id"), kind=signing.CONFIRM)
    people = Signature.objects.filter(
        state__in=[SignatureState.PENDING, SignatureState.CONFIRMED], email_sealed__isnull=False, is_sample=False
    )
    unasked = people.filter(~Exists(asked))
    forgotten = unasked.filter(signed_at__lt=now - purging.KEPT)
    report.figures["mails forgotten with age"] = forgotten.count()
    report.differ("no-mail-queued", unasked.exclude(pk__in=forgotten.values("pk")).values_list("pk", flat=True))
    for code in ("gone", "unknown-kind"):
        refused = asked.filter(state=MessageState.WITHHELD, error=code)
        report.differ("mail-says-gone", people.filter(Exists(refused)).values_list("pk", flat=True))


def _confirmed_once(report: Report, now: datetime) -> None:
    for column in ("email_index_odd", "email_index_even"):
        rows = Signature.objects.confirmed().filter(**{f"{column}__isnull": False}).order_by()
        twice = rows.values("version", column).annotate(rows=Count("pk")).filter(rows__gt=1)
        report.differ("confirmed-twice", twice.values_list("version", flat=True), "text")


def _each_row(report: Report, now: datetime, tell: Callable[[str], object]) -> None:
    """What only a look at each row shows: the address opens and is filed right, and so is the line. Counts on the way,
    by other means than the job that counts for the pages."""
    is_rotating = len(keyring.ring().index) > 1
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    newest: dict[int, datetime] = {}
    letters = Letter.objects.in_bulk()
    anonymised = set(AnonymousLine.objects.printed().values_list("signature", flat=True))
    for number, row in enumerate(Signature.objects.order_by("pk").iterator(BATCH), 1):
        if number % TELL_EVERY == 0:
            tell(f"{number:,} signatures looked at")
        row.letter = letters[row.letter_id]
        if row.email_sealed:
            _check_address(report, row, is_rotating=is_rotating)
        if row.is_confirmed:
            _check_line(report, row)
        if not row.is_pending:
            counted[row.version_id].update(_groups_of(row, anonymised))
            newest[row.version_id] = max(newest.get(row.version_id, row.changed_at), row.changed_at)
    for tally in Tally.objects.order_by("pk"):
        is_wrong = any(getattr(tally, group) != counted[tally.version_id][group] for group in COUNTED)
        if is_wrong and newest.get(tally.version_id, tally.as_of) < now - COUNTED_WITHIN:
            report.differ("count-wrong", [tally.version_id], "text")


def _groups_of(row: Signature, anonymised: Collection[int]) -> list[str]:
    if not row.is_confirmed:
        return [row.state]
    is_person = row.signatory_type == "person"
    if row.held_reason:
        return ["held"] if is_person else []
    if row.hidden_at is not None:
        printed = ["anonymised"] if row.pk in anonymised else []
        return ["withheld", *printed] if is_person else []
    if not is_person:
        return ["organizations"]
    flags = {"samples": row.is_sample, "invited": row.is_invited, "reviewed": row.is_reviewed}
    proven = [row.verification] if row.verification in ("account", "affiliation") else []
    return ["persons", *proven, *(name for name, holds in flags.items() if holds)]


def _check_line(report: Report, row: Signature) -> None:
    if bytes(row.list_key or b"") != names.list_key(row, row.letter.ordering):
        report.differ("list-misfiled", [row.pk])
    if row.search_text != names.search_text_for(row):
        report.differ("search-misfiled", [row.pk])


def _check_address(report: Report, row: Signature, *, is_rotating: bool) -> None:
    try:
        right = row.indexes_of(row.email)
    except KeyRingError:
        report.differ("address-unreadable", [row.pk])
        return
    stored = (row.email_index_odd, row.email_index_even)
    for value, expected in zip(stored, right, strict=True):
        is_late = value is None and is_rotating
        if expected is not None and not is_late and bytes(value or b"") != expected:
            report.differ("address-misfiled", [row.pk])
            return


def _queue(report: Report, now: datetime) -> None:
    held = Message.objects.filter(state=MessageState.SENDING, lease_until__lt=now - LEASE_SLACK)
    report.differ("lease-lost", held.values_list("pk", flat=True), "mail")
    late = Message.objects.filter(state=MessageState.DUE, next_at__lt=now - OVERDUE)
    report.differ("mail-overdue", late.values_list("pk", flat=True), "mail")


@dataclass(frozen=True)
class _Known:
    """What the database knows of some accepted forms, and the time of the picture."""

    rows: dict[UUID, Signature]
    mails: dict[UUID, Message]
    now: datetime


def check_witnesses(
    report: Report, accepted: Sequence[Accepted], arrived: Sequence[Arrived] | None, *, now: datetime
) -> None:
    """Check the database against what signers saw accepted and, where given, what arrived. Call in ``snapshot``."""
    if arrived is not None:
        copies = Counter(mail.message_id for mail in arrived)
        report.figures["mails that arrived"] = len(copies)
        report.figures["copies of mails beyond the first"] = len(arrived) - len(copies)
    by_subject: dict[UUID, list[Arrived]] = {}
    for mail in arrived or ():
        by_subject.setdefault(mail.subject_id, []).append(mail)
    reasons: Counter[str] = Counter()
    for start in range(0, len(accepted), BATCH):
        some = accepted[start : start + BATCH]
        known = _known(some, now)
        for one in some:
            reasons[_row_of(report, one, known)] += 1
            if arrived is not None:
                reasons[_mail_of(report, one, known, by_subject.get(one.public_id, []))] += 1
    report.figures["accepted forms"] = len(accepted)
    report.figures |= {f"accepted, {reason}": count for reason, count in sorted(reasons.items())}
    if accepted:
        outside = Signature.objects.filter(is_sample=False, signed_at__gte=min(one.at for one in accepted) - OVERDUE)
        seen = {one.public_id for one in accepted}
        ids = outside.values_list("public_id", flat=True).iterator(BATCH)
        report.figures["attempts that nobody saw accepted"] = sum(public_id not in seen for public_id in ids)


def _known(some: Sequence[Accepted], now: datetime) -> _Known:
    ids = [one.public_id for one in some]
    rows = {row.public_id: row for row in Signature.objects.filter(public_id__in=ids)}
    mails = Message.objects.filter(subject_id__in=ids, kind=signing.CONFIRM).order_by("-serial")
    return _Known(rows, {mail.subject_id: mail for mail in mails}, now)


def _row_of(report: Report, one: Accepted, known: _Known) -> str:
    row = known.rows.get(one.public_id)
    if row is None:
        reason = _why_gone(one, known)
        if not reason:
            report.differ("lost", [one.line], "journal line")
        elif one.is_confirmed:
            report.differ("confirmation-lost", [one.line], "journal line")
        return f"row gone ({reason})" if reason else "LOST"
    if row.email_sealed and _address_of(row) not in ("", addresses.canonical(one.email)):
        report.differ("other-address", [row.pk])
    if one.is_confirmed and row.is_pending:
        report.differ("confirmation-lost", [row.pk])
    return f"row {row.state}"


def _address_of(row: Signature) -> str:
    try:
        return addresses.canonical(row.email)
    except KeyRingError:
        return ""  # said already


def _why_gone(one: Accepted, known: _Known) -> str:
    """Why an accepted attempt has no row any more; empty when nothing explains it."""
    mail = known.mails.get(one.public_id)
    if mail is not None and mail.state == MessageState.WITHHELD and mail.error in ("blocked", "capped"):
        return mail.error
    if not one.is_confirmed and one.at < known.now - signing.confirm_within():
        return "expired"
    for letter in Letter.objects.all():
        if Signature.objects.by_address(letter, one.email).exclude(state=SignatureState.PENDING).exists():
            return "another attempt was confirmed"
    if Suppression.objects.filter(recipient_index=suppressing.index_of(one.email)).exists():
        return "the owner said: not me"
    return ""


def _mail_of(report: Report, one: Accepted, known: _Known, mails: Sequence[Arrived]) -> str:
    """How the mail of an accepted form ended; one that only the server's refusal kept back has a stated reason."""
    if any(addresses.canonical(mail.to) != addresses.canonical(one.email) for mail in mails):
        report.differ("misaddressed", [one.line], "journal line")
    if mails:
        return "mail arrived"
    mail = known.mails.get(one.public_id)
    if mail is None and one.public_id not in known.rows:
        return "mail forgotten with the row"
    is_explained = mail is not None and mail.state != MessageState.SENT and mail.error != "gone"
    if mail is None or not is_explained:
        report.differ("never-arrived", [one.line], "journal line")
        return "NO MAIL"
    return f"mail {mail.state} {mail.error}".strip()
