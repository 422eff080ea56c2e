"""What rules may see: joins, day counts and ways to places, the same on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import String, column, func, select, text, values
from sqlmodel import Session

from ibpmon.content import content_files
from ibpmon.store.database import Store
from ibpmon.store.networks import check_network, in_networks
from ibpmon.store.tables import Alert, Evaluation, Gauge, Incident, MatrixDifference, Outbox, PrivacyRequest
from ibpmon.store.view import View, whole_views
from ibpmon.store.views import layout, views
from ibpmon.store.web_tables import PersonView
from ibpmon.tell.acts import review
from tests.conftest import MONDAY, OpenStore
from tests.judging import DATASETS, place, put, second_board
from tests.review_world import a_decision, a_review, a_signoff, an_item

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def rows_of(store: Store, name: str, networks: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """All rows of a view."""
    view = views(store, MONDAY, networks)[name]
    with store.read() as session:
        return [dict(row._mapping) for row in session.execute(select(view.selectable))]


def test_an_account_comes_with_its_person_and_its_registration(open_database: OpenStore) -> None:
    """Sigma has no joins, so the view makes them; who is in no report is not 'without MFA' but unknown."""
    store = open_database(DATASETS)
    put(store, "accounts", [
        {"account_id": "anna", "name": "Anna", "enabled": True, "created": MONDAY - 10 * DAY},
        {"account_id": "bram", "name": "Bram", "enabled": True},
    ])  # fmt: skip
    put(store, "mfa-registration", [{"account_id": "anna", "mfa_capable": False, "methods": ["sms"]}])
    place(store, "account", "anna", population="staff", school="EIK", employed_until=MONDAY - DAY / 2)

    anna, bram = sorted(rows_of(store, "accounts"), key=lambda row: str(row["account_id"]))

    assert (anna["population"], anna["school"], anna["created_days"]) == ("staff", "EIK", 10)
    assert (anna["mfa_reported"], anna["mfa_capable"], anna["mfa_methods"]) == (True, False, ["sms"])
    assert (anna["days_after_leaving"], anna["employed_until_days"]) == (1, 0)
    assert (bram["population"], bram["mfa_reported"], bram["mfa_capable"]) == ("unknown", False, None)
    assert (bram["created_days"], bram["days_after_leaving"]) == (None, None)


def test_what_is_gone_is_not_seen(open_database: OpenStore) -> None:
    """Rows that ended stay in the database for history; rules look at what lives."""
    store = open_database(DATASETS)
    put(store, "accounts", [{"account_id": "anna"}, {"account_id": "bram"}])
    put(store, "accounts", [{"account_id": "anna"}], now=MONDAY + DAY)

    assert [row["account_id"] for row in rows_of(store, "accounts")] == ["anna"]


@pytest.mark.parametrize(
    ("ago", "days"),
    [(DAY, 1), (DAY - timedelta(seconds=1), 0), (timedelta(), 0), (-timedelta(seconds=1), -1), (-DAY, -1)],
)
def test_days_are_whole_and_rounded_down(open_database: OpenStore, ago: timedelta, days: int) -> None:
    """A time in the future is not 'zero days ago'."""
    store = open_database(DATASETS)
    put(store, "accounts", [{"account_id": "anna", "created": MONDAY - ago}])

    assert rows_of(store, "accounts")[0]["created_days"] == days


def test_a_sign_in_knows_whether_its_person_had_left_and_where_it_came_from(open_database: OpenStore) -> None:
    """The first moment after the last day is day one; before it there is nothing to count."""
    store = open_database(DATASETS)
    left = MONDAY - 5 * DAY
    place(store, "account", "anna", population="staff", employed_until=left)
    moments = {"before": left - DAY / 2, "first": left, "second": left + DAY}
    put(store, "sign-ins", [
        {"id": name, "at": at, "account_id": "anna", "ip_address": "203.0.113.7"} for name, at in moments.items()
    ] + [{"id": "far", "at": MONDAY, "account_id": "eva", "ip_address": None}])  # fmt: skip

    rows = {row["id"]: row for row in rows_of(store, "sign-ins", ("203.0.113.0/24",))}

    assert {name: row["days_after_leaving"] for name, row in rows.items()} == {
        "before": None, "first": 1, "second": 2, "far": None,
    }  # fmt: skip
    assert [rows[name]["at_school"] for name in ("first", "far")] == [True, False]
    assert (rows["far"]["population"], rows["far"]["at"]) == ("unknown", MONDAY)


ADDRESSES = [
    "203.0.113.0", "203.0.113.255", "203.0.114.1", "203.0.1.13", "20.3.0.113", "198.51.100.64", "198.51.100.127",
    "198.51.100.128", "10.0.0.1", "10.255.3.4", "11.0.0.1", "2001:db8:1::5", "2001:db8:1:ff::1", "2001:db8:10::5",
    "2001:db8::7", "2001:db8:0:1::7", "2001:dba::7", "2a02:a440:1234:5600::1", "2a02:a440:1234:56ff:1::", "", "x",
]  # fmt: skip


@pytest.mark.parametrize(
    "networks",
    [
        ["203.0.113.0/24"],
        ["198.51.100.64/26"],
        ["10.0.0.0/8", "203.0.113.0/32"],
        ["203.0.112.0/22"],
        ["2001:db8:1::/48"],
        ["2001:db8::/48"],
        ["2001:db8::/32"],
        ["2a02:a440:1234:5600::/56"],
        ["2001:db8:1::5"],
        [],
    ],
)
def test_an_address_lies_in_a_network_as_python_says(open_database: OpenStore, networks: list[str]) -> None:
    """Neither database compares networks alike, so a network becomes beginnings of text; Python is the judge."""
    from ipaddress import ip_address, ip_network

    store = open_database([])
    rows = values(column("address", String), name="rows").data([(one,) for one in ADDRESSES]).cte("rows")
    with store.read() as session:
        got = set(session.scalars(select(rows.c.address).where(in_networks(rows.c.address, networks))))

    real = [one for one in ADDRESSES if one not in ("", "x")]
    nets = [ip_network(one) for one in networks]
    assert got == {one for one in real if any(ip_address(one) in net for net in nets)}


def test_a_network_that_cannot_be_cut_is_refused() -> None:
    """A typing mistake, or a range that would become thousands of parts, is said before anything runs."""
    assert [check_network(one) for one in ("203.0.113.0/24", "school", "2001:db8::/33", "2001:db8::/48")] == [
        True, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize("network", ["0.0.0.0/0", "128.0.0.0/1", "::/0"])
def test_a_network_that_holds_half_the_world_is_refused(network: str) -> None:
    """With it every attacker is 'at school', and the rules about attacks are off without a word."""
    assert not check_network(network)


def test_a_device_without_a_user_has_an_unknown_population(open_database: OpenStore) -> None:
    """Shared devices have an empty user; rules must be able to say so."""
    store = open_database(DATASETS)
    place(store, "account", "dewi", population="pupil", school="EIK")
    put(store, "managed-devices", [
        {"device_id": "1", "account_id": "dewi", "last_sync": MONDAY - 40 * DAY},
        {"device_id": "2", "account_id": ""}, {"device_id": "3"},
    ])  # fmt: skip

    rows = {row["device_id"]: row for row in rows_of(store, "managed-devices")}

    assert [rows[key]["population"] for key in "123"] == ["pupil", "unknown", "unknown"]
    assert [rows[key]["last_sync_days"] for key in "123"] == [40, None, None]


def user(group: str, member: str) -> dict[str, str]:
    """A person in a group."""
    return {"group_id": group, "member_id": member, "kind": "#microsoft.graph.user"}


def group_in(outer: str, inner: str) -> dict[str, str]:
    """A group in a group."""
    return {"group_id": outer, "member_id": inner, "kind": "#microsoft.graph.group"}


def a_board_with_places(store: Store) -> None:
    """Bram stands in Club, which lies in Personeel, which lies in Iedereen, which lies in Club: a circle."""
    put(store, "accounts", [
        {"account_id": one, "name": one.title(), "upn": f"{one}@x", "enabled": True} for one in ("anna", "bram", "eva")
    ])  # fmt: skip
    put(store, "groups", [{"group_id": one, "name": one.title()} for one in ("club", "personeel", "iedereen", "koor")])
    circle = [group_in("personeel", "club"), group_in("iedereen", "personeel"), group_in("club", "iedereen")]
    put(store, "group-members", [*circle, user("club", "bram"), user("koor", "bram"), user("personeel", "anna")])
    put(store, "sites", [{"site_id": "s1", "name": "Zorg"}, {"site_id": "s2", "name": "Plein"}])
    put(store, "drives", [{"drive_id": f"d{n}", "site_id": f"s{n}", "name": "Documenten"} for n in (1, 2)])
    never = datetime(1, 1, 1, tzinfo=UTC)
    put(store, "drive-permissions", [
        {"drive_id": "d1", "permission_id": "1", "roles": ["write"], "group_id": "personeel", "expires": never},
        {"drive_id": "d1", "permission_id": "2", "roles": ["owner"], "user_id": "bram"},
        {"drive_id": "d2", "permission_id": "3", "roles": ["read"], "user_id": "eva"},
        {"drive_id": "d2", "permission_id": "4", "roles": ["read"], "user_id": "anna", "expires": MONDAY - DAY},
        {"drive_id": "d2", "permission_id": "5", "roles": ["read"], "site_group": "Eigenaren"},
    ])  # fmt: skip
    place(store, "group", "personeel", zone="staff", school="EIK")
    place(store, "site", "s1", zone="staff", school="EIK")
    place(store, "account", "bram", population="pupil", school="EIK")


def test_access_follows_groups_in_groups_and_rights_on_libraries(open_database: OpenStore) -> None:
    """Circles of groups exist and must end; a place is one row, whatever the number of ways to it."""
    store = open_database(DATASETS)
    a_board_with_places(store)

    rows = rows_of(store, "access")

    ways = {(row["account_id"], row["resource_id"]): (row["right"], row["via"]) for row in rows}
    assert len(ways) == len(rows)
    assert ways == {
        ("anna", "personeel"): ("member", "rechtstreeks"),
        ("anna", "iedereen"): ("member", "Personeel"),
        ("anna", "club"): ("member", "Personeel"),
        ("anna", "s1"): ("write", "Personeel"),
        ("bram", "club"): ("member", "rechtstreeks"),
        ("bram", "koor"): ("member", "rechtstreeks"),
        ("bram", "personeel"): ("member", "Club"),
        ("bram", "iedereen"): ("member", "Club"),
        ("bram", "s1"): ("owner", "Club"),
        ("eva", "s2"): ("read", "rechtstreeks"),
    }
    bram = next(row for row in rows if (row["account_id"], row["resource_id"]) == ("bram", "s1"))
    assert bram["ways"] == 2
    assert (bram["population"], bram["zone"], bram["resource_school"], bram["resource_kind"]) == (
        "pupil", "staff", "EIK", "site",
    )  # fmt: skip


def test_one_board_never_sees_another(open_database: OpenStore) -> None:
    """Many boards may share one database; every view holds the rows of one."""
    store = open_database(DATASETS)
    a_full_board(store)
    other = second_board(store)

    with other.read() as session:
        counts = {
            name: session.scalar(select(func.count()).select_from(view.selectable))
            for name, view in views(other, MONDAY).items()
        }
    assert counts.pop("sources") == len(DATASETS)
    assert {(row["state"], row["last_event"]) for row in rows_of(other, "sources")} == {("NEVER", None)}
    assert counts.pop("school-years") == 2  # every board has a school year of now and one that comes
    assert counts.pop("device-inventory") == 1
    assert [(row["managed"], row["not_on_list"]) for row in rows_of(other, "device-inventory")] == [(0, 0)]
    assert set(counts.values()) == {0}


def a_full_board(store: Store) -> None:
    """A row at least for every view, and every join."""
    a_board_with_places(store)
    put(store, "mfa-registration", [{"account_id": "anna", "mfa_capable": True}])
    put(store, "managed-devices", [{"device_id": "1", "account_id": "bram"}])
    put(store, "staff-list", [{"employee_number": "1", "school": "EIK", "start_date": "2020-08-01", "name": "Anna"}])
    put(store, "pupil-list", [{"pupil_number": "1", "upn": "bram@x", "school": "EIK"}])
    put(store, "group-owners", [{"group_id": "club", "owner_id": "anna", "kind": "#microsoft.graph.user"}])
    a_full_directory(store)
    with store.write() as session:
        session.add(Gauge(tenant_id=store.tenant, name="clock_offset_seconds", value=store.tenant, measured_at=MONDAY))
        mail: dict[str, Any] = {
            "message_id": f"<{store.tenant}>",
            "kind": "alert",
            "subject": "",
            "text": "",
            "html": "",
        }
        session.add(Outbox(tenant_id=store.tenant, mail_id=1, recipients=[], created_at=MONDAY, **mail))
        judged: dict[str, Any] = {"rule": "stale-device", "rule_hash": "", "outcome": "ok"}
        session.add(Evaluation(tenant_id=store.tenant, evaluation_id=1, at=MONDAY, **judged))
        written: dict[str, Any] = {
            "tenant_id": store.tenant,
            "opened_at": MONDAY,
            "opened_by": "",
            "changed_at": MONDAY,
        }
        session.add(Incident(incident_id=store.tenant, title="", aware_at=MONDAY, **written))
        asked: dict[str, Any] = {"kind": "access", "about": "", "received_at": MONDAY, "due_at": MONDAY}
        session.add(PrivacyRequest(request_id=store.tenant, **asked, **written))
        seen: dict[str, Any] = {"viewer": f"v{store.tenant}", "viewer_name": "", "whom": "p", "page": "reveal"}
        seen |= {"at": MONDAY - HOUR * store.tenant, "open_finding": False, "tenant_id": store.tenant}
        session.add(PersonView(view_id=store.tenant, **seen))
        session.add(a_review(store.tenant, store.tenant, MONDAY - store.tenant * DAY))
        noted: dict[str, Any] = {"rule": "stale-device", "subject": "1", "level": "high"}
        noted |= dict.fromkeys(("opened_at", "changed_at", "due_at"), MONDAY - store.tenant * DAY)
        session.add(Alert(tenant_id=store.tenant, alert_id=1, **noted))
        review(session, store, "Chris", MONDAY - store.tenant * HOUR)
        a_comparison(session, store)


def a_comparison(session: Session, store: Store) -> None:
    """A right that the matrix does not give, and a review in which Anna decided about herself."""
    number = store.tenant + 100
    mine: dict[str, Any] = {"tenant_id": store.tenant, "review_id": number}
    where: dict[str, Any] = {"place_kind": "group", "place_id": "club", "place_name": "Club"}
    session.add(MatrixDifference(tenant_id=store.tenant, holder_kind="person", holder_id="anna", way="more", **where))
    session.add_all([a_review(store.tenant, number, MONDAY), an_item(mine, "anna")])
    session.add_all([a_decision(mine, "anna@x"), a_signoff(mine, number, "anna@x")])


def a_full_directory(store: Store) -> None:
    """A role, how people must sign in, and an emergency account that was used."""
    put(store, "role-definitions", [{"role_id": "global", "name": "Global Administrator"}])
    put(store, "role-assignments", [{"assignment_id": "1", "principal_id": "anna", "role_id": "global", "scope": "/"}])
    left_out = {"users": {"excludeUsers": ["anna"], "excludeGroups": [], "excludeRoles": []}}
    put(store, "conditional-access", [{"policy_id": "1", "name": "MFA", "state": "enabled", "conditions": left_out}])
    put(store, "security-defaults", [{"policy_id": "1", "enabled": False}])
    put(store, "sign-in-activity", [{"account_id": "anna", "last_success": MONDAY}])
    place(store, "account", "eva", population="break_glass")
    signed_in = {"id": "2", "at": MONDAY, "account_id": "eva", "ip_address": "203.0.113.7", "error_code": 0}
    first = {"id": "1", "at": MONDAY, "account_id": "anna", "ip_address": "203.0.113.7"}
    place(store, "account", "robot", population="service")
    by_robot = {"id": "3", "at": MONDAY, "account_id": "robot", "ip_address": "203.0.113.7", "error_code": 0}
    failed = {"id": "4", "at": MONDAY, "account_id": "anna", "ip_address": "198.51.100.7", "error_code": 50126}
    put(store, "sign-ins", [first, signed_in, by_robot, failed])


def test_no_join_brings_in_what_another_board_knows(open_database: OpenStore) -> None:
    """The same ids may stand in two boards (a partner moves one): a join across would show one board to the other."""
    store = open_database(DATASETS)
    a_full_board(store)
    alone = everything(store)
    other = second_board(store)
    a_full_board(other)
    place(other, "account", "anna", population="pupil", school="WILG", employed_until=MONDAY - DAY)
    place(other, "group", "club", zone="staff")
    put(other, "accounts", [{"account_id": one, "name": "Eva", "enabled": True} for one in ("anna", "bram", "dewi")])
    put(other, "mfa-registration", [{"account_id": one, "mfa_capable": False} for one in ("anna", "bram")])
    put(other, "group-members", [user("iedereen", "eva"), group_in("koor", "club")])

    assert [name for name, rows in alone.items() if not rows] == []
    beside = everything(store)
    for name, rows in alone.items():
        assert in_order(beside[name]) == in_order(rows), name


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """All rows of all views."""
    with store.read() as session:
        made = views(store, MONDAY).items()
        return {name: [dict(row._mapping) for row in session.execute(select(one.selectable))] for name, one in made}


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in an order that does not depend on the database."""
    return sorted(rows, key=repr)


