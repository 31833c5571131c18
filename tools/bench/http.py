"""Requests as bytes, as a proxy that ended TLS hands them on."""

from __future__ import annotations

import re

from tools.bench import load
from tools.bench.stage import HOST

CONNECTIONS = 16
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
ETAG = re.compile(rb"\r\netag: *([^\r]+)", re.IGNORECASE)


def get(path: str, *lines: str) -> bytes:
    """A GET request, with further header lines."""
    head = [f"GET {path} HTTP/1.1", f"Host: {HOST}", "X-Forwarded-Proto: https", "X-Forwarded-For: 198.51.100.7"]
    return "\r\n".join([*head, *lines, "", ""]).encode()


def body(answer: bytes) -> bytes:
    """What follows the head of an answer."""
    return answer.partition(load.HEAD_END)[2]


def found(pattern: re.Pattern[bytes], answer: bytes) -> str:
    """The first group of a pattern that must be in the answer."""
    match = pattern.search(answer)
    if match is None:
        raise load.LoadFailed(f"The answer lacks {pattern.pattern!r}: {answer[:300]!r}")
    return match[1].decode()


def expect(result: load.Load, status: int) -> None:
    """Refuse a run in which anything else was answered."""
    if set(result.statuses) - {status} or not result.statuses:
        raise load.LoadFailed(f"Wanted {status}, got {dict(result.statuses)}: {result.sample[:600]!r}")
