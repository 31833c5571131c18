"""Reading an id_token, and refusing it: signature, issuer, audience, times, nonce. Pure: asks neither network nor
database. Source: OpenID Connect Core 1.0 §3.1.3.7, RFC 8725 (best current practice for JWT)."""

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric ones alone: with HS256 a public key would be a secret that everybody knows."""
SKEW_SECONDS = 60
OLDEST_SECONDS = 600  # since it was issued: it comes straight from the token endpoint
MAX_TOKEN = 20_000
MAX_SUBJECT = 255
TENANT = "{tenantid}"
_TENANT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_ASKED = ["exp", "iat", "iss", "aud", "sub"]


class TokenRefused(Exception):
    """The id_token is not to be believed; the text is for tests and logs and names no person."""


@dataclass(frozen=True)
class Expected:
    """What a token must say. ``issuer`` may hold ``{tenantid}`` (Microsoft's endpoint for many tenants);
    ``tenants`` are the only ones believed then, all when empty. ``needs_nonce`` is False where none comes back."""

    issuer: str
    audience: str
    nonce: str
    needs_nonce: bool = True
    tenants: Sequence[str] = ()


def read(token: str, keys: Mapping[str, Any], expected: Expected) -> dict[str, Any]:
    """The claims of a token that passed every test.

    Raises:
        TokenRefused: unsigned, signed by another, for another, from another, too old, or without a subject.
    """
    if len(token) > MAX_TOKEN:
        raise TokenRefused("too long")
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise TokenRefused("algorithm")
        jwk = _key_for(header, algorithm, keys)
        claims = jwt.decode(
            token,
            key=jwt.PyJWK(dict(jwk), algorithm=algorithm).key,
            algorithms=[algorithm],
            audience=expected.audience,
            leeway=SKEW_SECONDS,
            options={"require": _ASKED, "verify_iss": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, UnicodeError) as error:
        raise TokenRefused(type(error).__name__) from error
    _check_issuer(claims, jwk, expected)
    _check_rest(claims, expected)
    return claims


def _key_for(header: Mapping[str, Any], algorithm: str, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one key that may have signed: by its id, else the only one of the right type."""
    found = [jwk for jwk in keys["keys"] if isinstance(jwk, Mapping) and _fits(jwk, algorithm)]
    if "kid" in header:
        found = [jwk for jwk in found if jwk.get("kid") == header["kid"]]
    if len(found) != 1:
        raise TokenRefused("key")
    return found[0]


def _fits(jwk: Mapping[str, Any], algorithm: str) -> bool:
    right_type = jwk.get("kty") == _TYPES[algorithm[:2]]
    return right_type and jwk.get("use", "sig") == "sig" and jwk.get("alg", algorithm) == algorithm


def _check_issuer(claims: Mapping[str, Any], jwk: Mapping[str, Any], expected: Expected) -> None:
    """Exactly the expected one; for a template, the one of the token's own tenant (as Microsoft documents it)."""
    issuer, tenant = expected.issuer, ""
    if TENANT in issuer:
        tenant = str(claims.get("tid", "")).lower()
        if not _TENANT_ID.fullmatch(tenant):
            raise TokenRefused("tenant")
        if expected.tenants and tenant not in expected.tenants:
            raise TokenRefused("tenant not allowed")
        issuer = issuer.replace(TENANT, tenant)
    if claims["iss"] != issuer:
        raise TokenRefused("issuer")
    if tenant and "issuer" in jwk and str(jwk["issuer"]).replace(TENANT, tenant) != issuer:
        raise TokenRefused("issuer of the key")


def _check_rest(claims: Mapping[str, Any], expected: Expected) -> None:
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject.strip() or len(subject) > MAX_SUBJECT:
        raise TokenRefused("subject")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != expected.audience:
        raise TokenRefused("authorized party")
    # Core 1.0 §3.1.3.7 no. 10: how old a token may be is the client's to say.
    if claims["iat"] < time.time() - OLDEST_SECONDS:
        raise TokenRefused("issued long ago")
    nonce = claims.get("nonce")
    if nonce is None and not expected.needs_nonce:
        return
    if not isinstance(nonce, str) or not nonce or not secrets.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise TokenRefused("nonce")
