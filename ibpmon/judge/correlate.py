"""Events to episodes: exact sliding windows over the keys that new events touch, however late they come.

The database finds the keys at which enough happens; `windows` says what that is. So twenty failures in a row are one
finding and not eleven, and only what may matter is read.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlmodel import Session

from ibpmon.judge.rule import COUNTS, LEVELS, Correlation, Rule, Search
from ibpmon.judge.sigma import compile_condition, excludes, fields_of
from ibpmon.judge.weighing import rank_of, usual_rank
from ibpmon.judge.windows import Hit, Key, Window, grouped, items, runs, span_of
from ibpmon.store.given import from_given, given
from ibpmon.store.view import View, in_bytes

KEYS_AT_ONCE = 300  # keys in one statement
ROWS_AT_ONCE = 5_000

Kinds = Mapping[str, View]
Ranges = dict[Key, tuple[int, int]]
Span = tuple[Key, tuple[int, int]]
Moments = dict[Key, list[int]]


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened to one key without a pause; `fields` are those of its last event."""

    key: Key
    start: int
    end: int
    count: int  # different values where these are counted; of what comes together, the events of the first
    fields: Mapping[str, Any]
    rank: int  # in the order of LEVELS: what the heaviest of the events weighs


@dataclass(frozen=True, slots=True)
class Touched:
    """The touched keys with their ranges, as rows in a statement, and the range that holds all of these."""

    rows: CTE
    low: int
    high: int


# ---- what a rule reads of events


def read_by(rule: Rule, kinds: Kinds) -> dict[str, View]:
    """The views of a rule with no more than it reads."""
    found = {}
    for service in rule.services:
        named = {name for search in rule.searches if search.service == service for name in read_of(rule, search)}
        found[service] = kinds[service].only(named)
    return found


def read_of(rule: Rule, search: Search) -> set[str]:
    """The fields that a rule reads of what a search finds."""
    weighing = [name for tree in rule.levels.values() for name in fields_of(tree)]
    told = [*line_columns(rule), *weighing] if search.service == rule.service else []
    return {*fields_of(search.condition), *key_of(rule, search), *counted_fields(rule, search), *told}


def counting(rule: Rule) -> Correlation:
    """How the rule counts."""
    if rule.correlation is None:
        raise TypeError(rule.key)
    return rule.correlation


def trees(rule: Rule) -> tuple[Correlation, ...]:
    """What the rule counts, and what makes that weigh more."""
    return (counting(rule), *rule.rises.values())


def reach_of(rule: Rule) -> int:
    """How far in time events can matter to each other."""
    return max(span_of(tree) for tree in trees(rule))


def moment_of(view: View) -> ColumnElement[int]:
    """The time of an event as a number."""
    return type_coerce(view.selectable.c[str(view.time)], BigInteger)


def key_of(rule: Rule, search: Search) -> tuple[str, ...]:
    """The fields that are the key of the rule in one search."""
    return next(tree.keys[search.name] for tree in trees(rule) if search.name in tree.keys)


def key_columns(rule: Rule, search: Search, view: View) -> list[ColumnElement[Any]]:
    """The columns that make the key."""
    return [view.selectable.c[name] for name in key_of(rule, search)]


def read_fields(tree: Correlation) -> Iterator[tuple[str, str]]:
    """Each field by which is grouped or that is counted, with its search."""
    yield from ((search, name) for search, names in tree.keys.items() for name in names)
    yield from tree.counted.items()
    for part in tree.of:
        if isinstance(part, Correlation):
            yield from read_fields(part)


def new_hits(rule: Rule, search: Search, view: View, after: int, until: int) -> Select[Any]:
    """Key and time of the hits that arrived between two watermarks.

    Without GROUP BY: that would tempt the planner to walk the index by key through all of history.
    """
    rows = view.selectable
    return keys_and_moments(rule, search, view).where(rows.c.seq > after, rows.c.seq <= until)


def hits_of_keys(rule: Rule, search: Search, view: View, field: str, keys: Iterable[str]) -> Iterator[Select[Any]]:
    """Key and time of all hits that hold one of these in a field; the rule itself need not read that field."""
    view = view.only({*read_of(rule, search), field})
    for some in batches(sorted(keys)):
        yield keys_and_moments(rule, search, view).where(view.selectable.c[field].in_(some))


