import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaign.public.views import signing as door
from letters.core import keyring, sealed, tokens
from letters.outbox import suppressing
from letters.outbox.models import Message, SuppressionReason
from letters.signatures import counting, reconciling, signing, witnesses
from letters.signatures.models import Signature, Tally
from tests.factories import CAST, make_letter, make_signature, sign_and_confirm, sign_up

SUZIE = CAST["suzie"].email
pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    return make_letter()


@pytest.fixture
def suzie(letter):
    """A signature that everything agrees about: confirmed, mailed, counted."""
    row = sign_and_confirm(letter)
    Message.objects.update(state="sent", sent_at=timezone.now())
    counting.refresh()
    return row


def differences(*, after=timedelta()):
    return reconciling.check_database(timezone.now() + after).differences


# --- the database against itself ---


def test_check_database_counts_and_finds_nothing_where_all_is_well(letter, suzie):
    sign_up(letter, "bob")
    for state in ("sample", "withdrawn", "erased", "removed", "hidden", "held"):
        row = make_signature(letter, state=state)
        Message.objects.create(
            kind=signing.CONFIRM,
            subject_id=row.public_id,
            state="sent",
            created_at=row.signed_at,
            next_at=row.signed_at,
        )
    Tally.objects.all().delete()
    counting.refresh()

    report = reconciling.check_database(timezone.now())

    assert report.differences == {}
    assert report.is_clean
    assert report.figures["signatures confirmed"] == 4
    assert report.figures["signatures pending"] == 1
    assert report.figures["mails due"] == 1


def forget_mail(row):
    Message.objects.all().delete()


def say_gone(row):
    Message.objects.update(state="withheld", error="gone", sent_at=None)


def damage_seal(row):
    Signature.objects.update(email_sealed=bytes([*row.email_sealed[:-1], row.email_sealed[-1] ^ 1]))


def misfile_address(row):
    Signature.objects.update(email_index_odd=bytes(32))


def forget_index(row):
    Signature.objects.update(email_index_odd=None)


def misfile_line(row):
    Signature.objects.update(list_key=b"elsewhere")


def misfile_search(row):
    Signature.objects.update(search_text="somebody else")


def miscount(row):
    Tally.objects.update(persons=2)
    Signature.objects.update(changed_at=timezone.now() - timedelta(minutes=1))


def lose_lease(row):
    Message.objects.update(state="sending", lease_until=timezone.now() - timedelta(minutes=2))


def fall_behind(row):
    Message.objects.update(state="due", next_at=timezone.now() - timedelta(minutes=11))


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (forget_mail, "no-mail-queued"),
        (say_gone, "mail-says-gone"),
        (damage_seal, "address-unreadable"),
        (misfile_address, "address-misfiled"),
        (forget_index, "address-misfiled"),
        (misfile_line, "list-misfiled"),
        (misfile_search, "search-misfiled"),
        (miscount, "count-wrong"),
        (lose_lease, "lease-lost"),
        (fall_behind, "mail-overdue"),
    ],
)
def test_check_database_names_what_is_wrong_and_where(suzie, damage, code):
    damage(suzie)

    found = differences()

    assert list(found) == [code]
    assert len(found[code]) == 1
    assert found[code][0].split()[0] in ("signature", "mail", "text")
    assert code in reconciling.SENTENCES


def test_check_database_tells_how_far_it_is(suzie, monkeypatch):
    monkeypatch.setattr(reconciling, "TELL_EVERY", 1)
    told = []

    reconciling.check_database(timezone.now(), tell=told.append)

    assert told == ["1 signatures looked at"]


def test_check_database_finds_a_row_that_should_have_expired(letter):
    row = sign_up(letter)
    Message.objects.update(state="sent")

    assert differences(after=timedelta(days=14, minutes=30)) == {}
    assert differences(after=timedelta(days=14, minutes=90)) == {"not-expired": [f"signature {row.pk}"]}


def test_check_database_lets_a_count_lag_for_seconds(suzie):
    Tally.objects.update(persons=2)

    assert differences() == {}
    assert list(differences(after=timedelta(seconds=20))) == ["count-wrong"]


def test_check_database_takes_old_mails_for_forgotten(letter):
    make_signature(letter, at=timezone.now() - timedelta(days=32))
    counting.refresh()

    report = reconciling.check_database(timezone.now())

    assert report.differences.keys() <= {"list-misfiled", "search-misfiled"}
    assert report.figures["mails forgotten with age"] == 1


def test_check_database_finds_two_confirmed_under_one_address(letter, suzie, monkeypatch):
    """The database refuses that; a restored dump without its indexes would not."""
    report = reconciling.Report()

    class Rows(list[int]):
        def __getattr__(self, name):
            return lambda *args, **kwargs: self

    monkeypatch.setattr(Signature.objects, "confirmed", lambda: Rows([suzie.version_id]))
    reconciling._confirmed_once(report, timezone.now())

    assert report.differences == {"confirmed-twice": [f"text {suzie.version_id}"] * 2}


