"""Access: who reaches what by which paths; equal to a walk that knows nothing of how we do it."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.review.access import MOST_WAYS, RIGHTS, Access, Board, access, chains_below, look
from ibpmon.review.effective import here_of, reached
from ibpmon.store.database import Store
from ibpmon.store.tables import Coverage
from tests.access_tenants import wrong_in_tenant
from tests.access_world import World, datasets
from tests.conftest import MONDAY, OpenStore
from tests.test_plans import plan_of

Found = tuple[str, str, str]


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store with the connectors that access is made of."""
    return open_database(datasets())


def seen(store: Store, world: World) -> list[Access]:
    """What the review makes of a world."""
    world.save(store)
    with store.read() as session:
        return access(session, store, MONDAY)


def of(items: list[Access], principal: str, resource: str) -> Access:
    """The one access of someone or something on a place."""
    return next(item for item in items if (item.principal.id, item.resource.id) == (principal, resource))


# ---------------------------------------------------------------- the oracle


def random_world(seed: int) -> World:
    """A small tenant in which anything may be in anything, circles too."""
    rng, world = random.Random(seed), World()
    people, groups = [f"p{n}" for n in range(rng.randint(1, 9))], [f"g{n}" for n in range(rng.randint(1, 8))]
    for key in people:
        world.person(key)
    for key in groups:
        inner = " ".join(g for g in groups if g != key and rng.random() < 0.25)
        world.group(key, members=" ".join(p for p in people if rng.random() < 0.3), inner=inner)
    for key in (f"s{n}" for n in range(rng.randint(1, 4))):
        world.site(key)
        for _ in range(rng.randint(0, 4)):
            to = {"user_id": rng.choice(people)} if rng.random() < 0.4 else {"group_id": rng.choice(groups)}
            world.grant(key, rng.choice(RIGHTS), **to)
    return world


def walk(world: World) -> set[Found]:
    """The same question answered naively: spread membership until nothing changes, then look at each right."""
    members = {(row["member_id"], row["group_id"]) for row in world.rows["group-members"]}
    while True:
        further = {(one, outer) for one, middle in members for inner, outer in members if middle == inner}
        if further <= members:
            break
        members |= further
    people = {row["account_id"] for row in world.rows["accounts"]}
    groups = {row["group_id"] for row in world.rows["groups"]}
    found = {(one, group): "write" for one, group in members if one in people and group in groups}
    for right in world.rows["drive-permissions"]:
        site, role = right["drive_id"].removesuffix("-files"), right["roles"].strip('[]"')
        for one in people:
            if one == right.get("user_id") or (one, right.get("group_id")) in members:
                found[one, site] = max(found.get((one, site), "read"), role, key=RIGHTS.index)
    return {(one, place, right) for (one, place), right in found.items()}


def people_of(items: list[Access]) -> set[Found]:
    """The access of people, as the walk tells it."""
    return {(i.principal.id, i.resource.id, i.right or "") for i in items if i.principal.kind == "person"}


@pytest.mark.parametrize("seed", range(12))
def test_access_is_what_a_naive_walk_over_the_same_tenant_finds(store: Store, seed: int) -> None:
    """Effective rights decide who is asked about; a fast way to the wrong answer would be worthless."""
    world = random_world(seed)

    items = seen(store, world)

    assert people_of(items) == walk(world)
    assert all(item.paths for item in items)


# ---------------------------------------------------------------- other applications


def random_exports(seed: int, world: World) -> None:
    """Rights in two applications, each of someone known by number, object id, user name, or by nothing we know."""
    rng = random.Random(seed)
    for account in world.rows["accounts"]:
        account["employee_id"] = f"0{rng.randint(100, 105)}"
    accounts = world.rows["accounts"]
    for number in range(rng.randint(1, 12)):
        one = rng.choice(accounts)
        marks = {"employee_number": one["employee_id"].lstrip("0"), "object_id": one["account_id"], "upn": one["upn"]}
        known = {name: mark for name, mark in marks.items() if rng.random() < 0.5}
        row = {
            "application": rng.choice("AB"),
            "person": f"user{number}",
            "right": rng.choice("xyz"),
            "name": f"N{number}",
        }
        world.rows.setdefault("application-rights", []).append(row | {"level": rng.choice(RIGHTS)} | known)


