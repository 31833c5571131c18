"""What a signature must pass before it is printed: names that make news, mixed scripts, the letter's lowest evidence,
waves, likenesses. Runs inside the transaction that confirms or changes the line, so nothing is public in between."""

from datetime import datetime

from django.db.models import F, Q

from letters.documents.models import PublishFrom
from letters.moderation import cases, pace, watchlist
from letters.moderation.models import Case, Decision, Reason
from letters.signatures import names
from letters.signatures.models import Signature, SignatureState, Verification
from letters.verification.models import Evidence

_LEVELS = {
    PublishFrom.EMAIL: 1,
    PublishFrom.ACCOUNT: 2,
    PublishFrom.AFFILIATION: 3,
    PublishFrom.REVIEW: 4,
}
_REACHED = {Verification.ACCOUNT: 2, Verification.AFFILIATION: 3}
_ASKED_ANEW = (Reason.POLICY, Reason.MIXED, Reason.WATCHED, Reason.ORGANIZATION)
"""What every confirmation asks by itself."""


def level_of(signature: Signature) -> int:
    """1 for a confirmed address, 2 an account or a personal invitation, 3 an affiliation, 4 the organisers' review."""
    if signature.is_reviewed:
        return 4
    invited = 2 if signature.is_invited else 1
    return max(invited, _REACHED.get(Verification(signature.verification), 1))


def meets_policy(signature: Signature) -> bool:
    """Whether the evidence reaches what the letter asks for before it prints a line."""
    return level_of(signature) >= _LEVELS[PublishFrom(signature.letter.publish_from)]


def has_strong_evidence(signature: Signature) -> bool:
    """What a name that makes news needs before anybody may accept it."""
    return signature.is_invited or signature.is_reviewed or signature.verification == Verification.AFFILIATION


def on_confirmed(signature: Signature) -> None:
    """Everything at once, for a signature that was confirmed this instant."""
    if signature.is_sample:
        return
    on_name(signature)
    apply_policy(signature, is_new=True)
    if pace.is_beyond(signature.letter):
        cases.open_case(signature, Reason.SPIKE, is_holding=True)
    look_for_twin(signature)
    if _was_sent_away(signature):
        cases.open_case(signature, Reason.OPERATOR, is_holding=True, detail="signed-again")
    if signature.held_reason:
        cases.refresh_hold(signature)


def _was_sent_away(signature: Signature) -> bool:
    """Whether this address signed before and was removed by a refusal, other than on its own wish, or left while
    somebody looked."""
    before = Signature.objects.same_address(signature).exclude(pk=signature.pk)
    refused = Q(decision=Decision.REFUSED, signature__state=SignatureState.REMOVED)
    asked = Q(signature__removed_reason="asked-by-mail")
    left = Q(decision=Decision.SETTLED, is_holding=True, closed_at__gte=F("signature__withdrawn_at"))
    rows = Case.objects.filter(signature__in=before)
    return rows.filter((refused & ~asked) | (left & ~Q(reason__in=_ASKED_ANEW))).exists()


def screen_again(signature: Signature, closed_at: datetime | None) -> None:
    """A removed signature was restored: what its removal (``closed_at``) settled waits again, and what every new one
    passes, it passes again. A restoration is no acceptance."""
    waiting = list(Case.objects.waiting().filter(signature=signature).values_list("reason", flat=True))
    settled = Case.objects.filter(signature=signature, decision=Decision.SETTLED, closed_at=closed_at)
    if closed_at is not None:
        settled.exclude(reason__in=waiting).update(closed_at=None, decision=Decision.OPEN)
    on_name(signature)
    apply_policy(signature, is_new=True)
    cases.refresh_hold(signature)


def on_corrected(signature: Signature, axes: set[str]) -> None:
    """The same for a line whose text changed, as far as the change matters."""
    if signature.is_sample or not signature.is_confirmed:
        return
    if "name" in axes:
        cases.settle(signature, [Reason.MIXED, Reason.WATCHED])  # they were about the old name
        on_name(signature)
    elif "affiliation" in axes:
        cases.settle(signature, [Reason.WATCHED])  # who this person is was read from it
        _on_watched(signature)
    apply_policy(signature)
    if axes & {"name", "affiliation"}:
        cases.settle(signature, [Reason.DUPLICATE], but=Q(is_holding=True) | Q(detail="same-identity"))
        look_for_twin(signature)
    cases.refresh_hold(signature)


def on_name(signature: Signature) -> None:
    """Hold a name that mixes scripts, or that may be taken for a watched one."""
    if names.needs_review(signature.display_name):
        cases.open_case(signature, Reason.MIXED, is_holding=True)
    _on_watched(signature)


def _on_watched(signature: Signature) -> None:
    if watchlist.match(signature.display_name, signature.letter.watched_names):
        cases.open_case(signature, Reason.WATCHED, is_holding=True)


def apply_policy(signature: Signature, *, is_new: bool = False) -> None:
    """Hold what is below the letter's lowest evidence, and let go what reached it. Idempotent.

    A printed line is held only when evidence of it was lost: whoever adds some does not vanish for it because the
    letter asks for more than it did when they signed.
    """
    if signature.is_sample or not signature.is_confirmed:
        return
    if meets_policy(signature):
        if signature.held_reason:
            cases.settle(signature, [Reason.POLICY])
    elif is_new or _has_lost(signature):
        cases.open_case(signature, Reason.POLICY, is_holding=True)


def _has_lost(signature: Signature) -> bool:
    """Whether evidence was voided and nothing of the same method stands in its place; a renewal is no loss."""
    standing = Evidence.objects.standing().filter(signature=signature).values("method")
    voided = Evidence.objects.filter(signature=signature, voided_at__isnull=False)
    return voided.exclude(method__in=standing).exists()


def look_for_twin(signature: Signature) -> None:
    """Put the later of two lines with the same folded name and affiliation under one text into the queue; both stay
    printed. One seek in an index. A pair that was looked at is not asked about again."""
    same = Signature.objects.confirmed().filter(version_id=signature.version_id, search_text=signature.search_text)
    other = same.filter(is_sample=False).exclude(pk=signature.pk).order_by("confirmed_at", "id").first()
    if other is None or _was_compared(signature, other):
        return
    cases.open_case(signature, Reason.DUPLICATE, other=other)


def _was_compared(one: Signature, other: Signature) -> bool:
    pair = [one.pk, other.pk]
    decided = Case.objects.filter(
        reason=Reason.DUPLICATE, signature_id__in=pair, other_id__in=pair, decision=Decision.ACCEPTED
    )
    return decided.exists()
