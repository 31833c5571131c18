"""The answer of a provider: the only address of ours that a login comes back to. Logins begin in the door alone."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse

from letters.accounts.oidc import tokens

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class LoginRefused(OAuth2Error):  # type: ignore[misc]  # allauth comes without types
    """Why a login was not believed; the text is ours, for the log, and names no person."""


class CautiousAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth comes without types
    """allauth's OpenID Connect, except that nothing is believed which the provider did not sign for us, now.

    Every failure is a LoginRefused, so that the person sees one clear page and never a crash.
    """

    state: Mapping[str, Any] | None = None
    """What was put by when the login began; the callback view sets it."""

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "_openid_config"):
            self._openid_config = self._discovered()
        return self._openid_config

    def _discovered(self) -> dict[str, Any]:
        provider = self.get_provider()
        config = self._get(provider.server_url)
        issuers = provider.issuers
        if config.get("issuer") not in issuers:
            raise LoginRefused("The discovery document names another issuer.")
        for name in (*ENDPOINTS, *(["userinfo_endpoint"] if provider.asks_userinfo else [])):
            parts = urlsplit(str(config.get(name, "")))
            if parts.scheme != "https" and not (settings.DEVELOPMENT and parts.scheme == "http"):
                raise LoginRefused(f"The discovery document has no secure {name}.")
        return config

    def _get(self, url: str, **headers: str) -> dict[str, Any]:
        """A JSON object, or LoginRefused."""
        try:
            with get_adapter().get_requests_session() as session:
                answer = session.get(url, headers={"Accept": "application/json", **headers})
            found = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise LoginRefused(f"The provider did not answer: {type(error).__name__}.") from error
        if not isinstance(found, dict):
            raise LoginRefused("The provider answered something else than a JSON object.")
        return found

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            found = super().get_access_token_data(*args, **kwargs)
        except (requests.RequestException, ValueError, KeyError, TypeError, RecursionError) as error:
            raise LoginRefused(f"The token endpoint did not answer: {type(error).__name__}.") from error
        if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
            raise LoginRefused("The token endpoint gave no token.")
        return found

    def parse_token(self, data: Mapping[str, Any]) -> SocialToken:
        return SocialToken(token=data["access_token"])

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> Any:
        provider, raw = self.get_provider(), kwargs["response"].get("id_token")
        if not isinstance(raw, str):
            raise LoginRefused("The provider sent no id_token.")
        expected = tokens.Expected(
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            nonce=str((self.state or {}).get("nonce", "")),
            needs_nonce=provider.has_nonce,
            tenants=tuple(app.settings.get("tenants", ())),
        )
        try:
            claims = tokens.read(raw, self._get(self.openid_config["jwks_uri"]), expected)
        except tokens.TokenRefused as error:
            raise LoginRefused(f"The id_token was refused: {error}.") from error
        userinfo = self._userinfo(token.token, claims["sub"]) if provider.asks_userinfo else {}
        return provider.sociallogin_from_response(request, {"userinfo": userinfo, "id_token": claims})

    def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        found = self._get(self.openid_config["userinfo_endpoint"], Authorization=f"Bearer {access_token}")
        if found.get("sub") != subject:  # Core 1.0 §5.3.2: otherwise it may be about another person
            raise LoginRefused("The userinfo is about another subject.")
        return found

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return str(request.build_absolute_uri(reverse("oidc_callback", args=[self.provider_id])))


class CallbackView(OAuth2CallbackView):  # type: ignore[misc]  # allauth comes without types
    """Hands the adapter what was put by when the login began, and turns every failure into the page for it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        except (OAuth2Error, requests.RequestException) as error:
            context = {"state": self.adapter.state}
            answer = render_authentication_error(
                request, self.adapter.get_provider(), exception=error, extra_context=context
            )
        return answer

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, HttpResponse | None]:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state
        return state, response


@login_not_required  # type: ignore[untyped-decorator]
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends the browser back to. GET alone: a HEAD of a link checker would use up the state."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    try:
        answer: HttpResponse = CallbackView.adapter_view(CautiousAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return answer
