"""SharePoint's own interface, beside Graph: role assignments, its groups with who is in them, site admins and lists."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ibpmon.demo.board.nouns import Board
from ibpmon.demo.microsoft import site_access
from ibpmon.demo.microsoft.answers import Answer, Json, Refusal, Request, compact, no_token
from ibpmon.demo.microsoft.files import is_archived
from ibpmon.demo.microsoft.identity import SHAREPOINT_AUDIENCE, Caller

PAGE, MOST = 100, 5_000  # not documented for role assignments; what lists have
FULL_CONTROL = "Sites.FullControl.All"  # by what vendors tell: no page of Microsoft says so
FORBIDDEN = "-2147024891, System.UnauthorizedAccessException"
MISSING = "-2147024894, System.IO.FileNotFoundException"
NO_LIST = "-2130575322, Microsoft.SharePoint.SPException"
WRONG = "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"
WEB = re.compile(r"(/.*?)?/_api/web(?:/(.*))?", re.IGNORECASE)
OF_LIST = re.compile(r"lists\(guid'([0-9a-f-]{36})'\)/roleassignments", re.IGNORECASE)
EFFECTIVE = re.compile(r"getusereffectivepermissions\(@(\w+)\)", re.IGNORECASE)
PLACE = re.compile(r"Paged=TRUE&p_ID=([0-9a-f-]+)")
LIST_OPTIONS = frozenset({"$select", "$expand", "$top", "$skiptoken"})
# SharePoint gives these only to who asks for them by name
ON_REQUEST = frozenset({"HasUniqueRoleAssignments"})
LINKED = frozenset({"RootFolder", "Member", "RoleDefinitionBindings"})  # only there when they are asked along


@dataclass(frozen=True, slots=True)
class Web:
    """The site that is asked, what is asked of it, and the question."""

    site: str
    rest: str
    request: Request


class SharePointRest:
    """Answers for one board. A site in `locked` answers nothing but 423."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.locked: set[str] = set()

    def answer(self, request: Request, caller: Caller) -> Answer:
        """What is asked; raises Refusal for what SharePoint does not give.

        1. is the token for SharePoint, made with a certificate, and may the app read rights
        2. is there such a site, and is it open
        3. the rows
        """
        check_caller(caller)
        if request.method != "GET":
            raise Refusal(405, WRONG, "The HTTP method is not allowed here.")
        web = self.web(request)
        self.check_open(web.site)
        return self.found(web)

    def web(self, request: Request) -> Web:
        """The site behind a path; refuses one that does not exist."""
        parts = WEB.fullmatch(unquote(request.path))
        if parts is None:
            raise Refusal(404, MISSING, "Cannot find resource for the request.")
        path = (parts[1] or "/").lower()
        site = next((str(row["id"]) for row in self.board.sites if path_of(row) == path), None)
        if site is None:
            raise Refusal(404, MISSING, "The site does not exist.")
        return Web(site, parts[2] or "", request)

    def check_open(self, site: str) -> None:
        """Refuse a site that is locked or archived. Which codes come is not documented."""
        if site in self.locked:
            raise Refusal(423, FORBIDDEN, "The site is locked.")
        if is_archived(next(row for row in self.board.sites if row["id"] == site)):
            raise Refusal(403, FORBIDDEN, "Access denied. The site is archived.")

    def found(self, web: Web) -> Answer:
        """The answer to what is asked of a site."""
        if of_list := OF_LIST.fullmatch(web.rest):
            return assignments_page(web, self.of_list(web.site, of_list[1].lower()))
        if effective := EFFECTIVE.fullmatch(web.rest):
            return self.effective(web, effective[1])
        plain = {"roleassignments": self.assignments, "siteusers": self.users, "lists": self.lists}
        if web.rest.lower() not in plain:
            raise Refusal(404, MISSING, f"Cannot find resource for the request {web.rest}.")
        return plain[web.rest.lower()](web)

    def assignments(self, web: Web) -> Answer:
        """Who has which role on the site."""
        return assignments_page(web, self.board.role_assignments_of_site.get(web.site, []))

    def of_list(self, site: str, key: str) -> list[Json]:
        """Who has which role on a list; one without rights of its own has those of the site."""
        if all(row["Id"] != key for row in self.board.rest_lists.get(site, ())):
            raise Refusal(404, NO_LIST, "List does not exist.")
        return self.board.list_role_assignments.get(key, self.board.role_assignments_of_site.get(site, []))

    def users(self, web: Web) -> Answer:
        """Who is known in the site; asked for admins only, those, who appear nowhere else."""
        check_options(web, LIST_OPTIONS | {"$filter"})
        wanted = web.request.query.get("$filter", "")
        if wanted not in ("", "IsSiteAdmin eq true"):
            raise Refusal(400, WRONG, "The query is not valid.")
        admins = self.board.site_admins.get(web.site, [])
        rows = admins if wanted else known(self.board.role_assignments_of_site.get(web.site, []), admins)
        return page(web, rows, "Id", lambda row: selected(row, web))

    def lists(self, web: Web) -> Answer:
        """The lists of the site."""
        check_options(web, LIST_OPTIONS)
        rows = self.board.rest_lists.get(web.site, [])
        expanded = options(web, "$expand")
        linked = [row if "RootFolder" in expanded else without(row, {"RootFolder"}) for row in rows]
        return page(web, linked, "Id", lambda row: selected(row, web))

    def effective(self, web: Web, name: str) -> Answer:
        """What one user may do in the site, with all groups counted; nothing for whoever SharePoint does not know."""
        claim = web.request.query.get(f"@{name}", "")
        if not re.fullmatch(r"'[^']+'", claim):
            raise Refusal(400, WRONG, f"The parameter @{name} is missing.")
        high, low = site_access.effective(self.board, web.site, claim.strip("'"))
        return written(web, {"High": str(high), "Low": str(low)})  # SharePoint writes large numbers as text


