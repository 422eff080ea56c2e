"""Shape since: windows that overlap, a sweep every night, windows that are halved, and spans that are lost for ever."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.errors import PassingError, SourceError
from ibpmon.store import upsert
from ibpmon.store.tables import Cursor, Hole, Run, aware
from ibpmon.store.upsert import NEWEST
from tests.answering import Desk, Source, connector, key, text
from tests.conftest import MONDAY, OpenStore

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVENTS = connector(
    "sign-ins", "since", key("id", "id"), text("at", "createdDateTime", type="time"), text("who", "user"),
    text("app", "app"), endpoint="/auditLogs/signIns", time="at", window=7 * DAY, overlap=2 * HOUR,
    history=30 * DAY, history_without_p1=7 * DAY, budget="reporting", sweep=7 * DAY,
)  # fmt: skip


class Log:
    """A log of events, asked by windows; some windows are too much for it."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[datetime, datetime]] = []
        self.filters: list[str] = []
        self.widest: timedelta | None = None
        self.status = 504

    def add(self, name: str, at: datetime, **more: Any) -> None:
        """An event."""
        self.events[name] = {"id": name, "createdDateTime": f"{at:%Y-%m-%dT%H:%M:%SZ}", **more}

    def __call__(self, link: str, params: Mapping[str, Any]) -> Any:
        words = params["$filter"].split(" ")
        self.filters.append(params["$filter"])
        start, end = (datetime.fromisoformat(words[place]) for place in (2, 6))
        self.asked.append((start, end))
        if self.widest and end - start > self.widest:
            return PassingError("too much", status=self.status)
        found = [one for one in self.events.values() if start <= datetime.fromisoformat(one["createdDateTime"]) <= end]
        return {"value": found}


@pytest.fixture
def log() -> Log:
    """A log."""
    return Log()


def ids(desk: Desk) -> list[str]:
    """The stored events, each as often as it is there."""
    return sorted(row["id"] for row in desk.all("sign-ins"))


def cursor(desk: Desk, name: str = "sign-ins") -> datetime:
    """How far was read."""
    return aware(desk.table(Cursor, name=name)[0].value)


# ---- the nightly sweep


def test_once_a_night_the_last_days_are_read_again(open_database: OpenStore, log: Log) -> None:
    """Some events come days late; the first round after midnight, on the clock of the board, looks for them."""
    desk = Desk(open_database, Source(log), EVENTS)
    desk.collect()
    log.add("late", MONDAY - 5 * DAY)
    log.asked.clear()

    evening, night = datetime(2026, 11, 23, 22, 55, tzinfo=UTC), datetime(2026, 11, 23, 23, 5, tzinfo=UTC)
    desk.collect(now=evening)
    assert (ids(desk), len(log.asked)) == ([], 1)

    assert desk.collect(now=night)["sign-ins"].state == "FULL"
    assert ids(desk) == ["late"]
    assert min(start for start, _ in log.asked) == night - 7 * DAY

    log.asked.clear()
    desk.collect(now=night + 15 * MINUTE)
    assert len(log.asked) == 1


def test_the_sweep_leaves_the_cursor_where_it_is(open_database: OpenStore, log: Log) -> None:
    """A sweep that fails halfway may not make the next round read a week again, and is tried again."""
    desk = Desk(open_database, Source(log), EVENTS)
    desk.collect()
    source = desk.source
    answer = source.answer

    def broken(link: str, params: Mapping[str, Any]) -> Any:
        return SourceError("away") if log.asked and "2026-11-1" in params["$filter"] else answer(link, params)

    source.answer = broken
    run = desk.collect(now=MONDAY + DAY)["sign-ins"]
    assert (run.state, run.covers_until, cursor(desk)) == ("FAILED", MONDAY + DAY, MONDAY + DAY)

    source.answer = answer
    log.add("late", MONDAY - 5 * DAY)
    assert desk.collect(now=MONDAY + DAY + HOUR)["sign-ins"].covers_from == MONDAY + DAY - 2 * HOUR
    assert ids(desk) == ["late"]


def test_the_first_round_needs_no_sweep(open_database: OpenStore, log: Log) -> None:
    """It has just read everything."""
    desk = Desk(open_database, Source(log), EVENTS)
    desk.collect()
    assert len(log.asked) == 5
    assert cursor(desk, "sign-ins:sweep") == MONDAY


