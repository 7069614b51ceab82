"""Approve that somebody is taken off a roll: only who has not voted, whatever the moment.

The marked roll points at entries that are on the roll, so the database lets a vote and an
exclusion of the same person never both happen (docs/decisions/0027).
"""

from datetime import datetime

from sqlmodel import Session

from app.ballots.chain import lock_roll
from app.ballots.change_models import RollChange
from app.ballots.exclusions import EXCLUSION, get_proposal, take_off_roll
from app.ballots.second_officers import decide, refuse_decided, refuse_unless_two
from app.ballots.service import get_ballot, key_of
from app.core.database import Database
from app.core.errors import Conflict
from app.security.service import Staff
from app.voting.counters import votes_by_cell
from app.voting.marked_roll import entries_with_marks


class MemberHasVoted(Conflict):
    """Whoever has voted stays on the roll."""

    code = "member_has_voted"
    message = (
        "This member has voted in this ballot, so nobody can take them off its roll. "
        "The proposal is closed and the roll is unchanged."
    )


def approve_exclusion(
    database: Database, slug: str, number: int, *, staff: Staff, now: datetime
) -> RollChange:
    """Take a member off the roll as another officer proposed, in a transaction of its own.

    That a member has voted is put on record with the proposal, so that nobody can ask unseen.

    Args:
        database: where.
        slug: the ballot.
        number: the proposal.
        staff: who approves; not who proposed.
        now: this moment.

    Raises:
        UnknownProposal: there is none.
        ProposalDecided: somebody was faster.
        SameOfficer, InvitedByTheOther, NotInOffice, ProposerLeft: it would not be two officers.
        MemberHasVoted: they have; the proposal is closed.
        NobodyLeft: the last one on the roll stays.
        RollClosed: voting has closed.
    """
    try:
        with database.writing() as session:
            return _approve(session, slug, number, staff=staff, now=now)
    except MemberHasVoted:
        with database.writing() as session:
            ballot = get_ballot(session, slug)
            row = get_proposal(session, ballot, number)
            decide(
                session, ballot, row, outcome="had_voted", matter=EXCLUSION, staff=staff, now=now
            )
        raise


def _approve(
    session: Session, slug: str, number: int, *, staff: Staff, now: datetime
) -> RollChange:
    ballot = get_ballot(session, slug)
    lock_roll(session, ballot, now=now)
    row = get_proposal(session, ballot, number)
    refuse_unless_two(session, ballot, row, staff=staff)
    refuse_decided(session, row, matter=EXCLUSION)
    # From the lock on no batch of this ballot can commit before we do.
    if has_voted(session, ballot_id=row.ballot_id, entry_id=row.entry_id):
        raise MemberHasVoted
    votes_cast = votes_in(session, key_of(ballot))
    return take_off_roll(session, ballot, row, staff=staff, votes_cast=votes_cast, now=now)


def has_voted(session: Session, *, ballot_id: int, entry_id: int) -> bool:
    """Say whether an entry is on the marked roll. How they voted nobody can say."""
    return bool(entries_with_marks(session, ballots=[ballot_id], entries=[entry_id]))


def votes_in(session: Session, ballot_id: int) -> int:
    """Return how many votes a ballot has, from the counters."""
    return sum(votes_by_cell(session, ballot_id).values())
