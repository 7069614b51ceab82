"""What follows from a frozen roll alone, worked out once and kept for as long as it stands. Pure.

The roll of 500 branches has thousands of cells, and votes come all the time. All that does not
move with them is kept, so that a reading of turnout only has to add votes up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.ballots.repository import Cell
from app.ballots.schemas import Grouping
from app.roll.cells import folded_branch
from app.turnout.reach import ReachCells, Whole, reach_cells_of, whole_of
from app.turnout.schemas import DenominatorOut
from app.turnout.withholding import Group, withheld_groups

# Where small groups are shown in steps: those with fewer entitled than so many times the floor.
SMALL = 4


@dataclass(frozen=True, slots=True)
class PartGroup:
    """One group of a part of the roll.

    Attributes:
        cell_ids: the whole cells whose votes are the group's.
        withheld: whether its votes are shown to nobody.
        in_steps: whether its votes are shown late and rounded.
    """

    name: str
    entitled: int
    cell_ids: tuple[int, ...]
    withheld: bool
    in_steps: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one asker sees of the roll: all of it, or one branch, in the groups asked for.

    Attributes:
        branches: the names of the branches in it.
        hidden: whether its own votes are withheld, all together.
        in_steps: whether its own votes are shown late and rounded.
    """

    entitled: int
    denominator: DenominatorOut
    cell_ids: tuple[int, ...]
    branches: tuple[str, ...]
    hidden: bool
    in_steps: bool
    groups: tuple[PartGroup, ...]


class FrozenRoll:
    """The cells of a frozen roll and what may be shown of them.

    Args:
        cells: those who can be reached and those who cannot, apart.
        floor: the fewest entitled that a group may have and be shown.
        in_steps: whether small groups at or over the floor are shown in steps (`in_steps`).
    """

    def __init__(self, cells: tuple[Cell, ...], *, floor: int, in_steps: bool = False) -> None:
        self.cells = cells
        self.floor = floor
        self._live_from = floor * SMALL if in_steps else floor
        self._parts: dict[tuple[Grouping | None, str | None], Part] = {}

    @cached_property
    def whole(self) -> Whole:
        """The cells, those who can be reached and those who cannot together."""
        return whole_of(self.cells)

    @cached_property
    def withheld(self) -> frozenset[Group]:
        """The groups whose turnout is withheld from everybody."""
        return withheld_groups(self.whole.cells, floor=self.floor)

    @cached_property
    def reach(self) -> ReachCells | None:
        """Who can be reached; None where nobody asked."""
        return reach_cells_of(self.cells, floor=self._live_from)

    @cached_property
    def in_steps(self) -> frozenset[Group]:
        """The groups whose votes nobody may watch arrive: small, or beside a small one.

        They are chosen as if they were withheld below `SMALL` times the floor: from all that moves
        at once, whatever can be worked out about anyone in them is about as many people together.
        """
        if self._live_from == self.floor:
            return frozenset()
        return withheld_groups(self.whole.cells, floor=self._live_from) - self.withheld

    @cached_property
    def _cells_of_branch(self) -> Mapping[str, tuple[Cell, ...]]:
        together: dict[str, list[Cell]] = defaultdict(list)
        for cell in self.whole.cells:
            together[folded_branch(cell.branch)].append(cell)
        return {branch: tuple(cells) for branch, cells in together.items()}

    def part(self, *, group_by: Grouping | None, branch: str | None) -> Part:
        """Return what is seen of the roll: of one branch or (None) of the whole ballot.

        What a branch is shown of groups that it shares with other branches is decided for all
        branches together: nobody learns more by putting two roles together (decision 41).
        """
        key = (group_by, branch and folded_branch(branch))
        part = self._parts.get(key)
        if part is None:
            part = (
                self._whole(group_by) if branch is None else self._branch(branch, group_by=group_by)
            )
            # A branch that is not on the roll is answered and not kept: anybody could ask for more.
            if part.cell_ids:
                self._parts[key] = part
        return part

    def _whole(self, group_by: Grouping | None) -> Part:
        cells = self.whole.cells
        groups = [
            PartGroup(
                name,
                entitled=_entitled(some),
                cell_ids=_ids(some),
                withheld=Group(str(group_by), name=name) in self.withheld,
                in_steps=Group(str(group_by), name=name) in self.in_steps,
            )
            for name, some in _by_group(cells, group_by=group_by)
        ]
        return _part(cells, hidden=False, in_steps=False, groups=groups)

    def _branch(self, branch: str, *, group_by: Grouping | None) -> Part:
        cells = self._cells_of_branch.get(folded_branch(branch), ())
        own = {Group("branch", name=cell.branch) for cell in cells}
        alone = PartGroup(
            "",
            entitled=_entitled(cells),
            cell_ids=_ids(cells),
            withheld=not own.isdisjoint(self.withheld),
            in_steps=not own.isdisjoint(self.in_steps),
        )
        everywhere = {each.name: each for each in self.part(group_by=group_by, branch=None).groups}
        groups = [
            self._piece(some, group=everywhere[name], branch=alone)
            for name, some in _by_group(cells, group_by=group_by)
        ]
        return _part(cells, hidden=alone.withheld, in_steps=alone.in_steps, groups=groups)

    def _piece(self, cells: Sequence[Cell], *, group: PartGroup, branch: PartGroup) -> PartGroup:
        """Return a branch's piece of a group: shown as the whole that it is, or by itself.

        By itself only where no cell of the roll is small: whatever anybody works out then is about
        as many people. Else the piece of an office that two branches share would let headquarters
        and one branch together work out the other piece.
        """
        ids = _ids(cells)
        same = next((whole for whole in (group, branch) if whole.cell_ids == ids), None)
        return PartGroup(
            group.name,
            entitled=_entitled(cells),
            cell_ids=ids,
            withheld=branch.withheld
            or (same.withheld if same else self._smallest_cell < self.floor or group.withheld),
            in_steps=same.in_steps if same else self.floor <= self._smallest_cell < self._live_from,
        )

    @cached_property
    def _smallest_cell(self) -> int:
        return min((cell.entitled for cell in self.whole.cells), default=0)


def _part(
    cells: Sequence[Cell], *, hidden: bool, in_steps: bool, groups: Iterable[PartGroup]
) -> Part:
    return Part(
        entitled=_entitled(cells),
        denominator=denominator_of(cells),
        cell_ids=_ids(cells),
        branches=tuple({cell.branch: None for cell in cells}),
        hidden=hidden,
        in_steps=in_steps,
        groups=tuple(groups),
    )


def _by_group(
    cells: Iterable[Cell], *, group_by: Grouping | None
) -> Iterable[tuple[str, list[Cell]]]:
    """Divide cells into groups, in the order of their names."""
    together: dict[str, list[Cell]] = defaultdict(list)
    if group_by is not None:
        for cell in cells:
            together[cell.group(group_by)].append(cell)
    return sorted(together.items())


def _entitled(cells: Iterable[Cell]) -> int:
    return sum(cell.entitled for cell in cells)


def _ids(cells: Iterable[Cell]) -> tuple[int, ...]:
    return tuple(cell.id for cell in cells)


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
