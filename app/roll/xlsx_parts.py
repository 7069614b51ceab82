"""Read the parts of a workbook that say how its cells are to be understood."""

import re
from collections.abc import Iterable
from typing import Protocol
from xml.parsers import expat

from app.roll.refusals import BrokenSpreadsheet

_ZEROS = re.compile(r"0{2,40}")


class Reader(Protocol):
    """Takes the elements of one part, in order."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def take(self, text: str) -> None:
        """Take some text."""


def parse(pieces: Iterable[bytes], *, reader: Reader) -> None:
    """Hand the elements of a part of a workbook to a reader.

    Raises:
        BrokenSpreadsheet: it is no XML, or XML with a document type.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.take
    # No office program writes a document type, and entities are how XML is made into a bomb.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    begun = False
    try:
        for piece in pieces:
            begun = True
            parser.Parse(piece)
        if begun:
            parser.Parse(b"", True)
    except expat.ExpatError as broken:
        raise BrokenSpreadsheet from broken


def _refuse_doctype(*_: object) -> None:
    raise BrokenSpreadsheet


def local(name: str) -> str:
    """Return an element's name without its prefix, as calamine compares it."""
    return name.rpartition(":")[2]


class Styles:
    """Finds the styles that show a number with leading zeros: number format 00000."""

    def __init__(self) -> None:
        self.digits: dict[str, int] = {}
        self._formats: dict[str, int] = {}
        self._in_cell_styles = False
        self._count = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        match local(name):
            case "numFmt":
                if _ZEROS.fullmatch(code := attributes.get("formatCode", "").partition(";")[0]):
                    self._formats[attributes.get("numFmtId", "")] = len(code)
            case "cellXfs":
                self._in_cell_styles = True
            case "xf" if self._in_cell_styles:
                digits = self._formats.get(attributes.get("numFmtId", ""))
                if digits:
                    self.digits[str(self._count)] = digits
                self._count += 1

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if local(name) == "cellXfs":
            self._in_cell_styles = False

    def take(self, text: str) -> None:
        """Take some text, which says nothing of styles."""


class SharedTexts:
    """Measures the texts that cells share, without keeping them."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._inside = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        del attributes
        if local(name) == "si":
            self.lengths.append(0)
            self._inside = True

    def take(self, text: str) -> None:
        """Take some text."""
        if self._inside:
            self.lengths[-1] += len(text)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if local(name) == "si":
            self._inside = False


class SheetNames:
    """Finds which part holds which sheet: the workbook gives it an id, its relations a part."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._targets: dict[str, str] = {}

    def parts(self) -> dict[str, str]:
        """Return the name of each sheet, and of the part that holds it, in lower case."""
        return {sheet: self._part(relation) for sheet, relation in self._ids.items()}

    def _part(self, relation: str) -> str:
        target = self._targets.get(relation, "").lower()
        return target.removeprefix("/") if target.startswith(("/", "xl/")) else f"xl/{target}"

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        match local(name):
            case "sheet":
                ids = [value for key, value in attributes.items() if local(key) == "id"]
                self._ids[attributes.get("name", "")] = ids[0] if ids else ""
            case "Relationship":
                self._targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def end(self, name: str) -> None:
        """Take the end of an element, which says nothing of sheets."""

    def take(self, text: str) -> None:
        """Take some text, which says nothing of sheets."""
