"""The part of one's own page that is about the same person's lines under other versions of the letter."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from campaign.public.lines import Line, UnnamedLine, line_of, unnamed_line_of
from letters.signatures import anonymising, managing, twins
from letters.signatures.models import AnonymousLine, Signature

ALSO = "also"
"""The field with the numbers of the versions that an act reaches as well."""
VERSION_DIGITS = 6


@dataclass(frozen=True)
class OtherLine:
    """One of them: what is printed there, and what may be done to it from here."""

    number: int
    url: str
    line: Line
    unnamed: UnnamedLine | None
    is_printed: bool
    is_held: bool
    is_corrected: bool
    is_shown: bool
    also: bool
    """Ticked when the form is opened, or as it was sent."""


def also_in(request: HttpRequest) -> set[int]:
    """The versions that were ticked; anything else is nobody's version."""
    sent = request.POST.getlist(ALSO)
    return {int(number) for number in sent if number.isascii() and number.isdigit() and len(number) <= VERSION_DIGITS}


def context_of(signature: Signature, *, sent: Collection[int] | None = None) -> dict[str, Any]:
    """``other_lines``, the oldest version first; ``also_corrected`` and ``also_shown`` are those that a correction, or
    showing the line again, reaches when the person ticks so. ``sent``: what a refused correction had ticked."""
    takes_consent = anonymising.needs_consent(signature)
    lines = [_other_of(row, takes_consent=takes_consent, sent=sent) for row in twins.standing_of(signature)]
    return {
        "other_lines": lines,
        "also_corrected": [line for line in lines if line.is_corrected],
        "also_shown": [line for line in lines if line.is_shown],
    }


def _other_of(row: Signature, *, takes_consent: bool, sent: Collection[int] | None) -> OtherLine:
    unnamed = AnonymousLine.objects.of(row)
    is_named = not anonymising.is_nameless(row)
    can_agree = takes_consent or not anonymising.needs_consent(row)
    is_hidden = row.hidden_at is not None
    return OtherLine(
        number=row.version.number,
        url=reverse("public:mine", args=[managing.token_for(row)]),
        line=line_of(row),
        unnamed=unnamed_line_of(unnamed) if unnamed is not None else None,
        is_printed=row.is_public or (unnamed is not None and unnamed.checked_at is not None and not row.held_reason),
        is_held=bool(row.held_reason) or (unnamed is not None and unnamed.checked_at is None),
        is_corrected=is_named,
        is_shown=is_hidden and is_named and can_agree,
        also=sent is None or row.version.number in sent,
    )
