"""Carrying a line over to the next version: the same words, consents and evidence under another text."""

import uuid

from django.utils import timezone

from letters.documents.models import Version
from letters.signatures import signals, signing
from letters.signatures.models import DETAILS, AnonymousLine, Representation, Signature, SignatureState, TeamConsent

CARRIED = (
    "role", "signatory_type", "display_name", "sort_name", "position", "affiliation", "affiliation_status", "country",
    "comment", "consent_domain", "consent_comment", "consent_quote", "consent_press", "consent_updates",
    "consent_text_sha256", "verification", "affiliation_basis", "is_invited", "is_reviewed", "checked_at",
    "proven_domain", "organization_ref", "organization_name", "proofs", "sentence", "held_reason", "hidden_at",
    "consent_quote_unnamed", *DETAILS,
)  # fmt: skip
"""What goes along. A change that waits does not: it is about the old line."""


def carry(old: Signature, version: Version, fix: int) -> Signature:
    """A new confirmed line of the same person under another version, with ``carried_from``; sends
    ``signature_carried``. Call with the old row locked.

    Raises:
        IntegrityError: the address has confirmed a signature under that version in this very moment.
    """
    now = timezone.now()
    new = Signature(
        letter_id=old.letter_id, version=version, amendment=fix, carried_from=old, state=SignatureState.CONFIRMED,
        signed_at=now, confirmed_at=now, changed_at=now, **{name: getattr(old, name) for name in CARRIED},
    )  # fmt: skip
    new.letter = old.letter
    new.set_email(old.email)
    signing.place(new)
    new.save(force_insert=True)
    _carry_what_hangs_on_it(old, new)
    signals.signature_carried.send(Signature, signature=new, before=old)
    return new


def _carry_what_hangs_on_it(old: Signature, new: Signature) -> None:
    for who in Representation.objects.filter(signature=old):
        who.pk, who.signature = None, new
        who.save(force_insert=True)
    consents = [
        TeamConsent(
            signature=new, letter_team_id=row.letter_team_id, text_sha256=row.text_sha256, given_at=row.given_at
        )
        for row in old.team_consents.all()
    ]
    TeamConsent.objects.bulk_create(consents)
    line = AnonymousLine.objects.of(old)
    if line is not None:  # under another number: the two lists do not say that they have the same person
        line.pk, line.public_id, line.signature = None, uuid.uuid4(), new
        line.save(force_insert=True)
