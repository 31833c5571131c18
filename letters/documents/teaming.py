"""Teams behind a letter: the owning one, others that join it on accepted terms, and handing a letter over."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts import permissions
from letters.accounts.models import Team, User
from letters.accounts.permissions import Permission
from letters.core import typed
from letters.core.errors import RuleError
from letters.documents import standing
from letters.documents.models import Letter, LetterTeam, TeamOffer
from letters.ledger import audit
from letters.outbox import queueing, suppressing

OFFER = "letter_offer"  # kind of the mail
LINE_MAX = 300
MOST_TEAMS = 20  # behind one letter
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class NoSuchTeam(RuleError):
    code = "no-such-team"
    default = gettext_lazy(
        "No team has this address. Ask the other team to copy the address of its page at the desk, whole."
    )


class OfferOver(RuleError):
    code = "offer-over"
    default = gettext_lazy("This offer was answered or taken back meanwhile. Open the page anew.")


class AlreadyOffered(RuleError):
    code = "already-offered"
    default = gettext_lazy("This team has an offer that it has not answered. Take that back first.")


class OwnTeam(RuleError):
    code = "own-team"
    default = gettext_lazy("This team owns the letter already.")


class NotYours(RuleError):
    code = "not-yours"
    default = gettext_lazy("Only an owner of the team can do this.")


class NotOrphaned(RuleError):
    code = "not-orphaned"
    default = gettext_lazy(
        "The team that owns this letter has active members. Its owners can offer the letter to another team."
    )


@dataclass(frozen=True)
class Terms:
    """On what terms a team stands behind a letter. ``line`` is asked on the form; empty: nothing is asked for it."""

    may_work: bool = False
    may_export: bool = False
    line: str = ""


@transaction.atomic
def own(letter: Letter, team: Team, *, by: User) -> LetterTeam:
    """Make a team the owner of a letter that nobody owns, such as a new one. Raises OwnTeam."""
    try:
        with transaction.atomic():
            link = LetterTeam.objects.create(letter=letter, team=team, is_owner=True, may_work=True, may_export=True)
    except IntegrityError:
        raise OwnTeam from None
    audit.record(audit.Action.LETTER_GIVEN, letter, by=_actor(by), detail=str(team.public_id))
    return link


def team_named(text: str) -> Team:
    """The team that an organiser means by the address of its page, or by the random part of that. Raises NoSuchTeam."""
    found = _UUID.search(text.strip().lower())
    team = Team.objects.filter(public_id=UUID(found[0])).first() if found else None
    if team is None:
        raise NoSuchTeam
    return team


@transaction.atomic
def offer(letter: Letter, team: Team, terms: Terms, *, by: User) -> TeamOffer:
    """Ask a team to stand behind the letter on these terms, new ones where it does already, and tell its owners by
    mail. Nothing changes before one of them accepts: nobody speaks for people who did not agree.

    Raises:
        OwnTeam, AlreadyOffered.
        RuleError: too many teams, the line cannot be printed, or an export without a line that people agree to.
    """
    line = typed.clean(terms.line, most=LINE_MAX)
    if terms.may_export and not line:
        raise RuleError(
            _("A team that exports addresses needs its own line of consent: only who ticks it is exported."),
            code="line",
        )
    if letter.teams.count() + letter.offers.count() >= MOST_TEAMS:
        raise RuleError(_("At most {most} teams stand behind a letter.").format(most=MOST_TEAMS), code="too-many")
    return _store(letter, team, by, may_work=terms.may_work, may_export=terms.may_export, consent_line=line)


@transaction.atomic
def hand_over(letter: Letter, team: Team, *, by: User) -> TeamOffer:
    """Offer the letter itself to another team, whose owners are told by mail; until one of them accepts, it can be
    taken back.

    Raises:
        OwnTeam, AlreadyOffered.
    """
    if letter.offers.filter(is_transfer=True).exists():
        raise AlreadyOffered(_("This letter is offered to a team already. Take that offer back first."))
    return _store(letter, team, by, is_transfer=True)


def _store(letter: Letter, team: Team, by: User, **terms: bool | str) -> TeamOffer:
    if LetterTeam.objects.filter(letter=letter, team=team, is_owner=True).exists():
        raise OwnTeam
    try:
        with transaction.atomic():
            row = TeamOffer.objects.create(
                letter=letter, team=team, offered_by=by, offered_at=timezone.now(), **terms
            )  # fmt: skip
    except IntegrityError:
        raise AlreadyOffered from None
    kind = "transfer" if row.is_transfer else "join"
    audit.record(audit.Action.LETTER_OFFERED, letter, by=_actor(by), detail=f"{kind} {team.public_id}")
    for place, user in enumerate(owners_of(team)):
        recipient = suppressing.index_of(user.email)
        queueing.queue(OFFER, row.public_id, scope=str(letter.pk), recipient_index=recipient, serial=place)
    return row


def offers_to(team: Team) -> QuerySet[TeamOffer]:
    """What waits for the answer of a team, oldest first."""
    rows = TeamOffer.objects.filter(team=team).select_related("letter__version", "letter__amendment", "team")
    return rows.order_by("offered_at")


def offers_for(user: User) -> QuerySet[TeamOffer]:
    """What waits for this person's answer, in all teams that they own. One query."""
    rows = TeamOffer.objects.filter(team__in=owned_by(user).values("pk"))
    return rows.select_related("letter__version", "letter__amendment", "team").order_by("offered_at")


def owned_by(user: User) -> QuerySet[Team]:
    """The teams that a person answers for as a member; operators answer for none by being operators."""
    return permissions.teams_of(user, Permission.MANAGE_TEAM).filter(
        memberships__user=user, memberships__role__in=permissions.roles_with(Permission.MANAGE_TEAM)
    )


