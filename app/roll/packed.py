"""Unpack a workbook's parts in bounded memory, counting what really comes out.

A packed file says how large its parts are. One that says too much is refused, and so is one of
which more comes out than it said.
"""

import zipfile
import zlib
from collections.abc import Iterator, KeysView
from typing import BinaryIO

from app.roll.refusals import BrokenSpreadsheet, SpreadsheetTooLarge

# Unpacked; a roll of half a million members comes to about this many bytes.
LARGEST_UNPACKED = 512 * 1024**2
MOST_PARTS = 2000
CHUNK = 64 * 1024
RAW_DEFLATE = -15
# Source: PKWARE's APPNOTE 4.3.7 and 4.4.4.
LOCAL_HEADER = b"PK\x03\x04"
LOCAL_HEADER_SIZE = 30
IS_ENCRYPTED = 0x1


class Packed:
    """The parts of a packed file.

    Raises:
        BrokenSpreadsheet: it is no packed file, or one that two programs might read differently.
        SpreadsheetTooLarge: it says that it is larger than Muster reads.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            with zipfile.ZipFile(file) as packed:
                # Whoever opens a workbook finds its parts in any case.
                self._parts = {part.filename.lower(): part for part in packed.infolist()}
                count, comment = len(packed.infolist()), packed.comment
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError) as broken:
            raise BrokenSpreadsheet from broken
        # A name that stands twice, or a comment that hides a second directory, has two readings.
        if count != len(self._parts) or comment:
            raise BrokenSpreadsheet
        declared = sum(part.file_size for part in self._parts.values())
        if declared > LARGEST_UNPACKED or count > MOST_PARTS:
            raise SpreadsheetTooLarge

    @property
    def names(self) -> KeysView[str]:
        """What the parts are called, in lower case."""
        return self._parts.keys()

    def unpack(self, name: str) -> Iterator[bytes]:
        """Yield a part in pieces; a part that is not there is empty.

        Raises:
            BrokenSpreadsheet: it cannot be unpacked, or is not as large as it says.
        """
        part = self._parts.get(name)
        if part is None:
            return
        size = 0
        for piece in self._pieces(part):
            size += len(piece)
            if size > part.file_size:
                raise BrokenSpreadsheet
            yield piece
        if size != part.file_size:
            raise BrokenSpreadsheet

    def _pieces(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        packed = self._packed_bytes(part)
        if part.compress_type == zipfile.ZIP_STORED:
            yield from packed
            return
        inflater = zlib.decompressobj(RAW_DEFLATE)
        try:
            for chunk in packed:
                waiting = chunk
                while waiting and not inflater.eof:
                    yield inflater.decompress(waiting, CHUNK)
                    waiting = inflater.unconsumed_tail
        except zlib.error as broken:
            raise BrokenSpreadsheet from broken
        yield inflater.flush()
        if not inflater.eof:
            raise BrokenSpreadsheet

    def _packed_bytes(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        known = part.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        # A directory that is damaged points before the beginning of the file.
        if not known or part.flag_bits & IS_ENCRYPTED or part.header_offset < 0:
            raise BrokenSpreadsheet
        self._file.seek(part.header_offset)
        header = self._file.read(LOCAL_HEADER_SIZE)
        if len(header) < LOCAL_HEADER_SIZE or not header.startswith(LOCAL_HEADER):
            raise BrokenSpreadsheet
        name_and_extra = (
            int.from_bytes(header[26:28], "little"),
            int.from_bytes(header[28:30], "little"),
        )
        self._file.seek(sum(name_and_extra), 1)
        left = part.compress_size
        while left:
            chunk = self._file.read(min(left, CHUNK))
            if not chunk:
                raise BrokenSpreadsheet
            left -= len(chunk)
            yield chunk
