"""The lines of one person under several versions: whoever leaves is gone from all of them."""

from uuid import uuid4

import pytest

from letters.ledger.models import AuditEvent
from letters.moderation import asking, deciding
from letters.moderation.models import Case
from letters.outbox.models import Message
from letters.press import correction_words, ended
from letters.press.models import Correction
from letters.signatures import anonymising, managing, representing, signing, twins
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import AnonymousLine, Renewal, Representation, Signature
from letters.verification.models import Evidence
from tests import anonymous
from tests.factories import make_letter, make_user, sign_and_confirm, sign_up
from tests.moderation.rulings import checked
from tests.signatures.renewals import publish, sign_again

pytestmark = pytest.mark.django_db
CONSENT = "d" * 64
BOTH = pytest.mark.parametrize("by", [0, 1], ids=["old", "new"])


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.mark.parametrize("by", ["old", "new"])
@pytest.mark.parametrize("act", ["withdraw", "erase", "disown"])
def test_leaving_one_line_leaves_them_all(letter, alice, act, by):
    old = sign_and_confirm(letter)
    publish(letter, alice)
    new = sign_again(old)
    leaving = old if by == "old" else new
    {"withdraw": managing.withdraw, "erase": managing.erase, "disown": signing.disown}[act](leaving.public_id)

    rows = list(Signature.objects.filter(pk__in=[old.pk, new.pk]))
    assert {(row.state, row.display_name) for row in rows} == {("withdrawn", "")}
    assert [row.email_sealed is None for row in rows] == [act != "withdraw"] * 2
    assert Evidence.objects.filter(signature__in=rows).count() == 0
    assert Renewal.objects.count() == 0
    assert Message.objects.filter(kind="withdrawn").count() == (1 if act == "withdraw" else 0)


def test_twins_are_found_after_the_addresses_are_gone(letter, alice):
    old = sign_and_confirm(letter)
    publish(letter, alice)
    new = sign_again(old)
    Signature.objects.update(email_sealed=None, email_index_odd=None, email_index_even=None)

    managing.erase(new.public_id)

    assert Signature.objects.get(pk=old.pk).display_name == ""


def test_an_attempt_that_is_not_confirmed_takes_no_standing_line_along(letter, alice):
    old = sign_and_confirm(letter)
    letter = publish(letter, alice)
    attempt = sign_up(letter)

    signing.disown(attempt.public_id)

    assert Signature.objects.get(pk=old.pk).state == "confirmed"


@pytest.fixture
def pair(letter, alice):
    """Suzie's lines under version 1 and version 2, and bob's of her name beside them."""
    old = sign_and_confirm(letter)
    sign_and_confirm(letter, "bob", display_name="Suzie van der Berg")
    publish(letter, alice)
    return old, sign_again(old)


def again(row):
    return Signature.objects.select_related("letter", "version").get(pk=row.pk)


def change(row, *, also=(), **changes):
    now = {name: getattr(again(row), name) for name in managing.Correction.__dataclass_fields__}
    line = managing.Correction(**{**now, **managing.waiting_change(row), **changes})
    return managing.correct(row.public_id, line, also=also)


def review(row, alice, *axes):
    """The organisers check parts of a line, as its owner asked them to."""
    case = asking.ask_for_review(again(row), "review-asked")
    deciding.accept(case.public_id, by=alice, checked=checked(axes=frozenset(axes)))


def said(pair, name="position"):
    return [getattr(again(row), name) for row in pair]


@BOTH
def test_hiding_one_line_hides_them_all_and_nobody_else(pair, by):
    managing.hide(pair[by].public_id, hidden=True)

    assert [row.email for row in Signature.objects.public()] == ["bob@example.org"]
    told = Correction.objects.filter(kind="name", code="hidden").order_by("version__number")
    assert list(told.values_list("version__number", "signature")) == [(1, pair[0].pk), (2, pair[1].pk)]
    assert AuditEvent.objects.filter(action="signature-hidden").count() == 2


def test_the_record_says_under_which_text_a_line_changed(pair, letter, alice):
    managing.hide(pair[1].public_id, hidden=True)
    managing.withdraw(pair[1].public_id)

    told = Correction.objects.filter(kind__in=["name", "withdrawn"]).order_by("pk")
    assert [correction_words.note_of(row).partition(" of the text: ")[0] for row in told] == [
        "One name is withheld from now on; the signature still counts.",
        "Under version 1",
        "One signature was withdrawn by its signatory.",
        "Under version 1",
    ]


def test_what_is_hidden_already_is_told_once(pair):
    Signature.objects.filter(pk=pair[0].pk).update(hidden_at=pair[0].confirmed_at)

    managing.hide(pair[1].public_id, hidden=True)

    assert again(pair[0]).hidden_at == pair[0].confirmed_at
    assert list(Correction.objects.filter(code="hidden").values_list("signature", flat=True)) == [pair[1].pk]


