"""The provider as allauth finds it. It tells once who somebody is; allauth never makes, finds or connects an account
by it."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from letters.accounts.oidc.begun import begun_for
from letters.accounts.oidc.logins import PROVIDER
from letters.accounts.oidc.views import CautiousAdapter

NONCE_BYTES = 24


class CautiousProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth comes without types
    """One OpenID provider; the app's settings are those that campaign/logins.py writes."""

    id = PROVIDER
    name = "OpenID Connect"
    oauth2_adapter_class = CautiousAdapter
    pkce_enabled_default = True
    supports_token_authentication = False

    @property
    def issuers(self) -> Sequence[str]:
        """What the discovery document may name as its issuer: the server itself, unless the app says otherwise."""
        named = self.app.settings.get("issuer") or self.app.settings["server_url"]
        return [named] if isinstance(named, str) else list(named)

    @property
    def has_nonce(self) -> bool:
        return bool(self.app.settings.get("has_nonce", True))

    @property
    def asks_userinfo(self) -> bool:
        return bool(self.app.settings.get("fetch_userinfo", True))

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Send the browser to the provider, for one check of a signatory or for an organiser (``begun_for``), and
        nothing else; a fresh nonce goes with it.

        Raises:
            PermissionDenied: any other process of allauth (login, connect, signup), or neither of the two.
        """
        state = begun_for(process, kwargs)
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        params = {**self.get_auth_params(), "nonce": nonce}
        answer: HttpResponse = super().redirect(request, process, auth_params=params, nonce=nonce, **state)
        return answer

    def get_callback_url(self) -> str:
        return reverse("oidc_callback", args=[self.app.provider_id])

    def extract_uid(self, data: Mapping[str, Any]) -> str:
        """Names no person and is stored nowhere."""
        claims = data["id_token"]
        return hashlib.sha256(f"{claims['iss']}\0{claims['sub']}".encode()).hexdigest()

    def extract_common_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: Mapping[str, Any]) -> list[Any]:
        return []


provider_classes = [CautiousProvider]
