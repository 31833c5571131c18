"""Addresses go to those who were promised them, and to nobody else."""

import csv
import io
import json

import pytest
from django.utils import timezone

from letters.accounts.models import Team, User
from letters.core.errors import RuleError
from letters.documents.models import LetterTeam
from letters.ledger.models import AuditEvent
from letters.outbox import suppressing
from letters.outbox.models import Suppression, SuppressionReason
from letters.press import contacts
from letters.press.models import Export
from letters.signatures import consenting, managing
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import AnonymousLine, TeamConsent
from tests.factories import CAST, make_letter, make_signature, make_team, make_user, make_version

pytestmark = pytest.mark.django_db
REASON = "Invitation to our meeting in May"


def user(person="alice"):
    return User.objects.get(email=CAST[person].email)


def read(chunks):
    return list(csv.DictReader(io.StringIO(b"".join(chunks).decode(), newline="")))


def take(letter, key, person="alice", **changes):
    asked = {"by": user(person), "purpose": "event", "reason": REASON, **changes}
    return read(contacts.export(letter, key, **asked))


def ticked(letter, link, email, **fields):
    row = make_signature(letter, email=email, **fields)
    words = consenting.line_of(link).sha256
    TeamConsent.objects.create(signature=row, letter_team=link, text_sha256=words, given_at=timezone.now())
    return row


@pytest.fixture
def letter(db):
    letter = make_letter()
    make_team("alice", letter=letter, consent_line="The owning team may write to me.")
    return letter


@pytest.fixture
def link(letter):
    """Bob's team stands behind the letter, too."""
    team = make_team("bob", letter=letter, is_owner=False, may_export=True, consent_line="Team B may write to me.")
    return LetterTeam.objects.get(team=team)


def test_updates_list_holds_who_agreed_and_nobody_else(letter):
    make_signature(letter, email="yes@example.org", consent_updates=True)
    make_signature(letter, email="no@example.org")
    make_signature(letter, email="press@example.org", consent_press=True)
    for state in ("pending", "held", "withdrawn", "removed", "erased", "sample"):
        make_signature(letter, email=f"{state}@example.org", consent_updates=True, state=state)
    make_signature(make_letter(), email="other-letter@example.org", consent_updates=True)

    assert [row["email"] for row in take(letter, "updates")] == ["yes@example.org"]


def test_hidden_name_that_agreed_is_still_written_to(letter):
    make_signature(letter, email="hidden@example.org", consent_updates=True, state="hidden")

    assert [row["email"] for row in take(letter, "updates")] == ["hidden@example.org"]


def test_row_says_who_and_which_wording_when(letter):
    row = make_signature(letter, email="yes@example.org", consent_updates=True, position="=cmd|' /C calc'!A0")

    assert take(letter, "updates") == [
        {
            "signature_id": str(row.public_id),
            "display_name": row.display_name,
            "email": "yes@example.org",
            "position": "'=cmd|' /C calc'!A0",
            "affiliation": row.affiliation,
            "country": row.country,
            "consent": "updates",
            "consent_text_sha256": "c" * 64,
            "consent_given_at": row.confirmed_at.isoformat(timespec="seconds"),
        }
    ]


def test_each_team_gets_those_who_ticked_its_line(letter, link):
    own = LetterTeam.objects.get(letter=letter, is_owner=True)
    ticked(letter, link, "b@example.org")
    ticked(letter, own, "a@example.org")
    make_signature(letter, email="updates@example.org", consent_updates=True)

    assert [found.key for found in contacts.lists_for(user("bob"), letter)] == [link.public_id.hex]
    assert [(row["email"], row["consent_text_sha256"]) for row in take(letter, link.public_id.hex, "bob")] == [
        ("b@example.org", consenting.line_of(link).sha256)
    ]
    assert [row["email"] for row in take(letter, own.public_id.hex)] == ["a@example.org"]


@pytest.mark.parametrize("what", ["line", "name"])
def test_who_agreed_to_other_words_is_in_no_list(letter, link, what):
    ticked(letter, link, "b@example.org")
    if what == "line":
        LetterTeam.objects.filter(pk=link.pk).update(consent_line="Pass my address on.")
    else:
        Team.objects.filter(pk=link.team_id).update(name="Advertisers")

    assert [found.people for found in contacts.lists_for(user("bob"), letter)] == [0]
    assert take(letter, link.public_id.hex, "bob") == []


def test_address_that_wants_no_mail_is_in_no_line_of_its_owner(letter):
    """Who signed two texts without being carried over has two lines with one address."""
    for _version in range(2):
        make_signature(letter, email="gone@example.org", consent_updates=True)
        make_version(letter)
    Suppression.objects.create(recipient_index=suppressing.index_of("gone@example.org"), reason="not-me")

    assert take(letter, "updates") == []


@pytest.mark.parametrize("key", ["updates", "theirs", "", "0" * 32])
def test_list_of_others_is_no_list(letter, link, key):
    own = LetterTeam.objects.get(letter=letter, is_owner=True)
    ticked(letter, own, "a@example.org")

    with pytest.raises(contacts.NoSuchList):
        take(letter, own.public_id.hex if key == "theirs" else key, "bob")
    assert Export.objects.count() == 0


@pytest.mark.parametrize("changes", [{"may_export": False}, {"consent_line": ""}])
def test_team_without_the_right_or_a_line_has_no_list(letter, link, changes):
    LetterTeam.objects.filter(pk=link.pk).update(**changes)

    assert contacts.lists_for(user("bob"), letter) == []


