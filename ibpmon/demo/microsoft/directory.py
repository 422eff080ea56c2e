"""The collections of a board by name and id: what Graph would find in its directory."""

from collections.abc import Callable, Set
from typing import Any

from ibpmon.demo.board import Board
from ibpmon.demo.board.nouns import Member
from ibpmon.demo.microsoft import answers
from ibpmon.demo.microsoft.answers import Json
from ibpmon.demo.microsoft.endpoints import DIRECTORY

# what an app must hold to see more of a member than its id, and what it sees unless it asks
MEMBER_TYPES = {
    "user": ("User.Read.All", ("displayName", "userPrincipalName", "mail", "jobTitle", "givenName", "surname")),
    "group": ("GroupMember.Read.All", ("displayName", "description", "securityEnabled", "mailEnabled")),
    "device": ("Device.Read.All", ("displayName", "deviceId", "operatingSystem")),
    "servicePrincipal": ("Application.Read.All", ("displayName", "appId")),
}
PREMIUM_PLANS = {"AAD_PREMIUM": "P1", "AAD_PREMIUM_P2": "P2", "INTUNE_A": "INTUNE"}
P2_PLAN = {
    "servicePlanId": "eec0eb4f-6444-4f95-aba0-50c24d67f998",
    "servicePlanName": "AAD_PREMIUM_P2",
    "provisioningStatus": "Success",
    "appliesTo": "User",
}
HIDDEN = "HiddenMembership"


class Lookup:
    """The collections; looks anew whenever the journal of the board has moved on."""

    def __init__(self, board: Board, licences: Set[str] = frozenset({"P1", "INTUNE", "SPO"})) -> None:
        self.board, self.licences = board, licences
        self._version = -1
        self._plain: dict[str, list[Json]] = {}
        self._objects: dict[str, tuple[str, Json]] = {}
        self._groups: dict[str, Json] = {}

    @property
    def plain(self) -> dict[str, list[Json]]:
        """The collections that are one list."""
        self.refresh()
        return self._plain

    def refresh(self) -> None:
        """Read the board again if something in it changed."""
        if self._version != self.board.journal.version:
            self._version = self.board.journal.version
            self._plain = plain_collections(self.board)
            self._groups = {str(row["id"]): row for row in self.board.groups}
            self._objects = {str(row["id"]): (kind, row) for kind, name in OBJECTS.items() for row in self._plain[name]}

    def forget(self) -> None:
        """Read the board again at the next question, whatever its journal says."""
        self._version = -1

    def one(self, name: str, key: str) -> Json:
        """One object of a collection, an account by its name too; refuses what does not exist."""
        for row in self.plain[name]:
            if row["id"] == key or (name == "users" and str(row["userPrincipalName"]).lower() == key.lower()):
                return row
        raise answers.not_found(key)

    def setting(self, name: str) -> Json:
        """A document of which there is one."""
        return {
            "authenticationPolicy": self.board.authentication_policy,
            "securityDefaults": self.board.security_defaults,
            "authorizationPolicy": self.board.authorization_policy,
            "sharepointSettings": self.board.sharepoint_settings,
        }[name]

    def collection(self, name: str, key: str, permissions: frozenset[str]) -> list[Json]:
        """The rows; refuses an id that does not exist."""
        if name in ("riskDetections", "skus"):
            return SEEN_THROUGH_LICENCES[name](self.plain[name], self.licences)
        if name in self.plain:
            return self.plain[name]
        if name in MEMBERSHIPS:
            self.check_hidden(name, key, permissions)
            return [self.member(row, permissions, whole=True) for row in self.people(name, key)]
        return self.belonging(name, key)

    def belonging(self, name: str, key: str) -> list[Json]:
        """What belongs to one object: the accounts of a school, the roles of an application."""
        owner, rows = {
            "schoolUsers": ("schools", self.board.education_school_users.get(key, [])),
            "appRoleAssignedTo": ("servicePrincipals", self.board.app_role_assigned.get(key, [])),
            "appRoleAssignments": ("servicePrincipals", self.granted_to(key)),
            "applicationOwners": ("applications", self.owners_of_app(key)),
            "principalOwners": ("servicePrincipals", self.owners_of_app(key)),
        }[name]
        self.one(owner, key)
        return rows

    def owners_of_app(self, key: str) -> list[Json]:
        """Who owns an application; whoever may read applications sees no more of them than this."""
        rows = self.board.app_owners.get(key, [])
        return [{"@odata.type": f"#microsoft.graph.{member.kind}", "id": member.id} for member in rows]

    def granted_to(self, key: str) -> list[Json]:
        """What one application may do, from the other side of who may use an application."""
        return [row for rows in self.board.app_role_assigned.values() for row in rows if row["principalId"] == key]

    # ------------------------------------------------------------ people in groups

    def people(self, name: str, key: str) -> list[Member]:
        """Who is in a group or an administrative unit, or owns it."""
        if name == "transitiveMembers":
            return self.nested(key)
        source = {
            "members": self.board.members,
            "owners": self.board.owners,
            "adminUnitMembers": self.board.admin_unit_members,
        }[name]
        self.refresh()
        known = self._groups if name != "adminUnitMembers" else {row["id"] for row in self.board.admin_units}
        if key not in source and key not in known:
            raise answers.not_found(key)
        return source.get(key, [])

    def nested(self, key: str) -> list[Member]:
        """Everyone in a group and in the groups in it, each once; those groups as well."""
        found: dict[str, Member] = {}
        ahead = list(self.people("members", key))
        while ahead:
            member = ahead.pop(0)
            if member.id not in found:
                found[member.id] = member
                ahead += self.board.members.get(member.id, []) if member.kind == "group" else []
        return list(found.values())

    def check_hidden(self, name: str, key: str, permissions: frozenset[str]) -> None:
        """Who is in a place with hidden membership is a right of its own."""
        self.refresh()
        units = {row["id"]: row for row in self.board.admin_units} if name == "adminUnitMembers" else self._groups
        if units.get(key, {}).get("visibility") == HIDDEN and "Member.Read.Hidden" not in permissions:
            raise answers.no_permission()

    def member(self, member: Member, permissions: frozenset[str], *, whole: bool = False) -> Json:
        """A member with what this app may see of it: without the right to its type only the id."""
        self.refresh()
        need, names = MEMBER_TYPES[member.kind]
        may_see = bool({need, DIRECTORY} & permissions)
        known = self._objects.get(member.id, ("", {}))[1] if may_see else {}
        shown = known if whole and known else {name: known.get(name) for name in names}
        return {"@odata.type": f"#microsoft.graph.{member.kind}", "id": member.id, **shown}

    def with_principal(self, row: Json, names: list[str], permissions: frozenset[str]) -> Json:
        """A role assignment with who has it, and with the role."""
        linked: Json = {}
        if "principal" in names:
            kind = self._objects.get(row["principalId"], ("user", {}))[0]
            linked["principal"] = self.member(Member(kind, row["principalId"]), permissions)
        if "roleDefinition" in names:
            roles = {role["id"]: role for role in self.plain["roleDefinitions"]}
            linked["roleDefinition"] = roles.get(row["roleDefinitionId"])
        return {**row, **linked}

    def with_activity(self, row: Json) -> Json:
        """An account with its last sign-ins; whoever never signed in has no such object."""
        activity = self.board.sign_in_activity.get(row["id"])
        return {**row, "signInActivity": activity} if activity else row