def search(world: World) -> set[Found]:
    """The same question answered naively: look through all accounts for each right."""
    found: dict[tuple[str, str], str] = {}
    for row in world.rows["application-rights"]:
        who = owner(row, world.rows["accounts"]) or f"{row['application']}/{row['person']}"
        place = row["application"]
        found[who, place] = max(found.get((who, place), "read"), row["level"], key=RIGHTS.index)
    return {(who, place, right) for (who, place), right in found.items()}


def owner(row: dict[str, Any], accounts: list[dict[str, Any]]) -> str:
    """Whose right it is: by the first mark that anyone has; of several the one that a further mark points to."""
    marks = (("employee_number", "employee_id"), ("object_id", "account_id"), ("upn", "upn"))
    for at, (mark, field) in enumerate(marks):
        fits = [one for one in accounts if row.get(mark) and one[field].lstrip("0") == row[mark]]
        for further, also in marks[at + 1 :]:
            narrowed = [one for one in fits if row.get(further) == one[also]]
            fits = narrowed if len(fits) > 1 and len(narrowed) == 1 else fits
        if fits:
            return str(fits[0]["account_id"]) if len(fits) == 1 else ""
    return ""


@pytest.mark.parametrize("seed", range(12))
def test_rights_in_applications_are_what_a_naive_search_finds(open_database: OpenStore, seed: int) -> None:
    """Nobody gets the right of another, and no line of an export is lost."""
    exports = load_connectors(Content(connectors_on=("application-rights",)))["application-rights"]
    store, world = open_database([*datasets(), exports.dataset]), random_world(seed)
    random_exports(seed, world)
    world.save(store)
    with store.write() as session:
        world.save_run(session, store, "application-rights", 100, MONDAY)
        for name in {row["application"] for row in world.rows["application-rights"]}:
            session.add(Coverage(tenant_id=store.tenant, run_id=100, resource=name, state="FULL"))

    with store.read() as session:
        items = [one for one in access(session, store, MONDAY) if one.resource.kind == "application"]

    assert {(one.principal.id, one.resource.id, one.right) for one in items} == search(world)


# ---------------------------------------------------------------- paths


def test_someone_six_groups_deep_is_found_with_every_group_on_the_way(store: Store) -> None:
    """A school nests groups; the owner has to see through which ones a person came in."""
    world = World()
    world.person("anna")
    world.group("g1", "Groep 1", members="anna")
    for depth in range(2, 7):
        world.group(f"g{depth}", f"Groep {depth}", inner=f"g{depth - 1}")
    world.site("s", "Zorgdossiers")
    world.grant("s", "read", group_id="g6")

    found = of(seen(store, world), "anna", "s")

    assert found.right == "read"
    assert [path.names for path in found.paths] == [(*(f"Groep {n}" for n in range(1, 7)), "Documenten")]


def test_two_ways_in_are_two_paths_and_the_highest_right_counts(store: Store) -> None:
    """Taking away one way would change nothing: both have to be on the page."""
    world = World()
    world.person("anna")
    world.group("team", "BUR Team", members="anna")
    world.group("care", "PAP Zorgteam", inner="team")
    world.site("s", "Zorg")
    world.grant("s", "read", group_id="care")
    world.grant("s", "owner", user_id="anna")

    found = of(seen(store, world), "anna", "s")

    assert found.right == "owner"
    assert {(path.names, path.right) for path in found.paths} == {
        (("BUR Team", "PAP Zorgteam", "Documenten"), "read"),
        (("Documenten",), "owner"),
    }


def test_groups_that_hold_each_other_come_to_an_end(store: Store) -> None:
    """Real tenants have circles."""
    world = World()
    world.person("anna")
    world.group("sun", members="anna", inner="moon")
    world.group("moon", inner="sun")

    items = seen(store, world)

    assert people_of(items) == {("anna", "sun", "write"), ("anna", "moon", "write")}
    assert [path.names for path in of(items, "anna", "moon").paths] == [("sun", "moon")]


