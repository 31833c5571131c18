"""Inviting people personally, at addresses that the organisers already had; what becomes of it is in answering.py.

One invitation for each address under a letter, one reminder at most, and none after an answer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts.models import User
from letters.core import addresses, sealed, tokens, typed
from letters.core.errors import RuleError
from letters.documents.models import Letter, LetterState
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.outbox.models import Message, MessageState, Suppression
from letters.signatures import names, signing
from letters.signatures.models import Invitation, InvitationState, Role, SignatoryType, Signature

INVITED = "invited"  # purpose of the token
INVITATION = "invitation"  # kind of the mail
REMINDER = "invitation_reminder"  # kind of the mail
BEGINS = "signing_begins"  # kind of the mail to those who were invited to the draft
SOURCE_MAX = 200
MOST_LINES = 200
ANSWER_WITHIN = timedelta(days=60)
BATCH = 500
LINE_MAX = 600
"""Characters of a pasted line; longer than any name with any address."""
_LINE = re.compile(r"(?P<name>.+?)(?:<(?P<angled>[^<>]*)>|[,;\t]\s*(?P<bare>[^\s,;<>]+@[^\s,;<>]+))")


class NotInviting(RuleError):
    code = "not-inviting"
    default = gettext_lazy("This letter does not use invitations. Switch them on among its methods first.")


class AlreadyInvited(RuleError):
    code = "already-invited"
    default = gettext_lazy("This address was invited to sign this letter before. Nobody is invited twice.")


class HasSigned(RuleError):
    code = "has-signed"
    default = gettext_lazy("This address has signed the letter already, so there is nothing to invite to.")


class MailBlocked(RuleError):
    code = "mail-blocked"
    default = gettext_lazy("This address takes no mail from this site: its owner asked so, or mail to it came back.")


class InvitationOver(RuleError):
    code = "invitation-over"
    default = gettext_lazy("This invitation has been answered, taken back or has run out. Nothing more can be done.")


class AlreadyReminded(RuleError):
    code = "already-reminded"
    default = gettext_lazy("This person was reminded once. There is no second reminder.")


@dataclass(frozen=True)
class Row:
    """One line of a pasted list: who it names, or why it cannot be used. ``number`` counts from 1."""

    number: int
    text: str
    name: str = ""
    email: str = ""
    error: str = ""


def is_offered(letter: Letter) -> bool:
    """True when site and letter use invitations and it is time for them: to read a draft, or to sign."""
    on = "invitation" in settings.VERIFICATION_METHODS and (not letter.methods or "invitation" in letter.methods)
    return on and is_time(letter)


def is_time(letter: Letter) -> bool:
    """People are invited to a draft, to a private round and to an open letter; not to a paused or ended one."""
    return letter.state == LetterState.DRAFT or letter.takes_invited


def read_list(letter: Letter, text: str) -> list[Row]:
    """The lines of a pasted list, ``Name <address>`` or ``Name, address``, each with its error if it has one. Empty
    lines are left out. Nothing is stored.

    Raises:
        RuleError: more than MOST_LINES lines.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise RuleError(_("Paste at most {most} lines at a time.").format(most=MOST_LINES), code="too-many")
    seen: dict[str, int] = {}
    return [_row(letter, number, line, seen) for number, line in lines]


def _row(letter: Letter, number: int, line: str, seen: dict[str, int]) -> Row:
    found = _LINE.fullmatch(line) if len(line) <= LINE_MAX else None
    if found is None:
        return Row(number, line, error=_("Write it as Name <name@example.org>."))
    try:
        name = names.clean(found["name"].strip().strip('"“” '))
        email = addresses.parse((found["angled"] if found["angled"] is not None else found["bare"]).strip())
        canonical = addresses.canonical(email)
        if canonical in seen:
            raise RuleError(_("The same address stands in line {number}.").format(number=seen[canonical]))
        _refuse_address(letter, email)
    except RuleError as error:
        return Row(number, line, error=error.message)
    seen[canonical] = number
    return Row(number, line, name, email)


