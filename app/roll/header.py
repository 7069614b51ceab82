"""The header of a roll file: which of its columns is which."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.roll.columns import COLUMN_NAMES, REQUIRED
from app.roll.csv_file import Row
from app.roll.refusals import EmptyFile, MissingColumns, NoHeader, RepeatedColumn
from app.roll.schemas import Caution, WarningOut

_SEPARATORS = re.compile(r"[\s_\-]+")


def folded_name(name: str) -> str:
    """Return a column's name without case, spaces, underscores and hyphens."""
    return _SEPARATORS.sub("", name).casefold()


_KNOWN: Mapping[str, str] = {folded_name(name): name for name in COLUMN_NAMES}


@dataclass(frozen=True)
class Header:
    """Where each known column stands.

    Attributes:
        width: how many cells a row has.
        places: the name of a known column to its place, counted from 0, in the file's order.
        warnings: about columns that are left out.
    """

    width: int
    places: Mapping[str, int]
    warnings: tuple[WarningOut, ...] = ()


def find_header(rows: Iterator[Row]) -> Header:
    """Take rows up to the first that is not blank and read it as the header.

    Raises:
        EmptyFile: every row is blank.
        NoHeader: it names no known column.
        MissingColumns: it lacks a required one.
        RepeatedColumn: it names a known column twice.
    """
    for row in rows:
        if row.cells is None:
            raise NoHeader
        if not row.is_blank:
            return read_header(row.cells)
    raise EmptyFile


def read_header(cells: Sequence[str]) -> Header:
    """Match the cells of a header with the columns of a roll file."""
    places: dict[str, int] = {}
    strangers: list[str] = []
    unnamed = 0
    for place, cell in enumerate(cells):
        known = _KNOWN.get(folded_name(cell))
        if known is None:
            strangers += [cell.strip()[:60]] if cell.strip() else []
            unnamed += not cell.strip()
        elif known in places:
            raise RepeatedColumn(
                f"This file has two columns named {known}, so Muster cannot tell which one holds. "
                "Remove or rename one of them and import it again."
            )
        else:
            places[known] = place
    _refuse_if_incomplete(places)
    return Header(len(cells), places, tuple(_warnings(strangers, unnamed=unnamed)))


def _refuse_if_incomplete(places: Mapping[str, int]) -> None:
    if not places:
        raise NoHeader
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise MissingColumns(
            f"The header of this file lacks {_listed(missing)}. "
            "Without it no member can be put on the roll. Add it and import the file again."
        )


def _warnings(strangers: Sequence[str], *, unnamed: int) -> Iterator[WarningOut]:
    for name in strangers:
        yield WarningOut(
            code=Caution.UNKNOWN_COLUMN,
            message=f"The column “{name}” is not one that Muster knows. It was left out.",
        )
    if unnamed:
        columns = "A column has no name and was" if unnamed == 1 else f"{unnamed} columns were"
        yield WarningOut(
            code=Caution.UNNAMED_COLUMN, message=f"{columns} left out: the header is blank there."
        )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
