"""Teams behind a letter: nobody is spoken for before they agree, and a letter is never left to nobody."""

import pytest
from django.core.management import CommandError, call_command

from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.documents import standing, teaming
from letters.documents.models import LetterTeam, TeamOffer
from letters.documents.teaming import Terms
from letters.ledger.models import AuditEvent
from letters.outbox import sending
from letters.outbox.models import Message
from letters.signatures import consenting
from letters.signatures.models import TeamConsent
from tests.factories import CAST, make_letter, make_signature, make_team, make_user

pytestmark = pytest.mark.django_db
LINE = "Friends of the Library may write to me about this letter."


def user(person):
    return User.objects.get(email=CAST[person].email)


@pytest.fixture
def letter(db):
    return make_letter(state="draft")


@pytest.fixture
def ours(letter):
    return make_team("alice", letter=letter)


@pytest.fixture
def theirs(db):
    return make_team("bob")


def test_new_letter_gets_its_owner_once(letter):
    team = make_team("alice")

    link = teaming.own(letter, team, by=user("alice"))

    assert (link.is_owner, standing.owner_of(letter)) == (True, team)
    with pytest.raises(teaming.OwnTeam):
        teaming.own(letter, make_team("bob"), by=user("bob"))


@pytest.mark.parametrize("is_transfer", [False, True])
def test_owners_of_the_other_team_are_told_of_an_offer_and_nobody_else(letter, ours, theirs, mailoutbox, is_transfer):
    theirs.memberships.create(user=make_user("charlie"), role="owner")
    theirs.memberships.create(user=make_user("mona"), role="editor")
    act = teaming.hand_over if is_transfer else lambda *args, **named: teaming.offer(*args[:2], Terms(), **named)

    act(letter, theirs, by=user("alice"))
    sending.deliver_due()

    assert sorted(mail.to[0] for mail in mailoutbox) == ["bob@example.org", "charlie@example.net"]
    assert f"/desk/teams/{theirs.public_id}/" in mailoutbox[0].body
    assert ("offers the open letter “Lift the restriction”" in mailoutbox[0].body) is is_transfer
    assert "Asked by alice@example.org" in mailoutbox[0].body


@pytest.mark.parametrize("end", ["taken back", "refused", "left", "given away"])
def test_an_offer_that_is_over_is_not_mailed(letter, ours, theirs, mailoutbox, end):
    offer = teaming.offer(letter, theirs, Terms(), by=user("alice"))
    if end == "taken back":
        teaming.take_back(offer, by=user("alice"))
    elif end == "refused":
        teaming.refuse(offer, by=user("bob"))
    elif end == "given away":
        TeamOffer.objects.all().delete()
    else:
        theirs.memberships.update(role="editor")

    sending.deliver_due()

    assert mailoutbox == []
    assert Message.objects.filter(state="due").count() == 0


def test_offers_again_and_again_are_capped_like_other_mails_that_strangers_cause(letter, ours, theirs, mailoutbox):
    for _turn in range(5):
        teaming.take_back(teaming.offer(letter, theirs, Terms(), by=user("alice")), by=user("alice"))
        teaming.offer(letter, theirs, Terms(), by=user("alice"))
        sending.deliver_due()
        TeamOffer.objects.all().delete()

    assert len(mailoutbox) == 3


def test_offer_changes_nothing_before_it_is_accepted(letter, ours, theirs):
    offer = teaming.offer(letter, theirs, Terms(may_work=True, may_export=True, line=LINE), by=user("alice"))

    assert [link.team for link in letter.teams.all()] == [ours]
    assert not standing.may(user("bob"), letter, Permission.VIEW)

    link = teaming.accept(offer, by=user("bob"))

    assert (link.is_owner, link.may_work, link.may_export, link.consent_line) == (False, True, True, LINE)
    assert standing.permissions_for(user("bob"), letter) == frozenset(Permission) - {Permission.MANAGE_TEAM}
    assert not TeamOffer.objects.exists()