def test_operator_may_take_every_list(letter, link):
    make_user("mona", is_staff=True)

    assert len(contacts.lists_for(user("mona"), letter)) == 3
    nobodys = make_letter()
    assert [found.key for found in contacts.lists_for(user("mona"), nobodys)] == ["updates"]


@pytest.mark.parametrize("role", ["editor", "moderator", "reviewer", "reader"])
def test_who_may_export_for_one_team_takes_no_list_of_the_team_where_they_may_not(letter, link, role):
    own = LetterTeam.objects.get(letter=letter, is_owner=True)
    own.team.memberships.create(user=user("bob"), role=role)

    assert [found.key for found in contacts.lists_for(user("bob"), letter)] == [link.public_id.hex]


def test_list_is_of_one_letter_and_of_one_team_of_two_that_ask_in_the_same_words(letter, link):
    twin = make_team("charlie", letter=letter, is_owner=False, may_export=True, consent_line=link.consent_line)
    Team.objects.filter(pk=twin.pk).update(name=link.team.name)
    elsewhere = LetterTeam.objects.create(
        letter=make_letter(), team=link.team, may_export=True, consent_line=link.consent_line
    )
    ticked(letter, link, "b@example.org")
    ticked(letter, LetterTeam.objects.get(team=twin), "twin@example.org")
    ticked(elsewhere.letter, elsewhere, "elsewhere@example.org")

    (found,) = contacts.lists_for(user("bob"), letter)
    assert (found.key, found.people) == (link.public_id.hex, 1)
    assert [row["email"] for row in take(letter, found.key, "bob")] == ["b@example.org"]


def test_address_that_wants_no_mail_is_left_out(letter):
    for name in ("stays", "blocked"):
        make_signature(letter, email=f"{name}@example.org", consent_updates=True)
    suppressing.suppress("blocked@example.org", SuppressionReason.COMPLAINT)

    assert [row["email"] for row in take(letter, "updates")] == ["stays@example.org"]


def test_address_that_is_deleted_is_neither_listed_nor_counted(letter):
    row = make_signature(letter, consent_updates=True)
    gone = {"email_sealed": None, "email_index_odd": None, "email_index_even": None}
    type(row).objects.filter(pk=row.pk).update(**gone)

    assert [found.people for found in contacts.lists_for(user(), letter)] == [0, 0]
    assert take(letter, "updates") == []


def test_no_list_is_taken_for_a_purpose_that_is_not_offered(letter):
    with pytest.raises(contacts.NoSuchList):
        take(letter, "updates", purpose="advertising")
    assert Export.objects.count() == 0


def test_withdrawal_ends_the_consent_to_a_team(letter, link):
    row = ticked(letter, link, "b@example.org")

    managing.withdraw(row.public_id)

    assert take(letter, link.public_id.hex, "bob") == []
    assert TeamConsent.objects.count() == 0


def test_person_with_lines_under_two_versions_is_one_row(letter):
    old = make_signature(letter, email="yes@example.org", consent_updates=True)
    newer = make_version(letter)
    make_signature(letter, email="yes@example.org", consent_updates=True, carried_from=old, version=newer)

    assert len(take(letter, "updates")) == 1


def test_export_is_logged_before_the_first_byte_and_names_nobody(letter):
    make_signature(letter, email="yes@example.org", consent_updates=True)

    contacts.export(letter, "updates", by=user(), purpose="event", reason=f"  {REASON} ")

    row = Export.objects.get()
    assert (row.people, row.purpose, row.reason, row.made_by, row.letter_team) == (1, "event", REASON, user(), None)
    event = AuditEvent.objects.get(action="contacts-exported")
    assert (event.actor, event.object_id, event.detail) == (f"user:{user().pk}", str(row.public_id), "event,1")
    assert "example.org" not in json.dumps([event.detail, row.reason])


@pytest.mark.parametrize("reason", ["", "  x ", "too short"])
def test_purpose_must_be_said(letter, reason):
    with pytest.raises(RuleError) as refused:
        take(letter, "updates", reason=reason)
    assert refused.value.code == "reason"
    assert Export.objects.count() == 0


def test_file_is_read_in_pages_and_can_begin_with_a_mark(letter, monkeypatch):
    monkeypatch.setattr(contacts, "PAGE_ROWS", 2)
    for number in range(5):
        make_signature(letter, email=f"{number}@example.org", consent_updates=True)

    body = b"".join(contacts.export(letter, "updates", by=user(), purpose="event", reason=REASON, bom=True))

    assert body.startswith(b'\xef\xbb\xbf"signature_id","display_name"')
    assert [line.split(b",")[2] for line in body.splitlines()[1:]] == [b'"%d@example.org"' % n for n in range(5)]


def test_co_team_sees_its_own_exports_alone(letter, link):
    take(letter, "updates")
    take(letter, link.public_id.hex, "bob")

    assert len(contacts.log(letter, contacts.lists_for(user("alice"), letter))) == 2
    assert len(contacts.log(letter, contacts.lists_for(user("bob"), letter))) == 1


def test_who_withholds_the_name_is_listed_by_the_address_that_they_promised_alone(letter, link):
    row = ticked(letter, link, "quiet@example.org", consent_updates=True, country="NL", state="hidden")
    AnonymousLine.objects.begin(row, Words("Professor", ""), at=timezone.now(), consent_text_sha256="d" * 64)

    for key, person in (("updates", "alice"), (link.public_id.hex, "bob")):
        (cells,) = take(letter, key, person)
        told = [cells[name] for name in ("display_name", "email", "position", "affiliation", "country")]
        assert told == ["Name withheld", "quiet@example.org", "", "", ""]
