"""`manage.py import_ror FILE`: take over a dump of the Research Organization Registry; safe to run again."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from letters.core.errors import RuleError
from letters.verification import importing, ror

COMPLAINTS_SHOWN = 50


class Command(BaseCommand):
    help = "Import organisations and their domains from a ROR dump, schema 2.1: the JSON file or the ZIP from Zenodo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--released", type=date.fromisoformat, help="day of the dump, where the file's name does not tell it"
        )

    def handle(self, *args: Any, file: Path, released: date | None, **options: Any) -> None:
        file = Path(file)
        release = self._release(file, released)
        self.complaints = 0
        try:
            done = importing.import_ror(file, release=release, progress=self._progress, complain=self._complain)
        except RuleError as error:
            raise CommandError(f"{file.name}: {error.message}") from error
        self._report(file, release, done)

    def _release(self, file: Path, released: date | None) -> ror.Release:
        found = ror.release_of(file)
        if released:
            return ror.Release(found.version if found else "", released)
        if found is None:
            today = datetime.now(UTC).date()
            self.stderr.write(f"{file.name} does not name its day; rows are dated {today}. Or pass --released.")
            return ror.Release("", today)
        return found

    def _progress(self, done: importing.Imported, read: int) -> None:
        if done.records % (10 * importing.BATCH) < importing.BATCH:
            self.stderr.write(f"{done.records:,} records, {read / 1e6:,.0f} MB read")

    def _complain(self, number: int, identifier: str, reason: str) -> None:
        self.complaints += 1
        if self.complaints <= COMPLAINTS_SHOWN:
            self.stderr.write(f"record {number} ({identifier}) {reason}; skipped")
        elif self.complaints == COMPLAINTS_SHOWN + 1:
            self.stderr.write("more records are skipped; they are counted below")

    def _report(self, file: Path, release: ror.Release, done: importing.Imported) -> None:
        write = self.stdout.write
        write(f"{file.name}: {release.note}; {done.records:,} records, {done.bad:,} of them bad and skipped")
        if done.is_unchanged:
            write("nothing changed")
        else:
            write(f"organisations: {done.added:,} added, {done.changed:,} changed, {done.kept:,} kept as they are")
            write(
                f"domains: {done.domains_added:,} added, {done.domains_changed:,} changed, "
                f"{done.domains_removed:,} removed"
            )
        write(f"{done.closed:,} organisations are inactive or withdrawn and give no new evidence")
        for reason, count in sorted(done.skipped.items()):
            write(f"{count:,} domains or websites not used: {reason}")
