"""`manage.py keys init FILE | complete | status | rotate | drop`: the key file of a site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from letters.core import keyring
from letters.core.errors import KeyRingError
from letters.signatures import rotating


class Command(BaseCommand):
    help = "Make, show and rotate the keys of the site. Never prints a key."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        init = acts.add_parser("init", help="Make a new key file")
        init.add_argument("file", type=Path, nargs="?", help="Default: KEYS_FILE")
        acts.add_parser("complete", help="Add the keys that a newer release needs; changes nothing else")
        acts.add_parser("status", help="Show which keys are in use")
        rotate = acts.add_parser("rotate", help="Replace field, index and token keys while the site runs")
        rotate.add_argument("--settle", type=float, default=3.0, help="Seconds until all read a changed file")
        drop = acts.add_parser("drop", help="Drop old token keys: links made with them stop working")
        drop.add_argument("--yes", action="store_true", required=True)

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            getattr(self, f"_{act}")(**options)
        except (KeyRingError, RuntimeError) as error:
            raise CommandError(str(error)) from error

    def _init(self, file: Path | None, **_: Any) -> None:
        path = Path(file or settings.KEYS_FILE)
        keyring.write(path, keyring.fresh_document())
        self.stdout.write(f"{path} made, readable by its owner alone. Back it up apart from the database.")

    def _complete(self, **_: Any) -> None:
        added = keyring.complete(Path(settings.KEYS_FILE))
        self.stdout.write(
            f"Added a key for: {', '.join(added)}. Back the file up again." if added else "The key file is complete."
        )

    def _status(self, **_: Any) -> None:
        ring = keyring.parse(keyring.read(Path(settings.KEYS_FILE)))
        for purpose in keyring.PURPOSES:
            self.stdout.write(f"{purpose}: keys {', '.join(str(key.id) for key in ring.of(purpose))} (newest first)")
        if len(ring.index) > 1:
            self.stdout.write(f"A rotation is under way: {rotating.left()} rows need the old keys. Run `keys rotate`.")

    def _rotate(self, settle: float, **_: Any) -> None:
        rotating.rotate(settle_seconds=settle, tell=self.stdout.write, by="command")

    def _drop(self, **_: Any) -> None:
        path = Path(settings.KEYS_FILE)
        document = keyring.read(path)
        document["token"] = document["token"][:1]  # type: ignore[index]
        keyring.write(path, document, replace=True)
        self.stdout.write("Old token keys dropped.")
