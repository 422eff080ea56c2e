"""Connector files: a closed vocabulary, every mistake named at once, and nothing in them that could run."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.config import Content
from ibpmon.content import shipped
from ibpmon.errors import ConfigError, ContentError

FACTS = Path(__file__).resolve().parents[2] / "shared" / "graph"

TEAMS = """\
title       = "Teams"
purpose     = "Weten welke teams er zijn."
subjects    = ["staff"]
source      = "graph"
endpoint    = "/teams"
shape       = "list"
permissions = ["Team.ReadBasic.All"]
every       = "24h"
retention   = "180d"

[fields]
team_id = { from = "id", type = "text", key = true, why = "het vaste kenmerk" }
name    = { from = "displayName", type = "text", why = "de naam" }
"""

Loader = Callable[..., dict[str, Connector]]


@pytest.fixture
def load(tmp_path: Path) -> Loader:
    """Loads the shipped connectors with these of the board beside them."""

    def loading(off: tuple[str, ...] = (), **files: str) -> dict[str, Connector]:
        (tmp_path / "connectors").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "connectors" / f"{name.replace('_', '-')}.toml").write_text(text, encoding="utf-8")
        return load_connectors(Content(folder=tmp_path, connectors_off=off))

    return loading


def problems(load: Loader, **files: str) -> str:
    """What is told about files with mistakes."""
    with pytest.raises(ContentError) as error:
        load(**files)
    return str(error.value)


# ---- what is shipped


def test_every_shipped_connector_loads_with_its_parents_before_it() -> None:
    """One round in this order reads everything; the order is not kept by hand."""
    connectors = load_connectors(Content())

    names = list(connectors)
    assert set(names) == {path.stem for path in shipped("connectors").glob("*.toml")}
    assert all(names.index(one.over) < names.index(one.id) for one in connectors.values() if one.over)
    assert names[:2] == ["pupil-list", "staff-list"]


def test_a_connector_gives_the_data_set_that_the_store_keeps() -> None:
    """State with a history, or events in order of arrival: the shape decides."""
    connectors = load_connectors(Content())

    sign_ins = connectors["sign-ins"].dataset
    assert (sign_ins.kind, sign_ins.time, sign_ins.keys) == ("events", "at", ("id",))
    assert connectors["group-members"].dataset.keys == ("group_id", "member_id")
    assert {one.dataset.kind for one in connectors.values() if one.shape != "since"} == {"state"}


def test_values_of_a_connector_are_what_they_say() -> None:
    """Spans are spans, paths are steps, and an annotation with a dot is one step."""
    connectors = load_connectors(Content())

    sign_ins = connectors["sign-ins"]
    assert (sign_ins.overlap, sign_ins.every) == (timedelta(hours=2), timedelta(minutes=15))
    assert field(sign_ins, "error_code").path == ("status", "errorCode")
    assert field(connectors["group-members"], "kind").path == ("@odata.type",)
    assert connectors["drives"].places == ("site_id",)


def field(connector: Connector, name: str) -> Any:
    """A field of a connector by name."""
    return next(one for one in connector.fields if one.name == name)


# ---- what a board adds, replaces or switches off


def test_a_board_adds_a_connector_without_a_change_in_the_engine(load: Loader) -> None:
    """A new source is a new file."""
    assert load(teams=TEAMS)["teams"].fields[0].name == "team_id"


def test_a_boards_own_file_replaces_the_shipped_one(load: Loader) -> None:
    """The same name is the same connector."""
    assert load(sites=TEAMS.replace("team_id", "site_id").replace('"Teams"', '"Onze sites"') + PERSONAL)[
        "sites"
    ].title == ("Onze sites")


PERSONAL = 'personal = { from = "isPersonalSite", type = "bool", why = "een OneDrive" }\n'


def test_a_folder_of_the_board_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A typing mistake would switch off the board's own connectors and rules unseen."""
    with pytest.raises(ConfigError, match="there is no folder"):
        load_connectors(Content(folder=tmp_path / "inhoudd"))


def test_a_connector_that_is_off_is_not_there(load: Loader) -> None:
    """Without Intune there is nothing to ask."""
    connectors = load(off=("managed-devices",))
    assert "managed-devices" not in connectors
    assert "accounts" in connectors


def test_a_name_in_connectors_off_that_is_no_connector_is_refused(load: Loader) -> None:
    """A typing mistake would leave the connector on, unseen."""
    with pytest.raises(ContentError, match=r"'managed-device'.*bedoelde u 'managed-devices'|did you mean 'managed-dev"):
        load(off=("managed-device",))


