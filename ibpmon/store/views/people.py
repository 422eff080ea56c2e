"""Accounts with whose they are, and what other views say about people too."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    select,
    type_coerce,
)

from ibpmon.store.collected import Dataset
from ibpmon.store.json_lists import rows_of
from ibpmon.store.tables import DAY
from ibpmon.store.view import Columns, Entry, Here, View, in_bytes, own, view
from ibpmon.store.views.enforcement import enforcement
from ibpmon.store.views.inside import PRIVILEGED, role_holders
from ibpmon.store.views.register import sponsor

LEAVING = dict.fromkeys(("employed_until", "days_after_leaving", "on_staff_list", "function"), "staff-list")
SIGNING_IN = dict.fromkeys(("mfa_reported", "mfa_capable", "mfa_registered", "mfa_methods"), "mfa-registration")
LAST_USE: Columns = {"last_success": "time", "last_try": "time", "last_background": "time"}
USED = dict.fromkeys((*LAST_USE, "activity_reported"), "sign-in-activity")
# `can_be_privileged` stands with no connector: without P2 there is nothing to read, and nobody can take a role
HOLDING = dict.fromkeys(("privileged", "privileged_role"), "role-assignments") | {"sponsor": "account-overrides"}
FORCED = dict.fromkeys(("mfa_enforced", "mfa_limited", "strong_enforced"), "conditional-access")

Parts = tuple[list[Entry], FromClause]


def accounts_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Accounts with whose they are, how they can sign in and when they did, and whether they administer."""
    entries, rows = account_parts(here, datasets)
    entry, rows = with_unenrolled(here, entries, rows)
    entries.append(entry)
    joined = LEAVING | SIGNING_IN | USED | HOLDING | {"contract": "staff-list", "unenrolled": "pupil-list"}
    mine = here.mine(here.data["accounts"])
    return view("accounts", here, entries, rows, ["accounts"], joined=joined, where=mine, school_days=True)


def protection_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Accounts with what they must pass to come in; apart, because that asks more than most rules need."""
    entries, rows = account_parts(here, datasets)
    forced = enforcement(here)
    entries += [(name, forced.c[name], "bool") for name in FORCED]
    rows = rows.outerjoin(forced, forced.c.account_id == here.data["accounts"].c.account_id)
    joined = LEAVING | SIGNING_IN | USED | HOLDING | {"contract": "staff-list"} | FORCED
    mine = here.mine(here.data["accounts"])
    return view("account-protection", here, entries, rows, ["accounts"], joined=joined, where=mine, school_days=True)


def rights_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Accounts with how many groups, ownerships, roles, applications, devices and licences they have themselves."""
    entries, rows = account_parts(here, datasets)
    for name, (source, holder) in RIGHTS.items():
        held = counted(here, source, holder)
        entries.append((name, func.coalesce(held.c.number, literal(0, BigInteger)), "int"))
        rows = rows.outerjoin(held, held.c.holder == here.data["accounts"].c.account_id)
    licence = rows_of(here.data["accounts"].c.licences, "licence")
    entries.append(("licence_count", select(func.count(licence.c.value)).scalar_subquery(), "int"))
    joined = LEAVING | SIGNING_IN | USED | HOLDING | {"contract": "staff-list"}
    # without Intune there are no managed devices: that rule on rights must not wait for them
    joined |= {name: source for name, (source, _holder) in RIGHTS.items() if name != "devices"}
    return view(
        "account-rights", here, entries, rows, ["accounts"], joined=joined, where=here.mine(here.data["accounts"])
    )


# what someone may have: the connector that tells it, and the field with who has it
RIGHTS = {
    "groups": ("group-members", "member_id"),
    "owned": ("group-owners", "owner_id"),
    "roles": ("role-assignments", "principal_id"),
    "app_roles": ("application-consents", "principal_id"),
    "devices": ("managed-devices", "account_id"),
}
RETURNED = ("Reserve", "Overgenomen")  # categories of devices that are back, or not the school's any more


def counted(here: Here, source: str, holder: str) -> Subquery:
    """How many of these each one has."""
    alias = source.replace("-", "_")
    row = here.part(source, {holder: "text", "category": "text"}, f"had_{alias}")
    kept = select(row.c[holder].label("holder"), func.count().label("number")).group_by(row.c[holder])
    if source == "managed-devices":
        kept = kept.where(func.coalesce(row.c.category, "").not_in(RETURNED))
    return kept.subquery(f"by_{alias}")


