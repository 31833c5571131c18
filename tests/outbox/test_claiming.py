import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from letters.outbox import claiming, suppressing
from letters.outbox.models import Message, MessageState, SuppressionReason
from tests.factories import make_message, utc

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.usefixtures("note_kind")]
NOW = utc("2026-11-23 14:00")
SECOND = timedelta(seconds=1)
SUZIE = suppressing.index_of("suzie@example.com")


def make_note(**fields):
    at = fields.pop("at", NOW)
    return make_message(**{"kind": "note", "created_at": at, "next_at": at, **fields})


def test_claim_leases_what_is_due_for_sixty_seconds():
    due, later = make_note(), make_note(next_at=NOW + SECOND)

    claimed = claiming.claim(now=NOW)

    assert [message.pk for message in claimed] == [due.pk]
    due.refresh_from_db()
    later.refresh_from_db()
    assert (due.state, due.lease_until, due.lease_by) == ("sending", NOW + 60 * SECOND, claiming.worker_name())
    assert (claimed[0].state, claimed[0].lease_until) == (due.state, due.lease_until)
    assert (later.state, later.lease_until) == ("due", None)


def test_claim_takes_the_longest_due_first_and_no_more_than_a_batch():
    rows = [make_note(next_at=NOW - number * SECOND) for number in range(5)]

    first, second = claiming.claim(now=NOW, batch=3), claiming.claim(now=NOW, batch=3)

    assert [m.pk for m in first] == [rows[4].pk, rows[3].pk, rows[2].pk]
    assert [m.pk for m in second] == [rows[1].pk, rows[0].pk]
    assert claiming.claim(now=NOW) == []


def test_claim_leaves_a_lease_alone_until_it_ran_out():
    make_note()
    (first,) = claiming.claim(now=NOW)

    assert claiming.claim(now=NOW + 60 * SECOND) == []
    (again,) = claiming.claim(now=NOW + 61 * SECOND)

    assert again.pk == first.pk
    assert again.message_id == first.message_id


@pytest.mark.parametrize("state", ["sent", "withheld", "bounced", "dead"])
def test_claim_never_takes_what_is_settled(state):
    make_note(state=state)

    assert claiming.claim(now=NOW + timedelta(days=9)) == []


def test_message_id_is_stable_and_differs_by_kind_and_serial():
    message = make_note()
    same = Message.objects.get(pk=message.pk)
    other = make_note(subject_id=message.subject_id, serial=1)

    assert same.message_id == message.message_id
    assert other.message_id != message.message_id
    assert message.message_id.startswith("<note.0.")


@pytest.mark.django_db(transaction=True)
def test_claim_by_many_workers_at_once_never_shares_a_row():
    amount, workers = 120, 6
    Message.objects.bulk_create(
        Message(kind="note", subject_id=make_note(state="sent").subject_id, serial=n + 1, created_at=NOW, next_at=NOW)
        for n in range(amount)
    )
    taken, start = [], threading.Barrier(workers)

    def work():
        start.wait()
        while batch := claiming.claim(now=NOW, batch=7):
            taken.extend(message.pk for message in batch)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == amount
    assert len(set(taken)) == amount


def test_database_refuses_a_mail_that_is_sent_without_a_lease():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_note(state="sending")


def test_database_refuses_the_same_mail_twice():
    message = make_note()

    with pytest.raises(IntegrityError), transaction.atomic():
        make_note(subject_id=message.subject_id)
    make_note(subject_id=message.subject_id, serial=1)
    make_note(subject_id=message.subject_id, kind="other")


# --- what becomes of a mail ---


def test_postpone_puts_a_mail_back_for_later():
    make_note()
    (message,) = claiming.claim(now=NOW)

    assert claiming.postpone(message, "SMTPDataError:451", now=NOW) == MessageState.DUE

    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == ("due", 1, "SMTPDataError:451")
    assert (message.lease_until, message.lease_by) == (None, "")
    assert NOW + timedelta(minutes=1) <= message.next_at <= NOW + timedelta(minutes=1.2)


