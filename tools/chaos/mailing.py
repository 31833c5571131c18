"""Drills about single mails and forms: a failing mail server (R6), double posts (R7), a poison mail (R8)."""

from __future__ import annotations

import threading
import time

from tools.chaos import crowd, facts
from tools.chaos.crowd import Accepted, Crowd
from tools.chaos.processes import wait_for
from tools.chaos.run import Run
from tools.chaos.stage import Production, Stage
from tools.chaos.visitor import NO_ANSWER, Visitor, form_with

POSTS = 50
DELAYED_AT_MOST_SECONDS = 5.0
TRIES = 12


def smtp_faults(run: Run, stage: Production) -> None:
    """The mail server answers 451 to 30 %, nothing to 5 %, and 550 to 1 % of all addresses; then it is away (421)."""
    _fail(stage)
    with run.signing(settle=False) as people:
        for _ in run.moments(people, 1, "half"):
            pass
    waits = stage.database.rows(
        "SELECT extract(epoch FROM next_at - now())::float FROM outbox_message WHERE state = 'due' AND attempts = 1"
    )
    stage.sink.order(away=True)
    _sign_again(run, stage)
    _fail(stage)
    run.step.detail = "settling; postponements moved forward by SQL"
    stage.settle(hurry=True)
    stage.sink.order()
    run.finish()
    longest = max((wait for (wait,) in waits), default=0.0)
    seen = f"{len(waits)} wait, longest {longest:.0f} s (then moved forward by SQL)"
    run.result.promise("the first retry comes after 1 minute and a little", seen, 0 < longest <= 72)
    states = dict(stage.database.rows("SELECT state, count(*) FROM outbox_message GROUP BY state"))
    answers = {answer: sum(mail.answer == answer for mail in run.mails()) for answer in (250, 451, 0, 550)}
    seen = f"{answers[451]} × 451, {answers[0]} hangs, {answers[550]} × 550; {states.get('bounced', 0)} bounced"
    run.result.promise("5xx is bounced and visible, 4xx and hangs lose nothing", seen,
                       states.get("bounced", 0) == answers[550] and not states.get("dead", 0))  # fmt: skip


def _fail(stage: Production) -> None:
    stage.sink.order(temporary=0.30, hang=0.05, permanent=0.01)


def _sign_again(run: Run, stage: Production) -> None:
    """People who have confirmed sign once more: the page is the same, the mail says that a signature stands."""
    again = crowd.Book(stage.journal)
    emails = sorted(run.book.confirmed)[:20]
    with Crowd(stage.site, again, emails, per_second=run.size.per_second):
        pass
    run.book.unexpected += again.unexpected
    run.result.accepted += len(again.accepted)


def double_post(run: Run, stage: Stage) -> None:
    """One form sent fifty times at the same instant, by as many people as the size says."""
    results = post_at_once(run, stage, run.size.people)
    run.settle()
    run.finish()
    promise_equal(run, results)


def post_at_once(run: Run, stage: Stage, people: int) -> list[tuple[str, list[tuple[int, str]]]]:
    """(address, its answers) for each of some people who send one form fifty times at the same instant."""
    return [(email, _fifty(run, stage, email)) for email in crowd.addresses("double", people)]


def promise_equal(run: Run, results: list[tuple[str, list[tuple[int, str]]]]) -> None:
    copies = [sum(mail.to == email and mail.answer == facts.TAKEN for mail in run.mails()) for email, _ in results]
    equal = [len(set(answers)) == 1 and len(answers) == POSTS for _, answers in results]
    seen = f"{sum(equal)} of {len(results)} forms got {POSTS} equal answers"
    run.result.promise(f"{POSTS} identical posts get {POSTS} equal answers", seen, all(equal))
    run.result.promise("… and make one row and one mail", f"mails: {sorted(set(copies))}", set(copies) == {1})


def _fifty(run: Run, stage: Stage, email: str) -> list[tuple[int, str]]:
    """The answers to fifty posts that start together; one that got none is missing."""
    visitor = Visitor(stage.site, sum(email.encode()))
    page = visitor.get(stage.site.sign_path)
    form = form_with("nonce", page.body) | crowd.typed_by(email, 0) | {"action": "sign"}
    barrier, lock, answers = threading.Barrier(POSTS), threading.Lock(), list[tuple[int, str]]()

    def post() -> None:
        barrier.wait()
        try:
            answer = visitor.post(stage.site.sign_path, form)
        except NO_ANSWER as error:
            run.book.complain(f"no answer to one of the posts ({type(error).__name__})")
            return
        with lock:
            answers.append((answer.status, answer.location))

    threads = [threading.Thread(target=post, daemon=True) for _ in range(POSTS)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if answers and answers[0][0] == 303:
        nonce = answers[0][1].rstrip("/").rpartition("/")[2]
        run.book.accept(Accepted(email, nonce, time.time(), time.monotonic() - started, POSTS))
    return answers


def poison(run: Run, stage: Production) -> None:
    """One mail cannot be built: its sealed address was damaged. It is made due again and again among the others."""
    [victim] = crowd.addresses("poison", 1)
    stage.sink.order(away=True)
    with Crowd(stage.site, run.book, [victim], per_second=1):
        pass
    row = "SELECT m.id, s.id, s.email_sealed FROM outbox_message m JOIN signatures_signature s"
    query = f"{row} ON s.public_id = m.subject_id WHERE m.attempts = 1 AND m.state = 'due' ORDER BY m.id DESC"
    wait_for("the mail to be put back", lambda: bool(stage.database.rows(query)), within=30)
    mail_id, row_id, sealed = stage.database.rows(query)[0]
    _set_sealed(stage, row_id, bytes([*sealed[:-1], sealed[-1] ^ 1]))
    stage.sink.order()
    with run.signing() as people:
        while people.is_busy():
            _make_due(stage, mail_id)
            time.sleep(0.2)
        wait_for("the poison mail to be dead", lambda: _make_due(stage, mail_id) == "dead", within=60, every=0.3)
    attempts, error = stage.database.rows("SELECT attempts, error FROM outbox_message WHERE id = %s", mail_id)[0]
    lags = run.lags()
    _set_sealed(stage, row_id, sealed)
    stage.database.change(
        "UPDATE outbox_message SET state = 'due', attempts = 1, next_at = now() WHERE id = %s", mail_id
    )
    run.settle()
    run.finish()
    run.promise_mail_within(DELAYED_AT_MOST_SECONDS, lags, "beside a poison mail")
    seen = f"dead after {attempts} tries ({error}); sent once repaired and retried"
    run.result.promise(f"the poison mail is dead after {TRIES} tries, and visible", seen, attempts == TRIES)


def _set_sealed(stage: Production, row_id: int, sealed: bytes) -> None:
    stage.database.change("UPDATE signatures_signature SET email_sealed = %s WHERE id = %s", sealed, row_id)


def _make_due(stage: Production, mail_id: int) -> str:
    """Move the poison mail's next try to now, by SQL; returns its state."""
    stage.database.change("UPDATE outbox_message SET next_at = now() WHERE id = %s AND state = 'due'", mail_id)
    return str(stage.database.rows("SELECT state FROM outbox_message WHERE id = %s", mail_id)[0][0])
