"""Moments as people type them, a day and an hour in a named zone, and back."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.utils import formats
from django.utils.translation import gettext as _

from letters.core.errors import RuleError

FORMAT = "%Y-%m-%dT%H:%M"  # as <input type="datetime-local"> sends it


class MomentRefused(RuleError):
    code = "moment"


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Names of the tz database that stand for a place, and UTC; sorted."""
    places = {name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))}
    return ("UTC", *sorted(places))


def zone(name: str) -> ZoneInfo:
    """A zone by its IANA name. Raises MomentRefused for an unknown one."""
    try:
        if name in zone_names():
            return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        pass
    raise MomentRefused(_("Choose a time zone of the list, such as Europe/Berlin."))


def read(typed: str, zone_name: str) -> datetime:
    """The moment of a wall clock in a zone, in UTC. Of an hour that the clocks show twice, the first.

    Raises:
        MomentRefused: not a day and an hour, an unknown zone, or an hour that the clocks skip there.
    """
    place = zone(zone_name)
    try:
        naive = datetime.strptime(typed.strip()[:16], FORMAT)  # noqa: DTZ007 - the zone comes next
    except ValueError as error:
        raise MomentRefused(_("Give the day and the hour, such as 2026-12-01T09:00.")) from error
    found = naive.replace(tzinfo=place)
    back = found.astimezone(UTC).astimezone(place).replace(tzinfo=None)
    if back != naive:
        text = _("{hour} does not exist on that day in {zone}: the clocks go forward. Choose another hour.")
        raise MomentRefused(text.format(hour=f"{naive:%H:%M}", zone=zone_name))
    return found.astimezone(UTC)


def write(moment: datetime | None, zone_name: str) -> str:
    """The same for a form's field; empty for None."""
    return moment.astimezone(zone(zone_name)).strftime(FORMAT) if moment else ""


def spoken(moment: datetime, zone_name: str) -> str:
    """«1 December 2026, 12:00 CET (Europe/Berlin)»: a moment in a named zone, in the active language."""
    there = moment.astimezone(zone(zone_name))
    place = "" if zone_name == "UTC" else f" ({zone_name})"
    return f"{formats.date_format(there, 'j F Y, H:i')} {there.tzname()}{place}"
