"""Sending claimed mails over one reused connection, and telling permanent from temporary failures by name."""

import logging
import smtplib
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from letters.outbox import claiming, kinds, suppressing, waking
from letters.outbox.models import Message, MessageState, SuppressionReason

logger = logging.getLogger(__name__)

IDLE_SECONDS = 20.0  # an open connection older than this is opened anew
BATCHES_A_TASK = 40
WRITE_SECONDS = 0.25
Outcome = tuple[Message, MessageState, str]


class SendFailure(Exception):
    """A mail did not leave; ``code`` names class and SMTP code, never the server's words (they repeat the address)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class TemporaryFailure(SendFailure):
    """The same mail may leave later: SMTP 4xx, a time-out, an outage."""


class Outage(TemporaryFailure):
    """The mail server itself is away: no other mail of this batch would leave either."""


class Stalled(TemporaryFailure):
    """The server stopped answering in the middle of a mail; the second time in a row it is an outage."""


class PermanentFailure(SendFailure):
    """This mail will never leave: SMTP 5xx to the message."""


class AddressDead(PermanentFailure):
    """The server says that the mailbox does not exist: never mail it again (RFC 3463: class 5, subject 1)."""


_held = threading.local()


def deliver_due(*, batches: int = BATCHES_A_TASK) -> int:
    """Send what is due, batch by batch, until nothing is or ``batches`` were sent; returns how many mails left."""
    sent = 0
    for _ in range(batches):
        claimed = claiming.claim()
        if not claimed:
            break
        sent += send_batch(claimed)
    else:
        waking.wake()  # there may be more: let another worker share it
    return sent


def send_batch(claimed: Sequence[Message]) -> int:
    """Build and send claimed mails; one that fails delays no other.

    Outcomes are written every quarter of a second, so that a crash repeats few mails. What is left when half of the
    lease has passed goes back into the queue, so that no other worker sends it as well.
    """
    written, stalls = _Written(), 0
    ends = time.monotonic() + claiming.LEASE.total_seconds() / 2
    built = _build(claimed)
    for place, message in enumerate(claimed):
        if time.monotonic() > ends:
            claiming.give_back(claimed[place:])
            break
        try:
            written.add(_send_one(message, built[message.pk]))
        except Outage as outage:
            for left in claimed[place:]:
                claiming.postpone(left, outage.code)
            logger.warning("outbox: mail server away (%s), %d mails wait", outage.code, len(claimed) - place)
            break
        except TemporaryFailure as failure:
            claiming.postpone(message, failure.code)
            stalls += isinstance(failure, Stalled)
            if stalls > 1:
                claiming.give_back(claimed[place + 1 :])
                break
    written.flush()
    return written.sent


class _Written:
    """Outcomes of a batch on their way into the database."""

    def __init__(self) -> None:
        self.sent = 0
        self._held: list[Outcome] = []
        self._since = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        self._held.append(outcome)
        if time.monotonic() - self._since > WRITE_SECONDS:
            self.flush()

    def flush(self) -> None:
        claiming.settle(self._held)
        self.sent += sum(state == MessageState.SENT for _, state, _ in self._held)
        self._held, self._since = [], time.monotonic()


def _build(claimed: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """Every mail's text, by kind; a builder that fails as a whole fails for its kind alone."""
    by_kind: dict[str, list[Message]] = defaultdict(list)
    for message in claimed:
        by_kind[message.kind].append(message)
    built: dict[int, kinds.Built | Exception] = {}
    for name, messages in by_kind.items():
        kind = kinds.kind(name)
        try:
            built |= kind.build(messages) if kind else {m.pk: kinds.Withhold("unknown-kind") for m in messages}
        except Exception as error:
            logger.exception("outbox: kind %s cannot be built", name)
            built |= {m.pk: error for m in messages}
    return built


