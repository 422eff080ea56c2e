"""Shape query: a search that is asked for, waited for and read; one that is not ready is not asked anew."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ibpmon.collect import runs
from ibpmon.providers.refusals import Gone
from ibpmon.store.tables import Cursor, Link, aware
from tests.answering import Desk, Source, connector, key, text
from tests.conftest import MONDAY, OpenStore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATH = "/security/auditLog/queries"
AUDIT = connector(
    "audit", "query", key("id", "id"), text("at", "createdDateTime", type="time"), text("operation", "operation"),
    endpoint=PATH, time="at", window=7 * DAY, overlap=2 * HOUR, history=7 * DAY, operations=("SharingSet",),
    budget="audit-query",
)  # fmt: skip


class Searches:
    """An audit log: a search is ready after so many looks."""

    def __init__(self, looks: int = 2) -> None:
        self.looks, self.seen = looks, dict[str, int]()
        self.state = "succeeded"
        self.records = {"e1": "2026-11-20T10:00:00Z", "e2": "2026-11-21T10:00:00Z"}

    def __call__(self, link: str, params: Mapping[str, Any]) -> Any:
        if link.startswith("POST"):
            name = f"q{len(self.seen)}"
            self.seen[name] = 0
            return {"id": name, "status": "notStarted"}
        if "records" in link:
            first, second = ({"id": one, "createdDateTime": at, "operation": "SharingSet"} for one, at in
                             self.records.items())  # fmt: skip
            if "page" in link:
                return {"value": [second]}
            return {"value": [first], "@odata.nextLink": f"https://graph{PATH}/q/records?page=2"}
        name = link.rpartition("/")[2]
        if name not in self.seen:
            return Gone("gone", status=404)
        self.seen[name] += 1
        return {"id": name, "status": self.state if self.seen[name] > self.looks else "running"}


def test_a_search_is_asked_for_waited_for_and_read(open_database: OpenStore) -> None:
    """The words of the search are the connector's; the records come in pages."""
    source = Source(Searches())
    desk = Desk(open_database, source, AUDIT)

    run = desk.collect()["audit"]

    assert (run.state, run.rows) == ("FULL", 2)
    assert {row["id"] for row in desk.all("audit")} == {"e1", "e2"}
    assert source.posted[0]["operationFilters"] == ["SharingSet"]
    assert source.posted[0]["filterStartDateTime"] == "2026-11-16T10:05:00Z"
    assert source.posted[0]["filterEndDateTime"] == "2026-11-23T10:00:00Z"
    assert source.clock.rested == [30.0, 30.0]
    assert aware(desk.table(Cursor, name="audit")[0].value) == MONDAY
    assert desk.table(Link) == []

    desk.collect(now=MONDAY + DAY)
    assert source.posted[1]["filterStartDateTime"] == "2026-11-23T08:00:00Z"


def test_a_search_that_is_not_ready_is_looked_at_again_next_time(open_database: OpenStore) -> None:
    """Microsoft takes hours at times; asking anew would put us at the end of the row."""
    searches = Searches(looks=10_000)
    source = Source(searches)
    desk = Desk(open_database, source, AUDIT)
    run = desk.collect()["audit"]
    assert run.state == "FAILED"
    assert "not ready" in runs.told(run, str)[0]
    assert desk.all("audit") == []

    searches.looks = 0
    run = desk.collect(now=MONDAY + HOUR)["audit"]
    assert run.state == "FULL"
    assert len(source.posted) == 2
    assert source.posted[1]["filterStartDateTime"] == "2026-11-23T10:00:00Z"
    assert len(desk.all("audit")) == 2


def test_a_search_that_is_gone_or_failed_is_asked_anew(open_database: OpenStore) -> None:
    """Its number is of no use any more."""
    searches = Searches(looks=10_000)
    source = Source(searches)
    desk = Desk(open_database, source, AUDIT)
    desk.collect()
    searches.seen.clear()
    assert desk.collect(now=MONDAY + HOUR)["audit"].state == "FAILED"
    assert desk.table(Link) == []

    searches.looks, searches.state = 0, "failed"
    assert desk.collect(now=MONDAY + 2 * HOUR)["audit"].state == "FAILED"
    searches.state = "succeeded"
    assert desk.collect(now=MONDAY + 3 * HOUR)["audit"].state == "FULL"
