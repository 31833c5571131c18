"""One drill under way: its signers, its mails, the moments of its fault, and the promises that every drill makes."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tools import progress
from tools.chaos import crowd, facts
from tools.chaos.crowd import Book, Confirmers, Crowd
from tools.chaos.report import Result
from tools.chaos.stage import Stage

MAIL_WITHIN_SECONDS = 120.0
# What a log may not hold: a page that broke, a locked database, an exception that is not about something being away.
UPSETS = re.compile(
    r"Internal Server Error|database is locked"
    r"|^(?!OperationalError|InterfaceError|SchedulingError)\w*(?:Error|Exception)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Size:
    """How many people, at which pace, and how often the fault strikes. ``is_short`` also shortens waits, by SQL."""

    people: int
    per_second: float
    faults: int = 0
    is_short: bool = False


class Run:
    """Everything that one drill needs on a stage."""

    def __init__(self, stage: Stage, size: Size, result: Result, step: progress.Step) -> None:
        self.stage, self.size, self.result, self.step = stage, size, result, step
        self.book = Book(stage.journal)
        self.started = time.time()
        self._tail = stage.tail()
        self._mails: list[facts.Mail] = []
        self._printed = {name: len(text) for name, text in stage.logs().items()}

    @contextmanager
    def signing(self, *, settle: bool = True, people: int = 0, per_second: float = 0.0) -> Iterator[Crowd]:
        """New people sign (and some confirm) while the block strikes; then every mail is waited for."""
        emails = crowd.addresses(self.result.drill, people or self.size.people)
        with Confirmers(self.stage.site, self.book, self.stage.tail()):
            with Crowd(self.stage.site, self.book, emails, per_second=per_second or self.size.per_second) as people_:
                yield people_
            if settle:
                self.settle()

    def settle(self) -> float:
        """Wait until no mail is under way; in the short form leases and postponements are moved forward by SQL."""
        self.step.detail = "waiting until the outbox is settled"
        return self.stage.settle(hurry=self.size.is_short)

    def moments(self, people: Crowd, count: int, what: str) -> Iterator[int]:
        """``count`` moments spread over the signing, each at a random instant."""
        first, whole = len(self.book.accepted), people.size
        for number in range(1, count + 1):
            target = first + whole * number // (count + 1)
            while people.is_busy() and len(self.book.accepted) < target:
                time.sleep(0.02)
            time.sleep(random.random() * 0.2)  # noqa: S311 - any instant will do
            self.step.detail = f"{len(self.book.accepted)} accepted, {what} {number} of {count}"
            yield number

    def mails(self) -> list[facts.Mail]:
        """All delivery attempts since the drill began."""
        self._mails += self._tail.mails()
        return self._mails

    def arrivals(self) -> dict[str, float]:
        """When each person's first mail arrived."""
        first: dict[str, float] = {}
        for mail in self.mails():
            if mail.answer == facts.TAKEN:
                first.setdefault(mail.to, mail.at)
        return first

    def lags(self, *, since: float = 0.0, until: float = float("inf")) -> list[float]:
        """Seconds from thank-you page to mail, for those accepted in this span of time."""
        arrived = self.arrivals()
        some = [one for one in self.book.accepted.values() if since <= one.at <= until and one.email in arrived]
        return [max(0.0, arrived[one.email] - one.at) for one in some]

    def times(self, *, since: float = 0.0, until: float = float("inf")) -> list[float]:
        """Seconds of each answered POST that was accepted in this span of time."""
        return [one.took for one in self.book.accepted.values() if since <= one.at <= until]

    def promise_speed(self, took: Sequence[float], *, within: float) -> None:
        p95 = facts.percentile(took, 0.95)
        seen = f"p50 {facts.percentile(took, 0.5):.3f} s, p95 {p95:.3f} s, of {len(took)}"
        self.result.promise(f"signing stays below {within:g} s (p95) meanwhile", seen, bool(took) and p95 < within)

    def promise_mail_within(self, seconds: float, lags: Sequence[float], when: str) -> None:
        longest = max(lags, default=0.0)
        seen = f"p50 {facts.percentile(lags, 0.5):.1f} s, longest {longest:.1f} s, of {len(lags)}"
        self.result.promise(f"a mail within {seconds:g} s {when}", seen, bool(lags) and longest <= seconds)

    def finish(self) -> None:
        """Reconcile, and say what every drill promises."""
        self.step.detail = "reconciling"
        self.stage.wait_until_counted()
        figures, differences = self.stage.reconcile()
        result, seen = self.result, self.book.seen
        result.accepted, result.confirmed = len(self.book.accepted), len(self.book.confirmed)
        result.lost = len(differences.get("lost", [])) + len(differences.get("confirmation-lost", []))
        result.unmailed = len(differences.get("never-arrived", []))
        result.duplicated = figures["attempts that nobody saw accepted"] + len(differences.get("confirmed-twice", []))
        result.mail_copies = facts.repeated(self.mails())
        tried = ", ".join(f"{count} × {what}" for what, count in sorted(seen.items()))
        result.promise("every accepted form is stored, once", f"{result.accepted} accepted ({tried})",
                       not result.lost and not result.duplicated and bool(result.accepted))  # fmt: skip
        arrived = sum(one.email in self.arrivals() for one in self.book.accepted.values())
        result.promise("each has a mail, or a reason that the database names", f"{arrived} mails arrived",
                       not result.unmailed)  # fmt: skip
        result.promise("every answered confirmation stands", f"{result.confirmed} confirmed",
                       "confirmation-lost" not in differences)  # fmt: skip
        said = "; ".join(f"{code}: {', '.join(where[:3])}" for code, where in differences.items())
        result.promise("reconcile --strict finds no difference", said or "none", not differences)
        self._promise_calm()

    def _promise_calm(self) -> None:
        ended = [program.name for program in self.stage.programs() if not program.is_running()]
        complaints = [*self.book.unexpected, *(f"{name} has ended" for name in ended)]
        for name, text in self.stage.logs().items():
            fresh = text[self._printed.get(name, 0) :]
            upsets = Counter(UPSETS.findall(fresh))
            complaints += [f"{count} × “{upset}” in {name}" for upset, count in upsets.items()]
        lost_forms = self.book.seen["503 lost the form"]
        if lost_forms:
            complaints.append(f"{lost_forms} “not recorded” pages without the form")
        self.result.promise("nobody sees a wrong answer, no process an unhandled error",
                            "; ".join(complaints) or "none", not complaints)  # fmt: skip
