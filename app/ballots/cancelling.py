"""Cancel a ballot for good: one officer proposes, with a public reason, another approves.

The approval shuts the box in the same statement: every batch of votes share-locks the ballot's row
and looks for the seal, so nothing commits after it, in any process (docs/decisions/0055).
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.officer_events import BallotCancelled as WasCancelled
from app.audit.officer_events import CancellationDecided, CancellationProposed
from app.ballots.lifecycle import State, refuse_cancelled, state_of
from app.ballots.models import Ballot
from app.ballots.proposal_models import BallotProposal
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
from app.core.errors import Conflict, Forbidden, NotFound
from app.security.models import Role
from app.security.service import Staff

KIND = "cancel"


class NothingToCancel(Conflict):
    """Nobody has been told of a draft."""

    code = "nothing_to_cancel"
    message = "This ballot is a draft: nobody has been told of it, so there is nothing to cancel."


class TooLateToCancel(Conflict):
    """A declared result stands."""

    code = "too_late_to_cancel"
    message = "The result of this ballot has been declared, and a declared result stands."


class CancellationWaits(Conflict):
    """One question at a time."""

    code = "cancellation_waits"
    message = "It has been proposed already to cancel this ballot. Another officer decides first."


class UnknownCancellation(NotFound):
    """There is no such proposal in this ballot."""

    code = "unknown_cancellation"
    message = "There is no such proposal for this ballot. Go back to the ballot."


class CancellationWasDecided(Conflict):
    """Somebody has decided it."""

    code = "cancellation_was_decided"
    message = "This proposal has been decided already. Look at the ballot again."


class NotYoursToCancel(Forbidden):
    """A scrutineer of another ballot."""

    code = "not_yours_to_cancel"
    message = (
        "Only headquarters and the scrutineer that this ballot names decide whether it stands."
    )


class ScrutineerMustAgree(Forbidden):
    """From the close on, headquarters alone could bury a count that it has seen."""

    code = "scrutineer_must_agree"
    message = (
        "Voting has closed and this ballot names a scrutineer, so one of the two who cancel it "
        "must be the scrutineer. Ask them to approve this proposal."
    )


CANCELLATION = Matter(
    waits=CancellationWaits, decided=CancellationWasDecided, on_record=CancellationDecided
)


def refuse_unless_may_cancel(ballot: Ballot, *, staff: Staff) -> None:
    """Let only headquarters and the ballot's own scrutineer propose or decide a cancellation.

    Raises:
        NotYoursToCancel: the one who asks is neither.
    """
    if staff.role is not Role.HQ and (
        staff.role is not Role.SCRUTINEER or staff.name != ballot.scrutineer
    ):
        raise NotYoursToCancel


def propose_cancellation(
    session: Session, ballot: Ballot, *, reason: str, staff: Staff, now: datetime
) -> BallotProposal:
    """Ask for a ballot to be cancelled; nothing changes until another officer agrees.

    Args:
        session: a session that writes.
        ballot: which.
        reason: in words that everybody will read.
        staff: who proposes.
        now: this moment.

    Raises:
        NotYoursToCancel: neither headquarters nor its scrutineer.
        NothingToCancel, TooLateToCancel, BallotCancelled: it is a draft, declared, or cancelled.
        CancellationWaits: another proposal waits to be decided.
    """
    refuse_unless_may_cancel(ballot, staff=staff)
    hold_ballot(session, ballot)
    _refuse_unless_cancellable(ballot)
    row = BallotProposal(
        ballot_id=key_of(ballot),
        kind=KIND,
        reason=reason,
        proposed_by=staff.name,
        proposed_at=now,
    )
    put_forward(session, row, matter=CANCELLATION)
    event = CancellationProposed(ballot.slug, proposal=number_of(row), reason=reason)
    audit.record(session, event, actor=staff.actor, now=now)
    return row


def approve_cancellation(
    session: Session, ballot: Ballot, number: int, *, staff: Staff, now: datetime
) -> BallotProposal:
    """Cancel a ballot, as another officer proposed: its box is shut from this commit on.

    Raises:
        UnknownCancellation: there is no such proposal.
        NotYoursToCancel: neither headquarters nor its scrutineer.
        SameOfficer, InvitedByTheOther, NotInOffice, ProposerLeft: it would not be two officers.
        ScrutineerMustAgree: voting has closed, and neither of the two is the scrutineer.
        CancellationWasDecided: somebody was faster.
        TooLateToCancel: it was declared meanwhile.
    """
    row = get_cancellation(session, ballot, number)
    refuse_unless_may_cancel(ballot, staff=staff)
    hold_ballot(session, ballot)
    refuse_decided(session, row, matter=CANCELLATION)
    refuse_unless_two(session, ballot, row, staff=staff)
    _refuse_unless_cancellable(ballot)
    _refuse_without_scrutineer(ballot, row, staff=staff, now=now)
    before, count_seen = state_of(ballot, now=now), ballot.sealed_at is not None
    decide(session, ballot, row, outcome="approved", matter=CANCELLATION, staff=staff, now=now)
    session.execute(
        sa.update(Ballot)
        .where(col(Ballot.id) == key_of(ballot))
        .values(
            cancelled_at=now,
            cancel_reason=row.reason,
            sealed_at=sa.func.coalesce(col(Ballot.sealed_at), now),
        )
    )
    session.refresh(ballot)
    event = WasCancelled(
        ballot.slug,
        proposed_by=row.proposed_by,
        reason=row.reason,
        before=before.value,
        count_seen=count_seen,
    )
    audit.record(session, event, actor=staff.actor, now=now)
    return row


def refuse_cancellation(
    session: Session, ballot: Ballot, number: int, *, staff: Staff, now: datetime
) -> BallotProposal:
    """Let the ballot stand: `refused`, or `withdrawn` by the one who proposed.

    Raises:
        UnknownCancellation: there is no such proposal.
        NotYoursToCancel: neither headquarters nor its scrutineer.
        CancellationWasDecided: it was decided.
    """
    row = get_cancellation(session, ballot, number)
    refuse_unless_may_cancel(ballot, staff=staff)
    hold_ballot(session, ballot)
    say_no(session, ballot, row, matter=CANCELLATION, staff=staff, now=now)
    return row


def get_cancellation(session: Session, ballot: Ballot, number: int) -> BallotProposal:
    """Find one of a ballot's proposals, whatever became of it.

    Raises:
        UnknownCancellation: there is none.
    """
    row = find_proposal(session, BallotProposal, ballot_id=key_of(ballot), number=number)
    if row is None or row.kind != KIND:
        raise UnknownCancellation
    return row


def proposed_cancellations(session: Session, ballot: Ballot) -> list[BallotProposal]:
    """Return every proposal to cancel a ballot, whatever became of it, the newest first."""
    return list(
        session.exec(
            select(BallotProposal)
            .where(BallotProposal.ballot_id == key_of(ballot), BallotProposal.kind == KIND)
            .order_by(col(BallotProposal.id).desc())
        )
    )


def may_cancel(ballot: Ballot) -> bool:
    """Say whether a ballot can be cancelled: its roll is frozen and no result was declared."""
    return (
        ballot.frozen_at is not None
        and ballot.declared_at is None
        and (ballot.cancelled_at is None)
    )


def needs_scrutineer(ballot: Ballot, *, now: datetime) -> bool:
    """Say whether one of the two who cancel must be the scrutineer: once somebody may count."""
    return ballot.scrutineer is not None and (
        ballot.sealed_at is not None or state_of(ballot, now=now) is State.CLOSED
    )


def _refuse_unless_cancellable(ballot: Ballot) -> None:
    if ballot.frozen_at is None:
        raise NothingToCancel
    if ballot.declared_at is not None:
        raise TooLateToCancel
    refuse_cancelled(ballot)


def _refuse_without_scrutineer(
    ballot: Ballot, row: BallotProposal, *, staff: Staff, now: datetime
) -> None:
    if needs_scrutineer(ballot, now=now) and ballot.scrutineer not in {row.proposed_by, staff.name}:
        raise ScrutineerMustAgree
