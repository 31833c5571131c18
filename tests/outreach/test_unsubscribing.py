"""Ending one's consent to updates by the link in each of them: at once, for one's own lines and mails alone."""

import pytest

from letters.ledger.models import AuditEvent
from letters.outbox import suppressing
from letters.outbox.models import Message
from letters.outreach import mailing, unsubscribing, updates
from letters.signatures.models import Signature
from tests.factories import make_letter, make_message, make_signature, make_version
from tests.signatures.renewals import publish

pytestmark = pytest.mark.django_db
SUZIE = "suzie@example.org"
WORDS = updates.Words("We met the minister", "It went well.")


def agreed(letter, amount=1, **fields):
    return [make_signature(letter, consent_updates=True, **fields) for _ in range(amount)]


def begun(letter, alice):
    return updates.start(updates.write(letter, WORDS, by=alice), revision=1, by=alice)


def audited(action):
    return list(AuditEvent.objects.filter(action=action).values_list("actor", "object_id", "detail"))


def test_unsubscribing_works_at_once_for_every_line_of_the_address(letter, alice):
    agreed(letter, email="suzie@example.org")
    make_version(letter)
    twins = [*agreed(letter, email="Suzie@example.org"), *agreed(letter, email="suzie@example.org",
             signatory_type="organization")]  # fmt: skip
    elsewhere = agreed(make_letter(), email="suzie@example.org")[0]
    other = agreed(letter)[0]
    update = begun(letter, alice)

    assert unsubscribing.stop(twins[0].public_id) == 3

    on = set(Signature.objects.filter(consent_updates=True).values_list("pk", flat=True))
    assert on == {elsewhere.pk, other.pk}
    states = dict(mailing.mails_of(update).values_list("subject_id", "state"))
    assert states == {twins[0].public_id: "withheld", other.public_id: "due"}
    assert unsubscribing.stop(twins[0].public_id) == 0


def test_unsubscribing_can_be_taken_back_while_the_line_stands(letter):
    line = agreed(letter)[0]
    unsubscribing.stop(line.public_id)

    assert unsubscribing.renew(line.public_id) is True
    line.refresh_from_db()
    assert line.consent_updates is True
    gone = make_signature(letter, state="erased")
    assert unsubscribing.renew(gone.public_id) is False


def test_ending_and_renewing_reach_the_lines_under_other_versions_also_without_the_address(letter, alice):
    old = agreed(letter, email=SUZIE)[0]
    letter = publish(letter, alice)
    new = agreed(letter, email=SUZIE, carried_from=old)[0]

    def wanted():
        return set(Signature.objects.filter(consent_updates=True).values_list("pk", flat=True))

    unsubscribing.stop(old.public_id)
    after_stop = wanted()
    unsubscribing.renew(old.public_id)
    after_renewal = wanted()
    Signature.objects.update(email_sealed=None, email_index_odd=None, email_index_even=None)
    unsubscribing.stop(old.public_id)

    assert (after_stop, after_renewal, wanted()) == (set(), {old.pk, new.pk}, set())


def test_only_the_updates_of_this_letter_that_wait_are_kept_back(letter, alice):
    line, other = agreed(letter, email=SUZIE)[0], make_letter()
    agreed(other, email=SUZIE)
    here, there = begun(letter, alice), begun(other, alice)
    index = suppressing.index_of(SUZIE)
    sent = make_message(kind="update", scope=str(letter.pk), recipient_index=index, state="sent", serial=9)
    asked = make_message(kind="confirm", scope=str(letter.pk), recipient_index=index)

    unsubscribing.stop(line.public_id)

    (kept_back,) = mailing.mails_of(here)
    assert (kept_back.state, kept_back.error) == ("withheld", "unsubscribed")
    assert [message.state for message in mailing.mails_of(there)] == ["due"]
    assert [Message.objects.get(pk=row.pk).state for row in (sent, asked)] == ["sent", "due"]


def test_ending_and_renewing_are_audited_once_without_an_address(letter):
    line = agreed(letter, email=SUZIE)[0]

    for _ in range(2):
        unsubscribing.stop(line.public_id)
    for _ in range(2):
        unsubscribing.renew(line.public_id)

    assert audited("updates-off") == [("signatory", str(line.public_id), "1")]
    assert audited("updates-on") == [("signatory", str(line.public_id), "")]


@pytest.mark.parametrize("state", ["withdrawn", "removed", "erased", "pending"])
def test_a_line_that_does_not_stand_is_not_renewed(letter, state):
    line = make_signature(letter, state=state)
    other = make_signature(letter)

    assert unsubscribing.renew(line.public_id) is False
    assert not Signature.objects.filter(pk__in=[line.pk, other.pk], consent_updates=True).exists()
    assert audited("updates-on") == []


def test_a_line_whose_address_is_gone_can_end_it_and_not_renew_it(letter):
    """A month after a letter closed its addresses are deleted; the links in old mails still open."""
    line, other = agreed(letter, 2)
    gone = {"email_sealed": None, "email_index_odd": None, "email_index_even": None}
    Signature.objects.filter(pk=line.pk).update(**gone)

    assert unsubscribing.stop(line.public_id) == 1
    assert unsubscribing.renew(line.public_id) is False
    assert list(Signature.objects.filter(consent_updates=True)) == [other]
