"""Two places too far apart: how far and how fast, alike on both databases, in whatever order the log comes in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import literal, select

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.judge.evaluate import Judgement, evaluate
from ibpmon.judge.rules import load_rules
from ibpmon.store.database import Store
from ibpmon.store.distance import kilometres
from ibpmon.store.tables import Finding
from tests.conftest import OpenStore
from tests.judging import SHIPPED, config_with, put, ran

DATASETS = [load_connectors(Content())[name].dataset for name in ("sign-ins", "accounts")]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
UTRECHT, LISBON, AMERSFOORT = (52.09, 5.12), (38.72, -9.14), (52.16, 5.39)
RULE = SHIPPED["impossible-travel"]


def came_in(key: str, minutes: int, place: tuple[float, float] | None, **more: Any) -> dict[str, Any]:
    """A sign-in of Anna that went well."""
    latitude, longitude = place or (None, None)
    row = {"account_id": "anna", "error_code": 0, "country": "NL", "ip_address": "192.0.2.1", "upn": "anna@school"}
    return {
        "id": key,
        "at": NOON + timedelta(minutes=minutes),
        **row,
        "latitude": latitude,
        "longitude": longitude,
        **more,
    }


def judged(store: Store, rule: Any = RULE) -> Judgement:
    """What the rule says now."""
    ran(store, ("sign-ins",), at=NOON + timedelta(hours=6))
    [judgement] = evaluate([rule], store, NOON + timedelta(hours=6))
    return judgement


def told(found: tuple[Finding, ...]) -> list[tuple[str, int, int]]:
    """Who, and from when until when in minutes after noon."""
    ends = [(one.subject, one.window_start or NOON, one.window_end or NOON) for one in found]
    return [(who, minutes(begin), minutes(end)) for who, begin, end in ends]


def minutes(at: datetime) -> int:
    """Whole minutes after noon."""
    return int((at - NOON).total_seconds() // 60)


@pytest.mark.parametrize(
    ("here", "there", "far"),
    [
        (UTRECHT, LISBON, 1850),
        (UTRECHT, UTRECHT, 0),
        ((0.0, 179.5), (0.0, -179.5), 111),  # over the date line
        ((90.0, 0.0), (-90.0, 0.0), 20015),  # half the earth
    ],
)
def test_kilometres_go_along_the_earth(
    open_database: OpenStore, here: tuple[float, float], there: tuple[float, float], far: int
) -> None:
    """Both databases say the same, where the date changes and at the poles too."""
    with open_database(DATASETS).read() as session:
        found = session.scalar(select(kilometres(*map(literal, (*here, *there)))))
    assert found == pytest.approx(far, abs=1)


def test_half_an_hour_from_utrecht_to_lisbon_is_told_once(open_database: OpenStore) -> None:
    """The finding holds both ends, so that one can ask about both; the way home is the same trip."""
    store = open_database(DATASETS)
    put(
        store, "sign-ins", [came_in("1", 0, UTRECHT), came_in("2", 30, LISBON, country="PT"), came_in("3", 60, UTRECHT)]
    )

    judgement = judged(store)

    assert told(judgement.new) == [("anna", 0, 60)]
    assert judgement.new[0].object == "NL - PT"
    assert judgement.evaluation.undetermined == 0


def test_who_flies_or_changes_towers_is_left_alone(open_database: OpenStore) -> None:
    """Four hours to Lisbon is a flight, and a phone hops over the country; a failed try is no visit."""
    store = open_database(DATASETS)
    rows = [came_in("1", 0, UTRECHT), came_in("2", 1, AMERSFOORT), came_in("3", 241, LISBON, country="PT")]
    put(store, "sign-ins", [*rows, came_in("4", 2, LISBON, error_code=50126)])

    assert told(judged(store).new) == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_the_order_in_which_the_log_comes_in_changes_nothing(open_database: OpenStore, order: tuple[int, ...]) -> None:
    """A sign-in that is two hours late is laid between those that were there, and judged once."""
    store = open_database(DATASETS)
    rows = [came_in("1", 0, UTRECHT), came_in("2", 30, LISBON, country="PT"), came_in("3", 400, LISBON, country="PT")]
    new = []
    for place in order:
        put(store, "sign-ins", [rows[place]])
        new += [one.subject for one in judged(store).new]

    with store.read() as session:
        assert told(tuple(session.scalars(select(Finding)))) == [("anna", 0, 30)]
    assert new == ["anna"]
    assert judged(store).new == ()


def test_a_sign_in_of_which_the_place_is_not_known_is_not_judged(open_database: OpenStore) -> None:
    """No place is neither far away nor near: the others are judged without it, and it is counted."""
    store = open_database(DATASETS)
    rows = [came_in("1", 0, UTRECHT), came_in("2", 10, None), came_in("3", 20, LISBON, country="PT")]
    put(store, "sign-ins", rows)

    judgement = judged(store)

    assert told(judgement.new) == [("anna", 0, 20)]
    assert judgement.evaluation.undetermined == 1


def test_an_address_on_the_list_is_no_place(open_database: OpenStore) -> None:
    """The VPN of the board stands in another country; without the list it is told."""
    store = open_database(DATASETS)
    put(store, "sign-ins", [came_in("1", 0, UTRECHT), came_in("2", 1, LISBON, ip_address="198.51.100.7")])
    listed = load_rules(config_with(lists={"vpn_networks": ("198.51.100.0/24",)}))

    assert told(judged(store, next(rule for rule in listed if rule.key == RULE.key)).new) == []
    assert told(judged(store).new) == [("anna", 0, 1)]
