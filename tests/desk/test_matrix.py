"""Who reaches what: every address of the site, every method, every kind of person.

The rule of a page of the desk is read from the view itself (``access.with_letter`` and its like leave it there) and
must be the one of world.py, where a person wrote it; a page without one must stand in a short list there. What a person
may do is written there by hand, too.
"""

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tests.desk import world as worlds
from tests.factories import make_letter, make_team, make_user
from tests.public.addresses import every_path

pytestmark = pytest.mark.django_db
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
SECOND_FACTOR = {worlds.BULK, worlds.EXPORT}
NOTHING = {404, 405}
OPEN = (200, 302, 303, 405, 409, 410)


def _walk(resolver, namespace="", taken=()):
    """(namespace, route, its arguments) of every address of the site."""
    for entry in resolver.url_patterns:
        names = {*taken, *getattr(entry.pattern, "converters", ())}
        if isinstance(entry, URLPattern):
            yield namespace, entry, names
        else:
            yield from _walk(entry, entry.namespace or namespace, names)


DESK = {entry.name: entry for namespace, entry, _ in _walk(get_resolver()) if namespace == "desk"}


def rule_of(name):
    """(what kind of rule, permission) of a page of the desk."""
    view = DESK[name].callback
    for kind in ("permission", "team_permission"):
        if hasattr(view, kind):
            return kind, str(getattr(view, kind))
    return ("operators", "") if getattr(view, "is_for_operators", False) else ("none", "")


OF_LETTERS = sorted(name for name in DESK if rule_of(name)[0] == "permission")


@pytest.fixture
def world(db):
    return worlds.make_world()


def path_of(name, world, letter=None):
    taken = set(DESK[name].pattern.converters) - {"slug"}
    known = worlds.ARGUMENTS.get(name, {}).keys() | worlds.PLAIN.get(name, {}).keys()
    assert taken == known, (
        f"add the arguments {sorted(taken - known)} of desk:{name} to ARGUMENTS in tests/desk/world.py"
    )
    found = {key: world.value_of(row) for key, row in worlds.ARGUMENTS.get(name, {}).items()}
    found |= worlds.PLAIN.get(name, {})
    if "slug" in DESK[name].pattern.converters:
        found["slug"] = (letter or world.letter).slug
    return reverse(f"desk:{name}", kwargs=found)


def browser_of(world, person, *, with_factor=False):
    client = Client()
    client.force_login(world.people[person])
    if with_factor:
        show_factor(client, world.people[person])
    return client


def show_factor(client, user):
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "at": 4_000_000_000, "type": "totp"}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def test_every_page_of_the_desk_has_a_rule():
    listed = worlds.FOR_ANY_ACCOUNT | worlds.WITHOUT_AN_ACCOUNT
    without = {name for name in DESK if rule_of(name)[0] == "none"} - listed

    assert without == set(), (
        "give these views a decorator of campaign/desk/access.py, or list them in world.py with why"
    )
    assert {name for name in listed & set(DESK) if rule_of(name)[0] != "none"} == set()
    assert {rule_of(name)[1] for name in OF_LETTERS} <= worlds.ALL
    assert {"slug" in DESK[name].pattern.converters for name in OF_LETTERS} == {True}


def test_every_page_of_a_letter_asks_for_the_permission_that_is_written_down():
    asked = {name: rule_of(name)[1] for name in OF_LETTERS}

    written = {name: permission for permission, names in worlds.PAGES.items() for name in names}
    assert asked == written, "a page asks for another permission than PAGES in tests/desk/world.py says; who is right?"


def test_stranger_is_sent_to_the_login(world):
    client = Client()
    for name in sorted(set(DESK) - worlds.WITHOUT_AN_ACCOUNT):
        path = path_of(name, world)
        for method in METHODS:
            answer = getattr(client, method)(path)
            kept = 401 if method == "post" else 302  # a form that was sent comes back: test_lost_sessions.py
            assert (name, method, answer.status_code) in ((name, method, kept), (name, method, 405))
            if answer.status_code == 302:
                assert answer.headers["Location"].startswith("/accounts/login/?next=/desk/"), name


@pytest.mark.parametrize("person", worlds.PEOPLE)
def test_person_finds_the_pages_of_their_permissions_and_no_other(world, person):
    client = browser_of(world, person)
    for name in OF_LETTERS:
        needed, path = rule_of(name)[1], path_of(name, world)
        may = needed in worlds.PEOPLE[person]
        got = client.get(path)
        if not may:
            statuses = {got.status_code, client.post(path, {"action": "x"}).status_code}
            assert (person, name, statuses - NOTHING) == (person, name, set())
        elif needed in SECOND_FACTOR:
            assert (person, name, got.status_code) in ((person, name, 302), (person, name, 405))
            assert got.status_code == 405 or got.headers["Location"].startswith("/desk/account/second-factor/?next=")
        else:
            assert (person, name, got.status_code) in [(person, name, status) for status in OPEN]
            assert "/accounts/login/" not in got.headers.get("Location", ""), name


def test_stranger_with_an_account_finds_nothing_by_any_method(world):
    client = browser_of(world, "stranger with an account")
    for name in sorted(DESK):
        if rule_of(name)[0] != "none":
            path = path_of(name, world)
            statuses = {getattr(client, method)(path).status_code for method in METHODS}
            assert (name, statuses - NOTHING) == (name, set())


def test_what_needs_a_second_factor_opens_with_one(world):
    client = browser_of(world, "operator", with_factor=True)
    for name in OF_LETTERS:
        if rule_of(name)[1] in SECOND_FACTOR:
            assert (name, client.get(path_of(name, world)).status_code) in ((name, 200), (name, 303), (name, 405))


