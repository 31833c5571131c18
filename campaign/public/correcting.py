"""What differs on one's own page between a person's signature and one given for an organisation."""

from collections.abc import Collection
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise

from campaign.public.forms import CONSENTS, CorrectForm
from campaign.public.lines import line_of
from campaign.public.organization_forms import CONSENTS_ORGANIZATION, STATEMENT, CorrectOrganizationForm
from letters.moderation import telling
from letters.signatures import anonymising, managing, representing
from letters.signatures.models import AnonymousLine, Representation, SignatoryType, Signature
from letters.verification import recording
from letters.verification.providers import offered, organization
from letters.verification.providers.base import Provider


def representation_of(signature: Signature) -> Representation | None:
    """Who signed for the organisation; None for a person's signature and for one that has ended."""
    if signature.signatory_type != SignatoryType.ORGANIZATION:
        return None
    return Representation.objects.filter(signature=signature).first()


def form_for(signature: Signature, data: QueryDict | None = None) -> CorrectForm | CorrectOrganizationForm:
    """The form that corrects this line, filled with what stands, or with what was sent."""
    representation = representation_of(signature)
    if representation is None:
        return CorrectForm(data) if data is not None else CorrectForm(initial=_initial_of(signature))
    if data is not None:
        return CorrectOrganizationForm(data)
    return CorrectOrganizationForm(initial=CorrectOrganizationForm.initial_of(signature, representation))


def _initial_of(signature: Signature) -> dict[str, Any]:
    """The line as printed, with what waits to be printed instead. An iD that was logged in to is offered, and printed
    when the person saves it."""
    line = {**CorrectForm.initial_of(signature), **managing.waiting_change(signature)}
    claims = (proof.get("claim", {}) for proof in signature.proofs)
    proven = (claim["orcid"] for claim in claims if "orcid" in claim)
    return {**line, "orcid": line["orcid"] or next(proven, "")}


def standing_context(signature: Signature) -> dict[str, Any]:
    """What waits to be checked or was refused, and the new line beside the old one."""
    standing = telling.standing_of(signature)
    shown = line_of(telling.changed_line(signature, standing.change)) if standing.change else None
    return {"standing": standing, "waiting_line": shown}


def apply(signature: Signature, form: CorrectForm | CorrectOrganizationForm, *, also: Collection[int] = ()) -> None:
    """Store a valid correction, under this version and those of ``also``."""
    if isinstance(form, CorrectForm):
        managing.correct(signature.public_id, form.correction(), also=also)
        return
    managing.correct(signature.public_id, form.correction(signature), also=also)
    representing.correct(
        signature.public_id,
        name=form.cleaned_data["representative"],
        position=form.cleaned_data["representative_position"],
        website=form.cleaned_data["website"],
        also=also,
    )


def consents_of(signature: Signature) -> list[dict[str, Any]]:
    """[{name, label, given}] of what was agreed to, in the words of today."""
    texts: dict[str, str | Promise] = dict(CONSENTS)
    if signature.signatory_type == SignatoryType.ORGANIZATION:
        texts = {"statement": STATEMENT, **CONSENTS_ORGANIZATION}
    always: tuple[str, ...] = ("consent_publish", "statement")
    if AnonymousLine.objects.of(signature) is not None:
        texts, always = {"is_anonymous": anonymising.CONSENT, **texts}, ("is_anonymous",)
    elif anonymising.needs_consent(signature):
        always = ()
    return [
        {
            "name": name,
            "label": text,
            "given": name in always or bool(getattr(signature, name, False)),
            "is_use": name in managing.USES,
        }
        for name, text in texts.items()
    ]


def offers_for(signature: Signature) -> list[Provider]:
    """The methods that this signatory may choose; an organisation's are those that tie somebody to it."""
    if not signature.is_confirmed or signature.is_sample:
        return []
    providers = offered(signature.letter)
    if signature.signatory_type == SignatoryType.ORGANIZATION:
        return [provider for provider in providers if provider.KIND in organization.METHODS]
    return providers


def organization_context(signature: Signature) -> dict[str, Any]:
    """What one's own page and the page to confirm show of an organisation; nothing for a person."""
    representation = representation_of(signature)
    if representation is None:
        return {}
    shown = recording.sentences_for(signature) if organization.is_checked(signature) else []
    return {"representation": representation, "ties": organization.ties_of(signature), "sentences": shown}
