"""A new letter, its text, the preview and the drafts before."""

import pytest
from django.urls import reverse

from letters.accounts.models import Team
from letters.documents import drafting, launching
from letters.documents.models import Draft, Letter
from tests.desk.writing import begin, typed
from tests.factories import make_letter, make_team, make_user, make_words
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(client):
    letter, alice = begin()
    client.force_login(alice)
    return letter


@pytest.fixture
def path(letter):
    return reverse("desk:write", args=[letter.slug])


def test_a_person_without_a_team_begins_a_letter_in_one_step(client):
    client.force_login(make_user("bob"))

    response = client.post(
        reverse("desk:letter-new"), {"title": "Lift it", "team_name": "Harbour Circle", "language": "de"}
    )

    assert (response.status_code, response.headers["Location"]) == (303, "/desk/lift-it/write/")
    assert (Letter.objects.get().language, Team.objects.get().name) == ("de", "Harbour Circle")


def test_a_person_of_several_teams_chooses_among_those_where_they_write(client, letter):
    second, foreign = make_team("alice"), make_team("charlie")
    form = form_with(client.get(reverse("desk:letter-new")), "title")

    assert "team" in form.fields
    assert "team_name" not in form.fields
    fields = {"title": "Another", "language": "en"}
    refused = client.post(reverse("desk:letter-new"), {**fields, "team": str(foreign.public_id)})
    assert refused.status_code == 422
    client.post(reverse("desk:letter-new"), {**fields, "team": str(second.public_id)})
    assert Letter.objects.get(slug="another").teams.get().team == second


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Enter the title"),
        ({"title": "x" * 201}, "at most 200 are allowed"),
        ({"team_name": ""}, "Name the team"),
        ({"slug": "new"}, "an address of the site itself"),
        ({"slug": "a b"}, "Use a to z, 0 to 9 and single hyphens"),
    ],
)
def test_a_wrong_entry_is_named_and_no_letter_is_made(client, changes, sentence):
    client.force_login(make_user("bob"))

    fields = {"title": "Lift it", "team_name": "Circle", "language": "en", "slug": "", **changes}
    response = client.post(reverse("desk:letter-new"), fields)

    assert response.status_code == 422
    assert sentence in words_of(response)
    assert (Letter.objects.count(), Team.objects.count()) == (0, 0)


def test_what_is_typed_is_saved_and_shown_again(client, letter, path):
    response = client.post(path, typed(), follow=True)

    assert "Saved." in words_of(response)
    form = form_with(response, "body")
    assert {name: form.fields[name] for name in typed() if name in form.fields and name != "based_on"} == {
        name: value for name, value in typed().items() if name not in ("based_on", "action")
    }
    assert drafting.words_for(letter)["demands"] == ["Lift the restriction.", "Publish the criteria."]


def test_the_page_says_what_is_left_until_nothing_is(client, letter, path):
    assert "Say to whom the letter is addressed." in words_of(client.get(path))
    client.post(path, typed())
    shown = words_of(client.get(path))

    assert "Say to whom the letter is addressed." not in shown
    assert "Say who pays; “nobody pays” is an answer." in shown
    behind = {"name": "A", "role": "", "funding": "nobody", "interests": "none"}
    Letter.objects.update(organisers=[behind], contact="a@b.c")
    assert "Nothing is missing" in words_of(client.get(path))


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("add:demands", ["Lift the restriction.", "Publish the criteria.", ""]),
        ("remove:demands:0", ["Publish the criteria."]),
        ("up:demands:1", ["Publish the criteria.", "Lift the restriction."]),
        ("down:demands:0", ["Publish the criteria.", "Lift the restriction."]),
        ("up:demands:0", ["Lift the restriction.", "Publish the criteria."]),
        ("remove:demands:99", ["Lift the restriction.", "Publish the criteria."]),
    ],
)
def test_rows_are_added_removed_and_moved_without_a_script_and_nothing_is_saved(client, path, action, expected):
    response = client.post(path, typed(action=action))

    form = form_with(response, "body")
    assert [value for name, value in form.fields.items() if name.startswith("demands-")] == expected
    assert form.fields["body"] == typed()["body"]
    assert Draft.objects.count() == 1


def test_two_people_at_once_are_merged_and_the_second_is_told(client, letter, path):
    drafting.save(letter, make_words(), based_on=1, by=make_user("bob"))

    response = client.post(path, typed(based_on="1", demands__0__text=""), follow=True)

    assert response.status_code == 409  # both filled an empty text
    assert "Two people wrote at once" in words_of(response)


def test_a_change_elsewhere_is_kept_silently_with_a_notice(client, letter, path):
    client.post(path, typed())
    bob = make_user("bob")
    words = drafting.words_for(letter)
    drafting.save(letter, {**words, "salutation": "Dear Jo Doe,"}, based_on=2, by=bob)

    response = client.post(path, typed(based_on="2", closing="Yours"), follow=True)

    assert "bob@example.org changed this meanwhile: salutation. Both changes are kept." in words_of(response)
    assert drafting.words_for(letter)["salutation"] == "Dear Jo Doe,"
    assert drafting.words_for(letter)["closing"] == "Yours"


@pytest.fixture
def clash(client, letter, path):
    """The page after both changed the body."""
    client.post(path, typed())
    drafting.save(letter, {**drafting.words_for(letter), "body": "Bob's text."}, based_on=2, by=make_user("bob"))
    return client.post(path, typed(based_on="2", body="Alice's text.", closing="Yours"))


