from django.db import migrations, models


def summarise(apps, schema_editor):
    """What was confirmed by e-mail says so in its row. Nobody stands above a list unchecked: samples were placed by
    the file they came from, anybody else comes back into the list until invited or checked."""
    rows = apps.get_model("signatures", "Signature").objects
    rows.filter(state="confirmed", is_sample=False).update(verification="email", checked_at=models.F("confirmed_at"))
    rows.exclude(role="signatory").filter(is_sample=True, state="confirmed").update(is_invited=True)
    rows.exclude(role="signatory").exclude(is_sample=True, state="confirmed").update(role="signatory")


class Migration(migrations.Migration):
    dependencies = [("signatures", "0003_assurance_summary")]

    operations = [migrations.RunPython(summarise, migrations.RunPython.noop, elidable=True)]
