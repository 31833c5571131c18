"""`manage.py reconcile [--strict] [--journal FILE] [--mailbox FILE]`: do signatures, mails and counts agree?"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from letters.core.errors import RuleError
from letters.signatures import reconciling, witnesses

WIDTH = 64


class Command(BaseCommand):
    help = (
        "Check signatures, mails and counts against each other, and against a journal of accepted forms and a mailbox "
        "where given. Changes nothing, prints no address, and may run beside the site."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--strict", action="store_true", help="Exit with 1 on any difference")
        parser.add_argument("--journal", type=Path, help="JSON lines: nonce, email, accepted_at of accepted forms")
        parser.add_argument("--mailbox", type=Path, help="Folder of .eml files, or JSON lines: message_id, to, answer")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="Print one JSON object instead of the table"
        )

    def handle(
        self, *args: Any, strict: bool, journal: Path | None, mailbox: Path | None, as_json: bool, **options: Any
    ) -> None:
        try:
            accepted = witnesses.accepted_forms(Path(journal)) if journal else []
            arrived = witnesses.arrived_mails(Path(mailbox)) if mailbox else None
            now = timezone.now()
            with reconciling.snapshot():
                report = reconciling.check_database(now, tell=self.stderr.write)
                if journal or mailbox:
                    reconciling.check_witnesses(report, accepted, arrived, now=now)
        except RuleError as error:
            raise CommandError(error.message) from error
        self._print_json(report) if as_json else self._print_table(report)
        if strict and not report.is_clean:
            sys.exit(1)

    def _print_json(self, report: reconciling.Report) -> None:
        self.stdout.write(json.dumps({"figures": report.figures, "differences": report.differences}, indent=1))

    def _print_table(self, report: reconciling.Report) -> None:
        for name, count in report.figures.items():
            self.stdout.write(f"  {name:<{WIDTH}} {count:>9,}")
        self.stdout.write("")
        for code, where in report.differences.items():
            self.stdout.write(f"! {reconciling.SENTENCES[code]:<{WIDTH}} {len(where):>9,}")
            more = " …" if len(where) > reconciling.EXAMPLES else ""
            self.stdout.write(f"    {', '.join(where[: reconciling.EXAMPLES])}{more}")
        total = sum(map(len, report.differences.values()))
        self.stdout.write(f"{total:,} differences" if total else "No difference.")
