"""The Merkle tree of RFC 6962 over the hashes of the ledger's entries: leaf n is entry n. Knows no database.

Only the right edge is kept while it grows, which is one hash for each bit of its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

# Gives the root over the leaves from the first number (from 0) up to, and without, the second.
Subtree = Callable[[int, int], bytes]

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class RightEdge:
    """A tree that grows. Keeps the roots of its perfect subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.hashes: list[bytes] = []

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves. The two hashes stand in line: this loop runs for every entry of the ledger."""
        hashes, size = self.hashes, self.size
        for leaf in leaves:
            node, left = sha256(b"\x00" + leaf).digest(), size
            while left & 1:
                node = sha256(b"\x01" + hashes.pop() + node).digest()
                left >>= 1
            hashes.append(node)
            size += 1
        self.size = size

    def add_subtree(self, root: bytes, height: int) -> None:
        """Add a perfect subtree of 2^height leaves; the size must be a multiple of that."""
        left = self.size >> height
        while left & 1:
            root = node_hash(self.hashes.pop(), root)
            left >>= 1
        self.hashes.append(root)
        self.size += 1 << height

    def copy(self) -> RightEdge:
        made = RightEdge()
        made.size, made.hashes = self.size, self.hashes.copy()
        return made

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = node_hash(left, node)
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    edge = RightEdge()
    edge.extend(leaves)
    return edge.root()


def _split(size: int) -> int:
    """The largest power of two that is smaller than the size."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that lead from leaf `index` (from 0) to the root of the first `size` leaves, from the leaf up."""
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low = middle
    return path[::-1]


def consistency_path(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The hashes which show that the first `old` leaves are also the first of `new` ones."""
    low, high, path, is_whole = 0, new, [], True
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low, is_whole = middle, False
    return [*([] if is_whole else [subtree(low, high)]), *path[::-1]]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from this leaf, at this place, to the root. RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    sides = _sides(index, size - 1, len(path))
    node = leaf_hash(leaf)
    for hash_, is_left in zip(path, sides or (), strict=False):
        node = node_hash(hash_, node) if is_left else node_hash(node, hash_)
    return sides is not None and node == root


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves goes on from that of `old` ones. RFC 9162, 2.1.4.2."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    # The largest perfect subtree at the end of the old tree, which is all of it when its size is a power of two.
    height = (old & -old).bit_length() - 1
    hashes = [old_root, *path] if old == 1 << height else list(path)
    if not hashes:
        return False
    start, *rest = hashes
    sides = _sides(old - 1 >> height, new - 1 >> height, len(rest))
    old_node = new_node = start
    for hash_, is_left in zip(rest, sides or (), strict=False):
        old_node = node_hash(hash_, old_node) if is_left else old_node
        new_node = node_hash(hash_, new_node) if is_left else node_hash(new_node, hash_)
    return sides is not None and old_node == old_root and new_node == new_root


def _sides(number: int, last: int, length: int) -> list[bool] | None:
    """For each hash of a path, whether it stands to the left of the way from node `number` up to the root.

    None when a path of this length does not end at the root.
    """
    sides: list[bool] = []
    while last and len(sides) < length:
        is_left = bool(number & 1) or number == last
        sides.append(is_left)
        while is_left and not number & 1 and number:
            number, last = number >> 1, last >> 1
        number, last = number >> 1, last >> 1
    return sides if last == 0 and len(sides) == length else None
