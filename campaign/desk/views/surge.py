"""The pace of one letter: how fast it is signed, where from, what is held because of it."""

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaign import charts
from campaign.desk import access, pages
from campaign.desk.bulk_forms import prefilled, release_url
from letters.accounts.permissions import Permission
from letters.documents.models import Letter
from letters.moderation import pace, surging
from letters.moderation.surging import Surge

Rows = list[tuple[datetime, int, int]]


@require_safe
@access.with_letter(Permission.REVIEW)
def surge(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    found = surging.surge_of(letter)
    context = {
        "surge": found,
        "minutes": _chart("minutes", _("Every minute of the last hour (UTC)"), found.minutes, "H:i"),
        "hours": _chart("hours", _("Every hour of the last three days (UTC)"), found.hours, "D H:i", found.threshold),
        "domains": [(name, count, _link(letter, found, domain=name)) for name, count in found.domains],
        "networks": [(code, count, _link(letter, found, network=code)) for code, count in found.networks],
        "wave_link": _link(letter, found) if found.held else "",
        "release_url": release_url(letter),
        "suspect": pace.UNCONFIRMED_MOST,
        "least_told": surging.LEAST_TOLD,
    }
    return pages.show(request, "desk/surge.html", letter, "surge", context)


def _chart(name: str, title: str, rows: Rows, shape: str, limit: int | None = None) -> charts.Chart:
    shown = [(date_format(begin, shape), [confirmed, waiting]) for begin, confirmed, waiting in rows]
    series = [_("confirmed"), _("signed up then, not confirmed yet")]
    return charts.bars(name, title, series, shown, limit=limit, limit_label=_("held beyond"))


def _link(letter: Letter, found: Surge, **condition: str) -> str:
    """To the form of a decision about these, with the wave's cases where there are some."""
    asked = {"what": "refuse", "reason": "spike"} if found.held else {"what": "remove"}
    return prefilled(letter, **asked, **condition)
