"""The mail of this room: a webhook paused by itself."""

from collections.abc import Sequence

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from letters.accounts.permissions import Permission
from letters.documents import standing
from letters.outbox import kinds
from letters.outbox.models import Message
from letters.signatures.emails import absolute
from letters.syndication import calling
from letters.syndication.enums import HookState, Why
from letters.syndication.models import Notice

_PARTS = ("subject.txt", "body.txt", "body.html")


def build_paused(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """To those who may still publish, while it is still paused."""
    rows = Notice.objects.filter(public_id__in=[message.subject_id for message in messages])
    rows = rows.select_related("user", "webhook__letter__version", "webhook__letter__amendment")
    notices = {row.public_id: row for row in rows}
    built: dict[int, kinds.Built | Exception] = {}
    for message in messages:
        notice = notices.get(message.subject_id)
        if notice is None or notice.webhook.state != HookState.PAUSED:
            built[message.pk] = kinds.Withhold("gone")
        elif not standing.may(notice.user, notice.webhook.letter, Permission.PUBLISH):
            built[message.pk] = kinds.Withhold("not-theirs")
        else:
            built[message.pk] = _paused(notice)
    return built


def _paused(notice: Notice) -> kinds.Mail:
    webhook, letter = notice.webhook, notice.webhook.letter
    context = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "letter_title": letter.title,
        "letter_url": absolute(letter.get_absolute_url()),
        "language": letter.language,
        "direction": letter.direction,
        "is_sample": letter.is_sample,
        "host": webhook.host,
        "is_gone": webhook.paused_why == Why.GONE,
        "webhook_url": absolute(reverse("desk:webhook", args=[letter.slug, webhook.public_id])),
    }
    with translation.override(letter.interface_language):
        subject, text, html = (get_template(f"emails/webhook_paused/{part}").render(context) for part in _PARTS)
    return kinds.Mail(to=notice.user.email, subject=" ".join(subject.split()), text=text, html=html)


def register() -> None:
    """Called once when the site starts. Strangers cause none of these mails."""
    kinds.register(calling.PAUSED_MAIL, build_paused, capped=False)
