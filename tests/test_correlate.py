"""Episodes: exact sliding windows, the same in one pass and in pieces, however late events come."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, inspect, select, text
from sqlmodel import Session, col

from ibpmon.judge import context, correlate
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import Rule, load_rules
from ibpmon.store.database import Store
from ibpmon.store.tables import Cursor, Finding
from ibpmon.store.views import views
from tests.conftest import MONDAY, OpenStore
from tests.judging import CONFIG, DATASETS, SHIPPED, config_with, place, put, ran

MINUTE = timedelta(minutes=1)
BUSY = config_with(thresholds={"many-failed-sign-ins": {"failures": 4}, "password-spray": {"accounts": 3}})
RULES = {rule.key: rule for rule in load_rules(BUSY)}
FAILURES, SPRAY = RULES["many-failed-sign-ins"], RULES["password-spray"]

Event = dict[str, Any]
Told = tuple[str, datetime | None, datetime | None, int]


def failure(
    number: int, at: datetime, account: str = "anna", address: str = "198.51.100.7", code: int = 50126
) -> Event:
    """A wrong password."""
    return {"id": f"s{number}", "at": at, "account_id": account, "ip_address": address, "error_code": code}


def a_busy_day(seed: int, count: int = 400) -> list[Event]:
    """Failures in bursts, in order of time; some without an account, some that went well."""
    chance = random.Random(seed)
    events = []
    for number in range(count):
        at = MONDAY - timedelta(hours=chance.choice([1, 1, 2, 5, 9])) + timedelta(seconds=chance.randrange(5400))
        account = chance.choice(["anna", "bram", "chris", "dewi", "eva", "", None])
        address = chance.choice(["198.51.100.7", "198.51.100.8", "192.0.2.1", None])
        events.append(failure(number, at, account, address, chance.choice([50126, 50053, 50126, 0])))  # type: ignore[arg-type]  # absent ones too
    return sorted(events, key=lambda event: event["at"])


def late(events: Sequence[Event], seed: int, share: float = 0.05) -> list[Event]:
    """The order of arrival: a part comes up to two hours late, and neighbours change places."""
    chance = random.Random(seed)

    def arrives(event: Event) -> datetime:
        delay = timedelta(hours=2 * chance.random()) if chance.random() < share else 3 * MINUTE * chance.random()
        return event["at"] + delay  # type: ignore[no-any-return]  # a record of Any

    return sorted(events, key=arrives)


def expected(events: Sequence[Event], rule: Rule) -> set[Told]:
    """The episodes as the definition says, in the plainest way: every window, counted by hand, then joined."""
    assert rule.correlation
    key, distinct, span = rule.subject, rule.correlation.distinct, rule.correlation.span
    by_key = defaultdict(list)
    for event in events:
        if event["error_code"] in (50126, 50053) and event[key]:
            by_key[event[key]].append(event)
    return {told for name, own in by_key.items() for told in joined(name, own, rule.correlation.least, span, distinct)}


def joined(name: str, own: list[Event], least: int, span: timedelta, distinct: str) -> Iterator[Told]:
    """The windows of one key that hold enough, joined while they touch."""
    starts = []
    for first in sorted(event["at"] for event in own):
        inside = [event for event in own if first <= event["at"] <= first + span]
        size = len({event[distinct] for event in inside} - {None}) if distinct else len(inside)
        if size >= least and first not in starts:
            starts.append(first)
    while starts:
        begin = reach = starts.pop(0)
        while starts and starts[0] <= reach + span:
            reach = starts.pop(0)
        inside = [event for event in own if begin <= event["at"] <= reach + span]
        size = len({event[distinct] for event in inside} - {None}) if distinct else len(inside)
        yield name, begin, max(event["at"] for event in inside), size


def found(store: Store, rule: Rule) -> set[Told]:
    """The episodes as they are stored; none twice."""
    with store.read() as session:
        rows = session.scalars(select(Finding).where(col(Finding.rule) == rule.key)).all()
        told = {(one.subject, one.window_start, one.window_end, one.count) for one in rows}
        assert len(told) == len(rows)
        return told


def judge(store: Store, *rules: Rule) -> None:
    """Apply rules now."""
    evaluate(rules, store, MONDAY)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("rule", [FAILURES, SPRAY], ids=lambda rule: rule.key)
def test_one_pass_finds_what_the_definition_says(open_database: OpenStore, rule: Rule, seed: int) -> None:
    """Fixed buckets miss attacks that lie across their edge; these windows slide."""
    store = open_database(DATASETS)
    ran(store)
    events = a_busy_day(seed)
    put(store, "sign-ins", events)

    judge(store, rule)

    assert found(store, rule) == expected(events, rule)
    assert found(store, rule)


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_pieces_with_late_events_give_what_one_pass_gives(open_database: OpenStore, seed: int) -> None:
    """The watermark follows arrival, so what comes late is judged in its own time, once."""
    store = open_database(DATASETS)
    ran(store)
    events = a_busy_day(seed)
    arriving = late(events, seed)
    for start in range(0, len(arriving), 23):
        put(store, "sign-ins", arriving[start : start + 23])
        judge(store, FAILURES, SPRAY)

    assert found(store, FAILURES) == expected(events, FAILURES)
    assert found(store, SPRAY) == expected(events, SPRAY)


def test_events_in_the_reverse_order_give_the_same(open_database: OpenStore) -> None:
    """The worst lateness there is."""
    store = open_database(DATASETS)
    ran(store)
    events = a_busy_day(7, 150)
    for event in reversed(events):
        put(store, "sign-ins", [event])
        judge(store, FAILURES, SPRAY)

    assert found(store, FAILURES) == expected(events, FAILURES)
    assert found(store, SPRAY) == expected(events, SPRAY)


def numbers(store: Store) -> list[int]:
    """The numbers of the findings."""
    with store.read() as session:
        return sorted(session.scalars(select(col(Finding.finding_id))))


def test_two_episodes_that_grow_together_keep_the_oldest_number(open_database: OpenStore) -> None:
    """Who was told about number one must find number one again."""
    store = open_database(DATASETS)
    ran(store)
    put(store, "sign-ins", [failure(n, MONDAY - 60 * MINUTE + n * MINUTE) for n in range(4)])
    put(store, "sign-ins", [failure(n, MONDAY - 100 * MINUTE + n * MINUTE) for n in range(10, 14)])
    judge(store, FAILURES)
    assert len(found(store, FAILURES)) == 2

    put(store, "sign-ins", [failure(20 + n, MONDAY - 95 * MINUTE + n * 3 * MINUTE) for n in range(13)])
    judge(store, FAILURES)

    assert numbers(store) == [1]
    assert {count for _name, _start, _end, count in found(store, FAILURES)} == {21}


def test_an_episode_that_goes_on_is_worse_and_not_new(open_database: OpenStore) -> None:
    """Thirty failures are one mail, and one that says it got worse."""
    store = open_database(DATASETS)
    ran(store)
    put(store, "sign-ins", [failure(n, MONDAY - 30 * MINUTE + n * MINUTE) for n in range(5)])
    first = evaluate([FAILURES], store, MONDAY)[0]
    put(store, "sign-ins", [failure(n, MONDAY - 30 * MINUTE + n * MINUTE) for n in range(5, 9)])
    second = evaluate([FAILURES], store, MONDAY)[0]
    third = evaluate([FAILURES], store, MONDAY)[0]

    assert [(len(one.new), len(one.worse)) for one in (first, second, third)] == [(1, 0), (0, 1), (0, 0)]
    assert second.worse[0].evidence["count"] == 9
    assert [one.evaluation.findings for one in (first, second, third)] == [1, 1, 1]


def test_windows_hold_both_their_ends(open_database: OpenStore) -> None:
    """Four failures in exactly fifteen minutes are within fifteen minutes; a second more is not."""
    store = open_database(DATASETS)
    ran(store)
    put(store, "sign-ins", [failure(n, MONDAY - 40 * MINUTE + n * 5 * MINUTE, "anna") for n in range(4)])
    wider = 5 * MINUTE + timedelta(seconds=1)
    put(store, "sign-ins", [failure(10 + n, MONDAY - 40 * MINUTE + n * wider, "bram", "192.0.2.1") for n in range(4)])

    judge(store, FAILURES)

    assert {name for name, *_rest in found(store, FAILURES)} == {"anna"}


def test_a_changed_threshold_judges_anew(open_database: OpenStore) -> None:
    """What was too little yesterday may be enough under today's rule."""
    store = open_database(DATASETS)
    ran(store)
    put(store, "sign-ins", [failure(n, MONDAY - 40 * MINUTE + n * MINUTE) for n in range(4)])
    strict = SHIPPED[FAILURES.key]
    judge(store, strict)
    assert found(store, strict) == set()

    judge(store, FAILURES)

    assert len(found(store, FAILURES)) == 1
    with store.read() as session:
        assert len({name.split(":")[2] for name in session.scalars(select(col(Cursor.name))) if "rule" in name}) == 1


