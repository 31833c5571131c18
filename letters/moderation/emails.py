"""The mails of this room: why something was refused and how to appeal; and the question to whoever disputes a line."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from letters.moderation import asking, deciding, disputing, reasons
from letters.moderation.models import Case, Decision, Dispute, Reason
from letters.outbox import kinds
from letters.outbox.models import Message
from letters.signatures import emails

_PARTS = ("subject.txt", "body.txt", "body.html")
Written = dict[int, kinds.Built | Exception]


def _render(name: str, to: str, context: dict[str, Any], language: str) -> kinds.Mail:
    with translation.override(language):
        subject, text, html = (get_template(f"emails/{name}/{part}").render(context) for part in _PARTS)
    return kinds.Mail(to=to, subject=" ".join(subject.split()), text=text, html=html)


def build_refused(messages: Sequence[Message]) -> Written:
    """The statement of reasons. A decision that was taken back, or a person who is gone, gets none."""
    rows = Case.objects.filter(public_id__in=[message.subject_id for message in messages])
    found = {case.public_id: case for case in rows.select_related("signature__letter__version", "signature__version")}
    return _each(messages, found, _refused)


def _refused(case: Case) -> kinds.Built:
    signature = case.signature
    if case.decision != Decision.REFUSED or not signature.email_sealed or not signature.display_name:
        return kinds.Withhold("gone")
    language = signature.letter.interface_language
    with translation.override(language):
        context = {
            **emails.context_for(signature),
            "reason": str(reasons.REFUSALS[case.reason_code]),
            "note": case.note,
            "is_removed": signature.state == "removed",
            "outcome": case.reason,
            "is_affiliation": case.changed_line,
            "can_appeal": case.reason != Reason.APPEAL and signature.state == "removed",
            "days": asking.APPEAL_WITHIN.days,
        }
    return _render("refused", signature.email, context, language)


def build_dispute_confirm(messages: Sequence[Message]) -> Written:
    """The question whether this address disputes a line. Nothing that was typed into the form is in it."""
    rows = Dispute.objects.filter(public_id__in=[message.subject_id for message in messages])
    found = {row.public_id: row for row in rows.select_related("signature__letter__version", "signature__version")}
    return _each(messages, found, _asked)


def _asked(dispute: Dispute) -> kinds.Built:
    if dispute.confirmed_at is not None:
        return kinds.Withhold("answered")
    letter = dispute.signature.letter
    site = settings.SITE_URL.rstrip("/")
    context = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "letter_title": dispute.signature.version.title,
        "letter_url": site + letter.get_absolute_url(),
        "language": letter.language,
        "direction": letter.direction,
        "is_sample": letter.is_sample,
        "confirm_url": site + reverse("public:dispute-confirm", args=[disputing.token_for(dispute)]),
    }
    return _render(disputing.CONFIRM, dispute.email, context, letter.interface_language)


def _each(messages: Sequence[Message], found: dict[UUID, Any], write: Callable[[Any], kinds.Built]) -> Written:
    """Build every mail by itself: one that fails is its own exception and delays no other."""
    built: Written = {}
    for message in messages:
        row = found.get(message.subject_id)
        try:
            built[message.pk] = kinds.Withhold("gone") if row is None else write(row)
        except Exception as error:
            built[message.pk] = error
    return built


def drop_unasked(public_ids: Sequence[UUID]) -> None:
    """Delete disputes whose question is not mailed: nobody could answer."""
    Dispute.objects.filter(public_id__in=public_ids, confirmed_at__isnull=True).delete()


def register() -> None:
    """Called once when the site starts."""
    kinds.register(deciding.REFUSED_MAIL, build_refused, capped=False)
    kinds.register(disputing.CONFIRM, build_dispute_confirm, capped=True, withheld=drop_unasked)
