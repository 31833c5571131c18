"""A letter before its launch, for journalists whom the organisers let in: each accepts the terms, has a link of
their own, and leaves a log. Only names that somebody checked are shown. At the hour everything of it ends."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts.models import User
from letters.core import moments, tokens, typed
from letters.core.errors import LinkInvalid, RuleError
from letters.documents.models import Letter, LetterState
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.press.models import EmbargoAccess, EmbargoPart, EmbargoVisit
from letters.signatures.models import Signature

INVITED = "embargo"  # kind of the mail and purpose of its token
ASKED = "embargo_ask"  # kind of the mail; its token is the same
CHECKED = Q(is_reviewed=True) | Q(is_invited=True) | Q(verification="affiliation")
"""Fully checked: compared with a source, invited personally, or with a confirmed affiliation. Held lines are never."""
NAME_MAX = 100
DAYS_LEAST, DAYS_MOST, DAYS = 1, 30, 7
MOST_WAITING = 200
"""Requests of one letter, from addresses that were confirmed, that nobody has answered."""
UNCONFIRMED_KEPT = timedelta(days=3)
KEPT_AFTER = timedelta(days=30)
"""How long names and log are kept after the launch, or after a letter's embargo was called off."""


class NoEmbargo(RuleError):
    code = "no-embargo"
    default = gettext_lazy("The letter is under no embargo: set the hour of its launch first.")


class NotLetIn(RuleError):
    code = "not-let-in"
    default = gettext_lazy("This access has ended. Ask the organisers if you still need it.")


class TermsChanged(RuleError):
    code = "terms-changed"
    default = gettext_lazy("The terms changed since you opened the page. Read them again.")


class TooManyWait(RuleError):
    code = "too-many"
    default = gettext_lazy("Very many have asked already. Try again tomorrow, or write to the organisers yourself.")


def is_on(letter: Letter) -> bool:
    """An hour was announced and has not come."""
    return letter.state == LetterState.EMBARGOED and not letter.is_public and letter.opens_at is not None


def hour_of(letter: Letter) -> str:
    """«1 December 2026, 12:00 CET (Europe/Berlin), 11:00 UTC»: in the letter's zone and in UTC."""
    if letter.opens_at is None:
        return ""
    there = moments.spoken(letter.opens_at, letter.time_zone)
    if letter.time_zone == "UTC":
        return there
    in_utc = letter.opens_at.astimezone(UTC)
    there_on = letter.opens_at.astimezone(moments.zone(letter.time_zone)).date()
    shown = f"{in_utc:%H:%M} UTC" if in_utc.date() == there_on else moments.spoken(letter.opens_at, "UTC")
    return f"{there}, {shown}"


def terms_of(letter: Letter) -> list[str]:
    """What a journalist agrees to, in the present language."""
    hour = hour_of(letter)
    return [
        _("Nothing of this letter is published before {hour}: not its text, not a name, not what it demands.").format(
            hour=hour
        ),
        _("The link is mine alone: I pass on neither it nor the files, and contact no signatory before that hour."),
        _("My name and outlet are printed on every page of the file. Each opening is logged with its time."),
        _("The organisers can end the access at any time. A line can be withdrawn or corrected until the launch."),
    ]


def sha256_of(terms: list[str]) -> str:
    return hashlib.sha256("\n".join(terms).encode()).hexdigest()


def clean(text: str) -> str:
    """A name or an outlet. Raises RuleError, also for a web address: strangers ask under any name, and the mail that
    greets with it goes to whatever address they typed."""
    found = typed.clean(text, most=NAME_MAX)
    if typed.has_web_address(found):
        raise RuleError(_("Leave web addresses out of names."), code="link")
    return found


@transaction.atomic
def ask(letter: Letter, who: Mapping[str, str]) -> None:
    """Keep a journalist's request and mail the address to confirm it; until then no organiser sees it, and it takes
    nobody's place. Always the same work and no answer: whoever is known already gets a mail only while it would help.

    Raises:
        NoEmbargo: no hour is announced.
    """
    if not is_on(letter):
        raise NoEmbargo
    index = suppressing.index_of(who["email"])
    row = EmbargoAccess(letter=letter, recipient_index=index, made_at=timezone.now())
    row.set_content(_content(who))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # known already, perhaps since this instant
        row = EmbargoAccess.objects.get(letter=letter, recipient_index=index)
    queueing.queue_again(ASKED, row.public_id, scope=str(letter.pk), recipient_index=index)


