"""Long lists a page at a time: where this one begins, and the links to the one before and after it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a page stands in a list; an empty link where there is none."""

    first: int
    last: int
    total: int
    before: str
    after: str


def start_of(asked: Mapping[str, str]) -> int:
    """Where a page begins; at the first for anything that is no number."""
    text = asked.get("from", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def pages_of(begin: int, most: int, total: int, query: str) -> Paging:
    """The page that begins there; `query` is what was asked for besides."""
    more = f"&{query}" if query else ""
    before = f"?from={max(begin - most, 0)}{more}" if begin else ""
    after = f"?from={begin + most}{more}" if begin + most < total else ""
    return Paging(min(begin + 1, total), min(begin + most, total), total, before, after)
