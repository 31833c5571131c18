"""Teams: those I am in, a new one, and the page of one: members, roles, invitations."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaign.desk import access, limits
from campaign.desk.team_forms import MemberForm, TeamForm
from letters.accounts import permissions
from letters.accounts import teams as rules
from letters.accounts.models import TEAM_INVITATION_KEPT, Membership, Team, TeamInvitation, TeamRole
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import teaming
from letters.documents.models import TeamOffer


@dataclass
class Shown:
    """What the page of a team shows besides its rows: two forms, and why something was refused."""

    name: TeamForm
    member: MemberForm
    notice: str = ""
    status: int = 200


@require_safe
@access.for_organisers
def teams(request: HttpRequest) -> HttpResponseBase:
    mine = Membership.objects.filter(user=access.user_of(request)).select_related("team").order_by("team__name", "pk")
    return render(request, "desk/teams.html", {"memberships": mine})


@require_http_methods(["GET", "HEAD", "POST"])
@access.for_organisers
def team_new(request: HttpRequest) -> HttpResponseBase:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = rules.create(form.cleaned_data["name"], by=access.user_of(request))
        except RuleError as error:
            form.add_error(None, error.message)
        else:
            text = _("{name} is there, and you own it. Invite the others now.")
            messages.success(request, text.format(name=made.name))
            return _back(made)
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/team_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_team()
def team(request: HttpRequest, team: Team) -> HttpResponseBase:
    shown = Shown(TeamForm(prefix="team", initial={"name": team.name}), MemberForm(prefix="member"))
    if request.method != "POST":
        return _show(request, team, shown)
    action = request.POST.get("action", "")
    try:
        if action == "leave":
            return _leave(request, team)
        _must_manage(request, team)
        if action in ("rename", "invite"):
            return _send_form(request, team, shown, action)
        _change(request, team, action)
    except RuleError as error:
        shown.notice, shown.status = error.message, 409
        return _show(request, team, shown)
    return _back(team)


def _must_manage(request: HttpRequest, team: Team) -> None:
    if not permissions.allowed(access.user_of(request), team, Permission.MANAGE_TEAM):
        raise Http404


def _leave(request: HttpRequest, team: Team) -> HttpResponse:
    rules.remove(_own_membership(request, team), by=access.user_of(request))
    messages.success(request, _("You are no longer in {name}.").format(name=team.name))
    return HttpResponseRedirect(reverse("desk:teams"), status=303)


def _own_membership(request: HttpRequest, team: Team) -> Membership:
    found = Membership.objects.filter(team=team, user=access.user_of(request)).first()
    if found is None:
        raise Http404
    return found


def _send_form(request: HttpRequest, team: Team, shown: Shown, action: str) -> HttpResponse:
    form: TeamForm | MemberForm
    if action == "rename":
        form = shown.name = TeamForm(request.POST, prefix="team")
    else:
        form = shown.member = MemberForm(request.POST, prefix="member")
    if not form.is_valid():
        shown.status = 422
        return _show(request, team, shown)
    if action == "rename":
        rules.rename(team, form.cleaned_data["name"], by=access.user_of(request))
        messages.success(request, _("The team has its new name."))
    else:
        limits.inviting(access.user_of(request))
        rules.invite(team, form.cleaned_data["email"], form.cleaned_data["role"], by=access.user_of(request))
        messages.success(request, _("The invitation is on its way."))
    return _back(team)


def _change(request: HttpRequest, team: Team, action: str) -> None:
    user = access.user_of(request)
    if action == "revoke":
        rules.revoke(_invitation(team, request.POST.get("invitation", "")), by=user)
        messages.success(request, _("The invitation is taken back, and the address is deleted."))
    elif action == "remove":
        rules.remove(_member(team, request), by=user)
        messages.success(request, _("The member is removed."))
    elif action == "role":
        role = request.POST.get("role", "")
        if role not in TeamRole.values:
            raise RuleError(_("Choose one of the roles of the list."), code="role")
        rules.change_role(_member(team, request), role, by=user)
        messages.success(request, _("The role is changed."))
    elif action in ("accept", "refuse"):
        _answer(request, team, action)
    else:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")


def _answer(request: HttpRequest, team: Team, action: str) -> None:
    try:
        offer = teaming.offers_to(team).get(public_id=UUID(request.POST.get("offer", "")))
    except (ValueError, TeamOffer.DoesNotExist) as error:
        raise teaming.OfferOver from error
    if action == "accept":
        teaming.accept(offer, by=access.user_of(request))
        messages.success(request, _("Your team stands behind the letter now."))
    else:
        teaming.refuse(offer, by=access.user_of(request))
        messages.success(request, _("You said no; the other team sees it."))


def _member(team: Team, request: HttpRequest) -> Membership:
    try:
        return Membership.objects.get(team=team, pk=int(request.POST.get("member", "")))
    except (ValueError, OverflowError, Membership.DoesNotExist) as error:
        raise rules.NotThere from error


def _invitation(team: Team, public_id: str) -> TeamInvitation:
    try:
        return TeamInvitation.objects.get(team=team, public_id=UUID(public_id))
    except (ValueError, TeamInvitation.DoesNotExist) as error:
        raise rules.InvitationOver from error


def _back(team: Team) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:team", args=[team.public_id]), status=303)


def _show(request: HttpRequest, team: Team, shown: Shown) -> HttpResponse:
    user = access.user_of(request)
    open_ones = team.invitations.filter(sent_at__gt=timezone.now() - TEAM_INVITATION_KEPT).order_by("-sent_at")
    members = list(team.memberships.select_related("user").order_by("joined_at", "pk"))
    own = next((member for member in members if member.user_id == user.pk), None)
    granted = frozenset(Permission) if user.is_staff else permissions.of_role(own.role if own else "")
    context = {
        "team": team,
        "own": own,
        "members": members,
        "invitations": open_ones if Permission.MANAGE_TEAM in granted else [],
        "offers": list(teaming.offers_to(team)),
        "links": team.letters.select_related("letter__version", "letter__amendment").order_by("-joined_at"),
        "may_manage": Permission.MANAGE_TEAM in granted,
        "roles": [(role, permissions.labels_of(role)) for role in TeamRole],
        "shown": shown,
    }
    return render(request, "desk/team.html", context, status=shown.status)
