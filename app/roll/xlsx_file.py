"""Read the first sheet of an Excel workbook as rows of text."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from app.roll.csv_file import Row
from app.roll.packed import Packed
from app.roll.refusals import BrokenSpreadsheet
from app.roll.schemas import Caution, WarningOut
from app.roll.xlsx_shape import SheetShape, measure

# A spreadsheet keeps fifteen digits of a number; what comes after them was made up.
FIRST_ROUNDED = 10**15


class Workbook:
    """The rows of the first sheet, and what was left out."""

    def __init__(self, workbook: CalamineWorkbook, *, shapes: Mapping[str, SheetShape]) -> None:
        self.warnings: list[WarningOut] = []
        first, *others = _sheet_names(workbook)
        self._sheet = workbook.get_sheet_by_name(first)
        self._shape = shapes.get(first, SheetShape())
        left_out = [name for name in others if name in shapes and shapes[name].cells]
        if left_out:
            self.warnings.append(
                WarningOut(
                    code=Caution.OTHER_SHEETS,
                    message=f"Only the first sheet, “{first}”, was read. "
                    f"Left out: {', '.join(left_out)}.",
                )
            )

    def rows(self) -> Iterator[Row]:
        """Yield every row, numbered as the spreadsheet shows it."""
        if self._sheet.start is None:
            # A sheet without a single cell has no beginning and cannot be walked.
            return
        # Empty columns before the first that holds something are not handed out.
        first = self._sheet.start[1] + 1
        for number, values in enumerate(self._sheet.iter_rows(), 1):
            cells = [as_text(value) for value in values]
            yield Row(number, self._as_shown(cells, number=number, first=first))

    def _as_shown(self, cells: list[str], *, number: int, first: int) -> list[str]:
        """Put in what calamine leaves out: errors, and the leading zeros of numbers."""
        shape = self._shape
        for column, error in shape.errors.get(number, {}).items():
            if column < first:
                continue
            cells += [""] * (column - first + 1 - len(cells))
            cells[column - first] = error
        if not shape.paddings:
            return cells
        return [
            cell.zfill(shape.digits(row=number, column=column)) if cell.isdecimal() else cell
            for column, cell in enumerate(cells, first)
        ]


def _sheet_names(workbook: CalamineWorkbook) -> list[str]:
    """Return the sheets that somebody who opens the workbook sees."""
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    if not names:
        raise BrokenSpreadsheet
    return names


@contextmanager
def open_xlsx(file: BinaryIO) -> Iterator[Workbook]:
    """Open a workbook.

    Raises:
        BrokenSpreadsheet: it is no workbook.
        SpreadsheetTooLarge: it would fill the memory.
    """
    shapes = measure(Packed(file))
    file.seek(0)
    try:
        with CalamineWorkbook.from_filelike(file) as workbook:
            yield Workbook(workbook, shapes=shapes)
    except CalamineError as broken:
        raise BrokenSpreadsheet from broken


def as_text(value: object) -> str:
    """Return a cell as somebody would have typed it: 12345.0 is 12345, a date is 2024-02-29."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < FIRST_ROUNDED else f"{value:.14E}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
