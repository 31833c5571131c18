"""Keep the list of a letter as it is now, with every file of its press kit."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import snapshots


class Command(BaseCommand):
    help = "Make a snapshot of a public letter now: manage.py snapshot SLUG"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the letter's address")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        letter = Letter.objects.public().filter(slug=slug).first()
        if letter is None:
            raise CommandError(
                f"There is no public letter at “{slug}”. Give its address, such as lift-the-restriction."
            )
        try:
            row = snapshots.ask(letter)
        except RuleError as error:
            raise CommandError(error.message) from None
        snapshots.make_waiting()
        row.refresh_from_db()
        if row.state in snapshots.IN_WORK:
            raise CommandError("It waits: another one was made this minute, or a worker is at it. It is made soon.")
        if row.number is None:
            raise CommandError("It could not be made; the log says why.")
        folder = snapshots.folder_of(row)
        self.stdout.write(f"{slug}: snapshot {row.number} of {row.label}, {row.persons} people: {folder}")
