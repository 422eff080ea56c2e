"""Long lists in parts: databases take only so many values in one statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

AT_ONCE = 500

T = TypeVar("T")


def parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many at a time as go in one statement."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
