"""The shapes of a read: lists that page oddly, windows of time, and one listing per parent."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ibpmon.config import load
from ibpmon.demo.microsoft import Fault
from ibpmon.errors import MissingPermission, PassingError, SourceError
from ibpmon.providers import connect
from ibpmon.providers.client import Graph
from ibpmon.providers.decode import Page
from ibpmon.providers.refusals import Denied, Gone
from ibpmon.providers.shapes import Request, Visit, each, list_pages, read_window, since_windows, single
from ibpmon.store.collected import Field
from tests.conftest import APP, Tenant

ID = Field("account_id", ("id",), "text", "test", key=True)
NAME = Field("name", ("displayName",), "text", "test")
USERS = Request("/users", (ID, NAME), page=50, needs=("User.Read.All",))
GROUPS = Request("/groups", (Field("group_id", ("id",), "text", "test", key=True),))
MEMBERS = Request(
    "/groups/{group_id}/members",
    (Field("group_id", (), "text", "test", key=True, parent="group_id"), ID,
     Field("kind", ("@odata.type",), "text", "test")),
)  # fmt: skip
SIGN_INS = Request(
    "/auditLogs/signIns",
    (Field("id", ("id",), "text", "test", key=True), Field("at", ("createdDateTime",), "time", "test")),
    page=200,
)


@pytest.fixture
def graph(tenant: Tenant) -> Iterator[Graph]:
    """A client of the simulated Microsoft; its waits cost nothing."""
    with connect(load(tenant.config).tenant, wait=lambda seconds: None) as client:
        yield client


def rows(pages: Iterator[Page]) -> list[tuple[Any, ...]]:
    """All rows."""
    return [row for page in pages for row in page.rows]


def paths(tenant: Tenant, part: str) -> list[str]:
    """The requests for this, as the server saw them."""
    return [seen.path for seen in tenant.microsoft.requests if part in seen.path]


class Scripted:
    """A client whose answers are written down, or made, per path."""

    def __init__(self, answer: Callable[[str, Mapping[str, str | int]], Any]) -> None:
        self.answer, self.asked = answer, list[str]()

    def get(self, path: str, params: Any = None, budget: str = "", **_more: Any) -> bytes:
        self.asked.append(path)
        answer = self.answer(path, params)
        if isinstance(answer, Exception):
            raise answer
        return json.dumps(answer).encode()


def scripted(answer: Callable[[str, Mapping[str, str | int]], Any]) -> Graph:
    """A client that answers as this function says; an exception is raised."""
    return Scripted(answer)  # type: ignore[return-value]  # it speaks the one method that shapes use


def linked(number: int, *ids: str) -> dict[str, Any]:
    """A page with a link to a numbered next one."""
    return {"value": [{"id": i} for i in ids], "@odata.nextLink": f"https://graph.microsoft.com/v1.0/users?n={number}"}


# ---------------------------------------------------------------- list


@pytest.mark.parametrize("prefetch", [False, True])
def test_a_list_is_read_to_its_end_over_short_and_empty_pages(tenant: Tenant, graph: Graph, prefetch: bool) -> None:
    """The second page is half full and the third empty; only a page without a link is the last."""
    read = rows(list_pages(graph, USERS, prefetch=prefetch))
    assert {row[0] for row in read} == {user["id"] for user in tenant.microsoft.board.users}
    assert len(read) == len(tenant.microsoft.board.users)


def test_only_what_is_declared_is_asked_for(tenant: Tenant, graph: Graph) -> None:
    """Each property once, by the first part of its path; annotations come by themselves."""
    fields = (ID, Field("a", ("status", "a"), "text", "test"), Field("b", ("status", "b"), "text", "test"))
    assert Request("/x", (*fields, MEMBERS.fields[2]), page=9).params() == {"$select": "id,status", "$top": 9}
    assert Request("/x", fields, select=False).params() == {}
    assert Request("/x", MEMBERS.fields[:1]).params() == {}

    rows(list_pages(graph, USERS))
    assert paths(tenant, "/users")[0] == "/v1.0/users?$select=id,displayName&$top=50"


def test_the_next_link_is_followed_as_it_is(tenant: Tenant, graph: Graph) -> None:
    """It holds all options already; adding ours again would be another question."""
    rows(list_pages(graph, USERS))
    assert all(path.count("$top") == 1 for path in paths(tenant, "/users"))


def test_a_listing_that_goes_in_a_circle_is_an_error(tenant: Tenant, graph: Graph) -> None:
    """It would never end, and whether it was whole nobody knows."""
    tenant.microsoft.faults.add(Fault("repeated_link", path="/users", times=9, after=1))
    with pytest.raises(SourceError, match="same next page twice"):
        rows(list_pages(graph, USERS))


def test_a_listing_without_an_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new link each time passes the check on circles."""
    monkeypatch.setattr("ibpmon.providers.shapes.MOST_PAGES", 10)
    pages = iter(range(100))
    with pytest.raises(SourceError, match="more than 10 pages"):
        rows(list_pages(scripted(lambda path, params: linked(next(pages))), USERS))


