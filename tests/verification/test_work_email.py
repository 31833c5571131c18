from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.core import tokens
from letters.core.errors import RuleError
from letters.outbox import sending
from letters.outbox.models import Message, Suppression
from letters.signatures import managing
from letters.verification import assuring, checking, emails, proving, recording, signals
from letters.verification.models import Check, Evidence, Organization, OrganizationDomain
from letters.verification.providers import base, work_email
from tests.factories import make_letter, make_version, sign_and_confirm

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PLAIN = "Name, position and affiliation as stated by the signatory."


def make_organization(name="University X", domain="uni.example", kind="mixed", **fields):
    today = timezone.now().date()
    row = Organization.objects.create(name=name, source="curated", checked_on=today, **fields)
    OrganizationDomain.objects.create(organization=row, domain=domain, kind=kind, source="curated", checked_on=today)
    return row


def begun(signature, address="s.berg@uni.example", **given):
    return proving.start(signature, "work_email", {"email": address, "consent_domain": True, **given})


def code_of(check):
    return tokens.code_for(check.public_id)


def sentence_of(signature):
    signature.refresh_from_db()
    (sentence,) = recording.sentences_for(signature)
    return sentence


def test_code_of_the_mail_proves_the_domain_and_the_address_is_gone():
    organization = make_organization(ror="https://ror.org/012345678")
    row = sign_and_confirm(make_letter())
    step = begun(row)

    proving.finish(step.check.public_id, {"code": code_of(step.check).lower()})

    day = timezone.now().strftime("%-d %B %Y")
    assert sentence_of(row) == (
        f"Confirmed by e-mail at uni.example, used by staff and students of University X, on {day}. Position as "
        "stated by the signatory."
    )
    assert (row.verification, row.affiliation_basis, row.proven_domain) == ("affiliation", "work_email", "uni.example")
    assert (row.organization_ref, row.organization_name) == (organization.ror, "University X")
    evidence = Evidence.objects.standing().get(method="work_email")
    assert evidence.claim == {"domain": "uni.example", "kind": "mixed", "organization": "University X"}
    assert evidence.expires_at == evidence.checked_at + timedelta(days=365)
    check = Check.objects.get()
    assert (check.state, check.asked_sealed) == ("done", None)
    assert "s.berg" not in str(Evidence.objects.values())


def test_the_domain_is_printed_no_longer_when_its_consent_is_taken_back():
    make_organization(domain="zyx.example")
    row = sign_and_confirm(make_letter())
    proving.finish((step := begun(row, "s.berg@zyx.example")).check.public_id, {"code": code_of(step.check)})
    before = sentence_of(row)

    managing.allow(row.public_id, set())

    after = sentence_of(row)
    assert ("zyx.example" in before, "zyx.example" in after, row.proven_domain) == (True, False, "")
    assert (row.verification, "zyx.example" in str(row.proofs)) == ("affiliation", False)


def test_mail_holds_the_name_the_link_and_the_code_and_no_other_word_that_was_typed():
    make_organization()
    row = sign_and_confirm(make_letter(title="Lift"), position="Zyxkwobposition", comment="Zyxkwobcomment")
    step = begun(row)
    message = Message.objects.get(kind="work_email")

    mail = emails.build_work_email([message])[message.pk]

    assert mail.to == "s.berg@uni.example"
    assert mail.subject == "Confirm your work address: Lift"
    code = code_of(step.check)
    for body in (mail.text, mail.html):
        assert f"{code[:4]}-{code[4:]}" in body
        assert "/verify/" in body
        assert "Suzie van der Berg" in body
        assert "Zyxkwob" not in body


def test_wrong_code_proves_nothing_and_the_twentieth_try_ends_the_check():
    make_organization()
    row = sign_and_confirm(make_letter())
    check = begun(row).check

    for _ in range(proving.MAX_TRIES):
        with pytest.raises(base.NotProven):
            proving.finish(check.public_id, {"code": "0000-0000"})

    with pytest.raises(proving.CheckOver):
        proving.finish(check.public_id, {"code": code_of(check)})
    assert sentence_of(row).endswith(PLAIN)
    assert Check.objects.get().asked_sealed is None


