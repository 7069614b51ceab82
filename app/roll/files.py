"""Tell what kind of file somebody sent before reading it, and open it."""

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from app.roll.csv_file import Row, open_csv
from app.roll.refusals import EmptyFile, NotUtf8, OldSpreadsheet, WrongFileName
from app.roll.schemas import WarningOut
from app.roll.xlsx_file import open_xlsx

CHUNK = 1024 * 1024
SAMPLE = 64 * 1024
LONGEST_NAME = 100
# In UTF-16 every second byte of plain letters is nought, and without its mark it passes for UTF-8.
SHARE_OF_NULS = 4
XLSX_NAMES = frozenset({".xlsx", ".xlsm"})
SPREADSHEET_NAMES = XLSX_NAMES | {".xls", ".xlsb", ".ods", ".numbers"}
# Source: PKWARE's APPNOTE 4.3.7, and Microsoft's MS-CFB 2.2.
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
ENCODINGS = {
    "utf_16": "UTF-16, which Excel calls “Unicode text”",
    "cp1252": "Windows-1252, which Excel calls plain “CSV”",
}


@dataclass(frozen=True)
class RollFile:
    """An open roll file.

    Attributes:
        name: what it is called, without folders.
        digest: its SHA-256, in hex.
        rows: every row, the header's among them.
        warnings: about what was left out.
    """

    name: str
    digest: str
    rows: Iterator[Row]
    warnings: tuple[WarningOut, ...] = ()


@contextmanager
def open_roll_file(file: BinaryIO, *, file_name: str) -> Iterator[RollFile]:
    """Open a roll file by what is in it, and refuse one whose name says something else.

    Args:
        file: opened for reading bytes, and one that can be read twice.
        file_name: what the sender calls it.

    Raises:
        EmptyFile: it has no bytes.
        NotUtf8: it is text in another encoding.
        WrongFileName: it is a workbook called CSV, or the other way round, or a web page.
        OldSpreadsheet: it is a workbook of before 2007.
        BrokenSpreadsheet: it is a workbook that cannot be opened.
        SpreadsheetTooLarge: it is one that would fill the memory.
    """
    name = PurePath(file_name.replace("\\", "/")).name[-LONGEST_NAME:]
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
    if head.count(0) > len(head) // SHARE_OF_NULS:
        raise _not_utf8("utf_16", line=1)
    _refuse_unless_utf8(file)
    with open_csv(file) as rows:
        yield RollFile(name, digest, rows)


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


def _refuse_unless_utf8(file: BinaryIO) -> None:
    """Read the whole file before anything is imported: the wrong letter may be in the last row."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = lines = 0
    chunk = b"."
    while chunk:
        held = len(decoder.getstate()[0])
        chunk = file.read(CHUNK)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as wrong:
            place = max(wrong.start - held, 0)
            line = lines + chunk[:place].count(b"\n") + 1
            encoding = _probable_encoding(file, at=read + place)
            raise _not_utf8(encoding, line=line) from wrong
        read += len(chunk)
        lines += chunk.count(b"\n")
    file.seek(0)


def _probable_encoding(file: BinaryIO, *, at: int) -> str | None:
    # Loaded here: only a refused file needs it.
    from charset_normalizer import from_bytes

    file.seek(max(at - SAMPLE // 2, 0))
    guess = from_bytes(file.read(SAMPLE), cp_isolation=["utf_8", "utf_16", "cp1252"]).best()
    return guess.encoding if guess else None


def _not_utf8(encoding: str | None, *, line: int) -> NotUtf8:
    name = ENCODINGS.get(encoding or "")
    probably = f"It is probably {name}." if name else "It may not be text at all."
    return NotUtf8(
        f"This file is not in UTF-8: the first character that is not stands in line {line}. "
        f"{probably} Save it as “CSV UTF-8”, so that no name is garbled, and import it again."
    )
