"""The tenant as a whole: one row per board with counts, and one row for each of its settings."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, null, or_, select, true, union_all

from ibpmon.store.collected import Dataset
from ibpmon.store.json_lists import rows_of, text_member
from ibpmon.store.view import Columns, Entry, Here, View, own, view
from ibpmon.store.views.licences import P1, P2, has_plan
from ibpmon.store.views.roles import GLOBAL, holdings

UNIFIED = "62375ab9-6b52-47ed-826b-58e47e0e304b"  # Microsoft's template of the settings for groups
POLICY: Columns = {"policy_id": "text", "state": "text", "conditions": "list", "controls": "list"}


def tenant_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """The board with its counts; a count is of what was read, so a rule on it names what it counts in `needs`."""
    table = here.data["organization"]
    entries: list[Entry] = [
        *own(table, datasets["organization"]),
        ("global_admins", global_admins(here), "int"),
        ("emergency_accounts", emergency_accounts(here), "int"),
        ("policies_against_legacy", policies_against_legacy(here), "int"),
        ("security_defaults", security_defaults(here), "bool"),
        ("groups_by_all", groups_by_all(here), "bool"),
        ("has_p1", or_(has_plan(here, P1), has_plan(here, P2)), "bool"),
        ("has_p2", has_plan(here, P2), "bool"),
    ]
    joined = {
        "global_admins": "role-assignments", "emergency_accounts": "accounts", "security_defaults": "security-defaults",
        "policies_against_legacy": "conditional-access", "has_p1": "licences", "has_p2": "licences",
        "groups_by_all": "group-settings",
    }  # fmt: skip
    return view("tenant", here, entries, table, ["organization"], joined=joined, where=here.mine(table))


def global_admins(here: Here) -> ColumnElement[Any]:
    """How many accounts are Global Administrator, by themselves or through a group, besides emergency accounts."""
    held = holdings(here, "counted")
    account = here.part("accounts", {"account_id": "text"}, "counted_account")
    placed, fits = here.place("account", held.c.principal_id, "counted_place")
    rows = held.join(account, account.c.account_id == held.c.principal_id).outerjoin(placed, fits)
    besides = func.coalesce(placed.c.population, "") != "break_glass"
    found = select(func.count(held.c.principal_id.distinct())).select_from(rows)
    return found.where(held.c.template_id == GLOBAL, held.c.how == "active", besides).scalar_subquery()


def emergency_accounts(here: Here) -> ColumnElement[Any]:
    """How many emergency accounts there are that are on."""
    account = here.part("accounts", {"account_id": "text", "enabled": "bool"}, "emergency_account")
    placed, fits = here.place("account", account.c.account_id, "emergency_place")
    found = select(func.count()).select_from(account.join(placed, fits))
    return found.where(account.c.enabled, placed.c.population == "break_glass").scalar_subquery()


def policies_against_legacy(here: Here) -> ColumnElement[Any]:
    """How many policies that are on keep old ways of signing in out."""
    policy = here.part("conditional-access", POLICY, "legacy_policy")
    conditions, controls = cast(policy.c.conditions, String), cast(policy.c.controls, String)
    old_ways = or_(conditions.like('%"other"%'), conditions.like('%"exchangeActiveSync"%'))
    blocks = and_(policy.c.state == "enabled", controls.like('%"block"%'), old_ways)
    return select(func.count()).select_from(policy).where(blocks).scalar_subquery()


def security_defaults(here: Here) -> ColumnElement[Any]:
    """Whether Microsoft's own minimum is on."""
    policy = here.part("security-defaults", {"policy_id": "text", "enabled": "bool"}, "defaults")
    return select(policy.c.enabled).limit(1).scalar_subquery()


def groups_by_all(here: Here) -> ColumnElement[bool]:
    """Whether everybody may make Microsoft 365 groups and teams: so it is where no setting says otherwise."""
    settings = here.part("group-settings", {"template_id": "text", "told": "list"}, "group_setting")
    one = rows_of(settings.c.told, "told_setting")
    said = select(func.max(func.lower(text_member(one.c.value, "value"))))
    of_groups = said.select_from(settings.join(one, true())).where(
        settings.c.template_id == UNIFIED, text_member(one.c.value, "name") == "EnableGroupCreation"
    )
    return func.coalesce(of_groups.scalar_subquery(), "true") != "false"  # only a plain no is one


# ---- settings

# setting: what it should be, and how bad each other value is
SHARING_LEVELS = ("disabled", "existingExternalUserSharingOnly", "externalUserSharingOnly")


def settings_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each setting of the tenant that was read, what it is, and whether it is looser than the baseline."""
    table = here.data["sharing-settings"]
    level = and_(table.c.sharing.is_not(None), table.c.sharing.not_in(SHARING_LEVELS))
    told = (
        ("sharing", table.c.sharing, level),
        ("resharing", word(table.c.resharing), table.c.resharing),
        ("match_invited", word(table.c.match_invited), ~table.c.match_invited),
        ("legacy_sign_in", word(table.c.legacy_sign_in), table.c.legacy_sign_in),
    )
    return view_of_settings("tenant-settings", here, "sharing-settings", told)


MEMBER = "a0b1b346-4d3e-4e8b-98f8-753987be4970"  # the role that gives a guest what a member has
BY_ONESELF = "ManagePermissionGrantsForSelf."


def rights_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """What guests, and people without a role, may do by default, and whether that is more than the baseline."""
    table = here.data["authorization-policy"]
    consents = cast(table.c.consents, String)
    told = (
        ("guest_rights", table.c.guest_role, table.c.guest_role == MEMBER),
        ("user_consent", consents, consents.contains(BY_ONESELF, autoescape=True)),
    )
    return view_of_settings("default-rights", here, "authorization-policy", told)


Setting = tuple[str, ColumnElement[Any], ColumnElement[Any]]  # its name, what it is, whether that is looser


def view_of_settings(name: str, here: Here, source: str, told: Sequence[Setting]) -> View:
    """A row per setting: what it is, both in one word for a list of what was approved, and whether it is looser."""
    mine = here.mine(here.data[source])
    rows = union_all(
        *(
            select(literal(setting).label("setting"), value.label("value"), looser.label("looser")).where(mine)
            for setting, value, looser in told
        )
    ).subquery("settings")
    kinds: Columns = {"setting": "text", "value": "text", "looser": "bool"}
    entries: list[Entry] = [(name, rows.c[name], kind) for name, kind in kinds.items()]
    return view(name, here, [*entries, ("said", rows.c.setting + "=" + rows.c.value, "text")], rows, [source])


def word(column: ColumnElement[Any]) -> ColumnElement[str]:
    """On or off, in a word."""
    return case((column, literal("aan")), (~column, literal("uit")), else_=cast(null(), String))
