"""Read CSV so that no row is lost: a row that cannot be read is handed on as unreadable.

A quotation mark out of place makes a CSV reader swallow the rows that follow it. Here the row in
which it stands is unreadable and reading goes on with the next line.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, Self

# An address may run over several lines; more than this is a quotation mark that was never closed.
MOST_LINES = 20
LONGEST_LINE = 100_000
# Characters read at a time where rows are taken by the block: some 350 rows of a roll. With larger
# blocks, Python's collector begins to walk through their lists again and again.
BLOCK = 50_000
SEPARATORS = (",", ";", "\t")
NAMED_SEPARATORS = frozenset(f"sep={separator}" for separator in SEPARATORS)
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


class Rows(NamedTuple):
    """Rows taken at once.

    Attributes:
        numbers: of each row, as `Row.number`.
        cells: of each row, as `Row.cells`.
    """

    numbers: Sequence[int]
    cells: Sequence[list[str] | None]


class _TooManyLines(Exception):
    """Refused because no cell of a roll runs over so many lines."""


class _Lines:
    """Hands out lines and remembers those of the row being read, to take back all but one."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._again: deque[str] = deque()
        # A character that was read to see whether it is the other half of a line break.
        self._held = ""
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
        return self._fitting(self._piece())

    def _piece(self) -> str:
        """Return a line, or as much of it as may be read at once, and never half a line break."""
        piece, self._held = self._held, ""
        if piece != "\r":
            piece += self._text.readline(LONGEST_LINE - len(piece))
        if piece.endswith("\r"):
            following = self._text.read(1)
            if following == "\n":
                return piece + following
            self._held = following
        return piece

    def _fitting(self, line: str) -> str:
        """Return a line, or instead of one far too long one that no CSV reader accepts."""
        if len(line) < LONGEST_LINE or (len(line) == LONGEST_LINE and _is_whole(line)):
            return line
        while line and not _is_whole(line):
            line = self._piece()
        return UNREADABLE_LINE

    def take_block(self) -> list[str]:
        """Return the next lines, about fifty thousand characters of them; none at the end."""
        block, self._held = self._held + self._text.read(BLOCK), ""
        if not block:
            return list(self._drained())
        # Where the block ends in a line break this adds one line more, or the other half of it.
        block += self._piece()
        lines = io.StringIO(block, newline="").readlines()
        return [*self._drained(), *map(self._fitting, lines)]

    def _drained(self) -> Iterator[str]:
        while self._again:
            yield self._again.popleft()

    @property
    def has_taken_back(self) -> bool:
        """Whether lines wait to be read again."""
        return bool(self._again)

    def take_back(self, lines: list[str]) -> None:
        """Let these lines be read again, before all others."""
        self._again.extendleft(reversed(lines))

    def take_back_all_but_first(self) -> None:
        """Let the lines after the first of this row be read again as rows of their own."""
        self.take_back(self.of_row[1:])


def _is_whole(line: str) -> bool:
    return line.endswith(("\n", "\r"))


class CsvRows:
    """Every row of a text, blank and unreadable ones too: one at a time, or a block at once."""

    def __init__(self, text: io.TextIOBase, *, separator: str) -> None:
        self._lines = _Lines(text)
        self._separator = separator
        self._reader = csv.reader(self._lines, delimiter=separator, strict=True)
        self._number = self._width = 0

    def __iter__(self) -> Self:
        """Return these rows."""
        return self

    def __next__(self) -> Row:
        """Return the next row."""
        self._lines.of_row.clear()
        try:
            cells = next(self._reader)
        except (csv.Error, _TooManyLines):
            return self._unreadable()
        if self._number == 0 and separator_named_in(self._lines.of_row[0]):
            return self._row([])
        self._width = self._width or len(cells)
        if len(self._lines.of_row) > 1 and _has_swallowed_rows(
            cells, width=self._width, separator=self._separator
        ):
            return self._unreadable()
        return self._row(cells)

    def take_block(self) -> Rows:
        """Return the next few hundred rows, none at the end: the same that one by one would come.

        Where each line is a row, which is nearly everywhere, the csv module reads them in one go.
        """
        lines = self._lines.take_block()
        try:
            found = list(csv.reader(lines, delimiter=self._separator, strict=True))
        except csv.Error:
            found = []
        if self._number > 0 and len(found) == len(lines):
            first = self._number + 1
            self._number += len(found)
            return Rows(range(first, first + len(found)), found)
        self._lines.take_back(lines)
        return rows_at_once(row for row in iter(self._next_of_block, None) if row is not None)

    def _next_of_block(self) -> Row | None:
        return next(self, None) if self._lines.has_taken_back else None

    def _row(self, cells: list[str] | None) -> Row:
        self._number += 1
        return Row(self._number, cells)

    def _unreadable(self) -> Row:
        self._lines.take_back_all_but_first()
        return self._row(None)


def rows_at_once(rows: Iterable[Row]) -> Rows:
    """Return rows that came one by one as a block."""
    each = list(rows)
    return Rows([row.number for row in each], [row.cells for row in each])


def read_rows(text: io.TextIOBase, *, separator: str = ",") -> CsvRows:
    """Read every row, blank and unreadable ones too."""
    return CsvRows(text, separator=separator)


@contextmanager
def open_csv(
    file: BinaryIO, *, encoding: str = "utf-8-sig", separator: str = ","
) -> Iterator[CsvRows]:
    """Give the rows of a text file from where it stands, one at a time, never all in memory."""
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield read_rows(text, separator=separator)
    finally:
        # The file is the caller's to close.
        text.detach()


def separator_named_in(line: str) -> str | None:
    """Return the separator that a first line such as `sep=;` names, as Excel reads it."""
    named = line.strip('\ufeff\r\n" ')
    return named[4:] if named.lower() in NAMED_SEPARATORS else None


def _has_swallowed_rows(cells: list[str], *, width: int, separator: str) -> bool:
    """Say whether a quotation mark has made whole rows part of a cell.

    Then the row has too few or too many cells; or one cell has, for each line break in it, exactly
    the separators of a row.
    """
    if len(cells) != width:
        return True
    breaks = [(cell, len(cell.splitlines()) - 1) for cell in cells]
    return any(count > 0 and cell.count(separator) == count * (width - 1) for cell, count in breaks)
