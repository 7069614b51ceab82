"""What follows from a frozen roll alone, worked out once and kept for as long as it stands. Pure.

The roll of 500 branches has thousands of cells, and votes come all the time. All that does not
move with them is kept, so that a reading of turnout only has to add votes up.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from app.ballots.repository import Cell
from app.ballots.schemas import Grouping
from app.roll.cells import folded_branch
from app.turnout.reach import ReachCells, Whole, reach_cells_of, whole_of
from app.turnout.schemas import DenominatorOut
from app.turnout.withholding import Group, withheld_groups


@dataclass(frozen=True, slots=True)
class PartGroup:
    """One group of a part of the roll.

    Attributes:
        cell_ids: the whole cells whose votes are the group's.
        withheld: whether its votes are shown to nobody.
    """

    name: str
    entitled: int
    cell_ids: tuple[int, ...]
    withheld: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one asker sees of the roll: all of it, or one branch, in the groups asked for.

    Attributes:
        branches: the names of the branches in it.
        hidden: whether its own votes are withheld, all together.
    """

    entitled: int
    denominator: DenominatorOut
    cell_ids: tuple[int, ...]
    branches: tuple[str, ...]
    hidden: bool
    groups: tuple[PartGroup, ...]


class FrozenRoll:
    """The cells of a frozen roll and what may be shown of them.

    Args:
        cells: those who can be reached and those who cannot, apart.
        floor: the fewest entitled that a group may have and be shown.
    """

    def __init__(self, cells: tuple[Cell, ...], *, floor: int) -> None:
        self.cells = cells
        self.floor = floor
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
        return reach_cells_of(self.cells, floor=self.floor)

    @cached_property
    def _cells_of_branch(self) -> Mapping[str, tuple[Cell, ...]]:
        together: dict[str, list[Cell]] = defaultdict(list)
        for cell in self.whole.cells:
            together[folded_branch(cell.branch)].append(cell)
        return {branch: tuple(cells) for branch, cells in together.items()}

    def part(self, *, group_by: Grouping | None, branch: str | None) -> Part:
        """Return what is seen of the roll: of one branch or (None) of the whole ballot.

        Both views withhold by the same rule: a group that headquarters does not see is not seen by
        a branch, and a branch that headquarters does not see does not see itself.
        """
        key = (group_by, branch and folded_branch(branch))
        part = self._parts.get(key)
        if part is None:
            part = self._part(group_by=group_by, branch=branch)
            # A branch that is not on the roll is answered and not kept: anybody could ask for more.
            if part.cell_ids:
                self._parts[key] = part
        return part

    def _part(self, *, group_by: Grouping | None, branch: str | None) -> Part:
        cells, withheld, hidden = self.whole.cells, self.withheld, False
        if branch is not None:
            cells = self._cells_of_branch.get(folded_branch(branch), ())
            hidden = any(Group("branch", name=cell.branch) in withheld for cell in cells)
            withheld = withheld | withheld_groups(cells, floor=self.floor)
        return Part(
            entitled=sum(cell.entitled for cell in cells),
            denominator=denominator_of(cells),
            cell_ids=tuple(cell.id for cell in cells),
            branches=tuple({cell.branch: None for cell in cells}),
            hidden=hidden,
            groups=_groups(cells, group_by=group_by, withheld=None if hidden else withheld),
        )


def _groups(
    cells: tuple[Cell, ...], *, group_by: Grouping | None, withheld: frozenset[Group] | None
) -> tuple[PartGroup, ...]:
    """Divide cells into groups in the order of their names; None for withheld withholds all."""
    if group_by is None:
        return ()
    together: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        together[cell.group(group_by)].append(cell)
    return tuple(
        PartGroup(
            name,
            entitled=sum(cell.entitled for cell in some),
            cell_ids=tuple(cell.id for cell in some),
            withheld=withheld is None or Group(group_by, name=name) in withheld,
        )
        for name, some in sorted(together.items())
    )


def denominator_of(cells: tuple[Cell, ...]) -> DenominatorOut:
    """Say of whom those entitled consist: the frozen roll, and what changed on it since."""
    sizes = Counter[str]()
    for cell in cells:
        sizes.update(entitled=cell.entitled, added=cell.added, removed=cell.removed)
    return DenominatorOut(
        frozen=sizes["entitled"] - sizes["added"] + sizes["removed"],
        supplements=sizes["added"],
        exclusions=sizes["removed"],
    )
