import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.core.errors import RuleError
from letters.ledger.models import AuditEvent
from letters.moderation.models import Case
from letters.signatures import anonymising, carrying, counting, disclosing, managing, sentences, signing
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import AnonymousLine, Signature
from letters.verification.models import Evidence
from tests import anonymous
from tests.factories import make_letter, make_version, sign_and_confirm, sign_up
from tests.moderation.people import reviewer

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WORDS = Words("Professor", "a university in the Netherlands")
CONSENT = "d" * 64


@pytest.fixture
def mona():
    return reviewer()


@pytest.fixture
def letter():
    return make_letter(offers_anonymous=True)


def again(row):
    return type(row).objects.get(pk=row.pk)


def ask(signature, words=WORDS):
    anonymising.ask(signature.public_id, words, consent_text_sha256=CONSENT)


def tally_of(letter):
    return counting.recount(letter.version_id, now=timezone.now())


def counts(letter):
    tally = tally_of(letter)
    return (tally.persons, tally.withheld, tally.anonymised)


def test_who_signs_without_a_name_is_hidden_before_and_after_the_confirmation(letter):
    attempt = sign_up(letter, is_anonymous=True)

    signature = signing.confirm(attempt.public_id)

    assert attempt.hidden_at is not None
    assert not Signature.objects.public().exists()
    line = AnonymousLine.objects.get()
    assert line.words == Words("Professor of Cryptography", "University X")
    assert (line.signature_id, line.checked_at, line.consent_text_sha256) == (
        signature.pk,
        None,
        signature.consent_text_sha256,
    )
    assert not AnonymousLine.objects.printed().exists()
    assert counts(letter) == (0, 1, 0)


def test_consents_that_mean_nothing_without_a_name_are_not_given_with_it(letter):
    ticked = dict.fromkeys(signing.UNPRINTED, True)

    signature = sign_up(letter, is_anonymous=True, consent_updates=True, comment="As the author of X", **ticked)

    assert [name for name in signing.UNPRINTED if getattr(signature, name)] == []
    assert signature.consent_updates is True
    assert [name for name in ticked if getattr(sign_up(letter, "bob", **ticked), name)] == list(ticked)


def test_a_line_is_printed_after_its_check_alone_and_never_counted_as_a_person(letter, mona):
    sign_and_confirm(letter, "bob")
    signature = anonymous.ask(letter)
    assert counts(letter) == (1, 1, 0)

    line = anonymous.accept(signature, mona)

    assert list(AnonymousLine.objects.printed()) == [line]
    assert counts(letter) == (1, 1, 1)
    assert list(Signature.objects.public().values_list("display_name", flat=True)) == ["Bob Brandt"]
    sentence = sentences.count_of(tally_of(letter), "Lift").sentence
    assert "1 person has signed" in sentence
    assert "1 person whose name is withheld has also signed." in sentence
    assert "This person is listed by position and affiliation" in sentence


@pytest.mark.parametrize("held", ["held_reason", "state"])
def test_a_line_of_a_signature_that_is_off_is_off(letter, mona, held):
    signature, _line = anonymous.printed(letter, mona)

    values = {"held_reason": "operator"} if held == "held_reason" else {"state": "removed"}
    Signature.objects.filter(pk=signature.pk).update(**values)

    assert not AnonymousLine.objects.printed().exists()


def test_ask_later_takes_the_name_off_at_once_and_waits_for_the_check(letter):
    signature = sign_and_confirm(letter)

    ask(signature)
    ask(signature)

    assert not Signature.objects.public().exists()
    line = AnonymousLine.objects.get()
    assert (line.words, line.checked_at, line.consent_text_sha256) == (WORDS, None, CONSENT)
    assert Case.objects.waiting().filter(reason="anonymous").count() == 1
    assert AuditEvent.objects.filter(action="name-withheld").count() == 1


def test_ask_is_for_letters_that_offer_it_and_for_people(letter):
    plain = sign_and_confirm(make_letter())
    signature = sign_and_confirm(letter)
    Signature.objects.filter(pk=signature.pk).update(signatory_type="organization")

    for row in (plain, signature):
        with pytest.raises(anonymising.NotOffered):
            ask(row)

    assert Signature.objects.public().count() == 2