def owners_of(team: Team) -> QuerySet[User]:
    """Active members who can answer for a team."""
    roles = permissions.roles_with(Permission.MANAGE_TEAM)
    return User.objects.filter(memberships__team=team, memberships__role__in=roles, is_active=True).order_by("pk")


@transaction.atomic
def take_back(offer: TeamOffer, *, by: User) -> None:
    """End an offer before it is answered. Raises OfferOver."""
    row = _locked(offer)
    audit.record(audit.Action.LETTER_OFFER_REVOKED, row.letter, by=_actor(by), detail=str(row.team.public_id))
    _end(row)


@transaction.atomic
def refuse(offer: TeamOffer, *, by: User) -> None:
    """Say no for the team that was asked.

    Raises:
        OfferOver: answered or taken back meanwhile.
        NotYours: ``by`` does not own that team.
    """
    row = _locked(offer, by)
    audit.record(audit.Action.LETTER_OFFER_REFUSED, row.letter, by=_actor(by), detail=str(row.team.public_id))
    _end(row)


@transaction.atomic
def accept(offer: TeamOffer, *, by: User) -> LetterTeam:
    """Say yes for the team that was asked: it stands behind the letter on those terms, or owns it from now on. The
    owner of before stays behind a letter that was handed over, reads it, and can be removed by the new one; its open
    offers end. A team whose line of consent changes loses the consents to the words of before.

    Raises:
        OfferOver: answered or taken back meanwhile.
        NotYours: ``by`` does not own that team.
    """
    row = _locked(offer, by)
    link = _change_owner(row.letter, row.team) if row.is_transfer else _take_terms(row)
    action = audit.Action.LETTER_GIVEN if row.is_transfer else audit.Action.LETTER_TEAM_JOINED
    audit.record(action, row.letter, by=_actor(by), detail=str(row.team.public_id))
    _end(row)
    return link


def _end(row: TeamOffer) -> None:
    """The offer is over, and so are its mails that have not left."""
    queueing.forget(row.public_id)
    row.delete()


def _take_terms(row: TeamOffer) -> LetterTeam:
    for before in LetterTeam.objects.filter(letter=row.letter, team=row.team).exclude(consent_line=row.consent_line):
        before.consents.all().delete()  # nobody agreed to the new words
    terms = {"may_work": row.may_work, "may_export": row.may_export, "consent_line": row.consent_line}
    link, _is_new = LetterTeam.objects.update_or_create(letter=row.letter, team=row.team, defaults=terms)
    return link


def _change_owner(letter: Letter, team: Team) -> LetterTeam:
    """The one place where a letter changes hands: nothing that the former owner offered can be accepted any more."""
    letter.offers.all().delete()
    former = LetterTeam.objects.filter(letter=letter, is_owner=True).exclude(team=team)
    former.update(is_owner=False, may_work=False, may_export=False)
    rights = {"is_owner": True, "may_work": True, "may_export": True}
    link, _is_new = LetterTeam.objects.update_or_create(letter=letter, team=team, defaults=rights)
    return link


def _locked(offer: TeamOffer, by: User | None = None) -> TeamOffer:
    """The offer, with its letter locked: of two answers at once the second finds nothing."""
    Letter.objects.select_for_update().get(pk=offer.letter_id)
    row = TeamOffer.objects.select_related("letter", "team").filter(pk=offer.pk).first()
    if row is None:
        raise OfferOver
    if by is not None and not owned_by(by).filter(pk=row.team_id).exists():
        raise NotYours
    return row


@transaction.atomic
def remove(link: LetterTeam, *, by: User) -> None:
    """End that a team stands behind a letter, by the owner of the letter or by that team itself; what signatories
    agreed to for it is deleted with it.

    Raises:
        RuleError: the team owns the letter, which is handed over instead.
        NotYours: ``by`` owns neither the letter nor that team.
    """
    if link.is_owner:
        raise RuleError(_("This team owns the letter. Offer the letter to another team instead."), code="owner")
    is_theirs = permissions.allowed(by, link.team, Permission.MANAGE_TEAM)
    if not is_theirs and not standing.may(by, link.letter, Permission.MANAGE_TEAM):
        raise NotYours
    audit.record(audit.Action.LETTER_TEAM_REMOVED, link.letter, by=_actor(by), detail=str(link.team.public_id))
    link.delete()


@transaction.atomic
def give(letter: Letter, team: Team, *, by: str) -> LetterTeam:
    """An operator gives a letter that nobody can look after any more to a team. Offers of the letter end.

    Raises:
        NotOrphaned: its owning team has an active member.
    """
    Letter.objects.select_for_update().get(pk=letter.pk)
    if not is_orphaned(letter):
        raise NotOrphaned
    link = _change_owner(letter, team)
    audit.record(audit.Action.LETTER_GIVEN, letter, by=by, detail=str(team.public_id))
    return link


def is_orphaned(letter: Letter) -> bool:
    """True when nobody owns the letter, or the owning team has no active member left."""
    owner = standing.owner_of(letter)
    return owner is None or not owner.memberships.filter(user__is_active=True).exists()


def orphaned() -> QuerySet[Letter]:
    """The letters that an operator may give to a team, oldest first."""
    kept = LetterTeam.objects.filter(is_owner=True, team__memberships__user__is_active=True)
    return Letter.objects.exclude(pk__in=kept.values("letter")).select_related("version", "amendment").order_by("pk")


def _actor(user: User) -> str:
    return f"user:{user.pk}"