def keys_and_moments(rule: Rule, search: Search, view: View) -> Select[Any]:
    """Key and time of all hits."""
    keys = [key.label(f"k{n}") for n, key in enumerate(key_columns(rule, search, view))]
    return select(*keys, moment_of(view).label("moment")).where(hit_of(search, view))


def hit_of(search: Search, view: View) -> ColumnElement[bool]:
    """Whether an event answers a search."""
    hit = compile_condition(search.condition, view.selectable, search.columns)
    # Said once more, word for word as the small index says it: only then it can be used.
    rare = [name for name, usual in view.usual.items() if excludes(search.condition, name, usual)]
    return and_(hit, *(view.selectable.c[name] != literal_column(str(view.usual[name])) for name in rare))


def touched_by(rule: Rule, found: Iterable[Sequence[Any]], ranges: Ranges, moments: Moments | None = None) -> int:
    """Note the keys of hits with the range in which these can make a difference; gives how many hits had no key.

    A window with a new event begins at most one timespan before it and ends at most one after it; a stored episode
    that such a window joins has an event inside it.
    """
    keyless, reach = 0, reach_of(rule)
    for row in found:
        key: Key = tuple(row[:-1])
        moment: int = row[-1]
        if not all(key):
            keyless += 1
            continue
        low, high = ranges.get(key, (moment, moment))
        ranges[key] = (min(low, moment - reach), max(high, moment + reach))
        if moments is not None:
            moments.setdefault(key, []).append(moment)
    return keyless


def keyless_hits(session: Session, rule: Rule, kinds: Kinds) -> int:
    """How many hits have no key, over all of history."""
    found = 0
    for search in rule.searches:
        view = kinds[search.service]
        keys = key_columns(rule, search, view)
        hits = select(func.count()).select_from(view.selectable).where(hit_of(search, view))
        if len(keys) > 1:
            found += session.scalar(hits.where(or_(*(or_(key.is_(None), key == "") for key in keys)))) or 0
        else:  # one at a time, each finds its way by the index
            found += sum(session.scalar(hits.where(lacks)) or 0 for lacks in (keys[0].is_(None), keys[0] == ""))
    return found


# ---- ranges that hold whole episodes


def is_whole(rule: Rule) -> bool:
    """Whether each window speaks for itself: not where one window too full undoes an episode, or episodes count."""
    return all(window_decides(tree, top=True) for tree in trees(rule))


def window_decides(tree: Correlation, *, top: bool = False) -> bool:
    """Whether nothing outside a window of a correlation changes what it is."""
    under = [part for part in tree.of if isinstance(part, Correlation)]
    counts_episodes = tree.kind == "event_count" and bool(under)
    return tree.most is None and not counts_episodes and all(window_decides(part) for part in under)


def stretched(session: Session, rule: Rule, kinds: Kinds, ranges: Ranges) -> Ranges:
    """The ranges, made wider until nothing happens for a whole timespan before them and after them."""
    reach, found, open_ranges = longest(rule), Ranges(), dict(ranges)
    width = reach
    while open_ranges:
        width *= 2
        wide = {key: (low - width, high + width) for key, (low, high) in open_ranges.items()}
        moments = moments_of(session, rule, kinds, wide)
        for key, (low, high) in list(open_ranges.items()):
            begin = quiet(low, [-one for one in reversed(moments[key])], reach, wide[key][0], -1)
            end = quiet(high, moments[key], reach, wide[key][1], 1)
            if begin is not None and end is not None:
                found[key] = (begin, end)
                del open_ranges[key]
    return found


def longest(rule: Rule) -> int:
    """The longest timespan of the rule and all under it."""

    def spans(tree: Correlation) -> Iterator[int]:
        yield span_of(tree)
        for part in tree.of:
            if isinstance(part, Correlation):
                yield from spans(part)

    return max(span for tree in trees(rule) for span in spans(tree))


def quiet(begin: int, moments: Sequence[int], reach: int, end: int, sign: int) -> int | None:
    """From where on nothing happens for a whole timespan, going one way; None when that is beyond what was read."""
    at = begin * sign
    for moment in moments:
        if moment - at > reach:
            return at * sign
        at = max(at, moment)
    return at * sign if end * sign - at > reach else None


