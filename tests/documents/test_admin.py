import pytest

from tests.factories import make_letter

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("before", "action", "after", "complaint"),
    [
        ("paused", "open_letters", "open", ""),
        ("open", "pause_letters", "paused", ""),
        ("open", "close_letters", "closed", ""),
        ("draft", "close_letters", "draft", "A letter that is draft cannot become closed."),
    ],
)
def test_operator_moves_a_letter_between_its_states(admin_client, before, action, after, complaint):
    letter = make_letter(state=before)

    page = admin_client.post(
        "/admin/documents/letter/", {"action": action, "_selected_action": [letter.pk]}, follow=True
    ).text

    letter.refresh_from_db()
    assert letter.state == after
    assert complaint in page


def test_operator_changes_no_text_by_hand(admin_client):
    letter = make_letter()

    for address in ("letter/add/", "version/add/"):
        assert admin_client.get(f"/admin/documents/{address}").status_code == 403
    version = f"/admin/documents/version/{letter.version.pk}"
    assert admin_client.post(f"{version}/change/", {"title": "x"}).status_code == 403
    assert admin_client.post(f"{version}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.post(f"/admin/documents/letter/{letter.pk}/change/", {"slug": "x"}).status_code == 403
