"""What has to be read again is encrypted under a key made from the service's own."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12


class CannotUnseal(Exception):
    """It was sealed under another key, for something else, or was changed since."""


def seal(plain: bytes, *, purpose: str, about: int, settings: Settings) -> bytes:
    """Encrypt for one purpose and one row, under the key in use.

    Args:
        plain: what nobody may read in the database.
        purpose: what it is; each has a key of its own.
        about: the key of the row it belongs to: moved to another, it cannot be unsealed.
        settings: hold the secret key.

    Source:
        AES-256-GCM (NIST SP 800-38D) with a random nonce; the key by HKDF-SHA-256 (RFC 5869).
    """
    nonce = os.urandom(NONCE_BYTES)
    box = _box(settings.secret_keys[0], purpose=purpose)
    return nonce + box.encrypt(nonce, plain, str(about).encode())


def unseal(sealed: bytes, *, purpose: str, about: int, settings: Settings) -> bytes:
    """Decrypt what `seal` made, under the key in use or the one before it.

    Raises:
        CannotUnseal: it was sealed under another key, for something else, or was changed since.
    """
    for key in settings.secret_keys:
        plain = _opened(sealed, _box(key, purpose=purpose), about=about)
        if plain is not None:
            return plain
    raise CannotUnseal


def is_sealed_by(key: str, sealed: bytes, *, purpose: str, about: int) -> bool:
    """Say whether something is sealed under this secret key."""
    return _opened(sealed, _box(key, purpose=purpose), about=about) is not None


def _opened(sealed: bytes, box: AESGCM, *, about: int) -> bytes | None:
    nonce, content = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return box.decrypt(nonce, content, str(about).encode())
    except (InvalidTag, ValueError):
        return None


def _box(key: str, *, purpose: str) -> AESGCM:
    derived = HKDF(SHA256(), length=KEY_BYTES, salt=None, info=f"muster {purpose}".encode())
    return AESGCM(derived.derive(key.encode()))
