import smtplib
import socket
from types import SimpleNamespace

import pytest
import time_machine
from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError
from django.conf import settings as site_settings
from django.core.management import call_command

from letters.outbox import claiming, kinds, sending, suppressing
from letters.outbox.models import Message, Suppression
from tests.factories import make_message, utc
from tools import services

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("note_kind")]


def queue_notes(amount=1, kind="note"):
    return [make_message(kind=kind) for _ in range(amount)]


def address_of(message):
    return f"{message.subject_id.hex}@example.org"


def states():
    return list(Message.objects.order_by("pk").values_list("state", "attempts", "error"))


def test_deliver_due_sends_one_whole_mail_to_one_recipient(server):
    (row,) = queue_notes()

    assert sending.deliver_due() == 1

    (mail,) = server.messages
    assert server.recipients == [address_of(row)]
    assert mail["To"] == address_of(row)
    assert mail["From"] == site_settings.DEFAULT_FROM_EMAIL
    assert mail["Message-ID"] == row.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "A note"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    row.refresh_from_db()
    assert (row.state, row.error, row.lease_by) == ("sent", "", "")
    assert row.sent_at is not None
    assert sending.deliver_due() == 0


def test_deliver_due_uses_one_connection_for_many_mails(server):
    queue_notes(5)

    assert sending.deliver_due() == 5
    queue_notes(2)
    assert sending.deliver_due() == 2

    assert len(server.messages) == 7
    assert server.sessions == 1


def test_deliver_due_opens_a_connection_anew_that_rested_too_long(server, monkeypatch):
    monkeypatch.setattr(sending, "IDLE_SECONDS", 0.0)
    queue_notes(2)

    assert sending.deliver_due() == 2

    assert server.sessions == 2


def test_deliver_due_takes_as_many_batches_as_it_may(server, monkeypatch):
    monkeypatch.setattr(claiming, "BATCH", 50)
    queue_notes(51)

    assert sending.deliver_due(batches=1) == 50
    assert sending.deliver_due(batches=1) == 1


# --- what the mail server may answer, by a real one ---

ANSWERS = {
    "rcpt 451": ({"at_rcpt": "451 4.3.0 later"}, "due", "SMTPRecipientsRefused:451", False),
    "rcpt 450": ({"at_rcpt": "450 4.2.0 greylisted"}, "due", "SMTPRecipientsRefused:450", False),
    "rcpt 421": ({"at_rcpt": "421 4.7.0 too many"}, "due", "SMTPRecipientsRefused:421", False),
    "rcpt 552": ({"at_rcpt": "552 5.2.2 mailbox full"}, "dead", "SMTPRecipientsRefused:552", False),
    "rcpt 550 no mailbox": ({"at_rcpt": "550 5.1.1 no such user"}, "bounced", "SMTPRecipientsRefused:550", True),
    "rcpt 550 bare": ({"at_rcpt": "550 no such user here"}, "bounced", "SMTPRecipientsRefused:550", True),
    "rcpt 551": ({"at_rcpt": "551 5.1.6 moved"}, "bounced", "SMTPRecipientsRefused:551", True),
    "rcpt 553": ({"at_rcpt": "553 5.1.3 bad address"}, "bounced", "SMTPRecipientsRefused:553", True),
    "rcpt 550 policy": ({"at_rcpt": "550 5.7.1 blocked by policy"}, "dead", "SMTPRecipientsRefused:550", False),
    "rcpt 550 full": ({"at_rcpt": "550 5.2.2 over quota"}, "dead", "SMTPRecipientsRefused:550", False),
    "rcpt 554": ({"at_rcpt": "554 5.7.1 relay denied"}, "dead", "SMTPRecipientsRefused:554", False),
    "data 451": ({"at_data": "451 4.3.0 later"}, "due", "SMTPDataError:451", False),
    "data 552": ({"at_data": "552 5.3.4 too big"}, "dead", "SMTPDataError:552", False),
    "data 550": ({"at_data": "550 5.1.1 no such user"}, "dead", "SMTPDataError:550", False),
    "data 554": ({"at_data": "554 5.7.1 spam"}, "dead", "SMTPDataError:554", False),
    "mail 451": ({"at_mail": "451 4.3.0 later"}, "due", "SMTPSenderRefused:451", False),
    "mail 553": ({"at_mail": "553 5.7.1 not your address"}, "due", "SMTPSenderRefused:553", False),
    "mail 552": ({"at_mail": "552 5.3.4 too big"}, "dead", "SMTPSenderRefused:552", False),
    "drop at rcpt": ({"at_rcpt": "drop"}, "due", "SMTPServerDisconnected", False),
    "drop at data": ({"at_data": "drop"}, "due", "SMTPServerDisconnected", False),
}