@pytest.mark.parametrize("prefetch", [False, True])
def test_a_hostile_link_ends_the_listing(tenant: Tenant, graph: Graph, prefetch: bool) -> None:
    """The error comes out where the page would have, also from the thread that fetches ahead."""
    link = tenant.microsoft.graph.replace("https://", "https://evil.example\\@") + "/v1.0/users"
    tenant.microsoft.faults.add(Fault("hostile_link", path="/users", link=link, after=1))
    pages = list_pages(graph, USERS, prefetch=prefetch)
    next(pages)
    with pytest.raises(SourceError, match="does not follow"):
        rows(pages)


def test_an_answer_without_a_list_ends_the_listing(tenant: Tenant, graph: Graph) -> None:
    """Also when it comes with status 200."""
    tenant.microsoft.faults.add(Fault("no_value", path="/users", after=1))
    with pytest.raises(SourceError, match="holds no list"):
        rows(list_pages(graph, USERS))


# ---------------------------------------------------------------- fetching ahead


def test_the_next_page_is_fetched_while_this_one_is_used() -> None:
    """One page ahead and no more: memory stays small."""
    second, third = threading.Event(), threading.Event()

    def answer(path: str, params: Mapping[str, str | int]) -> Any:
        {"https://graph.microsoft.com/v1.0/users?n=2": second, "https://graph.microsoft.com/v1.0/users?n=3": third}.get(
            path, threading.Event()
        ).set()
        return linked(int(path[-1]) + 1 if path[-1].isdigit() else 2, path[-1])

    pages = list_pages(scripted(answer), USERS, prefetch=True)
    next(pages)
    assert second.wait(5)
    assert not third.wait(0.05)
    pages.close()  # type: ignore[attr-defined]  # a generator


def test_leaving_a_listing_early_leaves_no_thread_behind() -> None:
    """Nothing goes on behind anyone's back."""
    before = threading.active_count()
    number = iter(range(2, 1000))
    pages = list_pages(scripted(lambda path, params: linked(next(number), "1")), USERS, prefetch=True)
    next(pages)
    pages.close()  # type: ignore[attr-defined]  # a generator
    assert threading.active_count() == before


# ---------------------------------------------------------------- since

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_span_is_cut_in_windows_that_leave_no_gap() -> None:
    """The oldest first, so that what was read stays read when a later one fails."""
    windows = list(since_windows(MONDAY, MONDAY + timedelta(days=16), timedelta(days=7)))
    assert [start for start, _ in windows] == [MONDAY, MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)]
    assert [end for _, end in windows] == [*(start for start, _ in windows[1:]), MONDAY + timedelta(days=16)]
    assert list(since_windows(MONDAY, MONDAY, timedelta(days=7))) == []


