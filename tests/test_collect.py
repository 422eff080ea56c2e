"""Collecting: a run is whole, or it says what is missing and the last whole one stays."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.collect.run import collect
from ibpmon.config import Config, Content, load
from ibpmon.demo.board import Board, make_board
from ibpmon.demo.microsoft import Fault, Microsoft
from ibpmon.demo.microsoft.graph import SignIns
from ibpmon.providers import connect
from ibpmon.providers.client import Graph
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Coverage, Cursor, Run, aware
from tests.conftest import APP, MONDAY, OTHERS, PERMISSIONS, OpenStore, Tenant

HOUR = timedelta(hours=1)
TUESDAY = MONDAY + timedelta(days=1)


class Clock:
    """A clock that runs ahead instead of letting a test wait."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


class Office:
    """The office of a board that collects from its simulated Microsoft; the board may change between rounds."""

    def __init__(self, tenant: Tenant, store: Store, connectors: dict[str, Connector], graph: Graph) -> None:
        self.tenant, self.store, self.connectors, self.graph = tenant, store, connectors, graph
        self.microsoft, self.board = tenant.microsoft, tenant.microsoft.board
        self.config: Config = load(tenant.config)

    def collect(self, *names: str, now: datetime = MONDAY, **options: Any) -> dict[str, Run]:
        """Run these connectors (all without names); gives how it went by name."""
        ended = collect(self.connectors, self.graph, self.store, self.config, now, only=set(names) or None, **options)
        return {run.connector: run for run in ended}

    def fails(self, kind: str, path: str, **details: Any) -> None:
        """Let Microsoft fail from now on."""
        self.microsoft.faults.add(Fault(kind, path, **{"times": 99, **details}))

    def change(self, name: str, what: Callable[[list[dict[str, Any]]], object]) -> None:
        """Change a collection of the tenant."""
        what(self.microsoft.graph_api._lookup.plain[name])
        self.changed()

    def changed(self) -> None:
        """Let Microsoft look anew at its board."""
        lookup = self.microsoft.graph_api._lookup
        lookup._groups = {str(row["id"]): row for row in lookup.plain["groups"]}
        self.microsoft.graph_api._rows.clear()

    def living(self, name: str) -> list[Mapping[str, Any]]:
        """The living rows of a connector."""
        with self.store.read() as session:
            return [dict(row) for row in session.execute(upsert.living(self.store, name)).mappings()]

    def waiting(self, name: str) -> int:
        """How many rows wait for the end of a run."""
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(self.store.stages[name])) or 0

    def events(self) -> list[Any]:
        """The stored sign-ins in order of arrival."""
        table = self.store.data["sign-ins"]
        with self.store.read() as session:
            return list(session.execute(select(table).order_by(table.c.seq)).all())

    def coverage(self, run: Run) -> dict[str, Coverage]:
        """What a run saw of each resource."""
        with self.store.read() as session:
            seen = session.scalars(select(Coverage).where(col(Coverage.run_id) == run.run_id)).all()
            return {one.resource: one for one in seen}

    def cursor(self) -> datetime:
        """How far the sign-ins were read."""
        with self.store.read() as session:
            mine = select(col(Cursor.value)).where(col(Cursor.name) == "sign-ins")
            return aware(session.scalars(mine).one())


@pytest.fixture
def shipped(open_database: OpenStore, tmp_path: Path) -> Iterator[Office]:
    """An office with the connectors as they are shipped."""
    board = make_board("small", 7, MONDAY)
    with Microsoft(board, folder=tmp_path / "microsoft", reporting_limit=None, clock=lambda: MONDAY) as microsoft:
        microsoft.register(APP, secret="correct-horse", permissions=(*PERMISSIONS, "Member.Read.Hidden"))
        tenant, clock = Tenant(microsoft, tmp_path, "correct-horse"), Clock()
        files = ("drive-items", "item-permissions")
        connectors = load_connectors(Content(connectors_off=tuple(name for name in OTHERS if name not in files)))
        store = open_database([connector.dataset for connector in connectors.values()])
        with connect(load(tenant.config).tenant, clock=clock, wait=clock.wait) as graph:
            yield Office(tenant, store, connectors, graph)


