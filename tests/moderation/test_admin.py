import pytest

from tests.factories import make_signature, make_user

pytestmark = pytest.mark.django_db


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


def test_two_operators_set_a_role_and_see_no_address(desk, client):
    row = make_signature(is_invited=True, email="zyx@secret.example.org")
    address = f"/admin/signatures/signature/{row.pk}/change/"

    assert "secret" not in desk.get(address).text
    desk.post(address, {"role": "initiator", "display_name": "Somebody Else"})
    row.refresh_from_db()
    assert (row.role, row.display_name) == ("signatory", "Suzie van der Berg")

    client.force_login(make_user("mona", is_staff=True, is_superuser=True))
    client.post(address, {"role": "initiator"})
    row.refresh_from_db()
    assert row.role == "initiator"
    assert desk.get("/admin/signatures/signature/add/").status_code == 403
    assert desk.post(f"/admin/signatures/signature/{row.pk}/delete/").status_code == 403
    assert desk.get("/admin/signatures/tally/add/").status_code == 403
