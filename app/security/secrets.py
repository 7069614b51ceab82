"""Random secrets, and the keyed digests that stand for them in the database."""

import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256

from app.core.settings import Settings

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


def possible_digests(secret: str, *, purpose: str, settings: Settings) -> Sequence[bytes]:
    """Return the digests under which a secret may be stored, the one of the key in use first.

    There are two while a new key takes the place of another (docs/decisions/0059).
    """
    return [keyed_digest(secret, purpose=purpose, key=key) for key in settings.secret_keys]