def test_an_end_date_that_comes_late_judges_old_sign_ins_anew(open_database: OpenStore) -> None:
    """HR enters the end date a week later; the sign-ins of that week were there all the time."""
    leaver = RULES["leaver-signed-in"]
    store = open_database(DATASETS)
    ran(store)
    place(store, "account", "anna", population="staff")
    put(store, "accounts", [{"account_id": "anna", "name": "Anna"}])
    put(store, "sign-ins", [failure(1, MONDAY - timedelta(days=2), code=0)])
    judge(store, leaver)
    assert found(store, leaver) == set()

    place(store, "account", "anna", population="staff", employed_until=MONDAY - timedelta(days=7))
    judge(store, leaver)

    assert {name for name, *_rest in found(store, leaver)} == {"anna"}


def test_attempts_from_a_school_count_for_the_rule_of_schools_only(open_database: OpenStore) -> None:
    """A whole class sits behind one address; what is normal there is an attack elsewhere."""
    school = CONFIG.schools[0].model_copy(update={"addresses": ("203.0.113.0/24",)})
    rules = {rule.key: rule for rule in load_rules(config_with(schools=(school,)))}
    store = open_database(DATASETS)
    ran(store)
    put(
        store, "sign-ins", [failure(n, MONDAY - 20 * MINUTE + n * MINUTE / 4, "anna", "203.0.113.9") for n in range(25)]
    )
    put(store, "sign-ins", [failure(50 + n, MONDAY - 20 * MINUTE + n * MINUTE, "bram") for n in range(12)])

    outcomes = {one.rule.key: [f.subject for f in one.new] for one in evaluate(list(rules.values()), store, MONDAY)}

    assert outcomes["many-failed-sign-ins-at-school"] == ["anna"]
    assert outcomes["many-failed-sign-ins"] == ["bram"]
    assert outcomes["password-spray"] == []


