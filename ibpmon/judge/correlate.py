"""Events to episodes: exact sliding windows over the keys that new events touch, however late they come.

A window begins at an event and lasts `timespan`, both ends included. It counts when it holds enough; windows of one
key that overlap or touch are one episode. So twenty failures in a row are one finding and not eleven.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    column,
    delete,
    func,
    or_,
    select,
    type_coerce,
    values,
)
from sqlmodel import Session, col

from ibpmon.judge.rule import Correlation, Rule
from ibpmon.judge.sigma import compile_condition, fields_of
from ibpmon.judge.weighing import rank_of
from ibpmon.store.database import Store
from ibpmon.store.tables import MICROSECOND, Counter, Cursor
from ibpmon.store.upsert import insert, table_of
from ibpmon.store.view import View

KEYS_AT_ONCE = 300  # touched keys in one statement
ROWS_AT_ONCE = 5_000

Key = tuple[str, ...]
Ranges = dict[Key, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened to one key without a pause; `fields` are those of its last event."""

    key: Key
    start: int
    end: int
    events: int
    different: int
    fields: Mapping[str, Any]
    rank: int  # in the order of LEVELS: what the heaviest of the events weighs


# ---- how far a rule has looked


def cursor_name(session: Session, rule: Rule, view: View) -> str:
    """The name of the rule's watermark.

    It holds the rule's hash and that of all that the board's lists decide about old events: when a rule, a threshold
    or the end date of a contract changes, the events that are there are judged anew.
    """
    digest = sha256(rule.hash.encode())
    trees = (rule.condition, *rule.levels.values())
    for name in sorted({name for tree in trees for name in fields_of(tree)} & set(view.context)):
        for row in session.execute(view.context[name]):
            digest.update(repr(tuple(row)).encode())
    return f"rule:{rule.key}:{digest.hexdigest()[:32]}"


def arrived(session: Session, store: Store, view: View) -> int:
    """The arrival number of the last event."""
    wanted = (col(Counter.tenant_id) == store.tenant, col(Counter.name) == f"seq:{view.name}")
    return session.scalar(select(col(Counter.value)).where(*wanted)) or 0


def seen_until(session: Session, store: Store, name: str) -> int:
    """The arrival number up to which the rule has looked; 0 for never."""
    wanted = (col(Cursor.tenant_id) == store.tenant, col(Cursor.name) == name)
    return session.scalar(select(col(Cursor.value)).where(*wanted)) or 0


def move(session: Session, store: Store, rule: Rule, name: str, until: int) -> None:
    """Set the watermark, and forget those of earlier versions of the rule."""
    old = and_(col(Cursor.name).startswith(f"rule:{rule.key}:", autoescape=True), col(Cursor.name) != name)
    session.execute(delete(Cursor).where(col(Cursor.tenant_id) == store.tenant, old))
    statement = insert(session, table_of(Cursor)).values(tenant_id=store.tenant, name=name, value=until)
    session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "name"], set_={"value": statement.excluded.value})
    )


# ---- from events to rows that count


def counting(rule: Rule) -> Correlation:
    """How the rule counts."""
    if rule.correlation is None:
        raise TypeError(rule.key)
    return rule.correlation


def span_of(rule: Rule) -> int:
    """The rule's timespan in the unit of the database."""
    return counting(rule).span // MICROSECOND


def moment_of(view: View) -> ColumnElement[int]:
    """The time of an event as a number."""
    return type_coerce(view.selectable.c[str(view.time)], BigInteger)


def key_columns(rule: Rule, view: View) -> list[ColumnElement[Any]]:
    """The columns that make the key."""
    return [view.selectable.c[name] for name in counting(rule).by]


def new_hits(rule: Rule, view: View, after: int, until: int) -> Select[Any]:
    """Key and time of the hits that arrived between two watermarks.

    Without GROUP BY: that would tempt the planner to walk the index by key through all of history.
    """
    rows = view.selectable
    keys = [key.label(f"k{n}") for n, key in enumerate(key_columns(rule, view))]
    hit = compile_condition(rule.condition, rows, rule.columns)
    return select(*keys, moment_of(view).label("moment")).where(rows.c.seq > after, rows.c.seq <= until, hit)


def news(session: Session, rule: Rule, view: View, after: int, until: int) -> tuple[Ranges, int]:
    """Which keys were touched, with the range in which that can make a difference; and how many hits had no key.

    A window with a new event begins at most one timespan before it and ends at most one after it; a stored episode
    that such a window joins has an event inside it.
    """
    ranges: Ranges = {}
    keyless, span = 0, span_of(rule)
    for *key, moment in session.execute(new_hits(rule, view, after, until)):
        if not all(key):
            keyless += 1
            continue
        low, high = ranges.get(tuple(key), (moment, moment))
        ranges[tuple(key)] = (min(low, moment), max(high, moment))
    return {key: (low - span, high + span) for key, (low, high) in ranges.items()}, keyless


def keyless_hits(session: Session, rule: Rule, view: View) -> int:
    """How many hits have no key, over all of history."""
    rows = view.selectable
    lacks = or_(*(or_(key.is_(None), key == "") for key in key_columns(rule, view)))
    hit = compile_condition(rule.condition, rows, rule.columns)
    return session.scalar(select(func.count()).select_from(rows).where(hit, lacks)) or 0