def has_signed(letter: Letter, address: str) -> bool:
    """True when the owner of the address has signed as a person; for an organisation does not count."""
    rows = Signature.objects.confirmed().by_address(letter, address)
    return rows.filter(signatory_type=SignatoryType.PERSON).exists()


def _refuse_address(letter: Letter, email: str) -> None:
    index = sealed.identity_index(letter.pk, INVITED, addresses.canonical(email))
    if Invitation.objects.filter(letter=letter, email_index=index).exists():
        raise AlreadyInvited
    if has_signed(letter, email):
        raise HasSigned
    if Suppression.objects.filter(recipient_index=suppressing.index_of(email)).exists():
        raise MailBlocked


def invite(letter: Letter, name: str, email: str, *, source: str, by: User, role: str = Role.SIGNATORY) -> Invitation:
    """Store an invitation and the mail that carries it, both or neither.

    ``source`` says where the organisers had the address from; the invited person reads it (GDPR Art. 14(2)(f)).

    Raises:
        NotInviting, signing.LetterNotOpen: the letter does not invite now.
        AlreadyInvited, HasSigned, MailBlocked: the address was asked before, has signed, or takes no mail.
        RuleError: name, address or source cannot be used.
    """
    if not is_time(letter):
        raise signing.LetterNotOpen
    if not is_offered(letter):
        raise NotInviting
    row = Invitation(
        letter=letter,
        name=names.clean(name),
        address_source=_source(source),
        role=Role(role),
        invited_by=by,
        sent_at=timezone.now(),
    )
    address = addresses.parse(email)
    _refuse_address(letter, address)
    row.set_email(address)
    recipient = suppressing.index_of(address)
    mail = queueing.drafted(INVITATION, row.public_id, scope=str(letter.pk), recipient_index=recipient)
    try:
        with transaction.atomic():
            queueing.queue_with(row, mail)
            audit.record(audit.Action.INVITATION_SENT, row, by=f"user:{by.pk}", detail=row.role)
    except IntegrityError:
        raise AlreadyInvited from None
    return Invitation.objects.select_related("letter").get(public_id=row.public_id)


def _source(typed_source: str) -> str:
    source = typed.clean(typed_source, most=SOURCE_MAX)
    if not source:
        raise RuleError(_("Say where you have the address from; the invited person reads it."), code="source")
    return source


@transaction.atomic
def remind(invitation: Invitation, *, by: str) -> None:
    """Queue the one reminder.

    Raises:
        signing.LetterNotOpen: the letter takes no signatures now.
        AlreadyReminded: there was one.
        InvitationOver: it was answered, came back, was taken back or has run out.
        HasSigned: the form was sent by this invitation, or the address signed otherwise.
    """
    row = locked(invitation)
    if row.ended_at is not None or not row.email_sealed:
        raise InvitationOver
    if row.reminded_at is not None:
        raise AlreadyReminded
    if not is_time(row.letter):
        raise signing.LetterNotOpen
    if attempt_of(row) is not None or has_signed(row.letter, row.email):
        raise HasSigned(_("This person has filled in the form already; the mail to confirm is on its way."))
    row.reminded_at = timezone.now()
    row.save(update_fields=["reminded_at"])
    recipient = suppressing.index_of(row.email)
    queueing.queue_once(REMINDER, row.public_id, scope=str(row.letter_id), recipient_index=recipient)
    audit.record(audit.Action.INVITATION_REMINDED, row, by=by)


def remind_due(*, now: datetime | None = None) -> int:
    """Remind everybody who has not answered for INVITE_REMIND_DAYS (0: nobody); returns how many. Safe to run twice.

    Nobody whose invitation did not leave is reminded of it.
    """
    if not settings.INVITE_REMIND_DAYS:
        return 0
    now = now or timezone.now()
    due = Invitation.objects.filter(
        ended_at__isnull=True, reminded_at__isnull=True, sent_at__lte=now - timedelta(days=settings.INVITE_REMIND_DAYS)
    )
    return sum(_remind_one(row) for row in due.select_related("letter").order_by("pk").iterator(BATCH))


