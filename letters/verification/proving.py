"""The way of a check: begun by the signatory, answered once, recorded or refused."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
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
    if provider is None or not signature.is_confirmed or signature.is_sample:
        raise NotOffered
    with transaction.atomic():
        return provider.start(signature, given)


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
    Check.objects.filter(pk=check.pk).update(state=CheckState.REFUSED, asked_sealed=None, done_at=timezone.now())


def _count_try(check: Check) -> None:
    check.tries += 1
    if check.tries >= MAX_TRIES:
        check.state, check.asked_sealed, check.done_at = CheckState.REFUSED, None, timezone.now()
    check.save(update_fields=["tries", "state", "asked_sealed", "done_at"])


@transaction.atomic
def _record(check: Check, provider: Provider, finding: Finding) -> None:
    locked = (
        checking.alive().select_for_update().filter(pk=check.pk)
    )  # the same answer twice at once: one of them is late
    if not locked.exists():
        raise CheckOver
    signature = Signature.objects.select_for_update(of=("self",), no_key=True).get(pk=check.signature_id)
    if not signature.is_confirmed:
        raise CheckOver
    proofs = provider.evidence(finding)
    if "consent_domain" in finding.facts:
        _set_consent(signature, bool(finding.facts["consent_domain"]))
    if proofs:
        recording.record(signature, proofs, by="signatory")
    if finding.needs_review:
        signals.review_wanted.send(Signature, signature=signature, reason=finding.needs_review)
    Check.objects.filter(pk=check.pk).update(state=CheckState.DONE, asked_sealed=None, done_at=timezone.now())


def _set_consent(signature: Signature, agreed: bool) -> None:
    if signature.consent_domain != agreed:
        signature.consent_domain = agreed
        signature.save(update_fields=["consent_domain"])
