"""Leaving for a login of the site as an organiser: to open one's account, or to connect it first."""

from allauth.account.decorators import reauthentication_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaign.public import headers, identities, limits, rescue


def _connects(request: HttpRequest) -> bool:
    return request.POST.get("process") == "connect" and request.user.is_authenticated


# A session that was left open gives no lasting way in.
@require_POST
@reauthentication_required(enabled=_connects, app="socialaccount")  # type: ignore[untyped-decorator]  # allauth
def login_begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    purpose = request.POST.get("process", "")
    if purpose not in ("login", "connect") or not identities.is_offered(request, provider_id):
        raise Http404
    if purpose == "connect" and not request.user.is_authenticated:
        return headers.as_private(HttpResponseRedirect(reverse("account_login"), status=303))
    if wait := limits.logging_in(request):
        return rescue.slow_down(request, wait)
    return identities.begin_organiser(request, provider_id, purpose, request.POST.get("next", ""))
