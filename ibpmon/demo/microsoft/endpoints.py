"""The table of endpoints: where each collection is, who may read it, which licence it needs and how it pages."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ibpmon.demo.microsoft import answers

DIRECTORY = "Directory.Read.All"
USERS = f"User.Read.All {DIRECTORY}"
GROUPS = f"GroupMember.Read.All Group.Read.All {DIRECTORY}"
DEVICES = f"Device.Read.All {DIRECTORY}"
APPLICATIONS = f"Application.Read.All {DIRECTORY}"
UNITS = f"AdministrativeUnit.Read.All {DIRECTORY}"
ROLES = f"RoleManagement.Read.Directory RoleManagement.Read.All {DIRECTORY}"
GRANTS = f"DelegatedPermissionGrant.Read.All {DIRECTORY}"
ROSTER = "EduRoster.Read.All"
SITES = "Sites.Read.All Sites.FullControl.All"
LOGS = "AuditLog.Read.All"

FULL = "$top $select $filter $count $search"
SOME = "$top $select $filter"
PLAIN = "$top $select"
ROLE_OPTIONS = "$filter $expand $select"  # these take no $top


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One kind of question."""

    pattern: str
    name: str  # the collection in `directory` or `logs`
    permissions: frozenset[str]  # any one of these will do
    kind: str = ""  # the type of its rows in Graph
    page: int = 100
    most: int = 999
    licence: str = ""
    options: frozenset[str] = frozenset()
    family: str = "directory"  # endpoints of one family share a limit
    units: int = 1
    shape: str = "list"  # list | log | delta | count | item | one | send
    context: str = ""
    lost: int = 410  # how a delta token that is too old is refused


def _at(pattern: str, name: str, permissions: str, kind: str = "", **more: Any) -> Endpoint:
    options = frozenset(more.pop("options", PLAIN).split()) | {"$skiptoken", "$skipToken"}
    context = more.pop("context", pattern.lstrip("/").replace("/{id}", "('{id}')"))
    granted = frozenset(permissions.split())
    return Endpoint(pattern, name, granted, kind, options=options, context=context, **more)


def _collection(pattern: str, name: str, permissions: str, kind: str, **more: Any) -> tuple[Endpoint, ...]:
    """A collection of the directory: the list, its number, one object, and what changed."""
    changes = {"units": more.get("units", 1), "family": more.get("family", "directory"), "lost": more.pop("lost", 410)}
    delta_permissions = f"{permissions} {more.pop('delta_also', '')}"
    entity = pattern.lstrip("/")
    return (
        _at(pattern, name, permissions, kind, **{"options": FULL, **more}),
        _at(f"{pattern}/$count", name, permissions, kind, shape="count", **{"options": "$filter $search", **more}),
        _at(
            f"{pattern}/delta",
            name,
            delta_permissions,
            kind,
            shape="delta",
            page=200,
            options="$select $filter $deltatoken",
            context=entity,
            **changes,
        ),
        _at(
            f"{pattern}/{{id}}",
            name,
            permissions,
            kind,
            shape="item",
            context=f"{entity}/$entity",
            **{**more, "options": "$select"},
        ),
    )


def _people(pattern: str, name: str, permissions: str, units: int) -> tuple[Endpoint, ...]:
    """Who is in a group: objects of every kind, their number, and the accounts among them only."""
    rows = {"units": units, "context": "directoryObjects", "options": "$top $select $count"}
    return (
        _at(pattern, name, permissions, "directoryObject", **rows),
        _at(f"{pattern}/$count", name, permissions, "directoryObject", shape="count", **rows),
        _at(f"{pattern}/microsoft.graph.{{cast}}", name, permissions, "directoryObject", **rows),
    )