def test_only_an_owner_of_the_asked_team_answers(letter, ours, theirs):
    offer = teaming.offer(letter, theirs, Terms(), by=user("alice"))
    make_user("mona", is_staff=True)
    make_team("charlie")

    for person in ("alice", "charlie", "mona"):
        with pytest.raises(teaming.NotYours):
            teaming.accept(offer, by=user(person))
        with pytest.raises(teaming.NotYours):
            teaming.refuse(offer, by=user(person))

    teaming.refuse(offer, by=user("bob"))
    assert [link.team for link in letter.teams.all()] == [ours]


def test_member_without_the_right_answers_for_nobody(letter, ours):
    editors = make_team("bob", "editor")
    offer = teaming.offer(letter, editors, Terms(), by=user("alice"))

    with pytest.raises(teaming.NotYours):
        teaming.accept(offer, by=user("bob"))


def test_answer_comes_too_late(letter, ours, theirs):
    offer = teaming.offer(letter, theirs, Terms(), by=user("alice"))
    teaming.take_back(offer, by=user("alice"))

    for answer in (teaming.accept, teaming.refuse, teaming.take_back):
        with pytest.raises(teaming.OfferOver):
            answer(offer, by=user("bob"))


def test_terms_change_by_a_new_offer_alone(letter, ours, theirs):
    teaming.accept(teaming.offer(letter, theirs, Terms(may_work=True), by=user("alice")), by=user("bob"))

    again = teaming.offer(letter, theirs, Terms(line=LINE), by=user("alice"))
    link = letter.teams.get(team=theirs)
    assert (link.may_work, link.consent_line) == (True, "")

    teaming.accept(again, by=user("bob"))
    link.refresh_from_db()
    assert (link.may_work, link.consent_line) == (False, LINE)


@pytest.mark.parametrize(("line", "left"), [(LINE, 1), ("Pass my address on.", 0), ("", 0)])
def test_consents_end_when_the_line_changes(letter, ours, theirs, line, left):
    link = teaming.accept(teaming.offer(letter, theirs, Terms(line=LINE), by=user("alice")), by=user("bob"))
    consenting.change(make_signature(letter).public_id, [link.public_id.hex])

    teaming.accept(teaming.offer(letter, theirs, Terms(may_work=True, line=line), by=user("alice")), by=user("bob"))

    assert TeamConsent.objects.count() == left


def test_offers_that_make_no_sense_are_refused(letter, ours, theirs, monkeypatch):
    with pytest.raises(teaming.OwnTeam):
        teaming.offer(letter, ours, Terms(), by=user("alice"))
    with pytest.raises(teaming.RuleError, match="line of consent"):
        teaming.offer(letter, theirs, Terms(may_export=True), by=user("alice"))
    with pytest.raises(teaming.RuleError):
        teaming.offer(letter, theirs, Terms(line="x" * 301), by=user("alice"))
    teaming.offer(letter, theirs, Terms(), by=user("alice"))
    with pytest.raises(teaming.AlreadyOffered):
        teaming.hand_over(letter, theirs, by=user("alice"))
    monkeypatch.setattr(teaming, "MOST_TEAMS", 2)
    with pytest.raises(teaming.RuleError, match="At most 2"):
        teaming.offer(letter, make_team("charlie"), Terms(), by=user("alice"))


def test_letter_is_handed_over_and_the_former_owner_reads(letter, ours, theirs):
    offer = teaming.hand_over(letter, theirs, by=user("alice"))
    assert standing.owner_of(letter) == ours
    with pytest.raises(teaming.AlreadyOffered):
        teaming.hand_over(letter, make_team("charlie"), by=user("alice"))

    teaming.accept(offer, by=user("bob"))

    assert standing.owner_of(letter) == theirs
    assert standing.permissions_for(user("alice"), letter) == {Permission.VIEW}
    assert standing.permissions_for(user("bob"), letter) == frozenset(Permission)


def test_a_handover_is_of_one_letter(letter, ours, theirs):
    other = make_letter(state="draft")
    ours.letters.create(letter=other, is_owner=True, may_work=True, may_export=True)
    offered = teaming.offer(other, make_team("charlie"), Terms(may_work=True), by=user("alice"))

    teaming.accept(teaming.hand_over(letter, theirs, by=user("alice")), by=user("bob"))

    assert standing.owner_of(other) == ours
    assert standing.permissions_for(user("alice"), other) == frozenset(Permission)
    assert standing.permissions_for(user("bob"), other) == frozenset()
    assert list(TeamOffer.objects.all()) == [offered]


