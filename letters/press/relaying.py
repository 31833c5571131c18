"""A journalist's question to a signatory who agreed to be asked: passed on by mail, without telling either's address to
anybody else. The signatory answers to the journalist or not at all, and one click ends all questions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core import tokens, typed
from letters.core.errors import LinkInvalid, RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.press.models import Question
from letters.signatures import twins
from letters.signatures.models import Signature

CONFIRM = "question_confirm"  # kind of the mail, and purpose of its token
QUESTION = "question"  # kind of the mail
STOP = "questions"  # purpose of the signatory's token
TALKS = Q(consent_press=True, is_sample=False, email_sealed__isnull=False)
"""Lines whose owner agreed to be asked and can be reached."""
NAME_MAX = 100
TEXT_LEAST, TEXT_MAX = 20, 1500
UNCONFIRMED_KEPT = timedelta(days=3)
WORDS_KEPT = timedelta(days=30)
ROWS_KEPT = timedelta(days=365)
WEEK = timedelta(days=7)
MOST_FOR_ONE = 5
"""Questions that one signatory gets in a week, whoever asks."""
MOST_OF_ONE = 20
"""Questions that one address may ask in a week, under all letters."""


class NotAsked(RuleError):
    code = "not-asked"
    default = _("This signatory takes no questions from journalists any more.")


class TooMany(RuleError):
    code = "too-many"


class Refused(RuleError):
    code = "question"


@dataclass(frozen=True)
class Asked:
    """What a journalist typed; ``deadline`` is the day until which an answer is of use."""

    name: str
    outlet: str
    email: str
    text: str
    deadline: date | None = None


def may_be_asked(signature: Signature) -> bool:
    """Readers see the line, and its owner agreed and can be reached."""
    agreed = signature.consent_press and not signature.is_sample and signature.email_sealed is not None
    return bool(agreed and signature.is_public)


def is_passed_on(signature: Signature) -> bool:
    """``may_be_asked``, and the organisers show names: hidden for harassed people, they are not written to either."""
    return may_be_asked(signature) and signature.letter.shows_names


def clean(text: str, *, most: int) -> str:
    """One typed part. Raises Refused for a web address: a mail of ours carries no stranger's link."""
    found = typed.clean(text, most=most)
    if typed.has_web_address(found):
        raise Refused(
            _("Leave web addresses out; name your outlet, and send links when you are answered."), code="link"
        )
    return found


@transaction.atomic
def ask(signature: Signature, asked: Asked) -> None:
    """Keep a question and mail its journalist to confirm the address; the signatory gets nothing before that.

    Raises:
        NotAsked: the signatory does not take questions.
        Refused: the question is too short to be one.
    """
    if not is_passed_on(signature):
        raise NotAsked
    if len(asked.text) < TEXT_LEAST:
        raise Refused(_("Write the question out, so that it can be answered without asking back."), code="short")
    index = suppressing.index_of(asked.email)
    row = Question(letter_id=signature.letter_id, signature=signature, recipient_index=index, asked_at=timezone.now())
    deadline = asked.deadline.isoformat() if asked.deadline else ""
    content = {"name": asked.name, "outlet": asked.outlet, "email": asked.email, "text": asked.text}
    row.set_content({**content, "deadline": deadline})
    row.save(force_insert=True)
    queueing.queue(CONFIRM, row.public_id, scope=str(row.letter_id), recipient_index=index)


def token_for(question: Question) -> str:
    return tokens.make(CONFIRM, question.public_id)


def find(token: str) -> Question:
    """The question behind the link in the journalist's mail. Raises LinkInvalid when it is not ours or is gone."""
    rows = Question.objects.select_related("letter__version", "letter__amendment", "signature")
    row = rows.filter(public_id=tokens.read(CONFIRM, token)).first()
    if row is None or row.content_sealed is None:
        raise LinkInvalid
    return row


