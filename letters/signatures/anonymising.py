"""Signing without one's name in print: asking for it, printing the line once the name was checked, deleting the name.

The signature is hidden from the moment of asking, so nothing that reads signatures can print it. What readers see is an
``AnonymousLine``; whether the check was good enough is decided in ``letters/moderation``.
"""

import hashlib
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outbox import queueing
from letters.signatures import names, signals
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import (
    AFFILIATION_MAX,
    DETAILS,
    AnonymousLine,
    Role,
    SignatoryType,
    Signature,
    WaitingChange,
)
from letters.signatures.signing import NAME_WITHHELD, UNPRINTED, family, place, words_of

CONSENT = _(
    "Publish my position and affiliation with this letter, not my name, and hand them to its addressees. The "
    "organisers learn my name and check it first. Signing shows a political opinion; where few people share position "
    "and affiliation, readers may guess who I am."
)
"""Comment, country, links and the day of signing are not printed with it."""


class NotStanding(RuleError):
    code = "not-standing"
    default = _("This signature was withdrawn; there is nothing left to change.")


class NotOffered(RuleError):
    code = "not-offered"
    default = _("This letter takes no signatures whose names are withheld. You can sign by name, or hide your line.")


class NothingToPrint(RuleError):
    code = "nothing-to-print"
    default = _("Give your position or your affiliation: without a name it is all that readers see.")


class TellsName(RuleError):
    code = "tells-name"
    default = _("The name stands in these words. Leave it out: they are what readers see.")


class NotAgreed(RuleError):
    code = "consent"
    default = _("Tick the consent first: your name is printed from then on.")


class NotCheckedYet(RuleError):
    code = "not-checked-yet"
    default = _(
        "Your name can be deleted once the organisers have checked it, and while no line of yours is printed with it."
    )


class NameDeleted(RuleError):
    code = "name-deleted"
    default = _("Your name was deleted here. To sign by name or in other words, withdraw this one and sign again.")


def consent_sha256() -> str:
    """Names the wording that was agreed to, as shown in the active language (GDPR Art. 7(1))."""
    return hashlib.sha256(str(CONSENT).encode()).hexdigest()


def tells_name(signature: Signature, words: Words) -> bool:
    """Whether the whole name can be read in words that shall be printed without it."""
    own = (signature.display_name, signature.name_latin)
    return any(names.stands_in(name, " ".join(words)) for name in own)


def is_offered(letter: Letter, signature: Signature | None = None) -> bool:
    """Whether one may ask for it: where the letter's rules say so, for persons alone."""
    is_person = signature is None or signature.signatory_type == SignatoryType.PERSON
    return letter.offers_anonymous and is_person


@transaction.atomic
def ask(public_id: UUID, words: Words, *, consent_text_sha256: str) -> None:
    """Withhold the name from now on; position and affiliation are printed once the organisers checked it. Idempotent.

    The line leaves list and files at once, under every version of the letter; one that its owner took out altogether
    stays out when it is the name of another line that goes. Other words of a line that is printed already are checked
    anew, and are printed nowhere meanwhile. Sends ``anonymity_asked``.

    Raises:
        NotStanding: the signature is not confirmed.
        NotOffered, NothingToPrint: the letter does not offer it; neither word is given.
        TellsName: the name stands in the words.
        NameDeleted: nobody can check other words any more.
    """
    rows = family(public_id)
    if not rows[0].is_confirmed:
        raise NotStanding
    if not any(words):
        raise NothingToPrint
    if not is_offered(rows[0].letter, rows[0]) and AnonymousLine.objects.of(rows[0]) is None:
        raise NotOffered
    if any(tells_name(row, words) for row in rows):
        raise TellsName
    was_shown = rows[0].hidden_at is None
    _withhold(rows[0], words, consent_text_sha256)
    for row in rows[1:]:
        if row.is_confirmed and not is_nameless(row) and not (was_shown and _is_out(row)):
            _withhold(row, words, consent_text_sha256)


def _is_out(signature: Signature) -> bool:
    """The owner took the line out altogether."""
    return signature.hidden_at is not None and not is_asked(signature)


