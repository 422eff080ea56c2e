"""Who owns which application, and which applications nobody uses."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, func, literal, or_, select, union, union_all

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Columns, Entry, Here, View, is_one_of, log_days, view
from ibpmon.store.views.applications import writing_apps

OWNED = ("applications", "application-owners", "service-principals", "service-principal-owners")
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"  # the organisation to which Microsoft's own applications belong
APP: Columns = {"object_id": "text", "app_id": "text", "name": "text"}
PRINCIPAL: Columns = {
    "principal_id": "text", "app_id": "text", "name": "text", "kind": "text", "enabled": "bool", "owner_tenant": "text"
}  # fmt: skip


def app_owners_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """One row per application and owner; one without an owner is a row as well."""
    app, owner = apps(here), owners(here)
    account = here.part("accounts", {"account_id": "text", "name": "text", "enabled": "bool"}, "app_owner")
    report = here.part("mfa-registration", {"account_id": "text", "mfa_capable": "bool"}, "owner_mfa")
    placed, fits = here.place("account", owner.c.owner_id, "owner_place")
    entries: list[Entry] = [
        *((name, app.c[name], "text") for name in ("object_id", "app_id")),
        ("app", app.c.name, "text"),
        ("registered", app.c.registered == 1, "bool"),
        ("can_write", is_one_of(app.c.object_id, select(writing_apps(here).c.object_id)), "bool"),
        ("owner_id", owner.c.owner_id, "text"),
        ("owner_name", func.coalesce(account.c.name, owner.c.owner_id, ""), "text"),
        ("owner_enabled", account.c.enabled, "bool"),
        ("population", func.coalesce(placed.c.population, "unknown"), "text"),
        ("mfa_capable", report.c.mfa_capable, "bool"),
        ("in_register", in_register(here, app), "bool"),
    ]
    rows = app.outerjoin(owner, owner.c.object_id == app.c.object_id)
    rows = rows.outerjoin(account, account.c.account_id == owner.c.owner_id).outerjoin(placed, fits)
    rows = rows.outerjoin(report, report.c.account_id == owner.c.owner_id)
    joined = dict.fromkeys(("owner_enabled", "population"), "accounts")
    joined |= {"can_write": "application-consents", "mfa_capable": "mfa-registration", "in_register": "classification"}
    return view("app-owners", here, entries, rows, OWNED, joined=joined)


def apps(here: Here) -> Subquery:
    """What the board registered itself, and what stands here for the application of another."""
    own = here.part("applications", APP, "owned_registration")
    known = here.part("applications", APP, "known_registration")
    other = here.part("service-principals", PRINCIPAL, "owned_principal")
    registered = select(own.c.object_id, own.c.app_id, own.c.name, literal(1).label("registered"))
    supplied = select(other.c.principal_id, other.c.app_id, other.c.name, literal(0))
    supplied = supplied.where(other.c.app_id.not_in(select(known.c.app_id)))
    return union_all(registered, supplied).subquery("owned_app")


def owners(here: Here) -> Subquery:
    """The owners of an application: of its registration, and of what stands for it here."""
    return union(*(select(one) for one in ways_to_own(here))).subquery("owner_of_app")


def ways_to_own(here: Here) -> list[Subquery]:
    """Owners of registrations, of principals, and of the principal of a registration."""
    by_app = here.part("application-owners", {"object_id": "text", "owner_id": "text"}, "by_registration")
    by_principal = here.part("service-principal-owners", {"principal_id": "text", "owner_id": "text"}, "by_principal")
    principal = here.part("service-principals", PRINCIPAL, "principal_of_owner")
    app = here.part("applications", APP, "registration_of_owner")
    through = select(app.c.object_id, by_principal.c.owner_id)
    through = through.join(principal, principal.c.principal_id == by_principal.c.principal_id)
    through = through.join(app, app.c.app_id == principal.c.app_id)
    direct = select(by_principal.c.principal_id.label("object_id"), by_principal.c.owner_id)
    return [
        select(by_app.c.object_id, by_app.c.owner_id).subquery("own_registration"),
        direct.subquery("own_principal"),
        through.subquery("own_through_principal"),
    ]


def in_register(here: Here, app: FromClause) -> ColumnElement[bool]:
    """Whether the classification names somebody who answers for an application."""
    line = here.part("classification", {"kind": "text", "name": "text", "owner": "text"}, "app_line")
    names = (func.lower(app.c.name), app.c.app_id, app.c.object_id)
    same = or_(*(func.lower(line.c.name) == name for name in names))
    return select(line.c.name).where(line.c.kind == "app", line.c.owner != "", same).correlate(app).exists()


def owned_apps(here: Here) -> Select[Any]:
    """The applications that somebody owns, as things that he holds."""
    app, owner = apps(here), owners(here)
    rows = select(owner.c.owner_id.label("holder_id"), literal("app").label("holding"))
    rows = rows.add_columns(app.c.object_id.label("holding_id"), app.c.name.label("holding_name"))
    return rows.join(app, app.c.object_id == owner.c.object_id)


# ---- use

USED = ("service-principals", "application-consents")


def app_use_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each application of others than Microsoft that may do something by itself, and when it was used last."""
    app = here.part("service-principals", PRINCIPAL, "used_app")
    right = here.part("application-consents", {"principal_id": "text", "kind": "text", "granted": "time"}, "used_right")
    given = (
        select(right.c.principal_id, func.max(right.c.granted).label("granted"), func.count().label("rights"))
        .where(right.c.kind == "ServicePrincipal")
        .group_by(right.c.principal_id)
        .subquery("given_rights")
    )
    entries: list[Entry] = [
        ("principal_id", app.c.principal_id, "text"),
        ("app", app.c.name, "text"),
        ("enabled", app.c.enabled, "bool"),
        ("rights", given.c.rights, "int"),
        ("granted", given.c.granted, "time"),
        ("last_use", last_of(here, "sign-ins-service-principal", "principal_id", app.c.principal_id), "time"),
        ("last_use_by_people", last_of(here, "sign-ins", "app_id", app.c.app_id), "time"),
        ("log_days", log_days(here, "sign-ins-service-principal"), "int"),
    ]
    rows = app.join(given, given.c.principal_id == app.c.principal_id)
    joined = dict.fromkeys(("last_use", "log_days"), "sign-ins-service-principal") | {"last_use_by_people": "sign-ins"}
    own = func.coalesce(app.c.owner_tenant, "") != MICROSOFT
    return view("app-use", here, entries, rows, USED, joined=joined, where=own)


def last_of(here: Here, log: str, column: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The last time that it went well."""
    row = here.part(log, {column: "text", "at": "time", "error_code": "int"}, f"last_in_{log.replace('-', '_')}")
    return select(func.max(row.c.at)).where(row.c[column] == value, row.c.error_code == 0).scalar_subquery()
