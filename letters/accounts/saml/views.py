"""Where an identity provider sends its assertion, and our metadata for it. Logins begin in the door alone."""

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.core.internal import httpkit
from allauth.socialaccount.helpers import complete_social_login, render_authentication_error
from allauth.socialaccount.providers.saml.utils import build_auth, build_saml_config, get_app_or_404
from allauth.socialaccount.sessions import LoginSession
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from letters.accounts.oidc.views import LoginRefused

MOST_BYTES = 100_000
WAITS_SECONDS = 120  # from the provider's POST to our own page
REMEMBERED_SECONDS = 3600  # the id of a used assertion; none is believed that is older
_ACS = ("saml_acs_session", "saml-acs-session")


@login_not_required  # type: ignore[untyped-decorator]
def acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Takes the provider's POST, to which the browser adds no cookie of ours, and sends it on to our own page.

    Exempt from the form token: the provider cannot have one. What comes in is believed by nobody here.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    get_app_or_404(request, organization_slug)
    answer = HttpResponseRedirect(reverse("saml_finish_acs", args=[organization_slug]))
    if len(request.POST.get("SAMLResponse", "")) <= MOST_BYTES:
        session = LoginSession(request, *_ACS)
        session.store.set_expiry(WAITS_SECONDS)
        session.store["request"] = httpkit.serialize_request(request)
        session.save(answer)
    return answer


acs.csrf_exempt = True


@login_not_required  # type: ignore[untyped-decorator]
def finish_acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Reads the assertion in the session of the browser that began the login."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    provider = get_app_or_404(request, organization_slug).get_provider(request)
    session = LoginSession(request, *_ACS)
    stored = session.store.get("request")
    session.delete()
    state: dict[str, Any] | None = None
    try:
        if not stored:
            raise LoginRefused("No assertion came.")
        posted = httpkit.deserialize_request(stored, HttpRequest())
        began = _read(posted, provider, None).get_last_response_in_response_to()
        if not began:
            raise LoginRefused("Nobody here began this login.")
        state = provider.unstash_redirect_state(request, began)
        auth = _read(posted, provider, began)
        _use_once(provider, auth)
    except (LoginRefused, PermissionDenied) as error:
        answer: HttpResponse = render_authentication_error(
            request, provider, exception=error, extra_context={"state": state}
        )
        return answer
    login = provider.sociallogin_from_response(request, auth)
    login.state = state
    return complete_social_login(request, login)  # type: ignore[no-any-return]


def _read(posted: HttpRequest, provider: Any, began: str | None) -> Any:
    """The assertion, after signature, audience, recipient, times and issuer were tested (python3-saml, strict)."""
    auth = build_auth(posted, provider)
    try:
        auth.process_response(request_id=began)
    except Exception as error:  # a stranger's XML: the parsers and the signature library raise whatever they like
        raise LoginRefused(f"The response cannot be read: {type(error).__name__}.") from error
    if auth.get_errors() or not auth.is_authenticated():
        raise LoginRefused(f"The response was refused: {', '.join(auth.get_errors()) or 'no login'}.")
    return auth


def _use_once(provider: Any, auth: Any) -> None:
    """Beside the state, which is used once in its browser: an assertion counts once anywhere."""
    key = f"saml-used:{provider.sub_id}:{auth.get_last_assertion_id()}"
    if not cache.add(key, True, timeout=REMEMBERED_SECONDS):
        raise LoginRefused("The assertion was used before.")


@login_not_required  # type: ignore[untyped-decorator]
def sls(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """allauth wants an address for logging out; nobody is logged in here, so there is nothing at it."""
    raise Http404


@login_not_required  # type: ignore[untyped-decorator]
def metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """What the operator hands to the institution."""
    app = get_app_or_404(request, organization_slug)
    config = build_saml_config(request, app.settings, organization_slug)
    del config["sp"]["singleLogoutService"]
    text = OneLogin_Saml2_Settings(settings=config, sp_validation_only=True).get_sp_metadata()
    return HttpResponse(text, content_type="application/samlmetadata+xml")
