"""About the letter, as organisers fill it in."""

import pytest
from django.urls import reverse

from letters.accounts.models import User
from letters.documents.models import Letter
from tests.factories import make_letter, make_team, make_user
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db
JO = {"name": "Jo Doe", "role": "author", "funding": "nobody pays", "interests": "none"}


@pytest.fixture
def letter():
    letter = make_letter(state="draft", organisers=[JO], contact="press@example.org")
    make_team("alice", letter=letter)
    return letter


@pytest.fixture
def alice(client, letter):
    client.force_login(letter.teams.get().team.memberships.get().user)
    return client


@pytest.fixture
def path(letter):
    return reverse("desk:about", args=[letter.slug])


def typed(page, **changes):
    return {**form_with(page, "contact").fields, "action": "save", **changes}


def fresh(letter):
    return Letter.objects.get(pk=letter.pk)


FULL = {
    "organisers-0-name": "Ada", "organisers-0-role": "wrote it", "organisers-0-funding": "nobody pays",
    "organisers-0-interests": "none", "faq-0-question": "Who may sign?", "faq-0-answer": "Anybody.\r\n\r\nReally.",
    "initiators-0-name": "Bob", "initiators-0-position": "Dean", "initiators-0-affiliation": "University X",
    "contact": "desk@example.org", "summary": "In short.", "eligibility": "Engineers", "time_zone": "Europe/Berlin",
    "ordering": "signing_order", "language": "de",
}  # fmt: skip


def test_everything_beside_the_text_is_saved(alice, letter, path):
    answer = alice.post(path, typed(alice.get(path), **FULL), follow=True)

    assert "Saved." in words_of(answer)
    row = fresh(letter)
    assert row.organisers == [{"name": "Ada", "role": "wrote it", "funding": "nobody pays", "interests": "none"}]
    assert row.faq == [{"question": "Who may sign?", "answer": "Anybody.\n\nReally."}]
    assert row.initiators == [{"name": "Bob", "position": "Dean", "affiliation": "University X"}]
    assert (row.contact, row.summary, row.eligibility) == ("desk@example.org", "In short.", "Engineers")
    assert (row.time_zone, row.ordering, row.language, row.about_revision) == (
        "Europe/Berlin",
        "signing_order",
        "de",
        1,
    )
    assert {name: form_with(answer, "contact").fields[name].replace("\n", "\r\n") for name in FULL} == FULL
    assert "Nothing was different." in words_of(alice.post(path, typed(alice.get(path)), follow=True))


def test_a_row_is_added_moved_and_removed_by_buttons_alone(alice, letter, path):
    added = alice.post(path, typed(alice.get(path), action="add:organisers", summary="Not saved yet"))
    assert (added.status_code, fresh(letter).about_revision) == (200, 0)
    assert form_with(added, "contact").fields["summary"] == "Not saved yet"

    moved = alice.post(path, typed(added, **{"organisers-1-name": "Mo", "action": "up:organisers:1"}))
    names = [form_with(moved, "contact").fields[f"organisers-{place}-name"] for place in (0, 1)]
    assert names == ["Mo", "Jo Doe"]

    removed = alice.post(path, typed(moved, action="remove:organisers:1"))
    assert "organisers-1-name" not in form_with(removed, "contact").fields
    assert alice.post(path, typed(removed)).status_code == 303
    assert [row["name"] for row in fresh(letter).organisers] == ["Mo"]


def test_a_refused_form_names_each_field_and_keeps_all(alice, letter, path):
    wrong = {"summary": "s" * 281, "faq-0-question": "Why?", "organisers-0-name": "", "contact": "kept@example.org"}
    answer = alice.post(path, typed(alice.get(path), **wrong))

    assert answer.status_code == 422
    fields = form_with(answer, "contact").fields
    assert {name: fields[name] for name in wrong} == wrong
    page = answer.content.decode()
    for anchor in ("id_summary", "id_faq-0-answer", "id_organisers-0-name"):
        assert (anchor, page.count(f'href="#{anchor}"'), f'id="{anchor}"' in page) == (anchor, 1, True)
    assert fresh(letter).about_revision == 0


def test_two_organisers_at_once_are_merged_where_they_do_not_overlap(alice, letter, path):
    before = alice.get(path)
    alice.post(path, typed(alice.get(path), contact="first@example.org"))

    answer = alice.post(path, typed(before, summary="Second."), follow=True)

    assert (fresh(letter).contact, fresh(letter).summary) == ("first@example.org", "Second.")
    assert "Both changes are kept." in words_of(answer)


