"""The file that a journalist takes under embargo: the letter with its checked names, and on each page who took it."""

from datetime import datetime

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import embargoes
from letters.press.models import EmbargoAccess
from letters.press.printing import papers
from letters.press.printing.data import PrintedLetter, PrintedLine, PrintedList, PrintedText
from letters.signatures import names
from letters.signatures.emails import absolute
from letters.signatures.models import Role, SignatoryType, Signature
from letters.signatures.sentences import disclaimer_for


class NoText(RuleError):
    code = "no-text"


def sentence_of(letter: Letter) -> str:
    """How many checked names there are, and that it is no count of who signed."""
    amount = embargoes.checked_lines(letter).filter(signatory_type=SignatoryType.PERSON).count()
    sentence = ngettext(
        "Under embargo until {hour}. {amount} person whose line was checked is named; others may have signed.",
        "Under embargo until {hour}. {amount} people whose lines were checked are named; others may have signed.",
        amount,
    )
    return sentence.format(hour=embargoes.hour_of(letter), amount=amount)


def signed_pdf(access: EmbargoAccess, *, now: datetime) -> bytes:
    """The letter and its checked names, with name, outlet and time of who takes it on every page.

    Raises:
        RuleError: no text, or the list or its letters are beyond what can be set.
    """
    letter = access.letter
    rows = list(embargoes.checked_lines(letter)[: papers.PDF_MAX_NAMES + 1])
    persons = [row for row in rows if row.signatory_type == SignatoryType.PERSON]
    organizations = [row for row in rows if row.signatory_type == SignatoryType.ORGANIZATION]
    printed = PrintedList(
        letter=_letter(letter, now),
        count_sentence=sentence_of(letter),
        disclaimer=str(disclaimer_for(has_organizations=bool(organizations))),
        order=letter.order_label,
        initiators=_lines(persons, Role.INITIATOR),
        selected=_lines(persons, Role.SELECTED),
        organizations=[_line(row) for row in organizations],
        signatories=_lines(persons, Role.SIGNATORY),
        watermark=embargoes.watermark_of(access, now),
    )
    return papers.signed_pdf(printed).content


def _letter(letter: Letter, now: datetime) -> PrintedLetter:
    text = letter.shown
    if text is None:
        raise NoText(_("The letter has no text yet."))
    on = formats.date_format(text.dateline_on, "j F Y") if text.dateline_on else ""
    return PrintedLetter(
        text=PrintedText(
            title=text.title, subtitle=text.subtitle, body=text.body, language=letter.language,
            direction=letter.direction, dateline=", ".join(part for part in (text.dateline_place, on) if part),
            addressees=[[who.get(part, "") for part in ("name", "office", "organization")] for who in text.addressees],
            salutation=text.salutation, demands=text.demands, closing=text.closing,
        ),
        url=absolute(letter.get_absolute_url()), as_of=now, as_of_text=f"{now:%Y-%m-%d %H:%M} UTC",
        site_name=settings.SITE_NAME, text_label=text.label, sha256=text.sha256, is_sample=letter.is_sample,
    )  # fmt: skip


def _lines(rows: list[Signature], role: str) -> list[PrintedLine]:
    return [_line(row) for row in rows if row.role == role]


def _line(row: Signature) -> PrintedLine:
    return PrintedLine(
        name=row.display_name, position=row.position, country=row.country_name, name_latin=row.name_latin,
        affiliation=names.affiliation_as_printed(row.affiliation, row.affiliation_status),
    )  # fmt: skip
