import csv
from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from letters.outbox import claiming, sending, suppressing
from letters.outbox.models import Message, SuppressionReason
from letters.outreach import emails, mailing, unsubscribing, updates
from letters.outreach.models import Event, Notice, Update
from letters.press import contacts
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_team, make_user
from tests.signatures.renewals import publish

pytestmark = pytest.mark.django_db
WORDS = updates.Words("We met the minister", "It went **well**.\n\nSee [the notes](https://example.org/notes).")


def agreed(letter, amount=1, **fields):
    return [make_signature(letter, consent_updates=True, **fields) for _ in range(amount)]


def begun(letter, alice, words=WORDS):
    draft = updates.write(letter, words, by=alice)
    return updates.start(draft, revision=1, by=alice)


def subjects(update):
    return set(mailing.mails_of(update).values_list("subject_id", flat=True))


def test_only_those_who_agreed_and_can_be_reached_are_mailed(letter, alice):
    wanted = {row.public_id for row in agreed(letter, 2)} | {agreed(letter, state="hidden")[0].public_id}
    make_signature(letter)
    for state in ("pending", "held", "withdrawn", "removed", "erased", "sample"):
        agreed(letter, state=state)
    agreed(make_letter())

    assert subjects(begun(letter, alice)) == wanted


def test_earlier_versions_are_mailed_and_an_address_gets_one(letter, alice):
    alone = agreed(letter, email="bob@example.org")[0]
    agreed(letter, email="suzie@example.org")
    letter = publish(letter, alice)
    newest = agreed(letter, email="suzie@example.org")[0]
    agreed(letter, email="suzie@example.org", signatory_type="organization")

    assert subjects(begun(letter, alice)) == {alone.public_id, newest.public_id}


@pytest.mark.parametrize(
    ("newest", "mailed"),
    [({}, "new"), ({"consent_updates": False}, None), ({"held_reason": "spike"}, "old"), ({"state": "removed"}, "old")],
)
def test_update_and_list_of_addresses_reach_the_same_lines(letter, alice, newest, mailed):
    """The newest line that stands and is not held says whether its owner is written to."""
    mona = make_user("mona", is_staff=True)
    old = agreed(letter, email="suzie@example.org")[0]
    agreed(letter, state="held")
    others = {agreed(letter)[0].public_id}
    letter = publish(letter, alice)
    new = agreed(letter, email="suzie@example.org", carried_from=old)[0]
    Signature.objects.filter(pk=new.pk).update(**newest)
    wanted = others | {row.public_id for name, row in (("old", old), ("new", new)) if name == mailed}

    file = contacts.export(letter, contacts.UPDATES, by=mona, purpose="update", reason="To thank everybody.")
    listed = {UUID(row["signature_id"]) for row in csv.DictReader(StringIO(b"".join(file).decode()))}

    assert (subjects(begun(letter, alice)), listed) == (wanted, wanted)
    assert mailing.lines_of(letter).count() == len(wanted) == contacts.lists_for(mona, letter)[0].people


def test_who_is_released_gets_the_next_update(letter, alice):
    (line,) = agreed(letter, state="held")
    with pytest.raises(updates.NobodyAgreed):
        begun(letter, alice)

    Signature.objects.filter(pk=line.pk).update(held_reason="")

    draft = Update.objects.get()
    assert subjects(updates.start(draft, revision=1, by=alice)) == {line.public_id}


def test_mails_leave_at_the_rate_and_none_is_queued_twice(letter, alice, settings):
    settings.UPDATE_MAILS_PER_MINUTE = 2
    agreed(letter, 5)
    now = timezone.now()
    update = begun(letter, alice)

    times = sorted(mailing.mails_of(update).values_list("next_at", flat=True))
    assert [len(times), (times[1] - times[0]).total_seconds()] == [2, 30]
    assert mailing.run(now=now) == 0  # two wait
    done = Message.objects.filter(kind="update")
    for expected in (2, 1, 0):
        done.update(state="sent")
        assert mailing.run(now=now) == expected
    update.refresh_from_db()
    assert (update.state, update.counts["sent"], len(subjects(update))) == ("sent", 5, 5)


def test_two_letters_share_the_rate(alice, settings):
    settings.UPDATE_MAILS_PER_MINUTE = 4
    letters = [make_letter(), make_letter()]
    for letter in letters:
        agreed(letter, 8)
        begun(letter, alice)
    Message.objects.filter(kind="update").update(state="sent")

    assert mailing.run() == 4


