"""Hours of a letter in templates: in its own zone, named. Django's ``date`` filter names no zone in an hour that the
clocks show twice."""

from datetime import datetime

from django import template

from letters.core import moments

register = template.Library()


@register.filter
def spoken(moment: datetime | None, zone_name: str) -> str:
    """«1 December 2026, 12:00 CET (Europe/Berlin)»; empty for None."""
    return moments.spoken(moment, zone_name) if moment else ""
