"""What rules see of accounts that come, stay and go: the same on both databases."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.views import views
from tests.conftest import MONDAY, OpenStore
from tests.judging import place, put

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAMES = {
    "accounts", "announcements", "application-consents", "group-members", "group-owners", "managed-devices",
    "pupil-list", "role-assignments", "sign-ins",
}  # fmt: skip
ON = load_connectors(Content(connectors_on=("announcements",)))
DATASETS: list[Dataset] = [one.dataset for name, one in ON.items() if name in NAMES]


def rows_of(store: Store, name: str, key: str) -> dict[str, dict[str, Any]]:
    """The rows of a view by their key."""
    view = views(store, MONDAY)[name]
    with store.read() as session:
        return {str(row._mapping[key]): dict(row._mapping) for row in session.execute(select(view.selectable))}


def test_what_somebody_keeps_is_counted_each_for_itself(open_database: OpenStore) -> None:
    """Two apps and two devices must not become four; what is back in the cupboard is not kept."""
    store = open_database(DATASETS)
    licences = [{"skuId": "a"}, {"skuId": "b"}]
    put(store, "accounts", [{"account_id": "anna", "licences": licences}, {"account_id": "bram", "licences": []}])
    put(store, "application-consents", [
        {"resource_id": app, "assignment_id": app, "principal_id": "anna"} for app in ("las", "rooster")
    ])  # fmt: skip
    put(store, "managed-devices", [
        {"device_id": "1", "account_id": "anna", "category": "Personeel"},
        {"device_id": "2", "account_id": "anna"},
        {"device_id": "3", "account_id": "anna", "category": "Reserve"},
        {"device_id": "4", "account_id": "bram", "category": "Overgenomen"},
    ])  # fmt: skip
    put(store, "group-members", [{"group_id": "g", "member_id": "anna"}])

    held = rows_of(store, "account-rights", "account_id")

    counted = ("groups", "owned", "roles", "app_roles", "devices", "licence_count")
    assert [held["anna"][name] for name in counted] == [1, 0, 0, 2, 2, 2]
    assert [held["bram"][name] for name in counted] == [0, 0, 0, 0, 0, 0]


def test_a_pupil_is_gone_since_the_day_on_the_list_or_since_the_list_first_said_so(open_database: OpenStore) -> None:
    """Many lists do not say when; a pupil who is enrolled is not gone, whatever day stands there."""
    store = open_database(DATASETS)
    gone = {"told": (False, MONDAY - 40 * DAY), "untold": (False, None), "here": (True, MONDAY - 90 * DAY)}
    put(store, "accounts", [{"account_id": who} for who in gone])
    put(store, "pupil-list", [
        {"pupil_number": who, "enrolled": enrolled, "left_on": left} for who, (enrolled, left) in gone.items()
    ], MONDAY - 3 * DAY)  # fmt: skip
    for who in gone:
        place(store, "account", who, population="pupil", person=who)

    found = rows_of(store, "accounts", "account_id")

    assert {who: row["unenrolled_days"] for who, row in found.items()} == {"told": 40, "untold": 3, "here": None}


def test_work_of_a_supplier_is_announced_as_a_test_is(open_database: OpenStore) -> None:
    """Only the accounts of services are here, and only what was announced is excused."""
    store = open_database(DATASETS)
    place(store, "account", "svc", population="service")
    place(store, "account", "nood", population="break_glass")
    said = {"account": "svc@school.example", "starts": MONDAY - 2 * HOUR, "until": MONDAY - HOUR, "reason": "werk"}
    put(store, "announcements", [said])
    put(store, "sign-ins", [
        {"id": f"{who}-{ago}", "at": MONDAY - ago * HOUR, "account_id": who, "upn": f"{who}@school.example"}
        for who, ago in (("svc", 2), ("svc", 1), ("nood", 2))
    ])  # fmt: skip

    found = rows_of(store, "service-sign-ins", "id")

    assert {key: row["announced"] for key, row in found.items()} == {"svc-2": True, "svc-1": False}
