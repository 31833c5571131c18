from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.core.errors import RuleError
from letters.ledger.models import AuditEvent
from letters.moderation import importing, retaining
from letters.moderation.models import ListImport
from letters.outbox import suppressing
from letters.outbox.models import Message, SuppressionReason
from letters.signatures import inviting
from letters.signatures.models import Invitation, Signature
from tests.factories import make_invitation, make_letter, make_signature, make_team, make_user

pytestmark = pytest.mark.django_db
LIST = b"""Full name,E-mail,Year
Ada Example,ada@uni.example,1
Bea Example,bea@uni.example,2
,nobody@uni.example,3
Cleo Example,not an address,4
Ada Again,ADA@uni.example,5
=cmd(),dora@uni.example,6
Signed Person,signed@uni.example,7
Invited Person,invited@uni.example,8
Blocked Person,blocked@uni.example,9
"""
COLUMNS = {"name": 0, "email": 1}


@pytest.fixture
def letter(db):
    letter = make_letter()
    make_signature(letter, email="signed@uni.example")
    make_invitation(letter, email="invited@uni.example")
    suppressing.suppress("blocked@uni.example", SuppressionReason.NOT_ME)
    return letter


def begun(letter, mona, content=LIST):
    row = importing.upload(letter, content, by=mona)
    importing.start(row.public_id, columns=COLUMNS, source="Our conference", role="signatory", by=mona)
    return row


def test_every_row_is_read_with_its_problem(letter, mona):
    row = importing.upload(letter, LIST, by=mona)
    assert row.columns == COLUMNS

    errors = [read.error for read in importing.rows_of(letter, importing.table_of(row), row.columns)]

    assert errors[:2] == ["", ""]
    assert errors[2] == "There is no name."
    assert errors[3] != ""
    assert errors[4] == "The same address stands in row 2."
    assert errors[5] == "A cell holds a formula. Write its result there."
    assert errors[6:] == [
        str(error.default) for error in (inviting.HasSigned, inviting.AlreadyInvited, inviting.MailBlocked)
    ]
    assert Invitation.objects.count() == 1


def test_a_table_of_the_release_before_is_read(letter, mona):
    row = importing.upload(letter, LIST, by=mona)
    table = importing.table_of(row)
    row.rows_sealed = importing._seal(row, "rows", {"header": table.header, "rows": table.rows, "first": 2})

    assert importing.table_of(row) == table


def test_broken_letters_are_not_invited(letter, mona):
    content = "Name,E-mail\nM\u00c3\u00bcller,m@uni.example\nMüller,n@uni.example\n".encode()
    row = importing.upload(letter, content, by=mona)

    errors = [read.error for read in importing.rows_of(letter, importing.table_of(row), row.columns)]

    assert errors == ["The letters are broken. Save the list as CSV in UTF-8 or as .xlsx.", ""]


def test_what_was_left_comes_back_with_columns_that_are_known_again(letter, mona):
    row = begun(letter, mona, b"Mail,Who\n\nada@uni.example,\nno address,Bea\n")
    ListImport.objects.filter(pk=row.pk).update(columns={"email": 0, "name": 1})
    importing.run_due()
    row.refresh_from_db()

    assert [cells[0] for cells in importing.left_of(row)] == ["3", "4"]
    header = importing.header_of_left(row)
    assert header == ["Row", "e-mail", "name", "Why not"]
    assert importing.guess(header) == {"email": 1, "name": 2}


def test_a_list_makes_invitations_and_never_signatures(letter, mona):
    row = begun(letter, mona)
    before = Signature.objects.count()

    importing.run_due()

    row.refresh_from_db()
    assert (row.state, row.sent_count, row.left_count, row.rows_sealed) == ("done", 2, 7, None)
    assert Signature.objects.count() == before
    names = Invitation.objects.exclude(name="Suzie van der Berg").order_by("name").values_list("name", "address_source")
    assert list(names) == [("Ada Example", "Our conference"), ("Bea Example", "Our conference")]
    assert Message.objects.filter(kind="invitation").count() == 2
    assert [cells[0] for cells in importing.left_of(row)] == ["4", "5", "6", "7", "8", "9", "10"]


