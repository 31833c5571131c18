"""Addresses for those who were promised them: a list for each consent, streamed once, stored nowhere, and logged.

Nobody is in a list who did not tick its very line. The journalists' files are in ``exports`` and hold no address.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.accounts import permissions
from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.core import typed
from letters.core.errors import RuleError
from letters.documents.models import Letter, LetterTeam
from letters.ledger import audit
from letters.outbox import suppressing
from letters.outbox.models import Suppression
from letters.press.columns import guarded
from letters.press.enums import PURPOSE_MAX, Purpose
from letters.press.models import Export
from letters.signatures import consenting, twins
from letters.signatures.models import AnonymousLine, Signature
from letters.signatures.signing import NAME_WITHHELD

COLUMNS = (
    "signature_id", "display_name", "email", "position", "affiliation", "country", "consent", "consent_text_sha256",
    "consent_given_at",
)  # fmt: skip
UPDATES = "updates"
REASON_LEAST = 10
PAGE_ROWS = 1000
LOG_SHOWN = 50


class NoSuchList(RuleError):
    code = "no-such-list"
    default = _("Choose one of the lists that your team may export.")


@dataclass(frozen=True)
class ContactList:
    """One list that somebody may take: all who agreed to updates, or those who ticked one team's line."""

    key: str
    link: LetterTeam | None
    people: int


def lists_for(user: User, letter: Letter) -> list[ContactList]:
    """The lists that a person may take: updates for the owning team, each team's line for that team alone.

    Operators may take all of them. Counts those whose address is kept.
    """
    teams = permissions.teams_of(user, Permission.EXPORT)
    links = list(LetterTeam.objects.filter(letter=letter).select_related("team").order_by("-is_owner", "pk"))
    own = set(teams.filter(pk__in=[link.team_id for link in links]).values_list("pk", flat=True))
    found = []
    if user.is_staff or any(link.is_owner and link.team_id in own for link in links):
        found.append(ContactList(UPDATES, None, _rows(letter, None).count()))
    for link in links:
        if link.team_id in own and (link.is_owner or link.may_export) and link.consent_line:
            found.append(ContactList(link.public_id.hex, link, _rows(letter, link).count()))
    return found


def _rows(letter: Letter, link: LetterTeam | None) -> models.QuerySet[Signature]:
    """Signatures that can be written to, with the consent, to the very words that the team asks now."""
    rows = twins.reached(letter)
    if link is None:
        return rows.filter(consent_updates=True)
    words = consenting.line_of(link).sha256
    return rows.filter(team_consents__letter_team=link, team_consents__text_sha256=words)


@transaction.atomic
def export(
    letter: Letter, key: str, *, by: User, purpose: str, reason: str, bom: bool = False, now: datetime | None = None
) -> Iterator[bytes]:
    """Note in the log and in the audit trail that a list is taken, and return the file in chunks.

    CSV as the public files are: UTF-8 (``bom`` for old spreadsheets), CRLF, every cell quoted and guarded against
    formulas. Addresses that asked for no more mail since are left out.

    Raises:
        NoSuchList: this person may not take this list.
        RuleError: ``code="reason"``, the purpose is not said in words.
    """
    chosen = next((found for found in lists_for(by, letter) if found.key == key), None)
    if chosen is None or purpose not in Purpose.values:
        raise NoSuchList
    reason = typed.clean(reason, most=PURPOSE_MAX)
    if len(reason) < REASON_LEAST:
        raise RuleError(_("Say in a few words what the list is for."), code="reason")
    row = Export.objects.create(
        letter=letter, letter_team=chosen.link, made_by=by, made_at=now or timezone.now(), purpose=purpose,
        reason=reason, people=chosen.people,
    )  # fmt: skip
    audit.record(audit.Action.CONTACTS_EXPORTED, row, by=f"user:{by.pk}", detail=f"{purpose},{chosen.people}")
    return _csv(letter, chosen.link, bom=bom)


def _csv(letter: Letter, link: LetterTeam | None, *, bom: bool) -> Iterator[bytes]:
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    buffer.write("\ufeff" if bom else "")
    writer.writerow(COLUMNS)
    last = 0
    while rows := list(_rows(letter, link).filter(pk__gt=last).order_by("pk")[:PAGE_ROWS]):
        given, unnamed = _given(rows, link), _unnamed(rows)
        for signature, address in _reachable(rows):
            words = _WITHHELD if signature.pk in unnamed else _words(signature)
            writer.writerow(_cells(signature, address, words, link, given))
        last = rows[-1].pk
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _reachable(rows: list[Signature]) -> list[tuple[Signature, str]]:
    """The rows with their addresses, without those that must not be mailed."""
    found = [(signature, address, suppressing.index_of(address)) for signature in rows if (address := signature.email)]
    indexes = {index for _signature, _address, index in found}
    blocked = Suppression.objects.filter(recipient_index__in=indexes).values_list("recipient_index", flat=True)
    gone = {bytes(index) for index in blocked}  # one address may have two lines of the page
    return [(signature, address) for signature, address, index in found if index not in gone]


def _unnamed(rows: list[Signature]) -> set[int]:
    """Row ids of those who withhold their names: only who checks them learns them, whoever else may write to them."""
    lines = AnonymousLine.objects.standing().filter(signature__in=[row.pk for row in rows])
    return set(lines.values_list("signature_id", flat=True))


_WITHHELD = (NAME_WITHHELD, "", "", "")


def _words(row: Signature) -> tuple[str, str, str, str]:
    return row.display_name, row.position, row.affiliation, row.country


def _given(rows: list[Signature], link: LetterTeam | None) -> dict[int, tuple[str, datetime]]:
    """{row: (hash of the wording, when)}: an own tick has its own, updates are agreed to with the signature."""
    if link is None:
        return {row.pk: (row.consent_text_sha256, row.confirmed_at or row.signed_at) for row in rows}
    consents = link.consents.filter(signature__in=[row.pk for row in rows])
    return {pk: (sha256, at) for pk, sha256, at in consents.values_list("signature", "text_sha256", "given_at")}


def _cells(
    row: Signature,
    address: str,
    words: tuple[str, str, str, str],
    link: LetterTeam | None,
    given: dict[int, tuple[str, datetime]],
) -> tuple[str, ...]:
    (sha256, at), (name, *others) = given[row.pk], words
    cells = (name, address, *others, link.team.name if link else UPDATES)
    return (str(row.public_id), *map(guarded, cells), sha256, at.isoformat(timespec="seconds"))


def log(letter: Letter, lists: list[ContactList]) -> list[Export]:
    """The latest exports of a letter; who may take one team's list alone sees that list's."""
    rows = Export.objects.filter(letter=letter).select_related("made_by", "letter_team__team")
    if not any(found.link is None for found in lists):
        rows = rows.filter(letter_team__in=[found.link.pk for found in lists if found.link])
    return list(rows.order_by("-made_at")[:LOG_SHOWN])
