"""What went away while a review was still open needs no answer any more: that is written down, and decides nothing.

It goes by the same look that verifies tasks: only a later reading in full says that something is gone. What weighs most
is asked all the same, and what a person decided stays. What comes back before the signature is open again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.review.access import reach
from ibpmon.review.asking import key_of
from ibpmon.review.assigning import place_of
from ibpmon.review.bureau import Bureau
from ibpmon.review.standing import (
    ANSWERABLE,
    LAPSED,
    SYSTEM,
    Standing,
    group_key,
    is_final,
    is_lapsed,
    living,
    standing,
)
from ibpmon.review.verifying import Scene, Sought, scene_of, seen
from ibpmon.review.writing import decide, tell
from ibpmon.store.database import Store
from ibpmon.store.review_tables import ReviewItem

PLACE_GONE = "place_gone"  # why: all of the place is not there any more


@dataclass(frozen=True, slots=True)
class Gone:
    """That an access is not there any more: when that was read, and whether its whole place went."""

    read_at: datetime
    with_place: bool = False


def before_signing(bureau: Bureau, review_id: int) -> Scene:
    """What there is now of one review, after what lapsed in it was written down: nobody signs for what is gone."""
    with bureau.store.read() as session:
        found = scene_of(session, bureau, [review_id])
    lapse(bureau, found, [review_id])
    return found


def lapse(bureau: Bureau, scene: Scene, numbers: Collection[int] | None = None) -> int:
    """Write down what went and what came back, in these reviews or in all that wait; gives how many lines.

    A review that the scene knows nothing of is left for the next look.
    """
    with bureau.store.read() as session:
        there = [one.review.review_id for one in living(session, bureau.store, bureau.now)]
    chosen = [one for one in there if one in scene.signed and (numbers is None or one in numbers)]
    return sum(lapse_one(bureau, scene, one) for one in chosen)


def lapse_one(bureau: Bureau, scene: Scene, review_id: int) -> int:
    """The lines of one review, in one transaction."""
    store = bureau.store
    with store.write() as session:
        there = standing(session, store, review_id, lock=True)
        if there.state(bureau.now) not in ANSWERABLE:
            return 0
        items = asked(session, store, review_id)
        rows = list(lines(there, items, whereabouts(scene, there, items), bureau.now))
        if rows:
            last, mark = decide(session, store, there.review, rows, bureau.now)
            told = {"items": [row["item_no"] for row in rows], "last": last, "hash": mark}
            tell(session, store, review_id, "lapse", told, bureau.now)
        return len(rows)


def asked(session: Session, store: Store, review_id: int) -> Sequence[ReviewItem]:
    """The items that are decided on, in order; what was erased cannot be looked for."""
    mine = (col(ReviewItem.tenant_id) == store.tenant, col(ReviewItem.review_id) == review_id)
    kept = (col(ReviewItem.outcome) != "MISSING", col(ReviewItem.item_key).is_not(None))
    return session.scalars(select(ReviewItem).where(*mine, *kept).order_by(col(ReviewItem.item_no))).all()


# ---------------------------------------------------------------- what is gone


def gone(session: Session, store: Store, scene: Scene, there: Standing) -> dict[int, Gone]:
    """The items of a review that are gone, by number, to tell whoever looks at it."""
    found = whereabouts(scene, there, asked(session, store, there.review.review_id))
    return {number: one for number, one in found.items() if one is not None}


def whereabouts(scene: Scene, there: Standing, items: Sequence[ReviewItem]) -> dict[int, Gone | None]:
    """Each item that is certainly gone, or (None) certainly there, by number; what nobody knows is not among them."""
    now = there_now(scene, items)
    found = {one.item_no: None if one.item_key in now else look_for(scene, there, one) for one in items}
    return {one.item_no: found[one.item_no] for one in items if one.item_key in now or found[one.item_no]}


def there_now(scene: Scene, items: Sequence[ReviewItem]) -> set[str]:
    """All that there is now in the places of these items."""
    places = {key: place for one in items if (place := place_of(scene.landscape, key := one.item_key or ""))}
    found = {(place.kind, place.id): place for place in places.values()}
    return {key_of(access) for place in found.values() for access in reach(scene.landscape, place)}


def look_for(scene: Scene, there: Standing, item: ReviewItem) -> Gone | None:
    """Whether one access is gone."""
    review = there.review
    found = seen(scene, Sought(review.review_id, item.item_key, item, review.opened_at))
    if found is None or found.result != "GONE":
        return None
    times = [one.at for one in scene.landscape.readings.values() if one.run_id in found.runs and one.at]
    return Gone(max(times), any(one.get("why") == PLACE_GONE for one in found.left)) if times else None


# ---------------------------------------------------------------- what is written of it


def lines(
    there: Standing, items: Sequence[ReviewItem], found: Mapping[int, Gone | None], now: datetime
) -> Iterator[dict[str, Any]]:
    """What is new: what lapsed, and what is open again because it came back."""
    alone = {one.item_no for one in there.alone}
    for item in items:
        is_alone = item.item_no in alone
        if item.item_no not in found or signed_for(there, item, is_alone):
            continue
        last, gone = there.answers.get(item.item_no), found[item.item_no]
        base = {"item_no": item.item_no, "actor": SYSTEM, "channel": "run", "facts_hash": item.leaf_hash}
        base |= {"late": now > there.review.due_at}
        if is_lapsed(last) and gone is None:
            yield base | {"verb": "open"}
        elif gone and item.risk != "high" and not is_final(last) and not is_confirmed(there, item, is_alone):
            why = PLACE_GONE if gone.with_place else "gone"
            yield base | {"verb": LAPSED, "reason_code": why, "shown_at": gone.read_at}


def signed_for(there: Standing, item: ReviewItem, is_alone: bool) -> bool:
    """Whether whoever decides about an item signed: after that no line about it can be added."""
    return there.decider(item.reviewer, item.item_no if is_alone else None) in there.signed


def is_confirmed(there: Standing, item: ReviewItem, is_alone: bool) -> bool:
    """Whether somebody confirmed an item with its rule."""
    return not is_alone and is_final(there.confirmed.get(group_key(item.rule, item.reviewer)))
