"""Connector files: a closed vocabulary, every mistake named at once, and nothing in them that could run."""

import json
import tomllib
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
    files = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in shipped("connectors").glob("*.toml")}
    connectors = load_connectors(Content(connectors_on=tuple(name for name in files if files[name].get("off"))))

    names = list(connectors)
    assert set(names) == set(files)
    assert all(names.index(one.over) < names.index(one.id) for one in connectors.values() if one.over)
    kinds = [one.source == "file" for one in connectors.values()]
    assert kinds == sorted(kinds, reverse=True)


def test_a_connector_gives_the_data_set_that_the_store_keeps() -> None:
    """State with a history, or events in order of arrival: the shape decides."""
    connectors = load_connectors(Content())

    sign_ins = connectors["sign-ins"].dataset
    assert (sign_ins.kind, sign_ins.time, sign_ins.keys) == ("events", "at", ("id",))
    assert connectors["group-members"].dataset.keys == ("group_id", "member_id")
    events = {"since", "query"}
    assert all((one.dataset.kind == "events") == (one.shape in events) for one in connectors.values())


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
    assert load(licences=TEAMS.replace('"Teams"', '"Onze licenties"'))["licences"].title == "Onze licenties"


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
    "a source without its list": ('"graph"', '"datto"', "rows"),
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


PLANS = (
    TEAMS.replace('"/teams"', '"/groups/{group_id}/plans"')
    .replace('shape       = "list"', 'shape = "each"\nover = "groups"')
    .replace("[fields]", '[fields]\ngroup_id = { parent = "group_id", type = "text", key = true, why = "de groep" }')
)


def test_a_connector_over_a_parent_loads(load: Loader) -> None:
    """The engine knows how; the file says over what."""
    assert load(plans=PLANS)["plans"].over == "groups"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('over = "groups"', 'over = "group"', "'groups'"),
        ('over = "groups"', 'over = "sign-ins"', "over"),
        ('over = "groups"', 'over = "plans"', "over"),
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
    assert named in problems(load, plans=PLANS.replace(old, new))


def test_connectors_that_wait_for_each_other_are_refused(load: Loader) -> None:
    """Neither could ever be read."""
    told = problems(load, rooms=PLANS.replace('"groups"', '"plans"'), plans=PLANS.replace('"groups"', '"rooms"'))
    assert "rooms.toml:7: over" in told
    assert "plans.toml:7: over" in told


# ---- the keys of each shape

DELTA = TEAMS.replace('"/teams"', '"/teams/delta"').replace('shape       = "list"', 'shape = "delta"\nfull = "7d"')
PART = (
    TEAMS.replace('endpoint    = "/teams"\n', "")
    .replace('shape       = "list"', 'shape = "part"\nover = "plans"\nlist = "tasks"')
    .replace(
        "[fields]",
        """[fields]
group_id = { parent = "group_id", type = "text", key = true, why = "de groep" }
plan_id = { parent = "team_id", type = "text", key = true, why = "het plan" }""",
    )
    .replace("team_id =", "task_id =")
)
SINCE = TEAMS.replace(
    'shape       = "list"', 'shape = "since"\ntime = "at"\nwindow = "7d"\noverlap = "2h"\nhistory = "30d"'
).replace("name    =", 'at = { from = "when", type = "time", why = "wanneer" }\nname    =')
INTO = SINCE.replace('"/teams"', '"/teams"\ninto = "visits"').replace(
    "name    =", 'extra = { from = "extra", type = "text", why = "meer" }\nname    ='
)
SITE = PLANS.replace('"graph"', '"sharepoint"').replace('"/groups/{group_id}/plans"', '"{name}/_api/web/plans"')


def test_each_shape_loads_with_its_own_keys(load: Loader) -> None:
    """What a file says is there as a value."""
    found = load(teams=DELTA, plans=PLANS, tasks=PART, sites_of_groups=SITE, visits=SINCE, more_visits=INTO)
    assert (found["teams"].shape, found["teams"].full) == ("delta", timedelta(days=7))
    assert (found["tasks"].over, found["tasks"].list) == ("plans", ("tasks",))
    assert found["sites-of-groups"].places == ("name",)
    assert list(found).index("plans") < list(found).index("tasks")