def moments_of(session: Session, rule: Rule, kinds: Kinds, ranges: Ranges) -> Mapping[Key, list[int]]:
    """When something happened to these keys, within their ranges, in order."""
    found = defaultdict[Key, list[int]](list)
    for search in rule.searches:
        view = kinds[search.service]
        for some in batches(sorted(ranges.items())):
            keys = touched_keys(some)
            query = keys_and_moments(rule, search, view)
            for row in session.execute(within(query, rule, search, view, keys)):
                found[tuple(row[:-1])].append(row[-1])
    for moments in found.values():
        moments.sort()
    return found


# ---- from events to hits


def within(query: Select[Any], rule: Rule, search: Search, view: View, touched: Touched) -> Select[Any]:
    """The same query, of touched keys only and within their ranges.

    The range that holds all is said in numbers as well: PostgreSQL cannot guess what the ranges of the rows leave over.
    """
    moment, rows = moment_of(view), touched.rows
    same = [key == rows.c[f"t{n}"] for n, key in enumerate(key_columns(rule, search, view))]
    in_range = (moment >= rows.c.low, moment <= rows.c.high)
    near = query.where(moment >= touched.low, moment <= touched.high)
    return near.select_from(from_given(rows, view.selectable, and_(*same, *in_range)))


def hits(rule: Rule, search: Search, view: View, touched: Touched | None = None) -> Select[Any]:
    """The events that answer a search, with all that is read of them; of touched keys only those in range."""
    rows, keys = view.selectable, key_columns(rule, search, view)
    same_view = search.service == rule.service
    columns = [key.label(f"k{n}") for n, key in enumerate(keys)]
    columns += [moment_of(view).label("moment"), rows.c.seq.label("seq")]
    columns += [(rank_of(rule, rows) if same_view else usual_rank(rule)).label("rank")]
    columns += [rows.c[name].label(f"v_{name}") for name in counted_fields(rule, search)]
    columns += [rows.c[name].label(f"f_{name}") for name in line_columns(rule) if same_view]
    query = select(*columns).where(hit_of(search, view), *(key != "" for key in keys))
    return query if touched is None else within(query, rule, search, view, touched)


def counted_fields(rule: Rule, search: Search) -> list[str]:
    """The fields of a search by which is grouped, and those that are counted."""
    return sorted({name for tree in trees(rule) for of, name in read_fields(tree) if of == search.name})


def line_columns(rule: Rule) -> list[str]:
    """What the line of the message names of an event."""
    return [name for name in rule.line_fields if name in rule.columns]


def touched_keys(ranges: Sequence[Span]) -> Touched:
    """These keys and ranges for a statement."""
    keys = [f"t{n}" for n in range(len(ranges[0][0]))]
    rows = given("touched", [(*key, *span) for key, span in ranges], keys, ("low", "high"))
    return Touched(rows, min(low for _key, (low, _high) in ranges), max(high for _key, (_low, high) in ranges))


def lead_of(part: Search | Correlation) -> Search | Correlation:
    """What is read first: where this does not happen, the rest does not matter. Of several the one that asks most."""
    if isinstance(part, Search):
        return part
    if part.kind not in COUNTS:
        return max(map(lead_of, part.of), key=lambda one: 1 if isinstance(one, Search) else one.least)
    alone = part.of[0] if len(part.of) == 1 else None
    return lead_of(alone) if isinstance(alone, Correlation) else part


def searches_of(part: Search | Correlation) -> tuple[Search, ...]:
    """The searches of a part."""
    return (part,) if isinstance(part, Search) else part.searches


def busy_keys(rule: Rule, lead: Search | Correlation, kinds: Kinds) -> Any:
    """The keys at which the lead happens often enough within its timespan; None where once is enough.

    For different values that is needed but not enough; the exact count follows in `windows`.
    """
    if isinstance(lead, Search) or lead.least == 1 or not all(isinstance(part, Search) for part in lead.of):
        return None
    parts = [paced(rule, lead, search, kinds[search.service]) for search in lead.searches]
    rows = (parts[0] if len(parts) == 1 else union_all(*parts)).subquery("counted")
    keys = [c for c in rows.c if c.name.startswith("k")]
    own = [c for c in rows.c if c.name.startswith("l")] or keys
    earlier = func.lag(rows.c.moment, lead.least - 1).over(partition_by=own, order_by=rows.c.moment)
    pace = select(*keys, (rows.c.moment - earlier).label("took")).subquery("pace")
    return select(*(pace.c[key.name] for key in keys)).where(pace.c.took <= span_of(lead)).distinct().cte("busy")


