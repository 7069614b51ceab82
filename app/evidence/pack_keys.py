"""Keys that signed before the one that signs a pack: in the pack, and read back from it.

Where the key was changed between the signature of a board and the declaration, the board bears the
earlier key and the list of files the later one. The list is signed, so whoever trusts the later
key is told by it which earlier ones were the service's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from app.core.signing import NotSigned, Verifier, open_note
from app.evidence.pack_facts import moment
from app.security.key_rotation import signing_keys

NAME = "keys"
FILE = f"{NAME}.json"


def key_facts(session: Session, *, in_use: Verifier) -> list[dict[str, Any]]:
    """Return the line of every key that signed before, and when it was in use, the newest first."""
    return [
        {
            "line": each.line,
            "used_from": moment(each.used_from),
            "used_until": moment(each.used_until),
        }
        for each in signing_keys(session)
        if each.line != in_use.line
    ]


def keys_in(facts: Mapping[str, Any], *, first: Verifier) -> list[Verifier]:
    """Return the keys that may have signed what is in a pack: that of the pack, then earlier ones.

    Raises:
        NotSigned: one of them is no key.
        KeyError, TypeError: the file is not of this form.
    """
    return [first, *(Verifier.read(each["line"]) for each in facts[NAME])]


def signer_among(verifiers: Sequence[Verifier], *, note: str) -> Verifier:
    """Return the first of some keys that has signed a note; the first of all where none has."""
    for each in verifiers:
        try:
            open_note(note, verifier=each)
        except NotSigned:
            continue
        return each
    return verifiers[0]


def in_use_in_words(facts: Mapping[str, Any], verifier: Verifier) -> str:
    """Return an earlier key and when it was in use, as its reader holds it against what is known.

    Raises:
        KeyError, TypeError, StopIteration: the pack does not name it.
    """
    each = next(each for each in facts[NAME] if each["line"] == verifier.line)
    until = each["used_until"] or "the key of the pack took its place"
    return f"{verifier.line} (in use from {each['used_from']} until {until})"
