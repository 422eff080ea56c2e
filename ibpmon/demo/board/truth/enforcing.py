"""Whom a policy of conditional access covers, read from the policies as they are served."""

from collections.abc import Iterable

from ibpmon.demo.board.nouns import Board, Json

RESISTANT = "00000000-0000-0000-0000-000000000004"


def must_pass(board: Board) -> tuple[set[str], set[str]]:
    """Who cannot come in anywhere without a second step, and who not without one that cannot be phished."""
    second: set[str] = set()
    strong: set[str] = set()
    if board.security_defaults["isEnabled"]:
        second |= {person.id for person in board.people}
    for policy in board.ca_policies:
        grant = policy["grantControls"]
        if policy["state"] == "enabled" and grant and is_whole(policy["conditions"]) and asks(grant):
            covered = whom(board, policy["conditions"]["users"])
            second |= covered
            if (grant.get("authenticationStrength") or {}).get("id") == RESISTANT:
                strong |= covered
    return second, strong


def asks(grant: Json) -> bool:
    """Whether there is no way around the second step."""
    ways = [*grant["builtInControls"], *grant["customAuthenticationFactors"], *grant["termsOfUse"]]
    ways += ["strength"] if grant.get("authenticationStrength") else []
    good = [way in ("mfa", "strength") for way in ways]
    return any(good) if grant["operator"] == "AND" else bool(good) and all(good)


def is_whole(conditions: Json) -> bool:
    """Whether a policy is for every app, place, platform and risk."""
    apart = ("platforms", "locations", "devices", "insiderRiskLevels", "authenticationFlows", "clientApplications")
    risks = [*conditions["signInRiskLevels"], *conditions["userRiskLevels"]]
    apps = conditions["applications"]
    every_app = "All" in apps["includeApplications"] and not apps["applicationFilter"]
    return every_app and conditions["clientAppTypes"] == ["all"] and not risks and not any(conditions[n] for n in apart)


def whom(board: Board, users: Json) -> set[str]:
    """The accounts that are included and not excluded."""
    return side(board, users, "include") - side(board, users, "exclude")


def side(board: Board, users: Json, word: str) -> set[str]:
    """The accounts that one side of a policy names."""
    named = set(users[f"{word}Users"])
    guests = {person.id for person in board.people if person.population == "guest"}
    found = {person.id for person in board.people if person.id in named or "All" in named}
    found |= guests if "GuestsOrExternalUsers" in named or users[f"{word}GuestsOrExternalUsers"] else set()
    found |= everyone_in(board, users[f"{word}Groups"])
    roles = set(users[f"{word}Roles"])
    held = [
        row for row in board.role_assignments if row["roleDefinitionId"] in roles and row["directoryScopeId"] == "/"
    ]
    return found | holders(board, held)


def holders(board: Board, assignments: Iterable[Json]) -> set[str]:
    """Who holds one of these, by himself or through a group."""
    who = {row["principalId"] for row in assignments}
    return who | everyone_in(board, who & set(board.members))


def everyone_in(board: Board, groups: Iterable[str]) -> set[str]:
    """Everyone in these groups, however deep."""
    seen: set[str] = set()
    people: set[str] = set()
    waiting = list(groups)
    while waiting:
        group = waiting.pop()
        if group not in seen:
            seen.add(group)
            people |= {member.id for member in board.members.get(group, ()) if member.kind == "user"}
            waiting += [member.id for member in board.members.get(group, ()) if member.kind == "group"]
    return people
