"""What was seen and what was not: empty is suspect, counts are compared, and what is missing has a name."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from ibpmon.collect import runs
from ibpmon.config import Collect
from ibpmon.errors import SourceError
from ibpmon.store.tables import Coverage, Link, Placement
from tests.answering import CONFIG, Batching, Desk, Source, above, connector, key, text
from tests.conftest import MONDAY, OpenStore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USERS = connector("users", "list", key("user_id", "id"), text("name", "displayName"), endpoint="/users")
CHANGES = connector("users", "delta", key("user_id", "id"), text("name", "displayName"), endpoint="/users/delta")


class People:
    """A list of users and Microsoft's own count of them."""

    def __init__(self, count: int) -> None:
        self.count: Any = count
        self.users = [{"id": f"u{number}", "displayName": "x"} for number in range(count)]

    def __call__(self, link: str, params: Mapping[str, Any]) -> Any:
        if link.endswith("/$count"):
            return str(self.count).encode("utf-8-sig")
        return {"value": self.users, "@odata.deltaLink": "https://graph/users/delta?token=1"}


# ---- empty is suspect


@pytest.mark.parametrize("shape", [USERS, CHANGES])
def test_a_source_that_is_never_empty_and_gives_nothing_is_not_believed(open_database: OpenStore, shape: Any) -> None:
    """Also the first time: a school without accounts does not exist."""
    people = People(0)
    desk = Desk(open_database, Source(people), shape)
    assert desk.collect()["users"].state == "FULL"

    desk.change("users", never_empty=True)
    run = desk.collect(now=MONDAY + 8 * DAY)["users"]
    assert run.state == "PARTIAL"
    assert "nothing at all" in runs.reason(run, str)

    people.users = [{"id": "u1"}]
    assert desk.collect(now=MONDAY + 16 * DAY)["users"].state == "FULL"


def test_a_source_of_which_nothing_is_an_answer_is_believed(open_database: OpenStore) -> None:
    """Settings that somebody threw away: that is the change to be told."""
    people = People(1)
    desk = Desk(open_database, Source(people), USERS)
    desk.collect()
    people.users = []
    assert desk.collect(now=MONDAY + 8 * DAY)["users"].state == "PARTIAL"

    desk.change("users", may_empty=True)

    assert desk.collect(now=MONDAY + 9 * DAY)["users"].state == "FULL"
    assert desk.rows("users", "user_id") == set()


def test_a_round_of_changes_without_changes_is_not_empty(open_database: OpenStore) -> None:
    """What is there counts, not what came."""
    people = People(10)
    desk = Desk(open_database, Source(people), CHANGES)
    desk.change("users", never_empty=True)
    desk.collect()
    people.users = []
    assert desk.collect(now=MONDAY + HOUR)["users"].state == "FULL"


# ---- counts


@pytest.mark.parametrize("shape", [USERS, CHANGES])
@pytest.mark.parametrize(("count", "state"), [(1000, "FULL"), (1010, "FULL"), (990, "FULL"), (1012, "PARTIAL"),
                                              (900, "PARTIAL")])  # fmt: skip
def test_a_count_that_differs_is_held_and_asked_about(
    open_database: OpenStore, shape: Any, count: int, state: str
) -> None:
    """A list that ends early looks whole, and Microsoft's own count says otherwise; it lags, so a little is free."""
    people = People(1000)
    desk = Desk(open_database, Source(people), shape)
    desk.change("users", count=True)
    people.count = count
    run = desk.collect()["users"]
    assert run.state == state
    if state == "PARTIAL":
        assert run.reason_values["ours"] == 1000
        assert run.reason_values["theirs"] == count
    assert len(desk.rows("users", "user_id")) == 1000


def test_a_small_difference_in_a_small_school_is_no_difference(open_database: OpenStore) -> None:
    """Five is more than one in a hundred, and still nothing."""
    people = People(20)
    people.count = 25
    desk = Desk(open_database, Source(people), USERS)
    desk.change("users", count=True)
    assert desk.collect()["users"].state == "FULL"


