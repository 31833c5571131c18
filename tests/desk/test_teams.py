"""The pages of teams, joining by the link of a mail, and the teams behind a letter."""

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.accounts import teams
from letters.accounts.models import Membership, Team, TeamInvitation, User
from letters.documents import standing, teaming
from letters.documents.models import LetterTeam, TeamOffer
from tests.factories import CAST, make_letter, make_team, make_user

pytestmark = pytest.mark.django_db
BOB = CAST["bob"].email
LINE = "Friends of the Library may write to me."


@pytest.fixture
def alice(client):
    client.force_login(make_user("alice"))
    return User.objects.get(email=CAST["alice"].email)


@pytest.fixture
def team(alice):
    return teams.create("Friends of the Library", by=alice)


def page_of(team):
    return reverse("desk:team", args=[team.public_id])


def send(client, team, action, **typed):
    return client.post(page_of(team), {"action": action, **typed})


def test_new_team_is_made_and_shown(client, alice):
    answer = client.post(reverse("desk:team-new"), {"name": "Friends of the Library"})

    team = Team.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, page_of(team))
    assert "Friends of the Library" in client.get(reverse("desk:teams")).content.decode()


@pytest.mark.parametrize("name", ["", "see www.evil.example", "Win at evil.com", "Win at Evil.Com", "x" * 101])
def test_name_that_cannot_be_used_is_refused_and_kept(client, alice, name):
    answer = client.post(reverse("desk:team-new"), {"name": name})

    assert answer.status_code == 422
    assert answer.context["form"]["name"].value() == name
    assert not Team.objects.exists()


@pytest.mark.parametrize("name", ["Friends of St. Mary", "Förderverein e.V.", "Uni Freiburg i.Br.", "U.S.A. 2.0"])
def test_name_with_an_abbreviation_is_taken(name):
    assert teams.clean_name(name) == name


def test_too_many_teams_are_refused_at_the_form(client, alice, monkeypatch):
    monkeypatch.setattr(teams, "MOST_TEAMS", 0)

    answer = client.post(reverse("desk:team-new"), {"name": "One"})

    assert (answer.status_code, answer.context["form"].non_field_errors()) == (
        422,
        ["You own 0 teams; that is the most for one person."],
    )


def test_invitation_by_the_form_and_taken_back(client, team):
    assert send(client, team, "invite", **{"member-email": BOB, "member-role": "editor"}).status_code == 303
    row = TeamInvitation.objects.get()
    assert (row.email, row.role) == (BOB, "editor")
    assert BOB in client.get(page_of(team)).content.decode()

    assert send(client, team, "revoke", invitation=row.public_id).status_code == 303
    assert not TeamInvitation.objects.exists()
    assert send(client, team, "revoke", invitation=row.public_id).status_code == 409
    assert send(client, team, "revoke", invitation="x").status_code == 409


@pytest.mark.parametrize(
    ("email", "role"), [("nobody", "editor"), ("", "editor"), (BOB, "king"), (f"{BOB},x@y.zz", "editor")]
)
def test_invitation_with_a_mistake_keeps_what_was_typed(client, team, email, role):
    answer = send(client, team, "invite", **{"member-email": email, "member-role": role})

    assert answer.status_code == 422
    assert answer.context["shown"].member["email"].value() == email
    assert not TeamInvitation.objects.exists()


def test_second_invitation_of_an_address_is_a_conflict(client, team):
    typed = {"member-email": BOB, "member-role": "editor"}
    send(client, team, "invite", **typed)

    answer = send(client, team, "invite", **typed)

    assert answer.status_code == 409
    assert "was invited and has not answered yet" in answer.content.decode()


def test_one_account_invites_few_a_day(client, team, monkeypatch):
    from campaign.desk import limits  # noqa: PLC0415 - needs the settings

    monkeypatch.setattr(limits, "TEAM_INVITATIONS_A_DAY", 1)
    send(client, team, "invite", **{"member-email": BOB, "member-role": "editor"})

    answer = send(client, team, "invite", **{"member-email": "c@example.org", "member-role": "editor"})

    assert (answer.status_code, TeamInvitation.objects.count()) == (409, 1)


def test_role_is_changed_and_a_member_removed(client, team):
    bobs = Membership.objects.create(team=team, user=make_user("bob"), role="reader")

    assert send(client, team, "role", member=bobs.pk, role="moderator").status_code == 303
    bobs.refresh_from_db()
    assert bobs.role == "moderator"
    assert send(client, team, "role", member=bobs.pk, role="king").status_code == 409
    assert send(client, team, "remove", member=bobs.pk).status_code == 303
    assert send(client, team, "remove", member=bobs.pk).status_code == 409
    assert send(client, team, "remove", member="x").status_code == 409


