"""Write a static copy of a letter, which opens from a disk, into a folder or a ZIP file."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from letters.documents.models import Letter
from letters.press import archiving
from letters.press.sinks import FolderSink, ZipSink


class Command(BaseCommand):
    help = "Write a static copy of a public letter: manage.py archive_letter SLUG --to FOLDER or FILE.zip"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the letter's address")
        parser.add_argument("--to", required=True, type=Path, help="a new or empty folder, or a name ending in .zip")

    def handle(self, *args: Any, slug: str, to: Path, **options: Any) -> None:
        letter = Letter.objects.public().filter(slug=slug).first()
        if letter is None:
            raise CommandError(
                f"There is no public letter at “{slug}”. Give its address, such as lift-the-restriction."
            )
        copy = self._zip(letter, to) if to.suffix == ".zip" else self._folder(letter, to)
        files = len(copy.sink.sizes)
        self.stdout.write(f"{slug}: {copy.persons} people on {files} files as of {copy.as_of:%Y-%m-%d %H:%M} UTC: {to}")

    def _folder(self, letter: Letter, to: Path) -> archiving.Copy:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise CommandError(f"{to} is there already. Name a new folder or an empty one.")
        return archiving.write(letter, FolderSink(to), progress=self._progress)

    def _zip(self, letter: Letter, to: Path) -> archiving.Copy:
        if to.exists():
            raise CommandError(f"{to} is there already. Name a new file, or delete it first.")
        part = to.with_name(f"{to.name}.part")
        now = timezone.now()
        try:
            with part.open("wb") as file:
                copy = archiving.write(
                    letter, ZipSink(file, archiving.folder_of(letter, now), now), now=now, progress=self._progress
                )
            os.replace(part, to)
        finally:
            part.unlink(missing_ok=True)
        return copy

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done:,} of {total:,} signatures", ending="" if done < total else "\n")
