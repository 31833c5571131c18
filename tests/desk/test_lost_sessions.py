"""The session ended while somebody typed: nothing is stored, nothing is lost, and it is sent again after the login."""

import uuid
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from letters.documents import drafting
from letters.documents.models import Comment, Letter
from tests.desk import world as worlds
from tests.desk.test_matrix import DESK
from tests.factories import CAST, make_letter, make_team, make_user
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db
TYPED = {
    "body": "First line\r\n\r\n<b>“Second”</b> & 'third'\r\n",
    "demands-0-text": "Lift it.",
    "methods": ["orcid", "review"],
    "subtitle": "",
    "blank": "  x  ",
    "reason_code": "r1",
    "action": "save",
}


class _Kept(HTMLParser):
    """The fields of the one form that sends everything again."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.found, self.action, self._inside = {}, "", False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self._inside = attrs.get("action", "").startswith("/desk/")
            self.action = attrs["action"] if self._inside else self.action
        elif tag == "input" and self._inside and attrs["name"] != "csrfmiddlewaretoken":
            self.found.setdefault(attrs["name"], []).append(attrs["value"])


def any_path(name):
    """The address of a page about nothing that exists."""
    values = {"slug": "any", "uuid": uuid.UUID(int=1), "str": "x", "int": 1}
    kinds = {key: type(kind).__name__ for key, kind in DESK[name].pattern.converters.items()}
    known = {key: values.get(kind.removesuffix("Converter").lower(), "de") for key, kind in kinds.items()}
    return reverse(f"desk:{name}", kwargs=known)


def kept_in(answer):
    page = _Kept(answer.content.decode())
    return {name: values if len(values) > 1 else values[0] for name, values in page.found.items()}


def again(answer):
    """Where the kept form goes, what it holds, and its mark."""
    page, mark = _Kept(answer.content.decode()), "csrfmiddlewaretoken"
    return page.action, {**page.found, mark: form_with(answer, mark).fields[mark]}


def test_every_form_of_the_desk_keeps_every_field_of_a_person_who_is_logged_out(django_assert_num_queries):
    client, kept = Client(), set()
    for name in sorted(set(DESK) - worlds.WITHOUT_AN_ACCOUNT):
        path = f"{any_path(name)}?page=2"
        with django_assert_num_queries(0):
            answer = client.post(path, TYPED)
        assert (name, answer.status_code) in ((name, 401), (name, 405))
        if answer.status_code == 401:
            kept.add(name)
            assert (name, kept_in(answer)) == (name, TYPED)
            assert (name, _Kept(answer.content.decode()).action) == (name, path)
            assert answer.headers["Cache-Control"] == "no-store"

    assert kept >= {"write", "about", "comments", "rules", "case", "invitations", "updates", "delivery", "letter-new"}


def test_an_address_that_does_not_exist_answers_in_the_same_way(client):
    answer = client.post(reverse("desk:write", args=["no-such-letter"]), TYPED)

    assert (answer.status_code, kept_in(answer)) == (401, TYPED)


def test_a_long_text_is_kept_whole(client):
    body = "ß" * 100_000

    assert kept_in(client.post(reverse("desk:write", args=["any"]), {"body": body})) == {"body": body}


def test_files_and_secrets_are_not_kept_and_the_page_says_so(client):
    sent = {
        "note": "kept", "password": "hush-1", "oldpassword": "hush-2", "code": "hush-3",
        "file": SimpleUploadedFile("list.csv", b"hush-4"),
    }  # fmt: skip
    answer = client.post(reverse("desk:invitations", args=["any"]), sent)

    assert kept_in(answer) == {"note": "kept"}
    assert b"hush" not in answer.content
    assert "Chosen files are not: choose them once more." in words_of(answer)


def test_a_script_is_sent_to_the_login_itself(client):
    answer = client.post(reverse("desk:case", args=["any", uuid.UUID(int=1)]), TYPED, headers={"X-Desk": "row"})

    assert answer.status_code == 302


@pytest.fixture
def strict():
    """A browser whose forms need their mark."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def letter():
    letter = make_letter(state="draft")
    make_team("alice", letter=letter)
    return letter


def filled(page, **changes):
    """The page's main form as the browser would send it."""
    return {**form_with(page, next(iter(changes))).fields, **changes}


def saved_comment(letter):
    return Comment.objects.get(letter=letter).body


@pytest.mark.parametrize(
    ("name", "typed", "saved", "expected"),
    [
        ("write", {"title": "Kept", "action": "save"}, lambda row: drafting.words_for(row)["title"], "Kept"),
        ("about", {"contact": "press@example.org", "action": "save"}, lambda row: row.contact, "press@example.org"),
        ("comments", {"body": "Shorter.", "action": "say"}, saved_comment, "Shorter."),
        ("rules", {"watched_names": "Ada Lovelace"}, lambda row: row.watched_names, ["Ada Lovelace"]),
    ],
)  # fmt: skip
def test_a_form_is_saved_after_logging_in_again(strict, letter, name, typed, saved, expected):
    path, alice = reverse(f"desk:{name}", args=[letter.slug]), CAST["alice"].email
    strict.force_login(letter.teams.get().team.memberships.get().user)
    sent = filled(strict.get(path), **typed)
    strict.cookies["sessionid"] = "ended"  # the mark of the form stays good

    first = strict.post(path, sent)
    assert first.status_code == 401
    log_in = strict.get(reverse("account_login"))
    token = form_with(log_in, "csrfmiddlewaretoken").fields["csrfmiddlewaretoken"]
    strict.post(reverse("account_login"), {"csrfmiddlewaretoken": token, "login": alice, "password": alice})

    action, fields = again(first)
    second = strict.post(action, fields)  # the login gave the browser another mark
    assert (second.status_code, action) == (403, path)
    action, fields = again(second)
    third = strict.post(action, fields)
    assert (third.status_code, action) == (303, path)
    assert saved(Letter.objects.get(pk=letter.pk)) == expected


def test_a_stale_form_of_the_login_keeps_the_address_and_no_password(strict):
    make_user()
    answer = strict.post(reverse("account_login"), {"login": "alice@example.org", "password": "hush-1"})

    assert answer.status_code == 403
    page = answer.content.decode()
    assert ("hush-1" in page, 'value="alice@example.org"' in page) == (False, True)
