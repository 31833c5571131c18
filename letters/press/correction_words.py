"""The sentence of every correction, made anew for each reader: in their language, and never with a name."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from letters.press.models import Correction, CorrectionKind

REASONS: dict[str, Promise] = {
    "not-a-person": gettext_lazy("no real person of this name signed"),
    "impersonation": gettext_lazy("somebody else signed with this name"),
    "duplicate": gettext_lazy("the same person has signed already"),
    "abusive-text": gettext_lazy("the line insulted, threatened or advertised"),
    "asked-by-mail": gettext_lazy("they were asked by mail to do so"),
    "no-evidence": gettext_lazy("no public source was found for what it said"),
    "claim-differs": gettext_lazy("a public source says something else"),
    "not-eligible": gettext_lazy("it does not fit who may sign"),
    "not-authorised": gettext_lazy("nothing shows that it was signed for the organisation"),
}
"""What the organisers found, by the reason code of a removal."""

_LINES: dict[tuple[str, str], Promise] = {
    (CorrectionKind.WITHDRAWN, ""): gettext_lazy("One signature was withdrawn by its signatory."),
    (CorrectionKind.REMOVED, "held"): gettext_lazy("One line is off the list until the organisers have checked it."),
    (CorrectionKind.RESTORED, ""): gettext_lazy("One line that was off the list is printed again."),
    (CorrectionKind.NAME, ""): gettext_lazy("The name of one line was corrected."),
    (CorrectionKind.NAME, "hidden"): gettext_lazy("One name is withheld from now on; the signature still counts."),
    (CorrectionKind.NAME, "shown"): gettext_lazy("One name that was withheld is printed again."),
    (CorrectionKind.NAME, "unprinted"): gettext_lazy(
        "One line without a name is printed no longer, as its signatory wishes; the signature still counts."
    ),
    (CorrectionKind.AFFILIATION, ""): gettext_lazy("What one line says of position, affiliation or country changed."),
    (CorrectionKind.COMMENT, ""): gettext_lazy("The comment of one line was changed."),
}


def note_of(correction: Correction) -> str:
    """What changed, in one sentence of the present language."""
    sentence, under = _sentence_of(correction), correction.detail.get("under")
    if under is None:
        return sentence
    return _("Under version {number} of the text: {sentence}").format(number=under, sentence=sentence)


def _sentence_of(correction: Correction) -> str:
    kind, code, detail = correction.kind, correction.code, correction.detail
    line = _LINES.get((kind, code))
    if line is not None:
        return str(line)
    if kind == CorrectionKind.REMOVED:
        return _("The organisers removed one line: {reason}.").format(reason=_reason(code))
    if kind == CorrectionKind.COUNT:
        return _of_many(code, int(detail.get("amount", 0)))
    return _of_text_or_file(kind, code, detail)


def _reason(code: str) -> str:
    return str(REASONS.get(code, _("for a reason that is not kept")))


def _of_many(code: str, amount: int) -> str:
    if code == "undone":
        sentence = ngettext(
            "The organisers took a decision back: {amount} line is printed again.",
            "The organisers took a decision back: {amount} lines are printed again.",
            amount,
        )
        return sentence.format(amount=amount)
    sentence = ngettext(
        "The organisers removed {amount} line in one decision: {reason}.",
        "The organisers removed {amount} lines in one decision: {reason}.",
        amount,
    )
    return sentence.format(amount=amount, reason=_reason(code))


def _of_text_or_file(kind: str, code: str, detail: dict[str, Any]) -> str:
    label, note = detail.get("label", ""), detail.get("note", "")
    if kind == CorrectionKind.LETTER_EDITORIAL:
        return _("The text is version {label} now, with the same meaning: {note}").format(label=label, note=note)
    if kind == CorrectionKind.LETTER_VERSION:
        sentence = _("The letter has a new text, version {label}; its list holds those who signed it.")
        return " ".join((sentence.format(label=label), note)).strip()
    sentence = _("Redacted at the signatory's request in {file} as of {as_of}: SHA-256 {old} became {new}.")
    if code:
        sentence = _("Lines that are no longer shown are empty in {file} as of {as_of}: SHA-256 {old} became {new}.")
    parts = {name: detail.get(key, "?") for name, key in _REDACTED.items()}
    return sentence.format(**parts)


_REDACTED = {"file": "file", "as_of": "as_of", "old": "old_sha256", "new": "new_sha256"}
