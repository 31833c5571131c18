"""The letter page against a bare page of the same size, the list at every size, and answers to who has the page."""

from __future__ import annotations

import itertools
from functools import partial
from urllib.parse import urlencode

import psycopg

from tools import progress
from tools.bench import http, load, machine, stage
from tools.bench.report import Aim, Section
from tools.bench.rounds import Measure, Plan, Subject, measure

LETTER_METHOD = """\
GET on 16 kept connections by readers who hold no copy. Ceiling: a bare view that renders a template with the newest 60
rows from PostgreSQL and a stored text, padded to the bytes of the letter page."""
LIST_METHOD = """\
GET on 16 kept connections. First page of 100 lines, a page 70 % down the list by its cursor, a search that an eighth of
all lines match, and one that a single line matches."""
FLAT = 0.9
FILLER = "<p>Those who find, fix and test security holes for others need these tools again.</p>\n"


def _subject(place: stage.Stage, plan: Plan, name: str, port: int, request: bytes, status: int = 200) -> Subject:
    def once(found: Measure) -> None:
        spent = machine.Spent(*place.pids(port))
        requests = itertools.repeat(request)
        result = load.run(port, requests, seconds=plan.seconds / 2, connections=http.CONNECTIONS)
        http.expect(result, status)
        cpu = spent.seconds() / result.statuses[status] * 1e3
        found.add(result.rate(status), **{"p95 ms": result.p95 * 1e3, "CPU ms": cpu, "client": result.client_cores})

    return Subject(Measure(name, "/s"), once)


def _warm(subjects: list[Subject]) -> None:
    with progress.step("warm up"):
        for subject in subjects:
            subject.run(Measure("", ""))


def letters(place: stage.Stage, plan: Plan) -> Section:
    """Measure the letter page at every size, and its 304 at the largest."""
    section = Section("Letter page", LETTER_METHOD)
    subjects = []
    for size in place.sizes:
        request = http.get(size.paths["letter"])
        page = load.once(size.site, request)
        _pad(size, len(http.body(page)))
        names = f"letter page, {size.label} signed", f"ceiling page, {size.label} rows"
        section.against[names[0]] = names[1]
        subjects.append(_subject(place, plan, names[0], size.site, request))
        subjects.append(_subject(place, plan, names[1], size.ceiling, http.get("/")))
        section.facts.append(f"{size.label}: {len(http.body(page)):,} bytes of HTML")
    held = http.get(size.paths["letter"], f"If-None-Match: {http.found(http.ETAG, page)}")
    subjects.append(_subject(place, plan, f"304, {size.label} signed", size.site, held, 304))
    _warm(subjects)
    measure("letter page", subjects, plan)
    section.measures = [subject.measure for subject in subjects]
    for name in section.against:
        section.aims.append(Aim(f"{name}, as a share of its ceiling", section.ratio(name) or 0.0, 0.6, at_least=True))
    return section


def _pad(size: stage.Size, wanted: int) -> None:
    """Make the ceiling's page as long as the site's."""
    own = len(http.body(load.once(size.ceiling, http.get("/"))))
    filler = (FILLER * (wanted // len(FILLER) + 1))[: max(wanted - own, 0)]
    with psycopg.connect(size.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE ceiling_letter SET body = %s", [filler])


def lists(place: stage.Stage, plan: Plan) -> Section:
    """Measure four pages of the list at every size."""
    section = Section("List of signatories", LIST_METHOD)
    kinds = {"first page": {}, "deep page": {"after": "after"}, "search, many": {"q": "common"},
             "search, one": {"q": "rare"}}  # fmt: skip
    subjects = []
    for kind, parameters in kinds.items():
        for size in place.sizes:
            query = urlencode({name: size.paths[value] for name, value in parameters.items()})
            path = f"{size.paths['letter']}signatories/" + (f"?{query}" if query else "")
            subjects.append(_subject(place, plan, f"{kind}, {size.label} signed", size.site, http.get(path)))
    _warm(subjects)
    measure("list page", subjects, plan)
    section.measures = [subject.measure for subject in subjects]
    first, last = place.sizes[0].label, place.sizes[-1].label
    named = partial(_flat, section, first, last)
    section.aims = [named(kind) for kind in kinds]
    return section


def _flat(section: Section, first: str, last: str, kind: str) -> Aim:
    share = section.named(f"{kind}, {last} signed").ratio_to(section.named(f"{kind}, {first} signed"))
    return Aim(f"{kind} of the list at {last}, as a share of that at {first}", share, FLAT, at_least=True)
