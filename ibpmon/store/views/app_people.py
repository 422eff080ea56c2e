"""Who was let into which application: by name, or as a member of a group."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Subquery, func, literal, select, union_all

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Entry, Here, View, in_bytes, view
from ibpmon.store.views.people import person_entries
from ibpmon.store.views.reach import ACCOUNT, DIRECT

SOURCES = ("accounts", "groups", "group-members", "service-principals", "application-consents")


def app_people_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """One row per account and application to which it was assigned, with the zone of the application."""
    given, account = assigned(here), here.part("accounts", ACCOUNT, "assigned_account")
    app = here.part("service-principals", {"principal_id": "text", "name": "text", "enabled": "bool"}, "assigned_app")
    placed, place_fits = here.place("account", account.c.account_id, "place")
    zoned, zone_fits = here.place("app", app.c.principal_id, "app_place")
    entries: list[Entry] = [
        *((name, account.c[name], kind) for name, kind in ACCOUNT.items()),
        *person_entries(placed),
        ("app_id", app.c.principal_id, "text"),
        ("app", app.c.name, "text"),
        ("app_enabled", app.c.enabled, "bool"),
        ("app_zone", func.coalesce(zoned.c.zone, "unknown"), "text"),
        ("via", given.c.via, "text"),
    ]
    rows = given.join(account, account.c.account_id == given.c.account_id)
    rows = rows.join(app, app.c.principal_id == given.c.resource_id)
    rows = rows.outerjoin(placed, place_fits).outerjoin(zoned, zone_fits)
    return view("app-people", here, entries, rows, SOURCES)


def assigned(here: Here) -> Subquery:
    """Per account and application the first way by name; a group in a group is not let in by Microsoft."""
    columns: dict[str, Any] = {"resource_id": "text", "principal_id": "text"}
    by_name, by_group = (here.part("application-consents", columns, f"assigned_by_{how}") for how in ("name", "group"))
    member = here.part("group-members", {"group_id": "text", "member_id": "text"}, "assigned_member")
    group = here.part("groups", {"group_id": "text", "name": "text"}, "assigned_group")
    direct = select(by_name.c.resource_id, by_name.c.principal_id.label("account_id"), literal(DIRECT).label("via"))
    through = select(by_group.c.resource_id, member.c.member_id, group.c.name).select_from(
        by_group.join(group, group.c.group_id == by_group.c.principal_id).join(
            member, member.c.group_id == group.c.group_id
        )
    )
    ways = union_all(direct, through).subquery("ways_to_apps")
    first = func.min(in_bytes(ways.c.via)).label("via")
    return select(ways.c.resource_id, ways.c.account_id, first).group_by(*list(ways.c)[:2]).subquery("assigned")
