"""The mails of this room: updates to signatories, and what organisers get about their own letters."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from letters.accounts.permissions import Permission
from letters.documents import rendering, standing
from letters.documents.models import Letter
from letters.outbox import kinds
from letters.outbox.models import Message
from letters.outreach import mailing, plain, reminding, telling, unsubscribing, updates
from letters.outreach.models import Notice, Update, UpdateState
from letters.signatures import managing
from letters.signatures.emails import absolute
from letters.signatures.models import Signature

_PARTS = ("subject.txt", "body.txt", "body.html")
LETTER = ("letter__version", "letter__amendment")


def render(
    name: str, letter: Letter, to: str, context: dict[str, Any], headers: dict[str, str], *, language: str = ""
) -> kinds.Mail:
    """A mail about a letter from its three templates, in the letter's language where none is named."""
    with translation.override(language or letter.interface_language):
        whole = {
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "letter_title": letter.title,
            "letter_url": absolute(letter.get_absolute_url()),
            "language": letter.language,
            "direction": letter.direction,
            "is_sample": letter.is_sample,
            **context,
        }
        subject, text, html = (get_template(f"emails/{name}/{part}").render(whole) for part in _PARTS)
    return kinds.Mail(to=to, subject=" ".join(subject.split()), text=text, html=html, headers=headers)


def headers_for(letter: Letter, off_url: str, *, name: str = "updates") -> dict[str, str]:
    """What mail programs make their own button of. Source: RFC 2369 §3.2, RFC 8058 §3.1, RFC 2919."""
    host = urlsplit(settings.SITE_URL).hostname
    answers = {"Reply-To": letter.contact} if _is_address(letter.contact) else {}
    return {
        **answers,
        "List-Unsubscribe": f"<{off_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{letter.slug}.{name}.{host}>",
    }


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def update_mail(
    update: Update, *, to: str, name: str, off_url: str, mine_url: str, is_test: bool = False
) -> kinds.Mail:
    """An update as one person gets it; the preview and the test mail are made by the same words."""
    context = {
        "subject": update.subject,
        "body_text": plain.text_of(update.body),
        "body_html": rendering.block(update.body),
        "name": name,
        "off_url": off_url,
        "mine_url": mine_url,
        "is_test": is_test,
    }
    return render("update", update.letter, to, context, headers_for(update.letter, off_url))


def sample_of(update: Update, *, to: str, name: str, is_test: bool = True) -> kinds.Mail:
    """The mail as ``name`` would get it. Its links lead to pages that say that it was a test."""
    off_url = absolute(reverse("public:updates", args=["test"]))
    mine_url = absolute(reverse("public:mine-link", args=[update.letter.slug]))
    return update_mail(update, to=to, name=name, off_url=off_url, mine_url=mine_url, is_test=is_test)


def build_update(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """Whoever withdrew, erased, said no or is held meanwhile is not mailed, and nobody once the update was stopped."""
    rows = Signature.objects.filter(public_id__in=[message.subject_id for message in messages])
    lines = {row.public_id: row for row in rows.prefetch_related("letter")}
    found = Update.objects.filter(
        letter__in={row.letter_id for row in lines.values()}, number__in={message.serial for message in messages}
    )
    by_number = {(row.letter_id, row.number): row for row in found.select_related("letter").prefetch_related(*LETTER)}

    def write(message: Message) -> kinds.Built:
        line = lines.get(message.subject_id)
        if line is None or not line.is_confirmed or not line.email_sealed:
            return kinds.Withhold("gone")
        if not line.consent_updates:
            return kinds.Withhold("unsubscribed")
        if line.held_reason:
            return kinds.Withhold("held")
        update = by_number.get((line.letter_id, message.serial))
        if update is None or update.state not in (UpdateState.SENDING, UpdateState.SENT):
            return kinds.Withhold("stopped")
        return _to_signatory(update, line)

    return kinds.each(messages, write)


def _to_signatory(update: Update, line: Signature) -> kinds.Mail:
    off_url = absolute(reverse("public:updates", args=[unsubscribing.token_for(line)]))
    mine_url = absolute(reverse("public:mine", args=[managing.token_for(line)]))
    return update_mail(update, to=line.email, name=line.display_name, off_url=off_url, mine_url=mine_url)


def _notices(messages: Sequence[Message]) -> dict[UUID, Notice]:
    rows = Notice.objects.filter(public_id__in=[message.subject_id for message in messages])
    rows = rows.select_related("user").prefetch_related("update__letter__version", "update__letter__amendment")
    rows = rows.prefetch_related("delivery__letter__version", "delivery__letter__amendment")
    return {row.public_id: row for row in rows}


def build_test(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """An update to the organiser who asked for it, while they may still write to signatories."""
    notices = _notices(messages)

    def write(message: Message) -> kinds.Built:
        notice = notices.get(message.subject_id)
        if notice is None or notice.update is None:
            return kinds.Withhold("gone")
        if not standing.may(notice.user, notice.update.letter, Permission.MAIL):
            return kinds.Withhold("not-theirs")
        return sample_of(notice.update, to=notice.user.email, name=notice.user.get_full_name() or notice.user.email)

    return kinds.each(messages, write)


def build_look(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The reminder to look for a response, unless one was recorded since it was queued."""
    notices = _notices(messages)

    def write(message: Message) -> kinds.Built:
        notice = notices.get(message.subject_id)
        if notice is None or notice.delivery is None or not reminding.is_unanswered(notice.delivery):
            return kinds.Withhold("answered")
        letter = notice.delivery.letter
        if not standing.may(notice.user, letter, Permission.PUBLISH):
            return kinds.Withhold("not-theirs")
        with translation.override(letter.interface_language):
            delivered_on = telling.day(notice.delivery.delivered_on)
        context = {
            "addressee": notice.delivery.addressee,
            "days": notice.days,
            "delivered_on": delivered_on,
            "is_last": notice.days == max(reminding.REMIND_AFTER),
            "timeline_url": absolute(reverse("desk:timeline", args=[letter.slug])),
        }
        return render("look", letter, notice.user.email, context, {})

    return kinds.each(messages, write)


def register() -> None:
    """Called once when the site starts. Strangers cause none of these mails."""
    kinds.register(mailing.UPDATE, build_update, capped=False)
    kinds.register(updates.TEST, build_test, capped=False)
    kinds.register(reminding.LOOK, build_look, capped=False)
