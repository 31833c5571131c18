"""The mails of this room: why something was refused and how to appeal; and the question to whoever disputes a line."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from letters.documents import texts
from letters.moderation import asking, disputing, mailing, reasons
from letters.moderation.models import BulkItem, Case, Decision, Dispute, DisputeKind, Reason
from letters.outbox import kinds
from letters.outbox.models import Message
from letters.signatures import emails
from letters.signatures.models import Signature

_PARTS = ("subject.txt", "body.txt", "body.html")
Written = dict[int, kinds.Built | Exception]


def _render(name: str, to: str, context: dict[str, Any], language: str) -> kinds.Mail:
    with translation.override(language):
        subject, text, html = (get_template(f"emails/{name}/{part}").render(context) for part in _PARTS)
    return kinds.Mail(to=to, subject=" ".join(subject.split()), text=text, html=html)


def build_refused(messages: Sequence[Message]) -> Written:
    """The statement of reasons. A decision that was taken back, or a person who is gone, gets none."""
    rows = Case.objects.filter(public_id__in=[message.subject_id for message in messages])
    rows = rows.annotate(is_bulk=Exists(BulkItem.objects.filter(case=OuterRef("pk"))))
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
            "is_bulk": getattr(case, "is_bulk", False),
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
    link = reverse("public:dispute-confirm", args=[disputing.token_for(dispute)])
    context = {**_third_party(dispute), "confirm_url": settings.SITE_URL.rstrip("/") + link}
    return _render(disputing.CONFIRM, dispute.email, context, dispute.signature.letter.interface_language)


def _third_party(dispute: Dispute) -> dict[str, Any]:
    """What every mail to somebody who disputes a line may use."""
    letter = dispute.signature.letter
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "letter_title": texts.seen(dispute.signature.version, dispute.signature.amendment).title,
        "letter_url": settings.SITE_URL.rstrip("/") + letter.get_absolute_url(),
        "language": letter.language,
        "direction": letter.direction,
        "is_sample": letter.is_sample,
    }


def build_dispute_outcome(messages: Sequence[Message]) -> Written:
    """What became of a dispute; nothing of what the signatory answered or proved. A ruling that was taken back gets
    none."""
    rows = Dispute.objects.filter(public_id__in=[message.subject_id for message in messages])
    related = ("signature__letter__version", "signature__version", "case")
    return _each(messages, {row.public_id: row for row in rows.select_related(*related)}, _outcome)


def _outcome(dispute: Dispute) -> kinds.Built:
    case = dispute.case
    if case is None or case.is_open or case.decision == Decision.SETTLED:
        return kinds.Withhold("gone")
    context = {
        **_third_party(dispute),
        "is_upheld": case.decision == Decision.REFUSED,
        "is_affiliation": case.detail == DisputeKind.AFFILIATION,
    }
    return _render(mailing.DISPUTE_OUTCOME, dispute.email, context, dispute.signature.letter.interface_language)


def build_restored(messages: Sequence[Message]) -> Written:
    """A decision that the signatory was told of was taken back. One whose line was removed anew gets none."""
    rows = Signature.objects.filter(public_id__in=[message.subject_id for message in messages])
    found = {row.public_id: row for row in rows.select_related("letter__version", "version")}
    return _each(messages, found, _restored)


def _restored(signature: Signature) -> kinds.Built:
    if not signature.is_confirmed or not signature.email_sealed:
        return kinds.Withhold("gone")
    language = signature.letter.interface_language
    with translation.override(language):
        context = {**emails.context_for(signature), "is_printed": signature.is_public}
    return _render(mailing.RESTORED, signature.email, context, language)


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
    kinds.register(mailing.REFUSED, build_refused, capped=False)
    kinds.register(mailing.RESTORED, build_restored, capped=False)
    kinds.register(mailing.DISPUTE_OUTCOME, build_dispute_outcome, capped=False)
    kinds.register(disputing.CONFIRM, build_dispute_confirm, capped=True, withheld=drop_unasked)
