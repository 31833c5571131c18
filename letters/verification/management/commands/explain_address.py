"""`manage.py explain_address a@b.example [--json]`: what a mailbox at an address would prove, and why."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from letters.core.errors import RuleError
from letters.verification import domains


class Command(BaseCommand):
    help = "Explain what a confirmed mailbox at an address proves: every step with its source. Stores and logs nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="one e-mail address")
        parser.add_argument("--affiliation", default="", help="the affiliation as the signatory states it")
        parser.add_argument("--on", type=date.fromisoformat, help="the day to decide for, such as 2026-11-23; today")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, address: str, affiliation: str, on: date | None, **options: Any) -> None:
        try:
            decision = domains.decide(address, affiliation=affiliation, on=on)
        except RuleError as error:
            raise CommandError(error.message) from error
        except DatabaseError as error:
            raise CommandError("The database cannot be asked. Is it there? Run: manage.py migrate") from error
        if options["json"]:
            self.stdout.write(json.dumps(decision.as_json(), ensure_ascii=False, indent=2))
            return
        for name, value in decision.as_json().items():
            if name != "steps":
                self.stdout.write(f"{name.replace('_', ' ') + ':':14}{value or '–'}")
        self.stdout.write("steps:")
        for number, step in enumerate(decision.steps, 1):
            self.stdout.write(f"  {number}. {step['step']}: {step['result']}\n     source: {step['source']}")