@transaction.atomic
def confirm(public_id: UUID) -> None:
    """The address is the journalist's: queue the question for the signatory. Idempotent.

    Raises:
        NotAsked: the signatory left, or takes no questions any more.
        TooMany: the signatory was asked often enough this week, or the journalist asked often enough.
    """
    row = _locked(public_id)
    if row is None or row.signature_id is None:
        raise NotAsked
    if row.passed_at is not None:
        return
    signature = Signature.objects.select_related("letter").get(pk=row.signature_id)
    if not is_passed_on(signature):
        raise NotAsked
    _refuse_many(row)
    row.passed_at = timezone.now()
    row.save(update_fields=["passed_at"])
    index = suppressing.index_of(signature.email)
    queueing.queue(QUESTION, row.public_id, scope=str(row.letter_id), recipient_index=index)


def _locked(public_id: UUID) -> Question | None:
    """The question, with all others to this person and of this address locked beside it: of two that are confirmed at
    one moment, the second finds the first one counted."""
    asked = Question.objects.filter(public_id=public_id, signature__isnull=False).first()
    if asked is None:
        return None
    beside = Q(signature=asked.signature_id) | Q(recipient_index=asked.recipient_index)
    rows = Question.objects.select_for_update(of=("self",), no_key=True).filter(beside).order_by("pk")
    return next((row for row in rows if row.public_id == public_id), None)


def _refuse_many(row: Question) -> None:
    week = Question.objects.filter(passed_at__gt=timezone.now() - WEEK)
    if week.filter(signature=row.signature_id).count() >= MOST_FOR_ONE:
        raise TooMany(_("This signatory was asked several times this week. Ask again next week, or ask somebody else."))
    if week.filter(recipient_index=row.recipient_index).count() >= MOST_OF_ONE:
        raise TooMany(_("You asked many people this week. Wait some days; those who want to will answer."))


def stop_token_for(signature: Signature) -> str:
    return tokens.make(STOP, signature.public_id)


def find_line(token: str) -> Signature | None:
    """The line whose owner holds the link; None when it is gone. Raises LinkInvalid."""
    rows = Signature.objects.select_related("letter__version", "letter__amendment")
    return rows.filter(public_id=tokens.read(STOP, token)).first()


@transaction.atomic
def set_asked(public_id: UUID, *, wanted: bool) -> None:
    """Take questions, or none, under every version of the letter; what waits is not sent. Idempotent."""
    rows = [row for row in twins.locked(public_id) if row.is_confirmed]
    changed = Signature.objects.filter(pk__in=[row.pk for row in rows]).exclude(consent_press=wanted)
    if changed.update(consent_press=wanted, changed_at=timezone.now()):
        word = "on" if wanted else "off"
        audit.record(audit.Action.CONSENTS_CHANGED, rows[0], by="signatory", detail=f"questions-{word}")
    if not wanted:
        for row in rows:
            forget(row)


def forget(signature: Signature) -> None:
    """Questions to this line lose their words and their mails; that somebody was asked stays counted. Idempotent."""
    for question in Question.objects.filter(signature=signature):
        queueing.forget(question.public_id)
    Question.objects.filter(signature=signature).update(signature=None, content_sealed=None, recipient_index=None)


def purge(*, now: datetime) -> int:
    """Delete what nobody confirmed, the words of old questions, and at last their rows; returns how many."""
    unconfirmed = Question.objects.filter(passed_at__isnull=True, asked_at__lt=now - UNCONFIRMED_KEPT)
    done = unconfirmed.delete()[0]
    old = Question.objects.filter(asked_at__lt=now - WORDS_KEPT, content_sealed__isnull=False)
    done += old.update(signature=None, content_sealed=None, recipient_index=None)
    return done + Question.objects.filter(asked_at__lt=now - ROWS_KEPT).delete()[0]


def counts_of(letter: Letter) -> dict[str, int]:
    """{asked, passed, talking}: what organisers may know of it. Two queries."""
    rows = Question.objects.filter(letter=letter).aggregate(
        asked=Count("pk"), passed=Count("pk", filter=Q(passed_at__isnull=False))
    )
    talking = Signature.objects.public().filter(TALKS, version=letter.version_id).count()
    return {**rows, "talking": talking}


def data_of(signature: Signature) -> list[dict[str, str]]:
    """What is stored of questions to a signatory, for that person alone."""
    rows = Question.objects.filter(signature=signature, passed_at__isnull=False).order_by("pk")
    return [{"asked_at": row.asked_at.isoformat(), **row.content} for row in rows]
