"""The database itself refuses to change the text of an editorial fix, whoever asks."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION documents_amendment_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an amendment of a letter never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER documents_amendment_frozen BEFORE UPDATE ON documents_amendment
  FOR EACH ROW EXECUTE FUNCTION documents_amendment_frozen();
"""
SQLITE = """
CREATE TRIGGER documents_amendment_frozen BEFORE UPDATE ON documents_amendment
BEGIN SELECT RAISE(ABORT, 'an amendment of a letter never changes'); END;
"""


def freeze(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def thaw(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER documents_amendment_frozen ON documents_amendment")
        schema_editor.execute("DROP FUNCTION documents_amendment_frozen()")
    else:
        schema_editor.execute("DROP TRIGGER documents_amendment_frozen")


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_desk")]
    operations = [migrations.RunPython(freeze, thaw)]
