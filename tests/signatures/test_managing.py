import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from letters.core import sealed
from letters.ledger.models import AuditEvent
from letters.outbox import claiming, suppressing
from letters.outbox.models import Message, SuppressionReason
from letters.signatures import counting, disclosing, emails, listing, managing, signing
from letters.signatures.models import Signature, Tally
from letters.verification.models import Evidence
from tests.factories import make_evidence, make_letter, make_signature, sign_and_confirm, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def correction_of(signature, **changes):
    fields = {name: getattr(signature, name) for name in managing.Correction.__dataclass_fields__}
    return replace(managing.Correction(**fields), **changes)


def with_evidence_on_every_axis(signature):
    for axis in ("name", "position", "affiliation"):
        make_evidence(signature, "email", axis, checked_at=timezone.now())
    return signature


def standing_axes(signature):
    return set(Evidence.objects.standing().filter(signature=signature).values_list("axis", flat=True))


# --- correcting ---


@pytest.mark.parametrize(
    ("changes", "voided"),
    [
        ({"display_name": "Suzanne Berg"}, {"name"}),
        ({"position": "Dean"}, {"position"}),
        ({"affiliation": "University Y"}, {"affiliation"}),
        ({"affiliation_status": "former"}, {"affiliation"}),
        ({"position": "Dean", "affiliation": ""}, {"position", "affiliation"}),
        ({"country": "BE"}, set()),
        ({"comment": "Well."}, set()),
        ({"sort_name": "Van der Berg, Suzie"}, set()),
    ],
)
def test_correct_voids_the_evidence_on_what_changed_and_keeps_the_rest(changes, voided):
    row = with_evidence_on_every_axis(sign_and_confirm(make_letter()))

    managing.correct(row.public_id, correction_of(row, **changes))

    assert standing_axes(row) == {"address", "name", "position", "affiliation"} - voided
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in changes} == changes
    event = AuditEvent.objects.get(action="signature-corrected")
    assert (event.actor, event.object_id, event.detail) == ("signatory", str(row.public_id), ",".join(sorted(changes)))


def test_correct_with_nothing_new_changes_nothing():
    row = sign_and_confirm(make_letter())
    before = Signature.objects.values().get()

    managing.correct(row.public_id, correction_of(row))

    assert Signature.objects.values().get() == before
    assert not AuditEvent.objects.filter(action="signature-corrected").exists()


def test_correct_moves_the_line_in_list_and_search():
    letter = make_letter()
    row, middle = sign_and_confirm(letter, display_name="Suzie Adams"), sign_and_confirm(letter, "bob")

    managing.correct(row.public_id, correction_of(row, display_name="Suzie Zorn", affiliation="Café"))

    assert [r.display_name for r in listing.page(letter.version).rows] == [middle.display_name, "Suzie Zorn"]
    row.refresh_from_db()
    assert (row.sort_name, row.search_text) == ("Zorn, Suzie", "suzie zorn cafe")
    assert row.changed_at > row.confirmed_at


def test_correct_keeps_a_sort_name_that_came_with_the_new_name():
    row = sign_and_confirm(make_letter())

    managing.correct(row.public_id, correction_of(row, display_name="Suzie Zorn", sort_name="Suzie Zorn"))

    row.refresh_from_db()
    assert row.sort_name == "Suzie Zorn"


def test_correct_holds_a_disguised_name():
    row = sign_and_confirm(make_letter())

    managing.correct(row.public_id, correction_of(row, display_name="J\u043ehn Smith"))

    row.refresh_from_db()
    assert row.held_reason == "mixed-script"
    assert not Signature.objects.public().exists()


@pytest.mark.parametrize("state", ["pending", "withdrawn", "erased", "removed"])
def test_correct_and_hide_refuse_a_line_that_does_not_stand(state):
    row = make_signature(state=state)

    with pytest.raises(managing.NotStanding):
        managing.correct(row.public_id, correction_of(row, position="Dean"))
    with pytest.raises(managing.NotStanding):
        managing.hide(row.public_id, hidden=True)


# --- hiding ---


