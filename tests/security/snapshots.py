"""Everything that a database holds, to compare and to search."""

from django.apps import apps
from django.db import connection


def rows_of_all_tables():
    """Table → its rows as sorted text, the tables of Django and of our dependencies included."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        found = {}
        for name in names:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608 - our own tables
            found[name] = sorted(repr(tuple(map(plain, row))) for row in cursor.fetchall())
    assert {model._meta.db_table for model in apps.get_models()} <= set(found)
    return found


def plain(value):
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def tables_with(words):
    """(table, word) for every word that any row holds, whatever its case."""
    return [
        (table, word)
        for table, rows in rows_of_all_tables().items()
        for word in words
        if any(word.casefold() in row.casefold() for row in rows)
    ]
