"""Voting codes: 140 random bits in Crockford's base 32, in groups that can be read aloud.

Source: Crockford, "Base 32" (crockford.com/base32.html): no I, L, O or U; on reading, O is 0 and
I and L are 1, and case and hyphens do not matter.
"""

import secrets
from collections.abc import Sequence

from app.core.settings import Settings
from app.security.secrets import keyed_digest

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 28
GROUP = 4
_SYMBOLS = frozenset(ALPHABET)
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = str.maketrans("", "", "- \t\u2010\u2011\u2012\u2013")


def new_code() -> str:
    """Return a code such as `7K3Q-D9ZT-...`: 28 random symbols of 5 bits, 140 bits."""
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(symbols[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def read_code(typed: str) -> str | None:
    """Return the 28 symbols of a code as somebody typed it, or nothing if it cannot be one."""
    symbols = typed.strip().upper().translate(_SEPARATORS).translate(_READ_AS)
    if len(symbols) != LENGTH or not _SYMBOLS.issuperset(symbols):
        return None
    return symbols


def code_digest(typed: str, *, key: str) -> bytes:
    """Return the keyed digest (32 bytes) under which a code is stored.

    What cannot be a code gets a digest too, so that it is looked up and not found like any other
    and takes the same time.
    """
    return keyed_digest(read_code(typed) or f"not a code: {typed}", purpose="voting-code", key=key)


def code_digests(typed: str, *, settings: Settings) -> Sequence[bytes]:
    """Return the digests under which a code may be stored: of the key in use, and the one before.

    Each is looked for in turn, so that nobody pays for the second who has a code of the first.
    """
    return [code_digest(typed, key=key) for key in settings.secret_keys]