@transaction.atomic
def confirm(public_id: UUID) -> None:
    """Show a request to the organisers: it came from the address that it names. Idempotent.

    Raises:
        LinkInvalid: it is gone.
        NoEmbargo: no hour is announced any more.
        TooManyWait: MOST_WAITING wait for an answer.
    """
    row = EmbargoAccess.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if row is None:
        raise LinkInvalid
    if row.invited_at is not None or row.confirmed_at is not None:
        return
    if not is_on(row.letter):
        raise NoEmbargo
    waiting = EmbargoAccess.objects.filter(letter=row.letter, invited_at__isnull=True, revoked_at__isnull=True)
    if waiting.filter(confirmed_at__isnull=False).count() >= MOST_WAITING:
        raise TooManyWait
    row.confirmed_at = timezone.now()
    row.save(update_fields=["confirmed_at"])


def _content(who: Mapping[str, str]) -> dict[str, str]:
    return {name: who[name] for name in ("name", "outlet", "email")}


@transaction.atomic
def invite(letter: Letter, who: Mapping[str, str], *, days: int, by: User) -> EmbargoAccess:
    """Let a journalist in for some days and mail them the link. Whoever is in the list is invited anew, under the name
    that is given now; the terms are accepted anew, too, and a link of before opens nothing any more.

    Raises:
        NoEmbargo: no hour is announced.
    """
    if not is_on(letter):
        raise NoEmbargo
    index = suppressing.index_of(who["email"])
    row = EmbargoAccess.objects.select_for_update().filter(letter=letter, recipient_index=index).first()
    row = row or EmbargoAccess(letter=letter, recipient_index=index, made_at=timezone.now())
    row.set_content(_content(who))
    return _let_in(row, days, by)


def _let_in(row: EmbargoAccess, days: int, by: User) -> EmbargoAccess:
    now, is_again = timezone.now(), row.invited_at is not None
    days = min(max(days, DAYS_LEAST), DAYS_MOST)
    row.invited_at, row.invited_by, row.expires_at = now, by, now + timedelta(days=days)
    row.accepted_at, row.terms_sha256, row.revoked_at = None, "", None
    if is_again:
        _give_new_link(row)
    row.save()
    queueing.queue_again(INVITED, row.public_id, scope=str(row.letter_id), recipient_index=bytes(row.recipient_index))
    audit.record(audit.Action.EMBARGO_OPENED, row, by=f"user:{by.pk}", detail=str(days))
    return row


def _give_new_link(row: EmbargoAccess) -> None:
    """Whoever has the link of before, perhaps because it was passed on and taken back, does not come in by it."""
    content = row.content
    queueing.forget(row.public_id)
    row.public_id = uuid4()
    row.set_content(content)


@transaction.atomic
def approve(letter: Letter, public_id: UUID, *, days: int, by: User) -> EmbargoAccess:
    """Let in somebody who asked, or whose access ended. Raises NoEmbargo, LinkInvalid when the row is gone."""
    if not is_on(letter):
        raise NoEmbargo
    return _let_in(_locked(letter, public_id), days, by)


@transaction.atomic
def revoke(letter: Letter, public_id: UUID, *, by: User) -> EmbargoAccess:
    """End an access, or refuse a request, at once. Idempotent. Raises LinkInvalid when the row is gone."""
    row = _locked(letter, public_id)
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        queueing.forget(row.public_id)
        audit.record(audit.Action.EMBARGO_ENDED, row, by=f"user:{by.pk}")
    return row


def _locked(letter: Letter, public_id: UUID) -> EmbargoAccess:
    row = EmbargoAccess.objects.select_for_update(of=("self",)).filter(letter=letter, public_id=public_id).first()
    if row is None:
        raise LinkInvalid
    row.letter = letter
    return row


def token_for(access: EmbargoAccess) -> str:
    return tokens.make(INVITED, access.public_id)