def test_nobody_ends_when_the_counts_differ_unless_a_person_believes_it(open_database: OpenStore) -> None:
    """Those who are missing may be on the page that never came."""
    people = People(100)
    desk = Desk(open_database, Source(people), USERS)
    desk.change("users", count=True)
    desk.collect()
    del people.users[50:]
    desk.collect(now=MONDAY + HOUR)
    assert len(desk.rows("users", "user_id")) == 100
    desk.collect(now=MONDAY + 2 * HOUR, believe={"users"})
    assert len(desk.rows("users", "user_id")) == 50


def test_changes_that_do_not_add_up_lead_to_a_full_round(open_database: OpenStore) -> None:
    """Something was missed, and changes will not bring it."""
    people = People(100)
    source = Source(people)
    desk = Desk(open_database, source, CHANGES)
    desk.change("users", count=True)
    desk.collect()
    people.count = 150
    assert desk.collect(now=MONDAY + HOUR)["users"].state == "PARTIAL"
    assert desk.table(Link) == []
    people.users = People(150).users
    assert desk.collect(now=MONDAY + 2 * HOUR)["users"].state == "FULL"
    assert [path for path in source.asked if "count" not in path] == [
        "/users/delta", "https://graph/users/delta?token=1", "/users/delta",
    ]  # fmt: skip
    assert source.headers[1] == {"ConsistencyLevel": "eventual"}


def test_a_source_that_does_not_count_is_believed(open_database: OpenStore) -> None:
    """No number is no difference."""
    people = People(100)
    people.count = "many"
    desk = Desk(open_database, Source(people), USERS)
    desk.change("users", count=True)
    assert desk.collect()["users"].state == "FULL"


# ---- versions


def test_a_connector_may_keep_each_version(open_database: OpenStore) -> None:
    """Who changed a policy on Tuesday must be able to show what it was on Monday."""
    policy = connector(
        "policies", "list", key("policy_id", "id"), text("state", "state"), text("users", "users", type="list"),
        endpoint="/policies", versions=True,
    )  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"id": "p", "state": "enabled", "users": ["All"]},
        {"id": "q", "state": None, "users": None},
    ]
    desk = Desk(open_database, Source(lambda link, params: {"value": rows}), policy)
    for day in range(4):
        if day == 2:
            rows[0]["users"] = ["a", "b"]
        desk.collect(now=MONDAY + day * DAY)

    found = [(row["policy_id"], row["users"], row["first_seen"], row["gone_at"]) for row in desk.all("policies")]
    assert sorted(found, key=repr) == [
        ("p", ["All"], MONDAY, MONDAY + 2 * DAY),
        ("p", ["a", "b"], MONDAY + 2 * DAY, None),
        ("q", None, MONDAY, None),
    ]


def test_without_versions_a_change_is_written_over(open_database: OpenStore) -> None:
    """A new name is no new account."""
    people = People(1)
    desk = Desk(open_database, Source(people), USERS)
    desk.collect()
    people.users[0]["displayName"] = "y"
    desk.collect(now=MONDAY + DAY)
    assert len(desk.all("users")) == 1


# ---- per resource

SITES = connector(
    "sites", "list", key("site_id", "id"), text("address", "webUrl"), text("personal", "own", type="bool"),
    text("closed", "closed", type="bool"), endpoint="/sites",
)  # fmt: skip
DRIVES = connector("drives", "each", above("site_id", key=False), key("drive_id", "id"),
                   endpoint="/sites/{site_id}/drives", over="sites", unless="personal")  # fmt: skip


def sites(*found: Mapping[str, Any], refused: tuple[str, ...] = ()) -> Any:
    """Sites with one drive each, of which some are refused."""

    def answer(link: str, params: Mapping[str, Any]) -> Any:
        if link == "/sites":
            return {"value": list(found)}
        name = link.split("/")[2]
        return SourceError("closed", why="closed") if name in refused else {"value": [{"id": f"d-{name}"}]}

    return answer


