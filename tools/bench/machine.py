"""What machine this is, how busy it is with other things, and what our own processes use of it."""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

FOREIGN_CORES = 0.12  # more than this used by others, and a figure is worthless
LOOK_SECONDS = 1.0
PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
KERNEL_THREADS = 2  # kthreadd: its children write our pages to disk, and belong to no one else


@dataclass(frozen=True)
class Usage:
    """CPU seconds since boot: of everybody, of our process tree, of the kernel's own threads."""

    at: float
    everybody: float
    own: float
    kernel: float


@dataclass
class Watch:
    """What happened on the machine while a block ran; ``foreign_cores`` is None where that cannot be seen."""

    foreign_cores: float | None = None


def is_watchable() -> bool:
    """Whether this system tells who uses the CPU (Linux does)."""
    return (PROC / "stat").exists()


def usage() -> Usage:
    """What was used so far."""
    everybody = [int(part) for part in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _idle, _wait, _irq, _softirq, stolen = everybody
    used, parents = _processes()
    own = sum(used[pid] for pid in _tree(os.getpid(), parents))
    kernel = sum(used[pid] for pid in _tree(KERNEL_THREADS, parents) if pid in used)
    return Usage(time.monotonic(), (user + nice + system + stolen) / TICKS, own, kernel)


def cpu_seconds(pid: int) -> float:
    """What a process and all below it used so far; 0 where that cannot be seen."""
    if not is_watchable():
        return 0.0
    used, parents = _processes()
    return sum(used.get(each, 0.0) for each in _tree(pid, parents))


class Spent:
    """CPU seconds that these processes and all below them use from now on."""

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self._before = sum(map(cpu_seconds, pids))

    def seconds(self) -> float:
        """What they used so far."""
        return sum(map(cpu_seconds, self._pids)) - self._before


def below(pid: int) -> list[int]:
    """A process and all below it."""
    return _tree(pid, _processes()[1]) if is_watchable() else []


def _processes() -> tuple[dict[int, float], dict[int, int]]:
    """CPU seconds (children that ended included) and parent of each process."""
    used, parents = {}, {}
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        pid = int(folder.name)
        parents[pid] = int(fields[1])
        used[pid] = sum(map(int, fields[11:15])) / TICKS
    return used, parents


def _tree(root: int, parents: dict[int, int]) -> list[int]:
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return [pid for pid in found if pid in parents]


def foreign_cores(begin: Usage, end: Usage) -> float:
    """How many cores processes that are not ours used between two looks, what a hypervisor took away included."""
    others = (end.everybody - end.own - end.kernel) - (begin.everybody - begin.own - begin.kernel)
    return max(others / (end.at - begin.at), 0.0)


@contextmanager
def watched() -> Iterator[Watch]:
    """Look at the machine while the block runs."""
    watch = Watch()
    begin = usage() if is_watchable() else None
    yield watch
    if begin is not None:
        watch.foreign_cores = foreign_cores(begin, usage())


def wait_until_quiet(patience: float) -> bool:
    """Wait until others use less than 0.12 core, for ``patience`` seconds at most; False when they never did."""
    deadline = time.monotonic() + patience
    while is_watchable():
        begin = usage()
        time.sleep(min(LOOK_SECONDS, max(patience, 0.05)))
        if foreign_cores(begin, usage()) < FOREIGN_CORES:
            return True
        if time.monotonic() > deadline:
            return False
    return True


def description(*servers: str) -> dict[str, str]:
    """The machine and the versions, for the report."""
    return {
        "cores": str(os.cpu_count()),
        "cpu": _cpu_name(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "servers": ", ".join(servers),
        "packages": ", ".join(f"{name} {version(name)}" for name in ("django", "psycopg", "gunicorn", "celery")),
    }


def _cpu_name() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", (PROC / "cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def reset_peak(pids: list[int]) -> None:
    """Let the kernel measure the peak memory of these processes anew."""
    for pid in pids:
        (PROC / str(pid) / "clear_refs").write_text("5")


def memory_bytes(pid: int, field: str) -> int:
    """``VmRSS`` (now) or ``VmHWM`` (peak) of a process."""
    found = re.search(rf"{field}:\s+(\d+) kB", (PROC / str(pid) / "status").read_text())
    return int(found[1]) * 1024 if found else 0
