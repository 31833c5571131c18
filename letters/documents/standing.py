"""Which teams stand behind a letter, and what a person may do with it because of them."""

from django.db.models import Q, QuerySet

from letters.accounts import permissions
from letters.accounts.models import Membership, Team, User
from letters.accounts.permissions import Permission
from letters.documents.models import Letter, LetterQuerySet, LetterTeam


def letters_for(user: User, permission: Permission = Permission.VIEW) -> LetterQuerySet:
    """The letters with which a person may do something: those of their teams, all of them for operators.

    Members of a team that only lends its name read; the owning team and those that may work act by their roles.
    """
    if user.is_active and user.is_staff:
        return Letter.objects.all()
    return _of_teams(permissions.teams_of(user, permission), permission)


def letters_as_member(user: User, permission: Permission) -> LetterQuerySet:
    """The letters with which a person may do something as one of their people, operator or not."""
    roles = permissions.roles_with(permission)
    theirs = Membership.objects.filter(user=user, user__is_active=True, role__in=roles)
    return _of_teams(Team.objects.filter(pk__in=theirs.values("team")), permission)


def _of_teams(teams: QuerySet[Team], permission: Permission) -> LetterQuerySet:
    """What teams in which somebody has the permission by their role may do with letters."""
    links = LetterTeam.objects.filter(team__in=teams.values("pk"))
    if permission is Permission.EXPORT:
        links = links.filter(Q(is_owner=True) | Q(may_export=True))
    elif permission is Permission.MANAGE_TEAM:
        links = links.filter(is_owner=True)
    elif permission is not Permission.VIEW:
        links = links.filter(Q(is_owner=True) | Q(may_work=True))
    return Letter.objects.filter(pk__in=links.values("letter"))


def may(user: User, letter: Letter, permission: Permission) -> bool:
    """True when the person may do this with the letter. One query."""
    return letters_for(user, permission).filter(pk=letter.pk).exists()


def people_who_may(letter: Letter, permission: Permission) -> QuerySet[User]:
    """The active members of its teams who may do this with the letter, by address; operators are not told. For rights
    that a team that works on it has, too: not for exports or the team itself."""
    roles = permissions.roles_with(permission)
    links = LetterTeam.objects.filter(Q(is_owner=True) | Q(may_work=True), letter=letter)
    members = Membership.objects.filter(team__in=links.values("team"), role__in=roles)
    return User.objects.filter(pk__in=members.values("user"), is_active=True).order_by("email")


def permissions_for(user: User, letter: Letter) -> frozenset[Permission]:
    """All that a person may do with a letter. One query."""
    if user.is_active and user.is_staff:
        return frozenset(Permission)
    found: set[Permission] = set()
    links = LetterTeam.objects.filter(
        letter=letter, team__memberships__user=user, team__memberships__user__is_active=True
    )
    for role, is_owner, may_work, may_export in links.values_list(
        "team__memberships__role", "is_owner", "may_work", "may_export"
    ):
        granted = permissions.of_role(role)
        if not is_owner:
            kept = {Permission.VIEW} | ({Permission.EXPORT} if may_export else set())
            working = granted - {Permission.EXPORT, Permission.MANAGE_TEAM} if may_work else frozenset()
            granted = (granted & kept) | working
        found |= granted
    return frozenset(found)


def owner_of(letter: Letter) -> Team | None:
    """The owning team; None for a letter that an operator loaded and gave to nobody."""
    link = LetterTeam.objects.filter(letter=letter, is_owner=True).select_related("team").first()
    return link.team if link else None