@pytest.fixture
def office(shipped: Office) -> Office:
    """An office that reads accounts and groups as lists (accounts in pages of 100), and members per group."""
    plain: dict[str, Any] = {"shape": "list", "full": None, "count": False, "never_empty": False}
    change = shipped.connectors
    change["accounts"] = replace(change["accounts"], endpoint="/users", page=100, **plain)
    change["groups"] = replace(change["groups"], endpoint="/groups", page=999, **plain)
    each: dict[str, Any] = {"shape": "each", "list": ()}
    change["group-members"] = replace(change["group-members"], endpoint="/groups/{group_id}/members", **each)
    del change["group-owners"]
    return shipped


# ---- a whole round


def test_every_run_that_is_not_full_says_what_why_and_what_to_do(office: Office) -> None:
    """Whoever reads it should not have to look elsewhere."""
    staff_file(office).write_text(staff_file(office).read_text(encoding="utf-8-sig") + "kapot\n", encoding="utf-8")
    office.fails("no_value", "/users")
    office.microsoft.licences.clear()
    ended = office.collect("staff-list", "accounts", "mfa-registration", "group-members")

    for name, run in ended.items():
        what, why, fix = runs.told(run, str)
        assert run.state != "FULL"
        assert name in what
        assert why
        assert fix


def test_a_round_reads_every_source_in_full(shipped: Office) -> None:
    """Parents come before what is read over them, so that one round is enough on the first day."""
    ended, office = shipped.collect(), shipped

    board = office.board
    without = {name: f"licence:{one.requires}" for name, one in office.connectors.items() if one.requires == "P2"}
    assert {name: run.missing for name, run in ended.items() if run.state == "SKIPPED"} == without
    assert {name: run.state for name, run in ended.items() if name not in without} == dict.fromkeys(
        set(office.connectors) - set(without), "FULL"
    )
    assert len(office.living("accounts")) == len(board.users)
    members = {(group, member.id) for group, found in board.members.items() for member in found}
    assert {(row["group_id"], row["member_id"]) for row in office.living("group-members")} == members
    assert {event.id for event in office.events()} == {sign_in.id for sign_in in board.sign_ins}
    libraries = {row["drive_id"] for row in office.living("drives")}
    assert set(office.coverage(ended["drive-permissions"])) == libraries
    assert all(run.finished_at and run.finished_at >= run.started_at for run in ended.values())


def test_a_second_crawl_asks_what_changed_and_no_item_that_did_not(shipped: Office) -> None:
    """The rights of an item cost five units; the changes of a whole library cost one."""
    files = ("sites", "drives", "drive-items", "item-permissions")
    first = shipped.collect(*files)
    assert {run.state for run in first.values()} == {"FULL"}
    before = {name: shipped.living(name) for name in files}
    items = len([seen for seen in shipped.microsoft.inner if "/items/" in seen.path])
    assert items == len(before["drive-items"]) > 0
    shipped.microsoft.inner.clear()

    second = shipped.collect(*files, now=MONDAY + HOUR)

    assert {run.state for run in second.values()} == {"FULL"}
    asked = [seen.path for seen in shipped.microsoft.inner]
    assert [path for path in asked if "/items/" in path] == []
    assert len([path for path in asked if "delta" in path]) == len(before["drives"])
    assert shipped.living("drive-items") == before["drive-items"]
    assert shipped.living("item-permissions") == before["item-permissions"]


def test_a_second_round_changes_nothing_when_nothing_changed(office: Office) -> None:
    """What is seen again stays what it was: no one leaves and comes back on paper."""
    office.collect("accounts", "groups", "group-members")
    before = {row["account_id"]: row["first_seen"] for row in office.living("accounts")}
    office.collect("accounts", "groups", "group-members", now=TUESDAY)

    after = office.living("accounts")
    assert {row["account_id"]: row["first_seen"] for row in after} == before
    assert {row["last_seen"] for row in after} == {TUESDAY}


