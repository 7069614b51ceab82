"""Read a file of past results as rows of cells, however it was saved.

Real files come from spreadsheets and web pages: any of three separators, any of three encodings,
quotation marks that are never closed. Each line is read by itself, so that one bad line costs
itself alone.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.core.errors import DomainError, Invalid
from app.roll.xlsx_file import open_xlsx

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# In UTF-16 every second byte of plain letters is nought.
SHARE_OF_NULS = 4
# The order is that of trust: a tab is never part of a name, a comma may be.
SEPARATORS = "\t;,"
LONGEST_LINE = 2000


class NothingToRead(Invalid):
    """There are no results in what was sent."""

    code = "nothing_to_read"
    message = "There is nothing in it. Choose a file, or paste the rows, and send it again."


class NotAResultsFile(Invalid):
    """It is neither text nor a workbook that can be read."""

    code = "not_a_results_file"
    message = (
        "This is neither text nor an Excel workbook (XLSX). Save it as CSV or as XLSX in your "
        "spreadsheet program and send that."
    )


class Line(NamedTuple):
    """One row: its number as a spreadsheet shows it, and its cells without outer spaces."""

    number: int
    cells: list[str]


def rows_of(content: bytes) -> list[Line]:
    """Return the rows in which anything stands.

    Raises:
        NothingToRead: there is none.
        NotAResultsFile: it cannot be read at all.
    """
    if content.startswith(ZIP_MAGIC):
        rows = list(_of_workbook(content))
    elif content.startswith(OLE_MAGIC):
        raise NotAResultsFile
    else:
        rows = list(rows_of_text(_decoded(content)))
    if not rows:
        raise NothingToRead
    return rows


def rows_of_text(text: str) -> Iterator[Line]:
    """Yield the rows of text in which anything stands, split at whatever separates its first."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = max(SEPARATORS, key=_outside_quotes(first).count)
    for number, line in enumerate(lines, 1):
        cells = _cells(line[:LONGEST_LINE], separator=separator)
        if any(cells):
            yield Line(number, cells)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _cells(line: str, *, separator: str) -> list[str]:
    # Not strict: a quotation mark out of place is kept as a letter of the name.
    reader = csv.reader([line], delimiter=separator, skipinitialspace=True)
    return _trimmed(next(reader))


def _trimmed(cells: Sequence[str]) -> list[str]:
    return [" ".join(cell.split()).strip("“” ") for cell in cells]


def _of_workbook(content: bytes) -> Iterator[Line]:
    try:
        with open_xlsx(io.BytesIO(content)) as book:
            for row in book.rows():
                cells = _trimmed(row.cells or [])
                if any(cells):
                    yield Line(row.number, cells)
    except DomainError as broken:
        raise NotAResultsFile from broken


def _decoded(content: bytes) -> str:
    if content.startswith(UTF_16_MARKS):
        return content.decode("utf-16", errors="replace")
    if content.count(0) > len(content) // SHARE_OF_NULS:
        # UTF-16 without its mark, as some exports write it.
        little_first = content[1::2].count(0) >= content[::2].count(0)
        return content.decode("utf-16-le" if little_first else "utf-16-be", errors="replace")
    if b"\0" in content:
        raise NotAResultsFile
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What a spreadsheet program on Windows calls plain CSV; five of its bytes mean nothing.
        return content.decode("cp1252", errors="replace")