def test_member_of_another_team_cannot_be_touched_here(client, team):
    other = make_team("bob").memberships.get()

    invited = teams.invite(other.team, "stranger@example.org", "reader", by=other.user)
    asked = TeamOffer.objects.create(letter=make_letter(), team=other.team, offered_at=timezone.now())

    assert send(client, team, "remove", member=other.pk).status_code == 409
    assert send(client, team, "role", member=other.pk, role="reader").status_code == 409
    assert send(client, team, "revoke", invitation=invited.public_id).status_code == 409
    assert send(client, team, "refuse", offer=asked.public_id).status_code == 409
    assert Membership.objects.get(pk=other.pk).role == "owner"
    assert (TeamInvitation.objects.get(), TeamOffer.objects.get()) == (invited, asked)


def test_last_owner_is_told_why_they_cannot_leave(client, team, alice):
    answer = send(client, team, "leave")

    assert answer.status_code == 409
    assert "A team keeps at least one owner" in answer.content.decode()
    assert Membership.objects.get().user == alice


@pytest.mark.parametrize("role", ["editor", "moderator", "reviewer", "reader"])
def test_member_without_the_right_reads_and_leaves(client, alice, role):
    team = make_team("bob")
    Membership.objects.create(team=team, user=alice, role=role)
    teams.invite(team, "stranger@example.org", "reader", by=User.objects.get(email=BOB))

    page = client.get(page_of(team)).content.decode()
    assert "stranger@example.org" not in page
    assert "Invite somebody" not in page
    for action in ("invite", "rename", "revoke", "role", "remove", "accept", "nonsense"):
        assert send(client, team, action).status_code == 404
    assert send(client, team, "leave").headers["Location"] == reverse("desk:teams")
    assert client.get(page_of(team)).status_code == 404


def test_team_is_renamed(client, team):
    assert send(client, team, "rename", **{"team-name": "Library"}).status_code == 303
    assert send(client, team, "rename", **{"team-name": ""}).status_code == 422
    assert Team.objects.get().name == "Library"


def test_unknown_button_is_refused(client, team):
    assert send(client, team, "nonsense").status_code == 409


@pytest.mark.parametrize("amount", [1, 3])
def test_page_of_a_team_costs_the_same_for_one_and_three(client, team, alice, amount, django_assert_num_queries):
    for number in range(amount):
        teams.invite(team, f"p{number}@example.org", "reader", by=alice)
        user = User.objects.create_user(email=f"m{number}@example.org")
        Membership.objects.create(team=team, user=user, role="reader")
        LetterTeam.objects.create(team=team, letter=make_letter(), is_owner=True)
        owner = make_team("bob", letter=(letter := make_letter()))
        teaming.offer(letter, team, teaming.Terms(), by=owner.memberships.get().user)

    with django_assert_num_queries(7):
        client.get(page_of(team))


# --- joining ---


@pytest.fixture
def invited(db):
    """Bob's team asks Alice in."""
    team = make_team("bob")
    row = teams.invite(team, CAST["alice"].email, "editor", by=User.objects.get())
    return team, row, reverse("desk:team-join", args=[teams.token_for(row)])


def test_opened_link_joins_nobody(client, invited, alice):
    team, _row, path = invited

    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert list(team.memberships.values_list("user__email", flat=True)) == [BOB]


def test_button_joins_the_invited_person(client, invited, alice):
    team, _row, path = invited

    assert client.post(path, {"action": "join"}).headers["Location"] == page_of(team)
    assert client.get(path).status_code == 410
    assert team.memberships.get(user=alice).role == "editor"


def test_forwarded_link_shows_no_address_and_joins_nobody(client, invited):
    team, _row, path = invited
    client.force_login(make_user("charlie"))

    page = client.get(path)
    assert CAST["alice"].email not in page.content.decode()
    assert "a…@example.org" in page.content.decode()
    assert client.post(path, {"action": "join"}).status_code == 409
    assert team.memberships.count() == 1


def test_nobody_joins_without_a_login_but_anybody_with_the_link_declines(client, invited):
    _team, _row, path = invited

    assert client.post(path, {"action": "join"}).status_code == 409
    assert client.post(path, {"action": "nonsense"}).status_code == 409
    assert "your address is deleted" in client.post(path, {"action": "decline"}).content.decode()
    assert not TeamInvitation.objects.exists()


@pytest.mark.parametrize("token", ["x", "x" * 66])
def test_link_that_is_no_link_of_ours(client, token):
    answer = client.get(reverse("desk:team-join", args=[token]))

    assert (answer.status_code, answer.headers["Cache-Control"]) == (410, "no-store")


# --- teams behind a letter ---


@pytest.fixture
def letter(team):
    letter = make_letter()
    teaming.own(letter, team, by=User.objects.get(email=CAST["alice"].email))
    return letter