@BOTH
def test_a_name_is_shown_again_where_its_owner_says_so_alone(pair, by):
    managing.hide(pair[by].public_id, hidden=True)
    other = pair[1 - by]

    managing.hide(pair[by].public_id, hidden=False)
    assert (again(pair[by]).is_public, again(other).is_public) == (True, False)

    managing.hide(pair[by].public_id, hidden=False, also={other.version.number})
    assert again(other).is_public is True


def test_hiding_a_name_leaves_the_line_that_stands_without_it(letter, alice):
    old, line = anonymous.printed(letter, alice)
    letter = publish(letter, alice)
    new = sign_and_confirm(letter)

    managing.hide(new.public_id, hidden=True)
    assert (again(new).hidden_at is not None, AnonymousLine.objects.of(old)) == (True, line)

    anonymising.ask(new.public_id, Words("Professor", ""), consent_text_sha256=CONSENT)
    managing.hide(new.public_id, hidden=True)
    assert not AnonymousLine.objects.standing().exists()


def test_no_name_is_shown_again_under_another_version_without_the_consent_it_needs(letter, alice):
    old, _ = anonymous.printed(letter, alice)
    new = sign_and_confirm(publish(letter, alice))
    managing.hide(new.public_id, hidden=True)

    with pytest.raises(anonymising.NotAgreed):
        managing.hide(new.public_id, hidden=False, also={1})

    assert not Signature.objects.public().filter(pk__in=[old.pk, new.pk]).exists()


def test_withholding_a_name_passes_by_a_name_that_is_deleted_and_a_line_that_is_out(letter, alice):
    old, line = anonymous.printed(letter, alice)
    anonymising.delete_name(old.public_id)
    letter = publish(letter, alice)
    second = sign_and_confirm(letter)
    managing.hide(second.public_id, hidden=True)
    third = sign_and_confirm(publish(letter, alice, body="We find holes before others do, every night."))

    anonymising.ask(third.public_id, Words("Professor", ""), consent_text_sha256=CONSENT)

    assert [AnonymousLine.objects.of(row) for row in (old, second)] == [AnonymousLine.objects.get(pk=line.pk), None]
    assert AnonymousLine.objects.of(third).words == Words("Professor", "")


def test_a_name_is_deleted_also_where_nothing_of_it_is_printed(letter, alice):
    old = sign_and_confirm(letter)
    managing.hide(old.public_id, hidden=True)
    new, line = anonymous.printed(publish(letter, alice), alice)

    for _ in range(2):
        anonymising.delete_name(new.public_id)

    assert said([old, new], "display_name") == ["Name withheld"] * 2
    assert said([old, new], "affiliation") == ["", "University X"]
    assert (list(AnonymousLine.objects.printed()), AnonymousLine.objects.count()) == ([line], 2)
    assert ended.lines_of(letter) == []
    with pytest.raises(anonymising.NameDeleted):
        managing.hide(old.public_id, hidden=False, consent_text_sha256=CONSENT)


@BOTH
def test_a_correction_reaches_the_other_version_where_its_owner_says_so(pair, by):
    other = pair[1 - by]
    Signature.objects.filter(pk=other.pk).update(affiliation="Elsewhere")

    change(pair[by], position="Dean")
    assert said([pair[by], other]) == ["Dean", "Professor of Cryptography"]

    change(pair[by], position="Rector", comment="Hello.", also={other.version.number, 99})
    assert (said(pair), said(pair, "comment")) == (["Rector"] * 2, ["Hello."] * 2)
    assert again(other).affiliation == "Elsewhere"
    assert Correction.objects.filter(kind="affiliation", signature=other).count() == 1


def test_a_new_name_is_filed_anew_under_every_version_it_reaches(pair):
    change(pair[1], display_name="Anna Adler", also={1})

    assert (said(pair, "display_name"), said(pair, "sort_name")) == (["Anna Adler"] * 2, ["Adler, Anna"] * 2)


def test_a_name_that_mixes_scripts_is_held_under_every_version_it_reaches(pair):
    change(pair[1], display_name="Аlan Turing", also={1})

    assert [bool(again(row).held_reason) for row in pair] == [True, True]
    assert Case.objects.waiting().filter(reason="mixed-script").count() == 2


def test_a_part_that_was_checked_under_one_version_waits_there_alone(pair, alice):
    old, new = pair
    review(old, alice, "name", "position", "affiliation")

    change(new, position="Dean", country="BE", also={1})

    assert (said(pair), said(pair, "country")) == (["Professor of Cryptography", "Dean"], ["BE"] * 2)
    assert [managing.waiting_change(row) for row in pair] == [{"position": "Dean"}, {}]
    assert Case.objects.waiting().get(reason="correction").signature_id == old.pk


