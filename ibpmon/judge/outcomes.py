"""What rules have said over time: how often each outcome, and when a rule last had its data."""

from collections import Counter as Tally
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from ibpmon.store.database import Store
from ibpmon.store.tables import Evaluation


@dataclass(slots=True)
class Record:
    """How often a rule gave each outcome, and when it was last judged on data; None for never."""

    counts: Tally[str] = field(default_factory=Tally)
    last_judged: datetime | None = None
    spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)  # outcome -> first and last time

    def since(self, outcome: str) -> datetime | None:
        """From when on a rule said nothing else than this; None when it never said it."""
        if outcome not in self.spans:
            return None
        others = [last for name, (_first, last) in self.spans.items() if name != outcome]
        return max([self.spans[outcome][0], *others])


def records(session: Session, store: Store) -> dict[str, Record]:
    """The record of each rule, over all evaluations that are kept."""
    asked = (col(Evaluation.rule), col(Evaluation.outcome))
    at = col(Evaluation.at)
    mine = select(*asked, func.count(), func.min(at), func.max(at)).where(col(Evaluation.tenant_id) == store.tenant)
    found: dict[str, Record] = defaultdict(Record)
    for rule, outcome, count, first, last in session.execute(mine.group_by(*asked)):
        found[rule].counts[outcome] = count
        found[rule].spans[outcome] = (first, last)
        if outcome != "cannot_check":
            found[rule].last_judged = max(last, found[rule].last_judged or last)
    return dict(found)
