import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.core import addresses, tokens
from letters.core.errors import LinkInvalid, RuleError
from letters.documents import publishing
from letters.ledger.models import AuditEvent
from letters.outbox import claiming, sending, suppressing
from letters.outbox.models import Message, SuppressionReason
from letters.signatures import (
    answering,
    inviting,
    inviting_emails,
    managing,
    retaining,
    rotating,
    signing,
    tasks,
)
from letters.signatures.models import Invitation, Signature
from letters.verification.models import Evidence
from tests.factories import (
    CONSENTS_SHA256,
    make_invitation,
    make_letter,
    make_signature,
    make_user,
    sign_and_confirm,
    sign_up,
    typed,
    utc,
)
from tests.security.snapshots import tables_with

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SUZIE = "suzie@example.com"
SENTENCE = "Invited personally by the organisers and confirmed on 23 November 2026."


@pytest.fixture
def letter():
    return make_letter(
        slug="lift",
        title="Lift the restriction",
        organisers=[{"name": "Ada Lovelace", "role": "", "funding": "", "interests": ""}, {"name": "Jo Doe"}],
    )


@pytest.fixture
def alice():
    return make_user(is_staff=True)


def invite(letter, by, name="Suzie van der Berg", email=SUZIE, **given):
    return inviting.invite(letter, name, email, **{"source": "Our conference", "by": by, **given})


def answer(row, person="suzie", nonce=None, **changes):
    """Send the form of an invitation; the id of the attempt."""
    return answering.sign(
        row,
        typed(person, **changes),
        nonce=nonce or uuid4(),
        text_sha256=row.letter.version.sha256,
        consents_sha256=CONSENTS_SHA256,
    )


def again(row):
    return Invitation.objects.get(pk=row.pk)


def code_of(error):
    return error.value.code


# --- inviting ----------------------------------------------------------------------------------------------------


def test_invite_stores_a_sealed_address_and_one_mail(letter, alice):
    row = invite(letter, alice, role="initiator")

    assert (row.state, row.name, row.role, row.address_source, row.invited_by) == (
        "sent", "Suzie van der Berg", "initiator", "Our conference", alice,
    )  # fmt: skip
    assert (row.email, row.opened_at, row.ended_at) == (SUZIE, None, None)
    message = Message.objects.get()
    assert (message.kind, message.subject_id, message.state) == ("invitation", row.public_id, "due")
    assert bytes(message.recipient_index) == suppressing.index_of(SUZIE)
    assert tables_with([SUZIE]) == []
    event = AuditEvent.objects.get(action="invitation-sent")
    assert (event.actor, event.object_id, event.detail) == (f"user:{alice.pk}", str(row.public_id), "initiator")


@pytest.mark.parametrize("email", [SUZIE, "Suzie@Example.com", "suzie+letters@example.com"])
def test_one_address_is_invited_once_under_a_letter(letter, alice, email):
    invite(letter, alice)

    with pytest.raises(inviting.AlreadyInvited):
        invite(letter, alice, "Another Name", email)

    assert (Invitation.objects.count(), Message.objects.count()) == (1, 1)
    assert invite(make_letter(), alice).state == "sent"


def test_the_database_refuses_a_second_invitation_of_an_address(letter):
    make_invitation(letter, email=SUZIE)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_invitation(letter, email=SUZIE)


