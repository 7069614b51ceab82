"""A board's files as one archive, made while it is sent: a million papers are never held."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16
# Above this an archive needs the larger form, which not every program reads.
LARGE = 2**31 - 2**20


class _Pipe:
    """Takes what is written and gives it away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def close(self) -> None:
        """Do nothing: there is no file."""

    def taken(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(
    files: Mapping[str, bytes], *, large: str, pieces: Iterable[bytes], at_most: int
) -> Iterator[bytes]:
    """Yield an archive of small files and one large one, the same bytes for the same files.

    Args:
        files: the small ones, by name.
        large: the name of the large one.
        pieces: its content.
        at_most: bytes that it has at most.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            archive.writestr(_entry(name), content)
        with archive.open(_entry(large), "w", force_zip64=at_most > LARGE) as entry:
            for piece in pieces:
                entry.write(piece)
                yield pipe.taken()
    yield pipe.taken()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = READABLE
    return entry
