"""Sites, libraries, files and channels: their lists, who has which right on them, and what changed in a library."""

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from ibpmon.demo.board.nouns import Board
from ibpmon.demo.microsoft import answers, questions
from ibpmon.demo.microsoft.answers import Answer, Json, Page, Refusal, Request, compact, json_answer
from ibpmon.demo.microsoft.drive_changes import DriveChanges
from ibpmon.demo.microsoft.identity import Caller
from ibpmon.demo.microsoft.properties import PROPERTIES

# learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
SINGLE, LISTING, RIGHTS = 1, 2, 5  # resource units of one request
READERS = "Sites.Read.All Sites.ReadWrite.All Sites.Manage.All Sites.FullControl.All"
FILES = f"Files.Read.All Files.ReadWrite.All {READERS}"
WRITERS = frozenset({"Files.ReadWrite.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All"})
CHANNELS = "Channel.ReadBasic.All ChannelSettings.Read.All"
ARCHIVED = frozenset({"recentlyArchived", "fullyArchived"})
NEVER = "0001-01-01T00:00:00Z"
DELTA = re.compile(r"(.*/delta)(?:\((?:token='([^']*)')?\))?")
ITEM = """
    audio bundle cTag createdBy createdDateTime deleted description eTag file fileSystemInfo folder id image
    lastModifiedBy lastModifiedDateTime location malware name package parentReference photo publication remoteItem
    root searchResult shared sharepointIds size specialFolder video webDavUrl webUrl
"""
LIST = """
    createdBy createdDateTime description displayName eTag id lastModifiedBy lastModifiedDateTime list name
    parentReference sharepointIds system webUrl
"""
CHANNEL = """
    createdDateTime description displayName email id isArchived isFavoriteByDefault layoutType membershipType
    migrationMode originalCreatedDateTime summary tenantId webUrl
"""
MEMBER = "displayName email id roles tenantId userId visibleHistoryStartDateTime"
KNOWN = PROPERTIES | {
    name: frozenset(text.split())
    for name, text in (("driveItem", ITEM), ("list", LIST), ("channel", CHANNEL), ("conversationMember", MEMBER))
}


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of question: its path, who may ask it, what it costs and which options it takes."""

    pattern: str
    name: str  # the method of Files that answers
    permissions: frozenset[str]
    kind: str
    units: int = 0  # 0: not SharePoint's
    options: frozenset[str] = frozenset()


def _route(
    pattern: str, name: str, permissions: str, kind: str, units: int = 0, options: str = "$top $select"
) -> Route:
    taken = frozenset(options.split()) | ({"$skiptoken"} if "$top" in options else set())
    return Route(pattern, name, frozenset(permissions.split()), kind, units, taken)


_CHANNEL = "/teams/{team}/channels/{channel}"
_MEMBERS = "ChannelMember.Read.All ChannelMember.ReadWrite.All"
ROUTES = (
    _route("/sites/{site}/drives", "drives", FILES, "drive", LISTING),
    _route("/sites/{site}/lists", "lists", READERS, "list", LISTING),
    _route("/sites/{site}/lists/{list}/permissions", "list_rights", READERS, "permission", RIGHTS),
    _route("/sites/{site}/permissions", "site_rights", "Sites.FullControl.All", "permission", RIGHTS),
    _route("/drives/{drive}/root/delta", "delta", FILES, "driveItem", LISTING, "$select $top $expand token"),
    _route("/drives/{drive}/root/permissions", "root_rights", FILES, "permission", RIGHTS),
    _route("/drives/{drive}/items/{item}/permissions", "item_rights", FILES, "permission", RIGHTS),
    _route("/groups/{group}/sites/root", "group_site", READERS, "site", SINGLE, "$select"),
    _route("/teams/{team}/channels", "channels", CHANNELS, "channel", options="$select $filter"),
    _route("/teams/{team}/allChannels", "channels", CHANNELS, "channel", options="$select $filter"),
    _route(f"{_CHANNEL}/members", "channel_members", _MEMBERS, "conversationMember"),
    _route(f"{_CHANNEL}/allMembers", "channel_members", _MEMBERS, "conversationMember"),
    _route(f"{_CHANNEL}/filesFolder", "files_folder", FILES, "driveItem", SINGLE, ""),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question as it was understood."""

    route: Route
    keys: dict[str, str]
    request: Request
    caller: Caller
    token: str | None = None  # of a round of changes; None without one

    @property
    def path(self) -> str:
        """The path with its version and without a token in brackets."""
        return delta_of(self.request.path)[0]


