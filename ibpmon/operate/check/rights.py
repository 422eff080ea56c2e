"""Permissions: what the connectors that are on need, what was granted, and what is too much."""

import base64
import json
from collections.abc import Iterator, Mapping

from ibpmon.collect.connectors import Connector
from ibpmon.language import N_
from ibpmon.operate.check.said import Check

# A wider permission that Microsoft also accepts (graph documentation, "permissions from least to most privileged").
COVERED_BY: Mapping[str, frozenset[str]] = {
    "User.Read.All": frozenset({"Directory.Read.All"}),
    "GroupMember.Read.All": frozenset({"Group.Read.All", "Directory.Read.All"}),
    "Device.Read.All": frozenset({"Directory.Read.All"}),
    "Application.Read.All": frozenset({"Directory.Read.All"}),
    "AdministrativeUnit.Read.All": frozenset({"Directory.Read.All"}),
    "RoleManagement.Read.Directory": frozenset({"RoleManagement.Read.All", "Directory.Read.All"}),
    "Organization.Read.All": frozenset({"Directory.Read.All"}),
    "LicenseAssignment.Read.All": frozenset({"Organization.Read.All", "Directory.Read.All"}),
    "Sites.Read.All": frozenset({"Sites.FullControl.All"}),
    "Channel.ReadBasic.All": frozenset({"ChannelSettings.Read.All"}),
}
READS_ONLY = (".Read.", ".ReadBasic.", ".Read")
SENDING = "Mail.Send"  # of use only when mail goes through Graph; then it may also be a role in Exchange instead
APART = "SharePoint:"  # permissions of the second app registration


def rights(
    connectors: Mapping[str, Connector],
    granted: frozenset[str] | None,
    subject: str = "permissions",
    *,
    sends: bool = False,
) -> Iterator[Check]:
    """Each declared permission granted or missing, and rights that nobody needs; `granted` None: it was not told.

    Of the first app registration, or with subject `sharepoint` of the second. `sends`: the first one sends the mail.
    """
    apart = subject == "sharepoint"
    needed = needed_by(connectors, apart=apart)
    if granted is None:
        yield unknown(needed, subject)
        return
    granted = frozenset(APART + name for name in granted) if apart else granted
    yield from (missing(name, users, subject) for name, users in sorted(needed.items()) if not held(name, granted))
    present = [name for name in needed if held(name, granted)]
    if present:
        values = {"count": len(present), "total": len(needed)}
        yield Check(subject, "ok", N_("{count} of {total} permissions that the sources need are granted"), "", values)
    yield from too_much(needed, granted - {SENDING} if sends else granted, subject)


def needed_by(connectors: Mapping[str, Connector], *, apart: bool = False) -> dict[str, list[str]]:
    """The permissions of the first app registration (`apart`: of the second), each with the connectors that need it."""
    needed: dict[str, list[str]] = {}
    for one in connectors.values():
        for name in one.permissions:
            if one.source in ("graph", "sharepoint") and name.startswith(APART) == apart:
                needed.setdefault(name, []).append(one.id)
    return needed


def held(name: str, granted: frozenset[str]) -> bool:
    """Whether a permission, or a wider one, is granted."""
    return name in granted or bool(COVERED_BY.get(name, frozenset()) & granted)


def missing(name: str, users: list[str], subject: str) -> Check:
    """A permission that is not there; without it these sources cannot be read."""
    what = N_("the permission {name} is missing; without it these are not read: {users}")
    fix = N_("grant it in Entra > App registrations > API permissions (type: application), with admin consent")
    return Check(subject, "problem", what, fix, {"name": name, "users": ", ".join(users)})


def too_much(needed: Mapping[str, object], granted: frozenset[str], subject: str) -> Iterator[Check]:
    """Rights that no source needs: the ones that can change something are told apart."""
    useful = set(needed) | {wider for name in needed if name not in granted for wider in COVERED_BY.get(name, ())}
    fix = N_("take it away in Entra > App registrations > API permissions: what ibpmon cannot do, nobody can misuse")
    for name in sorted(granted - useful):
        reads = any(name.endswith(end) or end in name for end in READS_ONLY) and "Write" not in name
        what = N_("the permission {name} is granted, and no source needs it")
        writes = N_("the permission {name} is granted, can change things, and no source needs it")
        yield Check(subject, "note" if reads else "problem", what if reads else writes, fix, {"name": name})


def unknown(needed: Mapping[str, object], subject: str) -> Check:
    """Microsoft does not promise that a token can be read; then only a refusal tells."""
    what = N_("the token does not say which permissions are granted; needed are: {needed}")
    fix = N_("compare with Entra > App registrations > API permissions")
    return Check(subject, "unknown", what, fix, {"needed": ", ".join(sorted(needed))})


def roles_in(token: str) -> frozenset[str] | None:
    """The permissions that a token carries; None when it cannot be read, which is no error.

    Only for a person to look at: Microsoft calls tokens for Graph opaque, and nothing else may depend on this.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        roles = claims.get("roles", [])
    except (IndexError, ValueError, TypeError):
        return None
    return frozenset(map(str, roles)) if isinstance(roles, list) else None