def test_one_a_week_with_the_hour_from_when(letter, alice):
    letter.time_zone = "Europe/Berlin"
    letter.save()
    agreed(letter)
    with time_machine.travel("2026-11-24 12:00+00:00", tick=False):
        first = begun(letter, alice)
        Update.objects.filter(pk=first.pk).update(state="sent")
        with pytest.raises(updates.TooSoon) as refused:
            begun(letter, alice)
    assert refused.value.message == (
        "Signatories get at most one update a week. The next one may be sent from 1 December 2026, 13:00 "
        "(Europe/Berlin)."
    )
    with time_machine.travel("2026-12-01 11:59+00:00", tick=False), pytest.raises(updates.TooSoon):
        begun(letter, alice)
    with time_machine.travel("2026-12-01 12:00+00:00", tick=False):
        assert begun(letter, alice).state == "sending"


def test_another_letter_has_a_week_of_its_own(letter, alice):
    other = make_letter()
    for one in (letter, other):
        agreed(one)
        assert begun(one, alice).state == "sending"


def test_starting_twice_is_starting_once(letter, alice):
    agreed(letter, 2)
    update = begun(letter, alice)

    updates.start(update, revision=1, by=alice)

    assert Message.objects.filter(kind="update").count() == 2


def test_a_draft_that_changed_meanwhile_is_not_sent(letter, alice):
    agreed(letter)
    draft = updates.write(letter, WORDS, by=alice)
    updates.save(draft, updates.Words("Other", "Other"), revision=1)

    for attempt in (
        lambda: updates.start(draft, revision=1, by=alice),
        lambda: updates.save(draft, WORDS, revision=1),
    ):
        with pytest.raises(updates.ChangedMeanwhile):
            attempt()
    draft.refresh_from_db()
    assert (draft.subject, draft.state) == ("Other", "draft")


def test_nobody_to_write_to_and_not_yet_public_are_refused(letter, alice):
    with pytest.raises(updates.NobodyAgreed):
        begun(letter, alice)
    private = make_letter(state="private")
    agreed(private)
    with pytest.raises(updates.NotYetPublic):
        begun(private, alice)


def test_what_was_sent_is_neither_changed_nor_deleted(letter, alice):
    agreed(letter)
    update = begun(letter, alice)

    with pytest.raises(updates.NotADraft):
        updates.save(update, WORDS, revision=1)
    with pytest.raises(updates.NotADraft):
        updates.delete(update)


def test_stopping_before_a_mail_left_gives_draft_and_week_back(letter, alice):
    agreed(letter, 2)
    update = updates.stop(begun(letter, alice), by=alice)

    assert (update.state, update.started_at, updates.next_allowed(letter)) == ("draft", None, None)
    assert (Message.objects.count(), Event.objects.filter(kind="update").count()) == (0, 0)


def test_stopped_goes_on_and_nobody_gets_it_twice(letter, alice, settings):
    agreed(letter, 4)
    settings.UPDATE_MAILS_PER_MINUTE = 2
    update = begun(letter, alice)
    first = mailing.mails_of(update).order_by("next_at").first()
    Message.objects.filter(pk=first.pk).update(state="sent")

    stopped = updates.stop(update, by=alice)
    assert (stopped.state, stopped.counts["sent"], Message.objects.count()) == ("stopped", 1, 1)
    assert mailing.run() == 0
    updates.resume(update, by=alice)
    Message.objects.filter(kind="update").update(state="sent")
    mailing.run()

    assert len(subjects(update)) == 4
    assert mailing.mails_of(update).count() == 4


def test_a_stopped_update_is_too_old_after_two_weeks(letter, alice):
    agreed(letter)
    update = begun(letter, alice)
    Message.objects.update(state="sent")
    updates.stop(update, by=alice)

    with time_machine.travel(timezone.now() + timedelta(days=15)), pytest.raises(updates.TooSoon):
        updates.resume(update, by=alice)


def test_a_stopped_update_does_not_go_on_behind_a_later_one(letter, alice):
    agreed(letter, 2)
    first = begun(letter, alice)
    Message.objects.filter(pk=mailing.mails_of(first).first().pk).update(state="sent")
    updates.stop(first, by=alice)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        second = begun(letter, alice)
        Message.objects.update(state="sent")
        mailing.run()
        second.refresh_from_db()
        assert second.state == "sent"

        with pytest.raises(updates.TooSoon, match="later update was sent meanwhile"):
            updates.resume(first, by=alice)
    assert mailing.mails_of(first).count() == 1


def built(update):
    return list(emails.build_update(list(mailing.mails_of(update))).values())


