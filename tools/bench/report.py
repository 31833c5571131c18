"""The report: a table with ratios and aims for people, JSON for machines."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tools.bench import machine
from tools.bench.rounds import Measure, Plan

WIDTH = 118


@dataclass(frozen=True)
class Aim:
    """A figure that must be at least, or at most, a limit."""

    text: str
    value: float
    limit: float
    at_least: bool
    unit: str = ""

    @property
    def is_met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """Aim, figure, verdict."""
        sign, unit = ("≥" if self.at_least else "≤"), f" {self.unit}".rstrip()
        verdict = "PASS" if self.is_met else "short of aim"
        return f"  {self.text:<70} {sign} {self.limit:g}{unit:<6} {self.value:>8.2f}{unit:<6} {verdict}"


@dataclass
class Section:
    """One part of the report. ``against`` names, for a measure, the one that it is a ratio to."""

    title: str
    method: str
    measures: list[Measure] = field(default_factory=list)
    against: dict[str, str] = field(default_factory=dict)
    aims: list[Aim] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def named(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)

    def ratio(self, name: str) -> float | None:
        """The ratio of a measure to its ceiling."""
        other = self.against.get(name)
        return self.named(name).ratio_to(self.named(other)) if other else None


def text(sections: list[Section], servers: tuple[str, ...], plan: Plan, seconds: float) -> str:
    """The report as people read it."""
    lines = ["", "=" * WIDTH]
    lines += [f"{name:>9}: {value}" for name, value in machine.description(*servers).items()]
    lines += [f"   rounds: {plan.rounds}, interleaved; medians, in brackets the lowest and the highest", ""]
    for section in sections:
        lines += [section.title, *(f"  {line}" for line in section.method.splitlines())]
        lines += [_line(section, measure) for measure in section.measures]
        lines += [f"  {fact}" for fact in section.facts] + [""]
    lines += ["Aims", *(aim.line() for section in sections for aim in section.aims), ""]
    lines.append(f"{_quiet(sections)} Took {seconds / 60:.1f} minutes.")
    return "\n".join(lines)


def _line(section: Section, measure: Measure) -> str:
    spread = f"({_short(min(measure.values))}–{_short(max(measure.values))})"
    found = f"  {measure.name:<44} {_short(measure.median):>9} {spread:<17} {measure.unit:<5}"
    extras = [f"{name} {_short(statistics.median(values))}" for name, values in measure.extras.items()]
    ratio = section.ratio(measure.name)
    if ratio is not None:
        extras.append(f"= {ratio:.2f} of {section.against[measure.name]}")
    return f"{found} {'; '.join(extras)}".rstrip()


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _quiet(sections: list[Section]) -> str:
    if not machine.is_watchable():
        return "This system does not tell who uses the CPU: whether the machine was quiet is not known."
    worst = max((foreign for section in sections for m in section.measures for foreign in m.foreign), default=0.0)
    verdict = "quiet" if worst < machine.FOREIGN_CORES else "NOT quiet, so these figures are not worth quoting"
    return f"The machine was {verdict}: others used at most {worst:.2f} core during a measurement."


def document(sections: list[Section], servers: tuple[str, ...], plan: Plan, seconds: float) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.description(*servers),
        "plan": vars(plan),
        "seconds": round(seconds, 1),
        "sections": [_as_json(section) for section in sections],
    }


def _as_json(section: Section) -> dict[str, Any]:
    measures = [
        {
            "name": measure.name,
            "unit": measure.unit,
            "median": measure.median,
            "values": measure.values,
            "foreign_cores": measure.foreign,
            "ratio": section.ratio(measure.name),
            "ratio_to": section.against.get(measure.name),
            **{name: statistics.median(values) for name, values in measure.extras.items()},
        }
        for measure in section.measures
    ]
    aims = [{**vars(aim), "is_met": aim.is_met} for aim in section.aims]
    return {
        "title": section.title, "method": section.method, "measures": measures, "aims": aims, "facts": section.facts,
    }  # fmt: skip
