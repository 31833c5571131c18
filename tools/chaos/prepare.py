"""`python -m tools.chaos.prepare LETTER`: keys, tables, static files and a letter for a new site, in one process."""

import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")
    django.setup()
    call_command("keys", "init")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("load_letter", sys.argv[1])


if __name__ == "__main__":
    main()
