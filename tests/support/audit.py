"""The audit log as somebody could harm it who may drop its triggers."""

from sqlalchemy import text
from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.audit.service import GENESIS, link_hash

TRIGGERS = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {table}_no_{verb}"
        for table in ("audit_event", "audit_checkpoint")
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"
        for table in ("audit_event", "audit_checkpoint")
    ],
}


def behind_its_back(database, statement, **values):
    """Change the log as somebody could who may drop the trigger."""
    with database.writing() as session:
        for drop in TRIGGERS[database.engine.dialect.name]:
            session.execute(text(drop))
        session.execute(text(statement), values)


def write_anew(database, number, **forged):
    """Change one event and work out every hash from there on again, so that the chain holds."""
    behind_its_back(database, "UPDATE audit_event SET actor = actor")
    with database.writing() as session:
        events = session.exec(select(AuditEvent).order_by(col(AuditEvent.number))).all()
        previous = GENESIS
        for event in events:
            if event.number == number:
                for name, value in forged.items():
                    setattr(event, name, value)
            event.previous_hash, event.hash = previous, ""
            event.hash = previous = link_hash(event)
            session.add(event)
