"""One hash for all items of a review, of which a single item can be shown without the rest (as in RFC 6962).

Each item goes in with a salt of its own: without the salt nobody can guess from the hash what the item said. A leaf
and a node begin with another byte, so that neither can ever be passed off as the other.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

LEAF, NODE = b"\x00", b"\x01"


def canonical(value: Any) -> str:
    """A value as one and the same JSON text, in ASCII so that any database keeps it as it is; no fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=plain)


def plain(value: Any) -> Any:
    """A value that JSON does not know."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be hashed")


def sha256(text: str) -> str:
    """The hash of an ASCII text."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def leaf(salt: str, value: Any) -> str:
    """The hash of one item: over its salt and all that it says."""
    return hashlib.sha256(LEAF + canonical([salt, value]).encode("ascii")).hexdigest()


def node(left: str, right: str) -> str:
    """The hash over two others."""
    return hashlib.sha256(NODE + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def root(leaves: Sequence[str]) -> str:
    """The hash over all leaves in their order; of no leaves at all it is the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    if len(leaves) == 1:
        return leaves[0]
    half = split(len(leaves))
    return node(root(leaves[:half]), root(leaves[half:]))


def proof(leaves: Sequence[str], index: int) -> list[str]:
    """The hashes that together with leaf `index` make the root, the nearest first."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*proof(leaves[:half], index), root(leaves[half:])]
    return [*proof(leaves[half:], index - half), root(leaves[:half])]


def proves(found: str, index: int, size: int, path: Sequence[str], top: str) -> bool:
    """Whether a leaf stands at `index` among `size` leaves under this root."""
    if not 0 <= index < size:
        return False
    sides = turns(index, size)
    if len(sides) != len(path):
        return False
    for is_left, other in zip(sides, path, strict=True):
        found = node(found, other) if is_left else node(other, found)
    return found == top


def turns(index: int, size: int) -> list[bool]:
    """Whether the way up from a leaf comes from the left, at each step, the lowest first."""
    if size == 1:
        return []
    half = split(size)
    return [*turns(index, half), True] if index < half else [*turns(index - half, size - half), False]


def split(size: int) -> int:
    """The largest power of two that is smaller: so many leaves go left."""
    return 1 << (size - 1).bit_length() - 1
