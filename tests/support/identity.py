"""A small identity provider on loopback: real codes, PKCE, signed tokens, and what can be wrong."""

import base64
import hashlib
import json
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, CLIENT_SECRET = "muster", "what the provider shares with Muster"


@cache
def key_called(name: str, *, is_ours: bool = True) -> RSAKey:
    """Make a key pair once for all tests; a forger has another one of each name."""
    return RSAKey.generate_key(2048, {"kid": name})


class Provider:
    """The provider of an invented union.

    Attributes:
        subject: who signs in there next.
        twist: claims of the next token that differ from what they should be; None drops one.
        header: the same of the token's header.
        is_away: whether it answers with 503 alone.
        asked: how often each path was asked for.
    """

    def __init__(self) -> None:
        self.begin_anew(None)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def begin_anew(self, clock) -> None:
        """Forget whatever was asked and put wrong."""
        self.clock = clock
        self.subject = "officer-7"
        self.twist: dict[str, object] = {}
        self.header: dict[str, object] = {}
        self.description: dict[str, object] = {}
        self.signs_with = None
        self.is_away = False
        self.asked: Counter[str] = Counter()
        self.codes: dict[str, dict[str, str]] = {}
        self.new_key("first")

    def new_key(self, name: str) -> None:
        """Sign with another key from now on, and publish that one alone."""
        self.key = key_called(name)

    def sign_in(self, address: str) -> str:
        """Follow a browser's way here, sign in, and return the address that it is sent back to."""
        assert address.startswith(f"{self.issuer}/")
        here = HTTPConnection("127.0.0.1", self._server.server_port)
        try:
            here.request("GET", address.removeprefix(self.issuer))
            return here.getresponse().headers["Location"]
        finally:
            here.close()

    def answer(self, path: str, *, fields: dict[str, str], authorization: str) -> tuple[int, dict]:
        self.asked[path] += 1
        if self.is_away:
            return 503, {}
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/leave",
            } | self.description
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/authorize":
            code = secrets.token_urlsafe()
            self.codes[code] = fields
            back = {"code": code, "state": fields["state"], "iss": self.issuer}
            return 302, {"Location": f"{fields['redirect_uri']}?{urlencode(back)}"}
        return self._token(fields, authorization=authorization) if path == "/token" else (404, {})

    def _token(self, fields: dict[str, str], *, authorization: str) -> tuple[int, dict]:
        asked = self.codes.pop(fields.get("code", ""), None)
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        known = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        is_right = (
            asked is not None
            and asked["code_challenge"] == challenge
            and asked["code_challenge_method"] == "S256"
            and asked["redirect_uri"] == fields["redirect_uri"]
            and authorization == f"Basic {known}"
        )
        if asked is None or not is_right:
            return 400, {"error": "invalid_grant"}
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.twist
        claims = {name: value for name, value in claims.items() if value is not None}
        return 200, {"id_token": self._signed(claims), "token_type": "Bearer", "access_token": "x"}

    def _signed(self, claims: dict[str, object]) -> str:
        header = {"alg": "RS256", "kid": self.key.kid} | self.header
        if header["alg"] == "none":
            parts = (json.dumps(each).encode() for each in (header, claims))
            encoded = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
            return f"{'.'.join(encoded)}."
        return jwt.encode(header, claims, self.signs_with or self.key, algorithms=[header["alg"]])

    @contextmanager
    def open(self) -> Iterator["Provider"]:
        # It looks this often (seconds) whether it is to end.
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, sent: str) -> None:
            fields = {name: values[0] for name, values in parse_qs(sent).items()}
            status, found = provider.answer(
                urlsplit(self.path).path,
                fields=fields,
                authorization=self.headers.get("Authorization", ""),
            )
            body = json.dumps(found).encode()
            self.send_response(status)
            if "Location" in found:
                self.send_header("Location", found["Location"])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
