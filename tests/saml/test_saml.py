"""SAML: what a locally signed assertion proves, and every way to cheat with one."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from campaign import logins
from letters.verification.providers import find
from tests import factories
from tests.openid import flow
from tests.saml import provider as idp

PATH = "/accounts/saml/uni-saml/"


@pytest.fixture
def uni(settings, tmp_path):
    (tmp_path / "uni.xml").write_text(idp.metadata("uni.example", pattern=".*"))
    entry = {"id": "uni-saml", "name": "University X", "organization": "University X", "metadata": "uni.xml"}
    (tmp_path / "saml.json").write_text(json.dumps([entry]))
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": logins.saml(str(tmp_path / "saml.json"))}}


@pytest.fixture
def client():
    return Client(headers={"host": idp.HOST})


@pytest.fixture
def suzie(db, uni):
    return factories.sign_and_confirm(factories.make_letter())


def begin(client, suzie):
    page = client.post(flow.verify_path(suzie, "saml"), {"action": "start", "institution": "uni-saml"})
    return idp.asked_in(flow.address_in(page))


def send(client, text, **more):
    """What the provider's page posts, and where the browser ends."""
    answer = client.post(f"{PATH}acs/", {"SAMLResponse": idp.posted(text), **more})
    assert answer.headers["Location"] == f"{PATH}acs/finish/"
    return client.get(answer.headers["Location"])


def test_signed_assertion_of_the_institution_is_believed(client, suzie):
    asked = begin(client, suzie)

    answer = send(client, idp.response(asked, idp.signed(idp.assertion(asked))))

    assert answer.headers["Location"].endswith("/?proven=1")
    assert flow.proven(suzie) == [("saml", "affiliation", {"organization": "University X", "affiliation": "faculty"})]


def wrapped(asked):
    """XSW: the signed assertion is moved aside, and an unsigned one stands where it is looked for."""
    good = idp.signed(idp.assertion(asked, values=["alum@uni.example"]))
    evil = idp.assertion(asked, subject="dean@uni.example")
    return idp.response(asked, f"{evil}<samlp:Extensions>{good}</samlp:Extensions>")


def wrapped_inside(asked):
    """XSW: the signed assertion stands inside the evil one."""
    good = idp.signed(idp.assertion(asked, values=["alum@uni.example"]))
    evil = idp.assertion(asked, subject="dean@uni.example")
    return idp.response(asked, evil.replace("<saml:Subject>", f"{good}<saml:Subject>", 1))


def same_id(asked):
    """XSW: both bear the id that the signature names."""
    good = idp.signed(idp.assertion(asked, values=["alum@uni.example"], number="_one"))
    return idp.response(asked, idp.assertion(asked, number="_one") + good)


def changed(asked):
    return idp.response(
        asked, idp.signed(idp.assertion(asked, values=["alum@uni.example"])).replace("alum@", "faculty@")
    )


LIES = {
    "unsigned": lambda asked: idp.response(asked, idp.assertion(asked)),
    "signed by another": lambda asked: idp.response(asked, idp.signed(idp.assertion(asked), "mine")),
    "changed afterwards": changed,
    "wrapped": wrapped,
    "wrapped inside": wrapped_inside,
    "wrapped with the same id": same_id,
    "wrong audience": lambda asked: idp.response(asked, idp.signed(idp.assertion(asked, audience="https://other.example"))),
    "old": lambda asked: idp.response(asked, idp.signed(idp.assertion(asked, age=60))),
    "of the future": lambda asked: idp.response(asked, idp.signed(idp.assertion(asked, age=-60))),
    "wrong issuer": lambda asked: idp.response(asked, idp.signed(idp.assertion(asked, issuer="https://evil.example"))),
    "wrong recipient": lambda asked: idp.response(asked, idp.signed(idp.assertion(asked, recipient="https://x.example"))),
    "wrong destination": lambda asked: idp.response(
        asked, idp.signed(idp.assertion(asked)), destination="https://x.example"
    ),
    "answer to another question inside": lambda asked: idp.response(asked, idp.signed(idp.assertion("ONELOGIN_other"))),
    "begun by the provider": lambda asked: idp.response("", idp.signed(idp.assertion(""))),
    "no XML": lambda asked: "hello",
    "entities": lambda asked: '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_lie_is_not_believed(client, suzie, lie):
    asked = begin(client, suzie)

    answer = send(client, LIES[lie](asked))

    assert answer.status_code in (303, 409)
    assert flow.proven(suzie) == []
    assert flow.states(suzie) == ["waiting"]


def test_assertion_counts_once(client, suzie):
    asked = begin(client, suzie)
    text = idp.response(asked, idp.signed(idp.assertion(asked)))
    send(client, text)

    again = send(client, text)

    assert again.status_code == 409
    assert len(flow.proven(suzie)) == 1


def test_same_assertion_for_a_second_login_is_refused(client, suzie):
    """Where a provider repeats an id: the state is fresh, the assertion is not."""
    for number in range(2):
        asked = begin(client, suzie)
        answer = send(client, idp.response(asked, idp.signed(idp.assertion(asked, number="_repeated"))))
        assert ("proven=1" in answer.headers["Location"]) is (number == 0)


def test_assertion_of_another_browser_is_refused(client, suzie):
    attacker = Client(headers={"host": idp.HOST})
    asked = begin(attacker, suzie)

    assert send(client, idp.response(asked, idp.signed(idp.assertion(asked)))).status_code == 409
    assert flow.proven(suzie) == []


@pytest.mark.parametrize("relay", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/admin/"])
def test_relay_state_leads_nowhere(client, suzie, relay):
    asked = begin(client, suzie)

    answer = send(client, idp.response(asked, idp.signed(idp.assertion(asked))), RelayState=relay)

    assert answer.headers["Location"].startswith("/mine/")


@pytest.mark.parametrize("value", ["faculty@evil.example", "faculty@sub.uni.example", "faculty", "alum@uni.example"])
def test_scope_that_is_not_in_the_metadata_is_dropped(client, suzie, value):
    asked = begin(client, suzie)

    answer = send(client, idp.response(asked, idp.signed(idp.assertion(asked, values=[value]))))

    assert flow.notice(client, answer)
    assert flow.proven(suzie) == []


@pytest.mark.parametrize("path", ["acs/", "acs/finish/", "login/", "sls/"])
def test_addresses_asked_for_nothing_give_nothing(client, uni, db, path):
    assert client.get(PATH + path).status_code in (404, 405, 409)


def test_own_metadata_names_where_assertions_go(client, uni):
    text = client.get(f"{PATH}metadata.xml").content.decode()

    assert idp.ACS in text
    assert "SingleLogoutService" not in text


def test_method_is_not_offered_without_a_provider(settings, suzie):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert find(suzie.letter, "saml") is None


@pytest.mark.parametrize("text", [idp.metadata, lambda: "no XML", lambda: idp.metadata(pattern=".*")])
def test_metadata_without_a_scope_keeps_the_site_from_starting(tmp_path, text):
    (tmp_path / "uni.xml").write_text(text())
    (tmp_path / "saml.json").write_text(
        json.dumps([{"id": "u", "name": "U", "organization": "U", "metadata": "uni.xml"}])
    )

    with pytest.raises(ImproperlyConfigured, match="SAML_PROVIDERS_FILE"):
        logins.saml(str(tmp_path / "saml.json"))
