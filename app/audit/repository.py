"""Queries about the audit log."""

from sqlmodel import Session, col, select

from app.audit.events import Event
from app.audit.models import AuditEvent


def latest(session: Session, kind: type[Event]) -> AuditEvent | None:
    """Return the newest event of a kind, if there was any."""
    return session.exec(
        select(AuditEvent)
        .where(AuditEvent.action == kind.__name__)
        .order_by(col(AuditEvent.number).desc())
        .limit(1)
    ).first()
