import json
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from tools import sink
from tools.chaos import facts
from tools.chaos.__main__ import DRILLS, SQLITE
from tools.chaos.report import Result, last_line
from tools.chaos.visitor import form_with

ROOT = Path(__file__).resolve().parents[2]


def test_short_real_drills_kill_web_workers_and_the_sequencer_and_lose_nothing(tmp_path):
    figures = tmp_path / "figures.json"
    drills = ["web-kill", "ledger-kill"]
    command = [sys.executable, "-m", "tools.chaos", *drills, "--short", "--people", "20", "--faults", "3"]

    done = subprocess.run([*command, "--json", str(figures)], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("2 drills, 0 accepted signatures lost, 0 duplicated")
    for drill in json.loads(figures.read_text())["drills"]:
        assert (drill["accepted"], drill["lost"], drill["unmailed"], drill["duplicated"]) == (20, 0, 0, 0)


def test_every_promised_drill_exists():
    promised = {"web-kill", "worker-kill", "redis-flush", "redis-down", "pg-crash", "smtp-faults"}

    assert {*DRILLS, SQLITE} == promised | {"double-post", "poison", "sqlite", "ledger-kill"}
    assert all(drill.act.__doc__ for drill in DRILLS.values())


def test_the_last_line_counts_what_was_lost():
    results = [Result("a", "R1", "", accepted=5, confirmed=2), Result("b", "R2", "", accepted=3, lost=1, mail_copies=4)]
    results[1].promise("something", "seen", False)

    assert last_line(results, 60) == (
        "2 drills, 1 accepted signatures lost, 0 duplicated, 0 without a mail, of 8 accepted and 2 confirmed; "
        "4 mails sent twice under one Message-ID; 0 of 1 promises kept; 1.0 min"
    )


def send(port, to="suzie@example.org"):
    with smtplib.SMTP("127.0.0.1", port, timeout=2) as client:
        client.sendmail("letters@example.org", [to], "Message-ID: <a@b>\r\n\r\n..dots\r\n")


def test_sink_journals_what_it_takes_and_fails_on_command(tmp_path):
    with sink.start(tmp_path) as smtp:
        tail = facts.Tail(smtp.journal)
        send(smtp.port)
        assert [(mail.message_id, mail.to, mail.answer) for mail in tail.mails()] == [
            ("<a@b>", "suzie@example.org", 250)
        ]

        smtp.order(temporary=1)
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            send(smtp.port)
        smtp.order(permanent=1)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(smtp.port)
        smtp.order(away=True)
        with pytest.raises(smtplib.SMTPConnectError):
            send(smtp.port)

        assert [mail.answer for mail in tail.mails()] == [451, 550]


def test_tail_leaves_a_line_that_is_being_written(tmp_path):
    journal = tmp_path / "journal.jsonl"
    journal.write_text('{"n": 1}\n{"n": ')
    tail = facts.Tail(journal)
    assert tail.lines() == [{"n": 1}]

    with journal.open("a") as file:
        file.write("2}\n")

    assert tail.lines() == [{"n": 2}]
    assert tail.lines() == []


def test_form_with_reads_what_a_browser_would_send():
    page = (
        '<form><input name="q"></form><form><input type="hidden" name="nonce" value="a&amp;b"><input name="name">'
        '<input type="checkbox" name="yes" checked><input type="checkbox" name="no">'
        '<textarea name="t">x</textarea></form>'
    )

    assert form_with("nonce", page) == {"nonce": "a&b", "name": "", "yes": "on", "t": "x"}
    assert form_with("missing", page) == {}
