"""Checkpoints of the audit log as signed notes, which anybody can keep and hold against it later.

The text has the form of a C2SP tlog-checkpoint: the log's name, how many events it has, the hash of
the last one in base64, and a line with the moment. The hash is of a chain, not of a tree: what it
proves is proved by walking the whole log.

Source: https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from app.audit.chain import LogState
from app.core.checkpoints import Checkpoint, NotACheckpoint, open_checkpoint
from app.core.signing import NotSigned, Signer, Verifier

LOG = "audit"
MOMENT = "at "
# A note ends with its signature lines.
NOTE = re.compile(r"[^\n]+\n(?:[^\n]*\n)*?\n(?:\N{EM DASH} [^\n]+(?:\n|\Z))+")


class WrongCheckpoint(Exception):
    """This is no checkpoint of this log, or its signature is not right. The message says which."""


def origin_of(verifier: Verifier) -> str:
    """Return the first line of every checkpoint: the log's name, which is no other log's."""
    return f"{verifier.name}/{LOG}"


def sign_state(state: LogState, *, signer: Signer) -> str:
    """Return what the log was at a moment as a signed note."""
    at = state.at.astimezone(UTC).isoformat(timespec="seconds")
    return Checkpoint(
        origin_of(signer.verifier),
        size=state.events,
        root=bytes.fromhex(state.head),
        extensions=(f"{MOMENT}{at}",),
    ).signed(signer)


def read_state(note: str, *, verifier: Verifier) -> LogState:
    """Read a checkpoint whose signature is right.

    Raises:
        WrongCheckpoint: the signature is wrong, or what is signed is no checkpoint of this log.
    """
    try:
        said = open_checkpoint(note, verifier=verifier)
    except (NotSigned, NotACheckpoint) as wrong:
        raise WrongCheckpoint(str(wrong)) from wrong
    if said.origin != origin_of(verifier):
        raise WrongCheckpoint(f"This is a checkpoint of {said.origin}, not of the audit log.")
    try:
        at = datetime.fromisoformat(said.extensions[0].removeprefix(MOMENT))
    except (IndexError, ValueError) as wrong:
        raise WrongCheckpoint("This checkpoint says no moment.") from wrong
    if at.tzinfo is None:
        raise WrongCheckpoint("This checkpoint says no moment.")
    return LogState(said.size, head=said.root.hex(), at=at)


def read_states(notes: Iterable[str], *, verifiers: Sequence[Verifier]) -> list[LogState]:
    """Read many checkpoints, each signed by one of these keys.

    Raises:
        WrongCheckpoint: one of them is wrong; the message says which, counted from one.
    """
    states = []
    for place, note in enumerate(notes, start=1):
        try:
            states.append(_read_by_any(note, verifiers=verifiers))
        except WrongCheckpoint as wrong:
            raise WrongCheckpoint(f"Checkpoint {place} is wrong. {wrong}") from wrong
    return states


def _read_by_any(note: str, *, verifiers: Sequence[Verifier]) -> LogState:
    *others, last = verifiers
    for verifier in others:
        with suppress(WrongCheckpoint):
            return read_state(note, verifier=verifier)
    return read_state(note, verifier=last)


def notes_in(kept: str) -> Iterator[str]:
    """Yield every note in what somebody kept: the plain text of the page, or its JSON.

    Raises:
        WrongCheckpoint: there is none, or something in it is no whole one.
    """
    found = _notes_in_json(kept) if kept.lstrip().startswith("{") else _notes_in_text(kept)
    if not found:
        raise WrongCheckpoint("There is no checkpoint in this file.")
    for note in found:
        yield note.lstrip("\n") if note.endswith("\n") else f"{note}\n"


def _notes_in_text(kept: str) -> list[str]:
    found = NOTE.findall(kept)
    # Passed over, a checkpoint cut off at its end would be missed by nobody.
    if found and NOTE.sub("", kept).strip():
        raise WrongCheckpoint("Something in this file is no whole checkpoint.")
    return found


def _notes_in_json(kept: str) -> list[str]:
    try:
        return [str(each["note"]) for each in json.loads(kept)["checkpoints"]]
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise WrongCheckpoint("This file is not the list of checkpoints.") from wrong
