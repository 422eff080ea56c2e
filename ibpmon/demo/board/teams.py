"""Channels of Teams: standard ones live in the site of the team, private and shared ones have a site of their own."""

from ibpmon.demo.board import places
from ibpmon.demo.board.nouns import DOMAIN, NOBODY, SHAREPOINT, Board, Json, Person, stamp

FOREIGN_TENANT = "48e76f45-981a-5e3c-b90e-f918397690d4"


def open_channels(board: Board) -> None:
    """A general channel in every team, a private one in the care teams, a shared one in a few others."""
    with board.chance("teams"):
        people = {person.id: person for person in board.people}
        for group in list(board.groups):
            if "Team" in group["resourceProvisioningOptions"]:
                open_team(board, group, people)


def open_team(board: Board, group: Json, people: dict[str, Person]) -> None:
    """The channels of one team."""
    inside = [people[member.id] for member in board.members[group["id"]] if member.id in people]
    staff = [person for person in inside if person.population == "staff"]
    board.channels[group["id"]] = [channel_row(board, "General", "standard")]
    board.channel_members[board.channels[group["id"]][0]["id"]] = [member_row(board, person) for person in inside]
    name = str(group["displayName"])
    if name.endswith("Zorgteam") and staff:
        add_channel(board, group, "Dossiers", "private", staff[:2])
    if staff and (name.startswith("Samenwerking") or name.endswith("Schoolplein")):
        channel = add_channel(board, group, "Samen met buiten", "shared", staff[:1])
        board.channel_members[channel].append(outsider(board))


def add_channel(board: Board, group: Json, name: str, kind: str, people: list[Person]) -> str:
    """A private or shared channel with its own site; the first one in it owns it."""
    row = channel_row(board, name, kind)
    board.channels[group["id"]].append(row)
    members = [member_row(board, person, owner=not number) for number, person in enumerate(people)]
    board.channel_members[row["id"]] = members
    title = f"{group['displayName']}-{name}"
    site = places.site_row(board, title, f"/sites/{places.plain(title)}", SHAREPOINT)
    board.sites.append(site)
    board.zones[site["id"]] = "board" if title.startswith("BUR ") else "unknown"
    grants = [places.to_user(board, person, "write") for person in people]
    board.channel_drives[row["id"]] = places.add_drive(board, site, "Documenten", [places.owners(title), *grants])
    return str(row["id"])


def channel_row(board: Board, name: str, kind: str) -> Json:
    """A channel as Graph gives it; the first one of a team is called General in every language."""
    key = f"19:{board.new_id().replace('-', '')}@thread.tacv2"
    return {
        "id": key,
        "createdDateTime": stamp(board.moment(300, "08:05")),
        "displayName": name,
        "description": None,
        "isFavoriteByDefault": None,
        "email": "" if kind == "standard" else None,
        "tenantId": board.tenant_id,
        "webUrl": f"https://teams.{DOMAIN}/l/channel/{key[3:11]}",
        "membershipType": kind,
        "isArchived": False,
    }


def member_row(board: Board, person: Person, *, owner: bool = False) -> Json:
    """A member of a channel."""
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": f"MCMj{board.rng.getrandbits(64):016x}",
        "roles": ["owner"] if owner else ["guest"] if person.population == "guest" else [],
        "displayName": person.account["displayName"],
        "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
        "userId": person.id,
        "email": person.account["mail"],
        "tenantId": board.tenant_id,
    }


def outsider(board: Board) -> Json:
    """Someone of another organisation: no account here, only an id that means something over there."""
    person = Person({"id": NOBODY[:-1] + "7", "displayName": None, "mail": None}, "unknown", "", "")
    return member_row(board, person) | {"tenantId": FOREIGN_TENANT, "userId": board.new_id()}
