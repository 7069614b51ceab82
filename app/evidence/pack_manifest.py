"""The manifest of a pack: every file with its size and digest, and the signature over it."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from app.core.signing import MARK, NotSigned, Signer, Verifier, open_note
from app.evidence.board_format import unrepeated
from app.evidence.pack_facts import as_json

FORMAT = "Muster evidence pack 1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig.txt"
KEY = "key.txt"
NOT_LISTED = frozenset({MANIFEST, SIGNATURE})


def with_manifest(files: Mapping[str, bytes], *, slug: str, signer: Signer) -> dict[str, bytes]:
    """Return the files with their manifest, its signature and the line of the key beside them."""
    listed = {**files, KEY: f"{signer.verifier.line}\n".encode()}
    manifest = as_json(
        {
            "format": FORMAT,
            "ballot": slug,
            "files": [
                {"name": name, "bytes": len(content), "sha256": digest_of(content)}
                for name, content in sorted(listed.items())
            ],
        }
    )
    note = signer.sign(_signed_text(slug, manifest))
    return {**listed, MANIFEST: manifest, SIGNATURE: note.encode()}


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file (hex)."""
    return hashlib.sha256(content).hexdigest()


def unlike_manifest(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each file that is missing, was changed, or is not in the manifest.

    Raises:
        KeyError, TypeError: it is no manifest.
    """
    listed = {str(each["name"]): each for each in manifest["files"]}
    faults = [f"{name} is missing." for name in sorted(listed.keys() - files.keys())]
    faults += [
        f"{name} is in the pack and not in its manifest."
        for name in sorted(files.keys() - listed.keys() - NOT_LISTED)
    ]
    faults += [
        f"{name} was changed: its SHA-256 is {digest_of(files[name])}, and the manifest says "
        f"{each['sha256']}."
        for name, each in sorted(listed.items())
        if name in files
        and (digest_of(files[name]), len(files[name])) != (each["sha256"], each["bytes"])
    ]
    return faults


def refuse_unless_signed(files: Mapping[str, bytes], *, slug: str, verifier: Verifier) -> None:
    """Hold the signature against the manifest.

    Raises:
        NotSigned: it is not this key's, or of another manifest.
    """
    note = _text(files.get(SIGNATURE, b""))
    text = open_note(note, verifier=verifier)
    if text != _signed_text(slug, files.get(MANIFEST, b"")):
        raise NotSigned("The signature is that of another manifest.")
    _, _, encoded = note.removesuffix("\n").rpartition(" ")
    # Base64 can say one thing in several ways, and a note hold more than one line: ours does not.
    written = base64.b64encode(base64.b64decode(encoded)).decode()
    if note != f"{text}\n{MARK}{verifier.name} {written}\n":
        raise NotSigned("The signature is not written as it was.")


def read_manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the manifest.

    Raises:
        ValueError: there is none, or it is not ours.
    """
    manifest = json.loads(files.get(MANIFEST, b""), object_pairs_hook=unrepeated)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError("not a manifest of an evidence pack")
    return manifest


def key_in(files: Mapping[str, bytes]) -> Verifier:
    """Return the key that the pack itself names.

    Raises:
        NotSigned: it names none.
    """
    return Verifier.read(_text(files.get(KEY, b"")))


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise NotSigned("This is no text.") from None


def _signed_text(slug: str, manifest: bytes) -> str:
    return f"{FORMAT}\n{slug}\n{MANIFEST} {digest_of(manifest)}\n"