def test_a_table_that_is_shared_has_the_fields_of_all(load: Loader) -> None:
    """Each knows which it brings itself."""
    found = load(visits=SINCE, more_visits=INTO)
    target, more = found["visits"].dataset, found["more-visits"].dataset
    assert [field.name for field in target.fields] == ["team_id", "at", "name", "extra"]
    assert {field.name for field in more.fields} == {"team_id", "at", "name", "extra"}
    assert [field.name for field in target.own] == ["team_id", "at", "name"]
    assert (target.table, more.table, more.into) == ("collected_visits", "collected_visits", "visits")
    assert more.shared == ("team_id", "at", "name")


def test_a_part_takes_of_the_budget_of_its_parent(load: Loader) -> None:
    """It is read with it, and in the same lane."""
    found = load(plans=PLANS.replace("every", 'budget = "teams"\nevery'), tasks=PART)
    assert found["tasks"].budget == "teams"


def test_a_connector_that_is_off_by_itself_is_there_when_the_board_asks(tmp_path: Path, load: Loader) -> None:
    """What needs more rights than the rest waits for a board that wants it."""
    off = TEAMS.replace("every", "off = true\nevery")
    assert "teams" not in load(teams=off)
    assert "teams" in load_connectors(Content(folder=tmp_path, connectors_on=("teams",)))
    assert "teams" not in load_connectors(Content(folder=tmp_path, connectors_on=("teams",), connectors_off=("teams",)))
    with pytest.raises(ContentError, match="connectors_on: 'team'"):
        load_connectors(Content(folder=tmp_path, connectors_on=("team",)))