class Files:
    """Answers for one board.

    A site in `locked` answers nothing but 423. With `scoped` an app without Sites.FullControl.All is not told of
    changes in rights alone, as it is at Microsoft.
    """

    def __init__(self, board: Board, clock: Callable[[], datetime]) -> None:
        self.board, self.clock = board, clock
        self.locked: set[str] = set()
        self.scoped = True
        self.changes = DriveChanges(board, clock)
        self._site_of: dict[str, str] = {}

    def answer(self, request: Request, caller: Caller) -> Answer | None:
        """What is asked, or None for what is not about files; raises Refusal for what is not given.

        1. is there such a thing, may it be read, and may this app read it
        2. are the options known
        3. the rows, of which one page
        """
        ask = find(request, caller)
        if ask is None:
            return None
        check_method(request)
        check_permissions(ask)
        self.check_open(ask)
        check_options(ask)
        found: Answer | list[Json] = getattr(self, ask.route.name)(ask)
        return found if isinstance(found, Answer) else paged(ask, found)

    def check_open(self, ask: Ask) -> None:
        """Refuse a site that is locked or archived, and what stands in it. Which codes come is not documented."""
        site = ask.keys.get("site") or self.site_of(ask.keys.get("drive", ""))
        if site in self.locked:
            raise Refusal(423, "resourceLocked", "The site is locked.")
        if site and is_archived(next((row for row in self.board.sites if row["id"] == site), {})):
            raise answers.access_denied()

    def site_of(self, drive: str) -> str:
        """The site that a library is in."""
        if drive and drive not in self._site_of:
            self._site_of = {str(row["id"]): site for site, rows in self.board.drives.items() for row in rows}
        return self._site_of.get(drive, "")

    # ------------------------------------------------------------ sites

    def drives(self, ask: Ask) -> list[Json]:
        """The libraries of a site; those of the system only when `system` is asked."""
        self.check_site(ask)
        return with_system(ask, self.board.drives.get(ask.keys["site"], []))

    def lists(self, ask: Ask) -> list[Json]:
        """The lists of a site. Whether one has rights of its own only SharePoint itself tells."""
        self.check_site(ask)
        return with_system(ask, self.board.lists.get(ask.keys["site"], []))

    def list_rights(self, ask: Ask) -> list[Json]:
        """The rights of a list that has its own."""
        key = ask.keys["list"]
        if all(row["id"] != key for row in self.board.lists.get(ask.keys["site"], ())):
            raise answers.not_found()
        return shown_to(ask.caller, self.board.list_permissions.get(key, []))

    def site_rights(self, ask: Ask) -> list[Json]:
        """The rights of applications on a site; people and groups never stand here."""
        self.check_site(ask)
        drives = self.board.drives.get(ask.keys["site"], ())
        grants = [grant for drive in drives for grant in self.board.permissions.get(str(drive["id"]), ())]
        found = {grant["id"]: grant for grant in grants if "application" in grant.get("grantedToV2", {})}
        return [app_right(grant) for grant in found.values()]

    def check_site(self, ask: Ask) -> None:
        """Refuse a site that does not exist."""
        key = ask.keys["site"]
        if key not in self.board.drives and all(row["id"] != key for row in self.board.sites):
            raise answers.not_found()

    def group_site(self, ask: Ask) -> Answer:
        """The site of a Microsoft 365 group, which carries its name."""
        group = next((row for row in self.board.groups if row["id"] == ask.keys["group"]), None)
        if group is None:
            raise answers.not_found(ask.keys["group"])
        site = self.site_named(group)
        if site is None:
            raise answers.not_found()
        return one(ask, f"groups('{group['id']}')/sites/$entity", site)

    def site_named(self, group: Json) -> Json | None:
        """The site of a group; a security group has none."""
        if "Unified" not in group["groupTypes"]:
            return None
        return next((row for row in self.board.sites if row.get("displayName") == group["displayName"]), None)

    # ------------------------------------------------------------ rights in a library

    def root_rights(self, ask: Ask) -> list[Json]:
        """The rights on a library as a whole."""
        return shown_to(ask.caller, self.rights_of(ask.keys["drive"]))

    def item_rights(self, ask: Ask) -> list[Json]:
        """The rights on one folder or file: its own, and those it takes over."""
        drive, key = ask.keys["drive"], ask.keys["item"]
        from_root = self.rights_of(drive)
        rows = self.board.items.get(drive, [])
        if key == "root" or (rows and key == rows[0]["id"]):
            return shown_to(ask.caller, from_root)
        if all(row["id"] != key for row in rows):
            raise answers.not_found()
        taken = [grant | {"inheritedFrom": {}} for grant in from_root]
        return shown_to(ask.caller, self.board.item_permissions.get(key, taken))

    def rights_of(self, drive: str) -> list[Json]:
        """The rights on the root of a library; refuses one that does not exist."""
        if drive not in self.board.permissions:
            raise answers.not_found()
        return self.board.permissions[drive]

    def delta(self, ask: Ask) -> Answer:
        """What is in a library, or what changed there."""
        drive = ask.keys["drive"]
        self.rights_of(drive)
        if "permissions" in ask.request.query.get("$expand", ""):
            raise answers.bad_request("Expanding permissions is not supported on a collection.", "notSupported")
        names = frozenset(known_names(ask))
        complete = not self.scoped or "Sites.FullControl.All" in ask.caller.permissions
        token = ask.request.query.get("token", ask.token)
        address = f"{ask.request.origin}{quote(ask.path, safe='/!,')}"
        return self.changes.page(drive, token, ask.request, address, names, complete=complete).answer()

    # ------------------------------------------------------------ channels

    def channels(self, ask: Ask) -> list[Json]:
        """The channels of a team; `shared` is a word that a client must say it knows."""
        rows = self.channels_of(ask)
        wanted = filtered(ask, rows)
        if ask.request.preferred("include-unknown-enum-members") is not None:
            return wanted
        return [row | {"membershipType": known_kind(row["membershipType"])} for row in wanted]

    def channel_members(self, ask: Ask) -> list[Json]:
        """Who is in a channel; whoever comes from another organisation has the number of that one."""
        return self.board.channel_members.get(self.channel_of(ask)["id"], [])

    def files_folder(self, ask: Ask) -> Answer:
        """Where the files of a channel are: in the site of the team, or in a site of the channel's own."""
        channel = self.channel_of(ask)
        drive = self.drive_of(ask.keys["team"], str(channel["id"]))
        if drive is None:
            raise answers.not_found()
        self.check_open(Ask(ask.route, {"drive": str(drive["id"])}, ask.request, ask.caller))
        about = f"teams('{ask.keys['team']}')/channels('{quote(str(channel['id']), safe='')}')/filesFolder/$entity"
        return one(ask, about, folder_of(channel, drive, self.board.items.get(str(drive["id"]), [])))

    def channels_of(self, ask: Ask) -> list[Json]:
        """The channels; refuses a group that is no team."""
        if ask.keys["team"] not in self.board.channels:
            raise Refusal(404, "NotFound", "No team found with Group Id " + ask.keys["team"])
        return self.board.channels[ask.keys["team"]]

    def channel_of(self, ask: Ask) -> Json:
        """The channel that is asked."""
        found = next((row for row in self.channels_of(ask) if row["id"] == ask.keys["channel"]), None)
        if found is None:
            raise Refusal(404, "NotFound", "Resource not found.")
        return found

    def drive_of(self, team: str, channel: str) -> Json | None:
        """The library of a channel: its own, or else the first of the site of the team."""
        own = self.board.channel_drives.get(channel)
        group = next((row for row in self.board.groups if row["id"] == team), None)
        site = self.site_named(group) if group else None
        rows = self.board.drives.get(self.site_of(own) if own else site["id"] if site else "", [])
        return next((row for row in rows if own in (None, row["id"])), None)


