"""A provider, or somebody who plays one, lies: nothing is recorded, and one clear page says so."""

import json
import time

import jwt
import pytest
from django.test import Client

from letters.verification.models import Check
from tests.openid import flow
from tests.openid import provider as op

TENANT = "11111111-2222-3333-4444-555555555555"
FOREIGN = "99999999-8888-7777-6666-555555555555"
PERSON = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
NOT_AS_IT_SHOULD = "University X did not answer as it should, so nothing was believed and nothing was changed."
NOT_OURS = "This login was not begun in this browser"


def refused(client, suzie, answer, sentence=NOT_AS_IT_SHOULD):
    """Nothing is recorded, the check still waits, and the page says what happened and lets her try again."""
    assert answer.status_code == 303
    assert flow.notice(client, answer) == sentence
    assert flow.proven(suzie) == []
    assert flow.states(suzie) == ["waiting"]


TOKENS = {
    "none algorithm": {"algorithm": "none"},
    "HS256 with the public key": {"algorithm": "HS256"},
    "another's key": {"signing_key": 2},
    "unknown key id": {"header": {"kid": "key-2"}},
    "wrong audience": {"claims": {"sub": "person-1", "aud": "another-client"}},
    "two audiences": {"claims": {"sub": "person-1", "aud": [op.CLIENT_ID, "another-client"]}},
    "another authorized party": {"claims": {"sub": "person-1", "azp": "another-client"}},
    "wrong issuer": {"claims": {"sub": "person-1", "iss": "https://evil.example"}},
    "issuer with a slash": {"claims": {"sub": "person-1", "iss": "{url}/"}},
    "expired": {"claims": {"sub": "person-1", "exp": 1_000_000_000}},
    "no expiry": {"claims": {"sub": "person-1", "exp": None}},
    "issued long ago": {"claims": {"sub": "person-1", "iat": 1_000_000_000}},
    "issued tomorrow": {"claims": {"sub": "person-1", "iat": 4_000_000_000}},
    "no time of issue": {"claims": {"sub": "person-1", "iat": None}},
    "missing subject": {"claims": {"sub": None}},
    "empty subject": {"claims": {"sub": ""}},
    "subject of spaces": {"claims": {"sub": "  "}},
    "subject is a number": {"claims": {"sub": 7}},
    "very long subject": {"claims": {"sub": "x" * 256}},
    "no nonce": {"claims": {"sub": "person-1", "nonce": None}},
    "another nonce": {"claims": {"sub": "person-1", "nonce": "of-somebody-else"}},
    "empty nonce": {"claims": {"sub": "person-1", "nonce": ""}},
    "no id_token": {"sends_id_token": False},
    "no token at all": {"raw_id_token": "hello"},
    "userinfo of another": {"userinfo": {"sub": "person-2", "eduperson_scoped_affiliation": "faculty@uni.example"}},
    "userinfo without subject": {"userinfo": {"eduperson_scoped_affiliation": "faculty@uni.example"}},
    "discovery of another issuer": {"discovery": {"issuer": "https://evil.example"}},
    "keys for encryption": {"keys": {"use": "enc"}},
    "keys of another type": {"keys": {"kty": "oct", "k": "c2VjcmV0"}},
    "keys of another algorithm": {"keys": {"alg": "RS512"}},
}


@pytest.mark.parametrize("lie", TOKENS)
def test_lie_in_the_answer_is_not_believed(client, provider, suzie, lie):
    address = flow.address_in(flow.begin(client, suzie))
    for name, value in TOKENS[lie].items():
        if name == "claims" and "iss" in value:
            value = {**value, "iss": value["iss"].format(url=provider.url)}
        setattr(provider, name, value)

    refused(client, suzie, client.get(flow.come_back(address)))


BROKEN = {
    "500": (500, "text/html", b"<h1>Internal Server Error</h1>"),
    "HTML": (200, "text/html", b"<!doctype html><title>Maintenance</title>"),
    "HTML that calls itself JSON": (200, "application/json", b"<!doctype html>"),
    "a list": (200, "application/json", b'["access_token", "keys", "sub"]'),
    "a number": (200, "application/json", b"7"),
    "no UTF-8": (200, "application/json", b"\xff\xfe\x00"),
    "nothing": (200, "application/json", b""),
    "nested without end": (200, "application/json", b"[" * 100_000),
    "huge": (200, "application/json", b'{"a": "' + b"x" * 400_000 + b'"}'),
    "redirect inwards": (302, "text/plain", b""),
}
PATHS = ("/.well-known/openid-configuration", "/jwks", "/token", "/userinfo")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("broken", BROKEN)
def test_broken_answer_gives_a_page(client, provider, suzie, path, broken):
    address = flow.address_in(flow.begin(client, suzie))
    provider.answers[path] = BROKEN[broken]

    refused(client, suzie, client.get(flow.come_back(address)))


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_discovery_when_the_login_begins_gives_a_page(client, provider, suzie, broken):
    provider.answers[PATHS[0]] = BROKEN[broken]

    refused(client, suzie, flow.begin(client, suzie))


