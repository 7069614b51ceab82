"""Four eyes, in one shape: one officer proposes, another account decides, once.

Taking a member off a frozen roll, closing later, cancelling and declaring by two all go this way:
each is a `Matter`, and their tables share their columns. The database holds to it that the two are
not one (`two_officers`); whoever is no longer in office when it is decided does not count as one,
and neither does an account that the other of the two invited (docs/decisions/0054).

The proposal is locked after the ballot's row and before the audit log (app/audit/service.py).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.events import Event
from app.ballots.models import Ballot
from app.ballots.proposal_models import BallotProposal, ExclusionProposal, WindowExtension
from app.core.errors import Conflict, Forbidden
from app.security.invitations import inviter_of
from app.security.models import Role, StaffAccount
from app.security.service import Staff

Row = TypeVar("Row", ExclusionProposal, WindowExtension, BallotProposal)


class MakeEvent(Protocol):
    """The event that says what became of a proposal."""

    def __call__(self, subject: str, *, proposal: int, outcome: str) -> Event:
        """Return it, about the ballot of this slug."""


@dataclass(frozen=True)
class Matter:
    """What two officers decide, and what each kind of it says in its own words.

    Attributes:
        waits: to whoever proposes what is proposed already.
        decided: to whoever decides what is decided already.
        on_record: to the audit log.
    """

    waits: type[Conflict]
    decided: type[Conflict]
    on_record: MakeEvent


class SameOfficer(Forbidden):
    """Four eyes: two officers."""

    code = "same_officer"
    message = "You proposed this yourself, so somebody else must decide. You can withdraw it."


class InvitedByTheOther(Forbidden):
    """One of the two could have made the account of the other for themselves."""

    code = "invited_by_the_other"
    message = (
        "One of you two invited the other to Muster, so you do not count as two officers. "
        "Somebody else must decide: whom neither of you invited, or who got the account from "
        "whoever runs Muster."
    )


class ProposerLeft(Conflict):
    """The first of the two is none any more."""

    code = "proposer_left"
    message = (
        "Whoever proposed this is no longer in office, so it cannot be approved. "
        "Refuse it, and propose it anew."
    )


class NotInOffice(Forbidden):
    """The account was closed or given another role just now."""

    code = "not_in_office"
    message = "Your account may not do this any more. Sign in again, or ask another officer."


def find_proposal(
    session: Session, table: type[Row], *, ballot_id: int | None, number: int
) -> Row | None:
    """Find one of a ballot's proposals, whatever became of it."""
    return session.scalars(
        select(table).where(col(table.ballot_id) == ballot_id, col(table.id) == number)
    ).first()


def refuse_unless_two(session: Session, ballot: Ballot, row: Row, *, staff: Staff) -> None:
    """Let only a second officer approve, both in office at this moment.

    Raises:
        SameOfficer: the one who approves is the one who proposed.
        InvitedByTheOther: one of the two invited the other.
        NotInOffice: the one who approves was closed out or given another role just now.
        ProposerLeft: the one who proposed was.
    """
    if staff.name == row.proposed_by:
        raise SameOfficer
    if _invited_each_other(session, staff.name, row.proposed_by):
        raise InvitedByTheOther
    if not _in_office(session, ballot, staff.name):
        raise NotInOffice
    if not _in_office(session, ballot, row.proposed_by):
        raise ProposerLeft


def _invited_each_other(session: Session, one: str, other: str) -> bool:
    return inviter_of(session, one) == other or inviter_of(session, other) == one


def _in_office(session: Session, ballot: Ballot, name: str) -> bool:
    """Say whether an account is headquarters' or the ballot's scrutineer's, and not closed."""
    account = session.scalars(
        select(StaffAccount)
        .where(StaffAccount.name == name)
        .execution_options(populate_existing=True)
    ).first()
    # Accounts are closed and never removed, so a name without one is not somebody's who left.
    if account is None:
        return True
    if account.disabled_at is not None:
        return False
    return account.role == Role.HQ or (
        account.role == Role.SCRUTINEER and account.name == ballot.scrutineer
    )


def put_forward(session: Session, row: Row, *, matter: Matter) -> None:
    """Save a proposal, unless the same question waits to be decided.

    Raises:
        Conflict: `matter.waits`, if it does.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as clash:
        raise matter.waits from clash


def refuse_decided(session: Session, row: Row, *, matter: Matter) -> None:
    """Look again what became of a proposal: somebody may have decided while we waited.

    Raises:
        Conflict: `matter.decided`, if somebody has.
    """
    session.refresh(row)
    if row.outcome is not None:
        raise matter.decided


def decide(  # noqa: PLR0913 - a decision is this many facts
    session: Session,
    ballot: Ballot,
    row: Row,
    *,
    outcome: str,
    matter: Matter,
    staff: Staff,
    now: datetime,
) -> None:
    """Put on record what became of a proposal, once: of two who decide at once, one does.

    Args:
        session: a session that writes.
        ballot: whose proposal it is.
        row: the proposal.
        outcome: `approved`, `refused`, `withdrawn`, or what its table knows besides.
        matter: what is decided.
        staff: who decides.
        now: this moment.

    Raises:
        Conflict: `matter.decided`, if somebody was faster.
    """
    table = type(row)
    ours = session.execute(
        sa.update(table)
        .where(col(table.id) == row.id, col(table.outcome).is_(None))
        .values(outcome=outcome, decided_by=staff.name, decided_at=now)
        .returning(col(table.id))
    ).first()
    if ours is None:
        raise matter.decided
    session.refresh(row)
    event = matter.on_record(ballot.slug, proposal=number_of(row), outcome=outcome)
    audit.record(session, event, actor=staff.actor, now=now)


def say_no(  # noqa: PLR0913 - a decision is this many facts
    session: Session, ballot: Ballot, row: Row, *, matter: Matter, staff: Staff, now: datetime
) -> None:
    """Close a proposal and change nothing: `withdrawn` by oneself, `refused` by anybody else.

    Raises:
        Conflict: `matter.decided`, if somebody was faster.
    """
    outcome = "withdrawn" if staff.name == row.proposed_by else "refused"
    decide(session, ballot, row, outcome=outcome, matter=matter, staff=staff, now=now)


def number_of(row: Row) -> int:
    """Return the number of a proposal that is in the database."""
    assert row.id is not None, "only a proposal that was never saved has none"  # noqa: S101 - for mypy
    return row.id
