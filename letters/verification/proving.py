"""The way of a check: begun by the signatory, answered once, recorded or refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
from letters.signatures import signing
from letters.signatures.models import Signature
from letters.verification import checking, recording, signals
from letters.verification.models import Check, CheckState
from letters.verification.providers import PROVIDERS, find
from letters.verification.providers.base import Finding, IdentityTaken, Login, NotProven, Provider, Step

MAX_TRIES = 20


class CheckOver(RuleError):
    code = "check-over"
    default = _("This check is over: it was answered, replaced by a newer one, or waited too long. Start it again.")


class NotOffered(RuleError):
    code = "not-offered"
    default = _("This letter does not offer that kind of check. Choose one of those on this page.")


def start(signature: Signature, kind: str, given: Mapping[str, Any]) -> Step:
    """Begin a check for a confirmed signature; an earlier one of the same kind that still waits is dropped.

    Raises:
        NotOffered: letter or site does not offer the method, or the signature does not stand.
        RuleError: the provider cannot use what was given.
    """
    provider = find(signature.letter, kind)
    if provider is None or signature.is_sample:
        raise NotOffered
    with transaction.atomic():
        row = signing.locked(signature.public_id)  # two starts at once wait for each other, and for a withdrawal
        if not row.is_confirmed:
            raise NotOffered
        return provider.start(row, given)


def finish(check_id: UUID, answer: Mapping[str, Any] | Login) -> Finding:
    """Test the answer to a check and record what it proved; the check is over then.

    A wrong answer is counted and leaves the check waiting, up to MAX_TRIES. What was asked is dropped with the check.

    Raises:
        CheckOver: the check was used, replaced, refused or has waited too long; or the signature ended meanwhile.
        NotProven: the answer proves nothing; the message says why.
        IdentityTaken: the same identity stands under another signature; the organisers will look.
    """
    check = (
        checking.alive().select_related("signature__letter", "signature__version").filter(public_id=check_id).first()
    )
    if check is None or not check.signature.is_confirmed:
        raise CheckOver
    provider = PROVIDERS[check.kind]
    try:
        finding = provider.complete(check, answer)  # may ask the world, so no lock is held here
    except NotProven:
        _count_try(check)
        raise
    try:
        _record(check, provider, finding)
    except IdentityTaken as error:
        _report(check, error)
        raise
    return finding


@transaction.atomic
def _report(check: Check, error: IdentityTaken) -> None:
    """Outside the transaction that was rolled back: the same person twice is never dropped silently."""
    signals.duplicate_found.send(Signature, signatures=error.signatures)
    _end(Check.objects.filter(pk=check.pk, state=CheckState.WAITING), CheckState.REFUSED)


def _end(checks: QuerySet[Check], state: str) -> None:
    checks.update(state=state, asked_sealed=None, done_at=timezone.now())


@transaction.atomic
def _count_try(check: Check) -> None:
    """In the database, so that wrong answers at the same time are each counted and a check that is over stays so."""
    row = Check.objects.filter(pk=check.pk, state=CheckState.WAITING)
    row.update(tries=F("tries") + 1)
    _end(row.filter(tries__gte=MAX_TRIES), CheckState.REFUSED)


# What a method compares its answer with: when one of them changed meanwhile, it was compared with another line.
_JUDGED = ("display_name", "affiliation", "affiliation_status", "signatory_type")


@transaction.atomic
def _record(check: Check, provider: Provider, finding: Finding) -> None:
    signature = signing.locked(check.signature.public_id)
    waiting = checking.alive().select_for_update(of=("self",)).filter(pk=check.pk)
    if not list(waiting):  # the same answer twice at once: one of them is late
        raise CheckOver
    judged = check.signature
    if not signature.is_confirmed or any(getattr(signature, f) != getattr(judged, f) for f in _JUDGED):
        raise CheckOver
    now = timezone.now()
    dated = [replace(proof, checked_at=proof.checked_at or now) for proof in provider.evidence(finding)]
    proofs = [replace(proof, expires_at=provider.expires(proof.checked_at or now)) for proof in dated]
    if "consent_domain" in finding.facts:
        _set_consent(signature, bool(finding.facts["consent_domain"]))
    if proofs:
        recording.record(signature, proofs, by="signatory")
    if finding.needs_review:
        signals.review_wanted.send(Signature, signature=signature, reason=finding.needs_review)
    _end(Check.objects.filter(pk=check.pk), CheckState.DONE)


def _set_consent(signature: Signature, agreed: bool) -> None:
    if signature.consent_domain != agreed:
        signature.consent_domain = agreed
        signature.save(update_fields=["consent_domain"])
