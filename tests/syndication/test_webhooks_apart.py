"""Webhooks beside each other: what happens to one, or to its letter, is nothing to another."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.ledger.models import AuditEvent
from letters.outbox.models import Message
from letters.outreach import timeline
from letters.signatures import managing
from letters.syndication import calling, emails, hooking, telling
from letters.syndication.enums import Happening, Why
from letters.syndication.models import Call, Notice, Webhook
from tests.factories import make_letter, make_signature, make_team

pytestmark = pytest.mark.django_db


def hook_of(letter, by, host="one"):
    begun = timezone.now() - timedelta(minutes=5)
    return hooking.make(letter, url=f"https://{host}.example.org/", events=Happening.values, by=by, now=begun)[0]


def again(row):
    return type(row).objects.get(pk=row.pk)


def audited(action):
    return list(AuditEvent.objects.filter(action=action).order_by("id").values_list("object_id", "detail"))


def test_each_is_told_of_its_own_letter(letter, alice):
    other = make_letter(slug="other")
    hooks = [hook_of(one, alice) for one in (letter, other)]
    entry = timeline.Entry(kind="media", happened_on=timezone.now().date(), title="Words")
    for one in (letter, other):
        timeline.add(one, entry, by=alice)
        managing.withdraw(make_signature(one, at=timezone.now() - timedelta(hours=1)).public_id)

    telling.collect()

    for hook in hooks:
        told = {call.kind: json.loads(call.body)["data"] for call in Call.objects.filter(webhook=hook)}
        assert {"timeline.added", "correction.recorded"} <= set(told)
        assert {data["letter"] for data in told.values()} == {hook.letter.slug}
    assert Call.objects.values("origin").distinct().count() == Call.objects.count()


def test_failing_pausing_and_going_on_are_of_one_alone(letter, alice):
    mine, other = hook_of(letter, alice), hook_of(letter, alice, "two")
    for hook in (mine, other):
        hooking.ping(hook)
    waiting = Call.objects.get(webhook=other)

    (call, _others) = calling.claim()
    assert call.webhook == mine
    calling._failed(call, 500, "http-500")
    assert [again(hook).failing_since is None for hook in (mine, other)] == [False, True]
    assert [hooking.pause(mine, Why.BY_HAND, by="user:1") for _ in range(2)] == [True, False]
    assert [again(hook).state for hook in (mine, other)] == ["paused", "active"]
    Call.objects.filter(pk=waiting.pk).update(state="due", attempts=3, lease_until=None)
    before = again(waiting)
    for _ in range(2):
        hooking.resume(mine, by=alice)
    calling._taken(call, 200)

    assert [again(hook).state for hook in (mine, other)] == ["active", "active"]
    assert (again(mine).failing_since, again(mine).taken_at is None, again(other).taken_at) == (None, False, None)
    assert (again(waiting).attempts, again(waiting).next_at, again(waiting).state) == (3, before.next_at, "due")
    assert audited("webhook-paused") == [(str(mine.public_id), "by-hand")]
    assert audited("webhook-changed") == [(str(mine.public_id), "resumed")]


def test_another_address_another_secret_and_the_end_are_of_one_alone(letter, alice):
    mine, other = hook_of(letter, alice), hook_of(letter, alice, "two")
    before = (other.url, other.secret)
    secret = mine.secret
    kept = hooking.ping(other)
    hooking.ping(mine)

    hooking.change(mine, url="https://three.example.org/", events=["letter.closed"], by=alice)
    shown = hooking.renew_secret(mine, by=alice)
    found = again(mine)
    assert (found.url, found.host, found.events) == (
        "https://three.example.org/",
        "three.example.org",
        ["letter.closed"],
    )
    assert found.secret == shown != secret
    hooking.delete(mine, by=alice)

    assert list(Webhook.objects.all()) == [other]
    assert (again(other).url, again(other).secret) == before
    assert list(Call.objects.all()) == [kept]
    amount = str(len(Happening.values))
    assert audited("webhook-made") == [(str(hook.public_id), amount) for hook in (mine, other)]
    assert audited("webhook-changed") == [(str(mine.public_id), detail) for detail in ("", "secret")]
    assert audited("webhook-deleted") == [(str(mine.public_id), "")]


def test_what_happens_during_a_pause_is_not_told_afterwards(letter, alice):
    hook = hook_of(letter, alice)
    hooking.pause(hook, Why.BY_HAND, by="user:1")
    timeline.add(letter, timeline.Entry(kind="media", happened_on=timezone.now().date(), title="Words"), by=alice)
    later = timezone.now() + telling.OVERLAP + timedelta(seconds=1)

    assert telling.collect(now=later) == 0
    hooking.resume(hook, by=alice, now=later)

    assert telling.collect(now=later) == 0


@pytest.mark.parametrize("events", [[], ["letter.closed", "letter.burnt"]])
def test_no_or_unknown_news_are_refused(letter, alice, events):
    hook = hook_of(letter, alice)

    for attempt in (
        lambda: hooking.make(letter, url="https://two.example.org/", events=events, by=alice),
        lambda: hooking.change(hook, url="", events=events, by=alice),
    ):
        with pytest.raises(RuleError) as refused:
            attempt()
        assert refused.value.code == "events"
    assert list(again(hook).events) == list(Happening.values)


def test_a_call_that_is_sent_again_is_one_and_none_that_is_under_way(letter, alice):
    hook = hook_of(letter, alice)
    mine, other, under_way = (hooking.ping(hook) for _ in range(3))
    Call.objects.update(state="dead", attempts=9)
    Call.objects.filter(pk=under_way.pk).update(state="sending")

    for call in (mine, under_way):
        hooking.send_again(call)

    found = [(again(call).state, again(call).attempts) for call in (mine, other, under_way)]
    assert found == [("due", 0), ("dead", 9), ("sending", 9)]


def test_a_letter_has_so_many_webhooks_and_one_so_many_tests(letter, alice):
    hook_of(make_letter(), alice)
    hooks = [hook_of(letter, alice, f"h{number}") for number in range(hooking.MOST)]
    with pytest.raises(RuleError) as many:
        hook_of(letter, alice, "late")
    hooking.ping(hooks[1])
    for _ in range(hooking.PINGS_WAITING):
        hooking.ping(hooks[0])
    with pytest.raises(RuleError) as pings:
        hooking.ping(hooks[0])

    assert (many.value.code, pings.value.code) == ("many", "ping")
    Call.objects.filter(webhook=hooks[0]).update(state="sent")
    hooking.ping(hooks[0])


def test_of_a_pause_those_are_told_who_may_publish_in_the_owning_team(letter, alice):
    team = alice.memberships.get().team
    people = {name: User.objects.create_user(email=f"{name}@example.org") for name in ("editor", "reviewer", "gone")}
    for name, user in people.items():
        team.memberships.create(user=user, role="reviewer" if name == "reviewer" else "editor")
    User.objects.filter(pk=people["gone"].pk).update(is_active=False)
    make_team("bob", letter=letter, is_owner=False, may_work=True)
    make_team("charlie", letter=make_letter())

    hook = hook_of(letter, alice)
    for _ in range(2):
        calling._pause(hook, Why.FAILING)

    told = sorted(Notice.objects.filter(webhook=hook).values_list("user__email", flat=True))
    assert told == ["alice@example.org", "editor@example.org"]


@pytest.mark.parametrize(("change", "code"), [("goes on", "gone"), ("may not publish", "not-theirs")])
def test_who_need_not_or_may_not_know_is_not_told_of_a_pause(letter, alice, change, code):
    hook = hook_of(letter, alice)
    calling._pause(hook, Why.FAILING)
    if change == "goes on":
        hooking.resume(hook, by=alice)
    else:
        alice.memberships.update(role="reviewer")

    (message,) = Message.objects.filter(kind="webhook_paused")
    assert emails.build_paused([message])[message.pk].code == code