def test_coverage_of_older_runs_is_dropped_and_what_was_not_seen_is_remembered(open_database: OpenStore) -> None:
    """Two thousand lines a day would be the largest table of all; a gap stays to be looked up, for a quarter."""
    desk = Desk(open_database, Batching(sites({"id": "a"}, {"id": "b"}, refused=("b",))), SITES, DRIVES)
    for day in range(3):
        desk.collect(now=MONDAY + day * DAY)
    seen = [(one.resource, one.state) for one in desk.table(Coverage)]
    assert sorted(seen) == [("a", "FULL"), *[("b", "FAILED")] * 3]

    desk.collect(now=MONDAY + 100 * DAY)
    assert len(desk.table(Coverage)) == 2


def test_only_some_parents_are_read(open_database: OpenStore) -> None:
    """`only` and `unless` name yes/no fields of the parent."""
    there: list[dict[str, Any]] = [
        {"id": "a", "own": True},
        {"id": "b", "own": False, "closed": True},
        {"id": "c", "closed": None},
    ]
    desk = Desk(open_database, Batching(sites(*there)), SITES, DRIVES)
    desk.collect()
    assert desk.rows("drives", "site_id") == {"b", "c"}

    desk.change("drives", only="closed")
    desk.collect(now=MONDAY + DAY)
    assert desk.rows("drives", "site_id") == {"b"}


ACCOUNTS = connector("accounts", "list", key("account_id", "id"), text("upn", "upn"), endpoint="/accounts")


def test_onedrives_of_chosen_populations_are_read_and_the_others_are_counted(open_database: OpenStore) -> None:
    """The board decides whose OneDrives are looked into, and the run says how many were not."""
    names = {"a": "a.berg@waaier.example", "b": "b-2.vos@waaier.example", "p": "pupil1@waaier.example"}
    personal = "https://waaier-my.sharepoint.com/personal/"
    there: list[dict[str, Any]] = [{"id": "school", "webUrl": "https://waaier.sharepoint.com/sites/school"},
             {"id": "one", "own": True, "webUrl": personal + "a_berg_waaier_example"},
             {"id": "two", "own": True, "webUrl": personal + "B_2_vos_waaier_example/"},
             {"id": "three", "own": True, "webUrl": personal + "pupil1_waaier_example"},
             {"id": "old", "own": True, "webUrl": personal + "weg_waaier_example"},
             {"id": "odd", "own": True, "webUrl": None}]  # fmt: skip
    answer = sites(*there)
    source = Batching(
        lambda link, params: (
            {"value": [{"id": one, "upn": upn} for one, upn in names.items()]}
            if link == "/accounts"
            else answer(link, params)
        )
    )
    config = CONFIG.model_copy(update={"collect": Collect(onedrives=("staff",))})
    desk = Desk(open_database, source, ACCOUNTS, SITES, DRIVES, config=config)
    desk.change("drives", onedrives="address")
    desk.collect("accounts")
    with desk.store.write() as session:
        place(session, desk, a="staff", b="staff", p="pupil")

    run = desk.collect("sites", "drives")["drives"]

    assert desk.rows("drives", "site_id") == {"school", "one", "two"}
    assert (run.state, run.reason_values["outside"]) == ("FULL", 3)
    said = "3 personal sites are left out: 0 of staff, 1 of pupils, 2 of others"
    assert said in runs.reason(run, str)

    desk.config = CONFIG
    run = desk.collect("drives", now=MONDAY + HOUR)["drives"]
    assert run.reason_values == {"outside": 5, "staff": 2, "pupils": 1, "others": 2}
    assert desk.rows("drives", "site_id") == {"school"}


def place(session: Session, desk: Desk, **populations: str) -> None:
    """What kind of account each is."""
    for name, kind in populations.items():
        session.merge(Placement(tenant_id=desk.store.tenant, kind="account", object_id=name, population=kind))


