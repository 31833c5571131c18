"""`manage.py load_organizations [FILE]`: store organisations and their mail domains; safe to run again."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from letters.core.errors import RuleError
from letters.verification import matching, organizations
from letters.verification.models import OrganizationDomain, Source


class Command(BaseCommand):
    help = "Load organisations and their mail domains: the set that ships with this software, or a CSV file of yours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="CSV; without it, the shipped set")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        path = Path(file) if file else organizations.SHIPPED
        source = Source.ORGANISER if file else Source.CURATED
        try:
            loaded = organizations.load(organizations.parse(_text(path)), source=source)
        except RuleError as error:
            raise CommandError(f"{path.name}: {error.message}") from error
        if loaded.is_unchanged:
            self.stdout.write(f"{path.name}: {loaded.lines} lines, nothing changed")
        else:
            self.stdout.write(
                f"{path.name}: {loaded.lines} lines; organisations: {loaded.organizations_added} added, "
                f"{loaded.organizations_changed} changed; domains: {loaded.domains_added} added, "
                f"{loaded.domains_changed} changed, {loaded.domains_removed} removed"
            )
        self._warn()

    def _warn(self) -> None:
        """Rows that nobody looked at for a year give no new evidence: say so before organisers wonder."""
        limit = datetime.now(UTC).date() - matching.RECHECK
        old = OrganizationDomain.objects.filter(checked_on__lt=limit).count()
        if old:
            self.stderr.write(
                f"{old} domains were last checked before {limit} and give no new evidence until reloaded."
            )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError(f"cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RuleError(f"is not UTF-8 at byte {error.start}. Save it as UTF-8.") from error
