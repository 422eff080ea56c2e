"""The places of the board: groups in groups, sites with libraries, and who may enter them."""

from datetime import timedelta
from typing import Any

from ibpmon.demo.board.names import HOSTILE
from ibpmon.demo.board.nouns import DOMAIN, OFFICE, SHAREPOINT, Board, Json, Member, Person, School, stamp

ZONES = {
    "pupil": ["* Leerlingen", "* Leerlingen *"],
    "shared": ["* Schoolplein", "* Leerlingenraad", "* Iedereen"],
    "board": ["BUR *"],
    "staff": [
        "* Personeel",
        "* Directie",
        "* Zorgteam",
        "* Administratie",
        "* Leerkrachten",
        "* Leerkrachten *",
        "Oud LAS",
        "Office365 *",
    ],
}


def build(board: Board) -> None:
    """All groups and sites with the members that belong there."""
    for school in board.schools:
        if school.key == OFFICE:
            build_office(board, school)
        else:
            build_school(board, school)
    deviate(board)
    build_oddities(board)
    build_personal_sites(board)


def group_id(board: Board, name: str) -> str:
    """The id of the group with this name."""
    return str(next(group["id"] for group in board.groups if group["displayName"] == name))


def site_id(board: Board, name: str) -> str:
    """The id of the site with this name."""
    return str(next(site["id"] for site in board.sites if site.get("displayName") == name))


def build_school(board: Board, school: School) -> None:
    """The groups of one school and the sites that belong to them."""
    key = school.key
    staff = [p for p in board.people if p.population == "staff" and any(c.school == key for c in p.contracts)]
    pupils = [p for p in board.people if p.population == "pupil" and p.school == key]
    teachers = [p for p in staff if "eerkracht" in p.function]
    build_staff_groups(board, key, staff, teachers)
    add_group(board, f"{key} Leerlingen", "pupil", pupils)
    council = [pupil for pupil in pupils if pupil.year_group > 6][:4]
    add_group(board, f"{key} Leerlingenraad", "shared", [*council, *teachers[:1]])
    add_group(board, f"{key} Schoolplein", "shared", [*pupils[:30], *staff], unified=True)
    everyone = add_group(board, f"{key} Iedereen", "shared", [])
    nest(board, everyone, group_id(board, f"{key} Personeel"))
    nest(board, everyone, group_id(board, f"{key} Leerlingen"))
    for year in range(5, 9):
        members = [p for p in pupils if p.year_group == year]
        own = [p for p in teachers if p.function.endswith(str(year))]
        add_group(board, f"{key} Groep {year} Leerlingen", "pupil", [*members, *own], unified=True)
    build_school_sites(board, key, staff)


def build_staff_groups(board: Board, key: str, staff: list[Person], teachers: list[Person]) -> None:
    """The staff groups: Personeel holds the others."""
    leaders = [p for p in staff if "directeur" in p.function.lower()]
    office = [p for p in staff if "dministratief" in p.function]
    care = [p for p in staff if p.function == "Intern begeleider"]
    rest = [p for p in staff if p not in teachers and p not in leaders and p not in office]
    personnel = add_group(board, f"{key} Personeel", "staff", rest)
    for name, people in (("Directie", leaders), ("Administratie", office), ("Leerkrachten", teachers)):
        nest(board, personnel, add_group(board, f"{key} {name}", "staff", people))
    late = [p for p in teachers if p.function[-1:] in "678"]
    upper = add_group(board, f"{key} Leerkrachten bovenbouw", "staff", late)
    nest(board, group_id(board, f"{key} Leerkrachten"), upper)
    add_group(board, f"{key} Zorgteam", "staff", [*care, *leaders[:1]], unified=True)


