"""Teams: an invitation binds to its address, the last owner stays, and nothing of an answered invitation is kept."""

import pytest
import time_machine
from django.utils import timezone

from letters.accounts import emails, permissions, tasks, teams
from letters.accounts.models import TEAM_INVITATION_KEPT, Membership, TeamInvitation, TeamRole
from letters.accounts.permissions import Permission
from letters.core import addresses
from letters.core.errors import LinkInvalid
from letters.ledger.models import AuditEvent
from letters.outbox import suppressing
from letters.outbox.models import Message, SuppressionReason
from tests.factories import CAST, make_team, make_user

pytestmark = pytest.mark.django_db
BOB = CAST["bob"].email


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def team(alice):
    return teams.create("Friends of the Library", by=alice)


def role_of(team, user):
    return Membership.objects.get(team=team, user=user).role


def actions():
    return [event.action for event in AuditEvent.objects.order_by("pk")]


def test_team_belongs_to_whoever_made_it(alice, team):
    assert (team.name, role_of(team, alice)) == ("Friends of the Library", "owner")
    assert actions() == ["team-created"]


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 101, "Win at https://evil.example", "www.evil.example", "me@evil.example", "a\u202eb"]
)
def test_name_that_could_pass_for_an_advertisement_or_hides_something_is_refused(alice, name):
    with pytest.raises(teams.RuleError):
        teams.create(name, by=alice)


def test_nobody_owns_more_teams_than_allowed(alice):
    for number in range(teams.MOST_TEAMS):
        teams.create(f"Team {number}", by=alice)

    with pytest.raises(teams.TooMany):
        teams.create("One more", by=alice)


def test_invitation_keeps_the_address_sealed_and_queues_one_mail(alice, team):
    row = teams.invite(team, BOB, "editor", by=alice)

    row.refresh_from_db()
    assert row.email == BOB
    assert BOB.encode() not in bytes(row.email_sealed) + bytes(row.email_index)
    assert [(m.kind, m.subject_id) for m in Message.objects.all()] == [("team_invitation", row.public_id)]
    mail = emails.build_team_invitation(Message.objects.all())[Message.objects.get().pk]
    assert (mail.to, mail.subject) == (BOB, "Join a team on Undersigned")
    assert teams.token_for(row) in mail.text
    assert BOB not in " ".join(AuditEvent.objects.values_list("detail", flat=True))


def test_address_is_asked_once_and_a_member_never(alice, team):
    teams.invite(team, BOB, "editor", by=alice)

    with pytest.raises(teams.AlreadyAsked):
        teams.invite(team, BOB.upper(), "reader", by=alice)
    with pytest.raises(teams.AlreadyMember):
        teams.invite(team, "ALICE+desk@example.org", "reader", by=alice)
    suppressing.suppress("nobody@example.org", SuppressionReason.NOT_ME)
    with pytest.raises(teams.MailBlocked):
        teams.invite(team, "nobody@example.org", "reader", by=alice)
    with pytest.raises(addresses.AddressRefused):
        teams.invite(team, "nobody", "reader", by=alice)


def test_many_open_invitations_are_refused(alice, team, monkeypatch):
    monkeypatch.setattr(teams, "MOST_OPEN", 1)
    teams.invite(team, BOB, "editor", by=alice)

    with pytest.raises(teams.TooMany):
        teams.invite(team, CAST["charlie"].email, "editor", by=alice)


def test_invited_person_joins_and_the_address_is_gone(alice, team):
    row, bob = teams.invite(team, BOB, "moderator", by=alice), make_user("bob")

    member = teams.join(teams.invitation_for(teams.token_for(row)), by=bob)

    assert (member.role, role_of(team, bob)) == ("moderator", "moderator")
    assert not TeamInvitation.objects.exists()
    assert not Message.objects.exists()
    with pytest.raises(teams.InvitationOver):
        teams.invitation_for(teams.token_for(row))
    with pytest.raises(teams.InvitationOver):
        teams.join(row, by=bob)


def test_forwarded_link_joins_nobody_else(alice, team):
    row, charlie = teams.invite(team, BOB, "owner", by=alice), make_user("charlie")

    with pytest.raises(teams.NotForYou):
        teams.join(teams.invitation_for(teams.token_for(row)), by=charlie)

    assert [member.user for member in team.memberships.all()] == [alice]
    assert TeamInvitation.objects.get() == row


def test_link_of_another_purpose_or_altered_opens_nothing(alice, team):
    row = teams.invite(team, BOB, "editor", by=alice)
    token = teams.token_for(row)

    for wrong in (
        token[:-2],
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        teams.tokens.make("confirm", row.public_id),
    ):
        with pytest.raises(LinkInvalid):
            teams.invitation_for(wrong)


def test_member_who_opens_a_second_invitation_keeps_the_role(alice, team):
    row = teams.invite(team, BOB, "reader", by=alice)
    bob = make_user("bob")
    Membership.objects.create(team=team, user=bob, role="editor")

    assert teams.join(row, by=bob).role == "editor"


def test_invitation_ends_after_fourteen_days_and_its_address_is_deleted(alice, team):
    row = teams.invite(team, BOB, "editor", by=alice)

    with time_machine.travel(timezone.now() + TEAM_INVITATION_KEPT, tick=False):
        with pytest.raises(teams.InvitationOver):
            teams.invitation_for(teams.token_for(row))
        tasks.retain()

    assert not TeamInvitation.objects.exists()