def _send_one(message: Message, mail: kinds.Built | Exception) -> Outcome:
    if isinstance(mail, kinds.Withhold):
        return message, MessageState.WITHHELD, mail.code
    if isinstance(mail, Exception):
        raise TemporaryFailure(f"{claiming.UNWRITTEN}{type(mail).__name__}")
    try:
        _transmit(message, mail)
    except AddressDead as failure:
        suppressing.suppress(mail.to, SuppressionReason.BOUNCE)
        return message, MessageState.BOUNCED, failure.code
    except PermanentFailure as failure:
        return message, MessageState.DEAD, failure.code
    return message, MessageState.SENT, ""


def _transmit(message: Message, mail: kinds.Mail) -> None:
    email = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated", **mail.headers},
        connection=_connection(),
    )
    email.attach_alternative(mail.html, "text/html")
    try:
        email.send()
    except Exception as error:
        _drop_connection()
        raise classified(error) from error
    _held.used = time.monotonic()


def classified(error: Exception) -> SendFailure:
    """Which failure a backend's exception is. Source: smtplib, RFC 5321 §4.2.1 (4yz transient, 5yz permanent)."""
    name = type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refused_recipient(error)
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return Outage(f"{name}:{error.smtp_code}")
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code >= 500 and error.smtp_code != 552:
        return Outage(f"{name}:{error.smtp_code}")  # the site's own address or login is wrong: no mail is to blame
    if isinstance(error, smtplib.SMTPResponseException):
        failure = PermanentFailure if error.smtp_code >= 500 else TemporaryFailure
        return failure(f"{name}:{error.smtp_code}")
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib wraps the waiting one
        return Stalled(name)
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError):
        return TemporaryFailure(name)  # perhaps this mail alone; the next one opens a connection and sees
    return _failed_service(error, name)


def _failed_service(error: Exception, name: str) -> SendFailure:
    """The errors of django-anymail carry the HTTP answer and are OSErrors as well, so their status is read first."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        is_ours = 400 <= status < 500 and status not in (401, 403, 408, 429)
        return PermanentFailure(f"{name}:{status}") if is_ours else Outage(f"{name}:{status}")
    if name == "AnymailRecipientsRefused":
        return PermanentFailure(name)
    if isinstance(error, smtplib.SMTPException | OSError):
        return Outage(name)
    logger.error("outbox: a mail backend failed in a way nobody named: %s", name, exc_info=error)
    return TemporaryFailure(name)


def _refused_recipient(error: smtplib.SMTPRecipientsRefused) -> SendFailure:
    code, text = next(iter(error.recipients.values()), (0, b""))  # we send to one
    name = f"{type(error).__name__}:{code}"
    if code < 500:
        return TemporaryFailure(name)
    return AddressDead(name) if _says_no_mailbox(code, text) else PermanentFailure(name)


def _says_no_mailbox(code: int, text: object) -> bool:
    """550 is a dead mailbox unless an enhanced code says policy (RFC 3463: 5.7.x) or a full box (5.2.x)."""
    words = text.decode("ascii", "replace") if isinstance(text, bytes) else str(text)
    return code in (550, 551, 553) and not words.startswith(("5.7.", "5.2."))


class _Thread:
    """Lives as long as its thread holds a connection."""


def _connection() -> BaseEmailBackend:
    held: BaseEmailBackend | None = getattr(_held, "connection", None)
    if held is not None and time.monotonic() - _held.used < IDLE_SECONDS:
        return held
    _drop_connection()
    fresh = get_connection()
    try:
        fresh.open()
    except Exception as error:
        _hang_up(fresh)
        raise Outage(classified(error).code) from error
    _held.connection, _held.used, _held.thread = fresh, time.monotonic(), _Thread()
    weakref.finalize(_held.thread, _hang_up, fresh)  # also when the thread or the process ends
    return fresh


def _drop_connection() -> None:
    _held.connection = _held.thread = None


def _hang_up(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except Exception as error:
        logger.debug("outbox: closing failed (%s)", type(error).__name__)
