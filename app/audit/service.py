"""Append to the audit log, and walk it.

The log's lock is the last that a transaction takes, or two officers could wait for each other for
ever. The one order of the house: the ballot's row (FOR NO KEY UPDATE), then rows of that ballot or
of whatever the deed is about, then this log; after it nothing is locked that was not held before.
Votes need the first alone, and share it.
"""

import hashlib
import json
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.audit.events import Event
from app.audit.models import AuditEvent

GENESIS = "0" * 64
# Any fixed number: it names the lock under which PostgreSQL lets one event at a time be appended.
CHAIN_LOCK = 0x4D555354


@dataclass(frozen=True)
class Actor:
    """Who did it and from where: an account's name and an address, or the command line."""

    name: str
    origin: str


COMMAND_LINE = Actor(name="command line", origin="local")
SERVICE = Actor(name="muster", origin="service")


@dataclass(frozen=True)
class BrokenLink:
    """The first event that does not follow from the one before it."""

    number: int
    reason: str


@dataclass(frozen=True)
class Walk:
    """What a walk along the chain found.

    `events` were sound, the last of them with the hash `head`; `broken` stopped the walk, if any.
    """

    events: int
    head: str
    broken: BrokenLink | None


def record(session: Session, event: Event, *, actor: Actor, now: datetime) -> AuditEvent:
    """Append one event in the caller's transaction, so that the deed and its record stand together.

    Events queue behind each other until their transactions end: staff acts are few, votes are not
    recorded here. Whatever the caller has changed is written first, so that this lock is the last.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
    last = session.exec(select(AuditEvent).order_by(col(AuditEvent.number).desc()).limit(1)).first()
    details = asdict(event)
    subject = details.pop("subject")
    entry = AuditEvent(
        number=last.number + 1 if last else 1,
        at=now,
        actor=actor.name,
        origin=actor.origin,
        action=type(event).__name__,
        subject=subject,
        details=details,
        previous_hash=last.hash if last else GENESIS,
        hash="",
    )
    entry.hash = link_hash(entry)
    session.add(entry)
    session.flush()
    return entry


def link_hash(entry: AuditEvent) -> str:
    """Return the SHA-256 of an event's canonical JSON, which includes the hash before it (hex)."""
    content: dict[str, Any] = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "origin": entry.origin,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "previous_hash": entry.previous_hash,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def history(session: Session) -> Generator[AuditEvent]:
    """Yield every event, oldest first, without holding them all."""
    rows = session.exec(
        select(AuditEvent).order_by(col(AuditEvent.number)).execution_options(yield_per=1000)
    )
    try:
        yield from rows
    finally:
        # Whoever stops half-way would leave PostgreSQL's cursor open.
        rows.close()


def walk_chain(session: Session) -> Walk:
    """Walk the chain and name the first event that was changed, removed or put in, if any.

    A removed tail cannot be seen from the chain alone (docs/secrecy.md): compare the head with one
    that was written down before.
    """
    events, head = 0, GENESIS
    with closing(history(session)) as entries:
        for entry in entries:
            broken = _fault(entry, expected=events + 1, previous=head)
            if broken is not None:
                return Walk(events, head=head, broken=broken)
            events, head = events + 1, entry.hash
    return Walk(events, head=head, broken=None)


def _fault(entry: AuditEvent, *, expected: int, previous: str) -> BrokenLink | None:
    number = entry.number
    if number > expected:
        return BrokenLink(expected, f"event {expected} is missing")
    if number < expected:
        return BrokenLink(number, f"event {number} was put in before the first")
    if entry.previous_hash != previous:
        return BrokenLink(number, f"event {number} does not follow the one before it")
    if entry.hash != link_hash(entry):
        return BrokenLink(number, f"event {number} was changed after it was written")
    return None