def test_address_can_be_asked_anew_after_the_invitation_ran_out(alice, team):
    first = teams.invite(team, BOB, "editor", by=alice)

    with time_machine.travel(timezone.now() + TEAM_INVITATION_KEPT, tick=False):
        second = teams.invite(team, BOB, "reader", by=alice)

    assert [row.public_id for row in team.invitations.all()] == [second.public_id]
    assert first.public_id != second.public_id
    assert list(Message.objects.values_list("subject_id", flat=True)) == [second.public_id]


def test_declined_and_revoked_invitations_are_gone_with_their_mails(alice, team):
    teams.decline(teams.invite(team, BOB, "editor", by=alice))
    teams.revoke(teams.invite(team, BOB, "editor", by=alice), by=alice)

    assert (TeamInvitation.objects.count(), Message.objects.count()) == (0, 0)
    assert actions()[1:] == ["team-invited", "team-declined", "team-invited", "team-invitation-revoked"]


def test_mail_of_an_invitation_that_is_gone_is_withheld(alice, team):
    teams.invite(team, BOB, "editor", by=alice)
    TeamInvitation.objects.all().delete()

    message = Message.objects.get()
    assert emails.build_team_invitation([message])[message.pk].code == "gone"


def test_last_owner_stays(alice, team):
    alices = team.memberships.get()

    with pytest.raises(teams.LastOwner):
        teams.change_role(alices, "editor", by=alice)
    with pytest.raises(teams.LastOwner):
        teams.remove(alices, by=alice)

    closed = make_user("bob")
    closed.is_active = False
    closed.save()
    Membership.objects.create(team=team, user=closed, role="owner")
    with pytest.raises(teams.LastOwner):
        teams.remove(alices, by=alice)


def test_owner_of_another_team_is_no_owner_of_this_one(alice, team):
    make_team("bob")
    make_team("alice")

    with pytest.raises(teams.LastOwner):
        teams.remove(team.memberships.get(), by=alice)
    assert role_of(team, alice) == "owner"


def test_only_teams_that_one_owns_oneself_count(alice, monkeypatch):
    monkeypatch.setattr(teams, "MOST_TEAMS", 1)
    Membership.objects.create(team=make_team("bob"), user=alice, role="editor")

    teams.create("Friends of the Library", by=alice)

    with pytest.raises(teams.TooMany):
        teams.create("One more", by=alice)


def test_what_ends_an_invitation_ends_no_other(alice, team):
    elsewhere = make_team("bob")
    with time_machine.travel(timezone.now() - TEAM_INVITATION_KEPT, tick=False):
        teams.invite(team, BOB, "editor", by=alice)
        old = teams.invite(team, "old@example.org", "editor", by=alice)
    kept = [teams.invite(one, "kept@example.org", "editor", by=alice) for one in (team, elsewhere)]

    anew = teams.invite(team, BOB, "reader", by=alice)
    assert set(TeamInvitation.objects.all()) == {old, *kept, anew}
    tasks.retain()
    assert set(TeamInvitation.objects.all()) == {*kept, anew}
    teams.decline(kept[0])
    assert set(TeamInvitation.objects.all()) == {kept[1], anew}
    waiting = set(Message.objects.values_list("subject_id", flat=True))
    assert waiting & {row.public_id for row in (old, *kept, anew)} == {kept[1].public_id, anew.public_id}


def test_owner_leaves_when_another_owns(alice, team):
    bobs = Membership.objects.create(team=team, user=make_user("bob"), role="editor")

    teams.change_role(bobs, "owner", by=alice)
    teams.remove(team.memberships.get(user=alice), by=alice)

    assert [(row.user_id, row.role) for row in team.memberships.all()] == [(bobs.user_id, "owner")]
    assert actions()[1:] == ["team-role-changed", "team-left"]


def test_removed_member_is_gone_and_twice_is_said_so(alice, team):
    bobs = Membership.objects.create(team=team, user=make_user("bob"), role="reader")

    teams.remove(bobs, by=alice)

    with pytest.raises(teams.NotThere):
        teams.change_role(bobs, "editor", by=alice)
    assert actions()[-1] == "team-member-removed"


def test_same_role_again_changes_nothing(alice, team):
    teams.change_role(team.memberships.get(), "owner", by=alice)

    assert actions() == ["team-created"]


def test_rename_is_clean_and_audited(alice, team):
    teams.rename(team, "  Library   friends ", by=alice)

    team.refresh_from_db()
    assert team.name == "Library friends"
    assert actions() == ["team-created", "team-renamed"]


TABLE = {
    "owner": set(Permission),
    "editor": {"view", "edit-text", "publish", "mail"},
    "moderator": {"view", "review", "decide-in-bulk"},
    "reviewer": {"view", "review"},
    "reader": {"view"},
    "no-role": set(),
}


@pytest.mark.parametrize("role", TABLE)
def test_role_has_its_permissions(role):
    assert set(permissions.of_role(role)) == TABLE[role]


def test_every_role_and_every_permission_has_words():
    assert set(permissions.LABELS) == set(Permission)
    assert all(permissions.labels_of(role) for role in TeamRole)


def test_closed_login_has_no_team(alice, team):
    alice.is_active = False

    assert not permissions.allowed(alice, team, Permission.VIEW)
    assert not permissions.allowed(make_user("bob"), team, Permission.VIEW)
    assert permissions.allowed(make_user("mona", is_staff=True), team, Permission.MANAGE_TEAM)
    assert permissions.allowed(make_team("charlie").memberships.get().user, make_team("charlie"), Permission.VIEW)
