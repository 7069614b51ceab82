"""The header of a roll file: which of its columns is which."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.roll.columns import COLUMN_NAMES, REQUIRED
from app.roll.csv_file import Row
from app.roll.refusals import EmptyFile, MissingColumns, NoHeader, RepeatedColumn, WrongMapping
from app.roll.schemas import Caution, WarningOut
from app.roll.spellings import OUR_NAMES, column_called, folded_name

LONGEST_NAME_SHOWN = 60
# The column that Muster adds to the rows it refused; a mended file may still have it.
REASON_COLUMN = "why_refused"
_REASON = folded_name(REASON_COLUMN)


@dataclass(frozen=True)
class Header:
    """Where each known column stands.

    Attributes:
        width: how many cells a row has.
        places: the name of a known column to its place, counted from 0, in the file's order.
        warnings: about columns that are left out.
        names: the cells of the header as the file has them.
    """

    width: int
    places: Mapping[str, int]
    warnings: tuple[WarningOut, ...] = ()
    names: tuple[str, ...] = ()


def read_names(rows: Iterator[Row]) -> tuple[str, ...]:
    """Take rows up to the first that is not blank and return its cells: the header.

    Raises:
        EmptyFile: every row is blank.
        NoHeader: the row cannot be read.
    """
    for row in rows:
        if row.cells is None:
            raise NoHeader
        if not row.is_blank:
            return tuple(row.cells)
    raise EmptyFile


def signature(names: Sequence[str]) -> str:
    """Return what tells one kind of header from another: SHA-256 of its names in order, in hex.

    Refused rows that come back with their reasons have the header of the file they are from.
    """
    folded = json.dumps([key for name in names if (key := folded_name(name)) != _REASON])
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def read_header(names: Sequence[str], *, mapping: Mapping[str, str] | None = None) -> Header:
    """Match the cells of a header with the columns of a roll file.

    Args:
        names: the cells of the header.
        mapping: our column to the file's header, or to nothing to leave that column out. Columns
            that it does not mention are matched by their own name.

    Raises:
        NoHeader: it names no known column.
        MissingColumns: it lacks a required one.
        RepeatedColumn: it names a known column twice.
        WrongMapping: the mapping names a column that we or the file do not have, or one twice.
    """
    places = dict(_mapped(names, mapping=mapping or {}))
    taken = set(places.values())
    strangers: list[str] = []
    unnamed = 0
    for place, name in enumerate(names):
        if place in taken:
            continue
        ours = OUR_NAMES.get(folded_name(name))
        if ours is None or ours in (mapping or {}):
            strangers += [name.strip()] if name.strip() and folded_name(name) != _REASON else []
            unnamed += not name.strip()
        elif ours in places:
            raise RepeatedColumn(
                f"This file has two columns named {ours}, so Muster cannot tell which one holds. "
                "Remove or rename one of them and import it again."
            )
        else:
            places[ours] = place
    _refuse_if_incomplete(places, names=names)
    in_order = dict(sorted(places.items(), key=lambda known: known[1]))
    return Header(len(names), in_order, tuple(_warnings(strangers, unnamed=unnamed)), tuple(names))


def _mapped(names: Sequence[str], *, mapping: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield our columns that a mapping settles, and their places."""
    folded = [folded_name(name) for name in names]
    used: dict[int, str] = {}
    for ours, theirs in mapping.items():
        if ours not in COLUMN_NAMES:
            raise WrongMapping(
                f"“{ours[:LONGEST_NAME_SHOWN]}” in the mapping is not a column of the roll. "
                f"The columns are {_listed(COLUMN_NAMES)}."
            )
        if not theirs.strip():
            continue
        found = folded.count(folded_name(theirs))
        if found != 1:
            times = "no column" if found == 0 else f"{found} columns"
            raise WrongMapping(
                f"The mapping says that {ours} stands under “{theirs[:LONGEST_NAME_SHOWN]}”, and "
                f"this file has {times} of that name. Choose another column for it."
            )
        place = folded.index(folded_name(theirs))
        if place in used:
            raise WrongMapping(
                f"The mapping gives the column “{theirs[:LONGEST_NAME_SHOWN]}” to both "
                f"{used[place]} and {ours}. Choose another column for one of them."
            )
        used[place] = ours
        yield ours, place


def _refuse_if_incomplete(places: Mapping[str, int], *, names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in places]
    lookalikes = {name: _lookalike(name, names=names) for name in missing}
    if not places and not any(lookalikes.values()):
        raise NoHeader
    if missing:
        likely = [f"“{theirs}” for {ours}" for ours, theirs in lookalikes.items() if theirs]
        hint = f" It may have it by another name: {_listed(likely)}." if likely else ""
        raise MissingColumns(
            f"The header of this file lacks {_listed(missing)}. Without it no member can be put "
            f"on the roll.{hint} Add or rename the column, or say which one it is, and import the "
            "file again."
        )


def _lookalike(ours: str, *, names: Sequence[str]) -> str | None:
    return next(
        (name.strip()[:LONGEST_NAME_SHOWN] for name in names if column_called(name) == ours), None
    )


def _warnings(strangers: Sequence[str], *, unnamed: int) -> Iterator[WarningOut]:
    for name in strangers:
        yield WarningOut(
            code=Caution.UNKNOWN_COLUMN,
            message=f"The column “{name[:LONGEST_NAME_SHOWN]}” is not one that Muster knows. "
            "It was left out.",
        )
    if unnamed:
        columns = "A column has no name and was" if unnamed == 1 else f"{unnamed} columns were"
        yield WarningOut(
            code=Caution.UNNAMED_COLUMN, message=f"{columns} left out: the header is blank there."
        )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
