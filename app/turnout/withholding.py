"""Which groups to withhold, so that turnout never says who has voted. Pure.

It is decided by how many are entitled and never by how many have voted: a table whose gaps moved
with the votes would tell by moving.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple, get_args

from app.ballots.repository import Cell
from app.ballots.schemas import Grouping

GROUPINGS: tuple[str, ...] = get_args(Grouping)
# Officers work by these, so they are the last to be hidden for the sake of another group.
KEPT_LONGEST = frozenset({"branch", "region"})


class Group(NamedTuple):
    """One group of one grouping, such as the branch Leeds."""

    grouping: str
    name: str


class _Cost(NamedTuple):
    """What it costs to tie two cells together: entitled people whose group is newly withheld."""

    branches_and_regions: int
    employers_and_workplaces: int
    tied_already: int
    name: tuple[str, ...]


@lru_cache(maxsize=64)
def withheld_groups(cells: tuple[Cell, ...], *, floor: int) -> frozenset[Group]:
    """Return the groups, of every grouping, whose votes must not be shown.

    Withheld are the groups with fewer entitled than the floor, and as much again as stops a
    subtraction: from the total and all the groups shown, of all groupings together, no withheld
    group can be worked out; and whatever can be worked out about a set that holds anyone of a
    small group is about at least `floor` people, or about everyone.

    It works by tying cells together until each that needs cover is tied to `floor` people. Two
    tied cells stand in the same shown groups, so no sum of shown groups can tell them apart.

    Args:
        cells: what the one who looks can see: the whole frozen roll, or one branch of it.
        floor: the fewest entitled that a group may have and be shown.
    """
    ties = _Ties(cells, floor=floor)
    for index in ties.needing_cover():
        ties.cover(index)
    return frozenset(ties.withheld)


class _Ties:
    def __init__(self, cells: tuple[Cell, ...], *, floor: int) -> None:
        self._cells = cells
        self._floor = floor
        self._groups = [_groups_of(cell) for cell in cells]
        self._entitled: Counter[Group] = Counter()
        for cell, groups in zip(cells, self._groups, strict=True):
            self._entitled.update(dict.fromkeys(groups, cell.entitled))
        self.withheld = {group for group, size in self._entitled.items() if size < floor}
        self._tied = [{index} for index in range(len(cells))]
        self._near: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for index, cell in enumerate(cells):
            for place in _places_of(cell):
                self._near[place].append(index)

    def needing_cover(self) -> list[int]:
        """Return the cells of small groups, and of what is left of a group by subtraction."""
        needing = {
            index
            for index, groups in enumerate(self._groups)
            if any(group in self.withheld for group in groups)
        }
        for rest in _remainders(self._groups):
            if self._size(rest) < self._floor:
                needing.update(rest)
        return sorted(needing, key=lambda index: (self._cells[index].entitled, self._name(index)))

    def cover(self, index: int) -> None:
        """Tie a cell to others until `floor` people, or everyone, are tied to it."""
        while self._size(self._tied[index]) < self._floor:
            tie = self._cheapest_tie(self._tied[index])
            if tie is None:
                return
            self._tie(*tie)

    def _cheapest_tie(self, tied: set[int]) -> tuple[int, int] | None:
        # The own branch first, then the own region: the wider the search, the more it hides.
        for reach in range(len(_places_of(self._cells[0]))):
            pairs = [
                (index, other)
                for index in tied
                for other in self._near[_places_of(self._cells[index])[reach]]
                if other not in tied
            ]
            if pairs:
                return min(pairs, key=lambda pair: self._cost(*pair))
        return None

    def _cost(self, index: int, other: int) -> _Cost:
        hidden = self._split(index, other) - self.withheld
        dear = sum(self._entitled[group] for group in hidden if group.grouping in KEPT_LONGEST)
        total = sum(self._entitled[group] for group in hidden)
        return _Cost(
            branches_and_regions=dear,
            employers_and_workplaces=total - dear,
            tied_already=self._size(self._tied[other]),
            name=self._name(other),
        )

    def _tie(self, index: int, other: int) -> None:
        self.withheld |= self._split(index, other)
        together = self._tied[index] | self._tied[other]
        for each in together:
            self._tied[each] = together

    def _split(self, index: int, other: int) -> set[Group]:
        """Return the groups that hold one of two cells and not the other."""
        return set(self._groups[index]) ^ set(self._groups[other])

    def _size(self, indexes: Iterable[int]) -> int:
        return sum(self._cells[index].entitled for index in indexes)

    def _name(self, index: int) -> tuple[str, ...]:
        return tuple(group.name for group in self._groups[index])


def _groups_of(cell: Cell) -> tuple[Group, ...]:
    return tuple(Group(grouping, name=cell.group(grouping)) for grouping in GROUPINGS)


def _places_of(cell: Cell) -> tuple[tuple[str, ...], ...]:
    return ((cell.region, cell.branch), (cell.region,), ())


def _remainders(groups: list[tuple[Group, ...]]) -> Iterator[list[int]]:
    """Yield what is left of each group when the groups that lie inside it are taken away.

    A branch of 100 with one workplace of 97 all its own leaves three people by subtraction, whose
    other workplaces may be large.
    """
    for outer, inner in permutations(range(len(GROUPINGS)), 2):
        spread: dict[Group, set[Group]] = defaultdict(set)
        for each in groups:
            spread[each[inner]].add(each[outer])
        left: dict[Group, list[int]] = defaultdict(list)
        for index, each in enumerate(groups):
            if len(spread[each[inner]]) > 1:
                left[each[outer]].append(index)
        yield from left.values()
