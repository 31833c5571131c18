"""Logins that prove something: the browser is sent off from here and comes back here, with allauth in between.

For a signatory no account is made, found or connected; what a provider tells is used in this one request and stored
nowhere but as evidence, cut to what its sentence needs. For organisers organisers.py opens and connects accounts.
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings, get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from requests import RequestException

from campaign.public import headers, organisers
from letters.accounts.oidc.views import LoginRefused
from letters.accounts.oidc.wire import CautiousSession
from letters.core.errors import RuleError
from letters.signatures import managing
from letters.verification import proving
from letters.verification.models import Check
from letters.verification.providers.base import Login

logger = logging.getLogger(__name__)

SESSION_SECONDS = 900  # a login that takes longer begins again
CANCELLED = {"access_denied", "user_cancelled_login", "user_cancelled_authorize"}


def begin(request: HttpRequest, check: Check, login: str) -> HttpResponse:
    """The page that leads to a provider's login; the check waits in this browser's session for what comes back.

    A page with a link instead of a redirect: a form may lead to this site alone (form-action), and where a provider
    sends people on to their own institution nobody knows the address beforehand.
    """
    provider = get_adapter().get_provider(request, login)
    try:
        answer = provider.redirect(request, AuthProcess.REDIRECT, check=str(check.public_id))
    except (OAuth2Error, RequestException) as error:
        return failed(request, _sentence_for(provider, error), check)
    if not isinstance(answer, HttpResponseRedirect):
        return failed(request, _sentence_for(provider, None), check)
    if not request.user.is_authenticated:
        request.session.set_expiry(SESSION_SECONDS)
    context = {
        "url": answer.url,
        "host": urlsplit(answer.url).netloc,
        "name": provider.app.name or provider.name,
        "back_url": _own_page(check),
    }
    return headers.as_private(render(request, "public/login_leaving.html", context))


def is_offered(request: HttpRequest, login: str) -> bool:
    """True when organisers may use this login of the site. Not SAML, which may name a person anew each time."""
    found = get_adapter().list_providers(request)
    return any(provider.sub_id == login and provider.id != "saml" for provider in found)


def begin_organiser(request: HttpRequest, login: str, purpose: str, following: str) -> HttpResponse:
    """The page that leads an organiser to a login, to open an account or to connect it; ``following`` is where they
    were going."""
    provider = get_adapter().get_provider(request, login)
    try:
        answer = provider.redirect(
            request, AuthProcess.REDIRECT, organiser=purpose, following=following[:500], user=request.user.pk or 0
        )
    except (OAuth2Error, RequestException) as error:
        return failed(request, _sentence_for(provider, error), None)
    if not isinstance(answer, HttpResponseRedirect):
        return failed(request, _sentence_for(provider, None), None)
    context = {
        "url": answer.url,
        "host": urlsplit(answer.url).netloc,
        "name": _name_of(provider),
        "back_url": reverse("desk:account" if purpose == "connect" else "account_login"),
    }
    return headers.as_private(render(request, "public/login_leaving.html", context))


class IdentityAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth comes without types
    """What allauth may do on this site: ask who somebody is, and hand the answer over."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Always answers by itself, so that allauth never gets to its own accounts."""
        raise ImmediateHttpResponse(received(request, sociallogin))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: Mapping[str, Any] | None = None,
    ) -> None:
        state = (extra_context or {}).get("state")
        check = _check_in(state)
        if check is None and _is_organisers(state):
            cancelled = error == AuthError.CANCELLED or request.GET.get("error") in CANCELLED
            raise ImmediateHttpResponse(failed(request, _refusal(provider, exception, cancelled=cancelled), None))
        if check is None:
            raise ImmediateHttpResponse(failed(request, _not_ours(), None))
        if error == AuthError.CANCELLED or request.GET.get("error") in CANCELLED:
            raise ImmediateHttpResponse(failed(request, _refusal(provider, exception, cancelled=True), check))
        raise ImmediateHttpResponse(failed(request, _refusal(provider, exception, cancelled=False), check))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        return False

    def is_email_verified(self, provider: Any, email: str) -> bool:
        return False

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        raise PermissionDenied

    def list_apps(self, request: HttpRequest, provider: str = "", client_id: str = "") -> list[SocialApp]:
        """From the settings alone: a row in a table could not be checked when the site starts."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def get_requests_session(self) -> CautiousSession:
        return CautiousSession()


def received(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    """Finish the check that this login was begun for; whatever else came back is refused."""
    state = sociallogin.state or {}
    if _is_organisers(state):
        return _received_organiser(request, sociallogin)
    check = _check_in(state)
    if state.get("process") != AuthProcess.REDIRECT or check is None:
        return failed(request, _not_ours(), None)
    try:
        proving.finish(check.public_id, login_of(sociallogin))
    except RuleError as error:
        return failed(request, error.message, check)
    _forget_session(request)
    return headers.as_private(HttpResponseRedirect(f"{_own_page(check)}?proven=1", status=303))


def _received_organiser(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    """Open or connect an account. Never one that a provider's address names."""
    state, provider = sociallogin.state or {}, sociallogin.account.get_provider(request)
    login, name = login_of(sociallogin), _name_of(provider)
    try:
        if state["organiser"] == "connect":
            if state.get("user") != request.user.pk:
                raise RuleError(_not_ours())
            answer = organisers.connect(request, provider.sub_id, name, login)
        else:
            following = str(state.get("following", ""))
            answer = organisers.log_in(request, provider.sub_id, name, login, following)
    except RuleError as error:
        return failed(request, error.message, None)
    return headers.as_private(answer)


