"""`manage.py give_letter SLUG TEAM`: give a letter that nobody looks after to a team."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from letters.core.errors import RuleError
from letters.documents import teaming
from letters.documents.models import Letter


class Command(BaseCommand):
    help = "Give a letter without an owner, or whose owning team has no active member, to a team."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="The last part of the letter's address")
        parser.add_argument("team", help="Address of the team's page at the desk, or the random part of it")

    def handle(self, *args: Any, slug: str, team: str, **options: Any) -> None:
        letter = Letter.objects.filter(slug=slug).first()
        if letter is None:
            raise CommandError(f"There is no letter “{slug}”.")
        try:
            found = teaming.team_named(team)
            teaming.give(letter, found, by="command")
        except RuleError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{slug} belongs to {found.name}.")
