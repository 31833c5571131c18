import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signatures", "0005_prominent_is_checked")]

    operations = [
        migrations.CreateModel(
            name="WaitingChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("changes", models.JSONField(help_text="{field of the line: new text}, only those that wait")),
                ("asked_at", models.DateTimeField()),
                (
                    "signature",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_change",
                        to="signatures.signature",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("state", "confirmed")),
                fields=["version", "search_text"],
                name="signature_same_line",
            ),
        ),
    ]
