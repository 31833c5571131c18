"""ORCID and GitHub as allauth finds them. They tell once who somebody is; allauth never makes, finds or connects an
account by them."""

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.orcid.provider import OrcidProvider
from django.http import HttpRequest, HttpResponse

from letters.accounts.oauth.views import CautiousGitHub, CautiousOrcid
from letters.accounts.oidc.begun import begun_for


class _OneCheck(OAuth2Provider):  # type: ignore[misc]  # allauth comes without types
    """Begins for one check or for an organiser and for nothing else, asks for nothing beyond the identity."""

    supports_token_authentication = False

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Raises PermissionDenied as ``begun_for``."""
        answer: HttpResponse = super().redirect(request, process, **begun_for(process, kwargs))
        return answer

    def extract_common_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: Mapping[str, Any]) -> list[Any]:
        return []


class OrcidLogin(_OneCheck, OrcidProvider):  # type: ignore[misc]  # the same
    name = "ORCID"
    oauth2_adapter_class = CautiousOrcid

    def extract_uid(self, data: Mapping[str, Any]) -> str:
        return str(data["orcid"])


class GitHubLogin(_OneCheck, GitHubProvider):  # type: ignore[misc]  # the same
    oauth2_adapter_class = CautiousGitHub
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        """No scope: GitHub tells public facts alone."""
        return []

    def extract_extra_data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data)


provider_classes = [OrcidLogin, GitHubLogin]