OBJECTS = {"user": "users", "group": "groups", "device": "entraDevices", "servicePrincipal": "servicePrincipals"}
MEMBERSHIPS = ("members", "owners", "transitiveMembers", "adminUnitMembers")


def plain_collections(board: Board) -> dict[str, list[Json]]:
    """The lists of a board under the names of the endpoints."""
    return {
        "users": board.users,
        "groups": board.groups,
        "registrations": board.registrations,
        "devices": board.devices,
        "sites": board.sites,
        "entraDevices": board.entra_devices,
        "applications": board.applications,
        "servicePrincipals": board.service_principals,
        "grants": board.delegated_grants,
        "adminUnits": board.admin_units,
        "schools": board.education_schools,
        "educationUsers": board.education_users,
        "roleDefinitions": board.role_definitions,
        "roleAssignments": board.role_assignments,
        "roleEligibility": board.role_eligibility,
        "roleSchedules": board.role_schedules,
        "caPolicies": board.ca_policies,
        "namedLocations": board.named_locations,
        "groupSettings": board.group_settings,
        "riskDetections": board.risk_detections,
        "riskyUsers": board.risky_users,
        "organization": board.organization,
        "skus": board.skus,
    }


def detections_seen(rows: list[Json], licences: Set[str]) -> list[Json]:
    """Risk without P2: that there is one, not how grave it is."""
    hidden = {"riskLevel": "hidden", "riskDetail": "hidden"}
    return rows if "P2" in licences else [{**row, **hidden} for row in rows]


def skus_seen(rows: list[Json], licences: Set[str]) -> list[Json]:
    """The subscriptions with the plans that this tenant has been given."""
    given = [[plan for plan in row["servicePlans"] if has_plan(plan, licences)] for row in rows]
    shown = [{**row, "servicePlans": plans} for row, plans in zip(rows, given, strict=True)]
    plans = [plan["servicePlanName"] for row in shown for plan in row["servicePlans"]]
    if "P2" in licences and "AAD_PREMIUM_P2" not in plans and shown:
        shown[0]["servicePlans"].append(P2_PLAN)
    return shown


def has_plan(plan: Json, licences: Set[str]) -> bool:
    """Whether a plan belongs to the licences of the tenant."""
    name = str(plan["servicePlanName"])
    need = "SPO" if name.startswith("SHAREPOINT") else PREMIUM_PLANS.get(name, "")
    return not need or need in licences


SEEN_THROUGH_LICENCES: dict[str, Callable[[list[Json], Set[str]], list[Json]]] = {
    "riskDetections": detections_seen,
    "skus": skus_seen,
}


def kind_of(value: Any) -> str:
    """The type of a mixed row."""
    return str(value["@odata.type"]).rsplit(".", 1)[-1]