def test_terms_of_one_team_change_nothing_of_another_team_or_letter(letter, ours, theirs):
    third, other = make_team("charlie"), make_letter()
    make_team("alice", letter=other)
    links = [
        teaming.accept(teaming.offer(one, team, Terms(may_work=True, line=LINE), by=user("alice")), by=user(person))
        for one, team, person in ((letter, theirs, "bob"), (letter, third, "charlie"), (other, theirs, "bob"))
    ]
    _mine, beside, elsewhere = links
    for link in links:
        consenting.change(make_signature(link.letter).public_id, [link.public_id.hex])

    teaming.accept(teaming.offer(letter, theirs, Terms(line="Other words."), by=user("alice")), by=user("bob"))

    assert {consent.letter_team for consent in TeamConsent.objects.all()} == {beside, elsewhere}
    for link in links:
        link.refresh_from_db()
    assert [link.may_work for link in links] == [False, True, True]
    assert [link.consent_line for link in links] == ["Other words.", LINE, LINE]


def test_offers_of_the_former_owner_end_with_the_handover(letter, ours, theirs):
    join = teaming.offer(letter, make_team("charlie"), Terms(may_work=True), by=user("alice"))

    teaming.accept(teaming.hand_over(letter, theirs, by=user("alice")), by=user("bob"))

    assert not TeamOffer.objects.exists()
    with pytest.raises(teaming.OfferOver):
        teaming.accept(join, by=user("charlie"))
    assert not standing.may(user("charlie"), letter, Permission.VIEW)


def test_team_is_removed_by_the_owner_or_steps_back(letter, ours, theirs):
    link = teaming.accept(teaming.offer(letter, theirs, Terms(), by=user("alice")), by=user("bob"))
    make_team("charlie")

    with pytest.raises(teaming.NotYours):
        teaming.remove(link, by=user("charlie"))
    with pytest.raises(teaming.RuleError, match="owns the letter"):
        teaming.remove(letter.teams.get(team=ours), by=user("alice"))
    teaming.remove(link, by=user("bob"))
    again = teaming.accept(teaming.offer(letter, theirs, Terms(), by=user("alice")), by=user("bob"))
    teaming.remove(again, by=user("alice"))

    assert [link.team for link in letter.teams.all()] == [ours]


def test_offers_wait_for_owners_alone(letter, ours, theirs):
    offer = teaming.offer(letter, theirs, Terms(), by=user("alice"))
    reader = make_user("charlie")
    theirs.memberships.create(user=reader, role="reader")

    assert list(teaming.offers_for(user("bob"))) == [offer]
    assert list(teaming.offers_to(theirs)) == [offer]
    assert not teaming.offers_for(reader).exists()
    assert not teaming.offers_for(make_user("mona", is_staff=True)).exists()


def test_operator_gives_a_letter_that_nobody_looks_after(letter, theirs):
    other = make_letter()
    make_team("alice", letter=other)
    assert list(teaming.orphaned()) == [letter]
    with pytest.raises(teaming.NotOrphaned):
        teaming.give(other, theirs, by="user:1")

    teaming.give(letter, theirs, by="user:1")
    assert standing.owner_of(letter) == theirs
    assert list(teaming.orphaned()) == []

    User.objects.filter(email=CAST["bob"].email).update(is_active=False)
    assert list(teaming.orphaned()) == [letter]
    teaming.give(letter, make_team("charlie"), by="user:1")
    assert standing.permissions_for(user("charlie"), letter) == frozenset(Permission)
    assert LetterTeam.objects.filter(letter=letter, is_owner=True).count() == 1


def test_command_gives_a_letter_or_says_why_not(letter, theirs, capsys):
    call_command("give_letter", letter.slug, f"http://127.0.0.1/desk/teams/{theirs.public_id}/")

    assert capsys.readouterr().out == f"{letter.slug} belongs to {theirs.name}.\n"
    assert AuditEvent.objects.latest("pk").actor == "command"
    for slug, team in (("no-such", theirs.public_id), (letter.slug, "nonsense"), (letter.slug, theirs.public_id)):
        with pytest.raises(CommandError):
            call_command("give_letter", slug, str(team))
