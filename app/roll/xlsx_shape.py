"""Measure a workbook before calamine holds it in memory, and note what calamine does not tell.

calamine makes room for every cell between the first and the last: two cells in opposite corners of
a sheet take hundreds of gigabytes. It shows an error or a formula that was never worked out as an
empty cell, which would empty what the roll knows. And it does not say that a number was shown with
leading zeros.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.roll.packed import Packed
from app.roll.refusals import BrokenSpreadsheet, SpreadsheetTooLarge
from app.roll.xlsx_parts import SharedTexts, SheetNames, Styles, local, parse

# In the rectangle that holds every cell: 300,000 members with every column, in half a gigabyte.
MOST_CELLS = 5_000_000
# Letters in all cells together, a text that many cells share counted for each.
MOST_LETTERS = 512 * 1024**2
MOST_ERRORS = 100_000
NOT_WORKED_OUT = "#CALC!"
STYLES = "xl/styles.xml"
SHARED_STRINGS = "xl/sharedstrings.xml"
WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
READ_BEFORE = {STYLES, SHARED_STRINGS, WORKBOOK, RELATIONS}
XML_NAMES = (".xml", ".rels")


@dataclass
class SheetShape:
    """What one sheet holds besides its values. Rows and columns are counted from 1.

    Attributes:
        cells: how many there are.
        errors: row to column to the error that stands there.
        paddings: column to the rows from which on its numbers are shown with so many digits.
    """

    cells: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    paddings: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def digits(self, *, row: int, column: int) -> int:
        """Return with how many digits a number is shown at least; 0 where nothing says so."""
        changes = self.paddings.get(column)
        if not changes:
            return 0
        place = bisect_right(changes, (row, MOST_CELLS)) - 1
        return changes[place][1] if place >= 0 else 0


def measure(packed: Packed) -> Mapping[str, SheetShape]:
    """Read every part once, and return the shape of each sheet by its name in the workbook.

    Raises:
        BrokenSpreadsheet: a part is not what it should be.
        SpreadsheetTooLarge: it would fill the memory, or has more errors than anyone mends.
    """
    styles, texts, sheets = Styles(), SharedTexts(), SheetNames()
    for name, reader in (
        (STYLES, styles),
        (SHARED_STRINGS, texts),
        (WORKBOOK, sheets),
        (RELATIONS, sheets),
    ):
        parse(packed.unpack(name), reader=reader)
    shapes = {}
    for name in packed.names - READ_BEFORE:
        if name.endswith(XML_NAMES):
            sheet = _Sheet(styles.digits, texts.lengths)
            parse(packed.unpack(name), reader=sheet)
            shapes[name] = sheet.shape
        else:
            # Counted all the same.
            for _ in packed.unpack(name):
                pass
    return {sheet: shapes[part] for sheet, part in sheets.parts().items() if part in shapes}


class _Sheet:
    """Walks the cells of one part."""

    def __init__(self, digits: Mapping[str, int], lengths: list[int]) -> None:
        self.shape = SheetShape()
        self._digits = digits
        self._lengths = lengths
        self._letters = 0
        self._columns: dict[str, int] = {}
        self._row = self._column = 0
        # The first row and column that hold something, and the last: none yet.
        self._extent = (MOST_CELLS, MOST_CELLS, 0, 0)
        self._kind = ""
        self._is_formula = False
        self._in_value = False
        self._value = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        match name if ":" not in name else local(name):
            case "c":
                self._begin_cell(attributes)
            case "v":
                self._in_value = True
            case "f":
                self._is_formula = True
            case "row":
                self._row = _whole(attributes.get("r"), instead=self._row + 1)
                self._column = 0

    def take(self, text: str) -> None:
        """Take some text."""
        if self._in_value:
            self._value += text

    def end(self, name: str) -> None:
        """Take the end of an element."""
        match name if ":" not in name else local(name):
            case "c":
                self._end_cell()
            case "v":
                self._in_value = False

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._place(attributes.get("r", ""))
        self.shape.cells += 1
        self._kind = attributes.get("t", "n")
        self._is_formula = False
        self._value = ""
        if self._digits:
            changes = self.shape.paddings[self._column]
            digits = self._digits.get(attributes.get("s", ""), 0) if self._kind == "n" else 0
            if not changes or changes[-1][1] != digits:
                changes.append((self._row, digits))

    def _place(self, reference: str) -> None:
        """Follow where a cell says it stands, or go one to the right; refuse too wide a sheet."""
        letters = reference.rstrip("0123456789")
        if letters:
            self._column = self._columns.get(letters) or self._new_column(letters)
            self._row = _whole(reference[len(letters) :], instead=self._row)
        else:
            self._column += 1
        top, left, bottom, right = self._extent
        if top <= self._row <= bottom and left <= self._column <= right:
            return
        self._extent = top, left, bottom, right = (
            min(top, self._row),
            min(left, self._column),
            max(bottom, self._row),
            max(right, self._column),
        )
        if (bottom - top + 1) * (right - left + 1) > MOST_CELLS:
            raise SpreadsheetTooLarge

    def _new_column(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            if not "A" <= letter <= "Z" or number > MOST_CELLS:
                raise BrokenSpreadsheet
            number = number * 26 + ord(letter) - ord("A") + 1
        self._columns[letters] = number
        return number

    def _end_cell(self) -> None:
        if self._kind == "s":
            place = _whole(self._value.strip(), instead=0)
            self._letters += self._lengths[place] if place < len(self._lengths) else 0
            if self._letters > MOST_LETTERS:
                raise SpreadsheetTooLarge
        elif self._kind == "e":
            self._note_error(self._value.strip() or NOT_WORKED_OUT)
        elif self._is_formula and not self._value and self._kind not in {"str", "inlineStr"}:
            self._note_error(NOT_WORKED_OUT)

    def _note_error(self, error: str) -> None:
        self.shape.errors.setdefault(self._row, {})[self._column] = error
        if len(self.shape.errors) > MOST_ERRORS:
            raise SpreadsheetTooLarge


def _whole(text: str | None, *, instead: int) -> int:
    if not text:
        return instead
    if not text.isdecimal() or len(text) > len(str(MOST_CELLS)):
        raise BrokenSpreadsheet
    return int(text)