def test_events_up_to_five_days_late_are_all_stored_once(open_database: OpenStore, log: Log) -> None:
    """Every event that comes within the sweep is there after the night, however late it came."""
    desk = Desk(open_database, Source(log), EVENTS)
    waiting = [(MONDAY + number * HOUR, timedelta(hours=number * 7 % 120)) for number in range(24 * 6)]
    for hour in range(0, 24 * 12, 6):
        now = MONDAY + hour * HOUR
        for number, (at, late) in enumerate(waiting):
            if at + late <= now:
                log.add(f"e{number:03}", at)
        desk.collect(now=now)
    assert ids(desk) == [f"e{number:03}" for number in range(len(waiting))]


# ---- windows that are too much


@pytest.mark.parametrize("status", [429, 504])
def test_a_window_that_is_too_much_is_halved_until_it_goes(open_database: OpenStore, log: Log, status: int) -> None:
    """Microsoft cannot give a busy week in one answer; what can be read in parts is whole."""
    log.widest, log.status = 2 * DAY, status
    for days in range(29):
        log.add(f"e{days:02}", MONDAY - days * DAY - HOUR)
    desk = Desk(open_database, Source(log), EVENTS)

    assert desk.collect()["sign-ins"].state == "FULL"
    assert len(ids(desk)) == 29
    assert cursor(desk) == MONDAY
    given = sorted(window for window in log.asked if window[1] - window[0] <= log.widest)
    assert all(later[0] <= earlier[1] for earlier, later in pairwise(given))


def test_halving_ends_at_a_minute(open_database: OpenStore, log: Log) -> None:
    """A service that is away does not come back for smaller questions."""
    log.widest = timedelta(seconds=0.5)
    desk = Desk(open_database, Source(log), EVENTS)
    assert desk.collect()["sign-ins"].state == "FAILED"
    assert len(log.asked) < 20
    assert min(end - start for start, end in log.asked) >= MINUTE / 2


def test_what_was_read_before_a_window_that_fails_stays_read(open_database: OpenStore, log: Log) -> None:
    """503 is not about the width: the run ends, and the next one goes on from there."""
    desk = Desk(open_database, Source(log), EVENTS)
    source = Source(lambda link, params: PassingError("away", status=503) if len(log.asked) > 2 else log(link, params))
    desk.source = source
    assert desk.collect()["sign-ins"].state == "FAILED"
    assert cursor(desk) == MONDAY - 30 * DAY + 5 * MINUTE + 21 * DAY


# ---- empty is suspicious


def hours_of_work(log: Log, count: int) -> None:
    """So many events in the hour before Monday's round."""
    for number in range(count):
        log.add(f"e{number:03}", MONDAY - HOUR + number * timedelta(seconds=60))


@pytest.mark.parametrize("left", [0, 2])
def test_a_log_that_forgets_is_not_believed(open_database: OpenStore, log: Log, left: int) -> None:
    """What was there a quarter of an hour ago cannot be gone: the answer is wrong, and what is new is missing too."""
    desk = Desk(open_database, Source(log), EVENTS)
    hours_of_work(log, 30)
    desk.collect()
    events = dict(log.events)
    log.events = {name: events[name] for name in list(events)[:left]}

    run = desk.collect(now=MONDAY + 15 * MINUTE)["sign-ins"]
    assert (run.state, run.reason_values["gone"], run.reason_values["before"]) == ("PARTIAL", 30 - left, 30)
    assert (cursor(desk), len(ids(desk))) == (MONDAY, 30)

    log.events = events
    log.add("new", MONDAY + 10 * MINUTE)
    assert desk.collect(now=MONDAY + 30 * MINUTE)["sign-ins"].state == "FULL"
    assert "new" in ids(desk)


def test_a_person_who_looked_is_believed_of_a_log_too(open_database: OpenStore, log: Log) -> None:
    """Somebody has to be able to go on."""
    desk = Desk(open_database, Source(log), EVENTS)
    hours_of_work(log, 30)
    desk.collect()
    log.events.clear()

    run = desk.collect(now=MONDAY + 15 * MINUTE, believe=["sign-ins"])["sign-ins"]
    assert (run.state, cursor(desk)) == ("FULL", MONDAY + 15 * MINUTE)


@pytest.mark.parametrize(("there", "left"), [(4, 0), (30, 15)])
def test_a_log_that_has_a_few_less_is_believed(open_database: OpenStore, log: Log, there: int, left: int) -> None:
    """An index of Microsoft may lag for a moment; that is not an empty log."""
    desk = Desk(open_database, Source(log), EVENTS)
    hours_of_work(log, there)
    desk.collect()
    log.events = {name: log.events[name] for name in list(log.events)[:left]}
    assert desk.collect(now=MONDAY + 15 * MINUTE)["sign-ins"].state == "FULL"


# ---- lost for ever


