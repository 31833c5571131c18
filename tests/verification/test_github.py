from datetime import date
from urllib.parse import parse_qs

import pytest

from letters.verification import checking, proving
from letters.verification.models import Check, Evidence
from letters.verification.providers import github
from letters.verification.providers.base import Login, NotProven
from tests.factories import make_letter, make_signature, utc
from tests.security.snapshots import tables_with
from tests.verification.logging_in import as_json, come_back, depart, log_in, notice_after, set_up
from tests.web_server import WebServer, page, raw, redirect

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
STATED = "Affiliation as stated by the signatory. Position as stated by the signatory."
ACCOUNT = f"Controls the GitHub account suzie-berg (checked 23 November 2026). {STATED}"
MEMBER = f"Public member of harbour-bank on GitHub (checked 23 November 2026). {STATED}"
NO_LOGIN = "github did not answer as it should, so nothing was believed and nothing was changed."
MEMBERSHIP = "/orgs/harbour-bank/public_members/suzie-berg"


def user(**changes):
    """As ``GET /user`` answers; an invented person."""
    return {
        "login": "suzie-berg", "id": 583231, "node_id": "MDQ6VXNlcjU4MzIzMQ==", "type": "User", "site_admin": False,
        "name": "Zyxkwobname van der Berg", "company": "@zyxkwobcompany", "blog": "https://zyxkwob.example",
        "location": "Zyxkwobland",
        "email": "zyxkwob@example.com", "bio": None, "public_repos": 8, "created_at": "2011-01-25T18:44:36Z", **changes,
    }  # fmt: skip


@pytest.fixture
def server(settings, time_machine):
    time_machine.move_to(utc("2026-11-23 14:00"), tick=True)
    with WebServer() as found:
        settings.GITHUB_WEB = settings.GITHUB_API = f"http://127.0.0.1:{found.port}"
        settings.FETCH_ALLOW_LOCAL = True
        set_up(settings, "github")
        found.pages["/login/oauth/access_token"] = as_json({"access_token": "gho_secret", "token_type": "bearer"})
        found.pages["/user"] = as_json(user())
        found.pages[MEMBERSHIP] = page("", status=204)
        yield found


@pytest.fixture
def row():
    return make_signature(make_letter(slug="lift"), affiliation="Zyxkwobcompany")


def proofs():
    return [(e.method, e.axis, e.claim) for e in Evidence.objects.standing().order_by("id")]


def sentence_of(row):
    row.refresh_from_db()
    return row.sentence


def why_nothing_is_believed(client, answer, row):
    assert (Evidence.objects.exists(), sentence_of(row)) == (False, "")
    return notice_after(client, answer)


def test_login_asks_for_no_scope_and_exchanges_the_code_on_the_server(client, row, server):
    url, query = depart(client, row, "github")
    come_back(client, "github", query)

    assert url.startswith(f"http://127.0.0.1:{server.port}/login/oauth/authorize?")
    assert (query.get("scope", ""), "code_challenge" in query) == ("", True)
    assert query["redirect_uri"] == "http://testserver/accounts/github/callback/"
    ((path, body),) = server.posted
    sent = {name: values[0] for name, values in parse_qs(body).items()}
    assert (path, sent["code"], "code_verifier" in sent) == ("/login/oauth/access_token", "one-time-code", True)
    assert [path for path, _headers in server.seen] == ["/login/oauth/access_token", "/user"]  # no /user/emails


def test_account_is_proven_and_no_employment(client, row, server):
    answer = log_in(client, row, "github")

    assert answer["Location"].endswith("?proven=1")
    assert proofs() == [("github", "account", {"login": "suzie-berg"})]
    assert sentence_of(row) == ACCOUNT
    assert (row.verification, row.affiliation_basis, row.organization_name) == ("account", "none", "")


@pytest.mark.parametrize(
    "typed",
    ["harbour-bank", " @harbour-bank ", "https://github.com/harbour-bank", "github.com/orgs/harbour-bank/people"],
)
def test_public_member_of_the_named_organisation(client, row, server, typed):
    log_in(client, row, "github", organization=typed)

    assert proofs() == [
        ("github_member", "account", {"org": "harbour-bank", "login": "suzie-berg"}),
        ("github", "account", {"login": "suzie-berg"}),
    ]
    assert sentence_of(row) == MEMBER
    assert row.verification == "account"  # whoever owns an organisation there makes anybody a member
    path, headers = server.seen[-1]
    assert (path, headers["authorization"]) == (MEMBERSHIP, "Bearer gho_secret")


def test_nothing_of_the_account_is_stored_but_its_name(client, server):
    row = make_signature(affiliation="Harbour Bank")

    log_in(client, row, "github", organization="harbour-bank")

    assert tables_with(["gho_secret", "zyxkwob", "583231", "Zyxkwobland"]) == []


