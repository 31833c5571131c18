"""The mails of this room. None holds a word that the signatory typed but the name, and none at all in the subject: a
form that mails strangers must not carry an advertisement."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, Q
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation

from letters.core import tokens
from letters.documents import texts
from letters.documents.models import Amendment
from letters.outbox import kinds
from letters.outbox.models import Message, MessageState
from letters.signatures import managing, signing
from letters.signatures.models import Signature, SignatureState

REMINDER = "reminder"


def _signatures(messages: Sequence[Message]) -> dict[UUID, Signature]:
    """What the mails are about. The letter and its texts are fetched once for all of them."""
    rows = Signature.objects.filter(public_id__in=[m.subject_id for m in messages]).prefetch_related(*_LETTER)
    return {row.public_id: row for row in rows}


_FIXES = Prefetch("version__amendments", Amendment.objects.defer("text", "body", "demands"))
_LETTER = ("letter__version", _FIXES)


def _each(
    messages: Sequence[Message], found: dict[UUID, Signature], write: Callable[[Signature], kinds.Built]
) -> dict[int, kinds.Built | Exception]:
    """Build every mail by itself: one that fails is its own exception and delays no other."""
    built: dict[int, kinds.Built | Exception] = {}
    for message in messages:
        signature = found.get(message.subject_id)
        if signature is None or not signature.email_sealed:
            built[message.pk] = kinds.Withhold("gone")
            continue
        try:
            built[message.pk] = write(signature)
        except Exception as error:
            built[message.pk] = error
    return built


def each(messages: Sequence[Message], write: Callable[[Signature], kinds.Built]) -> dict[int, kinds.Built | Exception]:
    """Build mails about signatures, each by itself; for the other mails of this room."""
    return _each(messages, _signatures(messages), write)


def context_for(signature: Signature) -> dict[str, Any]:
    """What every template of this room may use."""
    link = absolute
    confirm = tokens.make(signing.CONFIRM, signature.public_id)
    letter = signature.letter
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "letter_title": texts.seen(signature.version, signature.amendment).title,
        "letter_url": link(letter.get_absolute_url()) if letter.is_public else settings.SITE_URL,
        "language": letter.language,
        "direction": letter.direction,
        "is_sample": letter.is_sample,
        "name": signature.display_name,
        "confirm_url": link(reverse("public:confirm", args=[confirm])),
        "not_me_url": link(reverse("public:confirm", args=[confirm])) + "#not-me",
        "mine_url": link(reverse("public:mine", args=[managing.token_for(signature)])),
        "code": shown_code(signature.public_id),
        "days": settings.CONFIRM_DAYS,
    }


def shown_code(row_id: UUID) -> str:
    """«K3F8-2Z0Q»: the code of a row as people type it."""
    code = tokens.code_for(row_id)
    return f"{code[:4]}-{code[4:]}"


def absolute(path: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def render(name: str, signature: Signature, *, to: str = "", **more: Any) -> kinds.Mail:
    """One mail from ``templates/emails/<name>/`` to the signatory, or ``to`` another address of theirs; the subject is
    one line. ``more`` is added to what the templates know."""
    with translation.override(signature.letter.interface_language):
        context = {**context_for(signature), **more}
        subject, text, html = (get_template(f"emails/{name}/{part}").render(context) for part in _PARTS)
    return kinds.Mail(to=to or signature.email, subject=" ".join(subject.split()), text=text, html=html)


_PARTS = ("subject.txt", "body.txt", "body.html")


_Key = tuple[int, str, bytes]  # version, slot of the blind index, index: one address under one text


def _keys(signature: Signature) -> list[_Key]:
    slots = {"odd": signature.email_index_odd, "even": signature.email_index_even}
    return [(signature.version_id, slot, bytes(index)) for slot, index in slots.items() if index is not None]


class _Standing:
    """The confirmed signatures of the addresses of some attempts, under the same texts. One query for all of them."""

    def __init__(self, attempts: Iterable[Signature]) -> None:
        wanted = {key for attempt in attempts for key in _keys(attempt)}
        odd, even = ([index for _, slot, index in wanted if slot == name] for name in ("odd", "even"))
        rows = Signature.objects.confirmed().filter(
            Q(email_index_odd__in=odd) | Q(email_index_even__in=even), version__in={version for version, _, _ in wanted}
        )
        self._rows = {key: row for row in rows.prefetch_related(*_LETTER) for key in _keys(row)}

    def of(self, attempt: Signature) -> Signature | None:
        return next((self._rows[key] for key in _keys(attempt) if key in self._rows), None)


def build_confirm(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The question to an address that a form named. Whoever signed this text already is told so, with the own link:
    the web page told nobody. The new attempt stays unanswered and is deleted on its day like any other."""
    found = _signatures(messages)
    standing = _Standing(found.values())

    def write(signature: Signature) -> kinds.Built:
        if not signature.is_pending:
            return kinds.Withhold("answered")
        signed = standing.of(signature)
        return render("already_signed", signed) if signed else render("confirm", signature)

    return _each(messages, found, write)


def build_reminder(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The question once more, to whoever did not answer it yet and has not signed by another form."""

    found = _signatures(messages)
    standing = _Standing(found.values())

    def write(signature: Signature) -> kinds.Built:
        is_over = not signature.is_pending or signature.signed_at < timezone.now() - signing.confirm_within()
        return kinds.Withhold("answered") if is_over or standing.of(signature) else render("reminder", signature)

    return _each(messages, found, write)


def build_mine_link(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    def write(signature: Signature) -> kinds.Built:
        return render("mine_link", signature) if signature.is_confirmed else kinds.Withhold("gone")

    return _each(messages, _signatures(messages), write)


def build_withdrawn(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    def write(signature: Signature) -> kinds.Built:
        is_over = signature.state == SignatureState.WITHDRAWN
        return render("withdrawn", signature) if is_over else kinds.Withhold("gone")

    return _each(messages, _signatures(messages), write)


def drop_unasked(public_ids: Sequence[UUID]) -> None:
    """Delete attempts whose question is not mailed, unless an earlier mail asked it: nobody could answer."""
    asked = Message.objects.filter(subject_id__in=public_ids).exclude(state=MessageState.WITHHELD)
    Signature.objects.pending().filter(public_id__in=public_ids).exclude(
        public_id__in=list(asked.values_list("subject_id", flat=True))
    ).delete()


def register() -> None:
    """Called once when the site starts."""
    kinds.register(signing.CONFIRM, build_confirm, capped=True, withheld=drop_unasked)
    kinds.register(managing.MINE_LINK, build_mine_link, capped=True)
    kinds.register(REMINDER, build_reminder, capped=False)
    kinds.register(managing.WITHDRAWN, build_withdrawn, capped=False)
