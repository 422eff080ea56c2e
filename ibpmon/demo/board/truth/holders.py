"""Who holds the heavy roles, how many keys live too long, and which settings of the tenant are too loose."""

from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.nouns import Board, Json
from ibpmon.demo.board.roles import BUILT_IN, GLOBAL
from ibpmon.demo.board.truth.facts import Finding, read

HEAVY = frozenset(
    BUILT_IN[name]
    for name in (
        GLOBAL,
        "Privileged Role Administrator",
        "User Administrator",
        "SharePoint Administrator",
        "Exchange Administrator",
        "Hybrid Identity Administrator",
        "Application Administrator",
        "Cloud Application Administrator",
    )
)


def held(board: Board) -> set[tuple[str, str]]:
    """Each holder of a role, also by standing in a group; emergency accounts left out."""
    emergency = {person.id for person in board.people if person.population == "break_glass"}
    pairs = set()
    for row in board.role_assignments:
        inside = board.members.get(row["principalId"])
        who = [row["principalId"]] if inside is None else [member.id for member in inside]
        pairs |= {(one, row["roleDefinitionId"]) for one in who if one not in emergency}
    return pairs


def find_heavy_roles(board: Board) -> Iterator[Finding]:
    """Heavy roles that are always on, and those on the accounts of daily work. There is no P2, so all are always on."""
    people = {person.id: person for person in board.people}
    for who, role in held(board):
        if role in HEAVY:
            yield "permanent-privileged-role", who, role
            person = people.get(who)
            if person and person.account["accountEnabled"]:
                daily = person.population in ("staff", "pupil", "guest") or person.account["onPremisesSyncEnabled"]
                yield from [("daily-account-is-admin", who, role)] if daily else []


def find_count(board: Board) -> Iterator[Finding]:
    """Five or more global administrators, or fewer than two."""
    people = {person.id for person in board.people}
    count = len({who for who, role in held(board) if role == BUILT_IN[GLOBAL] and who in people})
    if not 2 <= count <= 4:
        yield "global-admins-count", board.tenant_id, ""


def find_keys(board: Board) -> Iterator[Finding]:
    """Keys that live too long or end soon; what has ended is no key any more."""
    for owner in (*board.applications, *board.service_principals):
        for kind, days in (("passwordCredentials", 180), ("keyCredentials", 365)):
            for row in owner[kind]:
                if read(row["endDateTime"]) > board.now and (too_long(row, days) or ends_soon(board, row)):
                    yield "app-key-expires", owner["id"], row["keyId"]


def too_long(row: Json, days: int) -> bool:
    """Whether a key lives at least a day longer than it should."""
    return (read(row["endDateTime"]) - read(row["startDateTime"])).days > days


def ends_soon(board: Board, row: Json) -> bool:
    """Whether a key has no more than thirty whole days left."""
    return read(row["endDateTime"]) - board.now < timedelta(days=31)


def find_settings(board: Board) -> Iterator[Finding]:
    """Settings for sharing that are looser than the advice."""
    found = board.sharepoint_settings
    loose = {
        "sharing": found["sharingCapability"] == "externalUserAndGuestSharing",
        "resharing": found["isResharingByExternalUsersEnabled"],
        "match_invited": not found["isRequireAcceptingUserToMatchInvitedUserEnabled"],
        "legacy_sign_in": found["isLegacyAuthProtocolsEnabled"],
    }
    yield from (("tenant-setting-too-loose", name, "") for name, is_loose in loose.items() if is_loose)


def find_default_rights(board: Board) -> Iterator[Finding]:
    """What guests, and people without a role, may do by default and should not."""
    policy = board.authorization_policy
    if policy["guestUserRoleId"] == "a0b1b346-4d3e-4e8b-98f8-753987be4970":
        yield "default-right-too-wide", "guest_rights", ""
    granted = policy["defaultUserRolePermissions"]["permissionGrantPoliciesAssigned"]
    if any(name.startswith("ManagePermissionGrantsForSelf.") for name in granted):
        yield "default-right-too-wide", "user_consent", ""


FINDERS = (
    find_default_rights,
    find_heavy_roles,
    find_count,
    find_keys,
    find_settings,
)
