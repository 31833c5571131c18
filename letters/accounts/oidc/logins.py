"""The logins that are set up on this site (SOCIALACCOUNT_PROVIDERS["oidc"]); nothing here asks the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

PROVIDER = "oidc"  # allauth's name of our provider


@dataclass(frozen=True)
class LoginApp:
    """One login: ``id`` names it in addresses, ``kind`` is the method of verification that it serves."""

    id: str
    kind: str
    name: str
    settings: Mapping[str, Any]

    @property
    def organization(self) -> str:
        """Whose institutional login it is; empty for the others."""
        return str(self.settings.get("organization", ""))

    @property
    def scopes(self) -> Sequence[str]:
        """The domains for which it may assert affiliations."""
        return tuple(self.settings.get("scopes", ()))


def of_kind(kind: str) -> list[LoginApp]:
    """The logins of one method, in the order of the configuration."""
    return [app for app in _all() if app.kind == kind]


def find(app_id: str) -> LoginApp | None:
    return next((app for app in _all() if app.id == app_id), None)


def _all() -> list[LoginApp]:
    entries = settings.SOCIALACCOUNT_PROVIDERS.get(PROVIDER, {}).get("APPS", [])
    return [LoginApp(e["provider_id"], e["settings"]["kind"], e["name"], e["settings"]) for e in entries]
