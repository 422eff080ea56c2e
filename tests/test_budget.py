"""Budgets: nobody has to refuse us anything, in one process or in several."""

import multiprocessing
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlmodel import col, select

from ibpmon.providers.budget import LIMITS, Budget, Budgets, Limit, Place, heed, limits_for
from ibpmon.providers.client import Graph
from ibpmon.providers.leases import Leases
from ibpmon.providers.waiting import Waiting
from ibpmon.store.database import Store, open_store
from ibpmon.store.tables import Lease
from tests.conftest import MONDAY, TENANT, OpenStore, Tenant
from tests.odd import Clock


@pytest.fixture
def clock() -> Clock:
    """Time that costs nothing."""
    return Clock()


def budget_of(limit: Limit, clock: Clock) -> Budget:
    """A budget of one process."""
    return Budget(limit, Waiting(None, clock, clock.wait))


def most_within(seconds: float, taken: Sequence[tuple[float, int]]) -> int:
    """The most units in any span of so many seconds."""
    return max(sum(units for at, units in taken if begin <= at < begin + seconds) for begin, _ in taken)


def crawl(budget: Budget, clock: Clock, cost: int, requests: int, latency: float = 0.1) -> list[tuple[float, int]]:
    """So many requests of this cost, one after another: when each was sent."""
    taken = list[tuple[float, int]]()
    for _ in range(requests):
        place = budget.take(cost)
        taken.append((clock.now, cost))
        clock.now += latency
        budget.answered(place)
    return taken


# ---------------------------------------------------------------- one process


def test_never_more_than_the_limit_in_any_window(clock: Clock) -> None:
    """Five in ten seconds, counted as Microsoft counts: in every span of ten seconds, not per clock's ten."""
    budget, taken = Budget(Limit(5, 10), Waiting(None, clock, clock.wait)), list[float]()
    for number in range(40):
        place = budget.take()
        taken.append(clock.now)
        clock.now += 0.07 * (number % 4)
        budget.answered(place)

    assert all(later - earlier >= 10 for earlier, later in zip(taken, taken[5:], strict=False))
    assert taken[-1] - taken[0] <= (40 / 5 - 1) * 10 * 1.05


def test_a_slow_answer_costs_little_of_the_next_window(clock: Clock) -> None:
    """Microsoft counts what arrives, not what it has answered."""
    budget = Budget(Limit(1, 10), Waiting(None, clock, clock.wait))
    place = budget.take()
    clock.now += 4
    budget.answered(place)
    budget.take()
    assert clock.waits == [pytest.approx(6.4)]


def test_a_refusal_holds_the_whole_family_and_no_other(clock: Clock) -> None:
    """Every call while throttled makes it worse; the directory has nothing to do with it."""
    budgets = Budgets(Waiting(None, clock, clock.wait))
    budgets["reporting"].hold(30)
    budgets["directory"].take()
    assert clock.waits == []
    budgets["reporting"].take()
    assert clock.waits == [30.0]


def test_units_count_and_not_requests(clock: Clock) -> None:
    """A question about permissions costs five of what SharePoint allows, a batch of twenty a hundred."""
    taken = crawl(budget_of(Limit(1250, 60), clock), clock, cost=100, requests=60)
    assert most_within(60, taken) <= 1250
    assert taken[-1][0] - taken[0][0] <= 6000 / 1250 * 60


def test_what_costs_more_than_the_limit_waits_for_all_of_it(clock: Clock) -> None:
    """It must go out some day, and alone."""
    budget = budget_of(Limit(5, 10), clock)
    budget.answered(budget.take())
    budget.take(50)
    assert clock.waits == [pytest.approx(10)]


def test_a_report_on_sign_ins_takes_of_the_reports_too(clock: Clock) -> None:
    """Graph counts signInActivity among the reports: both together may not pass five in ten seconds."""
    budgets = Budgets(Waiting(None, clock, clock.wait))
    for _ in range(5):
        budgets["signin-activity"].answered(budgets["signin-activity"].take())
    assert clock.waits == []
    budgets["reporting"].take()
    assert sum(clock.waits) == pytest.approx(10)


