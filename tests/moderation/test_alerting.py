"""Mails to those for whom decisions wait: who gets one, how often, about what, and what is not in it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as sent_mail
from django.urls import reverse

from letters.accounts.models import Membership, User
from letters.documents.models import LetterTeam
from letters.moderation import alerting, alerting_emails, asking, bulking, cases, deciding, disputing
from letters.moderation.models import Alert, Case, Dispute
from letters.moderation.selecting import Conditions
from letters.outbox import sending
from letters.outbox.models import Message
from tests.factories import CAST, make_letter, make_signature, make_team, utc
from tests.moderation.people import reviewer

pytestmark = pytest.mark.django_db
NOON = utc("2026-11-24 12:00")
WHY = {"reason_code": "not-a-person", "note": "A name of a mouse."}
LATER = alerting.SETTLES
HOUR = alerting.EVERY


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as travel:
        yield travel


@pytest.fixture
def letter(clock):
    return make_letter(slug="lift")


def member(letter, person, role="moderator", **link):
    """Somebody in a team of the letter, no operator."""
    user = User.objects.filter(email=CAST[person].email).first() or reviewer(person, is_staff=False)
    team = LetterTeam.objects.filter(letter=letter).first()
    if team is None or link:
        make_team(person, role, letter=letter, **link)
    else:
        Membership.objects.create(team=team.team, user=user, role=role)
    return user


def placed(letter, by):
    """A place above the list that one reviewer agreed to."""
    case = cases.open_case(make_signature(letter, is_invited=True), "placement", detail="initiator")
    return deciding.accept(case.public_id, by=by)


def disputed(letter, **line):
    disputing.ask(make_signature(letter, **line), kind="not-them", text="He did not.", email="third@example.net")
    return disputing.confirm(Dispute.objects.latest("id").public_id)


def told(clock, after=LATER, *, leaves=True):
    """Who is mailed when the clock runs so much later, and the mails leave unless they shall wait."""
    clock.shift(after)
    known = set(Message.objects.values_list("pk", flat=True))
    amount = alerting.tell()
    fresh = Message.objects.exclude(pk__in=known)
    assert set(fresh.values_list("kind", flat=True)) <= {"alert"}
    alerts = Alert.objects.filter(public_id__in=fresh.values("subject_id")).select_related("user")
    assert len(alerts) == amount
    people = {alert.user.email.partition("@")[0] for alert in alerts}
    if leaves:
        fresh.update(state="sent")
    return people


def leave():
    """Send what waits; the alerts that left, by address."""
    sent_mail.outbox.clear()
    sending.deliver_due()
    return [found for found in sent_mail.outbox if "List-Id" in found.extra_headers]


def test_whoever_may_be_the_second_reviewer_is_told_and_nobody_else(clock, letter):
    mona = member(letter, "mona", "owner")
    member(letter, "alice", "reviewer")
    member(letter, "bob", "editor")
    member(make_letter(), "charlie", "owner")
    reviewer("suzie")  # an operator who is in none of its teams
    placed(letter, mona)

    assert told(clock) == {"alice"}


def test_decision_about_many_is_for_those_who_may_decide_so(clock, letter, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 0)
    mona = member(letter, "mona", "owner")
    member(letter, "alice", "reviewer")
    member(letter, "bob", "moderator")
    cases.open_case(make_signature(letter), "spike", is_holding=True)
    bulk = bulking.preview(letter, "refuse", Conditions(reason="spike"), by=mona)
    disputed(letter)
    assert told(clock, timedelta(minutes=30)) == {"mona", "alice", "bob"}
    bulking.start(bulk.public_id, by=mona, **WHY)  # of a preview that is older than the mails

    assert told(clock, HOUR) == {"bob"}


def test_appeal_is_for_whoever_did_not_decide_before(clock, letter):
    mona = member(letter, "mona", "owner")
    member(letter, "alice", "reviewer")
    case = cases.open_case(make_signature(letter), "mixed-script", is_holding=True)
    deciding.refuse(case.public_id, by=mona, **WHY)
    clock.shift(timedelta(hours=2))
    asking.appeal(case.signature.public_id, words="I am a person.")

    assert told(clock) == {"alice"}


def test_what_waits_for_the_queue_at_large_is_told_of_to_nobody(clock, letter):
    member(letter, "mona", "owner")
    cases.open_case(make_signature(letter), "mixed-script", is_holding=True)

    assert told(clock) == set()


def test_teams_that_only_lend_their_name_are_not_told(clock, letter):
    member(letter, "mona", "owner")
    member(letter, "bob", "owner", is_owner=False, may_work=True)
    member(letter, "charlie", "owner", is_owner=False, may_work=False)
    disputed(letter)

    assert told(clock) == {"mona", "bob"}


def test_what_waits_is_gathered_and_told_of_once(clock, letter):
    mona, other = member(letter, "mona", "owner"), make_letter(slug="second")
    member(other, "mona", "owner")
    disputed(letter)
    assert told(clock, LATER - timedelta(seconds=1)) == set()  # a sitting is not over yet
    disputed(other)
    disputed(letter)
    assert told(clock) == {"mona"}
    assert alerting.tell() == 0
    disputed(letter)
    assert told(clock) == set()  # within the hour
    assert told(clock, HOUR) == {"mona"}
    assert told(clock, HOUR) == set()  # nothing new
    rows = [(row.letter_id, row.what, row.count) for row in alerting.what_waits(mona)]
    assert rows == [(letter.pk, "dispute", 3), (other.pk, "dispute", 1)]


def test_what_began_just_before_a_mail_is_told_of_with_the_next(clock, letter):
    member(letter, "mona", "owner")
    disputed(letter)
    clock.shift(LATER - timedelta(minutes=1))
    disputed(letter)
    assert told(clock, timedelta(minutes=1)) == {"mona"}

    assert told(clock, HOUR) == {"mona"}


def test_a_promised_time_that_passed_is_told_of_once_more(clock, letter):
    mona = member(letter, "mona", "owner")
    case = disputed(letter)
    assert told(clock) == {"mona"}
    late = case.due_at - NOON
    assert told(clock, late - LATER) == set()
    assert told(clock, LATER) == {"mona"}
    assert told(clock, timedelta(days=3)) == set()
    assert alerting.what_waits(mona)[0].late == 1


def test_the_last_day_for_a_second_person_is_told_of_once_more(clock, letter, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 0)
    mona = member(letter, "mona", "owner")
    member(letter, "bob")
    cases.open_case(make_signature(letter), "spike", is_holding=True)
    bulk = bulking.preview(letter, "refuse", Conditions(reason="spike"), by=mona)
    bulking.start(bulk.public_id, by=mona, **WHY)

    assert told(clock) == {"bob"}
    assert told(clock, timedelta(days=5)) == set()
    assert told(clock, timedelta(days=1)) == {"bob"}
    assert told(clock, timedelta(days=2)) == set()  # it is over


def test_what_was_decided_meanwhile_keeps_the_mail_back(clock, letter):
    mona = member(letter, "mona", "owner")
    member(letter, "alice", "reviewer")
    case = placed(letter, mona)
    assert told(clock, leaves=False) == {"alice"}
    deciding.accept(case.public_id, by=User.objects.get(email=CAST["alice"].email))

    assert leave() == []
    assert Message.objects.get(kind="alert").error == "decided"


def test_who_may_no_longer_decide_is_not_mailed(clock, letter):
    mona = member(letter, "mona", "owner")
    alice = member(letter, "alice", "reviewer")
    placed(letter, mona)
    assert told(clock, leaves=False) == {"alice"}
    Membership.objects.filter(user=alice).update(role="reader")

    assert leave() == []


def test_second_thoughts_begin_anew(clock, letter):
    """Accepted, taken back, accepted again: the second reviewer is told again, not of what was told before."""
    mona = member(letter, "mona", "owner")
    alice = member(letter, "alice", "reviewer")
    case = placed(letter, mona)
    assert told(clock) == {"alice"}
    deciding.undo(case.public_id, by=mona)
    assert alerting.what_waits(alice) == []
    clock.shift(HOUR)
    deciding.accept(case.public_id, by=mona)

    assert told(clock) == {"alice"}


def test_an_outage_ends_with_one_mail_and_not_with_one_for_each_hour(clock, letter):
    member(letter, "mona", "owner")
    disputed(letter)
    assert told(clock, leaves=False) == {"mona"}
    for _ in range(3):
        disputed(letter)
        assert told(clock, HOUR, leaves=False) == set()

    (found,) = leave()
    assert "4 disputes wait for an answer." in found.body


def test_the_mail_counts_and_leads_to_the_desk_and_names_nobody(clock, letter):
    mona = member(letter, "mona", "owner")
    disputed(letter, display_name="Zyx Canary")
    clock.shift(timedelta(hours=13))
    alerting.tell()

    (found,) = leave()
    html = found.alternatives[0][0]
    assert (found.to, found.subject) == ([mona.email], "1 decision waits for you – Undersigned")
    assert f"“{letter.title}”\n- 1 dispute waits for an answer. Late: 1.\nhttp" in found.body
    link = alerting.token_for(Alert.objects.get())
    for text in (found.subject, found.body, html):
        assert [word for word in ("Canary", "He did not", "third@", link) if word in text] == []
        assert re.findall(r"[A-Za-z0-9_-]{40,}", text) == []
    assert set(re.findall(r"http\S+?(/desk/\S*)", found.body)) == {"/desk/lift/queue/", "/desk/account/"}
    headers = found.extra_headers
    assert headers["List-Unsubscribe"].endswith(reverse("public:alerts", args=[link]) + ">")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_many_letters_are_cut_to_a_mail_that_can_be_read(clock, letter, monkeypatch):
    monkeypatch.setattr(alerting_emails, "MOST_SHOWN", 1)
    for row in (letter, make_letter(), make_letter()):
        member(row, "mona", "owner")
        disputed(row)
    told(clock, leaves=False)

    (found,) = leave()
    assert (found.body.count("1 dispute waits"), "… and 2 more letters: " in found.body) == (1, True)


def test_whoever_switched_it_off_is_not_told_and_what_waits_in_the_outbox_stays(clock, letter):
    mona = member(letter, "mona", "owner")
    disputed(letter)
    assert told(clock, leaves=False) == {"mona"}

    alerting.switch(mona, on=False)
    assert (leave(), alerting.is_on(mona)) == ([], False)
    disputed(letter)
    assert told(clock, HOUR) == set()
    alerting.switch(mona, on=True)
    assert told(clock, HOUR) == {"mona"}


# --- the switch on pages ---


def test_one_click_ends_it_without_login_cookie_or_form(clock, letter):
    from django.test import Client  # noqa: PLC0415 - a client that checks CSRF

    mona = member(letter, "mona", "owner")
    alert = Alert.objects.create(user=mona)
    url = reverse("public:alerts", args=[alerting.token_for(alert)])
    program = Client(enforce_csrf_checks=True)
    page = program.get(url)
    assert (page.status_code, alerting.is_on(mona), "no-store" in page.headers["Cache-Control"]) == (200, True, True)
    for _ in range(2):
        answer = program.post(url, {"List-Unsubscribe": "One-Click", "action": "renew"})
        assert (answer.status_code, len(answer.cookies), alerting.is_on(mona)) == (200, 0, False)

    assert program.post(url, {"action": "dance"}).status_code == 303
    assert alerting.is_on(mona) is False
    program.post(url, {"action": "renew"})
    assert alerting.is_on(mona) is True
    assert program.post(reverse("public:alerts", args=["A" * 66])).status_code == 404
    mona.delete()
    assert "is gone" in program.get(url).text
    assert program.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_the_account_page_switches_it(client, clock):
    mona = reviewer("mona", is_staff=False)
    client.force_login(mona)
    url = reverse("desk:account-alerts")

    for action, wanted in (("off", False), ("on", True)):
        assert f'value="{action}">' in client.get(reverse("desk:account")).text
        client.post(url, {"alerts": action})
        assert alerting.is_on(mona) is wanted
    assert client.get(url).status_code == 405


def test_asking_what_waits_costs_the_same_for_one_and_for_three(clock, letter, django_assert_num_queries):
    mona = member(letter, "mona", "owner")
    for amount in (1, 3):
        while Case.objects.filter(reason="dispute").count() < amount:
            disputed(letter)
        with django_assert_num_queries(2):
            alerting.what_waits(mona)