def test_hits_without_a_key_are_counted_and_not_found(open_database: OpenStore) -> None:
    """Failures without an account are no failures of one account; that they were there is told."""
    store = open_database(DATASETS)
    ran(store)
    put(store, "sign-ins", [failure(n, MONDAY - n * MINUTE, "") for n in range(9)])
    first = evaluate([FAILURES], store, MONDAY)[0].evaluation
    put(store, "sign-ins", [failure(20 + n, MONDAY - n * MINUTE, "") for n in range(2)])
    second = evaluate([FAILURES], store, MONDAY)[0].evaluation

    assert (first.outcome, first.undetermined, second.undetermined) == ("ok", 9, 2)


def plan(store: Store, query: Any) -> str:
    """How SQLite means to carry out a query."""
    with store.read() as session:
        statement = query.compile(session.connection(), compile_kwargs={"literal_binds": True})
        rows = session.execute(text("EXPLAIN QUERY PLAN " + str(statement).replace(":", "\\:")))
        return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("key", ["many-failed-sign-ins", "password-spray", "leaver-signed-in"])
def test_new_events_are_found_by_arrival_and_their_neighbours_by_key(open_database: OpenStore, key: str) -> None:
    """A planner that walks all of history is right and slow: the cost follows what is new, not what is stored."""
    store = open_database(DATASETS)
    rule = RULES[key]
    kinds = correlate.read_by(rule, views(store, MONDAY))
    lead = correlate.lead_of(correlate.counting(rule))
    (search,) = correlate.searches_of(lead)
    column = "ip_address" if key == "password-spray" else "account_id"

    touched = correlate.touched_keys([(("a",), (1, 2))])
    fresh = plan(store, correlate.new_hits(rule, search, kinds["sign-ins"], 5, 9))
    near = plan(store, correlate.candidates(rule, lead, search, kinds, touched))

    every = plan(store, correlate.candidates(rule, lead, search, kinds))
    failures = key != "leaver-signed-in"
    index = f"rare_error_code_by_{column}" if failures else f"by_{column}"
    by_key = f"by_{column}_collected_sign_ins (tenant_id=? AND {column}=? AND at>? AND at<?)"

    assert "INDEX arrived_collected_sign_ins (tenant_id=? AND seq>? AND seq<?)" in fresh
    by_time = "rare_error_code_by_time_collected_sign_ins (tenant_id=? AND at>? AND at<?)"
    assert by_key in near or (failures and by_time in near)  # of an empty table these cost the same
    assert "SCAN collected_sign_ins" not in fresh + near
    assert (f"COVERING INDEX {index}_collected_sign_ins" in every) == failures
    assert "place" not in (every if failures else "")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_finds_new_events_by_arrival_too(open_database: OpenStore) -> None:
    """With statistics over a full table it walks no more of it than arrived."""
    store = open_database(DATASETS)
    put(
        store,
        "sign-ins",
        [failure(n, MONDAY - n * MINUTE, f"a{n % 50}", code=50126 * (n % 9 == 0)) for n in range(4000)],
    )
    with store.engine.begin() as connection:
        connection.execute(text("ANALYZE collected_sign_ins"))
    rule, kinds = FAILURES, correlate.read_by(FAILURES, views(store, MONDAY))
    (search,) = rule.searches
    with store.read() as session:
        query = correlate.new_hits(rule, search, kinds["sign-ins"], 3990, 3995)
        statement = str(query.compile(session.connection(), compile_kwargs={"literal_binds": True}))
        walked = "\n".join(session.scalars(text("EXPLAIN " + statement.replace(":", "\\:"))))

    assert "arrived_collected_sign_ins" in walked
    assert "Seq Scan on collected_sign_ins" not in walked