# ---- mistakes

MISTAKES = {
    "an unknown key": ("every", "pagina = 5\nevery", "teams.toml:8: pagina"),
    "a key that looks like one": ("retention", "retentoin", "'retention'"),
    "an unknown shape": ('"list"', '"lists"', "'list'"),
    "an unknown type": ('type = "text", key', 'type = "txt", key', "fields.team_id.type"),
    "an unknown source": ('"graph"', '"grap"', "source"),
    "a source that is not built": ('"graph"', '"datto"', "source"),
    "an unknown budget": ("every", 'budget = "reportin"\nevery', "'reporting'"),
    "an unknown licence": ("every", 'requires = "P7"\nevery', "requires"),
    "an unknown population": ('["staff"]', '["stuff"]', "'staff'"),
    "a span without a unit": ('"24h"', '"24"', "every"),
    "a span of nothing": ('"24h"', '"0h"', "every"),
    "a span beyond all time": ('"24h"', '"99999999999999d"', "every"),
    "a whole address": ('"/teams"', '"https://evil.example/teams"', "endpoint"),
    "a query in the path": ('"/teams"', '"/teams?$filter=x"', "endpoint"),
    "dot segments": ('"/teams"', '"/teams/../users"', "endpoint"),
    "an expression in the path": ('"/teams"', '"/teams/{id.__class__}"', "endpoint"),
    "a template in a title": ('"Teams"', '"Teams {{ 7 * 7 }}"', "title"),
    "an expression in a reason": ('"de naam"', '"${naam}"', "fields.name.why"),
    "an expression in from": ('"displayName"', '"displayName.upper()"', "fields.name.from"),
    "a place in from": ('"displayName"', '"names[0]"', "fields.name.from"),
    "a field that is no identifier": ("\nname  ", "\nTeam-Name  ", "fields.Team-Name"),
    "a field named as our own column": ("\nname  ", "\nrun_id  ", "fields.run_id"),
    "a field without a reason": (', why = "de naam"', "", "fields.name.why"),
    "a key that is a word": ("key = true", 'key = "ja"', "fields.team_id.key"),
    "no key at all": ("key = true, ", "", "key = true"),
    "no fields": (TEAMS[TEAMS.index("[fields]") :], "", "fields"),
    "no title": ('title       = "Teams"\n', "", "title"),
    "a permission that is none": ('"Team.ReadBasic.All"', '"alles"', "permissions"),
    "a page beyond any": ("every", "page = 5000\nevery", "page"),
    "a parent without each": ('from = "displayName"', 'parent = "group_id"', "fields.name.parent"),
    "two origins": ('from = "displayName"', 'from = "x", parent = "y"', "fields.name"),
    "a cursor on a list": ("every", 'window = "7d"\nevery', "since"),
    "events without a time": ('shape       = "list"', 'shape = "since"\ntime = "at"\nwindow = "1d"', "overlap"),
    "a file with an endpoint": ('"graph"', '"file"\nfile = "staff"', "endpoint"),
    "no TOML": ("[fields]", "[fields", "teams.toml"),
    "deep brackets": ("[fields]", "x = " + "[" * 20000, "teams.toml"),
    "far too large": ("[fields]", "# " + "x" * 70000 + "\n[fields]", "teams.toml"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_connector_is_refused_and_named(load: Loader, mistake: str) -> None:
    """What is not known is an error with file and key, never skipped in silence."""
    old, new, named = MISTAKES[mistake]
    assert old in TEAMS

    told = problems(load, teams=TEAMS.replace(old, new, 1))

    assert "connectors/teams.toml" in told
    assert named in told


def test_all_mistakes_of_all_files_are_told_at_once(load: Loader) -> None:
    """Whoever corrects them one by one gives up halfway."""
    told = problems(
        load,
        teams=TEAMS.replace('"24h"', '"often"').replace('"list"', '"lijst"'),
        chats=TEAMS.replace('"text"', '"tekst"'),
    )
    for part in ("teams.toml:8: every", "teams.toml:6: shape", "chats.toml:12: fields.team_id.type"):
        assert part in told


CHANNELS = (
    TEAMS.replace('"/teams"', '"/groups/{group_id}/channels"')
    .replace('shape       = "list"', 'shape = "each"\nover = "groups"')
    .replace("[fields]", '[fields]\ngroup_id = { parent = "group_id", type = "text", key = true, why = "de groep" }')
)


def test_a_connector_over_a_parent_loads(load: Loader) -> None:
    """The engine knows how; the file says over what."""
    assert load(channels=CHANNELS)["channels"].over == "groups"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('over = "groups"', 'over = "group"', "'groups'"),
        ('over = "groups"', 'over = "sign-ins"', "over"),
        ('over = "groups"', 'over = "channels"', "over"),
        ("{group_id}", "{groep_id}", "'group_id'"),
        ("{group_id}", "x", "endpoint"),
        ('parent = "group_id"', 'parent = "groupid"', "'group_id'"),
        ('parent = "group_id"', 'from = "groupid"', "parent = ..."),
        ('over = "groups"', 'over = "groups"\nunless = "name"', "unless"),
        ('over = "groups"', "", "over"),
    ],
)
def test_what_a_connector_says_about_its_parent_must_hold(load: Loader, old: str, new: str, named: str) -> None:
    """A parent that is not there, or lacks the field, would be a connector that silently reads nothing."""
    assert named in problems(load, channels=CHANNELS.replace(old, new))


