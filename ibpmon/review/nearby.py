"""What one person reaches, or who reaches one place, without a look at the rest of the board.

The edges are those of `entries` and the paths are walked as ever (`paths`): only the landscape is smaller. It holds
what leads from these principals to these places, and the groups in groups of the whole board, which are few.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Engine,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import Session

from ibpmon.review.access import highest
from ibpmon.review.edges import KINDS, principal_of
from ibpmon.review.effective import MEMBER, inside_site_groups, is_group, reached, site_groups
from ibpmon.review.entries import entries
from ibpmon.review.holders import Sight
from ibpmon.review.nouns import (
    RIGHTS,
    Access,
    Entry,
    Landscape,
    Person,
    Principal,
    Resource,
    Ways,
)
from ibpmon.review.paths import paths_of
from ibpmon.review.readings import Reading
from ibpmon.store.database import Store
from ibpmon.store.tables import Json, micros

READ = Reading("", run_id=0, state="FULL", whole=True)
NONE: Collection[str] = frozenset()
People = Mapping[str, Person]


class AllRead(Mapping[str, Reading]):
    """The readings of a landscape that is only walked through: what could not be read is told elsewhere."""

    def __getitem__(self, name: str) -> Reading:
        """Read in full."""
        return READ

    def __iter__(self) -> Any:
        """None by name."""
        return iter(())

    def __len__(self) -> int:
        """None by name."""
        return 0


@dataclass(frozen=True, slots=True)
class Standing:
    """As what somebody counts: himself, the groups that he is in however deep, those that he owns."""

    person: str
    groups: Collection[str] = NONE
    owned: Collection[str] = NONE
    site_groups: Collection[str] = NONE

    @property
    def values(self) -> dict[str, Any]:
        """What `for_one` asks of a statement."""
        return {
            "person": self.person, "in_groups": sorted(self.groups), "owned": sorted(self.owned),
            "in_site_groups": sorted(self.site_groups),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Near:
    """Asks the database about a few principals or places at one moment.

    The statements are long, and making one takes longer than answering it: each is made once for a database.
    """

    session: Session
    store: Store
    now: datetime

    def rows(self, name: str, make: Callable[[Sight], Any], **values: Any) -> Iterable[Any]:
        """The rows of a statement; `make` makes it when it is asked for the first time."""
        made = PLANS.setdefault(self.store.engine, {})
        key = (self.store.tenant, name)
        if key not in made:
            now: Any = bindparam("now", type_=BigInteger)
            made[key] = make(Sight(self.store.tenant, now, self.store.data))
        return self.session.execute(made[key], {"now": micros(self.now), **values})


PLANS: WeakKeyDictionary[Engine, dict[tuple[int, str], Any]] = WeakKeyDictionary()


def for_one(edge: Any) -> ColumnElement[bool]:
    """Whether an edge is for somebody who counts as this; what is for everyone is for this one too."""
    by_site_group = and_(edge.holder_kind == "site_group", edge.holder_id.in_(many("in_site_groups")))
    return or_(in_one(edge), by_site_group)


def in_one(member: Any) -> ColumnElement[bool]:
    """The same for who is in a SharePoint group: one of those is never in another."""
    kind, key = member.holder_kind, member.holder_id
    return or_(
        and_(kind == "person", key == bindparam("person")),
        and_(kind == "group", key.in_(many("in_groups"))),
        and_(kind == "owners", key.in_(many("owned"))),
        kind == "everyone",
    )


def many(name: str) -> Any:
    """A list of values that comes with the question."""
    return bindparam(name, expanding=True)


# ---------------------------------------------------------------- one person


def reached_by(near: Near, person: Person) -> list[Access]:
    """All that one person reaches, and apart from it what is open to everyone; in three statements, a role asks one.

    1. as what the person counts: the groups, however deep, and those that the person owns
    2. the SharePoint groups that one of these is in
    3. every edge into a place that is for one of these
    """
    landscape = Landscape(readings=AllRead(), people={person.id: person})
    see_edges(near, landscape, [person.id])
    inside = frozenset(key for key, members in landscape.members.items() if person.id in members)
    owned = frozenset(key for key, owners in landscape.owners.items() if person.id in owners)
    stands = Standing(person.id, outwards(landscape, inside), owned)
    stands = replace(stands, site_groups=see_site_groups(near, landscape, stands))
    see_entries(landscape, near.rows("entries of one", entries_of_one, **stands.values))
    see_roles(near, landscape)
    who = Principal("person", person.id, person.name, person=person)
    found = [one for resource in landscape.resources for one in accesses(landscape, resource, who)]
    return [one for one in found if counts(one.principal, person)]


def counts(principal: Principal, person: Person) -> bool:
    """Whether it goes for this person: a right of everyone but guests does not go for a guest."""
    return principal.kind != "everyone" or principal.scope == "guests" or person.population != "guest"


def outwards(landscape: Landscape, inside: Iterable[str]) -> frozenset[str]:
    """These groups, and all groups that one of these is in."""
    outer: dict[str, list[str]] = {}
    for group, inner in landscape.inner.items():
        for one in inner:
            outer.setdefault(one, []).append(group)
    known, ahead = set(inside), list(inside)
    while ahead:
        fresh = set(outer.get(ahead.pop(), ())) - known
        known |= fresh
        ahead += fresh
    return frozenset(known)


def accesses(landscape: Landscape, resource: Resource, who: Principal) -> Iterable[Access]:
    """What somebody, and everyone, has in one place."""
    held = {one.holder for one in landscape.entries.get((resource.kind, resource.id), ())}
    inside = {one for key in held if key.kind == "site_group" for one in landscape.site_members.get(key.id, ())}
    for principal in [who, *sorted((one for one in held | inside if one.kind == "everyone"), key=lambda one: one.id)]:
        if paths := paths_of(landscape, resource, principal):
            yield Access(principal, resource, highest(list(paths)), paths)


# ---------------------------------------------------------------- one place


def place_landscape(near: Near, resource: Resource, readings: Mapping[str, Reading], people: People) -> Landscape:
    """One place with every edge into it; who is behind the groups is seen by `see_edges`."""
    landscape = Landscape(readings=readings, people=dict(people))
    kind = resource.kind
    see_entries(landscape, near.rows(f"entries of {kind}", partial(entries_of_place, kind), places=[resource.id]))
    own = {"group": landscape.groups, "site": landscape.sites, "role": landscape.roles, "app": landscape.apps}[kind]
    own[resource.id] = resource
    if kind == "site":
        see_site_groups(near, landscape, None, resource.id)
    return landscape


def reaching(near: Near, resource: Resource) -> Iterable[Any]:
    """Everyone who reaches one place with the rank of the right, as `effective` says; with what accounts are called."""
    kind = resource.kind
    return near.rows(f"who reaches {kind}", partial(who_reaches, kind), places=[resource.id])


def who_reaches(kind: str, here: Sight) -> Select[Any]:
    """The rows of `reached`, each beside the account and its place; empty of whoever has no account."""
    found = reached(here, kind, many("places")).subquery("found")
    account = here.part("accounts", {"account_id": "text", "name": "text", "upn": "text"}, "reaching_account")
    place, fits = here.place("account", found.c.holder_id, "reaching_place")
    told = (account.c.name, account.c.upn, place.c.population, place.c.school, place.c.function)
    rows = found.outerjoin(account, and_(found.c.holder_kind == "person", account.c.account_id == found.c.holder_id))
    return select(found.c.holder_kind, found.c.holder_id, found.c.rank, *told).select_from(rows.outerjoin(place, fits))


def access_of(landscape: Landscape, resource: Resource, principal: Principal, rank: int) -> Access:
    """One principal in that place, with the ways that are walked when somebody asks."""
    ways = Ways(partial(paths_of, landscape, resource, principal))
    return Access(principal, resource, RIGHTS[rank - 1], ways)


# ---------------------------------------------------------------- the edges


def see_edges(near: Near, landscape: Landscape, people: Sequence[str]) -> None:
    """In which groups these are and which they own, and every group in a group; with the names of the groups."""
    for row in near.rows("edges", edges, people=list(people)):
        if row.edge == "nested":
            landscape.inner.setdefault(row.group_id, []).append(row.member_id)
        else:
            some = landscape.members if row.edge == "member" else landscape.owners
            some.setdefault(row.group_id, set()).add(row.member_id)
        if row.name:
            landscape.groups.setdefault(row.group_id, Resource("group", row.group_id, row.name))


def edges(here: Sight) -> Select[Any]:
    """As rows: member, nested or owner; in the order in which the whole landscape reads them."""
    member = here.part("group-members", MEMBER, "near_member")
    owner = here.part("group-owners", {"group_id": "text", "owner_id": "text"}, "near_owner")
    group = here.part("groups", {"group_id": "text", "name": "text"}, "near_group")
    nested, people = is_group(here, member), many("people")
    columns = (member.c.group_id, member.c.member_id)
    rows = union_all(
        select(literal("nested").label("edge"), *columns).where(nested),
        select(literal("member"), *columns).where(member.c.member_id.in_(people), ~nested),
        select(literal("owner"), owner.c.group_id, owner.c.owner_id).where(owner.c.owner_id.in_(people)),
    ).subquery("near_edges")
    query = select(rows.c.edge, rows.c.group_id, rows.c.member_id, group.c.name)
    query = query.select_from(rows.outerjoin(group, group.c.group_id == rows.c.group_id))
    return query.order_by(rows.c.group_id, rows.c.member_id)


def see_site_groups(near: Near, landscape: Landscape, stands: Standing | None, site: str = "") -> frozenset[str]:
    """Who is in the SharePoint groups: of one site all of them, else those in which somebody like this is."""
    if "site-group-members" not in near.store.data:
        return frozenset()
    values = stands.values if stands else {"site": site}
    values.pop("in_site_groups", None)  # one is never in another
    name = "SharePoint groups of one" if stands else "SharePoint groups of a site"
    for row in near.rows(name, partial(in_groups_of_sites, stands is not None), **values):
        some = landscape.site_members.setdefault(row.outer_id, [])
        if row.holder_kind is not None:
            some.append(principal_of(landscape, row))
    return frozenset(landscape.site_members)


def in_groups_of_sites(one: bool, here: Sight) -> Select[Any]:
    """SharePoint groups with who is in them."""
    inside = inside_site_groups(here).subquery("in_site_groups")
    columns = [inside.c[name] for name in ("holder_kind", "holder_id", "holder_name", "scope")]
    if one:
        return select(inside.c.group_key.label("outer_id"), *columns).where(in_one(inside.c))
    group = site_groups(here)  # also the one in which nobody is
    rows = group.outerjoin(inside, inside.c.group_key == group.c.holder_id)
    query = select(group.c.holder_id.label("outer_id"), *columns).select_from(rows)
    return query.where(group.c.site_id == bindparam("site"))


def see_entries(landscape: Landscape, rows: Iterable[Any]) -> None:
    """Edges into places, with the names on the way."""
    for row in rows:
        name_places(landscape, row)
        entry = Entry(row.edge, principal_of(landscape, row), RIGHTS[row.rank - 1], row.spot or "", row.item or "",
                      row.key or "")  # fmt: skip
        landscape.entries.setdefault((row.place_kind, row.place_id), []).append(entry)


def entries_of_one(here: Sight) -> Any:
    """The edges into all places that are for somebody who counts as this."""
    queries = [(named(here, kind, None), kind) for kind in KINDS]
    return union_all(*(query.where(for_one(edge.c)) for (query, edge), _kind in queries))


def entries_of_place(kind: str, here: Sight) -> Any:
    """The edges into one place."""
    query, _edge = named(here, kind, many("places"))
    return query


NAMES: Mapping[str, Any] = dict.fromkeys(("place_name", "spot_name", "item_name", "address"), Text) | {"roles": Json}


def named(here: Sight, kind: str, places: Any) -> tuple[Select[Any], Subquery]:
    """The edges into places of one kind with their names, and the edges alone to say which of them."""
    edge = entries(here, kind, places).subquery(f"near_{kind}")
    rows, names = NAMED[kind](here, edge)
    shown = [names.get(name, cast(null(), kind_of)).label(name) for name, kind_of in NAMES.items()]
    return select(literal(kind).label("place_kind"), *edge.c, *shown).select_from(rows), edge


Named = tuple[Any, Mapping[str, Any]]


def of_groups(here: Sight, edge: Subquery) -> Named:
    """A group with its name."""
    group = here.part("groups", {"group_id": "text", "name": "text"}, "named_group")
    return edge.outerjoin(group, group.c.group_id == edge.c.place_id), {"place_name": group.c.name}


def of_sites(here: Sight, edge: Subquery) -> Named:
    """A site with its name and address, and the names of the library or list and of the folder or file."""
    site = here.part("sites", {"site_id": "text", "name": "text", "address": "text"}, "named_site")
    drive = here.part("drives", {"site_id": "text", "drive_id": "text", "name": "text"}, "named_drive")
    one = here.part("site-lists", {"site_id": "text", "list_id": "text", "name": "text"}, "named_list")
    item = here.part("drive-items", {"drive_id": "text", "item_id": "text", "name": "text"}, "named_item")
    rows = edge.outerjoin(site, site.c.site_id == edge.c.place_id)
    rows = rows.outerjoin(drive, and_(drive.c.site_id == edge.c.place_id, drive.c.drive_id == edge.c.spot))
    rows = rows.outerjoin(one, and_(one.c.site_id == edge.c.place_id, one.c.list_id == edge.c.spot))
    rows = rows.outerjoin(item, and_(item.c.drive_id == edge.c.spot, item.c.item_id == edge.c.item))
    names = {
        "place_name": func.coalesce(site.c.name, site.c.address), "spot_name": func.coalesce(drive.c.name, one.c.name),
        "item_name": item.c.name, "address": site.c.address,
    }  # fmt: skip
    return rows, names


def of_roles(_here: Sight, edge: Subquery) -> Named:
    """A role; its name is looked up apart, for the area in which it counts has a name too."""
    return edge, {}


def of_apps(here: Sight, edge: Subquery) -> Named:
    """An application with its name and its roles."""
    columns: Any = {"principal_id": "text", "name": "text", "roles": "list"}
    app = here.part("service-principals", columns, "named_app")
    names = {"place_name": app.c.name, "roles": app.c.roles}
    return edge.outerjoin(app, app.c.principal_id == edge.c.place_id), names


NAMED: Mapping[str, Any] = {"group": of_groups, "site": of_sites, "role": of_roles, "app": of_apps}


def name_places(landscape: Landscape, row: Any) -> None:
    """Remember what the places of one edge are called."""
    key, name = row.place_id, row.place_name or row.place_id
    if row.place_kind == "site":
        landscape.sites.setdefault(key, Resource("site", key, name, address=row.address or ""))
    elif row.place_kind == "app":
        landscape.apps.setdefault(key, Resource("app", key, name))
        for role in row.roles or ():
            landscape.names[str(role.get("id"))] = str(role.get("displayName") or role.get("value") or "")
    elif row.place_kind == "role":
        landscape.roles.setdefault(key, Resource("role", key, key))
    else:
        landscape.groups[key] = Resource("group", key, name)
    if row.spot_name:
        landscape.names[row.spot] = row.spot_name
    if row.item_name:
        landscape.names[f"{row.spot}/{row.item}"] = row.item_name


def see_roles(near: Near, landscape: Landscape) -> None:
    """What the roles are called, and the areas in which they count."""
    if landscape.roles:
        names = role_names(near)
        landscape.roles |= {key: called(key, names) for key in landscape.roles}


def role_names(near: Near) -> dict[str, str]:
    """The names of roles and of administrative units; both are short lists."""
    return {row.key: row.name or row.key for row in near.rows("roles", roles)}


def roles(here: Sight) -> Any:
    """Both lists as one."""
    role = here.part("role-definitions", {"role_id": "text", "name": "text"}, "named_role")
    unit = here.part("admin-units", {"unit_id": "text", "name": "text"}, "named_unit")
    return union_all(select(role.c.role_id.label("key"), role.c.name), select(unit.c.unit_id, unit.c.name))


def called(key: str, names: Mapping[str, str]) -> Resource:
    """A role by its name, with the area in which it counts."""
    role, _at, scope = key.partition("@")
    name, area = names.get(role) or role, scope.rpartition("/")[2]
    return Resource("role", key, f"{name} ({names.get(area, area)})" if area else name)


def placed(near: Near, kind: str, key: str) -> Resource | None:
    """One place by its kind and id, with its zone and school; None when there is no such place.

    A role is told by its id alone: it may be held also when the list of roles was not read.
    """
    if kind == "role":
        return called(key, role_names(near))
    row: Any = (
        next(iter(near.rows(f"the {kind}", partial(the_place, kind), place=key)), None) if kind in PLACES else None
    )
    if row is None or row.personal:
        return None
    name, zone, school = row.name or row.address or key, row.zone or "unknown", row.school or ""
    return Resource(kind, key, name, zone, school, row.address or "")  # type: ignore[arg-type]  # one of PLACES


def the_place(kind: str, here: Sight) -> Select[Any]:
    """The row of one place."""
    source, key = PLACES[kind]
    table = here.part(source, {key: "text", "name": "text", "address": "text", "personal": "bool"}, "the_place")
    place, fits = here.place(kind, table.c[key], "place_of_place")
    columns = (table.c.name, table.c.address, table.c.personal, place.c.zone, place.c.school)
    return select(*columns).select_from(table.outerjoin(place, fits)).where(table.c[key] == bindparam("place"))


PLACES: Mapping[str, tuple[str, str]] = {
    "group": ("groups", "group_id"), "site": ("sites", "site_id"), "app": ("service-principals", "principal_id"),
}  # fmt: skip
