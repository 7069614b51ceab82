"""What headquarters sees of everybody's accounts, and what it may do to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.staff_events import SessionsEnded
from app.core.errors import Conflict, Forbidden
from app.core.statements import rows_touched
from app.security.factors import Held, held_by
from app.security.models import Role, StaffAccount, StaffSession
from app.security.service import Staff, UnknownStaff, disable_account, key_of


class NotYourOwn(Conflict):
    """An officer who would close their own account."""

    code = "not_your_own"
    message = "You cannot close your own account. Ask a colleague at headquarters to do it."


class LastOfHeadquarters(Conflict):
    """The only account of headquarters that is not closed."""

    code = "last_of_headquarters"
    message = (
        "This is the last account of headquarters, and without it nobody could set anything up. "
        "Invite a colleague to headquarters first."
    )


class ScrutineersAreIndependent(Forbidden):
    """Headquarters supervises no scrutineer."""

    code = "scrutineers_are_independent"
    message = (
        "Headquarters can do nothing to a scrutineer’s account. Whoever runs Muster can, on its "
        "command line."
    )


@dataclass(frozen=True)
class Colleague:
    """An account, as headquarters reads of it.

    Attributes:
        staff: whose it is.
        held: its second factors.
        signed_in_at: when it last signed in; None if it never did.
        disabled_at: when it was closed; None while it is not.
        made_at: when it was made.
    """

    staff: Staff
    held: Held
    signed_in_at: datetime | None
    disabled_at: datetime | None
    made_at: datetime


def colleagues(session: Session) -> Sequence[Colleague]:
    """Return every account, those in use first, each group in alphabetical order."""
    rows = session.exec(
        select(StaffAccount).order_by(
            col(StaffAccount.disabled_at).is_not(None), col(StaffAccount.name)
        )
    )
    return [
        Colleague(
            Staff(row.name, role=Role(row.role), branch=row.branch),
            held=held_by(session, key_of(row)),
            signed_in_at=row.signed_in_at,
            disabled_at=row.disabled_at,
            made_at=row.created_at,
        )
        for row in rows.all()
    ]


def close_account(session: Session, name: str, *, staff: Staff, now: datetime) -> None:
    """Close a colleague's account for good.

    Raises:
        UnknownStaff: no account has that name, or it is closed.
        NotYourOwn: it is the one who asks.
        ScrutineersAreIndependent: it is a scrutineer's.
        LastOfHeadquarters: no other account of headquarters would be left.
    """
    account = _theirs(session, name)
    if account.name == staff.name:
        raise NotYourOwn
    if account.role == Role.HQ:
        # In one order for everybody, and held: two who close each other's accounts wait here.
        left = session.exec(
            select(StaffAccount.id)
            .where(StaffAccount.role == Role.HQ, col(StaffAccount.disabled_at).is_(None))
            .order_by(col(StaffAccount.id))
            .with_for_update()
        ).all()
        if set(left) <= {account.id}:
            raise LastOfHeadquarters
    disable_account(session, name, actor=staff.actor, now=now)


def sign_out_colleague(session: Session, name: str, *, staff: Staff, now: datetime) -> int:
    """End every browser session of a colleague, not their programs' tokens; return how many.

    Raises:
        UnknownStaff: no account has that name, or it is closed.
        ScrutineersAreIndependent: it is a scrutineer's.
    """
    account = _theirs(session, name)
    ended = session.execute(
        update(StaffSession)
        .where(
            col(StaffSession.staff_id) == account.id,
            col(StaffSession.revoked_at).is_(None),
            col(StaffSession.expires_at) > now,
        )
        .values(revoked_at=now, challenge=None)
    )
    sessions = rows_touched(ended)
    audit.record(session, SessionsEnded(name, sessions=sessions), actor=staff.actor, now=now)
    return sessions


def _theirs(session: Session, name: str) -> StaffAccount:
    account = session.exec(
        select(StaffAccount).where(
            StaffAccount.name == name, col(StaffAccount.disabled_at).is_(None)
        )
    ).first()
    if account is None:
        raise UnknownStaff
    if account.role == Role.SCRUTINEER:
        raise ScrutineersAreIndependent
    return account
