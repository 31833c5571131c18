"""A login at a provider on this machine, through the site's own pages and allauth's real client."""

import json
from urllib.parse import parse_qs, urlsplit

from django.urls import reverse

from letters.signatures import managing
from tests.web_server import page


def set_up(settings, provider):
    """A registered client of this provider."""
    apps = [{"provider_id": provider, "name": provider, "client_id": "site", "secret": "shh", "settings": {}}]
    settings.SOCIALACCOUNT_PROVIDERS = {
        **settings.SOCIALACCOUNT_PROVIDERS,
        provider: {"OAUTH_PKCE_ENABLED": True, "APPS": apps},
    }


def as_json(body, **more):
    return page(json.dumps(body), content_type="application/json", **more)


def depart(client, row, kind, **given):
    """Press the button of the method; the query of the address to which the browser is sent."""
    response = client.post(reverse("public:verify", args=[managing.token_for(row), kind]), {"action": "start", **given})
    url = response.context["url"]
    return url, {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def come_back(client, kind, query, **changes):
    """What the provider's redirect makes the browser ask for."""
    sent = {"code": "one-time-code", "state": query["state"], **changes}
    return client.get(urlsplit(query["redirect_uri"]).path, sent)


def log_in(client, row, kind, **given):
    return come_back(client, kind, depart(client, row, kind, **given)[1])


def notice_after(client, answer):
    """What the page says to which a failed login leads back."""
    assert (answer.status_code, answer["Location"].endswith("?error=1")) == (303, True)
    return client.get(answer["Location"]).context["notice"]
