"""Files to be checked, from a folder or an archive: by name, opened when they are read.

They come from strangers, so nothing in them is believed: no name leads anywhere, an archive is
never unpacked to the disk, and lines are read up to a length.
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import IO

# A name, and what opens it afresh each time; a short file may simply be its bytes.
Opener = Callable[[], IO[bytes]]
Files = Mapping[str, bytes | Opener]

LARGEST_SMALL_FILE = 1024 * 1024  # bytes
LONGEST_LINE = 64 * 1024  # bytes
# What a damaged archive, or a made-up one, lets the library raise.
DAMAGED = (
    OSError,
    zipfile.BadZipFile,
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)


class Unreadable(Exception):
    """What was given is no folder or archive that we can read, or a file in it is too large."""


def files_in(path: Path) -> dict[str, bytes | Opener]:
    """Return the files of a folder or of a zip archive, by name.

    Raises:
        Unreadable: it is neither, or not there.
    """
    if path.is_dir():
        return {each.name: _opener_in_folder(each) for each in path.iterdir() if each.is_file()}
    if not path.exists():
        raise Unreadable(f"There is no file or folder {path}. Check its name.")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(set(names)) < len(names):
                raise Unreadable(f"{path.name} holds two files of one name.")
    except DAMAGED as wrong:
        raise Unreadable(f"{path.name} is no folder and no archive that can be read.") from wrong
    return {name: _opener_in_archive(path, name) for name in names}


def small_file(files: Files, name: str) -> bytes:
    """Return a file that is short by its nature.

    Raises:
        Unreadable: it is missing, damaged, or longer than such a file ever is.
    """
    try:
        with closing(_open(files, name)) as file:
            content = file.read(LARGEST_SMALL_FILE + 1)
    except DAMAGED as wrong:
        raise Unreadable(f"{name} cannot be read.") from wrong
    if len(content) > LARGEST_SMALL_FILE:
        raise Unreadable(f"{name} is longer than any such file.")
    return content


def lines_of(files: Files, name: str) -> Iterator[bytes]:
    """Yield a file's lines without their line feeds, however long the file is.

    Raises:
        Unreadable: it is missing or damaged, a line is too long, or the last one has no line feed.
    """
    try:
        with closing(_open(files, name)) as file:
            while line := file.readline(LONGEST_LINE + 1):
                if not line.endswith(b"\n"):
                    raise Unreadable(f"{name} has a line that does not end.")
                yield line[:-1]
    except DAMAGED as wrong:
        raise Unreadable(f"{name} cannot be read.") from wrong


def _open(files: Files, name: str) -> IO[bytes]:
    found = files.get(name)
    if found is None:
        raise Unreadable(f"{name} is missing.")
    return io.BytesIO(found) if isinstance(found, bytes) else found()


def _opener_in_folder(path: Path) -> Opener:
    return lambda: path.open("rb")


def _opener_in_archive(path: Path, name: str) -> Opener:
    def opened() -> IO[bytes]:
        with zipfile.ZipFile(path) as archive:
            # The file keeps the archive open until it is closed itself.
            return archive.open(name)

    return opened