def test_connectors_that_wait_for_each_other_are_refused(load: Loader) -> None:
    """Neither could ever be read."""
    told = problems(
        load, rooms=CHANNELS.replace('"groups"', '"channels"'), channels=CHANNELS.replace('"groups"', '"rooms"')
    )
    assert "rooms.toml:7: over" in told
    assert "channels.toml:7: over" in told


# ---- Microsoft's own word for it


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    """Microsoft's types, where the facts lie beside the checkout."""
    if not (FACTS / "schema.json").is_file():
        pytest.skip("the facts about Microsoft Graph do not lie beside this checkout")
    parsed: dict[str, Any] = json.loads((FACTS / "schema.json").read_text(encoding="utf-8"))
    return parsed


# What an endpoint answers with; a member may be of several types that share these names.
ANSWERS = {
    "/users": "user",
    "/groups": "group",
    "/groups/{group_id}/members": "directoryObject",
    "/auditLogs/signIns": "signIn",
    "/reports/authenticationMethods/userRegistrationDetails": "userRegistrationDetails",
    "/deviceManagement/managedDevices": "managedDevice",
    "/sites/getAllSites": "site",
    "/sites/{site_id}/drives": "drive",
    "/drives/{drive_id}/root/permissions": "permission",
}
KINDS = {
    "Edm.String": {"text"},
    "Collection(Edm.String)": {"list"},
    "Edm.Boolean": {"bool"},
    "Edm.Int32": {"int"},
    "Edm.DateTimeOffset": {"time"},
}


def test_every_field_is_one_that_microsoft_has(schema: dict[str, Any]) -> None:
    """A field that does not exist would be empty for everyone, and every rule on it would be green."""
    connectors = [one for one in load_connectors(Content()).values() if one.source == "graph"]
    fields = [(one, part) for one in connectors for part in one.fields if part.path and part.path[0][0] != "@"]
    assert len(fields) > 40
    assert not type_of(schema["v1.0"], "user", ("noSuchProperty",))
    for connector, part in fields:
        found = type_of(schema["v1.0"], ANSWERS[connector.endpoint], part.path)
        assert found, f"{connector.id}.{part.name}"
        if found in KINDS:
            assert part.type in KINDS[found], f"{connector.id}.{part.name} is {found}"


def type_of(types: dict[str, Any], name: str, path: tuple[str, ...]) -> str:
    """The type at the end of a path, looked up through bases; empty when there is none."""
    for step in path:
        name = property_of(types, name.removeprefix("microsoft.graph."), step).removeprefix("microsoft.graph.")
    return name


def property_of(types: dict[str, Any], name: str, step: str) -> str:
    """The type of one property of a type or of what it builds on."""
    while name:
        known = types.get(name) or types.get(f"microsoft.graph.{name}") or {}
        if step in known.get("properties", {}):
            return str(known["properties"][step])
        if step == "id" and known.get("kind") == "entity":
            return "Edm.String"
        name = str(known.get("base") or "").removeprefix("microsoft.graph.")
    return ""


def test_every_permission_is_one_that_microsoft_has(schema: dict[str, Any]) -> None:
    """Only rights that exist can be granted, and only rights to read are asked."""
    assert schema
    known = json.loads((FACTS / "permissions.json").read_text(encoding="utf-8"))
    asked = {name for one in load_connectors(Content()).values() for name in one.permissions}
    assert asked <= set(known)
    assert all(".Read" in name for name in asked)