def test_ask_needs_a_word_that_can_be_printed(letter):
    signature = sign_and_confirm(letter)

    with pytest.raises(anonymising.NothingToPrint):
        ask(signature, Words("", ""))

    assert again(signature).is_public


def test_other_words_are_checked_anew_before_they_are_printed(letter, mona):
    signature, line = anonymous.printed(letter, mona)

    ask(signature)

    other = AnonymousLine.objects.of(signature)
    assert (other.words, other.checked_at, other.public_id == line.public_id) == (WORDS, None, False)
    assert again(line).label == ""
    assert not AnonymousLine.objects.printed().exists()
    assert Case.objects.waiting().filter(reason="anonymous").exists()


def test_a_correction_of_the_line_is_followed_and_checked_anew(letter, mona):
    signature = anonymous.ask(letter)
    wanted = {name: getattr(signature, name) for name in managing.Correction.__dataclass_fields__}

    managing.correct(signature.public_id, managing.Correction(**{**wanted, "position": "Lecturer"}))

    assert AnonymousLine.objects.of(signature).words == Words("Lecturer", "University X")
    line = anonymous.accept(signature, mona)
    managing.correct(signature.public_id, managing.Correction(**{**wanted, "position": "Dean"}))
    assert again(line).words == Words("Lecturer", "University X")  # what was checked stays until somebody looked
    managing.print_now(signature.public_id)
    other = AnonymousLine.objects.of(signature)
    assert (other.words, other.checked_at) == (Words("Dean", "University X"), None)


def test_a_correction_that_leaves_nothing_to_print_ends_the_line(letter, mona):
    signature = anonymous.ask(letter, position="")
    anonymous.accept(signature, mona)

    managing.print_changes(again(signature), {"affiliation": ""}, by="user:1")  # as where its organisation disputes it

    assert AnonymousLine.objects.of(signature) is None
    assert again(signature).hidden_at is not None
    assert not Case.objects.waiting().exists()


def test_only_the_signatory_goes_back_to_the_name_and_the_line_is_gone(letter, mona):
    signature, line = anonymous.printed(letter, mona)

    managing.hide(signature.public_id, hidden=False, consent_text_sha256=CONSENT)

    assert again(signature).is_public
    assert again(signature).consent_text_sha256 == CONSENT
    assert (again(line).label, again(line).ended_at is not None) == ("", True)
    assert counts(letter) == (1, 0, 0)
    ask(signature)
    assert AnonymousLine.objects.of(signature).public_id != line.public_id


def test_hiding_altogether_ends_the_line_and_its_case(letter):
    signature = anonymous.ask(letter)

    managing.hide(signature.public_id, hidden=True)

    assert AnonymousLine.objects.of(signature) is None
    assert not Case.objects.waiting().exists()
    assert counts(letter) == (0, 1, 0)


@pytest.mark.parametrize("end", [managing.withdraw, managing.erase, signing.disown])
def test_whoever_leaves_takes_the_line_along(letter, mona, end):
    signature, line = anonymous.printed(letter, mona)

    end(signature.public_id)

    assert (again(line).label, again(line).sort_text, again(line).consent_text_sha256) == ("", "", "")
    assert counts(letter) == (0, 0, 0)


def test_the_name_goes_after_the_check_and_the_line_stays(letter, mona):
    signature, line = anonymous.printed(
        letter, mona, given_name="Suzie", family_name="van der Berg", orcid="0000-0002-1825-0097",
        website="https://suzie.example/", comment="Read my book", honorific_prefix="Prof.",
    )  # fmt: skip

    anonymising.delete_name(signature.public_id)
    anonymising.delete_name(signature.public_id)

    row = again(signature)
    assert list(AnonymousLine.objects.printed()) == [line]
    kept = " ".join(str(value) for value in Signature.objects.filter(pk=row.pk).values()[0].values())
    assert [word for word in ("Suzie", "suzie", "Berg", "1825", "book", "Prof.") if word in kept] == []
    assert row.display_name == signing.NAME_WITHHELD
    assert not Evidence.objects.exists()
    assert row.email == "suzie@example.com"  # one person, one signature
    assert counts(letter) == (0, 1, 1)