def test_other_reports_do_not_take_of_the_sign_in_activity(clock: Clock) -> None:
    """The other way round it does not hold."""
    budgets = Budgets(Waiting(None, clock, clock.wait))
    for _ in range(20):
        budgets["reporting"].take()
    waits = len(clock.waits)
    clock.now += 11
    for _ in range(5):
        budgets["signin-activity"].take()
    assert len(clock.waits) == waits


# ---------------------------------------------------------------- what the service says


def test_near_the_end_sharepoint_says_how_much_is_left_and_that_is_all_we_take(clock: Clock) -> None:
    """Another program may use the same limit; our own count knows nothing of it."""
    budget = budget_of(Limit(1250, 60), clock)
    budget.answered(budget.take(5))
    heed(budget, {"RateLimit-Limit": "1250", "RateLimit-Remaining": "10", "RateLimit-Reset": "17"})
    budget.take(5)
    budget.take(5)
    assert clock.waits == []
    budget.take(5)
    assert clock.waits == [pytest.approx(17)]


def test_what_is_under_way_is_taken_off_what_is_left(clock: Clock) -> None:
    """SharePoint has not counted it yet."""
    budget = budget_of(Limit(1250, 60), clock)
    answered, _flying = budget.take(5), budget.take(10)
    budget.answered(answered)
    heed(budget, {"RateLimit-Remaining": "10", "RateLimit-Reset": "17"})
    budget.take()
    assert clock.waits == [pytest.approx(17)]


@pytest.mark.parametrize("headers", [{}, {"RateLimit-Remaining": "0"}, {"RateLimit-Remaining": "x", "RateLimit-Reset": "9" * 99}, {"x-ms-throttle-limit-percentage": "nan"}])  # fmt: skip  # noqa: E501 - one case each
def test_headers_that_say_nothing_change_nothing(clock: Clock, headers: dict[str, str]) -> None:
    """A header is input."""
    budget = budget_of(Limit(100, 10), clock)
    heed(budget, headers)
    budget.take()
    assert clock.waits == []


def test_what_we_used_ourselves_is_no_reason_to_wait_longer(clock: Clock) -> None:
    """Our own count knows when it ends: only what others use is left to them."""
    budget = budget_of(Limit(1250, 60), clock)
    for _ in range(12):
        budget.answered(budget.take(100))
    clock.now += 30
    heed(budget, {"RateLimit-Limit": "1250", "RateLimit-Remaining": "50", "RateLimit-Reset": "60"})
    budget.take(100)
    assert clock.waits == [pytest.approx(30)]


def test_what_others_use_of_the_directory_is_left_to_them(clock: Clock) -> None:
    """Graph tells the part that is used, by whomever."""
    budget = budget_of(Limit(3500, 10), clock)
    heed(budget, {"x-ms-throttle-limit-percentage": "0.85"})
    budget.take()
    assert clock.waits == []
    heed(budget, {"x-ms-throttle-limit-percentage": "1.1"})
    budget.take()
    assert clock.waits == [pytest.approx(10)]


def test_what_a_request_really_cost_is_counted(clock: Clock) -> None:
    """Graph tells the units after the fact."""
    budget = budget_of(Limit(10, 10), clock)
    budget.answered(budget.take(1), units=10)
    budget.take(1)
    assert clock.waits == [pytest.approx(10)]


# ---------------------------------------------------------------- how large the limits are


def test_the_families_of_the_connectors_have_their_budgets() -> None:
    """A connector names one of these."""
    assert LIMITS["reporting"] == Limit(5, 10)
    assert LIMITS["signin-activity"] == Limit(10, 60)
    assert LIMITS["protection"] == Limit(1, 1)
    assert set(LIMITS) >= {
        "directory", "devices", "sharepoint", "sharepoint-rest", "education", "teams", "audit-query", "datto",
    }  # fmt: skip


