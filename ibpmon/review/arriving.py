"""What came after a review was frozen: it is not in that review, and whoever signs has to know how much that is.

What was not read again, or not in full, is told as unknown and never as nothing.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ibpmon.collect.matching import folded
from ibpmon.collect.populations import first_match
from ibpmon.language import _
from ibpmon.review.access import reach
from ibpmon.review.asking import key_of
from ibpmon.review.nouns import Access, Landscape, Resource
from ibpmon.review.readings import Reading
from ibpmon.review.verifying import CARRIERS, LISTS, dark_site, dark_source
from ibpmon.store.database import Store
from ibpmon.store.review_tables import AccessReview, ReviewItem, ReviewMatrix
from ibpmon.store.upsert import table_of


@dataclass(frozen=True, slots=True)
class Arrived:
    """How much access came since the review was frozen; without `known` there may be more."""

    count: int
    known: bool

    @property
    def figures(self) -> dict[str, int]:
        """The figure under its own name, so that nobody takes what is at least there for all."""
        return {"after" if self.known else "after_at_least": self.count}

    def sentence(self, day: str) -> str:
        """The figure for a person; `day` is the moment that the review is about."""
        words = {"n": self.count, "day": day}
        if self.known:
            return _("Came after {day}, so not in this review: {n}.").format(**words)
        if self.count:
            return _("Came after {day}, so not in this review: at least {n}; not all was read again.").format(**words)
        return _("How much came after {day} is not known: not all was read again.").format(**words)


def arrived(session: Session, store: Store, landscape: Landscape, review: AccessReview) -> Arrived:
    """What there is now in the places of a review that was not there when it was frozen.

    1. the places that the matrix of that moment gives the process, also new ones
    2. of each who reaches it now; what stands for somebody unread is nobody
    3. whether all of it was read since, and in full
    """
    then, known = json.loads(review.coverage)["sources"], keys_of(session, store, review.review_id)
    count, whole = 0, True
    for place in places_of(session, store, landscape, review):
        found = reach(landscape, place)
        count += sum(key_of(one) not in known for one in found if not dark_source(one.principal))
        whole = whole and not any(unread(landscape, then, place, found))
    return Arrived(count, whole)


def keys_of(session: Session, store: Store, review_id: int) -> frozenset[str]:
    """All that a review asks about."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == store.tenant, c.review_id == review_id, c.outcome != "MISSING", c.item_key.is_not(None))
    return frozenset(session.scalars(select(c.item_key).where(*mine)))


def places_of(session: Session, store: Store, landscape: Landscape, review: AccessReview) -> list[Resource]:
    """The places that belonged to the process by the matrix that a review was made with."""
    matrix = session.get_one(ReviewMatrix, (store.tenant, review.matrix_hash))
    processes = json.loads(matrix.content)["processes"]
    patterns = next((one["resources"] for one in processes if one["key"] == review.process), ())
    return [one for one in landscape.resources if first_match(folded(one.name), patterns)]


def unread(
    landscape: Landscape, then: Mapping[str, Mapping[str, Any]], place: Resource, found: Collection[Access]
) -> Iterator[str]:
    """The sources that did not tell all of a place since the review was frozen."""
    for name in CARRIERS[place.kind]:
        before, reading = then.get(name, {}).get("run"), landscape.readings.get(name)
        if before is not None and not (reading and is_newer(reading, before)):
            yield name
    yield from (source for one in found if (source := dark_source(one.principal)))
    yield from dark_site(landscape, place, [name for name, one in then.items() if one["run"] is not None])


def is_newer(reading: Reading, before: int) -> bool:
    """Whether a source was read since that run; half of a list is none of it."""
    return reading.run_id is not None and reading.run_id > before and (reading.connector not in LISTS or reading.whole)
