"""Logins of the site for organisers: one that was connected before, on the account's own page, opens that account.

No account is made, found or connected by an address, whatever a provider says about it. Kept is a keyed hash of who
somebody is at the provider, and nothing else.
"""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login as AccountLogin
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.core import sealed
from letters.core.errors import RuleError
from letters.ledger import audit
from letters.verification.providers.base import Login

SCOPE = 0  # of the keyed hash: the whole site, unlike identities behind signatures, which are known within one letter


class NotConnected(RuleError):
    code = "not-connected"


def connect(request: HttpRequest, provider_id: str, name: str, login: Login) -> HttpResponse:
    """Let this login open the account that is logged in. Raises RuleError when it opens another one, or when the
    account has one of this provider."""
    user = request.user
    if not user.is_authenticated:
        raise NotConnected(_("Log in first, then connect {name} on your account's page.").format(name=name))
    uid = _uid_of(login)
    found = SocialAccount.objects.filter(provider=provider_id, uid=uid).first()
    if found is not None and found.user_id != user.pk:
        raise NotConnected(_("This login at {name} opens another account here already.").format(name=name))
    if found is None:
        _store(user, provider_id, uid, name)
    return HttpResponseRedirect(reverse("desk:account"), status=303)


def _store(user: User, provider_id: str, uid: str, name: str) -> None:
    if SocialAccount.objects.filter(provider=provider_id, user=user).exists():
        text = _("Your account has another login at {name}. Disconnect that first, on your account's page.")
        raise NotConnected(text.format(name=name))
    try:
        with transaction.atomic():
            SocialAccount.objects.create(provider=provider_id, uid=uid, user=user, extra_data={})
            audit.record(audit.Action.LOGIN_CONNECTED, f"accounts.user:{user.pk}", by=f"user:{user.pk}")
            get_adapter().send_notification_mail("socialaccount/email/account_connected", user, {"provider": name})
    except IntegrityError:
        raise NotConnected(_("This login at {name} opens another account here already.").format(name=name)) from None


def log_in(request: HttpRequest, provider_id: str, name: str, login: Login, following: str) -> HttpResponse:
    """Open the account that this login was connected to; its second factor is asked for as with a password. Raises
    NotConnected."""
    found = SocialAccount.objects.select_related("user").filter(provider=provider_id, uid=_uid_of(login)).first()
    if found is None or not found.user.is_active:
        text = _(
            "No account was connected with this login at {name}. Sign in another way, then connect it on your "
            "account's page."
        )
        raise NotConnected(text.format(name=name))
    is_ours = url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure())
    target = following if is_ours else settings.LOGIN_REDIRECT_URL
    record_authentication(request, found.user, method="socialaccount", provider=provider_id)
    answer: HttpResponse = perform_login(request, AccountLogin(user=found.user, redirect_url=target))
    return answer


def _uid_of(login: Login) -> str:
    return sealed.identity_index(SCOPE, login.issuer, login.subject).hex()