def _is_organisers(state: Any) -> bool:
    """Begun by ``begin_organiser``: the state of a signatory's check holds no such word."""
    return isinstance(state, Mapping) and state.get("organiser") in ("login", "connect") and "check" not in state


def login_of(sociallogin: SocialLogin) -> Login:
    """What the rules get to see. For OpenID Connect the signed claims go before those of the userinfo."""
    account = sociallogin.account
    token = sociallogin.token.token if sociallogin.token else ""
    data = account.extra_data
    if isinstance(data.get("id_token"), dict):
        signed = data["id_token"]
        claims = {**data.get("userinfo", {}), **signed}
        return Login(account.provider, str(signed["iss"]), str(signed["sub"]), claims, token)
    return Login(account.provider, account.provider, account.uid, data, token)


def failed(request: HttpRequest, sentence: str, check: Check | None) -> HttpResponse:
    """Back to the page of the method with what happened; a page of its own where nobody knows whose check it was."""
    if check is None:
        return headers.as_private(render(request, "public/login_failed.html", {"sentence": sentence}, status=409))
    request.session["verify_notice"] = str(sentence)  # a lazy one cannot be kept
    if not request.user.is_authenticated:
        request.session.set_expiry(SESSION_SECONDS)
    address = reverse("public:verify", args=[managing.token_for(check.signature), check.kind])
    return headers.as_private(HttpResponseRedirect(f"{address}?error=1", status=303))


def _check_in(state: Any) -> Check | None:
    try:
        public_id = UUID(str(state["check"]))
    except (TypeError, KeyError, ValueError):
        return None
    return Check.objects.select_related("signature__letter").filter(public_id=public_id).first()


def _own_page(check: Check) -> str:
    """Made anew each time: a link that opens somebody's page is never kept in a session."""
    return reverse("public:mine", args=[managing.token_for(check.signature)])


def _forget_session(request: HttpRequest) -> None:
    """The cookie has done its work, unless somebody is logged in or another login is under way."""
    if not request.user.is_authenticated and not statekit.get_states(request):
        request.session.flush()


def _refusal(provider: Any, exception: Exception | None, *, cancelled: bool) -> str:
    if cancelled:
        return _("You did not log in at {name}. Nothing was changed.").format(name=_name_of(provider))
    return _sentence_for(provider, exception)


def _not_ours() -> str:
    return _(
        "This login was not begun in this browser, was used before, or took longer than ten minutes. Open your own "
        "page by the link in your mail and begin again."
    )


def _name_of(provider: Any) -> str:
    return str(provider.app.name or provider.name)


def _sentence_for(provider: Any, error: Exception | None) -> str:
    """The log says why, in words of ours alone: an answer of a provider may name a person."""
    why = str(error) if isinstance(error, LoginRefused) else type(error).__name__
    logger.warning("login at %s failed: %s", provider.sub_id, why)
    return _("{name} did not answer as it should, so nothing was believed and nothing was changed.").format(
        name=_name_of(provider)
    )