def test_what_is_about_another_letter_is_not_found_under_ones_own(world):
    """Not even by the owner of both letters, nor by the operator: a row belongs to the letter of its address."""
    for person in ("owner", "operator"):
        client = browser_of(world, person, with_factor=True)
        for name in OF_LETTERS:
            if name in worlds.ARGUMENTS:
                path = path_of(name, world, letter=world.other)
                statuses = {client.get(path).status_code, client.post(path, {"action": "x"}).status_code}
                assert (person, name, statuses - NOTHING) == (person, name, set())


def test_answers_of_the_desk_are_stored_nowhere_and_have_one_first_heading(world):
    client = browser_of(world, "operator", with_factor=True)
    for name in DESK:
        answer = client.get(path_of(name, world))
        if answer.status_code != 405:
            assert (name, answer.headers.get("Cache-Control")) == (name, "no-store")
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html") and name != "update-html":
            assert (name, answer.content.count(b"<h1")) == (name, 1)


TEAM_ROLES = ("owner", "editor", "moderator", "reviewer", "reader")


def test_pages_of_a_team_are_for_its_members(world):
    for person in worlds.PEOPLE:
        client = browser_of(world, person)
        is_in, manages = person in (*TEAM_ROLES, "operator"), person in ("owner", "operator")
        for name in (name for name in DESK if rule_of(name)[0] == "team_permission"):
            path = path_of(name, world)
            assert (person, name, client.get(path).status_code) == (person, name, 200 if is_in else 404)
            answer = client.post(path, {"action": "rename", "team-name": "Ours now"})
            assert (person, name, answer.status_code) == (person, name, 303 if manages else 404)


def test_pages_of_operators_are_for_operators(world):
    for person in worlds.PEOPLE:
        client, expected = browser_of(world, person), 200 if person == "operator" else 404
        for name in (name for name in DESK if rule_of(name)[0] == "operators"):
            assert (person, name, client.get(path_of(name, world)).status_code) == (person, name, expected)


@pytest.mark.parametrize("person", ["owner", "operator"])
def test_admin_opens_to_nobody_without_its_own_rights(world, person):
    client = browser_of(world, person)
    for path in (path for path in every_path() if path.startswith("/admin/")):
        answer = client.get(path)
        is_start = person == "operator" and answer.status_code == 200
        allowed = (
            "/admin/",
            "/admin/password_change/",
            "/admin/password_change/done/",
            "/admin/jsi18n/",
            "/admin/logout/",
        )
        assert (path, answer.status_code in (302, 403, 404, 405) or (is_start and path in allowed)) == (path, True)


def _public_with_a_letter():
    for namespace, entry, names in _walk(get_resolver()):
        if namespace == "public" and "slug" in names:
            yield entry


_SAMPLES = {"label": "1", "other": "1", "public_id": "00000000-0000-0000-0000-000000000001", "nonce": "x",
            "as_of": "2026-11-28T1400Z", "file": "organizations.csv"}  # fmt: skip


def test_draft_is_on_no_page_of_the_public_for_nobody(world):
    """What organisers see of a draft they see at the desk, by its rules."""
    draft = make_letter(state="draft", title="Nobody knows of this")
    make_team("alice", letter=draft)
    clients = {"anonymous": Client(), "owner": browser_of(world, "owner"), "operator": browser_of(world, "operator")}
    for entry in _public_with_a_letter():
        samples = {name: _SAMPLES.get(name, "x") for name in entry.pattern.converters}
        path = reverse(f"public:{entry.name}", kwargs={**samples, "slug": draft.slug})
        for who, client in clients.items():
            statuses = {client.get(path).status_code, client.post(path, {"email": "a@b.example"}).status_code}
            assert (entry.name, who, statuses - NOTHING) == (entry.name, who, set())


NEED_NO_LOGIN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reset_password",
    "account_request_login_code",
    "account_email_verification_sent",
    "account_confirm_login_code",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "account_password_reset_completed",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "login_begin",
    "oidc_callback",
    "orcid_callback",
    "github_callback",
    "saml_acs",
    "saml_finish_acs",
    "saml_sls",
    "saml_metadata",
}
"""Pages of accounts that a person without a login may open; every other one leads to the login."""


def test_every_other_page_of_accounts_leads_to_the_login(client):
    for namespace, entry, names in _walk(get_resolver()):
        if namespace or not entry.name or entry.name in NEED_NO_LOGIN:
            continue
        path = reverse(entry.name, kwargs=dict.fromkeys(names, 1))
        for method in ("get", "post"):
            answer = getattr(client, method)(path)
            assert (entry.name, answer.status_code) in ((entry.name, 302), (entry.name, 405))
            assert answer.headers.get("Location", "/accounts/login/").startswith("/accounts/login/"), entry.name


def test_key_of_another_person_is_not_found(client):
    from allauth.mfa.models import Authenticator  # noqa: PLC0415 - needs the apps

    key = Authenticator.objects.create(user=make_user("bob"), type="webauthn", data={})
    alice = make_user("alice")
    client.force_login(alice)
    show_factor(client, alice)

    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        for method in ("get", "post"):
            answer = getattr(client, method)(reverse(name, args=[key.pk]))
            assert answer.status_code in (302, 404)
    assert Authenticator.objects.get() == key


def test_form_without_its_mark_is_refused(world):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.people["operator"])

    for name in DESK:
        assert (name, strict.post(path_of(name, world), {"action": "x"}).status_code) in ((name, 403), (name, 405))