# ---------------------------------------------------------------- reading the question


def find(request: Request, caller: Caller) -> Ask | None:
    """The question behind a path; None when it is not ours."""
    path, token = delta_of(request.path)
    parts = path.split("/")[2:]  # without the version
    for route in ROUTES:
        wanted = route.pattern.split("/")[1:]
        if len(wanted) == len(parts) and all(w.startswith("{") or w == p for w, p in zip(wanted, parts, strict=True)):
            keys = {w.strip("{}"): unquote(p) for w, p in zip(wanted, parts, strict=True) if w.startswith("{")}
            return Ask(route, keys, request, caller, token)
    return None


def delta_of(path: str) -> tuple[str, str | None]:
    """A path and the token that stands in it, as in `delta(token='abc')`."""
    found = DELTA.fullmatch(path.replace("%27", "'"))
    return (found[1], found[2]) if found else (path, None)


def cost(request: Request) -> int:
    """The resource units of a request; 0 for what SharePoint does not count."""
    ask = find(request, Caller("", frozenset()))
    if ask is None:
        about_files = request.path.split("/")[2:3] in (["sites"], ["drives"])
        return about_files * (LISTING if "AllSites" in request.path or "search" in request.query else SINGLE)
    if ask.route.name == "delta":
        return SINGLE if ask.token or request.query.get("token") else LISTING
    return RIGHTS if "permissions" in request.query.get("$expand", "") else ask.route.units


