"""Search inside names and affiliations by an index: trigrams on PostgreSQL; SQLite scans, which suits its size."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

INDEX = """
CREATE INDEX signature_search ON signatures_signature USING gin (search_text gin_trgm_ops)
WHERE state = 'confirmed' AND hidden_at IS NULL AND held_reason = ''
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(INDEX)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX signature_search")


class Migration(migrations.Migration):
    dependencies = [("signatures", "0001_initial")]
    operations = [TrigramExtension(), migrations.RunPython(add, drop)]
