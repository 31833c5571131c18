"""Signing and confirming: from the form to the line in the list.

An attempt waits as *pending* and is never merged with another: the first one whose mail is answered wins.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.core import sealed, tokens
from letters.core.errors import RuleError
from letters.documents import texts
from letters.documents.models import Letter, Version
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.outbox.models import Message, Suppression, SuppressionReason
from letters.signatures import consenting, names, signals, twins
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import (
    DETAILS,
    AnonymousLine,
    Representation,
    Role,
    SignatoryType,
    Signature,
    SignatureState,
    TeamConsent,
    WaitingChange,
)

SHA256_SHOWN = 16  # characters of a text's SHA-256 that a form carries
CONFIRM = "confirm"  # purpose of the token and kind of the mail
NAME_WITHHELD = "Name withheld"
"""In the place of a name, in files and where a name was deleted."""
UNPRINTED = ("consent_domain", "consent_comment", "consent_quote", "consent_quote_unnamed", "consent_press")
"""Consents that mean nothing without a name: nobody gives them together with its withholding."""


def confirm_within() -> timedelta:
    return timedelta(days=settings.CONFIRM_DAYS)


class LetterNotOpen(RuleError):
    code = "not-open"
    default = _("This letter does not take signatures now.")


class TextChanged(RuleError):
    code = "text-changed"
    default = _("The text changed after you opened this page. Read it again; what you typed is kept.")


class LinkExpired(RuleError):
    code = "expired"
    default = _("This link is no longer valid. Nothing is stored under it; you can sign anew.")


class AlreadySigned(RuleError):
    code = "already-signed"
    default = _("This address has confirmed a signature under this text already. That one stands.")


@dataclass(frozen=True)
class Typed:
    """What a person typed and ticked, cleaned; ``email`` is the delivery address."""

    display_name: str
    email: str
    position: str = ""
    affiliation: str = ""
    affiliation_status: str = ""
    country: str = ""
    comment: str = ""
    consent_domain: bool = False
    consent_comment: bool = False
    consent_quote: bool = False
    consent_press: bool = False
    consent_updates: bool = False
    given_name: str = ""
    family_name: str = ""
    name_latin: str = ""
    honorific_prefix: str = ""
    honorific_suffix: str = ""
    sector: str = ""
    orcid: str = ""
    website: str = ""
    consent_quote_unnamed: bool = False
    is_anonymous: bool = False
    team_consents: tuple[tuple[str, str], ...] = ()
    """((team's key, hash of its line as shown), …), as ``consenting`` names them."""


def attempt_id(letter: Letter, nonce: UUID, typed: Typed) -> UUID:
    """The public id of an attempt, made of the form's nonce and all that was typed.

    The same form sent twice is the same row, whatever became of it meanwhile; the same form with other content is
    another attempt. So the answer to a repeated form tells nothing either.
    """
    content = json.dumps(asdict(typed), sort_keys=True).encode()
    return UUID(bytes=sealed.fingerprint(b"%d\0" % letter.pk + nonce.bytes + content), version=4)


def draft(letter: Letter, version: Version, typed: Typed, *, public_id: UUID, consents_sha256: str) -> Signature:
    """An unsaved signature, as the preview shows it. An attempt that is hidden asks for its name to be withheld."""
    fields = asdict(typed)
    email = fields.pop("email")
    ticks = [list(tick) for tick in fields.pop("team_consents")]
    now = timezone.now()
    if is_anonymous := fields.pop("is_anonymous"):
        fields |= dict.fromkeys(UNPRINTED, False)
    signature = Signature(
        public_id=public_id, letter=letter, version=version, signed_at=now, changed_at=now,
        consent_text_sha256=consents_sha256, team_ticks=ticks, hidden_at=now if is_anonymous else None,
        held_reason="mixed-script" if names.needs_review(typed.display_name) else "", **fields,
    )  # fmt: skip
    signature.set_email(email)
    return signature


def sign(
    letter: Letter,
    typed: Typed,
    *,
    nonce: UUID,
    text_sha256: str,
    consents_sha256: str,
    invited: bool = False,
    network: bytes | None = None,
) -> UUID:
    """Store one attempt and the mail that asks to confirm it, both or neither; returns the attempt's public id.

    ``network`` is a keyed hash of where it came from. Says nothing of what is known about the address: the worker that
    sends the mail decides whether it asks for a confirmation, tells the owner that a signature stands already, or is
    withheld. Idempotent for one form.

    Raises:
        LetterNotOpen: the letter takes no signatures now.
        TextChanged: the page showed neither the current version nor one of its editorial fixes; ``text_sha256``
            holds at least the first 16 characters.
    """
    version, fix = shown_version(letter, text_sha256, invited=invited)
    public_id = attempt_id(letter, nonce, typed)
    signature = draft(letter, version, typed, public_id=public_id, consents_sha256=consents_sha256)
    signature.amendment, signature.network = fix, network
    recipient = suppressing.index_of(typed.email)
    mail = queueing.drafted(CONFIRM, public_id, scope=str(letter.pk), recipient_index=recipient)
    try:
        queueing.queue_with(signature, mail)
    except IntegrityError:
        # This very form was accepted before, and its row or its mail stands; else the text went away this instant.
        known = Message.objects.about(public_id).exists() or Signature.objects.filter(public_id=public_id).exists()
        if not known:
            raise TextChanged from None
    return public_id


def shown_version(letter: Letter, text_sha256: str, *, invited: bool = False) -> tuple[Version, int]:
    """The version that is signed by a form which showed this text, and the number of its editorial fix (0: none).

    A form that was opened before a fix signs the words that it showed. No query for the words that are shown now.
    Those who hold an invitation sign before the launch, too. Raises LetterNotOpen, TextChanged as ``sign``.
    """
    version, shown = letter.version, letter.shown
    if version is None or shown is None or not (letter.takes_invited if invited else letter.is_open):
        raise LetterNotOpen
    if len(text_sha256) < SHA256_SHOWN:
        raise TextChanged
    if shown.sha256.startswith(text_sha256):
        return version, letter.amendment.number if letter.amendment else 0
    fix = texts.matching(version, text_sha256)
    if fix is None:
        raise TextChanged
    return version, fix


def resend(letter: Letter, public_id: UUID) -> None:
    """Mail the question once more; the caps decide. Says nothing and does the same work for every attempt: where none
    waits under this letter, the mail is about nobody, so that nobody is mailed past the caps."""
    signature = Signature.objects.pending().filter(letter=letter, public_id=public_id).first()
    nobody = UUID(bytes=sealed.fingerprint(public_id.bytes), version=4)
    queueing.queue_again(
        CONFIRM,
        public_id if signature is not None else nobody,
        scope=str(letter.pk),
        recipient_index=suppressing.index_of(signature.email) if signature is not None else None,
    )


def find(purpose: str, token: str) -> Signature:
    """The signature behind a link.

    Raises:
        LinkInvalid: the token is not ours.
        LinkExpired: nothing is stored under it any more.
    """
    signature = (
        Signature.objects.select_related("letter", "letter__version", "letter__amendment", "version")
        .filter(public_id=tokens.read(purpose, token))
        .first()
    )
    if signature is None or (signature.is_pending and signature.signed_at < timezone.now() - confirm_within()):
        raise LinkExpired
    return signature


def confirm(public_id: UUID) -> Signature:
    """Turn a pending signature into a confirmed one.

    Idempotent: a second press returns the same row and sends nothing. Other attempts with the same address under the
    same letter are deleted; ``signature_confirmed`` is sent.

    Raises:
        LinkExpired: nothing waits under this id, or for longer than CONFIRM_DAYS.
        LetterNotOpen: the letter stopped taking signatures meanwhile.
        AlreadySigned: another attempt with this address was confirmed first; this one is deleted.
    """
    try:
        return _confirm(public_id)
    except IntegrityError:  # the partial unique index decided the race
        Signature.objects.pending().filter(public_id=public_id).delete()
        queueing.forget(public_id)
        raise AlreadySigned from None


@transaction.atomic
def _confirm(public_id: UUID) -> Signature:
    now = timezone.now()
    signature = locked(public_id)
    if signature.is_confirmed:
        return signature
    if not signature.is_pending or signature.signed_at < now - confirm_within():
        raise LinkExpired
    if not signature.letter.takes_invited:  # before the launch nobody else has a form
        raise LetterNotOpen
    signature.state, signature.confirmed_at, signature.changed_at = SignatureState.CONFIRMED, now, now
    place(signature)
    ticks, signature.team_ticks = signature.team_ticks, []
    signature.save()
    if ticks:
        consenting.keep(signature, ticks, at=now)
    if signature.hidden_at is not None:
        sha256 = signature.consent_text_sha256
        AnonymousLine.objects.begin(signature, words_of(signature), at=now, consent_text_sha256=sha256)
    _drop_others(signature)
    signals.signature_confirmed.send(Signature, signature=signature)
    return signature


def words_of(signature: Signature) -> Words:
    """What is printed of a line without its name, unless somebody makes it say less."""
    tie = names.affiliation_as_printed(signature.affiliation, signature.affiliation_status)
    return Words(signature.position, tie)


def _drop_others(signature: Signature) -> None:
    """Delete the other attempts of this address. One that is being confirmed this instant is left to the unique index:
    waiting for it here would be a deadlock."""
    others = Signature.objects.pending().same_address(signature).exclude(pk=signature.pk)
    free = others.select_for_update(of=("self",), skip_locked=True).values_list("pk", "public_id")
    for pk, other_id in list(free):
        queueing.forget(other_id)
        Signature.objects.filter(pk=pk).delete()


def locked(public_id: UUID) -> Signature:
    """The row, locked until the transaction ends. Raises LinkExpired when it is gone."""
    rows = Signature.objects.select_related("letter", "version").select_for_update(of=("self",), no_key=True)
    signature = rows.filter(public_id=public_id).first()
    if signature is None:
        raise LinkExpired
    return signature


def family(public_id: UUID) -> list[Signature]:
    """The row and then the same person's rows under other versions, all locked. Raises LinkExpired when it is gone."""
    rows = twins.locked(public_id)
    if not rows:
        raise LinkExpired
    return rows


def place(signature: Signature) -> None:
    """Compute where the line stands in its list and under what it is found; an empty sort name is filled in."""
    is_person = signature.signatory_type == SignatoryType.PERSON
    own = names.sort_name_for(signature.display_name) if is_person else signature.display_name
    signature.sort_name = signature.sort_name or own
    signature.list_key = names.list_key(signature, signature.letter.ordering)
    signature.search_text = names.search_text_for(signature)


def confirm_by_code(letter: Letter, nonce: UUID, code: str) -> Signature:
    """Confirm with the code that was typed into the waiting tab.

    Raises:
        RuleError: as ``confirm``, or ``code="code"`` when the code is not the one in the mail.
    """
    waiting = Signature.objects.filter(letter=letter, public_id=nonce, state__in=["pending", "confirmed"]).exists()
    if not tokens.is_code_for(nonce, code) or not waiting:
        raise RuleError(gettext("That is not the code in the mail. It has eight letters and digits."), code="code")
    return confirm(nonce)


@transaction.atomic
def disown(public_id: UUID) -> tuple[Letter, Suppression]:
    """«This was not me»: delete the row and everything about it, and never mail the address again.

    A confirmed signature leaves list, count and files, under every version of the letter. Returns the letter and the
    block, which can be lifted.
    """
    signature, *others = family(public_id)
    if not signature.email_sealed:
        raise LinkExpired
    block = suppressing.suppress(signature.email, SuppressionReason.NOT_ME)
    Signature.objects.pending().same_address(signature).exclude(pk=signature.pk).delete()
    queueing.forget(public_id)
    if signature.is_pending:
        signature.delete()
    else:
        erase_content(signature)
        signals.signature_ended.send(Signature, signature=signature)
        for other in others:
            queueing.forget(other.public_id)
            erase_content(other)
            signals.signature_ended.send(Signature, signature=other)
            audit.record(audit.Action.SIGNATURE_DISOWNED, other, by="signatory")
    audit.record(audit.Action.SIGNATURE_DISOWNED, signature, by="signatory")
    return signature.letter, block


def erase_content(signature: Signature) -> None:
    """Make a confirmed row an empty tombstone: letter, version, times and consent text remain; nobody is in it."""
    now = timezone.now()
    empty_line(signature, now)
    signature.email_sealed = signature.email_index_odd = signature.email_index_even = None
    signature.erased_at = now
    signature.save()


def empty_line(signature: Signature, now: object) -> None:
    """Set the row to *withdrawn* and clear everything that was printed or typed; the address is left. Sends
    ``line_left`` for one that was confirmed."""
    was_confirmed = signature.is_confirmed and not signature._state.adding
    was_counted = was_confirmed and not signature.held_reason
    signature.state = SignatureState.WITHDRAWN
    for name in (
        "display_name",
        "sort_name",
        "position",
        "affiliation",
        "affiliation_status",
        "country",
        "comment",
        *DETAILS,
    ):
        setattr(signature, name, "")
    signature.search_text, signature.held_reason, signature.network = "", "", None
    signature.team_ticks = []
    signature.list_key = None
    signature.role = Role.SIGNATORY
    WaitingChange.objects.filter(signature_id=signature.pk).delete()
    Representation.objects.filter(signature_id=signature.pk).delete()
    TeamConsent.objects.filter(signature_id=signature.pk).delete()
    AnonymousLine.objects.end(signature, signature.withdrawn_at or now)  # type: ignore[arg-type]
    signature.withdrawn_at = signature.withdrawn_at or now  # type: ignore[assignment]
    signature.changed_at = now  # type: ignore[assignment]
    if was_confirmed:
        signals.line_left.send(Signature, signature=signature, how="withdrawn", was_counted=was_counted)
