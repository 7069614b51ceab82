"""Turnout of those who can be reached, beside turnout of all. Pure.

The frozen roll counts those who could be reached in cells of their own. Beside all the numbers that
turnout shows anyway, one more number a branch and one for the whole ballot would let somebody
subtract those who cannot be reached, who are often few. So a number of this kind is shown only
where nothing new about fewer than `floor` people can be worked out from it (docs/decisions/0028).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby, repeat

from app.ballots.repository import Cell
from app.turnout.withholding import Group, withheld_groups


@dataclass(frozen=True, slots=True)
class Whole:
    """A frozen roll whose split cells are put together again.

    Attributes:
        cells: one for each branch, region, employer and workplace, under the id of its first part.
        id_of: the id of the whole cell that each part belongs to.
    """

    cells: tuple[Cell, ...]
    id_of: Mapping[int, int]

    def votes(self, votes: Mapping[int, int]) -> Mapping[int, int]:
        """Return the votes cast in each whole cell, of those in each part."""
        together = dict.fromkeys((cell.id for cell in self.cells), 0)
        for part, cast in votes.items():
            together[self.id_of[part]] += cast
        return together


@dataclass(frozen=True, slots=True)
class ReachShown:
    """Whose turnout of the reachable may be shown: the whole ballot's, and which branches'."""

    total: bool
    branches: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reached:
    """How many can be reached, and how many of them have voted; None where that is withheld."""

    entitled: int
    votes_cast: int | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Turnout of those who can be reached, in the whole ballot and in each branch."""

    total: Reached
    branches: Mapping[str, Reached]

    def among(self, branches: Iterable[str]) -> Reached:
        """Return the same for one branch, by each way that its name is spelled on the roll."""
        some = [self.branches[name] for name in branches]
        cast = [each.votes_cast for each in some if each.votes_cast is not None]
        return Reached(
            sum(each.entitled for each in some),
            votes_cast=sum(cast) if len(cast) == len(some) else None,
        )


def whole_of(cells: tuple[Cell, ...]) -> Whole:
    """Put the two halves of each cell together again."""
    together: list[Cell] = []
    id_of: dict[int, int] = {}
    for _, some in groupby(sorted(cells, key=_order), key=_place_of):
        parts = list(some)
        first = parts[0]
        sizes = {
            name: sum(getattr(part, name) for part in parts)
            for name in ("entitled", "added", "removed")
        }
        together.append(replace(first, reachable=None, **sizes))
        id_of.update({part.id: first.id for part in parts})
    return Whole(tuple(sorted(together, key=lambda cell: cell.id)), id_of=id_of)


@dataclass(frozen=True, slots=True)
class ReachCells:
    """Who can be reached, by branch, and of whom that may be shown; follows from the roll alone.

    Attributes:
        entitled: how many can be reached in each branch.
        cell_ids: the cells of each branch whose members can be reached.
    """

    shown: ReachShown
    entitled: Mapping[str, int]
    cell_ids: Mapping[str, tuple[int, ...]]

    def standing(self, votes: Mapping[int, int]) -> Reach:
        """Return the turnout of those who can be reached.

        Args:
            votes: votes cast by cell id; cells without votes may be absent.
        """
        cast = {
            branch: sum(map(votes.get, cell_ids, repeat(0)))
            for branch, cell_ids in self.cell_ids.items()
        }
        in_all = sum(cast.values())
        return Reach(
            Reached(sum(self.entitled.values()), votes_cast=in_all if self.shown.total else None),
            branches={
                branch: Reached(
                    number, votes_cast=cast[branch] if branch in self.shown.branches else None
                )
                for branch, number in self.entitled.items()
            },
        )


