"""An account that is opened by mailed codes alone is asked for a fresh one before anything that opens it is changed."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse
from django.utils import timezone

from campaign.desk import limits, mailed_code
from letters.accounts.models import User
from letters.outbox import sending
from tests.accounts.test_logging_in import code_in, sign_up
from tests.factories import CAST
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db
PAGE = reverse("desk:account-code")
ALICE = CAST["alice"].email


@pytest.fixture
def alice(client):
    """Logged in an hour ago, and away from the desk."""
    user = User.objects.create_user(email=ALICE)
    user.emailaddress_set.create(email=ALICE, primary=True, verified=True)
    client.force_login(user)
    SocialAccount.objects.create(provider="gone-provider", uid="1", user=user)
    return user


def send(client, page=PAGE):
    client.post(page, {"action": "send"})
    sending.deliver_due()


def disconnect(client):
    return client.post(reverse("desk:account"), {"disconnect": "gone-provider"})


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("desk:account", {"disconnect": "gone-provider"}),
        ("account_set_password", {"password1": "a long new password", "password2": "a long new password"}),
        ("account_email", {"action_add": "", "email": "thief@example.org"}),
        ("mfa_activate_totp", {"code": "123456"}),
        ("mfa_add_webauthn", {"name": "key"}),
    ],
)
def test_session_left_open_changes_nothing_that_opens_the_account(client, alice, name, typed):
    answer = client.post(reverse(name), typed)

    assert answer.headers["Location"].startswith(f"{PAGE}?next=")
    assert (SocialAccount.objects.count(), Authenticator.objects.count()) == (1, 0)
    assert User.objects.get().has_usable_password() is False
    assert list(alice.emailaddress_set.values_list("email", flat=True)) == [ALICE]


def test_code_of_the_mail_goes_on_with_what_was_asked(client, alice, mailoutbox):
    page = disconnect(client).headers["Location"]
    assert "Send me a code" in words_of(client.get(page))
    assert mailoutbox == []  # a look sends nothing
    send(client, page)
    message = mailoutbox[-1]

    answer = client.post(page, {"action": "confirm", "code": code_in(message).lower().replace("-", " ")})

    assert (message.to, answer.headers["Location"]) == ([ALICE], reverse("desk:account"))
    assert not SocialAccount.objects.exists()
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_code_is_asked_again_a_quarter_of_an_hour_later(client, alice, mailoutbox):
    send(client)
    client.post(PAGE, {"action": "confirm", "code": code_in(mailoutbox[-1])})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert client.get(reverse("mfa_activate_totp")).status_code == 302


@pytest.mark.parametrize("spoil", ["old", "three wrong", "many at once", "newer", "another's"])
def test_code_that_is_over_changes_nothing(client, alice, mailoutbox, spoil):
    page = disconnect(client).headers["Location"]
    send(client, page)
    code, now = code_in(mailoutbox[-1]), timezone.now()
    if spoil == "old":
        now += mailed_code.GOOD_FOR
    elif spoil == "three wrong":
        for _try in range(mailed_code.MOST_TRIES):
            assert client.post(page, {"action": "confirm", "code": "AAAA-AAAA"}).status_code == 409
    elif spoil == "many at once":
        fresh = client.session["account_code"]
        for _try in range(mailed_code.MOST_TRIES):
            client.post(page, {"action": "confirm", "code": "AAAA-AAAA"})
            session = client.session  # another request read it before this one counted
            session["account_code"] = fresh
            session.save()
    elif spoil == "newer":
        send(client, page)
    else:
        session = client.session
        session["account_code"] = {**session["account_code"], "user": alice.pk + 1}
        session.save()

    with time_machine.travel(now):
        answer = client.post(page, {"action": "confirm", "code": code})

    assert answer.status_code == 409
    assert re.search("Have a new one sent|not the code of the newest mail", words_of(answer))
    assert SocialAccount.objects.count() == 1


def test_codes_are_limited(client, alice, monkeypatch, mailoutbox):
    monkeypatch.setattr(limits, "CODES_AN_HOUR", 1)
    send(client)

    assert client.post(PAGE, {"action": "send"}).status_code == 409
    assert len(mailoutbox) == 1


def test_whoever_has_just_made_the_account_is_not_asked_for_another_code(client, mailoutbox):
    answer = sign_up(client)
    sending.deliver_due()
    client.post(answer.headers["Location"], {"code": code_in(mailoutbox[-1])})

    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_an_empty_code_is_named_at_the_field(client, alice):
    send(client)

    answer = client.post(PAGE, {"action": "confirm", "code": ""})

    assert answer.status_code == 422
    assert "Type the code from the mail." in words_of(answer)