def check_caller(caller: Caller) -> None:
    """Refuse a token of Graph, one that a secret gave, and an app without full control."""
    if caller.audience != SHAREPOINT_AUDIENCE or not caller.certificate:
        raise no_token("Unsupported app only token.")
    if FULL_CONTROL not in caller.permissions:
        raise Refusal(403, FORBIDDEN, "Access is denied.")


def path_of(site: Json) -> str:
    """The path of a site as it is looked up."""
    return unquote(urlsplit(str(site["webUrl"])).path).rstrip("/").lower() or "/"


# ---------------------------------------------------------------- rows


def assignments_page(web: Web, rows: list[Json]) -> Answer:
    """Role assignments; of whom and which role stand in them only when that is asked along."""
    check_options(web, LIST_OPTIONS)
    expanded = options(web, "$expand")
    return page(web, rows, "PrincipalId", lambda row: selected(expand(row, expanded), web))


def expand(row: Json, expanded: frozenset[str]) -> Json:
    """One assignment with what is asked along; groups of Entra in a SharePoint group are not opened."""
    shown: Json = {}
    if expanded & {"Member", "Member/Users"}:
        shown["Member"] = row["Member"] if "Member/Users" in expanded else without(row["Member"], {"Users"})
    if "RoleDefinitionBindings" in expanded:
        shown["RoleDefinitionBindings"] = row["RoleDefinitionBindings"]
    return {**shown, "PrincipalId": row["PrincipalId"]}


def known(assignments: list[Json], admins: list[Json]) -> list[Json]:
    """Everyone who is known in a site, admins first; SharePoint groups are no users."""
    members = [row["Member"] for row in assignments]
    inside = [user for member in members for user in member.get("Users", ())]
    people = [*admins, *(member for member in members if "Users" not in member), *inside]
    return list({row["LoginName"]: row for row in reversed(people)}.values())[::-1]


def options(web: Web, name: str) -> frozenset[str]:
    """The names that an option holds."""
    return frozenset(part.strip() for part in web.request.query.get(name, "").split(",") if part.strip())


def check_options(web: Web, taken: frozenset[str]) -> None:
    """Refuse an option that this question does not take."""
    for name in web.request.query:
        if name.startswith("$") and name not in taken:
            raise Refusal(400, WRONG, f"The query option {name} is not supported.")


def selected(row: Json, web: Web) -> Json:
    """A row with the properties that are asked, also those of what is linked to it."""
    names = options(web, "$select")
    if not names:
        return without(row, ON_REQUEST)
    wanted = {name.partition("/")[0] for name in names}
    unknown = sorted(wanted - set(row) - LINKED)
    if unknown:
        raise Refusal(400, WRONG, f"The field or property '{unknown[0]}' does not exist.")
    return {name: only(value, name, names) for name, value in row.items() if name in wanted}


def only(value: Any, name: str, names: frozenset[str]) -> Any:
    """All of a property, or of what is linked those parts that are asked as `Member/Title`."""
    below = {path.split("/")[1] for path in names if path.startswith(f"{name}/")}
    if name in names or not isinstance(value, dict):
        return value
    return {part: value[part] for part in value if part in below}


def without(row: Json, names: Iterable[str]) -> Json:
    """A row without these properties."""
    return {name: value for name, value in row.items() if name not in set(names)}


# ---------------------------------------------------------------- pages


def page(web: Web, rows: list[Json], key: str, shape: Callable[[Json], Json]) -> Answer:
    """One page; the link to the next holds the number of the last row."""
    query = web.request.query
    begin, end = 0, page_size(query)
    if after := PLACE.search(query.get("$skiptoken", "")):
        begin = next((at + 1 for at, row in enumerate(rows) if str(row[key]) == after[1]), len(rows))
        end += begin
    body: Json = {"value": [shape(row) for row in rows[begin:end]]}
    if end < len(rows):
        body["odata.nextLink"] = next_link(web, f"Paged=TRUE&p_ID={rows[end - 1][key]}")
    return written(web, body)


def page_size(query: dict[str, str]) -> int:
    """What `$top` asks, as far as it goes."""
    top = query.get("$top", str(PAGE))
    if not top.isdigit() or not int(top):
        raise Refusal(400, WRONG, "The query option $top is not valid.")
    return min(int(top), MOST)


def next_link(web: Web, place: str) -> str:
    """The address of the next page; its key has no @ before it."""
    query = {**web.request.query, "$skiptoken": place}
    text = "&".join(f"{name}={quote(value, safe=',')}" for name, value in query.items())
    path = quote(unquote(web.request.path), safe="/()',")
    return f"{web.request.origin}{path}?{text}"


def written(web: Web, body: Json) -> Answer:
    """The answer in the form that the client accepts: without a word from it, XML."""
    accept = web.request.headers.get("accept", "").replace(" ", "").lower()
    if "application/json" not in accept:
        return Answer(200, {"Content-Type": "application/atom+xml;type=feed;charset=utf-8"}, FEED)
    if "odata=nometadata" in accept:
        return Answer(200, {"Content-Type": "application/json;odata=nometadata;charset=utf-8"}, compact(body))
    about = {"odata.metadata": f"{web.request.origin}/_api/$metadata#SP.{web.rest}"}
    return Answer(200, {"Content-Type": "application/json;odata=minimalmetadata;charset=utf-8"}, compact(about | body))


FEED = b'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"></feed>'