def test_personal_sites_are_passed_by(office: Office) -> None:
    """A OneDrive belongs to a person; its libraries are nobody's business here (unless = "personal")."""
    run = office.collect("sites", "drives")["drives"]

    personal = {row["site_id"] for row in office.living("sites") if row["personal"]}
    assert personal
    assert personal.isdisjoint(office.coverage(run))


def test_who_left_is_gone_after_a_whole_run(office: Office) -> None:
    """A few that disappear are believed."""
    office.collect("accounts")
    office.change("users", lambda users: users.pop())

    assert office.collect("accounts", now=TUESDAY)["accounts"].state == "FULL"
    assert len(office.living("accounts")) == len(office.board.people) - 1


# ---- what goes wrong


def test_a_failed_page_keeps_the_last_complete_run(office: Office) -> None:
    """A run that breaks off halfway never replaces the last complete one, and leaves nothing waiting."""
    office.collect("accounts")
    before = office.living("accounts")
    office.change("users", lambda users: users.pop(0))
    office.fails("unavailable", "/users", after=3)

    run = office.collect("accounts", now=TUESDAY)["accounts"]

    assert (run.state, run.rows) == ("FAILED", 0)
    assert office.living("accounts") == before
    assert office.waiting("accounts") == 0


def test_a_page_that_fails_once_is_no_failure(office: Office) -> None:
    """What passes is tried again: throttled, unavailable, timed out, cut off."""
    for kind in ("throttled", "unavailable", "gateway_timeout", "truncated"):
        office.fails(kind, "/users", times=1)

    assert office.collect("accounts")["accounts"].state == "FULL"


def test_an_answer_that_is_always_cut_off_fails_the_run(office: Office) -> None:
    """Half an answer is no answer, also when what came can be read."""
    office.fails("truncated", "/groups")

    run = office.collect("groups")["groups"]
    assert run.state == "FAILED"
    assert office.living("groups") == []


def test_a_missing_permission_is_named(office: Office) -> None:
    """The reason says which right to grant, and the last complete run stays in use."""
    office.collect("managed-devices")
    before = office.living("managed-devices")
    office.microsoft.permissions(APP, [one for one in PERMISSIONS if not one.startswith("Device")])

    run = office.collect("managed-devices", now=TUESDAY)["managed-devices"]

    assert (run.state, run.missing) == ("FAILED", "permission:DeviceManagementManagedDevices.Read.All")
    assert "DeviceManagementManagedDevices.Read.All" in run.reason.format(**run.reason_values)
    what, _why, fix = runs.told(run, str)
    assert "403" in what
    assert "grant it" in fix
    assert office.living("managed-devices") == before


def test_a_missing_licence_skips_the_connector(office: Office) -> None:
    """A tenant without P1 is no fault: the source is skipped, and what needs it cannot be judged."""
    office.microsoft.licences.clear()

    ended = office.collect("mfa-registration", "sign-ins", "managed-devices")

    assert {run.state for run in ended.values()} == {"SKIPPED"}
    assert ended["mfa-registration"].missing == "licence:P1"
    assert ended["managed-devices"].missing == "licence:Intune"


def test_a_board_without_p1_still_has_a_week_of_audits(open_database: OpenStore, tmp_path: Path) -> None:
    """Audits need no licence, but Microsoft refuses to look further back than it keeps: seven days."""
    known = load_connectors(Content())
    audits = {"directory-audits": known["directory-audits"]}
    board, store = make_board("small", 7, MONDAY), open_database([one.dataset for one in audits.values()])
    options: dict[str, Any] = {"reporting_limit": None, "clock": lambda: MONDAY, "licences": ("SPO",)}
    with Microsoft(board, folder=tmp_path / "microsoft", **options) as microsoft:
        microsoft.register(APP, secret="correct-horse", permissions=["AuditLog.Read.All", "Directory.Read.All"])
        config, clock = load(Tenant(microsoft, tmp_path, "correct-horse").config), Clock()
        with connect(config.tenant, clock=clock, wait=clock.wait) as graph:
            (run,) = collect(audits, graph, store, config, MONDAY)

    begin = f"{MONDAY - timedelta(days=7, minutes=-5):%FT%T}"
    week = [row for row in board.audits if row["activityDateTime"][:19] >= begin]
    with store.read() as session:
        stored = set(session.scalars(select(store.data["directory-audits"].c.id)))
    assert (run.state, stored) == ("FULL", {row["id"] for row in week})
    assert 0 < len(week) < len(board.audits)


