"""`manage.py load_letter FILE [--signatories FILE]`: store a letter from a file; safe to run again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from letters.core.errors import RuleError
from letters.documents import loading
from letters.signatures import counting, listing, sampling


class Command(BaseCommand):
    help = "Load a letter from a file with front matter. A changed text of a signed letter becomes a new version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--signatories", type=Path, help="CSV of invented signatories, for a sample letter alone")

    def handle(self, *args: Any, file: Path, signatories: Path | None, **options: Any) -> None:
        file = Path(file)  # call_command passes what it was given
        try:
            loaded = loading.load(loading.parse(_text(file)), by="command")
            added = sampling.load(loaded.letter, _text(Path(signatories))) if signatories else 0
        except RuleError as error:
            raise CommandError(f"{file.name}: {error.message}") from error
        version = loaded.version
        news = "new" if loaded.is_new else ("new text" if loaded.is_new_text else "unchanged text")
        self.stdout.write(f"{loaded.letter.slug}: {news}, version {version.number}, SHA-256 {version.sha256}")
        if loaded.is_reordered:
            ids = list(loaded.letter.versions.values_list("pk", flat=True))
            self.stdout.write(f"{loaded.letter.slug}: {listing.reorder(ids)} signatures put into the new order")
        if signatories:
            self.stdout.write(f"{loaded.letter.slug}: {added} sample signatories added")
        counting.refresh()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError(f"cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RuleError(f"is not UTF-8 at byte {error.start}. Save it as UTF-8.") from error
