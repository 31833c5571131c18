"""What every kind of correction says, one sentence each."""

import pytest

from letters.moderation import reasons
from letters.press import correction_words
from letters.press.models import Correction

HASHES = {"file": "signatories.csv", "as_of": "2026-11-28T1400Z", "old_sha256": "aa", "new_sha256": "bb"}
SENTENCES = [
    ("withdrawn", "", {}, "One signature was withdrawn by its signatory."),
    ("removed", "held", {}, "One line is off the list until the organisers have checked it."),
    ("removed", "duplicate", {}, "The organisers removed one line: the same person has signed already."),
    ("removed", "unheard-of", {}, "The organisers removed one line: for a reason that is not kept."),
    ("restored", "", {}, "One line that was off the list is printed again."),
    ("name", "", {}, "The name of one line was corrected."),
    ("name", "hidden", {}, "One name is withheld from now on; the signature still counts."),
    ("name", "shown", {}, "One name that was withheld is printed again."),
    ("affiliation", "", {}, "What one line says of position, affiliation or country changed."),
    ("comment", "", {}, "The comment of one line was changed."),
    (
        "count",
        "duplicate",
        {"amount": 1},
        "The organisers removed 1 line in one decision: the same person has signed already.",
    ),
    (
        "count",
        "duplicate",
        {"amount": 2},
        "The organisers removed 2 lines in one decision: the same person has signed already.",
    ),
    ("count", "undone", {"amount": 1}, "The organisers took a decision back: 1 line is printed again."),
    ("count", "undone", {"amount": 2}, "The organisers took a decision back: 2 lines are printed again."),
    (
        "letter_editorial",
        "",
        {"label": "1.1", "note": "A word was missing."},
        "The text is version 1.1 now, with the same meaning: A word was missing.",
    ),
    (
        "letter_version",
        "",
        {"label": "2", "note": ""},
        "The letter has a new text, version 2; its list holds those who signed it.",
    ),
    (
        "redaction",
        "",
        HASHES,
        "Redacted at the signatory's request in signatories.csv as of 2026-11-28T1400Z: SHA-256 aa became bb.",
    ),
    (
        "redaction",
        "other",
        HASHES,
        "Lines that are no longer shown are empty in signatories.csv as of 2026-11-28T1400Z: SHA-256 aa became bb.",
    ),
]


@pytest.mark.parametrize(("kind", "code", "detail", "sentence"), SENTENCES)
def test_each_kind_has_its_sentence(kind, code, detail, sentence):
    assert correction_words.note_of(Correction(kind=kind, code=code, detail=detail)) == sentence


def test_every_reason_of_a_refusal_is_said_in_words():
    assert set(reasons.REFUSALS) <= set(correction_words.REASONS)
