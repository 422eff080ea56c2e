"""An item as it was frozen, told again: its ways in as a person reads them."""

import json
from collections.abc import Mapping
from typing import Any

from ibpmon.review.items import Words
from ibpmon.review.nouns import Access, Edge, Path, Principal, Resource
from ibpmon.store.review_tables import ReviewItem


def ways_of(item: ReviewItem, words: Words) -> list[str]:
    """All ways in, each once; nothing of what was erased."""
    if item.resource is None or item.paths is None:
        return []
    place = json.loads(item.resource)
    paths = tuple(path_of(one) for one in json.loads(item.paths))
    right: Any = item.right or None
    return words.ways(Access(Principal("person", ""), resource_of(place), right, paths))


def path_of(kept: Mapping[str, Any]) -> Path:
    """One way in."""
    more = {"groups": tuple(map(resource_of, kept["groups"])), "edges": tuple(Edge(**one) for one in kept["edges"])}
    return Path(**{**kept, **more})


def resource_of(kept: Mapping[str, Any]) -> Resource:
    """A place, or a group on the way."""
    names = ("kind", "id", "name", "zone", "school", "address")
    return Resource(**{name: kept[name] for name in names if name in kept})
