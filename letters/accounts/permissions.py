"""Who may do what: named permissions, and the one table that gives them to roles."""

from enum import StrEnum

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import Membership, Team, TeamRole, User


class Permission(StrEnum):
    """What an organiser may do with the letters of a team."""

    VIEW = "view"
    EDIT_TEXT = "edit-text"
    PUBLISH = "publish"
    REVIEW = "review"
    DECIDE_IN_BULK = "decide-in-bulk"
    EXPORT = "export"
    MAIL = "mail"
    MANAGE_TEAM = "manage-team"


LABELS = {
    Permission.VIEW: _("Read everything at the desk but personal data"),
    Permission.EDIT_TEXT: _("Write drafts, translations and what stands beside the letter"),
    Permission.PUBLISH: _("Launch, pause and close; amend the text or ask for consent to a new one; deliver"),
    Permission.REVIEW: _("Work in the queue: read evidence and decide, one by one"),
    Permission.DECIDE_IN_BULK: _("Accept, refuse or remove many at once"),
    Permission.EXPORT: _("Download addresses of those who agreed to it"),
    Permission.MAIL: _("Invite people and write to signatories who agreed to it"),
    Permission.MANAGE_TEAM: _("Invite and remove members, change roles, hand letters over"),
}

_EDITOR = {Permission.VIEW, Permission.EDIT_TEXT, Permission.PUBLISH, Permission.MAIL}
_TABLE: dict[str, frozenset[Permission]] = {
    TeamRole.OWNER: frozenset(Permission),
    TeamRole.EDITOR: frozenset(_EDITOR),
    TeamRole.MODERATOR: frozenset({Permission.VIEW, Permission.REVIEW, Permission.DECIDE_IN_BULK}),
    TeamRole.REVIEWER: frozenset({Permission.VIEW, Permission.REVIEW}),
    TeamRole.READER: frozenset({Permission.VIEW}),
}
SECOND_FACTOR = frozenset({Permission.DECIDE_IN_BULK, Permission.EXPORT})
"""What asks for a passkey or a one-time code, however the person logged in."""


def of_role(role: str) -> frozenset[Permission]:
    """The permissions of a role; none for a word that is no role."""
    return _TABLE.get(role, frozenset())


def labels_of(role: str) -> list[str]:
    """What a role may do, in whole clauses, in the order of the table."""
    return [str(LABELS[permission]) for permission in Permission if permission in of_role(role)]


def roles_with(permission: Permission) -> list[str]:
    """The roles that have a permission."""
    return [role for role, permissions in _TABLE.items() if permission in permissions]


def teams_of(user: User, permission: Permission = Permission.VIEW) -> QuerySet[Team]:
    """Teams in which a person has a permission; operators (staff) have all of them in all."""
    if not user.is_active:
        return Team.objects.none()
    if user.is_staff:
        return Team.objects.all()
    theirs = Membership.objects.filter(user=user, role__in=roles_with(permission))
    return Team.objects.filter(pk__in=theirs.values("team"))


def allowed(user: User, team: Team, permission: Permission) -> bool:
    """True when the person has the permission in the team. One query."""
    return teams_of(user, permission).filter(pk=team.pk).exists()