PROTECTION = {"licence": "P1", "family": "protection"}
ALL_SITES = {
    "page": 30,
    "most": 200,
    "options": SOME,
    "context": "sites",
    "family": "sharepoint",
    "units": 2,
    "licence": "SPO",
}
REPORTS = {"licence": "P1", "family": "reporting"}
ENDPOINTS = (
    # people and groups
    *_collection("/users", "users", USERS, "user", units=2),
    _at("/users/{id}/sendMail", "mail", "", shape="send", family="mail"),
    *_collection("/groups", "groups", GROUPS, "group", lost=400),
    *_people("/groups/{id}/members", "members", GROUPS, 3),
    *_people("/groups/{id}/owners", "owners", GROUPS, 1),
    *_people("/groups/{id}/transitiveMembers", "transitiveMembers", GROUPS, 5),
    *_collection("/directory/administrativeUnits", "adminUnits", UNITS, "administrativeUnit", lost=400),
    *_people("/directory/administrativeUnits/{id}/members", "adminUnitMembers", UNITS, 1),
    *_collection(
        "/education/schools",
        "schools",
        ROSTER,
        "educationSchool",
        family="education",
        delta_also="EduRoster.ReadBasic.All",
    ),
    *_collection(
        "/education/users",
        "educationUsers",
        ROSTER,
        "educationUser",
        family="education",
        delta_also="EduRoster.ReadBasic.All",
    ),
    _at("/education/schools/{id}/users", "schoolUsers", ROSTER, "educationUser", family="education"),
    # roles
    _at(
        "/roleManagement/directory/roleDefinitions",
        "roleDefinitions",
        ROLES,
        "unifiedRoleDefinition",
        options=ROLE_OPTIONS,
    ),
    _at(
        "/roleManagement/directory/roleAssignments",
        "roleAssignments",
        ROLES,
        "unifiedRoleAssignment",
        options=ROLE_OPTIONS,
    ),
    _at(
        "/roleManagement/directory/roleEligibilityScheduleInstances",
        "roleEligibility",
        f"RoleEligibilitySchedule.Read.Directory {ROLES}",
        "unifiedRoleEligibilityScheduleInstance",
        licence="P2",
        options=ROLE_OPTIONS,
    ),
    _at(
        "/roleManagement/directory/roleAssignmentScheduleInstances",
        "roleSchedules",
        f"RoleAssignmentSchedule.Read.Directory {ROLES}",
        "unifiedRoleAssignmentScheduleInstance",
        licence="P2",
        options=ROLE_OPTIONS,
    ),
    # how the tenant is set
    _at(
        "/policies/authenticationMethodsPolicy",
        "authenticationPolicy",
        "Policy.Read.All",
        shape="one",
        options="$select",
    ),
    _at(
        "/policies/identitySecurityDefaultsEnforcementPolicy",
        "securityDefaults",
        "Policy.Read.All",
        shape="one",
        options="$select",
    ),
    _at(
        "/policies/authorizationPolicy",
        "authorizationPolicy",
        "Policy.Read.All",
        shape="one",
        options="$select",
    ),
    _at(
        "/identity/conditionalAccess/policies",
        "caPolicies",
        "Policy.Read.All Policy.Read.ConditionalAccess",
        "conditionalAccessPolicy",
        options="$top $select $filter $count",
        **PROTECTION,
    ),
    _at(
        "/identity/conditionalAccess/namedLocations",
        "namedLocations",
        "Policy.Read.All Policy.Read.ConditionalAccess",
        "namedLocation",
        options="$top $select $filter $count",
        **PROTECTION,
    ),
    _at("/groupSettings", "groupSettings", f"Group.Read.All {DIRECTORY}", "groupSetting", options="$select"),
    _at("/organization", "organization", f"Organization.Read.All User.Read.All {DIRECTORY}", "organization"),
    _at(
        "/subscribedSkus",
        "skus",
        f"LicenseAssignment.Read.All Organization.Read.All {DIRECTORY}",
        "subscribedSku",
        units=3,
        options="$select",
    ),
    _at(
        "/admin/sharepoint/settings",
        "sharepointSettings",
        "SharePointTenantSettings.Read.All",
        shape="one",
        licence="SPO",
        family="sharepoint",
        options="$select",
    ),
    # what happened
    _at(
        "/auditLogs/signIns",
        "signIns",
        LOGS,
        "signIn",
        shape="log",
        page=1000,
        most=1000,
        options="$top $filter",
        **REPORTS,
    ),
    _at(
        "/auditLogs/directoryAudits",
        "audits",
        LOGS,
        "directoryAudit",
        shape="log",
        page=1000,
        most=1000,
        options="$top $filter $orderby",
        family="reporting",
    ),
    _at(
        "/reports/authenticationMethods/userRegistrationDetails",
        "registrations",
        LOGS,
        "userRegistrationDetails",
        page=300,
        options="$top $select $filter $orderby",
        **REPORTS,
    ),
    _at(
        "/identityProtection/riskDetections",
        "riskDetections",
        "IdentityRiskEvent.Read.All",
        "riskDetection",
        page=20,
        most=500,
        options=SOME,
        **PROTECTION,
    ),
    _at(
        "/identityProtection/riskyUsers",
        "riskyUsers",
        "IdentityRiskyUser.Read.All",
        "riskyUser",
        page=20,
        most=500,
        options=SOME,
        family="protection",
        licence="P2",
    ),
    # devices
    *_collection("/devices", "entraDevices", DEVICES, "device"),
    _at(
        "/deviceManagement/managedDevices",
        "devices",
        "DeviceManagementManagedDevices.Read.All",
        "managedDevice",
        page=1000,
        most=1000,
        licence="INTUNE",
        family="devices",
        options=SOME,
    ),
    # applications
    *_collection("/applications", "applications", APPLICATIONS, "application", units=2, lost=400),
    *_collection("/servicePrincipals", "servicePrincipals", APPLICATIONS, "servicePrincipal"),
    _at("/servicePrincipals/{id}/appRoleAssignedTo", "appRoleAssignedTo", APPLICATIONS, "appRoleAssignment"),
    _at("/servicePrincipals/{id}/appRoleAssignments", "appRoleAssignments", APPLICATIONS, "appRoleAssignment", units=2),
    _at("/applications/{id}/owners", "applicationOwners", APPLICATIONS, "directoryObject"),
    _at("/servicePrincipals/{id}/owners", "principalOwners", APPLICATIONS, "directoryObject"),
    *_collection("/oauth2PermissionGrants", "grants", GRANTS, "oAuth2PermissionGrant", units=2, lost=400),
    # sites
    _at("/sites/getAllSites", "sites", SITES, "site", **ALL_SITES),
    _at("/sites/oneDrive.getAllSites", "sites", SITES, "site", **ALL_SITES),
)

