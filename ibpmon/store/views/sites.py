"""Sites with where they belong, how many people have a right of their own there, and how many are admin."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Subquery, Text, cast, func, literal, select, union

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Entry, Here, View, own, view
from ibpmon.store.views.places import place_entries


def sites_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Sites with the zone and school that they belong to, and how their rights were given."""
    table = here.data["sites"]
    placed, place_fits = here.place("site", table.c.site_id, "place")
    direct, admins = people_with_rights(here), admins_of_sites(here)
    entries: list[Entry] = [
        *own(table, datasets["sites"]),
        *place_entries(placed),
        ("direct_people", func.coalesce(direct.c.people, 0), "int"),
        ("admins", func.coalesce(admins.c.people, 0), "int"),
    ]
    rows = table.outerjoin(placed, place_fits).outerjoin(direct, direct.c.site_id == table.c.site_id)
    rows = rows.outerjoin(admins, admins.c.site_id == table.c.site_id)
    joined = {"direct_people": "item-permissions", "admins": "site-admins"}
    return view("sites", here, entries, rows, ["sites"], joined=joined, where=here.mine(table))


def people_with_rights(here: Here) -> Subquery:
    """How many people have a right by name in a site: on a library, a folder or a file."""
    top = here.part("drive-permissions", {"drive_id": "text", "user_id": "text"}, "right_of_person")
    item = here.part("item-permissions", {"drive_id": "text", "user_id": "text", "inherited": "list"}, "item_of_person")
    given = union(
        select(top.c.drive_id, top.c.user_id).where(top.c.user_id.is_not(None)),
        select(item.c.drive_id, item.c.user_id).where(
            item.c.user_id.is_not(None), cast(item.c.inherited, Text).is_(None)
        ),
    ).subquery("given_by_name")
    drive = here.part("drives", {"drive_id": "text", "site_id": "text"}, "drive_of_person")
    return counted(drive.join(given, given.c.drive_id == drive.c.drive_id), drive.c.site_id, given.c.user_id, "by_name")


def admins_of_sites(here: Here) -> Subquery:
    """How many people and groups are admin of a site."""
    admin = here.part("site-admins", {"site_id": "text", "login_name": "text"}, "admin")
    return counted(admin, admin.c.site_id, admin.c.login_name, "admins")


def counted(rows: Any, site: Any, who: Any, name: str) -> Subquery:
    """How many different people there are per site."""
    number = func.count(who.distinct()).label("people")
    return select(site.label("site_id"), number).select_from(rows).group_by(site).subquery(name)


def sharing_settings_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """How sharing is set for the whole of SharePoint: one row, under the name of the service."""
    table = here.data["sharing-settings"]
    entries: list[Entry] = [("service", literal("SharePoint"), "text"), *own(table, datasets["sharing-settings"])]
    return view("sharing-settings", here, entries, table, ["sharing-settings"], where=here.mine(table))