def teams_page(letter):
    return reverse("desk:letter-teams", args=[letter.slug])


def offered(client, letter, other, action="offer", **typed):
    prefix = action
    fields = {f"{prefix}-{name}": value for name, value in {"team": str(other.public_id), **typed}.items()}
    return client.post(teams_page(letter), {"action": action, **fields})


def test_team_is_asked_accepts_and_steps_back(client, letter):
    other = make_team("bob")
    answer = offered(client, letter, other, line=LINE, may_export="on", may_work="on")
    assert answer.status_code == 303
    offer = TeamOffer.objects.get()
    assert (offer.consent_line, offer.may_export, offer.may_work) == (LINE, True, True)
    assert "Offered, without an answer yet" in client.get(teams_page(letter)).content.decode()

    client.force_login(User.objects.get(email=BOB))
    assert LINE in client.get(page_of(other)).content.decode()
    assert send(client, other, "accept", offer=offer.public_id).status_code == 303
    link = letter.teams.get(team=other)
    assert client.get(teams_page(letter)).status_code == 200
    assert offered(client, letter, other).status_code == 404

    answer = client.post(teams_page(letter), {"action": "remove", "row": link.public_id})
    assert answer.headers["Location"] == reverse("desk:home")
    assert letter.teams.count() == 1


def test_offer_is_refused_or_taken_back(client, letter):
    other = make_team("bob")
    offered(client, letter, other)
    row = TeamOffer.objects.get()
    assert client.post(teams_page(letter), {"action": "take-back", "row": row.public_id}).status_code == 303
    assert client.post(teams_page(letter), {"action": "take-back", "row": row.public_id}).status_code == 409

    offered(client, letter, other)
    offer = TeamOffer.objects.get()
    client.force_login(User.objects.get(email=BOB))
    assert send(client, other, "refuse", offer=offer.public_id).status_code == 303
    assert send(client, other, "accept", offer=offer.public_id).status_code == 409
    assert send(client, other, "accept", offer="x").status_code == 409


@pytest.mark.parametrize(
    ("typed", "status"),
    [({"team": "nonsense"}, 422), ({"team": ""}, 422), ({"may_export": "on"}, 409), ({"line": "x" * 301}, 422)],
)
def test_offer_with_a_mistake_keeps_what_was_typed(client, letter, typed, status):
    answer = offered(client, letter, make_team("bob"), may_work="on", **typed)

    assert (answer.status_code, answer.context["offer"]["may_work"].value()) == (status, True)
    assert answer.context["offer"].errors
    assert not TeamOffer.objects.exists()


def test_letter_is_handed_over(client, letter):
    other = make_team("bob")
    assert offered(client, letter, other, action="over").status_code == 303
    offer = TeamOffer.objects.get()
    client.force_login(User.objects.get(email=BOB))

    send(client, other, "accept", offer=offer.public_id)

    assert standing.owner_of(letter) == other


def test_unknown_button_and_unknown_rows_are_refused(client, letter):
    assert client.post(teams_page(letter), {"action": "nonsense"}).status_code == 409
    assert client.post(teams_page(letter), {"action": "remove", "row": "x"}).status_code == 404
    foreign = LetterTeam.objects.create(letter=make_letter(), team=make_team("bob"))
    assert client.post(teams_page(letter), {"action": "remove", "row": foreign.public_id}).status_code == 404
    of_another = TeamOffer.objects.create(letter=foreign.letter, team=make_team("bob"), offered_at=timezone.now())
    assert client.post(teams_page(letter), {"action": "take-back", "row": of_another.public_id}).status_code == 409
    assert LetterTeam.objects.filter(pk=foreign.pk).exists()
    assert TeamOffer.objects.get() == of_another


@pytest.mark.parametrize("amount", [1, 3])
def test_teams_of_a_letter_cost_the_same_for_one_and_three(client, letter, alice, amount, django_assert_num_queries):
    for _ in range(amount):
        LetterTeam.objects.create(letter=letter, team=make_team("bob"))
        teaming.offer(letter, make_team("charlie"), teaming.Terms(), by=alice)

    with django_assert_num_queries(7):
        client.get(teams_page(letter))


def test_operator_gives_a_letter_to_a_team(client):
    client.force_login(make_user("mona", is_staff=True))
    letter, team = make_letter(), make_team("bob")
    path = reverse("desk:orphans")
    assert letter.title in client.get(path).content.decode()

    assert client.post(path, {"letter": letter.slug, "team": "nonsense"}).status_code == 422
    assert client.post(path, {"letter": letter.slug, "team": str(team.public_id)}).status_code == 303
    assert standing.owner_of(letter) == team
    assert client.post(path, {"letter": letter.slug, "team": str(team.public_id)}).status_code == 409
    assert "Every letter has an owner" in client.get(path).content.decode()
