"""Shape delta: everything once, then what changed; absent is not null, and a link counts only when its round does."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ibpmon.errors import PassingError, SourceError
from ibpmon.providers.waiting import Stopped
from ibpmon.store.tables import Coverage, Link
from tests.answering import Batching, Desk, Source, above, connector, key, text
from tests.conftest import MONDAY, OpenStore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY = MONDAY + DAY
ACCOUNTS = connector(
    "accounts", "delta", key("account_id", "id"), text("name", "displayName"), text("office", "officeLocation"),
    endpoint="/users/delta",
)  # fmt: skip
GROUPS = connector("groups", "delta", key("group_id", "id"), text("name", "displayName"), endpoint="/groups/delta")
MEMBERS = connector(
    "group-members", "part", above("group_id"), key("member_id", "id"), text("kind", "@odata.type"),
    over="groups", list=("members@delta",),
)  # fmt: skip
APPS = connector("apps", "delta", key("app_id", "id"), text("name", "displayName"), endpoint="/applications/delta")
SECRETS = connector(
    "secrets", "part", above("app_id"), key("key_id", "keyId"), text("ends", "endDateTime"),
    over="apps", list=("passwordCredentials",),
)  # fmt: skip


class Rounds:
    """A source that gives one list of pages per round; each round has its own link."""

    def __init__(self, *rounds: Any) -> None:
        self.rounds, self.number = list(rounds), 0

    def __call__(self, link: str, params: Mapping[str, Any]) -> Any:
        """The page that is asked for: a link names its round and page, a first request gets the next round."""
        if "?" in link:
            number, page = (int(part) for part in link.rpartition("=")[2].split("."))
        else:
            number, page = self.number, 0
        self.number = max(self.number, number + 1)
        if number >= len(self.rounds):
            return {"value": [], "@odata.deltaLink": f"https://graph/delta?token={number + 1}.0"}
        if isinstance(self.rounds[number], Exception):
            return self.rounds[number]
        pages = self.rounds[number]
        last = page == len(pages) - 1
        after = {"@odata.deltaLink" if last else "@odata.nextLink": "https://graph/delta?token="}
        name = next(iter(after))
        return {"value": pages[page], name: after[name] + (f"{number + 1}.0" if last else f"{number}.{page + 1}")}


def user(name: str, **more: Any) -> dict[str, Any]:
    """An account."""
    return {"id": name[0].lower(), "displayName": name, **more}


def gone(identity: str, reason: str = "deleted") -> dict[str, Any]:
    """What a source says of something that was removed."""
    return {"id": identity, "@removed": {"reason": reason}}


def too_old(status: int = 410, code: str = "syncStateNotFound") -> SourceError:
    """The answer to a link that is too old."""
    return PassingError("gone", status=status, code=code, codes=(code,))


def people(desk: Desk) -> dict[str, Any]:
    """The living accounts and their offices."""
    return dict(desk.rows("accounts", "account_id", "office"))


# ---- the first round and those after it


def test_the_first_round_reads_everything_and_later_ones_what_changed(open_database: OpenStore) -> None:
    """The cost of a round follows what is new."""
    source = Source(Rounds([[user("Anna"), user("Bram")], [user("Chris")]], [[user("Dewi"), gone("b")]]))
    desk = Desk(open_database, source, ACCOUNTS)

    assert desk.collect()["accounts"].rows == 3
    assert desk.rows("accounts", "name") == {"Anna", "Bram", "Chris"}

    assert desk.collect(now=TUESDAY)["accounts"].state == "FULL"
    assert desk.rows("accounts", "name") == {"Anna", "Chris", "Dewi"}
    assert source.asked == ["/users/delta", "https://graph/delta?token=0.1", "https://graph/delta?token=1.0"]
    assert {row["account_id"]: row["gone_at"] for row in desk.all("accounts")}["b"] == TUESDAY


def test_a_round_without_changes_writes_its_run_and_its_link_only(open_database: OpenStore) -> None:
    """Rows that nobody named are left alone: they say when they were last seen to change."""
    desk = Desk(open_database, Source(Rounds([[user("Anna")]])), ACCOUNTS)
    desk.collect()
    before = desk.all("accounts")

    run = desk.collect(now=TUESDAY)["accounts"]

    assert (run.state, run.rows) == ("FULL", 0)
    assert desk.all("accounts") == before
    assert desk.table(Coverage) == []
    (link,) = desk.table(Link)
    assert (link.link, link.full_at, link.read_at) == ("https://graph/delta?token=2.0", MONDAY, TUESDAY)


def test_what_an_answer_leaves_out_stays_as_it_was(open_database: OpenStore) -> None:
    """Absent is not null: a change of name does not empty the office; null does."""
    rounds = Rounds(
        [[user("Anna", officeLocation="De Es"), user("Bram", officeLocation="De Es")]],
        [[user("Anna Smit"), user("Bram", officeLocation=None)]],
    )
    desk = Desk(open_database, Source(rounds), ACCOUNTS)
    desk.collect()
    desk.collect(now=TUESDAY)

    assert people(desk) == {"a": "De Es", "b": None}
    assert desk.rows("accounts", "name") == {"Anna Smit", "Bram"}


def test_the_last_word_on_each_object_counts_also_over_pages(open_database: OpenStore) -> None:
    """The same object may come several times in one round; replays occur, and some come back."""
    rounds = Rounds(
        [[user("Anna", officeLocation="A"), user("Anna"), user("Bram", officeLocation="B")], [user("Bram B.")]],
        [[gone("a"), user("Eva", officeLocation="E"), gone("e")], [user("Anna"), gone("b"), gone("b")]],
    )
    desk = Desk(open_database, Source(rounds), ACCOUNTS)
    desk.collect()
    assert people(desk) == {"a": "A", "b": "B"}
    assert desk.rows("accounts", "name") == {"Anna", "Bram B."}

    desk.collect(now=TUESDAY)
    assert people(desk) == {"a": "A"}


def test_the_last_word_counts_when_each_page_waits_by_itself(
    open_database: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large board does not fit in one batch: what waits already is filled in the database."""
    monkeypatch.setattr("ibpmon.collect.changes.PAGES", 1)
    rounds = Rounds(
        [[user("Anna", officeLocation="A"), user("Bram", officeLocation="B")], [user("Anna A."), gone("b")]],
        [[user("Anna", officeLocation="C")], [gone("a")], [{"id": "a", "displayName": "Anna"}], [user("Bram")]],
    )
    desk = Desk(open_database, Source(rounds), ACCOUNTS)
    desk.collect()
    assert people(desk) == {"a": "A"}
    assert desk.rows("accounts", "name") == {"Anna A."}

    desk.collect(now=TUESDAY)
    assert people(desk) == {"a": "A", "b": None}


