"""The second factor: asked before a page that needs one, good for twelve hours, and nothing typed is lost."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import call_command
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from campaign.desk import access, second_factor
from letters.accounts import adapters
from letters.core import keyring
from letters.signatures import rotating
from tests.accounts.test_logging_in import totp
from tests.factories import make_user
from tests.key_files import own_keys

pytestmark = pytest.mark.django_db
GATE = reverse("desk:second-factor")


@pytest.fixture
def alice(client):
    alice = make_user("alice")
    client.force_login(alice)
    return alice


def request_of(client, alice, method="get", path="/desk/x/export/?kind=csv", data=None):
    request = getattr(RequestFactory(), method)(path, data or {})
    request.user, request.session = alice, client.session
    return request


def record(client, alice, *, method="mfa", age=timedelta(0), user=None):
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": method, "at": time.time() - age.total_seconds()}]
    session["account_authentication_methods_user"] = str((user or alice).pk)
    session.save()


def test_session_without_a_factor_is_led_there_and_back(client, alice):
    answer = access.second_factor(request_of(client, alice))

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{GATE}?next=%2Fdesk%2Fx%2Fexport%2F%3Fkind%3Dcsv"


def test_factor_is_good_for_twelve_hours(client, alice):
    record(client, alice, age=second_factor.GOOD_FOR - timedelta(minutes=1))
    assert access.second_factor(request_of(client, alice)) is None

    record(client, alice, age=second_factor.GOOD_FOR + timedelta(minutes=1))
    assert access.second_factor(request_of(client, alice)).status_code == 302


@pytest.mark.parametrize("method", ["password", "code", "socialaccount"])
def test_login_alone_is_no_second_factor(client, alice, method):
    record(client, alice, method=method)

    assert access.second_factor(request_of(client, alice)).status_code == 302


def test_factor_of_another_person_in_this_browser_counts_for_nobody(client, alice):
    record(client, alice, user=make_user("bob"))

    assert access.second_factor(request_of(client, alice)).status_code == 302


def test_form_sent_without_a_factor_comes_back_with_all_that_was_typed(client, alice):
    typed = {"note": "A long reason & <more>", "sure": "on", "rows": ["1", "2"]}

    answer = access.second_factor(request_of(client, alice, "post", data=typed))

    page = answer.content.decode()
    assert answer.status_code == 403
    assert 'name="note" value="A long reason &amp; &lt;more&gt;"' in page
    assert 'name="sure" value="on"' in page
    assert [page.count(f'name="rows" value="{row}"') for row in ("1", "2")] == [1, 1]
    assert 'action="/desk/x/export/?kind=csv"' in page


def test_gate_offers_what_is_set_up(client, alice):
    assert "You have no second factor yet" in client.get(GATE).content.decode()

    TOTP.activate(alice, generate_totp_secret())
    page = client.get(GATE).content.decode()
    assert "Type a code of my app" in page
    assert "Use my passkey" not in page


def test_gate_leads_on_when_a_code_was_typed(client, alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    begun = f"{GATE}?next=/desk/teams/"
    client.get(begun)

    answer = client.post(f"{reverse('mfa_reauthenticate')}?next={begun}", {"code": totp(secret), "next": begun})

    assert answer.headers["Location"] == begun
    assert client.get(begun).headers["Location"] == "/desk/teams/"
    assert second_factor.NEXT not in client.session


@pytest.mark.django_db(transaction=True)
def test_setting_one_up_counts_as_showing_it(client, alice):
    client.get(f"{GATE}?next=/desk/teams/")
    client.post(reverse("account_reauthenticate"), {"password": alice.email})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret

    client.post(reverse("mfa_activate_totp"), {"code": totp(secret)})

    assert client.get(GATE).headers["Location"] == "/desk/teams/"


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_gate_leads_nowhere_else(client, alice, following):
    record(client, alice)

    assert client.get(GATE, {"next": following}).headers["Location"] == "/desk/"


def test_code_works_once(client, alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    code = totp(secret)
    with time_machine.travel(timezone.now(), tick=False):
        client.post(reverse("mfa_reauthenticate"), {"code": code})
        answer = client.post(reverse("mfa_reauthenticate"), {"code": code})

    assert "Incorrect code" in answer.content.decode()


def test_secrets_stay_readable_after_the_keys_were_rotated(alice, settings, tmp_path):
    with own_keys(settings, tmp_path):
        rotate_and_read(alice)


def rotate_and_read(alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    Authenticator.objects.create(user=alice, type="webauthn", data={"credential": {}})

    call_command("keys", "rotate", settle=0)

    assert len(keyring.ring().field) == 1
    assert adapters.MFAAdapter().decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret
    assert rotating.left() == 0