def check_method(request: Request) -> None:
    """Refuse everything but reading."""
    if request.method != "GET":
        raise Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.")


def check_permissions(ask: Ask) -> None:
    """Refuse an app that may not ask this, in the words of SharePoint or of Teams."""
    if not ask.route.permissions & ask.caller.permissions:
        raise answers.access_denied() if ask.route.units else answers.no_permission()


def check_options(ask: Ask) -> None:
    """Refuse an option that this question does not take, and a property that does not exist."""
    for name in ask.request.query:
        if name.startswith("$") and name not in ask.route.options:
            raise answers.bad_request(f"Query option '{name[1:].title()}' is not allowed.")
    known_names(ask)


def known_names(ask: Ask) -> list[str]:
    """The properties that are asked."""
    names = questions.selected(ask.request.query)
    for name in names:
        if name not in KNOWN[ask.route.kind]:
            kind = f"microsoft.graph.{ask.route.kind}"
            raise answers.bad_request(f"Could not find a property named '{name}' on type '{kind}'.")
    return names


def with_system(ask: Ask, rows: list[Json]) -> list[Json]:
    """The rows; those of the system only when that property is asked."""
    return rows if "system" in questions.selected(ask.request.query) else [row for row in rows if "system" not in row]


KIND = re.compile(r"membershipType eq '(\w+)'")


def filtered(ask: Ask, rows: list[Json]) -> list[Json]:
    """The channels of one kind, if that is asked."""
    text = ask.request.query.get("$filter", "")
    found = KIND.fullmatch(text.strip())
    if text and not found:
        raise answers.bad_request("Invalid filter clause")
    return [row for row in rows if row["membershipType"] == found[1]] if found else rows


def known_kind(kind: str) -> str:
    """A kind of channel as a client of long ago knows it."""
    return kind if kind in ("standard", "private") else "unknownFutureValue"


# ---------------------------------------------------------------- writing the answer


