"""The fact sheet: what a desk needs to write about a letter, on one or two pages."""

from django.utils.translation import gettext as _

from letters.press.printing import blocks, codes, papers, typesetting
from letters.press.printing.data import Printed, PrintedFacts


def fact_sheet_pdf(facts: PrintedFacts) -> Printed:
    """The count sentence, what the number is made of, who is behind the letter, what happened, whom to ask; A4.

    Raises:
        NoType, NotSet: as ``letter_pdf``.
    """
    letter = facts.letter
    contact = [
        facts.contact,
        _("How signatures are checked: {url}").format(url=facts.methodology_url) if facts.methodology_url else "",
    ]
    shown = typesetting.settable({
        "count_sentence": facts.count_sentence,
        "summary": facts.summary,
        "tables": [(title, [(what, amount, f"{amount:,}") for what, amount in rows]) for title, rows in facts.tables],
        "organisers": facts.organisers,
        "timeline": facts.timeline,
        "faq": [{"question": one["question"], "answer": blocks.of_text(one["answer"])[0]} for one in facts.faq],
        "contact": [line for line in contact if line],
        "qr_alt": _("QR code of {url}").format(url=letter.url),
    })  # fmt: skip
    data = {**papers.letter_data(letter), **shown, "labels": _labels(), "qr": codes.qr_svg(letter.url).decode()}
    return typesetting.pdf("facts", data, at=letter.as_of)


def _labels() -> dict[str, str]:
    return {
        **papers.labels(),
        "facts": _("Fact sheet"),
        "summary": _("In short"),
        "numbers": _("What the number is made of"),
        "what": _("Group"),
        "people": _("Persons"),
        "behind": _("Who is behind it"),
        "timeline": _("What happened"),
        "faq": _("Questions and answers"),
        "contact": _("Contact and sources"),
    }
