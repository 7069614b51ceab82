"""Read the first sheet of an Excel workbook as rows of text."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from app.roll.csv_file import Row
from app.roll.refusals import BrokenSpreadsheet, SpreadsheetTooLarge
from app.roll.schemas import Caution, WarningOut

# A sheet holds 1,048,576 rows at most; a full one of a roll unpacks to about this many bytes.
LARGEST_UNPACKED = 2 * 1024**3


class Workbook:
    """The rows of the first sheet, and what was left out."""

    def __init__(self, workbook: CalamineWorkbook) -> None:
        self.warnings: list[WarningOut] = []
        first, *others = _sheet_names(workbook)
        self._sheet = workbook.get_sheet_by_name(first)
        left_out = [name for name in others if workbook.get_sheet_by_name(name).height]
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
        for number, values in enumerate(_values(self._sheet), 1):
            yield Row(number, [as_text(value) for value in values])


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


def _values(sheet: CalamineSheet) -> Iterator[Sequence[object]]:
    # A sheet without a single cell has no beginning and cannot be walked.
    if sheet.start is not None:
        yield from sheet.iter_rows()


@contextmanager
def open_xlsx(file: BinaryIO) -> Iterator[Workbook]:
    """Open a workbook.

    Raises:
        BrokenSpreadsheet: it is no workbook.
        SpreadsheetTooLarge: unpacked it is over 2 GiB.
    """
    _refuse_bombs(file)
    try:
        with CalamineWorkbook.from_filelike(file) as workbook:
            yield Workbook(workbook)
    except CalamineError as broken:
        raise BrokenSpreadsheet from broken


def _refuse_bombs(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as broken:
        raise BrokenSpreadsheet from broken
    if unpacked > LARGEST_UNPACKED:
        raise SpreadsheetTooLarge
    file.seek(0)


def as_text(value: object) -> str:
    """Return a cell as somebody would have typed it: 12345.0 is 12345, a date is 2024-02-29."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