def test_a_span_that_nobody_can_read_any_more_is_kept_for_ever(open_database: OpenStore, log: Log) -> None:
    """The run says it once; the hole stays, for every report that covers it."""
    desk = Desk(open_database, Source(log), EVENTS)
    desk.collect()
    later = MONDAY + 40 * DAY
    run = desk.collect(now=later)["sign-ins"]
    edge = later - 30 * DAY + 5 * MINUTE

    assert run.state == "PARTIAL"
    assert run.reason_values["end"] == edge.isoformat(timespec="minutes")
    assert min(start for start, _ in log.asked[5:]) == edge
    assert desk.collect(now=later + HOUR)["sign-ins"].state == "FULL"
    (hole,) = desk.table(Hole)
    assert (hole.connector, hole.begins, hole.ends, hole.noted_at) == ("sign-ins", MONDAY, edge, later)


def test_a_hole_grows_while_what_follows_cannot_be_read(open_database: OpenStore, log: Log) -> None:
    """It is one hole, as long as nothing of what follows was read."""
    desk = Desk(open_database, Source(log), EVENTS)
    desk.collect()
    desk.source = Source(lambda link, params: SourceError("away"))
    for days in (40, 41):
        desk.collect(now=MONDAY + days * DAY)
    (hole,) = desk.table(Hole)
    assert (hole.begins, hole.ends) == (MONDAY, MONDAY + 11 * DAY + 5 * MINUTE)


def too_early(log: Log, kept: timedelta, now: Callable[[], datetime]) -> Source:
    """A log that refuses whoever asks for more than it keeps, as Graph does: with a general code."""

    def answer(link: str, params: Mapping[str, Any]) -> Any:
        start = datetime.fromisoformat(params["$filter"].split(" ")[2])
        return SourceError("refused", status=400, code="BadRequest") if start < now() - kept else log(link, params)

    return Source(answer)


def test_without_p1_a_week_is_read_and_nothing_is_refused_for_ever(open_database: OpenStore, log: Log) -> None:
    """Microsoft keeps a week for a tenant without P1; asking for a month got nothing at all, round after round."""
    now = [MONDAY]
    desk = Desk(open_database, too_early(log, 7 * DAY, lambda: now[0]), EVENTS)
    log.add("old", MONDAY - 10 * DAY)
    log.add("new", MONDAY - 6 * DAY)

    run = desk.collect()["sign-ins"]
    assert (run.state, run.covers_from, ids(desk)) == ("FULL", MONDAY - 7 * DAY + 5 * MINUTE, ["new"])

    now[0] = MONDAY + DAY
    log.add("late", now[0] - 5 * DAY)
    assert desk.collect(now=now[0])["sign-ins"].state == "FULL"
    assert ids(desk) == ["late", "new"]

    now[0] = MONDAY + 10 * DAY
    assert desk.collect(now=now[0])["sign-ins"].state == "PARTIAL"
    (hole,) = desk.table(Hole)
    assert (hole.begins, hole.ends) == (MONDAY + DAY, now[0] - 7 * DAY + 5 * MINUTE)


def test_a_log_that_is_kept_equally_long_for_everybody_is_not_asked_again(open_database: OpenStore, log: Log) -> None:
    """A refusal is then about something else, and a second look would be refused as well."""
    desk = Desk(open_database, too_early(log, 7 * DAY, lambda: MONDAY), EVENTS)
    desk.change("sign-ins", history_without_p1=None)

    assert desk.collect()["sign-ins"].state == "FAILED"
    assert len(desk.source.asked) == 1


def test_a_refusal_for_another_reason_makes_no_hole(open_database: OpenStore, log: Log) -> None:
    """What may still be read tomorrow is not lost; a hole is for ever."""
    desk = Desk(open_database, Source(log), EVENTS)
    desk.collect()
    desk.source = Source(lambda link, params: SourceError("refused", status=400, code="BadRequest"))

    assert desk.collect(now=MONDAY + 10 * DAY)["sign-ins"].state == "FAILED"
    assert desk.table(Hole) == []
    assert cursor(desk) == MONDAY


# ---- months


def test_an_event_whose_time_is_corrected_over_a_month_is_stored_once(open_database: OpenStore, log: Log) -> None:
    """The month stands in the key; the same id in another month would be a second event."""
    turn = datetime(2026, 12, 1, tzinfo=UTC)
    desk = Desk(open_database, Source(log), EVENTS)
    for at in (turn - MINUTE, turn + MINUTE, turn - 2 * MINUTE):
        log.add("x", at)
        log.add("y", turn + 2 * MINUTE)
        desk.collect(now=turn + 30 * MINUTE)
        found = {row["id"]: (row["month"], row["at"]) for row in desk.all("sign-ins")}
        assert ids(desk) == ["x", "y"]
        assert found["x"] == (at.year * 100 + at.month, at)