def build_school_sites(board: Board, key: str, staff: list[Person]) -> None:
    """One site per area; the rights come from the group of the same name."""
    for area in ("Personeel", "Directie", "Administratie", "Leerkrachten"):
        group = group_id(board, f"{key} {area}")
        add_site(board, f"{key} {area}", "staff", [owners(f"{key} {area}"), to_group(board, group, "write")])
    leaders = to_group(board, group_id(board, f"{key} Directie"), "read", inherited=True)
    care = to_group(board, group_id(board, f"{key} Zorgteam"), "write")
    add_site(board, f"{key} Zorgteam", "staff", [owners(f"{key} Zorgteam"), care, leaders], libraries=2)
    square = to_group(board, group_id(board, f"{key} Schoolplein"), "write")
    add_site(board, f"{key} Schoolplein", "shared", [owners(f"{key} Schoolplein"), square, to_all(board)])
    pupils = to_group(board, group_id(board, f"{key} Leerlingen"), "read")
    direct = [to_user(board, person, "write") for person in staff[:1]]
    add_site(board, f"{key} Leerlingen", "pupil", [owners(f"{key} Leerlingen"), pupils, *direct])


def build_office(board: Board, school: School) -> None:
    """The office of the board: money, people and systems."""
    staff = [p for p in board.people if p.population == "staff" and p.school == school.key]
    for area, word in (("Financiën", "financ"), ("HR", "HR"), ("ICT", "ICT"), ("Bestuur", "estuurder")):
        name = f"{OFFICE} {area}"
        group = add_group(board, name, "board", [p for p in staff if word in p.function], unified=area != "ICT")
        add_site(board, name, "board", [owners(name), to_group(board, group, "write")])
    links = add_group(board, f"{OFFICE} Koppelingen", "board", [p for p in board.people if p.population == "service"])
    board.members[links] += [Member("servicePrincipal", board.new_id()), Member("device", board.new_id())]


def deviate(board: Board) -> None:
    """Staff where the matrix does not put them: left behind after a change of work, helping out, shared in a hurry."""
    schools = board.schools[: board.scale.schools]
    helpers = [p for p in board.people if p.population == "staff" and p.function in MOVED and not p.cast]
    for number, (school, person) in enumerate(zip(schools, helpers, strict=False)):
        join(board, group_id(board, f"{school.key} Directie"), person)
        neighbour = schools[(number + 1) % len(schools)].key
        join(board, group_id(board, f"{neighbour} Zorgteam"), person)
        if number % 3 == 0:
            grant_on(board, site_id(board, f"{OFFICE} HR"), to_user(board, person, "read"))
    guest = next(person for person in board.people if person.population == "guest")
    grant_on(board, site_id(board, f"{schools[0].key} Zorgteam"), to_user(board, guest, "read"))


MOVED = ("Leerkracht groep 5", "Administratief medewerker", "Onderwijsassistent")


def build_oddities(board: Board) -> None:
    """What every real tenant has: a circle of groups, odd names, an empty group, a site without a name."""
    staff = [p for p in board.people if p.population == "staff" and not p.cast]
    guests = [p for p in board.people if p.population == "guest"]
    sun = add_group(board, "Projectgroep Zon", "unknown", staff[:2])
    moon = add_group(board, "Projectgroep Maan", "unknown", staff[2:4])
    nest(board, sun, moon)
    nest(board, moon, sun)
    add_group(board, "Oud project zonder leden", "unknown", [])
    add_group(board, "Samenwerking met partners", "unknown", [*guests, *staff[:1]], unified=True)
    for name in HOSTILE:
        odd = add_group(board, name, "unknown", staff[:1])
        add_site(board, name, "unknown", [owners(name), to_group(board, odd, "read")])
    add_site(board, "Startpagina", "unknown", [owners("Startpagina"), to_all(board), shared_link("organization")])
    add_site(board, "", "unknown", [owners("System")])


def build_personal_sites(board: Board) -> None:
    """A few OneDrives; a personal site has no display name."""
    staff = [p for p in board.people if p.population == "staff" and p.account["accountEnabled"] and not p.cast]
    for person in staff[: 5 * board.scale.rounds]:
        local = str(person.account["userPrincipalName"]).replace("@", "_").replace(".", "_")
        site = site_row(board, "", f"/personal/{local}", SHAREPOINT.replace(".", "-my.", 1)) | {"isPersonalSite": True}
        board.sites.append(site)
        board.zones[site["id"]] = "unknown"
        add_drive(board, site, "OneDrive", [to_user(board, person, "owner")], kind="business")


