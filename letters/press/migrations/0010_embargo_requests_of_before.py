"""Requests that wait since before addresses were confirmed stay on the organisers' list."""

from django.db import migrations
from django.db.models import F


def keep(apps, schema_editor):
    rows = apps.get_model("press", "EmbargoAccess").objects.filter(invited_at__isnull=True, confirmed_at__isnull=True)
    rows.update(confirmed_at=F("made_at"))


class Migration(migrations.Migration):
    dependencies = [("press", "0009_embargo_requests_are_confirmed")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