def test_removed_objects_in_the_first_round_are_nothing_new(open_database: OpenStore) -> None:
    """A first round may name what is gone already."""
    desk = Desk(open_database, Source(Rounds([[gone("x", "changed"), user("Anna")]])), ACCOUNTS)
    assert desk.collect()["accounts"].state == "FULL"
    assert desk.rows("accounts", "account_id") == {"a"}


def test_the_headers_go_along_on_every_page(open_database: OpenStore) -> None:
    """No link keeps them."""
    source = Source(Rounds([[user("Anna")], [user("Bram")]]))
    desk = Desk(open_database, source, ACCOUNTS)
    desk.change("accounts", prefer=("deltashowremovedasdeleted", "hierarchicalsharing"))
    desk.collect()
    assert source.headers == [{"Prefer": "deltashowremovedasdeleted, hierarchicalsharing"}] * 2


# ---- the link


@pytest.mark.parametrize(("status", "code"), [(410, "syncStateNotFound"), (410, "-"), (404, "resyncRequired")])
def test_a_link_that_is_refused_leads_to_a_full_round_at_once(open_database: OpenStore, status: int, code: str) -> None:
    """Microsoft forgets where we were; what was missed is found by reading everything again."""
    rounds = Rounds([[user("Anna"), user("Bram")]], too_old(status, code), [[user("Anna"), user("Chris")]])
    desk = Desk(open_database, Source(rounds), ACCOUNTS)
    desk.collect()

    run = desk.collect(now=TUESDAY)["accounts"]

    assert run.state == "FULL"
    assert desk.rows("accounts", "account_id") == {"a", "c"}
    assert desk.table(Link)[0].full_at == TUESDAY


