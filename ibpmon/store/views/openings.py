"""How libraries, folders and files stand open: links, rights of everyone, and rights of people from outside."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ibpmon.store.collected import Dataset
from ibpmon.store.tables import Moment
from ibpmon.store.view import Columns, Entry, Here, View, view
from ibpmon.store.views.places import place_entries

SOURCES = ("drives", "sites", "drive-permissions", "item-permissions")
RIGHT: Columns = {
    "drive_id": "text", "permission_id": "text", "roles": "list", "user_id": "text", "login_name": "text",
    "link_scope": "text", "link_type": "text", "invited": "text", "has_password": "bool", "inherited": "list",
    "expires": "time", "first_seen": "time",
}  # fmt: skip
SCOPES = ("anonymous", "organization")
# What SharePoint writes for "everyone": with guests, without guests, and every account of Windows.
EVERYONE = ("c:0(.s|true", "c:0!.s|windows")
ALL_BUT_GUESTS = "c:0-.f|rolemanager|spo-grid-all-users/"


def openings_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each way in which a library, folder or file stands open to more than chosen colleagues, with where that is."""
    right = rights(here)
    guest = here.part("accounts", {"account_id": "text", "name": "text", "mail": "text", "user_type": "text"}, "guest")
    drive = here.part("drives", {"drive_id": "text", "site_id": "text", "name": "text"}, "drive_of_right")
    site = here.part("sites", {"site_id": "text", "name": "text", "personal": "bool"}, "site_of_right")
    item = here.part("drive-items", {"drive_id": "text", "item_id": "text", "name": "text", "address": "text"}, "item")
    placed, place_fits = here.place("site", site.c.site_id, "place")
    kind = kind_of(right, guest)
    mail = func.coalesce(right.c.invited, guest.c.mail)
    entries: list[Entry] = [
        *((name, right.c[name], "text") for name in ("place_id", "permission_id", "drive_id")),
        ("place_name", func.coalesce(item.c.name, drive.c.name, ""), "text"),
        ("address", item.c.address, "text"),
        ("site_id", site.c.site_id, "text"),
        ("site_name", func.coalesce(site.c.name, ""), "text"),
        ("personal", func.coalesce(site.c.personal, literal(value=False)), "bool"),
        *place_entries(placed),
        ("opening", kind, "text"),
        ("link_type", right.c.link_type, "text"),
        ("may_write", may_write(right), "bool"),
        ("endless", ends_at(right).is_(None), "bool"),
        ("over", func.coalesce(ends_at(right) <= here.now, literal(value=False)), "bool"),
        ("expires", type_coerce(ends_at(right), Moment), "time"),
        ("has_password", right.c.has_password, "bool"),
        ("first_seen", right.c.first_seen, "time"),
        ("guest_name", func.coalesce(guest.c.name, right.c.invited), "text"),
        *domain_entries(here, mail),
    ]
    rows = right.join(drive, drive.c.drive_id == right.c.drive_id).join(site, site.c.site_id == drive.c.site_id)
    rows = rows.outerjoin(item, and_(item.c.drive_id == right.c.drive_id, item.c.item_id == right.c.place_id))
    rows = rows.outerjoin(guest, and_(guest.c.account_id == right.c.user_id, func.lower(guest.c.user_type) == "guest"))
    rows = rows.outerjoin(placed, place_fits)
    joined = {"domain_allowed": "sharing-settings", "place_name": "drive-items", "domain": "accounts"}
    return view("openings", here, entries, rows, SOURCES, joined=joined, where=kind.is_not(None))


def rights(here: Here) -> Subquery:
    """The rights on the tops of libraries, and those that folders and files have of their own."""
    top = here.part("drive-permissions", RIGHT, "top_right")
    item = here.part("item-permissions", {**RIGHT, "item_id": "text"}, "own_right")
    columns = [name for name in RIGHT if name != "inherited"]
    of_top = select(top.c.drive_id.label("place_id"), *(top.c[name] for name in columns))
    of_item = select(item.c.item_id.label("place_id"), *(item.c[name] for name in columns))
    # The top is a folder too, and a right that a folder has besides its library opens nothing more.
    known = and_(top.c.drive_id == item.c.drive_id, top.c.permission_id == item.c.permission_id)
    of_item = of_item.outerjoin(top, known).where(cast(item.c.inherited, Text).is_(None), top.c.drive_id.is_(None))
    return union_all(of_top, of_item).subquery("open_right")


def kind_of(right: FromClause, guest: FromClause) -> ColumnElement[Any]:
    """To whom a right opens its place: anonymous, organization, everyone, guest, invited; NULL for all others."""
    return case(
        (right.c.link_scope.in_(SCOPES), right.c.link_scope),
        (is_everyone(right.c.login_name), "everyone"),
        (guest.c.account_id.is_not(None), "guest"),
        (right.c.invited.is_not(None), "invited"),
        else_=null(),
    )


def is_everyone(login: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether this login name is a claim of everyone."""
    return or_(login.in_(EVERYONE), login.startswith(ALL_BUT_GUESTS, autoescape=True))


def may_write(right: FromClause) -> ColumnElement[bool]:
    """Whether one may change something by this right."""
    roles = func.coalesce(cast(right.c.roles, Text), "")
    written = or_(roles.like('%"write"%'), roles.like('%"owner"%'))
    return or_(written, func.coalesce(right.c.link_type, "").in_(("edit", "review")))


def ends_at(right: FromClause) -> ColumnElement[Any]:
    """When it ends by itself; Graph writes the year 1 for never."""
    ends = type_coerce(right.c.expires, BigInteger)
    return case((ends > 0, ends), else_=null())


def domain_entries(here: Here, mail: ColumnElement[Any]) -> list[Entry]:
    """From which organisation somebody is, and whether the tenant allows sharing with it; NULL for who has none."""
    setting = here.part("sharing-settings", {"allowed_domains": "list", "blocked_domains": "list"}, "sharing_setting")
    domain = case((mail.like("%@%"), func.lower(after_at(mail))), else_=null())
    entry = '%"' + domain + '"%'
    allowed, blocked = (func.lower(cast(setting.c[name], Text)) for name in ("allowed_domains", "blocked_domains"))
    fits = and_(or_(allowed.is_(None), allowed == "[]", allowed.like(entry)), ~func.coalesce(blocked, "").like(entry))
    told = select(case((fits, True), else_=False)).select_from(setting).limit(1).correlate_except(setting)
    return [("domain", domain, "text"), ("domain_allowed", case((domain.is_not(None), told.scalar_subquery())), "bool")]


class after_at(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """What stands behind the @ of an address."""

    type = Text()
    inherit_cache = True


@compiles(after_at)
def by_instr(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite."""
    text = compiler.process(element.clauses, **options)
    return f"substr({text}, instr({text}, '@') + 1)"


@compiles(after_at, "postgresql")
def by_strpos(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL."""
    text = compiler.process(element.clauses, **options)
    return f"substr({text}, strpos({text}, '@') + 1)"