def paced(rule: Rule, lead: Correlation, search: Search, view: View) -> Select[Any]:
    """Key and time of the hits of one search; the key of the lead beside it where that is a finer one."""
    keys, own = key_of(rule, search), lead.keys[search.name]
    query = keys_and_moments(rule, search, view).where(*(view.selectable.c[key] != "" for key in keys))
    if own != keys:
        query = query.add_columns(*(view.selectable.c[name].label(f"l{n}") for n, name in enumerate(own)))
    return query


def candidates(
    rule: Rule, lead: Search | Correlation, search: Search, kinds: Kinds, touched: Touched | None = None
) -> Select[Any]:
    """The hits of one search of the lead, in order of key and time: of touched keys, or of those that are busy enough.

    Of touched keys there is so little to read that looking first which are busy would cost more.
    """
    view = kinds[search.service]
    query, keys = hits(rule, search, view, touched), key_columns(rule, search, view)
    busy = busy_keys(rule, lead, kinds) if touched is None else None
    if busy is not None:
        query = query.join_from(busy, view.selectable, and_(*(key == busy.c[f"k{n}"] for n, key in enumerate(keys))))
    return query.order_by(*map(in_bytes, keys), moment_of(view), view.selectable.c.seq)


# ---- from hits to episodes


def find_episodes(session: Session, rule: Rule, kinds: Kinds, ranges: Ranges | None) -> Iterator[Episode]:
    """The episodes of the touched keys; of every key when `ranges` is None."""
    if ranges is None:
        yield from episodes_of(session, rule, kinds, None)
        return
    for some in batches(sorted(ranges.items())):
        yield from episodes_of(session, rule, kinds, some)


def batches(found: Iterable[Any]) -> Iterator[list[Any]]:
    """So many at a time as go in one statement."""
    rest = iter(found)
    while some := list(islice(rest, KEYS_AT_ONCE)):
        yield some


def episodes_of(session: Session, rule: Rule, kinds: Kinds, some: Sequence[Span] | None) -> Iterator[Episode]:
    """The episodes of some keys: first the hits of the lead, then what lies around where that happens."""
    lead = lead_of(counting(rule))
    names = {search.name for search in searches_of(lead)}
    others = [search for search in rule.searches if search.name not in names]
    for batch in batches(by_key(session, rule, kinds, lead, some)):
        more = around(session, rule, kinds, others, spans(rule, lead, batch, some)) if others else {}
        for key, own in batch:
            yield from episodes(rule, key, in_order(rule, [*own, *more.get(key, ())]) if more else own)


def by_key(
    session: Session, rule: Rule, kinds: Kinds, lead: Search | Correlation, some: Sequence[Span] | None
) -> Iterator[tuple[Key, list[Hit]]]:
    """The hits of the lead, key by key, each in order of time."""
    touched = touched_keys(some) if some is not None else None
    queries = {search.name: candidates(rule, lead, search, kinds, touched) for search in searches_of(lead)}
    width = len(counting(rule).by)
    streams = [keyed(stream(session, query), name, width) for name, query in queries.items()]
    found = streams[0] if len(streams) == 1 else merge(*streams, key=itemgetter(0))
    for key, group in groupby(found, key=itemgetter(0)):
        own = [hit for _key, hit in group]
        yield key, own if len(streams) == 1 else in_order(rule, own)


def stream(session: Session, query: Select[Any]) -> Iterable[Row[Any]]:
    """The rows of a query without holding them all."""
    return session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})


def keyed(rows: Iterable[Row[Any]], name: str, width: int) -> Iterator[tuple[Key, Hit]]:
    """Rows as hits with their key."""
    names: dict[int, str] = {}
    for row in rows:
        names = names or {n: one[2:] for n, one in enumerate(row._fields) if one.startswith("v_")}
        read = {field: row[n] for n, field in names.items()}
        yield tuple(row[:width]), Hit(row[width], row[width + 1], name, read, row, row[width + 2])


def in_order(rule: Rule, found: list[Hit]) -> list[Hit]:
    """Hits in order of time; at the same moment in the order in which the rule names what it looks for."""
    place = {search.name: n for n, search in enumerate(rule.searches)}
    return sorted(found, key=lambda hit: (hit.moment, place[hit.part], hit.seq))


