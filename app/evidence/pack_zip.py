"""The zip of a pack: one way to write it, and a reader that takes no other.

Stored without compression, in the order of the names, with no time, owner or system in it: the
same files give the same bytes on every machine, and nothing can unfold into more than is there.
"""

import io
import re
import struct
import zipfile
from collections.abc import Mapping

FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
LOCAL = struct.Struct("<4s5H3I2H")
LOCAL_MARK = b"PK\x03\x04"
# Plain names in at most one folder: nothing that could leave the folder it is unpacked into.
NAME = re.compile(rb"(?:[a-z0-9][a-z0-9_-]*/)?[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[a-z0-9]+)*")


class NotAPack(Exception):
    """The bytes are no zip as Muster writes it; the message says what is wrong with them."""


def as_zip(files: Mapping[str, bytes]) -> bytes:
    """Return the zip of some files.

    Raises:
        NotAPack: a name is none that a pack may hold.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            _plain_name(name.encode())
            entry = zipfile.ZipInfo(name, date_time=FIRST_DAY)
            entry.create_system = 3  # the same wherever it is made
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return made.getvalue()


def files_in(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip that was written by `as_zip`, or changed since.

    It reads no other zip: compressed entries (which may unfold without end), names with a path in
    them, and two files of one name are refused. Whether frame and files are whole is for
    `is_framed_as_made` and the manifest to say.

    Raises:
        NotAPack: see above.
    """
    files: dict[str, bytes] = {}
    at = 0
    while content[at : at + 4] == LOCAL_MARK:
        name, begin, size = _entry(content, at)
        if name in files:
            raise NotAPack(f"It holds two files called {name}.")
        if begin + size > len(content):
            raise NotAPack(f"It ends in the middle of {name}.")
        files[name] = content[begin : begin + size]
        at = begin + size
    if not files:
        raise NotAPack("It is no zip file that begins as an evidence pack does.")
    return files


def is_framed_as_made(content: bytes, files: Mapping[str, bytes]) -> bool:
    """Say whether these files, and nothing more, make exactly these bytes."""
    return as_zip(files) == content


def _entry(content: bytes, at: int) -> tuple[str, int, int]:
    """Return an entry's name, where its content begins, and its size in bytes."""
    head = content[at : at + LOCAL.size]
    if len(head) < LOCAL.size:
        raise NotAPack("It ends in the middle of a file’s head.")
    _, _, flags, method, _, _, _, packed, size, name_length, extra = LOCAL.unpack(head)
    name_at = at + LOCAL.size
    name = _plain_name(content[name_at : name_at + name_length])
    if flags or method != zipfile.ZIP_STORED or packed != size or extra:
        raise NotAPack(f"{name} is packed in another way than evidence packs are.")
    return name, name_at + name_length, size


def _plain_name(name: bytes) -> str:
    if not NAME.fullmatch(name):
        raise NotAPack("It holds a file whose name no evidence pack uses.")
    return name.decode("ascii")
