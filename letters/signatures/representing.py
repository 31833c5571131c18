"""Organisations sign: somebody signs on behalf of an organisation and says that they may.

Nothing of it is printed before the organisers looked: a stated authority is a statement. The signature is the
organisation's and never counts as a person; whoever gave it may sign as a person as well, with the same address.
"""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from letters.core import fetching, typed
from letters.core.errors import RuleError
from letters.documents.models import Letter, Version
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.outbox.models import Message
from letters.signatures import managing, signals, signing, twins
from letters.signatures.models import NAME_MAX, Representation, SignatoryType, Signature

HELD = "organization"  # why such a line waits


@dataclass(frozen=True)
class TypedOrganization(signing.Typed):
    """What somebody typed for an organisation; ``display_name`` is the organisation, ``email`` their work address."""

    representative: str = ""
    representative_position: str = ""
    website: str = ""
    statement_sha256: str = ""


class OrganizationRefused(RuleError):
    code = "organization"


def clean_name(name: str) -> str:
    """The organisation's name as it will be printed. Unlike a person's it may hold digits, symbols and a dot-com.

    Raises:
        OrganizationRefused: empty, a formula, a web address, or a hidden character.
    """
    try:
        text = typed.clean(name, most=NAME_MAX)
    except typed.TextRefused as error:
        raise OrganizationRefused(error.message, code=error.code) from error
    if text.startswith(typed.FORMULA_STARTS):
        refusal = _("A name cannot begin with = + - @ or a tab: spreadsheets would run it.")
        raise OrganizationRefused(refusal, code="formula")
    if "://" in text or text.lower().startswith("www."):
        raise OrganizationRefused(_("Enter the organisation's name here; its website has its own field."), code="link")
    if not any(unicodedata.category(char)[0] == "L" for char in text):
        raise OrganizationRefused(_("Enter the organisation's name as it should be printed."), code="empty")
    return text


def clean_website(url: str) -> str:
    """The address of the organisation's site in one spelling. Raises OrganizationRefused when nobody can open it."""
    address = url.strip()
    try:
        return fetching.normal_url(address if "://" in address else f"https://{address}")
    except fetching.FetchRefused as error:
        raise OrganizationRefused(error.message, code=error.code) from error


def draft(
    letter: Letter, version: Version, filled: TypedOrganization, *, public_id: UUID, consents_sha256: str
) -> tuple[Signature, Representation]:
    """An unsaved signature of an organisation and who gives it, as the preview shows it."""
    line = signing.Typed(**{field.name: getattr(filled, field.name) for field in fields(signing.Typed)})
    signature = signing.draft(letter, version, line, public_id=public_id, consents_sha256=consents_sha256)
    signature.signatory_type, signature.held_reason = SignatoryType.ORGANIZATION, HELD
    signature.set_email(filled.email)  # anew: its index is that of an organisation
    representation = Representation(
        signature=signature,
        name=filled.representative,
        position=filled.representative_position,
        website=filled.website,
        statement_sha256=filled.statement_sha256,
    )
    return signature, representation


def sign(letter: Letter, filled: TypedOrganization, *, nonce: UUID, text_sha256: str, consents_sha256: str) -> UUID:
    """Store an organisation's attempt and the mail that asks its representative to confirm; returns its public id.

    Confirmed by mail like every signature, and held until the organisers have checked the authority. Idempotent for
    one form.

    Raises:
        signing.LetterNotOpen, signing.TextChanged: as ``signing.sign``.
    """
    version, fix = signing.shown_version(letter, text_sha256)
    public_id = signing.attempt_id(letter, nonce, filled)
    signature, representation = draft(letter, version, filled, public_id=public_id, consents_sha256=consents_sha256)
    signature.amendment = fix
    recipient = suppressing.index_of(filled.email)
    try:
        with transaction.atomic():
            signature.save(force_insert=True)
            representation.signature = signature
            representation.save(force_insert=True)
            queueing.queue(signing.CONFIRM, public_id, scope=str(letter.pk), recipient_index=recipient)
    except IntegrityError:
        # This very form was accepted before, and its row or its mail stands; else the text went away this instant.
        known = Message.objects.about(public_id).exists() or Signature.objects.filter(public_id=public_id).exists()
        if not known:
            raise signing.TextChanged from None
    return public_id


@transaction.atomic
def correct(public_id: UUID, *, name: str, position: str, website: str, also: Collection[int] = ()) -> None:
    """Change who represents the organisation; the organisers look again, and what was checked stays printed until
    then (``representation_changed``). Idempotent. ``also``: numbers of other versions under which the same changes.

    Raises:
        managing.NotStanding: the signature is not confirmed.
    """
    signature, *others = managing.standing(public_id)
    before = Representation.objects.filter(signature=signature).first()
    if before is None:
        raise managing.NotStanding
    wanted = {"name": name, "position": position, "website": website}
    changed = {field: text for field, text in wanted.items() if getattr(before, field) != text}
    for row in (signature, *twins.among(others, also)):
        _correct(row, changed)


def _correct(signature: Signature, wanted: Mapping[str, str]) -> None:
    representation = Representation.objects.get(signature=signature)
    changed = {field: text for field, text in wanted.items() if getattr(representation, field) != text}
    if not changed:
        return
    for field, text in changed.items():
        setattr(representation, field, text)
    representation.save(update_fields=list(changed))
    signals.representation_changed.send(Signature, signature=signature)
    audit.record(audit.Action.SIGNATURE_CORRECTED, signature, by="signatory", detail="representation")