def build_projects(board: Board) -> None:
    """The sites and libraries that a large board has besides: one for each project that ever was."""
    with board.chance("projects"):
        number = 0
        # the private and shared channels that come later have sites too: two for each school, and one besides
        channels = 2 * board.scale.schools + 1
        existing, drives = len({site["id"] for site in board.sites}) + channels, len(board.permissions) + channels
        staff = [group for group in board.groups if board.zones[group["id"]] == "staff"]
        while existing + number < board.scale.sites:
            group = staff[number * 7 % len(staff)]
            name = f"{str(group['displayName'])[:3]} Project {PROJECTS[number % len(PROJECTS)]} {number}"
            rights = [owners(name), to_group(board, group["id"], "write")]
            left = board.scale.sites - existing - number
            add_site(board, name, "unknown", rights, libraries=min(4, -((drives - board.scale.drives) // left)))
            drives, number = len(board.permissions) + channels, number + 1


PROJECTS = ("rekenen", "lezen", "muziek", "schooltuin", "verbouwing", "jubileum", "wetenschap", "sport")


def repeat_some_sites(board: Board) -> None:
    """getAllSites gives some sites twice, on different pages."""
    named = [site for site in board.sites if site.get("displayName")]
    board.sites += [dict(site) for site in named[::17]]


# ---------------------------------------------------------------- building blocks


def add_group(board: Board, name: str, zone: str, people: list[Person], *, unified: bool = False) -> str:
    """A security group, or a Microsoft 365 group, which can hold no other groups."""
    group: Json = {
        "id": board.new_id(),
        "displayName": name,
        "description": None,
        "groupTypes": ["Unified"] if unified else [],
        "mail": f"{plain(name)}@{DOMAIN}" if unified else None,
        "mailEnabled": unified,
        "mailNickname": plain(name),
        "securityEnabled": not unified,
        "isAssignableToRole": None,
        "membershipRule": None,
        "onPremisesSyncEnabled": None,
        "visibility": "Private" if unified else None,
        "createdDateTime": stamp(board.now - timedelta(days=800)),
        "deletedDateTime": None,
        "resourceProvisioningOptions": ["Team"] if unified else [],
    }
    board.groups.append(group)
    board.zones[group["id"]] = zone
    board.members[group["id"]] = list(dict.fromkeys(Member("user", person.id) for person in people))
    if board.owners:  # they were handed out already: a group that comes later has none until it gets some
        board.owners[group["id"]] = []
    return str(group["id"])


def join(board: Board, group: str, person: Person) -> None:
    """Make a person a direct member."""
    board.members[group].append(Member("user", person.id))


def nest(board: Board, outer: str, inner: str) -> None:
    """Make one group a member of another."""
    board.members[outer].append(Member("group", inner))


def add_site(board: Board, name: str, zone: str, grants: list[Json], *, libraries: int = 1) -> str:
    """A team site with its libraries; the grants stand on the root of each library."""
    site = site_row(board, name, f"/sites/{plain(name) or 'systeem'}", SHAREPOINT)
    board.sites.append(site)
    board.zones[site["id"]] = zone
    for number in range(libraries):
        add_drive(board, site, LIBRARIES[number], [dict(grant) for grant in grants])
    return str(site["id"])


LIBRARIES = ("Documenten", "Leerlingdossiers", "Archief", "Beeld en geluid")


def site_row(board: Board, name: str, path: str, host: str) -> Json:
    """A site as getAllSites gives it; without a name the keys are absent."""
    named = {"name": plain(name), "displayName": name} if name else {}
    return {
        "id": f"{host},{board.new_id()},{board.new_id()}",
        **named,
        "isPersonalSite": False,
        "root": {},
        "siteCollection": {"hostname": host},
        "webUrl": f"https://{host}{path}",
        "createdDateTime": stamp(board.now - timedelta(days=700)),
        "lastModifiedDateTime": stamp(board.now - timedelta(days=2)),
    }


def add_drive(board: Board, site: Json, name: str, grants: list[Json], kind: str = "documentLibrary") -> str:
    """A library of a site."""
    drive = {
        "id": f"b!{board.rng.getrandbits(330):066x}"[:66],
        "name": name,
        "description": "",
        "driveType": kind,
        "webUrl": f"{site['webUrl']}/{name}",
        "createdDateTime": site["createdDateTime"],
        "lastModifiedDateTime": site["lastModifiedDateTime"],
        "quota": {
            "deleted": 0,
            "remaining": 27487790000000,
            "state": "normal",
            "total": 27487790694400,
            "used": 694400,
        },
    }
    board.drives.setdefault(site["id"], []).append(drive)
    board.permissions[str(drive["id"])] = grants
    return str(drive["id"])


def grant_on(board: Board, site: str, grant: Json, library: int = 0) -> None:
    """One more right on the root of a library."""
    board.permissions[board.drives[site][library]["id"]].append(grant)


def owners(name: str) -> Json:
    """The SharePoint group of owners: Graph does not tell who is in it."""
    who = {"displayName": f"{name} - eigenaren", "id": "3", "loginName": f"{name} - eigenaren"}
    return {
        "id": "T3duZXJz",
        "roles": ["owner"],
        "shareId": "",
        "expirationDateTime": "0001-01-01T00:00:00Z",
        "hasPassword": False,
        "grantedToV2": {"siteGroup": who},
        "grantedTo": {"user": {"displayName": who["displayName"]}},
    }


def to_group(board: Board, group: str, role: str, *, inherited: bool = False) -> Json:
    """A right of a whole group, with the claim that SharePoint writes for its kind."""
    row = next(row for row in board.groups if row["id"] == group)
    unified = "Unified" in row["groupTypes"]
    claim = "c:0o.c|federateddirectoryclaimprovider|" if unified else "c:0t.c|tenant|"
    name, mail = row["displayName"], {"email": row["mail"]} if unified else {}
    granted: dict[str, Any] = {
        "group": {"displayName": name, "id": group, **mail},
        "siteUser": {"displayName": name, "id": "6", "loginName": f"{claim}{group}"},
    }
    grant = {"id": f"g{group}", "roles": [role], "grantedToV2": granted, "grantedTo": {"user": {"displayName": name}}}
    return grant | ({"inheritedFrom": {}} if inherited else {})


def to_user(board: Board, person: Person, role: str, *, inherited: bool = False) -> Json:
    """A right of one person."""
    upn, name = person.account["userPrincipalName"], person.account["displayName"]
    who = {"displayName": name, "email": person.account["mail"]}
    claim = {**who, "id": str(board.rng.randint(7, 99)), "loginName": f"i:0#.f|membership|{upn.lower()}"}
    grant = {
        "id": f"u{person.id}",
        "roles": [role],
        "grantedToV2": {"user": {**who, "id": person.id}, "siteUser": claim},
        "grantedTo": {"user": {**who, "id": person.id}},
    }
    return grant | ({"inheritedFrom": {}} if inherited else {})


def to_all(board: Board) -> Json:
    """A right of everyone but guests."""
    name = "Iedereen behalve externe gebruikers"
    claim = f"c:0-.f|rolemanager|spo-grid-all-users/{board.tenant_id}"
    return {
        "id": "c3BvLWdyaWQ",
        "roles": ["read"],
        "grantedToV2": {"siteUser": {"displayName": name, "id": "5", "loginName": claim}},
        "grantedTo": {"user": {"displayName": name}},
    }


def shared_link(scope: str) -> Json:
    """A sharing link on the library itself."""
    link = {"scope": scope, "type": "view", "webUrl": f"https://{SHAREPOINT}/:f:/s/verzonnen"}
    return {"id": f"link-{scope}", "roles": ["read"], "link": link, "grantedToIdentitiesV2": []}


def plain(name: str) -> str:
    """A name as it stands in an address."""
    return "".join(c for c in name if c.isascii() and c.isalnum())[:40]
