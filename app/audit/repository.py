"""Queries about the audit log."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.audit.events import Event
from app.audit.models import AuditEvent
from app.rules.london import end_of, start_of


@dataclass(frozen=True)
class Wanted:
    """Which events are wanted; what is left out is not asked for.

    Attributes:
        subject: what it happened to, such as a ballot's short name.
        action: the event's name.
        actor: who did it, as the log has it.
        day: in London.
    """

    subject: str = ""
    action: str = ""
    actor: str = ""
    day: date | None = None


def latest(session: Session, kind: type[Event]) -> AuditEvent | None:
    """Return the newest event of a kind, if there was any."""
    return session.exec(
        select(AuditEvent)
        .where(AuditEvent.action == kind.__name__)
        .order_by(col(AuditEvent.number).desc())
        .limit(1)
    ).first()


def newest_events(
    session: Session, wanted: Wanted, *, limit: int, before: int | None = None
) -> Sequence[AuditEvent]:
    """Return the newest of the events wanted, the newest first.

    Args:
        session: one that reads.
        wanted: which.
        limit: how many at most.
        before: the number of an event; only older ones are returned.
    """
    found = _select(wanted).order_by(col(AuditEvent.number).desc()).limit(limit)
    if before is not None:
        found = found.where(col(AuditEvent.number) < before)
    return session.exec(found).all()


def every_event(session: Session, wanted: Wanted) -> Iterator[AuditEvent]:
    """Yield all of the events wanted, oldest first, without holding them all."""
    found = _select(wanted).order_by(col(AuditEvent.number)).execution_options(yield_per=1000)
    with closing(session.exec(found)) as rows:
        yield from rows


def _select(wanted: Wanted) -> SelectOfScalar[AuditEvent]:
    found = select(AuditEvent)
    if wanted.subject:
        found = found.where(AuditEvent.subject == wanted.subject)
    if wanted.action:
        found = found.where(AuditEvent.action == wanted.action)
    if wanted.actor:
        found = found.where(AuditEvent.actor == wanted.actor)
    if wanted.day:
        begins, ends = start_of(wanted.day), end_of(wanted.day)
        found = found.where(col(AuditEvent.at) >= begins, col(AuditEvent.at) < ends)
    return found