def test_what_a_view_adds_to_an_event_is_known_to_change() -> None:
    """The lists of the board decide about old events too; a column that is not watched would be judged once."""
    view = layout(DATASETS)["sign-ins"]
    fields = {field.name for dataset in DATASETS if dataset.name == "sign-ins" for field in dataset.fields}

    only_said = {"device_name"}  # in the line of a mail; no rule decides by it
    assert set(view.columns) - fields - {"at_days", "log", "subnet"} - only_said == set(view.context)


def test_every_connector_that_a_view_names_is_there() -> None:
    """What decides a column must be read; a name that is none would never be asked for."""
    known = {path.stem for path in content_files("connectors", ".toml")}
    for view in layout(DATASETS).values():
        assert view.sources | set(view.joined.values()) <= known
        assert set(view.joined) <= set(view.columns) | {"function", "on_staff_list"}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_reads_whole_views_by_hash(open_database: OpenStore) -> None:
    """Right after the first collecting it has no statistics: all accounts times all placements took minutes."""
    store = open_database(DATASETS)
    a_full_board(store)

    with store.read() as session:
        for view in views(store, MONDAY).values():
            with whole_views(session):
                plan = session.execute(explained(session, view)).scalar_one()
            assert not list(slow_loops(plan[0]["Plan"])), view.name
        assert session.scalar(text("SHOW enable_nestloop")) == "on"


