"""What administrators did: each act in the log of the directory that somebody has to answer for."""

import json
from collections.abc import Iterator

from ibpmon.demo.board.nouns import Board, Json
from ibpmon.demo.board.truth.facts import Finding

POLICIES = ("Add conditional access policy", "Update conditional access policy", "Delete conditional access policy")
PLACES = ("Add named location", "Update named location", "Delete named location")
DOMAINS = (
    "Add unverified domain",
    "Add verified domain",
    "Verify domain",
    "Set domain authentication",
    "Set federation settings on domain",
)
GROUPS = tuple(f"{verb} group" for verb in ("Add member to", "Remove member from", "Add owner to", "Remove owner from"))


def find_acts(board: Board) -> Iterator[Finding]:
    """Each act that went well, as what it is and what it was done to."""
    emergency = {person.id for person in board.people if person.population == "break_glass"}
    role_groups = {group["id"] for group in board.groups if group.get("isAssignableToRole")}
    for row in board.audits:
        if row["result"] == "success":
            for target in row["targetResources"]:
                yield from of_policies(row, target)
                yield from of_roles(row, target, role_groups)
                yield from of_apps(row, target)
                yield from of_own_hand(row, target, role_groups)
                if target["type"] == "User" and target["id"] in emergency:
                    yield "break-glass-changed", target["id"], row["id"]


def of_policies(row: Json, target: Json) -> Iterator[Finding]:
    """Policies, places and domains."""
    if row["activityDisplayName"] in (*POLICIES, *PLACES):
        yield "access-policy-changed", target["id"], row["id"]
    if row["activityDisplayName"] in DOMAINS:
        yield "domain-changed", target["displayName"], row["id"]


def of_roles(row: Json, target: Json, role_groups: set[str]) -> Iterator[Finding]:
    """Roles of people, groups and apps, and the groups that hold roles."""
    activity, kind = row["activityDisplayName"], target["type"]
    given, taken = "member to role" in activity, "member from role" in activity
    if (given or taken) and "request" not in activity:
        if kind in ("User", "Group") or (kind == "Role" and "PIM activation" in activity):
            yield "role-changed", target["id"], row["id"]
        if kind == "ServicePrincipal" and given:
            yield "app-given-role", target["id"], row["id"]
    if (
        activity in GROUPS
        and kind in ("User", "ServicePrincipal")
        and property_of(target, "Group.ObjectID") in role_groups
    ):
        yield "role-changed", target["id"], row["id"]


def of_own_hand(row: Json, target: Json, role_groups: set[str]) -> Iterator[Finding]:
    """Roles, and groups that hold them, that somebody gave himself; taking a role that was given is another matter."""
    activity, by = row["activityDisplayName"], row["initiatedBy"]["user"]
    given = "member to role" in activity and "PIM activation" not in activity and "request" not in activity
    approved = "request approved" in activity
    came = activity in GROUPS[::2] and property_of(target, "Group.ObjectID") in role_groups
    if by and by["id"] == target["id"] and (given or approved or came):
        yield "role-given-to-oneself", target["id"], row["id"]


def property_of(target: Json, name: str) -> str:
    """What a property is, or was."""
    told = (one for one in target["modifiedProperties"] if one["displayName"] == name)
    return next((str(json.loads(one["newValue"] or one["oldValue"])) for one in told), "")


def of_apps(row: Json, target: Json) -> Iterator[Finding]:
    """Consents, keys and owners of apps."""
    activity, kind = row["activityDisplayName"], target["type"]
    if activity in ("Consent to application", "Add delegated permission grant", GRANTED):
        yield "consent-given", target["id"], who(row)
    if kind in ("Application", "ServicePrincipal") and any(word in activity for word in KEYS):
        yield "app-credential-added", target["id"], row["id"]
    if (
        activity.startswith("Add owner to ")
        and activity[13:] in ("application", "service principal")
        and kind == "User"
    ):
        yield "app-owner-added", target["id"], row["id"]


GRANTED = "Add app role assignment to service principal"
KEYS = ("Certificates and secrets management", "Add service principal credentials")


def who(row: Json) -> str:
    """The name of whoever did it."""
    by = row["initiatedBy"]
    return str(by["user"]["userPrincipalName"] if by["user"] else by["app"]["displayName"])


FINDERS = (find_acts,)
