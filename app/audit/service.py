"""Append to the audit log, and walk it.

The log's lock is the last that a transaction takes, or two officers could wait for each other for
ever. The one order of the house: the ballot's row (FOR NO KEY UPDATE), then rows of that ballot or
of whatever the deed is about, then this log; after it nothing is locked that was not held before.
Votes need the first alone, and share it.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.audit import chain
from app.audit.chain import GENESIS, BrokenLink, Walk, in_utc
from app.audit.effects import changes_of
from app.audit.events import Event
from app.audit.models import AuditEvent

__all__ = [
    "CHAIN_LOCK",
    "COMMAND_LINE",
    "GENESIS",
    "MAIL_PROVIDER",
    "NOT_PEOPLE",
    "SERVICE",
    "Actor",
    "BrokenLink",
    "Walk",
    "export_events",
    "last_event",
    "link_hash",
    "lock_chain",
    "record",
    "walk_chain",
]

# Any fixed number: it names the lock under which PostgreSQL lets one event at a time be appended.
CHAIN_LOCK = 0x4D555354
EXPORTED = (*chain.CONTENT, "hash")


@dataclass(frozen=True)
class Actor:
    """Who did it and from where: an account's name and an address, or the command line."""

    name: str
    origin: str


COMMAND_LINE = Actor(name="command line", origin="local")
SERVICE = Actor(name="muster", origin="service")
MAIL_PROVIDER = Actor(name="mail provider", origin="webhook")
# No account may have the name of one: the log must say who did it.
NOT_PEOPLE = (COMMAND_LINE, SERVICE, MAIL_PROVIDER)


def record(session: Session, event: Event, *, actor: Actor, now: datetime) -> AuditEvent:
    """Append one event in the caller's transaction, so that the deed and its record stand together.

    Events queue behind each other until their transactions end: staff acts are few, votes are not
    recorded here. Whatever the caller has changed is written first, so that this lock is the last.
    """
    session.flush()
    lock_chain(session)
    last = last_event(session)
    details = asdict(event)
    subject, _ = details.pop("subject"), details.pop("changes")
    changed = changes_of(event)
    if changed:
        details["changes"] = changed
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


def lock_chain(session: Session) -> None:
    """Let nobody else append until the caller's transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})


def last_event(session: Session) -> AuditEvent | None:
    """Return the newest event, if there is any."""
    return session.exec(select(AuditEvent).order_by(col(AuditEvent.number).desc()).limit(1)).first()


def link_hash(entry: AuditEvent) -> str:
    """Return the SHA-256 of an event's canonical JSON, which includes the hash before it (hex)."""
    return chain.link_hash(as_exported(entry))


def as_exported(entry: AuditEvent) -> dict[str, Any]:
    """Return an event as an export holds it, and as its hash was made."""
    return {name: getattr(entry, name) for name in EXPORTED} | {"at": in_utc(entry.at)}


def export_events(session: Session, *, after: int | None = None) -> Generator[dict[str, Any]]:
    """Yield every event as an export holds it, oldest first: enough to walk the chain anywhere.

    Args:
        session: one that reads.
        after: the number of the event before the first one wanted, if not all are.
    """
    # Columns and not objects: a long log is walked in a fraction of the time.
    wanted = sa.select(*[col(getattr(AuditEvent, name)) for name in EXPORTED]).order_by(
        col(AuditEvent.number)
    )
    if after is not None:
        wanted = wanted.where(col(AuditEvent.number) > after)
    # Whoever stops half-way would leave PostgreSQL's cursor open.
    with closing(session.execute(wanted.execution_options(yield_per=1000))) as rows:
        for row in rows:
            event = dict(zip(EXPORTED, row, strict=True))
            event["at"] = in_utc(event["at"])
            yield event


def walk_chain(session: Session) -> Walk:
    """Walk the chain and name the first event that was changed, removed or put in, if any.

    A removed tail cannot be seen from the chain alone: that takes checkpoints
    (`app.audit.checkpoints`).
    """
    with closing(export_events(session)) as events:
        return chain.verify_events(events)
