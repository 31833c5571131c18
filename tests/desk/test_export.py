"""The page that hands out addresses: for those with the right, with a second factor, a purpose and a limit."""

import pytest
from django.urls import reverse

from campaign.desk import access, limits
from letters.press.models import Export
from tests.factories import make_letter, make_signature, make_team, make_user
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db
GOOD = {"which": "updates", "purpose": "event", "reason": "Invitation to our meeting in May"}


@pytest.fixture
def letter(db):
    letter = make_letter()
    make_team("alice", letter=letter)
    return letter


@pytest.fixture
def path(letter):
    return reverse("desk:export", args=[letter.slug])


@pytest.fixture
def alice(client, letter, monkeypatch):
    """Logged in, with her second factor shown."""
    from letters.accounts.models import User  # noqa: PLC0415 - needs the settings

    monkeypatch.setattr(access.factor, "is_shown", lambda request: True)
    client.force_login(User.objects.get(email="alice@example.org"))
    return client


def test_list_is_streamed_as_a_file_and_stored_nowhere(alice, letter, path):
    make_signature(letter, email="yes@example.org", consent_updates=True)

    response = alice.post(path, GOOD)

    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith(f'attachment; filename="addresses-{letter.slug}-')
    assert response.headers["Cache-Control"] == "no-store"
    assert "yes@example.org" in response.getvalue().decode()


def test_log_says_who_took_which_list_and_what_for(alice, path):
    assert "Nobody has taken a list yet." in words_of(alice.get(path))

    alice.post(path, GOOD)

    words = words_of(alice.get(path))
    assert "alice@example.org" in words
    assert "Invitation to our meeting in May" in words


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"which": ""}, "Choose a list."),
        ({"which": "theirs"}, "Choose one of the lists shown here."),
        ({"purpose": ""}, "Choose what the list is for."),
        ({"purpose": "fun"}, "Choose one of the purposes of the list."),
        ({"reason": ""}, "Say in a few words what the list is for."),
        ({"reason": "May"}, "Say in a few words what the list is for."),
        ({"reason": "x" * 301}, "300 characters"),
    ],
)
def test_refused_form_keeps_what_was_typed_and_hands_out_nothing(alice, path, changes, sentence):
    response = alice.post(path, {**GOOD, **changes})

    assert response.status_code == 422
    assert sentence in words_of(response)
    if "reason" not in changes:
        assert "Invitation to our meeting in May" in response.content.decode()
    assert Export.objects.count() == 0


def test_sixth_list_within_the_hour_waits(alice, path):
    for _number in range(limits.EXPORTS_AN_HOUR):
        assert alice.post(path, GOOD).status_code == 200

    response = alice.post(path, GOOD)

    assert (response.status_code, "You have taken 5 lists within the hour." in words_of(response)) == (409, True)
    assert Export.objects.count() == limits.EXPORTS_AN_HOUR


def test_without_the_second_factor_nothing_is_shown(client, letter, path):
    from letters.accounts.models import User  # noqa: PLC0415 - needs the settings

    client.force_login(User.objects.get(email="alice@example.org"))

    assert client.get(path).status_code == 302
    assert client.post(path, GOOD).status_code == 403
    assert Export.objects.count() == 0


@pytest.mark.parametrize("role", ["editor", "moderator", "reviewer", "reader"])
def test_role_without_the_right_finds_nothing(client, letter, path, role):
    make_team("bob", role, letter=letter, is_owner=False, may_export=True, consent_line="We may write to you.")
    from letters.accounts.models import User  # noqa: PLC0415 - needs the settings

    client.force_login(User.objects.get(email="bob@example.org"))

    assert client.get(path).status_code == 404


def test_team_without_a_list_is_told_why(client, letter, path, monkeypatch):
    monkeypatch.setattr(access.factor, "is_shown", lambda request: True)
    make_team("bob", letter=letter, is_owner=False, may_export=True)
    from letters.accounts.models import User  # noqa: PLC0415 - needs the settings

    client.force_login(User.objects.get(email="bob@example.org"))

    assert "There is no list for your team" in words_of(client.get(path))


@pytest.mark.parametrize("item_count", [1, 3])
def test_log_costs_the_same_at_any_length(alice, path, item_count, django_assert_num_queries):
    for _number in range(item_count):
        alice.post(path, GOOD)
    make_user("mona")

    with django_assert_num_queries(8):
        alice.get(path)
