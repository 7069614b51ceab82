"""Read rows by the block: members' facts column by column, or every reason why not.

A column of a thousand cells is checked in a few steps where one cell at a time would take
thousands; only cells that are out of the ordinary are read one by one (docs/decisions/0026).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import compress
from typing import NamedTuple

from app.roll.cell_columns import CellColumn, Stored, columns_of
from app.roll.cells import CellRefused
from app.roll.csv_file import Row, Rows
from app.roll.header import Header
from app.roll.schemas import Fault, ProblemOut

NUMBER = "membership_number"
# More reasons than these are counted and not kept: nobody mends so many rows by hand.
MOST_PROBLEMS = 20_000


class Block(NamedTuple):
    """What some rows of a file say, as the database stores it.

    Attributes:
        numbers: the rows that read well, by their numbers in the file.
        columns: a list for each column that the file has, in the contract's order; each as long
            as `numbers`.
        refused: row number and membership number of refused rows that have one.
    """

    numbers: Sequence[int]
    columns: list[list[Stored]]
    refused: list[tuple[int, str]]


class RowReader:
    """Reads the rows of one file, in order."""

    def __init__(self, header: Header, *, today: date, branches: Mapping[str, str]) -> None:
        self.problems = Problems()
        self.rows = 0
        self._width = header.width
        self._columns = columns_of(header, today=today, branches=branches)
        self._places = [header.places[column.name] for column in self._columns]
        self._number_at = header.places[NUMBER]

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that the file has, in the order of the contract."""
        return tuple(column.name for column in self._columns)

    def read(self, rows: Rows) -> Block:
        """Return what rows say of members; blank ones are passed over, refused ones named."""
        numbers, cells = self._well_shaped(rows)
        self.rows += len(numbers)
        if not numbers:
            return Block([], [[] for _ in self._columns], [])
        turned = list(zip(*cells, strict=True))
        columns: list[list[Stored]] = []
        faults: dict[int, list[ProblemOut]] = {}
        for column, place in zip(self._columns, self._places, strict=True):
            stored, refusals = column.read(turned[place])
            columns.append(stored)
            for at, why in refusals:
                faults.setdefault(at, []).append(_refusal(numbers[at], why, column=column))
        for at, problem in self._left_before_joining(numbers, columns):
            faults.setdefault(at, []).append(problem)
        if not faults:
            return Block(numbers, columns, [])
        return self._without(faults, numbers=numbers, columns=columns)

    def _well_shaped(self, rows: Rows) -> tuple[Sequence[int], Sequence[list[str]]]:
        """Return numbers and cells of the rows that have as many cells as the header."""
        cells = [each for each in rows.cells if each is not None]
        if len(cells) == len(rows.cells) and set(map(len, cells)) <= {self._width}:
            at = self._number_at
            # A row without a membership number may be a blank one.
            if all(map(str.strip, [each[at] for each in cells])):
                return rows.numbers, cells
        return self._picked(map(Row, rows.numbers, rows.cells))

    def _picked(self, rows: Iterable[Row]) -> tuple[list[int], list[list[str]]]:
        numbers, cells = [], []
        for row in rows:
            if row.is_blank:
                continue
            problem = _misshapen(row, width=self._width)
            if problem is None and row.cells is not None:
                numbers.append(row.number)
                cells.append(row.cells[: self._width])
            elif problem is not None:
                self.rows += 1
                self.problems.refuse(problem)
        return numbers, cells

    def _without(
        self,
        faults: Mapping[int, list[ProblemOut]],
        *,
        numbers: Sequence[int],
        columns: list[list[Stored]],
    ) -> Block:
        """Refuse rows and return the others."""
        known = columns[self.fields.index(NUMBER)]
        refused = []
        for at in sorted(faults):
            self.problems.refuse(*faults[at])
            number = known[at]
            if number is not None:
                refused.append((numbers[at], number))
        kept = [at not in faults for at in range(len(numbers))]
        return Block(
            list(compress(numbers, kept)),
            [list(compress(column, kept)) for column in columns],
            refused,
        )

    def _left_before_joining(
        self, numbers: Sequence[int], columns: list[list[Stored]]
    ) -> list[tuple[int, ProblemOut]]:
        fields = self.fields
        if "left_on" not in fields:
            return []
        left = columns[fields.index("left_on")]
        if not any(left):
            return []
        joined = columns[fields.index("joined_on")]
        # Days of the year 2024 are written 2024-02-29 by now, so their order is that of the words.
        return [
            (
                at,
                left_before_joining(
                    numbers[at],
                    joined_on=date.fromisoformat(joined_on),
                    left_on=date.fromisoformat(left_on),
                ),
            )
            for at, (joined_on, left_on) in enumerate(zip(joined, left, strict=True))
            if left_on is not None and joined_on is not None and left_on < joined_on
        ]


@dataclass
class Problems:
    """Why rows were refused: all of them counted, the first reasons kept."""

    kept: list[ProblemOut] = field(default_factory=list)
    rejected: int = 0
    unlisted: int = 0

    def copy(self) -> "Problems":
        """Return the same to go on with."""
        return replace(self, kept=list(self.kept))

    def refuse(self, *problems: ProblemOut) -> None:
        """Count one row as rejected, for all these reasons."""
        self.rejected += 1
        self.add(*problems)

    def add(self, *problems: ProblemOut) -> None:
        """Keep reasons while there is room."""
        room = max(MOST_PROBLEMS - len(self.kept), 0)
        self.kept.extend(problems[:room])
        self.unlisted += len(problems[room:])


def _misshapen(row: Row, *, width: int) -> ProblemOut | None:
    if row.cells is None:
        return problem_of(
            row.number,
            Fault.UNREADABLE_ROW,
            "This row cannot be read: a quotation mark is out of place, or a cell is far too "
            "long. Mend the row and import the file again.",
        )
    if len(row.cells) < width:
        return problem_of(
            row.number,
            Fault.TOO_FEW_CELLS,
            f"This row has {len(row.cells)} cells and the header has {width}, so it is not "
            "certain which cell is which. Put in the missing commas.",
        )
    if any(cell.strip() for cell in row.cells[width:]):
        return problem_of(
            row.number,
            Fault.TOO_MANY_CELLS,
            f"This row has {len(row.cells)} cells and the header has {width}. A cell with a "
            "comma in it needs quotation marks around it.",
        )
    return None


def left_before_joining(row: int, *, joined_on: date, left_on: date) -> ProblemOut:
    """Say what is wrong with a member who left before they joined."""
    return problem_of(
        row,
        Fault.LEFT_BEFORE_JOINING,
        f"This member left on {left_on:%d/%m/%Y}, before they joined on {joined_on:%d/%m/%Y}. "
        "Check both days; for somebody who joined again, leave left_on empty.",
        column="left_on",
    )


def _refusal(row: int, why: CellRefused, *, column: CellColumn) -> ProblemOut:
    return problem_of(row, why.fault, why.message, column=column.name)


def problem_of(row: int, fault: Fault, message: str, *, column: str | None = None) -> ProblemOut:
    """Return one reason why a row was refused."""
    return ProblemOut(row=row, column=column, code=fault, message=message)
