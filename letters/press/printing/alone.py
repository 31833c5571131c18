"""One job for Typst: a template and data come in, a file goes out. Knows no settings and no database, so that it also
runs as a process of its own, which gives its memory back when it ends."""

import json
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import typst

MEMORY_BYTES = 4 << 30
REFUSED = 3
"""How the process ends when Typst refused the job; its words are on standard error."""


def compiled(job: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """(the file, what the template left under the label ``query`` as JSON); other threads run meanwhile.

    Raises RuntimeError (TypstError is one) when Typst refuses.
    """
    common = {
        "root": job["root"],
        "font_paths": _fonts(tuple(job["fonts"])),
        "ignore_system_fonts": True,
        "sys_inputs": {"data": job["data"]},
    }
    content, _warnings = typst.compile_with_warnings(
        job["template"],
        format=job["format"],
        pdf_standards=job.get("standards", []),
        ppi=job.get("ppi"),
        timestamp=job["timestamp"],
        **common,
    )
    # Typst remembers the layout that it has just made.
    found = typst.query(job["template"], job["query"], field="value", one=True, **common) if "query" in job else ""
    return bytes(content), str(found).encode()


@lru_cache(maxsize=2)
def _fonts(places: tuple[str, ...]) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(places))


def main() -> int:
    job = json.load(sys.stdin.buffer)
    _bound()
    try:
        content, found = compiled(job)
    except RuntimeError as error:
        sys.stderr.write(str(error))
        return REFUSED
    sys.stdout.buffer.write(found + b"\0" + content)
    return 0


def _bound() -> None:
    """Give way to the web server, and end rather than take all memory, where the system knows such limits."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there on Windows

        os.nice(5)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main())
