"""The letter as PDF, alone and with everybody who signed it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from letters.core.errors import RuleError
from letters.press.printing import blocks, fonts, typesetting
from letters.press.printing.data import Printed, PrintedLetter, PrintedLine, PrintedList, PrintedText

PDF_MAX_NAMES = 20_000


class TooManyNames(RuleError):
    code = "too-many-names"
    default = gettext_lazy(
        "A PDF holds at most 20,000 names, and this list is longer. Take signatories.csv: it holds all of them."
    )


def letter_pdf(letter: PrintedLetter) -> Printed:
    """The letter alone, A4. Raises NoType, NotSet."""
    return typesetting.pdf("letter", letter_data(letter), at=letter.as_of)


def signed_pdf(printed: PrintedList) -> Printed:
    """The letter and its whole list, A4: those above the list large, the others in two columns.

    Raises:
        TooManyNames: more than PDF_MAX_NAMES lines.
        NoType, NotSet: as ``letter_pdf``.
    """
    if printed.size > PDF_MAX_NAMES:
        raise TooManyNames
    data = {**letter_data(printed.letter), **list_data(printed)}
    lines, notes = lines_data(printed)
    made = typesetting.pdf("signed", {**data, **lines}, at=printed.letter.as_of)
    return Printed(made.content, made.notes + notes)


def letter_data(letter: PrintedLetter) -> dict[str, Any]:
    """What every template of a letter is given, ready to be set. Raises NoType."""
    text = letter.text
    typesetting.refuse_unset(text.title + text.body)
    body, notes = blocks.of_text(text.body)
    shown = typesetting.settable({
        "text": _words(text),
        "blocks": body,
        "notes": notes,
        "demands": [blocks.of_line(demand) for demand in text.demands],
    })  # fmt: skip
    sentences = {
        "remark": letter.remark,
        "imprint": _imprint(letter),
        "foot": " · ".join((text.title, _("as of {time}").format(time=letter.as_of_text))),
        "sample": _("Sample letter: it and its signatories are invented. None of the names belongs to a real person."),
    }
    return {
        **shown,
        **typesetting.ours(sentences, text.direction),
        "title": shown["text"]["title"],
        "author": letter.site_name,
        "families": fonts.families(text.language),
        "is_sample": letter.is_sample,
        "labels": labels(),
    }


def _words(text: PrintedText) -> dict[str, Any]:
    language, region = fonts.language_of(text.language)
    return {
        "title": text.title, "subtitle": text.subtitle, "dateline": text.dateline, "salutation": text.salutation,
        "closing": text.closing, "addressees": [[line for line in lines if line] for lines in text.addressees],
        "lang": language, "region": region, "direction": text.direction,
    }  # fmt: skip


def _imprint(letter: PrintedLetter) -> list[str]:
    read = _("Read, sign and check at {url}").format(url=letter.url)
    text = _("Text {label} · SHA-256 {sha256}").format(label=letter.text_label, sha256=letter.sha256)
    return [f"{read} · {letter.site_name}", *([text] if letter.sha256 else [])]


def labels() -> dict[str, str]:
    """The words that templates print by themselves, in the active language."""
    return {
        "demands": _("What we ask"),
        "undersigned": _("We, the undersigned"),
        "initiators": _("Initiators"),
        "selected": _("Selected signatories"),
        "organizations": _("Organisations"),
        "signatories": _("Signatories"),
        "anonymised": _("Names withheld, known to and checked by the organisers"),
        "page": _("Page {n} of {total}"),
    }


def list_data(printed: PrintedList) -> dict[str, Any]:
    shown = {
        "count_sentence": printed.count_sentence,
        "disclaimer": printed.disclaimer,
        "order": printed.order,
        "watermark": printed.watermark,
        "notice": printed.notice,
    }
    found: dict[str, Any] = typesetting.ours(shown, printed.letter.text.direction)
    return found


def lines_data(printed: PrintedList) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The five lists as [name, description, affiliation], and what is to be said of names that could not be set as
    written."""
    found, unset = {}, 0
    for part in ("initiators", "selected", "organizations", "signatories", "anonymised"):
        rows: Sequence[PrintedLine] = getattr(printed, part)
        found[part] = [_line(row, printed.letter.text.direction) for row in rows]
        unset += sum(typesetting.is_unset(row.name) for row in rows)
    return found, _notes(unset)


def _line(row: PrintedLine, direction: str) -> list[str]:
    name = row.name
    if typesetting.is_unset(name) and row.name_latin and not typesetting.is_unset(row.name_latin):
        name = row.name_latin
    parts = (name, row.description, row.affiliation)
    return [typesetting.isolated(typesetting.settable(part), direction) for part in parts]


def _notes(missed: int) -> tuple[str, ...]:
    if not missed:
        return ()
    text = ngettext(
        "{count} name holds letters for which there is no type here. It is printed in Latin letters where its owner "
        "gave them, else with the numbers of those letters; signatories.csv has it as written.",
        "{count} names hold letters for which there is no type here. They are printed in Latin letters where their "
        "owners gave them, else with the numbers of those letters; signatories.csv has them as written.",
        missed,
    )
    return (text.format(count=missed),)