_BY_LENGTH: dict[int, list[tuple[list[str], Endpoint]]] = {}
for _endpoint in sorted(ENDPOINTS, key=lambda endpoint: endpoint.pattern.count("{")):
    _parts = _endpoint.pattern.split("/")
    _BY_LENGTH.setdefault(len(_parts), []).append((_parts, _endpoint))


@dataclass(frozen=True, slots=True)
class Place:
    """What a path leads to: an endpoint, the id in the path, and the type that is asked of mixed rows."""

    endpoint: Endpoint
    key: str = ""
    cast: str = ""


def find(path: str) -> Place:
    """The endpoint of a path without its version; refuses an address that is not there."""
    parts = path.removesuffix("()").split("/")
    for wanted, endpoint in _BY_LENGTH.get(len(parts), ()):
        if all(fits(pattern, part) for pattern, part in zip(wanted, parts, strict=True)):
            return Place(endpoint, *holes(wanted, parts))
    raise answers.no_segment(path)


def fits(pattern: str, part: str) -> bool:
    """Whether one part of a path is what the pattern wants there."""
    if pattern == "{id}":
        return bool(part)
    return pattern == part or (pattern.endswith("{cast}") and part.startswith(pattern.removesuffix("{cast}")))


def holes(wanted: list[str], parts: list[str]) -> tuple[str, str]:
    """The id and the type in a path."""
    key = next((part for pattern, part in zip(wanted, parts, strict=True) if pattern == "{id}"), "")
    cast = parts[-1].removeprefix("microsoft.graph.") if wanted[-1].endswith("{cast}") else ""
    return unquote(key), cast
