"""Trees as RFC 9162 has them: its numbers, another program's, and proofs that cannot be bent."""

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from app.core.merkle import (
    EMPTY_ROOT,
    GrowingTree,
    inclusion_path,
    is_included,
    leaf_hash,
    node_hash,
)
from app.core.tiles import TileMaker, complete_from
from tests.support.boards_made import root_of_leaves

# The leaves and roots by which implementations of RFC 6962 and RFC 9162 are tested
# (certificate-transparency-go, testdata of its Merkle trees).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# RFC 9162 section 2.1.5 draws a tree of seven leaves and names the paths of d0, d3, d4 and d6.
SEVEN = [bytes([n]) for n in range(7)]


def by_the_definition(leaves):
    """The tree's hash exactly as section 2.1.1 defines it, by recursion."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_the_definition(leaves[:split]), by_the_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def tiles_of(leaves):
    maker, tiles = TileMaker(), []
    for leaf in leaves:
        tiles += maker.add(leaf_hash(leaf))
    tiles += maker.rest()
    assert len({(tile.level, tile.number) for tile in tiles}) == len(tiles)
    return {(tile.level, tile.number): tile.hashes for tile in tiles}


def path_in(leaves, index):
    tiles = tiles_of(leaves)
    complete = complete_from(lambda level, number: tiles[level, number])
    return inclusion_path(index, size=len(leaves), complete=complete)


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_known_trees(size):
    assert root_of_leaves(LEAVES[:size]).hex() == ROOTS[size]


def test_nothing_has_the_hash_of_nothing():
    assert GrowingTree().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_the_paths_are_those_that_the_rfc_draws():
    a, b, c, d, e, f, j = (leaf_hash(leaf) for leaf in SEVEN)
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, left = node_hash(i, j), node_hash(g, h)
    assert root_of_leaves(SEVEN) == node_hash(left, k)
    assert path_in(SEVEN, 0) == [b, h, k]
    assert path_in(SEVEN, 3) == [c, g, k]
    assert path_in(SEVEN, 4) == [f, j, left]
    assert path_in(SEVEN, 6) == [i, left]


@given(st.integers(0, 700))
def test_a_tree_that_grows_has_the_root_of_the_definition(size):
    leaves = [str(n).encode() for n in range(size)]
    assert root_of_leaves(leaves) == by_the_definition(leaves)


@given(st.data(), st.integers(1, 900))
def test_another_program_makes_the_same_root_and_the_same_path(data, size):
    leaves = [f"paper {n}".encode() for n in range(size)]
    theirs = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        theirs.append_entry(leaf)
    index = data.draw(st.integers(0, size - 1))
    assert theirs.get_root(size) == root_of_leaves(leaves)
    # Theirs counts from 1, and begins with the leaf itself.
    assert theirs.prove_inclusion(index + 1, size).path[1:] == path_in(leaves, index)


@given(st.data(), st.integers(1, 600))
def test_a_path_proves_its_leaf_and_no_other(data, size):
    leaves = [str(n).encode() for n in range(size)]
    index, root = data.draw(st.integers(0, size - 1)), root_of_leaves(leaves)
    path = path_in(leaves, index)
    proved = leaf_hash(leaves[index])
    assert is_included(proved, index=index, size=size, path=path, root=root)
    stranger = leaf_hash(b"not in it")
    assert not is_included(stranger, index=index, size=size, path=path, root=root)
    other = data.draw(st.integers(-1, size + 1).filter(lambda n: n != index))
    assert not is_included(proved, index=other, size=size, path=path, root=root)
    assert not is_included(proved, index=index, size=size, path=[*path, root], root=root)
    if path:
        assert not is_included(proved, index=index, size=size, path=path[:-1], root=root)
        place = data.draw(st.integers(0, len(path) - 1))
        bent = [*path[:place], stranger, *path[place + 1 :]]
        assert not is_included(proved, index=index, size=size, path=bent, root=root)


def test_a_node_cannot_pass_for_a_leaf():
    """The attack that the two first bytes are there for: a tree of two, shown as a tree of one."""
    root = root_of_leaves([b"a", b"b"])
    node = leaf_hash(b"a") + leaf_hash(b"b")
    assert not is_included(leaf_hash(node), index=0, size=1, path=[], root=root)


def test_a_path_that_ends_too_early_proves_nothing():
    """The root of two leaves is no root of three, whatever path is claimed."""
    leaves = [b"a", b"b"]
    root, path = root_of_leaves(leaves), path_in(leaves, 0)
    assert is_included(leaf_hash(b"a"), index=0, size=2, path=path, root=root)
    assert not is_included(leaf_hash(b"a"), index=0, size=3, path=path, root=root)


@pytest.mark.parametrize("index", [-1, 3])
def test_no_path_leads_to_a_leaf_that_is_not_there(index):
    with pytest.raises(ValueError, match=str(index)):
        inclusion_path(index, size=3, complete=complete_from({}.__getitem__))


@pytest.mark.parametrize("size", [255, 256, 257, 511, 65_535, 65_536, 65_793])
def test_tiles_are_enough_where_one_is_just_full(size):
    leaves = [n.to_bytes(4) for n in range(size)]
    tiles, root = tiles_of(leaves), root_of_leaves(leaves)
    complete = complete_from(lambda level, number: tiles[level, number])
    for index in {0, 1, 254, size // 2, size - 2, size - 1}:
        path = inclusion_path(index, size=size, complete=complete)
        assert is_included(leaf_hash(leaves[index]), index=index, size=size, path=path, root=root)


def test_a_tile_holds_256_hashes_and_the_last_of_each_level_what_is_left():
    tiles = tiles_of([n.to_bytes(4) for n in range(600)])
    sizes = {place: len(hashes) // 32 for place, hashes in tiles.items()}
    assert sizes == {(0, 0): 256, (0, 1): 256, (0, 2): 88, (1, 0): 2}


def test_every_change_of_a_list_changes_its_root():
    leaves = [b"a", b"b", b"c", b"d"]
    roots = {root_of_leaves(each) for each in itertools.permutations(leaves)}
    assert len(roots) == 24
    assert root_of_leaves(leaves[:3]) not in roots
    assert root_of_leaves([*leaves, b"d"]) not in roots
