"""From the draft to the open letter, and back where that is allowed."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.documents import amending, launching, publishing
from letters.documents.models import Letter, LetterState, Version
from letters.ledger.models import AuditEvent
from tests.factories import make_invitation, make_letter, make_version, sign_and_confirm, utc

pytestmark = pytest.mark.django_db
BEHIND = [{"name": "Jo Doe", "role": "author", "funding": "nobody pays", "interests": "none"}]
NOON = utc("2026-12-01 12:00")


def ready(**fields):
    return make_letter(state="draft", organisers=BEHIND, contact="press@example.org", **fields)


def fresh(letter):
    return Letter.objects.get(pk=letter.pk)


def test_every_move_that_is_not_in_the_table_is_refused():
    for before in LetterState.values:
        letter = make_letter(state=before)
        for after in set(LetterState.values) - publishing.MOVES[before] - {before}:
            with pytest.raises(publishing.MoveRefused):
                publishing.move(letter, after, by="test")
        assert fresh(letter).state == before


def test_the_private_round_begins_with_the_words_of_the_draft():
    letter = launching.begin_private_round(ready(title="A title"), by="user:1")

    assert (letter.state, letter.title, letter.is_public, letter.takes_invited) == ("private", "A title", False, True)
    assert not Letter.objects.public().filter(pk=letter.pk).exists()


def test_nothing_goes_on_while_something_is_missing():
    letter = make_letter(state="draft", organisers=[])

    for verb in (launching.begin_private_round, launching.lock, launching.launch):
        with pytest.raises(launching.NotReady):
            verb(letter, by="user:1")
    assert (fresh(letter).state, fresh(letter).locked_at) == ("draft", None)


def test_a_scheduled_letter_opens_by_its_hour_whether_a_worker_runs_or_not():
    with time_machine.travel(NOON, tick=False):
        letter = launching.schedule(ready(), NOON + timedelta(hours=3), by="user:1")
        assert (letter.state, letter.is_open, letter.is_public) == ("embargoed", False, False)
        assert Letter.objects.announced().get() == letter

    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        letter = fresh(letter)
        assert (letter.state, letter.is_open, letter.is_public, letter.shown_state) == ("embargoed", True, True, "open")
        assert Letter.objects.public().get() == letter
        assert launching.launch_due() == 1
        assert launching.launch_due() == 0
    assert (fresh(letter).state, fresh(letter).published_at) == ("open", NOON + timedelta(hours=3))


def test_after_the_hour_the_launch_can_no_longer_be_called_off():
    with time_machine.travel(NOON, tick=False):
        letter = launching.schedule(ready(), NOON + timedelta(hours=3), by="user:1")
    with time_machine.travel(NOON + timedelta(hours=4), tick=False):
        for verb in (launching.call_off, launching.unlock, launching.launch):
            with pytest.raises(publishing.MoveRefused):
                verb(letter, by="user:1")


def test_a_called_off_launch_waits_in_the_private_round_with_its_text_locked():
    letter = launching.schedule(ready(), timezone.now() + timedelta(days=1), by="user:1")

    letter = launching.call_off(letter, by="user:1")

    assert (letter.state, letter.opens_at, letter.locked_at is not None) == ("private", None, True)


def test_an_hour_too_soon_too_late_or_after_the_closing_date_is_refused():
    now = timezone.now()
    letter = ready(closes_at=now + timedelta(days=5))

    for hour in (now, now - timedelta(days=1), now + timedelta(days=400), now + timedelta(days=6)):
        with pytest.raises(launching.HourRefused):
            launching.schedule(letter, hour, by="user:1")
    assert (fresh(letter).state, fresh(letter).locked_at) == ("draft", None)


def test_launching_locks_opens_and_stamps():
    letter = launching.launch(ready(), by="user:1")

    assert (letter.state, letter.is_open) == ("open", True)
    assert None not in (letter.locked_at, letter.published_at, letter.opens_at)


def test_unlocking_a_launched_letter_is_refused():
    letter = launching.launch(ready(), by="user:1")

    with pytest.raises(publishing.MoveRefused):
        launching.unlock(letter, by="user:1")


def test_a_text_that_was_unlocked_after_somebody_signed_it_is_a_new_version():
    letter = launching.begin_private_round(ready(), by="user:1")
    Letter.objects.filter(pk=letter.pk).update(state="open")  # the ordinary form stands for the invited one
    signed = sign_and_confirm(fresh(letter))

    version = make_version(fresh(letter))

    assert (version.number, signed.version.number) == (2, 1)


def test_hiding_names_is_kept_with_its_time_and_said_once():
    letter = make_letter()

    launching.hide_names(letter, by="user:1")
    hidden = launching.hide_names(letter, by="user:2")
    assert (hidden.shows_names, AuditEvent.objects.filter(action="names-hidden").count()) == (False, 1)
    assert launching.show_names(letter, by="user:1").shows_names is True


def test_a_closing_date_before_the_opening_or_in_the_past_is_refused():
    letter = launching.schedule(ready(), timezone.now() + timedelta(days=2), by="user:1")

    for hour in (timezone.now() - timedelta(hours=1), timezone.now() + timedelta(days=1)):
        with pytest.raises(launching.HourRefused):
            launching.close_at(letter, hour, by="user:1")
    assert launching.close_at(letter, None, by="user:1").closes_at is None


def test_the_text_of_the_private_round_is_changed_until_the_lock():
    letter = launching.begin_private_round(ready(), by="user:1")
    assert amending.may_amend(letter) is True

    locked = launching.lock(letter, by="user:1")

    assert amending.may_amend(locked) is False
    assert amending.may_amend(launching.unlock(locked, by="user:1")) is True


@pytest.mark.parametrize("change", [{"state": "private", "opens_at": None}, {"opens_at": NOON + timedelta(days=9)}])
def test_the_clock_launches_nothing_that_was_called_off_while_it_looked(change):
    with time_machine.travel(NOON, tick=False):
        letter = launching.schedule(ready(), NOON + timedelta(hours=3), by="user:1")
    Letter.objects.filter(pk=letter.pk).update(**change)  # committed after the clock had read its list

    with time_machine.travel(NOON + timedelta(hours=4), tick=False):
        assert launching._launch_one(letter) is False

    assert fresh(letter).state == change.get("state", "embargoed")


def test_a_draft_that_was_locked_is_deleted_with_all_it_has():
    letter = ready(title="A title")
    launching.unlock(launching.lock(letter, by="user:1"), by="user:1")

    launching.discard(letter, by="user:1")

    assert not Letter.objects.filter(pk=letter.pk).exists()
    assert not Version.objects.filter(letter_id=letter.pk).exists()
    assert AuditEvent.objects.get(action="letter-discarded").object_id == str(letter.pk)


@pytest.mark.parametrize("involve", [make_invitation, lambda letter: launching.launch(letter, by="user:1")])
def test_a_letter_that_somebody_has_to_do_with_is_not_deleted(involve):
    letter = ready()
    involve(letter)

    with pytest.raises(launching.Involved):
        launching.discard(letter, by="user:1")

    assert Letter.objects.filter(pk=letter.pk).exists()
    assert not AuditEvent.objects.filter(action="letter-discarded").exists()
