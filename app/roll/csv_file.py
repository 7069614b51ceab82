"""Read CSV so that no row is lost: a row that cannot be read is handed on as unreadable.

A quotation mark out of place makes a CSV reader swallow the rows that follow it. Here the row in
which it stands is unreadable and reading goes on with the next line.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, Self

# An address may run over several lines; more than this is a quotation mark that was never closed.
MOST_LINES = 20
LONGEST_LINE = 100_000
# No CSV reader accepts this line, whether or not it stands inside a quoted cell.
UNREADABLE_LINE = '"\0"\0\n'


class Row(NamedTuple):
    """One row as it stands in the file.

    Attributes:
        number: as a spreadsheet shows it, from 1 and with blank rows counted.
        cells: what stands in it; None if it cannot be read.
    """

    number: int
    cells: list[str] | None

    @property
    def is_blank(self) -> bool:
        """Whether it can be read and nothing stands in it."""
        return self.cells is not None and not any(cell.strip() for cell in self.cells)


class _TooManyLines(Exception):
    """Refused because no cell of a roll runs over so many lines."""


class _Lines:
    """Hands out lines and remembers those of the row being read, to take back all but one."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.of_row: list[str] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if len(self.of_row) >= MOST_LINES:
            raise _TooManyLines
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self.of_row.append(line)
        return line

    def _read(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(LONGEST_LINE)
        return UNREADABLE_LINE

    def take_back_all_but_first(self) -> None:
        """Let the lines after the first of this row be read again as rows of their own."""
        self._again.extendleft(reversed(self.of_row[1:]))


@contextmanager
def open_csv(file: BinaryIO) -> Iterator[Iterator[Row]]:
    """Give the rows of a UTF-8 file, with or without a byte order mark."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield read_rows(text)
    finally:
        # The file is the caller's to close.
        text.detach()


def read_rows(text: io.TextIOBase) -> Iterator[Row]:
    """Yield every row, blank and unreadable ones too."""
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    number = width = 0
    while True:
        number += 1
        lines.of_row.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooManyLines):
            lines.take_back_all_but_first()
            yield Row(number, None)
            continue
        width = width or len(cells)
        if len(lines.of_row) > 1 and _has_swallowed_rows(cells, width=width):
            lines.take_back_all_but_first()
            yield Row(number, None)
        else:
            yield Row(number, cells)


def _has_swallowed_rows(cells: list[str], *, width: int) -> bool:
    """Say whether a quotation mark has made whole rows part of a cell.

    Then the row has too few or too many cells; or one cell has, for each line break in it, exactly
    the commas of a row.
    """
    if len(cells) != width:
        return True
    breaks = [(cell, len(cell.splitlines()) - 1) for cell in cells]
    return any(count > 0 and cell.count(",") == count * (width - 1) for cell, count in breaks)