@pytest.mark.parametrize(("answers", "state", "code", "blocked"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_refusal_is_named_and_treated_as_what_it_is(server, answers, state, code, blocked):
    vars(server).update(answers)
    (row,) = queue_notes()

    assert sending.deliver_due() == 0

    assert states() == [(state, 1 if state == "due" else 0, code)]
    assert Suppression.objects.filter(recipient_index=suppressing.index_of(address_of(row))).exists() is blocked
    assert len(server.messages) == (1 if answers == {"at_data": "drop"} else 0)


def test_a_mail_that_was_postponed_leaves_later_with_the_same_message_id(server):
    (row,) = queue_notes()
    server.at_data = "drop"  # it took the mail, but we never heard so
    sending.deliver_due()

    server.at_data = "250 OK"
    with time_machine.travel(row.next_at.replace(year=row.next_at.year + 1)):
        assert sending.deliver_due() == 1

    assert [mail["Message-ID"] for mail in server.messages] == [row.message_id] * 2


@pytest.mark.parametrize("answer", ["451 4.3.0 later", "550 5.1.1 no", "550 5.7.1 no", "552 5.2.2 full", "drop"])
def test_a_mail_that_fails_delays_no_other(server, answer):
    first, poisoned, last = queue_notes(3)
    server.refused[address_of(poisoned)] = answer

    assert sending.deliver_due() == 2

    assert server.recipients == [address_of(first), address_of(last)]


def test_an_outage_lets_every_mail_wait_and_loses_none(server, settings, caplog):
    queue_notes(3)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, services.free_port()

    assert sending.deliver_due() == 0

    assert states() == [("due", 1, "ConnectionRefusedError")] * 3
    assert "outbox: mail server away (ConnectionRefusedError), 3 mails wait" in caplog.messages
    settings.EMAIL_PORT = port
    Message.objects.update(next_at=utc("2020-01-01"))
    assert sending.deliver_due() == 3


def test_an_outage_keeps_what_was_sent_before_it(server):
    rows = queue_notes(3)
    server.refused[address_of(rows[1])] = "drop"
    server.refused[address_of(rows[2])] = "451 4.3.0 later"

    sending.deliver_due()

    assert [state for state, _, _ in states()] == ["sent", "due", "due"]


def test_a_server_that_says_nothing_is_an_outage(settings, caplog):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.05
        queue_notes(2)

        assert sending.deliver_due() == 0

    assert states() == [("due", 1, "SMTPServerDisconnected")] * 2
    assert "2 mails wait" in caplog.text


def test_a_wrong_password_is_an_outage_and_blames_no_mail(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "password"
    queue_notes(2)

    assert sending.deliver_due() == 0

    assert states() == [("due", 1, "SMTPNotSupportedError")] * 2


# --- what our own code may do wrong ---


def test_a_mail_whose_text_cannot_be_made_delays_no_other(server, note_kind):
    def build(messages):
        built = {m.pk: kinds.Mail(address_of(m), "A note", "Text", "<p>Text</p>") for m in messages}
        return {**built, messages[0].pk: ValueError("poison")}

    note_kind("note", build)
    rows = queue_notes(3)

    assert sending.deliver_due() == 2

    assert states()[0] == ("due", 1, "build:ValueError")
    assert server.recipients == [address_of(row) for row in rows[1:]]


def test_a_poisoned_mail_is_dead_after_twelve_tries(server, note_kind):
    note_kind("note", lambda messages: {m.pk: ValueError("poison") for m in messages})
    queue_notes()

    for _ in range(12):
        Message.objects.update(next_at=utc("2020-01-01"))
        sending.deliver_due()

    assert states() == [("dead", 12, "build:ValueError")]


def test_a_kind_that_cannot_be_built_at_all_delays_no_other_kind(server, note_kind, caplog):
    def build(messages):
        raise ZeroDivisionError

    note_kind("broken", build)
    queue_notes(2, kind="broken")
    (good,) = queue_notes()

    assert sending.deliver_due() == 1

    assert server.recipients == [address_of(good)]
    assert states()[:2] == [("due", 1, "build:ZeroDivisionError")] * 2
    assert "outbox: kind broken cannot be built" in caplog.messages


def test_a_mail_of_an_unknown_kind_and_one_whose_reason_is_gone_are_withheld(server, note_kind):
    note_kind("note", lambda messages: {m.pk: kinds.Withhold("gone") for m in messages})
    queue_notes()
    queue_notes(kind="nobody-knows")

    assert sending.deliver_due() == 0

    assert states() == [("withheld", 0, "gone"), ("withheld", 0, "unknown-kind")]
    assert server.sessions == 0


@pytest.mark.parametrize("subject", ["A note\nBcc: eve@example.org", "A note\r\n\r\nBody"])
def test_a_subject_with_a_line_break_never_leaves(server, note_kind, subject):
    note_kind("note", lambda messages: {m.pk: kinds.Mail("a@example.org", subject, "Text", "") for m in messages})
    queue_notes()

    sending.deliver_due()

    assert server.messages == []
    assert states() == [("due", 1, "BadHeaderError")]


def test_what_is_left_of_half_the_lease_goes_back_untried(server, monkeypatch):
    rows = queue_notes(3)
    ticks = iter([0.0, 0.0, 1.0, 2.0, 3.0, 31.0, *[32.0] * 20])
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=lambda: next(ticks)))

    sent = sending.send_batch(claiming.claim())

    assert 0 < sent < 3
    assert server.recipients == [address_of(row) for row in rows[:sent]]
    assert states()[sent:] == [("due", 0, "")] * (3 - sent)
    assert [state for state, _, _ in states()[:sent]] == ["sent"] * sent


def test_outcomes_are_written_while_a_batch_still_runs(server, monkeypatch):
    monkeypatch.setattr(sending, "WRITE_SECONDS", 0.0)
    queue_notes(2)
    seen = []

    class Watching(dict):
        """What a builder returns: asked for a mail when its turn comes."""

        def __getitem__(self, key):
            seen.append([state for state, _, _ in states()])
            return super().__getitem__(key)

    monkeypatch.setattr(sending, "_build", lambda claimed, build=sending._build: Watching(build(claimed)))
    sending.send_batch(claiming.claim())

    assert seen == [["sending", "sending"], ["sent", "sending"]]
    assert len(server.messages) == 2


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no"), sending.Outage, "SMTPAuthenticationError:535"),
        (smtplib.SMTPConnectError(421, b"busy"), sending.Outage, "SMTPConnectError:421"),
        (smtplib.SMTPHeloError(501, b"no"), sending.Outage, "SMTPHeloError:501"),
        (smtplib.SMTPSenderRefused(530, b"log in", "a@b.org"), sending.Outage, "SMTPSenderRefused:530"),
        (smtplib.SMTPSenderRefused(452, b"wait", "a@b.org"), sending.TemporaryFailure, "SMTPSenderRefused:452"),
        (smtplib.SMTPDataError(554, b"spam"), sending.PermanentFailure, "SMTPDataError:554"),
        (smtplib.SMTPServerDisconnected("gone"), sending.TemporaryFailure, "SMTPServerDisconnected"),
        (smtplib.SMTPNotSupportedError("no AUTH"), sending.Outage, "SMTPNotSupportedError"),
        (ConnectionResetError(), sending.TemporaryFailure, "ConnectionResetError"),
        (TimeoutError(), sending.Stalled, "TimeoutError"),
        (OSError("no route"), sending.Outage, "OSError"),
        (smtplib.SMTPRecipientsRefused({}), sending.TemporaryFailure, "SMTPRecipientsRefused:0"),
    ],
)
def test_classified_names_class_and_code_and_never_the_servers_words(error, kind, code):
    failure = sending.classified(error)

    assert type(failure) is kind
    assert failure.code == code


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, sending.PermanentFailure),
        (422, sending.PermanentFailure),
        (401, sending.Outage),
        (403, sending.Outage),
        (408, sending.Outage),
        (429, sending.Outage),
        (500, sending.Outage),
        (503, sending.Outage),
    ],
)
def test_classified_reads_the_answer_of_a_mail_service(status, kind):
    response = SimpleNamespace(status_code=status, reason="", text="", json=dict, request=None)
    error = AnymailRequestsAPIError("refused", response=response)

    assert type(sending.classified(error)) is kind


def test_classified_takes_a_recipient_that_a_mail_service_refused_for_permanent():
    assert type(sending.classified(AnymailRecipientsRefused())) is sending.PermanentFailure


def test_classified_logs_a_failure_that_nobody_named(caplog):
    failure = sending.classified(ZeroDivisionError("suzie@example.com"))

    assert (type(failure), failure.code) == (sending.TemporaryFailure, "ZeroDivisionError")
    assert caplog.messages == ["outbox: a mail backend failed in a way nobody named: ZeroDivisionError"]


@pytest.mark.django_db(transaction=True)
def test_outbox_relay_sends_without_celery(server, capsys):
    queue_notes(2)

    call_command("outbox_relay", once=True)

    assert capsys.readouterr().out == "2 mails sent\n"
    assert len(server.messages) == 2