def test_a_resource_under_a_parent_of_two_keys_is_called_by_both(open_database: OpenStore) -> None:
    """The permissions of an item: which drive, and which item in it."""
    lists = connector("lists", "each", above("site_id"), key("list_id", "id"), endpoint="/sites/{site_id}/lists",
                      over="sites")  # fmt: skip
    rights = connector("rights", "each", above("site_id"), above("list_id"), key("right_id", "id"),
                       endpoint="/sites/{site_id}/lists/{list_id}/rights", over="lists")  # fmt: skip

    def answer(link: str, params: Mapping[str, Any]) -> Any:
        names = {1: ["s1", "s2"], 3: ["l1", "l2"], 5: ["r1"]}
        return {"value": [{"id": one} for one in names[link.count("/")]]}

    desk = Desk(open_database, Batching(answer), SITES, lists, rights)
    run = desk.collect()["rights"]
    assert {one.resource for one in desk.table(Coverage, run_id=run.run_id)} == {"s1/l1", "s1/l2", "s2/l1", "s2/l2"}
    assert len(desk.rows("rights", "site_id", "list_id", "right_id")) == 4


# ---- who has no way in


@pytest.mark.parametrize("provider", ["sharepoint", "datto"])
def test_a_provider_without_a_credential_is_skipped_with_the_reason(open_database: OpenStore, provider: str) -> None:
    """It is off by default, and what needs it cannot be judged."""
    desk = Desk(open_database, {"graph": Source(sites()), provider: None}, connector(
        "admins", "list", key("id", "id"), endpoint="/x", source=provider))  # fmt: skip
    run = desk.collect()["admins"]
    assert (run.state, run.missing) == ("SKIPPED", f"credential:{provider}")
    what, why, fix = runs.told(run, str)
    assert f"[{provider}]" in why
    assert f"[{provider}]" in fix
    assert what


def test_each_connector_asks_the_client_of_its_own_provider(open_database: OpenStore) -> None:
    """The address of a site becomes the path of its own interface; nothing of it goes to Graph."""

    class Form:
        """How SharePoint lays out a page."""

        rows, next = "value", ("odata.nextLink",)

    site = {"id": "a", "webUrl": "https://waaier.sharepoint.com/sites/De%20Es/"}
    graph = Batching(sites(site))
    pages = {"": {"value": [{"Id": 1, "Member": {"Users": [{"Id": 7}]}}], "odata.nextLink": "https://x/_api/2"}}
    sharepoint = Source(lambda link, params: pages.get(link[-2:] if link.startswith("https") else "", {"value": []}))
    sharepoint.form = Form()  # type: ignore[attr-defined]
    groups = connector(
        "site-groups", "each", above("site_id"), text("group_id", "Id", type="int", key=True), over="sites",
        endpoint="{address}/_api/web/roleassignments", source="sharepoint", expand=("Member/Users",), select=False,
    )  # fmt: skip
    people = connector(
        "site-people", "part", above("site_id"), text("group_id", type="int", key=True, parent="group_id"),
        text("user", "Id", type="int", key=True), over="site-groups", list=("Member", "Users"), source="sharepoint",
    )  # fmt: skip
    desk = Desk(open_database, {"graph": graph, "sharepoint": sharepoint}, SITES, groups, people)

    ended = desk.collect()

    assert {run.state for run in ended.values()} == {"FULL"}
    assert sharepoint.asked == ["/sites/De%20Es/_api/web/roleassignments", "https://x/_api/2"]
    assert sharepoint.params[0] == {"$expand": "Member/Users"}
    assert desk.rows("site-people", "site_id", "group_id", "user") == {("a", 1, 7)}


def test_a_list_may_stand_under_another_name(open_database: OpenStore) -> None:
    """Datto names each list, and puts the next page in an object of its own."""

    class Form:
        """How Datto lays out a page."""

        rows, next = "devices", ("pageDetails", "nextPageUrl")

    more = {"pageDetails": {"nextPageUrl": "https://datto/api/v2/2"}, "devices": [{"id": 1}]}
    datto = Source(lambda link, params: {"pageDetails": {"nextPageUrl": None}, "devices": [{"id": 2}]}
                   if "2" in link[-1] else more)  # fmt: skip
    datto.form = Form()  # type: ignore[attr-defined]
    devices = connector("rmm", "list", text("id", "id", type="int", key=True), endpoint="/api/v2/account/devices",
                        source="datto", rows="devices", select=False)  # fmt: skip
    desk = Desk(open_database, {"datto": datto}, devices)
    assert desk.collect()["rmm"].state == "FULL"
    assert desk.rows("rmm", "id") == {1, 2}
