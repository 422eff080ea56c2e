"""A task is made: in the transaction of the signature or of the run that saw something come back, never by itself.

Its edges are those that are there at that moment; only where nothing is left they are those of the item.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ibpmon.review.bureau import Bureau
from ibpmon.review.hints import APPLICATION, Guide, Hint, hints
from ibpmon.review.merkle import canonical
from ibpmon.review.nouns import Landscape, Resource
from ibpmon.review.remedies import write_down
from ibpmon.review.writing import making
from ibpmon.store.review_tables import Remediation, RemediationEdge, ReviewItem
from ibpmon.store.upsert import take
from ibpmon.tell.terms import diary, due

TERM = 10  # school days to carry a decision out
IN_SHAREPOINT = ("site_group", "grant", "item_grant", "link", "site_admin")


def term(session: Session, bureau: Bureau) -> datetime:
    """Until when a decision of now may take to be carried out."""
    return due(diary(session, bureau.store, bureau.config), bureau.now, TERM)


def make(
    session: Session, bureau: Bureau, guide: Guide, item: ReviewItem, seq: int, goal: str, due_at: datetime,
    follows: int | None = None, source: str = "REVIEW",
) -> int:  # fmt: skip
    """Write one task with the edges as they are; gives its number."""
    store, now = bureau.store, bureau.now
    number = take(session, store.tenant, "remediation")
    row: dict[str, Any] = {"tenant_id": store.tenant, "remediation_id": number, "review_id": item.review_id}
    row |= {"decision_seq": seq, "item_no": item.item_no, "item_key": item.item_key, "goal": goal}
    row |= {"source": source, "follows": follows, "due_at": due_at, "made_at": now}
    session.add(Remediation(**row))
    session.flush()
    key: dict[str, Any] = {"tenant_id": store.tenant, "remediation_id": number, "added_at": now}
    edges = [{**key, "edge_no": place, **line} for place, line in enumerate(edge_rows(guide, item), start=1)]
    session.add_all(RemediationEdge(**edge) for edge in edges)
    session.flush()
    write_down(session, store, number, "open", making(row, edges), now)
    return number


def edge_rows(guide: Guide, item: ReviewItem) -> Iterator[dict[str, Any]]:
    """Every edge once, with what has to be known to cut it and to put it back."""
    live = list(live_hints(guide, item))
    for one in live:
        yield edge_row(dict(one.state), item.right, canonical(one.kept))
    if not live:
        yield from (edge_row(edge, item.right, None) for edge in edges_then(item))


def edge_row(edge: Mapping[str, Any], right: str, told: str | None) -> dict[str, Any]:
    """One edge as it is kept."""
    kind = edge["kind"]
    system = APPLICATION if kind == APPLICATION else "sharepoint" if kind in IN_SHAREPOINT else "entra"
    return {
        "edge_key": canonical(edge), "kind": kind, "system": system, "fix_hint": told, "owner_role": "ict",
        "before_state": canonical({"edge": edge, "right": right}),
    }  # fmt: skip


def edges_then(item: ReviewItem) -> list[dict[str, Any]]:
    """The edges as the item had them."""
    found = {canonical(edge): edge for path in json.loads(item.paths or "[]") for edge in path["edges"]}
    return list(found.values())


def live_hints(guide: Guide, item: ReviewItem) -> Iterator[Hint]:
    """What would have to be cut now; nothing when it is gone, or when the item was erased."""
    if item.item_key:
        kind, key, _place_kind, _place = json.loads(item.item_key)
        place = place_of(guide.landscape, item.item_key)
        yield from hints(guide, place, (kind, key)) if place else ()


def place_of(landscape: Landscape, item_key: str) -> Resource | None:
    """The place that an item is about, if it is there."""
    _kind, _key, kind, key = json.loads(item_key)
    tables = {
        "group": landscape.groups, "site": landscape.sites, "role": landscape.roles, "app": landscape.apps,
        "application": landscape.applications,
    }  # fmt: skip
    return tables[kind].get(key)