def test_an_event_that_stands_in_two_months_of_one_answer_is_stored_once(open_database: OpenStore) -> None:
    """The one that came last counts."""
    desk = Desk(open_database, Source(Log()), EVENTS)
    first, second = (202512, "x", 1, None, None), (202601, "x", 2, None, None)
    with desk.store.write() as session:
        upsert.add_events(session, desk.store, "sign-ins", 1, [first, second])
    with desk.store.write() as session:
        upsert.add_events(session, desk.store, "sign-ins", 1, [first])
    assert [(row["id"], row["month"]) for row in desk.all("sign-ins")] == [("x", 202512)]


# ---- several connectors, one table

BETA = connector(
    "sign-ins-beta", "since", key("id", "id"), text("at", "createdDateTime", type="time"), text("who", "user"),
    text("mfa", "authenticationRequirement"), endpoint="/auditLogs/signIns", version="beta", time="at",
    window=30 * DAY, overlap=2 * HOUR, history=30 * DAY, budget="reporting", into="sign-ins",
    event_type="nonInteractiveUser",
)  # fmt: skip


def test_two_connectors_fill_one_table_and_the_second_only_adds(open_database: OpenStore) -> None:
    """A sign-in seen in v1.0 and in beta is one row: beta fills fields, and changes nothing that was there."""
    first, second = Log(), Log()
    at = MONDAY - HOUR
    first.add("both", at, user="anna", app="Word")
    second.add("both", at, user="ANNA", authenticationRequirement="multiFactorAuthentication")
    second.add("other", at, user="bram", authenticationRequirement="singleFactorAuthentication")
    source = Source(lambda link, params: (second if "beta" in link else first)(link, params))
    desk = Desk(open_database, source, EVENTS, BETA)

    for hours in range(2):
        ended = desk.collect(now=MONDAY + hours * HOUR)
        assert {run.state for run in ended.values()} == {"FULL"}
        rows = {row["id"]: (row["who"], row["app"], row["mfa"]) for row in desk.all("sign-ins")}
        assert rows == {
            "both": ("anna", "Word", "multiFactorAuthentication"),
            "other": ("bram", None, "singleFactorAuthentication"),
        }
    assert len({row["seq"] for row in desk.all("sign-ins")}) == 2
    cursors = {one.name for one in desk.table(Cursor) if not one.name.startswith(NEWEST)}
    assert cursors == {"sign-ins", "sign-ins:sweep", "sign-ins-beta"}
    assert second.filters[0].endswith("Z and signInEventTypes/any(t: t eq 'nonInteractiveUser')")


def test_an_event_that_did_not_change_is_not_written_again(open_database: OpenStore) -> None:
    """Rules look at what arrives; what both connectors read every quarter of an hour is no news."""
    log = Log()
    log.add("both", MONDAY - HOUR, user="anna", app="Word", authenticationRequirement="x")
    desk = Desk(open_database, Source(log), EVENTS, BETA)
    desk.collect()
    before = desk.all("sign-ins")
    desk.collect(now=MONDAY + HOUR)
    assert desk.all("sign-ins") == before


def test_the_table_is_there_when_its_owner_is_off(open_database: OpenStore) -> None:
    """A board may read beta only."""
    log = Log()
    log.add("x", MONDAY - HOUR, user="anna", authenticationRequirement="y")
    whole = Desk(open_database, Source(log), EVENTS, BETA)
    del whole.connectors["sign-ins"]
    whole.store = open_database([one.dataset for one in whole.connectors.values()])
    assert whole.collect()["sign-ins-beta"].state == "FULL"
    with whole.store.read() as session:
        assert session.execute(select(whole.store.data["sign-ins-beta"].c.app)).all() == [(None,)]


# ---- what cannot be used


def test_thousands_of_bad_events_are_counted_and_a_few_are_named(open_database: OpenStore) -> None:
    """A run that holds the name of each would be a memory and a page full."""
    bad = [{"id": f"bad{number}", "createdDateTime": None} for number in range(3000)]
    desk = Desk(open_database, Source(lambda link, params: {"value": bad}), EVENTS)
    desk.change("sign-ins", window=30 * DAY, sweep=None)
    (run,) = desk.collect().values()
    assert isinstance(run, Run)
    assert (run.state, run.skipped_rows) == ("PARTIAL", 3000)
    assert len(run.reason_values["ids"]) < 200
