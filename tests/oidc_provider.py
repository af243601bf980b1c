"""A small OpenID Connect provider in a process of its own: codes, PKCE, tokens signed with RS256.

`python -m tests.oidc_provider` prints its address and serves until it is ended. Who is signed in
there is what was last sent to /as, as JSON claims.
"""

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "maintenance", "a secret between the two"


class Provider(BaseHTTPRequestHandler):
    """Answers as RFC 6749, RFC 7636 and OpenID Connect Core 1.0 say."""

    key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
    claims: ClassVar[dict[str, Any]] = {}
    codes: ClassVar[dict[str, dict[str, str]]] = {}

    @property
    def issuer(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        """The metadata, the keys, and the page on which somebody signs in: at once, as said."""
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        match asked.path:
            case "/.well-known/openid-configuration":
                self.say(self.metadata())
            case "/keys":
                self.say({"keys": [self.key.as_dict(private=False)]})
            case "/authorize":
                self.authorize(query)
            case _:
                self.say({}, 404)

    def do_POST(self) -> None:
        """The token for a code; and /as, for the tests."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/as":
            Provider.claims = json.loads(body)
            self.say({})
        else:
            self.token({name: values[0] for name, values in parse_qs(body.decode()).items()})

    def metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, query: dict[str, str]) -> None:
        """A code for the request, sent back with it."""
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = query
        back = urlencode({"code": code, "state": query["state"]})
        self.send_response(302)
        self.send_header("Location", f"{query['redirect_uri']}?{back}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def token(self, form: dict[str, str]) -> None:
        """The signed claims, for a code that is used once and by who asked for it."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "+").encode()).decode()
        known = self.headers["Authorization"] == f"Basic {basic}" or self._plain_basic()
        if asked is None or asked["code_challenge"] != challenge or not known:
            self.say({"error": "invalid_grant"}, 400)
            return
        claims = {"iss": self.issuer, "aud": CLIENT, "nonce": asked["nonce"], **self.claims}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        self.say({"access_token": "none", "token_type": "Bearer", "id_token": signed})

    def _plain_basic(self) -> bool:
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return self.headers["Authorization"] == f"Basic {plain}"

    def say(self, what: Any, status: int = 200) -> None:
        """Answer with JSON."""
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests say what they need."""


@contextmanager
def running() -> Iterator[str]:
    """The address of a provider that serves meanwhile."""
    command = [sys.executable, "-m", "tests.oidc_provider"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def sign_in_as(address: str, **claims: Any) -> None:
    """Let this person be signed in there, from the caller's now on for five minutes."""
    now = int(time.time())
    known = {"iat": now, "exp": now + 300, **claims}
    requests.post(f"{address}/as", json=known, timeout=10).raise_for_status()


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Provider)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
