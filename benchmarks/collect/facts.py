"""What connectors ask for against Microsoft's own types and permissions, where those lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.config import Content

FACTS = Path(__file__).resolve().parents[2].parent / "shared" / "graph"
FIGURES = (
    Figure("facts.fields_not_in_schema", "fields", "== 0"),
    Figure("facts.fields_of_types_that_schema_lacks", "fields"),
    Figure("facts.permissions_not_known", "permissions", "== 0"),
)
# What an endpoint answers with, by type of Microsoft's metadata; several where rows are of several types.
ANSWERS: dict[str, tuple[str, ...]] = {
    "/users": ("user",),
    "/users/delta": ("user",),
    "/groups/delta": ("group",),
    "/directory/administrativeUnits/delta": ("administrativeUnit",),
    "/directory/administrativeUnits/{unit_id}/members": ("directoryObject",),
    "/education/schools": ("educationSchool",),
    "/education/schools/{school_id}/users": ("educationUser",),
    "/roleManagement/directory/roleDefinitions": ("unifiedRoleDefinition",),
    "/roleManagement/directory/roleAssignments": ("unifiedRoleAssignment",),
    "/roleManagement/directory/roleEligibilityScheduleInstances": ("unifiedRoleEligibilityScheduleInstance",),
    "/roleManagement/directory/roleAssignmentScheduleInstances": ("unifiedRoleAssignmentScheduleInstance",),
    "/policies/authorizationPolicy": ("authorizationPolicy",),
    "/policies/authenticationMethodsPolicy": ("authenticationMethodsPolicy",),
    "/policies/identitySecurityDefaultsEnforcementPolicy": ("identitySecurityDefaultsEnforcementPolicy",),
    "/identity/conditionalAccess/policies": ("conditionalAccessPolicy",),
    "/identity/conditionalAccess/namedLocations": ("ipNamedLocation", "countryNamedLocation"),
    "/auditLogs/signIns": ("signIn",),
    "/auditLogs/directoryAudits": ("directoryAudit",),
    "/identityProtection/riskDetections": ("riskDetection",),
    "/identityProtection/riskyUsers": ("riskyUser",),
    "/devices/delta": ("device",),
    "/deviceManagement/managedDevices": ("managedDevice",),
    "/applications": ("application",),
    "/applications/{object_id}/owners": ("directoryObject",),
    "/servicePrincipals/{principal_id}/owners": ("directoryObject",),
    "/servicePrincipals": ("servicePrincipal",),
    "/oauth2PermissionGrants": ("oAuth2PermissionGrant",),
    "/servicePrincipals/{principal_id}/appRoleAssignedTo": ("appRoleAssignment",),
    "/reports/authenticationMethods/userRegistrationDetails": ("userRegistrationDetails",),
    "/sites/getAllSites": ("site",),
    "/sites/{site_id}/drives": ("drive",),
    "/drives/{drive_id}/root/permissions": ("permission",),
    "/drives/{drive_id}/root/delta": ("driveItem",),
    "/drives/{drive_id}/items/{item_id}/permissions": ("permission",),
    "/teams/{group_id}/channels": ("channel",),
    "/teams/{team_id}/channels/{channel_id}/members": ("aadUserConversationMember",),
    "/admin/sharepoint/settings": ("sharepointSettings",),
    "/groupSettings": ("groupSetting",),
    "/subscribedSkus": ("subscribedSku",),
    "/organization": ("organization",),
    "/security/auditLog/queries": ("security.auditLogRecord",),
    "{address}/_api/web/roleassignments": ("SP.RoleAssignment",),
    "{address}/_api/web/siteusers": ("SP.User",),
    "{address}/_api/web/lists": ("SP.List",),
    "{address}/_api/web/lists(guid'{list_id}')/roleassignments": ("SP.RoleAssignment",),
}
INSIDE = {
    "members@delta": ("directoryObject",),
    "owners@delta": ("directoryObject",),
    "passwordCredentials": ("passwordCredential",),
    "keyCredentials": ("keyCredential",),
    "Member.Users": ("SP.User",),
}


def everything() -> dict[str, Connector]:
    """Every shipped connector, those that are off until a board asks for them too."""
    shipped = load_connectors(Content())
    from ibpmon.content import content_files

    names = [path.stem for path in content_files("connectors", ".toml", None)]
    return shipped | load_connectors(Content(connectors_on=tuple(name for name in names if name not in shipped)))


def measure_facts(_full: bool) -> Values:
    """Fields and permissions that Microsoft does not have."""
    if not (FACTS / "schema.json").is_file():
        gone = Measured(None, "Microsoft's types do not lie beside this checkout", 0)
        return dict.fromkeys((figure.figure for figure in FIGURES), gone)
    schema = json.loads((FACTS / "schema.json").read_text(encoding="utf-8"))
    permissions = json.loads((FACTS / "permissions.json").read_text(encoding="utf-8"))
    asked = [one for one in everything().values() if one.source in ("graph", "sharepoint")]
    untyped = [one for one in asked if not any(name_in(known_types(schema, one), name) for name in types_of(one))]
    strange = [name for one in asked if one not in untyped for name in unknown_fields(schema, one)]
    loose = [f"{one.id}.{field.name}" for one in untyped for field in one.fields if field.path]
    names = {name for one in asked for name in one.permissions}
    fields = sum(len(one.fields) for one in asked)
    return {
        "facts.fields_not_in_schema": Measured(len(strange), f"of {fields}: " + (", ".join(strange) or "none")),
        "facts.fields_of_types_that_schema_lacks": Measured(len(loose), ", ".join(loose) or "none"),
        "facts.permissions_not_known": Measured(
            len(names - set(permissions)),
            f"of {len(names)}: " + (", ".join(sorted(names - set(permissions))) or "none"),
        ),
    }


def types_of(connector: Connector) -> tuple[str, ...]:
    """The types that a connector's rows are of."""
    return INSIDE[".".join(connector.list)] if connector.shape == "part" else ANSWERS[connector.endpoint]


