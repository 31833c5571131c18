"""What stands beside the text: changed at any time, by two people at once, and nothing of it is lost."""

import time

import pytest

from letters.documents import beside, measures
from letters.documents.models import Letter
from letters.ledger.models import AuditEvent
from letters.signatures import counting, listing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_user

pytestmark = pytest.mark.django_db
JO = {"name": "Jo Doe", "role": "author", "funding": "nobody pays", "interests": "none"}
MO = {"name": "Mo Roe", "role": "press", "funding": "a grant", "interests": "none"}
WHY = {"question": "Why now?", "answer": "Because **the law** comes in June."}


@pytest.fixture
def alice():
    return make_user()


@pytest.fixture
def letter():
    return make_letter(state="draft", organisers=[JO], contact="press@example.org")


def opened(letter):
    """What a form holds: the values, its base, its revision."""
    values = beside.of_letter(letter)
    return {**values}, beside.recalled(beside.remembered(values)), letter.about_revision


def save(letter, by, form=None, **changes):
    values, base, revision = form or opened(Letter.objects.get(pk=letter.pk))
    return beside.save(letter, {**values, **changes}, base=base, revision=revision, by=by)


def fresh(letter):
    return Letter.objects.get(pk=letter.pk)


def test_save_cleans_stores_and_audits_the_names_of_what_changed(letter, alice):
    saved = save(
        letter,
        alice,
        contact="  desk@example.org ",
        faq=[WHY, {"question": " ", "answer": ""}],
        time_zone="Europe/Berlin",
    )

    assert saved.changed == ("contact", "faq", "time_zone")
    row = fresh(letter)
    assert (row.contact, row.faq, row.time_zone, row.about_revision) == ("desk@example.org", [WHY], "Europe/Berlin", 1)
    [event] = AuditEvent.objects.filter(action="about-changed")
    assert (event.actor, event.detail) == (f"user:{alice.pk}", "contact faq time_zone")


def test_save_of_the_same_changes_nothing(letter, alice):
    assert save(letter, alice).changed == ()
    assert (fresh(letter).about_revision, AuditEvent.objects.filter(action="about-changed").count()) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"summary": "s" * 281}, "summary"),
        ({"contact": f"{'c' * 201}@example.org"}, "contact"),
        ({"contact": "foo bar"}, "contact"),
        ({"contact": "the press office, room 12"}, "contact"),
        ({"eligibility": "e" * 301}, "eligibility"),
        ({"organisers": [{**JO, "name": ""}]}, "organisers-0-name"),
        ({"organisers": [JO, {**JO, "funding": "f" * 301}]}, "organisers-1-funding"),
        ({"organisers": [{**JO, "name": f"N{n}"} for n in range(51)]}, "organisers"),
        ({"initiators": [{"name": "", "position": "Dean", "affiliation": ""}]}, "initiators-0-name"),
        ({"faq": [{"question": "Why?", "answer": ""}]}, "faq-0-answer"),
        ({"faq": [{"question": "", "answer": "Because."}]}, "faq-0-question"),
        ({"faq": [{"question": "Why?", "answer": "a" * 5001}]}, "faq-0-answer"),
        ({"contact": "a\u202eb"}, "contact"),
        ({"organisers": [{**JO, "name": "Win at https://prize.example"}]}, "organisers-0-name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"ordering": "by_height"}, "ordering"),
        ({"language": "klingon!"}, "language"),
    ],
)
def test_a_wrong_part_is_named_and_nothing_is_stored(letter, alice, changes, name):
    with pytest.raises(measures.WordsRefused) as refused:
        save(letter, alice, **changes)

    assert list(refused.value.problems) == [name]
    assert fresh(letter).about_revision == 0


def test_an_overlong_contact_is_refused_in_no_time(letter, alice):
    began = time.process_time()

    with pytest.raises(measures.WordsRefused) as refused:
        save(letter, alice, contact="a-" * 30_000)

    assert list(refused.value.problems) == ["contact"]
    assert time.process_time() - began < 2  # looked through for an address, it takes a minute


