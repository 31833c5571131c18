"""Tokens: made by people who may export, for one letter, for a time; good for no more than their maker may do."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.core import keyring, typed
from letters.core.errors import RuleError
from letters.documents import standing
from letters.documents.models import Letter, Version
from letters.ledger import audit
from letters.press import contacts, exports
from letters.press.enums import PURPOSE_MAX, Purpose
from letters.syndication.enums import NAME_MAX, Scope
from letters.syndication.models import Token

MARK = "und_"
"""Begins every secret, so that scanners of code know one that leaked."""
SECRET_BYTES = 32
PREFIX = len(MARK) + 6
DAYS_MOST = 365
DAYS_MOST_CONTACTS = 90
MOST = 20
_MOST_SECRET = 200


class TokenRefused(RuleError):
    code = "token"
    default = gettext_lazy("This token is unknown, has ended, or its maker may no longer do this.")


class ScopeMissing(RuleError):
    code = "scope"
    default = gettext_lazy("This token is not for this.")


@dataclass(frozen=True)
class Wanted:
    """What an organiser asks for; ``contact_list``, ``purpose`` and ``reason`` only with export:contacts."""

    name: str
    scopes: Sequence[str]
    days: int
    contact_list: str = ""
    purpose: str = ""
    reason: str = ""


def _digests(secret: str) -> list[bytes]:
    """Under each key that is kept, the present one first. Shape: HMAC-SHA-256, 32 bytes."""
    message = b"api-token\0" + secret.encode()
    return [hmac.digest(key.secret, message, hashlib.sha256) for key in keyring.ring().token]


@transaction.atomic
def make(letter: Letter, wanted: Wanted, *, by: User, now: datetime | None = None) -> tuple[Token, str]:
    """A new token and its secret, which nobody can read again. The caller has seen a second factor.

    Raises:
        RuleError: not theirs, no name, no or unknown scope, too long, too many, or a list that they may not take;
            its code is the field.
    """
    now = now or timezone.now()
    if not standing.may(by, letter, Permission.EXPORT):
        raise TokenRefused
    name = typed.clean(wanted.name, most=NAME_MAX)
    if not name:
        raise RuleError(_("Name the program that will have it."), code="name")
    if not wanted.scopes or not set(wanted.scopes) <= set(Scope.values):
        raise RuleError(_("Choose what it may do."), code="scopes")
    if Token.objects.living(now).filter(letter=letter).count() >= MOST:
        raise RuleError(_("This letter has {most} tokens. Revoke one first.").format(most=MOST), code="many")
    about = _list_of(letter, wanted, by)
    longest = DAYS_MOST_CONTACTS if about else DAYS_MOST
    if not 1 <= wanted.days <= longest:
        raise RuleError(_("It can last from 1 to {most} days.").format(most=longest), code="days")
    secret = MARK + base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    row = Token.objects.create(
        letter=letter, name=name, prefix=secret[:PREFIX], digest=_digests(secret)[0], scopes=sorted(wanted.scopes),
        made_by=by, made_at=now, expires_at=now + timedelta(days=wanted.days), **about,
    )  # fmt: skip
    audit.record(audit.Action.ACCESS_GRANTED, row, by=f"user:{by.pk}", detail=",".join(row.scopes))
    return row, secret


def _list_of(letter: Letter, wanted: Wanted, by: User) -> dict[str, str]:
    """Which addresses for what: said when the token is made, because a program cannot be asked."""
    if Scope.CONTACTS not in wanted.scopes:
        return {}
    if wanted.contact_list not in {found.key for found in contacts.lists_for(by, letter)}:
        raise RuleError(_("Choose one of the lists that your team may export."), code="contact_list")
    if wanted.purpose not in Purpose.values:
        raise RuleError(_("Choose what the list is for."), code="purpose")
    reason = typed.clean(wanted.reason, most=PURPOSE_MAX)
    if len(reason) < contacts.REASON_LEAST:
        raise RuleError(_("Say in a few words what the list is for."), code="reason")
    return {"contact_list": wanted.contact_list, "purpose": wanted.purpose, "reason": reason}


def find(secret: str, *, now: datetime | None = None) -> Token:
    """The living token with this secret, whose maker may still export this letter. Raises TokenRefused."""
    now = now or timezone.now()
    if not secret.startswith(MARK) or len(secret) > _MOST_SECRET or not secret.isascii():
        raise TokenRefused
    digests = _digests(secret)
    row = Token.objects.living(now).filter(digest__in=digests).select_related("letter", "made_by").first()
    if row is None or not standing.may(row.made_by, row.letter, Permission.EXPORT):
        raise TokenRefused
    changes: dict[str, object] = {}
    if row.used_on != now.date():
        changes["used_on"] = now.date()
    if bytes(row.digest) != digests[0]:  # made under a key that will be dropped
        changes["digest"] = digests[0]
    if changes:
        Token.objects.filter(pk=row.pk).update(**changes)
    return row


def require(token: Token, letter_slug: str, scope: Scope) -> Letter:
    """The letter that the token is for.

    Raises:
        ScopeMissing: another letter, or another scope.
    """
    if token.letter.slug != letter_slug or scope not in token.scopes:
        raise ScopeMissing
    return token.letter


@transaction.atomic
def revoke(token: Token, *, by: User) -> None:
    """End a token at once. Idempotent."""
    if Token.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        audit.record(audit.Action.ACCESS_REVOKED, token, by=f"user:{by.pk}")


def signatories(token: Token, version: Version, *, permalink: str) -> Iterator[bytes]:
    """The published lines as ``signatories.csv`` has them, and a note of it in the audit trail."""
    audit.record(audit.Action.SIGNATORIES_EXPORTED, token, by=f"token:{token.public_id}", detail=str(version.number))
    return exports.signatories_csv(version, permalink=permalink)


def addresses(token: Token) -> Iterator[bytes]:
    """The list of addresses that the token is for; logged like every export. Raises contacts.NoSuchList when the
    maker's team may no longer take it."""
    return contacts.export(
        token.letter, token.contact_list, by=token.made_by, purpose=token.purpose, reason=token.reason
    )
