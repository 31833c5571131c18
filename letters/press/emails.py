"""The mails of this room: to those who asked for corrections."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import translation

from letters.outbox import kinds
from letters.outbox.models import Message
from letters.outreach.emails import headers_for, render
from letters.press import correction_words, corrections, embargoes, following, relaying
from letters.press.models import CorrectionReader, EmbargoAccess, Question
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


def build_question_confirm(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The question whether this address asks. Nothing that was typed into the form is in it."""
    return _each(messages, _questions(messages), _confirm_question)


def _questions(messages: Sequence[Message]) -> dict[UUID, Question]:
    rows = Question.objects.filter(public_id__in=[message.subject_id for message in messages])
    rows = rows.select_related("signature__letter__version", "letter__version", "letter__amendment")
    return {row.public_id: row for row in rows}


def _confirm_question(question: Question) -> kinds.Built:
    if question.passed_at is not None or question.content_sealed is None:
        return kinds.Withhold("answered")
    context = {"confirm_url": absolute(reverse("public:question", args=[relaying.token_for(question)]))}
    return render(relaying.CONFIRM, question.letter, question.content["email"], context, {})


def build_question(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The question to the signatory. An answer goes to the journalist, by the signatory's own mail program."""
    return _each(messages, _questions(messages), _question)


def _question(question: Question) -> kinds.Built:
    signature = question.signature
    if signature is None or not relaying.is_passed_on(signature):
        return kinds.Withhold("gone")
    off_url = absolute(reverse("public:questions-stop", args=[relaying.stop_token_for(signature)]))
    deadline = question.content["deadline"]
    context = {
        **{name: question.content[name] for name in ("name", "outlet", "email", "text")},
        "deadline": date.fromisoformat(deadline) if deadline else None,
        "signatory": signature.display_name,
        "off_url": off_url,
    }
    headers = {
        "Reply-To": question.content["email"],
        "X-Auto-Response-Suppress": "All",  # a note of absence or a receipt would tell the journalist the address
        "List-Unsubscribe": f"<{off_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return render(relaying.QUESTION, question.letter, signature.email, context, headers)


def build_embargo(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The link of a journalist who was let in. Says the hour, and nothing else of the letter: the mail may be read by
    others before the terms are."""
    return _each(messages, _accesses(messages), _embargo)


def _accesses(messages: Sequence[Message]) -> dict[UUID, EmbargoAccess]:
    rows = EmbargoAccess.objects.filter(public_id__in=[message.subject_id for message in messages])
    return {row.public_id: row for row in rows.select_related("letter__version", "letter__amendment")}


def build_embargo_ask(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The question whether this address asks to read a letter early. Nothing that was typed is in it, and nothing of
    the letter."""
    return _each(messages, _accesses(messages), _embargo_ask)


def _embargo_ask(access: EmbargoAccess) -> kinds.Built:
    if embargoes.standing(access) != "unconfirmed":
        return kinds.Withhold("answered")
    context = {"link": absolute(reverse("public:embargo", args=[embargoes.token_for(access)]))}
    return render(embargoes.ASKED, access.letter, access.content["email"], context, {})


def _embargo(access: EmbargoAccess) -> kinds.Built:
    if embargoes.standing(access) not in ("terms", "open"):
        return kinds.Withhold("gone")
    letter, who = access.letter, access.content
    with translation.override(letter.interface_language):
        context = {
            "name": who["name"],
            "hour": embargoes.hour_of(letter),
            "link": absolute(reverse("public:embargo", args=[embargoes.token_for(access)])),
            "until": access.ends_early_at,
            "contact": letter.contact,
        }
    return render(embargoes.INVITED, letter, who["email"], context, {})


def _each(
    messages: Sequence[Message], found: dict[UUID, Any], write: Callable[[Any], kinds.Built]
) -> dict[int, kinds.Built | Exception]:
    """``kinds.each`` for mails about rows that may be gone."""

    def write_of(message: Message) -> kinds.Built:
        row = found.get(message.subject_id)
        return kinds.Withhold("gone") if row is None else write(row)

    return kinds.each(messages, write_of)


def drop_unasked(public_ids: Sequence[UUID]) -> None:
    """Delete addresses whose question is not mailed: nobody could answer."""
    CorrectionReader.objects.filter(public_id__in=public_ids, confirmed_at__isnull=True).delete()


def drop_unasked_questions(public_ids: Sequence[UUID]) -> None:
    """The same for questions of journalists."""
    Question.objects.filter(public_id__in=public_ids, passed_at__isnull=True).delete()


def drop_unasked_accesses(public_ids: Sequence[UUID]) -> None:
    """The same for journalists who ask to read a letter early."""
    mere = EmbargoAccess.objects.filter(invited_at__isnull=True, confirmed_at__isnull=True)
    mere.filter(public_id__in=public_ids).delete()


def register() -> None:
    """Called once when the site starts."""
    kinds.register(following.CONFIRM, build_confirm, capped=True, withheld=drop_unasked)
    kinds.register(following.MAIL, build_corrections, capped=False)
    kinds.register(relaying.CONFIRM, build_question_confirm, capped=True, withheld=drop_unasked_questions)
    kinds.register(embargoes.INVITED, build_embargo, capped=False)
    kinds.register(embargoes.ASKED, build_embargo_ask, capped=True, withheld=drop_unasked_accesses)
    kinds.register(relaying.QUESTION, build_question, capped=False)
