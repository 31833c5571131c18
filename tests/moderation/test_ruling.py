import pytest

from letters.core.errors import RuleError
from letters.ledger.models import AuditEvent
from letters.moderation import ruling
from letters.signatures.models import Signature
from letters.verification import recording
from letters.verification.providers.base import Proof
from tests.factories import make_letter, sign_and_confirm

pytestmark = pytest.mark.django_db


def save(letter, **changes):
    now = ruling.rules_of(letter)
    rules = ruling.Rules(**{**now.__dict__, **changes})
    return ruling.save(letter, rules, by="user:1")


def test_saving_is_audited_and_once():
    letter = make_letter()

    assert save(letter, publish_from="account", spike_per_hour=9) == ["publish_from", "spike_per_hour"]
    assert save(letter, publish_from="account", spike_per_hour=9) == []

    event = AuditEvent.objects.get(action="rules-changed")
    assert (event.actor, event.detail) == ("user:1", "publish_from,spike_per_hour")


@pytest.mark.parametrize("changes", [{"methods": ["palm-reading"]}, {"publish_from": "gut"}])
def test_unknown_values_are_refused(changes):
    letter = make_letter()

    with pytest.raises(RuleError):
        save(letter, **changes)

    letter.refresh_from_db()
    assert (letter.methods, letter.publish_from) == ([], "email")


def test_a_lower_threshold_lets_go_what_reached_it():
    letter = make_letter(publish_from="affiliation")
    strong, weak = sign_and_confirm(letter), sign_and_confirm(letter, "bob")
    recording.record(strong, [Proof("orcid", "account", {"orcid": "x"})], by="signatory")

    save(letter, publish_from="account")

    held = dict(Signature.objects.values_list("pk", "held_reason"))
    assert held == {strong.pk: "", weak.pk: "policy"}


def test_a_higher_threshold_leaves_printed_lines():
    letter = make_letter()
    sign_and_confirm(letter)

    save(letter, publish_from="review")

    assert Signature.objects.public().count() == 1


def test_a_new_watched_name_holds_printed_lines_and_a_removed_one_lets_go():
    letter = make_letter()
    row, _other = sign_and_confirm(letter), sign_and_confirm(letter, "bob")

    save(letter, watched_names=["Suzie Berg"])
    row.refresh_from_db()
    assert (row.held_reason, Signature.objects.public().count()) == ("watched-name", 1)

    save(letter, watched_names=["Somebody Else"])
    row.refresh_from_db()
    assert (row.held_reason, Signature.objects.public().count()) == ("", 2)


def test_names_are_cleaned_one_a_line_and_once():
    assert ruling.clean_names(["Ada  Lovelace", "", "ada lovelace", " Suzie Berg "]) == ["Ada Lovelace", "Suzie Berg"]


@pytest.mark.parametrize("lines", [["Ada Lovelace", "=cmd"], ["x\u202ey"], ["https://x.example/"]])
def test_a_line_that_is_no_name_is_named(lines):
    with pytest.raises(RuleError, match=f"^Line {len(lines)}: "):
        ruling.clean_names(lines)


def test_too_many_names_are_refused():
    lines = [f"Name {chr(65 + n // 26)}{chr(65 + n % 26)}x" for n in range(ruling.MOST_WATCHED + 170)]

    with pytest.raises(RuleError, match="Use at most 500 names"):
        ruling.clean_names(lines)
