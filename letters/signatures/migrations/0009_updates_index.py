from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signatures", "0008_desk")]

    operations = [
        migrations.AddIndex(
            model_name="signature",
            index=models.Index(
                fields=["letter", "id"],
                name="signature_updates",
                condition=models.Q(state="confirmed", consent_updates=True, email_sealed__isnull=False),
            ),
        ),
    ]
