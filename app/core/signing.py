"""Signatures that anybody can check: notes signed with the service's Ed25519 key.

A note is text, an empty line, and one line for each signature, as in the C2SP specification of
signed notes (https://c2sp.org/signed-note), so that others' tools read ours. The key comes from
the environment; what is published of it is a line that names it (`verifier_line`).

Source: RFC 8032 (Ed25519), RFC 5869 (HKDF), C2SP signed-note v1.0.0.
"""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.settings import Settings

ED25519 = b"\x01"
ID_BYTES = 4
MARK = "\N{EM DASH} "


class NotSigned(Exception):
    """The note, or the line that names the key, is no such thing, or the signature is wrong."""


@dataclass(frozen=True)
class Verifier:
    """A public key by the name of its owner.

    Attributes:
        name: whose key, without spaces or plus signs, such as vote.example.org.
        public_key: 32 bytes.
    """

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Return the four bytes by which a signature line names this key."""
        content = self.name.encode() + b"\n" + ED25519 + self.public_key
        return hashlib.sha256(content).digest()[:ID_BYTES]

    @property
    def line(self) -> str:
        """Return what is published of the key: its name, its id in hex, and itself in base64."""
        encoded = base64.b64encode(ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def read(cls, line: str) -> "Verifier":
        """Read what `line` returns.

        Raises:
            NotSigned: it is no such line, or its parts do not fit together.
        """
        name, _, rest = line.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:  # not base64, or not even ASCII
            key = b""
        # Nothing that could pass for another name, or for a line of a report that quotes it.
        if not name or not name.isprintable() or " " in name:
            raise NotSigned("This is no line that names an Ed25519 key.")
        verifier = cls(name, public_key=key[1:])
        if key[:1] != ED25519 or len(key) != 33 or verifier.key_id.hex() != key_id:  # noqa: PLR2004 - 1 byte says Ed25519, 32 are the key
            raise NotSigned("This is no line that names an Ed25519 key.")
        return verifier


class Signer:
    """Signs notes. Made from a secret of the environment, and never shown."""

    def __init__(self, secret: str, *, name: str) -> None:
        """Derive the key from a secret (HKDF-SHA-256, RFC 5869), which is kept nowhere else."""
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"muster signing key 1")
        self._key = Ed25519PrivateKey.from_private_bytes(derive.derive(secret.encode()))
        self.verifier = Verifier(name, public_key=self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Return the signed note of a text, which ends with a line feed.

        Raises:
            ValueError: the text does not end with a line feed.
        """
        if not text.endswith("\n"):
            raise ValueError("A note ends with a line feed.")
        signature = base64.b64encode(self.verifier.key_id + self._key.sign(text.encode())).decode()
        return f"{text}\n{MARK}{self.verifier.name} {signature}\n"


def signer_of(settings: Settings) -> Signer:
    """Return the service's signer: its name is the host that members know."""
    secret = settings.signing_key or settings.secret_key
    host = urlsplit(settings.base_url).netloc.rpartition("@")[2]
    return Signer(secret.get_secret_value(), name=host)


def open_note(note: str, *, verifier: Verifier) -> str:
    """Return the text of a note that this key has signed; other keys' signatures are passed over.

    Raises:
        NotSigned: it is no note, or carries no right signature of this key.
    """
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise NotSigned("This is no signed note.")
    text += "\n"
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix(MARK).partition(" ")
        if line.startswith(MARK) and name == verifier.name and _is_right(encoded, text, verifier):
            return text
    raise NotSigned(f"No signature of {verifier.name} under this text is right.")


def _is_right(encoded: str, text: str, verifier: Verifier) -> bool:
    try:
        signature = base64.b64decode(encoded, validate=True)
    except ValueError:  # not base64, or not even ASCII
        return False
    if signature[:ID_BYTES] != verifier.key_id:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(verifier.public_key)
        key.verify(signature[ID_BYTES:], text.encode())
    except (InvalidSignature, UnicodeEncodeError):  # what is no text was never signed
        return False
    return True
