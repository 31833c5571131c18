"""Storing several new rows at once: on PostgreSQL in one statement, which is one round trip instead of four.

A statement stores all of its rows or none, so no BEGIN and COMMIT of ours are needed around it.
"""

from contextlib import nullcontext
from functools import lru_cache
from typing import Any

from django.db import connection, models, transaction


def insert_together(*rows: models.Model) -> None:
    """Insert new rows of different tables, all or none. The rows' primary keys are not read back.

    Raises:
        IntegrityError: the database refused one of them; none is stored.
    """
    if connection.vendor != "postgresql":
        with transaction.atomic():
            for row in rows:
                row.save(force_insert=True)
        return
    columns = [_columns(row) for row in rows]
    statement = _statement(tuple((type(row), tuple(names)) for row, names in zip(rows, columns, strict=True)))
    parameters = [value for values in columns for value in values.values()]
    # Inside the caller's transaction a savepoint keeps a refusal from spoiling it; alone the statement is enough.
    with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@lru_cache(maxsize=16)
def _fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _columns(row: models.Model) -> dict[str, Any]:
    """{column: value} without what the database fills in by itself, so that the statement stays short."""
    found = {}
    for field in _fields(type(row)):
        value = field.pre_save(row, True)
        if value is None or (field.has_db_default() and value == field.get_default()):
            continue
        found[str(field.column)] = field.get_db_prep_save(value, connection)
    return found


@lru_cache(maxsize=256)  # one for each set of columns that differ from what the database fills in
def _statement(tables: tuple[tuple[type[models.Model], tuple[str, ...]], ...]) -> str:
    """``WITH r0 AS (INSERT …), r1 AS (INSERT …) SELECT 1``."""
    inserts = []
    for place, (model, names) in enumerate(tables):
        columns = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("%s" for _ in names)
        table = model._meta.db_table
        inserts.append(f'r{place} AS (INSERT INTO "{table}" ({columns}) VALUES ({marks}))')  # noqa: S608 - own models
    return f"WITH {', '.join(inserts)} SELECT 1"
