"""Random small tenants in which anything may be in and have a right on anything, and what is wrong about them."""

import json
import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

from ibpmon.review.access import Access, access
from ibpmon.review.nouns import Edge
from ibpmon.store.database import Store
from ibpmon.store.tables import Tenant
from tests.access_naive import RANKS, walk
from tests.access_world import World
from tests.conftest import MONDAY

LEVELS = (5, 6, 3, 2, 1)


def random_tenant(seed: int) -> World:
    """A tenant with every kind of edge that access knows."""
    rng, world = random.Random(seed), World()
    people, groups = [f"p{n}" for n in range(rng.randint(1, 8))], [f"g{n}" for n in range(rng.randint(1, 8))]
    for key in people:
        world.person(key)
    for key in groups:
        inner = " ".join(g for g in groups if g != key and rng.random() < 0.25)
        world.group(key, members=" ".join(p for p in people if rng.random() < 0.25), inner=inner)
        for one in (p for p in (*people, "app1") if rng.random() < 0.1):
            kind = "user" if one in people else "servicePrincipal"
            world.rows["group-owners"].append({"group_id": key, "owner_id": one, "kind": f"#microsoft.graph.{kind}"})
    for key in (f"s{n}" for n in range(rng.randint(1, 3))):
        random_site(rng, world, key, people, groups)
    random_directory(rng, world, people, groups)
    return world


def random_site(rng: random.Random, world: World, key: str, people: list[str], groups: list[str]) -> None:
    """A site with rights on its library, on files, in SharePoint's own groups, and with admins."""
    world.site(key)
    for number in (3, 4):
        row = {"site_id": key, "principal_id": number, "title": f"{key} {number}", "kind": 8}
        told = {"login_name": f"{key} {number}", "levels": level(rng)}
        world.rows["site-rights"].append(row | told)
        for member in range(rng.randint(0, 3)):
            claim = {"login_name": login(rng, people, groups), "kind": 1}
            inside = {"site_id": key, "principal_id": number, "member": member}
            world.rows["site-group-members"].append(inside | claim)
    for number in range(10, 10 + rng.randint(0, 2)):
        row = {"site_id": key, "principal_id": number, "title": "T", "kind": 1, "levels": level(rng)}
        world.rows["site-rights"].append(row | {"login_name": login(rng, people, groups)})
        world.rows["list-rights"].append(row | {"list_id": f"{key}-list", "login_name": login(rng, people, groups)})
    for number in range(rng.randint(0, 2)):
        admin = {"site_id": key, "member": number, "login_name": login(rng, people, groups), "kind": 1}
        world.rows["site-admins"].append(admin)
    for _ in range(rng.randint(0, 4)):
        world.grant(key, rng.choice(("read", "write", "owner", "odd")), **holder(rng, key, people, groups))
    for number in range(rng.randint(0, 3)):
        item = {"drive_id": f"{key}-files", "item_id": f"i{number}"}
        world.rows["drive-items"].append(item | {"name": rng.choice(("Brief", "root"))})
        given = {"permission_id": f"q{number}", "roles": json.dumps([rng.choice(("read", "write"))])}
        taken = {"inherited": "{}"} if rng.random() < 0.2 else {}
        world.rows["item-permissions"].append(item | given | holder(rng, key, people, groups) | taken)


def level(rng: random.Random) -> str:
    """One or two roles of SharePoint."""
    return json.dumps([{"Id": 1, "RoleTypeKind": rng.choice(LEVELS), "Name": "x"} for _ in range(rng.randint(1, 2))])


def login(rng: random.Random, people: list[str], groups: list[str]) -> str:
    """A login name of SharePoint."""
    return rng.choice(
        (
            f"i:0#.f|membership|{rng.choice(people).upper()}@board.example",
            "i:0#.f|membership|nobody@elsewhere.example",
            f"c:0t.c|tenant|{rng.choice(groups)}",
            f"c:0o.c|federateddirectoryclaimprovider|{rng.choice(groups)}_o",
            "urn:spo:guest#parent@elsewhere.example",
            "c:0(.s|true",
            "c:0-.f|rolemanager|spo-grid-all-users/1234",
        )
    )


