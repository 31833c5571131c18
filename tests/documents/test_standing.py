"""Who may do what with a letter, because of which team."""

import pytest

from letters.accounts.models import Membership, User
from letters.accounts.permissions import Permission
from letters.documents import standing
from letters.documents.models import LetterTeam
from tests.factories import CAST, make_letter, make_team, make_user

pytestmark = pytest.mark.django_db
ALL = set(Permission)
EDITOR = {Permission.VIEW, Permission.EDIT_TEXT, Permission.PUBLISH, Permission.MAIL}


def who(person):
    return User.objects.get(email=CAST[person].email)


def granted(person, letter):
    """The permissions, as the list of letters, the single question and the summary each tell them."""
    user = who(person)
    found = {p for p in Permission if standing.may(user, letter, p)}
    assert found == standing.permissions_for(user, letter)
    return found


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("owner", ALL),
        ("editor", EDITOR),
        ("moderator", {Permission.VIEW, Permission.REVIEW, Permission.DECIDE_IN_BULK}),
        ("reviewer", {Permission.VIEW, Permission.REVIEW}),
        ("reader", {Permission.VIEW}),
    ],
)
def test_roles_of_the_owning_team(role, expected):
    letter = make_letter()
    make_team("alice", role, letter=letter)

    assert granted("alice", letter) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({}, {Permission.VIEW}),
        ({"may_export": True}, {Permission.VIEW, Permission.EXPORT}),
        ({"may_work": True}, ALL - {Permission.EXPORT, Permission.MANAGE_TEAM}),
        ({"may_work": True, "may_export": True}, ALL - {Permission.MANAGE_TEAM}),
    ],
)
def test_an_owner_of_a_team_that_only_stands_behind_the_letter(link, expected):
    letter = make_letter()
    make_team("alice", letter=letter)
    make_team("bob", letter=letter, is_owner=False, **link)

    assert granted("bob", letter) == expected


def test_the_roles_of_other_members_are_not_mine():
    letter = make_letter()
    team = make_team("alice", letter=letter)
    Membership.objects.create(team=team, user=make_user("bob"), role="reader")

    assert granted("bob", letter) == {Permission.VIEW}


def test_two_teams_add_up():
    letter = make_letter()
    make_team("bob", "reviewer", letter=letter)
    make_team("bob", "owner", letter=letter, is_owner=False, may_export=True)

    assert granted("bob", letter) == {Permission.VIEW, Permission.REVIEW, Permission.EXPORT}


def test_strangers_and_teams_of_other_letters_find_nothing():
    letter, other = make_letter(), make_letter()
    make_team("alice", letter=other)
    make_user("charlie")

    assert (granted("alice", letter), granted("charlie", letter)) == (set(), set())


def test_operators_may_everything_while_their_account_is_active():
    letter = make_letter()
    mona = make_user("mona", is_staff=True)
    assert granted("mona", letter) == ALL

    mona.is_active = False
    mona.save()

    assert granted("mona", letter) == set()


def test_a_switched_off_member_may_nothing():
    letter = make_letter()
    make_team("alice", letter=letter)
    User.objects.update(is_active=False)

    assert granted("alice", letter) == set()


def test_an_orphan_has_no_owner():
    letter = make_letter()
    team = make_team("alice", letter=letter)
    assert standing.owner_of(letter) == team

    LetterTeam.objects.update(is_owner=False)

    assert standing.owner_of(letter) is None
