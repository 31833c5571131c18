"""Every line that is held has a case from now on: what a human decides is the case."""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone


def open_cases(apps, schema_editor):
    Signature = apps.get_model("signatures", "Signature")
    Case = apps.get_model("moderation", "Case")
    now = timezone.now()
    for row in Signature.objects.filter(state="confirmed").exclude(held_reason="").iterator():
        Case.objects.get_or_create(
            signature=row,
            reason=row.held_reason,
            closed_at=None,
            defaults={
                "letter_id": row.letter_id,
                "is_holding": True,
                "opened_at": row.confirmed_at,
                "due_at": now + timedelta(hours=48),
            },
        )


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial")]

    operations = [migrations.RunPython(open_cases, migrations.RunPython.noop)]
