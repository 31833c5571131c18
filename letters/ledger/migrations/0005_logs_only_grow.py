"""The database itself refuses to change or to take away anything of a log; a head may only grow."""

from django.db import migrations

FROZEN = ("log", "entry", "tile", "checkpoint")

POSTGRESQL_FUNCTIONS = """
CREATE FUNCTION ledger_log_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a log only grows' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
POSTGRESQL_FROZEN = """
CREATE TRIGGER ledger_{0}_frozen BEFORE UPDATE OR DELETE ON ledger_{0}
  FOR EACH ROW EXECUTE FUNCTION ledger_log_frozen();
"""
POSTGRESQL_HEAD = """
CREATE TRIGGER ledger_head_grows BEFORE UPDATE ON ledger_head FOR EACH ROW
  WHEN (NEW.size < OLD.size OR NEW.log_id <> OLD.log_id OR (NEW.size = OLD.size AND NEW.root <> OLD.root)) EXECUTE FUNCTION ledger_log_frozen();
CREATE TRIGGER ledger_head_kept BEFORE DELETE ON ledger_head
  FOR EACH ROW EXECUTE FUNCTION ledger_log_frozen();
"""
SQLITE_FROZEN = (
    """
CREATE TRIGGER ledger_{0}_frozen BEFORE UPDATE ON ledger_{0}
BEGIN SELECT RAISE(ABORT, 'a log only grows'); END;
""",
    """
CREATE TRIGGER ledger_{0}_kept BEFORE DELETE ON ledger_{0}
BEGIN SELECT RAISE(ABORT, 'a log only grows'); END;
""",
)
SQLITE_HEAD = (
    """
CREATE TRIGGER ledger_head_grows BEFORE UPDATE ON ledger_head
WHEN NEW.size < OLD.size OR NEW.log_id <> OLD.log_id OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
BEGIN SELECT RAISE(ABORT, 'a log only grows'); END;
""",
    """
CREATE TRIGGER ledger_head_kept BEFORE DELETE ON ledger_head
BEGIN SELECT RAISE(ABORT, 'a log only grows'); END;
""",
)


def freeze(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTIONS)
        for table in FROZEN:
            schema_editor.execute(POSTGRESQL_FROZEN.format(table))
        schema_editor.execute(POSTGRESQL_HEAD)
        return
    for table in FROZEN:
        for statement in SQLITE_FROZEN:
            schema_editor.execute(statement.format(table))
    for statement in SQLITE_HEAD:
        schema_editor.execute(statement)


def thaw(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, table in (*((f"{t}_frozen", t) for t in FROZEN), ("head_grows", "head"), ("head_kept", "head")):
            schema_editor.execute(f"DROP TRIGGER ledger_{name} ON ledger_{table}")
        schema_editor.execute("DROP FUNCTION ledger_log_frozen()")
        return
    for name in (*(f"{t}_{what}" for t in FROZEN for what in ("frozen", "kept")), "head_grows", "head_kept"):
        schema_editor.execute(f"DROP TRIGGER ledger_{name}")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_logs")]
    operations = [migrations.RunPython(freeze, thaw)]
