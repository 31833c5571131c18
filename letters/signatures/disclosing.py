"""What is stored about a signatory, handed out to that person alone."""

from typing import Any

from letters.documents import texts
from letters.signatures import anonymising, answering, consenting, managing, renewing
from letters.signatures.models import DETAILS, Representation, Signature


def data_of(signature: Signature) -> dict[str, Any]:
    """Everything that is stored about a signatory, as JSON types, for the person alone (GDPR Arts. 15 and 20)."""
    plain = (
        "state", "role", "display_name", "sort_name", "position", "affiliation", "affiliation_status", "country",
        "comment", "consent_domain", "consent_comment", "consent_quote", "consent_press", "consent_updates",
        "consent_text_sha256", "held_reason", "removed_reason", "signatory_type", "verification", "affiliation_basis",
        "is_invited", "is_reviewed", "proven_domain", "organization_ref", "organization_name", "proofs", "sentence",
        "consent_quote_unnamed", *DETAILS,
    )  # fmt: skip
    times = (
        "signed_at",
        "confirmed_at",
        "hidden_at",
        "withdrawn_at",
        "removed_at",
        "erased_at",
        "checked_at",
        "changed_at",
    )
    moments = {name: getattr(signature, name) for name in times}
    return {
        "signature_id": str(signature.public_id),
        "letter": signature.letter.slug,
        "letter_version": signature.version.number,
        "amendment": signature.amendment,
        "carried_from": signature.carried_from.version.number if signature.carried_from else None,
        "asked_to_sign_again": renewing.data_of(signature),
        "text_sha256": texts.seen(signature.version, signature.amendment).sha256,
        "email": signature.email,
        "waiting_change": managing.waiting_change(signature),
        "line_without_name": anonymising.data_of(signature),
        "invitation": answering.data_of(signature),
        "representation": representation_of(signature),
        "team_consents": consenting.data_of(signature),
        "team_ticks": signature.team_ticks,
        "network": bytes(signature.network).hex() if signature.network else None,
        **{name: getattr(signature, name) for name in plain},
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


def representation_of(signature: Signature) -> dict[str, str]:
    """Who signed for an organisation, by field; empty for a person's signature."""
    fields = ("name", "position", "website", "statement_sha256")
    return Representation.objects.filter(signature=signature).values(*fields).first() or {}