def test_hide_takes_the_line_away_and_counts_it_as_withheld():
    letter = make_letter()
    row = sign_and_confirm(letter)

    managing.hide(row.public_id, hidden=True)
    hidden_at = managing.hide(row.public_id, hidden=True).hidden_at

    assert hidden_at is not None
    assert listing.page(letter.version).rows == []
    tally = counting.recount(letter.version.pk, now=timezone.now())
    assert (tally.persons, tally.withheld) == (0, 1)
    assert AuditEvent.objects.filter(action="signature-hidden").count() == 1

    managing.hide(row.public_id, hidden=False)
    assert listing.page(letter.version).rows == [row]
    assert AuditEvent.objects.filter(action="signature-shown").count() == 1


# --- withdrawing ---


def test_withdraw_empties_the_line_at_once_and_mails_a_receipt():
    letter = make_letter()
    row = sign_and_confirm(letter, comment="Mine.", consent_comment=True)

    managing.withdraw(row.public_id)
    managing.withdraw(row.public_id)

    row.refresh_from_db()
    assert (row.state, row.display_name, row.sort_name, row.position, row.affiliation, row.country) == (
        "withdrawn", "", "", "", "", "",
    )  # fmt: skip
    assert (row.comment, row.search_text, row.list_key) == ("", "", None)
    assert row.withdrawn_at == row.changed_at
    assert listing.page(letter.version).rows == []
    assert not Evidence.objects.exists()
    receipt = Message.objects.get(kind="withdrawn")
    built = emails.build_withdrawn([receipt])[receipt.pk]
    assert built.to == "suzie@example.com"
    assert "Suzie van der Berg" not in built.text + built.html
    assert AuditEvent.objects.filter(action="signature-withdrawn").count() == 1


def test_withdraw_sends_no_receipt_to_an_address_that_must_not_be_mailed():
    row = sign_and_confirm(make_letter())
    Message.objects.all().delete()
    suppressing.suppress("suzie@example.com", SuppressionReason.COMPLAINT)

    managing.withdraw(row.public_id)

    assert claiming.claim() == []
    assert Message.objects.values_list("state", "error").get() == ("withheld", "blocked")


@pytest.mark.parametrize("state", ["pending", "removed"])
def test_withdraw_refuses_what_was_never_confirmed_or_was_removed(state):
    row = make_signature(state=state)

    with pytest.raises(managing.NotStanding):
        managing.withdraw(row.public_id)


# --- erasing ---

CANARY = {
    "display_name": "Zyx-Canary Quetzal", "email": "zyxcanary@quetzal.example.org", "position": "Zyxposition",
    "affiliation": "Zyxaffiliation", "comment": "Zyxcomment",
}  # fmt: skip


def dump():
    """Every cell of every table as text and as raw bytes, as a stolen dump would show it."""
    cells = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables
            for row in cursor.fetchall():
                for cell in row:
                    cells.append(bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode())
    return b"\n".join(cells).lower()


def traces(letter_id):
    canonical = "zyxcanary@quetzal.example.org"
    return [b"zyx", b"quetzal", sealed.site_index(canonical), sealed.letter_indexes(letter_id, canonical)[0] or b"?"]


def live_a_whole_life(letter):
    row = sign_up(letter, **CANARY, consent_comment=True)
    sign_up(letter, **{**CANARY, "display_name": "Zyx Other Attempt"})
    signing.confirm(row.public_id)
    managing.correct(row.public_id, correction_of(row, position="Zyxposition Two"))
    managing.hide(row.public_id, hidden=True)
    managing.ask_for_link(letter, CANARY["email"])
    sign_up(letter, **{**CANARY, "display_name": "Zyx Third Attempt"})
    counting.refresh()
    return row


