import pytest

from letters.core.errors import RuleError
from letters.ledger.models import AuditEvent
from letters.signatures import deciding, managing
from letters.signatures.models import Signature
from letters.verification.models import Evidence
from tests.factories import make_letter, make_signature, sign_and_confirm

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def events():
    return list(AuditEvent.objects.exclude(action__startswith="letter").exclude(action__startswith="version")
                .order_by("id").values_list("actor", "action", "detail"))  # fmt: skip


def test_release_prints_a_held_line_once():
    row = make_signature(state="held")

    deciding.release(row, by="user:1")
    deciding.release(row, by="user:1")

    assert list(Signature.objects.public()) == [row]
    assert events() == [("user:1", "signature-released", "")]
    before = row.changed_at
    row.refresh_from_db()
    assert row.changed_at > before


def test_remove_takes_a_line_away_and_restore_brings_it_back():
    row = sign_and_confirm(make_letter())

    deciding.remove(row, reason="impersonation", by="user:1")
    deciding.remove(row, reason="impersonation", by="user:1")
    row.refresh_from_db()
    assert (row.state, row.removed_reason, row.removed_at == row.changed_at) == ("removed", "impersonation", True)
    assert not Signature.objects.public().exists()

    deciding.restore(row, by="user:2")
    row.refresh_from_db()
    assert (row.state, row.removed_reason, row.removed_at) == ("confirmed", "", None)
    assert list(Signature.objects.public()) == [row]
    assert Evidence.objects.count() == 1
    assert events() == [("user:1", "signature-removed", "impersonation"), ("user:2", "signature-restored", "")]


def test_remove_needs_one_of_the_reasons():
    row = make_signature()

    with pytest.raises(RuleError, match="Give one of these reasons") as refused:
        deciding.remove(row, reason="I do not like it", by="user:1")

    assert refused.value.code == "reason"
    row.refresh_from_db()
    assert row.state == "confirmed"


@pytest.mark.parametrize("state", ["pending", "withdrawn", "erased"])
def test_remove_and_set_role_refuse_what_does_not_stand(state):
    row = make_signature(state=state)

    for act in (lambda: deciding.remove(row, reason="duplicate", by="user:1"),
                lambda: deciding.set_role(row, role="selected", by="user:1")):  # fmt: skip
        with pytest.raises(RuleError) as refused:
            act()
        assert refused.value.code == "not-confirmed"


@pytest.mark.parametrize("state", ["pending", "confirmed", "withdrawn", "erased"])
def test_restore_refuses_what_was_not_removed(state):
    row = make_signature(state=state)

    with pytest.raises(RuleError) as refused:
        deciding.restore(row, by="user:1")

    assert refused.value.code == "not-removed"


def test_restore_refuses_what_its_owner_erased_meanwhile():
    row = make_signature(state="removed")
    managing.erase(row.public_id)

    with pytest.raises(RuleError):
        deciding.restore(row, by="user:1")


def test_set_role_puts_a_line_above_the_list_and_back():
    row = make_signature()

    deciding.set_role(row, role="selected", by="user:1")
    deciding.set_role(row, role="selected", by="user:1")
    row.refresh_from_db()
    assert row.role == "selected"

    deciding.set_role(row, role="signatory", by="user:1")
    row.refresh_from_db()
    assert row.role == "signatory"
    assert events() == [("user:1", "signature-placed", "selected"), ("user:1", "signature-placed", "signatory")]


# --- the same by an operator's hand ---


@pytest.fixture
def desk(admin_client):
    return admin_client


def act(desk, action, *rows):
    ids = [row.pk for row in rows]
    return desk.post("/admin/signatures/signature/", {"action": action, "_selected_action": ids}, follow=True).text


@pytest.mark.parametrize(
    ("before", "action", "state", "reason"),
    [
        ("held", "release", "confirmed", ""),
        ("confirmed", "remove_not_a_person", "removed", "not-a-person"),
        ("confirmed", "remove_impersonation", "removed", "impersonation"),
        ("confirmed", "remove_duplicate", "removed", "duplicate"),
        ("removed", "restore", "confirmed", ""),
    ],
)
def test_operator_decides(desk, before, action, state, reason):
    row, pending = make_signature(state=before), make_signature(state="pending")

    text = act(desk, action, row, pending)

    row.refresh_from_db()
    assert (row.state, row.removed_reason, row.held_reason) == (state, reason, "")
    assert ("2 done." if action == "release" else "1 done.") in text
    if action != "release":
        assert str(pending.public_id) in text


def test_operator_sets_a_role_and_sees_no_address(desk):
    row = make_signature(email="zyx@secret.example.org")
    address = f"/admin/signatures/signature/{row.pk}/change/"

    assert "secret" not in desk.get(address).text
    desk.post(address, {"role": "initiator", "display_name": "Somebody Else"})

    row.refresh_from_db()
    assert (row.role, row.display_name) == ("initiator", "Suzie van der Berg")
    assert desk.get("/admin/signatures/signature/add/").status_code == 403
    assert desk.post(f"/admin/signatures/signature/{row.pk}/delete/").status_code == 403
    assert desk.get("/admin/signatures/tally/add/").status_code == 403
