"""Tiles: the hashes of a tree kept in pieces, so that a proof reads a few and hashes nothing. Pure.

A tile holds up to 256 hashes side by side: on level 0 of leaves, on level 1 of complete subtrees of
256 leaves, on level 2 of 65,536. The last tile of each level may be partial.

Source: the tiles of C2SP tlog-tiles (https://c2sp.org/tlog-tiles), with the same height.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.core.merkle import Complete, node_hash, root_of

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH_BYTES = 32


@dataclass(frozen=True)
class Tile:
    """Up to 256 hashes side by side, the first of them that of subtree `number * 256`."""

    level: int
    number: int
    hashes: bytes


class TileMaker:
    """Makes tiles of leaves that come one after the other, in memory of O(log n)."""

    def __init__(self) -> None:
        # By level: how many tiles are made, and the hashes of the one to come.
        self._made: list[int] = []
        self._open: list[list[bytes]] = []

    def add(self, hash_of_leaf: bytes) -> Iterator[Tile]:
        """Append a leaf by its hash, and yield the tiles that are full with it."""
        joined: bytes | None = hash_of_leaf
        level = 0
        while joined is not None:
            if level == len(self._open):
                self._open.append([])
                self._made.append(0)
            hashes = self._open[level]
            hashes.append(joined)
            joined = None
            if len(hashes) == WIDTH:
                yield self._tile(level)
                joined = root_of(hashes)
                self._open[level] = []
                self._made[level] += 1
            level += 1

    def rest(self) -> Iterator[Tile]:
        """Yield the partial tiles, when no leaf follows."""
        yield from (self._tile(level) for level, hashes in enumerate(self._open) if hashes)

    def _tile(self, level: int) -> Tile:
        return Tile(level, number=self._made[level], hashes=b"".join(self._open[level]))


def complete_from(tile: Callable[[int, int], bytes]) -> Complete:
    """Return what gives the hash of any complete subtree, read from tiles.

    Args:
        tile: returns the hashes of a tile by its level and number.
    """

    def complete(level: int, number: int) -> bytes:
        tile_level, above = divmod(level, HEIGHT)
        first = number << above
        hashes = tile(tile_level, first >> HEIGHT)
        start = first & (WIDTH - 1)
        return _joined([_hash_at(hashes, place) for place in range(start, start + (1 << above))])

    return complete


def _hash_at(hashes: bytes, place: int) -> bytes:
    return hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]


def _joined(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [node_hash(left, right) for left, right in pairs]
    return hashes[0]
