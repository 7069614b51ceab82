"""Tell what kind of file somebody sent before reading it, and open it.

`RollFile.rows` streams: a CSV file of any size is read row by row in bounded memory. A workbook is
measured before it is opened (`packed.py`, `xlsx_shape.py`), because calamine holds a whole sheet.
"""

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from app.roll.csv_file import Row, open_csv
from app.roll.refusals import EmptyFile, OldSpreadsheet, WrongFileName
from app.roll.schemas import Caution, WarningOut
from app.roll.text_file import SAMPLE, Writing, find_writing
from app.roll.xlsx_file import open_xlsx

CHUNK = 1024 * 1024
LONGEST_NAME = 100
XLSX_NAMES = frozenset({".xlsx", ".xlsm"})
SPREADSHEET_NAMES = XLSX_NAMES | {".xls", ".xlsb", ".ods", ".numbers"}
PDF_MAGIC = b"%PDF-"
# Source: PKWARE's APPNOTE 4.3.7, and Microsoft's MS-CFB 2.2.
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")


@dataclass(frozen=True)
class RollFile:
    """An open roll file.

    Attributes:
        name: what it is called, without folders.
        digest: its SHA-256, in hex.
        rows: every row, the header's among them.
        warnings: about what was left out, or guessed.
    """

    name: str
    digest: str
    rows: Iterator[Row]
    warnings: tuple[WarningOut, ...] = ()


def plain_name(file_name: str) -> str:
    """Return what a file is called, without folders and not too long."""
    return PurePath(file_name.replace("\\", "/")).name[-LONGEST_NAME:]


@contextmanager
def open_roll_file(file: BinaryIO, *, file_name: str) -> Iterator[RollFile]:
    """Open a roll file by what is in it, and refuse one whose name says something else.

    Args:
        file: opened for reading bytes, and one that can be read twice.
        file_name: what the sender calls it.

    Raises:
        EmptyFile: it has no bytes.
        NotReadable: it is text in no encoding that Muster reads, or in two.
        WrongFileName: it is a workbook called CSV, or the other way round, or a web page.
        OldSpreadsheet: it is a workbook of before 2007.
        BrokenSpreadsheet: it is a workbook that cannot be opened.
        SpreadsheetTooLarge: it is one that would fill the memory.
    """
    name = plain_name(file_name)
    file.seek(0)
    head = file.read(SAMPLE)
    if not head:
        raise EmptyFile
    _refuse_wrong_name(head, name=name)
    digest = _digest(file)
    if head.startswith(ZIP_MAGIC):
        with open_xlsx(file) as book:
            yield RollFile(name, digest, book.rows(), tuple(book.warnings))
        return
    writing = find_writing(file)
    with open_csv(file, encoding=writing.encoding, separator=writing.separator) as rows:
        yield RollFile(name, digest, rows, tuple(_guessed(writing)))


def _guessed(writing: Writing) -> Iterator[WarningOut]:
    if writing.accented:
        words = ", ".join(f"“{word}”" for word in writing.accented)
        yield WarningOut(
            code=Caution.LETTERS_GUESSED,
            message=f"This file is not in UTF-8 and was read as Windows-1252. Look whether these "
            f"words are right: {words}. If not, save the file as “CSV UTF-8” and use that.",
        )


def _refuse_wrong_name(head: bytes, *, name: str) -> None:
    ending = PurePath(name).suffix.lower()
    if head.startswith(OLE_MAGIC):
        _refuse_old_workbook(name, ending=ending)
    if head.startswith(ZIP_MAGIC):
        if ending not in XLSX_NAMES:
            raise WrongFileName(
                f"“{name}” is not the CSV its name promises but a workbook or other packed file. "
                "If it is an Excel workbook, name it so that it ends in .xlsx; otherwise save it "
                "as “CSV UTF-8”. Then import it again."
            )
    elif head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise WrongFileName(
            f"“{name}” is a web page under another name, as some systems export it. Open it in "
            "your spreadsheet program, save it as “CSV UTF-8” and import that."
        )
    elif head.startswith(PDF_MAGIC):
        raise WrongFileName(
            f"“{name}” is a PDF, which is for reading and has no rows. Export the members as “CSV "
            "UTF-8” or as an Excel workbook (XLSX) and import that."
        )
    elif ending in SPREADSHEET_NAMES:
        raise WrongFileName(
            f"“{name}” is named like a spreadsheet and is not one. If it is a CSV file, name it so "
            "that it ends in .csv; otherwise save it as XLSX. Then import it again."
        )


def _refuse_old_workbook(name: str, *, ending: str) -> None:
    if ending == ".xls":
        raise OldSpreadsheet
    raise WrongFileName(
        f"“{name}” is a workbook of an old kind (XLS), or one locked with a password, under "
        "another name. Save it without a password as an Excel workbook (XLSX) and import it again."
    )


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    running = hashlib.sha256()
    while chunk := file.read(CHUNK):
        running.update(chunk)
    file.seek(0)
    return running.hexdigest()