@pytest.mark.parametrize("path", PATHS)
def test_slow_provider_gives_a_page_in_time(client, provider, suzie, settings, path):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2
    address = flow.address_in(flow.begin(client, suzie))
    provider.slow[path] = 60.0
    started = time.monotonic()

    answer = client.get(flow.come_back(address))

    assert time.monotonic() - started < 5
    refused(client, suzie, answer)


@pytest.mark.parametrize("path", PATHS)
def test_provider_that_drips_gives_a_page_in_time(client, provider, suzie, settings, path):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2
    address = flow.address_in(flow.begin(client, suzie))
    provider.drips.add(path)
    provider.answers[path] = (200, "application/json", b'{"a": "' + b"x" * 1000 + b'"}')
    started = time.monotonic()

    answer = client.get(flow.come_back(address))

    assert time.monotonic() - started < 5
    refused(client, suzie, answer)


def test_provider_that_is_gone_gives_a_page(client, provider, suzie, settings):
    flow.set_up(settings, flow.app(op.Provider(url="http://127.0.0.1:9")))

    refused(client, suzie, flow.begin(client, suzie))


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "authorization_endpoint", "userinfo_endpoint"])
@pytest.mark.parametrize("value", ["http://uni.example/x", "file:///etc/passwd", "", None])
def test_production_takes_no_endpoint_without_tls(client, provider, suzie, settings, name, value):
    settings.DEVELOPMENT = False
    https = {end: "https://127.0.0.1:9/x" for end in provider.configuration() if end.endswith(("endpoint", "uri"))}
    provider.discovery = {**https, name: value}

    refused(client, suzie, flow.begin(client, suzie))


# --- replay, and answers that are not ours ---


def test_callback_opened_twice_records_once(client, provider, suzie):
    path = flow.come_back(flow.address_in(flow.begin(client, suzie)))
    client.get(path)

    again = client.get(path)

    assert again.status_code == 409
    assert NOT_OURS in again.content.decode()
    assert len(flow.proven(suzie)) == 1


def test_replayed_code_is_refused(client, provider, suzie):
    first = flow.query_of(flow.come_back(flow.address_in(flow.begin(client, suzie))))
    client.get(f"/accounts/oidc/university-x/callback/?state={first['state']}&code={first['code']}")
    second = flow.query_of(flow.come_back(flow.address_in(flow.begin(client, suzie))))

    answer = client.get(f"/accounts/oidc/university-x/callback/?state={second['state']}&code={first['code']}")

    assert flow.notice(client, answer) == NOT_AS_IT_SHOULD
    assert flow.states(suzie) == ["done", "waiting"]


def test_replayed_id_token_is_refused(client, provider, suzie):
    flow.log_in(client, suzie)
    provider.raw_id_token = provider.id_tokens[0]

    answer = flow.log_in(client, suzie)

    assert flow.notice(client, answer) == NOT_AS_IT_SHOULD
    assert flow.states(suzie) == ["done", "waiting"]


def test_code_of_another_browser_is_refused(client, provider, suzie):
    """Somebody sends her a link to the end of the login that he began: login fixation."""
    attacker = Client()
    path = flow.come_back(flow.address_in(flow.begin(attacker, suzie)))

    answer = client.get(path)

    assert answer.status_code == 409
    assert NOT_OURS in answer.content.decode()
    assert flow.proven(suzie) == []


@pytest.mark.parametrize("query", ["", "?code=x", "?state=", "?state=x&code=y", "?error=access_denied", "?state=%00"])
def test_callback_nobody_asked_for_is_refused(client, provider, suzie, query):
    answer = client.get(f"/accounts/oidc/university-x/callback/{query}")

    assert answer.status_code == 409
    assert NOT_OURS in answer.content.decode()


def test_answer_of_another_provider_is_refused(client, provider, suzie, settings):
    """Mix-up: the state was made for one provider and comes back through another."""
    with op.Server() as evil:
        flow.set_up(settings, flow.app(provider), flow.app(evil, app_id="university-y"))
        query = flow.query_of(flow.come_back(flow.address_in(flow.begin(client, suzie))))

        answer = client.get(f"/accounts/oidc/university-y/callback/?state={query['state']}&code={query['code']}")

    assert answer.status_code == 409
    assert evil.asked == []


def test_answer_after_the_check_was_replaced_is_refused(client, provider, suzie):
    path = flow.come_back(flow.address_in(flow.begin(client, suzie)))
    Check.objects.all().delete()

    answer = client.get(path)

    assert answer.status_code == 409
    assert flow.proven(suzie) == []


