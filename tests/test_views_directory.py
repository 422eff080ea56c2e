"""Acts of administrators as rules see them: one row for each thing that an act changed, on both databases."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.views import views
from ibpmon.store.views.roles import GLOBAL
from tests.conftest import MONDAY, OpenStore
from tests.judging import place, put

NAMES = ("accounts", "directory-audits", "groups", "group-members", "role-assignments")
DATASETS: list[Dataset] = [one.dataset for name, one in load_connectors(Content()).items() if name in NAMES]


def rows_of(store: Store) -> list[dict[str, Any]]:
    """All rows of the view, in the order of the acts."""
    view = views(store, MONDAY)["directory-changes"]
    with store.read() as session:
        found = session.execute(select(view.selectable).order_by(view.selectable.c.at, view.selectable.c.target_id))
        return [dict(row._mapping) for row in found]


def act(number: int, activity: str, targets: Any, **more: Any) -> dict[str, Any]:
    """An act in the log."""
    at = MONDAY + timedelta(minutes=number)
    return {"id": f"act{number}", "at": at, "activity": activity, "targets": targets, "actor_id": "anna", **more}


def target(key: str, kind: str, *changed: tuple[str, Any, Any], **more: Any) -> dict[str, Any]:
    """What an act changed, as the log tells it: what was and what is stand as JSON in a text."""
    told = [
        {"displayName": name, "oldValue": old and json.dumps(old), "newValue": new and json.dumps(new)}
        for name, old, new in changed
    ]
    return {"id": key, "type": kind, "displayName": None, "modifiedProperties": told, **more}


def test_what_kind_of_account_it_became_is_not_what_kind_it_is(open_database: OpenStore) -> None:
    """Microsoft writes the kind of the account with every change; only with a change of the kind it was another."""
    store = open_database(DATASETS)
    known = ("TargetId.UserType", None, "Member")
    put(store, "directory-audits", [
        act(1, "Update user", [target("a", "User", ("Department", ["ICT"], ["HR"]), known)]),
        act(2, "Update user", [target("b", "User", ("UserType", ["Guest"], ["Member"]), known)]),
        act(3, "Update user", [target("c", "User", ("UserType", None, ["Member"]), known)]),
    ])  # fmt: skip

    told = {row["target_id"]: (row["user_type_before"], row["user_type"]) for row in rows_of(store)}

    assert told == {"a": (None, None), "b": ("[Guest]", "[Member]"), "c": (None, "[Member]")}


def test_an_act_is_a_row_for_each_thing_that_it_changed(open_database: OpenStore) -> None:
    """A rule asks who got which role; the log keeps that as lists in lists."""
    store = open_database(DATASETS)
    place(store, "account", "bram", population="pupil")
    role = (("Role.DisplayName", None, "Global Administrator"), ("Role.TemplateId", None, GLOBAL))
    given = [target("bram", "User", *role, userPrincipalName="bram@school.example"), target(GLOBAL, "Role")]
    put(store, "directory-audits", [act(1, "Add member to role", given)])

    person, thing = sorted(rows_of(store), key=lambda row: str(row["target_kind"]), reverse=True)

    assert (person["target_id"], person["target_name"], person["target_population"]) == (
        "bram", "bram@school.example", "pupil",
    )  # fmt: skip
    assert (person["role"], person["role_template"], person["privileged_role"]) == (
        "Global Administrator",
        GLOBAL,
        True,
    )
    assert (person["property"], person["new_value"]) == ("Role.DisplayName", '"Global Administrator"')
    assert [one["displayName"] for one in person["properties"]] == ["Role.DisplayName", "Role.TemplateId"]
    assert (thing["target_id"], thing["role_template"], thing["privileged_role"]) == (GLOBAL, GLOBAL, True)


def test_an_act_on_nothing_is_seen_too(open_database: OpenStore) -> None:
    """Microsoft leaves the list out, empty, or fills it with something else; the act happened all the same."""
    store = open_database(DATASETS)
    nothing: list[Any] = [[], None]
    acts = [act(number, "Add member to group", targets) for number, targets in enumerate(nothing)]
    put(store, "directory-audits", acts)

    assert [(row["id"], row["target_id"], row["privileged_role"]) for row in rows_of(store)] == [
        ("act0", None, False), ("act1", None, False),
    ]  # fmt: skip


def test_what_an_act_took_away_is_told(open_database: OpenStore) -> None:
    """Of a role that was removed only the old value is there."""
    store = open_database(DATASETS)
    taken = [target("bram", "User", ("Role.TemplateId", GLOBAL, None))]
    put(store, "directory-audits", [act(1, "Remove member from role", taken)])

    assert [row["privileged_role"] for row in rows_of(store)] == [True]


def test_the_actor_is_an_administrator_by_a_role_or_by_a_group_with_a_role(open_database: OpenStore) -> None:
    """Who sits in a group that holds a role is as much an administrator as who holds it alone."""
    store = open_database(DATASETS)
    put(store, "role-assignments", [
        {"assignment_id": "1", "principal_id": "anna", "role_id": GLOBAL},
        {"assignment_id": "2", "principal_id": "ict", "role_id": GLOBAL},
    ])  # fmt: skip
    put(store, "group-members", [{"group_id": "ict", "member_id": "bram"}])
    place(store, "account", "chris", population="staff")
    put(store, "directory-audits", [
        act(number, "Update user", [target("eva", "User")], actor_id=who)
        for number, who in enumerate(["anna", "bram", "chris", None])
    ])  # fmt: skip

    assert [(row["actor_is_admin"], row["actor_population"]) for row in rows_of(store)] == [
        (True, "unknown"), (True, "unknown"), (False, "staff"), (False, "unknown"),
    ]  # fmt: skip


def test_a_group_that_can_hold_a_role_is_known(open_database: OpenStore) -> None:
    """Who puts somebody in such a group makes an administrator, and no role was assigned."""
    store = open_database(DATASETS)
    put(store, "groups", [{"group_id": "ict", "role_holder": True}, {"group_id": "team", "role_holder": None}])
    put(store, "directory-audits", [
        act(1, "Add member to group", [target("bram", "User", ("Group.ObjectID", None, "ict"))]),
        act(2, "Add member to group", [target("bram", "User", ("Group.ObjectID", None, "team"))]),
    ])  # fmt: skip

    assert [(row["group_id"], row["role_group"]) for row in rows_of(store)] == [("ict", True), ("team", False)]


def test_a_policy_guards_while_it_is_on_and_asks_or_blocks(open_database: OpenStore) -> None:
    """The policy for MFA that was off for twenty minutes stands in the log twice, and a name cannot pretend."""
    store = open_database(DATASETS)
    mfa = {"displayName": "CA01", "state": "enabled", "grantControls": {"builtInControls": ["mfa"]}}
    off, watching = mfa | {"state": "disabled"}, mfa | {"state": "enabledForReportingButNotEnforced"}
    legacy = {"state": "enabled", "conditions": {"clientAppTypes": ["other"]}, "grantControls": {"x": ["block"]}}
    device = {"state": "enabled", "grantControls": {"builtInControls": ["compliantDevice"]}}
    strong = {"state": "enabled", "grantControls": {"authenticationStrength": {"id": "4"}, "builtInControls": []}}
    named = off | {"displayName": '"state":"enabled"'}
    pairs = [(mfa, off), (off, mfa), (mfa, watching), (legacy, None), (device, off), (strong, named), (None, mfa)]
    put(store, "directory-audits", [
        act(number, "Update conditional access policy", [target("ca01", "Policy", ("ConditionalAccessPolicy", *pair))])
        for number, pair in enumerate(pairs)
    ])  # fmt: skip

    assert [(row["guarded_before"], row["guarded_after"]) for row in rows_of(store)] == [
        (True, False), (False, True), (True, False), (True, False), (False, False), (True, False), (False, True),
    ]  # fmt: skip