@pytest.mark.parametrize(
    ("code", "age", "attempts", "becomes"),
    [
        ("build:ValueError", 0, 10, "due"),
        ("build:ValueError", 0, 11, "dead"),
        ("OSError", 0, 30, "due"),
        ("OSError", 47, 30, "due"),
        ("OSError", 49, 11, "dead"),
        ("OSError", 49, 10, "due"),
    ],
)
def test_postpone_gives_up_what_cannot_be_written_and_what_no_server_took_for_two_days(code, age, attempts, becomes):
    make_note(created_at=NOW - timedelta(hours=age), attempts=attempts)
    (message,) = claiming.claim(now=NOW)

    assert claiming.postpone(message, code, now=NOW) == becomes

    assert Message.objects.values_list("state", "attempts", "error").get() == (becomes, attempts + 1, code)


def test_backoff_grows_from_a_minute_to_six_hours_and_is_spread():
    waits = [claiming.backoff(attempts, 0) / timedelta(minutes=1) for attempts in range(1, 13)]
    spread = {claiming.backoff(1, salt) / timedelta(minutes=1) for salt in range(500)}

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert 1 <= min(spread) < 1.01
    assert 1.19 < max(spread) <= 1.2
    assert len(spread) > 400


def test_twelve_tries_span_a_night():
    assert sum((claiming.backoff(n, 0) for n in range(1, 12)), timedelta()) > timedelta(hours=20)


def steal(message):
    """Another worker takes the mail after its lease ran out."""
    Message.objects.filter(pk=message.pk).update(lease_by="another", lease_until=NOW + timedelta(days=1))


def test_postpone_leaves_a_mail_that_another_worker_took_to_that_worker():
    make_note()
    (message,) = claiming.claim(now=NOW)
    steal(message)

    claiming.postpone(message, "OSError", now=NOW)

    assert Message.objects.values_list("state", "attempts", "lease_by").get() == ("sending", 0, "another")


def test_settle_writes_each_outcome():
    for _ in range(3):
        make_note()
    one, two, three = claiming.claim(now=NOW)

    outcomes = [(one, MessageState.SENT, ""), (two, MessageState.BOUNCED, "550"), (three, MessageState.DEAD, "552")]
    claiming.settle(outcomes, now=NOW + SECOND)

    rows = Message.objects.order_by("pk").values_list("state", "error", "sent_at", "lease_until", "lease_by")
    assert list(rows) == [
        ("sent", "", NOW + SECOND, None, ""),
        ("bounced", "550", None, None, ""),
        ("dead", "552", None, None, ""),
    ]


@pytest.mark.parametrize(("outcome", "kept"), [("sent", "sent"), ("dead", "sending"), ("withheld", "sending")])
def test_settle_of_a_stolen_mail_writes_only_that_it_was_sent(outcome, kept):
    make_note()
    (message,) = claiming.claim(now=NOW)
    steal(message)

    claiming.settle([(message, MessageState(outcome), "")], now=NOW)

    assert Message.objects.get().state == kept


def test_give_back_makes_untried_mails_due_at_once_without_counting_an_attempt():
    for _ in range(2):
        make_note()
    first, second = claiming.claim(now=NOW)
    steal(second)

    claiming.give_back([first, second])

    rows = Message.objects.order_by("pk").values_list("state", "attempts", "lease_by", "next_at")
    assert list(rows) == [("due", 0, "", NOW), ("sending", 0, "another", NOW)]


def test_retry_dead_starts_dead_and_bounced_mails_anew():
    rows = [make_note(state=state, attempts=12, error="x") for state in ("dead", "bounced", "sent", "withheld")]

    assert claiming.retry_dead([row.pk for row in rows]) == 2

    assert Counter(Message.objects.values_list("state", flat=True)) == {"due": 2, "sent": 1, "withheld": 1}
    assert len(claiming.claim(now=timezone.now())) == 2


# --- blocks and caps ---


def test_claim_withholds_a_mail_to_a_blocked_address_and_tells_its_kind(note_kind):
    told = []
    note_kind("asking", withheld=told.extend)
    suppressing.suppress("suzie@example.com", SuppressionReason.NOT_ME)
    blocked = make_note(kind="asking", recipient_index=SUZIE)
    free = make_note(kind="asking", recipient_index=suppressing.index_of("bob@example.org"))

    claimed = claiming.claim(now=NOW)

    assert [message.pk for message in claimed] == [free.pk]
    blocked.refresh_from_db()
    assert (blocked.state, blocked.error) == ("withheld", "blocked")
    assert told == [blocked.subject_id]