@pytest.mark.parametrize(("users", "units"), [(None, 3500), (49, 3500), (50, 5000), (499, 5000), (500, 8000)])
def test_the_directory_allows_more_to_a_larger_tenant(users: int | None, units: int) -> None:
    """Unknown is small: too slow is better than refused."""
    assert limits_for(users=users)["directory"] == Limit(units, 10)


@pytest.mark.parametrize(
    ("licences", "units"),
    [(None, 1250), (1000, 1250), (1001, 2500), (5000, 2500), (15_000, 3750), (50_000, 5000), (50_001, 6250)],
)
def test_sharepoint_allows_more_to_who_has_more_licences(licences: int | None, units: int) -> None:
    """For Graph and for SharePoint's own REST, each its own."""
    limits = limits_for(licences=licences)
    assert (limits["sharepoint"], limits["sharepoint-rest"]) == (Limit(units, 60), Limit(units, 60))
    assert limits["reporting"] == LIMITS["reporting"]


def test_microsoft_has_nothing_to_refuse_when_threads_share_a_budget(tenant: Tenant) -> None:
    """Against the simulated limit, in real time: fifteen requests of four threads, and not one 429."""
    from ibpmon.config import load
    from ibpmon.demo.microsoft.graph import Limit as Limited
    from ibpmon.providers import connect

    tenant.microsoft.graph_api.limit = Limited(5, 0.5)
    with connect(load(tenant.config).tenant) as graph:
        graph.budgets = Budgets(graph.waiting, {"reporting": Limit(5, 0.5)})
        work = iter(range(15))
        threads = [threading.Thread(target=lambda: [read(graph) for _ in work]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    statuses = [seen.status for seen in tenant.microsoft.requests if "auditLogs" in seen.path]
    assert statuses == [200] * 15


def read(graph: Graph) -> bytes:
    """One request of the reporting family."""
    return graph.get("/auditLogs/signIns", {"$top": 1}, "reporting")


# ---------------------------------------------------------------- several processes


def shared(store: Store, limit: Limit, clock: Clock) -> Budget:
    """The budget of one process of several."""
    waiting = Waiting(None, clock, clock.wait)
    return Budget(limit, waiting, Leases(store).window("sharepoint", limit, waiting))


def rows(store: Store) -> list[Lease]:
    """What the database knows of the budgets."""
    with store.read() as session:
        return list(session.exec(select(Lease).order_by(col(Lease.lease_id))))


def test_a_process_alone_gets_nearly_all_of_a_shared_limit(open_database: OpenStore, clock: Clock) -> None:
    """Sharing must cost next to nothing: 1.05 of the ideal time for reports, 1.10 for units."""
    store = open_database([])
    for limit, cost, requests in ((Limit(5, 10), 1, 40), (Limit(1250, 60), 100, 60), (Limit(1250, 60), 5, 500)):
        clock.now += 1000
        taken = crawl(shared(store, limit, clock), clock, cost, requests)
        assert most_within(limit.seconds, taken) <= limit.requests
        assert taken[-1][0] - taken[0][0] <= cost * requests / limit.requests * limit.seconds * 1.05


def test_what_one_process_used_the_other_cannot_use(open_database: OpenStore, clock: Clock) -> None:
    """They know of each other only by the database."""
    store, limit = open_database([]), Limit(100, 10)
    one, other = shared(store, limit, clock), shared(store, limit, clock)
    taken = list[tuple[float, int]]()
    for turn in range(60):
        budget = (one, other)[turn % 2]
        place = budget.take(10)
        taken.append((clock.now, 10))
        clock.now += 0.05
        budget.answered(place)
    assert most_within(10, taken) <= 100
    assert taken[-1][0] - taken[0][0] <= 600 / 100 * 10


def test_leasing_costs_one_transaction_per_block(open_database: OpenStore, clock: Clock) -> None:
    """A block holds a twenty-fifth of the limit: here fifty single units."""
    store = open_database([])
    crawl(shared(store, Limit(1250, 60), clock), clock, cost=1, requests=100, latency=0.01)
    assert rows(store)[-1].lease_id == 2


def test_a_killed_process_leaves_a_lease_that_runs_out(open_database: OpenStore, clock: Clock) -> None:
    """It wrote nothing back: its block counts for two windows at most, and then it is gone."""
    store, limit = open_database([]), Limit(100, 10)
    killed, other = shared(store, limit, clock), shared(store, limit, clock)
    killed.take(100)
    began = clock.now
    other.take(100)
    assert 10 <= clock.now - began <= 2 * 10 + 1
    assert [row.units for row in rows(store)] == [100]


def test_who_ends_well_gives_back_what_it_did_not_use(open_database: OpenStore, clock: Clock) -> None:
    """The rest of its block, and the time that it did not need."""
    store, limit = open_database([]), Limit(100, 10)
    ended, other = shared(store, limit, clock), shared(store, limit, clock)
    ended.answered(ended.take(1))
    ended.close()
    other.take(99)
    assert clock.waits == []


def test_a_clock_that_jumps_back_blocks_nobody(open_database: OpenStore, clock: Clock) -> None:
    """Rows from the future cannot be real: an hour of waiting would look like a hang."""
    store, limit = open_database([]), Limit(100, 10)
    shared(store, limit, clock).take(100)
    clock.now -= 3600
    shared(store, limit, clock).take(100)
    assert clock.waits == []


def test_when_one_process_is_asked_to_rest_all_rest(open_database: OpenStore, clock: Clock) -> None:
    """SharePoint asks to pause all calls while it refuses; and then it is over for all."""
    store, limit = open_database([]), Limit(1250, 60)
    asked, other = shared(store, limit, clock), shared(store, limit, clock)
    asked.hold(300)
    began = clock.now
    other.take()
    assert clock.now - began == pytest.approx(300, abs=0.01)


def test_each_board_and_each_family_has_its_own_leases(open_database: OpenStore, clock: Clock) -> None:
    """One database may hold several boards."""
    store, waiting = open_database([]), Waiting(None, clock, clock.wait)
    budgets = Budgets(waiting, LIMITS, Leases(store))
    budgets["sharepoint"].take(1250)
    budgets["sharepoint-rest"].take(1250)
    elsewhere = Store(store.engine, store.tenant + 1, {}, {}, {})
    Budgets(waiting, LIMITS, Leases(elsewhere))["sharepoint"].take(1250)
    assert clock.waits == []


SHARED = Limit(60, 0.6)


def work(url: str, seconds: float, ready: Any, results: Any) -> None:
    """What each process does: take as fast as it may, and tell when."""
    store = open_store(url, [], TENANT, "x", MONDAY)
    waiting = Waiting()
    budget = Budget(SHARED, waiting, Leases(store).window("sharepoint", SHARED, waiting))
    ready.wait(60)
    taken, until = list[tuple[float, int]](), time.time() + seconds
    while time.time() < until:
        units = 1 + len(taken) % 3
        place: Place = budget.take(units)
        budget.answered(place)
        taken.append((place.at, units))
    budget.close()
    store.engine.dispose()
    results.put(taken)


def test_two_processes_stay_under_the_limit_together(database: str, open_database: OpenStore) -> None:
    """On a real database, by real clocks: each gets its part, and in no window more than the limit was sent."""
    open_database([]).engine.dispose()
    context = multiprocessing.get_context("fork")
    ready, results = context.Barrier(2), context.Queue()
    processes = [context.Process(target=work, args=(database, 2.0, ready, results)) for _ in range(2)]
    for process in processes:
        process.start()
    parts = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)

    together = sorted(one for part in parts for one in part)
    assert most_within(SHARED.seconds - 0.001, together) <= SHARED.requests
    assert min(sum(units for _, units in part) for part in parts) >= SHARED.requests / 4
    assert sum(units for _, units in together) >= SHARED.requests
