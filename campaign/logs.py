"""Logs that hold no address, token or name: whatever is written passes here, tracebacks included."""

import logging
import re

_PATTERNS = (
    (re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(\.[\w-]+)+"), "[address]"),  # begins once in a run of such signs
    (re.compile(r"[A-Za-z0-9_-]{60,}"), "[token]"),
    (re.compile(r"(?<=/sign/)[^/\s]+"), "[nonce]"),
    (re.compile(r"\?\S+"), "?[query]"),
)


def redacted(text: str) -> str:
    for pattern, word in _PATTERNS:
        text = pattern.sub(word, text)
    return text


class PrivateFilter(logging.Filter):
    """Drops what Django attaches to a record (the request, with all that was typed) before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.__dict__.pop("request", None)
        if record.name == "celery.app.trace" and isinstance(record.args, dict):
            record.args = {**record.args, "exc": "see above", "traceback": ""}  # databases repeat what they refuse
        return True


class PrivateFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))

    def formatException(self, ei: object) -> str:
        """Where it broke, without the exception's own words: databases repeat the values they refuse."""
        lines = super().formatException(ei).splitlines()  # type: ignore[arg-type]
        frames = [line for line in lines if line.startswith(("  File", "Traceback"))]
        kind = getattr(ei[0], "__name__", "") if isinstance(ei, tuple) else ""
        return "\n".join([*frames, kind])
