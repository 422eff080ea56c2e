"""What pupils may do that only staff should, and guests for whom nobody answers."""

import json
from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.nouns import Board, Json, Person
from ibpmon.demo.board.truth.facts import Finding, read
from ibpmon.demo.board.truth.places import all_reached
from ibpmon.demo.board.truth.sharing import sensitive_sites


def find_allowed_to_all(board: Board) -> Iterator[Finding]:
    """Settings by which every account, and so a pupil, may invite guests, make groups or register apps."""
    policy = board.authorization_policy
    if policy["allowInvitesFrom"] in ("everyone", "adminsGuestInvitersAndAllMembers"):
        yield "pupils-may-invite-guests", policy["id"], ""
    allowed = policy["defaultUserRolePermissions"]
    if allowed["allowedToCreateApps"] or allowed["allowedToCreateSecurityGroups"]:
        yield "pupils-may-make-groups-or-apps", policy["id"], ""
    told = {one["name"]: one["value"] for row in board.group_settings for one in row["values"]}
    if told.get("EnableGroupCreation", "true") == "true":
        yield "pupils-may-make-teams", board.organization[0]["id"], ""


def find_guests_in_places(board: Board) -> Iterator[Finding]:
    """Guests with each place of pupils or of care that they reach, when nobody answers for them until a day."""
    secret = sensitive_sites(board)
    for person, place in all_reached(board):
        wanted = person.population == "guest" and person.account["accountEnabled"]
        if wanted and (place in secret or board.zones[place] == "pupil") and not answered(board, person, ends=True):
            yield "guest-in-sensitive-place", person.id, place


def find_guests_alone(board: Board) -> Iterator[Finding]:
    """Guests of fourteen days and older for whom nobody answers."""
    for person in board.people:
        if person.population == "guest" and person.account["accountEnabled"]:
            age = board.now - read(person.account["createdDateTime"])
            if age >= timedelta(days=14) and not answered(board, person):
                yield "guest-without-sponsor", person.id, ""


def answered(board: Board, person: Person, *, ends: bool = False) -> bool:
    """Whether somebody answers for a guest today; with `ends` until a day."""
    line = board.overrides.get(str(person.account["userPrincipalName"]))
    runs = line is not None and (line.until is None or line.until >= board.today)
    return bool(line and runs and line.sponsor and (line.until or not ends))


def find_acts(board: Board) -> Iterator[Finding]:
    """Invitations by who may not invite or of who may not come, and guests who got power."""
    kinds = {person.id: person.population for person in board.people}
    for row in board.audits:
        if row["result"] == "success":
            for target in row["targetResources"]:
                if target["type"] == "User":
                    yield from of_invitation(board, kinds, row, target)
                    yield from of_power(kinds, row, target)


def of_invitation(board: Board, kinds: dict[str, str], row: Json, target: Json) -> Iterator[Finding]:
    """An invitation."""
    actor = (row["initiatedBy"]["user"] or {}).get("id", "")
    blocked = board.sharepoint_settings["sharingBlockedDomainList"]
    home = str(target["userPrincipalName"]).partition("#EXT#")[0].rpartition("_")[2].lower()
    if row["activityDisplayName"] == "Invite external user":
        if kinds.get(actor) == "pupil":
            yield "pupil-invited-guest", actor, target["id"]
        if kinds.get(actor) in ("pupil", "guest") or home in blocked:
            yield "guest-invited-against-rules", target["id"], row["id"]


def of_power(kinds: dict[str, str], row: Json, target: Json) -> Iterator[Finding]:
    """A guest who became a member, owner of a group or administrator."""
    activity = row["activityDisplayName"]
    types = [one for one in target["modifiedProperties"] if one["displayName"] == "UserType"]
    became = [(json.loads(one["oldValue"] or "[]"), json.loads(one["newValue"] or "[]")) for one in types]
    member = activity == "Update user" and (["Guest"], ["Member"]) in became
    role = activity.startswith("Add") and "member to role" in activity and "request" not in activity
    if member or (kinds.get(target["id"]) == "guest" and (role or activity == "Add owner to group")):
        yield "guest-given-power", target["id"], row["id"]


FINDERS = (
    find_allowed_to_all,
    find_guests_in_places,
    find_guests_alone,
    find_acts,
)
