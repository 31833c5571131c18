from django.db import migrations, models


def fill_letter(apps, schema_editor):
    """Every row knows its letter by its signature."""
    evidence = apps.get_model("verification", "Evidence")
    signature = apps.get_model("signatures", "Signature")
    of_row = signature.objects.filter(pk=models.OuterRef("signature_id")).values("letter_id")[:1]
    evidence.objects.update(letter_id=models.Subquery(of_row))


class Migration(migrations.Migration):
    dependencies = [("verification", "0002_organizations_checks_claims")]

    operations = [migrations.RunPython(fill_letter, migrations.RunPython.noop, elidable=True)]
