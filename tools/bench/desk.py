"""The organisers' pages with a long queue over a long list: how long the site works on one of them."""

from __future__ import annotations

import itertools

import psycopg

from tools.bench import http, load, stage
from tools.bench.report import Aim, Section
from tools.bench.rounds import Measure, Plan, Subject, measure

METHOD = """\
GET on one kept connection by a logged-in operator, one after the other: the time to the whole answer, the server's work
and the loopback. The database holds the signatures of the middle size, with a queue of two lengths over them."""
WAITING = (1_000, 20_000)
MOST_MS = 100.0


def run(place: stage.Stage, plan: Plan) -> Section:
    """Measure the queue, its deepest page, a case and the pace at each length of the queue."""
    size = place.sizes[len(place.sizes) // 2]
    section = Section(f"Desk over {size.label} signatures", METHOD)
    for amount in dict.fromkeys(min(waiting, size.amount // 2) for waiting in WAITING):
        paths = stage.inside(size.env, f"wait({amount})")
        with psycopg.connect(size.env["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        cookie = f"Cookie: {paths['cookie']}"
        subjects = [
            _subject(size.site, f"{name}, {amount:,} wait", paths[name], cookie, plan) for name in paths["pages"]
        ]
        subjects.append(_subject(size.site, f"list, {amount:,} wait", f"{size.paths['letter']}signatories/", "", plan))
        for subject in subjects:
            subject.run(Measure("", ""))
        measure(f"desk, {amount:,} wait", subjects, plan)
        section.measures += [subject.measure for subject in subjects]
    for found in section.measures:
        section.aims.append(Aim(f"{found.name}, p95", found.median_of("p95 ms"), MOST_MS, at_least=False, unit="ms"))
    return section


def _subject(port: int, name: str, path: str, cookie: str, plan: Plan) -> Subject:
    request = http.get(path, *filter(None, [cookie]))

    def once(found: Measure) -> None:
        result = load.run(port, itertools.repeat(request), seconds=plan.seconds / 2, connections=1)
        http.expect(result, 200)
        found.add(1e3 / result.rate(200), **{"p95 ms": result.p95 * 1e3})

    return Subject(Measure(name, "ms"), once)