def holder(rng: random.Random, site: str, people: list[str], groups: list[str]) -> dict[str, Any]:
    """To whom a right of Graph was given."""
    some = [{"user": {"id": rng.choice(people)}}, {"siteUser": {"loginName": login(rng, people, groups)}}]
    ends = rng.choice((MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)))
    return rng.choice(
        (
            {"user_id": rng.choice(people)},
            {"user_id": rng.choice(people), "expires": ends},
            {"group_id": rng.choice(groups)},
            {"login_name": login(rng, people, groups)},
            {"site_group": f"{site} {rng.choice((3, 4, 9))}", "login_name": "x"},
            {"link_scope": rng.choice(("anonymous", "organization", "users", "existingAccess"))},
            {"link_scope": "users", "link_people": json.dumps(some[: rng.randint(1, 2)])},
            {"application_id": "app1"},
            {"invited": "parent@elsewhere.example"},
        )
    )


def random_directory(rng: random.Random, world: World, people: list[str], groups: list[str]) -> None:
    """Roles of administrators, and applications that people were let into."""
    for number in range(rng.randint(0, 4)):
        who = {"principal_id": rng.choice((*people, *groups, "app1")), "role_id": rng.choice(("r1", "r2"))}
        row = who | {"scope": rng.choice(("/", "/administrativeUnits/u1"))}
        name = rng.choice(("role-assignments", "role-eligibility"))
        world.rows[name].append(row | {"assignment_id": f"a{number}", "eligibility_id": f"a{number}"})
    for key in ("app1", "app2"):
        world.rows["service-principals"].append({"principal_id": key, "name": key, "only_assigned": rng.random() < 0.5})
        for number in range(rng.randint(0, 2)):
            kind, some = rng.choice((("User", people), ("Group", groups), ("ServicePrincipal", ["app2"])))
            row = {"resource_id": key, "assignment_id": f"{number}", "kind": kind, "role_id": "r"}
            world.rows["application-consents"].append(row | {"principal_id": rng.choice(some)})


# ---------------------------------------------------------------- what is wrong


def wrong_in_tenant(store: Store, seed: int) -> list[str]:
    """What differs in one random tenant, each a tenant of its own in the same database."""
    world, own = random_tenant(seed), as_tenant(store, seed + 10)
    world.save(own)
    with own.read() as session:
        found = access(session, own, MONDAY)
    told = {(*place(one), *who(one), RANKS[one.right]) for one in found if one.right}
    expected = walk(world.rows, MONDAY.isoformat())
    wrong = [f"seed {seed}: missed {one}" for one in sorted(expected - told)]
    wrong += [
        f"seed {seed}: invented {one}" for one in sorted(told - expected) if one[2] != "site_group"
    ]  # that stands for people
    return [*wrong, *(f"seed {seed}: {one}" for item in found if (one := unexplained(item)))]


def place(item: Access) -> tuple[str, str]:
    """The place of an access."""
    return item.resource.kind, item.resource.id


def who(item: Access) -> tuple[str, str]:
    """The principal of an access."""
    return item.principal.kind, item.principal.id


def unexplained(item: Access) -> str:
    """Why the paths of an item do not explain it; empty when they do."""
    rights = [RANKS[path.right] for path in item.paths if path.right]
    if not item.paths or (item.right and max(rights, default=0) != RANKS[item.right]):
        return f"no path gives {who(item)} {item.right} on {place(item)}"
    broken = [path for path in item.paths if item.right and not unbroken(path.edges)]
    return f"a path of {who(item)} on {place(item)} has a hole: {broken[0].edges}" if broken else ""


def unbroken(edges: tuple[Edge, ...]) -> bool:
    """Whether each edge begins where the one before it ended; a link begins at itself."""
    return all(other.kind == "link" or one.target == other.source for one, other in pairwise(edges))


def as_tenant(store: Store, number: int) -> Store:
    """Another board in the same database."""
    with store.write() as session:
        session.merge(Tenant(tenant_id=number, key=f"tenant-{number}", name=str(number), created_at=MONDAY))
    return Store(store.engine, number, store.data, store.stages, store.datasets)
