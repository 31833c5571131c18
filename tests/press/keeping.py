"""A snapshot made by the real rules, and what lies in its folder."""

import csv
import io
from datetime import timedelta

from django.utils import timezone

from letters.press import snapshots
from letters.press.kit import making
from tests.factories import make_signature


def kept(letter, *, now=None):
    """A snapshot of the letter, made by the real rules."""
    row = snapshots.ask(letter)
    assert snapshots.make_waiting(now=now) == 1
    row.refresh_from_db()
    assert row.state == "ready", row.failure
    return row


def read(row, name):
    return (snapshots.folder_of(row) / making.SERVED / name).read_bytes()


def rows_of(row, name="signatories.csv"):
    return list(csv.DictReader(io.StringIO(read(row, name).decode())))


def amounts_of(row):
    """Rows of each table, as the page says."""
    return dict(row.files.filter(name__endswith=".csv").values_list("name", "rows"))


def everything(row):
    return {path: path.read_bytes() for path in snapshots.folder_of(row).rglob("*") if path.is_file()}


def confirmed(letter, **fields):
    return make_signature(letter, at=timezone.now() - timedelta(minutes=5), **fields)
