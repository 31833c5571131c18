"""What tests are made of: plain functions with defaults, and five people.

Alice owns, Bob is a member of her team, Charlie is a stranger, Mona moderates, Suzie signs.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from letters.accounts.models import Membership, Team, User
from letters.documents import publishing
from letters.documents.models import Letter, LetterState, LetterTeam, Version
from letters.outbox.models import Message
from letters.signatures import signing
from letters.signatures.models import Invitation, Signature
from letters.verification.models import Evidence

CONSENTS_SHA256 = "c" * 64
STATES = ("pending", "expired", "confirmed", "sample", "hidden", "held", "withdrawn", "removed", "erased")
"""What ``make_signature`` can make; readers may see ``confirmed`` and ``sample`` alone."""

_serial = count(1)


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    position: str
    affiliation: str
    country: str


CAST = {
    "alice": Person("Alice Adeyemi", "alice@example.org", "Head of Security", "Harbour Bank", "NG"),
    "bob": Person("Bob Brandt", "bob@example.org", "Incident Responder", "Harbour Bank", "DE"),
    "charlie": Person("Charlie Čapek", "charlie@example.net", "Researcher", "Institute of Locks", "CZ"),
    "mona": Person("Mona Mbeki", "mona@example.org", "Moderator", "", "ZA"),
    "suzie": Person("Suzie van der Berg", "suzie@example.com", "Professor of Cryptography", "University X", "NL"),
}


def make_user(person: str = "alice", *, is_staff: bool = False, is_superuser: bool = False) -> User:
    """A login; the password is the e-mail address."""
    email = CAST[person].email
    user = User.objects.create_user(email=email, password=email, is_staff=is_staff, is_superuser=is_superuser)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def make_team(person: str = "alice", role: str = "owner", *, letter: Letter | None = None, **link: Any) -> Team:
    """A team with one member; ``letter`` becomes theirs (``is_owner=False`` for a team that only stands behind it)."""
    email = CAST[person].email
    user = User.objects.filter(email=email).first() or make_user(person)
    team = Team.objects.create(name=f"Team {next(_serial)}")
    Membership.objects.create(team=team, user=user, role=role)
    if letter is not None:
        LetterTeam.objects.create(letter=letter, team=team, **{"is_owner": True, **link})
    return team


def make_words(**changes: Any) -> dict[str, Any]:
    """The parts of a text, as ``publishing.set_words`` takes them."""
    return {
        "title": "Lift the restriction",
        "subtitle": "An open letter of people who defend systems",
        "dateline_place": "The Hague",
        "dateline_on": date(2026, 11, 16),
        "addressees": [{"name": "Jo Doe", "office": "Minister", "organization": "Ministry of Trade"}],
        "salutation": "Dear Minister,",
        "body": "We find holes **before** others do.\n\nLet us go on.",
        "demands": ["Lift the restriction.", "Publish the *criteria*."],
        "closing": "Yours sincerely",
        **changes,
    }


_STEPS = {
    "draft": (), "open": ("open",), "private": ("private",), "embargoed": ("embargoed",),
    "archived": ("open", "closed", "archived"), "delivered": ("open", "closed", "delivered"),
}  # fmt: skip
"""The moves that lead to a state from a draft."""


def make_letter(*, slug: str = "", state: str = LetterState.OPEN, **fields: Any) -> Letter:
    """A letter with its first version, in any state; fields of the text (``title=…``) and of the letter alike."""
    words = {name: fields.pop(name) for name in make_words() if name in fields}
    if state == LetterState.EMBARGOED:
        now = timezone.now()
        fields = {"opens_at": now + timedelta(days=1), "locked_at": now, **fields}
    letter = Letter.objects.create(slug=slug or f"letter-{next(_serial)}", **fields)
    publishing.set_words(letter, make_words(**words), by="test")
    for step in _STEPS.get(state, ("open", state)):
        publishing.move(letter, step, by="test")
    return Letter.objects.select_related("version").get(pk=letter.pk)


def make_version(letter: Letter, **words: Any) -> Version:
    """Give a letter another text; a new version when the present one is signed. ``letter.version`` is the new one."""
    words = {"body": f"Another text, number {next(_serial)}.", **words}
    version = publishing.set_words(letter, make_words(**words), by="test")
    letter.refresh_from_db()
    return version


def typed(person: str = "suzie", **changes: Any) -> signing.Typed:
    """What one of the cast types and ticks; ``changes`` are fields of ``signing.Typed``."""
    who = CAST[person]
    filled = signing.Typed(
        display_name=who.name,
        email=who.email,
        position=who.position,
        affiliation=who.affiliation,
        country=who.country,
    )
    return replace(filled, **changes)


def sign_up(letter: Letter, person: str = "suzie", *, nonce: uuid.UUID | None = None, **changes: Any) -> Signature:
    """One of the cast sends the form: a pending signature and its queued mail, by the real rule."""
    assert letter.version is not None
    public_id = signing.sign(
        letter,
        typed(person, **changes),
        nonce=nonce or uuid.uuid4(),
        text_sha256=letter.version.sha256,
        consents_sha256=CONSENTS_SHA256,
    )
    return Signature.objects.select_related("letter", "version").get(public_id=public_id)


def sign_and_confirm(letter: Letter, person: str = "suzie", **changes: Any) -> Signature:
    """One of the cast signs and presses the button in the mail, by the real rules (evidence included)."""
    return signing.confirm(sign_up(letter, person, **changes).public_id)


def make_signature(
    letter: Letter | None = None,
    *,
    state: str = "confirmed",
    person: str = "suzie",
    email: str = "",
    version: Version | None = None,
    at: datetime | None = None,
    **fields: Any,
) -> Signature:
    """One row in any of ``STATES``, written straight into the table with an address of its own.

    ``at`` is when it was signed and confirmed; no mail is queued and no evidence recorded.
    """
    letter = letter or make_letter()
    who, number = CAST[person], next(_serial)
    at = at or timezone.now()
    defaults = {
        "display_name": who.name,
        "position": who.position,
        "affiliation": who.affiliation,
        "country": who.country,
        "consent_text_sha256": CONSENTS_SHA256,
        "signed_at": at,
        "changed_at": at,
    }
    if fields.get("role", "signatory") != "signatory":
        defaults["is_invited"] = True  # nobody else stands above a list
    row = Signature(letter=letter, version=version or letter.version, **{**defaults, **fields})
    row.set_email(email or f"{person}-{number}@example.org")
    _put_into(row, state, at)
    row.save(force_insert=True)
    return row


def make_invitation(
    letter: Letter | None = None, person: str = "suzie", *, email: str = "", at: datetime | None = None, **fields: Any
) -> Invitation:
    """One row in any state, without its mail; ``inviting.invite`` is the real rule."""
    defaults = {"name": CAST[person].name, "address_source": "Our conference of 2026", "sent_at": at or timezone.now()}
    row = Invitation(letter=letter or make_letter(), **{**defaults, **fields})
    row.set_email(email or f"invited-{next(_serial)}@example.org")
    if row.state not in ("sent", "opened"):
        row.email_sealed, row.ended_at = None, row.sent_at
    row.save(force_insert=True)
    return row


def make_evidence(signature: Signature, method: str = "email", axis: str = "address", **fields: Any) -> Evidence:
    """One standing row, without touching the summary; ``recording.record`` is the real rule."""
    defaults = {"checked_at": signature.confirmed_at or timezone.now(), "letter_id": signature.letter_id}
    return Evidence.objects.create(signature=signature, method=method, axis=axis, **{**defaults, **fields})


def _put_into(row: Signature, state: str, at: datetime) -> None:
    assert state in STATES, f"{state} is none of {STATES}"
    if state == "expired":
        row.signed_at = row.changed_at = at - signing.confirm_within() - timedelta(seconds=1)
    if state in ("pending", "expired"):
        return
    row.state, row.confirmed_at = "confirmed", at
    if state != "sample":
        row.verification, row.checked_at = "email", at
    signing.place(row)
    beyond: dict[str, dict[str, Any]] = {
        "sample": {"is_sample": True},
        "hidden": {"hidden_at": at},
        "held": {"held_reason": "mixed-script"},
        "removed": {"state": "removed", "removed_reason": "impersonation", "removed_at": at},
        "erased": {"email_sealed": None, "email_index_odd": None, "email_index_even": None, "erased_at": at},
    }
    if state in ("withdrawn", "erased"):
        signing.empty_line(row, at)
    for name, value in beyond.get(state, {}).items():
        setattr(row, name, value)


def make_signatures(letter: Letter, amount: int, **fields: Any) -> list[Signature]:
    """Many confirmed rows with names of their own, in no particular order of name."""
    first = next(_serial)
    return [
        make_signature(letter, **{"display_name": f"Signatory {chr(65 + (7 * n) % 26)}{_letters(first + n)}", **fields})
        for n in range(amount)
    ]


def _letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in str(number))


def make_message(*, kind: str = "confirm", subject_id: uuid.UUID | None = None, **fields: Any) -> Message:
    """One row of the queue, due now."""
    now = timezone.now()
    defaults = {"created_at": now, "next_at": now, "serial": 0}
    return Message.objects.create(kind=kind, subject_id=subject_id or uuid.uuid4(), **{**defaults, **fields})


def utc(text: str) -> datetime:
    """``utc("2026-11-23 14:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
