"""The roll after the freeze, over REST: what changed, supplements, exclusions by two officers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, status
from sqlmodel import Session

from app.ballots import exclusions
from app.ballots.change_models import RollChange
from app.ballots.models import Ballot
from app.ballots.proposal_models import ExclusionProposal
from app.ballots.service import get_ballot, key_of
from app.ballots.supplements import Supplement, add_supplement
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.security.access import HqStaff
from app.turnout.figures import read_figures
from app.turnout.roll_changes import (
    ExclusionIn,
    ProposalOut,
    RollChangeOut,
    RollChangesOut,
    SupplementIn,
    changes_out,
    proposal_out,
    roll_changes_of,
)
from app.voting.exclusions import approve_exclusion, votes_in

router = APIRouter(prefix="/ballots", tags=["Roll after the freeze"])
LARGEST_NUMBER = 2**31 - 1
ProposalNumber = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]


@router.get("/{slug}/roll-changes")
def show_changes(session: ReadSession, staff: HqStaff, slug: str, now: NowDep) -> RollChangesOut:
    """Show what changed on a roll after the freeze, who decided it, and the chain of digests."""
    del staff
    return roll_changes_of(session, get_ballot(session, slug), now=now)


@router.post("/{slug}/roll-changes/supplements", status_code=status.HTTP_201_CREATED)
def add_latecomers(
    session: WriteSession, staff: HqStaff, slug: str, asked: SupplementIn, now: NowDep
) -> RollChangeOut:
    """Put members who are entitled onto the frozen roll: those named, or all who came late."""
    ballot = get_ballot(session, slug)
    supplement = Supplement(
        asked.membership_numbers,
        reason=asked.reason,
        votes_cast=votes_in(session, key_of(ballot)),
        different_people=asked.different_people,
    )
    row = add_supplement(session, ballot, supplement, staff=staff, now=now)
    return _change(session, ballot, row, now=now)


@router.post("/{slug}/roll-changes/exclusions", status_code=status.HTTP_201_CREATED)
def propose_exclusion(
    session: WriteSession, staff: HqStaff, slug: str, asked: ExclusionIn, now: NowDep
) -> ProposalOut:
    """Propose to take a member off the roll. Another officer at headquarters decides."""
    ballot = get_ballot(session, slug)
    row = exclusions.propose_exclusion(
        session, ballot, number=asked.membership_number, reason=asked.reason, staff=staff, now=now
    )
    return _proposal(session, ballot, row)


@router.post("/{slug}/roll-changes/exclusions/{number}/approval")
def approve(
    database: DatabaseDep, staff: HqStaff, slug: str, number: ProposalNumber, now: NowDep
) -> RollChangeOut:
    """Take the member off the roll, unless they have voted. Not for the one who proposed it."""
    row = approve_exclusion(database, slug, number, staff=staff, now=now)
    with database.reading() as session:
        return _change(session, get_ballot(session, slug), row, now=now)


@router.post("/{slug}/roll-changes/exclusions/{number}/refusal")
def refuse(
    session: WriteSession, staff: HqStaff, slug: str, number: ProposalNumber, now: NowDep
) -> ProposalOut:
    """Leave the member on the roll: refused by another officer, or withdrawn by the same one."""
    ballot = get_ballot(session, slug)
    row = exclusions.refuse_proposal(session, ballot, number, staff=staff, now=now)
    return _proposal(session, ballot, row)


def _change(session: Session, ballot: Ballot, row: RollChange, *, now: datetime) -> RollChangeOut:
    [change] = changes_out([row], figures=read_figures(session, ballot, now=now))
    return change


def _proposal(session: Session, ballot: Ballot, row: ExclusionProposal) -> ProposalOut:
    found = exclusions.proposals_of(session, ballot)
    return next(proposal_out(each) for each in found if each.row.id == row.id)