def test_check_answers_once():
    make_organization()
    row = sign_and_confirm(make_letter())
    check = begun(row).check
    proving.finish(check.public_id, {"pressed": True})

    with pytest.raises(proving.CheckOver):
        proving.finish(check.public_id, {"pressed": True})

    assert Evidence.objects.standing().filter(method="work_email").count() == 1


def test_check_ends_with_its_days_and_with_the_signature():
    make_organization()
    row, other = sign_and_confirm(make_letter()), sign_and_confirm(make_letter())
    late, ended = begun(row).check, begun(other).check
    managing.withdraw(other.public_id)

    with time_machine.travel(timezone.now() + work_email.ANSWER_WITHIN, tick=False), pytest.raises(proving.CheckOver):
        proving.finish(late.public_id, {"pressed": True})
    with pytest.raises(proving.CheckOver):
        proving.finish(ended.public_id, {"pressed": True})


def test_second_start_replaces_the_first():
    make_organization()
    row = sign_and_confirm(make_letter())
    first, second = begun(row).check, begun(row, "other@uni.example").check

    with pytest.raises(proving.CheckOver):
        proving.finish(first.public_id, {"pressed": True})
    proving.finish(second.public_id, {"pressed": True})

    assert "uni.example" in sentence_of(row)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("suzie@gmail.com", "gmail.com is a free mail service"),
        ("suzie@mailinator.com", "gives out addresses for a few minutes"),
        ("suzie@privaterelay.appleid.com", "forwards mail to a hidden address"),
        ("not an address", "Enter one e-mail address"),
    ],
)
def test_addresses_that_could_prove_nothing_are_refused_before_a_mail(address, words):
    row = sign_and_confirm(make_letter())

    with pytest.raises(RuleError) as refused:
        begun(row, address)

    assert words in refused.value.message
    assert not Message.objects.filter(kind="work_email").exists()
    assert not Check.objects.exists()


def test_unknown_domain_is_printed_alone_and_only_with_consent():
    row = sign_and_confirm(make_letter())
    proving.finish(begun(row, "suzie@firm.example").check.public_id, {"pressed": True})
    day = timezone.now().strftime("%-d %B %Y")
    assert sentence_of(row) == f"Confirmed by e-mail at firm.example on {day}. {PLAIN}"
    assert row.verification == "email"

    again = begun(row, "suzie@firm.example", consent_domain=False)
    proving.finish(again.check.public_id, {"pressed": True})

    assert sentence_of(row) == f"Confirmed by e-mail on {day}. {PLAIN}"
    assert row.proven_domain == ""
    assert "firm.example" not in str([row.proofs, row.sentence])


def test_organisation_is_named_without_its_domain_when_the_domain_may_not_be_shown():
    make_organization()
    row = sign_and_confirm(make_letter())

    proving.finish(begun(row, consent_domain=False).check.public_id, {"pressed": True})

    day = timezone.now().strftime("%-d %B %Y")
    assert sentence_of(row).startswith(
        f"Confirmed by e-mail at a mail domain used by staff and students of University X on {day}."
    )


def test_organisation_that_was_not_stated_is_not_claimed():
    make_organization("Harbour Bank", "bank.example", "staff")
    row = sign_and_confirm(make_letter())

    finding = proving.finish(begun(row, "suzie@bank.example").check.public_id, {"pressed": True})

    assert finding.needs_review == "organization-differs"
    assert sentence_of(row).startswith("Confirmed by e-mail at bank.example on")
    assert (row.verification, row.organization_name) == ("email", "")


def test_shared_mailbox_proves_no_person():
    make_organization()
    row = sign_and_confirm(make_letter())

    finding = proving.finish(begun(row, "press@uni.example").check.public_id, {"pressed": True})

    assert finding.needs_review != ""
    assert sentence_of(row).endswith(PLAIN)
    assert not Evidence.objects.filter(method="work_email").exists()


