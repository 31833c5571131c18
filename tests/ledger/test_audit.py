from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from letters.ledger import audit
from letters.ledger.models import AuditEvent
from tests.factories import make_letter, make_signature, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_record_appends_label_and_id_and_no_name():
    row = make_signature()
    AuditEvent.objects.all().delete()

    audit.record(audit.Action.SIGNATURE_HIDDEN, row, by="signatory", detail="why")
    audit.record(audit.Action.LETTER_MOVED, row.letter, by="user:1")
    audit.record(audit.Action.KEYS_ROTATED, "keys:7", by="command")

    assert list(AuditEvent.objects.order_by("id").values_list("action", "object_label", "object_id", "detail")) == [
        ("signature-hidden", "signatures.signature", str(row.public_id), "why"),
        ("letter-moved", "documents.letter", str(row.letter.pk), ""),
        ("keys-rotated", "keys", "7", ""),
    ]
    assert "Suzie" not in " ".join(map(str, AuditEvent.objects.values_list()))


def test_record_is_undone_with_its_transaction():
    @transaction.atomic
    def fail_later():
        audit.record(audit.Action.KEYS_ROTATED, "keys:", by="command")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_later()

    assert not AuditEvent.objects.exists()


def test_database_refuses_to_change_an_event():
    audit.record(audit.Action.KEYS_ROTATED, "keys:", by="command")

    with pytest.raises(DatabaseError, match="an audit event never changes"), transaction.atomic():
        AuditEvent.objects.update(actor="somebody else")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_auditevent SET detail = 'x'")

    assert AuditEvent.objects.get().actor == "command"


def test_purge_deletes_what_is_older_than_a_year_alone():
    audit.record(audit.Action.KEYS_ROTATED, "keys:", by="command")
    now = timezone.now()

    assert audit.purge(now + timedelta(days=364)) == 0
    assert audit.purge(now + timedelta(days=366)) == 1


def test_operator_reads_and_changes_nothing(client):
    make_letter()
    client.force_login(make_user("mona", is_staff=True, is_superuser=True))
    event = AuditEvent.objects.first()

    assert client.get("/admin/ledger/auditevent/").status_code == 200
    assert client.get("/admin/ledger/auditevent/add/").status_code == 403
    for act in ("change", "delete"):
        assert client.post(f"/admin/ledger/auditevent/{event.pk}/{act}/", {"post": "yes"}).status_code == 403
    assert str(event) == f"{event.action} documents.letter:{event.object_id}"
