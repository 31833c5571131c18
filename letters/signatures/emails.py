"""The mails of this room. None holds a word that the signatory typed but the name, and none at all in the subject: a
form that mails strangers must not carry an advertisement."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation

from letters.core import tokens
from letters.outbox import kinds
from letters.outbox.models import Message, MessageState
from letters.signatures import managing, signing
from letters.signatures.models import Signature, SignatureState

REMINDER = "reminder"


def _signatures(messages: Sequence[Message]) -> dict[UUID, Signature]:
    rows = Signature.objects.select_related("letter", "letter__version", "version").filter(
        public_id__in=[m.subject_id for m in messages]
    )
    return {row.public_id: row for row in rows}


def _each(messages: Sequence[Message], write: Callable[[Signature], kinds.Built]) -> dict[int, kinds.Built | Exception]:
    """Build every mail by itself: one that fails is its own exception and delays no other."""
    found = _signatures(messages)
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


def context_for(signature: Signature) -> dict[str, Any]:
    """What every template of this room may use."""
    link = _absolute
    confirm = tokens.make(signing.CONFIRM, signature.public_id)
    code = tokens.code_for(signature.public_id)
    letter = signature.letter
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "letter_title": signature.version.title,
        "letter_url": link(letter.get_absolute_url()),
        "language": letter.language,
        "direction": letter.direction,
        "is_sample": letter.is_sample,
        "name": signature.display_name,
        "confirm_url": link(reverse("public:confirm", args=[confirm])),
        "not_me_url": link(reverse("public:confirm", args=[confirm])) + "#not-me",
        "mine_url": link(reverse("public:mine", args=[managing.token_for(signature)])),
        "code": f"{code[:4]}-{code[4:]}",
        "days": settings.CONFIRM_DAYS,
    }


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def render(name: str, signature: Signature) -> kinds.Mail:
    """One mail from ``templates/emails/<name>/``; the subject is one line."""
    with translation.override(signature.letter.interface_language):
        context = context_for(signature)
        subject, text, html = (get_template(f"emails/{name}/{part}").render(context) for part in _PARTS)
    return kinds.Mail(to=signature.email, subject=" ".join(subject.split()), text=text, html=html)


_PARTS = ("subject.txt", "body.txt", "body.html")


def _is_signed_elsewhere(signature: Signature) -> Signature | None:
    return (
        Signature.objects.confirmed()
        .same_address(signature)
        .filter(version=signature.version)
        .select_related("letter", "letter__version", "version")
        .first()
    )


def build_confirm(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The question to an address that a form named. Whoever signed this text already is told so, with the own link:
    the web page told nobody. The new attempt stays unanswered and is deleted on its day like any other."""

    def write(signature: Signature) -> kinds.Built:
        if not signature.is_pending:
            return kinds.Withhold("answered")
        standing = _is_signed_elsewhere(signature)
        if standing is None:
            return render("confirm", signature)
        return render("already_signed", standing)

    return _each(messages, write)


def build_reminder(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    def write(signature: Signature) -> kinds.Built:
        is_over = not signature.is_pending or signature.signed_at < timezone.now() - signing.confirm_within()
        if is_over or _is_signed_elsewhere(signature):
            return kinds.Withhold("answered")
        return render("reminder", signature)

    return _each(messages, write)


def build_mine_link(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    def write(signature: Signature) -> kinds.Built:
        return render("mine_link", signature) if signature.is_confirmed else kinds.Withhold("gone")

    return _each(messages, write)


def build_withdrawn(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    def write(signature: Signature) -> kinds.Built:
        is_over = signature.state == SignatureState.WITHDRAWN
        return render("withdrawn", signature) if is_over else kinds.Withhold("gone")

    return _each(messages, write)


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
