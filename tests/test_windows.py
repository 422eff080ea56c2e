"""What comes together: every kind of correlation against its definition, written out in the plainest way."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ibpmon.judge.rule import Correlation, Search
from ibpmon.judge.windows import Hit, runs

MINUTE = 60_000_000
SPAN = 10 * MINUTE
Event = tuple[int, str, str]  # moment, search, value


def search(name: str) -> Search:
    """A search of which only the name matters here."""
    return Search(name, "sign-ins", {}, "at", None)  # type: ignore[arg-type]  # no condition is asked


def tree(kind: str, *of: Any, span: int = 10, **more: Any) -> Correlation:
    """A correlation by one key."""
    names = [name for part in of for name in (part.keys if isinstance(part, Correlation) else (part.name,))]
    keys: dict[str, tuple[str, ...]] = dict.fromkeys(names, ("who",))
    if more.get("distinct"):
        more["counted"] = dict.fromkeys(names, "value")
    return Correlation(kind, kind, of, ("who",), timedelta(minutes=span), keys, **more)


A, B, C = search("a"), search("b"), search("c")


def hits(events: Sequence[Event]) -> list[Hit]:
    """Events as the database gives them: in order of time."""
    found = [
        Hit(at, n, part, {"who": "anna", "value": value or None}, None, 0) for n, (at, part, value) in enumerate(events)
    ]
    return sorted(found, key=lambda hit: (hit.moment, "abc".index(hit.part), hit.seq))


def joined(windows: Sequence[tuple[int, int]], span: int = SPAN) -> list[tuple[int, int]]:
    """Windows (first event, last event) that overlap or touch, as one."""
    found: list[tuple[int, int, int]] = []
    for start, end in sorted(windows):
        if found and start <= found[-1][2]:
            found[-1] = (found[-1][0], max(found[-1][1], end), start + span)
        else:
            found.append((start, end, start + span))
    return [(start, end) for start, end, _reach in found]


def got(node: Correlation, events: Sequence[Event]) -> list[tuple[int, int]]:
    """The episodes that the engine sees."""
    return [(run[0].start, max(window.end for window in run)) for run in runs(node, hits(events))]


AT, VALUE = st.integers(0, 60).map(lambda n: n * MINUTE), st.sampled_from(["x", "y", "z", ""])
EVENTS = st.lists(st.tuples(AT, st.sampled_from("abc"), VALUE), max_size=25)


@given(EVENTS, st.integers(1, 5), st.sampled_from([None, 0, 1, 3]))
@settings(deadline=None)
def test_events_are_counted_in_windows_that_slide(events: list[Event], least: int, more: int | None) -> None:
    """At least so many, and never more than so many in any window of the episode."""
    most = None if more is None else least + more
    own = [at for at, part, _value in events if part in "ab"]
    sizes = {at: sum(at <= one <= at + SPAN for one in own) for at in own}
    windows = [(at, max(o for o in own if o <= at + SPAN)) for at, size in sizes.items() if size >= least]
    wanted = joined(windows)
    if most is not None:
        wanted = [one for one in wanted if all(sizes[at] <= most for at, _e in windows if one[0] <= at <= one[1])]

    assert got(tree("event_count", A, B, least=least, most=most), events) == wanted


@given(EVENTS, st.integers(1, 3))
@settings(deadline=None)
def test_different_values_are_counted_and_an_absent_one_is_none(events: list[Event], least: int) -> None:
    """Twenty tries on one account are no spray."""
    own = [(at, value) for at, part, value in events if part == "a"]
    wanted = [
        (start, max(at for at, _v in own if at <= start + SPAN))
        for start, _value in own
        if len({value for at, value in own if start <= at <= start + SPAN} - {""}) >= least
    ]

    assert got(tree("value_count", A, least=least, distinct="value"), events) == joined(wanted)


@given(EVENTS)
@settings(deadline=None)
def test_what_comes_together_may_come_in_any_order(events: list[Event]) -> None:
    """Each of them within one timespan."""
    own = [(at, part) for at, part, _value in events if part in "ab"]
    wanted = [
        (start, max(at for at, _p in own if at <= start + SPAN))
        for start, _part in own
        if {part for at, part in own if start <= at <= start + SPAN} == {"a", "b"}
    ]

    assert got(tree("temporal", A, B), events) == joined(wanted)


@given(EVENTS)
@settings(deadline=None)
def test_what_comes_in_order_begins_with_the_first_and_ends_with_the_last(events: list[Event]) -> None:
    """A success and then a failure is no break-in; a failure, then a change, then a success within the timespan is."""
    at = {name: [one for one, part, _value in events if part == name] for name in "abc"}
    wanted = []
    for start in at["a"]:
        chains = [c for b in at["b"] for c in at["c"] if start <= b <= c <= start + SPAN]
        wanted += [(start, max(chains))] if chains else []

    assert got(tree("temporal_ordered", A, B, C), events) == joined(wanted)


@given(EVENTS, st.integers(1, 4))
@settings(deadline=None)
def test_a_run_of_failures_and_then_a_success(events: list[Event], least: int) -> None:
    """All of it within one timespan, the whole run before the success: fifty minutes apart is not what was asked."""
    failed = sorted(at for at, part, _value in events if part == "a")
    succeeded = [at for at, part, _value in events if part == "b"]
    wanted = []
    for start in failed:
        run = [at for at in failed if start <= at]
        enough = run[least - 1] if len(run) >= least else None
        if enough is not None and enough - start <= SPAN // 2:
            wanted.append((start, enough))
    windows = []
    for start in failed:  # a window begins at a failure; the run may begin later in it
        ends = [end for first, end in wanted if first >= start]
        after = [at for at in succeeded if ends and min(ends) <= at <= start + SPAN]
        windows += [(start, max(after))] if after else []

    node = tree("temporal_ordered", tree("event_count", A, least=least, span=5), B)
    begun = [(start, end) for start, end in windows if any(first == start for first, _end in wanted)]
    assert got(node, events) == joined(begun)


@given(EVENTS, st.integers(1, 3))
@settings(deadline=None)
def test_bursts_are_counted_and_not_their_events(events: list[Event], bursts: int) -> None:
    """Ten failures on a row are one burst; three bursts are three."""
    own = sorted(at for at, part, _value in events if part == "a")
    small = [
        (start, [at for at in own if at >= start][1])
        for start in own
        if len([at for at in own if start <= at <= start + 2 * MINUTE]) >= 2
    ]
    number: dict[int, int] = {}
    for n, (start, _end) in enumerate(small):
        near = n and start <= small[n - 1][0] + 2 * MINUTE
        number[start] = number[small[n - 1][0]] if near else len(set(number.values()))
    wanted = []
    for start, _end in small:
        inside = {number[first] for first, end in small if start <= first and end <= start + SPAN}
        if len(inside) >= bursts:
            wanted.append((start, max(at for at in own if at <= start + SPAN)))

    node = tree("event_count", tree("event_count", A, least=2, span=2), least=bursts)
    assert got(node, events) == joined(wanted)
