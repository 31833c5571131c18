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
    row = make_signature(is_invited=True)

    deciding.set_role(row, role="selected", by="user:1")
    deciding.set_role(row, role="selected", by="user:1")
    row.refresh_from_db()
    assert row.role == "selected"

    deciding.set_role(row, role="signatory", by="user:1")
    row.refresh_from_db()
    assert row.role == "signatory"
    assert events() == [("user:1", "signature-placed", "selected"), ("user:1", "signature-placed", "signatory")]


def test_set_role_refuses_whom_nobody_invited_or_checked():
    row = make_signature(verification="affiliation")

    with pytest.raises(RuleError) as refused:
        deciding.set_role(row, role="selected", by="user:1")

    assert refused.value.code == "unchecked"
