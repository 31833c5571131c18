"""Signers and confirmers at work: each keeps trying as a person would, and notes what the site promised to whom."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from tools.chaos import facts
from tools.chaos.visitor import NO_ANSWER, Answer, Site, Visitor, form_with

THREADS = 8
RETRY_SECONDS = 0.3
PATIENCE_SECONDS = 120.0
CONFIRMED_SHARE = 4  # every fourth person presses the button in the mail
DOMAIN = "signers.example.org"


@dataclass(frozen=True)
class Accepted:
    """One form that the site said thank you for; ``took`` is how long the answered POST took, in seconds."""

    email: str
    nonce: str
    at: float
    took: float
    tries: int


@dataclass
class Book:
    """What the people saw, written to a journal line by line at the moment they saw it."""

    journal: Path
    accepted: dict[str, Accepted] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        with self.lock:
            self.seen[what] += 1

    def complain(self, what: str) -> None:
        with self.lock:
            self.unexpected.append(what)

    def accept(self, one: Accepted) -> None:
        self._write({"nonce": one.nonce, "email": one.email, "accepted_at": one.at})
        with self.lock:
            self.accepted[one.email] = one

    def confirm(self, email: str) -> None:
        one = self.accepted[email]
        line = {"nonce": one.nonce, "email": email, "accepted_at": one.at, "confirmed_at": time.time()}
        self._write(line)
        with self.lock:
            self.confirmed.add(email)

    def _write(self, line: dict[str, object]) -> None:
        with self.lock, self.journal.open("a", encoding="ascii") as file:
            file.write(json.dumps(line) + "\n")


class Crowd:
    """One person for each address signs, ``per_second`` of them. The end of the ``with`` block waits for all."""

    def __init__(self, site: Site, book: Book, emails: Sequence[str], *, per_second: float) -> None:
        self.book = book
        self.size = len(emails)
        self._site, self._emails, self._per_second = site, emails, per_second
        self._first_number = random.randrange(1 << 22)  # noqa: S311 - networks of their own for the limits
        self._next = 0
        self._started = 0.0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._sign_on, daemon=True) for _ in range(THREADS)]

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._stop.set()
        self.join()

    def join(self) -> None:
        """Wait until everybody has signed or lost patience."""
        for thread in self._threads:
            thread.join()

    def is_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _sign_on(self) -> None:
        while not self._stop.is_set():
            with self.book.lock:
                number, self._next = self._next, self._next + 1
            if number >= len(self._emails):
                return
            self._stop.wait(max(0.0, self._started + number / self._per_second - time.monotonic()))
            self._sign(number)

    def _sign(self, number: int) -> None:
        visitor = Visitor(self._site, self._first_number + number)
        typed = typed_by(self._emails[number], number)
        deadline = time.monotonic() + PATIENCE_SECONDS
        form = self._open_form(visitor, deadline) | typed | {"action": "sign"}
        tries = 0
        while time.monotonic() < deadline and not self._stop.is_set():
            tries += 1
            started = time.monotonic()
            answer = ask(self.book, partial(visitor.post, self._site.sign_path, form))
            if answer is not None and answer.status == 303:
                took, nonce = time.monotonic() - started, answer.location.rstrip("/").rpartition("/")[2]
                return self.book.accept(Accepted(typed["email"], nonce, time.time(), took, tries))
            if answer is not None and answer.status == 503:
                form = self._kept(answer.body, typed) or form
            elif answer is not None:
                return self.book.complain(f"POST sign answered {answer.status}")
            self._stop.wait(RETRY_SECONDS)
        return self.book.complain("a signer lost patience")

    def _open_form(self, visitor: Visitor, deadline: float) -> dict[str, str]:
        while time.monotonic() < deadline and not self._stop.is_set():
            answer = ask(self.book, partial(visitor.get, self._site.sign_path))
            if answer is not None and (form := form_with("nonce", answer.body)):
                return form
            if answer is not None and answer.status != 503:
                self.book.complain(f"GET sign answered {answer.status}")
            self._stop.wait(RETRY_SECONDS)
        return {}

    def _kept(self, page: str, typed: dict[str, str]) -> dict[str, str]:
        """The form of the «not recorded» page, which is what the person sends again."""
        form = form_with("nonce", page)
        is_whole = form.items() >= typed.items() and form.get("action") == "sign"
        self.book.note("503 kept the form" if is_whole else "503 lost the form")
        return form if is_whole else {}


def addresses(name: str, count: int) -> list[str]:
    """Addresses of people who never signed before: no two runs share one."""
    run = f"{time.time_ns() // 1000 % 10**9:09d}"
    return [f"{name}-{run}-{number}@{DOMAIN}" for number in range(count)]


def typed_by(email: str, number: int) -> dict[str, str]:
    """What one person types and ticks."""
    return {
        "display_name": f"Suzie {email.partition('@')[0]}",
        "position": f"Engineer “{number}” & more",
        "affiliation": f"Institute {number % 97}",
        "affiliation_status": "current",
        "country": "NL",
        "email": email,
        "comment": "Signed during a drill.",
        "consent_publish": "on",
        "consent_comment": "on",
    }


def ask(book: Book, act: Callable[[], Answer]) -> Answer | None:
    """The site's answer, counted by kind; None when none came."""
    try:
        answer = act()
    except NO_ANSWER as error:
        book.note(f"no answer ({type(error).__name__})")
        return None
    book.note(f"HTTP {answer.status}")
    return answer


class Confirmers:
    """Press the button in every fourth mail that arrives, until told to stop and all such mails are answered."""

    def __init__(self, site: Site, book: Book, mailbox: facts.Tail | facts.FolderTail) -> None:
        self._site, self._book, self._mailbox = site, book, mailbox
        self._waiting: dict[str, str] = {}
        self._no_more_mail = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._no_more_mail.set()
        self._thread.join()

    def _run(self) -> None:
        deadline = float("inf")
        while time.monotonic() < deadline:
            is_over = self._no_more_mail.is_set()
            self._collect()
            for email in [email for email in self._waiting if email in self._book.accepted]:
                if self._confirm(email, self._waiting[email]):
                    del self._waiting[email]
            if is_over and not self._waiting:
                return
            if is_over:
                deadline = min(deadline, time.monotonic() + PATIENCE_SECONDS)
            time.sleep(RETRY_SECONDS)
        self._book.complain(f"{len(self._waiting)} people could not confirm")

    def _collect(self) -> None:
        for mail in self._mailbox.mails():
            is_chosen = sum(mail.to.encode()) % CONFIRMED_SHARE == 0
            if mail.answer == facts.TAKEN and mail.link and is_chosen and mail.to not in self._book.confirmed:
                self._waiting[mail.to] = mail.link

    def _confirm(self, email: str, link: str) -> bool:
        """True when the person is done: confirmed, or refused for good."""
        visitor, path = Visitor(self._site, sum(email.encode())), f"/confirm/{link}/"
        page = ask(self._book, partial(visitor.get, path))
        if page is None or page.status == 503:
            return False
        form = form_with("csrfmiddlewaretoken", page.body) | {"action": "confirm"}
        answer = ask(self._book, partial(visitor.post, path, form))
        if answer is None or answer.status == 503:
            return False
        if answer.status == 303:
            self._book.confirm(email)
        else:
            self._book.complain(f"POST confirm answered {answer.status}")
        return True
