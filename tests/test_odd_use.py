"""ibpmon used oddly: who asks for many names, or looks at one person again and again, is told to the FG alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.judge.evaluate import evaluate
from ibpmon.operate.rounds import rules_without_a_board
from ibpmon.store.database import Store
from ibpmon.store.views import views
from ibpmon.store.web_tables import PersonView
from ibpmon.tell.alerts import Teller
from ibpmon.tell.desk import Desk
from ibpmon.tell.telling import due, preview
from tests.conftest import MONDAY, OpenStore
from tests.judging import DATASETS, config_with, place, put, ran, second_board

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board on which Chris runs ICT, and Lies is a pupil."""
    opened = open_database(DATASETS)
    people = [("chris", "staff"), ("anna", "staff"), ("lies-jansen", "pupil")]
    put(
        opened,
        "accounts",
        [
            {"account_id": key, "name": key.replace("-", " ").title(), "upn": f"{key}@board.example"}
            for key, _p in people
        ],
    )
    for key, population in people:
        place(opened, "account", key, population=population, school="EIK")
    ran(opened)
    return opened


def looks(
    store: Store, count: int, whom: str = "lies-jansen", ago: timedelta = HOUR, first: int = 1, **more: Any
) -> None:
    """Chris looked so many times."""
    row: dict[str, Any] = {
        "viewer": "chris",
        "viewer_name": "chris@board.example",
        "page": "person",
        "open_finding": False,
    }
    row |= {"tenant_id": store.tenant, "whom": whom, "at": MONDAY - ago, **more}
    with store.write() as session:
        session.add_all(PersonView(view_id=number, **row) for number in range(first, first + count))


def rows(store: Store, name: str) -> list[dict[str, Any]]:
    """What a view shows."""
    with store.read() as session:
        return [dict(row._mapping) for row in session.execute(select(views(store, MONDAY)[name].selectable))]


def test_looks_count_per_viewer_and_person_without_what_was_work(store: Store) -> None:
    """Not what an open alert asked, not oneself, not what is a week ago, and not those of another board."""
    looks(store, 4)
    looks(store, 3, first=10, open_finding=True)
    looks(store, 3, first=20, whom="chris")
    looks(store, 3, first=30, ago=8 * DAY)
    looks(store, 2, first=40, page="reveal", whom="anna")
    looks(store, 2, first=50, page="reveal", whom="anna", ago=25 * HOUR)
    looks(second_board(store), 9)

    assert {(row["account_id"], row["whom"], row["looks"]) for row in rows(store, "person-lookups")} == {
        ("chris", "lies-jansen", 4), ("chris", "anna", 4)
    }  # fmt: skip
    assert [(row["upn"], row["reveals"], row["last_look"]) for row in rows(store, "name-reveals")] == [
        ("chris@board.example", 2, MONDAY - HOUR)
    ]


def test_odd_use_is_mailed_to_the_fg_alone_and_pupils_stay_pseudonyms(store: Store, tmp_path: Any) -> None:
    """Not to ICT, not to the privacy officer: it may be about them."""
    looks(store, 5)
    to = {"it": ("ict@board.example",), "privacy": ("dewi@board.example",), "fg": ("fien@board.example",)}
    config = config_with()
    config = config.model_copy(update={
        "mail": config.mail.model_copy(update={"to": to}),
        "store": config.store.model_copy(update={"pseudonym_key": tmp_path / "key"}),
    })  # fmt: skip
    rules = [rule for rule in rules_without_a_board() if rule.catalogue == "MON-11"]
    assert len(rules) == 2
    evaluate(rules, store, MONDAY, tell=Teller.of(config, store, MONDAY).tell)
    occasion = due(store, config, MONDAY, anyway=True)
    assert occasion is not None
    mails = preview(Desk.of(config, store, rules, MONDAY), occasion)
    about = [mail for mail in mails if "chris@board.example" in mail.draft.text]

    assert [mail.readers for mail in about] == [frozenset({"fien@board.example"})]
    assert "leerling-" in about[0].draft.text
    assert "Lies Jansen" not in about[0].draft.text
    assert "lies-jansen" not in about[0].draft.text
