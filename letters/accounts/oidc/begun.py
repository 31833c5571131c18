"""What a login may be begun for: the one door that every provider of ours opens with."""

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.providers.base.constants import AuthProcess
from django.core.exceptions import PermissionDenied

ORGANISER = ("login", "connect")


def begun_for(process: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the state of the login remembers: ``check`` of a signatory; or ``organiser``, "login" or "connect", with
    ``following``, where they were going, and ``user``, who connects. Never both.

    Raises:
        PermissionDenied: any other process of allauth (login, connect, signup), or neither of the two.
    """
    check, organiser = asked.get("check"), asked.get("organiser")
    if process != AuthProcess.REDIRECT or bool(check) is bool(organiser):
        raise PermissionDenied
    if check:
        return {"check": check}
    if organiser not in ORGANISER:
        raise PermissionDenied
    return {"organiser": organiser, "following": asked.get("following", ""), "user": asked.get("user", 0)}
