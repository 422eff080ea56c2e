"""Who reaches which group and which site: by standing in a group, however deep, or by a right of its own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
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

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Columns, Entry, Here, View, in_bytes, view, whole_days
from ibpmon.store.views.people import days_after
from ibpmon.store.views.places import CLASSIFIED, sensitivity_entries
from ibpmon.store.views.register import registered

DIRECT = "rechtstreeks"
ACCOUNT: Columns = {"account_id": "text", "name": "text", "upn": "text", "enabled": "bool", "user_type": "text"}
PLACE = ("resource_kind", "resource_id", "resource_name")
ACCESS_SOURCES = ("accounts", "groups", "group-members", "sites", "drives", "drive-permissions")


def access_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Who reaches which group and which site: one row per account and place, with how many ways lead there."""
    reached, account = reached_places(here), here.part("accounts", ACCOUNT)
    person, person_fits = here.place("account", account.c.account_id, "person")
    placed, place_fits = here.place(reached.c.resource_kind, reached.c.resource_id, "place")
    moved = school_changes(here)
    entries: list[Entry] = [
        *((name, account.c[name], kind) for name, kind in ACCOUNT.items()),
        ("population", reached.c.population, "text"),
        ("school", func.coalesce(person.c.school, ""), "text"),
        *((name, reached.c[name], "text") for name in PLACE),
        ("zone", reached.c.zone, "text"),
        ("resource_school", func.coalesce(placed.c.school, ""), "text"),
        *sensitivity_entries(placed),
        ("other_school", is_other(person.c.school, placed.c.school), "bool"),
        ("days_at_school", whole_days(here, moved.c.since), "int"),
        ("days_after_leaving", days_after(literal(here.now, BigInteger), person.c.employed_until), "int"),
        ("registered", registered(here, account), "bool"),
        ("right", right_of(reached.c.rank), "text"),
        ("via", reached.c.via, "text"),
        ("ways", reached.c.ways, "int"),
    ]
    rows = reached.join(account, account.c.account_id == reached.c.account_id)
    rows = rows.outerjoin(person, person_fits).outerjoin(placed, place_fits)
    rows = rows.outerjoin(moved, moved.c.pupil_number == person.c.person)
    joined = {"days_at_school": "pupil-list", "days_after_leaving": "staff-list"} | CLASSIFIED
    return view("access", here, entries, rows, ACCESS_SOURCES, joined=joined)