def reach_cells_of(cells: tuple[Cell, ...], *, floor: int) -> ReachCells | None:
    """Return who can be reached; None for a roll that never asked.

    Args:
        cells: the whole frozen roll, those who can be reached apart.
        floor: the fewest people about whom anything may be worked out.
    """
    if any(cell.reachable is None for cell in cells):
        return None
    reached: dict[str, list[Cell]] = {cell.branch: [] for cell in cells}
    for cell in cells:
        if cell.reachable:
            reached[cell.branch].append(cell)
    return ReachCells(
        reach_shown(cells, floor=floor),
        entitled={branch: sum(cell.entitled for cell in some) for branch, some in reached.items()},
        cell_ids={branch: tuple(cell.id for cell in some) for branch, some in reached.items()},
    )


def reach_shown(cells: tuple[Cell, ...], *, floor: int) -> ReachShown:
    """Say whose turnout of the reachable may be shown, by who is entitled and never by who voted.

    What can be worked out from these numbers and all the others is either known from the others
    alone, or about at least `floor` people. For whatever set of people somebody singles out with
    the number of one branch holds, of each workplace in it that has people of both kinds, all of
    one kind. So it is enough that these alone are `floor` people, of the one kind and of the other.
    The same goes for the total less the branches shown, which leaves all the other branches in one.

    Args:
        cells: the whole frozen roll, those who can be reached apart.
        floor: the fewest people about whom anything may be worked out.
    """
    withheld = withheld_groups(whole_of(cells).cells, floor=floor)
    branches = _branches_of(cells)
    shown = {name for name in branches if Group("branch", name=name) not in withheld}
    # All or nobody can be reached: the number is the branch's own, or nought.
    plain = {name for name in shown if branches[name].is_of_one_kind}
    apart = {name for name in shown - plain if branches[name].covers(floor)}
    rest = _Branch.sum_of(branches[name] for name in branches.keys() - plain - apart)
    kept = set(apart)
    for name in sorted(apart, key=lambda name: (branches[name].size, name)):
        if rest.is_of_one_kind or rest.covers(floor):
            break
        kept.discard(name)
        rest = _Branch.sum_of((rest, branches[name]))
    total = rest.is_of_one_kind or rest.covers(floor)
    return ReachShown(total, branches=frozenset(plain | (kept if total else apart)))


@dataclass(frozen=True, slots=True)
class _Branch:
    """How many can be reached and how many not, in all and in cells that have both."""

    reached: int = 0
    unreached: int = 0
    reached_among_both: int = 0
    unreached_among_both: int = 0

    @classmethod
    def sum_of(cls, branches: Iterable["_Branch"]) -> "_Branch":
        total = cls()
        for each in branches:
            total = cls(
                total.reached + each.reached,
                total.unreached + each.unreached,
                total.reached_among_both + each.reached_among_both,
                total.unreached_among_both + each.unreached_among_both,
            )
        return total

    @property
    def size(self) -> int:
        return self.reached + self.unreached

    @property
    def is_of_one_kind(self) -> bool:
        return self.reached == 0 or self.unreached == 0

    def covers(self, floor: int) -> bool:
        return min(self.reached_among_both, self.unreached_among_both) >= floor


def _branches_of(cells: Iterable[Cell]) -> dict[str, _Branch]:
    parts: dict[str, list[_Branch]] = defaultdict(list)
    for place, some in groupby(sorted(cells, key=_order), key=_place_of):
        halves = list(some)
        reached = sum(half.entitled for half in halves if half.reachable)
        unreached = sum(half.entitled for half in halves if not half.reachable)
        both = bool(reached and unreached)
        parts[place[0]].append(
            _Branch(
                reached,
                unreached,
                reached_among_both=reached if both else 0,
                unreached_among_both=unreached if both else 0,
            )
        )
    return {branch: _Branch.sum_of(each) for branch, each in parts.items()}


def _place_of(cell: Cell) -> tuple[str, str, str, str]:
    return (cell.branch, cell.region, cell.employer, cell.workplace)


def _order(cell: Cell) -> tuple[tuple[str, str, str, str], int]:
    return (_place_of(cell), cell.id)