def test_one_source_that_fails_leaves_the_others(office: Office) -> None:
    """A round goes on: each source says for itself how it went."""
    office.fails("not_json", "/groups")

    ended = office.collect("accounts", "groups", "sites")
    assert {name: run.state for name, run in ended.items()} == {"accounts": "FULL", "groups": "FAILED", "sites": "FULL"}


def test_an_error_that_nobody_expected_marks_the_run_and_goes_up(office: Office) -> None:
    """A bug must be seen, and must not look like a run that still runs."""

    class Broken:
        def step(self, name: str, done: int, total: int | None = None) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        office.collect("accounts", progress=Broken())

    with office.store.read() as session:
        run = session.scalars(select(Run)).one()
    assert (run.state, values(run)) == ("FAILED", {"kind": "ZeroDivisionError"})
    assert office.waiting("accounts") == 0


def test_a_run_that_was_killed_says_so_at_the_next_start(office: Office) -> None:
    """After kill -9 a run still says RUNNING, and its rows still wait: the next start ends both."""
    with office.store.write() as session:
        killed = runs.start(session, office.store, "accounts", MONDAY)
        row = ("x", *(None for _ in office.connectors["accounts"].fields[1:]))
        upsert.stage(session, office.store, "accounts", killed.run_id, [row])

    assert office.collect("accounts", now=TUESDAY)["accounts"].state == "FULL"

    with office.store.read() as session:
        left = session.get_one(Run, (office.store.tenant, killed.run_id))
    assert (left.state, left.reason, left.finished_at) == ("FAILED", "this round was broken off", TUESDAY)
    assert office.waiting("accounts") == 0
    assert "x" not in {row["account_id"] for row in office.living("accounts")}


