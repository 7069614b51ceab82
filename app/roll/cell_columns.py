"""Read a column of cells at once: in a few steps where all are ordinary, else cell by cell."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol

from app.roll import cells
from app.roll.cells import CellRefused, folded_branch
from app.roll.columns import Column, all_columns
from app.roll.header import Header
from app.roll.schemas import Fault

# What the database is given: text for days too, 1 and 0 for yes and no, None for no day.
Stored = str | None
Refusals = Sequence[tuple[int, CellRefused]]
# Different cells of one column that are remembered; then the column begins again.
MOST_REMEMBERED = 20_000
# What a spreadsheet may have bent, or a system protected from it: #N/A, ="0012", '+44, 12345.0,
# 1.2E+05, a mobile number without its nought. A space stands between cells.
BENT_TEXT = re.compile(r"[#=]|'[=+@\s-]")
BENT_CODE = re.compile(r"[^A-Za-z0-9 /()+-]|[0-9][eE]")
BENT_MOBILE = re.compile(r"[^A-Za-z0-9 /()+-]|[0-9][eE]|(?:^| )7[0-9]{9}")
# Columns whose cells hardly repeat, and what in them is read one by one.
UNUSUAL = {
    "membership_number": BENT_CODE,
    "given_name": BENT_TEXT,
    "family_name": BENT_TEXT,
    "mobile": BENT_MOBILE,
    "address": BENT_TEXT,
    "postcode": BENT_TEXT,
}
# An address of the plainest kind, which any reader takes as it is. Capitals go the long way.
PLAIN_LOCAL_PART = r"[a-z0-9]++(?:[._+-][a-z0-9]++)*+"
PLAIN_ADDRESS = re.compile(rf"{PLAIN_LOCAL_PART}@([a-z0-9.-]++)")
PLAIN_ADDRESSES = re.compile(rf"(?:(?:{PLAIN_LOCAL_PART}@[a-z0-9.-]++)?+\n)*+")
# Shorter than the 64 that fit before the @.
PLAIN_LENGTH = 60


class CellColumn(Protocol):
    """Reads the cells of one column."""

    name: str

    def read(self, written: Sequence[str]) -> tuple[list[Stored], Refusals]:
        """Return what each cell says, None where it is refused, and the refusals by place."""


def columns_of(
    header: Header, *, today: date, branches: Mapping[str, str]
) -> tuple[CellColumn, ...]:
    """Return a reader for each column that a file has, in the contract's order.

    Args:
        header: of the file.
        today: the London day, after which a date is a date to come.
        branches: the roll's branches, by folded code.
    """
    return tuple(
        _reader_of(column, branches=branches)
        for column in all_columns(today=today)
        if column.name in header.places
    )


def _reader_of(column: Column, *, branches: Mapping[str, str]) -> CellColumn:
    if column.name == "branch":
        return Remembered(column, settle=Spellings(branches).of)
    if column.read is cells.read_email:
        return EmailColumn(column)
    unusual = UNUSUAL.get(column.name)
    return Remembered(column) if unusual is None else TextColumn(column, unusual=unusual)


class Spellings:
    """Spells a branch as the roll does; the first spelling of a new branch stands."""

    def __init__(self, branches: Mapping[str, str]) -> None:
        self._codes = dict(branches)

    def of(self, branch: str) -> str:
        """Return the one spelling."""
        return self._codes.setdefault(folded_branch(branch), branch)


def read_cell(cell: str, *, column: Column) -> Stored:
    """Read one cell, with every check.

    Raises:
        CellRefused: the roll cannot keep what it says.
    """
    text = cells.clean(cell)
    if not text:
        if column.required:
            raise CellRefused(
                Fault.MISSING_VALUE,
                "This cell is empty, and no member can be on the roll without it. Fill it in.",
            )
        return _stored(column.blank)
    if not text.isprintable():
        if column.several_lines:
            text = cells.without_line_breaks_of_windows(text)
        cells.refuse_control_characters(text, several_lines=column.several_lines)
    cells.refuse_if_longer(text, longest=column.longest)
    return _stored(column.read(text))


def _stored(value: object) -> Stored:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no place on the roll")


class Remembered:
    """A column whose cells repeat, such as days and branches: each different one is read once."""

    def __init__(self, column: Column, *, settle: Callable[[str], str] | None = None) -> None:
        self.name = column.name
        self._known = _Known(column, settle=settle)

    def read(self, written: Sequence[str]) -> tuple[list[Stored], Refusals]:
        """Return what each cell says."""
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
            self._known.refused = False
        known = self._known
        return _parted([known[cell] for cell in written], refused=known.refused)


class _Known(dict[str, Stored | CellRefused]):
    """Cells that were read already."""

    def __init__(self, column: Column, *, settle: Callable[[str], str] | None) -> None:
        super().__init__()
        self.refused = False
        self._column = column
        self._settle = settle

    def __missing__(self, cell: str) -> Stored | CellRefused:
        found = _read_or_refused(cell, column=self._column)
        if isinstance(found, CellRefused):
            self.refused = True
        elif found is not None and self._settle is not None:
            found = self._settle(found)
        self[cell] = found
        return found


def _read_or_refused(cell: str, *, column: Column) -> Stored | CellRefused:
    try:
        return read_cell(cell, column=column)
    except CellRefused as why:
        # Without its traceback, which would hold on to every frame below.
        return why.with_traceback(None)


def _parted(found: list[Stored | CellRefused], *, refused: bool) -> tuple[list[Stored], Refusals]:
    """Part what was read from what was refused."""
    if not refused:
        return found, ()  # type: ignore[return-value]  # nothing in it was refused
    refusals = [(at, each) for at, each in enumerate(found) if isinstance(each, CellRefused)]
    return [None if isinstance(each, CellRefused) else each for each in found], refusals


class TextColumn:
    """A column of text as it comes: names, addresses, numbers."""

    def __init__(self, column: Column, *, unusual: re.Pattern[str]) -> None:
        self.name = column.name
        self._column = column
        self._unusual = unusual

    def read(self, written: Sequence[str]) -> tuple[list[Stored], Refusals]:
        """Return what each cell says."""
        stripped = list(map(str.strip, written))
        if self._all_usual(stripped):
            return stripped, ()  # type: ignore[return-value]  # text is one of what is stored
        found = [
            cell if self._is_usual(cell) else _read_or_refused(raw, column=self._column)
            for cell, raw in zip(stripped, written, strict=True)
        ]
        return _parted(found, refused=True)

    def _all_usual(self, stripped: Sequence[str]) -> bool:
        if max(map(len, stripped)) > self._column.longest:
            return False
        if self._column.required and not all(stripped):
            return False
        together = " ".join(stripped)
        return self._is_plain(together) and not self._unusual.search(together)

    def _is_usual(self, cell: str) -> bool:
        fits = (not self._column.required) if not cell else len(cell) <= self._column.longest
        return fits and self._is_plain(cell) and not self._unusual.search(cell)

    @staticmethod
    def _is_plain(text: str) -> bool:
        """Whether it holds nothing that `cells.clean` would change or that cannot be seen."""
        return text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))


class EmailColumn:
    """A column of e-mail addresses: their domains repeat, and most are of the plainest kind."""

    def __init__(self, column: Column) -> None:
        self.name = column.name
        self._column = column
        self._plain_domains: set[str] = set()

    def read(self, written: Sequence[str]) -> tuple[list[Stored], Refusals]:
        """Return what each cell says."""
        if len(self._plain_domains) > MOST_REMEMBERED:
            self._plain_domains.clear()
        if self._all_plain(written):
            return list(written), ()
        found = [
            cell if self._is_plain(cell) else _read_or_refused(cell, column=self._column)
            for cell in written
        ]
        return _parted(found, refused=True)

    def _all_plain(self, written: Sequence[str]) -> bool:
        if max(map(len, written)) > PLAIN_LENGTH:
            return False
        together = "\n".join(written) + "\n"
        if not PLAIN_ADDRESSES.fullmatch(together):
            return False
        domains = {cell.partition("@")[2] for cell in written} - self._plain_domains
        return all(self._is_plain_domain(domain) for domain in domains if domain)

    def _is_plain(self, cell: str) -> bool:
        if not cell or len(cell) > PLAIN_LENGTH:
            return False
        found = PLAIN_ADDRESS.fullmatch(cell)
        return found is not None and self._is_plain_domain(found[1])

    def _is_plain_domain(self, domain: str) -> bool:
        if domain not in self._plain_domains:
            address = f"someone@{domain}"
            if _read_or_refused(address, column=self._column) != address:
                return False
            self._plain_domains.add(domain)
        return True