def hits(rule: Rule, view: View, touched: CTE | None = None) -> Select[Any]:
    """The events that count, with their key, time and what the message names; of touched keys only those in range."""
    rows, keys, moment = view.selectable, key_columns(rule, view), moment_of(view)
    distinct = counting(rule).distinct
    columns = [key.label(f"k{n}") for n, key in enumerate(keys)]
    columns += [moment.label("moment"), rows.c.seq.label("seq")]
    columns += [rows.c[distinct].label("different")] if distinct else []
    columns += [rows.c[name].label(f"f_{name}") for name in rule.line_fields if name in rule.columns]
    columns += [rank_of(rule, rows).label("rank")]
    query = select(*columns).where(compile_condition(rule.condition, rows, rule.columns), *(key != "" for key in keys))
    if touched is None:
        return query
    same = [key == touched.c[f"t{n}"] for n, key in enumerate(keys)]
    return query.join_from(touched, rows, and_(*same, moment >= touched.c.low, moment <= touched.c.high))


def touched_keys(ranges: Sequence[tuple[Key, tuple[int, int]]]) -> CTE:
    """The touched keys with their ranges, as rows in the statement."""
    keys = [column(f"t{n}", Text) for n in range(len(ranges[0][0]))]
    rows = [(*key, *span) for key, span in ranges]
    both: list[Any] = [column("low", BigInteger), column("high", BigInteger)]
    return values(*keys, *both, name="touched").data(rows).cte("touched")


def candidates(rule: Rule, hit: Select[Any]) -> Select[Any]:
    """The hits of the keys that are busy enough somewhere, in order: `least` hits within one timespan.

    For different values that is needed but not enough; the exact count follows in `windows`.
    """
    rows, least = hit.cte("hits"), counting(rule).least
    keys = [c for c in rows.c if c.name.startswith("k") and c.name[1:].isdecimal()]
    order = [*keys, rows.c.moment, rows.c.seq]
    if least == 1:
        return select(rows).order_by(*order)
    earlier = func.lag(rows.c.moment, least - 1).over(partition_by=keys, order_by=[rows.c.moment, rows.c.seq])
    pace = select(*keys, (rows.c.moment - earlier).label("took")).subquery("pace")
    busy = select(*(pace.c[key.name] for key in keys)).where(pace.c.took <= span_of(rule)).distinct().subquery("busy")
    same = [rows.c[key.name] == busy.c[key.name] for key in keys]
    return select(rows).join(busy, and_(*same)).order_by(*order)


# ---- from rows to episodes


def find_episodes(session: Session, rule: Rule, view: View, ranges: Ranges | None) -> Iterator[Episode]:
    """The episodes of the touched keys; of every key when `ranges` is None."""
    if ranges is None:
        yield from episodes(rule, stream(session, candidates(rule, hits(rule, view))))
        return
    touched = sorted(ranges.items())
    for start in range(0, len(touched), KEYS_AT_ONCE):
        keys = touched_keys(touched[start : start + KEYS_AT_ONCE])
        yield from episodes(rule, stream(session, candidates(rule, hits(rule, view, keys))))


def stream(session: Session, query: Select[Any]) -> Iterable[Row[Any]]:
    """The rows of a query without holding them all."""
    return session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})


def episodes(rule: Rule, rows: Iterable[Row[Any]]) -> Iterator[Episode]:
    """Rows in order of key and time to episodes."""
    names = [f"k{n}" for n in range(len(counting(rule).by))]
    for key, group in groupby(rows, key=lambda row: tuple(row._mapping[name] for name in names)):
        of_key = list(group)
        yield from (episode(rule, key, of_key[first : last + 1]) for first, last in joined(rule, of_key))


def episode(rule: Rule, key: Key, rows: Sequence[Row[Any]]) -> Episode:
    """The rows of one episode as a value."""
    different = {row.different for row in rows} - {None} if counting(rule).distinct else set()
    fields = {name: rows[-1]._mapping[f"f_{name}"] for name in rule.line_fields if name in rule.columns}
    rank = max(row.rank for row in rows)
    return Episode(key, rows[0].moment, rows[-1].moment, len(rows), len(different), fields, rank)


def joined(rule: Rule, rows: Sequence[Row[Any]]) -> list[tuple[int, int]]:
    """The windows that count, joined where they overlap or touch: first and last row of each."""
    found: list[tuple[int, int]] = []
    reach = 0
    for first, last in windows(rule, rows):
        if found and rows[first].moment <= reach:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
        reach = rows[first].moment + span_of(rule)
    return found


def windows(rule: Rule, rows: Sequence[Row[Any]]) -> Iterator[tuple[int, int]]:
    """First and last row of each window that holds enough; a window begins at an event."""
    how, span = counting(rule), span_of(rule)
    inside: Tally[Any] = Tally()
    after = 0
    for first, row in enumerate(rows):
        while after < len(rows) and rows[after].moment - row.moment <= span:
            inside[value_of(how, rows[after], after)] += 1
            after += 1
        if len(inside) - (None in inside) >= how.least:
            yield first, after - 1
        own = value_of(how, row, first)
        inside[own] -= 1
        if not inside[own]:
            del inside[own]


def value_of(how: Correlation, row: Row[Any], number: int) -> Any:
    """What is counted: different values of a field, or each event for itself."""
    return row.different if how.distinct else number