def test_a_run_that_was_overtaken_concludes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person runs `collect` while the daemon does: the newcomer takes the daemon for killed and drops what waited.

    The daemon then had the last pages only, called them the whole list, and 100 people were gone.
    """
    office.collect("accounts")
    before = office.living("accounts")
    monkeypatch.setattr("ibpmon.collect.lists.PAGES", 1)

    class Newcomer:
        first = True

        def step(self, name: str, done: int, total: int | None = None) -> None:
            if self.first:
                self.first = False
                with office.store.write() as session:
                    runs.start(session, office.store, "accounts", TUESDAY)

    run = office.collect("accounts", now=TUESDAY, progress=Newcomer())["accounts"]

    assert run.state == "FAILED"
    assert "another round" in runs.told(run, str)[0]
    assert office.living("accounts") == before
    assert office.waiting("accounts") == 0


def test_a_round_that_is_stopped_begins_no_further_source(office: Office) -> None:
    """A daemon that is told to stop does not go on to the next connector."""
    office.graph.waiting.stop.set()

    assert office.collect("accounts", "groups") == {}


def test_a_row_that_cannot_be_used_is_named_and_nothing_is_concluded_gone(office: Office) -> None:
    """The rest goes on; but who is not on the list may be the one row that was odd."""
    office.collect("accounts")

    def spoil(users: list[dict[str, Any]]) -> None:
        users.pop()
        users[3] = {**users[3], "accountEnabled": "misschien"}

    odd = office.board.users[3]["id"]
    office.change("users", spoil)
    run = office.collect("accounts", now=TUESDAY)["accounts"]

    assert (run.state, run.skipped_rows, values(run)) == ("PARTIAL", 1, {"count": 1, "ids": odd})
    assert len(office.living("accounts")) == len(office.board.people)


def test_a_sudden_disappearance_is_held_until_a_person_has_looked(office: Office) -> None:
    """Zero accounts is more often a fault than a fact; believed only when someone says so."""
    office.collect("accounts")
    count = len(office.living("accounts"))
    office.fails("empty", "/users")

    run = office.collect("accounts", now=TUESDAY)["accounts"]
    assert (run.state, values(run)) == ("PARTIAL", {"gone": count, "before": count})
    assert len(office.living("accounts")) == count

    assert office.collect("accounts", now=TUESDAY + HOUR, believe={"accounts"})["accounts"].state == "FULL"
    assert office.living("accounts") == []


def test_nearly_all_gone_is_held_and_half_gone_is_believed(office: Office) -> None:
    """A school that closes is half a board; nine in ten is a filter that went wrong."""
    office.collect("accounts")
    office.change("users", lambda users: users.__delitem__(slice(10, None)))
    assert office.collect("accounts", now=TUESDAY)["accounts"].state == "PARTIAL"

    office.change("users", lambda users: users.extend(office.board.users[10:300]))
    assert office.collect("accounts", now=TUESDAY + HOUR)["accounts"].state == "FULL"
    assert len(office.living("accounts")) == 300


# ---- each


def test_a_parent_that_cannot_be_read_keeps_its_children_and_the_others_are_judged(office: Office) -> None:
    """Half of a membership list would look like people who left."""
    office.collect("groups", "group-members")
    closed, other = [group["id"] for group in office.board.groups if len(office.board.members[group["id"]]) > 3][:2]
    before = {group: len(living_of(office, group)) for group in (closed, other)}
    for group in (closed, other):
        office.board.members[group].pop()
    office.changed()
    office.fails("unavailable", f"/groups/{closed}/members")

    run = office.collect("groups", "group-members", now=TUESDAY)["group-members"]

    seen = office.coverage(run)
    assert (run.state, values(run)["count"]) == ("PARTIAL", 1)
    assert (seen[closed].state, seen[other].state) == ("FAILED", "FULL")
    assert runs.reason(seen[closed], str) == "the service is not available now (code serviceNotAvailable)"
    assert runs.reason(run, str).endswith("the first reason: " + runs.reason(seen[closed], str))
    assert "serviceNotAvailable" in runs.told(run, str)[1]
    assert len(living_of(office, closed)) == before[closed]
    assert len(living_of(office, other)) == before[other] - 1


def values(run: Run) -> dict[str, Any]:
    """The values of the reason, without the sentences that tell what to do."""
    return {name: value for name, value in run.reason_values.items() if name != "told"}


def living_of(office: Office, group: str) -> list[Mapping[str, Any]]:
    """The living members of one group."""
    return [row for row in office.living("group-members") if row["group_id"] == group]


def test_a_parent_that_went_meanwhile_has_no_children(office: Office) -> None:
    """404 is an answer: the group is gone, and so are its members."""
    office.collect("groups", "group-members")
    gone = next(group["id"] for group in office.board.groups if office.board.members[group["id"]])
    del office.board.members[gone]
    office.change("groups", lambda groups: groups.remove(next(group for group in groups if group["id"] == gone)))

    run = office.collect("group-members", now=MONDAY + HOUR)["group-members"]

    assert run.state == "FULL"
    assert (office.coverage(run)[gone].state, office.coverage(run)[gone].reason) == ("FULL", "it no longer exists")
    assert living_of(office, gone) == []


def test_children_of_a_parent_that_is_gone_are_gone(office: Office) -> None:
    """A group that is no longer listed is not visited; its members may not stay for ever."""
    office.collect("groups", "group-members")
    gone = next(group["id"] for group in office.board.groups if office.board.members[group["id"]])
    office.change("groups", lambda groups: groups.remove(next(g for g in groups if g["id"] == gone)))

    office.collect("groups", "group-members", now=TUESDAY)
    assert living_of(office, gone) == []


def test_children_of_a_list_that_is_not_whole_are_at_most_partial(office: Office) -> None:
    """Groups that were not listed have members that were not seen."""
    office.collect("groups")
    office.fails("unavailable", "/groups", times=6)

    ended = office.collect("groups", "group-members", now=TUESDAY)
    assert {name: run.state for name, run in ended.items()} == {"groups": "FAILED", "group-members": "PARTIAL"}
    assert ended["group-members"].reason_values["over"] == "groups"


def test_a_list_that_failed_once_after_a_whole_round_still_has_all_its_parents(office: Office) -> None:
    """One 503 on the groups changes nothing in what is stored of them; the rules over members need not fall silent."""
    office.collect("groups", "group-members")
    office.fails("unavailable", "/groups", times=6)

    ended = office.collect("groups", "group-members", now=MONDAY + HOUR)
    assert {name: run.state for name, run in ended.items()} == {"groups": "FAILED", "group-members": "FULL"}


def test_children_of_a_list_that_may_no_longer_be_read_are_at_most_partial(office: Office) -> None:
    """A refusal does not pass: from now on nobody knows which sites there are."""
    office.collect("sites", "drives")
    with office.store.write() as session:
        run = runs.start(session, office.store, "sites", MONDAY)
        runs.finish(session, run, runs.Outcome("FAILED", "no right", missing="permission:Sites.Read.All"), MONDAY)

    assert office.collect("drives", now=MONDAY + HOUR)["drives"].state == "PARTIAL"


def test_children_of_a_list_that_was_never_read_are_skipped(office: Office) -> None:
    """Without groups there is nothing to read over: that is not the same as no members."""
    run = office.collect("group-members")["group-members"]
    assert (run.state, values(run)) == ("SKIPPED", {"over": "groups"})


def test_children_of_a_connector_that_is_off_are_skipped(open_database: OpenStore, office: Office) -> None:
    """Who switches sites off does not see libraries either, and is told so."""
    office.connectors.pop("sites")
    office.store = open_database([one.dataset for one in office.connectors.values()])

    run = office.collect("drives")["drives"]
    assert (run.state, values(run)) == ("SKIPPED", {"over": "sites"})


def test_a_right_that_is_missing_for_all_children_fails_the_run(office: Office) -> None:
    """Without the permission every parent is refused: that is one failure, not a thousand."""
    office.collect("sites")
    office.microsoft.permissions(APP, [one for one in PERMISSIONS if not one.startswith("Sites")])

    run = office.collect("drives", now=TUESDAY)["drives"]
    assert (run.state, run.missing) == ("FAILED", "permission:Sites.Read.All")
    assert office.coverage(run) == {}


# ---- since


def test_late_sign_ins_are_stored_once(office: Office) -> None:
    """Microsoft delivers late and again: the windows overlap, and the id decides."""
    half_hour = MONDAY - HOUR / 2
    late = [sign_in.id for sign_in in office.board.sign_ins if MONDAY - HOUR < sign_in.at < half_hour][:5]
    hide(office, office.board, late)
    office.collect("sign-ins")
    first = {event.id: event.seq for event in office.events()}
    hide(office, office.board, [])

    run = office.collect("sign-ins", now=MONDAY + HOUR / 4)["sign-ins"]

    events = office.events()
    assert run.covers_from == MONDAY - 2 * HOUR
    assert len(events) == len({event.id for event in events}) == len(office.board.sign_ins)
    assert {event.id for event in events if event.seq > max(first.values())} == set(late)


def hide(office: Office, board: Board, ids: list[str]) -> None:
    """Let Microsoft not have these sign-ins yet."""
    there = [sign_in for sign_in in board.sign_ins if sign_in.id not in ids]
    office.microsoft.graph_api._sign_ins = SignIns(replace(board, sign_ins=there))


def test_the_month_of_an_event_comes_from_its_own_time(office: Office) -> None:
    """The month in the key splits the table; it may not depend on when a row arrived."""
    office.collect("sign-ins")
    assert all(event.month == event.at.year * 100 + event.at.month for event in office.events())


def test_a_window_that_breaks_off_is_read_again_and_a_whole_one_is_not(office: Office) -> None:
    """The cursor moves only over a window that was read to its end."""
    office.fails("unavailable", "/auditLogs/signIns", after=2)
    run = office.collect("sign-ins")["sign-ins"]
    begin = MONDAY - timedelta(days=30) + timedelta(minutes=5)
    assert (run.state, run.covers_from, run.covers_until) == ("FAILED", begin, begin + timedelta(days=14))
    assert office.cursor() == begin + timedelta(days=14)

    office.microsoft.faults.clear()
    run = office.collect("sign-ins", now=MONDAY + HOUR)["sign-ins"]
    assert (run.state, run.covers_from) == ("FULL", begin + timedelta(days=14) - 2 * HOUR)
    assert len(office.events()) == len(office.board.sign_ins)


def test_a_cut_off_page_of_sign_ins_keeps_what_was_seen_and_moves_nothing(office: Office) -> None:
    """Events that were stored are true whatever happens next; only the conclusion waits."""
    office.fails("truncated", "/auditLogs/signIns", after=6)
    run = office.collect("sign-ins")["sign-ins"]

    assert run.state == "FAILED"
    assert office.cursor() < MONDAY
    assert len(office.events()) < len(office.board.sign_ins)


def test_a_cursor_that_a_wrong_clock_set_is_not_believed(office: Office) -> None:
    """A clock that ran a year ahead read nothing of what came in meanwhile; that would be lost when it is set right."""
    office.collect("sign-ins")
    with office.store.write() as session:
        cursor = session.scalars(select(Cursor).where(col(Cursor.name) == "sign-ins")).one()
        cursor.value += int(timedelta(days=365) / timedelta(microseconds=1))

    run = office.collect("sign-ins", now=MONDAY + HOUR)["sign-ins"]
    assert run.covers_from == MONDAY + HOUR - timedelta(days=30) + timedelta(minutes=5)
    assert office.cursor() == MONDAY + HOUR


def test_a_gap_that_microsoft_no_longer_keeps_is_named(office: Office) -> None:
    """After a long stop events are lost; a run may not look as if they never were."""
    office.collect("sign-ins")
    later = MONDAY + timedelta(days=40)
    office.microsoft.graph_api.clock = lambda: later

    run = office.collect("sign-ins", now=later)["sign-ins"]
    assert run.state == "PARTIAL"
    assert run.reason_values["start"] == "2026-11-23T10:00+00:00"
    assert office.collect("sign-ins", now=later + HOUR)["sign-ins"].state == "FULL"


# ---- the files of the board


def test_a_file_that_is_not_configured_is_skipped(office: Office) -> None:
    """A board without a staff list is told so; it is not a list of nobody."""
    office.config = office.config.model_copy(update={"files": office.config.files.model_copy(update={"staff": None})})

    run = office.collect("staff-list")["staff-list"]
    assert (run.state, values(run)) == ("SKIPPED", {"file": "staff"})


def test_a_bad_row_is_named_and_nobody_is_concluded_gone(office: Office) -> None:
    """The line number is enough to find it; what stands there is nobody else's business."""
    office.collect("staff-list")
    before = len(office.living("staff-list"))
    lines = staff_file(office).read_text(encoding="utf-8-sig").splitlines()
    lines[2] = lines[2].rsplit(";", 2)[0] + ";31-02-2026;"
    del lines[-1]
    staff_file(office).write_text("\n".join(lines), encoding="utf-8")

    run = office.collect("staff-list", now=TUESDAY)["staff-list"]

    assert (run.state, values(run)) == ("PARTIAL", {"count": 1, "lines": "3 (In dienst): een datum die niet bestaat"})
    assert len(office.living("staff-list")) == before


def test_a_wrong_heading_fails_the_run_and_leaves_what_was_stored(office: Office) -> None:
    """An export with other columns may not empty the list."""
    office.collect("staff-list")
    before = office.living("staff-list")
    text = staff_file(office).read_text(encoding="utf-8-sig")
    staff_file(office).write_text(text.replace("Personeelsnummer", "Nummer", 1), encoding="utf-8")

    run = office.collect("staff-list", now=TUESDAY)["staff-list"]

    assert run.state == "FAILED"
    assert "Personeelsnummer" in run.reason.format(**run.reason_values)
    assert office.living("staff-list") == before


def staff_file(office: Office) -> Path:
    """The staff list of the office."""
    assert office.config.files.staff
    return office.config.files.staff.path