def test_batches_go_on_where_they_stopped_and_invite_nobody_twice(letter, mona, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 1)
    row = begun(letter, mona)

    assert importing.step(row.pk)
    row.refresh_from_db()
    assert (row.next_row, row.sent_count) == (1, 1)
    importing.run_due()
    row.refresh_from_db()
    assert (row.sent_count, row.left_count) == (2, 7)
    assert importing.run_due() == 0


def test_stopping_deletes_the_rows(letter, mona):
    row = begun(letter, mona)

    importing.stop(row.public_id, by=mona)

    row.refresh_from_db()
    assert (row.state, row.rows_sealed, importing.run_due()) == ("stopped", None, 0)


@pytest.mark.parametrize("leaves", ["team", "account", "role"])
def test_nobody_is_invited_for_whoever_left(letter, monkeypatch, leaves):
    monkeypatch.setattr(importing, "BATCH", 1)
    bob = make_user("bob")
    member = make_team("alice", letter=letter).memberships.create(user=bob, role="editor")
    row = begun(letter, bob)
    assert importing.step(row.pk)

    if leaves == "account":
        bob.delete()
    elif leaves == "team":
        member.delete()
    else:
        type(member).objects.filter(pk=member.pk).update(role="reader")
    importing.run_due()

    row.refresh_from_db()
    assert (row.state, row.sent_count, row.rows_sealed) == ("stopped", 1, None)


def test_rows_are_sealed_and_gone_after_a_day(letter, mona):
    read = importing.upload(letter, LIST, by=mona)
    sent = begun(letter, mona)
    assert b"ada@uni.example" not in bytes(read.rows_sealed)
    importing.run_due()

    with time_machine.travel(timezone.now() + importing.KEPT + timedelta(seconds=1)):
        retaining.run()

    assert list(ListImport.objects.values_list("pk", "rows_sealed", "left_sealed")) == [(sent.pk, None, None)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"columns": {"name": 0}}, "columns"), ({"columns": {"email": 1}}, "columns"), ({"source": " "}, "source")],
)
def test_what_is_missing_is_asked_for(letter, mona, changes, code):
    row = importing.upload(letter, LIST, by=mona)

    with pytest.raises(RuleError) as error:
        importing.start(
            row.public_id, **{"columns": COLUMNS, "source": "Us", "role": "signatory", "by": mona, **changes}
        )
    assert error.value.code == code


def test_given_and_family_names_are_one_name(letter, mona):
    row = importing.upload(letter, b"First name;Surname;Mail\nAda;Lovelace;al@uni.example\n", by=mona)
    assert row.columns == {"given": 0, "family": 1, "email": 2}

    (read,) = importing.rows_of(letter, importing.table_of(row), row.columns)
    assert (read.name, read.email) == ("Ada Lovelace", "al@uni.example")


def test_a_letter_that_does_not_invite_takes_no_list(mona):
    with pytest.raises(inviting.NotInviting):
        importing.upload(make_letter(state="closed"), LIST, by=mona)


@pytest.mark.parametrize("item_count", [1, 3])
def test_looking_costs_the_same_for_one_and_for_many(mona, item_count, django_assert_num_queries):
    letter = make_letter()
    lines = b"".join(b"Ada Example,a%d@uni.example\n" % n for n in range(item_count))
    table = importing.table_of(importing.upload(letter, b"Name,Mail\n" + lines, by=mona))

    with django_assert_num_queries(3):  # blocked, signed, invited
        importing.rows_of(letter, table, COLUMNS)


def test_audit_holds_ids_and_counts_alone(letter, mona):
    begun(letter, mona)
    importing.run_due()

    found = AuditEvent.objects.filter(action__startswith="list-").order_by("id").values_list("action", "detail")
    assert list(found) == [("list-uploaded", "9"), ("list-ended", "done:2")]
