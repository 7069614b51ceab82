"""What second factors an account has, and the operator's way back when all are lost."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, update
from sqlmodel import Session, SQLModel, col, select

from app.audit import service as audit
from app.audit.service import Actor
from app.audit.staff_events import FactorsReset
from app.core.statements import rows_touched
from app.security.factor_models import AuthenticatorApp, Passkey, RecoveryCode
from app.security.models import StaffSession
from app.security.service import UnknownStaff, find_account, key_of


@dataclass(frozen=True)
class Held:
    """The second factors of an account.

    Attributes:
        app: whether an authenticator app is set up.
        passkeys: how many passkeys there are.
        codes_left: how many recovery codes still work.
    """

    app: bool
    passkeys: int
    codes_left: int

    @property
    def count(self) -> int:
        """How many factors there are; recovery codes are none by themselves."""
        return int(self.app) + self.passkeys

    @property
    def any(self) -> bool:
        """Whether the password alone is not enough."""
        return self.count > 0


def held_by(session: Session, staff_id: int) -> Held:
    """Return what second factors an account has."""
    app = session.get(AuthenticatorApp, staff_id)
    passkeys = session.exec(
        select(func.count()).select_from(Passkey).where(Passkey.staff_id == staff_id)
    ).one()
    left = session.exec(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.staff_id == staff_id, col(RecoveryCode.used_at).is_(None))
    ).one()
    return Held(app is not None, passkeys=passkeys, codes_left=left)


def reset_factors(session: Session, name: str, *, actor: Actor, now: datetime) -> None:
    """Take every second factor and recovery code from an account, and end its sessions.

    Whoever knows the password sets up new ones as they sign in next.

    Raises:
        UnknownStaff: no account has that name.
    """
    account = find_account(session, name)
    if account is None:
        raise UnknownStaff
    held = held_by(session, key_of(account))
    tables: tuple[type[SQLModel], ...] = (AuthenticatorApp, Passkey, RecoveryCode)
    for table in tables:
        session.execute(delete(table).where(table.__table__.c.staff_id == account.id))  # type: ignore[attr-defined]  # what SQLModel makes of a class
    ended = session.execute(
        update(StaffSession)
        .where(col(StaffSession.staff_id) == account.id, col(StaffSession.revoked_at).is_(None))
        .values(revoked_at=now, challenge=None)
    )
    reset = FactorsReset(
        name,
        factors_before=held.count,
        codes_before=held.codes_left,
        sessions=rows_touched(ended),
    )
    audit.record(session, reset, actor=actor, now=now)