def refused(client, row, server, answer):
    server.pages[MEMBERSHIP] = answer
    return why_nothing_is_believed(client, log_in(client, row, "github", organization="harbour-bank"), row)


def test_no_public_member_is_told_how_to_become_one(client, row, server):
    assert "suzie-berg is no public member of harbour-bank on GitHub." in refused(
        client, row, server, as_json({"message": "Not Found"}, status=404)
    )


@pytest.mark.parametrize(("status"), [403, 429])
def test_busy_interface_is_no_answer(client, row, server, status):
    assert "GitHub takes no more questions at the moment." in refused(
        client, row, server, as_json({"message": "API rate limit exceeded"}, status=status)
    )


@pytest.mark.parametrize(
    "answer",
    [
        redirect("/orgs/other/public_members/suzie-berg"),
        page("", status=200),
        page("Internal Server Error", status=500),
        raw(b"no http at all"),
    ],
)
def test_no_other_answer_is_a_membership(client, row, server, answer):
    server.pages["/orgs/other/public_members/suzie-berg"] = page("", status=204)

    assert "GitHub did not answer as it should." in refused(client, row, server, answer)


@pytest.mark.parametrize(
    "typed", ["a/b", "../user", "-x", "x y", "harbour-bank?x", "ä", "x" * 40, "https://evil.example/a"]
)
def test_what_is_no_name_of_an_organisation_is_refused_at_the_start(row, server, typed):
    with pytest.raises(NotProven) as caught:
        proving.start(row, "github", {"organization": typed})

    assert (caught.value.code, Check.objects.exists()) == ("organization", False)


def test_renamed_or_deleted_account_leaves_the_dated_sentence_true(client, row, server, time_machine):
    log_in(client, row, "github", organization="harbour-bank")
    server.pages.clear()  # the account is gone

    time_machine.move_to(utc("2027-06-01 12:00"))

    assert sentence_of(row) == MEMBER
    assert proofs()[1][2] == {"login": "suzie-berg"}


def test_account_is_known_by_its_number_whatever_its_name(client, row, server):
    other = make_signature(row.letter, display_name="Another Name")
    log_in(client, row, "github")
    server.pages["/user"] = as_json(user(login="new-name", email="other@example.com"))

    answer = log_in(client, other, "github")

    assert notice_after(client, answer).startswith("This account or address has already strengthened another")
    assert [e.signature_id for e in Evidence.objects.standing()] == [row.pk]


def test_another_account_that_took_over_the_name_is_another_identity(client, row, server):
    other = make_signature(row.letter, display_name="Another Name")
    log_in(client, row, "github")
    server.pages["/user"] = as_json(user(id=999))

    log_in(client, other, "github")

    assert {e.signature_id for e in Evidence.objects.standing()} == {row.pk, other.pk}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/user", page("<html>Sorry</html>")),
        ("/user", page("", status=500)),
        ("/user", as_json(user(), status=503)),
        ("/user", as_json({"message": "Bad credentials"}, status=401)),
        ("/user", as_json({"login": "suzie-berg"})),
        ("/user", as_json({"login": "suzie-berg", "id": True})),
        ("/user", as_json({"login": "suzie-berg", "id": "583231"})),
        ("/user", as_json({"login": None, "id": 583231})),
        ("/user", as_json([])),
        ("/login/oauth/access_token", as_json({"error": "bad_verification_code"})),
        ("/login/oauth/access_token", as_json({"access_token": 5})),
        ("/login/oauth/access_token", page("", status=500)),
    ],
)
def test_broken_answer_is_no_account(client, row, server, path, answer):
    server.pages[path] = answer

    assert why_nothing_is_believed(client, log_in(client, row, "github"), row) == NO_LOGIN


def test_slow_answer_ends(client, row, server, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.1
    server.pages["/user"] = server.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")

    assert why_nothing_is_believed(client, log_in(client, row, "github"), row) == NO_LOGIN


@pytest.mark.parametrize(
    "login",
    [
        {},
        Login("orcid", "orcid", "5", {"id": 5, "login": "suzie"}),
        Login("github", "github", "6", {"id": 5, "login": "suzie"}),
        Login("github", "github", "suzie", {"login": "suzie"}),
        Login("github", "github", "5", {"id": 5, "login": "a/../b"}),
    ],
)
def test_only_a_login_of_this_account_is_an_answer(row, settings, login):
    set_up(settings, "github")
    check = checking.open_check(row, "github")

    with pytest.raises(NotProven):
        proving.finish(check.public_id, login)


def test_not_offered_where_no_client_is_set_up():
    assert github.is_ready() is False


def test_sentences_are_those_of_the_table():
    assert github.sentence({"login": "suzie-berg"}, TODAY) == ACCOUNT
    assert github.sentence({"login": "suzie-berg", "org": "harbour-bank"}, TODAY) == MEMBER
