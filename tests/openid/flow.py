"""A signatory's browser on its way through a login: begins it, follows the provider, comes back."""

import html
import re
import urllib.error
import urllib.request
from urllib.parse import parse_qsl, urlsplit

from django.urls import reverse

from letters.signatures import managing
from letters.verification.models import Check, Evidence
from tests.openid import provider as op


def app(provider, kind="institution", app_id="", **settings):
    """The entry of the configuration for the provider of a test."""
    if kind == "institution":
        settings = {"organization": "University X", "scopes": ["uni.example"], **settings}
    if kind == "microsoft":
        settings = {"issuer": f"{provider.url}/{{tenantid}}/v2.0", **settings}
        provider.discovery["issuer"] = settings["issuer"]
    if kind in ("google", "microsoft", "linkedin"):
        settings = {"fetch_userinfo": False, **settings}
    return {
        "provider_id": app_id or ("university-x" if kind == "institution" else kind),
        "name": "University X" if kind == "institution" else kind.title(),
        "client_id": op.CLIENT_ID,
        "secret": op.CLIENT_SECRET,
        "settings": {"kind": kind, "server_url": provider.url, "scope": ["openid"], **settings},
    }


def set_up(settings, *apps):
    settings.SOCIALACCOUNT_PROVIDERS = {"oidc": {"OAUTH_PKCE_ENABLED": True, "APPS": list(apps)}}


def verify_path(signature, kind):
    return reverse("public:verify", args=[managing.token_for(signature), kind])


def begin(client, signature, kind="institution", **typed):
    """Press the button; the answer to it."""
    chosen = {"institution": "university-x"} if kind == "institution" else {}
    return client.post(verify_path(signature, kind), {"action": "start", **chosen, **typed})


def address_in(response):
    """Where the page leads to."""
    return html.unescape(re.search(r'href="([^"]+)"[^>]* data-login', response.content.decode()).group(1))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def come_back(address):
    """Follow the login at the provider; the path and query of ours that it sends the browser back to."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    try:
        opener.open(address)
    except urllib.error.HTTPError as answer:
        parts = urlsplit(answer.headers["Location"])
        answer.close()
        return f"{parts.path}?{parts.query}"
    raise AssertionError("the provider sent the browser nowhere")


def log_in(client, signature, kind="institution", **typed):
    """The whole way; the answer of the callback."""
    return client.get(come_back(address_in(begin(client, signature, kind, **typed))))


def notice(client, response):
    """What the page says that a failed login comes back to."""
    page = client.get(response.headers["Location"]).content.decode()
    return re.search(r'class="notice notice--error".*?<p>(.*?)</p>', page, re.DOTALL).group(1)


def query_of(address):
    return dict(parse_qsl(urlsplit(address).query))


def proven(signature):
    """(method, axis, claim) of every standing row beside the confirmation."""
    rows = Evidence.objects.standing().filter(signature=signature).exclude(method="email")
    return [(row.method, row.axis, row.claim) for row in rows]


def states(signature):
    return [check.state for check in Check.objects.filter(signature=signature)]
