"""Joining a team by the link in a mail: the invited address alone, with a button, never by opening the link."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.answers import as_private
from campaign.desk import access
from letters.accounts import adapters, permissions
from letters.accounts import teams as rules
from letters.accounts.models import TeamInvitation
from letters.core.errors import RuleError


@require_http_methods(["GET", "HEAD", "POST"])
def team_join(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        invitation = rules.invitation_for(token)
    except RuleError as error:
        return as_private(render(request, "desk/team_join.html", {"over": error.message}, status=410))
    if request.method != "POST":
        adapters.remember_invitation(request, invitation)
        return _show(request, invitation, token)
    try:
        return as_private(_answered(request, invitation, request.POST.get("action", "")))
    except RuleError as error:
        return _show(request, invitation, token, notice=error.message, status=409)


def _answered(request: HttpRequest, invitation: TeamInvitation, action: str) -> HttpResponse:
    if action == "decline":
        rules.decline(invitation)
        return render(request, "desk/team_join.html", {"declined": invitation.team})
    if action != "join":
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
    if not request.user.is_authenticated:
        raise rules.NotForYou(_("Log in or make an account with the invited address first."))
    member = rules.join(invitation, by=access.user_of(request))
    messages.success(request, _("You are in {name} now.").format(name=member.team.name))
    return HttpResponseRedirect(reverse("desk:team", args=[member.team.public_id]), status=303)


def _show(
    request: HttpRequest, invitation: TeamInvitation, token: str, *, notice: str = "", status: int = 200
) -> HttpResponse:
    name, _at, domain = invitation.email.rpartition("@")
    context = {
        "invitation": invitation,
        "role_may": permissions.labels_of(invitation.role),
        "masked": f"{name[:1]}…@{domain}",
        "is_theirs": request.user.is_authenticated and rules.is_for(invitation, access.user_of(request).email),
        "here": reverse("desk:team-join", args=[token]),
        "notice": notice,
    }
    return as_private(render(request, "desk/team_join.html", context, status=status))
