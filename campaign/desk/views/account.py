"""My account: address, password, second factor, connected logins; and the way to show a second factor."""

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaign.desk import access, limits, mailed_code
from campaign.desk import second_factor as factor
from campaign.desk.account_forms import CodeForm
from letters.core.errors import RuleError
from letters.ledger import audit
from letters.moderation import alerting


def _disconnects(request: HttpRequest) -> bool:
    return request.method == "POST"


@require_http_methods(["GET", "HEAD", "POST"])
@access.for_organisers
@reauthentication_required(enabled=_disconnects, app="socialaccount")  # type: ignore[untyped-decorator]  # allauth
def account(request: HttpRequest) -> HttpResponseBase:
    user = access.user_of(request)
    if request.method == "POST":
        row = get_object_or_404(SocialAccount, user=user, provider=request.POST.get("disconnect", ""))
        _disconnect(request, row)
        messages.success(request, _("The login is disconnected. It opens this account no more."))
        return HttpResponseRedirect(reverse("desk:account"), status=303)
    connected = set(SocialAccount.objects.filter(user=user).values_list("provider", flat=True))
    offered = [
        {"id": provider.sub_id, "name": provider.app.name or provider.name, "is_on": provider.sub_id in connected}
        for provider in get_adapter().list_providers(request)
        if provider.id != "saml"  # signatories alone: it may name a person anew each time
    ]
    gone = connected - {login["id"] for login in offered}
    offered += [{"id": provider, "name": provider, "is_on": True} for provider in sorted(gone)]
    context = {
        "factors": factor.kinds_of(user),
        "logins": offered,
        "teams": user.memberships.count(),
        "alerts": alerting.is_on(user),
    }
    return render(request, "desk/account.html", context)


@require_POST
@access.for_organisers
def account_alerts(request: HttpRequest) -> HttpResponseBase:
    is_on = request.POST.get("alerts") == "on"
    alerting.switch(access.user_of(request), on=is_on)
    done = _("You are told by mail when a decision waits for you.") if is_on else _("You get no more of these mails.")
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:account"), status=303)


def _name_of(request: HttpRequest, row: SocialAccount) -> str:
    try:
        provider = row.get_provider(request)
    except SocialApp.DoesNotExist:  # the site offers it no more
        return str(row.provider)
    return str(provider.app.name or provider.name)


@transaction.atomic
def _disconnect(request: HttpRequest, row: SocialAccount) -> None:
    context = {"provider": _name_of(request, row)}
    audit.record(audit.Action.LOGIN_DISCONNECTED, f"accounts.user:{row.user_id}", by=access.actor(request))
    row.delete()
    get_account_adapter().send_notification_mail("socialaccount/email/account_disconnected", row.user, context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.for_organisers
def account_code(request: HttpRequest) -> HttpResponseBase:
    user, form = access.user_of(request), CodeForm(None)
    if request.method != "POST":
        return _show_code(request, form)
    try:
        if request.POST.get("action") == "send":
            limits.mailing_code(user)
            mailed_code.send(request, user)
            return HttpResponseRedirect(request.get_full_path(), status=303)
        form = CodeForm(request.POST)
        if not form.is_valid():
            return _show_code(request, form, status=422)
        mailed_code.confirm(request, user, form.cleaned_data["code"])
    except RuleError as error:
        form = CodeForm(request.POST)
        form.add_error("code", error.message)
        return _show_code(request, form, status=409)
    going_on: HttpResponseBase | None = resume_request(request)
    return going_on or HttpResponseRedirect(reverse("desk:account"), status=303)


def _show_code(request: HttpRequest, form: CodeForm, *, status: int = 200) -> HttpResponseBase:
    context = {
        "form": form,
        "is_sent": mailed_code.is_sent(request, access.user_of(request)),
        "minutes": int(mailed_code.GOOD_FOR.total_seconds() // 60),
    }
    return render(request, "desk/account_code.html", context, status=status)


@require_safe
@access.for_organisers
def second_factor(request: HttpRequest) -> HttpResponseBase:
    following = factor.next_of(request)
    if factor.is_shown(request):
        request.session.pop(factor.NEXT, None)
        return HttpResponseRedirect(following, status=303)
    kinds = factor.kinds_of(access.user_of(request))
    context = {
        "following": following,
        "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
        "has_code": Authenticator.Type.TOTP in kinds,
        "hours": int(factor.GOOD_FOR.total_seconds() // 3600),
    }
    return render(request, "desk/second_factor.html", context)
