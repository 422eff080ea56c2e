"""Sites, libraries, files and channels of the simulated Microsoft: every oddity that a reader of rights meets there."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ibpmon.demo.board import Board, make_board
from ibpmon.demo.microsoft.answers import Json, Refusal, Request
from ibpmon.demo.microsoft.files import Files, cost
from ibpmon.demo.microsoft.identity import Caller

MONDAY = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
TENANT = "5cca46ba-8e9f-5f1b-bb1f-18962a8d17c6"
SITE, OTHER, DRIVE = "zee.sharepoint.example,1,1", "zee.sharepoint.example,2,2", "b!zee"
TEAM = "e235da8e-fa24-525c-974e-3f709d52b809"
HIERARCHY = {"prefer": "hierarchicalsharing"}
SHARING = {
    "prefer": "hierarchicalsharing, deltashowremovedasdeleted, deltatraversepermissiongaps, deltashowsharingchanges"
}
READER = Caller("reader", frozenset({"Sites.Read.All", "Channel.ReadBasic.All", "ChannelMember.Read.All"}))
OWNER = Caller("owner", frozenset({"Sites.FullControl.All"}))
OWNERS: Json = {"id": "T3du", "roles": ["owner"], "grantedToV2": {"siteGroup": {"displayName": "eigenaren", "id": "3"}}}
ANNA: Json = {"id": "anna", "roles": ["read"], "grantedToV2": {"user": {"id": "a1", "displayName": "Anna"}}}
APP: Json = {"id": "app", "roles": ["read"], "grantedToV2": {"application": {"id": "r1", "displayName": "Rooster"}}}
LINK: Json = {
    "id": "link",
    "roles": ["write"],
    "shareId": "u!geheim",
    "link": {"scope": "anonymous", "type": "edit", "webUrl": "https://zee.sharepoint.example/:x:/geheim"},
    "expirationDateTime": "0001-01-01T00:00:00Z",
    "grantedToIdentitiesV2": [],
}


def item(key: str, parent: str = "root-1", **more: Any) -> Json:
    """A file, or with `folder={}` a folder."""
    above = {"driveType": "documentLibrary", "driveId": DRIVE, "id": parent, "siteId": "1"}
    kind = {} if "folder" in more else {"file": {"mimeType": "application/pdf"}}
    written = {"createdDateTime": "2026-09-01T08:00:00Z", "lastModifiedDateTime": "2026-10-01T08:00:00Z"}
    return {"id": key, "name": f"{key}.pdf", "size": 48211, "parentReference": above, **written, **kind, **more}


def root() -> Json:
    """The root of the library."""
    above = {"driveType": "documentLibrary", "driveId": DRIVE}
    row = item("root-1", name="root", folder={"childCount": 2}, root={}, shared={"scope": "users"})
    return row | {"parentReference": above}


def site(key: str, name: str) -> Json:
    """A site."""
    return {
        "id": key,
        "displayName": name,
        "webUrl": f"https://zee.sharepoint.example/sites/{name}",
        "siteCollection": {},
    }


def channel(key: str, kind: str) -> Json:
    """A channel of a team."""
    row = {"id": f"19:{key}@thread.tacv2", "displayName": key, "membershipType": kind}
    return row | {"createdDateTime": "2026-01-09T08:00:00Z", "tenantId": TENANT}


@dataclass
class World:
    """A library with a folder that only takes over, a file with a link, and a file that takes nothing over."""

    board: Board
    now: datetime = MONDAY
    caller: Caller = OWNER
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        self.files = Files(self.board, lambda: self.now)

    def ask(self, address: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        """The answer to a path or a link, as JSON."""
        parts = urlsplit(address)
        path = parts.path if parts.path.startswith(("/v1.0", "/beta")) else f"/v1.0{parts.path}"
        host = {"host": "localhost:1"}
        request = Request(more.get("method", "GET"), path, dict(parse_qsl(parts.query)), {**host, **(headers or {})})
        answer = self.files.answer(request, more.get("caller", self.caller))
        return None if answer is None else json.loads(answer.body)

    def rows(self, address: str, headers: dict[str, str] | None = None, **more: Any) -> list[Json]:
        """The rows of one page."""
        return list(self.ask(address, headers, **more)["value"])

    def round(self, address: str, headers: dict[str, str] | None = None) -> tuple[dict[str, Json], str]:
        """A whole round: the last row of each id, and the link for the next round."""
        found: dict[str, Json] = {}
        while True:
            page = self.ask(address, headers)
            for row in page["value"]:
                found.pop(row["id"], None)
                found[row["id"]] = row
            if "@odata.deltaLink" in page:
                return found, page["@odata.deltaLink"]
            address = page["@odata.nextLink"]

    def touch(self, key: str, *, written: bool = False) -> None:
        """Something happened to an item; `written`: to what is in it."""
        row = next(row for row in self.board.items[DRIVE] if row["id"] == key)
        if written:
            row["lastModifiedDateTime"] = f"{self.now + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
        self.board.journal.touch(f"item:{DRIVE}", key)

    def share(self, key: str, *own: Json) -> None:
        """Give an item rights of its own."""
        self.board.item_permissions[key] = list(own)
        row = next(row for row in self.board.items[DRIVE] if row["id"] == key)
        row["shared"] = {"scope": "users"} if own else {}
        self.touch(key)


@pytest.fixture
def world() -> World:
    """A fresh board of two sites and one team."""
    board = Board("small", 1, MONDAY, random.Random(1), TENANT, [])
    board.sites = [site(SITE, "Zee"), site(OTHER, "Zee-Zorg")]
    board.groups = [
        {"id": TEAM, "displayName": "Zee", "groupTypes": ["Unified"]},
        {"id": "security", "displayName": "Zee", "groupTypes": []},
    ]
    row = {
        "driveType": "documentLibrary",
        "webUrl": "https://zee/Documenten",
        "lastModifiedDateTime": "2026-10-01T08:00:00Z",
    }
    board.drives = {
        SITE: [{"id": DRIVE, "name": "Documenten", **row}, {"id": "b!sys", "name": "Stijl", "system": {}, **row}],
        OTHER: [{"id": "b!zorg", "name": "Documenten", **row}],
    }
    board.permissions = {DRIVE: [OWNERS, ANNA, APP], "b!sys": [OWNERS], "b!zorg": [OWNERS]}
    folder = item("folder", folder={"childCount": 1}, name="Zorg")
    board.items = {DRIVE: [root(), folder, item("below", "folder"), item("linked"), item("broken")], "b!zorg": []}
    board.items[DRIVE][3]["shared"], board.items[DRIVE][4]["shared"] = {"scope": "anonymous"}, {}
    taken = [grant | {"inheritedFrom": {}} for grant in board.permissions[DRIVE]]
    board.item_permissions = {"linked": [*taken, LINK], "broken": [OWNERS]}
    board.channels = {TEAM: [channel("General", "standard"), channel("Zorg", "private"), channel("Samen", "shared")]}
    board.channel_drives = {"19:Zorg@thread.tacv2": "b!zorg"}
    return World(board)


DELTA = f"/drives/{DRIVE}/root/delta"
LATEST = f"{DELTA}?token=latest"


def refused(ask: Callable[[], Any]) -> Refusal:
    """The refusal of a question."""
    with pytest.raises(Refusal) as told:
        ask()
    return told.value


# ---------------------------------------------------------------- what is in a library


def test_the_shared_facet_tells_which_items_have_rights_of_their_own(world: World) -> None:
    """Empty means rights of its own without any link, missing means taken over: only the first must be read further."""
    found, _ = world.round(DELTA, HIERARCHY)

    assert {key: row.get("shared") for key, row in found.items()} == {
        "root-1": {"scope": "users"},
        "folder": None,
        "below": None,
        "linked": {"scope": "anonymous"},
        "broken": {},
    }


def test_without_the_preference_every_item_looks_shared(world: World) -> None:
    """Whoever forgets the header on one page reads the rights of everything on it."""
    found, _ = world.round(DELTA)

    assert found["below"]["shared"] == {"scope": "users"}


def test_preferences_are_not_in_the_link_to_the_next_page(world: World) -> None:
    """Custom headers must be sent again with every page: here the second one is asked with and without."""
    first = world.ask(f"{DELTA}?$top=2", HIERARCHY)

    with_it, without = (world.rows(first["@odata.nextLink"], headers) for headers in (HIERARCHY, {}))
    assert [row["id"] for row in with_it] == [row["id"] for row in without] == ["folder", "below"]
    assert ["shared" in row for row in with_it] == [False, False]
    assert ["shared" in row for row in without] == [True, True]


def test_of_the_rows_with_one_id_the_last_counts(world: World) -> None:
    """An item comes once as it was and then as it is; the first of the two is not the truth."""
    rows = [row for row in world.rows(DELTA, HIERARCHY) if row["id"] == "broken"]

    assert [row["size"] for row in rows] == [0, 48211]


def test_a_round_over_pages_repeats_a_row_and_has_an_empty_page(world: World) -> None:
    """A page of nothing is not the end: only a delta link is."""
    pages, link = [], f"{DELTA}?$top=2"
    while link:
        pages.append(world.ask(link, HIERARCHY))
        link = pages[-1].get("@odata.nextLink", "")

    keys = [[row["id"] for row in page["value"]] for page in pages]
    assert keys[0][-1] == keys[1][0]
    assert keys[2] == []
    assert {key for page in keys for key in page} == {"root-1", "folder", "below", "linked", "broken"}
    assert "@odata.deltaLink" in pages[-1]


def test_rows_tell_no_path(world: World) -> None:
    """Where an item stands follows from the ids of what is above it."""
    assert all("path" not in row["parentReference"] for row in world.rows(DELTA))


def test_rights_cannot_be_asked_along(world: World) -> None:
    """Else one request of two units would tell everything."""
    assert refused(lambda: world.ask(f"{DELTA}?$expand=permissions")).status == 400


def test_chosen_properties_and_unknown_ones(world: World) -> None:
    """The type stays with what is chosen; a property that does not exist is refused."""
    rows = world.rows(f"{DELTA}?$select=id,shared", HIERARCHY)

    assert rows[0] == {"@odata.type": "#microsoft.graph.driveItem", "id": "root-1", "shared": {"scope": "users"}}
    assert refused(lambda: world.ask(f"{DELTA}?$select=id,hasUniqueRoleAssignments")).status == 400


# ---------------------------------------------------------------- what changed in it


def test_latest_gives_a_link_and_no_rows(world: World) -> None:
    """To begin from now on."""
    found, link = world.round(LATEST, SHARING)

    assert found == {}
    assert world.round(link, SHARING)[0] == {}


def test_a_change_comes_with_the_folders_above_it(world: World) -> None:
    """Nothing changed in those; the header deltaExcludeParent leaves them out."""
    _, link = world.round(LATEST, SHARING)
    world.touch("below", written=True)

    assert list(world.round(link, SHARING)[0]) == ["root-1", "folder", "below"]
    assert list(world.round(link, {**SHARING, "deltaexcludeparent": "true"})[0]) == ["below"]


def test_a_deleted_item_has_no_name(world: World) -> None:
    """Only its id can be trusted."""
    _, link = world.round(LATEST, SHARING)
    world.board.items[DRIVE] = [row for row in world.board.items[DRIVE] if row["id"] != "linked"]
    world.board.journal.remove(f"item:{DRIVE}", "linked", "changed")

    row = world.round(link, SHARING)[0]["linked"]
    assert row["deleted"] == {"state": "softDeleted"}
    assert "name" not in row


def test_a_change_in_rights_alone_needs_three_preferences(world: World) -> None:
    """Without all three a new link on an old file is not told at all."""
    _, link = world.round(LATEST, SHARING)
    world.share("below", LINK)

    changed = world.round(link, SHARING)[0]["below"]
    assert changed["@microsoft.graph.sharedChanged"] == "True"
    assert changed["shared"] == {"scope": "users"}
    assert "below" not in world.round(link, {"prefer": "deltashowsharingchanges"})[0]
    assert "below" not in world.round(link)[0]


def test_a_change_in_rights_alone_needs_full_control(world: World) -> None:
    """Microsoft tells an app with less only what changes for that app; the rest is found by reading all again."""
    world.caller = READER
    _, link = world.round(LATEST, SHARING)
    world.share("below", LINK)

    assert "below" not in world.round(link, SHARING)[0]
    world.files.scoped = False
    assert "below" in world.round(link, SHARING)[0]


def test_a_change_in_a_file_is_no_change_in_its_rights(world: World) -> None:
    """Only what is marked needs its rights read again."""
    _, link = world.round(LATEST, SHARING)
    world.touch("linked", written=True)

    assert "@microsoft.graph.sharedChanged" not in world.round(link, SHARING)[0]["linked"]


def test_rights_that_came_and_went_are_no_change(world: World) -> None:
    """What counts is what is different from the round before."""
    _, link = world.round(LATEST, SHARING)
    world.share("broken", LINK)
    world.share("broken", OWNERS)
    world.board.items[DRIVE][4]["shared"] = {}

    assert "@microsoft.graph.sharedChanged" not in world.round(link, SHARING)[0]["broken"]


def test_a_moment_can_stand_in_the_place_of_a_token(world: World) -> None:
    """Of SharePoint and OneDrive for Business only."""
    world.touch("below", written=True)

    assert "below" in world.round(f"{DELTA}?token=2026-11-01T00:00:00Z")[0]
    assert "linked" not in world.round(f"{DELTA}?token=2026-11-01T00:00:00Z")[0]
    assert refused(lambda: world.ask(f"{DELTA}?token=onzin")).status == 400


def test_a_token_of_too_long_ago_means_reading_all_again(world: World) -> None:
    """410 with the place to start again; both codes mean the same to who only reads."""
    _, link = world.round(LATEST)
    world.now += timedelta(days=8)

    lost = refused(lambda: world.ask(link))
    assert (lost.status, lost.code) == (410, "resyncRequired")
    assert lost.inner["code"] in ("resyncChangesApplyDifferences", "resyncChangesUploadDifferences")
    assert len(world.round(lost.headers["Location"])[0]) == 5


def test_a_round_of_another_simulation_starts_again(world: World) -> None:
    """The place in a round that nobody remembers is lost, never taken for the end."""
    first = world.ask(f"{DELTA}?$top=1")

    assert refused(lambda: World(world.board).ask(first["@odata.nextLink"])).status == 410


# ---------------------------------------------------------------- rights


def test_an_empty_object_tells_that_a_right_is_taken_over(world: World) -> None:
    """`{}` counts as nothing in many languages: look whether the key is there."""
    page = world.ask(f"/drives/{DRIVE}/items/linked/permissions")
    rows = page["value"]

    assert page["@odata.context"].endswith("/v1.0/$metadata#drives('b!zee')/items('linked')/permissions")
    assert [("inheritedFrom" in row, row.get("inheritedFrom")) for row in rows] == [(True, {})] * 3 + [(False, None)]


def test_an_item_that_only_takes_over_shows_the_rights_of_the_root(world: World) -> None:
    """Also when the board wrote none down for it."""
    rows = world.rows(f"/drives/{DRIVE}/items/below/permissions")

    assert [row["id"] for row in rows] == ["T3du", "anna", "app"]
    assert all(row["inheritedFrom"] == {} for row in rows)
    assert rows[0]["id"] == world.rows(f"/drives/{DRIVE}/root/permissions")[0]["id"]


@pytest.mark.parametrize("key", ["root", "root-1"])
def test_the_root_has_two_names(world: World, key: str) -> None:
    """Its own rights are not taken over."""
    rows = world.rows(f"/drives/{DRIVE}/items/{key}/permissions")

    assert all("inheritedFrom" not in row for row in rows)


def test_a_reader_does_not_get_the_address_of_a_link(world: World) -> None:
    """With it anyone could use the link; only who could make it gets it."""
    read = world.rows(f"/drives/{DRIVE}/items/linked/permissions", caller=READER)[-1]
    full = world.rows(f"/drives/{DRIVE}/items/linked/permissions")[-1]

    assert "shareId" not in read
    assert read["link"] == {"scope": "anonymous", "type": "edit"}
    assert full == LINK


def test_the_rights_of_a_site_are_those_of_applications_only(world: World) -> None:
    """People and groups are never told here, and full control is needed for it."""
    assert [row["grantedToIdentitiesV2"] for row in world.rows(f"/sites/{SITE}/permissions")] == [
        [{"application": {"id": "r1", "displayName": "Rooster"}}]
    ]
    assert refused(lambda: world.ask(f"/sites/{SITE}/permissions", caller=READER)).code == "accessDenied"


def test_lists_do_not_tell_whether_they_have_rights_of_their_own(world: World) -> None:
    """Graph has no such property: SharePoint itself must be asked."""
    world.board.lists = {SITE: [{"id": "l1", "name": "Documenten"}, {"id": "l2", "system": {}}]}
    world.board.list_permissions = {"l1": [OWNERS]}

    assert [row["id"] for row in world.rows(f"/sites/{SITE}/lists")] == ["l1"]
    assert [row["id"] for row in world.rows(f"/sites/{SITE}/lists?$select=id,system")] == ["l1", "l2"]
    assert refused(lambda: world.ask(f"/sites/{SITE}/lists?$select=hasUniqueRoleAssignments")).status == 400
    assert world.rows(f"/sites/{SITE}/lists/l1/permissions") == [OWNERS]
    assert refused(lambda: world.ask(f"/sites/{SITE}/lists/l9/permissions")).code == "itemNotFound"


def test_every_shape_of_a_right_is_in_the_board() -> None:
    """The board that the simulation serves has each shape that Graph has, so that each is read in the tests."""
    board = make_board("small", 1, MONDAY)
    rights = [grant for rows in (board.permissions, board.item_permissions) for own in rows.values() for grant in own]
    text = json.dumps(rights)

    scopes = {grant["link"]["scope"] for grant in rights if "link" in grant}
    kinds = {kind for grant in rights for kind in grant.get("grantedToV2", {})}
    assert scopes == {"anonymous", "organization", "users", "existingAccess"}
    assert kinds == {"user", "group", "siteUser", "siteGroup", "sharePointGroup", "application"}
    assert any("invitation" in grant and "grantedToV2" not in grant for grant in rights)
    for claim in (
        "urn:spo:guest#",
        "spo-grid-all-users/",
        '_o"',
        "0001-01-01T00:00:00Z",
    ):
        assert claim in text
    assert "c:0(.s|true" in text or "c:0!.s|windows" in text


# ---------------------------------------------------------------- sites and channels


def test_libraries_of_the_system_come_when_they_are_named(world: World) -> None:
    """Hidden libraries appear only when the property is asked."""
    assert [row["name"] for row in world.rows(f"/sites/{SITE}/drives")] == ["Documenten"]
    assert len(world.rows(f"/sites/{SITE}/drives?$select=id,name,system")) == 2


def test_a_locked_and_an_archived_site_refuse_by_themselves(world: World) -> None:
    """One closed site must not end the reading of the others."""
    world.files.locked.add(SITE)
    world.board.sites[1]["siteCollection"] = {"archivalDetails": {"archiveStatus": "fullyArchived"}}

    assert refused(lambda: world.ask(f"/sites/{SITE}/drives")).status == 423
    assert refused(lambda: world.ask(DELTA)).status == 423
    assert refused(lambda: world.ask(f"/sites/{OTHER}/drives")).status == 403
    assert refused(lambda: world.ask("/drives/b!zorg/root/permissions")).status == 403


def test_the_site_of_a_group(world: World) -> None:
    """A Microsoft 365 group has one, a security group of the same name has none."""
    assert world.ask(f"/groups/{TEAM}/sites/root")["id"] == SITE
    assert refused(lambda: world.ask("/groups/security/sites/root")).status == 404
    assert refused(lambda: world.ask("/groups/nobody/sites/root")).code == "Request_ResourceNotFound"


def test_a_shared_channel_is_of_an_unknown_kind_to_a_client_that_does_not_say_it_knows(world: World) -> None:
    """A word that was added later comes only on request."""
    world.caller = READER
    known = {"prefer": "include-unknown-enum-members"}

    for name in ("channels", "allChannels"):
        assert [row["membershipType"] for row in world.rows(f"/teams/{TEAM}/{name}")][-1] == "unknownFutureValue"
        assert [row["membershipType"] for row in world.rows(f"/teams/{TEAM}/{name}", known)][-1] == "shared"
    private = f"/teams/{TEAM}/channels?$filter=membershipType eq 'private'"
    assert [row["displayName"] for row in world.rows(private)] == ["Zorg"]


def test_somebody_of_another_organisation_is_in_a_channel(world: World) -> None:
    """Such a member has the number of another tenant, and no account here."""
    world.caller = READER
    foreign: Json = {"id": "m", "roles": [], "displayName": None, "userId": "far", "tenantId": "48e7"}
    world.board.channel_members = {"19:Samen@thread.tacv2": [foreign]}

    for name in ("members", "allMembers"):
        page = world.ask(f"/teams/{TEAM}/channels/19:Samen%40thread.tacv2/{name}")
        assert page["value"] == [foreign]
        assert page["@odata.count"] == 1


def test_the_files_of_a_channel(world: World) -> None:
    """A standard channel is a folder in the site of the team, a private one has a site of its own; no options."""
    standard = world.ask(f"/teams/{TEAM}/channels/19:General@thread.tacv2/filesFolder")
    private = world.ask(f"/teams/{TEAM}/channels/19:Zorg@thread.tacv2/filesFolder")

    assert standard["parentReference"]["driveId"] == DRIVE
    assert private["parentReference"]["driveId"] == "b!zorg"
    assert private["createdDateTime"] == "0001-01-01T00:00:00Z"
    options = f"/teams/{TEAM}/channels/19:Zorg@thread.tacv2/filesFolder?$select=id"
    assert refused(lambda: world.ask(options)).status == 400


# ---------------------------------------------------------------- who may ask, and what it costs


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/sites/{SITE}/drives", "accessDenied"),
        (DELTA, "accessDenied"),
        (f"/drives/{DRIVE}/items/linked/permissions", "accessDenied"),
        (f"/groups/{TEAM}/sites/root", "accessDenied"),
        (f"/teams/{TEAM}/channels", "Authorization_RequestDenied"),
        (f"/teams/{TEAM}/channels/19:Zorg@thread.tacv2/members", "Authorization_RequestDenied"),
    ],
)
def test_without_the_permission_nothing_is_told(world: World, path: str, code: str) -> None:
    """403, in the words of SharePoint or of Teams."""
    told = refused(lambda: world.ask(path, caller=Caller("stranger", frozenset({"User.Read.All"}))))

    assert (told.status, told.code) == (403, code)


def test_what_is_not_there_and_what_is_not_ours(world: World) -> None:
    """A missing thing is 404; a path of another part of Graph is left to that part; and nothing can be written."""
    assert refused(lambda: world.ask("/sites/nowhere/drives")).code == "itemNotFound"
    assert refused(lambda: world.ask("/drives/b!gone/root/delta")).code == "itemNotFound"
    assert refused(lambda: world.ask(f"/drives/{DRIVE}/items/gone/permissions")).code == "itemNotFound"
    assert refused(lambda: world.ask("/teams/security/channels", caller=READER)).status == 404
    assert world.ask("/users") is None
    assert world.ask("/sites/getAllSites") is None
    assert refused(lambda: world.ask(DELTA, method="POST")).status == 405


@pytest.mark.parametrize(
    ("address", "units"),
    [
        (f"/v1.0{DELTA}", 2),
        (f"/v1.0{DELTA}?token=abc", 1),
        (f"/v1.0{DELTA}(token='abc')", 1),
        (f"/v1.0/drives/{DRIVE}/items/x/permissions", 5),
        (f"/v1.0/sites/{SITE}/lists/l1/permissions", 5),
        (f"/v1.0/sites/{SITE}/drives", 2),
        (f"/v1.0/sites/{SITE}/drives?$expand=permissions", 5),
        ("/v1.0/sites/getAllSites", 2),
        (f"/v1.0/groups/{TEAM}/sites/root", 1),
        (f"/v1.0/teams/{TEAM}/channels", 0),
        ("/v1.0/users", 0),
    ],
)
def test_what_a_request_costs(address: str, units: int) -> None:
    """Resource units as SharePoint counts them: rights are dear, a round with a token is cheap."""
    parts = urlsplit(address)

    assert cost(Request("GET", parts.path, dict(parse_qsl(parts.query)), {})) == units