def is_other(own: ColumnElement[Any], there: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whether a place belongs to another school than somebody does; NULL where a school is not known."""
    return case(
        (or_(own.is_(None), there.is_(None), own == "", there == ""), null()), (own != there, True), else_=False
    )


def school_changes(here: Here) -> Subquery:
    """Since when a pupil is at the school of now; only pupils who were seen at another one before."""
    table = here.data.get("pupil-list")
    if table is None:
        return here.part("pupil-list", {"pupil_number": "text", "since": "time"}, "school_changes")
    was, now = table.alias("pupil_before"), table.alias("pupil_now")
    same = and_(now.c.tenant_id == was.c.tenant_id, now.c.pupil_number == was.c.pupil_number, now.c.gone_at.is_(None))
    moved = and_(was.c.tenant_id == here.tenant, was.c.gone_at.is_not(None), was.c.school != now.c.school)
    since = func.max(type_coerce(was.c.gone_at, BigInteger)).label("since")
    return select(was.c.pupil_number, since).join(now, same).where(moved).group_by(was.c.pupil_number).subquery("moved")


def reached_places(here: Here) -> Subquery:
    """Per account and place the highest right, the first way by name, and how many ways there are.

    Population and zone are in the grouping, where they change nothing, so that a rule's choice of them comes first.
    """
    ways = ways_to_places(here)
    person, person_fits = here.place("account", ways.c.account_id, "reaching")
    placed, place_fits = here.place(ways.c.resource_kind, ways.c.resource_id, "reached_place")
    whole = [ways.c.account_id, *(ways.c[name] for name in PLACE)]
    whole += [func.coalesce(person.c.population, "unknown").label("population")]
    whole += [func.coalesce(placed.c.zone, "unknown").label("zone")]
    return (
        select(
            *whole,
            func.max(ways.c.rank).label("rank"),
            func.min(in_bytes(ways.c.via)).label("via"),
            func.count(ways.c.via.distinct()).label("ways"),
        )
        .select_from(ways.outerjoin(person, person_fits).outerjoin(placed, place_fits))
        .group_by(*whole)
        .subquery("reached")
    )


def right_of(rank: ColumnElement[Any]) -> ColumnElement[str]:
    """The word for a right; 0 is being a member of a group."""
    return case((rank == 3, "owner"), (rank == 2, "write"), (rank == 1, "read"), else_="member")


def ways_to_places(here: Here) -> Subquery:
    """From an account to each place: through a group in which it stands, or by a right of its own."""
    member = here.part("group-members", {"group_id": "text", "member_id": "text", "kind": "text"}, "member")
    direct = here.part("groups", {"group_id": "text", "name": "text"}, "direct_group")
    opens, own_right = places_of_groups(here), grants(here, "user_id")
    itself = and_(opens.c.resource_kind == "group", opens.c.resource_id == member.c.group_id)
    by_group = (
        select(member.c.member_id.label("account_id"), *(opens.c[name] for name in PLACE), opens.c.rank)
        .add_columns(case((itself, DIRECT), else_=func.coalesce(direct.c.name, member.c.group_id)).label("via"))
        .join(opens, opens.c.group_id == member.c.group_id)
        .outerjoin(direct, direct.c.group_id == member.c.group_id)
    )
    by_user = select(own_right.c.holder, literal("site"), own_right.c.site_id, own_right.c.name, own_right.c.rank)
    return union_all(by_group, by_user.add_columns(literal(DIRECT))).subquery("ways")


def places_of_groups(here: Here) -> CTE:
    """What standing in a group opens: the group, those around it, and the sites on which these have a right."""
    around = groups_around(here)
    group, right = here.part("groups", {"group_id": "text", "name": "text"}, "outer_group"), grants(here, "group_id")
    groups = select(
        around.c.group_id,
        literal("group").label("resource_kind"),
        group.c.group_id.label("resource_id"),
        group.c.name.label("resource_name"),
        literal(0, Integer).label("rank"),
    ).join(group, group.c.group_id == around.c.outer_id)
    sites = (
        select(around.c.group_id, literal("site"), right.c.site_id, right.c.name, func.max(right.c.rank))
        .join(right, right.c.holder == around.c.outer_id)
        .group_by(around.c.group_id, right.c.site_id, right.c.name)
    )
    # Written out once: there are few of these, and each person of a group meets the same ones.
    return union_all(groups, sites).cte("places_of_groups").prefix_with("MATERIALIZED")


def groups_around(here: Here) -> CTE:
    """Each group with itself and all groups that hold it, however deep.

    UNION keeps a pair once, so a circle of groups ends by itself.
    """
    edge = here.part("group-members", {"group_id": "text", "member_id": "text", "kind": "text"}, "edge")
    start = here.part("groups", {"group_id": "text"}, "start")
    around = select(start.c.group_id, start.c.group_id.label("outer_id")).cte("groups_around", recursive=True)
    # Downwards, from group to member: that is the order of the members' key.
    inward = select(edge.c.member_id, around.c.outer_id).join(around, around.c.group_id == edge.c.group_id)
    return around.union(inward.where(edge.c.kind.like("%group")))


def grants(here: Here, holder: str) -> Subquery:
    """The highest right of each user or group on each site, by the top of its libraries; expired is no right."""
    needed: Columns = {"drive_id": "text", "roles": "list", holder: "text", "expires": "time"}
    right = here.part("drive-permissions", needed, f"right_by_{holder}")
    drive = here.part("drives", {"drive_id": "text", "site_id": "text"}, f"drive_by_{holder}")
    site = here.part("sites", {"site_id": "text", "name": "text"}, f"site_by_{holder}")
    roles = cast(right.c.roles, Text)
    rank = case((roles.like('%"owner"%'), 3), (roles.like('%"write"%'), 2), else_=1)
    expires = type_coerce(right.c.expires, BigInteger)
    runs = or_(expires.is_(None), expires <= 0, expires > here.now)  # Graph writes the year 1 for "never"
    return (
        select(right.c[holder].label("holder"), drive.c.site_id, site.c.name, func.max(rank).label("rank"))
        .select_from(right)
        .join(drive, drive.c.drive_id == right.c.drive_id)
        .join(site, site.c.site_id == drive.c.site_id)
        .where(runs, right.c[holder].is_not(None))
        .group_by(right.c[holder], drive.c.site_id, site.c.name)
        .subquery(f"grants_by_{holder}")
    )
