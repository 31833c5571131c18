import time
from datetime import date

import pytest

from letters.accounts.models import Membership, Team, User
from letters.core.errors import RuleError
from letters.documents import drafting, launching, measures, publishing
from letters.documents.models import Draft, Letter, LetterTeam
from letters.ledger.models import AuditEvent
from tests.factories import CAST, make_letter, make_team, make_user, make_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team("alice")


@pytest.fixture
def alice(team):
    return User.objects.get(email=CAST["alice"].email)


@pytest.fixture
def letter(team, alice):
    return drafting.create(title="Lift it", team=team, by=alice)


def save(letter, alice, number=1, **changes):
    return drafting.save(letter, make_words(**changes), based_on=number, by=alice)


def test_a_letter_begins_as_a_draft_of_its_team(team, alice):
    letter = drafting.create(title="  Lift the\u00a0restriction ", team=team, by=alice, language="pt-BR")

    assert (letter.slug, letter.state, letter.language) == ("lift-the-restriction", "draft", "pt-br")
    assert Letter.objects.get().title == "Lift the restriction"
    assert LetterTeam.objects.get(letter=letter, is_owner=True).team == team
    assert drafting.words_for(letter)["title"] == "Lift the restriction"
    assert AuditEvent.objects.get(action="letter-created").actor == f"user:{alice.pk}"


def test_a_name_makes_a_team_that_owns_the_letter():
    bob = make_user("bob")

    letter = drafting.create(title="Lift it", team="Harbour Circle", by=bob)

    assert LetterTeam.objects.get(letter=letter).team.name == "Harbour Circle"
    assert Membership.objects.get(user=bob).role == "owner"


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Lift it", "lift-it-2"), ("New", "new-2"), ("Für Öffnung & Łódź", "fur-offnung-lodz"), ("x" * 90, "x" * 60)],
)
def test_an_address_is_made_from_the_title(letter, team, alice, title, expected):
    assert drafting.create(title=title, team=team, by=alice).slug == expected


def test_a_title_without_latin_letters_has_an_address_of_its_own(team, alice):
    assert drafting.create(title="公開信", team=team, by=alice).slug.startswith("letter-")


@pytest.mark.parametrize("slug", ["Lift it!", "-a", "a--b", "new", "teams", "lift-it", "x" * 81])
def test_a_typed_address_that_cannot_be_is_refused_and_nothing_is_made(letter, team, alice, slug):
    with pytest.raises(drafting.SlugRefused):
        drafting.create(title="Another", team=team, by=alice, slug=slug)

    assert Letter.objects.count() == 1


def test_an_empty_title_is_refused(team, alice):
    with pytest.raises(measures.WordsRefused) as refused:
        drafting.create(title=" ", team=team, by=alice)

    assert list(refused.value.problems) == ["title"]


@pytest.mark.parametrize("title", ["Win now: https://prize.example/x", "See www.prize.example", "prize.example/now"])
def test_a_title_carries_no_web_address_into_mails_to_strangers(letter, alice, title):
    with pytest.raises(measures.WordsRefused) as refused:
        save(letter, alice, title=title)

    assert list(refused.value.problems) == ["title"]
    assert save(letter, alice, title="Lift it, example.org; a/b").words["title"] == "Lift it, example.org; a/b"


def test_blanks_within_a_line_cost_no_time():
    began, body = time.process_time(), f"a{' ' * 60_000}b \t\n\t\nc  "

    assert measures.words(make_words(body=body))["body"] == f"a{' ' * 60_000}b\n\nc"
    assert time.process_time() - began < 2  # a pattern that begins anew at each blank takes far longer


def test_nobody_begins_a_letter_for_the_team_of_others(team):
    with pytest.raises(drafting.TeamRefused):
        drafting.create(title="Lift it", team=team, by=make_user("charlie"))


def test_saving_adds_a_draft_and_saving_again_adds_none(letter, alice):
    saved = save(letter, alice)

    assert (saved.number, saved.draft.saved_by) == (2, alice)
    assert drafting.words_for(letter) == {**make_words(), "dateline_on": date(2026, 11, 16)}
    assert save(letter, alice, number=2).draft is None
    assert Draft.objects.count() == 2


def test_two_people_who_change_different_parts_are_merged_and_told(letter, alice):
    bob = make_user("bob")
    save(letter, alice)
    save(letter, bob, number=2, salutation="Dear Minister Doe,", demands=["Lift it now.", "Publish the *criteria*."])

    saved = save(letter, alice, number=2, closing="Yours", demands=["Lift the restriction.", "Publish all of it."])

    words = drafting.words_for(letter)
    assert (words["salutation"], words["closing"]) == ("Dear Minister Doe,", "Yours")
    assert words["demands"] == ["Lift it now.", "Publish all of it."]
    assert (set(saved.taken), saved.other) == ({"salutation", "demands"}, bob.email)


def test_two_people_who_change_one_place_conflict_and_nothing_is_stored(letter, alice):
    save(letter, alice)
    save(letter, make_user("bob"), number=2, title="Bob's title")

    saved = save(letter, alice, number=2, title="Alice's title", closing="Yours")

    [conflict] = saved.conflicts
    assert (conflict.base, conflict.mine, conflict.theirs) == ("Lift the restriction", "Alice's title", "Bob's title")
    assert (saved.draft, saved.number, saved.words["closing"]) == (None, 3, "Yours")
    assert drafting.words_for(letter)["title"] == "Bob's title"
    resolved = drafting.save(letter, saved.words, based_on=saved.number, by=alice)
    assert resolved.words["title"] == "Alice's title"


