"""What only somebody with the database's own password can do to a log."""

from contextlib import contextmanager

from django.db import connection

from letters.ledger import merkle, tiles
from letters.ledger.models import Checkpoint, Entry, Head, Tile
from tests.conftest import KEPT_BY


@contextmanager
def tampering():
    """No trigger fires inside."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while it waits for a check
            for table in KEPT_BY:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield cursor
            for table in KEPT_BY:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger_%'")
        kept = cursor.fetchall()
        for name, _sql in kept:
            cursor.execute(f"DROP TRIGGER {name}")
        yield cursor
        for _name, sql in kept:
            cursor.execute(sql)


def cut(log, size):
    """The database as it was when the log held ``size`` entries; what is outside stays."""
    with tampering():
        Entry.objects.filter(log=log, number__gte=size).delete()
        Checkpoint.objects.filter(log=log, size__gt=size).delete()
        for tile in Tile.objects.filter(log=log):
            if (tile.number + 1) * 256 ** (tile.level + 1) > size:
                tile.delete()
        root = merkle.root_of(merkle.leaf_hash(line) for line in tiles.lines_of(log, 0, size))
        Head.objects.filter(log=log).update(size=size, root=root)
