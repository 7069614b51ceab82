"""Receipts: random, made before the vote, and the only thing that finds a paper again."""

import hashlib
import secrets

RECEIPT_BYTES = 16


def new_receipt() -> str:
    """Return 128 random bits as 32 hex digits."""
    return secrets.token_hex(RECEIPT_BYTES)


def receipt_digest(receipt: str, *, slug: str) -> bytes:
    """Return what a paper keeps of its receipt: SHA-256 over the ballot and the receipt (32 bytes).

    Not keyed, so that whoever holds a receipt can look for it on a published board. A client that
    makes its own receipts should take 128 random bits, or others could guess them.
    """
    return hashlib.sha256(f"muster receipt\0{slug}\0{receipt}".encode()).digest()