def test_a_link_of_a_week_old_is_not_tried(open_database: OpenStore) -> None:
    """Microsoft keeps it for seven days."""
    source = Source(Rounds([[user("Anna")]], [[user("Anna")]]))
    desk = Desk(open_database, source, ACCOUNTS)
    desk.collect()
    desk.collect(now=MONDAY + 7 * DAY)
    assert source.asked == ["/users/delta", "/users/delta"]


def test_a_connector_may_ask_for_a_full_round_now_and_then(open_database: OpenStore) -> None:
    """What changes never told of is found then."""
    source = Source(Rounds([[user("Anna"), user("Bram")]], [[]], [[user("Anna"), user("Eva")]]))
    desk = Desk(open_database, source, ACCOUNTS)
    desk.change("accounts", full=2 * DAY)
    for day in range(3):
        desk.collect(now=MONDAY + day * DAY)
    assert source.asked[1:] == ["https://graph/delta?token=1.0", "/users/delta"]
    assert desk.rows("accounts", "account_id") == {"a", "e"}


def test_a_round_that_fails_keeps_its_link_for_the_next(open_database: OpenStore) -> None:
    """What came in half a round is not applied, and is read again."""
    rounds = Rounds([[user("Anna")]], SourceError("away"))
    desk = Desk(open_database, Source(rounds), ACCOUNTS)
    desk.collect()
    assert desk.collect(now=TUESDAY)["accounts"].state == "FAILED"
    assert desk.staged("accounts") == 0

    rounds.rounds[1] = [[user("Bram")]]
    desk.collect(now=TUESDAY + HOUR)
    assert desk.rows("accounts", "account_id") == {"a", "b"}


def test_a_last_page_without_a_link_fails_the_round(open_database: OpenStore) -> None:
    """Without it nobody knows whether the round was whole."""
    desk = Desk(open_database, Source(lambda link, params: {"value": [user("Anna")]}), ACCOUNTS)
    assert desk.collect()["accounts"].state == "FAILED"
    assert desk.rows("accounts", "account_id") == set()


def test_a_row_that_cannot_be_used_keeps_the_link_where_it_was(open_database: OpenStore) -> None:
    """Otherwise that change would never come again."""
    rounds = Rounds([[user("Anna")]], [[user("Bram"), {"id": "c", "displayName": 5}, gone("a")]])
    source = Source(rounds)
    desk = Desk(open_database, source, ACCOUNTS)
    desk.collect()
    run = desk.collect(now=TUESDAY)["accounts"]

    assert (run.state, run.skipped_rows, run.reason_values["ids"]) == ("PARTIAL", 1, "c")
    assert desk.rows("accounts", "account_id") == {"b"}
    desk.collect(now=TUESDAY + HOUR)
    assert source.asked[-1] == source.asked[-2]


# ---- what is not believed


def many(count: int) -> list[dict[str, Any]]:
    """So many accounts."""
    return [{"id": f"u{number}", "displayName": "x"} for number in range(count)]