def test_two_people_who_change_different_parts_are_merged(letter, alice):
    bob, form = make_user("bob"), opened(letter)
    save(letter, alice, contact="desk@example.org", organisers=[JO, MO])

    saved = save(letter, bob, form, summary="In short.", organisers=[{**JO, "role": "editor"}])

    assert (saved.conflicts, set(saved.taken)) == ((), {"contact", "organisers"})
    row = fresh(letter)
    assert (row.contact, row.summary) == ("desk@example.org", "In short.")
    assert row.organisers == [{**JO, "role": "editor"}, MO]


def test_two_people_who_change_one_part_see_both_and_nothing_is_stored(letter, alice):
    bob, form = make_user("bob"), opened(letter)
    save(letter, alice, contact="alice@example.org")

    saved = save(letter, bob, form, contact="bob@example.org", summary="In short.")

    [conflict] = saved.conflicts
    assert (conflict.part, conflict.base, conflict.mine, conflict.theirs) == (
        "contact", "press@example.org", "bob@example.org", "alice@example.org",
    )  # fmt: skip
    assert (fresh(letter).contact, fresh(letter).summary, fresh(letter).about_revision) == ("alice@example.org", "", 1)
    assert saved.values["summary"] == "In short."


def test_a_list_loaded_from_a_file_meanwhile_is_not_overwritten(letter, alice):
    form = opened(letter)
    Letter.objects.filter(pk=letter.pk).update(contact="file@example.org")  # a file counts no revision

    save(letter, alice, form, summary="In short.")

    assert (fresh(letter).contact, fresh(letter).summary) == ("file@example.org", "In short.")


@pytest.mark.parametrize("base", ["", "no json", "[1]", '{"contact": 7, "faq": "x"}'])
def test_a_form_without_its_base_overwrites_nothing_of_another(letter, alice, base):
    values, _base, revision = opened(letter)
    save(letter, alice, contact="alice@example.org")

    saved = beside.save(letter, values, base=beside.recalled(base), revision=revision, by=alice)

    assert ([one.part for one in saved.conflicts], fresh(letter).contact) == (["contact"], "alice@example.org")


@pytest.mark.parametrize(
    ("organisers", "names"),
    [
        ([], ["organisers"]),
        ([{**JO, "funding": "", "interests": ""}], ["organisers-0-funding", "organisers-0-interests"]),
    ],
)
def test_after_the_launch_readers_still_learn_who_is_behind(alice, organisers, names):
    letter = make_letter(organisers=[JO])

    with pytest.raises(measures.WordsRefused) as refused:
        save(letter, alice, organisers=organisers)
    assert list(refused.value.problems) == names

    assert save(letter, alice, organisers=[JO, MO], contact="x@example.org").changed == ("organisers", "contact")


def test_an_old_letter_without_organisers_can_change_the_rest(alice):
    letter = make_letter(organisers=[])

    assert save(letter, alice, contact="x@example.org").changed == ("contact",)


def test_the_language_is_fixed_once_people_read_it(alice):
    letter = make_letter()

    with pytest.raises(measures.WordsRefused) as refused:
        save(letter, alice, language="de")
    assert list(refused.value.problems) == ["language"]


@pytest.mark.django_db(transaction=True)
def test_another_order_puts_the_list_into_it_and_readers_get_new_pages(alice):
    letter = make_letter()
    for name, place in (("Ada", "Zoo"), ("Bob", "Abbey")):
        make_signature(letter, display_name=name, affiliation=place)
    counting.refresh()
    before = letter.version.tally.revision
    assert [row.display_name for row in listing.page(letter.version).rows] == ["Ada", "Bob"]

    save(letter, alice, ordering="by_organization")
    assert listing.reorder_letter(letter.pk) == 2  # what the task does

    assert [row.display_name for row in listing.page(letter.version).rows] == ["Bob", "Ada"]
    letter.version.tally.refresh_from_db()
    assert letter.version.tally.revision == before + 1
    assert Signature.objects.count() == 2


@pytest.mark.parametrize(
    "contact", ["press@example.org", "Jo, jo@example.org", "https://example.org/press", "example.org/press",
                "+31 20 123-4567", "пресса@пример.рф", ""]
)  # fmt: skip
def test_every_way_to_be_reached_is_a_contact_and_a_draft_may_have_none(letter, alice, contact):
    save(letter, alice, contact=contact)

    assert fresh(letter).contact == contact
