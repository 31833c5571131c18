"""Accepted signatures a second, against a bare view that stores as much."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from tools import progress
from tools.bench import http, load, machine, stage
from tools.bench.report import Aim, Section
from tools.bench.rounds import Measure, Plan, Subject, measure

METHOD = """\
POST of the real form on 16 kept connections: CSRF token and cookie of one GET, a nonce, an address and a network of its
own for each; all checks on, the limit for one letter alone raised. Ceiling: a bare view, CSRF on, that stores a
comparable row and an outbox row in one transaction by the ORM. Both tables hold the same number of rows."""
MOST_A_SECOND = 2500  # nonces are made beforehand for more signatures than can be
VERSION = re.compile(rb'name="version" value="([^"]+)"')
TYPED = {
    "action": "sign",
    "display_name": "Anna van der Berg",
    "position": "Professor of Cryptography",
    "affiliation": "University of Exampleton",
    "affiliation_status": "current",
    "country": "NL",
    "comment": "Those who defend us need these tools again.",
    "consent_publish": "on",
    "consent_comment": "on",
    "homepage": "",
}
SITE_ROWS = {"signatures_signature": "pending", "outbox_message": "due"}  # new rows by table and state
CEILING_ROWS = {"ceiling_signature": "pending", "ceiling_message": "due"}


class Form:
    """A form that was opened once; makes as many requests of it as are wanted."""

    def __init__(self, port: int, path: str, action: str) -> None:
        page = load.once(port, http.get(path))
        fields = TYPED | {"csrfmiddlewaretoken": http.found(http.TOKEN, page)}
        if shown := VERSION.search(page):
            fields["version"] = shown[1].decode()
        self._fields = urlencode(fields).encode()
        self._head = (
            f"POST {action} HTTP/1.1\r\nHost: {stage.HOST}\r\nX-Forwarded-Proto: https\r\n"
            f"Origin: https://{stage.HOST}\r\nCookie: {http.found(http.COOKIE, page)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
        ).encode()

    def requests(self, nonces: list[str]) -> Iterator[bytes]:
        """One request for each nonce, which is used up."""
        mark = secrets.token_hex(4)
        number = 0
        while nonces:
            number += 1
            body = b"%s&nonce=%s&email=anna.%d.%s%%40example.org" % (
                self._fields, nonces.pop().encode(), number, mark.encode(),
            )  # fmt: skip
            network = b"10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255)
            yield b"%sX-Forwarded-For: %s\r\nContent-Length: %d\r\n\r\n%s" % (self._head, network, len(body), body)


@dataclass
class Target:
    """Something that takes signatures at one size, and what is needed to measure it again and again."""

    place: stage.Stage
    size: stage.Size
    port: int
    form: Form
    rows: dict[str, str]
    seconds: float
    make: Callable[[int], list[str]]
    nonces: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Have nonces for one run."""
        enough = int(MOST_A_SECOND * self.seconds)
        if len(self.nonces) < enough:
            self.nonces += self.make(2 * enough)

    def run(self, found: Measure) -> None:
        """Sign for some seconds; every accepted signature must be in both tables afterwards."""
        spent = machine.Spent(*self.place.pids(self.port))
        requests = self.form.requests(self.nonces)
        result = load.run(self.port, requests, seconds=self.seconds, connections=http.CONNECTIONS)
        http.expect(result, 303)
        accepted = result.statuses[303]
        cpu = spent.seconds() / accepted * 1e3
        found.add(result.rate(303), **{"p95 ms": result.p95 * 1e3, "CPU ms": cpu, "client": result.client_cores})
        with self.connected() as connection:
            for table, state in self.rows.items():
                query = sql.SQL("SELECT count(*) FROM {} WHERE state = {}").format(sql.Identifier(table), state)
                stored = connection.execute(query).fetchone()
                if stored != (accepted,):
                    raise load.LoadFailed(f"{accepted} were accepted, but {table} has {stored} new rows.")

    def reset(self) -> None:
        """Back to as many rows as before."""
        with self.connected() as connection:
            for table, state in self.rows.items():
                named = sql.Identifier(table)
                connection.execute(sql.SQL("DELETE FROM {} WHERE state = {}").format(named, state))
                connection.execute(sql.SQL("VACUUM {}").format(named))

    def connected(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection to the database of this size."""
        return psycopg.connect(self.size.env["DATABASE_URL"], autocommit=True)

    def subject(self, name: str) -> Subject:
        """As one subject of the rounds."""
        return Subject(Measure(name, "/s"), self.run, self.prepare, self.reset)


def run(place: stage.Stage, plan: Plan) -> Section:
    """Measure signing at every size."""
    section = Section("Signatures accepted", METHOD)
    subjects = []
    with progress.step("open the forms, make nonces, warm up"):
        for size in place.sizes:
            path = size.paths["letter"] + "sign/"
            site, ceiling = Form(size.site, path, path), Form(size.ceiling, "/token/", "/sign/")
            make = partial(_nonces, size.env)
            targets = {
                f"site, {size.label} signed": Target(place, size, size.site, site, SITE_ROWS, plan.seconds, make),
                f"ceiling, {size.label} rows": Target(
                    place, size, size.ceiling, ceiling, CEILING_ROWS, plan.seconds, lambda amount: ["none"] * amount
                ),
            }
            subjects += [target.subject(name) for name, target in targets.items()]
            section.against.update([tuple(targets)])  # type: ignore[list-item]
        for subject in subjects:
            subject.prepare()
            subject.run(Measure("", ""))
            subject.reset()
    measure("sign", subjects, plan)
    section.measures = [subject.measure for subject in subjects]
    _judge(section, place)
    return section


def _nonces(env: dict[str, str], amount: int) -> list[str]:
    made: list[str] = stage.inside(env, f"nonces({amount})")
    return made


def _judge(section: Section, place: stage.Stage) -> None:
    for size in place.sizes:
        ratio = section.ratio(f"site, {size.label} signed") or 0.0
        section.aims.append(Aim(f"signing at {size.label}, as a share of the ceiling", ratio, 0.6, at_least=True))
    first, last = (section.named(f"site, {size.label} signed") for size in (place.sizes[0], place.sizes[-1]))
    text = f"signing at {place.sizes[-1].label}, as a share of signing at {place.sizes[0].label}"
    section.aims.append(Aim(text, last.ratio_to(first), 0.9, at_least=True))