def account_parts(here: Here, datasets: Mapping[str, Dataset]) -> Parts:
    """The columns about an account, and the rows they come from."""
    table = here.data["accounts"]
    placed, place_fits = here.place("account", table.c.account_id, "place")
    report = here.part(
        "mfa-registration", {"account_id": "text", "mfa_capable": "bool", "mfa_registered": "bool", "methods": "list"}
    )
    used, held, contract = (
        here.part("sign-in-activity", {"account_id": "text", **LAST_USE}),
        administers(here),
        contracts(here),
    )
    entries: list[Entry] = [
        *own(table, datasets["accounts"]),
        *person_entries(placed),
        ("function", func.coalesce(placed.c.function, ""), "text"),
        ("person", func.coalesce(placed.c.person, ""), "text"),
        ("conflict", func.coalesce(placed.c.conflict, ""), "text"),
        ("sponsor", sponsor(here, table), "text"),
        ("placed_by", func.coalesce(placed.c.reason, ""), "text"),
        ("on_staff_list", placed.c.on_staff_list, "bool"),
        ("contract", func.coalesce(contract.c.contract, ""), "text"),
        ("days_after_leaving", days_after(literal(here.now, BigInteger), placed.c.employed_until), "int"),
        ("mfa_reported", report.c.account_id.is_not(None), "bool"),
        ("mfa_capable", report.c.mfa_capable, "bool"),
        ("mfa_registered", report.c.mfa_registered, "bool"),
        ("mfa_methods", report.c.methods, "list"),
        ("activity_reported", used.c.account_id.is_not(None), "bool"),
        *((name, happened(used.c[name]), kind) for name, kind in LAST_USE.items()),
        ("privileged", func.coalesce(held.c.active == 1, literal(False)), "bool"),
        ("can_be_privileged", func.coalesce(held.c.active == 0, literal(False)), "bool"),
        ("privileged_role", func.coalesce(held.c.role, ""), "text"),
    ]
    rows = table.outerjoin(placed, place_fits).outerjoin(report, report.c.account_id == table.c.account_id)
    rows = rows.outerjoin(used, used.c.account_id == table.c.account_id)
    rows = rows.outerjoin(held, held.c.account_id == table.c.account_id)
    return entries, rows.outerjoin(contract, contract.c.employee_number == placed.c.person)


def with_unenrolled(here: Here, entries: list[Entry], rows: FromClause) -> tuple[Entry, FromClause]:
    """Since when a pupil is on the list as no longer enrolled: as the list says, else since the list first said so."""
    known = {name: column for name, column, _kind in entries}
    fields: Columns = {"pupil_number": "text", "enrolled": "bool", "left_on": "time", "first_seen": "time"}
    pupil = here.part("pupil-list", fields, "former")
    mine = and_(known["population"] == "pupil", pupil.c.pupil_number == known["person"])
    since = case((pupil.c.enrolled.is_(False), func.coalesce(pupil.c.left_on, pupil.c.first_seen)), else_=null())
    return ("unenrolled", since, "time"), rows.outerjoin(pupil, mine)


def happened(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """A moment that was; Graph writes the year 1 for what never happened."""
    return case((type_coerce(moment, BigInteger) > 0, moment), else_=null())


def administers(here: Here) -> Subquery:
    """Who holds one of the most powerful roles (`active` 1) or could take one (0), with the first role by name."""
    held = role_holders(here, "administrator")
    return (
        select(
            held.c.account_id, func.max(held.c.active).label("active"), func.min(in_bytes(held.c.role)).label("role")
        )
        .where(held.c.template_id.in_(PRIVILEGED))
        .group_by(held.c.account_id)
        .subquery("administers")
    )


def contracts(here: Here) -> Subquery:
    """The kind of contract per employee, as the staff list words it; of several the first by name."""
    line = here.part("staff-list", {"employee_number": "text", "contract": "text"}, "contract_line")
    kind = func.min(in_bytes(line.c.contract)).label("contract")
    return select(line.c.employee_number, kind).group_by(line.c.employee_number).subquery("contracts")


def person_entries(placed: FromClause) -> list[Entry]:
    """What kind of account it is, at which school, and until when its person works here."""
    return [
        ("population", func.coalesce(placed.c.population, "unknown"), "text"),
        ("school", func.coalesce(placed.c.school, ""), "text"),
        ("employed_until", placed.c.employed_until, "time"),
    ]


def days_after(moment: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[int]:
    """On which day after the last contract this was: 1 is the first day; NULL for who had not left.

    `until` is the midnight that ends the last day of the contract.
    """
    gone = type_coerce(moment, BigInteger) - type_coerce(until, BigInteger)
    return type_coerce(
        case((gone >= 0, gone // literal(DAY, BigInteger) + literal(1, BigInteger)), else_=null()), BigInteger
    )
