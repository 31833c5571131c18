"""Organisers and tasks at the same instant: one update runs, a milestone is found once, nobody is mailed twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from letters.core.errors import RuleError
from letters.outbox.models import Message
from letters.outreach import mailing, milestones, updates
from letters.outreach.models import Milestone, Update
from letters.signatures import counting
from tests.factories import make_letter, make_signature, make_signatures, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

CROWD = 6


def at_once(act, arguments):
    def run(argument):
        try:
            return act(argument)
        except RuleError as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(run, arguments))


def test_of_many_updates_started_at_once_one_leaves():
    letter, alice = make_letter(), make_user()
    make_signature(letter, consent_updates=True)
    drafts = [updates.write(letter, updates.Words(f"Update {n}", "Text"), by=alice) for n in range(CROWD)]

    answers = at_once(lambda draft: updates.start(draft, revision=1, by=alice).state, drafts)

    assert sorted(answers) == ["sending"] + ["too-soon"] * (CROWD - 1)
    assert (Update.objects.filter(state="sending").count(), Message.objects.count()) == (1, 1)


def test_tasks_that_run_at_once_queue_nobody_twice(settings):
    settings.UPDATE_MAILS_PER_MINUTE = 10
    letter, alice = make_letter(), make_user()
    make_signatures(letter, 12, consent_updates=True)
    updates.start(updates.write(letter, updates.Words("s", "b"), by=alice), revision=1, by=alice)
    Message.objects.update(state="sent")

    at_once(lambda _: mailing.run(), range(CROWD))

    assert Message.objects.filter(kind="update").values("subject_id").distinct().count() == 12
    assert Message.objects.count() == 12


def test_a_milestone_is_found_once_by_many_tasks():
    letter = make_letter()
    make_signatures(letter, 10)
    counting.refresh()

    assert sum(at_once(lambda _: milestones.find(), range(CROWD))) == 1
    assert (Milestone.objects.count(), Update.objects.count()) == (1, 1)
