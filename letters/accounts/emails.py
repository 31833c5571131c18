"""The mails of this room: an invitation to a team, and what allauth tells the owner of a login."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone

from letters.accounts import teams
from letters.accounts.models import TEAM_INVITATION_KEPT, AccountMail, TeamInvitation
from letters.outbox import kinds, queueing, suppressing
from letters.outbox.models import Message, MessageState

ACCOUNT = "account"  # to the address of a login
STRANGER = "account_stranger"  # to an address that somebody typed into a form, so within the caps of the outbox
ACCOUNT_MAIL_KEPT = timedelta(days=1)
_PARTS = ("subject.txt", "body.txt", "body.html")


def render(name: str, to: str, context: dict[str, Any]) -> kinds.Mail:
    """A mail to the owner of a login, of the templates of that name."""
    known = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "language": "en", **context}
    subject, text, html = (get_template(f"emails/{name}/{part}").render(known) for part in _PARTS)
    return kinds.Mail(to=to, subject=" ".join(subject.split()), text=text, html=html)


def build_team_invitation(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """Who asks, to which team, in which role; nothing when it was answered or taken back meanwhile."""
    rows = TeamInvitation.objects.filter(public_id__in=[m.subject_id for m in messages])
    found = {row.public_id: row for row in rows.select_related("team", "invited_by")}

    def write(message: Message) -> kinds.Built:
        row = found.get(message.subject_id)
        return _invitation(row) if row else kinds.Withhold("gone")

    return kinds.each(messages, write)


def _invitation(row: TeamInvitation) -> kinds.Mail:
    path = reverse("desk:team-join", args=[teams.token_for(row)])
    context = {
        "team": row.team.name,
        "role": row.get_role_display(),
        "by": row.invited_by.email if row.invited_by else "",
        "join_url": settings.SITE_URL.rstrip("/") + path,
        "days": TEAM_INVITATION_KEPT.days,
    }
    return render(teams.TEAM_INVITATION, row.email, context)


@transaction.atomic
def queue_written(mail: kinds.Mail, *, is_strangers: bool) -> None:
    """Put a mail that is written already into the queue, sealed. ``is_strangers``: nobody proved to own the address,
    so the caps against mail bombing count it."""
    row = AccountMail(created_at=timezone.now())
    row.set_content(json.dumps({"to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html}))
    row.save(force_insert=True)
    kind = STRANGER if is_strangers else ACCOUNT
    # Whoever owns a login asked for its mails: neither caps nor an old «This was not me» may lock them out.
    queueing.queue(kind, row.public_id, recipient_index=suppressing.index_of(mail.to) if is_strangers else None)


def build_account(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The written mails; one that is older than a day leads nowhere any more and stays here."""
    since = timezone.now() - ACCOUNT_MAIL_KEPT
    rows = AccountMail.objects.filter(public_id__in=[m.subject_id for m in messages], created_at__gt=since)
    found = {row.public_id: row for row in rows}

    def write(message: Message) -> kinds.Built:
        row = found.get(message.subject_id)
        return kinds.Mail(**json.loads(row.content)) if row else kinds.Withhold("gone")

    return kinds.each(messages, write)


def forget_written(*, now: datetime) -> int:
    """Delete written mails that have left or were withheld, and all that are a day old; returns how many rows."""
    waiting = Message.objects.filter(kind__in=[ACCOUNT, STRANGER])
    waiting = waiting.filter(state__in=[MessageState.DUE, MessageState.SENDING])
    done = AccountMail.objects.exclude(public_id__in=waiting.values("subject_id")).delete()[0]
    return done + AccountMail.objects.filter(created_at__lte=now - ACCOUNT_MAIL_KEPT).delete()[0]


def register() -> None:
    """Called once when the site starts. Invitations are capped: anybody with an account can type an address."""
    kinds.register(teams.TEAM_INVITATION, build_team_invitation, capped=True)
    kinds.register(ACCOUNT, build_account, capped=False)
    kinds.register(STRANGER, build_account, capped=True)
