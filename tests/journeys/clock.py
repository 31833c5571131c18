"""What the site's clock does within seconds, done at once; the site's worker does the same beside each journey."""

from django.db import connection, transaction

from letters.signatures import counting


def count() -> None:
    """Count what was signed. Where the worker is counting at this moment, ``counting.refresh`` would leave it to that
    one, which may have looked before the last signature; so wait for it and count after it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [counting.COUNT_LOCK])  # the same session may take it again
        counting.refresh()
