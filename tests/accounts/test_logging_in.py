"""Making an account, logging in by code and by password, and what of it is stored: nothing in clear."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from letters.accounts import adapters, emails, sessions, tasks, teams
from letters.accounts.models import AccountMail, Team, User
from letters.outbox import sending
from letters.outbox.models import Message
from tests.factories import CAST, make_team, make_user, utc

pytestmark = pytest.mark.django_db
ALICE = CAST["alice"].email
CODE = re.compile(r"^([A-Z0-9-]{6,12})$", re.MULTILINE)


@pytest.fixture(autouse=True)
def mails(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sending._drop_connection()
    yield
    sending._drop_connection()


def newest():
    sending.deliver_due()
    return mail.outbox[-1]


def code_in(message):
    return CODE.search(message.body).group(1)


def sign_up(client, email=ALICE, **more):
    return client.post(reverse("account_signup"), {"email": email, **more})


def test_sign_up_by_code_makes_an_account_without_a_password(client):
    answer = sign_up(client, "Alice@Example.org", next="/desk/teams/")
    assert answer.headers["Location"].startswith(reverse("account_email_verification_sent"))
    message = newest()
    assert (message.to, message.subject) == ([ALICE], "Your code to make an account on Undersigned")

    answer = client.post(answer.headers["Location"], {"code": code_in(message), "next": "/desk/teams/"})

    assert answer.headers["Location"] == "/desk/teams/"
    user = User.objects.get()
    assert (user.email, user.username, user.has_usable_password()) == (ALICE, ALICE, False)
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(ALICE, True, True)]
    assert client.get("/desk/teams/").status_code == 200


def test_wrong_code_makes_no_login(client):
    sign_up(client)

    client.post(reverse("account_email_verification_sent"), {"code": "AAAA-BBBB"})

    assert client.get("/desk/").status_code == 302
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_sign_up_with_a_known_address_looks_the_same_and_tells_its_owner(client):
    make_user("alice")

    answer = sign_up(client)

    assert answer.headers["Location"].startswith(reverse("account_email_verification_sent"))
    assert newest().to == [ALICE]
    assert "you have one" in mail.outbox[-1].body
    assert User.objects.count() == 1


@pytest.mark.parametrize("typed", ["", "alice", "a@b", "Alice <alice@example.org>", "alice@example.org\r\nBcc: x@y.zz"])
def test_sign_up_refuses_what_is_no_address(client, typed):
    answer = sign_up(client, typed)

    assert answer.status_code == 200
    assert "There is a problem" in answer.content.decode()
    assert not User.objects.exists()


def test_sign_up_is_closed_where_it_is_by_invitation(client, settings):
    settings.ORGANISER_SIGNUP = "invited"

    for answer in (client.get(reverse("account_signup")), sign_up(client)):
        assert "Accounts are made by invitation here" in answer.content.decode()
    assert not User.objects.exists()


def test_invited_person_signs_up_with_the_invited_address_alone(client, settings):
    settings.ORGANISER_SIGNUP = "invited"
    team = make_team("bob")
    row = teams.invite(team, ALICE, "editor", by=User.objects.get())
    join = reverse("desk:team-join", args=[teams.token_for(row)])
    assert client.get(join).status_code == 200

    other = sign_up(client, "eve@example.org")
    assert "Use the address that the invitation was sent to" in other.content.decode()

    sign_up(client, next=join)
    message = next(m for m in (newest(), *mail.outbox) if "code to make" in m.subject)
    answer = client.post(reverse("account_email_verification_sent"), {"code": code_in(message), "next": join})
    assert answer.headers["Location"] == join
    assert client.post(join, {"action": "join"}).headers["Location"] == f"/desk/teams/{team.public_id}/"
    assert team.memberships.get(user__email=ALICE).role == "editor"


def test_invitation_that_was_taken_back_opens_no_sign_up(client, settings):
    settings.ORGANISER_SIGNUP = "invited"
    team = make_team("bob")
    row = teams.invite(team, ALICE, "editor", by=User.objects.get())
    client.get(reverse("desk:team-join", args=[teams.token_for(row)]))
    teams.revoke(row, by=User.objects.get())

    assert "by invitation" in client.get(reverse("account_signup")).content.decode()


def test_login_by_code(client):
    make_user("alice")

    answer = client.post(reverse("account_request_login_code"), {"email": ALICE, "next": "/desk/account/"})
    message = newest()
    assert message.subject == "Your code to sign in to Undersigned"
    answer = client.post(answer.headers["Location"], {"code": code_in(message), "next": "/desk/account/"})

    assert answer.headers["Location"] == "/desk/account/"
    assert client.get("/desk/account/").status_code == 200


def test_code_for_an_unknown_address_looks_the_same(client):
    make_user("alice")
    known = client.post(reverse("account_request_login_code"), {"email": ALICE})
    client.cookies.clear()

    unknown = client.post(reverse("account_request_login_code"), {"email": "eve@example.org"})

    assert (unknown.status_code, unknown.headers["Location"]) == (known.status_code, known.headers["Location"])
    assert "there is no account" in newest().body


@pytest.mark.parametrize(
    ("wish", "keeps"), [("/desk/new/", True), ("/desk/teams/", False), ("https://evil.example/desk/new/", False)]
)
def test_whoever_came_to_write_still_does_after_a_mail_to_an_unknown_address(client, wish, keeps):
    client.post(reverse("account_request_login_code"), {"email": "eve@example.org", "next": wish})

    link = f"{reverse('account_signup')}?next=/desk/new/"
    assert (link in newest().body, "next=" in newest().body) == (keeps, keeps)


def test_front_page_leads_a_stranger_to_an_account_and_a_known_one_to_the_letter(client):
    address = f"{reverse('account_signup')}?next={reverse('desk:letter-new')}"
    assert f'href="{address}"' in client.get("/").content.decode()
    assert client.get(address).status_code == 200

    client.force_login(make_user("alice"))

    assert client.get(address).headers["Location"] == reverse("desk:letter-new")


def test_code_works_for_as_long_as_the_page_says(client):
    make_user("alice")
    with time_machine.travel(utc("2026-12-01 12:00"), tick=False) as clock:
        page = client.post(reverse("account_request_login_code"), {"email": ALICE}).headers["Location"]
        assert "15 minutes" in client.get(page).content.decode()
        clock.shift(timedelta(minutes=14))
        client.post(page, {"code": code_in(newest())})

        assert client.get("/desk/account/").status_code == 200


def test_login_by_password_and_by_a_wrong_one(client):
    make_user("alice")
    url = reverse("account_login")

    assert client.post(url, {"login": ALICE, "password": "wrong"}).status_code == 200
    assert client.post(url, {"login": ALICE, "password": ALICE}).headers["Location"] == "/desk/"


def test_password_guessing_is_stopped(client):
    make_user("alice")
    url = reverse("account_login")
    for _ in range(5):
        client.post(url, {"login": ALICE, "password": "wrong"})

    answer = client.post(url, {"login": ALICE, "password": ALICE})

    assert "Too many failed login attempts" in answer.content.decode()


def test_address_that_was_never_confirmed_opens_nothing(client):
    User.objects.create_user(email=ALICE, password=ALICE)

    answer = client.post(reverse("account_login"), {"login": ALICE, "password": ALICE})

    assert answer.headers["Location"].startswith(reverse("account_email_verification_sent"))
    assert client.get("/desk/").status_code == 302


def test_next_that_leads_elsewhere_is_not_followed(client):
    make_user("alice")

    answer = client.post(reverse("account_login"), {"login": ALICE, "password": ALICE, "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/desk/"


def test_password_is_reset_by_code(client):
    make_user("alice")
    answer = client.post(reverse("account_reset_password"), {"email": ALICE})
    answer = client.post(answer.headers["Location"], {"code": code_in(newest())})

    client.post(
        answer.headers["Location"], {"password1": "a brand new pass", "password2": "a brand new pass"}, follow=True
    )

    assert User.objects.get().check_password("a brand new pass")


def test_written_mail_is_sealed_and_gone_after_it_left(client):
    sign_up(client)
    row, message = AccountMail.objects.get(), Message.objects.get()
    written = json.loads(row.content)
    assert (written["to"], message.kind) == (ALICE, "account_stranger")
    for secret in (ALICE, code_in(newest())):
        assert secret.encode() not in bytes(row.content_sealed)

    tasks.retain()

    assert not AccountMail.objects.exists()


def test_written_mail_that_never_leaves_is_deleted_after_a_day_and_not_sent(client):
    sign_up(client)

    with time_machine.travel(timezone.now() + emails.ACCOUNT_MAIL_KEPT, tick=False):
        message = Message.objects.get()
        assert emails.build_account([message])[message.pk].code == "gone"
        tasks.retain()

    assert not AccountMail.objects.exists()


def test_waiting_mail_is_kept(client):
    sign_up(client)

    tasks.retain()

    assert AccountMail.objects.count() == 1


def test_stranger_s_address_meets_the_caps_and_an_owner_s_does_not(client):
    make_user("bob")
    for _ in range(7):
        client.post(reverse("account_request_login_code"), {"email": "eve@example.org"})
        client.cookies.clear()
    client.post(reverse("account_request_login_code"), {"email": CAST["bob"].email})
    sending.deliver_due()

    to = [message.to[0] for message in mail.outbox]
    assert to.count("eve@example.org") <= 5
    assert to.count(CAST["bob"].email) == 1
    assert set(Message.objects.filter(kind="account").values_list("recipient_index", flat=True)) == {None}


@pytest.mark.parametrize(("name", "most"), [("account_signup", 3), ("account_reset_password", 5)])
def test_stranger_on_many_networks_causes_few_mails_to_an_owner(client, name, most):
    make_user("alice")

    with time_machine.travel(timezone.now()) as clock:
        for number in range(12):
            client.cookies.clear()
            client.post(reverse(name), {"email": ALICE}, REMOTE_ADDR=f"203.0.113.{number}")
            clock.shift(40)
        sending.deliver_due()

    assert [message.to for message in mail.outbox] == [[ALICE]] * most


def totp(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def test_secrets_of_a_second_factor_are_sealed(client):
    alice = make_user("alice")
    client.post(reverse("account_login"), {"login": ALICE, "password": ALICE})
    client.post(reverse("account_reauthenticate"), {"password": ALICE})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret

    answer = client.post(reverse("mfa_activate_totp"), {"code": totp(secret)})

    assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
    rows = {row.type: row for row in Authenticator.objects.filter(user=alice)}
    assert set(rows) == {"totp", "recovery_codes"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        assert secret not in str(cursor.fetchall())
    assert adapters.MFAAdapter().decrypt(rows["totp"].data["secret"]) == secret


def test_login_asks_for_the_second_factor(client):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: PLC0415 - needs the apps

    alice, secret = make_user("alice"), generate_totp_secret()
    TOTP.activate(alice, secret)

    answer = client.post(reverse("account_login"), {"login": ALICE, "password": ALICE})
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert client.get("/desk/").status_code == 302

    answer = client.post(reverse("mfa_authenticate"), {"code": totp(secret)})
    assert answer.headers["Location"] == "/desk/"


def test_sessions_page_ends_the_others(client):
    from django.test import Client  # noqa: PLC0415 - the same

    make_user("alice")
    other = Client()
    for browser in (client, other):
        browser.post(reverse("account_login"), {"login": ALICE, "password": ALICE})
    assert client.get(reverse("usersessions_list")).context["session_count"] == 2

    client.post(reverse("usersessions_list"))

    assert other.get("/desk/").status_code == 302
    assert client.get("/desk/").status_code == 200


def test_session_rows_go_with_their_sessions(client):
    from allauth.usersessions.models import UserSession  # noqa: PLC0415 - the same

    make_user("alice")
    client.post(reverse("account_login"), {"login": ALICE, "password": ALICE})
    client.session.flush()

    sessions.forget_expired()

    assert not UserSession.objects.exists()


PAGES = (
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_email",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_reauthenticate_webauthn",
    "account_reauthenticate",
    "usersessions_list",
    "desk:account",
    "desk:second-factor",
    "desk:teams",
    "desk:team-new",
)


@pytest.mark.parametrize("name", PAGES)
def test_page_of_an_account_is_drawn(client, name):
    if name not in PAGES[:3]:
        client.force_login(make_user("alice"))
    answer = client.get(reverse(name), follow=True)

    assert answer.status_code == 200
    assert "<main" in answer.content.decode()
    assert answer.content.decode().count("<h1>") == 1


def test_making_an_account_makes_no_team(client):
    sign_up(client)

    assert not Team.objects.exists()
