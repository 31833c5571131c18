"""What every command of a production site checks before it does anything."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from letters.core import keyring
from letters.core.errors import KeyRingError
from letters.ledger import note


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


@register()
def witnesses_are_keys(app_configs: object, **_: Any) -> list[CheckMessage]:
    """A malformed key would be found only when somebody asks for a checkpoint."""
    try:
        note.parse_witnesses(settings.WITNESSES)
    except note.NoteWrong as error:
        return [Error(f"WITNESSES: {error.message}", id="campaign.E003")]
    return []


_FIXED = {
    "SOCIALACCOUNT_ADAPTER": "campaign.public.identities.IdentityAdapter",
    "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
    "SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT": False,
    "SOCIALACCOUNT_AUTO_SIGNUP": False,
    "SOCIALACCOUNT_QUERY_EMAIL": False,
    "SOCIALACCOUNT_STORE_TOKENS": False,
    "SOCIALACCOUNT_LOGIN_ON_GET": False,
    "ACCOUNT_ADAPTER": "letters.accounts.adapters.AccountAdapter",
    "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": True,
    "ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED": True,
    "MFA_ADAPTER": "letters.accounts.adapters.MFAAdapter",
    "MFA_PASSKEY_SIGNUP_ENABLED": False,
}
LONGEST_LOGIN_TIMEOUT = 20
_LOOSENING = ("email_authentication", "verified_email", "EMAIL_AUTHENTICATION", "VERIFIED_EMAIL")


@register()
def logins_make_no_accounts(app_configs: object, **_: Any) -> list[CheckMessage]:
    """A login proves something or opens what it was connected to; what would let it make, find or join accounts stays
    off, and an account is opened by a confirmed address alone."""
    wrong = [f"{name} must be {value!r}." for name, value in _FIXED.items() if getattr(settings, name, None) != value]
    if getattr(settings, "ACCOUNT_CONFIRM_EMAIL_ON_GET", False):
        wrong.append("ACCOUNT_CONFIRM_EMAIL_ON_GET must be False: mail scanners open links.")
    seconds = getattr(settings, "SOCIALACCOUNT_REQUESTS_TIMEOUT", 0)
    if not 0 < seconds <= LONGEST_LOGIN_TIMEOUT:
        wrong.append(f"SOCIALACCOUNT_REQUESTS_TIMEOUT must be from 1 to {LONGEST_LOGIN_TIMEOUT} seconds.")
    for provider, found in settings.SOCIALACCOUNT_PROVIDERS.items():
        wrong += _wrong_in(provider, found)
    return [Error(sentence, id="campaign.E002") for sentence in wrong]


def _wrong_in(provider: str, found: dict[str, Any]) -> list[str]:
    has_pkce = found.get("OAUTH_PKCE_ENABLED") is True or provider == "saml"  # which knows none
    wrong = [] if has_pkce else [f"{provider}: OAUTH_PKCE_ENABLED must be True."]
    entries = [("", found)]
    for app in [*found.get("APPS", []), *([found["APP"]] if "APP" in found else [])]:
        entries.append((f" {app.get('provider_id', '')}", app.get("settings", {})))
    for name, entry in entries:
        wrong += [f"{provider}{name}: {key} must not be set." for key in _LOOSENING if entry.get(key)]
        wrong += _wrong_in_app(f"{provider}{name}", entry)
    return wrong


def _wrong_in_app(name: str, entry: dict[str, Any]) -> list[str]:
    wrong = []
    # LinkedIn refuses the code verifier of web applications; nobody else is let off.
    if entry.get("oauth_pkce_enabled") is False and entry.get("kind") != "linkedin":
        wrong.append(f"{name}: oauth_pkce_enabled must not be False.")
    if not settings.DEVELOPMENT and not str(entry.get("server_url", "https://")).startswith("https://"):
        wrong.append(f"{name}: server_url must begin with https://.")
    return wrong