def test_the_database_refuses_an_answered_invitation_that_holds_the_address(letter):
    row = make_invitation(letter)

    for change in (
        {"ended_at": timezone.now()},
        {"state": "declined"},
        {"state": "declined", "ended_at": timezone.now()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize("state", ["declined", "revoked", "expired", "bounced", "signed"])
def test_whoever_was_asked_before_is_not_asked_again(letter, alice, state):
    make_invitation(letter, email=SUZIE, state=state)

    with pytest.raises(inviting.AlreadyInvited):
        invite(letter, alice)


def test_whoever_signed_or_takes_no_mail_is_not_invited(letter, alice):
    sign_and_confirm(letter)
    suppressing.suppress("bob@example.org", SuppressionReason.NOT_ME)

    with pytest.raises(inviting.HasSigned):
        invite(letter, alice)
    with pytest.raises(inviting.MailBlocked):
        invite(letter, alice, "Bob", "bob@example.org")

    assert not Invitation.objects.exists()


@pytest.mark.parametrize("state", ["paused", "closed", "delivered", "archived"])
def test_a_letter_that_takes_nobody_invites_nobody(alice, state):
    with pytest.raises(signing.LetterNotOpen):
        invite(make_letter(state=state), alice)


def test_letter_that_does_not_use_invitations_sends_none(alice, settings):
    with pytest.raises(inviting.NotInviting):
        invite(make_letter(methods=["orcid"]), alice)
    settings.VERIFICATION_METHODS = ("orcid",)
    with pytest.raises(inviting.NotInviting):
        invite(make_letter(), alice)

    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "given", [{"name": "=1+1"}, {"name": " "}, {"email": "suzie@"}, {"email": "a@b.example, c@d.example"},
              {"source": " "}, {"source": "x" * 201}],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(letter, alice, given):
    with pytest.raises(RuleError):
        invite(letter, alice, **given)

    assert (Invitation.objects.exists(), Message.objects.exists()) == (False, False)


# --- a pasted list -----------------------------------------------------------------------------------------------


def test_list_is_read_line_by_line_with_the_error_of_each(letter):
    make_invitation(letter, email="old@example.org")
    sign_and_confirm(letter)

    rows = inviting.read_list(
        letter,
        "Ada Lovelace <ada@example.org>\n"
        "\n"
        "  李 明,li@example.org \r\n"
        "Ó Briain; o@example.org\n"
        "Tab Person\ttab@example.org\n"
        '"Berg, Anna van der" <anna@example.org>\n'
        "no address\n"
        "<nobody@example.org>\n"
        "Bad <ada@>\n"
        "Ada again <Ada+x@example.org>\n"
        "Old Friend <old@example.org>\n"
        "Suzie <suzie@example.com>\n"
        "=SUM(1) <x@example.org>\n",
    )

    assert [(row.number, row.name, row.email) for row in rows if not row.error] == [
        (1, "Ada Lovelace", "ada@example.org"),
        (3, "李 明", "li@example.org"),
        (4, "Ó Briain", "o@example.org"),
        (5, "Tab Person", "tab@example.org"),
        (6, "Berg, Anna van der", "anna@example.org"),
    ]
    assert {row.number: row.error for row in rows if row.error} == {
        7: "Write it as Name <name@example.org>.",
        8: "Write it as Name <name@example.org>.",
        9: str(addresses.AddressRefused.default),
        10: "The same address stands in line 1.",
        11: str(inviting.AlreadyInvited.default),
        12: str(inviting.HasSigned.default),
        13: "A name cannot begin with = + - @ or a tab: spreadsheets would run it.",
    }
    assert Invitation.objects.count() == 1


def test_list_has_an_end(letter):
    with pytest.raises(RuleError) as error:
        inviting.read_list(letter, "A <a@example.org>\n" * 201)

    assert code_of(error) == "too-many"


@pytest.mark.parametrize("line", ["x" * 100_000, "a, " * 30_000, "<" * 50_000, " " * 90_000 + "x", f"a<{' ' * 4_000}b"])
def test_hostile_line_is_read_in_no_time(letter, line):
    began = time.process_time()

    (row,) = inviting.read_list(letter, line)

    assert row.error
    assert time.process_time() - began < 2


# --- the mails ---------------------------------------------------------------------------------------------------


def build(kind, row):
    message = Message.objects.get(subject_id=row.public_id, kind=kind)
    return getattr(inviting_emails, {"invitation": "build_invitation"}.get(kind, "build_reminder"))([message])[
        message.pk
    ]


@pytest.mark.parametrize("kind", ["invitation", "invitation_reminder"])
def test_mail_says_who_invites_to_what_and_how_to_get_no_more(letter, kind, settings):
    settings.SITE_URL = "https://letters.example.org"
    row = make_invitation(letter, email=SUZIE)

    mail = inviting_emails.render(kind, row)

    link = f"https://letters.example.org/invited/{inviting.token_for(row)}/"
    assert mail.to == SUZIE
    assert mail.subject.endswith("to sign: Lift the restriction")
    for body in (mail.text, mail.html):
        for part in ("Suzie van der Berg", "Ada Lovelace and Jo Doe", "Lift the restriction", link, f"{link}#no",
                     "Our conference of 2026", "https://letters.example.org/letters/lift/"):  # fmt: skip
            assert part in body
        for loaded in ("<img", "<script", "<link", "<iframe", "url("):
            assert loaded not in body
    assert "Not interested" in mail.text or "do not want to sign" in mail.text


def test_mail_of_a_letter_without_named_organisers_reads_well():
    mail = inviting_emails.render("invitation", make_invitation(make_letter(title="A letter")))

    assert "the organisers of the open letter “A letter” personally invite you to sign it." in mail.text


@pytest.mark.parametrize(
    ("role", "words"),
    [("initiator", "one of its initiators"), ("selected", "among the selected signatories"), ("signatory", None)],
)
def test_mail_names_the_place_that_is_offered(letter, role, words):
    text = inviting_emails.render("invitation", make_invitation(letter, role=role)).text

    assert [w for w in ("one of its initiators", "among the selected signatories") if w in text] == [words] * bool(
        words
    )


def test_mail_is_not_built_once_there_is_nothing_to_ask(letter, alice):
    row = invite(letter, alice)
    assert build("invitation", row).to == SUZIE
    Invitation.objects.filter(pk=row.pk).update(state="declined", ended_at=timezone.now(), email_sealed=None)
    assert build("invitation", row).code == "gone"
    other = invite(letter, alice, "Bob", "bob@example.org")
    sign_and_confirm(letter, "bob")
    assert not Message.objects.filter(subject_id=other.public_id).exists()
    third = invite(letter, alice, "Charlie", "charlie@example.net")
    publishing.move(letter, "paused", by="test")
    assert build("invitation", third).code == "not-open"


def test_invitations_are_not_withheld_by_the_caps_that_strangers_fill(letter, alice):
    for _ in range(3):
        sign_up(letter, email=SUZIE)
    claiming.claim()

    row = invite(letter, alice)

    assert [message.subject_id for message in claiming.claim()] == [row.public_id]


# --- opening and signing -----------------------------------------------------------------------------------------


def test_open_form_is_noted_once(letter, time_machine):
    time_machine.move_to(utc("2026-11-23 14:00"), tick=False)
    row = make_invitation(letter)

    answering.open_form(row)
    time_machine.move_to(utc("2026-11-24 14:00"), tick=False)
    answering.open_form(row)

    assert (again(row).state, again(row).opened_at) == ("opened", utc("2026-11-23 14:00"))


def test_signing_by_invitation_is_confirmed_by_mail_like_everybody(letter, alice, time_machine):
    time_machine.move_to(utc("2026-11-23 14:00"), tick=True)
    row = invite(letter, alice, role="initiator")

    public_id = answer(row)
    waiting = Signature.objects.get()
    assert (waiting.public_id, waiting.state, waiting.role, waiting.is_invited) == (
        public_id, "pending", "signatory", False,
    )  # fmt: skip
    assert (again(row).state, again(row).attempt, answering.standing(again(row))) == ("opened", public_id, "waiting")
    signing.confirm(public_id)

    signed = Signature.objects.get()
    assert (signed.state, signed.role, signed.is_invited) == ("confirmed", "initiator", True)
    assert SENTENCE in signed.sentence
    assert [(e.method, e.axis, e.claim) for e in Evidence.objects.filter(method="invitation")] == [
        ("invitation", "name", {})
    ]
    done = again(row)
    assert (done.state, done.email_sealed, done.ended_at, answering.standing(done)) == (
        "signed", None, signed.confirmed_at, "signed",
    )  # fmt: skip
    assert not Message.objects.filter(subject_id=row.public_id).exists()
    assert AuditEvent.objects.get(action="signature-placed").actor == "invitation"


@pytest.mark.parametrize("role", ["signatory", "selected"])
def test_offered_place_is_given(letter, role):
    row = make_invitation(letter, email=SUZIE, role=role)

    signing.confirm(answer(row))

    assert Signature.objects.get().role == role


@pytest.mark.parametrize("name", ["Mallory", "Suzie van den Berg", "Suzie"])
def test_name_is_bound(letter, name):
    row = make_invitation(letter, email=SUZIE)

    with pytest.raises(answering.OtherName) as error:
        answer(row, display_name=name)

    assert error.value.message == "You were invited as Suzie van der Berg; this link signs under that name alone."
    assert (Signature.objects.exists(), again(row).attempt) == (False, None)


@pytest.mark.parametrize("name", ["suzie VAN DER berg", "Süzie van der Berg"])
def test_case_and_accents_are_the_same_name(letter, name):
    assert answer(make_invitation(letter, email=SUZIE), display_name=name)


def test_address_is_bound_so_a_forwarded_link_signs_for_nobody_else(letter):
    row = make_invitation(letter, email=SUZIE)

    with pytest.raises(answering.OtherName):
        answer(row, email="mallory@example.net")

    assert not Signature.objects.exists()


def test_the_same_form_twice_is_one_attempt_and_another_is_refused(letter):
    row, nonce = make_invitation(letter, email=SUZIE), uuid4()

    first, second = answer(row, nonce=nonce), answer(row, nonce=nonce)
    with pytest.raises(answering.LinkUsed):
        answer(row, position="Dean")

    assert (first == second, Signature.objects.count()) == (True, 1)


def test_link_is_used_up_once_it_is_confirmed(letter):
    row = make_invitation(letter, email=SUZIE)
    signing.confirm(answer(row))

    with pytest.raises(inviting.InvitationOver):
        answer(row)


def test_link_works_again_when_the_attempt_ran_out(letter):
    row = make_invitation(letter, email=SUZIE)
    answer(row)
    Signature.objects.all().delete()

    assert answer(row, position="Dean") == Signature.objects.get().public_id


@pytest.mark.parametrize("state", ["declined", "bounced", "revoked", "expired", "signed"])
def test_ended_invitation_neither_opens_nor_signs(letter, state):
    row = make_invitation(letter, state=state, email=SUZIE)

    with pytest.raises(inviting.InvitationOver):
        answering.open_form(row)
    with pytest.raises(inviting.InvitationOver):
        answer(row)


def test_ordinary_form_closes_the_invitation_and_proves_no_more(letter, alice):
    row = invite(letter, alice, role="initiator")

    signature = sign_and_confirm(letter)

    signature.refresh_from_db()
    assert (signature.role, signature.is_invited) == ("signatory", False)
    assert (again(row).state, again(row).email_sealed) == ("signed", None)
    assert not Evidence.objects.filter(method="invitation").exists()


def test_whoever_signs_for_an_organisation_may_still_be_invited_in_person(letter, alice):
    behalf = make_signature(letter, state="pending", email=SUZIE, signatory_type="organization")
    row = invite(letter, alice)

    signing.confirm(behalf.public_id)

    assert again(row).state == "sent"
    assert build("invitation", row).to == SUZIE


def test_another_attempt_with_the_address_does_not_take_the_invitation(letter):
    row = make_invitation(letter, email=SUZIE, role="initiator")
    answer(row)

    sign_and_confirm(letter, display_name="Suzie van der Berg", position="Impostor")

    assert (Signature.objects.get().role, Signature.objects.get().is_invited) == ("signatory", False)


def test_corrected_name_is_no_longer_the_invited_one(letter):
    row = make_invitation(letter, email=SUZIE, role="initiator")
    signing.confirm(answer(row))
    signature = Signature.objects.get()

    managing.correct(
        signature.public_id,
        managing.Correction(**{name: getattr(signature, name) for name in managing.Correction.__dataclass_fields__}
                            | {"display_name": "Mallory"}),
    )  # fmt: skip

    signature.refresh_from_db()
    assert (signature.display_name, signature.role) == ("Suzie van der Berg", "initiator")  # until somebody decides

    managing.print_now(signature.public_id)
    signature.refresh_from_db()
    assert (signature.display_name, signature.role, signature.is_invited) == ("Mallory", "signatory", False)


def test_closed_letter_takes_no_invited_signature(letter):
    row = make_invitation(letter, email=SUZIE)
    publishing.move(letter, "closed", by="test")

    with pytest.raises(signing.LetterNotOpen):
        answer(row)


def test_link_of_another_purpose_opens_nothing(letter):
    row = make_invitation(letter)

    assert answering.find(inviting.token_for(row)) == row
    with pytest.raises(LinkInvalid):
        answering.find(tokens.make("confirm", row.public_id))
    with pytest.raises(LinkInvalid):
        signing.find("confirm", inviting.token_for(row))
    row.delete()
    with pytest.raises(inviting.InvitationOver):
        answering.find(inviting.token_for(row))


# --- declining, bounces ------------------------------------------------------------------------------------------


def test_decline_drops_the_address_at_once_and_ends_the_mail(letter, alice):
    row = invite(letter, alice)

    assert answering.decline(row) is None

    done = again(row)
    assert (done.state, done.email_sealed, Message.objects.exists()) == ("declined", None, False)
    assert suppressing.index_of(SUZIE) not in [bytes(s.recipient_index) for s in suppressing.Suppression.objects.all()]
    with pytest.raises(inviting.InvitationOver):
        inviting.remind(row, by="user:1")


def test_i_did_not_expect_this_blocks_the_address_and_can_be_undone(letter, alice):
    row = invite(letter, alice)
    other = invite(make_letter(), alice)

    block = answering.decline(row, block=True)

    assert [again(r).state for r in (row, other)] == ["declined", "declined"]
    assert bytes(block.recipient_index) == suppressing.index_of(SUZIE)
    assert suppressing.lift(block.public_id) is True


def test_decline_deletes_the_attempt_that_waits_and_never_a_signature(letter):
    row = make_invitation(letter, email=SUZIE)
    answer(row)

    answering.decline(row)

    assert (Signature.objects.exists(), again(row).state) == (False, "declined")

    other = make_invitation(letter, email="other@example.org")
    signing.confirm(answer(other, email="other@example.org"))
    answering.decline(other, block=True)
    assert (Signature.objects.get().state, again(other).state) == ("confirmed", "signed")


@pytest.mark.parametrize(
    ("reason", "state"),
    [(SuppressionReason.BOUNCE, "bounced"), (SuppressionReason.COMPLAINT, "declined"),
     (SuppressionReason.NOT_ME, "declined")],
)  # fmt: skip
def test_blocked_address_ends_its_invitations(letter, alice, reason, state):
    row = invite(letter, alice)
    stranger = invite(letter, alice, "Bob", "bob@example.org")

    suppressing.suppress(SUZIE, reason)

    assert (again(row).state, again(row).email_sealed, again(stranger).state) == (state, None, "sent")


def test_dead_mailbox_is_a_bounce_when_the_mail_leaves(letter, alice, smtp_sink):
    smtp_sink.refuse[SUZIE] = "550 5.1.1 no such user"
    row = invite(letter, alice)

    sending.deliver_due()

    assert again(row).state == "bounced"
    assert Message.objects.get().state == "bounced"
    assert inviting.remind_due(now=timezone.now() + timedelta(days=30)) == 0


def test_attempt_of_a_person_who_says_not_me_ends_the_invitation(letter, alice):
    row = invite(letter, alice)
    public_id = answer(row)

    signing.disown(public_id)

    assert (again(row).state, Signature.objects.exists()) == ("declined", False)


# --- reminding ---------------------------------------------------------------------------------------------------


def sent_earlier(row, days):
    Invitation.objects.filter(pk=row.pk).update(sent_at=timezone.now() - timedelta(days=days))
    Message.objects.filter(subject_id=row.public_id).update(state="sent", sent_at=timezone.now() - timedelta(days=days))


def reminders():
    return list(Message.objects.filter(kind="invitation_reminder").values_list("subject_id", flat=True))


def test_remind_is_once_whoever_asks(letter, alice):
    row = invite(letter, alice)
    sent_earlier(row, 8)

    inviting.remind(row, by=f"user:{alice.pk}")
    with pytest.raises(inviting.AlreadyReminded):
        inviting.remind(row, by=f"user:{alice.pk}")

    assert (tasks.remind(), reminders()) == (0, [row.public_id])
    assert again(row).reminded_at is not None


def test_clock_reminds_after_the_days_of_the_setting_and_once(letter, alice, settings):
    settings.INVITE_REMIND_DAYS = 7
    due, young = invite(letter, alice), invite(letter, alice, "Bob", "bob@example.org")
    sent_earlier(due, 8)
    sent_earlier(young, 6)

    assert (tasks.remind(), tasks.remind()) == (1, 0)
    assert reminders() == [due.public_id]


def test_clock_reminds_nobody_when_it_is_off(letter, alice, settings):
    settings.INVITE_REMIND_DAYS = 0
    sent_earlier(invite(letter, alice), 30)

    assert inviting.remind_due() == 0


@pytest.mark.parametrize(
    "what", ["declined", "bounced", "revoked", "signed", "waits", "not sent", "closed", "otherwise"]
)
def test_nobody_is_reminded_who_answered_or_cannot(letter, alice, what):
    row = invite(letter, alice)
    sent_earlier(row, 8)
    if what in ("declined", "bounced", "revoked"):
        inviting.end(again(row), what)
    elif what in ("signed", "waits"):
        public_id = answer(row)
        if what == "signed":
            signing.confirm(public_id)
    elif what == "not sent":
        Message.objects.update(state="due")
    elif what == "closed":
        publishing.move(letter, "closed", by="test")
    else:
        make_signature(letter, email=SUZIE)

    assert (inviting.remind_due(), reminders()) == (0, [])
    if what != "not sent":  # an organiser may repeat what has not left yet
        with pytest.raises(RuleError):
            inviting.remind(row, by="user:1")


def test_revoke_ends_the_link_and_the_mail(letter, alice):
    row = invite(letter, alice)

    inviting.revoke(row, by=f"user:{alice.pk}")
    inviting.revoke(row, by=f"user:{alice.pk}")

    assert (again(row).state, again(row).email_sealed, Message.objects.exists()) == ("revoked", None, False)
    assert AuditEvent.objects.filter(action="invitation-revoked").count() == 1


def test_signed_invitation_is_not_taken_back(letter):
    row = make_invitation(letter, state="signed")

    with pytest.raises(inviting.InvitationOver):
        inviting.revoke(row, by="user:1")


# --- forgetting --------------------------------------------------------------------------------------------------


def test_address_nobody_answered_from_goes_after_sixty_days(letter):
    now = timezone.now()
    old = make_invitation(letter, at=now - timedelta(days=60, minutes=1))
    young = make_invitation(letter, at=now - timedelta(days=59))

    assert retaining.run(now=now)["invitations"] == 1
    assert retaining.run(now=now)["invitations"] == 0
    assert [(again(row).state, again(row).email_sealed is None) for row in (old, young)] == [
        ("expired", True), ("sent", False),
    ]  # fmt: skip
    assert again(old).email_index is not None  # so that nobody is asked twice


def test_form_sent_on_the_last_day_may_still_be_confirmed(letter):
    row = make_invitation(letter, email=SUZIE, at=timezone.now() - timedelta(days=61))
    public_id = answer(row)

    assert inviting.forget_old(now=timezone.now()) == 0
    signing.confirm(public_id)

    assert Signature.objects.get().is_invited is True


def test_everything_about_the_unsigned_goes_thirty_days_after_closing():
    letter = make_letter(slug="over")
    rows = [make_invitation(letter, name="Zyxkwobname", address_source="Zyxkwobsource", state=state)
            for state in ("sent", "declined", "revoked")]  # fmt: skip
    publishing.move(letter, "closed", by="test")
    still_open = make_invitation(make_letter())
    now = timezone.now()

    inviting.forget_old(now=now + timedelta(days=29))
    assert [again(row).name for row in rows] == ["Zyxkwobname"] * 3
    inviting.forget_old(now=now + timedelta(days=31))

    assert [(again(row).name, again(row).email_sealed, again(row).email_index) for row in rows] == [
        ("", None, None)
    ] * 3
    assert tables_with(["zyxkwob"]) == []
    assert again(still_open).name == "Suzie van der Berg"


def test_erasing_takes_the_person_out_of_the_invitation_too(letter):
    row = make_invitation(letter, email=SUZIE, name="Zyxkwobname", address_source="Zyxkwobsource")
    public_id = answer(row, display_name="Zyxkwobname")
    signing.confirm(public_id)

    managing.erase(public_id)

    assert tables_with(["zyxkwob"]) == []
    assert not Invitation.objects.exists()


def test_erasing_an_unconfirmed_attempt_takes_the_invitation_along(letter):
    row = make_invitation(letter, email=SUZIE, name="Zyxkwobname")

    managing.erase(answer(row, display_name="Zyxkwobname"))

    assert (tables_with(["zyxkwob"]), Invitation.objects.exists()) == ([], False)


def test_whoever_withdrew_leaves_no_name_and_is_not_asked_again(letter, alice):
    row = make_invitation(letter, email=SUZIE)
    public_id = answer(row)
    signing.confirm(public_id)

    managing.withdraw(public_id)

    assert again(row).name == ""
    with pytest.raises(inviting.AlreadyInvited):
        invite(letter, alice)


def test_rotation_of_the_keys_covers_the_addresses(key_file, letter, alice):
    row = invite(letter, alice)
    ended = make_invitation(letter, state="declined")

    rotating.begin()
    assert rotating.left() == 1
    rotating.rotate(settle_seconds=0, tell=lambda _: None, by="command")

    assert (again(row).email, again(ended).email, rotating.left()) == (SUZIE, "", 0)
    with pytest.raises(inviting.AlreadyInvited):
        invite(letter, alice)


def test_counts_are_by_state(letter):
    for state in ("sent", "sent", "declined"):
        make_invitation(letter, state=state)
    make_invitation(make_letter())

    assert inviting.counts(letter) == {"sent": 2, "declined": 1}
