"""The mails of an invitation: who invites, to what, and how to get no more of them. Nothing in them tells whether
they were read."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.text import get_text_list

from letters.documents.models import LetterState
from letters.outbox import kinds
from letters.outbox.models import Message
from letters.signatures import inviting
from letters.signatures.models import Invitation, Role

_PARTS = ("subject.txt", "body.txt", "body.html")


def organisers_of(invitation: Invitation) -> str:
    """«Ada Lovelace and Jo Doe»: who invites, as the letter names its organisers; empty when it names none."""
    return str(get_text_list([str(person.get("name", "")) for person in invitation.letter.organisers], _and()))


def _and() -> str:
    return translation.pgettext("between the last two names", "and")


def context_for(invitation: Invitation) -> dict[str, Any]:
    """What the templates of an invitation may use."""
    letter, site = invitation.letter, settings.SITE_URL.rstrip("/")
    invited_url = site + reverse("public:invited", args=[inviting.token_for(invitation)])
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "letter_title": letter.title,
        "letter_url": site + letter.get_absolute_url() if letter.is_public else invited_url,
        "language": letter.language,
        "direction": letter.direction,
        "is_sample": letter.is_sample,
        "name": invitation.name,
        "organisers": organisers_of(invitation),
        "address_source": invitation.address_source,
        "is_prominent": invitation.role != Role.SIGNATORY,
        "role": invitation.role,
        "invited_url": invited_url,
        "decline_url": f"{invited_url}#no",
        "days": inviting.ANSWER_WITHIN.days,
    }


def render(name: str, invitation: Invitation) -> kinds.Mail:
    """One mail from ``templates/emails/<name>/``; the subject is one line."""
    with translation.override(invitation.letter.interface_language):
        context = context_for(invitation)
        subject, text, html = (get_template(f"emails/{name}/{part}").render(context) for part in _PARTS)
    return kinds.Mail(to=invitation.email, subject=" ".join(subject.split()), text=text, html=html)


def _built(name: str, messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """Every mail by itself: one that fails is its own exception and delays no other."""
    rows = Invitation.objects.filter(public_id__in=[m.subject_id for m in messages]).select_related("letter__version")
    found = {row.public_id: row for row in rows}
    built: dict[int, kinds.Built | Exception] = {}
    for message in messages:
        row = found.get(message.subject_id)
        try:
            built[message.pk] = _write(name, row) if row else kinds.Withhold("gone")
        except Exception as error:
            built[message.pk] = error
    return built


def _write(name: str, row: Invitation) -> kinds.Built:
    if row.ended_at is not None or not row.email_sealed:
        return kinds.Withhold("gone")
    if not inviting.is_time(row.letter):
        return kinds.Withhold("not-open")
    if inviting.has_signed(row.letter, row.email):
        return kinds.Withhold("answered")
    is_draft = row.letter.state == LetterState.DRAFT
    return render("invitation_to_draft" if is_draft and name == inviting.INVITATION else name, row)


def build_invitation(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    return _built(inviting.INVITATION, messages)


def build_reminder(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    return _built(inviting.REMINDER, messages)


def build_begins(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    return _built(inviting.BEGINS, messages)


def register() -> None:
    """Called once when the site starts. Only organisers cause these mails, each address once for a letter."""
    kinds.register(inviting.INVITATION, build_invitation, capped=False)
    kinds.register(inviting.REMINDER, build_reminder, capped=False)
    kinds.register(inviting.BEGINS, build_begins, capped=False)
