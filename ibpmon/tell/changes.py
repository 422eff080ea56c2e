"""Decides what a change in findings means for an alert: new, worse, back, or solved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ibpmon.store.tables import OPEN_ALERTS
from ibpmon.tell.words import rank

Kind = Literal["new", "worse", "reopened", "solved"]
OPEN = OPEN_ALERTS
AT_REST = ("solved", "closed", "accepted")


@dataclass(frozen=True, slots=True)
class Sight:
    """What is found now for one subject of a rule."""

    level: str = "informational"
    occurrences: int = 0  # findings that nobody accepted
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands."""

    state: str
    level: str
    occurrences: int


@dataclass(frozen=True, slots=True)
class Change:
    """Something about an alert that people must hear."""

    kind: Kind
    alert_id: int
    subject: str
    level: str
    occurrences: int


def together(sights: Iterable[Sight]) -> Sight:
    """What is found for one subject at several levels, as one: the highest level counts."""
    whole = Sight()
    for one in sights:
        level = max(whole.level, one.level, key=rank) if one.occurrences else whole.level
        whole = Sight(level, whole.occurrences + one.occurrences, whole.accepted + one.accepted)
    return whole


def step(before: Standing | None, sight: Sight) -> tuple[Standing | None, Kind | None]:
    """The alert after this sight, and what people must hear of it. Without an alert and a finding there is nothing."""
    if sight.occurrences == 0:
        return (None, None) if before is None else ended(before, sight)
    now = Standing("new", sight.level, sight.occurrences)
    if before is None:
        return now, "new"
    worse = rank(sight.level) > rank(before.level) or sight.occurrences > before.occurrences
    if before.state in ("solved", "accepted") or (before.state == "closed" and worse):
        return replace(now, state="reopened"), "reopened"
    told = worse and before.state in OPEN and before.occurrences > 0  # opened again by a person, nothing got worse
    return replace(now, state=before.state), "worse" if told else None


def ended(before: Standing, sight: Sight) -> tuple[Standing, Kind | None]:
    """The alert once nothing is left to do. What was accepted is not solved, and a person knows already."""
    now = replace(before, occurrences=0)
    if before.state == "closed":
        return now, None
    if sight.accepted:
        return replace(now, state="accepted"), None
    return replace(now, state="solved"), "solved" if before.state in OPEN else None
