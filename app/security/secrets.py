"""Random secrets, and the keyed digests that stand for them in the database."""

import hmac
import secrets
from hashlib import sha256

TOKEN_BYTES = 32


def new_token() -> str:
    """Return 256 random bits, safe in a URL and a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def keyed_digest(secret: str, *, purpose: str, key: str) -> bytes:
    """Return HMAC-SHA-256 (32 bytes; RFC 2104) of a secret under the service's key.

    Keyed, so that a stolen database alone lets nobody test guesses; the purpose keeps a digest
    made for one table from meaning anything in another.
    """
    content = f"{purpose}\0{secret}".encode("utf-8", "surrogatepass")
    return hmac.digest(key.encode(), content, sha256)
