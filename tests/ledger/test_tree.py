"""The tree and its proofs, against known vectors of RFC 6962 and against every tree of up to 33 leaves."""

import pytest

from apps.ledger.tree import (
    EMPTY_ROOT,
    RightEdge,
    consistency_path,
    inclusion_path,
    is_consistent,
    is_included,
    root_of,
)

# The leaves and roots that the implementations of Certificate Transparency are tested with.
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
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEFT_FOUR, RIGHT_OF_SIX = ROOTS[3], "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
PATH_OF_SIXTH = ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", RIGHT_OF_SIX, LEFT_FOUR]
FROM_SIX_TO_EIGHT = ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", RIGHT_OF_SIX, LEFT_FOUR]
MANY = [bytes([number]) * 32 for number in range(33)]
SIZES = range(1, len(MANY) + 1)


def subtrees(leaves):
    return lambda low, high: root_of(leaves[low:high])


class TestVectors:
    @pytest.mark.parametrize("size", range(1, 9))
    def test_roots(self, size):
        assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]

    def test_the_empty_tree(self):
        assert RightEdge().root() == EMPTY_ROOT

    def test_inclusion(self):
        path = inclusion_path(5, 8, subtrees(LEAVES))
        assert [hash_.hex() for hash_ in path] == PATH_OF_SIXTH

    def test_consistency(self):
        path = consistency_path(6, 8, subtrees(LEAVES))
        assert [hash_.hex() for hash_ in path] == FROM_SIX_TO_EIGHT


class TestEveryTree:
    @pytest.mark.parametrize("size", SIZES)
    def test_each_leaf_is_included_at_its_place_only(self, size):
        root = root_of(MANY[:size])
        for index in range(size):
            path = inclusion_path(index, size, subtrees(MANY))
            assert [place for place in range(size) if is_included(MANY[index], place, size, path, root)] == [index]
            assert not is_included(MANY[index - 1], index, size, path, root) or size == 1
            assert not is_included(MANY[index], index, size, [*path, root], root)
            assert not path or not is_included(MANY[index], index, size, path[:-1], root)

    @pytest.mark.parametrize("new", SIZES)
    def test_each_grows_from_every_smaller_one_and_from_no_other(self, new):
        root, other = root_of(MANY[:new]), [b"x", *MANY[1:]]
        for old in range(1, new + 1):
            path, old_root = consistency_path(old, new, subtrees(MANY)), root_of(MANY[:old])
            assert is_consistent(old, new, old_root, root, path)
            assert not is_consistent(old, new, root_of(other[:old]), root, path)
            assert not is_consistent(old, new, old_root, root_of(other[:new]), path)
            assert not is_consistent(old, new, old_root, root, [*path, root])
            assert not path or not is_consistent(old, new, old_root, root, path[:-1])

    def test_nothing_grows_from_nothing_or_backwards(self):
        root = root_of(MANY)
        assert not is_consistent(0, 33, EMPTY_ROOT, root, [])
        assert not is_consistent(33, 32, root, root_of(MANY[:32]), [])

    @pytest.mark.parametrize("height", [0, 1, 3])
    def test_whole_subtrees_count_as_their_leaves(self, height):
        edge, step = RightEdge(), 1 << height
        for start in range(0, 32, step):
            edge.add_subtree(root_of(MANY[start : start + step]), height)
        edge.extend(MANY[32:])
        assert (edge.size, edge.root()) == (33, root_of(MANY))
