"""What one oracle said."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

WORK = Path(__file__).resolve().parents[2] / "build" / "oracles"
"""Where the tools and what they looked at are kept."""


@dataclass
class Verdict:
    """``judge`` is a program of others with its version, ``judged`` what it looked at; no ``problems``: it agrees."""

    judge: str
    judged: str
    problems: list[str] = field(default_factory=list)