WRONG = {
    "a delta that is asked like a list": (DELTA, '"/teams/delta"', '"/teams"', "endpoint"),
    "a full round of a list": (TEAMS, "every", 'full = "7d"\nevery', "full"),
    "a facet of a list": (TEAMS, "every", 'with = "shared"\nevery', "with"),
    "an unknown word of Prefer": (DELTA, "every", 'prefer = ["respond-async"]\nevery', "prefer"),
    "a version that is none": (TEAMS, "every", 'version = "v2"\nevery', "version"),
    "a cost of nothing": (TEAMS, "every", "cost = 0\nevery", "cost"),
    "an expression in where": (TEAMS, "every", 'where = "IsAdmin eq true"\nevery', "where"),
    "a query in expand": (TEAMS, "every", 'expand = ["members($select=id)"]\nevery', "expand"),
    "a path in a list": (PART, '"tasks"', '"tasks/items"', "list"),
    "a part that is asked": (PART, "every", 'endpoint = "/tasks"\nevery', "endpoint"),
    "a part without its key": (PART, 'plan_id = { parent = "team_id"', 'plan_id = { parent = "name"', "'team_id'"),
    "a part of changes in a list": (PART, '"tasks"', '"tasks@delta"', "list"),
    "only by a name": (PLANS, 'over = "groups"', 'over = "groups"\nonly = "name"', "only"),
    "onedrives without unless": (PLANS, 'over = "groups"', 'over = "groups"\nonedrives = "name"', "onedrives"),
    "changed without full": (PLANS, 'over = "groups"', 'over = "groups"\nchanged = true', "full"),
    "changed over a list": (PLANS.replace('over = "groups"', 'over = "sites"\nchanged = true\nfull = "7d"'),
                            "{group_id}", "{site_id}", "changed"),
    "full without changed": (PLANS, 'over = "groups"', 'over = "groups"\nfull = "7d"', "changed"),
    "a table that is not there": (INTO, '"visits"', '"visitors"', "into"),
    "a table of state": (INTO, '"visits"', '"sites"', "into"),
    "another time": (INTO, 'time = "at"', 'time = "when"\n', "time"),
    "another type": (INTO, 'type = "text", why = "de naam"', 'type = "int", why = "de naam"', "fields.name.type"),
    "an event type of a list": (TEAMS, "every", 'event_type = "interactiveUser"\nevery', "event_type"),
    "an unknown event type": (SINCE, "every", 'event_type = "user"\nevery', "event_type"),
    "a sweep of a list": (TEAMS, "every", 'sweep = "7d"\nevery', "sweep"),
    "an operation with a star": (TEAMS, "every", 'operations = ["*"]\nevery', "operations"),
    "a site that is asked of Graph": (SITE, '"sharepoint"', '"graph"', "endpoint"),
    "Graph that is asked as a site": (PLANS, '"graph"', '"sharepoint"', "endpoint"),
    "rows of Graph": (TEAMS, "every", 'rows = "teams"\nevery', "rows"),
    "a word instead of yes": (TEAMS, "every", 'never_empty = "ja"\nevery', "never_empty"),
    "never and always": (TEAMS, "every", "never_empty = true\nmay_empty = true\nevery", "may_empty"),
    "a week that is a month": (SINCE, "every", 'history_without_p1 = "30d"\nevery', "history_without_p1"),
    "a call in the path": (TEAMS, '"/teams"', '"/teams(exec())"', "endpoint"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG)
def test_a_key_that_does_not_belong_is_refused_and_named(load: Loader, mistake: str) -> None:
    """Whoever wrote it meant something by it, and it would not happen."""
    text, old, new, named = WRONG[mistake]
    assert old in text
    told = problems(load, plans=PLANS, visits=SINCE, odd=text.replace(old, new, 1))
    assert all("odd.toml" in line for line in told.splitlines() if "connectors/" in line)
    assert named in told


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
    "/devices": "device",
    "/directory/administrativeUnits": "administrativeUnit",
    "/directory/administrativeUnits/{unit_id}/members": "directoryObject",
    "/applications": "application",
    "/servicePrincipals": "servicePrincipal",
    "/servicePrincipals/{principal_id}/appRoleAssignedTo": "appRoleAssignment",
    "/servicePrincipals/{principal_id}/owners": "directoryObject",
    "/applications/{object_id}/owners": "directoryObject",
    "/oauth2PermissionGrants": "oAuth2PermissionGrant",
    "/auditLogs/signIns": "signIn",
    "/auditLogs/directoryAudits": "directoryAudit",
    "/security/auditLog/queries": "security.auditLogRecord",
    "/identityProtection/riskDetections": "riskDetection",
    "/identityProtection/riskyUsers": "riskyUser",
    "/identity/conditionalAccess/policies": "conditionalAccessPolicy",
    "/identity/conditionalAccess/namedLocations": "ipNamedLocation countryNamedLocation",
    "/policies/identitySecurityDefaultsEnforcementPolicy": "identitySecurityDefaultsEnforcementPolicy",
    "/policies/authorizationPolicy": "authorizationPolicy",
    "/roleManagement/directory/roleAssignments": "unifiedRoleAssignment",
    "/roleManagement/directory/roleDefinitions": "unifiedRoleDefinition",
    "/roleManagement/directory/roleEligibilityScheduleInstances": "unifiedRoleEligibilityScheduleInstance",
    "/roleManagement/directory/roleAssignmentScheduleInstances": "unifiedRoleAssignmentScheduleInstance",
    "/reports/authenticationMethods/userRegistrationDetails": "userRegistrationDetails",
    "/deviceManagement/managedDevices": "managedDevice",
    "/education/schools": "educationSchool",
    "/education/schools/{school_id}/users": "educationUser",
    "/organization": "organization",
    "/subscribedSkus": "subscribedSku",
    "/admin/sharepoint/settings": "sharepointSettings",
    "/sites/getAllSites": "site",
    "/sites/{site_id}/drives": "drive",
    "/drives/{drive_id}/root": "driveItem",
    "/drives/{drive_id}/root/permissions": "permission",
    "/drives/{drive_id}/items/{item_id}/permissions": "permission",
    "/teams/{group_id}/channels": "channel",
    "/teams/{team_id}/channels/{channel_id}/members": "aadUserConversationMember",
    "{address}/_api/web/siteusers": "SP.User",
    "{address}/_api/web/lists": "SP.List",
    "{address}/_api/web/roleassignments": "SP.RoleAssignment",
    "{address}/_api/web/lists(guid'{list_id}')/roleassignments": "SP.RoleAssignment",
}
INSIDE = {"members@delta": "directoryObject", "owners@delta": "directoryObject"}  # annotations, which no type names
UNKNOWN = {
    "/policies/authenticationMethodsPolicy",
    "/groupSettings",
}  # not among the types that lie beside the checkout
KINDS = {
    "Edm.String": {"text"},
    "Edm.Guid": {"text"},
    "Collection(Edm.String)": {"list"},
    "Edm.Boolean": {"bool"},
    "Edm.Int32": {"int"},
    "Edm.Int64": {"int"},
    "Edm.DateTimeOffset": {"time"},
}


