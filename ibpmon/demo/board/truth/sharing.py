"""What stands open that should not, and groups for which nobody answers."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ibpmon.demo.board.nouns import Board, Json, Person
from ibpmon.demo.board.truth.facts import Finding, last_day, read
from ibpmon.demo.board.truth.places import climb, groups_above

ALL_CLAIMS = ("c:0(.s|true", "c:0!.s|windows", "c:0-.f|rolemanager|spo-grid-all-users/")


@dataclass(frozen=True, slots=True)
class Opening:
    """One right on a library, or on something in it."""

    site: Json
    place: str  # the library, or the folder or file
    grant: Json

    @property
    def key(self) -> str:
        """The id of the right."""
        return str(self.grant["id"])

    @property
    def scope(self) -> str:
        """For whom a link is; empty for what is no link."""
        return str(self.grant.get("link", {}).get("scope", ""))

    @property
    def ends(self) -> datetime | None:
        """When it ends by itself."""
        told = str(self.grant.get("expirationDateTime") or "")
        return read(told) if told and not told.startswith("0001") else None

    @property
    def for_all(self) -> bool:
        """Whether it lets in everyone of the organisation."""
        login = str(self.grant.get("grantedToV2", {}).get("siteUser", {}).get("loginName", ""))
        return self.scope == "organization" or login.startswith(ALL_CLAIMS)


def openings(board: Board) -> Iterator[Opening]:
    """All rights that run now on libraries, folders and files; nobody looks into a OneDrive."""
    for site in {row["id"]: row for row in board.sites if not row["isPersonalSite"]}.values():
        for drive in board.drives.get(site["id"], ()):
            for one in openings_of(board, site, str(drive["id"])):
                if one.ends is None or one.ends > board.now:
                    yield one


def openings_of(board: Board, site: Json, drive: str) -> Iterator[Opening]:
    """The rights of one library, and what items have besides."""
    top = board.permissions[drive]
    yield from (Opening(site, drive, grant) for grant in top)
    known = {grant["id"] for grant in top}
    for item in board.items.get(drive, ())[1:]:
        rights = board.item_permissions.get(str(item["id"]), ()) if "shared" in item else ()
        own = (grant for grant in rights if "inheritedFrom" not in grant and grant["id"] not in known)
        yield from (Opening(site, str(item["id"]), grant) for grant in own)


def find_open_to_all(board: Board) -> Iterator[Finding]:
    """Rights and links for everyone: on places of the staff, and on places of which nobody said whose they are."""
    rules = {"staff": "staff-place-open-to-everyone", "board": "staff-place-open-to-everyone"}
    rules["unknown"] = "unplaced-site-open-to-everyone"
    for one in openings(board):
        rule = rules.get(board.zones[one.site["id"]])
        if rule and one.for_all:
            yield rule, one.place, one.key


def find_anonymous_links(board: Board) -> Iterator[Finding]:
    """Links without signing in that have no end, or stand on what is highly confidential.

    Nobody knows how old a link is: that is counted from the first time that somebody looked.
    """
    secret = sensitive_sites(board)
    for one in openings(board):
        if one.scope == "anonymous" and (one.ends is None or one.site["id"] in secret):
            yield "anonymous-link", one.place, one.key


def sensitive_sites(board: Board) -> set[str]:
    """The care teams of the schools, and the personnel office."""
    keys = [school.key for school in board.schools[: board.scale.schools]]
    names = {*(f"{key} Zorgteam" for key in keys), "BUR HR"}
    return {str(row["id"]) for row in board.sites if row.get("displayName") in names}


def find_groups_without_care(board: Board) -> Iterator[Finding]:
    """Teams without an owner who can act, or with only one; groups with too many; teams that anyone may join."""
    people = {person.id: person for person in board.people}
    able = {
        person.id
        for person in board.people
        if person.population != "pupil" and person.account["accountEnabled"] and not has_left(board, person.id, people)
    }
    for group in board.groups:
        key, unified = str(group["id"]), "Unified" in group["groupTypes"]
        owners = {member.id for member in board.owners.get(key, ())} & set(people)
        inside = {member.id for member in board.members[key]} & set(people)
        if unified and len(owners & able) < 2:
            yield ("group-with-one-owner" if owners & able else "group-without-owner"), key, ""
        if len(owners) > 4 and inside and len(owners) * 100 // len(inside) > 10:
            yield "group-with-many-owners", key, ""
        if unified and group["visibility"] == "Public" and board.zones[key] != "shared":
            yield "public-group", key, ""


def has_left(board: Board, key: str, people: dict[str, Person]) -> bool:
    """Whether the last day of somebody of the staff is over."""
    last = last_day(people[key]) if people[key].population == "staff" else None
    return last is not None and last < board.today


def find_blocked_organisations(board: Board) -> Iterator[Finding]:
    """What is shared with somebody of an organisation with which sharing is not allowed."""
    guests = {p.id: str(p.account["mail"] or "") for p in board.people if p.population == "guest"}
    allowed = board.sharepoint_settings["sharingAllowedDomainList"]
    blocked = board.sharepoint_settings["sharingBlockedDomainList"]
    for one in openings(board):
        invited = str(one.grant.get("invitation", {}).get("email", ""))
        who = invited or guests.get(one.grant.get("grantedToV2", {}).get("user", {}).get("id", ""), "")
        domain = who.rpartition("@")[2].lower()
        if domain and (domain in blocked or (allowed and domain not in allowed)):
            yield "guest-of-blocked-domain", one.place, one.key


def find_rights_of_persons(board: Board) -> Iterator[Finding]:
    """Sites of the staff on which somebody has a right by name, also one that has ended."""
    for site in {row["id"]: row for row in board.sites if not row["isPersonalSite"]}.values():
        rights = (one for drive in board.drives.get(site["id"], ()) for one in openings_of(board, site, drive["id"]))
        named = any("user" in one.grant.get("grantedToV2", {}) for one in rights)
        if named and board.zones[site["id"]] in ("staff", "board"):
            yield "rights-given-to-persons", str(site["id"]), ""


def find_unclassified(board: Board) -> Iterator[Finding]:
    """Groups and sites that belong to no zone for a week or longer."""
    for rule, rows in (("group-unclassified", board.groups), ("site-unclassified", board.sites)):
        for row in rows:
            old = board.now - read(row["createdDateTime"]) >= timedelta(days=7)
            if old and board.zones[row["id"]] == "unknown" and not row.get("isPersonalSite"):
                yield rule, str(row["id"]), ""


def find_settings(board: Board) -> Iterator[Finding]:
    """The one setting that says with whom sharing may be."""
    if board.sharepoint_settings["sharingCapability"] in ("externalUserSharingOnly", "externalUserAndGuestSharing"):
        yield "pupils-may-share-outside", "SharePoint", ""


def find_pupils_with_power(board: Board) -> Iterator[Finding]:
    """Pupils with a role of administrators, by themselves or through a group, or who own a group or an app."""
    above, owned = groups_above(board), defaultdict[str, list[str]](list)
    for thing, owners in {**board.owners, **board.app_owners}.items():
        for who in {owner.id for owner in owners}:
            owned[who].append(thing)
    for person in board.people:
        if person.population == "pupil":
            mine = {person.id, *climb(person.id, above)}
            held = [str(row["id"]) for row in board.role_assignments if row["principalId"] in mine]
            held += owned[person.id]
            yield from (("pupil-with-power", person.id, thing) for thing in held)


def find_pupils_in_staff_apps(board: Board) -> Iterator[Finding]:
    """Pupils who were let into the pupil administration, by name or as direct members of a group."""
    for app in board.service_principals:
        if app["displayName"] == "Oud LAS" and app["accountEnabled"]:
            for row in board.app_role_assigned[app["id"]]:
                who = {row["principalId"], *(member.id for member in board.members.get(row["principalId"], ()))}
                pupils = (person for person in board.people if person.population == "pupil" and person.id in who)
                yield from (("pupil-assigned-staff-app", person.id, str(app["id"])) for person in pupils)


FINDERS = (
    find_open_to_all,
    find_anonymous_links,
    find_groups_without_care,
    find_blocked_organisations,
    find_rights_of_persons,
    find_unclassified,
    find_settings,
    find_pupils_with_power,
    find_pupils_in_staff_apps,
)
