"""Every change of what was printed, on record: written with the change itself, read as a page, a feed, a file, a mail.

A line counts as printed once it stood for PRINTED_AFTER on a letter that the public can read. Nobody is named here: an
entry leads to its line while that stands. The words are in ``correction_words``.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone, translation

from letters.documents.models import Amendment, Letter, Succession, Version
from letters.press import correction_words
from letters.press.corrected import CorrectionQuerySet
from letters.press.models import Correction, CorrectionKind
from letters.signatures.models import Signature, Tally

PRINTED_AFTER = timedelta(seconds=10)
"""What is held within this time after its confirmation was on no page yet: those are recounted and kept for less."""
COLUMNS = ("changed_at", "kind", "note", "persons_after")
NAME_FIELDS = frozenset(
    {"display_name", "sort_name", "given_name", "family_name", "name_latin", "honorific_prefix", "honorific_suffix"}
)
SHOWN = "shown_comment"
"""A comment is printed, or is no longer, by a consent."""
COMMENT_FIELDS = frozenset({"comment", SHOWN})
OF_A_LINE = frozenset(
    {
        CorrectionKind.WITHDRAWN, CorrectionKind.REMOVED, CorrectionKind.RESTORED, CorrectionKind.NAME,
        CorrectionKind.AFFILIATION, CorrectionKind.COMMENT,
    }
)  # fmt: skip
OFF = (CorrectionKind.REMOVED, CorrectionKind.RESTORED)
SAID_OTHERWISE = Q(kind__in=(CorrectionKind.NAME, CorrectionKind.AFFILIATION, CorrectionKind.COMMENT), code="")
"""Entries about what a line says, not about whether its name is printed."""


def record(
    letter: Letter,
    kind: CorrectionKind,
    *,
    version: Version | None = None,
    signature: Signature | None = None,
    code: str = "",
    detail: dict[str, Any] | None = None,
) -> Correction | None:
    """Write one entry in the caller's transaction; None while the public cannot read the letter.

    ``detail`` holds what the kind's sentence prints: {"label", "note"} of texts, {"amount"} of many lines,
    {"as_of", "file", "old_sha256", "new_sha256"} of a redaction. Never a name. A line under an earlier text gets
    {"under"}: its number, for one act may reach the lines of a person under several.
    """
    if not letter.is_public:
        return None
    stood = version or (signature.version if signature else None)
    if kind in OF_A_LINE and stood is not None and stood.pk != letter.version_id:
        detail = {**(detail or {}), "under": stood.number}
    return Correction.objects.create(
        letter=letter,
        version=stood,
        changed_at=timezone.now(),
        kind=kind,
        code=code,
        detail=detail or {},
        signature=None if kind == CorrectionKind.WITHDRAWN else signature,
    )


def for_letter(letter: Letter) -> CorrectionQuerySet:
    """What readers see, newest first, with the lines that still stand (``standing_line``)."""
    rows = Correction.objects.filter(letter=letter).shown().newest_first()
    return rows.select_related("signature", "version")


def before(rows: CorrectionQuerySet, pk: int) -> CorrectionQuerySet:
    """Those that follow the entry with this row id on a page, newest first."""
    at = Correction.objects.filter(pk=pk).values_list("changed_at", flat=True).first()
    return rows.none() if at is None else rows.filter(Q(changed_at__lt=at) | Q(changed_at=at, pk__lt=pk))


def mark_of(letter: Letter) -> tuple[object, ...]:
    """Differs when readers of the page or the feed may see a difference. One query."""
    rows = Correction.objects.filter(letter=letter)
    uncounted = Count("pk", filter=Q(persons_after__isnull=True))
    leading = Count("signature")  # entries that led to a line may do so no longer
    found = rows.aggregate(newest=Max("id"), last=Max("changed_at"), uncounted=uncounted, leading=leading)
    return (found["newest"], found["last"], found["uncounted"], found["leading"])


def said_otherwise(signature: Signature) -> CorrectionQuerySet:
    """Entries that tell of a line that it once said something else, and lead to it."""
    return Correction.objects.filter(SAID_OTHERWISE, signature=signature)


def standing_line(correction: Correction) -> Signature | None:
    """The line that an entry is about, while readers find it in the list. None for a removal: a line that came back is
    not named beside a reason that did not hold."""
    line = correction.signature
    if line is None or correction.kind in (CorrectionKind.REMOVED, CorrectionKind.COUNT):
        return None
    return line if line.is_public else None


def table_of(letter: Letter) -> list[tuple[str, str, str, str]]:
    """The rows of corrections.csv under COLUMNS, newest first: in English, as every file."""
    with translation.override("en"):
        return [
            (
                row.changed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                row.kind,
                correction_words.note_of(row),
                "" if row.persons_after is None else str(row.persons_after),
            )
            for row in for_letter(letter)
        ]


# --- what the rooms below tell ---


def line_left(signature: Signature, how: str, *, was_counted: bool) -> None:
    """A confirmed line is printed no longer, or will not be again."""
    before = _newest(signature)
    is_off = before is not None and (before.kind, before.code) == (CorrectionKind.REMOVED, "held")
    if how == "withdrawn" and (was_counted or is_off):
        record(signature.letter, CorrectionKind.WITHDRAWN, version=signature.version)
    elif how == "hidden" and was_counted:
        record(signature.letter, CorrectionKind.NAME, signature=signature, code="hidden")
    elif how == "unprinted":  # it leads to nobody: the name may be printed again
        record(signature.letter, CorrectionKind.NAME, version=signature.version, code="unprinted")
    elif how == "held" and _was_printed(signature):
        record(signature.letter, CorrectionKind.REMOVED, signature=signature, code="held")
    elif how == "removed" and (was_counted or is_off):
        record(signature.letter, CorrectionKind.REMOVED, signature=signature, code=signature.removed_reason)


def line_back(signature: Signature, how: str) -> None:
    """A line is printed: an entry only where one says that it was taken off, or its name withheld."""
    before = _newest(signature)
    if before is None:
        return
    if how == "shown" and (before.kind, before.code) == (CorrectionKind.NAME, "hidden"):
        record(signature.letter, CorrectionKind.NAME, signature=signature, code="shown")
    elif how != "shown" and before.kind == CorrectionKind.REMOVED:
        record(signature.letter, CorrectionKind.RESTORED, signature=signature)


def line_changed(signature: Signature, fields: Collection[str]) -> None:
    """A printed line says something else: one entry for its name, one for what it says of work, one for its comment."""
    changed = set(fields)
    kinds = {
        CorrectionKind.NAME: changed & NAME_FIELDS,
        CorrectionKind.AFFILIATION: changed - NAME_FIELDS - COMMENT_FIELDS,
        CorrectionKind.COMMENT: changed & COMMENT_FIELDS if signature.consent_comment else changed & {SHOWN},
    }
    for kind, found in kinds.items():
        if found:
            record(signature.letter, kind, signature=signature)


def forget(signature: Signature) -> None:
    """No entry leads to this line any more. Idempotent."""
    Correction.objects.filter(signature=signature).update(signature=None)


def forget_unnamed(signature: Signature) -> None:
    """What is on record of a line without a name leads to nobody once the name is printed. Idempotent."""
    rows = Correction.objects.filter(signature=signature)
    hidden = rows.filter(kind=CorrectionKind.NAME, code="hidden").aggregate(newest=Max("id"))["newest"]
    rows.filter(kind__in=OFF, id__gt=hidden or 0).update(signature=None)


def _newest(signature: Signature) -> Correction | None:
    """The last entry about whether the line or its name is printed; what it says of itself is beside the point."""
    rows = Correction.objects.filter(signature=signature)
    whole = rows.filter(kind__in=OFF) | rows.filter(kind=CorrectionKind.NAME, code__in=["hidden", "shown"])
    return whole.order_by("-id").first()


def _was_printed(signature: Signature) -> bool:
    at = signature.confirmed_at
    return at is not None and at < timezone.now() - PRINTED_AFTER


def text_amended(letter: Letter, amendment: Amendment) -> None:
    """Readers see other words of the same meaning."""
    detail = {"label": amendment.label, "note": amendment.note}
    record(letter, CorrectionKind.LETTER_EDITORIAL, version=amendment.version, detail=detail)


def version_added(letter: Letter, version: Version) -> None:
    """Readers see a text that means something else, with a list of its own."""
    if version.number == 1:
        return
    note = Succession.objects.filter(version=version).values_list("note", flat=True).first() or ""
    detail = {"label": str(version.number), "note": note}
    record(letter, CorrectionKind.LETTER_VERSION, version=version, detail=detail)


@transaction.atomic
def decided_together(letter: Letter, batch: UUID, signatures: Collection[int], *, reason: str, is_undo: bool) -> None:
    """Sum the single entries of one batch of a decision about many up in one entry of the whole decision, in the
    batch's transaction. Where none was printed, nothing is written."""
    kind, code = (CorrectionKind.RESTORED, "undone") if is_undo else (CorrectionKind.REMOVED, reason)
    single = Correction.objects.filter(letter=letter, signature__in=signatures, batch__isnull=True, kind=kind)
    if not is_undo:
        single = single.filter(code=reason)
    single = single.filter(changed_at__gte=timezone.now() - timedelta(minutes=5))
    version_id = single.values_list("version", flat=True).first()
    amount = single.update(batch=batch)
    if not amount:
        return
    whole, is_new = Correction.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        batch=batch, kind=CorrectionKind.COUNT, code=code,
        defaults={
            "letter": letter, "version_id": version_id, "changed_at": timezone.now(), "detail": {"amount": amount},
        },
    )  # fmt: skip
    if not is_new:
        whole.detail["amount"] += amount
        whole.changed_at, whole.persons_after = timezone.now(), None
        whole.save(update_fields=["detail", "changed_at", "persons_after"])


def count_anew() -> int:
    """Write the published count into entries whose change the recount has seen; returns how many. Safe to run twice.

    Counting takes a tenth of a second for a million lines, so no signatory's withdrawal waits for it.
    """
    done = 0
    waiting = Correction.objects.filter(persons_after__isnull=True)
    for letter_id in waiting.order_by().values_list("letter", flat=True).distinct():
        tally = Tally.objects.filter(version__current_of=letter_id).first()
        if tally is not None:
            due = waiting.filter(letter=letter_id, changed_at__lt=tally.as_of)
            done += due.update(persons_after=tally.persons)
    return done
