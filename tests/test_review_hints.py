"""The hint of each edge: why it is there, where it is cut, with which line, and who else loses access by it."""

import json
import re
from typing import Any

import pytest

from ibpmon.review.access import look
from ibpmon.review.hints import Hint, advice, guide_of, hints, way, why
from ibpmon.review.nouns import Edge, Landscape, Library, Person, Resource
from ibpmon.review.powershell import LINES, Cut, line, quoted
from ibpmon.store.database import Store
from tests.access_world import World, datasets
from tests.conftest import MONDAY, OpenStore
from tests.hostile_names import MIXED, controls, hidden

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty database."""
    return open_database(datasets())


def school() -> World:
    """Anna by herself, Chris in a group in a group, Dewi by a rule, Eva by the sync, Bram as a guest, and a link."""
    world = World()
    for key in ("anna", "chris", "dirk", "els", "dewi", "eva"):
        world.person(key, key.title())
    world.person("bram", "Bram", population="guest")
    world.person("fien", "Fien", population="pupil")
    world.site("zorg", "Zorg")
    world.group("inner", "Binnen", members="chris dirk els")
    world.group("team", "Team zorg", members="els", inner="inner")
    world.group("rule", "Op functie", members="dewi dirk")
    world.group("sync", "Klas 1A", members="eva fien")
    facts: dict[str, dict[str, Any]] = {
        "rule": {"dynamic": 'user.jobTitle -eq "IB"'},
        "sync": {"synced": True},
        "team": {"kinds": '["Unified"]'},
    }
    for row in world.rows["groups"]:
        row |= facts.get(row["group_id"], {})
    for key in ("team", "rule", "sync"):
        world.grant("zorg", group_id=key)
    world.grant("zorg", user_id="anna")
    world.grant("zorg", user_id="bram", role="read")
    people = [{"user": {"id": key}} for key in ("anna", "dirk")]
    world.grant("zorg", link_scope="users", link_type="edit", link_people=json.dumps(people))
    world.grant("zorg", link_scope="anonymous", link_type="view")
    return world


def found(store: Store, who: str, kind: str = "person", world: World | None = None) -> list[Hint]:
    """The hints about one of them on the site."""
    (world or school()).save(store)
    with store.read() as session:
        landscape = look(session, store, MONDAY)
        guide = guide_of(session, store, landscape)
        return list(hints(guide, landscape.sites["zorg"], (kind, who)))


def told(some: list[Hint]) -> list[tuple[str, int | None]]:
    """The cause of each, with how many others lose access."""
    return [(one.cause, one.others) for one in some]


def test_a_right_of_his_own_takes_it_from_nobody_else(store: Store) -> None:
    """The plainest: one line, and one person. Her link is one of two people."""
    some = found(store, "anna")
    assert told(some) == [("grant", 0), ("link", 0)]
    assert some[0].line == "Remove-MgDriveItemPermission -DriveId 'zorg-files' -DriveItemId 'root' -PermissionId 'p3'"
    assert way(some[0].kept) == "SharePoint > Zorg > Documenten > Library settings > Permissions"
    assert way(some[1].kept) == "SharePoint > Zorg > Documenten > Manage access > Links"


def test_a_group_in_a_group_says_who_else_is_in_it(store: Store) -> None:
    """Out of the inner one: nobody else. The inner out of the outer: Dirk, not Els, who is in it herself."""
    some = found(store, "chris")
    assert told(some) == [("member", 0), ("nested", 1), ("grant", 1)]
    assert some[1].line == "Remove-MgGroupMemberByRef -GroupId 'team' -DirectoryObjectId 'inner'"
    assert way(some[1].kept) == "Entra admin center > Groups > Team zorg > Members > Binnen"


def test_what_a_rule_or_the_night_puts_there_comes_back(store: Store) -> None:
    """Taking somebody out by hand is refused or undone, so the line only shows where it comes from."""
    (first, _grant) = found(store, "dewi")
    assert (first.cause, first.others) == ("dynamic_rule", 0)
    assert "Remove" not in first.line
    assert "change the rule" in advice(first.kept)
    with store.read() as session:
        landscape = look(session, store, MONDAY)
        night = next(hints(guide_of(session, store, landscape), landscape.sites["zorg"], ("person", "eva")))
    assert (night.cause, way(night.kept)) == (
        "sync",
        "Active Directory, or the school administration: the group Klas 1A",
    )
    assert "comes back at night" in advice(night.kept)


def test_a_guest_is_told_as_one(store: Store) -> None:
    """Often the account can go as a whole."""
    (bram,) = found(store, "bram")
    assert (bram.cause, why(bram.kept)) == ("guest", "a guest was let in by name")
    assert "remove the account of the guest" in advice(bram.kept)


def test_nobody_knows_how_many_have_a_link(store: Store) -> None:
    """14. Unknown is not zero."""
    (one,) = found(store, "zorg/anonymous", "link")
    assert (one.cause, one.others) == ("link", None)


def test_a_group_that_was_not_read_makes_the_number_unknown(store: Store) -> None:
    """Behind it may be anybody."""
    world = school()
    world.unread["inner"] = "no permission"
    some = found(store, "els", world=world)
    assert ("grant", None) in told(some)


def site_world() -> World:
    """Rights that only SharePoint knows: a group of its own, an admin, and everyone."""
    world = World()
    for key in ("anna", "dirk"):
        world.person(key, key.title())
    world.person("fien", "Fien", population="pupil")
    world.site("zorg", "Zorg")
    team = {"site_id": "zorg", "principal_id": 5, "title": "Zorg Leden", "kind": 8, "levels": '[{"RoleTypeKind":6}]'}
    world.rows["site-rights"].append(team)
    logins = {
        11: "i:0#.f|membership|anna@board.example", 12: "i:0#.f|membership|fien@board.example",
        13: "c:0-.f|rolemanager|spo-grid-all-users/1234",
    }  # fmt: skip
    for number, login in logins.items():
        row = {"site_id": "zorg", "principal_id": 5, "member": number, "login_name": login}
        world.rows["site-group-members"].append(row)
    world.rows["site-admins"].append({"site_id": "zorg", "member": 21, "login_name": logins[11]})
    return world


def test_what_only_sharepoint_knows_has_a_line_of_pnp(store: Store) -> None:
    """It signs in to the site first."""
    some = {one.cause: one for one in found(store, "anna", world=site_world())}
    start = "Connect-PnPOnline -Url 'https://board.example/sites/zorg' -Interactive; "
    assert set(some) == {"site_group", "grant", "site_admin"}
    login = "'i:0#.f|membership|anna@board.example'"
    assert some["site_group"].line == f"{start}Remove-PnPGroupMember -Group 'Zorg Leden' -LoginName {login}"
    assert some["site_admin"].line.endswith("-Owners (Get-PnPUser -Identity 21).LoginName")
    assert "-PrincipalId 5 | ForEach-Object { Set-PnPWebPermission -Group 'Zorg Leden'" in some["grant"].line
    assert (some["site_group"].others, some["grant"].others) == (0, None)  # everyone is behind the group


def test_everyone_and_pupils_are_cut_without_a_user_name(store: Store) -> None:
    """The claim of all accounts holds the id of the tenant, and ibpmon writes down no user name of a pupil."""
    everyone = found(store, "everyone/members", "everyone", site_world())[0]
    assert everyone.cause == "everyone"
    assert "-like 'c:0-.f|rolemanager|spo-grid-all-users/*'" in everyone.line
    with store.read() as session:
        landscape = look(session, store, MONDAY)
        some = list(hints(guide_of(session, store, landscape), landscape.sites["zorg"], ("person", "fien")))
    assert "fien@" not in json.dumps([one.kept for one in some])
    assert "(Get-MgUser -UserId 'fien').UserPrincipalName" in some[0].line


# ---------------------------------------------------------------- names that attack whoever runs the line

HOSTILE = (
    *MIXED, *controls((0, 7, 9, 10, 13, 27, 0x85, 0x2028, 0x2029)), *hidden((0x202E, 0x200B, 0x2066)),
    "x'; Remove-Item -Recurse /; '", "x\u2019; Remove-Item -Recurse /; \u2018", "\u201a\u201b'\u2018\u2019",
    "$(Remove-Item x)", "`n Remove-Item x", "a\r\nRemove-Item x", "'", "''", "$env:PATH", '"; Remove-Item x; "',
)  # fmt: skip
LITERAL = re.compile("['\u2018-\u201b](?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*['\u2018-\u201b]")


def bare(text: str) -> str:
    """A line without its literals, read as PowerShell reads them: any of five signs is a quote."""
    return LITERAL.sub("''", text)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_never_leaves_its_quotes(name: str) -> None:
    """Straight or curly, doubled it is a sign in a text; and nothing ends the line."""
    assert bare(quoted(name)) == "''"
    assert len(quoted(name).splitlines()) == 1


@pytest.mark.parametrize("kind", sorted(LINES))
def test_no_name_changes_what_a_line_does(kind: Any) -> None:
    """Whatever is called what, outside of the quotes the line is the same."""
    plain = bare(line(cut_of(kind, "name")))
    for name in HOSTILE:
        made = line(cut_of(kind, name))
        assert bare(made) == plain
        assert made.isprintable()


def cut_of(kind: Any, name: str) -> Cut:
    """An edge of which everything is called so."""
    place = Resource("site", "zorg", name, address=f"https://board.example/{name}")
    landscape = Landscape(people={"anna": Person("anna", name, name)}, libraries={"zorg": [Library("files", name)]})
    source = "anna" if kind == "site_group" else name
    target, key = (f"files/{name}", name) if kind in ("link", "item_grant") else (f"zorg/{name}", name)
    if kind in ("grant", "site_admin"):
        target, key = "list", "23"
    return Cut(landscape, place, Edge(kind, source, target, name, key))


def test_a_number_that_is_none_makes_no_line() -> None:
    """The number of a principal stands bare in a line, so it has to be one."""
    place = Resource("site", "zorg", "Zorg", address="https://board.example")
    for kind in ("grant", "site_admin"):
        for key in ("23; Remove-Item x", "", "٣", "2 3"):
            assert line(Cut(Landscape(), place, Edge(kind, "x", "zorg", "", key))) == ""


def test_who_keeps_another_library_of_the_site_still_loses_this_one(store: Store) -> None:
    """Else a cut that hits a whole team would be said to hit nobody."""
    world = school()
    world.rows["drives"].append({**world.rows["drives"][0], "drive_id": "second", "name": "Dossiers"})
    world.rows["drive-permissions"].append(
        {"drive_id": "second", "permission_id": "p99", "roles": '["write"]', "group_id": "rule"}
    )
    grants = [one for one in found(store, "dewi", world=world) if one.cause == "grant"]
    assert sorted(one.others or 0 for one in grants) == [0, 1]  # Dirk is in the first by another group too
