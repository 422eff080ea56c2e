"""What was read before a review, and what was not: it is signed along, for nobody signs for what nobody looked at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ibpmon.review.asking import NOT_READ, Question
from ibpmon.review.items import Review
from ibpmon.review.nouns import Landscape
from ibpmon.review.readings import Reading


def coverage(landscape: Landscape, question: Question) -> dict[str, Any]:
    """The state of every source and of every place of the process."""
    return {
        "sources": {name: source(one) for name, one in landscape.readings.items()},
        "places": places(question.found),
        "patterns_without_place": sorted(question.found.unmatched),
        "personal_sites_left_out": landscape.left_out,
    }


def source(reading: Reading) -> dict[str, Any]:
    """How the last reading of one source went."""
    at = reading.at.isoformat() if reading.at else None
    return {
        "state": reading.state, "run": reading.run_id, "at": at, "reason": reading.reason, "rows": reading.rows,
    }  # fmt: skip


def places(found: Review) -> dict[str, dict[str, Any]]:
    """Each place: whether it was read in full, and else what was not."""
    gaps: dict[str, list[str]] = {}
    for item in found.items:
        if item.access.principal.kind in NOT_READ:
            place, who = item.access.resource, item.access.principal
            gaps.setdefault(f"{place.kind}:{place.id}", []).append(who.reason or who.name)
    keys = {f"{one.kind}:{one.id}": one.name for one in found.resources}
    return {
        key: {"name": name, "state": "PARTIAL" if key in gaps else "FULL", "reasons": sorted(set(gaps.get(key, ())))}
        for key, name in keys.items()
    }


def not_full(known: Mapping[str, Any]) -> list[str]:
    """The names of the places that were not read in full, in order."""
    return sorted(one["name"] for one in known["places"].values() if one["state"] != "FULL")


def as_of(landscape: Landscape, now: datetime) -> datetime:
    """The moment that a review is about: that of its oldest source."""
    return min((one.at for one in landscape.readings.values() if one.at), default=now)