def on_confirmed(signature: Signature) -> None:
    """Who signs a new text without the name has it withheld under earlier ones as well. Where it is withheld already,
    what is printed of them there, or that nothing is, stays as they chose."""
    if signature.hidden_at is None:
        return
    for row in family(signature.public_id)[1:]:
        if row.is_confirmed and row.hidden_at is None:
            _withhold(row, words_of(signature), signature.consent_text_sha256)


def _withhold(signature: Signature, words: Words, consent_text_sha256: str) -> None:
    line, now = AnonymousLine.objects.of(signature), timezone.now()
    if line is not None and line.words == words and line.checked_at is not None:
        return
    if is_nameless(signature):
        raise NameDeleted
    if line is None:
        AnonymousLine.objects.begin(signature, words, at=now, consent_text_sha256=consent_text_sha256)
        audit.record(audit.Action.NAME_WITHHELD, signature, by="signatory")
    elif line.words != words:
        _replace(signature, line, words, consent_text_sha256)
    was_hidden, signature.hidden_at = signature.hidden_at is not None, signature.hidden_at or now
    _changed(signature)
    if not was_hidden:
        signals.line_left.send(Signature, signature=signature, how="hidden", was_counted=not signature.held_reason)
    signals.anonymity_asked.send(Signature, signature=signature)


def _replace(signature: Signature, line: AnonymousLine, words: Words, consent_text_sha256: str) -> None:
    """Other words are another line, with another number: older files forget the one that said more."""
    _tell_off(signature, line)
    now = timezone.now()
    AnonymousLine.objects.end(signature, now)
    AnonymousLine.objects.begin(signature, words, at=now, consent_text_sha256=consent_text_sha256)


def _tell_off(signature: Signature, line: AnonymousLine) -> None:
    """Readers see a line no longer that they saw; it is checked anew."""
    if line.checked_at is not None and not signature.held_reason:
        signals.line_left.send(Signature, signature=signature, how="held", was_counted=True)


def _changed(signature: Signature) -> None:
    signature.changed_at = timezone.now()
    signature.save(update_fields=["hidden_at", "changed_at"])


def print_line(signature: Signature, *, by: str) -> AnonymousLine | None:
    """Print the line of a locked signature. Idempotent. None where the signatory no longer asks for it.

    Call after the name was checked. Raises TellsName where it stands in the words.
    """
    line = AnonymousLine.objects.of(signature)
    if line is None or line.checked_at is not None:
        return line
    if tells_name(signature, line.words):
        raise TellsName
    line.checked_at = timezone.now()
    line.save(update_fields=["checked_at"])
    _changed(signature)
    audit.record(audit.Action.SIGNATURE_ANONYMISED, signature, by=by)
    if not signature.held_reason:
        signals.line_back.send(Signature, signature=signature, how="released")
    return line


def reword(signature: Signature, words: Words, *, by: str) -> None:
    """Let a line that waits for its check say less. Idempotent. Raises NothingToPrint."""
    line = AnonymousLine.objects.of(signature)
    if line is None or line.checked_at is not None or line.words == words:
        return
    if not any(words):
        raise NothingToPrint
    _replace(signature, line, words, line.consent_text_sha256)
    audit.record(audit.Action.SIGNATURE_CORRECTED, signature, by=by, detail="line-without-name")


def follow(signature: Signature, before: Words) -> None:
    """The line of a locked signature was corrected: what is printed without its name follows, as long as nobody had
    made it say something else, and is checked anew."""
    line = AnonymousLine.objects.of(signature)
    if line is None or line.words != before or line.words == words_of(signature):
        return
    if not any(words_of(signature)):  # nothing is left that could be printed
        end(signature)
        return
    _replace(signature, line, words_of(signature), line.consent_text_sha256)
    signals.anonymity_asked.send(Signature, signature=signature)


def take_down(signature: Signature) -> bool:
    """Print the line no longer until the name is checked anew; True where it was printed. Whose name was deleted after
    the check cannot be checked again, and stays."""
    line = AnonymousLine.objects.of(signature)
    if line is None or line.checked_at is None or line.name_deleted_at is not None:
        return False
    _tell_off(signature, line)
    line.checked_at = None
    line.save(update_fields=["checked_at"])
    _changed(signature)
    return True


