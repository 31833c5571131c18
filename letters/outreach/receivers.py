"""What comes onto the timeline by itself when a letter moves or gets another text."""

from typing import Any

from django.dispatch import receiver

from letters.documents.models import Letter, Version
from letters.documents.signals import letter_moved, version_added
from letters.outreach import happening


@receiver(letter_moved)
def on_moved(letter: Letter, before: str, **_: Any) -> None:
    happening.moved(letter, before)


@receiver(version_added)
def on_version_added(letter: Letter, version: Version, **_: Any) -> None:
    happening.version_added(letter, version)