def test_a_forgotten_base_conflicts_instead_of_overwriting(letter, alice, monkeypatch):
    monkeypatch.setattr(drafting, "MOST_DRAFTS", 2)
    for number in range(1, 4):
        save(letter, alice, number=number, closing=f"Yours {number}")

    assert set(letter.drafts.values_list("number", flat=True)) == {3, 4}
    assert [one.part for one in save(letter, alice, number=1, closing="Mine").conflicts] == ["closing"]


def test_a_letter_of_a_file_is_edited_from_its_version(alice):
    letter = make_letter(state="draft")

    assert drafting.opened(letter) == (letter.version.words, 0)
    assert drafting.save(letter, {**letter.version.words, "closing": "Yours"}, based_on=0, by=alice).number == 1
    assert drafting.words_for(letter)["closing"] == "Yours"


def test_a_text_that_was_loaded_later_is_merged_and_not_overwritten(alice):
    letter = make_letter(state="draft")
    drafting.save(letter, make_words(closing="Yours"), based_on=0, by=alice)
    publishing.set_words(letter, make_words(closing="Yours", title="From the file"), by="command")
    letter.refresh_from_db()

    assert drafting.words_for(letter)["title"] == "From the file"
    saved = drafting.save(letter, make_words(closing="Yours truly"), based_on=1, by=alice)
    assert (saved.words["title"], saved.words["closing"]) == ("From the file", "Yours truly")


def test_a_locked_text_is_not_edited(letter, alice):
    make_ready(letter, alice)
    launching.lock(letter, by="test")

    with pytest.raises(drafting.TextFixed):
        save(letter, alice, number=2)


def make_ready(letter, alice):
    save(letter, alice)
    letter.organisers = [{"name": "Circle", "role": "", "funding": "nobody", "interests": "none"}]
    letter.contact = "press@example.org"
    letter.save()


def test_what_is_missing_is_named_with_the_page_until_nothing_is(letter, alice):
    assert [(one.code, one.url_name) for one in drafting.missing(letter)] == [
        ("addressee", "desk:write"), ("body", "desk:write"), ("demand", "desk:write"), ("organisers", "desk:about"),
        ("funding", "desk:about"), ("interests", "desk:about"), ("contact", "desk:about"),
    ]  # fmt: skip

    make_ready(letter, alice)

    assert drafting.missing(letter) == []


def test_what_is_missing_costs_one_query(letter, django_assert_num_queries):
    letter = Letter.objects.select_related("version").get()

    with django_assert_num_queries(1):
        drafting.missing(letter)


@pytest.mark.parametrize(
    ("changes", "part", "sentence"),
    [
        ({"title": "x" * 201}, "title", "has 201 characters, at most 200 are allowed."),
        ({"body": "x" * 100_001}, "body", "has 100001 characters, at most 100000 are allowed."),
        ({"demands": ["x"] * 51}, "demands", "has 51 items, at most 50 are allowed."),
        ({"demands": ["x", "y" * 1001]}, "demands-1", "at most 1000"),
        ({"addressees": [{"name": "x" * 301}]}, "addressees-0-name", "at most 300"),
        ({"salutation": "Dear \u202eMinister"}, "salutation", "U+202E"),
        ({"body": "a\x00b"}, "body", "U+0000"),
    ],
)
def test_what_is_too_long_or_unseen_is_refused_by_name(letter, alice, changes, part, sentence):
    with pytest.raises(measures.WordsRefused) as refused:
        save(letter, alice, **changes)

    assert sentence in refused.value.problems[part]
    assert Draft.objects.count() == 1


def test_empty_rows_are_left_out_and_text_is_normal(letter, alice):
    saved = save(
        letter, alice, title=" Cafe\u0301  now ", demands=["", " Lift it. "], addressees=[{}, {"name": "Jo"}],
        body="One.  \r\n\r\nTwo.\r\n",
    )  # fmt: skip

    assert (saved.words["title"], saved.words["demands"], saved.words["body"]) == (
        "Café now",
        ["Lift it."],
        "One.\n\nTwo.",
    )
    assert saved.words["addressees"] == [{"name": "Jo", "office": "", "organization": ""}]


def test_an_old_draft_is_restored_as_a_new_one(letter, alice):
    save(letter, alice, closing="First")
    save(letter, alice, number=2, closing="Second")

    drafting.restore(letter, 2, by=alice)

    assert drafting.words_for(letter)["closing"] == "First"
    assert list(letter.drafts.values_list("number", flat=True)) == [4, 3, 2, 1]
    with pytest.raises(Draft.DoesNotExist):
        drafting.restore(letter, 99, by=alice)


def test_a_new_team_needs_a_name_and_then_nothing_is_made():
    with pytest.raises(RuleError):
        drafting.create(title="Lift it", team=" ", by=make_user("bob"))

    assert (Letter.objects.count(), Team.objects.count()) == (0, 0)
