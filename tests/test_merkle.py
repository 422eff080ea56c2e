"""One hash for all items: nothing can be changed, added, dropped or swapped, and one item can be shown alone."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibpmon.review.merkle import canonical, leaf, node, proof, proves, root, split

HASHES = st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=40, unique=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(HASHES)
def test_every_leaf_has_a_proof_that_holds(leaves: list[str]) -> None:
    """An auditor who asks about one person gets that one item, and sees that it was in the whole."""
    top = root(leaves)
    for index, one in enumerate(leaves):
        assert proves(one, index, len(leaves), proof(leaves, index), top)


@given(HASHES, st.data())
def test_a_proof_holds_for_no_other_leaf_place_or_size(leaves: list[str], data: Any) -> None:
    """A proof that would also fit another item proves nothing."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, top = proof(leaves, index), root(leaves)
    other = hashlib.sha256(leaves[index].encode()).hexdigest()
    assert not proves(other, index, len(leaves), path, top)
    assert not proves(leaves[index], index, len(leaves), [*path, other], top)
    assert not proves(leaves[index], len(leaves), len(leaves), path, top)
    assert not proves(leaves[index], -1, len(leaves), path, top)
    for elsewhere in range(len(leaves)):
        if elsewhere != index:
            assert not proves(leaves[index], elsewhere, len(leaves), path, top)
    for at, _hash in enumerate(path):
        assert not proves(leaves[index], index, len(leaves), [*path[:at], other, *path[at + 1 :]], top)


@given(HASHES, st.data())
def test_the_root_changes_with_everything_that_is_done_to_the_leaves(leaves: list[str], data: Any) -> None:
    """Change, drop, add, double or swap: each gives another root."""
    top, index = root(leaves), data.draw(st.integers(0, len(leaves) - 1))
    other = hashlib.sha256(leaves[index].encode()).hexdigest()
    assert root([*leaves[:index], other, *leaves[index + 1 :]]) != top
    assert root([*leaves[:index], *leaves[index + 1 :]]) != top
    assert root([*leaves, other]) != top
    assert root([*leaves[: index + 1], *leaves[index:]]) != top
    if len(leaves) > 1:
        assert root([*leaves[1:], leaves[0]]) != top


def test_the_tree_is_that_of_the_standard() -> None:
    """The shape of RFC 6962: of five leaves four go left, and a leaf is no node."""
    a, b, c, d, e = (leaf("", letter) for letter in "abcde")
    assert root([]) == hashlib.sha256(b"").hexdigest()
    assert root([a]) == a
    assert root([a, b, c, d, e]) == node(node(node(a, b), node(c, d)), e)
    assert a == hashlib.sha256(b'\x00["","a"]').hexdigest()
    assert node(a, b) == hashlib.sha256(b"\x01" + bytes.fromhex(a) + bytes.fromhex(b)).hexdigest()
    assert [split(size) for size in (2, 3, 4, 5, 8, 9)] == [1, 2, 2, 4, 4, 8]


@given(VALUES, st.text(), st.text())
def test_a_leaf_binds_its_value_and_its_salt(value: Any, salt: str, other: str) -> None:
    """The same item with another salt has another hash, so that nobody can guess it."""
    assert leaf(salt, value) == leaf(salt, value)
    assert (leaf(salt, value) == leaf(other, value)) == (salt == other)
    assert leaf(salt, [value]) != leaf(salt, value)


def test_the_text_is_the_same_whatever_the_order_and_whatever_the_letters() -> None:
    """A hash must come out the same on every machine and from both databases."""
    assert canonical({"b": 1, "a": "é\0\ud800"}) == '{"a":"\\u00e9\\u0000\\ud800","b":1}'
    assert canonical({"at": datetime(2026, 11, 23, tzinfo=UTC)}) == '{"at":"2026-11-23T00:00:00+00:00"}'


def test_what_has_no_one_text_is_refused() -> None:
    """A set has no order, and not-a-number is no JSON."""
    with pytest.raises(TypeError):
        canonical({"a", "b"})
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))
    with pytest.raises(IndexError):
        proof([leaf("", "a")], 1)