def slow_loops(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The places where each row of one table is held against each row of another.

    A loop over the few policies of a board, or over the words within one, is none.
    """
    inner = node.get("Plans", [])
    if node["Node Type"] == "Nested Loop" and all(reads_a_table(one) for one in inner):
        yield node
    for one in inner:
        yield from slow_loops(one)


def reads_a_table(node: dict[str, Any]) -> bool:
    """Whether rows of a table come in somewhere below here."""
    return "Relation Name" in node or any(reads_a_table(one) for one in node.get("Plans", []))


def explained(session: Session, view: View) -> Any:
    """The question how a view will be read."""
    query = select(view.selectable).compile(session.connection(), compile_kwargs={"literal_binds": True})
    return text("EXPLAIN (FORMAT JSON) " + str(query).replace(":", "\\:"))


def test_a_connector_that_a_board_adds_gets_a_view_of_its_own(open_database: OpenStore) -> None:
    """A new data source is a new file and no change in the engine."""
    store = open_database(DATASETS)
    put(store, "staff-list", [{"employee_number": "1", "school": "EIK", "start_date": "2020-08-01", "name": "Anna"}])

    assert [row["name"] for row in rows_of(store, "staff-list")] == ["Anna"]


def test_the_views_can_be_known_without_a_database() -> None:
    """Rule files are checked before anything is opened; the types of what a rule may name are then known."""
    known = layout(DATASETS)

    assert {"accounts", "sign-ins", "managed-devices", "groups", "sites", "access"} <= set(known)
    assert known["accounts"].columns["created_days"] == "int"
    assert (known["sign-ins"].time, known["accounts"].time) == ("at", None)
    assert all(set(view.columns) <= set(column_names(view)) for view in known.values())


def column_names(view: View) -> list[str]:
    """The names of the columns of a view."""
    return [one.name for one in view.selectable.c]


def test_without_the_connector_of_a_join_the_view_keeps_its_shape(open_database: OpenStore) -> None:
    """A board without Entra P1 switches the registration off; the accounts are still there."""
    store = open_database([dataset for dataset in DATASETS if dataset.name != "mfa-registration"])
    put(store, "accounts", [{"account_id": "anna"}])

    row = rows_of(store, "accounts")[0]

    assert (row["mfa_reported"], row["mfa_capable"]) == (False, None)
