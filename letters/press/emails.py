"""The mails of this room: to those who asked for corrections."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import translation

from letters.outbox import kinds
from letters.outbox.models import Message
from letters.outreach.emails import headers_for, render
from letters.press import correction_words, corrections, following
from letters.press.models import CorrectionReader
from letters.signatures.emails import absolute

LISTED = 30


def build_confirm(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The question whether this address wants a letter's corrections; the way off the list for one that is on it."""
    return _each(messages, _readers(messages), _asked)


def _readers(messages: Sequence[Message]) -> dict[UUID, CorrectionReader]:
    rows = CorrectionReader.objects.filter(public_id__in=[message.subject_id for message in messages])
    return {row.public_id: row for row in rows.select_related("letter__version", "letter__amendment")}


def _asked(reader: CorrectionReader) -> kinds.Built:
    context = {"is_on": reader.confirmed_at is not None, "confirm_url": _link(reader)}
    return render(following.CONFIRM, reader.letter, reader.email, context, {}, language=reader.language)


def build_corrections(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """What changed since the mail before. Nobody is named: a mail cannot be taken back."""
    return _each(messages, _readers(messages), _told)


def _told(reader: CorrectionReader) -> kinds.Built:
    rows = corrections.for_letter(reader.letter).filter(id__gt=reader.told_from, id__lte=reader.told_to)
    found = list(rows[: LISTED + 1])
    if reader.confirmed_at is None or not found:
        return kinds.Withhold("gone")
    with translation.override(reader.language):
        entries = [(row.changed_at, row.get_kind_display(), correction_words.note_of(row)) for row in found[:LISTED]]
    context = {
        "entries": entries,
        "has_more": len(found) > LISTED,
        "count": len(entries),
        "page_url": absolute(reverse("public:corrections", args=[reader.letter.slug])),
        "off_url": _link(reader),
    }
    headers = headers_for(reader.letter, _link(reader), name="corrections")
    return render(following.MAIL, reader.letter, reader.email, context, headers, language=reader.language)


def _link(reader: CorrectionReader) -> str:
    return absolute(reverse("public:corrections-reader", args=[following.token_for(reader)]))


def _each(
    messages: Sequence[Message], found: dict[UUID, Any], write: Callable[[Any], kinds.Built]
) -> dict[int, kinds.Built | Exception]:
    """Build every mail by itself: one that fails is its own exception and delays no other."""
    built: dict[int, kinds.Built | Exception] = {}
    for message in messages:
        row = found.get(message.subject_id)
        try:
            built[message.pk] = kinds.Withhold("gone") if row is None else write(row)
        except Exception as error:
            built[message.pk] = error
    return built


def drop_unasked(public_ids: Sequence[UUID]) -> None:
    """Delete addresses whose question is not mailed: nobody could answer."""
    CorrectionReader.objects.filter(public_id__in=public_ids, confirmed_at__isnull=True).delete()


def register() -> None:
    """Called once when the site starts."""
    kinds.register(following.CONFIRM, build_confirm, capped=True, withheld=drop_unasked)
    kinds.register(following.MAIL, build_corrections, capped=False)
