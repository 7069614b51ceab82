"""The audit log's chain of hashes, and checkpoints of it, checked with nothing but the events.

No database: an export that somebody keeps, or that a ballot's evidence holds, is checked by the
same lines as the log itself.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.rules.days import in_words
from app.rules.london import LONDON

GENESIS = "0" * 64
# What a hash covers, and so all that an event may hold.
CONTENT = ("number", "at", "actor", "origin", "action", "subject", "details", "previous_hash")


@dataclass(frozen=True)
class BrokenLink:
    """The first event that does not follow from the one before it."""

    number: int
    reason: str


@dataclass(frozen=True)
class Walk:
    """What a walk along the chain found.

    `events` were sound, the last of them with the hash `head`; `broken` stopped the walk, if any.
    `hashes` has the head after each number of events, from none of those walked to all that were
    sound.
    """

    events: int
    head: str
    broken: BrokenLink | None
    hashes: Sequence[str] = field(default=(GENESIS,), compare=False, repr=False)


@dataclass(frozen=True)
class LogState:
    """What a checkpoint says: so many events at a moment, the last of them with this hash (hex)."""

    events: int
    head: str
    at: datetime


def link_hash(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of an event's canonical JSON, which holds the hash before it.

    Args:
        content: an event as `export_events` gives it; its own hash is left out of account.
    """
    covered = {name: content[name] for name in CONTENT}
    canonical = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def in_utc(at: datetime) -> str:
    """Return a moment as an event holds it: RFC 3339 in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def verify_events(
    events: Iterable[Mapping[str, Any]], *, after: int = 0, head: str = GENESIS
) -> Walk:
    """Walk the chain and name the first event that was changed, removed or put in, if any.

    A removed tail, or a history written anew from some event on, cannot be seen from the events
    alone: `check_checkpoints` tells by what somebody kept.

    Args:
        events: oldest first, each with the names in `CONTENT` and its `hash`, and nothing else.
        after: how many events come before these, if they are not all.
        head: the hash of the event before these.
    """
    hashes = [head]
    for number, event in enumerate(events, start=after + 1):
        broken = _fault(event, expected=number, previous=hashes[-1])
        if broken is not None:
            return Walk(number - 1, head=hashes[-1], broken=broken, hashes=hashes)
        hashes.append(event["hash"])
    return Walk(after + len(hashes) - 1, head=hashes[-1], broken=None, hashes=hashes)


def _fault(event: Mapping[str, Any], *, expected: int, previous: str) -> BrokenLink | None:
    number = event.get("number")
    if type(number) is not int or set(event) != {*CONTENT, "hash"}:
        return BrokenLink(expected, f"event {expected} is not in the form of an event")
    if number > expected:
        return BrokenLink(expected, f"event {expected} is missing")
    if number < expected:
        return BrokenLink(number, f"event {number} was put in before the first")
    if event["previous_hash"] != previous:
        return BrokenLink(number, f"event {number} does not follow the one before it")
    if event["hash"] != link_hash(event):
        return BrokenLink(number, f"event {number} was changed after it was written")
    return None


def check_checkpoints(checkpoints: Iterable[LogState], *, walk: Walk) -> BrokenLink | None:
    """Name the first event that is not the one that was there at a checkpoint, if any.

    Checkpoints beyond a link that is broken anyway say nothing more.

    Args:
        checkpoints: in any order; their signatures are checked where they are read.
        walk: what `verify_events` found.
    """
    agreed = 0
    for checkpoint in sorted(checkpoints, key=lambda each: each.events):
        number = checkpoint.events
        if number > walk.events:
            return None if walk.broken else _missing_tail(checkpoint, walk=walk)
        if walk.hashes[number] != checkpoint.head:
            return BrokenLink(agreed + 1, _rewritten(checkpoint, first=agreed + 1))
        agreed = number
    return None


def _missing_tail(checkpoint: LogState, *, walk: Walk) -> BrokenLink:
    last = f"event {walk.events}" if walk.events else "nothing"
    return BrokenLink(
        walk.events + 1,
        f"event {checkpoint.events} was there on {moment_in_words(checkpoint.at)} and is missing: "
        f"the log ends with {last}",
    )


def _rewritten(checkpoint: LogState, *, first: int) -> str:
    when, last = moment_in_words(checkpoint.at), checkpoint.events
    if last == 0:
        return f"the checkpoint of {when} is of another log"
    if first >= last:
        return f"event {last} is not the one that was there on {when}"
    return (
        f"events {first} to {last} are not those that were there on {when}: one of them or all "
        "were written anew"
    )


def moment_in_words(at: datetime) -> str:
    """Return a moment as people in London write it: `3 May 2026 at 14:00`."""
    here = at.astimezone(LONDON)
    return f"{in_words(here.date())} at {here:%H:%M}"
