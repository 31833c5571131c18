"""Every change of what was printed has its entry, written with it; and no entry names or leads to who is gone."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from letters.documents import amending, succeeding
from letters.moderation import batching, bulking, cases, deciding
from letters.moderation import deciding as rulings
from letters.moderation.selecting import Conditions
from letters.press import correction_words, corrections
from letters.press.models import Correction
from letters.signatures import counting, managing, signing
from letters.signatures import deciding as signature_deciding
from letters.signatures.managing import Correction as Corrected
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_user, make_words, sign_and_confirm

pytestmark = pytest.mark.django_db
EARLIER = timedelta(hours=1)


def entries(letter):
    """[(kind, code)], oldest first."""
    return list(Correction.objects.filter(letter=letter).shown().order_by("id").values_list("kind", "code"))


def printed(letter=None, **fields):
    return make_signature(letter or make_letter(), at=timezone.now() - EARLIER, **fields)


def corrected(row, **changes):
    now = {name: getattr(row, name) for name in Corrected.__dataclass_fields__}
    return managing.correct(row.public_id, Corrected(**{**now, **changes}))


def test_a_withdrawal_is_on_record_without_whoever_withdrew():
    row = printed()

    managing.withdraw(row.public_id)

    entry = Correction.objects.get()
    assert (entry.kind, entry.signature_id, entry.version_id) == ("withdrawn", None, row.version_id)
    assert correction_words.note_of(entry) == "One signature was withdrawn by its signatory."


def test_the_database_refuses_a_withdrawal_that_leads_to_somebody():
    row = printed()

    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(letter=row.letter, changed_at=timezone.now(), kind="withdrawn", signature=row)


def test_an_entry_leads_to_its_line_until_that_ends():
    row = printed()
    corrected(row, display_name="Susanna van der Berg")
    entry = corrections.for_letter(row.letter).get()
    assert corrections.standing_line(entry).display_name == "Susanna van der Berg"

    managing.withdraw(row.public_id)

    assert [found.signature_id for found in Correction.objects.all()] == [None, None]
    assert entries(row.letter) == [("name", ""), ("withdrawn", "")]


def test_an_entry_leads_to_nobody_while_the_line_is_off_the_list():
    row = printed()
    corrected(row, position="Rector")

    managing.hide(row.public_id, hidden=True)

    assert [corrections.standing_line(found) for found in corrections.for_letter(row.letter)] == [None, None]


@pytest.mark.parametrize("way", [managing.erase, signing.disown], ids=["erased", "not me"])
def test_erasing_is_a_withdrawal_as_well(way):
    row = printed()

    way(row.public_id)

    assert entries(row.letter) == [("withdrawn", "")]


def test_one_correction_of_name_work_and_comment_is_three_entries():
    row = printed(consent_comment=True)

    corrected(row, display_name="Susanna Berg", position="Rector", country="BE", comment="At last.")

    assert sorted(kind for kind, _code in entries(row.letter)) == ["affiliation", "comment", "name"]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *(("name", field) for field in sorted(corrections.NAME_FIELDS)),
        *(("affiliation", field) for field in ("position", "affiliation", "affiliation_status", "country", "sector")),
    ],
)
def test_each_part_of_a_line_is_of_one_kind(kind, field):
    row = printed()

    corrections.line_changed(row, [field])

    assert entries(row.letter) == [(kind, "")]


def test_the_parts_of_a_name_are_all_that_a_line_has():
    named = {"display_name", "sort_name", "given_name", "family_name", "name_latin"}

    assert named | {"honorific_prefix", "honorific_suffix"} == corrections.NAME_FIELDS


def test_a_letter_has_its_own_entries_and_pages_of_them():
    letter, other = make_letter(), printed()
    *rows, last = [printed(letter) for _ in range(4)]
    with time_machine.travel(timezone.now(), tick=False):  # all at one moment: their place decides
        for row in rows:
            managing.withdraw(row.public_id)
    before_other = corrections.mark_of(letter)
    managing.withdraw(other.public_id)
    found = corrections.for_letter(letter)

    assert corrections.mark_of(letter) == before_other
    assert [entry.letter_id for entry in found] == [letter.pk] * 3
    assert [line[1] for line in corrections.table_of(letter)] == ["withdrawn"] * 3
    newest, middle, oldest = found
    assert list(corrections.before(found, newest.pk)) == [middle, oldest]
    assert list(corrections.before(found, middle.pk)) == [oldest]
    assert list(corrections.before(found, 0)) == []
    with time_machine.travel(timezone.now() + EARLIER, tick=False):
        managing.withdraw(last.public_id)
    assert list(corrections.before(corrections.for_letter(letter), oldest.pk)) == []
    assert corrections.mark_of(letter) != before_other


def test_what_is_printed_again_is_said_once():
    row = printed()
    signature_deciding.remove(row, reason="duplicate", by="test")
    signature_deciding.restore(row, by="test")

    corrections.line_back(row, "released")

    assert entries(row.letter) == [("removed", "duplicate"), ("restored", "")]


def test_a_comment_that_nobody_could_read_is_no_correction():
    row = printed(consent_comment=False)

    corrected(row, comment="At last.")

    assert entries(row.letter) == []


def test_what_the_public_never_read_is_no_correction():
    private = printed(make_letter(state="private"))
    held = printed(state="held")

    managing.withdraw(private.public_id)
    managing.withdraw(held.public_id)
    corrected(printed(state="held"), position="Rector")

    assert Correction.objects.count() == 0


def test_removing_and_restoring_say_why():
    row = printed()

    signature_deciding.remove(row, reason="duplicate", by="test")
    signature_deciding.restore(row, by="test")

    assert entries(row.letter) == [("removed", "duplicate"), ("restored", "")]
    named = [corrections.standing_line(entry) for entry in corrections.for_letter(row.letter)]
    assert named == [row, None], "nobody is named beside a reason that did not hold"
    note = correction_words.note_of(Correction.objects.get(kind="removed"))
    assert note == "The organisers removed one line: the same person has signed already."


def test_a_printed_line_that_is_held_comes_back_on_record():
    row = printed()

    case = cases.open_case(row, "operator", is_holding=True)
    deciding.accept(case.public_id, by=make_user("mona", is_staff=True))

    assert entries(row.letter) == [("removed", "held"), ("restored", "")]


def test_a_line_that_waits_from_its_first_moment_on_was_never_taken_off():
    row = sign_and_confirm(make_letter(watched_names=["Suzie van der Berg"]))
    assert Signature.objects.get(pk=row.pk).held_reason == "watched-name"

    cases.settle(row)

    assert entries(row.letter) == []


def test_a_refusal_of_a_held_line_and_its_undoing_leave_no_trace():
    mona = make_user("mona", is_staff=True)
    row = printed(state="held")
    case = cases.open_case(row, "mixed-script", is_holding=True)

    rulings.refuse(case.public_id, by=mona, reason_code="no-evidence", note="Nothing found.")
    rulings.undo(case.public_id, by=mona)

    assert Signature.objects.get(pk=row.pk).held_reason == "mixed-script"
    assert entries(row.letter) == []


def test_a_held_line_that_is_removed_for_good_says_so():
    row = printed()
    case = cases.open_case(row, "operator", is_holding=True)

    rulings.refuse(case.public_id, by=make_user("mona", is_staff=True), reason_code="impersonation", note="Seen.")

    assert entries(row.letter) == [("removed", "held"), ("removed", "impersonation")]


def test_a_name_withheld_and_shown_again():
    row = printed()

    managing.hide(row.public_id, hidden=True)
    managing.hide(row.public_id, hidden=False)

    assert entries(row.letter) == [("name", "hidden"), ("name", "shown")]


def test_a_name_that_nobody_could_read_is_withheld_and_shown_without_an_entry():
    row = printed(state="held")

    managing.hide(row.public_id, hidden=True)
    managing.hide(row.public_id, hidden=False)

    assert entries(row.letter) == []


def test_what_happens_to_one_line_is_no_entry_of_another():
    letter = make_letter()
    mine, other, waiting = printed(letter), printed(letter), printed(letter, state="held")
    corrected(other, display_name="Otto Other")
    cases.open_case(mine, "operator", is_holding=True)

    managing.withdraw(waiting.public_id)  # was never printed
    managing.withdraw(mine.public_id)  # was, before it was held

    assert entries(letter) == [("name", ""), ("removed", "held"), ("withdrawn", "")]
    assert [entry.signature for entry in Correction.objects.order_by("id")] == [other, None, None]


def test_a_decision_about_many_is_one_entry_and_its_undoing_another():
    letter = make_letter()
    mona = make_user("mona", is_staff=True)
    rows = [printed(letter, display_name=f"Fake {chr(65 + n)}") for n in range(bulking_size())]
    bulk = bulking.preview(letter, "remove", Conditions(name="fake"), by=mona)
    bulking.start(bulk.public_id, by=mona, reason_code="not-a-person", note="Invented.")
    while batching.step(bulk.pk):
        pass
    assert entries(letter) == [("count", "not-a-person")]
    assert Correction.objects.get(kind="count").detail == {"amount": len(rows)}

    bulking.undo(bulk.public_id, by=mona)
    while batching.step(bulk.pk):
        pass

    assert entries(letter) == [("count", "not-a-person"), ("count", "undone")]
    notes = [correction_words.note_of(row) for row in corrections.for_letter(letter)]
    assert notes[1] == f"The organisers removed {len(rows)} lines in one decision: no real person of this name signed."


def test_a_decision_about_many_takes_no_other_entry_with_it():
    """Neither one of the same reason a minute before, nor one of another letter, nor one that restored a line."""
    letter, mona = make_letter(), make_user("mona", is_staff=True)
    for row in (printed(letter, display_name="Single Sam"), printed(display_name="Fake Elsewhere")):
        signature_deciding.remove(row, reason="not-a-person", by="test")
    fakes = [printed(letter, display_name=f"Fake {name}") for name in ("Ann", "Ben")]
    signature_deciding.remove(fakes[0], reason="duplicate", by="test")
    signature_deciding.restore(fakes[0], by="test")
    before = entries(letter)

    bulk = bulking.preview(letter, "remove", Conditions(name="fake"), by=mona)
    bulking.start(bulk.public_id, by=mona, reason_code="not-a-person", note="Invented.")
    while batching.step(bulk.pk):
        pass

    assert entries(letter) == [*before, ("count", "not-a-person")]
    assert Correction.objects.get(kind="count").detail == {"amount": 2}
    assert Correction.objects.exclude(letter=letter).get().batch is None


def bulking_size():
    return batching.BATCH + 2


def test_texts_say_what_was_fixed_and_what_follows():
    letter = make_letter()
    printed(letter)
    alice = make_user("alice")

    amending.amend(
        letter, make_words(body="We find holes **before** the others do."), note="A word was missing.", by=alice
    )
    succeeding.succeed(
        letter, make_words(body="Another demand."), note="One demand more.", by=alice,
        deadline=timezone.now() + timedelta(days=10),
    )  # fmt: skip

    assert entries(letter) == [("letter_editorial", ""), ("letter_version", "")]
    notes = [correction_words.note_of(row) for row in corrections.for_letter(letter)]
    assert notes == [
        "The letter has a new text, version 2; its list holds those who signed it. One demand more.",
        "The text is version 1.1 now, with the same meaning: A word was missing.",
    ]


def test_the_count_after_a_change_is_written_when_it_was_counted():
    letter = make_letter()
    row, _other = printed(letter), printed(letter, person="bob")
    managing.withdraw(row.public_id)
    assert corrections.count_anew() == 0

    with time_machine.travel(timezone.now() + timedelta(seconds=40), tick=False):
        counting.refresh()
        assert corrections.count_anew() == 1

    assert Correction.objects.get().persons_after == 1
    assert corrections.count_anew() == 0


def test_the_count_after_a_change_is_that_of_its_letter_and_of_a_later_moment():
    letters = [make_letter(), make_letter()]
    for letter, amount in zip(letters, (2, 4), strict=True):
        for _ in range(amount):
            printed(letter)
    counting.refresh()
    with time_machine.travel(timezone.now() + timedelta(seconds=20), tick=False):
        for letter in letters:
            managing.withdraw(letter.signatures.first().public_id)
        assert corrections.count_anew() == 0, "the count is older than the change"

    with time_machine.travel(timezone.now() + timedelta(seconds=60), tick=False):
        counting.refresh()
        assert corrections.count_anew() == 2

    assert [Correction.objects.get(letter=letter).persons_after for letter in letters] == [1, 3]


def test_the_table_speaks_english_in_every_language():
    row = printed()
    managing.withdraw(row.public_id)

    with translation.override("de"):
        table = corrections.table_of(row.letter)

    assert [line[1:] for line in table] == [("withdrawn", "One signature was withdrawn by its signatory.", "")]


def test_a_rolled_back_withdrawal_leaves_no_entry():
    row = printed()

    with transaction.atomic():
        managing.withdraw(row.public_id)
        transaction.set_rollback(True)

    assert entries(row.letter) == []