def find(token: str) -> EmbargoAccess:
    """The access behind the link, ended ones included. Raises LinkInvalid when it is not ours or is gone."""
    return by_id(tokens.read(INVITED, token))


def by_id(public_id: UUID) -> EmbargoAccess:
    """An access or a request for one. Raises LinkInvalid when it is gone."""
    rows = EmbargoAccess.objects.select_related("letter__version", "letter__amendment")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise LinkInvalid
    return row


def standing(access: EmbargoAccess) -> str:
    """What the journalist meets: ``launched``, ``off`` (the hour was called off), ``revoked``, ``expired``,
    ``unconfirmed``, ``asked`` (also where it was refused: that is not told), ``terms`` (not accepted, or they changed
    since) or ``open``."""
    letter = access.letter
    if letter.is_public:
        return "launched"
    state = access.state_at(timezone.now())
    if state in ("revoked", "expired"):
        return state
    if not is_on(letter):
        return "off"
    if access.invited_at is None:
        return "asked" if access.confirmed_at else "unconfirmed"
    return "open" if state == "accepted" and access.terms_sha256 == sha256_of(terms_of(letter)) else "terms"


@transaction.atomic
def accept(public_id: UUID, *, terms_sha256: str) -> None:
    """Agree to the terms as they were shown. Idempotent.

    Raises:
        NotLetIn: the access has ended, or the letter is public.
        TermsChanged: other terms than these stand now, since the hour was moved.
    """
    list(EmbargoAccess.objects.select_for_update(of=("self",)).filter(public_id=public_id))  # then read what stands
    access = by_id(public_id)
    stands = standing(access)
    if stands == "open":
        return
    if stands != "terms":
        raise NotLetIn
    if terms_sha256 != sha256_of(terms_of(access.letter)):
        raise TermsChanged
    access.accepted_at, access.terms_sha256 = timezone.now(), terms_sha256
    access.save(update_fields=["accepted_at", "terms_sha256"])
    audit.record(audit.Action.EMBARGO_ACCEPTED, access, by="journalist", detail=terms_sha256[:16])


def enter(access: EmbargoAccess, part: str) -> None:
    """Log that the pages are opened or a file is taken. Raises NotLetIn when the access has ended."""
    if standing(access) != "open":
        raise NotLetIn
    EmbargoVisit.objects.create(access=access, at=timezone.now(), part=EmbargoPart(part))


def checked_lines(letter: Letter) -> QuerySet[Signature]:
    """What is shown before the launch: printed lines of the current text that are fully checked, in their order. None
    while the organisers hide every name."""
    rows = Signature.objects.public().filter(CHECKED, version=letter.version_id)
    if not letter.shows_names:
        rows = rows.none()
    return rows.order_by("list_key", "id")


def watermark_of(access: EmbargoAccess, now: datetime) -> str:
    """«Jo Press, The Paper · 2026-11-28 19:30 UTC»."""
    who = access.content
    return f"{who['name']}, {who['outlet']} · {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def list_of(letter: Letter) -> list[EmbargoAccess]:
    """Confirmed requests first, then the newest; each with ``last_at``, its last entry in the log. One query."""
    known = Q(invited_at__isnull=False) | Q(confirmed_at__isnull=False)
    rows = EmbargoAccess.objects.filter(known, letter=letter)
    rows = rows.select_related("invited_by").annotate(last_at=Max("visits__at"))
    for row in rows:
        row.letter = letter
    return sorted(rows, key=lambda row: (row.state_at(timezone.now()) != "asked", -row.pk))


def forget(*, now: datetime) -> int:
    """Delete names, addresses and logs a month after the launch, of ended accesses after a month, and requests that
    nobody confirmed after three days; returns how many."""
    gone = now - KEPT_AFTER
    launched = Q(letter__published_at__lt=gone)
    ended = Q(expires_at__lt=gone) | Q(invited_at__isnull=True, made_at__lt=gone)
    mere = Q(invited_at__isnull=True, confirmed_at__isnull=True, made_at__lt=now - UNCONFIRMED_KEPT)
    return EmbargoAccess.objects.filter(launched | ended | mere).delete()[0]
