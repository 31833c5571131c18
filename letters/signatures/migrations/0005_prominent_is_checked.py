from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signatures", "0004_summarise")]

    operations = [
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(("role", "signatory"), ("is_invited", True), ("is_reviewed", True), _connector="OR"),
                name="signature_prominent_is_checked",
            ),
        ),
    ]
