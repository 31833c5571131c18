from pathlib import Path

import pytest

from letters.documents import loading
from letters.documents.models import Letter, Version
from letters.ledger.models import AuditEvent
from tests.factories import make_signature

SAMPLE = Path(loading.__file__).parent.parent / "sample" / "letter.md"
FILE = """---
slug: lift
title: Lift the restriction
addressees:
  - name: Jo Doe
demands:
  - Lift it.
{more}---
Dear Minister, **please**.
"""


def source(more="", **replaced):
    text = FILE.format(more=f"{more}\n" if more else "")
    for old, new in replaced.items():
        text = text.replace(f"{old}:", new) if new.endswith(":") else text.replace(old, new)
    return text


def lines(*more):
    """A file whose first extra line is line 8."""
    return source("\n".join(more))


# (what is wrong, the file, the complaint)
WRONG = [
    ("no dashes", "slug: lift\n", "Line 1, front matter: the first line must be three dashes."),
    ("empty", "", "Line 1, front matter: the first line must be three dashes."),
    ("no second dashes", "---\nslug: x\n", "Line 3, front matter: there is no second line of three dashes."),
    ("no body", source().split("Dear")[0], "Line 9, body: is empty; write the letter below the second line of dashes."),
    ("long body", source() + "x" * 100_001, "Line 9, body: has 100028 characters, at most 100000 are allowed."),
    ("large file", source() + "x" * 1_000_001, "Line 1, file: is larger than 1000000 bytes."),
    ("no slug", source().replace("slug: lift\n", ""), "Line 1, slug: is required in the front matter."),
    ("no title", source().replace("title: Lift the restriction\n", ""), "Line 1, title: is required"),
    ("no demands", source().replace("  - Lift it.\n", ""), "Line 1, demands: is required"),
    ("no addressees", source().replace("  - name: Jo Doe\n", ""), "Line 1, addressees: is required"),
    ("not YAML", lines("subtitle: a: b"), "Line 8, front matter: is not YAML"),
    ("a tab", lines("\tsubtitle: x"), "Line 8, front matter: is not YAML"),
    ("a list", "---\n- slug\n---\nx", "Line 2, front matter: must be lines of “key: value”."),
    ("unknown key", lines("colour: red"), "Line 8, colour: is not a known field; known are slug, title"),
    ("unknown method", lines("methods: [fax]"), "Line 8, methods: must be one of work_email, institution,"),
    ("no list of methods", lines("methods: review"), "Line 8, methods: must be a list, one item per line"),
    ("unknown evidence", lines("publish_from: gold"), "Line 8, publish_from: must be one of email, account,"),
    ("negative rush", lines("spike_per_hour: -1"), "Line 8, spike_per_hour: must be a whole number from 0 to 1000000."),
    ("long watched name", lines("watched_names:", f"  - {'x' * 121}"), "Line 8, watched_names: has 121 characters"),
    ("key twice", lines("title: Other"), "Line 8, title: stands here a second time (first on line 3)."),
    ("capital slug", source().replace("slug: lift", "slug: Lift It"), "Line 2, slug: may hold a to z, 0 to 9"),
    ("long slug", source().replace("slug: lift", f"slug: {'x' * 81}"), "Line 2, slug: has 81 characters, at most 80"),
    ("long title", source().replace("Lift the restriction", "x" * 201), "Line 3, title: has 201 characters"),
    ("title is a list", source().replace("Lift the restriction", "[a]"), "Line 3, title: must be text."),
    ("title is a boolean", source().replace("Lift the restriction", "yes"), "Line 3, title: must be text."),
    ("long summary", lines(f"summary: {'x' * 281}"), "Line 8, summary: has 281 characters, at most 280"),
    ("bad language", lines("language: english language"), "Line 8, language: must be a language tag"),
    ("bad sample", lines("sample: maybe"), "Line 8, sample: must be true or false."),
    ("bad order", lines("order: random"), "Line 8, order: must be one of alphabetical, signing_order"),
    ("bad state", lines("state: gone"), "Line 8, state: must be one of draft, open, paused, closed."),
    ("state is a list", lines("state: [open]"), "Line 8, state: must be one of"),
    ("time without zone", lines("opens_at: 2026-11-16T09:00:00"), "Line 8, opens_at: needs a zone, such as +01:00"),
    ("time is a word", lines("closes_at: tomorrow"), "Line 8, closes_at: must be a time such as"),
    ("no such day", lines("subtitle: x", "closes_at: 2026-02-30T00:00:00Z"), "Line 9, closes_at: "),
    ("no such date", lines("dateline: {place: The Hague, date: 2026-02-30}"), "Line 8, dateline: "),
    ("ends before", lines("opens_at: 2026-11-16T09:00:00Z", "closes_at: 2026-11-16T09:00:00Z"),
     "Line 9, closes_at: must be later than opens_at."),
    ("dateline is text", lines("dateline: The Hague"), "Line 8, dateline: must have the keys place and date."),
    ("dateline key", lines("dateline:", "  town: X"), "Line 8, dateline: must have the keys place and date."),
    ("dateline day", lines("dateline:", "  date: Monday"), "Line 8, dateline: date must be a day such as 2026-11-16."),
    ("dateline time", lines("dateline:", "  date: 2026-11-16T09:00:00Z"), "Line 8, dateline: date must be a day"),
    ("addressees is text", source().replace("addressees:\n  - name: Jo Doe", "addressees: Jo Doe\n#"),
     "Line 4, addressees: must be a list"),
    ("addressee is text", source().replace("- name: Jo Doe", "- Jo Doe"), "Line 4, addressees: each item must have"),
    ("addressee key", source().replace("name: Jo Doe", "mail: x"), "Line 4, addressees: has an unknown key “mail”"),
    ("initiator key", lines("initiators:", "  - title: x"), "Line 8, initiators: has an unknown key “title”"),
    ("organiser name", lines("organisers:", "  - name: [x]"), "Line 8, organisers.name: must be text."),
    ("demand is a list", source().replace("- Lift it.", "- [a]"), "Line 6, demands: must be text."),
    ("long demand", source().replace("Lift it.", "x" * 1001), "Line 6, demands: has 1001 characters"),
    ("many demands", source().replace("  - Lift it.\n", "  - x\n" * 51), "Line 6, demands: has 51 items, at most 50"),
    ("deep nesting", source().replace("Lift the restriction", "[" * 2000 + "]" * 2000), "Line "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "complaint"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_parse_names_line_and_field_of_what_is_wrong(text, complaint):
    with pytest.raises(loading.FileRefused) as refused:
        loading.parse(text)

    assert refused.value.message.startswith(complaint)


def test_parse_reads_every_field():
    file = loading.parse(
        lines(
            "subtitle:  two   words ", "language: pt-BR", "sample: true", "summary: Short.", "salutation: Dear,",
            "closing: Yours", "contact: a@example.org", "order: by_country", "state: paused",
            "opens_at: 2026-11-16T09:00:00+01:00", "closes_at: 2026-12-16T09:00:00Z",
            "dateline: {place: The Hague, date: 2026-11-16}",
            "initiators: [{name: Alice, position: Head}]", "organisers: [{name: Union, funding: fees}]",
        )
    )  # fmt: skip

    assert (file.slug, file.state) == ("lift", "paused")
    assert file.rules["opens_at"].isoformat() == "2026-11-16T09:00:00+01:00"
    assert file.rules["closes_at"].isoformat() == "2026-12-16T09:00:00+00:00"
    assert {name: file.rules[name] for name in ("language", "is_sample", "summary", "contact", "ordering")} == {
        "language": "pt-BR", "is_sample": True, "summary": "Short.", "contact": "a@example.org",
        "ordering": "by_country",
    }  # fmt: skip
    assert file.rules["initiators"] == [{"name": "Alice", "position": "Head", "affiliation": ""}]
    assert file.rules["organisers"] == [{"name": "Union", "role": "", "funding": "fees", "interests": ""}]
    assert file.words["subtitle"] == "two words"
    assert (file.words["dateline_place"], str(file.words["dateline_on"])) == ("The Hague", "2026-11-16")
    assert file.words["addressees"] == [{"name": "Jo Doe", "office": "", "organization": ""}]
    assert file.words["body"] == "Dear Minister, **please**."


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")])
def test_parse_takes_files_as_editors_save_them(change):
    assert loading.parse(change(source())) == loading.parse(source())


def load(text):
    return loading.load(loading.parse(text), by="test")


@pytest.mark.django_db
@pytest.mark.database
def test_load_makes_a_letter_and_is_idempotent():
    first, second = load(source()), load(source())

    assert (first.is_new, first.is_new_text, first.is_reordered) == (True, True, False)
    assert (second.is_new, second.is_new_text, second.is_reordered) == (False, False, False)
    assert first.letter == second.letter
    assert first.version == second.version == Version.objects.get()
    assert (first.letter.state, first.letter.title) == ("open", "Lift the restriction")
    assert AuditEvent.objects.filter(action="letter-loaded").count() == 1


@pytest.mark.django_db
@pytest.mark.database
def test_load_of_another_text_of_a_signed_letter_is_a_new_version():
    letter = load(source()).letter
    row = make_signature(letter)

    loaded = load(source().replace("please", "now"))

    assert (loaded.is_new_text, loaded.version.number) == (True, 2)
    row.refresh_from_db()
    assert row.version.number == 1
    assert "please" in row.version.body


@pytest.mark.django_db
def test_load_again_changes_rules_but_never_the_state():
    load(lines("state: paused"))

    loaded = load(lines("state: closed", "order: by_country", "summary: New."))

    assert (loaded.letter.state, loaded.letter.ordering, loaded.letter.summary) == ("paused", "by_country", "New.")
    assert loaded.is_reordered
    assert not loaded.is_new_text


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "open", "paused", "closed"])
def test_load_puts_a_new_letter_into_its_state(state):
    assert load(lines(f"state: {state}")).letter.state == state


@pytest.mark.django_db
def test_the_sample_letter_loads_and_says_that_it_is_a_sample():
    loaded = load(SAMPLE.read_text())

    assert loaded.letter.is_sample
    assert loaded.letter.state == "open"
    assert len(loaded.version.demands) == 3
    assert Letter.objects.public().get() == loaded.letter


@pytest.mark.django_db
def test_rules_of_checking_are_taken_from_the_file_and_left_alone_where_it_is_silent():
    file = lines(
        "methods: [work_email, review]", "publish_from: affiliation", "watched_names: [Ada]", "spike_per_hour: 9"
    )
    loading.load(loading.parse(file), by="test")
    Letter.objects.update(spike_per_hour=12)

    loading.load(loading.parse(source()), by="test")

    letter = Letter.objects.get()
    assert (letter.methods, letter.publish_from) == (["work_email", "review"], "affiliation")
    assert (letter.watched_names, letter.spike_per_hour) == (["Ada"], 12)
