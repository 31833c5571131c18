import pytest

from letters.core.errors import RuleError
from letters.moderation import cases, deciding, screening
from letters.moderation.models import Case
from letters.signatures import signals
from letters.signatures.models import Signature
from letters.verification import recording
from letters.verification.providers.base import Proof
from tests.factories import make_letter, make_signature, sign_and_confirm, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ORCID = Proof("orcid", "account", {"orcid": "0000-0001-2345-6789"}, subject=("orcid", "0000-0001-2345-6789"))
WORK = Proof("work_email", "affiliation", {"domain": "uni.example", "organization": "University X", "kind": "staff"})


def open_reasons(signature):
    return sorted(Case.objects.waiting().filter(signature=signature).values_list("reason", flat=True))


def held(signature):
    signature.refresh_from_db()
    return signature.held_reason


@pytest.mark.parametrize(
    ("publish_from", "reasons"),
    [("email", []), ("account", ["policy"]), ("affiliation", ["policy"]), ("review", ["policy"])],
)
def test_a_confirmed_address_is_printed_only_where_it_suffices(publish_from, reasons):
    row = sign_and_confirm(make_letter(publish_from=publish_from))

    assert (open_reasons(row), held(row)) == (reasons, "policy" if reasons else "")
    assert Signature.objects.public().exists() is not bool(reasons)


def test_the_line_is_held_before_anybody_can_read_it():
    """Whoever listens to the confirmation finds the line held already: same transaction, no instant in between."""
    letter = make_letter(publish_from="account")
    seen = []

    def look(signature, **_):
        seen.append(Signature.objects.public().filter(pk=signature.pk).exists())

    signals.signature_confirmed.connect(look)
    try:
        sign_and_confirm(letter)
    finally:
        signals.signature_confirmed.disconnect(look)

    assert seen == [False]


@pytest.mark.parametrize(
    ("publish_from", "proof", "reason"),
    [("account", ORCID, ""), ("affiliation", ORCID, "policy"), ("affiliation", WORK, ""), ("review", WORK, "policy")],
)
def test_evidence_releases_by_itself_when_it_suffices(publish_from, proof, reason):
    row = sign_and_confirm(make_letter(publish_from=publish_from))

    recording.record(row, [proof], by="signatory")

    assert held(row) == reason
    assert Case.objects.get(signature=row, reason="policy").decision == ("" if reason else "settled")


def test_a_lost_proof_holds_the_line_again():
    row = sign_and_confirm(make_letter(publish_from="affiliation"))
    recording.record(row, [WORK], by="signatory")
    assert held(row) == ""

    recording.void(row, ["affiliation"])

    assert held(row) == "policy"


def test_who_adds_evidence_does_not_vanish_because_the_rule_grew():
    letter = make_letter()
    row = sign_and_confirm(letter)
    letter.publish_from = "affiliation"
    letter.save()

    recording.record(Signature.objects.get(pk=row.pk), [ORCID], by="signatory")

    assert held(row) == ""


def test_an_invitation_counts_as_an_account_and_no_more():
    row = make_signature(is_invited=True)

    assert screening.level_of(row) == 2


@pytest.mark.parametrize(
    "name", ["Аda Lovelace", "ada lovelace", "Lovelace, Ada", "Prof. Ada King Lovelace", "A. Lovelace"]
)
def test_a_watched_name_is_held_however_it_is_written(name):
    row = sign_and_confirm(make_letter(watched_names=["Ada Lovelace"]), display_name=name)

    assert "watched-name" in open_reasons(row)
    assert not Signature.objects.public().exists()


def test_the_oldest_case_that_holds_gives_the_reason():
    row = sign_and_confirm(make_letter(publish_from="account", watched_names=["Suzie Berg"]))

    assert open_reasons(row) == ["policy", "watched-name"]
    assert held(row) == "watched-name"

    cases.settle(row, ["watched-name"])
    assert held(row) == "policy"
    cases.settle(row)
    assert held(row) == ""


def test_the_same_name_and_organisation_is_asked_about_and_both_stay():
    letter = make_letter()
    first = sign_and_confirm(letter)

    second = sign_and_confirm(letter, email="other@example.net", display_name="SUZIE van der Bérg")

    case = Case.objects.get()
    assert (case.reason, case.signature, case.other, case.is_holding) == ("duplicate", second, first, False)
    assert Signature.objects.public().count() == 2


def test_another_organisation_is_no_duplicate():
    letter = make_letter()
    sign_and_confirm(letter)

    sign_and_confirm(letter, email="other@example.net", affiliation="University Y")

    assert not Case.objects.exists()


def test_a_pair_that_was_looked_at_is_not_asked_about_again(mona):
    letter = make_letter()
    sign_and_confirm(letter)
    second = sign_and_confirm(letter, email="other@example.net")
    deciding.accept(Case.objects.get().public_id, by=mona)

    screening.look_for_twin(second)

    assert Case.objects.waiting().count() == 0


def test_the_same_identity_holds_the_later_signature():
    letter = make_letter()
    first, second = sign_and_confirm(letter), sign_and_confirm(letter, "bob")
    recording.record(first, [ORCID], by="signatory")

    with pytest.raises(RuleError) as refused:
        recording.record(second, [ORCID], by="signatory")
    from letters.verification.signals import duplicate_found  # noqa: PLC0415

    duplicate_found.send(Signature, signatures=refused.value.signatures)

    case = Case.objects.get()
    assert (case.reason, case.detail, case.signature, case.other) == ("duplicate", "same-identity", second, first)
    assert (held(first), held(second)) == ("", "duplicate")


def test_a_withdrawn_signature_leaves_no_case_open():
    from letters.signatures import managing  # noqa: PLC0415

    row = sign_and_confirm(make_letter(publish_from="account"))

    managing.withdraw(row.public_id)

    assert not Case.objects.waiting().exists()
    assert held(row) == ""


def test_a_pending_attempt_opens_no_case():
    sign_up(make_letter(publish_from="review", watched_names=["Suzie Berg"]))

    assert not Case.objects.exists()
