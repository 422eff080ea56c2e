"""Libraries, channels, the rights that SharePoint itself tells, sessions from afar: all shapes, and all consistent."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ibpmon.demo.board import Board, make_board, write_files
from ibpmon.demo.board.names import HOSTILE
from tests.test_board import NOW, SCHEMA, misfits

Json = dict[str, Any]


@pytest.fixture(scope="module")
def small() -> Board:
    """Three schools."""
    return make_board("small", 1, NOW)


@pytest.fixture(scope="module")
def board() -> Board:
    """Twenty schools."""
    return make_board("board", 1, NOW)


def own_rights(board: Board) -> Iterator[Json]:
    """The rights that items have of their own."""
    return (grant for rights in board.item_permissions.values() for grant in rights if "inheritedFrom" not in grant)


# ---------------------------------------------------------------- items


def test_every_library_begins_with_its_root_and_is_one_tree(board: Board) -> None:
    """A crawl that keeps track by id finds the parent of everything, and each folder tells how much is in it."""
    assert set(board.items) == set(board.permissions)
    for drive, rows in board.items.items():
        assert "root" in rows[0]
        parents = Counter(row["parentReference"].get("id") for row in rows[1:])
        folders = {row["id"]: row["folder"]["childCount"] for row in rows if "folder" in row}
        assert {key: count for key, count in folders.items() if count} == dict(parents)
        assert all(row["parentReference"]["driveId"] == drive for row in rows)


def test_a_board_has_a_few_thousand_items_with_ids_of_their_own(board: Board) -> None:
    """A crawl is only a crawl when there is something to crawl."""
    ids = [row["id"] for rows in board.items.values() for row in rows]

    assert 2_000 < len(ids) < 6_000
    assert len(set(ids)) == len(ids)
    assert {row["name"] for rows in board.items.values() for row in rows} & set(HOSTILE)


def test_rights_of_items_come_in_every_shape_that_graph_has(small: Board) -> None:
    """What a reader of rights does not know it must notice; each shape occurs on the smallest board."""
    found = {shape(grant) for grant in own_rights(small)}

    assert found >= {
        "link anonymous", "link anonymous until", "link organization", "link users", "link existingAccess",
        "invitation", "user", "group", "owners of a group", "everyone", "application", "siteGroup", "sharePointGroup",
    }  # fmt: skip


def shape(grant: Json) -> str:
    """What a right looks like from outside."""
    if "link" in grant:
        ends = grant.get("expirationDateTime", "0001")
        return f"link {grant['link']['scope']}{'' if ends.startswith('0001') else ' until'}"
    if "invitation" in grant:
        return "invitation"
    granted = grant["grantedToV2"]
    if granted.get("siteUser", {}).get("loginName", "").endswith("_o"):
        return "owners of a group"
    kinds = ("user", "group", "sharePointGroup", "siteGroup", "application")
    return next((kind for kind in kinds if kind in granted), "everyone")


def test_one_right_has_one_id_in_its_item(board: Board) -> None:
    """A right that an item has itself takes the place of the same right of its library."""
    for rights in board.item_permissions.values():
        assert max(Counter(grant["id"] for grant in rights).values(), default=0) <= 1


def test_only_items_with_own_rights_have_the_facet_that_says_so(board: Board) -> None:
    """The crawl asks the rights of items with the facet and of no other, so nothing may hide without it."""
    for rows in board.items.values():
        for row in rows[1:]:
            assert ("shared" in row) == (row["id"] in board.item_permissions)


def test_an_item_that_shut_its_library_out_has_an_empty_facet_or_a_share(board: Board) -> None:
    """An empty facet means: own rights, no sharing; a missing one: the rights of the library."""
    facets = {row["id"]: row["shared"] for rows in board.items.values() for row in rows[1:] if "shared" in row}
    broken = [key for key, rights in board.item_permissions.items() if all("inheritedFrom" not in g for g in rights)]

    assert broken
    assert {} in [facets[key] for key in broken]
    for key, rights in board.item_permissions.items():
        scopes = {grant["link"]["scope"] for grant in rights if "link" in grant and "inheritedFrom" not in grant}
        scopes -= {"existingAccess"}
        assert not scopes or facets[key]["scope"] in scopes


def test_no_item_gives_a_pupil_a_way_into_an_area_of_the_staff(board: Board) -> None:
    """The truth about pupils is told from groups and libraries; items add nothing to it."""
    pupils = {person.id for person in board.people if person.population == "pupil"}

    granted = {g.get("grantedToV2", {}).get("user", {}).get("id") for g in own_rights(board)}

    assert not granted & pupils


# ---------------------------------------------------------------- sites as SharePoint tells them


def test_every_site_tells_its_groups_in_dutch_and_its_roles_by_number(board: Board) -> None:
    """Names of roles are translated per site; a reader that looks for 'Full Control' finds nobody."""
    for site in {row["id"] for row in board.sites}:
        rows = board.role_assignments_of_site[site]
        titles = [str(row["Member"]["Title"]).rsplit(" - ", 1)[-1] for row in rows[:3]]
        assert titles == ["eigenaren", "leden", "bezoekers"]
        assert {row["RoleDefinitionBindings"][0]["RoleTypeKind"] for row in rows} <= {1, 2, 5, 6}
        numbers = [row["PrincipalId"] for row in rows]
        assert len(set(numbers)) == len(numbers)


def test_the_groups_of_a_site_are_those_that_graph_names_on_its_libraries(board: Board) -> None:
    """Graph says that 'X - eigenaren' may enter, SharePoint says who that is: the names must meet."""
    for site, drives in board.drives.items():
        titles = {row["Member"]["Title"] for row in board.role_assignments_of_site[site]}
        for grant in (grant for drive in drives for grant in board.permissions[drive["id"]]):
            granted = grant.get("grantedToV2", {})
            if "siteGroup" in granted:
                assert granted["siteGroup"]["displayName"] in titles


def test_everyone_with_a_right_on_a_library_is_known_in_the_site(board: Board) -> None:
    """Who is on a library by claim stands in the site itself, or in one of its groups."""
    for site, drives in board.drives.items():
        rows = board.role_assignments_of_site[site]
        known = {user["LoginName"] for row in rows for user in (row["Member"], *row["Member"].get("Users", ()))}
        for grant in (grant for drive in drives for grant in board.permissions[drive["id"]]):
            claim = grant.get("grantedToV2", {}).get("siteUser", {}).get("loginName")
            assert claim is None or claim in known


def test_sharing_leaves_limited_access_behind(small: Board) -> None:
    """Limited access is a by-product of a shared item, not access to the site: a trap for whoever counts rows."""
    kinds = Counter(
        row["RoleDefinitionBindings"][0]["RoleTypeKind"]
        for rows in small.role_assignments_of_site.values()
        for row in rows
    )
    hidden = [
        row["Member"]["Title"]
        for rows in small.role_assignments_of_site.values()
        for row in rows
        if row["Member"]["IsHiddenInUI"]
    ]

    assert kinds[1] > 5
    assert all(title.startswith("SharingLinks.") for title in hidden)


def test_some_members_of_site_groups_are_nowhere_else(small: Board) -> None:
    """Without SharePoint's own answer such a guest stays unseen: this is what its credential buys."""
    seen = json.dumps(list(small.permissions.values()))
    inside = [
        user["LoginName"]
        for rows in small.role_assignments_of_site.values()
        for user in rows[1]["Member"]["Users"]
        if user["LoginName"].startswith("i:0#.f|")
    ]

    assert [login for login in inside if login not in seen]