def test_one_mailbox_strengthens_one_signature_of_a_letter():
    make_organization()
    letter = make_letter()
    suzie, bob = sign_and_confirm(letter), sign_and_confirm(letter, "bob", affiliation="University X")
    proving.finish(begun(suzie).check.public_id, {"pressed": True})

    with pytest.raises(base.IdentityTaken):
        proving.finish(begun(bob, "S.Berg+letters@UNI.example").check.public_id, {"pressed": True})

    assert sentence_of(bob).endswith(PLAIN)
    assert not Evidence.objects.filter(signature=bob, method="work_email").exists()


def test_the_same_mailbox_may_strengthen_signatures_of_two_letters():
    make_organization()
    rows = [sign_and_confirm(make_letter()), sign_and_confirm(make_letter())]

    for row in rows:
        proving.finish(begun(row).check.public_id, {"pressed": True})

    assert [sentence_of(row).startswith("Confirmed by e-mail at uni.example") for row in rows] == [True, True]
    first, second = Evidence.objects.filter(method="work_email")
    assert bytes(first.subject_index) != bytes(second.subject_index)


def test_contact_address_at_an_organisation_needs_no_second_mail():
    make_organization()

    row = sign_and_confirm(make_letter(), email="suzie@uni.example", consent_domain=True)

    assert sentence_of(row).startswith("Confirmed by e-mail at uni.example, used by staff and students of University X")


def test_contact_address_names_no_organisation_that_the_signatory_left_out():
    make_organization()

    row = sign_and_confirm(make_letter(), email="suzie@uni.example", affiliation="")

    assert sentence_of(row).endswith(PLAIN)
    assert "uni.example" not in str([row.proofs, row.sentence, row.proven_domain])


def test_letter_that_accepts_no_work_mail_reads_nothing_out_of_an_address():
    make_organization()
    letter = make_letter(methods=["review"])

    row = sign_and_confirm(letter, email="suzie@uni.example", consent_domain=True)

    assert sentence_of(row).endswith(PLAIN)
    with pytest.raises(proving.NotOffered):
        begun(row)


def test_disowned_work_address_is_never_mailed_again_and_the_signature_stands():
    make_organization()
    row = sign_and_confirm(make_letter())
    check = begun(row).check

    work_email.disown(check)

    assert Suppression.objects.count() == 1
    assert not Check.objects.exists()
    assert not Message.objects.filter(kind="work_email").exists()
    row.refresh_from_db()
    assert row.is_confirmed


