"""What stands in the libraries, and which folders and files are shared by themselves, in every shape that Graph has."""

from collections.abc import Callable
from datetime import timedelta

from ibpmon.demo.board import places
from ibpmon.demo.board.names import HOSTILE
from ibpmon.demo.board.nouns import DOMAIN, SHAREPOINT, Board, Json, Person, stamp

FOLDERS = ("Zorg", "Vergaderingen", "Rapporten 2025-2026", "Oudergesprekken", "Foto's", "Begroting", "Oud")
FILES = (
    ("cijferlijst groep 8", "xlsx"),
    ("verslag", "docx"),
    ("groepsplan", "docx"),
    ("rooster", "xlsx"),
    ("brief aan ouders", "docx"),
    ("ontwikkelingsperspectief", "pdf"),
    ("klassenfoto", "jpg"),
    ("notulen", "docx"),
    ("toetsresultaten", "xlsx"),
)
OFFICE_TYPE = "application/vnd.openxmlformats-officedocument"
MIME = {
    "xlsx": f"{OFFICE_TYPE}.spreadsheetml.sheet",
    "docx": f"{OFFICE_TYPE}.wordprocessingml.document",
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
}
NEVER = "0001-01-01T00:00:00Z"  # how SharePoint writes that something does not end
WIDEST = ("anonymous", "organization", "users")
EVERY = 13  # one in so many items has rights of its own
MAIL_GUEST = "ouder@verzonnen-ouders.example"


def fill(board: Board) -> None:
    """Folders and files in every library, each site's libraries as lists, and the rights that items have themselves."""
    with board.chance("libraries"):
        writers = [p for p in board.people if p.population == "staff" and p.account["accountEnabled"] and not p.cast]
        for site in distinct_sites(board):
            for drive in board.drives.get(site["id"], ()):
                fill_library(board, site, drive, board.rng.choice(writers))
        share_some(board, writers)
        for site in distinct_sites(board):
            list_libraries(board, site)


def distinct_sites(board: Board) -> list[Json]:
    """The sites, each once: getAllSites gives some twice."""
    return list({site["id"]: site for site in board.sites}.values())


