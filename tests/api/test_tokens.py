"""What organisers' programs open with a token, and what nobody opens with one."""

import pytest

from letters.accounts.models import User
from letters.documents import launching
from letters.ledger.models import AuditEvent
from letters.press.models import Export
from letters.signatures import counting
from letters.syndication import granting
from letters.syndication.granting import Wanted
from letters.syndication.models import Token
from tests.factories import make_letter, make_team, sign_and_confirm
from tests.security.snapshots import rows_of_all_tables

pytestmark = pytest.mark.django_db
PATHS = {
    "read:numbers": "/numbers",
    "export:signatories": "/export/signatories.csv",
    "export:contacts": "/export/contacts.csv",
}
LIFT = "/api/v1/letters/lift"


@pytest.fixture
def letter():
    letter = make_letter(slug="lift")
    make_team("alice", letter=letter)
    sign_and_confirm(letter, "suzie", consent_updates=True)
    counting.refresh()
    return letter


def token(letter, *scopes):
    about = {"contact_list": "updates", "purpose": "update", "reason": "Our newsletter"}
    wanted = Wanted("Our site", scopes, 30, **(about if "export:contacts" in scopes else {}))
    _, secret = granting.make(letter, wanted, by=User.objects.get(email="alice@example.org"))
    return {"Authorization": f"Bearer {secret}"}


def code(answer):
    return answer.status_code, answer.json()["type"].split("#")[1]


@pytest.mark.parametrize("scope", PATHS)
def test_each_scope_opens_its_own_address_and_no_other(client, letter, scope):
    headers = token(letter, scope)

    for other, path in PATHS.items():
        answer = client.get(f"{LIFT}{path}", headers=headers)
        if other == scope:
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        else:
            assert code(answer) == (403, "scope-missing")
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert 'api-token";r=' in answer.headers["RateLimit"]


@pytest.mark.parametrize("path", PATHS.values())
@pytest.mark.parametrize("sent", [None, "Bearer und_" + "A" * 43, "Basic YTpi", "Bearer", "Bearer \u00fcnd_"])
def test_nothing_opens_without_a_token_of_ours(client, letter, path, sent):
    answer = client.get(f"{LIFT}{path}", headers={"Authorization": sent} if sent else {})

    assert code(answer) == (401, "no-token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b"Suzie" not in answer.content


def test_token_of_one_letter_opens_no_other(client, letter):
    other = make_letter(slug="other")
    make_team("bob", letter=other)
    headers = token(letter, *PATHS)

    for path in PATHS.values():
        for slug in ("other", "nobody"):
            assert code(client.get(f"/api/v1/letters/{slug}{path}", headers=headers)) == (403, "scope-missing")


def test_numbers_are_those_of_the_desk_before_the_launch_as_well(client):
    letter = make_letter(slug="lift", state="private")
    make_team("alice", letter=letter)

    found = client.get(f"{LIFT}/numbers", headers=token(letter, "read:numbers")).json()

    assert (found["persons"], found["funnel"]["confirmed"], found["days"]) == (0, 0, [])
    assert client.get(f"{LIFT}/counts").status_code == 404


def test_list_is_there_while_names_are_hidden_and_every_download_is_noted(client, letter):
    launching.hide_names(letter, by="test")

    answer = client.get(f"{LIFT}/export/signatories.csv", headers=token(letter, "export:signatories"))
    text = answer.getvalue().decode()

    assert ("Suzie" in text, "@" in text) == (True, False)
    assert AuditEvent.objects.filter(action="signatories-exported").count() == 1


def test_addresses_stand_in_the_log_and_five_an_hour_are_enough(client, letter):
    headers = token(letter, "export:contacts")

    answers = [client.get(f"{LIFT}/export/contacts.csv", headers=headers) for _ in range(6)]

    assert "suzie@example.com" in answers[0].getvalue().decode()
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert Export.objects.count() == 5
    assert int(answers[5].headers["Retry-After"]) > 0


def test_token_for_a_list_that_is_no_more_is_refused_and_says_why(client, letter):
    headers = token(letter, "export:contacts")
    Token.objects.update(contact_list="0" * 32)

    answer = client.get(f"{LIFT}/export/contacts.csv", headers=headers)

    assert code(answer) == (403, "scope-missing")
    assert "lists that your team may export" in answer.json()["detail"]
    assert Export.objects.count() == 0


def test_files_are_named_after_letter_and_hour(client, letter, time_machine):
    time_machine.move_to("2026-11-28 14:30+00:00", tick=False)
    headers = token(letter, *PATHS)

    named = {name: client.get(f"{LIFT}/export/{name}.csv", headers=headers) for name in ("signatories", "contacts")}

    assert {name: answer.headers["Content-Disposition"] for name, answer in named.items()} == {
        "signatories": 'attachment; filename="signatories-lift-2026-11-28-1430.csv"',
        "contacts": 'attachment; filename="addresses-lift-2026-11-28-1430.csv"',
    }


def test_token_says_nothing_about_what_is_public_anyway(client, letter):
    answer = client.get(f"{LIFT}/counts", headers={"Authorization": "Bearer und_wrong"})

    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_token_writes_nothing(client, letter, method):
    headers = token(letter, *PATHS)
    before = rows_of_all_tables()

    for path in PATHS.values():
        assert getattr(client, method)(f"{LIFT}{path}", headers=headers).status_code == 405
    assert rows_of_all_tables() == before
