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
    statement = _statement(tuple(type(row) for row in rows))
    parameters = [value for row in rows for value in _values(row)]
    # Inside the caller's transaction a savepoint keeps a refusal from spoiling it; alone the statement is enough.
    with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@lru_cache(maxsize=16)
def _fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _values(row: models.Model) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in _fields(type(row))]


@lru_cache(maxsize=16)
def _statement(tables: tuple[type[models.Model], ...]) -> str:
    """``WITH r0 AS (INSERT …), r1 AS (INSERT …) SELECT 1``."""
    inserts = []
    for place, model in enumerate(tables):
        columns = ", ".join(f'"{field.column}"' for field in _fields(model))
        marks = ", ".join("%s" for _ in _fields(model))
        table = model._meta.db_table
        inserts.append(f'r{place} AS (INSERT INTO "{table}" ({columns}) VALUES ({marks}))')  # noqa: S608 - own models
    return f"WITH {', '.join(inserts)} SELECT 1"
