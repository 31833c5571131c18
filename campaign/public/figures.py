"""Charts of the press room, drawn from the small tables of a snapshot, so that a page counts nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaign import charts
from letters.press import showing
from letters.press.models import Snapshot
from letters.signatures.models import Sector
from letters.verification import assurance

LARGEST = 8
WEEKS_FROM = 62
"""Days beyond which a bar is a week."""


def breakdowns_of(snapshot: Snapshot | None) -> list[dict[str, Any]]:
    """[{title, what, rows, file}] by evidence, country and organisation; empty without a snapshot."""
    tables = (
        ("verification", _("By evidence"), _("Evidence"), _evidence),
        ("country", _("By country"), _("Country"), lambda row: row["country"] or words(row["country_code"])),
        ("sector", _("By sector"), _("Sector"), _sector),
        ("organization", _("By organisation"), _("Organisation"), lambda row: words(row["organization"])),
    )
    found = []
    for name, title, what, label in tables:
        rows = showing.rows_of(snapshot, f"by-{name}.csv", most=LARGEST)
        shown = [(label(row), int(row["persons"])) for row in rows if int(row["persons"])]
        if len(shown) > 1 or (shown and name == "verification"):
            found.append({"title": title, "what": what, "rows": _shares(shown), "file": f"by-{name}.csv"})
    return found


def words(group: str) -> str:
    """A group that is no name of a country or an organisation, in words."""
    known = {
        "other": _("Others"),
        "not given": _("Not given"),
        "redacted": _("No longer shown"),
        "none": _("Sample, nothing confirmed"),
    }
    return known.get(group, group)


def _evidence(row: dict[str, str]) -> str:
    return str(assurance.LABELS.get(row["verification"], words(row["verification"])))


def _sector(row: dict[str, str]) -> str:
    known = {value: str(label) for value, label in Sector.choices}
    return known.get(row["sector"]) or words(row["sector"])


def _shares(rows: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    most = max(amount for _label, amount in rows)
    return [{"label": label, "amount": amount, "share": round(100 * amount / most, 1)} for label, amount in rows]


def over_time(snapshot: Snapshot | None) -> charts.Chart | None:
    """How many of the list had confirmed by the end of each day, or week; None where there is nothing to draw."""
    rows = showing.rows_of(snapshot, "by-day.csv")
    days = sorted((date.fromisoformat(row["day"]), int(row["persons"])) for row in rows if row["day"][:1].isdigit())
    if not days:
        return None
    sums = _filled(days)
    step = 7 if len(sums) > WEEKS_FROM else 1
    shown = sums[step - 1 :: step] if len(sums) % step == 0 else [*sums[step - 1 :: step], sums[-1]]
    bars = [(date_format(day, "j M Y" if step > 1 else "j M"), [total]) for day, total in shown]
    title = _("People on the list, by the day of their confirmation (UTC)")
    return charts.bars("over-time", title, [_("confirmed until then")], bars)


def _filled(days: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    """[(day, sum until its end)] from the first day to the last, none left out."""
    amounts, found, total = dict(days), [], 0
    day = days[0][0]
    while day <= days[-1][0]:
        total += amounts.get(day, 0)
        found.append((day, total))
        day += timedelta(days=1)
    return found