def test_more_ways_than_anyone_can_read_are_cut_and_that_is_said() -> None:
    """Twenty diamonds in a row have a million ways; everyone behind them is still found."""
    inner: dict[str, list[str]] = {}
    for n in range(20):
        inner |= {f"a{n}": [f"b{n}", f"c{n}"], f"b{n}": [f"a{n + 1}"], f"c{n}": [f"a{n + 1}"]}

    chains, more = chains_below(inner, "a0")

    assert more
    assert {chain[0] for chain in chains} == {"a20", *inner}
    assert len(chains) <= MOST_WAYS * 61


def test_a_few_ways_are_all_told_and_nothing_is_said_to_be_missing() -> None:
    """The counterpart: no hint of more where there is no more."""
    assert chains_below({"a": ["b", "c"], "b": ["d"], "c": ["d"]}, "a") == (
        [("a",), ("b", "a"), ("c", "a"), ("d", "b", "a"), ("d", "c", "a")],
        False,
    )


# ---------------------------------------------------------------- who is no person


def kinds(items: list[Access], resource: str) -> set[tuple[str, str, str | None]]:
    """What is said about a place, people left out."""
    return {
        (one.principal.kind, one.principal.scope, one.right)
        for one in items
        if one.resource.id == resource and one.principal.kind != "person"
    }


def test_links_everyone_and_sharepoint_groups_are_items_of_their_own(store: Store) -> None:
    """They stand for people whom nobody can list, and so they must be asked about as they are."""
    world = World()
    world.site("s")
    world.grant("s", "write", link_scope="anonymous", link_type="edit")
    world.grant("s", "read", link_scope="organization", link_type="view")
    world.grant("s", "read", link_scope="existingAccess", link_type="view")
    world.grant("s", "owner", site_group="S - eigenaren", login_name="S - eigenaren")
    world.grant("s", "read", login_name="c:0-.f|rolemanager|spo-grid-all-users/1234")
    world.grant("s", "read", login_name="c:0(.s|true")

    assert kinds(seen(store, world), "s") == {
        ("link", "anonymous", "write"),
        ("link", "organization", "read"),
        ("site_group", "", "owner"),
        ("everyone", "members", "read"),
        ("everyone", "guests", "read"),
    }


def test_a_claim_in_a_login_name_leads_to_the_person_or_group_behind_it(store: Store) -> None:
    """Graph sometimes gives the claim only; the owners of a group, here not read, are not its members."""
    world = World(never=["group-owners"])
    world.person("anna")
    world.person("bram")
    world.group("team", members="bram")
    world.site("s")
    world.grant("s", "read", login_name="i:0#.f|membership|ANNA@board.example")
    world.grant("s", "write", login_name="c:0o.c|federateddirectoryclaimprovider|team")
    world.grant("s", "owner", group_id="team", login_name="c:0o.c|federateddirectoryclaimprovider|team_o")

    items = seen(store, world)

    assert people_of(items) >= {("anna", "s", "read"), ("bram", "s", "write")}
    assert kinds(items, "s") == {("owners", "", "owner")}


def test_a_right_that_has_ended_gives_no_access_and_one_that_never_ends_does(store: Store) -> None:
    """Graph writes 'no end' as the year 1, which is long ago."""
    world = World()
    world.person("anna")
    world.person("bram")
    world.site("s")
    world.grant("s", "read", user_id="anna", expires=MONDAY - timedelta(days=1))
    world.grant("s", "read", user_id="bram", expires=MONDAY.replace(year=1))

    assert people_of(seen(store, world)) == {("bram", "s", "read")}


def test_a_role_that_microsoft_does_not_document_counts_as_the_highest(store: Store) -> None:
    """Showing too little would be the worse mistake."""
    world = World()
    world.person("anna")
    world.site("s")
    world.grant("s", "sp.full control", user_id="anna")

    assert people_of(seen(store, world)) == {("anna", "s", "owner")}


# ---------------------------------------------------------------- what was not read


def test_a_group_that_was_not_read_stands_there_itself_on_every_place_behind_it(store: Store) -> None:
    """Nobody may conclude that such a group is empty."""
    world = World(unread={"team": "503"})
    world.group("team", "BUR Team")
    world.group("care", "PAP Zorgteam", inner="team")
    world.site("s")
    world.grant("s", "write", group_id="care")

    items = seen(store, world)

    found = of(items, "team", "s")
    assert (found.principal.kind, found.principal.reason) == ("group", "503")
    assert found.paths[0].names == ("BUR Team", "PAP Zorgteam", "Documenten")
    assert {one.resource.id for one in items} == {"team", "care", "s"}


