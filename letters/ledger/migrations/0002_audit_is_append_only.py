"""The database itself refuses to change an audit event; only the yearly deletion takes rows away."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION ledger_auditevent_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an audit event never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_auditevent_frozen BEFORE UPDATE ON ledger_auditevent
  FOR EACH ROW EXECUTE FUNCTION ledger_auditevent_frozen();
"""
SQLITE = """
CREATE TRIGGER ledger_auditevent_frozen BEFORE UPDATE ON ledger_auditevent
BEGIN SELECT RAISE(ABORT, 'an audit event never changes'); END;
"""


def freeze(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def thaw(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER ledger_auditevent_frozen ON ledger_auditevent")
        schema_editor.execute("DROP FUNCTION ledger_auditevent_frozen()")
    else:
        schema_editor.execute("DROP TRIGGER ledger_auditevent_frozen")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(freeze, thaw)]
