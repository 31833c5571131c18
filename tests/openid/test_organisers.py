"""Organisers and the logins of the site: only what was connected before opens an account, whatever a provider says."""

import json

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.urls import reverse

from letters.accounts.models import AccountMail, User
from letters.ledger.models import AuditEvent
from tests.factories import CAST, make_user
from tests.openid import flow
from tests.openid.provider import CLIENT_ID

pytestmark = pytest.mark.django_db
BEGIN = "/accounts/with/university-x/"
LYING = {
    "none algorithm": {"algorithm": "none"},
    "another's key": {"signing_key": 2},
    "wrong audience": {"claims": {"sub": "person-1", "aud": "another-client"}},
    "expired": {"claims": {"sub": "person-1", "exp": 1_000_000_000}},
    "another nonce": {"claims": {"sub": "person-1", "nonce": "of-somebody-else"}},
    "no id_token": {"sends_id_token": False},
}


@pytest.fixture
def alice(client):
    alice = make_user("alice")
    client.force_login(alice)
    prove(client, "alice")
    return alice


def prove(client, person):
    """Show the password once more, without which no login is connected or disconnected."""
    client.post(reverse("account_reauthenticate"), {"password": CAST[person].email})


def begin(client, process, **more):
    return client.post(BEGIN, {"process": process, **more})


def whole(client, process, **more):
    return client.get(flow.come_back(flow.address_in(begin(client, process, **more))))


def is_logged_in(client):
    return client.get("/desk/").status_code == 200


def test_connected_login_opens_the_account_and_says_nothing_of_the_person(client, provider, alice):
    provider.claims = {"sub": "person-1", "email": "alice@uni.example", "name": "Alice Adeyemi"}

    assert whole(client, "connect").headers["Location"] == reverse("desk:account")

    row = SocialAccount.objects.get()
    assert (row.user, row.provider, row.extra_data) == (alice, "university-x", {})
    assert (len(row.uid), "person-1" in row.uid) == (64, False)
    assert SocialToken.objects.count() == 0
    assert AuditEvent.objects.latest("pk").action == "login-connected"
    other = Client()
    answer = whole(other, "login", next="/desk/teams/")
    assert answer.headers["Location"] == "/desk/teams/"
    assert other.get("/desk/account/").context["user"] == alice
    row.refresh_from_db()
    assert row.extra_data == {}


def test_connecting_twice_is_one_connection(client, provider, alice):
    whole(client, "connect")
    whole(client, "connect")

    assert SocialAccount.objects.count() == 1


def test_login_that_was_never_connected_opens_nothing_even_with_a_known_address(provider):
    make_user("alice")
    provider.claims = {"sub": "person-1", "email": CAST["alice"].email, "email_verified": True}
    stranger = Client()

    answer = whole(stranger, "login")

    assert answer.status_code == 409
    assert "No account was connected with this login at University X" in answer.content.decode()
    assert not is_logged_in(stranger)
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)


def test_login_of_one_account_cannot_be_connected_to_another(client, provider, alice):
    whole(client, "connect")
    bobs = Client()
    bobs.force_login(make_user("bob"))
    prove(bobs, "bob")

    answer = whole(bobs, "connect")

    assert (answer.status_code, SocialAccount.objects.get().user) == (409, alice)


def test_second_login_of_a_provider_waits_until_the_first_is_disconnected(client, provider, alice):
    whole(client, "connect")
    provider.userinfo, provider.claims = {"sub": "person-2"}, {"sub": "person-2"}

    assert whole(client, "connect").status_code == 409

    assert client.post("/desk/account/", {"disconnect": "university-x"}).status_code == 303
    assert not SocialAccount.objects.exists()
    assert client.post("/desk/account/", {"disconnect": "university-x"}).status_code == 404
    assert whole(client, "connect").status_code == 303
    assert SocialAccount.objects.count() == 1


def test_session_left_open_connects_and_disconnects_nothing(client, provider, alice):
    stolen = Client()
    stolen.force_login(alice)
    SocialAccount.objects.create(provider="another", uid="1", user=alice)
    reauthenticate = reverse("account_reauthenticate")

    assert begin(stolen, "connect").headers["Location"].startswith(reauthenticate)
    answer = stolen.post("/desk/account/", {"disconnect": "another"})
    assert answer.headers["Location"].startswith(reauthenticate)
    assert list(SocialAccount.objects.values_list("provider", flat=True)) == ["another"]

    begin(stolen, "connect")
    answer = stolen.post(f"{reauthenticate}?next={BEGIN}", {"password": CAST["alice"].email})
    assert stolen.get(flow.come_back(flow.address_in(answer))).status_code == 303
    assert SocialAccount.objects.filter(provider="university-x").exists()


def test_account_without_a_password_shows_a_fresh_code_before_it_connects_a_login(client, provider, alice):
    alice.set_unusable_password()
    alice.save()
    stolen = Client()
    stolen.force_login(alice)

    assert begin(stolen, "connect").headers["Location"].startswith(reverse("desk:account-code"))
    assert not SocialAccount.objects.exists()