def test_a_clash_shows_both_and_saves_neither(letter, clash):
    form = form_with(clash, "theirs-body")

    assert clash.status_code == 409
    assert (form.fields["body"], form.fields["theirs-body"], form.hidden["based_on"]) == (
        "Alice's text.", "Bob's text.", "3",
    )  # fmt: skip
    assert form.fields["base-body"] == typed()["body"]
    assert form.fields["closing"] == "Yours"
    assert drafting.words_for(letter)["body"] == "Bob's text."


@pytest.mark.parametrize(("keep", "expected"), [("mine", "Alice's text."), ("theirs", "Bob's text, and more.")])
def test_a_clash_is_settled_by_a_choice_and_either_side_can_be_edited(client, letter, path, clash, keep, expected):
    fields = {**form_with(clash, "theirs-body").fields, "theirs-body": "Bob's text, and more.", "keep-body": keep}

    client.post(path, {**fields, "based_on": "3"})

    assert drafting.words_for(letter)["body"] == expected
    assert drafting.words_for(letter)["closing"] == "Yours"


def test_a_clash_stays_on_the_page_while_rows_are_added(client, path, clash):
    fields = {**form_with(clash, "theirs-body").fields, "keep-body": "theirs", "based_on": "3"}

    again = form_with(client.post(path, {**fields, "action": "add:demands"}), "theirs-body")

    assert again.fields["theirs-body"] == "Bob's text."
    assert "demands-2-text" in again.fields


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "x" * 201}, "has 201 characters, at most 200 are allowed."),
        ({"dateline_on": "2026-02-30"}, "Enter a day, such as 2026-12-01."),
        ({"demands__1__text": "x" * 1001}, "has 1001 characters, at most 1000 are allowed."),
        ({"addressees__0__name": "x" * 301}, "has 301 characters, at most 300 are allowed."),
    ],
)
def test_a_refused_text_keeps_all_that_was_typed(client, path, changes, sentence):
    sent = typed(**changes)

    response = client.post(path, sent)

    assert response.status_code == 422
    assert sentence in words_of(response)
    form = form_with(response, "body")
    assert {name: value for name, value in form.fields.items() if name in sent} == {
        name: value for name, value in sent.items() if name in form.fields
    }
    assert Draft.objects.count() == 1


def test_a_text_that_was_locked_meanwhile_is_given_back(client, letter, path):
    ready = make_letter(state="draft", organisers=[{"name": "A", "funding": "n", "interests": "n"}], contact="a@b.c")
    ready.teams.create(team=letter.teams.get().team, is_owner=True)
    launching.lock(ready, by="test")

    response = client.post(reverse("desk:write", args=[ready.slug]), typed(body="Mine."))

    assert response.status_code == 409
    assert form_with(response, "body").fields["body"] == "Mine."
    assert "locked or published" in words_of(response)


def test_a_fixed_text_is_shown_without_a_form(client, letter):
    public = make_letter(body="The very text.")
    public.teams.create(team=letter.teams.get().team, is_owner=True)

    shown = client.get(reverse("desk:write", args=[public.slug])).content.decode()

    assert "The very text." in shown
    assert "<textarea" not in shown


def test_the_preview_is_the_public_page_of_what_is_typed(client, letter):
    path = reverse("desk:preview", args=[letter.slug])

    response = client.post(path, typed(body="Typed *now*.[^1]\n\n[^1]: The source.", title="<b>New</b>"))

    shown = response.content.decode()
    assert response.status_code == 200
    assert "Typed <em>now</em>." in shown
    assert "&lt;b&gt;New&lt;/b&gt;" in shown
    assert "The source." in shown
    assert "We, the undersigned" in words_of(response)
    assert "Preview: not published" in words_of(response)
    assert (Draft.objects.count(), Letter.objects.get().state) == (1, "draft")


def test_the_preview_alone_may_be_framed_and_by_this_site_alone(client, letter, path):
    preview = client.get(reverse("desk:preview", args=[letter.slug]))

    assert preview.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]
    page = client.get(path)
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_a_preview_of_a_refused_text_says_why(client, letter):
    response = client.post(reverse("desk:preview", args=[letter.slug]), typed(title="x" * 201))

    assert response.status_code == 422
    assert "has 201 characters" in words_of(response)


def test_old_drafts_are_listed_compared_and_restored(client, letter, path):
    client.post(path, typed(body="One word."))
    client.post(path, typed(body="Another word.", based_on="2"))
    history = reverse("desk:history", args=[letter.slug])

    page = client.get(f"{history}?draft=3")
    assert "<del>" in page.content.decode()
    assert "What draft 3 changed" in words_of(page)
    client.post(history, {"number": "2"})

    assert drafting.words_for(letter)["body"] == "One word."
    assert client.post(history, {"number": "99"}).status_code == 409
    assert client.post(history, {"number": "x"}).status_code == 409


def test_the_list_of_drafts_costs_the_same_for_one_and_for_three(client, letter, path, django_assert_num_queries):
    history = reverse("desk:history", args=[letter.slug])
    client.get(history)
    with django_assert_num_queries(7):
        client.get(history)
    client.post(path, typed())
    client.post(path, typed(based_on="2", closing="Yours"))
    with django_assert_num_queries(7):
        client.get(history)


def test_a_reader_of_the_team_neither_writes_nor_restores(client, letter):
    bob = make_user("bob")
    letter.teams.get().team.memberships.create(user=bob, role="reader")
    client.force_login(bob)

    assert client.get(reverse("desk:write", args=[letter.slug])).status_code == 404
    assert client.get(reverse("desk:history", args=[letter.slug])).status_code == 200
    assert client.post(reverse("desk:history", args=[letter.slug]), {"number": "1"}).status_code == 404