def test_a_window_is_asked_for_in_the_words_that_graph_takes(tenant: Tenant, graph: Graph) -> None:
    """ge and le, no quotes, no fractions, no $select; rounded so that the window only grows."""
    now = tenant.microsoft.board.now.astimezone(UTC).replace(microsecond=400_000)
    rows(read_window(graph, SIGN_INS, (now - timedelta(hours=2), now)))
    low, high = f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}", f"{now + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    assert paths(tenant, "signIns")[0] == (
        f"/v1.0/auditLogs/signIns?$top=200&$filter=createdDateTime%20ge%20{low}%20and%20createdDateTime%20le%20{high}"
    )


@pytest.mark.parametrize("prefetch", [False, True])
def test_the_windows_together_give_every_event(tenant: Tenant, graph: Graph, prefetch: bool) -> None:
    """Ends are in both windows and rows may repeat at the turn of a page: the id decides."""
    now = tenant.microsoft.board.now.astimezone(UTC)
    start = now - timedelta(days=8)
    read = [
        row
        for window in since_windows(start, now, timedelta(days=3))
        for row in rows(read_window(graph, SIGN_INS, window, prefetch=prefetch))
    ]
    there = [event for event in tenant.microsoft.board.sign_ins if start <= event.at <= now]
    assert len({row[0] for row in read}) == len(there) > 0
    assert len(read) >= len(there)


# ---------------------------------------------------------------- each


def groups(graph: Graph) -> list[dict[str, Any]]:
    """All groups as parents."""
    return [{"group_id": row[0]} for row in rows(list_pages(graph, GROUPS))]


def test_each_parent_gives_its_own_rows_in_order(tenant: Tenant, graph: Graph) -> None:
    """Several are read at once; who reads them does not notice."""
    parents = groups(graph)
    visits = list(each(graph, MEMBERS, parents))

    assert [visit.parent for visit in visits] == parents
    for visit in visits:
        expected = {member.id for member in tenant.microsoft.board.members[visit.parent["group_id"]]}
        assert {row[1] for page in visit.pages for row in page.rows} == expected
        assert {row[0] for page in visit.pages for row in page.rows} <= {visit.parent["group_id"]}


def test_a_parent_that_is_gone_is_no_error(graph: Graph) -> None:
    """A group may be removed between the list and the look."""
    visits = list(each(graph, MEMBERS, [{"group_id": "00000000-0000-4000-8000-000000000000"}, *groups(graph)[:1]]))
    assert [(visit.gone, visit.error) for visit in visits] == [(True, None), (False, None)]


@pytest.mark.parametrize("odd", ["../users", "a/b", "", ".", "a\\b", "a?b"])
def test_an_odd_id_never_becomes_another_path(tenant: Tenant, graph: Graph, odd: str) -> None:
    """Ids come from answers, and an answer is input."""
    (visit,) = each(graph, MEMBERS, [{"group_id": odd}])
    assert visit.error or visit.gone
    asked = [seen.path for seen in tenant.microsoft.inner]
    assert all(path.startswith("/v1.0/groups/") and path.count("/") == 4 for path in asked)


def parents_of(*names: str) -> list[dict[str, Any]]:
    """Parents by name."""
    return [{"group_id": name} for name in names]


def by_parent(**errors: Exception) -> Graph:
    """A client that fails for some parents."""
    return scripted(lambda path, params: errors.get(path.split("/")[2], {"value": [{"id": "m"}]}))


def outcome(visit: Visit) -> str:
    """One word for a visit."""
    return "gone" if visit.gone else type(visit.error).__name__ if visit.error else "read"


def test_a_parent_that_fails_is_told_and_the_rest_goes_on() -> None:
    """One closed site must not hide the others."""
    graph = by_parent(a=Denied("closed"), b=PassingError("away"), d=Gone("gone"), e=SourceError("odd"))
    visits = list(each(graph, MEMBERS, parents_of("a", "b", "c", "d", "e", "f")))
    told = {visit.parent["group_id"]: outcome(visit) for visit in visits}
    assert told == {"a": "Denied", "b": "PassingError", "c": "read", "d": "gone", "e": "SourceError", "f": "read"}


def test_a_parent_that_failed_in_passing_is_asked_once_more_after_the_others() -> None:
    """A bad moment of one site should not cost the whole round its word that it is whole."""
    moments = {"b": [PassingError("away")], "d": [PassingError("away"), PassingError("still away")]}

    def answer(path: str, params: object) -> Any:
        left = moments.get(path.split("/")[2])
        return left.pop() if left else {"value": [{"id": "m"}]}

    visits = list(each(scripted(answer), MEMBERS, parents_of(*"abcdef")))
    assert "".join(visit.parent["group_id"] for visit in visits) == "acefbd"
    assert [outcome(visit) for visit in visits] == ["read"] * 5 + ["PassingError"]


def test_a_missing_permission_ends_it_all(tenant: Tenant, graph: Graph) -> None:
    """It would be missing for every parent, and every refusal counts."""
    parents = groups(graph)
    tenant.microsoft.permissions(APP, ["User.Read.All"])
    before = len(tenant.microsoft.requests)
    with pytest.raises(MissingPermission):
        list(each(graph, MEMBERS, parents))
    assert len(parents) > 30
    assert len(tenant.microsoft.requests) - before < 30


def test_a_service_that_is_away_ends_it_all() -> None:
    """Each parent would cost minutes of patience; a single one that fails does not count against the rest."""
    down = {name: PassingError("away") for name in "cde"}
    graph = by_parent(a=PassingError("away"), **down)
    read = each(graph, MEMBERS, parents_of(*"abcdefghijklmnopqrstuvwxyz"))
    assert outcome(next(read)) == "read"
    with pytest.raises(PassingError):
        next(read)


def test_a_service_that_goes_away_before_the_second_try_ends_it_too() -> None:
    """Those that are left are not asked one by one for minutes each."""
    read = each(by_parent(**{name: PassingError("away") for name in "adg"}), MEMBERS, parents_of(*"abcdefghi"))
    assert [outcome(next(read)) for _ in "bcefhiad"] == ["read"] * 6 + ["PassingError"] * 2
    with pytest.raises(PassingError):
        next(read)


def test_leaving_the_parents_early_leaves_no_thread_behind() -> None:
    """Nothing goes on behind anyone's back."""
    before = threading.active_count()
    visits = each(by_parent(), MEMBERS, parents_of(*"abcdefghijklmnopqrstuvwxyz"))
    next(visits)
    visits.close()  # type: ignore[attr-defined]  # a generator
    assert threading.active_count() == before


# ---------------------------------------------------------------- many in one request


def test_parents_are_asked_twenty_at_a_time(tenant: Tenant, graph: Graph) -> None:
    """A $batch takes as long as its slowest answer; one by one a crawl would take a day."""
    parents = groups(graph)
    tenant.microsoft.requests.clear()
    visits = list(each(graph, replace(MEMBERS, page=999), parents))

    assert {outcome(visit) for visit in visits} == {"read"}
    assert len(tenant.microsoft.requests) == len(paths(tenant, "$batch")) == -(-len(parents) // 20)
    assert len(tenant.microsoft.inner) == len(parents)


def test_further_pages_of_a_parent_go_along_in_later_batches(tenant: Tenant, graph: Graph) -> None:
    """Most parents have one page; those with more do not hold up the others."""
    parents = groups(graph)
    tenant.microsoft.requests.clear()
    visits = list(each(graph, replace(MEMBERS, page=10), parents))

    members = tenant.microsoft.board.members
    assert max(len(found) for found in members.values()) > 20
    for visit in visits:
        read = {row[1] for page in visit.pages for row in page.rows}
        assert read == {member.id for member in members[visit.parent["group_id"]]}
    assert len(paths(tenant, "$batch")) < sum(len(visit.pages) for visit in visits) / 2


def test_a_refusal_that_is_not_for_all_is_told_of_that_parent_only(tenant: Tenant) -> None:
    """A unit with hidden members is closed to who may read all others."""
    closed = MissingPermission("closed")
    graph = by_parent(b=closed)
    visits = list(each(graph, MEMBERS, parents_of("a", "b", "c")))
    assert [outcome(visit) for visit in visits] == ["read", "MissingPermission", "read"]
    with pytest.raises(MissingPermission):
        list(each(by_parent(a=closed, b=closed), MEMBERS, parents_of("a", "b")))


# ---------------------------------------------------------------- single


def test_a_single_object_is_one_row() -> None:
    """For what is no list."""
    request = Request("/organization/{group_id}", (ID, NAME))
    graph = scripted(lambda path, params: {"id": path.rpartition("/")[2], "displayName": "De Waaier"})
    assert single(graph, request, {"group_id": "x y"}).rows == [("x%20y", "De Waaier")]


def test_a_single_object_that_is_not_what_its_fields_say_is_an_error() -> None:
    """An object without its key is not the one that was asked for."""
    with pytest.raises(SourceError, match="not the object"):
        single(scripted(lambda path, params: {"value": []}), USERS)
