"""Merkle trees: one hash that fixes a whole list, and short proofs that something is on it.

Pure: bytes in, bytes out. Leaves and nodes are hashed with different first bytes, so that no node
can pass for a leaf.

Source: RFC 9162 (Certificate Transparency 2.0), section 2.1.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

LEAF, NODE = b"\x00", b"\x01"
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one leaf (32 bytes)."""
    return hashlib.sha256(LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side (32 bytes)."""
    return hashlib.sha256(NODE + left + right).digest()


class GrowingTree:
    """The head of a tree whose leaves come one after the other, in memory of O(log n)."""

    def __init__(self) -> None:
        self.size = 0
        # Roots of the complete subtrees, the largest and leftmost first.
        self._peaks: list[bytes] = []

    def add(self, hash_of_leaf: bytes) -> None:
        """Append a leaf by its hash."""
        joined, rest = hash_of_leaf, self.size
        while rest & 1:
            joined = node_hash(self._peaks.pop(), joined)
            rest >>= 1
        self._peaks.append(joined)
        self.size += 1

    def root(self) -> bytes:
        """Return the tree's hash (32 bytes) as it stands."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Return the hash of the tree (32 bytes) that has leaves of these hashes, in order."""
    tree = GrowingTree()
    for each in hashes:
        tree.add(each)
    return tree.root()


# Returns the hash of a complete subtree by its level and its number from the left: 2^level leaves,
# the first of them number * 2^level.
Complete = Callable[[int, int], bytes]


def inclusion_path(index: int, *, size: int, complete: Complete) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root, the leaf's neighbour first.

    Args:
        index: which leaf, from 0.
        size: leaves in the tree.
        complete: gives the hashes of complete subtrees; at most one call a level for each step.

    Raises:
        ValueError: the tree has no such leaf.

    Source:
        RFC 9162 section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    path: list[bytes] = []
    start = 0
    while size > 1:
        left = 1 << ((size - 1).bit_length() - 1)
        if index < left:
            path.append(subtree_hash(start + left, size - left, complete=complete))
            size = left
        else:
            path.append(subtree_hash(start, left, complete=complete))
            start, size, index = start + left, size - left, index - left
    path.reverse()
    return path


def subtree_hash(start: int, size: int, *, complete: Complete) -> bytes:
    """Return the hash over leaves `start` to `start + size`, from complete subtrees.

    `start` is a multiple of the smallest power of two that is not below `size`, as it is in every
    subtree of a tree.
    """
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return complete(level, start >> level)
    left = 1 << ((size - 1).bit_length() - 1)
    return node_hash(
        subtree_hash(start, left, complete=complete),
        subtree_hash(start + left, size - left, complete=complete),
    )


def is_included(
    hash_of_leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Say whether a path proves that a leaf stands at its place in the tree with this root.

    Source:
        RFC 9162 section 2.1.3.2, step by step.
    """
    if not 0 <= index < size:
        return False
    place, last, joined = index, size - 1, hash_of_leaf
    for beside in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            joined = node_hash(beside, joined)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            joined = node_hash(joined, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and joined == root