@pytest.mark.parametrize("before", ["standing", "withdrawn"])
def test_erase_leaves_no_byte_of_the_person_in_any_table(before):
    letter = make_letter()
    row = live_a_whole_life(letter)
    stored = dump()
    assert b"zyx-canary quetzal" in stored
    assert b"zyxcanary@" not in stored  # sealed at all times
    assert traces(letter.pk)[2].lower() in stored
    if before == "withdrawn":
        managing.withdraw(row.public_id)

    managing.erase(row.public_id)
    managing.erase(row.public_id)

    left = dump()
    assert [trace for trace in traces(letter.pk) if trace.lower() in left] == []
    tombstone = Signature.objects.get()
    assert (tombstone.state, tombstone.email, tombstone.version) == ("withdrawn", "", letter.version)
    assert tombstone.consent_text_sha256
    assert AuditEvent.objects.filter(action="signature-erased").count() == 1


def test_erase_of_a_pending_attempt_deletes_the_row():
    letter = make_letter()
    row = sign_up(letter, **CANARY)

    managing.erase(row.public_id)

    assert not Signature.objects.exists()
    assert not Message.objects.exists()
    assert [trace for trace in traces(letter.pk) if trace.lower() in dump()] == []


def test_erase_leaves_everybody_else_alone():
    letter = make_letter()
    row, bob = sign_and_confirm(letter), sign_and_confirm(letter, "bob")

    managing.erase(row.public_id)

    bob.refresh_from_db()
    assert (bob.state, bob.email) == ("confirmed", "bob@example.org")
    assert Evidence.objects.get().signature == bob


# --- the lost link, and my data ---


@pytest.mark.parametrize(
    ("state", "built"),
    [("confirmed", "mine_link"), ("hidden", "mine_link"), ("pending", "gone"), ("withdrawn", "gone"), (None, "gone")],
)
def test_ask_for_link_does_the_same_work_for_everybody_and_mails_the_owner_alone(state, built):
    letter = make_letter()
    row = make_signature(letter, state=state, email="suzie@example.com") if state else None

    managing.ask_for_link(letter, "Suzie+x@example.com")

    message = Message.objects.get()
    assert (message.kind, bytes(message.recipient_index or b"")) == (
        "mine_link", suppressing.index_of("suzie@example.com"),
    )  # fmt: skip
    mail = emails.build_mine_link([message])[message.pk]
    if built == "gone":
        assert mail.code == "gone"
    else:
        assert row is not None
        assert mail.to == "suzie@example.com"
        assert managing.token_for(row) in mail.text


def test_ask_for_link_looks_into_this_letter_alone():
    make_signature(email="suzie@example.com")

    managing.ask_for_link(make_letter(), "suzie@example.com")

    message = Message.objects.get()
    assert emails.build_mine_link([message])[message.pk].code == "gone"


def test_data_of_holds_all_that_the_person_gave_and_is_json():
    with time_machine.travel("2026-11-23 14:00Z", tick=False):
        row = sign_and_confirm(make_letter(slug="lift"), comment="Well.", consent_press=True)
        managing.hide(row.public_id, hidden=True)
    row.refresh_from_db()

    data = json.loads(json.dumps(disclosing.data_of(row)))

    assert data["email"] == "suzie@example.com"
    assert data["display_name"] == "Suzie van der Berg"
    assert (data["letter"], data["letter_version"], data["text_sha256"]) == ("lift", 1, row.version.sha256)
    assert (data["comment"], data["consent_press"], data["consent_quote"]) == ("Well.", True, False)
    assert data["confirmed_at"] == data["hidden_at"] == "2026-11-23T14:00:00+00:00"
    assert data["withdrawn_at"] is None
    stored = {field.name for field in Signature._meta.concrete_fields}
    derived = {"id", "is_sample", "list_key", "search_text", "version", "public_id",
               "email_sealed", "email_index_odd", "email_index_even"}  # fmt: skip
    assert stored - derived - set(data) == set()


def test_unknown_ids_are_refused():
    for act in (managing.withdraw, managing.erase, lambda i: managing.hide(i, hidden=True)):
        with pytest.raises(signing.LinkExpired):
            act(uuid.uuid4())


def test_withdrawal_is_out_of_the_count_with_the_next_refresh():
    letter = make_letter()
    row = sign_and_confirm(letter)
    counting.refresh()
    managing.withdraw(row.public_id)

    counting.refresh(now=timezone.now() + timedelta(seconds=5))

    tally = Tally.objects.get()
    assert (tally.persons, tally.withdrawn) == (0, 1)