def test_claim_withholds_a_blocked_mail_also_when_it_waits_for_another_try(note_kind):
    message = make_note(recipient_index=SUZIE, attempts=3)
    suppressing.suppress("suzie@example.com", SuppressionReason.BOUNCE)

    assert claiming.claim(now=NOW) == []
    message.refresh_from_db()
    assert message.error == "blocked"


def capped_notes(amount, scopes=1, **fields):
    return [make_note(kind="ask", recipient_index=SUZIE, scope=str(n % scopes), **fields) for n in range(amount)]


@pytest.fixture
def asks(note_kind):
    note_kind("ask", capped=True)


@pytest.mark.usefixtures("asks")
@pytest.mark.parametrize(("scopes", "leave"), [(1, 3), (2, 5), (50, 5)])
def test_claim_caps_what_strangers_can_cause_in_a_day(scopes, leave):
    capped_notes(60, scopes)

    claimed = claiming.claim(now=NOW, batch=100)

    assert len(claimed) == leave
    assert Counter(Message.objects.values_list("state", "error")) == {
        ("sending", ""): leave,
        ("withheld", "capped"): 60 - leave,
    }
    claiming.settle([(message, MessageState.SENT, "") for message in claimed], now=NOW)
    capped_notes(3, 3)
    assert len(claiming.claim(now=NOW)) == (0 if leave == 5 else 2)


@pytest.mark.usefixtures("asks")
def test_claim_caps_fifteen_mails_in_thirty_days():
    left = []
    for day in range(10):
        at = NOW + timedelta(days=day, hours=day / 10)
        capped_notes(5, 5, at=at)
        claimed = claiming.claim(now=at)
        claiming.settle([(message, MessageState.SENT, "") for message in claimed], now=at)
        left.append(len(claimed))

    assert left == [5, 5, 5, 0, 0, 0, 0, 0, 0, 0]
    month_later = NOW + timedelta(days=31)
    capped_notes(5, 5, at=month_later)
    assert len(claiming.claim(now=month_later)) == 5


@pytest.mark.usefixtures("asks")
def test_claim_counts_mails_in_the_queue_by_when_they_leave():
    waited = NOW - timedelta(days=2)  # no worker ran for two days
    capped_notes(20, 20, at=waited)

    claimed = claiming.claim(now=NOW)
    claiming.settle([(message, MessageState.SENT, "") for message in claimed], now=NOW)
    capped_notes(20, 20, at=waited)

    assert len(claimed) == 5
    assert claiming.claim(now=NOW + SECOND) == []


@pytest.mark.usefixtures("asks")
def test_claim_holds_the_cap_over_an_outage():
    left = 0
    for hour in range(4):
        now = NOW + timedelta(hours=hour)
        capped_notes(5, 5, at=now)
        for message in claiming.claim(now=now):
            claiming.postpone(message, "ConnectionRefusedError", now=now)

    back = NOW + timedelta(hours=9)
    for message in claiming.claim(now=back):
        claiming.settle([(message, MessageState.SENT, "")], now=back)
        left += 1

    assert left == 5


@pytest.mark.usefixtures("asks")
def test_claim_does_not_count_a_mail_against_itself_when_its_worker_died():
    capped_notes(3)
    first = claiming.claim(now=NOW)

    again = claiming.claim(now=NOW + 61 * SECOND)

    assert [m.pk for m in again] == [m.pk for m in first]
    assert len(again) == 3


@pytest.mark.usefixtures("asks")
def test_claim_caps_each_address_by_itself_and_capped_kinds_alone():
    capped_notes(9)
    make_note(kind="ask", recipient_index=suppressing.index_of("bob@example.org"), scope="0")
    make_note(kind="ask", scope="0")  # no address is known: nothing to count
    make_note(recipient_index=SUZIE, scope="0")

    kinds = Counter(message.kind for message in claiming.claim(now=NOW))

    assert kinds == {"ask": 5, "note": 1}


def test_claim_costs_the_same_for_one_mail_and_for_three(note_kind):
    note_kind("ask", capped=True)
    for amount in (1, 3):
        for number in range(amount):
            address = f"person-{amount}-{number}@example.org"
            make_note(kind="ask", recipient_index=suppressing.index_of(address))
        with CaptureQueriesContext(connection) as captured:
            assert len(claiming.claim(now=NOW)) == amount
        assert len([query for query in captured if "outbox_" in query["sql"]]) == 4
