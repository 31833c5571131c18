"""The mail to organisers for whom decisions wait: how many of what under which letter, and nobody's name."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.accounts import emails as account_emails
from letters.documents.models import Letter
from letters.moderation import alerting
from letters.moderation.alerting import Waiting
from letters.moderation.models import Alert, Reason
from letters.outbox import kinds
from letters.outbox.models import Message
from letters.signatures.emails import absolute

MOST_SHOWN = 20  # letters


def build_alert(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """What waits when the mail leaves; nothing when all of it was decided meanwhile or the mails were switched off."""
    rows = Alert.objects.filter(public_id__in=[message.subject_id for message in messages]).select_related("user")
    found = {row.public_id: row for row in rows}

    def write(message: Message) -> kinds.Built:
        alert = found.get(message.subject_id)
        if alert is None or not alert.user.is_active:
            return kinds.Withhold("gone")
        if not alert.is_on:
            return kinds.Withhold("unsubscribed")
        waiting = alerting.what_waits(alert.user)
        return _mail(alert, waiting) if waiting else kinds.Withhold("decided")

    return kinds.each(messages, write)


def _mail(alert: Alert, waiting: Sequence[Waiting]) -> kinds.Mail:
    by_letter = _by_letter(waiting)
    context = {
        "letters": by_letter[:MOST_SHOWN],
        "more": len(by_letter[MOST_SHOWN:]),
        "count": sum(row.count for row in waiting),
        "desk_url": absolute(reverse("desk:home")),
        "account_url": absolute(reverse("desk:account")),
    }
    mail = account_emails.render(alerting.ALERT, alert.user.email, context)
    return replace(mail, headers=_headers(absolute(reverse("public:alerts", args=[alerting.token_for(alert)]))))


def _headers(off_url: str) -> dict[str, str]:
    """What mail programs make their own button of. Source: RFC 2369 §3.2, RFC 8058 §3.1, RFC 2919."""
    return {
        "List-Unsubscribe": f"<{off_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<desk.{urlsplit(settings.SITE_URL).hostname}>",
    }


def _by_letter(waiting: Sequence[Waiting]) -> list[dict[str, Any]]:
    """Title, address of its queue, and a sentence for each kind; letters with something late first."""
    rows = Letter.objects.select_related("version", "amendment").in_bulk({row.letter_id for row in waiting})
    found = []
    for pk, letter in sorted(rows.items()):
        here = [row for row in waiting if row.letter_id == pk]
        page = "queue" if any(row.what != alerting.MANY for row in here) else "bulk"
        url = absolute(reverse(f"desk:{page}", args=[letter.slug]))
        is_late = any(row.late for row in here)
        found.append({"title": letter.title, "url": url, "lines": [_line(row) for row in here], "is_late": is_late})
    return sorted(found, key=lambda letter: not letter["is_late"])


def _line(row: Waiting) -> str:
    sentences = {
        alerting.SECOND: ngettext(
            "{n} line was accepted and needs a second reviewer.",
            "{n} lines were accepted and need a second reviewer.",
            row.count,
        ),
        alerting.MANY: ngettext(
            "{n} decision about many waits for a second person.",
            "{n} decisions about many wait for a second person.",
            row.count,
        ),
        Reason.APPEAL: ngettext(
            "{n} appeal waits for somebody who did not decide before.",
            "{n} appeals wait for somebody who did not decide before.",
            row.count,
        ),
        Reason.DISPUTE: ngettext("{n} dispute waits for an answer.", "{n} disputes wait for an answer.", row.count),
    }
    late = _("Late: {n}.").format(n=row.late) if row.late else ""
    return f"{sentences[row.what].format(n=row.count)} {late}".rstrip()


def register() -> None:
    """Called once when the site starts. No stranger types an address for it."""
    kinds.register(alerting.ALERT, build_alert, capped=False)