def test_check_database_waits_for_a_rotation_to_reach_a_row(suzie, monkeypatch):
    ring = keyring.ring()
    monkeypatch.setattr(sealed, "letter_indexes", lambda *_: (bytes(suzie.email_index_odd), b"new"))
    assert list(differences()) == ["address-misfiled"]

    under_way = replace(ring, index=(*ring.index, ring.index[0]))
    monkeypatch.setattr(keyring, "ring", lambda: under_way)

    assert differences() == {}


# --- against what others saw ---


def accepted(row, *, line=1, email=SUZIE, is_confirmed=False, at=None):
    return witnesses.Accepted(line, row.public_id, email, at or row.signed_at, is_confirmed)


def arrived(row, *, to=SUZIE, serial=0):
    return witnesses.Arrived(f"<confirm.{serial}.{row.public_id.hex}@example.org>", row.public_id, to)


def witness(forms, mails=None):
    report = reconciling.Report()
    reconciling.check_witnesses(report, forms, mails, now=timezone.now())
    return report


def test_check_witnesses_agrees_and_counts_copies(suzie):
    report = witness([accepted(suzie, is_confirmed=True)], [arrived(suzie), arrived(suzie), arrived(suzie, serial=1)])

    assert report.differences == {}
    assert report.figures == {
        "mails that arrived": 2,
        "copies of mails beyond the first": 1,
        "accepted forms": 1,
        "accepted, mail arrived": 1,
        "accepted, row confirmed": 1,
        "attempts that nobody saw accepted": 0,
    }


def test_check_witnesses_counts_copies_without_a_journal(suzie):
    assert witness([], [arrived(suzie)] * 3).figures == {
        "mails that arrived": 1,
        "copies of mails beyond the first": 2,
        "accepted forms": 0,
    }


def test_check_witnesses_finds_a_lost_signature(suzie):
    form = accepted(suzie, line=7)
    Signature.objects.all().delete()
    Message.objects.all().delete()

    assert witness([form]).differences == {"lost": ["journal line 7"]}


def test_check_witnesses_finds_a_signature_without_its_mail(suzie):
    assert witness([accepted(suzie, line=7)], []).differences == {"never-arrived": ["journal line 7"]}
    Message.objects.all().delete()
    assert witness([accepted(suzie, line=7)], []).differences == {"never-arrived": ["journal line 7"]}


@pytest.mark.parametrize(
    ("state", "error"), [("bounced", "550"), ("dead", "build:ValueError"), ("due", ""), ("withheld", "answered")]
)
def test_check_witnesses_takes_a_mail_with_a_reason(suzie, state, error):
    Message.objects.update(state=state, error=error)

    report = witness([accepted(suzie)], [])

    assert report.differences == {}
    assert report.figures[f"accepted, mail {state} {error}".strip()] == 1


def test_check_witnesses_finds_wrong_addresses(suzie):
    other = witness([accepted(suzie, email="bob@example.org")], [arrived(suzie, to="bob@example.org")])
    astray = witness([accepted(suzie)], [arrived(suzie, to="bob@example.org")])
    spelled = witness([accepted(suzie, email=SUZIE.upper())], [arrived(suzie)])

    assert other.differences == {"other-address": [f"signature {suzie.pk}"]}
    assert astray.differences == {"misaddressed": ["journal line 1"]}
    assert spelled.differences == {}


def test_check_witnesses_says_nothing_of_an_address_that_it_cannot_read(suzie):
    damage_seal(suzie)

    assert witness([accepted(suzie)]).differences == {}


def test_check_witnesses_finds_a_confirmation_that_is_gone(letter, suzie):
    bob = sign_up(letter, "bob")

    report = witness([accepted(bob, email=CAST["bob"].email, is_confirmed=True)])

    assert report.differences == {"confirmation-lost": [f"signature {bob.pk}"]}


def test_check_witnesses_knows_why_an_attempt_is_gone(letter):
    second = sign_up(letter)
    forms = [accepted(second, line=1)]
    sign_and_confirm(letter)  # deletes the other attempt
    bob = sign_up(letter, "bob")
    forms.append(accepted(bob, line=2, email=CAST["bob"].email))
    signing.disown(bob.public_id)
    capped = sign_up(letter, "mona")
    forms.append(accepted(capped, line=3, email=CAST["mona"].email))
    Message.objects.filter(subject_id=capped.public_id).update(state="withheld", error="capped")
    capped.delete()
    old = sign_up(letter, "alice")
    long_ago = timezone.now() - timedelta(days=15)
    forms.append(accepted(old, line=4, email=CAST["alice"].email, at=long_ago))
    old.delete()

    report = witness(forms, [])

    assert report.differences.keys() <= {"never-arrived"}
    assert [report.figures[f"accepted, row gone ({why})"] for why in (
        "another attempt was confirmed", "the owner said: not me", "capped", "expired"
    )] == [1, 1, 1, 1]  # fmt: skip


def test_check_witnesses_finds_a_confirmation_whose_row_is_gone(letter):
    first = sign_up(letter)
    form = accepted(first, line=3, is_confirmed=True)
    sign_and_confirm(letter)

    assert witness([form]).differences == {"confirmation-lost": ["journal line 3"]}


