"""A real OpenID provider on 127.0.0.1 that does as it is told, lies included.

It keeps to the protocol by itself: one code for one token, the verifier of PKCE, the client's secret, the nonce.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT_ID, CLIENT_SECRET = "undersigned", "a secret of tests"
KEY_ID = "key-1"


@lru_cache(maxsize=2)
def key(number: int) -> rsa.RSAPrivateKey:
    """Two keys: 1 is the provider's, 2 is somebody else's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem() -> bytes:
    return key(1).public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass
class Provider:
    """What the server says. ``claims`` go into the id_token, None leaves a claim out; ``userinfo`` into userinfo.

    ``answers`` replaces the whole answer of a path: (status, content type, body).
    """

    url: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "person-1"})
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "person-1"})
    discovery: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    drips: set[str] = field(default_factory=set)
    algorithm: str = "RS256"
    signing_key: int = 1
    header: dict[str, Any] = field(default_factory=dict)
    sends_id_token: bool = True
    raw_id_token: str = ""
    denies: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    id_tokens: list[str] = field(default_factory=list)

    def configuration(self) -> dict[str, Any]:
        found = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
        return {**found, **self.discovery}

    def jwks(self) -> dict[str, Any]:
        jwk = json.loads(RSAAlgorithm.to_jwk(key(1).public_key()))
        return {"keys": [{**jwk, "kid": KEY_ID, "use": "sig", "alg": "RS256", **self.keys}]}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to; the person agrees at once."""
        back = {"state": query["state"]}
        if self.denies:
            return f"{query['redirect_uri']}?{urlencode({**back, 'error': self.denies})}"
        code = secrets.token_urlsafe(12)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        began = self.codes.pop(form.get("code", ""), None)
        if began is None or form.get("client_secret") != CLIENT_SECRET or not _verifies(form, began):
            return 400, {"error": "invalid_grant"}
        found = {"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300}
        if self.sends_id_token:
            found["id_token"] = self.raw_id_token or self.id_token(began)
        return 200, found

    def id_token(self, began: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": began["client_id"], "iat": now, "exp": now + 300}
        if "nonce" in began:
            claims["nonce"] = began["nonce"]
        claims = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        self.id_tokens.append(self.sign(claims))
        return self.id_tokens[-1]

    def sign(self, claims: dict[str, Any]) -> str:
        header = {"kid": KEY_ID, **self.header}
        if self.algorithm == "none":
            return jwt.encode(claims, None, algorithm="none", headers=header)
        if self.algorithm == "HS256":
            return _by_hand(claims, header)
        return jwt.encode(claims, key(self.signing_key), algorithm=self.algorithm, headers=header)


def _by_hand(claims: dict[str, Any], header: dict[str, Any]) -> str:
    """HS256 with the public key as the secret: PyJWT refuses to make one."""
    import hmac  # noqa: PLC0415 - for this lie alone

    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "typ": "JWT", **header}, claims)
    ]
    signed = b".".join(parts)
    mac = base64.urlsafe_b64encode(hmac.digest(public_pem(), signed, "sha256")).rstrip(b"=")
    return (signed + b"." + mac).decode()


def _verifies(form: dict[str, str], began: dict[str, str]) -> bool:
    if "code_challenge" not in began:
        return "code_verifier" not in form
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == began["code_challenge"]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(dict(parse_qsl(body.decode())))

    def _answer(self, form: dict[str, str]) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        provider.asked.append((parts.path, form or query))
        if parts.path in provider.slow:
            self.server.released.wait(provider.slow[parts.path])  # type: ignore[attr-defined]
        if parts.path in provider.answers:
            return self._send(*provider.answers[parts.path])
        if parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", provider.authorize(query))
            self.end_headers()
            return None
        return self._json(parts.path, form, provider)

    def _json(self, path: str, form: dict[str, str], provider: Provider) -> None:
        status, found = 200, {}
        if path == "/.well-known/openid-configuration":
            found = provider.configuration()
        elif path == "/jwks":
            found = provider.jwks()
        elif path == "/userinfo" and self.headers.get("Authorization") == "Bearer an-access-token":
            found = provider.userinfo
        elif path == "/token":
            status, found = provider.token(form)
        else:
            status = 404
        self._send(status, "application/json", json.dumps(found).encode())

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if urlsplit(self.path).path not in self.server.provider.drips:  # type: ignore[attr-defined]
                self.wfile.write(body)
                return
            for number in range(len(body)):  # a byte now and then, so that no single read takes long
                self.wfile.write(body[number : number + 1])
                if self.server.released.wait(0.05):  # type: ignore[attr-defined]
                    return
        except OSError:  # the client lost patience, as it should
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Tests print nothing."""


class Server:
    """``with Server() as provider``: listens until the end of the block."""

    def __enter__(self) -> Provider:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.released = threading.Event()  # type: ignore[attr-defined]
        provider = Provider(url=f"http://127.0.0.1:{self._http.server_port}")
        self._http.provider = provider  # type: ignore[attr-defined]
        threading.Thread(target=self._http.serve_forever, args=[0.05], daemon=True).start()
        return provider

    def __exit__(self, *_: object) -> None:
        self._http.released.set()  # type: ignore[attr-defined]
        self._http.shutdown()
        self._http.server_close()
