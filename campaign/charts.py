"""Bars for pages: where each stands in an SVG that the server draws, and the table of the same numbers behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 640, 190
LEFT, BOTTOM, TOP = 44, 32, 8
LEFT_OF_A_SIGN = 11
"""Room for one sign of the numbers at the side, on a phone, where they are largest (css/chart.css)."""
GAP_SHARE = 0.2
WIDEST = 72
"""One day alone is a bar, not a wall."""
MOST_LABELS = 8
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Bar:
    """One bar: ``parts`` from the ground up, each (y, height, class); ``label`` is empty where it would not fit, and
    ``is_minor`` where it would not on a phone."""

    x: float
    width: float
    middle: float
    label: str
    title: str
    parts: list[tuple[float, float, str]]
    is_minor: bool = False


@dataclass(frozen=True)
class Chart:
    """What templates/components/chart_bars.html draws. ``rows`` is the table: a name and one number a series."""

    name: str
    title: str
    series: list[str]
    rows: list[tuple[str, list[int]]]
    bars: list[Bar]
    lines: list[tuple[float, int]]
    limit: float | None = None
    limit_label: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    ground: int = HEIGHT - BOTTOM
    is_empty: bool = field(default=False)


def bars(
    name: str,
    title: str,
    series: Sequence[str],
    rows: Sequence[tuple[str, Sequence[int]]],
    *,
    limit: int | None = None,
    limit_label: str = "",
) -> Chart:
    """Lay out a chart of stacked bars.

    ``name`` is unique on the page (ids are made of it); ``rows`` are (label, one number a series) from left to right;
    ``limit`` is a line across, such as a threshold, drawn when it is within sight.
    """
    sums = [sum(values) for _label, values in rows]
    most = max([*sums, 1])
    if limit is not None and limit <= 2 * most:
        most = max(most, limit)
    top = _round_up(most)
    left = max(LEFT, LEFT_OF_A_SIGN * (len(f"{top:,}") + 1))
    drawn = _drawn(series, rows, top, left)
    return Chart(
        name=name, title=title, series=list(series), rows=[(label, list(values)) for label, values in rows], bars=drawn,
        lines=[(_y(value, top), value) for value in sorted({0, top // 2, top})],
        limit=_y(limit, top) if limit is not None and limit <= top else None, limit_label=limit_label,
        left=left, is_empty=not any(sums),
    )  # fmt: skip


def _y(value: float, top: int) -> float:
    return round(HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP), 1)


def _drawn(series: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]], top: int, left: int) -> list[Bar]:
    step = (WIDTH - left) / max(len(rows), 1)
    every = -(-len(rows) // MOST_LABELS) or 1
    width = min(step * (1 - GAP_SHARE), WIDEST)
    middles = [left + (at + 0.5 - GAP_SHARE / 2) * step for at in range(len(rows))]
    return [
        Bar(
            x=round(middles[at] - width / 2, 1),
            width=round(width, 1),
            middle=round(middles[at], 1),
            label=label if at % every == 0 else "",
            title=f"{label}: " + ", ".join(f"{value:,} {word}" for word, value in zip(series, values, strict=True)),
            parts=_parts(values, top),
            is_minor=at % (2 * every) != 0,
        )
        for at, (label, values) in enumerate(rows)
    ]


def _parts(values: Sequence[int], top: int) -> list[tuple[float, float, str]]:
    parts, below = [], 0
    for at, value in enumerate(values):
        if value:
            below += value
            parts.append((_y(below, top), round(_y(below - value, top) - _y(below, top), 1), f"chart__bar--{at}"))
    return parts


def _round_up(value: int) -> int:
    """The next number of the row 2, 4, 10, 20, 40, 100 …, so that its half is whole, too."""
    scale = 1
    while True:
        for step in _STEPS:
            if 2 * step * scale >= value:
                return 2 * step * scale
        scale *= 10
