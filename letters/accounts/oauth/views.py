"""Where ORCID and GitHub send the browser back to, and what is asked of them then. Logins begin in the door alone."""

import re
from collections.abc import Mapping
from typing import Any

import requests
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from allauth.socialaccount.providers.orcid.views import OrcidOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse

from letters.accounts.oidc.views import CallbackView, LoginRefused

_ORCID_ID = re.compile(r"(\d{4}-){3}\d{3}[\dX]")


class _Cautious(OAuth2Adapter):  # type: ignore[misc]  # allauth comes without types
    """allauth's OAuth 2.0, except that every failure is a LoginRefused: one clear page and never a crash."""

    state: Mapping[str, Any] | None = None
    """What was put by when the login began; the callback view sets it."""

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

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return str(request.build_absolute_uri(reverse(f"{self.provider_id}_callback")))

    def _get(self, url: str, **headers: str) -> dict[str, Any]:
        """A JSON object, or LoginRefused."""
        try:
            with get_adapter().get_requests_session() as session:
                answer = session.get(url, headers=headers)
            found = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise LoginRefused(f"The interface did not answer: {type(error).__name__}.") from error
        if not isinstance(found, dict):
            raise LoginRefused("The interface answered something else than a JSON object.")
        return found


class CautiousOrcid(_Cautious, OrcidOAuth2Adapter):  # type: ignore[misc]  # the same
    """Reads the public employments of the iD that logged in, and nothing else of the record."""

    @property
    def authorize_url(self) -> str:
        return f"{settings.ORCID_BASE}/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        return f"{settings.ORCID_BASE}/oauth/token"

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> Any:
        orcid = kwargs["response"].get("orcid")
        if not isinstance(orcid, str) or not _ORCID_ID.fullmatch(orcid):
            raise LoginRefused("The token names no ORCID iD.")
        employments = self._get(f"{settings.ORCID_API}/v3.0/{orcid}/employments", Accept="application/orcid+json")
        if employments.get("path") != f"/{orcid}/employments":
            raise LoginRefused("The record is about another iD than the token.")
        return self.get_provider().sociallogin_from_response(request, {"orcid": orcid, "employments": employments})


class CautiousGitHub(_Cautious, GitHubOAuth2Adapter):  # type: ignore[misc]  # the same
    """Reads the number and the name of the account, and nothing else of it."""

    @property
    def authorize_url(self) -> str:
        return f"{settings.GITHUB_WEB}/login/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        return f"{settings.GITHUB_WEB}/login/oauth/access_token"

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> Any:
        user = self._get(
            f"{settings.GITHUB_API}/user",
            Accept="application/vnd.github+json",
            Authorization=f"Bearer {token.token}",
        )
        number, login = user.get("id"), user.get("login")
        if type(number) is not int or not isinstance(login, str):
            raise LoginRefused("The interface named no account.")
        return self.get_provider().sociallogin_from_response(request, {"id": number, "login": login})


@login_not_required  # type: ignore[untyped-decorator]
def orcid_callback(request: HttpRequest) -> HttpResponse:
    """GET alone: a HEAD of a link checker would use up the state."""
    return _callback(request, CautiousOrcid)


@login_not_required  # type: ignore[untyped-decorator]
def github_callback(request: HttpRequest) -> HttpResponse:
    """The same."""
    return _callback(request, CautiousGitHub)


def _callback(request: HttpRequest, adapter: type[OAuth2Adapter]) -> HttpResponse:
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    try:
        answer: HttpResponse = CallbackView.adapter_view(adapter)(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return answer