def test_mail_of_a_replaced_check_is_withheld(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_organization()
    row = sign_and_confirm(make_letter())
    begun(row)
    begun(row, "other@uni.example")

    sending.deliver_due()

    from django.core import mail  # noqa: PLC0415

    assert [m.to for m in mail.outbox if "work address" in m.subject] == [["other@uni.example"]]


def test_old_checks_are_forgotten():
    row = sign_and_confirm(make_letter())
    begun(row, "suzie@firm.example")

    assert checking.forget_old(timezone.now()) == 0
    assert checking.forget_old(timezone.now() + work_email.ANSWER_WITHIN) == 1


def test_summary_is_what_the_evidence_comes_to_and_a_second_refresh_changes_nothing():
    make_organization()
    row = sign_and_confirm(make_letter())
    proving.finish(begun(row).check.public_id, {"pressed": True})
    row.refresh_from_db()

    assert assuring.refresh(row) is False
    Evidence.objects.filter(method="work_email").delete()
    assert assuring.refresh(row) is True
    assert (row.verification, row.sentence, row.proofs) == ("email", "", [])


def correct(row, **changes):
    fields = {name: getattr(row, name) for name in managing.Correction.__dataclass_fields__}
    managing.correct(row.public_id, managing.Correction(**{**fields, **changes}))
    row.refresh_from_db()


def test_corrected_affiliation_finds_the_mailbox_that_was_confirmed():
    make_organization()
    row = sign_and_confirm(make_letter(), email="suzie@uni.example", affiliation="Univ X", consent_domain=True)
    assert row.verification == "email"

    correct(row, affiliation="University X")

    assert sentence_of(row).startswith("Confirmed by e-mail at uni.example, used by staff and students of University X")


@pytest.mark.parametrize("order", ["contact first", "work mail first"])
def test_mailbox_behind_a_signature_strengthens_no_other_one(order):
    letter, opened = make_letter(), []
    signals.duplicate_found.connect(
        lambda signatures, **_: opened.append(len(signatures)), weak=False, dispatch_uid="t"
    )

    def work_mail():
        bob = sign_and_confirm(letter, "bob", affiliation="Firm")
        return proving.finish(begun(bob, "m@firm.example").check.public_id, {"pressed": True})

    try:
        if order == "contact first":
            sign_and_confirm(letter, email="m@firm.example", affiliation="")
            with pytest.raises(base.IdentityTaken):
                work_mail()
        else:
            work_mail()
            sign_and_confirm(letter, email="m@firm.example", affiliation="")
    finally:
        signals.duplicate_found.disconnect(dispatch_uid="t")

    assert opened == [2]


def test_who_signs_a_later_text_too_is_no_double():
    make_organization()
    letter = make_letter()
    first = sign_and_confirm(letter, email="suzie@uni.example", consent_domain=True)
    make_version(letter)
    letter.refresh_from_db()

    second = sign_and_confirm(letter, email="suzie@uni.example", consent_domain=True)

    assert [sentence_of(row)[:32] for row in (first, second)] == ["Confirmed by e-mail at uni.exampl"[:32]] * 2
    assert second.version_id != first.version_id


def test_answer_that_was_compared_with_another_line_proves_nothing(monkeypatch):
    make_organization()
    row = sign_and_confirm(make_letter())
    check = begun(row).check
    real = work_email.complete

    def complete(check, answer):
        finding = real(check, answer)
        correct(row, affiliation="Another University")  # meanwhile, in another tab
        return finding

    monkeypatch.setattr(work_email, "complete", complete)
    with pytest.raises(proving.CheckOver):
        proving.finish(check.public_id, {"pressed": True})

    row.refresh_from_db()
    assert (row.affiliation, row.verification) == ("Another University", "email")


def test_wrong_answer_in_flight_does_not_bring_a_finished_check_back():
    make_organization()
    row = sign_and_confirm(make_letter())
    check = begun(row).check
    late = Check.objects.get()
    proving.finish(check.public_id, {"pressed": True})

    proving._count_try(late)

    stored = Check.objects.get()
    assert (stored.state, stored.asked_sealed, stored.tries) == ("done", None, 0)


def test_check_that_was_replaced_while_it_was_answered_is_no_fault():
    row = sign_and_confirm(make_letter())
    late = begun(row, "a@firm.example").check
    begun(row, "b@firm.example")

    proving._count_try(late)

    assert Check.objects.get().tries == 0


def test_withdrawn_signature_starts_nothing():
    row = sign_and_confirm(make_letter())
    managing.withdraw(row.public_id)

    with pytest.raises(proving.NotOffered):
        begun(row)  # as a page that was opened before has it

    assert not Message.objects.filter(kind="work_email").exists()


def test_new_name_ends_a_review_as_a_whole():
    row = sign_and_confirm(make_letter())
    proofs = [base.Proof("review", axis, {"source": "uni.example"}) for axis in ("name", "position", "affiliation")]
    recording.record(row, proofs, by="test")
    row.role = "initiator"
    row.save()
    correct(row, display_name="Albert Other")

    managing.print_now(row.public_id)

    row.refresh_from_db()
    assert (row.display_name, row.role, row.is_reviewed) == ("Albert Other", "signatory", False)
    assert sentence_of(row).endswith(PLAIN)
