"""The database itself refuses to change the text of a version, whoever asks."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION documents_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a version of a letter never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER documents_version_frozen BEFORE UPDATE ON documents_version
  FOR EACH ROW EXECUTE FUNCTION documents_version_frozen();
"""
SQLITE = """
CREATE TRIGGER documents_version_frozen BEFORE UPDATE ON documents_version
BEGIN SELECT RAISE(ABORT, 'a version of a letter never changes'); END;
"""


def freeze(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def thaw(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER documents_version_frozen ON documents_version")
        schema_editor.execute("DROP FUNCTION documents_version_frozen()")
    else:
        schema_editor.execute("DROP TRIGGER documents_version_frozen")


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [migrations.RunPython(freeze, thaw)]
