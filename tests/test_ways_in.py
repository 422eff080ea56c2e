"""Every kind of way in: who comes through it, what is said of it, and which edges would have to go."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from ibpmon.config import Board, Config
from ibpmon.privacy.pseudonyms import Pseudonyms
from ibpmon.review.access import Access, access
from ibpmon.review.items import Item, Words, judge_nobody
from ibpmon.review.matrix import Content, Judgement, Matrix
from ibpmon.store.database import Store
from tests.access_world import World, datasets
from tests.conftest import MONDAY, OpenStore

pytestmark = pytest.mark.usefixtures("english")

EMPTY = Matrix(Content(version="1", approved_by="CvB", approved_on=MONDAY.date()), "")
ANNA = "i:0#.f|membership|anna@board.example"


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store with the connectors that access is made of."""
    return open_database(datasets())


@pytest.fixture
def world() -> World:
    """Anna in a team, the team in the care group, and a site."""
    found = World()
    found.person("anna", "Anna")
    found.group("team", "Team", members="anna")
    found.group("care", "Zorg", inner="team")
    found.site("s", "Dossiers")
    return found


def seen(store: Store, world: World, now: datetime = MONDAY) -> dict[tuple[str, str], Access]:
    """Everyone on every place."""
    world.save(store)
    with store.read() as session:
        return {(one.principal.id, one.resource.id): one for one in access(session, store, now)}


def edges(found: Access) -> list[list[tuple[str, str, str]]]:
    """The edges of each path."""
    return [[(one.kind, one.source, one.target) for one in path.edges] for path in found.paths]


def told(found: Access) -> list[str]:
    """The sentences about one access, without a verdict."""
    words = Words(Pseudonyms(bytes(32)), {}, Config.model_construct(board=Board(name="x")).time_zone)
    return [said.text for said in words.sentences(Item(found, Judgement("CONFORM")))]


def in_site_group(world: World, login: str, title: str = "Dossiers - leden") -> None:
    """The site has one SharePoint group that may change files, and this one is in it."""
    right = {"site_id": "s", "principal_id": 5, "title": title, "kind": 8, "login_name": title}
    world.rows["site-rights"].append(right | {"levels": json.dumps([{"RoleTypeKind": 6}])})
    inside = {"site_id": "s", "principal_id": 5, "member": 7, "kind": 1, "title": "x"}
    world.rows["site-group-members"].append(inside | {"login_name": login})


def item_right(world: World, name: str = "Brief", **given: Any) -> None:
    """A file with a right of its own."""
    item = {"drive_id": "s-files", "item_id": "i1"}
    world.rows["drive-items"].append(item | {"name": name})
    world.rows["item-permissions"].append(item | {"permission_id": "q1", "roles": '["read"]'} | given)


def test_a_path_names_every_edge_that_can_be_cut(store: Store, world: World) -> None:
    """Follow-up makes one task of each: from whom, to what."""
    world.grant("s", "write", group_id="care")

    found = seen(store, world)["anna", "s"]

    assert edges(found) == [[("member", "anna", "team"), ("nested", "team", "care"), ("grant", "care", "s-files")]]


def test_whoever_is_in_a_sharepoint_group_comes_in_by_name_or_through_a_group(store: Store, world: World) -> None:
    """Graph does not tell it, SharePoint itself does; a group of Entra in it counts for its members."""
    in_site_group(world, "c:0t.c|tenant|team")

    found = seen(store, world)["anna", "s"]

    group = "s/Dossiers - leden"
    assert found.right == "write"
    assert edges(found) == [[("member", "anna", "team"), ("site_group", "team", group), ("grant", group, "s")]]
    assert told(found) == [
        "Anna (staff) can read and change files in the site Dossiers.",
        "This account is in the group Team. That group is in: Dossiers - leden.",
        "The group Dossiers - leden has this right on the whole site.",
    ]


def test_a_slash_in_the_name_of_a_site_hides_nobody(store: Store, world: World) -> None:
    """The name stands in that of the SharePoint group: cut at its slash, that group counted as unread."""
    in_site_group(world, ANNA, "Ouders/leerlingen - leden")

    items = seen(store, world)

    assert [one for one, place in items if place == "s"] == ["anna"]


def test_members_of_a_sharepoint_group_that_were_not_read_are_somebody_unknown(store: Store, world: World) -> None:
    """The counterpart: the group stands there itself, with its right."""
    world.never = ["site-rights", "site-group-members"]
    world.grant("s", "owner", site_group="Dossiers - eigenaren")

    found = seen(store, world)["s/Dossiers - eigenaren", "s"]

    assert (found.principal.kind, found.right) == ("site_group", "owner")


def test_a_right_on_one_file_says_so(store: Store, world: World) -> None:
    """Who may read one letter is in the site too, but not in all of it."""
    item_right(world, user_id="anna")

    found = seen(store, world)["anna", "s"]

    assert edges(found) == [[("item_grant", "anna", "s-files/i1")]]
    assert told(found)[1] == (
        "That is because the right was given to this account itself, only on Brief in the library Documenten."
    )


