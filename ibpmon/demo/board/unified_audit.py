"""The audit log of Purview about sharing: who made which link or right on which file, and who took it away."""

from datetime import datetime, timedelta

from ibpmon.demo.board import libraries
from ibpmon.demo.board.nouns import Board, Json, Person, stamp

MADE = {"anonymous": "AnonymousLinkCreated", "organization": "CompanyLinkCreated", "users": "SecureLinkCreated"}
GONE = {"anonymous": "AnonymousLinkRemoved", "organization": "CompanyLinkRemoved", "users": "SecureLinkDeleted"}
INVITED, SHARED, UNSHARED = "SharingInvitationCreated", "SharingSet", "SharingRevoked"


def look_back(board: Board) -> None:
    """A record for each right of a single item, made by whoever wrote the item; and the end of some older links."""
    with board.chance("unified audit"):
        people = {person.id: person for person in board.people}
        for rows in board.items.values():
            for row in rows[1:]:
                for grant in board.item_permissions.get(str(row["id"]), ()):
                    if "inheritedFrom" not in grant:
                        at = board.now - timedelta(minutes=board.rng.randint(60, 60 * 24 * 28))
                        write(board, at, people[row["createdBy"]["user"]["id"]], row, grant)
        board.unified_audit.sort(key=newest, reverse=True)


def newest(row: Json) -> tuple[str, str]:
    """The place in the log."""
    return str(row["createdDateTime"]), str(row["id"])


def write(board: Board, at: datetime, actor: Person, item: Json, grant: Json, *, gone: bool = False) -> Json:
    """One record; the newest come first, but nobody promises an order."""
    row = record(board, at, actor, item, operation(grant, gone=gone))
    row["auditData"] |= target(grant)
    board.unified_audit.insert(0, row)
    return row


def operation(grant: Json, *, gone: bool) -> str:
    """The word of Purview for making or taking away this right."""
    if "link" in grant:
        return (GONE if gone else MADE).get(grant["link"]["scope"], UNSHARED if gone else SHARED)
    if "invitation" in grant:
        return UNSHARED if gone else INVITED
    return UNSHARED if gone else SHARED


def record(board: Board, at: datetime, actor: Person, item: Json, word: str) -> Json:
    """A record as `security/auditLog` gives it; `auditData` is open and differs per operation."""
    upn = str(actor.account["userPrincipalName"])
    site, place = str(item["webUrl"]).split("/sites/")[0], str(item["webUrl"])
    service = "OneDrive" if "-my." in site or "/personal/" in site else "SharePoint"
    data = {
        "@odata.type": "#microsoft.graph.security.defaultAuditData",
        "Operation": word,
        "Workload": service,
        "ObjectId": place,
        "UserId": upn,
        "ItemType": "Folder" if "folder" in item else "File",
        "ListItemUniqueId": item["id"],
    }
    return {
        "id": board.new_id(),
        "createdDateTime": stamp(at),
        "auditLogRecordType": "SharePointSharingOperation",
        "operation": word,
        "organizationId": board.tenant_id,
        "userType": "Regular",
        "userId": upn,
        "userPrincipalName": upn,
        "service": service,
        "objectId": place,
        "clientIp": actor.home,
        "administrativeUnits": [],
        "auditData": data,
    }


def target(grant: Json) -> Json:
    """With whom it was shared, as far as the record tells."""
    granted = grant.get("grantedToV2", {})
    who = granted.get("siteUser") or granted.get("siteGroup") or {}
    name = who.get("email") or who.get("displayName") or grant.get("invitation", {}).get("email", "")
    kind = "Guest" if "#ext#" in who.get("loginName", "") or "invitation" in grant else "Member"
    ends = grant.get("expirationDateTime")
    end = {} if not ends or ends == libraries.NEVER else {"ExpirationDate": ends}
    return {"TargetUserOrGroupName": name, "TargetUserOrGroupType": kind, "PermissionId": grant["id"], **end}
