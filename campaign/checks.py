"""What every command of a production site checks before it does anything."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from letters.core import keyring
from letters.core.errors import KeyRingError


@register()
def key_file_is_whole(app_configs: object, **_: Any) -> list[CheckMessage]:
    """`manage.py keys init` alone runs without this check. Development makes the file by itself."""
    if settings.DEVELOPMENT:
        return []
    try:
        keyring.ring()
    except KeyRingError as error:
        return [Error(error.message, id="campaign.E001")]
    return []
