"""Parts of a pack that only some may read: sealed with AES-256-GCM, a key for each part.

The nonce follows from key and content (as in RFC 8452), so that the same ballot gives the same
bytes and one nonce never serves two contents.

Source: NIST SP 800-38D (AES-GCM).
"""

import hmac
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
MARK = b"muster sealed part 1\n"


class Part(StrEnum):
    """A sealed part, by who may have its key."""

    # Headquarters and the scrutineer: small units, and the log with all its details.
    OFFICERS = "officers"
    # The scrutineer alone: the roll by name, and who has voted.
    ROLL = "roll"

    @property
    def file(self) -> str:
        """Return the name of its file in the pack."""
        return f"sealed/{self.value}.sealed"


class NotOpened(Exception):
    """The key is none, or not the one of this part, or the part was changed."""


def key_in_words(part: Part, key: bytes) -> str:
    """Return a key as it is handed over: the part, and 64 hex digits in groups of eight."""
    digits = key.hex()
    return f"{part.value}:" + "-".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def key_from_words(words: str) -> tuple[Part, bytes]:
    """Read what `key_in_words` returns.

    Raises:
        NotOpened: it is no such key.
    """
    part, _, digits = words.strip().partition(":")
    try:
        key = bytes.fromhex(digits.replace("-", ""))
        known = Part(part)
    except ValueError:
        key, known = b"", Part.ROLL
    if len(key) != KEY_BYTES:
        raise NotOpened("This is no key to a sealed part of an evidence pack.")
    return known, key


def about(part: Part, *, slug: str) -> str:
    """Return what a sealed part belongs to: one part of one ballot's pack."""
    return f"{slug}/{part.value}"


def sealed(content: bytes, *, key: bytes, about: str) -> bytes:
    """Seal a content.

    Args:
        content: what nobody else is to read.
        key: 32 bytes.
        about: what it belongs to, which cannot be exchanged without being noticed.
    """
    nonce = hmac.digest(key, about.encode() + b"\0" + content, "sha256")[:NONCE_BYTES]
    return MARK + nonce + AESGCM(key).encrypt(nonce, content, about.encode())


def opened(part: bytes, *, key: bytes, about: str) -> bytes:
    """Return the content that `sealed` was given.

    Raises:
        NotOpened: it is another key, belongs to something else, or was changed.
    """
    nonce, rest = (
        part[len(MARK) : len(MARK) + NONCE_BYTES],
        part[len(MARK) + NONCE_BYTES :],
    )
    if not part.startswith(MARK) or len(nonce) < NONCE_BYTES:
        raise NotOpened("This is no sealed part of an evidence pack.")
    try:
        return AESGCM(key).decrypt(nonce, rest, about.encode())
    except InvalidTag:
        raise NotOpened("The key does not open this part, or the part was changed.") from None
