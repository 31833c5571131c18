"""Teams: making one, asking people in, giving them roles, and parting. A team always keeps an owner."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts.models import TEAM_INVITATION_KEPT, Membership, Team, TeamInvitation, TeamRole, User
from letters.core import addresses, tokens, typed
from letters.core.errors import RuleError
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.outbox.models import Suppression

TEAM_INVITATION = "team_invitation"  # kind of the mail, purpose of the token
NAME_MAX = 100
# What mail programs make a link of, “evil.com” too; not “St. Mary”, “e.V.” or “i.Br.”.
_LINKS = re.compile(r"://|(?i:www\.)|[^\W_]{2}\.(?:[a-z]{2,24}|[A-Z]{2,24})\b|\.(?i:com|org|net|info|biz|io|ru)\b")
MOST_OPEN = 50  # invitations that wait for an answer, in one team
MOST_TEAMS = 20  # that one person makes


class NameRefused(RuleError):
    code = "team-name"
    default = gettext_lazy("Enter a name for the team, such as Friends of the Library.")


class AlreadyMember(RuleError):
    code = "already-member"
    default = gettext_lazy("This person is in the team already. Change the role in the list of members.")


class AlreadyAsked(RuleError):
    code = "already-asked"
    default = gettext_lazy("This address was invited and has not answered yet. Take the invitation back to ask anew.")


class MailBlocked(RuleError):
    code = "mail-blocked"
    default = gettext_lazy("This address takes no mail from this site: its owner asked so, or mail to it came back.")


class TooMany(RuleError):
    code = "too-many"


class InvitationOver(RuleError):
    code = "invitation-over"
    default = gettext_lazy(
        "This invitation was answered or taken back, or it is older than fourteen days. Ask the team to invite you "
        "anew."
    )


class NotForYou(RuleError):
    code = "not-for-you"
    default = gettext_lazy(
        "This invitation was sent to another address than the one you are logged in with. Log in with that address, "
        "or ask the team to invite this one."
    )


class LastOwner(RuleError):
    code = "last-owner"
    default = gettext_lazy("A team keeps at least one owner. Make somebody else an owner first.")


class NotThere(RuleError):
    code = "not-a-member"
    default = gettext_lazy("This person is not in the team any more. Open the page anew.")


@transaction.atomic
def create(name: str, *, by: User) -> Team:
    """Make a team that ``by`` owns.

    Raises:
        NameRefused: the name is empty, too long, or could pass for an advertisement in the mails that carry it.
        TooMany: this person owns MOST_TEAMS.
    """
    if Membership.objects.filter(user=by, role=TeamRole.OWNER).count() >= MOST_TEAMS:
        raise TooMany(_("You own {most} teams; that is the most for one person.").format(most=MOST_TEAMS))
    team = Team.objects.create(name=clean_name(name))
    Membership.objects.create(team=team, user=by, role=TeamRole.OWNER)
    audit.record(audit.Action.TEAM_CREATED, team, by=_actor(by))
    return team


def clean_name(name: str) -> str:
    """The name as it is stored: one line without anything that a mail program would make a link of."""
    cleaned = typed.clean(name, most=NAME_MAX)
    if not cleaned:
        raise NameRefused
    if "@" in cleaned or _LINKS.search(cleaned):
        raise NameRefused(_("Leave web and e-mail addresses out of the team's name: it stands in mails to people."))
    return cleaned


@transaction.atomic
def rename(team: Team, name: str, *, by: User) -> None:
    """Give the team another name. Raises NameRefused as ``create``."""
    team.name = clean_name(name)
    team.save(update_fields=["name"])
    audit.record(audit.Action.TEAM_RENAMED, team, by=_actor(by))


def invite(team: Team, email: str, role: str, *, by: User) -> TeamInvitation:
    """Ask an address to join; the row and the mail are stored, both or neither. The address is kept sealed.

    Raises:
        AddressRefused, AlreadyMember, AlreadyAsked, MailBlocked, TooMany.
    """
    address = addresses.parse(email)
    _refuse_address(team, address)
    row = TeamInvitation(team=team, role=TeamRole(role), invited_by=by, sent_at=timezone.now())
    row.set_email(address)
    mail = queueing.drafted(TEAM_INVITATION, row.public_id, recipient_index=suppressing.index_of(address))
    try:
        with transaction.atomic():
            queueing.queue_with(row, mail)
            audit.record(audit.Action.TEAM_INVITED, row, by=_actor(by), detail=f"{team.public_id} {row.role}")
    except IntegrityError:
        raise AlreadyAsked from None
    return TeamInvitation.objects.select_related("team", "invited_by").get(public_id=row.public_id)


def _refuse_address(team: Team, address: str) -> None:
    canonical = addresses.canonical(address)
    members = Membership.objects.filter(team=team).values_list("user__email", flat=True)
    if canonical in {addresses.canonical(member) for member in members}:
        raise AlreadyMember
    open_ones = team.invitations.filter(sent_at__gt=timezone.now() - TEAM_INVITATION_KEPT)
    if open_ones.filter(email_index=TeamInvitation.index_of(team.pk, address)).exists():
        raise AlreadyAsked
    with transaction.atomic():
        for over in team.invitations.filter(email_index=TeamInvitation.index_of(team.pk, address)):
            _end(over)
    if open_ones.count() >= MOST_OPEN:
        raise TooMany(_("{most} invitations wait for an answer. Take some back first.").format(most=MOST_OPEN))
    if Suppression.objects.filter(recipient_index=suppressing.index_of(address)).exists():
        raise MailBlocked


def token_for(invitation: TeamInvitation) -> str:
    return tokens.make(TEAM_INVITATION, invitation.public_id)


def invitation_for(token: str) -> TeamInvitation:
    """The open invitation of a mail link.

    Raises:
        LinkInvalid: the link was altered or cut.
        InvitationOver: answered, taken back, or too old.
    """
    public_id = tokens.read(TEAM_INVITATION, token)
    rows = TeamInvitation.objects.select_related("team", "invited_by")
    row = rows.filter(public_id=public_id, sent_at__gt=timezone.now() - TEAM_INVITATION_KEPT).first()
    if row is None:
        raise InvitationOver
    return row


def is_for(invitation: TeamInvitation, address: str) -> bool:
    """True when this is the address that was asked, in whatever spelling."""
    return bytes(invitation.email_index) == TeamInvitation.index_of(invitation.team_id, address)


@transaction.atomic
def join(invitation: TeamInvitation, *, by: User) -> Membership:
    """Make the invited person a member; the invitation and its address are gone. A link that was forwarded joins
    nobody else: the login must have the invited address, and a login is only opened with a confirmed one.

    Raises:
        NotForYou: the person logged in with another address.
        InvitationOver: somebody answered it or took it back meanwhile.
    """
    row = TeamInvitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if row is None:
        raise InvitationOver
    if not is_for(row, by.email):
        raise NotForYou
    member, is_new = Membership.objects.get_or_create(team=row.team, user=by, defaults={"role": row.role})
    if is_new:
        audit.record(audit.Action.TEAM_JOINED, row.team, by=_actor(by), detail=row.role)
    _end(row)
    return member


@transaction.atomic
def decline(invitation: TeamInvitation) -> None:
    """Say no: the invitation and its address are gone. Whoever holds the link may; no login is needed."""
    audit.record(audit.Action.TEAM_DECLINED, invitation, by="invited")
    _end(invitation)


@transaction.atomic
def revoke(invitation: TeamInvitation, *, by: User) -> None:
    """Take an invitation back: its link opens nothing, its mail is not sent if it has not left."""
    audit.record(audit.Action.TEAM_INVITATION_REVOKED, invitation, by=_actor(by))
    _end(invitation)


def _end(invitation: TeamInvitation) -> None:
    queueing.forget(invitation.public_id)
    invitation.delete()


@transaction.atomic
def change_role(member: Membership, role: str, *, by: User) -> None:
    """Give a member another role.

    Raises:
        NotThere: the person has left meanwhile.
        LastOwner: nobody else would own the team.
    """
    row = _locked(member)
    wanted = TeamRole(role)
    if row.role == wanted:
        return
    if wanted != TeamRole.OWNER:
        _keep_an_owner(row)
    row.role = wanted
    row.save(update_fields=["role"])
    audit.record(audit.Action.TEAM_ROLE_CHANGED, row.team, by=_actor(by), detail=f"user:{row.user_id} {wanted}")


@transaction.atomic
def remove(member: Membership, *, by: User) -> None:
    """End a membership, one's own as well.

    Raises:
        NotThere: the person has left meanwhile.
        LastOwner: nobody else would own the team.
    """
    row = _locked(member)
    _keep_an_owner(row)
    is_own = row.user_id == by.pk
    action = audit.Action.TEAM_LEFT if is_own else audit.Action.TEAM_MEMBER_REMOVED
    audit.record(action, row.team, by=_actor(by), detail=f"user:{row.user_id}")
    row.delete()


def _locked(member: Membership) -> Membership:
    """The membership, with its team locked: two owners who demote each other at once leave one."""
    Team.objects.select_for_update().get(pk=member.team_id)
    row = Membership.objects.select_related("team").filter(pk=member.pk).first()
    if row is None:
        raise NotThere
    return row


def _keep_an_owner(row: Membership) -> None:
    owners = Membership.objects.filter(team=row.team_id, role=TeamRole.OWNER, user__is_active=True)
    if row.role == TeamRole.OWNER and not owners.exclude(pk=row.pk).exists():
        raise LastOwner


def forget_old(*, now: datetime) -> int:
    """Delete invitations that nobody answered within TEAM_INVITATION_KEPT; returns how many. Safe to run twice."""
    rows = TeamInvitation.objects.filter(sent_at__lte=now - TEAM_INVITATION_KEPT)
    for row in rows:
        _end(row)
    return len(rows)


def _actor(user: User) -> str:
    return f"user:{user.pk}"
