"""Numbers: what happened under a letter over time, in charts that the server draws and tables behind them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from campaign import charts
from campaign.desk import access, pages
from letters.documents.models import Letter
from letters.moderation.models import Case
from letters.press import numbers as figures
from letters.press import visits
from letters.press.models import Figures

WEEKS_FROM = 92
"""Days beyond which a bar is a week."""


@require_safe
@access.with_letter()
def numbers(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    found = Figures.objects.filter(letter=letter).first()
    days = figures.days_of(letter)
    funnel = figures.funnel(letter)
    context = {
        "figures": found,
        "funnel": funnel,
        "steps": _steps(funnel),
        "waits": _waits(found) if found else [],
        "open_cases": Case.objects.waiting().filter(letter=letter).count(),
        "charts": [*_hours(found), *_over_time(days)] if found else [],
        "sources": _sources(visits.sources(letter)),
        "counts_visits": bool(settings.VISIT_FLUSH_SECONDS),
    }
    return pages.show(request, "desk/numbers.html", letter, "numbers", context)


def _steps(funnel: figures.Funnel) -> list[dict[str, Any]]:
    rows = (
        (_("Forms opened"), funnel.opened, _("Counted without cookies; a person who comes back is counted again.")),
        (_("Forms sent"), funnel.forms, _("Stored attempts; some people send more than one.")),
        (_("Mails left"), funnel.mails, _("The first mail of an attempt. Blocked and capped addresses get none.")),
        (_("Confirmed"), funnel.confirmed, _("Pressed the button, also if they withdrew since.")),
        (_("Printed now"), funnel.published, _("Confirmed, and neither held, hidden, withdrawn nor removed.")),
    )
    most = max([amount for _label, amount, _help in rows] + [1])
    return [
        {"label": label, "amount": amount, "help": text, "share": round(100 * amount / most, 1)}
        for label, amount, text in rows
    ]


def _waits(found: Figures) -> list[tuple[str, str]]:
    rows = (
        (_("From the form to our mail"), found.mail_seconds),
        (_("From the form to the confirmation"), found.confirm_seconds),
        (_("From a question in the queue to its decision"), found.decision_seconds),
    )
    return [(label, spoken(seconds)) for label, seconds in rows]


def spoken(seconds: int | None) -> str:
    """A waiting time in the one unit that says it best."""
    if seconds is None:
        return _("none yet")
    if seconds < 120:
        return ngettext("%d second", "%d seconds", seconds) % seconds
    if seconds < 7200:
        return ngettext("%d minute", "%d minutes", round(seconds / 60)) % round(seconds / 60)
    if seconds < 172_800:
        return ngettext("%d hour", "%d hours", round(seconds / 3600)) % round(seconds / 3600)
    return ngettext("%d day", "%d days", round(seconds / 86_400)) % round(seconds / 86_400)


def _hours(found: Figures | None) -> list[charts.Chart]:
    if not found or not found.first_hour_at:
        return []
    rows = []
    for at, amount in enumerate(found.first_hours):
        if found.first_hour_at + timedelta(hours=at) <= found.as_of:
            rows.append((_("{number} h").format(number=at), [amount]))
    title = _("Confirmed in each hour of the first three days, from {moment} UTC").format(
        moment=_hour(found.first_hour_at)
    )
    return [charts.bars("hours", title, [_("confirmed")], rows)]


def _hour(moment: datetime) -> str:
    return date_format(timezone.localtime(moment, UTC), "j F, H:i")


def _over_time(days: list[tuple[date, int, int]]) -> list[charts.Chart]:
    if not days:
        return []
    by_week = len(days) > WEEKS_FROM
    rows = _weeks(days) if by_week else days
    new = [(date_format(day, "j M Y" if by_week else "j M"), [amount]) for day, amount, _sum in rows]
    sums = [(label, [total]) for (label, _new), (_day, _amount, total) in zip(new, rows, strict=True)]
    title = _("Confirmed in each week from the day named") if by_week else _("Confirmed on each day (UTC)")
    return [
        charts.bars("new", title, [_("confirmed")], new),
        charts.bars("sums", _("Confirmed in all, until the end of each of them"), [_("confirmed in all")], sums),
    ]


def _weeks(days: Sequence[tuple[date, int, int]]) -> list[tuple[date, int, int]]:
    parts = [days[at : at + 7] for at in range(0, len(days), 7)]
    return [(part[0][0], sum(amount for _day, amount, _sum in part), part[-1][2]) for part in parts]


def _sources(rows: list[tuple[str, int]]) -> list[dict[str, Any]]:
    most = max([amount for _source, amount in rows] + [1])
    words = {"": _("No page before, or a page of this site"), visits.OTHER: _("All others")}
    return [
        {
            "label": words.get(source, source),
            "is_host": source not in words,
            "amount": amount,
            "share": round(100 * amount / most, 1),
        }
        for source, amount in rows
    ]
