from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.moderation import asking, cases, deciding, withholding
from letters.moderation.models import UNDO_WITHIN, Case
from letters.outbox import sending
from letters.signatures import anonymising, managing
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import AnonymousLine, Signature
from letters.verification import recording
from tests import anonymous
from tests.factories import make_letter, make_signature
from tests.moderation.people import reviewer

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def mona():
    return reviewer()


@pytest.fixture
def letter():
    return make_letter(offers_anonymous=True)


def again(row):
    return type(row).objects.get(pk=row.pk)


def is_printed(signature):
    return AnonymousLine.objects.printed().filter(signature=signature).exists()


@pytest.mark.parametrize("axes", [{"position", "affiliation"}, {"name"}, {"name", "position"}])
def test_a_check_that_leaves_out_a_printed_part_prints_nothing(letter, mona, axes):
    signature = anonymous.ask(letter)
    case = anonymous.case_of(signature)

    with pytest.raises(deciding.EvidenceMissing):
        deciding.accept(case.public_id, by=mona, checked=anonymous.checked(axes=frozenset(axes)))

    assert not is_printed(signature)
    assert again(case).is_open


def test_a_part_that_is_not_printed_needs_no_check(letter, mona):
    signature = anonymous.ask(letter, position="")
    checked = anonymous.checked(axes=frozenset({"name", "affiliation"}))

    deciding.accept(anonymous.case_of(signature).public_id, by=mona, checked=checked)

    assert is_printed(signature)


def test_without_a_check_nobody_accepts(letter, mona):
    signature = anonymous.ask(letter)

    with pytest.raises(deciding.EvidenceMissing):
        deciding.accept(anonymous.case_of(signature).public_id, by=mona)

    assert not is_printed(signature)


def test_a_reviewer_makes_the_words_say_less_and_they_are_what_is_printed(letter, mona):
    signature = anonymous.ask(letter)
    words = Words("Professor", "a university in the Netherlands")

    line = anonymous.accept(signature, mona, words=words)

    assert (line.words, line.sort_text) == (words, "professor, a university in the netherlands")
    assert again(signature).affiliation == "University X"


def test_who_shares_position_and_affiliation_is_counted_until_the_words_say_less(letter):
    signature = anonymous.ask(letter)
    assert withholding.sharing(signature) == 1
    for _ in range(2):
        make_signature(letter, position="professor of cryptography", affiliation="UNIVERSITY X")
    make_signature(letter, state="withdrawn")
    make_signature(letter, affiliation="University Y")

    assert withholding.sharing(signature) == withholding.FEW

    line = AnonymousLine.objects.of(signature)
    line.say(Words("Professor", "a university"))
    line.save()
    assert withholding.sharing(signature) is None


def test_a_review_that_is_voided_takes_the_line_off_and_asks_anew(letter, mona):
    signature, line = anonymous.printed(letter, mona)

    recording.void(signature, ["name"])

    assert not is_printed(signature)
    assert again(line).checked_at is None
    assert anonymous.case_of(signature).is_open


def test_undo_takes_the_line_off_again(letter, mona):
    signature = anonymous.ask(letter)
    case = anonymous.case_of(signature)
    deciding.accept(case.public_id, by=mona, checked=anonymous.checked())
    assert is_printed(signature)

    deciding.undo(case.public_id, by=mona)

    assert not is_printed(signature)
    assert again(case).is_open


def test_a_check_is_not_taken_back_once_the_name_is_deleted(letter, mona):
    signature = anonymous.ask(letter)
    asked = asking.ask_for_review(signature, "review-asked")
    deciding.accept(asked.public_id, by=mona, checked=anonymous.checked())
    case = anonymous.case_of(signature)
    deciding.accept(case.public_id, by=mona, checked=anonymous.checked())
    anonymising.delete_name(signature.public_id)

    for one in (asked, case):
        with pytest.raises(withholding.NameGone, match="refuse the signature"):
            deciding.undo(one.public_id, by=mona)

    assert is_printed(signature)
    assert not again(case).is_open


def test_undo_takes_the_line_off_whatever_review_it_rested_on(letter, mona):
    signature = anonymous.ask(letter)
    case = anonymous.case_of(signature)
    recording.record(signature, review_of(), by="test", reviewer=None)
    deciding.accept(case.public_id, by=mona)
    assert is_printed(signature)

    deciding.undo(case.public_id, by=mona)

    assert not is_printed(signature)


