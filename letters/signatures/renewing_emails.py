"""The mails about a new version: the question, one reminder, and the receipt of who signed it."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation

from letters.core import moments
from letters.documents import succeeding, texts
from letters.outbox import kinds
from letters.outbox.models import Message
from letters.signatures import emails, renewing
from letters.signatures.models import Renewal, Signature


def context_for(renewal: Renewal) -> dict[str, Any]:
    """What the templates of the question may use beside what every mail knows."""
    succession, letter = renewal.version.succession, renewal.signature.letter
    with translation.override(letter.interface_language):
        deadline = moments.spoken(succession.deadline, letter.time_zone)
    return {
        "renew_url": emails.absolute(reverse("public:renew", args=[renewing.token_for(renewal)])),
        "letter_title": letter.title,
        "number": renewal.version.number,
        "before": renewal.signature.version.number,
        "notes": succeeding.notes_between(renewal.signature.version, succession),
        "deadline": deadline,
    }


def _asked(name: str, messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """Every mail by itself: one that fails is its own exception and delays no other."""
    rows = Renewal.objects.filter(public_id__in=[message.subject_id for message in messages]).select_related(
        "version__succession__version", "signature__version", "signature__letter__version",
        "signature__letter__amendment",
    )  # fmt: skip
    found = {row.public_id: row for row in rows.defer("signature__letter__version__text")}
    built: dict[int, kinds.Built | Exception] = {}
    for message in messages:
        row = found.get(message.subject_id)
        try:
            built[message.pk] = _write(name, row) if row else kinds.Withhold("gone")
        except Exception as error:
            built[message.pk] = error
    return built


def _write(name: str, row: Renewal) -> kinds.Built:
    if not row.signature.is_confirmed or not row.signature.email_sealed:
        return kinds.Withhold("gone")
    if row.answered_at is not None:
        return kinds.Withhold("answered")
    if renewing.standing(row) not in ("open", "paused"):
        return kinds.Withhold("over")
    return emails.render(name, row.signature, **context_for(row))


def build_ask(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    return _asked(renewing.ASK, messages)


def build_reminder(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    return _asked(renewing.REMINDER, messages)


def build_receipt(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """A short receipt, with the way to one's own page."""

    def write(signature: Signature) -> kinds.Built:
        if not signature.is_confirmed:
            return kinds.Withhold("gone")
        title = texts.seen(signature.version, signature.amendment).title
        return emails.render(renewing.RECEIPT, signature, number=signature.version.number, letter_title=title)

    return emails.each(messages, write)


def register() -> None:
    """Called once when the site starts. Organisers cause these mails by one new version, each address once."""
    kinds.register(renewing.ASK, build_ask, capped=False)
    kinds.register(renewing.REMINDER, build_reminder, capped=False)
    kinds.register(renewing.RECEIPT, build_receipt, capped=False)
