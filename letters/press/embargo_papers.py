"""The file that a journalist takes under embargo: the letter with its checked names, and on each page who took it."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import embargoes, prints
from letters.press.models import EmbargoAccess
from letters.press.printing import papers
from letters.signatures.models import SignatoryType
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
    """The letter and its checked names; on every page the hour, and name, outlet and time of who takes it.

    Raises:
        RuleError: no text, or the list or its letters are beyond what can be set.
    """
    letter = access.letter
    text = letter.shown
    if text is None:
        raise NoText(_("The letter has no text yet."))
    rows = list(embargoes.checked_lines(letter)[: papers.PDF_MAX_NAMES + 1])
    has_organizations = any(row.signatory_type == SignatoryType.ORGANIZATION for row in rows)
    printed = prints.list_of(
        letter, text, rows, at=now, sentence=sentence_of(letter),
        disclaimer=disclaimer_for(has_organizations=has_organizations),
    )  # fmt: skip
    notice = _("EMBARGO: nothing of this may be published before {hour}").format(hour=embargoes.hour_of(letter))
    marked = replace(printed, watermark=embargoes.watermark_of(access, now), notice=notice)
    return papers.signed_pdf(marked).content