def test_a_name_that_nobody_checked_is_not_deleted(letter):
    signature = anonymous.ask(letter)

    with pytest.raises(anonymising.NotCheckedYet):
        anonymising.delete_name(signature.public_id)

    assert again(signature).display_name == "Suzie van der Berg"


def test_who_deleted_the_name_cannot_print_or_change_it(letter, mona):
    signature, _line = anonymous.printed(letter, mona)
    anonymising.delete_name(signature.public_id)
    wanted = dict.fromkeys(managing.Correction.__dataclass_fields__, "")

    for act in (
        lambda: managing.hide(signature.public_id, hidden=False),
        lambda: managing.correct(signature.public_id, managing.Correction(**{**wanted, "display_name": "Eve"})),
        lambda: ask(signature),
    ):
        with pytest.raises(anonymising.NameDeleted):
            act()

    managing.withdraw(signature.public_id)
    assert counts(letter) == (0, 0, 0)


def test_the_name_is_withheld_under_every_version(letter):
    before = sign_and_confirm(letter)
    make_version(letter)
    now = sign_and_confirm(letter)

    ask(now)

    assert not Signature.objects.public().exists()
    assert {line.signature_id for line in AnonymousLine.objects.standing()} == {before.pk, now.pk}


def test_who_signs_a_new_text_without_the_name_has_it_withheld_under_the_earlier_one(letter):
    before = sign_and_confirm(letter)
    make_version(letter)

    sign_and_confirm(letter, is_anonymous=True, position="Professor", affiliation="a university")

    assert not Signature.objects.public().exists()
    assert AnonymousLine.objects.of(before).words == Words("Professor", "a university")


def test_what_was_withheld_under_an_earlier_text_stays_as_it_was_chosen(letter, mona):
    vague, hidden = sign_and_confirm(letter), sign_and_confirm(letter, "bob")
    ask(vague)
    anonymous.accept(vague, mona)
    managing.hide(hidden.public_id, hidden=True)
    make_version(letter)

    for person in ("suzie", "bob"):
        sign_and_confirm(letter, person, is_anonymous=True, position="Dean", affiliation="University X")

    line = AnonymousLine.objects.of(vague)
    assert (line.words, line.checked_at is None) == (WORDS, False)
    assert AnonymousLine.objects.of(hidden) is None


def test_a_line_is_carried_under_another_number(letter, mona):
    signature, line = anonymous.printed(letter, mona)
    version = make_version(letter)

    new = carrying.carry(signature, version, 0)

    carried = AnonymousLine.objects.of(new)
    assert (carried.words, carried.checked_at) == (line.words, line.checked_at)
    assert carried.public_id != line.public_id
    assert AnonymousLine.objects.printed().count() == 2


def test_a_hidden_line_that_was_carried_over_needs_the_consent_to_the_name_as_well(letter):
    signature = anonymous.ask(letter)
    managing.hide(signature.public_id, hidden=True)
    new = carrying.carry(again(signature), make_version(letter), 0)

    with pytest.raises(anonymising.NotAgreed):
        managing.hide(new.public_id, hidden=False)

    managing.hide(new.public_id, hidden=False, consent_text_sha256=CONSENT)
    assert again(new).is_public


def test_the_database_refuses_two_lines_and_a_name_deleted_unchecked(letter, mona):
    signature = anonymous.ask(letter)
    line = AnonymousLine.objects.of(signature)

    with pytest.raises(IntegrityError), transaction.atomic():
        AnonymousLine.objects.create(signature=signature, asked_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        AnonymousLine.objects.filter(pk=line.pk).update(name_deleted_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        AnonymousLine.objects.filter(pk=line.pk).update(ended_at=timezone.now())


def test_data_of_tells_the_person_what_is_stored(letter, mona):
    signature, line = anonymous.printed(letter, mona)

    found = disclosing.data_of(signature)["line_without_name"]

    assert found["line_id"] == str(line.public_id)
    assert (found["position"], found["affiliation"]) == line.words
    assert found["checked_at"] == line.checked_at.isoformat()
    with pytest.raises(RuleError):
        anonymising.ask(signature.public_id, Words("", ""), consent_text_sha256=CONSENT)
