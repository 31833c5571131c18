"""The desk's pages of published texts: what differs is seen before it is stored, and nobody overwrites another."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.core import moments
from letters.documents import amending
from letters.documents.models import Letter, Version
from letters.signatures import counting, renewing
from tests.factories import make_letter, make_signatures, make_team, make_user, make_words, sign_and_confirm
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    return make_letter(slug="lift", time_zone="Europe/Berlin")


@pytest.fixture
def owner(client, letter):
    make_team("alice", letter=letter)
    user = make_user_of("alice")
    client.force_login(user)
    return user


def make_user_of(person):
    from letters.accounts.models import User  # noqa: PLC0415 - the one user of this test

    return User.objects.get(email=f"{person}@example.org")


def path(name, letter):
    return reverse(f"desk:{name}", args=[letter.slug])


def typed(client, letter, name="amend", **changes):
    """The page's form as it came, with changes."""
    form = form_with(client.get(path(name, letter)), "body")
    return {**form.fields, **changes}


def seen_and_published(client, letter, name, data, **more):
    """Press «See what changes», then publish what was seen."""
    page = client.post(path(name, letter), {**data, "action": "preview"})
    form = form_with(page, "body")
    return client.post(path(name, letter), {**form.fields, **more, "action": "publish"})


def test_fix_is_shown_as_difference_and_published_with_its_note(client, owner, letter):
    data = typed(client, letter, body="We find faults **before** others do.\n\nLet us go on.")

    page = client.post(path("amend", letter), {**data, "action": "preview"})
    assert "[taken out: holes end]" in words_of(page)
    assert "1 word put in, 1 taken out" in words_of(page)
    assert Letter.objects.get().amendment is None
    answer = seen_and_published(client, letter, "amend", data, note="A slip.", is_same_meaning="on")

    assert (answer.status_code, answer.url) == (303, path("versions", letter))
    fix = Letter.objects.get().amendment
    assert (fix.number, fix.note, fix.made_by, fix.title) == (1, "A slip.", owner, "Lift the restriction")
    assert fix.addressees == letter.version.addressees
    assert fix.demands == letter.version.demands


def test_fix_without_note_or_tick_keeps_all_that_was_typed(client, owner, letter):
    data = typed(client, letter, subtitle="By people who defend systems")

    answer = seen_and_published(client, letter, "amend", data)

    assert answer.status_code == 422
    assert form_with(answer, "body").fields["subtitle"] == "By people who defend systems"
    assert "Tick that the meaning stays the same." in words_of(answer)
    assert Letter.objects.get().amendment is None


def test_what_was_changed_after_the_look_is_shown_again_first(client, owner, letter):
    data = typed(client, letter, subtitle="One")
    page = client.post(path("amend", letter), {**data, "action": "preview"})
    fields = form_with(page, "body").fields

    answer = client.post(
        path("amend", letter), {**fields, "subtitle": "Two", "note": "x", "is_same_meaning": "on", "action": "publish"}
    )

    assert answer.status_code == 200
    assert Letter.objects.get().amendment is None


def test_second_editor_sees_the_first_fix_and_loses_nothing(client, owner, letter):
    data = typed(client, letter, subtitle="Mine")
    page = client.post(path("amend", letter), {**data, "action": "preview"})
    fields = {**form_with(page, "body").fields, "note": "My fix.", "is_same_meaning": "on", "action": "publish"}
    amending.amend(letter, make_words(closing="Theirs"), note="Theirs.", by=owner)

    answer = client.post(path("amend", letter), fields)

    assert answer.status_code == 409
    assert "Somebody else changed the text meanwhile." in words_of(answer)
    assert "[taken out: Theirs end]" in words_of(answer)
    again = form_with(answer, "body").fields
    assert (again["subtitle"], again["note"]) == ("Mine", "My fix.")
    assert client.post(path("amend", letter), {**again, "action": "publish"}).status_code == 303


def test_new_version_asks_until_the_deadline_in_the_letters_zone(client, owner, letter):
    row = sign_and_confirm(letter)
    moment = moments.write(timezone.now() + timedelta(days=10), "Europe/Berlin")
    data = typed(client, letter, "version-new", body="Another meaning.")

    answer = seen_and_published(
        client, letter, "version-new", data, note="All of it.", moment=moment, is_understood="on"
    )

    assert answer.status_code == 303
    version = Letter.objects.get().version
    assert (version.number, version.body, row.renewals.get().version_id) == (2, "Another meaning.", version.pk)
    assert moments.write(version.succession.deadline, "Europe/Berlin") == moment


@pytest.mark.parametrize("days", [1, 91])
def test_deadline_too_near_or_too_far_is_refused(client, owner, letter, days):
    moment = moments.write(timezone.now() + timedelta(days=days), "Europe/Berlin")
    data = typed(client, letter, "version-new", body="Another meaning.")

    answer = seen_and_published(client, letter, "version-new", data, note="x", moment=moment, is_understood="on")

    assert answer.status_code == 409
    assert "at least 3 and at most 90 days away" in words_of(answer)
    assert Version.objects.count() == 1


@pytest.mark.parametrize("name", ["amend", "version-new"])
@pytest.mark.parametrize("state", ["draft", "embargoed", "delivered", "archived"])
def test_text_is_changed_here_only_while_people_sign_it(client, name, state):
    letter = make_letter(state=state)
    client.force_login(make_user("alice", is_staff=True))

    assert "from the launch until the letter is delivered" in words_of(client.get(path(name, letter)))
    assert client.post(path(name, letter), {"action": "publish"}).status_code == 409


@pytest.mark.parametrize("amount", [1, 3])
def test_versions_cost_the_same_for_one_and_for_many(client, owner, letter, amount, django_assert_num_queries):
    for number in range(amount):
        make_signatures(letter, 1)
        amending.amend(letter, make_words(closing=f"Fix {number}"), note="Slip.", by=owner)
        renewing.publish(
            letter, make_words(body=f"Text {number}."), note="x", deadline=timezone.now() + timedelta(days=5), by=owner
        )
    counting.refresh()

    with django_assert_num_queries(9):
        page = client.get(path("versions", letter))

    assert f"Version {amount + 1}" in words_of(page)
    assert "At most 120 mails leave in a minute" in words_of(page)
