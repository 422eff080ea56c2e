"""The files of an evidence pack as values again: what was decided about each item, who signed it, what became of it.

Nothing is looked up elsewhere, so that the same pack always says the same. Of an erased item only its number is known.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ibpmon.review.remedies import Task
from ibpmon.review.standing import FINAL, LAPSED, group_key
from ibpmon.review.verifier import lines
from ibpmon.store.review_tables import Observation, Remediation, RemediationEvent, ReviewItem
from ibpmon.store.tables import aware

Row = Mapping[str, Any]
TABLES = {"remediation": Remediation, "remediation_event": RemediationEvent, "observation": Observation}


@dataclass(frozen=True, slots=True)
class Packed:
    """One pack; times in its rows are whole numbers, as the database keeps them."""

    head: Row
    review: Row
    signatures: Sequence[Row]
    items: Sequence[Row]
    answers: Mapping[int, Row]  # the last about each item
    confirmed: Mapping[str, Row]  # the last about each rule
    tasks: Mapping[int, Sequence[Task]]  # of each item, the oldest first
    coverage: Row
    matrix: Row

    @property
    def zone(self) -> ZoneInfo:
        """The civil time of the board."""
        return ZoneInfo(self.head["time_zone"])

    @property
    def newest(self) -> datetime:
        """The newest thing that it says: what happened later is not in it."""
        tasks = [task for one in self.tasks.values() for task in one]
        times = [aware(one["signed_at"]) for one in self.signatures]
        times += [act.at for task in tasks for act in task.events] + [look.at for task in tasks for look in task.seen]
        return max(times)

    def last(self, item: Row) -> Row | None:
        """What was decided about an item, by itself or with its rule; None when nothing was."""
        answer = self.answers.get(item["item_no"])
        if answer and answer["verb"] in FINAL:
            return answer
        if is_erased(item) or item["alone"] or item["outcome"] == "MISSING":
            return None
        return self.confirmed.get(group_key(item["rule"], item["reviewer"]))

    def signed(self, item: Row) -> Row | None:
        """The decision about an item, if somebody signed for it: of who did not sign yet it is a draft."""
        last = self.last(item)
        return last if last and self.is_signed(last) else None

    def is_open(self, item: Row) -> bool:
        """Whether an item asks for a decision that nobody stands for; of what was erased that is not known."""
        return not is_erased(item) and item["outcome"] != "MISSING" and self.signed(item) is None

    def is_signed(self, decision: Row) -> bool:
        """Whether whose decision it is signed after it; that something was gone is of nobody, and bound by any."""
        decider = decision["on_behalf_of"] or decision["actor"]
        of_anybody = decision["verb"] == LAPSED
        later = [one for one in self.signatures if decision["seq"] <= one["decision_seq"]]
        return any(of_anybody or one["signer"] == decider for one in later)

    def decided(self, *verbs: str) -> list[tuple[Row, Row]]:
        """The items with such a signed decision, each with that decision."""
        found = ((item, self.signed(item)) for item in self.items)
        return [(item, last) for item, last in found if last and last["verb"] in verbs]


def is_erased(item: Row) -> bool:
    """Whether the term of an item is over."""
    return item["salt"] is None


def packed(files: Mapping[str, bytes]) -> Packed:
    """The values of a pack that was just made."""
    told = json.loads(files["review.json"])
    head = json.loads(files["letterhead.json"])
    items, decisions = lines(files, "items.jsonl"), lines(files, "decisions.jsonl")
    return Packed(
        head,
        **told,
        items=items,
        answers={one["item_no"]: one for one in decisions if one["item_no"] is not None},
        confirmed={one["rule"]: one for one in decisions if one["item_no"] is None},
        tasks=tasks_of(told["review"], items, lines(files, "remediation.jsonl")),
        coverage=json.loads(files["coverage.json"]),
        matrix=json.loads(files["matrix.json"]),
    )


def tasks_of(review: Row, items: Sequence[Row], rows: Sequence[Row]) -> dict[int, list[Task]]:
    """The tasks by item; what a revision took over has the one of the revision before, about the same access."""
    numbers = {item["item_key"]: item["item_no"] for item in items if item["item_key"]}
    events, seen = (by_task(as_kept(rows, name)) for name in ("remediation_event", "observation"))
    made = list(as_kept(rows, "remediation"))
    followed = {one.follows for one in made}
    found: dict[int, list[Task]] = {}
    for row in made:
        own = row.item_no if row.review_id == review["review_id"] else None
        number, key = numbers.get(row.item_key, own), row.remediation_id
        if number is not None:
            item = ReviewItem(**items[number - 1])
            task = Task(row, item, events.get(key, ()), seen.get(key, ()), key in followed)
            found.setdefault(number, []).append(task)
    return found


def by_task(rows: Iterator[Any]) -> dict[int, list[Any]]:
    """The rows of each task, in order."""
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.remediation_id, []).append(row)
    return found


def as_kept(rows: Sequence[Row], table: str) -> Iterator[Any]:
    """The rows of one table as they were kept, with their times."""
    for row in rows:
        if row["table"] == table:
            values = {name: value for name, value in row.items() if name != "table"}
            times = {name: aware(values[name]) for name in ("at", "made_at", "due_at") if name in values}
            yield TABLES[table](**values | times)
