"""Rounds: every subject is measured in turn, again and again, so that what the machine does hits all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tools import progress
from tools.bench import machine

REPEATS = 4  # of one measurement that others disturbed


@dataclass(frozen=True)
class Plan:
    """How long and how often is measured, and how patiently a quiet machine is waited for."""

    amounts: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    rounds: int = 5
    seconds: float = 4.0
    mails: int = 3_000
    vocabulary: int = 40_000
    patience: float = 600.0
    repeats: int = REPEATS


SHORT = Plan(amounts=(300,), rounds=1, seconds=0.3, mails=40, vocabulary=200, patience=0.0, repeats=0)


@dataclass
class Measure:
    """The figures of one subject, one for each round; extras such as p95 likewise."""

    name: str
    unit: str
    values: list[float] = field(default_factory=list)
    extras: dict[str, list[float]] = field(default_factory=dict)
    foreign: list[float] = field(default_factory=list)

    def add(self, value: float, **extras: float) -> None:
        """Keep one round."""
        self.values.append(value)
        for name, extra in extras.items():
            self.extras.setdefault(name, []).append(extra)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def median_of(self, name: str) -> float:
        """The median of an extra figure."""
        return statistics.median(self.extras[name])

    def ratio_to(self, other: Measure) -> float:
        """The median of the ratios of each round: what drifts between rounds drops out."""
        return statistics.median(a / b for a, b in zip(self.values, other.values, strict=True))


@dataclass(frozen=True)
class Subject:
    """What is measured in a round: ``run`` adds one figure to the measure; ``reset`` undoes what it did."""

    measure: Measure
    run: Callable[[Measure], None]
    prepare: Callable[[], None] = lambda: None
    reset: Callable[[], None] = lambda: None


def measure(title: str, subjects: Sequence[Subject], plan: Plan) -> None:
    """Run all rounds; every other round goes backwards, so that no subject always follows the same one."""
    with progress.step(title) as step:
        for number in range(plan.rounds):
            for subject in subjects if number % 2 == 0 else reversed(subjects):
                step.detail = f"round {number + 1} of {plan.rounds}: {subject.measure.name}"
                _once(subject, plan, step)


def _once(subject: Subject, plan: Plan, step: progress.Step) -> None:
    """One figure; taken again while others use the machine, a few times at most."""
    doing = step.detail
    for left in range(plan.repeats, -1, -1):
        subject.prepare()
        step.detail = f"{doing}, waiting for a quiet machine"
        machine.wait_until_quiet(plan.patience)
        step.detail = doing
        taken = Measure(subject.measure.name, subject.measure.unit)
        with machine.watched() as watch:
            subject.run(taken)
        subject.reset()
        foreign = watch.foreign_cores or 0.0
        if foreign < machine.FOREIGN_CORES or not left:
            subject.measure.add(taken.values[0], **{name: values[0] for name, values in taken.extras.items()})
            subject.measure.foreign.append(foreign)
            return
