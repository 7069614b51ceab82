"""The figures of one ballot, read once, and the turnout answers made from them.

Apart from reading, so that one read can answer everyone who watches the same ballot.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlmodel import Session

from app.ballots.commencements import commenced
from app.ballots.credentials import RollNotFrozen
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.repository import Cell, cells_of
from app.ballots.schemas import Grouping
from app.ballots.service import key_of
from app.roll.cells import folded_branch
from app.rules.percent import percent
from app.turnout.schemas import GroupOut, TurnoutOut
from app.turnout.withholding import Group, withheld_groups
from app.turnout.yardstick import Yardstick, statute_of, yardstick_of
from app.voting.counters import votes_by_cell

NO_TURNOUT_YET = (
    "There is no turnout yet: it is measured against the frozen roll, and the roll of this ballot "
    "is not frozen. Headquarters freezes it before voting opens."
)


@dataclass(frozen=True, slots=True)
class Figures:
    """A ballot's cells, the votes cast in them, and what they are held to."""

    ballot: str
    floor: int
    yardstick: Yardstick
    statute: Yardstick | None
    cells: tuple[Cell, ...]
    votes: Mapping[int, int]

    @property
    def shown_against(self) -> Fraction | None:
        """The threshold that no percentage may seem to reach while it is short of it."""
        if self.yardstick.threshold is None and self.statute is not None:
            return self.statute.threshold
        return self.yardstick.threshold


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
    return Figures(
        ballot=ballot.slug,
        floor=ballot.floor,
        yardstick=yardstick_of(ballot, commenced=begun),
        statute=statute_of(ballot, commenced=begun),
        cells=tuple(sorted(cells_of(session, key_of(ballot)), key=lambda cell: cell.id)),
        votes=votes_by_cell(session, key_of(ballot)),
    )


def turnout_from(
    figures: Figures, *, group_by: Grouping | None, branch: str | None, now: datetime
) -> TurnoutOut:
    """Answer how turnout stands, in one branch or (None) in the whole ballot.

    Both views withhold by the same rule: a group that headquarters does not see is not seen by a
    branch, and a branch that headquarters does not see does not see itself.
    """
    cells = figures.cells
    withheld = withheld_groups(cells, floor=figures.floor)
    hidden = False
    if branch is not None:
        own = folded_branch(branch)
        cells = tuple(cell for cell in cells if folded_branch(cell.branch) == own)
        hidden = any(Group("branch", name=cell.branch) in withheld for cell in cells)
        withheld = withheld | withheld_groups(cells, floor=figures.floor)
    entitled = sum(cell.entitled for cell in cells)
    cast = None if hidden else sum(figures.votes.get(cell.id, 0) for cell in cells)
    groups = _groups(figures, cells=cells, group_by=group_by) if group_by else {}
    return TurnoutOut(
        ballot=figures.ballot,
        as_at=now,
        entitled=entitled,
        votes_cast=cast,
        turnout_percent=_turnout(cast, entitled=entitled, figures=figures),
        threshold=figures.yardstick.standing(entitled=entitled, votes_cast=cast),
        statute=figures.statute and figures.statute.standing(entitled=entitled, votes_cast=cast),
        groups=[
            _group(group, figures=figures, tally=tally, withheld=hidden or group in withheld)
            for group, tally in sorted(groups.items())
        ],
    )


@dataclass(slots=True)
class _Tally:
    entitled: int
    cast: int


def _groups(
    figures: Figures, *, cells: tuple[Cell, ...], group_by: Grouping
) -> Mapping[Group, _Tally]:
    entitled: Counter[Group] = Counter()
    cast: Counter[Group] = Counter()
    for cell in cells:
        group = Group(group_by, name=cell.group(group_by))
        entitled[group] += cell.entitled
        cast[group] += figures.votes.get(cell.id, 0)
    return {group: _Tally(size, cast=cast[group]) for group, size in entitled.items()}


def _group(group: Group, *, figures: Figures, tally: _Tally, withheld: bool) -> GroupOut:
    cast = None if withheld else tally.cast
    needed = figures.yardstick.needed(entitled=tally.entitled, votes_cast=cast)
    by_statute = figures.statute and figures.statute.needed(
        entitled=tally.entitled, votes_cast=cast
    )
    return GroupOut(
        name=group.name,
        entitled=tally.entitled,
        votes_cast=cast,
        turnout_percent=_turnout(cast, entitled=tally.entitled, figures=figures),
        votes_needed=needed,
        statute_votes_needed=by_statute,
        withheld=withheld,
    )


def _turnout(cast: int | None, *, entitled: int, figures: Figures) -> str | None:
    if cast is None:
        return None
    if entitled == 0:
        return "0.00"
    return percent(cast, whole=entitled, threshold=figures.shown_against)
