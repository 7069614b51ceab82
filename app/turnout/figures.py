"""The figures of one ballot, read once, and the turnout answers made from them.

Apart from reading, so that one read can answer everyone who watches the same ballot.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from sqlmodel import Session

from app.ballots.commencements import commenced
from app.ballots.credentials import RollNotFrozen
from app.ballots.lifecycle import State, is_over, state_of
from app.ballots.models import Ballot
from app.ballots.schemas import Grouping
from app.ballots.service import key_of
from app.rules.percent import percent
from app.turnout.frozen_roll import FrozenRoll, PartGroup
from app.turnout.reach import Reach, Reached
from app.turnout.rolls import roll_of
from app.turnout.schemas import GroupOut, ReachOut, TurnoutOut
from app.turnout.steps import Step, step_of
from app.turnout.yardstick import Yardstick, statute_of, yardstick_of
from app.voting.counters import votes_by_cell

NO_TURNOUT_YET = (
    "There is no turnout yet: it is measured against the frozen roll, and the roll of this ballot "
    "is not frozen. Headquarters freezes it before voting opens."
)


@dataclass(frozen=True)
class Figures:
    """A ballot's frozen roll, the votes cast in its cells, and what they are held to.

    Attributes:
        votes: votes cast by cell id; cells without votes may be absent.
        step: how the ballot stood when its small groups were last counted to be shown; None where
            they are shown as they stand.
        read_at: the moment of which the figures speak.
    """

    ballot: str
    yardstick: Yardstick
    statute: Yardstick | None
    roll: FrozenRoll
    votes: Mapping[int, int]
    read_at: datetime
    step: Step | None = None

    @property
    def shown_against(self) -> Fraction | None:
        """The threshold that no percentage may seem to reach while it is short of it."""
        if self.yardstick.threshold is None and self.statute is not None:
            return self.statute.threshold
        return self.yardstick.threshold

    @cached_property
    def whole_votes(self) -> Mapping[int, int]:
        """The votes cast in each whole cell."""
        return self.roll.whole.votes(self.votes)

    @cached_property
    def step_votes(self) -> Mapping[int, int]:
        """The votes cast in each whole cell at the last step."""
        return self.roll.whole.votes(self.step.votes if self.step else self.votes)

    def cast(self, cell_ids: Iterable[int], *, in_steps: bool) -> int:
        """Return the votes cast in some cells; in steps, rounded down to a multiple of the floor.

        So the last few who have not voted are never known, nor the first few who have.
        """
        if not in_steps:
            return sum(map(self.whole_votes.__getitem__, cell_ids))
        cast = sum(map(self.step_votes.__getitem__, cell_ids))
        return cast - cast % self.roll.floor

    def stepped_at(self, *, in_steps: bool) -> datetime | None:
        """Return the moment of which a number in steps speaks, or None for one that moves."""
        if not in_steps:
            return None
        return self.step.taken_at if self.step else self.read_at

    @cached_property
    def reach(self) -> Reach | None:
        """Turnout of those who can be reached; None where nobody asked."""
        return None if self.roll.reach is None else self.roll.reach.standing(self.votes)


def refuse_draft(ballot: Ballot, *, now: datetime) -> None:
    """Refuse a ballot that has no turnout to speak of.

    Raises:
        RollNotFrozen: the ballot is a draft.
    """
    if state_of(ballot, now=now) is State.DRAFT:
        raise RollNotFrozen(NO_TURNOUT_YET)


def read_figures(session: Session, ballot: Ballot, *, now: datetime) -> Figures:
    """Read the cells of the frozen roll and their counters; never marks, never papers.

    Raises:
        RollNotFrozen: the ballot is a draft.
    """
    refuse_draft(ballot, now=now)
    begun = commenced(session)
    # The step first, and then the votes: it never knows of a cell that they do not.
    moving = ballot.small_in_steps and not is_over(ballot, now=now)
    step = step_of(session, ballot) if moving else None
    votes = votes_by_cell(session, key_of(ballot))
    return Figures(
        ballot=ballot.slug,
        yardstick=yardstick_of(ballot, commenced=begun),
        statute=statute_of(ballot, commenced=begun),
        roll=roll_of(session, ballot, cell_ids=votes.keys()),
        votes=votes,
        read_at=now,
        step=step,
    )


def turnout_from(figures: Figures, *, group_by: Grouping | None, branch: str | None) -> TurnoutOut:
    """Answer how turnout stands, in one branch or (None) in the whole ballot."""
    part = figures.roll.part(group_by=group_by, branch=branch)
    cast = None if part.hidden else figures.cast(part.cell_ids, in_steps=part.in_steps)
    reach, reached = figures.reach, None
    if reach is not None:
        reached = reach.total if branch is None else reach.among(part.branches)
    return TurnoutOut(
        ballot=figures.ballot,
        as_at=figures.read_at,
        entitled=part.entitled,
        roll=part.denominator,
        votes_cast=cast,
        turnout_percent=_turnout(cast, entitled=part.entitled, figures=figures),
        threshold=figures.yardstick.standing(entitled=part.entitled, votes_cast=cast),
        statute=figures.statute
        and figures.statute.standing(entitled=part.entitled, votes_cast=cast),
        reachable=_reachable(reached, figures=figures, withheld=part.hidden),
        stepped_at=figures.stepped_at(in_steps=part.in_steps),
        groups=[
            _group(
                group,
                figures=figures,
                reached=reach.branches[group.name] if reach and group_by == "branch" else None,
            )
            for group in part.groups
        ],
    )


def _group(group: PartGroup, *, figures: Figures, reached: Reached | None) -> GroupOut:
    cast = None if group.withheld else figures.cast(group.cell_ids, in_steps=group.in_steps)
    needed = figures.yardstick.needed(entitled=group.entitled, votes_cast=cast)
    by_statute = figures.statute and figures.statute.needed(
        entitled=group.entitled, votes_cast=cast
    )
    return GroupOut(
        name=group.name,
        entitled=group.entitled,
        votes_cast=cast,
        turnout_percent=_turnout(cast, entitled=group.entitled, figures=figures),
        votes_needed=needed,
        statute_votes_needed=by_statute,
        withheld=group.withheld,
        reachable=_reachable(reached, figures=figures, withheld=group.withheld),
        stepped_at=figures.stepped_at(in_steps=group.in_steps),
    )


def _reachable(reached: Reached | None, *, figures: Figures, withheld: bool) -> ReachOut | None:
    if reached is None:
        return None
    cast = None if withheld else reached.votes_cast
    return ReachOut(
        entitled=reached.entitled,
        votes_cast=cast,
        turnout_percent=_turnout(cast, entitled=reached.entitled, figures=figures),
        withheld=cast is None,
    )


def _turnout(cast: int | None, *, entitled: int, figures: Figures) -> str | None:
    if cast is None:
        return None
    if entitled == 0:
        return "0.00"
    return percent(cast, whole=entitled, threshold=figures.shown_against)
