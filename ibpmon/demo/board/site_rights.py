"""The rights on sites as SharePoint itself tells them: its own groups with who is in them, and the site admins."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ibpmon.demo.board import libraries
from ibpmon.demo.board.nouns import OFFICE, Board, Json, Person

USER, SECURITY_GROUP, SHAREPOINT_GROUP = 1, 4, 8
OWN_GROUPS = 3  # each site has its owners, members and visitors, in this order
ROLES: dict[str, tuple[str, str, int, int, int, str, str]] = {
    # name, description, id, kind, order, high, low: the names are in the language of the site, the ids are not
    "owner": ("Volledig beheer", "Heeft volledig beheer.", 1073741829, 5, 1, "2147483647", "4294967295"),
    "write": ("Bewerken", "Kan lijsten toevoegen en bewerken.", 1073741830, 6, 48, "432", "1011030767"),
    "read": ("Lezen", "Kan pagina's en items bekijken.", 1073741826, 2, 128, "176", "138612833"),
    "limited": ("Beperkte toegang", "Hoort bij een gedeeld item.", 1073741825, 1, 160, "16", "134283264"),
}


def binding(role: str) -> Json:
    """A role as it stands in an assignment."""
    name, text, key, kind, order, high, low = ROLES[role]
    rights = {"High": high, "Low": low}
    return {
        "BasePermissions": rights,
        "Description": text,
        "Hidden": role == "limited",
        "Id": key,
        "Name": name,
        "Order": order,
        "RoleTypeKind": kind,
    }


BINDINGS = {role: binding(role) for role in ROLES}


@dataclass(slots=True)
class Web:
    """One site while its rights are written: each principal has one number in it."""

    board: Board
    title: str
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, login: str) -> int:
        """The number of a principal in this site; 3, 4 and 5 are the groups that every site has."""
        return self.numbers.setdefault(login, max((6, *self.numbers.values())) + 1)


def assign(board: Board) -> None:
    """The role assignments, admins and lists of every site, as they follow from the rights on its libraries."""
    with board.chance("site rights"):
        guests = [person for person in board.people if person.population == "guest"]
        admin = next(p for p in board.people if p.function == "ICT-beheerder" and p.school == OFFICE)
        for place, site in enumerate(libraries.distinct_sites(board)):
            assign_site(board, site, admin, board.rng.choice(guests) if place % 11 == 5 else None)


def assign_site(board: Board, site: Json, admin: Person, guest: Person | None = None) -> None:
    """The rights of one site; a guest among its members is told by SharePoint only."""
    web = Web(board, title_of(board, site))
    rows = board.role_assignments_of_site[site["id"]] = assignments(web, site)
    if guest:
        rows[1]["Member"]["Users"].append(user_row(web, guest))
    board.site_admins[site["id"]] = admins(web, site, admin)
    tell_lists(web, site)


def refresh(board: Board, site: Json) -> None:
    """After a change of rights in the libraries: the same three groups, and the others anew."""
    old = board.role_assignments_of_site[site["id"]]
    web = web_of(board, site)
    board.role_assignments_of_site[site["id"]] = [*old[:OWN_GROUPS], *assignments(web, site)[OWN_GROUPS:]]


def web_of(board: Board, site: Json) -> Web:
    """A site with the numbers that its principals have."""
    web = Web(board, title_of(board, site))
    for row in board.role_assignments_of_site[site["id"]]:
        for member in (row["Member"], *row["Member"].get("Users", ())):
            web.numbers[member["LoginName"]] = member["Id"]
    return web


def title_of(board: Board, site: Json) -> str:
    """The name that the groups of a site carry: that of the group of owners on its library."""
    drives = board.drives.get(site["id"], [])
    return libraries.owners_of(board, str(drives[0]["id"])).removesuffix(" - eigenaren") if drives else "System"


def assignments(web: Web, site: Json) -> list[Json]:
    """Owners, members and visitors; then each group and person with a right; then what sharing left behind."""
    drives = [str(drive["id"]) for drive in web.board.drives.get(site["id"], ())]
    grants = {grant["id"]: grant for drive in drives for grant in web.board.permissions[drive]}.values()
    unified: list[Json] = []
    others: list[Json] = []
    for grant in grants:
        login = grant.get("grantedToV2", {}).get("siteUser", {}).get("loginName", "")
        (unified if "federateddirectory" in login else others if login else []).append(grant)
    members = [principal_row(web, grant["grantedToV2"]) for grant in unified if grant["roles"] != ["read"]]
    visitors = [principal_row(web, grant["grantedToV2"]) for grant in unified if grant["roles"] == ["read"]]
    rows = [
        assignment(group_row(web, 3, "eigenaren", [owner_claim(web, grant) for grant in unified[:1]]), "owner"),
        assignment(group_row(web, 5, "leden", members), "write"),
        assignment(group_row(web, 4, "bezoekers", visitors), "read"),
    ]
    rows += [assignment(principal_row(web, grant["grantedToV2"]), grant["roles"][0]) for grant in others]
    return [*rows, *left_by_sharing(web, drives, {row["Member"]["LoginName"] for row in rows})]


def left_by_sharing(web: Web, drives: Iterable[str], known: set[str]) -> list[Json]:
    """Limited access: for whoever has a right on an item only, and a hidden group for each link."""
    rows = []
    for grant in (grant for drive in drives for grant in item_grants(web.board, drive)):
        member = None
        if "link" in grant and grant["link"]["scope"] != "existingAccess":
            member = link_row(web, grant)
        elif "siteUser" in grant.get("grantedToV2", {}):
            member = principal_row(web, grant["grantedToV2"])
        if member and member["LoginName"] not in known:
            known.add(member["LoginName"])
            rows.append(assignment(member, "limited"))
    return rows


def item_grants(board: Board, drive: str) -> list[Json]:
    """The rights that items of a library have of their own."""
    items = (row for row in board.items.get(drive, ())[1:] if "shared" in row)
    rights = (grant for row in items for grant in board.item_permissions.get(str(row["id"]), ()))
    return [grant for grant in rights if "inheritedFrom" not in grant]


def assignment(member: Json, role: str) -> Json:
    """One principal with one role."""
    return {"Member": member, "RoleDefinitionBindings": [BINDINGS[role]], "PrincipalId": member["Id"]}


def group_row(web: Web, number: int, kind: str, users: list[Json]) -> Json:
    """A SharePoint group with who is in it; groups of Entra in it are not opened."""
    return {
        "Id": number,
        "IsHiddenInUI": False,
        "LoginName": f"{web.title} - {kind}",
        "Title": f"{web.title} - {kind}",
        "PrincipalType": SHAREPOINT_GROUP,
        "AllowMembersEditMembership": False,
        "AllowRequestToJoinLeave": False,
        "AutoAcceptRequestToJoinLeave": False,
        "Description": None,
        "OnlyAllowMembersViewMembership": False,
        "OwnerTitle": f"{web.title} - eigenaren",
        "RequestToJoinLeaveEmailSetting": None,
        "Users": users,
    }


def link_row(web: Web, grant: Json) -> Json:
    """The hidden group behind a sharing link, with the people it is for."""
    kind = {"anonymous": "Anonymous", "organization": "Organization", "users": "Flexible"}[grant["link"]["scope"]]
    name = f"SharingLinks.{grant['id']}.{kind}{grant['link']['type'].title()}"
    row = group_row(web, web.number(name), "", [])
    people = [{"siteUser": who["siteUser"]} for who in grant["grantedToIdentitiesV2"]]
    return row | {
        "IsHiddenInUI": True,
        "LoginName": name,
        "Title": name,
        "Users": [principal_row(web, p) for p in people],
    }


def principal_row(web: Web, granted: Json) -> Json:
    """A person or a group of Entra, by its claim."""
    who = granted["siteUser"]
    login, mail = str(who["loginName"]), who.get("email") or granted.get("group", {}).get("email", "")
    person = login.startswith(("i:0#.f|", "urn:spo:guest#"))
    return {
        "Id": web.number(login),
        "IsHiddenInUI": False,
        "LoginName": login,
        "Title": who["displayName"],
        "PrincipalType": USER if person else SECURITY_GROUP,
        "Email": mail,
        "Expiration": "",
        "IsEmailAuthenticationGuestUser": login.startswith("urn:spo:guest#"),
        "IsShareByEmailGuestUser": False,
        "IsSiteAdmin": False,
        "UserId": None,
        "UserPrincipalName": login.rsplit("|", 1)[-1] if login.startswith("i:0#.f|") else None,
    }


def user_row(web: Web, person: Person) -> Json:
    """A person without any right on a library: known in SharePoint only."""
    account = person.account
    claim = f"i:0#.f|membership|{account['userPrincipalName'].lower()}"
    row = principal_row(web, {"siteUser": {"displayName": account["displayName"], "loginName": claim}})
    number = {"NameId": account["id"].replace("-", "")[:16], "NameIdIssuer": "urn:federation:microsoftonline"}
    return row | {"Email": account["mail"], "UserId": number}


def owner_claim(web: Web, grant: Json) -> Json:
    """The owners of a Microsoft 365 group: the claim of the group with a mark at its end."""
    row = principal_row(web, grant["grantedToV2"])
    login = f"{row['LoginName'].removesuffix('_o')}_o"
    return row | {"Id": web.number(login), "LoginName": login, "Title": f"{web.title} - eigenaren"}


def admins(web: Web, site: Json, admin: Person) -> list[Json]:
    """The site admins, who need no role: whose OneDrive it is, the owners of the group, here and there ICT."""
    if site["isPersonalSite"]:
        grants = web.board.permissions[web.board.drives[site["id"]][0]["id"]]
        return [principal_row(web, grant["grantedToV2"]) | {"IsSiteAdmin": True} for grant in grants[:1]]
    owners = list(web.board.role_assignments_of_site[site["id"]][0]["Member"]["Users"])
    people = [user_row(web, admin)] if len(web.title) % 3 == 0 or not owners else []
    return [row | {"IsSiteAdmin": True} for row in (*owners, *people)]


def tell_lists(web: Web, site: Json) -> None:
    """The lists in SharePoint's own shape; those with rights of their own with who has them."""
    path = "/" + str(site["webUrl"]).split("/", 3)[-1]
    web.board.rest_lists[site["id"]] = [
        {
            "Id": row["id"],
            "Title": row["displayName"],
            "Hidden": row["list"]["hidden"],
            "BaseTemplate": 101 if row["list"]["template"] == "documentLibrary" else 100,
            "HasUniqueRoleAssignments": row["id"] in web.board.list_permissions,
            "RootFolder": {"ServerRelativeUrl": f"{path}/{row['name']}"},
        }
        for row in web.board.lists[site["id"]]
    ]
    rows = web.board.role_assignments_of_site[site["id"]]
    for row in web.board.lists[site["id"]]:
        if row["id"] in web.board.list_permissions:
            # the visitors of the site were left out when the list got rights of its own
            web.board.list_role_assignments[row["id"]] = [rows[0], rows[1], *rows[3:4]]