def test_lists_with_rights_of_their_own_are_the_same_for_graph_and_sharepoint(board: Board) -> None:
    """Two views of one list: the same ids, and who has rights where the mark says so."""
    for site, rows in board.rest_lists.items():
        assert [row["Id"] for row in rows] == [row["id"] for row in board.lists[site]]
        for row in rows:
            assert row["HasUniqueRoleAssignments"] == (row["Id"] in board.list_permissions)
            assert row["HasUniqueRoleAssignments"] == (row["Id"] in board.list_role_assignments)


def test_each_site_has_an_admin_and_a_onedrive_has_its_own_user(board: Board) -> None:
    """Admins need no role assignment at all."""
    for site in board.sites:
        admins = board.site_admins[site["id"]]
        assert admins
        assert all(admin["IsSiteAdmin"] for admin in admins)
        if site["isPersonalSite"]:
            assert len(admins) == 1


# ---------------------------------------------------------------- channels, Datto, Purview


def test_private_and_shared_channels_have_a_site_of_their_own(small: Board) -> None:
    """Files of a private channel are not in the site of its team."""
    rows = [row for channels in small.channels.values() for row in channels]
    own = {row["id"] for row in rows if row["membershipType"] != "standard"}

    assert {row["membershipType"] for row in rows} == {"standard", "private", "shared"}
    assert own == set(small.channel_drives)
    assert set(small.channel_drives.values()) <= set(small.items)
    assert {row["id"] for row in rows} == set(small.channel_members)


def test_a_shared_channel_has_somebody_of_another_tenant(small: Board) -> None:
    """Such a member has no account here: its id says nothing to anyone in this tenant."""
    accounts = {user["id"] for user in small.users}
    outside = [m for rows in small.channel_members.values() for m in rows if m["tenantId"] != small.tenant_id]

    assert outside
    assert not {member["userId"] for member in outside} & accounts


