"""From the rows of a file of past results to units with counts; a row left out says why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import Invalid
from app.results.past_columns import COLUMNS, Columns, find_columns, whole_number
from app.results.past_file import Line, NothingToRead
from app.rules.thresholds import Count, ImpossibleCount
from app.rules.units import Unit

# The largest union has fewer workplaces that were ever balloted one by one.
MOST_UNITS = 25_000
LONGEST_NUMBER = 9  # digits; nobody has a thousand million members
NOTHING = frozenset({"", "-", "–", "—", "nil", "none", "n/a", "na"})
TOTALS = frozenset(
    {"total", "total:", "totals", "grand total", "overall", "overall total", "all", "all units"}
    | {"aggregate", "sum", "national total"}
)
WORDS = {
    "entitled": "people entitled",
    "votes_cast": "votes cast",
    "yes": "Yes votes",
    "no": "No votes",
    "spoiled": "spoiled papers",
}


class TooManyUnits(Invalid):
    """More units than are worked out at once."""

    code = "too_many_units"
    message = f"More than {MOST_UNITS:,} units are in it. Send fewer at a time."


class NoUnit(Invalid):
    """Not one row could be taken."""

    code = "no_unit"
    message = "No row of it could be taken. Mend them and send it again."


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """A row that was not taken, and why."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class PastResults:
    """The units of a file, the rows left out, and what was taken for granted."""

    units: tuple[Unit, ...]
    left_out: tuple[LeftOutRow, ...]
    notes: tuple[str, ...]


class _RowRefused(Exception):
    """This row cannot be taken; the message says why."""


def read_units(rows: Sequence[Line]) -> PastResults:
    """Turn rows into units, each once.

    Raises:
        NothingToRead: there is a header and nothing beneath it.
        NoSuchColumns: the columns that are needed are not there.
        NoUnit: no row could be taken; the sentence names the first reason.
        TooManyUnits: there are more than 25,000.
    """
    columns = find_columns(rows[0].cells)
    results = rows[1:] if columns.has_header else rows
    if not results:
        raise NothingToRead
    if len(results) > MOST_UNITS:
        raise TooManyUnits
    notes = list(_notes(columns))
    units: dict[str, Unit] = {}
    left_out: list[LeftOutRow] = []
    for number, cells in results:
        try:
            row = _aligned(cells, columns=columns)
            name = ", ".join(row[place] for place in columns.units if row[place])
            if name.casefold() in TOTALS:
                notes.append(f"Row {number}, “{name}”, was taken for a sum and is no unit.")
                continue
            _refuse_nameless_or_repeated(name, units=units)
            units[name.casefold()] = Unit(name, _count(row, places=columns.numbers))
        except (_RowRefused, ImpossibleCount) as refused:
            left_out.append(LeftOutRow(number, str(refused)))
    if not units:
        raise NoUnit(_first_reason(left_out))
    return PastResults(tuple(units.values()), tuple(left_out), tuple(notes))


def _first_reason(left_out: Sequence[LeftOutRow]) -> str | None:
    if not left_out:
        return None
    return f"No row of it could be taken. Row {left_out[0].row}: {left_out[0].message}"


def _notes(columns: Columns) -> Iterator[str]:
    if not columns.has_header:
        read_as = ", ".join(COLUMNS[: columns.width])
        yield f"The first row is no header, so the columns were read as {read_as}."
    if not {"spoiled", "votes_cast"} & columns.numbers.keys():
        yield "There is no column for spoiled papers, so none were counted."


def _aligned(cells: Sequence[str], *, columns: Columns) -> list[str]:
    """Bring a row to the width of the header: stray commas at its ends, or within the name."""
    row = list(cells)
    while len(row) > columns.width and not row[-1]:
        row.pop()
    while len(row) > columns.width and not row[0]:
        row.pop(0)
    surplus = len(row) - columns.width
    if surplus > 0:
        name = slice(columns.units[0], columns.units[0] + surplus + 1)
        if any(whole_number(part) is not None for part in row[name]):
            raise _RowRefused(
                f"It has {len(row)} cells where {columns.width} belong. A number or a name with a "
                "comma in it must stand in quotation marks."
            )
        row[name] = [", ".join(part for part in row[name] if part)]
    return row + [""] * (columns.width - len(row))


def _refuse_nameless_or_repeated(name: str, *, units: Mapping[str, Unit]) -> None:
    if not name:
        raise _RowRefused("It names no unit.")
    if name.casefold() in units:
        raise _RowRefused(
            f"“{name}” stands in it twice. Only the first is counted; send each question by itself."
        )


def _count(row: Sequence[str], *, places: Mapping[str, int]) -> Count:
    numbers = {column: _number(row[place], column=column) for column, place in places.items()}
    yes, no = numbers["yes"], numbers["no"]
    cast, spoiled = numbers.get("votes_cast"), numbers.get("spoiled")
    if spoiled is None:
        spoiled = max(cast - yes - no, 0) if cast is not None else 0
    return Count(
        entitled=numbers["entitled"],
        votes_cast=yes + no + spoiled if cast is None else cast,
        supporting=yes,
        opposing=no,
        spoiled=spoiled,
    )


def _number(cell: str, *, column: str) -> int:
    if column == "spoiled" and cell.casefold() in NOTHING:
        return 0
    if not cell:
        raise _RowRefused(f"It says nothing about {WORDS[column]}.")
    number = whole_number(cell)
    if number is None or len(str(number)) > LONGEST_NUMBER:
        raise _RowRefused(f"“{cell[:40]}” is not a whole number of {WORDS[column]}.")
    return number
