"""The honest way through a login, and what it leaves behind."""

import pytest
from django.contrib.sessions.models import Session

from letters.verification.models import Evidence
from tests.openid import flow


def test_institution_is_recorded_and_readers_see_the_sentence(client, provider, suzie):
    answer = flow.log_in(client, suzie)

    suzie.refresh_from_db()
    assert flow.proven(suzie) == [
        ("institution", "affiliation", {"organization": "University X", "affiliation": "faculty"})
    ]
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/?proven=1")
    assert flow.states(suzie) == ["done"]
    assert suzie.verification == "affiliation"
    assert "University X confirmed by institutional login that the signatory is faculty" in suzie.sentence


def test_login_leaves_no_session_and_no_identity_in_clear(client, provider, suzie):
    flow.log_in(client, suzie)

    row = Evidence.objects.get(signature=suzie, method="institution")
    assert Session.objects.count() == 0
    assert len(bytes(row.subject_index)) == 32
    assert "person-1" not in repr(vars(row))


def test_request_carries_pkce_nonce_and_state(client, provider, suzie):
    query = flow.query_of(flow.address_in(flow.begin(client, suzie)))

    assert query["code_challenge_method"] == "S256"
    assert len(query["nonce"]) == 32
    assert len(query["state"]) >= 16
    assert query["redirect_uri"] == "http://testserver/accounts/oidc/university-x/callback/"
    assert query["response_type"] == "code"


def test_session_of_a_begun_login_holds_no_link(client, provider, suzie):
    flow.begin(client, suzie)

    stored = Session.objects.get().get_decoded()
    assert "/mine/" not in repr(stored)
    assert client.cookies["sessionid"]["max-age"] == 900


def test_leaving_page_goes_where_it_says(client, provider, suzie):
    page = flow.begin(client, suzie)

    assert page.status_code == 200
    assert f"<strong>{provider.url.removeprefix('http://')}</strong>" in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["post", "head", "put"])
def test_callback_by_anything_but_get_uses_up_nothing(client, provider, suzie, method):
    path = flow.come_back(flow.address_in(flow.begin(client, suzie)))

    assert getattr(client, method)(path).status_code == 405
    assert client.get(path).headers["Location"].endswith("/?proven=1")


def test_get_begins_no_login(client, provider, suzie):
    client.get(flow.verify_path(suzie, "institution") + "?action=start&institution=university-x")

    assert flow.states(suzie) == []
    assert provider.asked == []


@pytest.mark.parametrize("path", ["login/", "login/?process=login", "login/?process=connect", "signup/", ""])
def test_allauths_own_ways_in_are_not_there(client, provider, path):
    for start in ("/accounts/oidc/university-x/", "/accounts/social/", "/accounts/3rdparty/"):
        assert client.post(start + path).status_code == 404


def test_unknown_provider_is_not_found(client, provider):
    assert client.get("/accounts/oidc/nowhere/callback/?state=x&code=y").status_code == 404


def test_second_signature_with_the_same_identity_is_refused(client, provider, suzie):
    from tests import factories  # noqa: PLC0415

    other = factories.sign_and_confirm(suzie.letter, "bob")
    flow.log_in(client, suzie)

    answer = flow.log_in(client, other)

    assert flow.proven(other) == []
    assert "already strengthened another signature" in flow.notice(client, answer)


def test_cancelled_login_comes_back_with_a_sentence(client, provider, suzie):
    provider.denies = "access_denied"

    answer = flow.log_in(client, suzie)

    assert flow.notice(client, answer) == "You did not log in at University X. Nothing was changed."
    assert flow.states(suzie) == ["waiting"]


def test_login_that_proves_nothing_comes_back_with_a_sentence(client, provider, suzie):
    provider.userinfo["eduperson_scoped_affiliation"] = "alum@uni.example"

    answer = flow.log_in(client, suzie)

    assert "alumni and guests do not count" in flow.notice(client, answer)
    assert flow.proven(suzie) == []
    assert flow.states(suzie) == ["waiting"]


def test_login_after_a_cancelled_one_succeeds(client, provider, suzie):
    provider.denies = "access_denied"
    flow.log_in(client, suzie)
    provider.denies = ""

    flow.log_in(client, suzie)

    assert len(flow.proven(suzie)) == 1