def end(signature: Signature) -> bool:
    """The signatory hides the line altogether, or prints the name. True where there was one. Sends ``line_left`` for
    one that readers saw."""
    line = AnonymousLine.objects.of(signature)
    if line is None:
        return False
    AnonymousLine.objects.end(signature, timezone.now())
    if line.checked_at is not None and not signature.held_reason:
        signals.line_left.send(Signature, signature=signature, how="unprinted", was_counted=True)
    signals.anonymity_ended.send(Signature, signature=signature)
    return True


def needs_consent(signature: Signature) -> bool:
    """Whether the name of a hidden line is printed by a new consent alone: what its owner agreed to last was to have it
    withheld, under this text or the one that the line was carried over from. No query for a line that is shown."""
    row: Signature | None = signature if signature.hidden_at is not None else None
    while row is not None:
        if AnonymousLine.objects.filter(signature=row).exists():
            return True
        row = row.carried_from
    return False


def is_asked(signature: Signature) -> bool:
    """Whether a line without the name is printed, or waits for its check."""
    return AnonymousLine.objects.standing().filter(signature=signature).exists()


def is_nameless(signature: Signature) -> bool:
    """Whether the name was deleted after the check."""
    return AnonymousLine.objects.filter(signature=signature, name_deleted_at__isnull=False).exists()


@transaction.atomic
def delete_name(public_id: UUID) -> None:
    """Delete the name and all that is not printed, under every version; the line stands and says so, and where the
    owner took it out altogether nothing is left of it but the count. Idempotent.

    The address stays until the letter's time for addresses is over: it keeps one person to one signature, and is the
    way to this page. Sends ``name_deleted``.

    Raises:
        NotStanding: the signature is not confirmed.
        NotCheckedYet: a line of the person is not printed yet, or is printed with the name.
        RuleError: of whoever receives ``name_deleted`` and needs it, as moderation does while it looks at a dispute.
    """
    rows = family(public_id)
    if not rows[0].is_confirmed:
        raise NotStanding
    for row in rows:
        if row.is_confirmed and not (_is_out(row) and is_nameless(row)):
            _delete_name(row, is_out=row is not rows[0] and _is_out(row))


def _delete_name(signature: Signature, *, is_out: bool) -> None:
    line = _line_of_nothing(signature) if is_out else AnonymousLine.objects.of(signature)
    if line is None or line.checked_at is None or signature.held_reason:
        raise NotCheckedYet
    if line.name_deleted_at is not None:
        return
    line.name_deleted_at = timezone.now()
    line.save(update_fields=["name_deleted_at"])
    for name in ("sort_name", "affiliation_status", "country", "comment", *DETAILS):
        setattr(signature, name, "")
    signature.display_name, signature.role = NAME_WITHHELD, Role.SIGNATORY
    signature.position, signature.affiliation = line.position, line.affiliation[:AFFILIATION_MAX]
    for name in UNPRINTED:
        setattr(signature, name, False)
    signature.network, signature.changed_at = None, line.name_deleted_at
    WaitingChange.objects.filter(signature=signature).delete()
    queueing.forget(signature.public_id)
    place(signature)
    signature.save()
    signals.name_deleted.send(Signature, signature=signature)
    audit.record(audit.Action.NAME_DELETED, signature, by="signatory")


def _line_of_nothing(signature: Signature) -> AnonymousLine:
    """Where nothing of the person is printed the name goes as well and is printed no more: an ended line says so."""
    now = timezone.now()
    line = AnonymousLine.objects.begin(signature, Words("", ""), at=now, consent_text_sha256="")
    line.checked_at = line.ended_at = now
    line.save(update_fields=["checked_at", "ended_at"])
    return line


def data_of(signature: Signature) -> dict[str, str | None]:
    """What is stored of it, for the person alone; empty where there is none."""
    line = AnonymousLine.objects.of(signature)
    if line is None:
        return {}
    times = {name: getattr(line, name) for name in ("asked_at", "checked_at", "name_deleted_at")}
    return {
        "line_id": str(line.public_id), "position": line.position, "affiliation": line.affiliation,
        "consent_text_sha256": line.consent_text_sha256,
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }  # fmt: skip
