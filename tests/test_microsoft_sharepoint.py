"""SharePoint's own interface of the simulated Microsoft: what Graph does not tell about who may enter a site."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ibpmon.demo.board import Board, make_board
from ibpmon.demo.board.nouns import Member, Person
from ibpmon.demo.microsoft.answers import Answer, Json, Refusal, Request
from ibpmon.demo.microsoft.identity import GRAPH_AUDIENCE, SHAREPOINT_AUDIENCE, Caller
from ibpmon.demo.microsoft.sharepoint import SharePointRest

MONDAY = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
TENANT = "5cca46ba-8e9f-5f1b-bb1f-18962a8d17c6"
SITE, GROUP, NESTED = "zee,1,1", "e235da8e-fa24-525c-974e-3f709d52b809", "193c5fef-8d5c-5f23-a316-29bb95565382"
LIST = "f7bd1b86-f4c7-5259-90dd-6ecef4958306"
PLAIN_LIST = "c8ca697a-ca5e-5a1b-87e5-df6dd11fdd85"
FULL = Caller("owner", frozenset({"Sites.FullControl.All"}), SHAREPOINT_AUDIENCE, certificate=True)
WEB = "/sites/Zee/_api/web"
ALL = f"{WEB}/roleassignments?$expand=Member/Users,RoleDefinitionBindings"
JSON = {"accept": "application/json;odata=nometadata"}
EVERYONE = f"c:0-.f|rolemanager|spo-grid-all-users/{TENANT}"


def user(number: int, login: str, kind: int = 1, **more: Any) -> Json:
    """A person, or with kind 4 a group of Entra, as SharePoint knows it."""
    return {"Id": number, "LoginName": login, "Title": login, "PrincipalType": kind, "IsSiteAdmin": False, **more}


def role(kind: int, high: str, low: str) -> Json:
    """A role; its name is in the language of the site."""
    rights = {"High": high, "Low": low}
    return {"BasePermissions": rights, "Id": 1073741824 + kind, "Name": "Rol", "RoleTypeKind": kind}


READ, EDIT = role(2, "176", "138612833"), role(6, "432", "1011030767")
LIMITED = role(1, "16", "134283264")


def login(name: str) -> str:
    """The login name of a person."""
    return f"i:0#.f|membership|{name}@zee.example"


def assignment(member: Json, *roles: Json) -> Json:
    """Who has which role."""
    return {"Member": member, "RoleDefinitionBindings": list(roles), "PrincipalId": member["Id"]}


def person(name: str, kind: str = "Member") -> Person:
    """An account."""
    return Person({"id": name, "userPrincipalName": f"{name.title()}@zee.example", "userType": kind}, "staff", "", "")


@dataclass
class World:
    """A site with a SharePoint group that holds a group of Entra, and someone who only has a file in it."""

    board: Board
    rest: SharePointRest = field(init=False)

    def __post_init__(self) -> None:
        self.rest = SharePointRest(self.board)

    def answer(self, address: str, caller: Caller = FULL, method: str = "GET", **headers: str) -> Answer:
        """The answer to a path or a link."""
        parts = urlsplit(address)
        given = {"host": "localhost:1", **(headers or JSON)}
        return self.rest.answer(Request(method, parts.path, dict(parse_qsl(parts.query)), given), caller)

    def ask(self, address: str, caller: Caller = FULL) -> Any:
        """The answer as JSON."""
        return json.loads(self.answer(address, caller).body)


@pytest.fixture
def world() -> World:
    """A fresh site."""
    board = Board("small", 1, MONDAY, random.Random(1), TENANT, [])
    board.sites = [
        {"id": SITE, "webUrl": "https://zee.sharepoint.example/sites/Zee"},
        {"id": "mine", "webUrl": "https://zee-my.sharepoint.example/personal/anna_zee_example"},
    ]
    board.people = [person("anna"), person("bram", "Guest"), person("chris")]
    board.members = {GROUP: [Member("group", NESTED)], NESTED: [Member("user", "anna"), Member("group", GROUP)]}
    inside = [user(6, f"c:0o.c|federateddirectoryclaimprovider|{GROUP}", 4)]
    group = {"Id": 5, "LoginName": "Zee - leden", "Title": "Zee - leden", "PrincipalType": 8, "Users": inside}
    rows = [assignment(group, EDIT), assignment(user(9, login("bram")), LIMITED)]
    board.role_assignments_of_site = {SITE: [*rows, assignment(user(12, EVERYONE, 4), READ)]}
    board.site_admins = {SITE: [user(11, login("chris"), IsSiteAdmin=True)]}
    lists = ((PLAIN_LIST, "Documenten", False), (LIST, "Leerlingdossiers", True))
    board.rest_lists = {
        SITE: [
            {
                "Id": key,
                "Title": name,
                "Hidden": False,
                "HasUniqueRoleAssignments": own,
                "RootFolder": {"ServerRelativeUrl": f"/sites/Zee/{name}"},
            }
            for key, name, own in lists
        ]
    }
    board.list_role_assignments = {LIST: rows[:1]}
    return World(board)


def refused(ask: Callable[[], Any]) -> Refusal:
    """The refusal of a question."""
    with pytest.raises(Refusal) as told:
        ask()
    return told.value


# ---------------------------------------------------------------- who may ask


def test_only_a_token_for_sharepoint_made_with_a_certificate_is_taken(world: World) -> None:
    """A token of Graph is none of SharePoint's, and one of a secret is refused by it: both look like a bad token."""
    of_graph = Caller("owner", FULL.permissions, GRAPH_AUDIENCE, certificate=True)
    of_secret = Caller("owner", FULL.permissions, SHAREPOINT_AUDIENCE, certificate=False)

    assert refused(lambda: world.ask(ALL, of_graph)).status == 401
    assert refused(lambda: world.ask(ALL, of_secret)).status == 401