def everything() -> dict[str, Connector]:
    """The shipped connectors, those too that are off until a board asks for them."""
    files = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in shipped("connectors").glob("*.toml")}
    return load_connectors(Content(connectors_on=tuple(name for name in files if files[name].get("off"))))


def test_every_field_is_one_that_microsoft_has(schema: dict[str, Any]) -> None:
    """A field that does not exist would be empty for everyone, and every rule on it would be green."""
    connectors = everything()
    asked = [one for one in connectors.values() if one.source in ("graph", "sharepoint")]
    fields = [(one, part) for one in asked for part in one.fields if part.path and part.path[0][0] != "@"]
    assert len(fields) > 200
    assert not type_of(schema["v1.0"], "user", ("noSuchProperty",))
    for connector, part in fields:
        if connector.endpoint in UNKNOWN:
            continue
        types, answers = answer_of(schema, connector, connectors)
        found = {type_of(types, answer, part.path) for answer in answers} - {""}
        assert found, f"{connector.id}.{part.name}"
        for kind in found & set(KINDS):
            assert part.type in KINDS[kind], f"{connector.id}.{part.name} is {kind}"


def answer_of(schema: Any, connector: Connector, connectors: dict[str, Connector]) -> tuple[Any, list[str]]:
    """The types of a provider, and what a connector is answered with; for a part what its list holds."""
    if connector.shape != "part":
        version = "sharepoint_rest" if connector.source == "sharepoint" else connector.version or "v1.0"
        return schema[version], ANSWERS[connector.endpoint.removesuffix("/delta")].split()
    types, above = answer_of(schema, connectors[connector.over], connectors)
    inside = INSIDE.get(connector.list[-1]) or type_of(types, above[0], connector.list)
    return types, [inside.removeprefix("Collection(").removesuffix(")").removeprefix("microsoft.graph.")]


def type_of(types: dict[str, Any], name: str, path: tuple[str, ...]) -> str:
    """The type at the end of a path, looked up through bases; empty when there is none."""
    for step in path:
        name = property_of(types, name.removeprefix("microsoft.graph."), step).removeprefix("microsoft.graph.")
    return name


# On the wire a member of a site is an SP.User or an SP.Group, where the description says SP.Principal.
ON_THE_WIRE = {"SP.Principal": "SP.Group"}


def property_of(types: dict[str, Any], name: str, step: str) -> str:
    """The type of one property of a type or of what it builds on."""
    while name:
        known = types.get(name) or types.get(f"microsoft.graph.{name}") or {}
        there = {**known.get("navigation", {}), **known.get("properties", {})}
        if there.get(step):
            found = str(there[step]).split(" ")[0]
            return ON_THE_WIRE.get(found, found)
        if step == "id" and known.get("kind") == "entity":
            return "Edm.String"
        name = str(known.get("base") or "").removeprefix("microsoft.graph.")
    return ""


def test_every_permission_is_one_that_microsoft_has(schema: dict[str, Any]) -> None:
    """Only rights that exist can be granted, and only rights to read are asked, but for the one that stands apart."""
    assert schema
    text = (FACTS / "permissions.json").read_text(encoding="utf-8")
    asked = {(one.source, name) for one in everything().values() for name in one.permissions}
    assert all(name.removeprefix("SharePoint:") in text for _source, name in asked)
    assert {name for source, name in asked if source == "graph" and ".Read" not in name} == set()
    assert {name for source, name in asked if source == "sharepoint"} == {"SharePoint:Sites.FullControl.All"}