def test_what_a_file_takes_over_from_its_library_is_no_right_of_its_own(store: Store, world: World) -> None:
    """Else each right would be asked about once for each file."""
    item_right(world, user_id="anna", inherited="{}")

    assert ("anna", "s") not in seen(store, world)


def test_a_link_for_some_people_names_them(store: Store, world: World) -> None:
    """One by account, one by mail without any account."""
    people = [{"user": {"id": "anna"}}, {"siteUser": {"loginName": "urn:spo:guest#ouder@elders.example"}}]
    item_right(world, link_scope="users", link_type="view", link_people=json.dumps(people))

    items = seen(store, world)

    assert edges(items["anna", "s"]) == [[("link", "q1", "s-files/i1")]]
    outsider = items["s/urn:spo:guest#ouder@elders.example", "s"]
    assert (outsider.principal.kind, outsider.principal.name) == ("other", "ouder@elders.example")
    assert judge_nobody(outsider, EMPTY) == Judgement("UNKNOWN", "user")
    assert not any(one.principal.kind == "link" for one in items.values())


def test_an_admin_of_a_site_manages_everything(store: Store, world: World) -> None:
    """No right on any library shows it."""
    world.rows["site-admins"].append({"site_id": "s", "member": 1, "login_name": ANNA})

    found = seen(store, world)["anna", "s"]

    assert (found.right, edges(found)) == ("owner", [[("site_admin", "anna", "s")]])
    assert told(found)[1] == "That is because this account is an administrator of the site."


def test_the_owners_of_a_group_are_in_it_and_have_what_its_owners_have(store: Store, world: World) -> None:
    """Also when they are no members."""
    world.person("chris", "Chris")
    world.rows["group-owners"].append({"group_id": "team", "owner_id": "chris", "kind": "#microsoft.graph.user"})
    world.grant("s", "owner", login_name="c:0o.c|federateddirectoryclaimprovider|team_o")

    items = seen(store, world)

    assert edges(items["chris", "team"]) == [[("owner", "chris", "team")]]
    assert edges(items["chris", "s"]) == [[("owner", "chris", "team"), ("grant", "team", "s-files")]]
    assert told(items["chris", "team"])[0] == "Chris (staff) is an owner of the group Team."
    assert ("anna", "s") not in items


def test_a_role_is_a_place_that_somebody_holds_or_may_take(store: Store, world: World) -> None:
    """By itself or through a group; what ended is no more."""
    world.rows["role-definitions"] += [{"role_id": "r1", "name": "Helpdesk"}, {"role_id": "r2", "name": "Global"}]
    world.rows["role-assignments"].append({"assignment_id": "1", "principal_id": "team", "role_id": "r1", "scope": "/"})
    may = {"principal_id": "anna", "role_id": "r2", "scope": "/"}
    world.rows["role-eligibility"] += [
        may | {"eligibility_id": "2"},
        may | {"eligibility_id": "3", "role_id": "r3", "ends": MONDAY - timedelta(days=1)},
    ]

    items = seen(store, world)

    assert edges(items["anna", "r1"]) == [[("member", "anna", "team"), ("role", "team", "r1")]]
    assert edges(items["anna", "r2"]) == [[("eligible_role", "anna", "r2")]]
    assert ("anna", "r3") not in items
    assert told(items["anna", "r2"]) == [
        "Anna (staff) may take the role of administrator Global.",
        "This account itself may take the role for a while.",
    ]


def test_whoever_was_let_into_an_application_is_told_with_the_role_in_it(store: Store, world: World) -> None:
    """And an application that asks nobody to be let in is open to everyone."""
    roles = json.dumps([{"id": "x", "displayName": "Beheerder"}])
    world.rows["service-principals"].append(
        {"principal_id": "app", "name": "LAS", "roles": roles, "only_assigned": False}
    )
    given = {"resource_id": "app", "assignment_id": "1", "principal_id": "team", "kind": "Group", "role_id": "x"}
    world.rows["application-consents"].append(given)

    items = seen(store, world)

    assert edges(items["anna", "app"]) == [[("member", "anna", "team"), ("app_role", "team", "app")]]
    assert told(items["anna", "app"])[0] == "Anna (staff) has this right in the application LAS: Beheerder."
    assert items["everyone/guests", "app"].principal.kind == "everyone"


def test_parts_of_a_site_that_were_not_read_are_somebody_unknown(store: Store, world: World) -> None:
    """Nobody may conclude that a site has no admins, or no files that were shared apart."""
    world.never = ["site-admins", "drive-items", "group-owners"]

    items = seen(store, world)

    unknown = {
        (one.principal.kind, one.principal.scope, place) for (_who, place), one in items.items() if not one.right
    }
    assert unknown == {
        ("part", "site-admins", "s"),
        ("part", "drive-items", "s"),
        ("owners", "", "team"),
        ("owners", "", "care"),
    }
    assert all(one.paths for one in items.values())
