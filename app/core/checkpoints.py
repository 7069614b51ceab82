"""Checkpoints: whose tree, how many leaves, which root, and whatever else must not change.

Source: C2SP tlog-checkpoint v1.0.0 (https://c2sp.org/tlog-checkpoint), so that others' tools read
ours; they are signed as notes (`app.core.signing`).
"""

import base64
from binascii import Error as NotBase64
from dataclasses import dataclass

from app.core.signing import Signer, Verifier, open_note

ROOT_BYTES = 32
LINES_AT_LEAST = 3


class NotACheckpoint(Exception):
    """The text of a signed note says nothing about a tree."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says.

    Attributes:
        origin: whose tree, such as vote.example.org/ballots/pay-2026.
        size: leaves in it.
        root: 32 bytes.
        extensions: lines of our own; others' tools pass them over.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return what is signed; it ends with a line feed."""
        encoded = base64.b64encode(self.root).decode()
        lines = (self.origin, str(self.size), encoded, *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """Read what `text` returns, in exactly one spelling.

        Raises:
            NotACheckpoint: it is something else.
        """
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < LINES_AT_LEAST or not lines[1].isascii() or not lines[1].isdigit():
            raise NotACheckpoint("This says nothing about a tree.")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except (NotBase64, ValueError):
            root = b""
        if len(root) != ROOT_BYTES or len(lines[1]) > len(str(2**63)):
            raise NotACheckpoint("This says nothing about a tree.")
        read = cls(lines[0], size=int(lines[1]), root=root, extensions=tuple(lines[3:]))
        if read.text != text:
            raise NotACheckpoint("This checkpoint is written as none is.")
        return read

    def signed(self, signer: Signer) -> str:
        """Return the signed note."""
        return signer.sign(self.text)


def open_checkpoint(note: str, *, verifier: Verifier) -> Checkpoint:
    """Return what a signed checkpoint says.

    Raises:
        NotSigned: this key has not signed it.
        NotACheckpoint: it has signed something else.
    """
    return Checkpoint.read(open_note(note, verifier=verifier))