def fill_library(board: Board, site: Json, drive: Json, writer: Person) -> None:
    """The root, a few folders and the files in them."""
    root = root_item(board, site, drive)
    rows = board.items[str(drive["id"])] = [root]
    number = max(2, round(board.scale.items * board.rng.uniform(0.5, 1.5)))
    folders = [root]
    for place in range(number):
        parent = folders[-1] if place % 4 else root
        if place % 4 == 0:
            name = FOLDERS[(place // 4 + len(board.items)) % len(FOLDERS)]
            folders.append(item_row(board, site, parent, name, writer, folder=True))
            rows.append(folders[-1])
        else:
            word, kind = board.rng.choice(FILES)
            rows.append(item_row(board, site, parent, f"{word} {place}.{kind}", writer))
    if len(board.items) % 9 == 0:
        rows[-1]["name"] = HOSTILE[len(board.items) // 9 % len(HOSTILE)]


def root_item(board: Board, site: Json, drive: Json) -> Json:
    """The root of a library; its rights are `board.permissions` of the drive."""
    return {
        "id": item_id(board),
        "name": "root",
        "webUrl": drive["webUrl"],
        "createdDateTime": drive["createdDateTime"],
        "lastModifiedDateTime": drive["lastModifiedDateTime"],
        "size": 694400,
        "folder": {"childCount": 0},
        "root": {},
        "parentReference": {"driveType": drive["driveType"], "driveId": drive["id"]},
        "shared": {"scope": "users"},
    }


def item_row(board: Board, site: Json, parent: Json, name: str, writer: Person, *, folder: bool = False) -> Json:
    """A folder or a file; what is the same for all of a library is one object, to keep a large board small."""
    key, changed = item_id(board), stamp(board.now - timedelta(days=board.rng.randint(1, 400)))
    parent["folder"]["childCount"] += 1
    account = writer.account
    by = {"user": {"email": account["mail"], "id": writer.id, "displayName": account["displayName"]}}
    kind = {"folder": {"childCount": 0}} if folder else {"file": {"mimeType": MIME.get(name.rsplit(".", 1)[-1], "")}}
    return {
        "id": key,
        "name": name,
        "size": 0 if folder else 20_000 + 17 * len(board.items),
        "createdDateTime": site["createdDateTime"],
        "lastModifiedDateTime": changed,
        "webUrl": f"{parent['webUrl']}/{name}",
        "eTag": f'"{{{key[2:10]}}},1"',
        "createdBy": by,
        "lastModifiedBy": by,
        "parentReference": {**parent["parentReference"], "id": parent["id"], "siteId": site["id"].split(",")[1]},
        "fileSystemInfo": {"createdDateTime": site["createdDateTime"], "lastModifiedDateTime": changed},
        **kind,
    }


def item_id(board: Board) -> str:
    """An id as SharePoint makes them."""
    return f"01{board.rng.getrandbits(128):032X}"


# ---------------------------------------------------------------- rights of single items


def share_some(board: Board, staff: list[Person]) -> None:
    """Every so many items one has rights of its own, each time in the next shape."""
    count = 0
    guests = [person for person in board.people if person.population == "guest"]
    for site in distinct_sites(board):
        for drive in board.drives.get(site["id"], ()):
            for row in board.items[str(drive["id"])][1:]:
                count += 1
                if count % EVERY == 0:
                    sharing = Sharing(board, str(drive["id"]), board.zones[site["id"]], staff, guests)
                    make = SHAPES[count // EVERY % len(SHAPES)]
                    own = make(sharing)
                    set_own(board, str(drive["id"]), row, own, broken=make in BROKEN)


class Sharing:
    """Who can share what with whom in one library."""

    def __init__(self, board: Board, drive: str, zone: str, staff: list[Person], guests: list[Person]) -> None:
        self.board, self.drive, self.zone = board, drive, zone
        self.colleague, self.guest = board.rng.choice(staff), board.rng.choice(guests)

    def group(self) -> str:
        """A group that is in the library already: no pupil gets further in by it."""
        grants = self.board.permissions[self.drive]
        inside = [grant["grantedToV2"]["group"]["id"] for grant in grants if "group" in grant.get("grantedToV2", {})]
        return str(inside[0]) if inside else places.group_id(self.board, "BUR ICT")


Shape = Callable[[Sharing], list[Json]]


def link(board: Board, scope: str, kind: str, ends: str | None = None, *, blocked: bool = False) -> Json:
    """A sharing link; without an end it has the year 1, or no such key at all."""
    key = board.new_id()
    return {
        "id": key,
        "roles": ["write" if kind == "edit" else "read"],
        "shareId": f"u!{key.replace('-', '')}",
        **({"expirationDateTime": ends} if ends else {}),
        "hasPassword": False,
        "link": {
            "scope": scope,
            "type": kind,
            "webUrl": f"https://{SHAREPOINT}/:x:/s/{key[:8]}",
            "preventsDownload": blocked,
        },
        "grantedToIdentitiesV2": [],
    }


def link_to_some(sharing: Sharing) -> list[Json]:
    """A link for a guest, and for someone who gets a code by mail and has no account at all."""
    guest = sharing.guest.account
    claim = f"i:0#.f|membership|{guest['userPrincipalName'].lower()}"
    who = {"displayName": guest["displayName"], "email": guest["mail"]}
    mail = {"displayName": MAIL_GUEST, "email": MAIL_GUEST, "id": "31", "loginName": f"urn:spo:guest#{MAIL_GUEST}"}
    row = link(sharing.board, "users", "view", blocked=True)
    row["grantedToIdentitiesV2"] = [
        {"user": {**who, "id": guest["id"]}, "siteUser": {**who, "id": "27", "loginName": claim}},
        {"siteUser": mail},
    ]
    row["grantedToIdentities"] = [{"user": {**who, "id": guest["id"]}}]
    return [row]


def invitation(sharing: Sharing) -> list[Json]:
    """Somebody was asked by mail and has not come yet."""
    invited = {"email": "uitgenodigd@verzonnen-ouders.example", "signInRequired": True}
    return [{"id": sharing.board.new_id(), "roles": ["read"], "invitation": invited, "expirationDateTime": None}]


def everyone(sharing: Sharing) -> list[Json]:
    """A right of all accounts; in areas of the staff the mail address of a colleague takes its place."""
    if sharing.zone in ("staff", "board"):
        return to_colleague(sharing)
    claim, name = sharing.board.rng.choice((("c:0(.s|true", "Iedereen"), ("c:0!.s|windows", "Alle gebruikers")))
    who = {"displayName": name, "id": "4", "loginName": claim}
    grant = {"id": "ZXZlcnlvbmU", "roles": ["read"], "grantedToV2": {"siteUser": who}}
    return [grant | {"grantedTo": {"user": {"displayName": name}}}, places.to_all(sharing.board)]


def application(sharing: Sharing) -> list[Json]:
    """A right of an application."""
    app = {"displayName": "Roosterkoppeling", "id": "b90992c5-6ad2-595c-b5a9-7f0a5e5a92b2"}
    return [{"id": "YXBw", "roles": ["read"], "grantedToV2": {"application": app}}]


def site_group(sharing: Sharing) -> list[Json]:
    """A SharePoint group in the newer shape, with an id that is the same everywhere."""
    name = owners_of(sharing.board, sharing.drive).replace("eigenaren", "bezoekers")
    who = {"displayName": name, "id": "4", "loginName": name}
    new = {"displayName": name, "id": sharing.board.new_id(), "principalId": "4", "title": name}
    grant = {"id": "VmlzaXRvcnM", "roles": ["read"], "grantedToV2": {"siteGroup": who, "sharePointGroup": new}}
    return [grant | {"grantedTo": {"user": {"displayName": name}}}]


def owners_of(board: Board, drive: str) -> str:
    """The name of the SharePoint group of owners."""
    names = (grant.get("grantedToV2", {}).get("siteGroup", {}) for grant in board.permissions[drive])
    return next((str(who["displayName"]) for who in names if who), "System - eigenaren")


def to_colleague(sharing: Sharing) -> list[Json]:
    """A right of a colleague."""
    return [places.to_user(sharing.board, sharing.colleague, "write")]


def to_owners(sharing: Sharing) -> list[Json]:
    """A right of the owners of a Microsoft 365 group."""
    grant = places.to_group(sharing.board, sharing.group(), "owner")
    who = grant["grantedToV2"]["siteUser"]
    claim = f"c:0o.c|federateddirectoryclaimprovider|{grant['grantedToV2']['group']['id']}_o"
    named = {"siteUser": {**who, "loginName": claim}, "group": grant["grantedToV2"]["group"]}
    return [grant | {"id": f"o{grant['id'][1:]}", "grantedToV2": named}]


def soon(sharing: Sharing, days: int) -> str:
    """A moment so many days from now, or before."""
    return stamp(sharing.board.now + timedelta(days=days))


def only_the_owners(sharing: Sharing) -> list[Json]:
    """Nobody but the owners of the site: an own right without any link."""
    return [row for row in sharing.board.permissions[sharing.drive] if "owner" in row["roles"]][:1]


def owners_and_one(sharing: Sharing) -> list[Json]:
    """The owners and one colleague."""
    return [*only_the_owners(sharing), *to_colleague(sharing)]


SHAPES: tuple[Shape, ...] = (
    lambda at: [link(at.board, "anonymous", "edit", NEVER)],
    to_colleague,
    lambda at: [link(at.board, "organization", "view")],
    link_to_some,
    only_the_owners,
    lambda at: [link(at.board, "anonymous", "view", soon(at, 30))],
    invitation,
    lambda at: [places.to_user(at.board, at.guest, "read")],
    everyone,
    owners_and_one,
    lambda at: [link(at.board, "anonymous", "view", soon(at, -20))],
    application,
    lambda at: [places.to_group(at.board, at.group(), "write")],
    site_group,
    lambda at: [link(at.board, "organization", "edit"), *to_colleague(at)],
    to_owners,
    lambda at: [link(at.board, "existingAccess", "view")],
)
BROKEN: tuple[Shape, ...] = (only_the_owners, owners_and_one)


def set_own(board: Board, drive: str, row: Json, own: list[Json], *, broken: bool = False) -> None:
    """Give an item these rights of its own, beside those of its library unless it takes none over from it."""
    board.item_permissions[str(row["id"])] = list(own) if broken else together(board, drive, own)
    show_facet(row, board.item_permissions[str(row["id"])])


def together(board: Board, drive: str, own: list[Json]) -> list[Json]:
    """What an item takes over and what is its own; its own right takes the place of one with the same id."""
    named = {grant["id"] for grant in own}
    return [*(grant for grant in inherited(board, drive) if grant["id"] not in named), *own]


def inherited(board: Board, drive: str) -> list[Json]:
    """The rights of a library as an item in it shows them; `{}` is all that SharePoint tells about where from."""
    return [{**grant, "inheritedFrom": {}} for grant in board.permissions[drive]]


def show_facet(row: Json, rights: list[Json]) -> None:
    """Write the facet of an item with rights of its own: with whom at most, or empty when it is not shared at all.

    An item that only takes over has no facet; one that lost its last link keeps an empty one, as SharePoint does it.
    """
    own = [grant for grant in rights if "inheritedFrom" not in grant]
    others = [grant for grant in own if "siteGroup" not in grant.get("grantedToV2", {})]
    scopes = [grant.get("link", {}).get("scope", "users") for grant in others]
    widest = next((scope for scope in WIDEST if scope in scopes), "")
    row["shared"] = {"scope": widest} if widest else {}


def refresh_inherited(board: Board, drive: str) -> list[str]:
    """After a change on the root: write what the items take over anew; gives the items that changed by it."""
    changed = []
    for row in board.items.get(drive, ())[1:]:
        rights = board.item_permissions.get(str(row["id"]), [])
        if any("inheritedFrom" in grant for grant in rights):
            own = [grant for grant in rights if "inheritedFrom" not in grant]
            board.item_permissions[str(row["id"])] = together(board, drive, own)
            show_facet(row, board.item_permissions[str(row["id"])])
            changed.append(str(row["id"]))
    return changed


# ---------------------------------------------------------------- libraries as lists


def list_libraries(board: Board, site: Json) -> None:
    """The lists of a site: its libraries, a hidden one, and in some an ordinary list with rights of its own."""
    drives = board.drives.get(site["id"], [])
    names = [(str(drive["name"]), "documentLibrary", False) for drive in drives]
    names.append(("Stijlbibliotheek", "documentLibrary", True))
    if drives and board.rng.random() < 0.3:
        names.append(("Verzuimregistratie", "genericList", False))
    board.lists[site["id"]] = [list_row(board, site, *name) for name in names]
    for row in board.lists[site["id"]]:
        unique = row["displayName"] in ("Leerlingdossiers", "Verzuimregistratie")
        drive = next((d for d in drives if d["name"] == row["displayName"]), drives[0] if drives else None)
        if unique and drive:
            board.list_permissions[row["id"]] = list_rights(board, str(drive["id"]))


def list_row(board: Board, site: Json, name: str, template: str, hidden: bool) -> Json:
    """A list as Graph gives it."""
    key = board.new_id()
    return {
        "@odata.etag": f'"{key},12"',
        "id": key,
        "name": name,
        "displayName": name,
        "webUrl": f"{site['webUrl']}/{name}",
        "createdDateTime": site["createdDateTime"],
        "list": {"contentTypesEnabled": False, "hidden": hidden, "template": template},
        "parentReference": {"siteId": site["id"]},
    }


def list_rights(board: Board, drive: str) -> list[Json]:
    """The rights of a list that takes none over from its site: the owners, and an application."""
    owner = [row["grantedToV2"] for row in board.permissions[drive] if "siteGroup" in row.get("grantedToV2", {})]
    app = {"application": {"displayName": "Roosterkoppeling", "id": "b90992c5-6ad2-595c-b5a9-7f0a5e5a92b2"}}
    rows: list[Json] = [{"id": "3", "roles": ["owner"], "grantedToV2": who} for who in owner[:1]]
    return [*rows, {"id": "app", "roles": ["read"], "grantedToV2": app}]


def tenant_settings() -> Json:
    """How sharing is set for the whole of SharePoint."""
    return {
        "allowedDomainGuidsForSyncApp": [],
        "availableManagedPathsForSiteCreation": ["/sites/", "/teams/"],
        "deletedUserPersonalSiteRetentionPeriodInDays": 365,
        "excludedFileExtensionsForSyncApp": [],
        "idleSessionSignOut": {"isEnabled": False, "signOutAfterInSeconds": 0, "warnAfterInSeconds": 0},
        "imageTaggingOption": "basic",
        "isCommentingOnSitePagesEnabled": True,
        "isFileActivityNotificationEnabled": True,
        "isLegacyAuthProtocolsEnabled": True,
        "isLoopEnabled": True,
        "isMacSyncAppEnabled": False,
        "isRequireAcceptingUserToMatchInvitedUserEnabled": False,
        "isResharingByExternalUsersEnabled": True,
        "isSharePointMobileNotificationEnabled": True,
        "isSharePointNewsfeedEnabled": True,
        "isSiteCreationEnabled": True,
        "isSiteCreationUIEnabled": True,
        "isSitePagesCreationEnabled": True,
        "isSitesStorageLimitAutomatic": True,
        "isSyncButtonHiddenOnPersonalSite": False,
        "isUnmanagedSyncAppForTenantRestricted": False,
        "personalSiteDefaultStorageLimitInMB": 1048576,
        "sharingAllowedDomainList": [],
        "sharingBlockedDomainList": [DOMAIN.replace("verzonnen", "geblokkeerd")],
        "sharingCapability": "externalUserAndGuestSharing",
        "sharingDomainRestrictionMode": "blockList",
        "siteCreationDefaultManagedPath": "/sites/",
        "siteCreationDefaultStorageLimitInMB": 26214400,
        "tenantDefaultTimezone": "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    }