def test_nearly_all_removed_at_once_is_held_and_asked_about(open_database: OpenStore) -> None:
    """A round of changes can go wrong as well; it is said again until a person believes it."""
    removals = [gone(one["id"]) for one in many(30)[:28]]
    desk = Desk(open_database, Source(Rounds([many(30)], [removals])), ACCOUNTS)
    desk.collect()

    for hours in (1, 2):
        run = desk.collect(now=MONDAY + hours * HOUR)["accounts"]
        assert (run.state, run.reason_values["gone"]) == ("PARTIAL", 28)
        assert len(desk.rows("accounts", "account_id")) == 30

    assert desk.collect(now=MONDAY + 3 * HOUR, believe={"accounts"})["accounts"].state == "FULL"
    assert len(desk.rows("accounts", "account_id")) == 2


def test_a_full_round_that_is_held_is_followed_by_another(open_database: OpenStore) -> None:
    """Changes would say nothing of what was missing, and the question would go away unasked."""
    source = Source(Rounds([many(30)], too_old(), [[]], [many(30)]))
    desk = Desk(open_database, source, ACCOUNTS)
    desk.collect()
    assert desk.collect(now=TUESDAY)["accounts"].state == "PARTIAL"
    assert desk.table(Link) == []

    assert desk.collect(now=TUESDAY + HOUR)["accounts"].state == "FULL"
    assert len(desk.rows("accounts", "account_id")) == 30


def test_many_that_are_removed_and_come_back_are_nothing_odd(open_database: OpenStore) -> None:
    """Removed and then back, in one round, is a change of nothing."""
    round_two = [[gone(one["id"]) for one in many(30)], many(30)]
    desk = Desk(open_database, Source(Rounds([many(30)], round_two)), ACCOUNTS)
    desk.collect()
    assert desk.collect(now=TUESDAY)["accounts"].state == "FULL"
    assert len(desk.rows("accounts", "account_id")) == 30


# ---- parts: members, secrets