def test_check_witnesses_counts_attempts_that_nobody_saw_accepted(letter, suzie):
    sign_up(letter, "bob")

    assert witness([accepted(suzie)]).figures["attempts that nobody saw accepted"] == 1


def test_suppression_alone_explains_a_missing_row(letter):
    row = sign_up(letter)
    suppressing.suppress(SUZIE, SuppressionReason.NOT_ME)
    form = accepted(row)
    Signature.objects.all().delete()
    Message.objects.all().delete()

    assert witness([form]).differences == {}


# --- the files and the command ---


def journal_line(row, **more):
    token = tokens.make(door.SENT, row.public_id)
    return json.dumps({"nonce": token, "email": SUZIE, "accepted_at": row.signed_at.timestamp(), **more}) + "\n"


def test_accepted_forms_reads_tokens_and_ids_and_joins_confirmations(suzie, tmp_path):
    other = uuid4()
    path = tmp_path / "journal.jsonl"
    lines = [journal_line(suzie), "\n", journal_line(suzie, confirmed_at=1.0), journal_line(suzie)]
    path.write_text("".join(lines) + json.dumps({"nonce": str(other), "email": "a@example.org", "accepted_at": 0}))

    found = witnesses.accepted_forms(path)

    assert [(one.line, one.public_id, one.is_confirmed) for one in found] == [
        (3, suzie.public_id, True),
        (5, other, False),
    ]


@pytest.mark.parametrize("text", ['{"nonce": "x", "email": "a", "accepted_at": 0}', "{}", "[]", "no json"])
def test_accepted_forms_names_the_line_that_it_cannot_read(tmp_path, text):
    (tmp_path / "journal.jsonl").write_text(text)

    with pytest.raises(witnesses.FileUnreadable):
        witnesses.accepted_forms(tmp_path / "journal.jsonl")


def test_arrived_mails_reads_lines_and_folders(tmp_path):
    subject = uuid4()
    message_id = f"<confirm.0.{subject.hex}@example.org>"
    path = tmp_path / "mailbox.jsonl"
    mails = [
        {"message_id": message_id, "to": [SUZIE], "answer": 250},
        {"message_id": message_id, "to": [SUZIE], "answer": 451},
        {"message_id": "<newsletter@example.org>", "to": [SUZIE]},
    ]
    path.write_text("".join(json.dumps(mail) + "\n" for mail in mails))
    (tmp_path / "1.eml").write_bytes(f"Message-ID: {message_id}\nTo: Suzie <{SUZIE}>\n\nText".encode())

    expected = [witnesses.Arrived(message_id, subject, SUZIE)]
    assert witnesses.arrived_mails(path) == expected
    assert witnesses.arrived_mails(tmp_path) == expected


def test_arrived_mails_names_what_it_cannot_read(tmp_path):
    (tmp_path / "mailbox.jsonl").write_text("{}")

    with pytest.raises(witnesses.FileUnreadable, match="line 1"):
        witnesses.arrived_mails(tmp_path / "mailbox.jsonl")
    with pytest.raises(witnesses.FileUnreadable, match="cannot be read"):
        witnesses.arrived_mails(tmp_path / "missing.jsonl")


def reconcile(**options):
    out = StringIO()
    call_command("reconcile", stdout=out, **options)
    return out.getvalue()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_reconcile_prints_figures_and_no_difference(tmp_path):
    row = sign_and_confirm(make_letter())
    counting.refresh()
    (tmp_path / "journal.jsonl").write_text(journal_line(row))

    printed = reconcile(strict=True, journal=str(tmp_path / "journal.jsonl"), mailbox=str(tmp_path))

    assert printed.endswith("No difference.\n")
    assert "accepted, mail due" in printed


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_reconcile_strict_ends_with_one_and_names_rows_but_nobody():
    row = sign_and_confirm(make_letter())
    forget_mail(row)
    counting.refresh()
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", strict=True, stdout=out)

    assert ended.value.code == 1
    assert f"    signature {row.pk}\n1 differences\n" in out.getvalue()
    assert not any(part in out.getvalue() for part in (SUZIE, "Suzie", "Berg", str(row.public_id)))
    assert json.loads(reconcile(as_json=True))["differences"] == {"no-mail-queued": [f"signature {row.pk}"]}


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_reconcile_shortens_long_lists():
    letter = make_letter()
    for person in CAST:
        sign_up(letter, person)
    sign_up(letter)
    Message.objects.all().delete()

    printed = reconcile()

    assert printed.endswith(" …\n6 differences\n")
    assert printed.count("signature ") == reconciling.EXAMPLES


@pytest.mark.django_db(transaction=True)
def test_reconcile_refuses_a_missing_file(tmp_path):
    with pytest.raises(CommandError, match=r"missing\.jsonl cannot be read"):
        call_command("reconcile", journal=tmp_path / "missing.jsonl")


def test_the_journal_is_read_with_the_door_s_own_purpose():
    assert witnesses.SENT == door.SENT
