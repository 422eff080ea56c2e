"""The canary: a made-up attack goes through the whole chain, is told when it sticks, and leaves nothing behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select

from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.gauges import keep_gauges
from ibpmon.config import Content, Teams
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import workshop
from ibpmon.operate import canary, daemon
from ibpmon.operate.rounds import Workplace
from ibpmon.store.database import Store
from ibpmon.store.tables import Base, Gauge
from ibpmon.tell.alerts import Teller
from ibpmon.tell.coverage import CANARY as GAUGE
from ibpmon.tell.outbox import Delivery
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import CONFIG, ROOT, ran

DAY = timedelta(days=1)
Run = Callable[..., Answer]
CONNECTORS = {"sign-ins": load_connectors(Content())["sign-ins"]}
FLOWN = canary.shipped_rule(CONFIG)
RULE = workshop(CONFIG).rule(ROOT / "rules" / "canary-failed.yml")


@pytest.fixture
def place(open_database: OpenStore, tmp_path: Path) -> Workplace:
    """A board that reads sign-ins, on a Monday."""
    store = open_database([one.dataset for one in CONNECTORS.values()])
    kept = CONFIG.store.model_copy(update={"pseudonym_key": tmp_path / "pseudonym.key"})
    return Workplace(CONFIG.model_copy(update={"store": kept}), CONNECTORS, store, lambda: MONDAY)


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the rule takes a second, and it is the same each time."""
    monkeypatch.setattr(canary, "shipped_rule", lambda _config: FLOWN)


def rows(store: Store) -> dict[str, int]:
    """How much stands in each table."""
    tables = [*Base.metadata.tables.values(), *store.data.values(), *store.stages.values()]
    with store.read() as session:
        counts = {one.name: session.scalar(select(func.count()).select_from(one)) or 0 for one in tables}
    return {name: count for name, count in counts.items() if count}


def stuck_at(store: Store) -> int | None:
    """What the gauge of this board says."""
    with store.read() as session:
        gauge = session.get(Gauge, (store.tenant, GAUGE))
    return gauge.value if gauge else None


@pytest.mark.parametrize("role", ["privacy", "fg", "ledger", "board"])
def test_the_canary_comes_through_whoever_else_reads_mail(place: Workplace, role: str) -> None:
    """The head of the ledger that somebody keeps, and a card in Teams, are no mail about the made-up attack."""
    mail = place.config.mail.model_copy(update={"to": {**place.config.mail.to, role: ("dewi@board.example",)}})
    config = place.config.model_copy(update={"mail": mail, "teams": Teams(webhook=Path("none.txt"))})

    assert canary.fly(replace(place, config=config)) == 0


def test_the_canary_comes_through_and_leaves_only_that_it_did(place: Workplace) -> None:
    """No finding, alert, mail, run or sign-in of it stays, on the real board or on its own."""
    before = rows(place.store)
    assert canary.fly(place) == 0
    assert stuck_at(place.store) == 0
    after = rows(place.store)
    assert after.pop("gauge") == 1
    assert after == before | {"tenant": before["tenant"] + 1}
    assert canary.fly(place) == 0
    assert rows(place.store) == after | {"gauge": 1}


def test_what_is_under_way_is_marked_as_a_test_and_stands_on_no_real_board(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks into the database at that very moment must not take it for an attack."""
    seen: list[dict[str, Any]] = []
    mailed = canary.mailed

    def look(place: Workplace, store: Store, now: Any) -> bool:
        came_out = mailed(place, store, now)
        with store.read() as session:
            for name in ("finding", "alert", "outbox"):
                table = Base.metadata.tables[name]
                seen.extend(dict(row) for row in session.execute(select(table)).mappings())
        assert store.tenant != place.store.tenant
        return came_out

    monkeypatch.setattr(canary, "mailed", look)
    assert canary.fly(place) == 0
    assert len(seen) == 3
    assert {row["tenant_id"] for row in seen} == {place.store.tenant + 1}
    assert all(canary.MARK in str(row) or canary.TEST in str(row) for row in seen)


@pytest.mark.parametrize(("step", "name"), [(1, "collect"), (2, "Teller")])
def test_a_broken_step_is_told_and_cleared_away(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, step: int, name: str
) -> None:
    """It is a finding at once, not only after a week; and the next one that comes through ends it."""

    def broken(*_arguments: Any, **_options: Any) -> Any:
        raise ValueError("out of order")

    ran(place.store, ["sign-ins"])
    with monkeypatch.context() as patch:
        if name == "Teller":
            patch.setattr(Teller, "of", broken)
        else:
            patch.setattr(canary, name, broken)
        assert canary.fly(place) == step
    (judged,) = evaluate([RULE], place.store, MONDAY)
    assert [one.evidence["value"] for one in judged.new] == [step]

    assert canary.fly(place) == 0
    (judged,) = evaluate([RULE], place.store, MONDAY)
    assert (judged.evaluation.outcome, len(judged.gone)) == ("ok", 1)


def test_an_alert_or_a_mail_that_does_not_come_is_noticed(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A teller that is silent without an error is the one that nobody hears of."""
    monkeypatch.setattr(Teller, "tell", lambda *_arguments: [])
    assert canary.fly(place) == canary.ALERTED


@pytest.mark.parametrize(("days", "told"), [(7, 0), (8, 1)])
def test_a_canary_that_stays_away_is_told(place: Workplace, days: int, told: int) -> None:
    """The daemon is there, and does everything but this."""
    ran(place.store, ["sign-ins"])
    keep_gauges(place.store, {GAUGE: 0}, MONDAY - days * DAY)
    (judged,) = evaluate([RULE], place.store, MONDAY)
    assert len(judged.new) == told


def test_a_canary_is_due_once_a_week(place: Workplace) -> None:
    """And at the first start: an installation that cannot tell anything should say so on its first day."""
    assert canary.is_due(place, MONDAY)
    canary.fly(place)
    assert not canary.is_due(place, MONDAY + 7 * DAY - timedelta(seconds=1))
    assert canary.is_due(place, MONDAY + 7 * DAY)
    without = Workplace(place.config, {}, place.store, lambda: MONDAY)
    assert not canary.is_due(without, MONDAY + 7 * DAY)


def test_the_daemon_sends_it_when_it_is_due(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would think of it by hand."""
    monkeypatch.setattr(daemon, "due_connectors", lambda _place, _now: set())
    monkeypatch.setattr(daemon, "evaluation_due", lambda _place, _now: False)
    monkeypatch.setattr(daemon, "send_round", lambda _place: Delivery())
    daemon.tick(place, Event())
    assert stuck_at(place.store) == 0


def test_by_hand_it_says_what_became_of_it(tenant: Tenant, ibpmon: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """After something was mended one wants to know at once."""
    told = ibpmon("canary", "--config", tenant.config)
    assert (told.code, "came through" in told.out) == (0, True)
    monkeypatch.setattr(canary, "alerted", lambda *_arguments: False)
    told = ibpmon("canary", "--config", tenant.config)
    assert (told.code, "step 3 of 4" in told.err) == (1, True)
