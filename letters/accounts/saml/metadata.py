"""Reading an identity provider's metadata from a file that the operator fetched: who it is, its keys, and the
domains for which it may assert affiliations. Asks nobody.

Source: SAML V2.0 Metadata; Shibboleth metadata 1.0 (shibmd:Scope).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

SCOPE = "{urn:mace:shibboleth:metadata:1.0}Scope"
_IDP = "{urn:oasis:names:tc:SAML:2.0:metadata}IDPSSODescriptor"


@dataclass(frozen=True)
class IdentityProvider:
    """``scopes`` are plain domains, lower case; patterns are left out, because nobody can check what they let in."""

    entity_id: str
    sso_url: str
    certificates: tuple[str, ...]
    scopes: tuple[str, ...]


def read(path: Path) -> IdentityProvider:
    """The one identity provider of a metadata file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no metadata of one identity provider with a key, an https address and a scope.
    """
    text = path.read_bytes()
    try:
        found: dict[str, Any] = OneLogin_Saml2_IdPMetadataParser.parse(text).get("idp", {})
        scopes = _scopes(text)
    except Exception as error:  # the library raises whatever its XML parser does
        raise ValueError("it cannot be read as SAML metadata") from error
    keys = found.get("x509certMulti", {}).get("signing") or [found.get("x509cert", "")]
    sso_url = str(found.get("singleSignOnService", {}).get("url", ""))
    if not found.get("entityId") or not all(keys) or not sso_url.startswith("https://"):
        raise ValueError("it holds no identity provider with a signing key and an https address")
    if not scopes:
        raise ValueError("it holds no shibmd:Scope, so the provider may assert nobody's affiliation")
    return IdentityProvider(str(found["entityId"]), sso_url, tuple(keys), scopes)


def _scopes(text: bytes) -> tuple[str, ...]:
    root = OneLogin_Saml2_XML.to_etree(text)
    providers = list(root.iter(_IDP))
    if len(providers) != 1:
        raise ValueError("not one identity provider")
    # A scope stands beside the entity or beside its role.
    return tuple(
        (scope.text or "").strip().lower()
        for scope in root.iter(SCOPE)
        if scope.get("regexp", "false").lower() not in ("true", "1") and (scope.text or "").strip()
    )
