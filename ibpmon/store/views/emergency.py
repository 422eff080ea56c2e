"""Emergency accounts: whether they would work when it matters, and whether their use was announced."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, not_, or_, select

from ibpmon.store.civil import number
from ibpmon.store.collected import Dataset
from ibpmon.store.json_lists import json_member
from ibpmon.store.view import PLACEMENT, Columns, Entry, Here, View, own, view

ANNOUNCEMENT: Columns = {"account": "text", "starts": "time", "until": "time", "address": "text", "reason": "text"}


def emergency_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Sign-ins of emergency accounts."""
    return announced_view("emergency-sign-ins", "break_glass", here, datasets)


def services_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Sign-ins with the accounts of services."""
    return announced_view("service-sign-ins", "service", here, datasets)


def announced_view(name: str, population: str, here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Sign-ins of one kind of account; announced is what an announcement names: account, time and address.

    Without announcements nothing is announced: a list that is not there excuses nobody.
    """
    table = here.data["sign-ins"]
    placed, place_fits = here.place("account", table.c.account_id, "emergency")
    said = here.part("announcements", ANNOUNCEMENT, "announced")
    entries: list[Entry] = [
        *own(table, datasets["sign-ins"]),
        ("population", placed.c.population, "text"),
        ("announced", announced(table, said).exists(), "bool"),
        ("announced_reason", announced(table, said).limit(1).scalar_subquery(), "text"),
    ]
    everything = select(*(said.c[name] for name in ANNOUNCEMENT)).order_by(said.c.account, said.c.starts)
    these = and_(here.mine(table), placed.c.population == population)
    return view(
        name, here, entries, table.join(placed, place_fits), ["sign-ins"], where=these,
        joined={"population": "accounts"}, event=("at", table),
        context={
            "population": here.known_of_accounts(PLACEMENT.c.population),
            "announced": everything,
            "announced_reason": everything,
        },
    )  # fmt: skip


def announced(table: Any, said: Any) -> Any:
    """The announcements that fit a sign-in; one without an address fits every address."""
    at, starts, until = (number(column) for column in (table.c.at, said.c.starts, said.c.until))
    same = func.lower(said.c.account) == func.lower(table.c.upn)
    here = or_(said.c.address.is_(None), said.c.address == "", said.c.address == table.c.ip_address)
    return select(said.c.reason).where(same, starts <= at, at < until, here).order_by(said.c.starts)


# ---- the accounts themselves

POLICY: Columns = {"policy_id": "text", "state": "text", "conditions": "list", "controls": "list"}
ACCOUNT: Columns = {
    "account_id": "text", "name": "text", "upn": "text", "enabled": "bool", "synced": "bool", "created": "time"
}  # fmt: skip
STRONG = ("%fido2%", "%passKey%", "%windowsHello%", "%x509%")


def emergency_accounts_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each emergency account that is on: which policies keep it out, how it signs in, when it last came in."""
    account = here.part("accounts", ACCOUNT, "emergency_account")
    placed, fits = here.place("account", account.c.account_id, "emergency_account_place")
    report = here.part("mfa-registration", {"account_id": "text", "methods": "list"}, "emergency_methods")
    used = here.part("sign-in-activity", {"account_id": "text", "last_success": "time"}, "emergency_used")
    methods = cast(report.c.methods, Text)
    entries: list[Entry] = [
        *((name, account.c[name], kind) for name, kind in ACCOUNT.items()),
        ("population", placed.c.population, "text"),
        ("blocked_by", blocking(here, account), "int"),
        ("strong_method", or_(*(methods.like(one) for one in STRONG)), "bool"),
        ("last_success", used.c.last_success, "time"),
    ]
    rows = account.join(placed, fits).outerjoin(report, report.c.account_id == account.c.account_id)
    rows = rows.outerjoin(used, used.c.account_id == account.c.account_id)
    joined = {
        "blocked_by": "conditional-access", "strong_method": "mfa-registration", "last_success": "sign-in-activity"
    }  # fmt: skip
    emergency = and_(account.c.enabled, placed.c.population == "break_glass")
    return view("emergency-accounts", here, entries, rows, ["accounts"], joined=joined, where=emergency)


def blocking(here: Here, account: Any) -> ColumnElement[Any]:
    """How many policies that are on block everyone and leave this account, and its groups, not out."""
    policy = here.part("conditional-access", POLICY, "blocking_policy")
    member = here.part("group-members", {"group_id": "text", "member_id": "text"}, "emergency_member")
    users = json_member(policy.c.conditions, "users")
    everyone = cast(json_member(users, "includeUsers"), Text).like('%"All"%')
    blocks = and_(policy.c.state == "enabled", cast(policy.c.controls, Text).like('%"block"%'), everyone)
    itself = names(json_member(users, "excludeUsers"), account.c.account_id)
    inside = names(json_member(users, "excludeGroups"), member.c.group_id)
    by_group = select(member.c.group_id).where(member.c.member_id == account.c.account_id, inside)
    found = (
        select(func.count())
        .select_from(policy)
        .where(blocks, not_(or_(itself, by_group.correlate(policy, account).exists())))
    )
    return found.scalar_subquery()


def names(ids: ColumnElement[Any], key: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a list of ids holds this one."""
    return func.coalesce(cast(ids, Text).like(literal('%"').concat(key).concat('"%')), literal(False))
