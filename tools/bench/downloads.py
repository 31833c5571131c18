"""The CSV file of the whole list over HTTP, against psql's COPY of the same rows."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass
from functools import partial

from tools import progress
from tools.bench import http, load, machine, stage
from tools.bench.report import Aim, Section
from tools.bench.rounds import Measure, Plan, Subject, measure

METHOD = """\
GET of signatories.csv by one client, to the last byte. Compared with psql, whose output goes nowhere: COPY of the very
SELECT with the guard against spreadsheet formulas, and of the same columns without it. Growth: peak memory of the web
worker that grew most, less what it had before."""
CHUNK_BYTES = 1 << 20
END = b"\r\n0\r\n\r\n"
MARK = b",personal,"  # the column "capacity": in each row, and not in the head
KEPT_BYTES = 32
MEGABYTE = 2**20
GUARDED = "psql, COPY with the guard"
PLAIN = "psql, COPY without it"


@dataclass
class Download:
    """One download: seconds to the first byte of the file and to the last."""

    first_byte: float = 0.0
    seconds: float = 0.0
    received: int = 0
    rows: int = 0


def fetch(port: int, path: str, *, count: bool = False) -> Download:
    """Read a file to its end and keep nothing of it; ``count`` counts its lines, which takes time."""
    done, held, tail = Download(), b"", b""
    begin = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), load.TIMEOUT_SECONDS) as connection:
        connection.sendall(http.get(path, "Connection: close"))
        while part := connection.recv(CHUNK_BYTES):
            if not done.first_byte:
                held += part
                if http.body(held):
                    done.first_byte = time.perf_counter() - begin
            done.received += len(part)
            done.rows += (tail[-len(MARK) + 1 :] + part).count(MARK) if count else 0
            tail = (tail + part[-KEPT_BYTES:])[-KEPT_BYTES:]
    done.seconds = time.perf_counter() - begin
    if not tail.endswith(END) or not held.startswith(b"HTTP/1.1 200"):
        raise load.LoadFailed(f"The file is not whole: {held[:200]!r} … {tail!r}")
    return done


def run(place: stage.Stage, plan: Plan) -> Section:
    """Measure the download at the largest size."""
    section = Section("CSV file", METHOD)
    size = place.sizes[-1]
    path = f"{size.paths['letter'].rstrip('/')}/signatories.csv"
    with progress.step("warm up, count the rows of the file"):
        queries = stage.inside(size.env, "queries()")
        whole = fetch(size.site, path, count=True)
        section.facts.append(f"{whole.rows:,} rows and {whole.received / MEGABYTE:,.0f} MB with HTTP's chunk marks")
        if whole.rows != size.amount:
            raise load.LoadFailed(f"The file has {whole.rows} rows instead of {size.amount}.")
    name = f"site, CSV of {size.label} rows"
    subjects = [
        Subject(Measure(name, "s"), partial(_download, place, size.site, path)),
        Subject(Measure(GUARDED, "s"), partial(_psql, place, size, queries["guarded"])),
        Subject(Measure(PLAIN, "s"), partial(_psql, place, size, queries["plain"])),
    ]
    measure("CSV file", subjects, plan)
    section.measures = [subject.measure for subject in subjects]
    section.against = {name: GUARDED, PLAIN: GUARDED}
    site = section.named(name)
    section.aims = [
        Aim("CSV: time as a multiple of guarded COPY", section.ratio(name) or 0.0, 1.7, at_least=False),
        Aim("CSV: first byte", site.median_of("first byte s"), 0.2, at_least=False, unit="s"),
        Aim("CSV: growth of the web worker", site.median_of("growth MB"), 32, at_least=False, unit="MB"),
    ]
    return section


def _download(place: stage.Stage, port: int, path: str, found: Measure) -> None:
    workers = machine.below(place.web[port])
    machine.reset_peak(workers)
    before = {pid: machine.memory_bytes(pid, "VmRSS") for pid in workers}
    done = fetch(port, path)
    growth = max((machine.memory_bytes(pid, "VmHWM") - had for pid, had in before.items()), default=0)
    found.add(done.seconds, **{"first byte s": done.first_byte, "growth MB": growth / MEGABYTE})


def _psql(place: stage.Stage, size: stage.Size, query: str, found: Measure) -> None:
    program = str(place.postgres.programs / "psql")
    begin = time.perf_counter()
    subprocess.run([program, "-X", "-q", "-c", query, size.env["DATABASE_URL"]], check=True, stdout=subprocess.DEVNULL)
    found.add(time.perf_counter() - begin)
