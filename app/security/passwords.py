"""Passwords: hashed with Argon2id (RFC 9106), and checked in equal time for names nobody has."""

from functools import lru_cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash

from app.security.secrets import new_token

SHORTEST_PASSWORD = 12
# Each check takes 64 MiB for a moment: a rush of sign-ins queues here rather than fill the memory.
_AT_ONCE = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """Return the Argon2id hash to store, which carries its own salt and cost."""
    with _AT_ONCE:
        return _hasher().hash(password)


def password_is_right(stored: str | None, *, password: str) -> bool:
    """Check a password.

    Args:
        stored: the account's hash, or nothing where there is no such account; that is never right,
            and takes as long to say.
        password: as it was typed.
    """
    with _AT_ONCE:
        matches = _hasher().verify(password, stored or _nobodys_hash())
    return matches and stored is not None


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher().hash(new_token())
