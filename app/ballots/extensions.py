"""Close a ballot later than was set: one officer proposes, with a public reason, another approves.

Only before the close, only to a later one, and never again once it has closed. Every process reads
the close in the database with each batch, page and stream, so all of them know before the old one
comes (docs/decisions/0034).

Locks come in the one order of the house (app/audit/service.py): the ballot's row, then the
proposal, then the audit log.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.notice_events import ExtensionDecided, ExtensionProposed, WindowExtended
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.proposal_models import WindowExtension
from app.ballots.second_officers import (
    Matter,
    decide,
    find_proposal,
    number_of,
    put_forward,
    refuse_decided,
    refuse_unless_two,
    say_no,
)
from app.ballots.service import hold_ballot, key_of
from app.core.errors import Conflict, Invalid, NotFound
from app.security.service import Staff

# Longer than a transaction may wait for a lock, than a turnout answer is shared, and than the
# clocks of two machines should differ: whoever looks at the old close knows the new one.
LAST_CALL = timedelta(minutes=1)
# A mistyped year could never be taken back.
LONGEST = timedelta(days=31)


class NotLater(Invalid):
    """A window is extended and never shortened."""

    code = "not_later"
    message = "The new close must be later than the one that is set. A window is never shortened."


class TooMuchLater(Invalid):
    """So long a time is another ballot, or a mistyped year."""

    code = "too_much_later"
    message = (
        f"The new close is more than {LONGEST.days} days after the one that is set. "
        "Check the day: an extension cannot be taken back."
    )


class TooLateToExtend(Conflict):
    """Voting has closed, or is about to."""

    code = "too_late_to_extend"
    message = (
        "It is too late to extend this ballot: voting has closed or closes within a minute. "
        "A closed ballot is never opened again."
    )


class NothingToExtend(Conflict):
    """The ballot is a draft."""

    code = "nothing_to_extend"
    message = "The roll of this ballot is not frozen yet, so nobody has been told of its close."


class ExtensionWaits(Conflict):
    """One question at a time."""

    code = "extension_waits"
    message = "A later close has been proposed already. A second officer decides on it first."


class UnknownExtension(NotFound):
    """There is no such proposal in this ballot."""

    code = "unknown_extension"
    message = "There is no such proposal for this ballot. Go back to its closing time."


class ExtensionWasDecided(Conflict):
    """Somebody has decided it."""

    code = "extension_was_decided"
    message = "This proposal has been decided already. Look at the closing time again."


EXTENSION = Matter(waits=ExtensionWaits, decided=ExtensionWasDecided, on_record=ExtensionDecided)


def propose_extension(  # noqa: PLR0913 - a proposal is this many facts
    session: Session,
    ballot: Ballot,
    *,
    new_close: datetime,
    reason: str,
    staff: Staff,
    now: datetime,
) -> WindowExtension:
    """Ask for a later close; nothing changes until another officer agrees.

    Args:
        session: a session that writes.
        ballot: which.
        new_close: the first moment at which a vote would be late.
        reason: in words that everybody will read.
        staff: who proposes.
        now: this moment.

    Raises:
        NothingToExtend: the ballot is a draft.
        TooLateToExtend: voting has closed, or closes within a minute.
        NotLater, TooMuchLater: the new close cannot be.
        ExtensionWaits: another proposal waits to be decided.
    """
    hold_ballot(session, ballot)
    _refuse_too_late(ballot, now=now)
    if new_close <= ballot.closes_at:
        raise NotLater
    if new_close - ballot.closes_at > LONGEST:
        raise TooMuchLater
    row = WindowExtension(
        ballot_id=key_of(ballot),
        old_close=ballot.closes_at,
        new_close=new_close,
        reason=reason,
        proposed_by=staff.name,
        proposed_at=now,
    )
    put_forward(session, row, matter=EXTENSION)
    event = ExtensionProposed(
        ballot.slug, proposal=number_of(row), closes_at=new_close.isoformat(), reason=reason
    )
    audit.record(session, event, actor=staff.actor, now=now)
    return row


def approve_extension(
    session: Session, ballot: Ballot, number: int, *, staff: Staff, now: datetime
) -> WindowExtension:
    """Move the close, as another officer proposed.

    Raises:
        UnknownExtension: there is no such proposal.
        SameOfficer, InvitedByTheOther, NotInOffice, ProposerLeft: it would not be two officers.
        ExtensionWasDecided: somebody was faster.
        TooLateToExtend: voting has closed, or closes within a minute.
    """
    row = get_extension(session, ballot, number)
    hold_ballot(session, ballot)
    refuse_decided(session, row, matter=EXTENSION)
    refuse_unless_two(session, ballot, row, staff=staff)
    _refuse_too_late(ballot, now=now)
    decide(session, ballot, row, outcome="approved", matter=EXTENSION, staff=staff, now=now)
    moved = session.execute(
        sa.update(Ballot)
        .where(
            col(Ballot.id) == ballot.id,
            col(Ballot.closes_at) == row.old_close,
            col(Ballot.sealed_at).is_(None),
        )
        .values(closes_at=row.new_close)
        .returning(col(Ballot.id))
    ).first()
    if moved is None:
        raise TooLateToExtend
    session.refresh(ballot)
    event = WindowExtended(
        ballot.slug,
        closed_at=row.old_close.isoformat(),
        closes_at=row.new_close.isoformat(),
        proposed_by=row.proposed_by,
        reason=row.reason,
    )
    audit.record(session, event, actor=staff.actor, now=now)
    return row


def refuse_extension(
    session: Session, ballot: Ballot, number: int, *, staff: Staff, now: datetime
) -> WindowExtension:
    """Leave the close as it is: `refused`, or `withdrawn` by the one who proposed.

    Raises:
        UnknownExtension: there is no such proposal.
        ExtensionWasDecided: it was decided.
    """
    row = get_extension(session, ballot, number)
    hold_ballot(session, ballot)
    say_no(session, ballot, row, matter=EXTENSION, staff=staff, now=now)
    return row


def get_extension(session: Session, ballot: Ballot, number: int) -> WindowExtension:
    """Find one of a ballot's proposals, whatever became of it.

    Raises:
        UnknownExtension: there is none.
    """
    row = find_proposal(session, WindowExtension, ballot_id=key_of(ballot), number=number)
    if row is None:
        raise UnknownExtension
    return row


def proposed_extensions(session: Session, ballot: Ballot) -> list[WindowExtension]:
    """Return every proposal of a later close, whatever became of it, the newest first."""
    return list(
        session.exec(
            select(WindowExtension)
            .where(WindowExtension.ballot_id == key_of(ballot))
            .order_by(col(WindowExtension.id).desc())
        )
    )


def may_extend(ballot: Ballot, *, now: datetime) -> bool:
    """Say whether there is still time to extend a ballot."""
    running = state_of(ballot, now=now) in {State.FROZEN, State.OPEN}
    return running and now < ballot.closes_at - LAST_CALL


def _refuse_too_late(ballot: Ballot, *, now: datetime) -> None:
    if state_of(ballot, now=now) is State.DRAFT:
        raise NothingToExtend
    if not may_extend(ballot, now=now):
        raise TooLateToExtend