def known_types(schema: dict[str, Any], connector: Connector) -> dict[str, Any]:
    """Microsoft's types of the interface that a connector reads."""
    types: dict[str, Any] = schema[
        "sharepoint_rest" if connector.source == "sharepoint" else connector.version or "v1.0"
    ]
    return types


def name_in(types: dict[str, Any], name: str) -> bool:
    """Whether a type is there at all."""
    return name in types or f"microsoft.graph.{name}" in types


def unknown_fields(schema: dict[str, Any], connector: Connector) -> list[str]:
    """The fields of one connector that none of its types has."""
    types, known = types_of(connector), known_types(schema, connector)
    return [
        f"{connector.id}.{field.name}"
        for field in connector.fields
        if field.path and field.path[0][0] != "@" and not any(is_there(known, name, field.path) for name in types)
    ]


def is_there(types: dict[str, Any], name: str, path: tuple[str, ...]) -> bool:
    """Whether a path leads somewhere in a type, through its bases; `Member` of SharePoint is a user or a group."""
    names = [name.removeprefix("microsoft.graph.")]
    for step in path:
        names = [found for one in names if (found := property_of(types, one, step))]
        names = ["SP.User", "SP.Group"] if any("SP.Principal" in one for one in names) else names
    return bool(names)


def property_of(types: dict[str, Any], name: str, step: str) -> str:
    """The type of one property of a type or of what it builds on; empty when there is none."""
    while name:
        known = types.get(name) or types.get(f"microsoft.graph.{name}") or {}
        found = {**known.get("navigation", {}), **known.get("properties", {})}
        if step in found:
            return str(found[step]).removeprefix("microsoft.graph.")
        if step == "id" and known.get("kind") == "entity":
            return "Edm.String"
        name = str(known.get("base") or "").removeprefix("microsoft.graph.")
    return ""


MEASUREMENTS = (Measurement(FIGURES, measure_facts),)
