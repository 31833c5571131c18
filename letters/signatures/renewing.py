"""Asking everybody who signed an earlier version whether they sign the newest one. Silence means no.

Each is asked by one mail and reminded once; the answer is a pressed button. Their old line stays where it is.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core import tokens
from letters.core.errors import KeyRingError, RuleError
from letters.documents import succeeding, texts
from letters.documents.models import ENDED, Letter, Succession, Version
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.outbox.models import Message, MessageState
from letters.signatures import carrying, signing
from letters.signatures.models import Renewal, RenewalState, Signature, SignatureQuerySet, SignatureState

RENEW = "renew"  # purpose of the token
ASK = "renewal"  # kind of the mail
REMINDER = "renewal_reminder"  # kind of the mail
RECEIPT = "renewed"  # kind of the mail
ASKS_PER_MINUTE = 120
"""How many of these mails leave in a minute at most: a hundred thousand in fourteen hours."""
REMIND_BEFORE = timedelta(days=2)
BATCH = 500


class AskOver(RuleError):
    code = "ask-over"
    default = _("The time to answer is over. You can still sign the new version with the ordinary form.")


class NotAsked(RuleError):
    code = "not-asked"
    default = _("Your signature under the earlier version does not stand any more, so it cannot be carried over.")


class Replaced(RuleError):
    code = "replaced"
    default = _("The text was changed once more. You get another mail if you are asked about the newest version.")


class SignedAlready(RuleError):
    code = "signed-already"
    default = _("You have signed the new version already. To end that, withdraw your signature on your own page.")


@dataclass(frozen=True)
class Progress:
    """How far the asking is. ``waiting`` are not written to yet; ``silent`` were, and gave no answer so far."""

    asked: int
    signed: int
    declined: int
    waiting: int

    @property
    def silent(self) -> int:
        return self.asked - self.signed - self.declined

    @property
    def total(self) -> int:
        return self.asked + self.waiting


@transaction.atomic
def publish(
    letter: Letter, words: Mapping[str, Any], *, note: str, deadline: datetime, by: User, since: str = ""
) -> Succession:
    """Publish a new version (``succeeding.succeed``, raises the same) and ask those who signed one before."""
    found = succeeding.succeed(letter, words, note=note, deadline=deadline, by=by, since=since)
    ask(found)
    return found


def _unasked(succession: Succession) -> SignatureQuerySet:
    """The newest standing signature of each person under any earlier version, if its address is still there, nobody
    asked about this version yet, and they never answered no. Whoever has a newer line that was removed is not asked by
    an older one."""
    version = succession.version
    earlier = Version.objects.filter(letter_id=version.letter_id, number__lt=version.number)
    answered = Q(version_id=version.pk) | Q(state=RenewalState.DECLINED)
    rows = Signature.objects.confirmed().filter(version__in=earlier, email_sealed__isnull=False, is_sample=False)
    rows = rows.filter(~Exists(Renewal.objects.filter(answered, signature=OuterRef("pk"))))
    newer = Signature.objects.filter(
        letter_id=version.letter_id, version__number__gt=OuterRef("version__number"),
        state__in=[SignatureState.CONFIRMED, SignatureState.REMOVED],
    )  # fmt: skip
    for index in ("email_index_odd", "email_index_even"):  # one at a time, so that each is an index's business
        rows = rows.filter(~Exists(newer.filter(**{index: OuterRef(index)})))
    return rows


@transaction.atomic
def ask(succession: Succession, *, now: datetime | None = None) -> int:
    """Ask the next few hundred signatories, their mails one after another at a polite rate; returns how many.

    Safe to run twice or at once: each signature is asked once. Nobody is asked after the deadline, of a text that is
    no longer current, or while the letter takes no signatures.
    """
    now = now or timezone.now()
    letter = Letter.objects.select_for_update(of=("self",), no_key=True).get(versions=succession.version_id)
    if letter.version_id != succession.version_id or succession.deadline <= now or not letter.is_open_at(now):
        return 0
    moments = _moments(ASK, letter, now)
    rows = list(_unasked(succession).order_by("pk")[:BATCH])
    renewals = [
        Renewal(signature=row, version_id=succession.version_id, asked_at=moment)
        for row, moment in zip(rows, moments, strict=False)
    ]
    Renewal.objects.bulk_create(renewals)
    queueing.queue_many([_mail(ASK, renewal, renewal.asked_at) for renewal in renewals])
    return len(renewals)


def _moments(kind: str, letter: Letter, now: datetime) -> Iterable[datetime]:
    """When the next mails of a kind may leave: after those that wait already, one by one."""
    waiting = Message.objects.filter(kind=kind, scope=str(letter.pk), state=MessageState.DUE, next_at__gt=now)
    last = waiting.order_by("-next_at").values_list("next_at", flat=True).first()
    step = timedelta(minutes=1) / ASKS_PER_MINUTE
    first = last + step if last else now
    return (first + place * step for place in range(BATCH))


def _mail(kind: str, renewal: Renewal, at: datetime) -> Message:
    signature = renewal.signature
    recipient = None
    with suppress(KeyRingError):  # one address that no longer opens must not keep the others from being asked
        recipient = suppressing.index_of(signature.email)
    mail = queueing.drafted(kind, renewal.public_id, scope=str(signature.letter_id), recipient_index=recipient)
    mail.next_at = at
    return mail


def run(*, now: datetime | None = None) -> int:
    """Ask and remind whoever is due, of every letter; returns how many mails were queued. Safe to run twice."""
    now = now or timezone.now()
    current = Succession.objects.filter(deadline__gt=now, version__current_of__isnull=False)
    running = current.select_related("version").order_by("pk")
    return sum(ask(found, now=now) + remind(found, now=now) for found in running)


@transaction.atomic
def remind(succession: Succession, *, now: datetime | None = None) -> int:
    """Remind those who were asked and gave no answer, once, two days before the deadline; returns how many."""
    now = now or timezone.now()
    if not succession.deadline - REMIND_BEFORE <= now < succession.deadline:
        return 0
    letter = Letter.objects.select_for_update(of=("self",), no_key=True).get(versions=succession.version_id)
    sent = Message.objects.filter(kind=ASK, scope=str(letter.pk), state=MessageState.SENT)
    silent = Renewal.objects.filter(
        version_id=succession.version_id, state=RenewalState.ASKED, reminded_at__isnull=True,
        public_id__in=sent.values("subject_id"), signature__email_sealed__isnull=False, signature__state="confirmed",
    ).select_related("signature")  # fmt: skip
    rows = list(silent.order_by("pk")[:BATCH]) if letter.is_open_at(now) else []
    for row, moment in zip(rows, _moments(REMINDER, letter, now), strict=False):
        row.reminded_at = moment
    Renewal.objects.bulk_update(rows, ["reminded_at"])
    queueing.queue_many([_mail(REMINDER, row, row.reminded_at or now) for row in rows])
    return len(rows)


def find(token: str) -> Renewal:
    """The question behind a link. Raises LinkInvalid, signing.LinkExpired when nothing is stored under it any more."""
    rows = Renewal.objects.select_related(
        "version__succession", "signature__version", "signature__letter__version", "signature__letter__amendment"
    )
    row = rows.filter(public_id=tokens.read(RENEW, token)).first()
    if row is None:
        raise signing.LinkExpired
    return row


def token_for(renewal: Renewal) -> str:
    return tokens.make(RENEW, renewal.public_id)


def standing(renewal: Renewal, *, now: datetime | None = None) -> str:
    """What the person sees: "open", "paused", "signed", "over", "gone" (the line ended) or "replaced"."""
    now = now or timezone.now()
    letter, deadline = renewal.signature.letter, renewal.version.succession.deadline
    if renewal.state == RenewalState.SIGNED:
        return "signed"
    if not renewal.signature.is_confirmed:
        return "gone"
    if letter.version_id != renewal.version_id:
        return "replaced"
    if deadline <= now or letter.has_ended_at(now):
        return "over"
    return "open" if letter.is_open_at(now) else "paused"


_REFUSALS: dict[str, Callable[[], RuleError]] = {
    "gone": NotAsked, "replaced": Replaced, "over": AskOver, "paused": signing.LetterNotOpen,
}  # fmt: skip


def sign_again(renewal: Renewal, *, text_sha256: str) -> Signature:
    """Sign the new version with the line of the old one; confirmed at once, for the link proved the mailbox.

    Idempotent: a second press returns the same row. A receipt is mailed; ``signature_carried`` is sent, and evidence
    goes along with its dates.

    Raises:
        AskOver, NotAsked, Replaced, signing.LetterNotOpen: it cannot be answered now.
        signing.TextChanged: the page showed other words than the version or one of its editorial fixes.
    """
    try:
        return _sign_again(renewal.pk, text_sha256)
    except IntegrityError:  # signed by the ordinary form in this very moment; that one stands
        return _sign_again(renewal.pk, text_sha256)


@transaction.atomic
def _sign_again(pk: int, text_sha256: str) -> Signature:
    renewal = _locked(pk)
    old, version = renewal.signature, renewal.version
    mine = Signature.objects.confirmed().for_version(version).same_address(old)
    new = mine.select_related("letter", "version").first()
    if new is None and renewal.state == RenewalState.SIGNED:
        raise NotAsked
    if new is None:
        if (refusal := _REFUSALS.get(standing(renewal))) is not None:
            raise refusal()
        fix = texts.matching(version, text_sha256) if len(text_sha256) >= signing.SHA256_SHOWN else None
        if fix is None:
            raise signing.TextChanged
        new = carrying.carry(old, version, fix)
        recipient = suppressing.index_of(new.email)
        queueing.queue_once(RECEIPT, new.public_id, scope=str(new.letter_id), recipient_index=recipient)
        audit.record(audit.Action.SIGNATURE_CARRIED, new, by="signatory", detail=str(version.number))
    _answer(renewal, RenewalState.SIGNED)
    return new


def _locked(pk: int) -> Renewal:
    """The question with its letter, its line and itself locked, in this order: so a letter that closes, a line that is
    withdrawn and another press come before or after, never in between. Raises signing.LinkExpired."""
    found = Renewal.objects.filter(pk=pk).values("signature__letter", "signature__public_id").first()
    if found is None:
        raise signing.LinkExpired
    Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=found["signature__letter"])
    signing.locked(found["signature__public_id"])
    rows = Renewal.objects.select_related(
        "version__succession", "version__letter", "signature__version", "signature__letter"
    )
    row = rows.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise signing.LinkExpired
    return row


@transaction.atomic
def decline(renewal: Renewal) -> None:
    """Leave the signature under the earlier version alone; until the deadline the answer can be changed. Idempotent.

    Raises:
        SignedAlready: the new version is signed.
        AskOver, NotAsked, Replaced, signing.LetterNotOpen: it cannot be answered now.
    """
    row = _locked(renewal.pk)
    if row.state == RenewalState.SIGNED:
        raise SignedAlready
    if row.state == RenewalState.DECLINED:
        return
    if (refusal := _REFUSALS.get(standing(row))) is not None:
        raise refusal()
    _answer(row, RenewalState.DECLINED)


def _answer(row: Renewal, state: str) -> None:
    if row.state != state:
        row.state, row.answered_at = RenewalState(state), timezone.now()
        row.save(update_fields=["state", "answered_at"])


def on_confirmed(signature: Signature) -> None:
    """Close the question that a signature under the new version answers, or ask whoever confirmed the old one late.

    No query for the first version of a letter that is still current.
    """
    version = signature.version
    if version.pk != signature.letter.version_id:
        _ask_late(signature)
        return
    if version.number == 1 or signature.signatory_type != "person" or signature.carried_from_id:
        return
    theirs = Signature.objects.confirmed().same_address(signature)
    asked = Renewal.objects.filter(version=version, signature__in=theirs)
    # One that is being answered this instant is left to that answer: waiting for it here would be a deadlock.
    row = asked.select_related("signature").select_for_update(of=("self",), skip_locked=True).first()
    if row is not None:
        signature.carried_from = row.signature
        signature.save(update_fields=["carried_from"])
        _answer(row, RenewalState.SIGNED)


def _ask_late(signature: Signature) -> None:
    """Ask whoever confirmed an earlier version after the newest one was published. A question that was put to an older
    line of theirs moves to this one: nobody is asked twice."""
    found = Succession.objects.filter(version=signature.letter.version_id).select_related("version").first()
    if found is None:
        return
    others = Signature.objects.confirmed().same_address(signature).exclude(pk=signature.pk)
    asked = Renewal.objects.filter(version=found.version, signature__in=others).exclude(state=RenewalState.SIGNED)
    if not asked.update(signature=signature):
        ask(found)


def on_ended(signature: Signature) -> None:
    """Drop the question to somebody whose line has ended, and its mails."""
    for row in Renewal.objects.filter(signature=signature):
        queueing.forget(row.public_id)
        row.delete()


def data_of(signature: Signature) -> list[dict[str, str | int | None]]:
    """What is stored of the questions whether this line is carried over, for the person alone."""
    rows = Renewal.objects.filter(signature=signature).select_related("version").order_by("version__number")
    return [_data(row) for row in rows]


def _data(row: Renewal) -> dict[str, str | int | None]:
    moments = {name: getattr(row, name) for name in ("asked_at", "reminded_at", "answered_at")}
    stamps = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
    return {"letter_version": row.version.number, "state": row.state, **stamps}


def progress(succession: Succession) -> Progress:
    """How many were asked and what they answered. Two queries."""
    state = {name: Count("pk", filter=Q(state=name)) for name in ("signed", "declined")}
    found = Renewal.objects.filter(version_id=succession.version_id).aggregate(asked=Count("pk"), **state)
    is_running = succession.deadline > timezone.now()
    return Progress(waiting=_unasked(succession).count() if is_running else 0, **found)


def forget_closed(*, now: datetime) -> int:
    """Delete every question of a letter thirty days after it closed; returns how many. Safe to run twice."""
    long_closed = Letter.objects.long_closed(now).filter(Q(state__in=ENDED) | Q(closes_at__lt=now))
    return int(Renewal.objects.filter(version__letter__in=long_closed).delete()[0])