def _remind_one(row: Invitation) -> bool:
    left = Message.objects.about(row.public_id).filter(kind=INVITATION, state=MessageState.SENT)
    if not row.letter.takes_invited or not left.exists():
        return False
    try:
        remind(row, by="clock")
    except RuleError:
        return False
    return True


@transaction.atomic
def revoke(invitation: Invitation, *, by: str) -> None:
    """Take an invitation back: its link ends, its address is dropped, its mails are not sent. Idempotent.

    Raises:
        InvitationOver: it has ended otherwise.
    """
    row = locked(invitation)
    if row.state == InvitationState.REVOKED:
        return
    if row.ended_at is not None:
        raise InvitationOver
    end(row, InvitationState.REVOKED)
    audit.record(audit.Action.INVITATION_REVOKED, row, by=by)


def end(row: Invitation, state: str, *, now: datetime | None = None) -> None:
    """Close an invitation: the address goes, mails that have not left do not leave; the hash of the address stays, so
    that nobody is asked twice."""
    row.state, row.ended_at, row.email_sealed = InvitationState(state), now or timezone.now(), None
    row.save(update_fields=["state", "ended_at", "email_sealed"])
    if row.state != InvitationState.BOUNCED:  # the mail that came back is what operators look for
        queueing.forget(row.public_id)


def locked(invitation: Invitation) -> Invitation:
    """The row, locked until the transaction ends. Raises InvitationOver when it is gone."""
    rows = Invitation.objects.select_related("letter__version").select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=invitation.pk).first()
    if row is None:
        raise InvitationOver
    return row


def attempt_of(invitation: Invitation) -> Signature | None:
    """The signature that came by this invitation, if it is still there."""
    if invitation.attempt is None:
        return None
    return Signature.objects.filter(public_id=invitation.attempt).first()


def counts(letter: Letter) -> dict[str, int]:
    """How many invitations are in which state, in the order of the states; none that is empty."""
    rows = Invitation.objects.filter(letter=letter).values_list("state").annotate(count=Count("id"))
    found: dict[str, int] = dict(rows.order_by())
    return {str(state.label): found[state] for state in InvitationState if state in found}


def remind_days() -> int:
    """After how many days without an answer the one reminder leaves by itself; 0: never."""
    return int(settings.INVITE_REMIND_DAYS)


def token_for(invitation: Invitation) -> str:
    return tokens.make(INVITED, invitation.public_id)


def forget_old(*, now: datetime) -> int:
    """Drop addresses that nobody answered from within sixty days, and names and hashes of unsigned invitations thirty
    days after the letter closed; returns how many rows. Safe to run twice."""
    return sum(_expire(row, now) for row in _unanswered(now)) + _forget_closed(now)


def tell_begun(letter: Letter) -> int:
    """Tell everybody who was invited to the draft that it can be signed now; returns how many. Once for each."""
    waiting = Invitation.objects.filter(letter=letter, ended_at__isnull=True, attempt__isnull=True)
    told = 0
    for row in waiting.order_by("pk").iterator(BATCH):
        recipient = suppressing.index_of(row.email)
        told += queueing.queue_once(BEGINS, row.public_id, scope=str(letter.pk), recipient_index=recipient)
    return told


def _unanswered(now: datetime) -> Iterator[Invitation]:
    waiting = Invitation.objects.filter(ended_at__isnull=True, sent_at__lt=now - ANSWER_WITHIN)
    yield from waiting.order_by("pk").iterator(BATCH)


@transaction.atomic
def _expire(row: Invitation, now: datetime) -> bool:
    row = locked(row)
    attempt = attempt_of(row)
    if row.ended_at is not None or (attempt is not None and attempt.is_pending):
        return False  # the form was sent on the last day: the mail to confirm decides
    end(row, InvitationState.EXPIRED, now=now)
    return True


def _forget_closed(now: datetime) -> int:
    rows = Invitation.objects.filter(letter__in=Letter.objects.long_closed(now))
    for row in rows.filter(ended_at__isnull=True):
        end(row, InvitationState.EXPIRED, now=now)
    done = rows.exclude(name="", address_source="", email_index=None).update(
        name="", address_source="", email_index=None
    )
    return int(done)
