"""What changed on a roll after the freeze, with turnout before and after each change."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.ballots.chain import changes_of, walk_changes
from app.ballots.change_models import RollChange
from app.ballots.exclusions import Proposal, proposals_of
from app.ballots.models import Ballot
from app.ballots.schemas import Moment, Text
from app.rules.percent import percent
from app.turnout.figures import Figures, read_figures
from app.turnout.frozen_roll import denominator_of
from app.turnout.schemas import DenominatorOut

MOST_NUMBERS = 100_000


class SupplementIn(BaseModel):
    """Who is to come onto a frozen roll, and why. Without numbers: everybody who came late.

    `different_people` says that somebody has looked at those whom `second_number` named.
    """

    model_config = ConfigDict(extra="forbid")

    membership_numbers: (
        Annotated[list[Text], Field(min_length=1, max_length=MOST_NUMBERS)] | None
    ) = None
    reason: Text
    different_people: bool = False


class ExclusionIn(BaseModel):
    """Who is to be taken off a frozen roll, and why. Another officer decides."""

    model_config = ConfigDict(extra="forbid")

    membership_number: Text
    reason: Text


class TurnoutThenOut(BaseModel):
    """How turnout stood beside one change of the roll."""

    entitled: int
    votes_cast: int
    turnout_percent: str


class RollChangeOut(BaseModel):
    """One numbered change of a frozen roll. `roll_digest` follows from `previous_digest`."""

    number: int
    kind: str
    entries: int
    reason: str
    proposed_by: str
    approved_by: str | None
    made_at: Moment
    before: TurnoutThenOut
    after: TurnoutThenOut
    previous_digest: str
    roll_digest: str


class ProposalOut(BaseModel):
    """A proposal to take somebody off the roll, and what became of it."""

    id: int
    membership_number: str
    branch: str
    reason: str
    proposed_by: str
    proposed_at: Moment
    outcome: str | None
    decided_by: str | None
    decided_at: Moment | None
    change: int | None


class ChainOut(BaseModel):
    """Whether the changes in the database still give the digests on record.

    The frozen roll itself is read again by `muster audit roll`, which takes seconds.
    `unshown`: how many changes can no longer be shown to be right because a member was erased.
    """

    sound: bool
    detail: str | None
    unshown: int


class RollChangesOut(BaseModel):
    """A frozen roll, and everything that changed on it."""

    ballot: str
    entitled: int
    roll: DenominatorOut
    roll_digest: str
    chain: ChainOut
    # What one exclusion now would do to turnout.
    now: TurnoutThenOut
    after_one_exclusion: TurnoutThenOut
    changes: list[RollChangeOut]
    proposals: list[ProposalOut]


def roll_changes_of(session: Session, ballot: Ballot, *, now: datetime) -> RollChangesOut:
    """Return everything that changed on a ballot's roll, and walk the chain of its digests.

    Raises:
        RollNotFrozen: the ballot is a draft.
    """
    figures = read_figures(session, ballot, now=now)
    entitled = sum(cell.entitled for cell in figures.roll.cells)
    votes = sum(figures.votes.values())
    line = figures.shown_against
    walk = walk_changes(session, ballot)
    return RollChangesOut(
        ballot=ballot.slug,
        entitled=entitled,
        roll=denominator_of(figures.roll.cells),
        roll_digest=ballot.roll_digest or "",
        chain=ChainOut(sound=walk.broken is None, detail=walk.broken, unshown=walk.unshown),
        now=_then(entitled, votes=votes, line=line),
        after_one_exclusion=_then(entitled - 1, votes=votes, line=line),
        changes=changes_out(changes_of(session, ballot), figures=figures),
        proposals=[proposal_out(each) for each in proposals_of(session, ballot)],
    )


def changes_out(changes: Sequence[RollChange], *, figures: Figures) -> list[RollChangeOut]:
    """Return changes with turnout before and after each."""
    line = figures.shown_against
    return [
        RollChangeOut(
            **row.model_dump(include=set(RollChangeOut.model_fields)),
            before=_then(row.entitled_before, votes=row.votes_cast, line=line),
            after=_then(row.entitled_after, votes=row.votes_cast, line=line),
            roll_digest=row.digest,
        )
        for row in changes
    ]


def proposal_out(proposal: Proposal) -> ProposalOut:
    """Return a proposal in the form that crosses the wire."""
    return ProposalOut(
        **proposal.row.model_dump(include=set(ProposalOut.model_fields)),
        membership_number=proposal.membership_number,
        branch=proposal.branch,
    )


def _then(entitled: int, *, votes: int, line: Fraction | None) -> TurnoutThenOut:
    share = percent(votes, whole=entitled, threshold=line) if entitled else "0.00"
    return TurnoutThenOut(entitled=entitled, votes_cast=votes, turnout_percent=share)