def test_sessions_from_afar_are_on_known_devices_by_ict(small: Board) -> None:
    """ICT looks along only with consent: whoever checks that must know which device, who and when."""
    devices = {row["id"]: row["hostname"] for row in small.rmm_devices}
    people = {user["userPrincipalName"].split("@")[0] for user in small.users}

    assert small.rmm_activities
    for row in small.rmm_activities:
        assert devices[row["deviceId"]] == row["hostname"]
        assert row["user"]["userName"] in people
        assert datetime.fromtimestamp(row["date"] / 1000, UTC) < small.now
    assert [row["date"] for row in small.rmm_activities] == sorted(
        (r["date"] for r in small.rmm_activities), reverse=True
    )


def test_the_audit_log_names_who_made_each_link(small: Board) -> None:
    """Graph shows a link without its maker; only this log has the name."""
    links = {grant["id"] for grant in own_rights(small) if "link" in grant}
    told = {row["auditData"]["PermissionId"]: row["userPrincipalName"] for row in small.unified_audit}

    assert links <= set(told)
    assert set(told.values()) <= {user["userPrincipalName"] for user in small.users}


def test_every_row_is_of_the_shape_that_microsoft_declares(small: Board) -> None:
    """Names, types and words of the answers, against Microsoft's own list of types."""
    if not SCHEMA.exists():
        pytest.skip("Microsoft's list of types is not beside this checkout")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["v1.0"]
    rows: dict[str, list[Json]] = {
        "driveItem": [row for found in small.items.values() for row in found],
        "permission": [
            row for found in (*small.item_permissions.values(), *small.list_permissions.values()) for row in found
        ],
        "list": [row for found in small.lists.values() for row in found],
        "channel": [row for found in small.channels.values() for row in found],
        "aadUserConversationMember": [row for found in small.channel_members.values() for row in found],
        "sharepointSettings": [small.sharepoint_settings],
        "security.auditLogRecord": [{**row, "auditData": {}} for row in small.unified_audit],
    }
    for kind, found in rows.items():
        for row in found:
            assert misfits(schema, f"microsoft.graph.{kind}", row) == [], kind


def test_every_row_of_sharepoint_is_of_the_shape_of_sharepoint(small: Board) -> None:
    """The same for SharePoint's own interface, that has its own list of types."""
    if not SCHEMA.exists():
        pytest.skip("Microsoft's list of types is not beside this checkout")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["sharepoint_rest"]

    def names(kind: str) -> set[str]:
        own = {*schema[kind]["properties"], *schema[kind]["navigation"]}
        return own | (names(schema[kind]["base"]) if schema[kind]["base"] else set())

    assignments = [*small.role_assignments_of_site.values(), *small.list_role_assignments.values()]
    for row in (row for rows in assignments for row in rows):
        member = row["Member"]
        assert set(row) <= names("SP.RoleAssignment")
        assert set(member) <= names("SP.Group" if member["PrincipalType"] == 8 else "SP.User")
        assert all(set(user) <= names("SP.User") for user in member.get("Users", ()))
        assert all(set(role) <= names("SP.RoleDefinition") for role in row["RoleDefinitionBindings"])
    for row in (row for rows in small.rest_lists.values() for row in rows):
        assert set(row) <= names("SP.List")


def test_the_board_hands_over_what_microsoft_does_not_know(small: Board, tmp_path: Path) -> None:
    """An inventory, a classification, consents for most remote sessions, and the users of the payroll."""
    write_files(small, tmp_path)
    lines = {path.stem: read(path) for path in tmp_path.glob("*.csv")}

    listed, managed = {row["Serienummer"] for row in lines["apparaten"]}, {row["serialNumber"] for row in small.devices}
    told = {key for _rule, key in small.intended} | {decoy.subject for decoy in small.decoys}
    assert listed - managed <= told  # only who plays a part is on one of the two only
    assert {row["id"] for row in small.devices if row["serialNumber"] in managed - listed} <= told
    assert {row["In gebruik"] for row in lines["apparaten"]} == {"ja", "nee"}
    assert {row["Soort"] for row in lines["biv"]} == {"site", "groep", "toepassing"}
    assert 0 < len(lines["meekijken"]) < len(small.rmm_activities)
    assert "" in {row["Personeelsnummer"] for row in lines["salaris"]}


def read(path: Path) -> list[dict[str, str]]:
    """The lines of a file of the board."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.slow
def test_the_largest_board_has_the_size_that_a_crawl_is_measured_on() -> None:
    """Sixty schools, two thousand sites with six thousand libraries, and still made in seconds."""
    board = make_board("large", 1, NOW)
    counts = board.truth["counts"]

    assert len(board.schools) == 61
    assert counts["sites"] == 2000
    assert counts["drives"] == 6000
    assert 1500 <= counts["populations"]["staff"] <= 1750
    assert 15_000 <= counts["populations"]["pupil"] <= 15_300
    assert counts["sign_ins"] > 200_000
    assert len(board.items) == 6000
