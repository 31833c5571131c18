"""The second factor: whether this session has shown a passkey or a one-time code lately, and the way to show one."""

import time
from datetime import timedelta
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from campaign.answers import is_typed, kept_values, words_of
from letters.accounts.models import User

GOOD_FOR = timedelta(hours=12)  # after which it is asked again
NEXT = "second_factor_next"  # in the session: where somebody was going when they had to set one up


def is_shown(request: HttpRequest) -> bool:
    """True when this session was opened or confirmed with a passkey, a one-time code or a recovery code since
    GOOD_FOR."""
    since = time.time() - GOOD_FOR.total_seconds()
    records = get_authentication_records(request, cast("User", request.user))
    return any(record.get("method") == "mfa" and record.get("at", 0) > since for record in records)


def ask(request: HttpRequest) -> HttpResponse:
    """The way there and back. A form that was sent without it comes back filled in, to be sent again afterwards."""
    if request.method in ("GET", "HEAD"):
        query = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('desk:second-factor')}?{query}")
    fields = [
        {"name": name, "value": value, "label": words_of(name), "kind": "text" if is_typed(name) else "hidden"}
        for name, value in kept_values(request)
    ]
    context = {"fields": fields, "retry_url": request.get_full_path(), "had_files": bool(request.FILES)}
    return render(request, "desk/second_factor_again.html", context, status=403)


def kinds_of(user: User) -> set[str]:
    """Which second factors a person has set up; recovery codes come with either."""
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def next_of(request: HttpRequest) -> str:
    """Where somebody was going, kept through the pages that set a factor up; the desk when nowhere."""
    asked = request.GET.get("next", "")
    if asked and url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
        request.session[NEXT] = asked
    return str(request.session.get(NEXT, "")) or reverse("desk:home")


@receiver(authenticator_added)
def on_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Whoever has just typed the first code, or touched the key, has shown it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        shown = {"id": authenticator.pk, "type": authenticator.type, "reauthenticated": True}
        record_authentication(request, user, "mfa", **shown)
