"""Staff accounts of invented people, and everything that a thief of the database would hold."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlmodel import SQLModel, col
from sqlmodel import select as select_rows

from app.audit.models import AuditEvent
from app.audit.service import COMMAND_LINE
from app.core.database import Database
from app.security.models import Role
from app.security.service import add_staff
from app.security.sign_in import sign_in

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
ADDRESS = "192.0.2.7"


def given_account(database, name="anna", *, role=Role.HQ, branch=None, password=PASSWORD, now=NOON):
    with database.writing() as session:
        return add_staff(
            session,
            name=name,
            role=role,
            branch=branch,
            password=password,
            actor=COMMAND_LINE,
            now=now,
        )


def signed_in(database, settings, name="anna", *, password=PASSWORD, origin=ADDRESS, now=NOON):
    """Sign in as the page does; returns the cookie's secret and who it is."""
    return sign_in(
        database, name=name, password=password, origin=origin, settings=settings, now=now
    )


# What a process records when it starts, before anybody does anything.
OF_START = {"SettingsChanged", "RulesChanged"}


def events_of(database: Database, *, of_start: bool = False) -> list[AuditEvent]:
    """Everything that was recorded, without what the service was started with unless asked."""
    with database.reading() as session:
        events = session.exec(select_rows(AuditEvent).order_by(col(AuditEvent.number))).all()
    return [each for each in events if of_start or each.action not in OF_START]


def facts_of(event: AuditEvent) -> dict[str, object]:
    """What an event says of itself, without what it changed."""
    return {name: value for name, value in event.details.items() if name != "changes"}


def everything_in(database: Database) -> str:
    """Every value of every row of every table, as one text."""
    values = []
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            for row in session.execute(select(table)):
                values += [each.hex() if isinstance(each, bytes) else str(each) for each in row]
    return "\n".join(values)
