"""Read one row: a member's facts, or every reason why not."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from app.roll import cells
from app.roll.cells import CellRefused
from app.roll.columns import Column, all_columns
from app.roll.csv_file import Row
from app.roll.header import Header
from app.roll.schemas import Fault, ProblemOut

NUMBER = "membership_number"


class RowOfRoll(NamedTuple):
    """A row that reads as a member.

    Attributes:
        number: the row's number in the file.
        facts: a value for each column that the file has.
    """

    number: int
    facts: dict[str, Any]


class RowReader:
    """Reads the rows of one file, in order."""

    def __init__(self, header: Header, *, today: date) -> None:
        self.problems: list[ProblemOut] = []
        self.rows = 0
        self.rejected = 0
        self._header = header
        self._columns: list[tuple[Column, int]] = [
            (column, header.places[column.name])
            for column in all_columns(today=today)
            if column.name in header.places
        ]
        self._first_row_of: dict[str, int] = {}

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that the file has, in the order of the contract."""
        return tuple(column.name for column, _ in self._columns)

    def read(self, row: Row) -> RowOfRoll | None:
        """Return what a row says of a member; None where it is blank or refused."""
        if row.is_blank:
            return None
        self.rows += 1
        facts: dict[str, Any] = {}
        problems = list(self._read(row, facts=facts))
        if problems:
            self.refuse(*problems)
            return None
        return RowOfRoll(row.number, facts)

    def refuse(self, *problems: ProblemOut) -> None:
        """Count one row as rejected, for all these reasons."""
        self.rejected += 1
        self.problems.extend(problems)

    def _read(self, row: Row, *, facts: dict[str, Any]) -> Iterator[ProblemOut]:
        misshapen = self._misshapen(row)
        if misshapen is not None:
            yield misshapen
            return
        written = row.cells or []
        for column, place in self._columns:
            try:
                facts[column.name] = _read_cell(written[place], column=column)
            except CellRefused as refused:
                yield _problem(row, refused.fault, refused.message, column=column.name)
        if NUMBER in facts:
            yield from self._repeated(row, number=facts[NUMBER])
        yield from _left_before_joining(row, facts=facts)

    def _misshapen(self, row: Row) -> ProblemOut | None:
        width = self._header.width
        if row.cells is None:
            return _problem(
                row,
                Fault.UNREADABLE_ROW,
                "This row cannot be read: a quotation mark is out of place, or a cell is far too "
                "long. Mend the row and import the file again.",
            )
        if len(row.cells) < width:
            return _problem(
                row,
                Fault.TOO_FEW_CELLS,
                f"This row has {len(row.cells)} cells and the header has {width}, so it is not "
                "certain which cell is which. Put in the missing commas.",
            )
        if any(cell.strip() for cell in row.cells[width:]):
            return _problem(
                row,
                Fault.TOO_MANY_CELLS,
                f"This row has {len(row.cells)} cells and the header has {width}. A cell with a "
                "comma in it needs quotation marks around it.",
            )
        return None

    def _repeated(self, row: Row, *, number: str) -> Iterator[ProblemOut]:
        first = self._first_row_of.setdefault(number, row.number)
        if first != row.number:
            yield _problem(
                row,
                Fault.REPEATED_NUMBER,
                f"Membership number {number} is already in row {first} of this file. "
                "Two members cannot share a number: keep the right row and remove the other.",
                column=NUMBER,
            )


def _read_cell(cell: str, *, column: Column) -> object:
    text = cells.clean(cell)
    if not text:
        if column.required:
            raise CellRefused(
                Fault.MISSING_VALUE,
                "This cell is empty, and no member can be on the roll without it. Fill it in.",
            )
        return column.blank
    if not text.isprintable():
        if column.several_lines:
            text = cells.without_line_breaks_of_windows(text)
        cells.refuse_control_characters(text, several_lines=column.several_lines)
    cells.refuse_if_longer(text, longest=column.longest)
    return column.read(text)


def left_before_joining(row: int, *, joined_on: date, left_on: date | None) -> ProblemOut | None:
    """Say what is wrong with a member who left before they joined; None for everybody else."""
    if left_on is None or left_on >= joined_on:
        return None
    return ProblemOut(
        row=row,
        column="left_on",
        code=Fault.LEFT_BEFORE_JOINING,
        message=(
            f"This member left on {left_on:%d/%m/%Y}, before they joined on {joined_on:%d/%m/%Y}. "
            "Check both days; for somebody who joined again, leave left_on empty."
        ),
    )


def _left_before_joining(row: Row, *, facts: dict[str, Any]) -> Iterator[ProblemOut]:
    if "joined_on" in facts:
        problem = left_before_joining(
            row.number, joined_on=facts["joined_on"], left_on=facts.get("left_on")
        )
        if problem is not None:
            yield problem


def _problem(row: Row, fault: Fault, message: str, *, column: str | None = None) -> ProblemOut:
    return ProblemOut(row=row.number, column=column, code=fault, message=message)