def review_of():
    from letters.verification.providers import review  # noqa: PLC0415 - here alone

    return review.evidence(review.finding_of(anonymous.checked()))


@pytest.mark.parametrize(("reason", "state"), [("no-evidence", "confirmed"), ("impersonation", "removed")])
def test_a_refusal_is_about_the_line_unless_it_speaks_against_the_signature(letter, mona, reason, state):
    signature = anonymous.ask(letter)
    case = anonymous.case_of(signature)
    deciding.refuse(case.public_id, by=mona, reason_code=reason, note="No page names this person.")

    row = again(signature)

    assert (row.state, is_printed(row), Signature.objects.public().exists()) == (state, False, False)
    assert not Case.objects.waiting().filter(signature=row, reason="anonymous").exists()


def test_who_was_refused_may_ask_again_and_withdraw(letter, mona):
    signature = anonymous.ask(letter)
    case = anonymous.case_of(signature)
    deciding.refuse(case.public_id, by=mona, reason_code="no-evidence", note="No page names this person.")

    assert withholding.ask(again(signature)) is not None

    managing.withdraw(signature.public_id)
    assert not Case.objects.waiting().exists()


def test_a_line_with_other_open_questions_waits_for_them(letter, mona):
    letter.watched_names = ["Suzie van der Berg"]
    letter.save()
    signature = anonymous.ask(letter)

    anonymous.accept(signature, mona)

    assert again(signature).held_reason == "watched-name"
    assert not is_printed(signature)


def test_the_refusal_mail_says_what_became_of_the_signature(letter, mona, mailoutbox):
    signature = anonymous.ask(letter)
    case = anonymous.case_of(signature)
    deciding.refuse(case.public_id, by=mona, reason_code="no-evidence", note="No page names this person.")

    with time_machine.travel(timezone.now() + UNDO_WITHIN + timedelta(seconds=1), tick=False):
        sending.deliver_due()

    (mail,) = [mail for mail in mailoutbox if "No page names this person." in mail.body]
    assert "could not check the name" in mail.body
    assert "your signature stays counted" in mail.body
    assert "removed it" not in mail.body


def test_other_words_are_covered_by_no_review_from_before_they_were_asked_for(letter, mona):
    signature = anonymous.ask(letter)
    anonymous.accept(signature, mona)
    anonymising.ask(signature.public_id, Words("Director", "the Heron Bank"), consent_text_sha256="d" * 64)
    case = anonymous.case_of(signature)

    with pytest.raises(deciding.EvidenceMissing):
        deciding.accept(case.public_id, by=mona)  # as the button in the queue does, which shows no words

    assert not is_printed(signature)
    anonymous.accept(signature, mona)
    assert is_printed(signature)


@pytest.mark.parametrize("name", ["Zoë Heron", "Heron", "Heron Zoe", "山田太郎"])
def test_a_line_that_has_the_whole_name_in_it_is_not_printed(letter, mona, name):
    signature = anonymous.ask(letter, display_name=name, affiliation="University X")
    words = Words("Dr ZOE HERON, zoologist", "山田太郎研究所")

    with pytest.raises(anonymising.TellsName):
        anonymous.accept(signature, mona, words=words)
    with pytest.raises(anonymising.TellsName):
        anonymising.ask(signature.public_id, words, consent_text_sha256="d" * 64)

    assert AnonymousLine.objects.of(signature).affiliation == "University X"
    assert not is_printed(signature)


def test_a_name_is_not_deleted_from_under_a_dispute(letter, mona):
    signature = anonymous.ask(letter)
    anonymous.accept(signature, mona)
    case = cases.open_case(signature, "dispute", detail="not-them")
    cases.open_case(signature, "review-asked")

    with pytest.raises(withholding.LookedAt):
        anonymising.delete_name(signature.public_id)

    assert again(signature).display_name == "Suzie van der Berg"
    assert again(case).is_open
    deciding.accept(case.public_id, by=mona)
    anonymising.delete_name(signature.public_id)
    assert again(signature).display_name == "Name withheld"
    assert is_printed(signature)