def test_what_waits_under_another_version_is_not_lost_by_a_correction(pair, alice):
    old, new = pair
    review(old, alice, "name", "position", "affiliation")
    change(old, affiliation="Elsewhere")

    change(new, position="Dean", also={1})

    assert managing.waiting_change(old) == {"affiliation": "Elsewhere", "position": "Dean"}


@pytest.mark.parametrize(("act", "position"), [("print_now", "Dean"), ("take_back", "Professor of Cryptography")])
def test_letting_go_of_a_check_reaches_what_waits_in_the_same_words(pair, alice, act, position):
    for row in pair:
        review(row, alice, "name", "position", "affiliation")
    change(pair[0], affiliation="Elsewhere")
    change(pair[1], position="Dean", also={1})

    getattr(managing, act)(pair[1].public_id, with_twins=True)

    assert said(pair) == [position] * 2
    assert [managing.waiting_change(row) for row in pair] == [{"affiliation": "Elsewhere"}, {}]
    waiting = Case.objects.waiting().filter(reason="correction")
    assert list(waiting.values_list("signature", flat=True)) == [pair[0].pk]


def test_a_reviewer_decides_about_one_version_alone(pair, alice):
    for row in pair:
        review(row, alice, "name", "position", "affiliation")
    change(pair[1], position="Dean", also={1})

    deciding.accept(Case.objects.waiting().get(signature=pair[1], reason="correction").public_id, by=alice)

    assert said(pair) == ["Professor of Cryptography", "Dean"]


def test_an_organisation_changes_its_representative_where_it_says_so(letter, alice):
    typed = representing.TypedOrganization(
        display_name="Institute of Locks", email="suzie@institute.example", representative="Suzie", website="https://a.example/",
        representative_position="Director", statement_sha256="e" * 64,
    )  # fmt: skip
    public_id = representing.sign(
        letter, typed, nonce=uuid4(), text_sha256=letter.version.sha256[:16], consents_sha256="c" * 64
    )
    old = signing.confirm(public_id)
    publish(letter, alice)
    new = sign_again(old)
    Representation.objects.filter(signature=old).update(website="https://old.example/")
    wanted = {"name": "Suzie", "website": "https://a.example/"}

    representing.correct(new.public_id, position="Rector", **wanted)
    assert Representation.objects.get(signature=old).position == "Director"

    representing.correct(new.public_id, position="President", **wanted, also={1})
    kept = Representation.objects.order_by("signature").values_list("position", "website")
    assert list(kept) == [("President", "https://old.example/"), ("President", "https://a.example/")]


def test_the_others_are_listed_by_version_while_they_stand(pair, letter, alice):
    publish(letter, alice, body="We find holes before others do, every night.")
    third = sign_again(pair[1])

    assert twins.standing_of(pair[1]) == [pair[0], third]
    managing.withdraw(pair[1].public_id)
    assert twins.standing_of(again(pair[1])) == []
    assert twins.standing_of(sign_up(again(pair[0]).letter)) == []


def test_a_consent_that_is_taken_back_ends_under_every_version_and_one_that_is_given_counts_here(pair):
    Signature.objects.update(comment="Hello.", consent_comment=True, consent_quote=True)
    old, new = pair

    managing.allow(new.public_id, {"consent_quote_unnamed"})

    kept = Signature.objects.filter(pk__in=[old.pk, new.pk]).order_by("pk").values_list(*managing.USES)
    assert list(kept) == [(False, False, False, False), (False, False, False, True)]
    assert [again(row).shown_comment for row in pair] == ["", ""]
    told = Correction.objects.filter(kind="comment").values_list("signature", flat=True)
    assert set(told) == {old.pk, new.pk}
    assert Signature.objects.filter(consent_comment=True).count() == 1  # bob's


def test_consents_as_they_were_change_nothing(pair):
    Signature.objects.update(comment="Hello.", consent_comment=True)
    before = [again(row).changed_at for row in pair]

    managing.allow(pair[1].public_id, {"consent_comment", "consent_updates"})

    assert [again(row).changed_at for row in pair] == before
    assert [again(row).consent_updates for row in pair] == [False, False]
    assert not AuditEvent.objects.filter(action="consents-changed").exists()


def test_a_comment_that_may_be_printed_now_is_on_record_as_a_changed_comment(pair):
    Signature.objects.update(comment="Hello.")

    managing.allow(pair[1].public_id, {"consent_comment", "consent_domain"})

    told = Correction.objects.filter(signature__isnull=False)
    assert list(told.values_list("kind", "signature")) == [("comment", pair[1].pk)]
    event = AuditEvent.objects.get(action="consents-changed")
    assert (event.object_id, event.detail) == (str(pair[1].public_id), "+domain,+comment")


def test_a_line_without_its_name_takes_no_consent_that_means_nothing_without_it(letter, alice):
    signature, _ = anonymous.printed(letter, alice)

    managing.allow(signature.public_id, set(managing.USES))

    assert [name for name in managing.USES if getattr(again(signature), name)] == []
