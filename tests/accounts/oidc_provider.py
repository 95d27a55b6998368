"""A small OpenID Connect issuer on loopback: discovery, keys, PKCE, tokens signed with RS256, and lies on request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _parts(algorithm: str, claims: dict[str, Any]) -> str:
    head = {"alg": algorithm, "kid": "one"}
    return f"{_base64(json.dumps(head).encode())}.{_base64(json.dumps(claims).encode())}"


CLIENT, SECRET = "presstime-client", "a secret: of/the client"


class Provider:
    """What the issuer knows and says. Tests change `person`, `metadata`, `claims` and `mint` between the steps."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}/realms/main"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.reset()

    def reset(self) -> None:
        """As it was at the start."""
        self.person: dict[str, Any] = {
            "sub": "u-1",
            "email": "alice@example.com",
            "email_verified": True,
            "preferred_username": "alice",
        }
        self.metadata: dict[str, Any] = {}
        self.claims: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.mint: Callable[[dict[str, Any]], str] = self.signed
        self.userinfo: dict[str, Any] | None = None
        self.fault = 0
        self.auth_time: float | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.seen: list[str] = []

    def signed(self, claims: dict[str, Any], *, key: RSAKey | None = None, **header: Any) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"} | header, claims, key or self.key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        return _parts("none", claims) + "."

    def signed_with_the_public_key(self, claims: dict[str, Any]) -> str:
        """The old trick: HS256, with the published key as the shared secret."""
        signed = _parts("HS256", claims)
        proof = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
        return f"{signed}.{_base64(proof)}"

    # ---- answers ----------------------------------------------------------------------------------------------------

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
        } | self.metadata

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes: back, with a code."""
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if (unquote(name), unquote(secret)) not in ((CLIENT, SECRET), (quote(CLIENT), quote(SECRET))):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        proof = _base64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != proof:
            return 400, {"error": "invalid_grant", "error_description": "<script>alert(1)</script>"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.person
        if "max_age" in asked:
            claims["auth_time"] = int(self.auth_time or now)
        token = self.mint(self.claims(claims))
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300, "id_token": token}

    def answer(self, method: str, path: str, query: dict[str, str], headers: Any) -> tuple[int, dict[str, Any] | str]:
        self.seen.append(path)
        name = path.removeprefix("/realms/main/")
        if self.fault:
            return self.fault, "down for maintenance"
        if name == "authorize":
            return 302, self.authorize(query)
        if name == "token" and method == "POST":
            return self.token(query, headers.get("Authorization", ""))
        found = {
            ".well-known/openid-configuration": self.configuration(),
            "keys": {"keys": [self.key.as_dict(private=False)]},
        }
        if headers.get("Authorization") == "Bearer an-access-token":
            found["userinfo"] = self.userinfo or self.person
        return (200, found[name]) if name in found else (404, "not here")


@contextmanager
def running_provider() -> Iterator[Provider]:
    """An issuer that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer("GET", parts.path, parts.query)

        def do_POST(self) -> None:
            self._answer("POST", self.path, self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, method: str, path: str, query: str) -> None:
            given = {name: values[0] for name, values in parse_qs(query).items()}
            status, body = provider.answer(method, path, given, self.headers)
            self.send_response(status)
            content = json.dumps(body).encode() if isinstance(body, dict) else body.encode()
            if status == 302:
                self.send_header("Location", str(body))
            self.send_header("Content-Type", "application/json" if isinstance(body, dict) else "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - http.server's signature
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
