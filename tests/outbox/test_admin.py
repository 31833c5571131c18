import pytest

from letters.outbox.models import Message, Suppression, SuppressionReason
from letters.outbox.suppressing import suppress
from tests.factories import make_message, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_user("mona", is_staff=True, is_superuser=True))
    return client


def test_operator_gives_dead_mails_a_new_start(desk):
    dead, sent = make_message(state="dead", attempts=12), make_message(state="sent")

    answer = desk.post(
        "/admin/outbox/message/", {"action": "try_again", "_selected_action": [dead.pk, sent.pk]}, follow=True
    )

    assert "1 mails are due again." in answer.text
    assert sorted(Message.objects.values_list("state", flat=True)) == ["due", "sent"]


@pytest.mark.parametrize("address", ["/admin/outbox/message/add/", "/admin/outbox/suppression/add/"])
def test_operator_adds_no_mail_and_no_block(desk, address):
    assert desk.get(address).status_code == 403


def test_operator_changes_no_mail_and_sees_no_address(desk):
    message = make_message(state="dead")
    block = suppress("suzie@example.com", SuppressionReason.NOT_ME)

    assert desk.post(f"/admin/outbox/message/{message.pk}/change/", {"state": "sent"}).status_code == 403
    assert desk.post(f"/admin/outbox/suppression/{block.pk}/change/", {"reason": "bounce"}).status_code == 403
    assert "suzie@" not in desk.get("/admin/outbox/suppression/").text
    assert Message.objects.get().state == "dead"
    assert Suppression.objects.get().reason == "not_me"