def test_a_database_of_before_gets_the_indexes_that_a_connector_asks_for(open_database: OpenStore) -> None:
    """Who has a year of sign-ins gets the index over failures at the next start, and nothing else changes."""
    store = open_database(DATASETS)
    name = "rare_error_code_by_account_id_collected_sign_ins"
    with store.engine.begin() as connection:
        connection.execute(text(f"DROP INDEX {name}"))

    again = open_database(DATASETS)

    assert name in {one["name"] for one in inspect(again.engine).get_indexes("collected_sign_ins")}


def looked_at(store: Store, rules: Sequence[Rule]) -> int:
    """How many rows the database hands over while these rules are judged."""
    handed = 0
    execute = Session.execute

    def counting(session: Session, statement: Any, *more: Any, **options: Any) -> Any:
        nonlocal handed
        if not isinstance(statement, Select):
            return execute(session, statement, *more, **options)
        options.pop("execution_options", None)
        rows = execute(session, statement, *more, **options).freeze()
        handed += len(rows.data)
        return rows()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "execute", counting)
        evaluate(rules, store, MONDAY)
    return handed


def test_one_account_that_changes_is_one_account_judged_anew(open_database: OpenStore) -> None:
    """A school day changes some account every hour; that must not send each rule through a year of sign-ins."""
    leaver = RULES["leaver-signed-in"]
    store = open_database(DATASETS)
    ran(store)
    people = [f"a{n}" for n in range(40)]
    left = MONDAY - timedelta(days=7)
    for one in people:
        place(store, "account", one, population="staff", employed_until=left)
    put(store, "sign-ins", [failure(n, MONDAY - n * 20 * MINUTE, people[n % 40], code=0) for n in range(400)])
    judge(store, leaver)
    steady = looked_at(store, [leaver])

    place(store, "account", "a0", population="staff", employed_until=left - timedelta(days=3))
    changed = looked_at(store, [leaver])
    put(store, "sign-ins", [failure(900 + n, MONDAY - n * MINUTE, people[n], code=0) for n in range(5)])
    fresh = looked_at(store, [leaver])

    assert 0 < changed - steady < 60
    assert 0 < fresh - steady < 100


def test_the_cost_of_what_is_new_does_not_grow_with_what_is_stored(open_database: OpenStore) -> None:
    """Counted in rows and not in seconds: ten times the history, the same work."""
    costs: list[int] = []
    for days in (2, 20):
        store = open_database(DATASETS)
        ran(store)
        number, who = len(costs) * 10_000, (f"a{days}", f"192.0.2.{days}")
        old = [failure(number + n, MONDAY - timedelta(hours=9) - n * 20 * MINUTE, *who) for n in range(days * 72)]
        put(store, "sign-ins", old)
        judge(store, FAILURES, SPRAY)
        put(store, "sign-ins", [failure(number + 9_000 + n, MONDAY - n * MINUTE, *who) for n in range(5)])
        costs.append(looked_at(store, [FAILURES, SPRAY]))

    assert costs[1] <= costs[0] * 1.25


def test_every_key_by_which_old_events_are_judged_anew_can_be_asked(open_database: OpenStore) -> None:
    """A device was taken out of use overnight, and the rules that ask for that without naming the device broke off."""
    store, rules = open_database(DATASETS), list(SHIPPED.values())
    kinds = views(store, MONDAY, ())
    asked = [
        (rule, search, service, source.key)
        for rule in rules
        for service, source in context.sources([rule], kinds).get(rule.key, ())
        for search in rule.searches
        if source.key and search.service == service
    ]

    assert len(asked) > 20
    with store.read() as session:
        for rule, search, service, key in asked:
            for question in correlate.hits_of_keys(rule, search, kinds[service], key, ["nobody"]):
                assert session.execute(question).all() == []