def test_reading_rights_needs_full_control(world: World) -> None:
    """Nothing less tells who is in a group of SharePoint; the error has SharePoint's own shape."""
    reader = Caller("reader", frozenset({"Sites.Read.All"}), SHAREPOINT_AUDIENCE, certificate=True)
    told = refused(lambda: world.ask(ALL, reader))
    body = json.loads(told.answer(Request("GET", WEB, {}, {}), "1").body)

    assert told.status == 403
    assert body["odata.error"]["code"] == "-2147024891, System.UnauthorizedAccessException"
    assert set(body["odata.error"]["message"]) == {"lang", "value"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(world: World, method: str) -> None:
    """The permission could; the simulation has nothing to write to."""
    assert refused(lambda: world.answer(ALL, method=method)).status == 405


# ---------------------------------------------------------------- role assignments


def test_members_and_roles_come_only_when_they_are_asked_along(world: World) -> None:
    """Without `$expand` a row is a number."""
    assert world.ask(f"{WEB}/roleassignments")["value"][0] == {"PrincipalId": 5}
    assert "Users" not in world.ask(f"{WEB}/roleassignments?$expand=Member")["value"][0]["Member"]
    whole = world.ask(ALL)["value"][0]
    assert set(whole) == {"Member", "RoleDefinitionBindings", "PrincipalId"}


def test_chosen_properties_reach_into_what_is_asked_along(world: World) -> None:
    """`Member/Title` gives that of the member; what is chosen but not asked along stays away."""
    row = world.ask(f"{ALL}&$select=PrincipalId,Member/Title,Member/Users")["value"][0]

    assert set(row) == {"PrincipalId", "Member"}
    assert set(row["Member"]) == {"Title", "Users"}
    assert world.ask(f"{WEB}/roleassignments?$select=PrincipalId,Member")["value"][0] == {"PrincipalId": 5}
    assert refused(lambda: world.ask(f"{ALL}&$select=Onzin")).status == 400


def test_a_group_of_entra_within_a_sharepoint_group_is_not_opened(world: World) -> None:
    """Its claim holds the id of the group, whose members Entra tells."""
    (inside,) = world.ask(ALL)["value"][0]["Member"]["Users"]

    assert inside["PrincipalType"] == 4
    assert inside["LoginName"].endswith(GROUP)


def test_limited_access_stands_among_the_roles(world: World) -> None:
    """It comes from sharing one file and is no right on the site."""
    kinds = [row["RoleDefinitionBindings"][0]["RoleTypeKind"] for row in world.ask(ALL)["value"]]
    principals = [row["Member"]["PrincipalType"] for row in world.ask(ALL)["value"]]

    assert kinds == [6, 1, 2]
    assert principals == [8, 1, 4]


def test_large_numbers_are_text(world: World) -> None:
    """JSON cannot hold 64 bits everywhere."""
    rights = world.ask(ALL)["value"][0]["RoleDefinitionBindings"][0]["BasePermissions"]

    assert rights == {"High": "432", "Low": "1011030767"}


def test_the_link_to_the_next_page_has_no_at_sign(world: World) -> None:
    """`odata.nextLink`, to the same site, from the last number on."""
    keys, link = [], f"{ALL}&$top=1"
    while link:
        page = world.ask(link)
        assert "@odata.nextLink" not in page
        keys += [row["PrincipalId"] for row in page["value"]]
        link = page.get("odata.nextLink", "")

    assert keys == [5, 9, 12]


def test_a_list_with_rights_of_its_own_has_its_own_rows(world: World) -> None:
    """One without has those of the site; one that is not there is refused."""
    expand = "?$expand=Member/Users,RoleDefinitionBindings"

    assert len(world.ask(f"{WEB}/lists(guid'{LIST}')/roleassignments{expand}")["value"]) == 1
    assert len(world.ask(f"{WEB}/lists(guid'{PLAIN_LIST}')/roleassignments{expand}")["value"]) == 3
    assert refused(lambda: world.ask(f"{WEB}/lists(guid'{GROUP}')/roleassignments")).status == 404


# ---------------------------------------------------------------- admins, lists, and what a user may do


def test_admins_need_no_role(world: World) -> None:
    """They appear among the users and not among the assignments."""
    admins = world.ask(f"{WEB}/siteusers?$filter=IsSiteAdmin eq true")["value"]
    everyone = world.ask(f"{WEB}/siteusers")["value"]

    assert [row["Id"] for row in admins] == [11]
    assert [row["Id"] for row in everyone] == [11, 9, 12, 6]
    assert 11 not in [row["PrincipalId"] for row in world.ask(ALL)["value"]]
    assert refused(lambda: world.ask(f"{WEB}/siteusers?$filter=Title eq 'x'")).status == 400


def test_whether_a_list_has_rights_of_its_own_must_be_asked_by_name(world: World) -> None:
    """A list without the property in `$select` tells nothing, which is not the same as no."""
    chosen = "$select=Id,Title,Hidden,HasUniqueRoleAssignments,RootFolder/ServerRelativeUrl"
    rows = world.ask(f"{WEB}/lists?{chosen}&$expand=RootFolder")["value"]

    assert [row["HasUniqueRoleAssignments"] for row in rows] == [False, True]
    assert rows[0]["RootFolder"] == {"ServerRelativeUrl": "/sites/Zee/Documenten"}
    assert set(world.ask(f"{WEB}/lists")["value"][0]) == {"Id", "Title", "Hidden"}
    assert refused(lambda: world.ask(f"{WEB}/lists?$select=Onzin")).status == 400


def test_lists_come_in_pages_too(world: World) -> None:
    """Also when the number of a list is not among what is asked."""
    page = world.ask(f"{WEB}/lists?$select=Title&$top=1")

    assert page["value"] == [{"Title": "Documenten"}]
    assert world.ask(page["odata.nextLink"])["value"] == [{"Title": "Leerlingdossiers"}]


@pytest.mark.parametrize(
    ("name", "rights"),
    [
        ("anna", {"High": "432", "Low": "1011030767"}),  # a group within a group, and everyone but guests
        ("bram", {"High": "16", "Low": "134283264"}),  # a guest: only what sharing a file left behind
        ("chris", {"High": "2147483647", "Low": "4294967295"}),  # an admin
        ("eva", {"High": "0", "Low": "0"}),  # a stranger
    ],
)
def test_what_a_user_may_do_in_the_end(world: World, name: str, rights: Json) -> None:
    """SharePoint adds up groups, everyone and admins: the proof of a calculation of our own."""
    assert world.ask(f"{WEB}/getusereffectivepermissions(@u)?@u='{login(name).replace('#', '%23')}'") == rights


def test_a_user_must_be_named(world: World) -> None:
    """Without the parameter the question is refused."""
    assert refused(lambda: world.ask(f"{WEB}/getusereffectivepermissions(@u)")).status == 400


# ---------------------------------------------------------------- forms and places


def test_without_a_word_from_the_client_the_answer_is_xml(world: World) -> None:
    """And with plain JSON there is metadata among the rows."""
    plain = json.loads(world.answer(ALL, accept="application/json").body)

    assert world.answer(ALL, accept="*/*").body.startswith(b"<?xml")
    assert "odata.metadata" in plain
    assert "odata.metadata" not in world.ask(ALL)


def test_a_personal_site_and_a_site_that_is_not_there(world: World) -> None:
    """A site is found by its path; upper and lower case are the same."""
    assert world.ask("/personal/Anna_zee_example/_api/web/roleassignments")["value"] == []
    assert refused(lambda: world.ask("/sites/Weg/_api/web/roleassignments")).status == 404
    assert refused(lambda: world.ask(f"{WEB}/onzin")).status == 404
    assert refused(lambda: world.ask(f"{WEB}/roleassignments?$orderby=Id")).status == 400


def test_a_locked_and_an_archived_site_refuse_by_themselves(world: World) -> None:
    """One closed site must not end the reading of the others."""
    world.rest.locked.add(SITE)
    world.board.sites[1]["siteCollection"] = {"archivalDetails": {"archiveStatus": "recentlyArchived"}}

    assert refused(lambda: world.ask(ALL)).status == 423
    assert refused(lambda: world.ask("/personal/anna_zee_example/_api/web/siteusers")).status == 403


def test_every_site_of_a_board_can_be_asked() -> None:
    """Each has a path of its own, and each row has a number of its own within its site: pages go by it."""
    board = make_board("small", 1, MONDAY)
    world = World(board)
    for site in {row["id"]: row for row in board.sites}.values():
        rows = world.ask(f"{urlsplit(site['webUrl']).path}/_api/web/roleassignments?$expand=Member/Users&$top=5000")
        numbers = [row["PrincipalId"] for row in rows["value"]]

        assert len(rows["value"]) == len(board.role_assignments_of_site[site["id"]])
        assert len(set(numbers)) == len(numbers)