def group(name: str, *members: str, left: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """A group with who came and who left."""
    came = [{"@odata.type": "#microsoft.graph.user", "id": one} for one in members]
    went = [{"@odata.type": "#microsoft.graph.user", **gone(one)} for one in left]
    return {"id": name, "displayName": name, "members@delta": came + went, **more}


def members(desk: Desk) -> set[Any]:
    """Who is in which group."""
    return desk.rows("group-members", "group_id", "member_id")


def test_members_come_with_their_group_and_leave_with_a_mark(open_database: OpenStore) -> None:
    """A group that comes without members did not change them; it is not an empty group."""
    rounds = Rounds(
        [[group("g", "anna", "bram"), group("h", "anna")], [group("g", "chris", left=("bram",))]],
        [[{"id": "g", "displayName": "G"}, group("h", "dewi", left=("anna",))]],
    )
    source = Source(rounds)
    desk = Desk(open_database, source, GROUPS, MEMBERS)
    ended = desk.collect()

    assert {name: run.state for name, run in ended.items()} == {"groups": "FULL", "group-members": "FULL"}
    assert members(desk) == {("g", "anna"), ("g", "chris"), ("h", "anna")}
    assert desk.rows("group-members", "kind") == {"#microsoft.graph.user"}

    desk.collect(now=TUESDAY)
    assert members(desk) == {("g", "anna"), ("g", "chris"), ("h", "dewi")}
    assert desk.rows("groups", "name") == {"G", "h"}


def test_the_members_are_asked_for_with_their_groups(open_database: OpenStore) -> None:
    """A delta gives only the lists that are named."""
    source = Source(Rounds([[group("g", "anna")]]))
    Desk(open_database, source, GROUPS, MEMBERS).collect()
    assert source.params[0] == {"$select": "id,displayName,members"}


def test_a_removed_group_takes_its_members_along(open_database: OpenStore) -> None:
    """Also when it came with members first, in the same round."""
    rounds = Rounds([[group("g", "anna"), group("h", "bram")]], [[gone("g"), group("k", "eva")], [gone("k")]])
    desk = Desk(open_database, Source(rounds), GROUPS, MEMBERS)
    desk.collect()
    desk.collect(now=TUESDAY)
    assert members(desk) == {("h", "bram")}
    assert {row["group_id"] for row in desk.all("group-members") if row["gone_at"]} == {"g"}


def test_a_full_round_finds_members_that_left_unseen(open_database: OpenStore) -> None:
    """What is not in a full round is gone, of groups and of members alike."""
    rounds = Rounds([[group("g", "anna", "bram"), group("h", "chris")]], too_old(), [[group("g", "anna")]])
    desk = Desk(open_database, Source(rounds), GROUPS, MEMBERS)
    desk.collect()
    desk.collect(now=TUESDAY)
    assert members(desk) == {("g", "anna")}


def test_members_of_a_round_that_is_held_stay(open_database: OpenStore) -> None:
    """Nobody is concluded gone, of whatever is told at once."""
    first = [group(f"g{number}", "anna") for number in range(30)]
    desk = Desk(open_database, Source(Rounds([first], [[gone(one["id"]) for one in first]])), GROUPS, MEMBERS)
    desk.collect()
    ended = desk.collect(now=TUESDAY)
    assert {run.state for run in ended.values()} == {"PARTIAL"}
    assert len(members(desk)) == 30


def app(name: str, *secrets: str) -> dict[str, Any]:
    """An application with its secrets: the whole list."""
    return {"id": name, "displayName": name, "passwordCredentials": [{"keyId": one} for one in secrets]}


def secrets(desk: Desk) -> set[Any]:
    """Which application has which secret."""
    return desk.rows("secrets", "app_id", "key_id")


@pytest.mark.parametrize("together", [1, 10])
def test_a_plain_list_inside_a_changed_object_is_all_there_is_of_it(
    open_database: OpenStore, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """A secret that was taken away is simply not in the list any more; other applications did not change."""
    monkeypatch.setattr("ibpmon.collect.changes.PAGES", together)
    rounds = Rounds(
        [[app("a", "1", "2"), app("b", "3")]],
        [[app("a", "2", "4")], [app("a", "4", "5"), {"id": "b", "displayName": "B"}]],
        [[app("b")]],
    )
    desk = Desk(open_database, Source(rounds), APPS, SECRETS)
    desk.collect()
    desk.collect(now=TUESDAY)
    assert secrets(desk) == {("a", "4"), ("a", "5"), ("b", "3")}

    desk.collect(now=TUESDAY + HOUR)
    assert secrets(desk) == {("a", "4"), ("a", "5")}


def test_asking_for_a_part_reads_its_parent(open_database: OpenStore) -> None:
    """It has no request of its own."""
    desk = Desk(open_database, Source(Rounds([[group("g", "anna")]])), GROUPS, MEMBERS)
    assert set(desk.collect("group-members")) == {"groups", "group-members"}


def test_a_part_fails_with_its_parent(open_database: OpenStore) -> None:
    """Nobody knows its rows either."""
    desk = Desk(open_database, Source(lambda link, params: SourceError("away", why="down")), GROUPS, MEMBERS)
    ended = desk.collect()
    assert {name: (run.state, run.reason) for name, run in ended.items()} == {
        "groups": ("FAILED", "down"),
        "group-members": ("FAILED", "down"),
    }


def test_a_part_of_a_connector_that_is_off_is_skipped(open_database: OpenStore) -> None:
    """And says so: an empty list would be a claim."""
    run = Desk(open_database, Source(Rounds()), MEMBERS).collect()["group-members"]
    assert (run.state, run.reason_values["over"]) == ("SKIPPED", "groups")


# ---- the changes of many parents: drives

DRIVES = connector("drives", "list", key("drive_id", "id"), text("personal", "own", type="bool"), endpoint="/drives")
ITEMS = connector(
    "items", "delta", above("drive_id"), key("item_id", "id"), text("name", "name"), text("scope", "shared.scope"),
    endpoint="/drives/{drive_id}/root/delta", over="drives", facet="shared", budget="sharepoint",
)  # fmt: skip


class Files:
    """Drives with items, of which each has a journal; a link is a place in that."""

    def __init__(self, **drives: list[Any]) -> None:
        self.drives: dict[str, list[Any]] = drives
        self.errors: dict[str, Exception] = {}
        self.personal: set[str] = set()

    def __call__(self, link: str, params: Mapping[str, Any]) -> Any:
        if link == "/drives":
            return {"value": [{"id": name, "own": name in self.personal} for name in self.drives]}
        name, _, place = link.partition("?")
        name = name.removeprefix("https://graph").split("/")[2]
        if place and name in self.errors:
            return self.errors[name]
        if f"/{name}" in self.errors:
            return self.errors[f"/{name}"]
        journal = self.drives[name]
        changes = journal[int(place or 0) :]
        return {"value": changes, "@odata.deltaLink": f"https://graph/drives/{name}/root/delta?{len(journal)}"}


def item(name: str, scope: str | None = "users") -> dict[str, Any]:
    """An item; an empty facet says that it has rights of its own without links."""
    return {"id": name, "name": name} | ({"shared": {"scope": scope} if scope else {}} if scope is not None else {})


def plain(name: str) -> dict[str, Any]:
    """An item that inherits."""
    return {"id": name, "name": name}


def deleted(name: str) -> dict[str, Any]:
    """An item that was thrown away: no name any more."""
    return {"id": name, "deleted": {"state": "deleted"}}


def crawl(open_database: OpenStore, files: Files, kind: type[Source] = Batching) -> tuple[Desk, Source]:
    """A desk over these drives."""
    source = kind(files)
    return Desk(open_database, source, DRIVES, ITEMS), source


def items(desk: Desk) -> set[Any]:
    """The living items."""
    return desk.rows("items", "drive_id", "item_id")


@pytest.mark.parametrize("kind", [Source, Batching])
def test_each_drive_goes_on_from_its_own_link(open_database: OpenStore, kind: type[Source]) -> None:
    """Only items with rights of their own are kept; a second round asks each drive once."""
    files = Files(d1=[item("a"), plain("b")], d2=[item("c"), item("e", "")])
    desk, source = crawl(open_database, files, kind)
    desk.collect()
    assert items(desk) == {("d1", "a"), ("d2", "c"), ("d2", "e")}

    files.drives["d1"] += [item("b"), deleted("a")]
    files.drives["d2"] += [plain("c")]
    ended = desk.collect(now=TUESDAY)

    assert ended["items"].state == "FULL"
    assert items(desk) == {("d1", "b"), ("d2", "e")}
    assert source.asked[3:] == [
        "/drives", "https://graph/drives/d1/root/delta?2", "https://graph/drives/d2/root/delta?2",
    ]  # fmt: skip
    assert {one.resource: one.state for one in desk.table(Coverage)} == {"d1": "FULL", "d2": "FULL"}


def test_a_drive_that_fails_keeps_its_items_and_its_link(open_database: OpenStore) -> None:
    """The others go on, and its changes come with the next round."""
    files = Files(d1=[item("a")], d2=[item("b")])
    desk, _source = crawl(open_database, files)
    desk.collect()
    files.drives["d1"] += [deleted("a")]
    files.drives["d2"] += [item("c")]
    files.errors["d1"] = SourceError("locked", why="423")

    run = desk.collect(now=TUESDAY)["items"]
    assert (run.state, run.reason_values["count"]) == ("PARTIAL", 1)
    assert items(desk) == {("d1", "a"), ("d2", "b"), ("d2", "c")}
    assert {one.resource: one.link[-1] for one in desk.table(Link)} == {"d1": "1", "d2": "2"}

    files.errors.clear()
    assert desk.collect(now=TUESDAY + HOUR)["items"].state == "FULL"
    assert items(desk) == {("d2", "b"), ("d2", "c")}


def test_drives_of_which_nothing_came_are_written_down_too(
    open_database: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are told last, together: without a single page among them."""
    monkeypatch.setattr("ibpmon.collect.children.PARENTS", 1)
    files = Files(d1=[item("a")], d2=[item("b")])
    desk, _source = crawl(open_database, files)
    files.errors["/d1"] = PassingError("away", why="503")

    run = desk.collect()["items"]
    assert (run.state, run.reason_values["count"]) == ("PARTIAL", 1)
    assert items(desk) == {("d2", "b")}
    assert {one.resource: one.state for one in desk.table(Coverage)} == {"d1": "FAILED", "d2": "FULL"}


def test_a_drive_whose_link_is_too_old_is_read_from_the_start(open_database: OpenStore) -> None:
    """What is not there any more is gone, in that drive only."""
    files = Files(d1=[item("a"), item("b")], d2=[item("c")])
    desk, source = crawl(open_database, files)
    desk.collect()
    files.drives["d1"] = [item("b")]
    files.errors["d1"] = too_old(code="resyncRequired")

    assert desk.collect(now=TUESDAY)["items"].state == "FULL"
    assert items(desk) == {("d1", "b"), ("d2", "c")}
    assert source.asked[-1] == "/drives/d1/root/delta"
    assert {one.resource: one.full_at for one in desk.table(Link)} == {"d1": TUESDAY, "d2": MONDAY}


def test_a_drive_that_is_gone_or_not_read_any_more_has_no_items(open_database: OpenStore) -> None:
    """And when it comes back it is read from the start."""
    files = Files(d1=[item("a")], d2=[item("b")])
    desk, source = crawl(open_database, files)
    desk.change("items", unless="personal")
    desk.collect()
    files.personal = {"d2"}
    desk.collect(now=TUESDAY)
    assert items(desk) == {("d1", "a")}
    assert {one.resource for one in desk.table(Link)} == {"d1"}

    files.personal = set()
    desk.collect(now=TUESDAY + HOUR)
    assert items(desk) == {("d1", "a"), ("d2", "b")}
    assert "/drives/d2/root/delta" in source.asked[-2:]


def test_what_disappears_from_all_drives_at_once_is_held(open_database: OpenStore) -> None:
    """A right that was taken away would look like this."""
    files = Files(d1=[item(f"i{number}") for number in range(30)], d2=[item("b")])
    desk, _source = crawl(open_database, files)
    desk.collect()
    files.drives["d1"] += [deleted(f"i{number}") for number in range(30)]

    assert desk.collect(now=TUESDAY)["items"].state == "PARTIAL"
    assert desk.collect(now=TUESDAY + HOUR)["items"].state == "PARTIAL"
    assert len(items(desk)) == 31
    assert desk.collect(now=TUESDAY + 2 * HOUR, believe={"items"})["items"].state == "FULL"
    assert items(desk) == {("d2", "b")}


def test_an_interrupted_crawl_goes_on_where_it_was(open_database: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drives that were read are not asked again, and their links count only when the round ends."""
    monkeypatch.setattr("ibpmon.collect.children.PARENTS", 1)
    monkeypatch.setattr("ibpmon.providers.shapes.WORKERS", 1)
    files = Files(**{f"d{number:02}": [item("a")] for number in range(30)})
    files.errors["/d20"] = Stopped("stop")
    desk, source = crawl(open_database, files, Source)
    assert desk.collect()["items"].state == "FAILED"
    assert desk.table(Link) == []

    files.errors.clear()
    source.asked.clear()
    run = desk.collect(now=MONDAY + HOUR)["items"]

    assert (run.state, run.covers_from) == ("FULL", MONDAY)
    assert len(items(desk)) == len(desk.table(Link)) == 30
    assert len(source.paths("delta")) <= 30 - 10
