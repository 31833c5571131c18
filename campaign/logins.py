"""Which logins the site offers to its signatories, from the environment: one entry per OpenID provider.

Every entry is checked when the site starts, and refused with a sentence. docs/verification/ says what to register.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

App = dict[str, Any]
MICROSOFT = "https://login.microsoftonline.com"
RESERVED = ("google", "microsoft", "linkedin", "cilogon", "orcid", "github", "saml")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")


def google(client_id: str, secret: str) -> list[App]:
    """The entry for Google Workspace, if it is set up."""
    found = {"server_url": "https://accounts.google.com", "scope": ["openid", "email"], "fetch_userinfo": False}
    return _app("google", "Google", client_id, secret, found)


def microsoft(client_id: str, secret: str, tenants: Sequence[str]) -> list[App]:
    """The entry for Microsoft Entra; ``tenants`` are the only ones believed, all when empty."""
    if wrong := [tenant for tenant in tenants if not _TENANT.fullmatch(tenant.lower())]:
        raise ImproperlyConfigured(f"MICROSOFT_TENANTS names “{wrong[0]}”: it must be tenant ids such as 8-4-4-4-12.")
    found = {
        "server_url": f"{MICROSOFT}/organizations/v2.0",
        "issuer": f"{MICROSOFT}/{{tenantid}}/v2.0",
        "tenants": [tenant.lower() for tenant in tenants],
        "scope": ["openid", "email"],
        "fetch_userinfo": False,
    }
    return _app("microsoft", "Microsoft", client_id, secret, found)


def linkedin(client_id: str, secret: str) -> list[App]:
    """The entry for LinkedIn. Without ``profile``: neither name nor picture is asked for.

    LinkedIn answers no nonce and refuses the code verifier of web applications; the single-use state, which lives in
    the browser's session, is what binds its answer.
    """
    found = {
        "server_url": "https://www.linkedin.com/oauth",
        "issuer": ["https://www.linkedin.com", "https://www.linkedin.com/oauth"],
        "scope": ["openid"],
        "fetch_userinfo": False,
        "has_nonce": False,
        "oauth_pkce_enabled": False,
    }
    return _app("linkedin", "LinkedIn", client_id, secret, found)


def cilogon(client_id: str, secret: str) -> list[App]:
    """The entry for CILogon."""
    found = {"server_url": "https://cilogon.org", "scope": ["openid", "org.cilogon.userinfo"]}
    return _app("cilogon", "CILogon", client_id, secret, found)


def orcid(client_id: str, secret: str) -> list[App]:
    """The entry for ORCID; where it is asked stands in ORCID_BASE."""
    return _app("orcid", "ORCID", client_id, secret, {})


def github(client_id: str, secret: str) -> list[App]:
    """The entry for GitHub."""
    return _app("github", "GitHub", client_id, secret, {})


def _app(kind: str, name: str, client_id: str, secret: str, settings: Mapping[str, Any]) -> list[App]:
    if bool(client_id) is not bool(secret):
        missing = "SECRET" if client_id else "ID"
        raise ImproperlyConfigured(f"{kind.upper()}_CLIENT_{missing} is not set: a login needs both id and secret.")
    if not client_id:
        return []
    return [
        {
            "provider_id": kind,
            "name": name,
            "client_id": client_id,
            "secret": secret,
            "settings": {"kind": kind, **settings},
        }
    ]


def institutions(file: str, *, secure: bool) -> list[App]:
    """The entries of OIDC_PROVIDERS_FILE: a JSON list with one object per identity provider."""
    if not file:
        return []
    try:
        entries = json.loads(Path(file).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS_FILE {file} cannot be read as JSON: {error}.") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ImproperlyConfigured(f"OIDC_PROVIDERS_FILE {file} must hold a JSON list of objects.")
    apps = [institution(entry, secure=secure) for entry in entries]
    names = [app["provider_id"] for app in apps]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS_FILE holds the id “{min(twice)}” twice.")
    return apps


def institution(entry: Mapping[str, Any], *, secure: bool) -> App:
    """One identity provider of an institution, as allauth takes it.

    Raises:
        ImproperlyConfigured: a field is missing or of the wrong shape; https is required where ``secure``.
    """
    provider_id = entry.get("id")
    if not isinstance(provider_id, str) or not _ID.fullmatch(provider_id) or provider_id in RESERVED:
        raise _wrong(str(provider_id), "id", "lower-case letters, digits and hyphens, and no name of another login")
    for name in ("name", "server_url", "client_id", "organization"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise _wrong(provider_id, name, "a text")
    parts = urlsplit(entry["server_url"])
    if parts.scheme not in (("https",) if secure else ("https", "http")) or not parts.hostname:
        raise _wrong(provider_id, "server_url", "an address that begins with https://")
    secret = str(entry.get("client_secret") or os.environ.get(str(entry.get("client_secret_env", "")), ""))
    if not secret:
        raise _wrong(provider_id, "client_secret", "the secret, or client_secret_env the variable that holds it")
    scopes = _domains(entry, "scopes")
    if not scopes:
        raise _wrong(provider_id, "scopes", "a list with at least one domain: whose affiliations it may assert")
    return {
        "provider_id": provider_id,
        "name": entry["name"],
        "client_id": entry["client_id"],
        "secret": secret,
        "settings": {
            "kind": "institution",
            "server_url": entry["server_url"].rstrip("/"),
            "organization": entry["organization"].strip(),
            "scopes": scopes,
            "domains": _domains(entry, "domains"),
            "scope": entry.get("request_scope") or ["openid", "profile"],
        },
    }


def saml(file: str) -> list[App]:
    """The entries of SAML_PROVIDERS_FILE; each names the file of its identity provider's metadata."""
    if not file:
        return []
    path = Path(file).expanduser()
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return [_saml_app(entry, path.parent) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(f"SAML_PROVIDERS_FILE {file} cannot be used: {error}.") from error


def _saml_app(entry: Mapping[str, str], folder: Path) -> App:
    try:
        from letters.accounts.saml import metadata  # noqa: PLC0415 - needs an optional library
    except ImportError as error:
        raise ValueError("python3-saml is not installed: .venv/bin/pip install -e .[saml]") from error
    provider_id = entry["id"]
    if not _ID.fullmatch(provider_id) or provider_id in RESERVED:
        raise ValueError(f"“{provider_id}” is no id")
    found = metadata.read(folder / entry["metadata"])
    return {
        "provider_id": provider_id,
        "name": entry["name"],
        "client_id": provider_id,
        "settings": {
            "kind": "saml",
            "organization_name": entry["organization"],
            "scopes": list(found.scopes),
            "idp": {"entity_id": found.entity_id, "sso_url": found.sso_url, "x509cert": found.certificates[0]},
            "advanced": {
                "strict": True,
                "want_assertion_signed": True,
                "reject_deprecated_algorithm": True,
                "reject_idp_initiated_sso": True,
            },
        },
    }


def _domains(entry: Mapping[str, Any], name: str) -> list[str]:
    found = entry.get(name, [])
    if not isinstance(found, list) or not all(isinstance(d, str) and _DOMAIN.fullmatch(d.lower()) for d in found):
        raise _wrong(str(entry.get("id")), name, "a list of domains such as “university.example”")
    return [domain.lower() for domain in found]


def _wrong(provider_id: str, name: str, shape: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"OIDC_PROVIDERS_FILE, entry “{provider_id}”: {name} must be {shape}.")
