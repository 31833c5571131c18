"""Which logins the environment sets up, and that none of them could ever make an account."""

import json
import os

import pytest
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from campaign import logins
from campaign.checks import logins_make_no_accounts

ENTRY = {
    "id": "university-x",
    "name": "University X",
    "server_url": "https://login.uni.example",
    "client_id": "undersigned",
    "client_secret": "secret",
    "organization": "University X",
    "scopes": ["uni.example"],
}


# --- the check of every command ---

FLIPPED = {
    "SOCIALACCOUNT_ADAPTER": "allauth.socialaccount.adapter.DefaultSocialAccountAdapter",
    "SOCIALACCOUNT_EMAIL_AUTHENTICATION": True,
    "SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT": True,
    "SOCIALACCOUNT_AUTO_SIGNUP": True,
    "SOCIALACCOUNT_QUERY_EMAIL": True,
    "SOCIALACCOUNT_STORE_TOKENS": True,
    "SOCIALACCOUNT_LOGIN_ON_GET": True,
    "SOCIALACCOUNT_REQUESTS_TIMEOUT": 0,
    "ACCOUNT_CONFIRM_EMAIL_ON_GET": True,
}


def test_site_as_it_is_passes():
    assert logins_make_no_accounts(None) == []


@pytest.mark.parametrize("name", FLIPPED)
def test_check_fails_with_one_setting_flipped(settings, name):
    setattr(settings, name, FLIPPED[name])

    with pytest.raises(CommandError) as refused:  # SystemCheckError is one
        call_command("check", deploy=True)

    assert "campaign.E002" in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize("name", ["SOCIALACCOUNT_EMAIL_AUTHENTICATION", "SOCIALACCOUNT_STORE_TOKENS"])
def test_check_fails_with_one_setting_left_out(settings, name):
    delattr(settings, name)

    assert [type(found) for found in logins_make_no_accounts(None)] == [Error]


def with_app(settings, provider=None, **app):
    entry = {"provider_id": "x", "settings": {"kind": "institution", "server_url": "https://x.example", **app}}
    settings.SOCIALACCOUNT_PROVIDERS = {"oidc": {"OAUTH_PKCE_ENABLED": True, "APPS": [entry], **(provider or {})}}
    return [found.msg for found in logins_make_no_accounts(None)]


def test_app_without_pkce_fails(settings):
    assert with_app(settings, oauth_pkce_enabled=False) == ["oidc x: oauth_pkce_enabled must not be False."]


def test_linkedin_alone_is_let_off_pkce(settings):
    assert with_app(settings, kind="linkedin", oauth_pkce_enabled=False) == []


def test_provider_without_pkce_fails(settings):
    assert with_app(settings, {"OAUTH_PKCE_ENABLED": False}) == ["oidc: OAUTH_PKCE_ENABLED must be True."]


@pytest.mark.parametrize("name", ["email_authentication", "verified_email"])
@pytest.mark.parametrize("value", [True, ["uni.example"]])
def test_app_whose_addresses_are_trusted_fails(settings, name, value):
    assert with_app(settings, **{name: value}) == [f"oidc x: {name} must not be set."]


@pytest.mark.parametrize("name", ["EMAIL_AUTHENTICATION", "VERIFIED_EMAIL"])
def test_provider_whose_addresses_are_trusted_fails(settings, name):
    assert with_app(settings, {name: True}) == [f"oidc: {name} must not be set."]


def test_production_fails_with_a_server_without_tls(settings):
    settings.DEVELOPMENT = False

    assert "oidc x: server_url must begin with https://." in with_app(settings, server_url="http://x.example")


# --- the environment ---


@pytest.mark.parametrize("make", [logins.google, logins.linkedin, logins.cilogon])
def test_login_without_id_and_secret_is_not_there(make):
    assert make("", "") == []


@pytest.mark.parametrize("make", [logins.google, logins.linkedin, logins.cilogon])
@pytest.mark.parametrize(("client_id", "secret", "missing"), [("x", "", "SECRET"), ("", "x", "ID")])
def test_half_a_login_is_refused(make, client_id, secret, missing):
    with pytest.raises(ImproperlyConfigured, match=f"_CLIENT_{missing} is not set"):
        make(client_id, secret)


def test_microsoft_believes_the_named_tenants():
    tenant = "11111111-2222-3333-4444-55555555555A"

    (app,) = logins.microsoft("x", "y", [tenant])

    assert app["settings"]["tenants"] == [tenant.lower()]
    assert app["settings"]["issuer"] == "https://login.microsoftonline.com/{tenantid}/v2.0"


def test_microsoft_tenant_that_is_no_id_is_refused():
    with pytest.raises(ImproperlyConfigured, match=r"MICROSOFT_TENANTS names “contoso\.com”"):
        logins.microsoft("x", "y", ["contoso.com"])


def file_of(tmp_path, *entries):
    path = tmp_path / "providers.json"
    path.write_text(json.dumps(list(entries)))
    return str(path)


def test_institution_is_read_from_the_file(tmp_path):
    (app,) = logins.institutions(file_of(tmp_path, ENTRY), secure=True)

    assert app == {
        "provider_id": "university-x",
        "name": "University X",
        "client_id": "undersigned",
        "secret": "secret",
        "settings": {
            "kind": "institution",
            "server_url": "https://login.uni.example",
            "organization": "University X",
            "scopes": ["uni.example"],
            "domains": [],
            "scope": ["openid", "profile"],
        },
    }


def test_secret_may_stand_in_a_variable(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "UNIVERSITY_SECRET", "from the environment")
    entry = {**ENTRY, "client_secret": "", "client_secret_env": "UNIVERSITY_SECRET"}

    assert logins.institution(entry, secure=True)["secret"] == "from the environment"


WRONG: dict[str, list[object]] = {
    "id": ["", "Big", "a/b", "google", 7, None],
    "name": ["", None, 7],
    "server_url": ["", "http://login.uni.example", "ftp://x", "https://", None],
    "client_id": ["", None],
    "organization": ["", "  ", None],
    "client_secret": ["", None],
    "scopes": [[], None, "uni.example", ["*.example"], ["example"], [7], ["uni.example/x"]],
    "domains": ["uni.example", ["@uni.example"]],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_wrong_entry_is_refused_by_a_sentence(name, value):
    with pytest.raises(ImproperlyConfigured, match=f"OIDC_PROVIDERS_FILE, entry .*: {name} must be "):
        logins.institution({**ENTRY, name: value}, secure=True)


def test_development_takes_a_server_without_tls():
    found = logins.institution({**ENTRY, "server_url": "http://127.0.0.1:8001/"}, secure=False)

    assert found["settings"]["server_url"] == "http://127.0.0.1:8001"


def test_same_id_twice_is_refused(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="holds the id “university-x” twice"):
        logins.institutions(file_of(tmp_path, ENTRY, ENTRY), secure=True)


@pytest.mark.parametrize("text", ["", "{}", "[7]", "no json"])
def test_file_of_another_shape_is_refused(tmp_path, text):
    path = tmp_path / "providers.json"
    path.write_text(text)

    with pytest.raises(ImproperlyConfigured, match="OIDC_PROVIDERS_FILE"):
        logins.institutions(str(path), secure=True)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        logins.institutions(str(tmp_path / "none.json"), secure=True)