def test_two_organisers_in_one_field_see_both_and_the_second_chooses(alice, letter, path):
    before = alice.get(path)
    alice.post(path, typed(alice.get(path), contact="first@example.org"))

    answer = alice.post(path, typed(before, contact="second@example.org", summary="Kept."))
    assert answer.status_code == 409
    fields = form_with(answer, "contact").fields
    assert (fields["contact"], fields["summary"]) == ("second@example.org", "Kept.")
    assert fields["theirs-contact"] == "first@example.org"
    assert (fresh(letter).contact, fresh(letter).summary) == ("first@example.org", "")

    mine = alice.post(path, typed(answer, **{"keep-contact": "mine"}))
    assert (mine.status_code, fresh(letter).contact, fresh(letter).summary) == (303, "second@example.org", "Kept.")


def test_the_second_reads_which_colleague_it_was(client, alice, letter, path):
    bob = make_user("bob")
    letter.teams.get().team.memberships.create(user=bob, role="editor")
    before = alice.get(path)
    client.force_login(bob)
    client.post(path, typed(client.get(path), contact="bobs@example.org"))
    mona = make_user("mona")
    letter.teams.get().team.memberships.create(user=mona, role="editor")
    client.force_login(mona)
    client.post(path, typed(client.get(path), summary="Mona's."))  # later, in another part

    client.force_login(User.objects.get(email="alice@example.org"))
    clash = client.post(path, typed(before, contact="second@example.org"))
    merged = client.post(path, typed(before, eligibility="Engineers"), follow=True)

    assert "bob@example.org saved meanwhile and changed the same place." in words_of(clash)
    assert "bob@example.org, mona@example.org changed this meanwhile: " in words_of(merged)
    assert "Somebody" not in words_of(clash) + words_of(merged)


def test_ones_own_other_window_is_called_so(alice, letter, path):
    before = alice.get(path)
    alice.post(path, typed(alice.get(path), contact="first@example.org"))

    assert "You, in another window, saved meanwhile" in words_of(alice.post(path, typed(before, contact="x@y.example")))


def test_the_second_can_take_what_the_first_saved(alice, letter, path):
    before = alice.get(path)
    alice.post(path, typed(alice.get(path), contact="first@example.org"))
    answer = alice.post(path, typed(before, contact="second@example.org", summary="Kept."))

    taken = alice.post(path, typed(answer, **{"keep-contact": "theirs"}))

    assert (taken.status_code, fresh(letter).contact, fresh(letter).summary) == (303, "first@example.org", "Kept.")


@pytest.mark.parametrize("language", ["pt-BR", "x-klingon", "en-GB"])
@pytest.mark.parametrize("state", ["draft", "open"])
def test_a_language_from_a_file_stays_as_it_is(alice, letter, path, language, state):
    Letter.objects.filter(pk=letter.pk).update(language=language, state=state)

    answer = alice.post(path, typed(alice.get(path), summary="In short."))

    assert (answer.status_code, fresh(letter).language, fresh(letter).summary) == (303, language, "In short.")


def test_readers_see_the_questions_and_who_may_sign(client, alice, letter, path):
    Letter.objects.filter(pk=letter.pk).update(
        state="open", eligibility="Engineers & friends",
        faq=[{"question": "Why <now>?", "answer": "Because **soon**.\n\n<script>alert(1)</script>"}],
    )  # fmt: skip
    client.logout()

    page = client.get(letter.get_absolute_url()).content.decode()
    sign = client.get(reverse("public:sign", args=[letter.slug]))

    assert "Why &lt;now&gt;?" in page
    assert "Because <strong>soon</strong>." in page
    assert ("<script>alert" in page, "Engineers &amp; friends" in page) == (False, True)
    assert "Who may sign: Engineers & friends" in words_of(sign)


def test_a_letter_without_questions_has_no_such_part(client):
    assert 'id="questions"' not in client.get(make_letter().get_absolute_url()).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_at_any_length(alice, letter, path, count, django_assert_num_queries):
    rows = [{**JO, "name": f"Jo {number}"} for number in range(count)]
    faq = [{"question": f"Q{number}", "answer": "A"} for number in range(count)]
    Letter.objects.filter(pk=letter.pk).update(organisers=rows, faq=faq)

    with django_assert_num_queries(5):
        assert alice.get(path).status_code == 200


def test_somebody_without_the_right_finds_nothing(client, letter, path):
    make_team("bob", role="reader", letter=letter, is_owner=False)
    client.force_login(make_user("charlie"))
    assert client.get(path).status_code == 404
