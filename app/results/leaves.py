"""What of a paper stands on the board: one line of canonical JSON, the same whoever writes it.

Pure, so that whoever has the files can write every line again. In which order, and what it proves,
says docs/evidence.md; why an inclusion-only board holds a commitment says decision 50.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
SALT_KEY_BYTES = 32
INDEX_BYTES = 8


class Shows(StrEnum):
    """What a ballot's board shows of each paper. Set with the ballot and never changed."""

    INCLUSION = "inclusion"
    ANSWERS = "answers"


@dataclass(frozen=True)
class Paper:
    """A paper as it is counted.

    Attributes:
        receipt_digest: 32 bytes, by which a receipt finds it.
        answers: JSON, question key to answer key or null.
        unit: on a disaggregated ballot, the unit it is counted in.
    """

    receipt_digest: bytes
    answers: str
    unit: str | None


@dataclass(frozen=True, repr=False)
class Form:
    """How the papers of one board are written.

    Attributes:
        shows: what this ballot's board shows.
        salt_key: 32 random bytes of this board, without which no commitment can be opened.
    """

    shows: Shows
    salt_key: bytes


def leaf_of(paper: Paper, *, index: int, form: Form) -> bytes:
    """Return a paper's line on the board, without its line feed.

    With answers it states them. Without, it holds a commitment to them that only whoever has the
    salt key can open: the scrutineer, to whom the recount of the very same tree is due. The unit,
    which could give somebody away in a small one, is never more than committed to.

    Args:
        paper: which.
        index: its place on the board, from 0: two papers never share a salt.
        form: how this board is written.
    """
    receipt = paper.receipt_digest.hex()
    answers = canonical_answers(paper.answers)
    if form.shows is Shows.INCLUSION:
        content = f'{{"answers":{answers},"unit":{json.dumps(paper.unit)}}}'
        sealed = _committed(content, index, form.salt_key)
        return f'{{"paper":"{sealed}","receipt":"{receipt}"}}'.encode()
    if paper.unit is None:
        return f'{{"answers":{answers},"receipt":"{receipt}"}}'.encode()
    unit = _committed(json.dumps(paper.unit), index, form.salt_key)
    return f'{{"answers":{answers},"receipt":"{receipt}","unit":"{unit}"}}'.encode()


@lru_cache(maxsize=4096)
def canonical_answers(answers: str) -> str:
    """Return the answers in the one spelling that the board has for them."""
    return CANONICAL.encode(json.loads(answers))


def _committed(content: str, index: int, salt_key: bytes) -> str:
    """Return SHA-256 (hex) over a salt that belongs to this place, and the content."""
    salt = hmac.digest(salt_key, index.to_bytes(INDEX_BYTES), "sha256")
    return hashlib.sha256(salt + content.encode()).hexdigest()