def test_owner_is_told_of_a_connected_and_a_disconnected_login(client, provider, alice):
    whole(client, "connect")
    client.post("/desk/account/", {"disconnect": "university-x"})

    mails = [json.loads(row.content) for row in AccountMail.objects.order_by("pk")]
    assert [(mail["to"], mail["subject"]) for mail in mails] == [
        (alice.email, "A login was connected with your account on Undersigned"),
        (alice.email, "A login was disconnected from your account on Undersigned"),
    ]
    assert all("Your login at University X" in mail["text"] for mail in mails)


def test_saml_is_no_login_of_an_account(client, provider, alice, settings):
    app = {"provider_id": "campus", "name": "Campus SAML", "client_id": "campus", "settings": {}}
    settings.SOCIALACCOUNT_PROVIDERS = {**settings.SOCIALACCOUNT_PROVIDERS, "saml": {"APPS": [app]}}

    assert "Campus SAML" not in client.get(reverse("desk:account")).content.decode()


def test_login_of_another_person_opens_nothing(client, provider, alice):
    whole(client, "connect")
    provider.userinfo, provider.claims = {"sub": "person-2"}, {"sub": "person-2"}
    stranger = Client()

    assert whole(stranger, "login").status_code == 409
    assert not is_logged_in(stranger)


def test_closed_account_stays_closed(client, provider, alice):
    whole(client, "connect")
    User.objects.update(is_active=False)
    stranger = Client()

    assert whole(stranger, "login").status_code == 409
    assert not is_logged_in(stranger)


def test_second_factor_is_asked_for_here_too(client, provider, alice):
    whole(client, "connect")
    TOTP.activate(alice, generate_totp_secret())
    stranger = Client()

    assert whole(stranger, "login").headers["Location"] == reverse("mfa_authenticate")
    assert not is_logged_in(stranger)


@pytest.mark.parametrize("lie", LYING)
@pytest.mark.parametrize("process", ["login", "connect"])
def test_lie_opens_and_connects_nothing(client, provider, alice, lie, process):
    if process == "login":
        whole(client, "connect")
    browser = Client() if process == "login" else client
    address = flow.address_in(begin(browser, process))
    for name, value in LYING[lie].items():
        setattr(provider, name, value)

    answer = browser.get(flow.come_back(address))

    assert answer.status_code == 409
    assert "did not answer as it should" in answer.content.decode()
    assert SocialAccount.objects.count() == (1 if process == "login" else 0)
    assert is_logged_in(browser) is (process == "connect")


def test_answer_opens_nothing_in_another_browser_or_twice(client, provider, alice):
    whole(client, "connect")
    victim, first = Client(), Client()
    back = flow.come_back(flow.address_in(begin(first, "login")))

    assert victim.get(back).status_code == 409
    assert not is_logged_in(victim)
    assert first.get(back).status_code == 302
    again = Client()
    assert again.get(back).status_code == 409


def test_connecting_that_another_account_began_in_this_browser_is_refused(client, provider, alice):
    back = flow.come_back(flow.address_in(begin(client, "connect")))
    session = dict(client.session.items())
    client.force_login(make_user("bob"))
    kept = client.session
    kept.update({key: value for key, value in session.items() if key.startswith("socialaccount")})
    kept.save()

    assert client.get(back).status_code == 409
    assert not SocialAccount.objects.exists()


def test_state_of_an_organiser_finishes_no_check_of_a_signatory(client, provider, suzie_s_signature):
    """And the other way round: the two states hold different words, and never both."""
    begun = flow.address_in(flow.begin(client, suzie_s_signature))

    client.get(flow.come_back(begun))

    assert not is_logged_in(client)
    assert not SocialAccount.objects.exists()
    assert flow.proven(suzie_s_signature)


@pytest.fixture
def suzie_s_signature(db):
    from tests import factories  # noqa: PLC0415 - the apps must be ready

    return factories.sign_and_confirm(factories.make_letter())


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"])
def test_way_back_leads_nowhere_else(client, provider, alice, following):
    whole(client, "connect")

    assert whole(Client(), "login", next=following).headers["Location"] == "/desk/"


def test_beginning_is_refused_where_it_makes_no_sense(client, provider):
    assert client.get(BEGIN).status_code == 405
    assert begin(client, "signup").status_code == 404
    assert client.post("/accounts/with/no-such-login/", {"process": "login"}).status_code == 404
    assert begin(client, "connect").headers["Location"] == reverse("account_login")
    assert CLIENT_ID not in begin(client, "login").headers.get("Location", "")


def test_cancelled_login_says_so(client, provider, alice):
    address = flow.address_in(begin(client, "connect"))
    state = flow.query_of(address)["state"]

    answer = client.get(f"/accounts/oidc/university-x/callback/?error=access_denied&state={state}")

    assert (answer.status_code, SocialAccount.objects.count()) == (409, 0)
    assert "You did not log in at University X. Nothing was changed." in answer.content.decode()


def test_login_page_offers_the_login_and_the_account_page_connects_it(client, provider, alice):
    assert BEGIN in Client().get(reverse("account_login")).content.decode()
    assert BEGIN in client.get(reverse("desk:account")).content.decode()
    whole(client, "connect")
    assert "Connected: it opens this account." in client.get(reverse("desk:account")).content.decode()