def test_state_of_allauths_login_process_is_refused(client, provider, suzie):
    flow.begin(client, suzie)
    session = client.session
    state = next(iter(session["socialaccount_states"]))
    session["socialaccount_states"][state][0]["process"] = "login"
    session.save()
    nonce = session["socialaccount_states"][state][0]["nonce"]
    verifier = session["socialaccount_states"][state][0]["pkce_code_verifier"]
    code = _code_for(provider, nonce, verifier)

    answer = client.get(f"/accounts/oidc/university-x/callback/?state={state}&code={code}")

    assert answer.status_code == 409
    assert "_auth_user_id" not in client.session
    assert flow.proven(suzie) == []


def _code_for(provider, nonce, verifier):
    import base64  # noqa: PLC0415
    import hashlib  # noqa: PLC0415

    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    provider.codes["code"] = {"client_id": op.CLIENT_ID, "nonce": nonce, "code_challenge": digest}
    return "code"


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "<script>alert(1)</script>"])
def test_error_of_the_provider_gives_a_page(client, provider, suzie, error):
    provider.denies = error

    refused(client, suzie, flow.log_in(client, suzie))


def test_log_names_no_person_and_no_token(client, provider, suzie, caplog):
    provider.claims = {"sub": "person-1", "aud": "another-client", "email": "suzie@example.com", "name": "Suzie"}

    flow.log_in(client, suzie)

    assert "login at university-x failed: The id_token was refused: InvalidAudienceError." in caplog.text
    for secret in ("suzie", "Suzie", "an-access-token", provider.id_tokens[0]):
        assert secret not in caplog.text


# --- Microsoft: the foreign tenant with the victim's mail ---


@pytest.fixture
def microsoft(provider, settings):
    flow.set_up(settings, flow.app(provider, "microsoft", tenants=[TENANT]))
    provider.claims = _account(provider, TENANT)
    return provider


def _account(provider, tenant, **more):
    return {
        "sub": "pairwise", "tid": tenant, "oid": PERSON, "iss": f"{provider.url}/{tenant}/v2.0",
        "email": "suzie@uni.example", "xms_edov": True, "acct": 0, **more,
    }  # fmt: skip


def test_tenant_on_the_list_is_believed(client, microsoft, suzie):
    flow.log_in(client, suzie, "microsoft")

    assert [(method, claim["domain"]) for method, _, claim in flow.proven(suzie)] == [("microsoft", "uni.example")]


def test_foreign_tenant_with_the_victims_mail_is_refused(client, microsoft, suzie):
    microsoft.claims = _account(microsoft, FOREIGN)

    answer = flow.log_in(client, suzie, "microsoft")

    assert flow.proven(suzie) == []
    assert "did not answer as it should" in flow.notice(client, answer)


def test_foreign_tenant_under_the_issuer_of_another_is_refused(client, microsoft, suzie):
    microsoft.claims = _account(microsoft, TENANT, iss=f"{microsoft.url}/{FOREIGN}/v2.0")

    flow.log_in(client, suzie, "microsoft")

    assert flow.proven(suzie) == []


@pytest.mark.parametrize("tenant", ["", None, "{tenantid}", "../x", TENANT.replace("-", ""), 7])
def test_tenant_that_is_no_id_is_refused(client, microsoft, suzie, tenant):
    microsoft.claims = {**_account(microsoft, TENANT), "tid": tenant}

    flow.log_in(client, suzie, "microsoft")

    assert flow.proven(suzie) == []


def test_key_that_belongs_to_another_tenant_is_refused(client, microsoft, suzie):
    microsoft.keys = {"issuer": f"{microsoft.url}/{FOREIGN}/v2.0"}

    flow.log_in(client, suzie, "microsoft")

    assert flow.proven(suzie) == []


def test_key_of_all_tenants_is_believed(client, microsoft, suzie):
    microsoft.keys = {"issuer": f"{microsoft.url}/{{tenantid}}/v2.0"}

    flow.log_in(client, suzie, "microsoft")

    assert len(flow.proven(suzie)) == 1


def test_linkedin_without_nonce_and_pkce_works(client, provider, suzie, settings):
    flow.set_up(settings, flow.app(provider, "linkedin", has_nonce=False, oauth_pkce_enabled=False))
    provider.claims = {"sub": "li-1", "nonce": None, "email": "suzie@bank.example", "email_verified": "true"}

    query = flow.query_of(flow.address_in(flow.begin(client, suzie, "linkedin")))
    flow.log_in(client, suzie, "linkedin")

    assert "code_challenge" not in query
    assert flow.proven(suzie) == [("linkedin", "account", {})]


def test_lies_of_these_tests_are_what_they_say(provider):
    """The provider really makes what PyJWT refuses to make."""
    provider.algorithm = "HS256"
    token = provider.sign({"sub": "x"})

    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    assert json.loads(json.dumps(provider.jwks()))["keys"][0]["kty"] == "RSA"