def test_the_mail_carries_words_twin_and_one_click_headers(letter, alice, settings):
    settings.SITE_URL = "https://letters.example"
    line = agreed(letter, email="suzie@example.org")[0]

    mail = built(begun(letter, alice))[0]

    token = unsubscribing.token_for(line)
    assert mail.headers == {
        "Reply-To": "press@example.org",
        "List-Unsubscribe": f"<https://letters.example/updates/{token}/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": "<lift.updates.letters.example>",
    }
    assert (mail.to, mail.subject) == ("suzie@example.org", "We met the minister")
    assert "It went well.\n\nSee the notes (https://example.org/notes)." in mail.text
    assert "<strong>well</strong>" in mail.html
    for part in (mail.text, mail.html):
        assert f"https://letters.example/updates/{token}/" in part
        assert f"https://letters.example/mine/{managing.token_for(line)}/" in part


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"consent_updates": False}, "unsubscribed"),
        ({"email_sealed": None}, "gone"),
        ({"state": "pending"}, "gone"),
        ({"held_reason": "spike"}, "held"),
    ],
)
def test_who_changed_their_mind_while_it_waited_is_not_mailed(letter, alice, change, code):
    line = agreed(letter)[0]
    update = begun(letter, alice)
    Signature.objects.filter(pk=line.pk).update(**change)

    assert [mail.code for mail in built(update)] == [code]


def test_a_mail_that_was_claimed_when_somebody_stopped_does_not_leave(letter, alice):
    agreed(letter)
    update = begun(letter, alice)
    Update.objects.filter(pk=update.pk).update(state="stopped")

    assert [mail.code for mail in built(update)] == ["stopped"]


def test_blocked_addresses_are_withheld_and_bounces_counted(letter, alice, smtp_sink):
    agreed(letter, email="gone@example.org")
    agreed(letter, email="blocked@example.org")
    agreed(letter, email="suzie@example.org")
    suppressing.suppress("blocked@example.org", SuppressionReason.COMPLAINT)
    smtp_sink.refuse = {"gone@example.org": "550 5.1.1 no such user"}
    update = begun(letter, alice)
    Message.objects.update(next_at=timezone.now())

    sending.deliver_due()
    mailing.run()

    update.refresh_from_db()
    assert update.counts == {"sent": 1, "waiting": 0, "bounced": 1, "withheld": 1, "failed": 0}
    assert smtp_sink.recipients == ["suzie@example.org"]
    assert smtp_sink.messages[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_update_is_printed_as_the_organisers_words_if_they_wish(letter, alice):
    agreed(letter)
    begun(letter, alice)

    event = Event.objects.get(kind="update")
    assert (event.title, event.text, event.is_by_organisers) == (WORDS.subject, WORDS.body, True)


def test_an_update_stays_off_the_timeline_if_they_wish(letter, alice):
    agreed(letter)
    begun(letter, alice, updates.Words("Quiet", "Text", is_on_timeline=False))

    assert not Event.objects.filter(kind="update").exists()


def test_a_test_goes_to_the_asker_alone_and_says_so(letter, alice):
    agreed(letter)
    draft = updates.write(letter, WORDS, by=alice)
    updates.send_test(draft, to=alice)

    message = claiming.claim()[0]
    mail = emails.build_test([message])[message.pk]
    assert (mail.to, mail.subject) == (alice.email, "[Test] We met the minister")
    assert mail.headers["List-Unsubscribe"].endswith(reverse("public:updates", args=["test"]) + ">")


def test_a_test_does_not_reach_who_left_the_team(letter):
    bob = make_user("bob")
    team = make_team("bob", "editor", letter=letter)
    draft = updates.write(letter, WORDS, by=bob)
    updates.send_test(draft, to=bob)
    team.memberships.all().delete()

    message = claiming.claim()[0]
    assert emails.build_test([message])[message.pk].code == "not-theirs"


def test_test_mails_are_limited(letter, alice):
    draft = updates.write(letter, WORDS, by=alice)
    for _ in range(updates.TESTS_A_DAY):
        updates.send_test(draft, to=alice)

    with pytest.raises(updates.TooSoon):
        updates.send_test(draft, to=alice)
    assert Notice.objects.count() == updates.TESTS_A_DAY


def test_rows_are_never_loaded_all_at_once(letter, alice, settings, monkeypatch):
    monkeypatch.setattr(mailing, "BATCH", 3)
    settings.UPDATE_MAILS_PER_MINUTE = 5
    agreed(letter, 12)
    update = begun(letter, alice)

    assert mailing.mails_of(update).count() == 5
    assert mailing.shown_counts(update) == {"sent": 0, "waiting": 12, "bounced": 0, "withheld": 0, "failed": 0}
