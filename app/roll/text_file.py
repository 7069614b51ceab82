"""Tell in which letters and with which separator a text file was written, before it is read.

Membership systems export UTF-8, UTF-16 (Excel's "Unicode text") and Windows-1252 (Excel's plain
"CSV"), separated by commas, semicolons or tabs. What the bytes leave open is decided by the whole
file, not by its beginning: the wrong letter may be in the last row.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from app.roll.csv_file import SEPARATORS, separator_named_in
from app.roll.refusals import NotReadable
from app.roll.spellings import column_called

CHUNK = 1024 * 1024
SAMPLE = 64 * 1024
# In UTF-16 every second byte of plain letters is nought, and without its mark it passes for UTF-8.
SHARE_OF_NULS = 4
LONGEST_WORD_SHOWN = 30
MOST_WORDS_SHOWN = 3
UTF_8 = "utf-8-sig"
WINDOWS = "cp1252"
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Bytes that Windows-1252 gives no letter, and those that stand in pictures and not in text.
NO_WINDOWS_TEXT = re.compile(rb"[\x81\x8d\x8f\x90\x9d\x01-\x08\x0e-\x19]")
# The accents and dashes of British names as UTF-8 writes them: à to ÿ, ŵ, ŷ, – and quotation marks.
LETTER_OF_UTF_8 = re.compile(rb"\xc3[\x80-\xbf]|\xc5[\xb4-\xb8]|\xe2\x80[\x90-\xa6]")


class Writing(NamedTuple):
    """How a text file is written.

    Attributes:
        encoding: as Python names it.
        separator: what stands between two cells.
        accented: a few words whose letters would be wrong if the encoding were, to look at; only
            where the bytes did not settle it.
    """

    encoding: str
    separator: str
    accented: tuple[str, ...] = ()


def find_writing(file: BinaryIO) -> Writing:
    """Say how a file is written, having read all of it once in bounded memory.

    The file is left where reading begins: after the byte order mark of UTF-16.

    Raises:
        NotReadable: it is in none of the three encodings, or in two of them at once; the message
            names the line.
    """
    file.seek(0)
    head = file.read(SAMPLE)
    encoding, accented = _encoding(file, head=head)
    separator = _separator(codecs.decode(head, encoding, "ignore"))
    file.seek(len(codecs.BOM_UTF16) if head.startswith(UTF_16_MARKS) else 0)
    return Writing(encoding, separator, accented)


def _encoding(file: BinaryIO, *, head: bytes) -> tuple[str, tuple[str, ...]]:
    if utf_16 := _utf_16(head):
        _refuse_unless(file, encoding=utf_16, name="UTF-16")
        return utf_16, ()
    wrong = _first_wrong_byte(file, encoding="utf-8")
    if wrong is None:
        return UTF_8, ()
    line, place = wrong
    _refuse_unless_windows(file, head=head, line=line)
    return WINDOWS, tuple(_accented_words(file, near=place))


def _utf_16(head: bytes) -> str | None:
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    if head.count(0) <= len(head) // SHARE_OF_NULS:
        return None
    return "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"


def _refuse_unless(file: BinaryIO, *, encoding: str, name: str) -> None:
    wrong = _first_wrong_byte(file, encoding=encoding)
    if wrong is not None:
        raise NotReadable(
            f"This file begins in {name} and stops being {name} in line {wrong[0]}, so it is "
            "damaged or was put together from two files. Export it again, and import that."
        )


def _first_wrong_byte(file: BinaryIO, *, encoding: str) -> tuple[int, int] | None:
    """Return line and place of the first byte that is not in an encoding; None if all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = read = 0
    for chunk in _chunks(file):
        held = len(decoder.getstate()[0])
        try:
            lines += decoder.decode(chunk, final=not chunk).count("\n")
        except UnicodeDecodeError as wrong:
            before = wrong.object[: wrong.start].decode(encoding, "replace")
            return lines + before.count("\n") + 1, read - held + wrong.start
        read += len(chunk)
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the whole file from its beginning, and then nothing once."""
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk
    yield b""


def _refuse_unless_windows(file: BinaryIO, *, head: bytes, line: int) -> None:
    if head.startswith(codecs.BOM_UTF8):
        raise _not_readable(line)
    before = 1
    for chunk in _chunks(file):
        if letter := LETTER_OF_UTF_8.search(chunk):
            where = before + chunk.count(b"\n", 0, letter.start())
            raise NotReadable(
                f"This file is written in two ways at once: line {line} is not in UTF-8 and line "
                f"{where} is, so names would be garbled whichever way it is read. Export all of "
                "it at once as “CSV UTF-8”, and import that."
            )
        if NO_WINDOWS_TEXT.search(chunk):
            raise _not_readable(line)
        before += chunk.count(b"\n")


def _not_readable(line: int) -> NotReadable:
    return NotReadable(
        "This file is neither in UTF-8 nor in UTF-16 nor in Windows-1252: the first character "
        f"that cannot be read stands in line {line}. It may not be text at all. Save it as "
        "“CSV UTF-8” or as XLSX, and import that."
    )


def _accented_words(file: BinaryIO, *, near: int) -> Iterator[str]:
    """Yield the first words with letters beyond the plain ones: a person sees if they are right."""
    file.seek(max(near - LONGEST_WORD_SHOWN, 0))
    text = file.read(SAMPLE).decode(WINDOWS, "replace")
    for mark in (*SEPARATORS, '"'):
        text = text.replace(mark, " ")
    words = dict.fromkeys(word for word in text.split() if not word.isascii())
    for word in list(words)[:MOST_WORDS_SHOWN]:
        yield word[:LONGEST_WORD_SHOWN]


def _separator(head: str) -> str:
    """Return the separator that gives the first row the most names we know, then most cells."""
    lines = head.lstrip("\ufeff").splitlines(keepends=True)
    named = separator_named_in(lines[0]) if lines else None
    if named:
        return named
    return max(SEPARATORS, key=lambda separator: _found(lines, separator=separator))


def _found(lines: list[str], *, separator: str) -> tuple[int, int]:
    rows = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=separator)
    try:
        first = next((row for row in rows if any(cell.strip() for cell in row)), [])
    except csv.Error:
        first = []
    return sum(column_called(name) is not None for name in first), len(first)
