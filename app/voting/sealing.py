"""Papers are sealed until the close: what the database holds says nothing without the key.

While voting runs, the difference of two copies of the database may show exactly one new mark and
one new paper, so that paper must not be readable (docs/decisions/0047). It is sealed before it is
handed to the box, with a key that is made from the service's secret and is in no database; and what
finds it again by its receipt is keyed too. Only the stir after the close opens papers, and all.

Source: RFC 8452 (AES-256-GCM-SIV), which stands a nonce drawn twice, so that chance may draw them
for every paper and every stir; RFC 5869 (HKDF).
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.settings import Settings
from app.voting.receipts import receipt_digest
from app.voting.votes import Vote

NONCE_BYTES = 12
DIGEST_BYTES = 32
SERIAL_BYTES = 16
KEY_BYTES = 32
# No canonical JSON holds it.
FILLER = b"\0"


class PaperDoesNotOpen(Exception):
    """No key at hand opens this paper: it was sealed with another, or was changed since."""


class Opened(NamedTuple):
    """What a sealed paper holds.

    Attributes:
        answers: canonical JSON, question key to answer key or null.
        receipt_digest: 32 bytes, as a receipt gives it (`receipts.receipt_digest`).
        width: to how many bytes the answers were filled up.
        serial: 128 random bits of this vote, which no stir changes: a copy of a paper has the same.
    """

    answers: str
    receipt_digest: bytes
    width: int
    serial: bytes


class PaperSeal:
    """Seals the papers of one ballot with the first of its keys, and opens what any of them sealed.

    Args:
        secrets: the service's secret, and those before it that papers may still be sealed with.
        ballot: its slug. Each ballot has keys of its own, and a paper opens in no other.
    """

    def __init__(self, secrets: Sequence[str], *, ballot: str) -> None:
        self.ballot = ballot
        self._bound_to = ballot.encode()
        self._ciphers = [AESGCMSIV(_key(each, "sealed paper", ballot)) for each in secrets]
        self._finders = [_key(each, "paper receipt", ballot) for each in secrets]

    def seal(
        self, answers: str, *, receipt_digest: bytes, width: int, serial: bytes | None = None
    ) -> bytes:
        """Return a sealed paper: another one each time, and of a length that says nothing.

        Args:
            answers: canonical JSON.
            receipt_digest: 32 bytes.
            width: bytes of the longest answers that this ballot's paper can carry.
            serial: of a paper that is sealed anew; a new vote is given one.

        Raises:
            ValueError: the answers are longer than that, or the digest has another length.
        """
        content = answers.encode()
        if len(content) > width or len(receipt_digest) != DIGEST_BYTES:
            raise ValueError("This does not fit a paper of this ballot.")
        nonce = os.urandom(NONCE_BYTES)
        filled = (
            (serial or os.urandom(SERIAL_BYTES)) + receipt_digest + content.ljust(width, FILLER)
        )
        return nonce + self._ciphers[0].encrypt(nonce, filled, self._bound_to)

    def open(self, sealed: bytes) -> Opened:
        """Return what a sealed paper holds.

        Raises:
            PaperDoesNotOpen: none of the keys opens it.
        """
        nonce, content = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for cipher in self._ciphers:
            try:
                filled = cipher.decrypt(nonce, content, self._bound_to)
            except (InvalidTag, ValueError):  # ValueError: too short to be any
                continue
            serial, filled = filled[:SERIAL_BYTES], filled[SERIAL_BYTES:]
            digest, answers = filled[:DIGEST_BYTES], filled[DIGEST_BYTES:]
            return Opened(
                answers.rstrip(FILLER).decode(), digest, width=len(answers), serial=serial
            )
        raise PaperDoesNotOpen

    def lookup(self, receipt_digest: bytes) -> bytes:
        """Return under what a paper is found again by its receipt until the close (32 bytes).

        Keyed: whoever holds a receipt, or later the published digests, cannot tell it by them.
        """
        return hmac.digest(self._finders[0], receipt_digest, "sha256")

    def found_by(self, receipt_digest: bytes) -> tuple[bytes, ...]:
        """Return all a paper may lie under: any key's lookup, and after the close the digest."""
        lookups = (hmac.digest(each, receipt_digest, "sha256") for each in self._finders)
        return (*lookups, receipt_digest)

    def vote(  # noqa: PLR0913 - a vote is this many facts
        self,
        ballot_id: int,
        *,
        code_digest: bytes,
        answers: str,
        receipt: str,
        width: int,
        arrived_at: datetime,
    ) -> Vote:
        """Return a vote as the box takes it, its paper sealed.

        Args:
            ballot_id: the ballot's key.
            code_digest: 32 bytes, the keyed digest of the voting code.
            answers: canonical JSON.
            receipt: as the voter keeps it.
            width: see `seal`.
            arrived_at: the moment the request arrived.
        """
        digest = receipt_digest(receipt, slug=self.ballot)
        found_by = self.found_by(digest)
        return Vote(
            ballot_id,
            code_digest=code_digest,
            sealed=self.seal(answers, receipt_digest=digest, width=width),
            receipt_digest=found_by[0],
            found_by=found_by,
            arrived_at=arrived_at,
        )


def seal_of(settings: Settings, ballot: str) -> PaperSeal:
    """Return the seal of a ballot, by its slug, with the keys that the service has."""
    return _seal(settings.secret_keys, ballot)


@lru_cache(maxsize=256)
def _seal(secrets: tuple[str, ...], ballot: str) -> PaperSeal:
    # Kept, because every vote needs it and making it takes longer than sealing.
    return PaperSeal(secrets, ballot=ballot)


def _key(secret: str, purpose: str, ballot: str) -> bytes:
    salt = hashlib.sha256(ballot.encode()).digest()
    info = f"muster {purpose} 1".encode()
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info)
    return derive.derive(secret.encode())
