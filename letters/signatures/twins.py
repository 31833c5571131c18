"""The lines of one person under several versions of a letter: whoever leaves is gone from all of them."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from letters.documents.models import Letter
from letters.signatures.models import Signature, SignatureQuerySet, SignatureState


def locked(public_id: UUID) -> list[Signature]:
    """The row and then its twins, the same person's rows under other versions, all locked until the transaction ends;
    empty when the row is gone.

    Always locked in one order, so that two links of one person never wait for each other; a twin that appears
    meanwhile is found.
    """
    wanted = Signature.objects.filter(public_id=public_id).first()
    if wanted is None:
        return []
    pks: set[int] = set()
    while not (found := _family(wanted)) <= pks:
        pks |= found
        query = Signature.objects.select_related("letter", "version").filter(pk__in=pks).order_by("pk")
        rows = list(query.select_for_update(of=("self",), no_key=True))
        wanted = next((row for row in rows if row.pk == wanted.pk), wanted)
    return sorted(rows, key=lambda row: row.pk != wanted.pk)


def _family(wanted: Signature) -> set[int]:
    """Row ids: by the address while it is kept, and by the chain of lines that were carried over. An attempt that waits
    is nobody's line yet."""
    if wanted.state == SignatureState.PENDING:
        return {wanted.pk}
    others = Signature.objects.filter(letter_id=wanted.letter_id).exclude(state=SignatureState.PENDING)
    others = others.exclude(version_id=wanted.version_id)
    found = {wanted.pk, *others.same_address(wanted).values_list("pk", flat=True)}
    while True:
        linked = others.filter(Q(carried_from__in=found) | Q(carried_to__in=found)).values_list("pk", flat=True)
        if set(linked) <= found:
            return found
        found |= set(linked)


def standing_of(signature: Signature) -> list[Signature]:
    """The same person's standing lines under other versions, the oldest version first; nothing is locked."""
    return [row for row in rows_of(signature) if row.is_confirmed]


def rows_of(signature: Signature) -> list[Signature]:
    """The same with those that ended or were removed."""
    pks = _family(signature) - {signature.pk}
    if not pks:
        return []
    rows = Signature.objects.filter(pk__in=pks).select_related("letter", "version")
    return list(rows.order_by("version__number", "pk"))


def reached(letter: Letter) -> SignatureQuerySet:
    """The lines of a letter by which their owners may be written to: standing, not held, no sample, the address kept.
    Of one person's lines under several versions the newest of these: what was ticked there counts."""
    rows = Signature.objects.confirmed().filter(
        letter=letter, is_sample=False, held_reason="", email_sealed__isnull=False
    )
    if letter.version is None or letter.version.number == 1:
        return rows
    newer = rows.filter(version__number__gt=OuterRef("version__number"))
    for index in ("email_index_odd", "email_index_even"):  # one at a time, so that each is an index's business
        rows = rows.filter(~Exists(newer.filter(**{index: OuterRef(index)})))
    return rows


def among(rows: Iterable[Signature], versions: Collection[int]) -> list[Signature]:
    """Those of the rows that stand under one of the versions with these numbers."""
    return [row for row in rows if row.version.number in versions]
