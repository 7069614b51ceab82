"""Queries about staff accounts."""

from sqlmodel import Session, col, select

from app.security.models import Role, StaffAccount


def scrutineers(session: Session) -> list[str]:
    """Return the name of every scrutineer whose account is not closed, in alphabetical order."""
    return list(
        session.exec(
            select(StaffAccount.name)
            .where(StaffAccount.role == Role.SCRUTINEER, col(StaffAccount.disabled_at).is_(None))
            .order_by(StaffAccount.name)
        )
    )
