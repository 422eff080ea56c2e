"""The alerts as somebody goes through them: by what changed lately, the gravest first, a page at a time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session

from ibpmon.language import N_
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, News
from ibpmon.store.upsert import table_of
from ibpmon.tell.changes import OPEN
from ibpmon.tell.words import LEVELS

GROUPS = ("new", "worse", "still", "over", "before")
GROUP_WORDS = {
    "new": N_("New"), "worse": N_("Worse"), "still": N_("Still going on"), "over": N_("Over"),
    "before": N_("Over for longer"),
}  # fmt: skip
CURRENT = GROUPS[:-1]  # what a list shows of itself
QUIET = "informational"  # figures only: shown to who asks for it
ALERT, NEWS = table_of(Alert).c, table_of(News).c


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see; what is empty does not matter."""

    since: datetime  # what changed before this is not lately
    group: str = ""
    level: str = ""
    state: str = ""
    rule: str = ""
    hidden: frozenset[str] = frozenset()  # rules whose alerts are not for this reader


@dataclass(frozen=True, slots=True)
class Counts:
    """How many alerts there are of everything that one can ask for."""

    rows: Sequence[tuple[str, str, str, str, int]]  # group, level, state, rule, how many

    def chosen(self, wish: Wish) -> Counter[str]:
        """How many of each group, of what is asked for; all groups named."""
        found = Counter(dict.fromkeys(GROUPS, 0))
        for group, level, state, rule, count in self.rows:
            quiet = level == QUIET and not wish.level
            if not quiet and fits(level, wish.level) and fits(state, wish.state) and fits(rule, wish.rule):
                found[group] += count
        return found

    @property
    def rules(self) -> list[str]:
        """The rules that have alerts."""
        return sorted({row[3] for row in self.rows})


def fits(value: str, asked: str) -> bool:
    """Whether a value is the one that is asked for, if one is."""
    return asked in ("", value)


def counts(session: Session, store: Store, since: datetime, hidden: frozenset[str] = frozenset()) -> Counts:
    """How many alerts there are but those of hidden rules, in one statement."""
    known = heard(store, since)
    key = (group_of(known, since), ALERT.level, ALERT.state, ALERT.rule)
    query = select(*key, func.count()).select_from(joined(known))
    query = query.where(ALERT.tenant_id == store.tenant, ALERT.rule.not_in(hidden))
    return Counts([tuple(row) for row in session.execute(query.group_by(*key))])


def listed(session: Session, store: Store, wish: Wish, begin: int, most: int) -> list[tuple[str, Alert]]:
    """One page of alerts with what changed: group by group, in each the gravest first, then the newest."""
    known = heard(store, wish.since)
    group = group_of(known, wish.since)
    asked = [ALERT.tenant_id == store.tenant, group == wish.group if wish.group else group.in_(shown_groups(wish))]
    asked += [ALERT.level == wish.level if wish.level else ALERT.level != QUIET]
    asked += [ALERT.rule.not_in(wish.hidden)]
    asked += [ALERT[name] == getattr(wish, name) for name in ("state", "rule") if getattr(wish, name)]
    order = (place_in(GROUPS, group), place_in(LEVELS, ALERT.level).desc(), ALERT.alert_id.desc())
    query = select(group, Alert).select_from(joined(known)).where(*asked).order_by(*order)
    return [(row[0], row[1]) for row in session.execute(query.offset(begin).limit(most))]


def shown_groups(wish: Wish) -> Sequence[str]:
    """The groups of a list: who asks for a state also wants what is over for long."""
    return GROUPS if wish.state else CURRENT


def heard(store: Store, since: datetime) -> Any:
    """What was told of each alert lately: that it is new or back, that it got worse."""
    opened, worse = (func.max(case((NEWS.kind.in_(kinds), 1), else_=0)) for kinds in (("new", "reopened"), ("worse",)))
    mine = (NEWS.tenant_id == store.tenant, NEWS.at >= since, NEWS.alert_id.is_not(None))
    query = select(NEWS.alert_id, opened.label("opened"), worse.label("worse")).where(*mine)
    return query.group_by(NEWS.alert_id).subquery("heard")


def joined(known: Any) -> Any:
    """Alerts beside what was told of them."""
    return table_of(Alert).outerjoin(known, known.c.alert_id == ALERT.alert_id)


def group_of(known: Any, since: datetime) -> ColumnElement[str]:
    """In which group an alert stands; what a person opened again is new without being told."""
    fresh = or_(
        known.c.opened == 1, ALERT.opened_at >= since, and_(ALERT.state == "reopened", ALERT.changed_at >= since)
    )
    is_open = ALERT.state.in_(OPEN)
    return case(
        (and_(is_open, fresh), "new"), (and_(is_open, known.c.worse == 1), "worse"), (is_open, "still"),
        (ALERT.changed_at >= since, "over"), else_="before",
    )  # fmt: skip


def place_in(words: Sequence[str], column: ColumnElement[str]) -> ColumnElement[int]:
    """The place of a word in a row, to order by."""
    return case({word: number for number, word in enumerate(words)}, value=column, else_=-1)
