"""Lines beside each other: what is proven of each, and where they differ. Reads only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.moderation import selecting
from letters.moderation.models import Case
from letters.signatures.models import Signature
from letters.verification import assurance, assuring
from letters.verification.models import Evidence

MOST_LIKE = 10


@dataclass(frozen=True)
class Shown:
    """One evidence row as a reviewer reads it."""

    row: Evidence
    sentence: str


@dataclass(frozen=True)
class Part:
    """One part of two lines."""

    label: str | Promise
    mine: str
    other: str
    differs: bool


@dataclass(frozen=True)
class Twin:
    """Another line beside the one of the case; ``parts`` that differ come as they stand in the line."""

    row: Signature
    parts: list[Part]
    evidence: list[Shown]


def evidence_of(signatures: Sequence[Signature]) -> dict[int, list[Shown]]:
    """{row number: every evidence row, voided ones last, newest first}, each with the sentence that it alone would
    make. One query for all of them."""
    known = {signature.pk: signature for signature in signatures}
    found: dict[int, list[Shown]] = {pk: [] for pk in known}
    rows = Evidence.objects.filter(signature__in=known).select_related("organization", "reviewer")
    for row in rows.order_by("voided_at", "-checked_at", "-id"):
        sentence = assurance.assess(assuring.facts_of(known[row.signature_id], [row])).sentence
        found[row.signature_id].append(Shown(row, sentence))
    return found


def likenesses(case: Case) -> list[Signature]:
    """Lines under the same text with the same folded name and affiliation, and the one that the case names. Two seeks
    in indexes."""
    signature = case.signature
    others = Signature.objects.exclude(pk=signature.pk).select_related("version", "letter")
    found: list[Signature] = []
    if signature.search_text:
        same = others.filter(version_id=signature.version_id, search_text=signature.search_text)
        found = list(same.filter(state="confirmed").order_by("confirmed_at", "id")[:MOST_LIKE])
        found += same.filter(state="removed").order_by("confirmed_at", "id")[: MOST_LIKE - len(found)]
    if case.other_id and case.other_id not in {row.pk for row in found}:
        found = [*others.filter(Q(pk=case.other_id) & ~Q(state="pending")), *found][:MOST_LIKE]
    return found


def twins(case: Case, rows: Sequence[Signature], evidence: dict[int, list[Shown]]) -> list[Twin]:
    """Each of ``rows`` beside the line of the case, part by part."""
    domain = selecting.domain_of(case.signature) if rows else ""
    return [Twin(row, _parts(case.signature, row, domain), evidence.get(row.pk, [])) for row in rows]


_PARTS: list[tuple[str | Promise, Callable[[Signature], str]]] = [
    (gettext_lazy("Name"), lambda row: row.display_name),
    (gettext_lazy("Position"), lambda row: row.position),
    (gettext_lazy("Affiliation"), lambda row: row.affiliation),
    (gettext_lazy("Tie to it"), lambda row: str(row.get_affiliation_status_display())),
    (gettext_lazy("Country"), lambda row: row.country_name),
    (gettext_lazy("Comment"), lambda row: row.comment),
    (gettext_lazy("State"), lambda row: str(row.get_state_display())),
    (gettext_lazy("Place"), lambda row: str(row.get_role_display())),
    (gettext_lazy("Text"), lambda row: _("version {number}").format(number=row.version.number)),
    (gettext_lazy("Confirmed"), lambda row: _time(row)),
]


def _parts(mine: Signature, other: Signature, domain: str) -> list[Part]:
    read = [(label, of(mine), of(other)) for label, of in _PARTS]
    parts = [Part(label, one, two, one != two) for label, one, two in read if one or two]
    # Of the sealed addresses, in memory alone: a reviewer reads whether they agree, not what they are.
    is_same = domain == selecting.domain_of(other)
    parts.append(_agreement(gettext_lazy("Mail domain"), is_same, _("another")))
    if mine.network is not None and other.network is not None:
        is_same = bytes(mine.network) == bytes(other.network)
        parts.append(_agreement(gettext_lazy("Network"), is_same, _("another, or another week")))
    return parts


def _agreement(label: str | Promise, is_same: bool, another: str) -> Part:
    """A part of which a reviewer reads no more than whether it agrees."""
    same = _("the same")
    return Part(label, same, same, differs=False) if is_same else Part(label, _("not shown"), another, differs=True)


def _time(row: Signature) -> str:
    return f"{date_format(row.confirmed_at, 'j F Y, H:i:s')} UTC" if row.confirmed_at else ""
