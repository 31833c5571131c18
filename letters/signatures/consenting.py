"""The lines of consent of single teams behind a letter: ticked on the form, given when the mail is answered, changed on
the signatory's own page. A tick that was not confirmed is nobody's consent."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from letters.documents.models import Letter, LetterTeam
from letters.ledger import audit
from letters.signatures import twins
from letters.signatures.models import Signature, TeamConsent


@dataclass(frozen=True)
class TeamLine:
    """What one team asks, in its own words."""

    key: str
    text: str
    team: str

    @property
    def sha256(self) -> str:
        """Names the exact wording (GDPR Art. 7(1))."""
        return hashlib.sha256(f"{self.text}\n{self.team}".encode()).hexdigest()


def line_of(link: LetterTeam) -> TeamLine:
    """What a team behind a letter asks now. Needs its team."""
    return TeamLine(link.public_id.hex, link.consent_line, link.team.name)


def lines_of(letter: Letter) -> tuple[TeamLine, ...]:
    """The lines that the form of a letter asks, the owning team's first. One query for one letter object."""
    found: tuple[TeamLine, ...] | None = getattr(letter, "_team_lines", None)
    if found is None:
        rows = LetterTeam.objects.filter(letter_id=letter.pk).exclude(consent_line="").order_by("-is_owner", "pk")
        asked = rows.values_list("public_id", "consent_line", "team__name")
        found = tuple(TeamLine(public_id.hex, text, team) for public_id, text, team in asked)
        letter._team_lines = found  # type: ignore[attr-defined] # pages of a second share the letter
    return found


def keep(signature: Signature, ticks: Iterable[Sequence[str]], *, at: datetime) -> None:
    """Turn the ticks of an attempt that is confirmed now into consents: of teams that still stand behind the letter and
    still ask in the very words that were ticked."""
    hashes = {tick[0]: tick[1] for tick in ticks}
    links = LetterTeam.objects.filter(letter_id=signature.letter_id, public_id__in=list(hashes)).select_related("team")
    TeamConsent.objects.bulk_create(
        TeamConsent(signature=signature, letter_team=link, text_sha256=line_of(link).sha256, given_at=at)
        for link in links
        if hashes[link.public_id.hex] == line_of(link).sha256
    )


def given_by(signature: Signature) -> list[dict[str, Any]]:
    """Every line that the letter asks, and whether this signatory agrees to it, in these words."""
    rows = signature.team_consents.values_list("letter_team__public_id", "text_sha256")
    ticked = {(public_id.hex, sha256) for public_id, sha256 in rows}
    return [
        {"key": line.key, "text": line.text, "team": line.team, "given": (line.key, line.sha256) in ticked}
        for line in lines_of(signature.letter)
    ]


@transaction.atomic
def change(public_id: UUID, keys: Collection[str]) -> None:
    """Agree to these teams' lines and to no other, under every version of the letter. Idempotent.

    A line that was agreed to before keeps its time; who agreed to other words of that team agrees anew. Audited by the
    number of lines.
    """
    now = timezone.now()
    rows = [row for row in twins.locked(public_id) if row.is_confirmed]
    for row in rows:
        lines = {line.key: line for line in lines_of(row.letter)}
        wanted = {key for key in keys if key in lines}
        before = {consent.letter_team.public_id.hex: consent for consent in _consents(row)}
        kept = {key for key in wanted & before.keys() if before[key].text_sha256 == lines[key].sha256}
        gone = [consent.pk for key, consent in before.items() if key not in kept]
        TeamConsent.objects.filter(pk__in=gone).delete()
        new = wanted - kept
        keep(row, [(key, lines[key].sha256) for key in new], at=now)
        if gone or new:
            audit.record(audit.Action.CONSENTS_CHANGED, row, by="signatory", detail=f"+{len(new)},-{len(gone)}")


def _consents(signature: Signature) -> list[TeamConsent]:
    return list(signature.team_consents.select_related("letter_team"))


def data_of(signature: Signature) -> list[dict[str, str]]:
    """What is stored of them, for the person alone."""
    rows = signature.team_consents.select_related("letter_team__team").order_by("pk")
    return [
        {"team": row.letter_team.team.name, "text_sha256": row.text_sha256, "given_at": row.given_at.isoformat()}
        for row in rows
    ]