def spans(
    rule: Rule, lead: Search | Correlation, batch: Sequence[tuple[Key, list[Hit]]], some: Sequence[Span] | None
) -> list[Span]:
    """Where the rest may matter: a timespan around each time that the lead happens, within the range of the key."""
    limits, reach = dict(some or ()), reach_of(rule)
    found: list[Span] = []
    for key, own in batch:
        low, high = limits.get(key, (-(2**62), 2**62))
        for start, end in joined(times(lead, own), reach):
            found.append((key, (max(start - reach, low), min(end + reach, high))))
    return found


def times(lead: Search | Correlation, own: Sequence[Hit]) -> list[tuple[int, int]]:
    """When the lead happens, from its first event until there are enough."""
    if isinstance(lead, Search):
        return [(hit.moment, hit.moment) for hit in own]
    windows = (window for hits in grouped(lead, own).values() for run in runs(lead, hits) for window in run)
    return sorted((window.start, window.enough) for window in windows)


def joined(found: Iterable[tuple[int, int]], reach: int) -> list[tuple[int, int]]:
    """Spans of time in order, together where what lies around them overlaps."""
    together: list[tuple[int, int]] = []
    for start, end in found:
        if together and start - reach <= together[-1][1] + reach:
            together[-1] = (together[-1][0], max(together[-1][1], end))
        else:
            together.append((start, end))
    return together


def around(
    session: Session, rule: Rule, kinds: Kinds, others: Sequence[Search], where: Sequence[Span]
) -> dict[Key, list[Hit]]:
    """The hits of the other searches in these spans, by key."""
    found = defaultdict[Key, list[Hit]](list)
    for search in others:
        for some in batches(where):
            query = hits(rule, search, kinds[search.service], touched_keys(some))
            for key, hit in keyed(stream(session, query), search.name, len(counting(rule).by)):
                found[key].append(hit)
    return found


def episodes(rule: Rule, key: Key, own: Sequence[Hit]) -> Iterator[Episode]:
    """The hits of one key, in order of time, to episodes."""
    tree = counting(rule)
    mine = [hit for hit in own if hit.part in tree.keys]
    moments = [hit.moment for hit in mine]
    found = sorted((item for part in tree.of for item in items(tree, part, mine)), key=lambda item: item.start)
    starts = [item.start for item in found]
    raised = [(LEVELS.index(level), run) for level, rise in rule.rises.items() for run in runs(rise, own)]
    for run in runs(tree, mine):
        start, end = run[0].start, max(window.end for window in run)
        inside = mine[bisect_left(moments, start) : bisect_right(moments, end)]
        held = found[bisect_left(starts, start) : bisect_right(starts, end)]
        count = count_of(tree, inside, {item.value for item in held if item.end <= end})
        rank = max(rank_of_run(rule, run), *(hit.rank for hit in inside), *rises(raised, start, end))
        yield Episode(key, start, end, count, fields_of_last(rule, inside), rank)


def count_of(tree: Correlation, inside: Sequence[Hit], different: set[Any]) -> int:
    """How many: events or different values where these are counted; else the events of what is named first."""
    if tree.kind in COUNTS:
        return len(different - {None})
    first = {search.name for search in searches_of(tree.of[0])}
    return sum(hit.part in first for hit in inside)


def rank_of_run(rule: Rule, run: Sequence[Window]) -> int:
    """What an episode weighs by the fullest of its windows."""
    peak = max(window.size for window in run)
    return max((LEVELS.index(level) for level, least in rule.peaks.items() if peak >= least), default=0)


def rises(raised: Sequence[tuple[int, Sequence[Window]]], start: int, end: int) -> Iterator[int]:
    """What an episode weighs by what goes with it."""
    return (rank for rank, run in raised if run[0].start <= end and max(one.enough for one in run) >= start)


def fields_of_last(rule: Rule, inside: Sequence[Hit]) -> dict[str, Any]:
    """What the message names of the last event that it can name."""
    services = {search.name: search.service for search in rule.searches}
    last = next((hit for hit in reversed(inside) if services[hit.part] == rule.service), None)
    return {name: last.fields._mapping[f"f_{name}"] for name in line_columns(rule)} if last else {}
