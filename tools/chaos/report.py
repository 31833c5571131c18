"""What a drill promised and what was seen, as lines for people and as JSON for machines."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, field
from typing import Any

PROMISE_WIDTH = 62
SEEN_WIDTH = 46
COMMON = 5  # the first findings of a drill that came to its end are the same in all


@dataclass(frozen=True)
class Finding:
    """One promise with what was seen of it."""

    promise: str
    seen: str
    is_kept: bool

    def line(self) -> str:
        seen = textwrap.shorten(self.seen, 300)
        return f"    {self.promise:<{PROMISE_WIDTH}} {seen:<{SEEN_WIDTH}} {'kept' if self.is_kept else 'BROKEN'}"


@dataclass
class Result:
    """One drill. ``lost``, ``unmailed`` and ``duplicated`` count accepted signatures; copies are mails."""

    drill: str
    rule: str
    fault: str
    findings: list[Finding] = field(default_factory=list)
    accepted: int = 0
    confirmed: int = 0
    lost: int = 0
    unmailed: int = 0
    duplicated: int = 0
    mail_copies: int = 0
    seconds: float = 0.0

    @property
    def is_kept(self) -> bool:
        return all(finding.is_kept for finding in self.findings)

    def promise(self, promise: str, seen: str, is_kept: bool) -> None:
        self.findings.append(Finding(promise, seen, is_kept))

    def lines(self) -> list[str]:
        head = f"{self.drill} ({self.rule}): {self.fault}"
        return ["", f"  {head}", *(finding.line() for finding in self.findings)]


def last_line(results: list[Result], seconds: float) -> str:
    """The sentence that the whole run comes down to."""
    kept = sum(finding.is_kept for result in results for finding in result.findings)
    promises = sum(len(result.findings) for result in results)
    return (
        f"{len(results)} drills, {sum(r.lost for r in results)} accepted signatures lost, "
        f"{sum(r.duplicated for r in results)} duplicated, {sum(r.unmailed for r in results)} without a mail, "
        f"of {sum(r.accepted for r in results):,} accepted and {sum(r.confirmed for r in results):,} confirmed; "
        f"{sum(r.mail_copies for r in results)} mails sent twice under one Message-ID; "
        f"{kept} of {promises} promises kept; {seconds / 60:.1f} min"
    )


def as_markdown(results: list[Result], seconds: float, parts: dict[str, str]) -> str:
    """The table of docs/reliability.md."""
    lines = ["| drill | accepted | lost | twice | no mail | mail copies | promised beside that, and seen |"]
    lines.append("|---|--:|--:|--:|--:|--:|---|")
    for r in results:
        own = "; ".join(f"{f.promise}: {f.seen}{'' if f.is_kept else ' **broken**'}" for f in r.findings[COMMON:])
        figures = f"{r.accepted:,} | {r.lost} | {r.duplicated} | {r.unmailed} | {r.mail_copies}"
        lines.append(f"| `{r.drill}` | {figures} | {own.replace('|', '/')} |")
    return "\n".join([*lines, "", f"{', '.join(parts.values())}. {last_line(results, seconds)}.", ""])


def as_json(results: list[Result], seconds: float, parts: dict[str, str]) -> dict[str, Any]:
    return {
        "parts": parts,
        "seconds": round(seconds, 1),
        "is_kept": all(result.is_kept for result in results),
        "drills": [{**asdict(result), "is_kept": result.is_kept} for result in results],
    }