def test_why_something_was_not_read_is_a_sentence_in_the_readers_language(store: Store) -> None:
    """A director signs this page: it said "Microsoft Graph answered {status}", in English."""
    template = "it does not let us read {thing}"
    world = World(unread={"team": "the client secret is wrong", "care": template}, values={"thing": "PAP {Zorg}"})
    world.group("team")
    world.group("care")

    items = seen(store, world)

    assert of(items, "team", "team").principal.reason == "het clientgeheim is fout"
    assert of(items, "care", "care").principal.reason == "it does not let us read PAP {Zorg}"


def test_a_site_or_library_that_was_not_read_is_no_site_without_people(store: Store) -> None:
    """Without a right nothing is claimed; without a reading neither."""
    world = World(unread={"a": "423", "b-files": "403"})
    world.site("a")
    world.site("b")
    world.site("c")

    items = seen(store, world)

    assert [(i.principal.kind, i.resource.id, i.right) for i in items] == [
        ("site", "a", None),
        ("library", "b", None),
    ]


def test_members_that_were_never_read_leave_every_group_unknown(store: Store) -> None:
    """A fresh database knows groups before it knows members."""
    world = World(never=["group-members"])
    world.group("team")

    assert kinds(seen(store, world), "team") == {("group", "", "write")}


def test_a_onedrive_is_left_out_and_counted(store: Store) -> None:
    """It is somebody's own; the report says how many there were."""
    world = World()
    world.site("s")
    world.site("mine", personal=True)
    world.save(store)

    with store.read() as session:
        landscape = look(session, store, MONDAY)

    assert (list(landscape.sites), landscape.left_out) == (["s"], 1)


def test_someone_with_two_running_contracts_belongs_to_both_schools(store: Store) -> None:
    """Else the second school would ask every quarter about its own teacher."""
    world = World()
    world.person("anna", school="PAP", person="100")
    for school, start, end in (
        ("De Boot", "2020-08-01", None),
        ("VLI", "2026-01-01", ""),
        ("KIK", "2019-01-01", "2020-01-01"),
    ):
        row = {"employee_number": "100", "school": school, "start_date": start, "end_date": end}
        world.rows["staff-list"].append(row)
    world.save(store)

    with store.read() as session:
        landscape = look(session, store, MONDAY, Board({"de boot": "PAP", "vli": "VLI"}))

    assert landscape.people["anna"].schools == ("PAP", "VLI")


def test_another_board_in_the_same_database_is_not_seen(store: Store) -> None:
    """Many boards may share a database, never a page."""
    world = World()
    world.person("anna")
    world.group("team", members="anna")
    world.save(store)
    other = Store(store.engine, store.tenant + 1, store.data, store.stages, store.datasets)

    with other.read() as session:
        assert isinstance(session, Session)
        assert access(session, other, MONDAY) == []


# ---------------------------------------------------------------- every kind of edge


def test_random_tenants_are_what_a_naive_walk_finds(store: Store) -> None:
    """Every kind of edge, in any combination; each right has its why, and no path gives more than the right.

    The figures of the review walk through many more.
    """
    for seed in range(25):
        assert wrong_in_tenant(store, seed) == []


# ---------------------------------------------------------------- what it costs


def test_the_members_of_a_sharepoint_group_are_found_by_an_index(store: Store) -> None:
    """Three sets joined by going through all of them took hours on a large board, and nothing on a small one."""
    with store.read() as session:
        query = reached(here_of(store, MONDAY), "site", ["s"])
        plan = plan_of(session, query) if store.engine.dialect.name == "sqlite" else []

    by_key = r"USING INDEX \w+ \(tenant_id=\? AND site_id=\? AND principal_id=\?\)"
    assert store.engine.dialect.name != "sqlite" or any(re.search(by_key, line) for line in plan)
    assert [line for line in plan if re.search(r"SCAN (site_groups|site_group_members)", line)] == []
