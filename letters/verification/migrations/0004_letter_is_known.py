import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("verification", "0003_fill_letter")]

    operations = [
        migrations.AlterField(
            model_name="evidence",
            name="letter",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="documents.letter",
            ),
        ),
    ]
