"""The figures of one ballot, read once, and the turnout answers made from them.

Apart from reading, so that one read can answer everyone who watches the same ballot.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

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
from app.turnout.reach import Reach, Reached, Whole, reach_of, whole_of
from app.turnout.schemas import DenominatorOut, GroupOut, ReachOut, TurnoutOut
from app.turnout.withholding import Group, withheld_groups
from app.turnout.yardstick import Yardstick, statute_of, yardstick_of
from app.voting.counters import votes_by_cell

NO_TURNOUT_YET = (
    "There is no turnout yet: it is measured against the frozen roll, and the roll of this ballot "
    "is not frozen. Headquarters freezes it before voting opens."
)


@dataclass(frozen=True)
class Figures:
    """A ballot's cells, the votes cast in them, and what they are held to.

    Those who can be reached and those who cannot have cells of their own. What follows from the
    figures is worked out once for everybody who looks at them.
    """

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

    @cached_property
    def whole(self) -> Whole:
        """The cells, those who can be reached and those who cannot together."""
        return whole_of(self.cells)

    @cached_property
    def whole_votes(self) -> Mapping[int, int]:
        """The votes cast in each whole cell."""
        return self.whole.votes(self.votes)

    @cached_property
    def withheld(self) -> frozenset[Group]:
        """The groups whose turnout is withheld from everybody."""
        return withheld_groups(self.whole.cells, floor=self.floor)

    @cached_property
    def reach(self) -> Reach | None:
        """Turnout of those who can be reached; None where nobody asked."""
        return reach_of(self.cells, votes=self.votes, floor=self.floor)


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
    cells, votes, withheld = figures.whole.cells, figures.whole_votes, figures.withheld
    hidden = False
    if branch is not None:
        own = folded_branch(branch)
        cells = tuple(cell for cell in cells if folded_branch(cell.branch) == own)
        hidden = any(Group("branch", name=cell.branch) in withheld for cell in cells)
        withheld = withheld | withheld_groups(cells, floor=figures.floor)
    entitled = sum(cell.entitled for cell in cells)
    cast = None if hidden else sum(votes[cell.id] for cell in cells)
    groups = _groups(cells, votes=votes, group_by=group_by) if group_by else {}
    reach, reached = figures.reach, None
    if reach is not None:
        reached = reach.total if branch is None else reach.among(cells)
    return TurnoutOut(
        ballot=figures.ballot,
        as_at=now,
        entitled=entitled,
        roll=denominator_of(cells),
        votes_cast=cast,
        turnout_percent=_turnout(cast, entitled=entitled, figures=figures),
        threshold=figures.yardstick.standing(entitled=entitled, votes_cast=cast),
        statute=figures.statute and figures.statute.standing(entitled=entitled, votes_cast=cast),
        reachable=_reachable(reached, figures=figures, withheld=hidden),
        groups=[
            _group(
                group,
                figures=figures,
                tally=tally,
                withheld=hidden or group in withheld,
                reached=reach.branches[group.name] if reach and group_by == "branch" else None,
            )
            for group, tally in sorted(groups.items())
        ],
    )


def denominator_of(cells: Iterable[Cell]) -> DenominatorOut:
    """Say of whom those entitled consist: the frozen roll, and what changed on it since."""
    sizes = Counter[str]()
    for cell in cells:
        sizes.update(entitled=cell.entitled, added=cell.added, removed=cell.removed)
    return DenominatorOut(
        frozen=sizes["entitled"] - sizes["added"] + sizes["removed"],
        supplements=sizes["added"],
        exclusions=sizes["removed"],
    )


@dataclass(slots=True)
class _Tally:
    entitled: int
    cast: int


def _groups(
    cells: tuple[Cell, ...], *, votes: Mapping[int, int], group_by: Grouping
) -> Mapping[Group, _Tally]:
    entitled: Counter[Group] = Counter()
    cast: Counter[Group] = Counter()
    for cell in cells:
        group = Group(group_by, name=cell.group(group_by))
        entitled[group] += cell.entitled
        cast[group] += votes[cell.id]
    return {group: _Tally(size, cast=cast[group]) for group, size in entitled.items()}


def _group(
    group: Group, *, figures: Figures, tally: _Tally, withheld: bool, reached: Reached | None
) -> GroupOut:
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
        reachable=_reachable(reached, figures=figures, withheld=withheld),
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