def paged(ask: Ask, rows: list[Json]) -> Answer:
    """One page of rows with the properties that are asked."""
    query = ask.request.query
    names = questions.selected(query)
    chosen = [picked(row, names) for row in rows] if names else rows
    place = questions.read_place(query)
    begin, number = (int(place["at"]), int(place["page"])) if place else (0, 0)
    end = questions.page_end(begin, len(rows), page_size(query), number)
    ahead = questions.seal({"at": end, "page": number + 1})
    next_link = with_options(ask, {**query, "$skiptoken": ahead}) if end < len(rows) else ""
    count = None if ask.route.units or place else len(rows)
    return Page(context(ask), [compact(row) for row in chosen[begin:end]], next_link, count=count).answer()


def page_size(query: dict[str, str], most: int = 200) -> int:
    """What `$top` asks, as far as it goes."""
    top = query.get("$top", str(most))
    if not top.isdigit() or not int(top):
        raise answers.bad_request(f"Invalid page size specified: '{top}'.", "invalidRequest")
    return min(int(top), most)


def with_options(ask: Ask, query: dict[str, str]) -> str:
    """A full address with these options."""
    text = "&".join(f"{name}={quote(value, safe='(),:')}" for name, value in query.items())
    return f"{ask.request.origin}{quote(unquote(ask.request.path), safe='/!,')}?{text}"


def context(ask: Ask, about: str = "") -> str:
    """The context line of an answer: the path with its ids in brackets."""
    path = ask.route.pattern.lstrip("/")
    for name, key in ask.keys.items():
        path = path.replace(f"/{{{name}}}", f"('{quote(key, safe='!,')}')")
    return f"{ask.request.origin}/{ask.path.split('/')[1]}/$metadata#{about or path}"


def one(ask: Ask, about: str, row: Json) -> Answer:
    """An answer that is one object."""
    names = questions.selected(ask.request.query)
    return json_answer(200, compact({"@odata.context": context(ask, about), **(picked(row, names) if names else row)}))


def picked(row: Json, names: Iterable[str]) -> Json:
    """A row with these properties; what begins with @ always stays."""
    wanted = set(names)
    return {name: value for name, value in row.items() if name in wanted or name.startswith("@")}


def shown_to(caller: Caller, rights: list[Json]) -> list[Json]:
    """Rights without the address of a link and its key: only who could make the link gets those."""
    if caller.permissions & WRITERS:
        return rights
    return [without_secrets(grant) for grant in rights]


def without_secrets(grant: Json) -> Json:
    """A right as a reader sees it."""
    kept = {name: value for name, value in grant.items() if name != "shareId"}
    if "link" in kept:
        kept["link"] = {name: value for name, value in kept["link"].items() if name not in ("webUrl", "webHtml")}
    return kept


def app_right(grant: Json) -> Json:
    """The right of an application as a site tells it."""
    who = [{"application": grant["grantedToV2"]["application"]}]
    told = "GrantedToIdentities has been deprecated. Refer to GrantedToIdentitiesV2"
    old = {"@deprecated.GrantedToIdentities": told, "grantedToIdentities": who}
    return {"id": grant["id"], "roles": grant["roles"], **old, "grantedToIdentitiesV2": who}


def is_archived(site: Json) -> bool:
    """Whether a site was put away."""
    return site.get("siteCollection", {}).get("archivalDetails", {}).get("archiveStatus") in ARCHIVED


def folder_of(channel: Json, drive: Json, rows: list[Json]) -> Json:
    """The folder of a channel. When it was made is not told: the year 1."""
    name = channel["displayName"]
    own = next((row for row in rows if row["name"] == name and "folder" in row), {})
    made = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{drive['id']}/{name}")).replace("-", "").upper()
    return {
        "id": own.get("id", f"01{made}"),
        "createdDateTime": NEVER,
        "lastModifiedDateTime": drive["lastModifiedDateTime"],
        "name": name,
        "webUrl": f"{drive['webUrl']}/{name}",
        "size": 0,
        "parentReference": {"driveId": drive["id"], "driveType": drive["driveType"]},
        "fileSystemInfo": {
            "createdDateTime": channel["createdDateTime"],
            "lastModifiedDateTime": drive["lastModifiedDateTime"],
        },
        "folder": own.get("folder", {"childCount": 0}),
    }
