"""Links, open libraries and groups without care: told stories, and what simply grew over the years."""

from datetime import timedelta

from ibpmon.demo.board import applications, consents, libraries, places, roles
from ibpmon.demo.board.nouns import DOMAIN, NOBODY, Board, Json, Member, Person, stamp
from ibpmon.demo.board.planting.pupils import PUPIL
from ibpmon.demo.board.planting.stories import new_pupil, some_staff
from ibpmon.demo.board.truth import places as reached
from ibpmon.demo.board.truth import sharing as truth

STAFF_OPEN, UNPLACED_OPEN, ANONYMOUS = (
    "staff-place-open-to-everyone",
    "unplaced-site-open-to-everyone",
    "anonymous-link",
)
MANY_OWNERS, NO_OWNER, ONE_OWNER, PUBLIC = (
    "group-with-many-owners",
    "group-without-owner",
    "group-with-one-owner",
    "public-group",
)
BLOCKED_DOMAIN, BY_NAME, POWER = "guest-of-blocked-domain", "rights-given-to-persons", "pupil-with-power"
STAFF_APP = "pupil-assigned-staff-app"
GROUP_UNCLASSIFIED, SITE_UNCLASSIFIED, MAY_SHARE = "group-unclassified", "site-unclassified", "pupils-may-share-outside"
GREW = (*truth.FINDERS, reached.find_pupils_at_other_schools, reached.find_outsiders_with_pupils)


def plant_places(board: Board) -> None:
    """Sites and pupils for the stories that come later, while places are made."""
    first = board.schools[0].key
    board.plant(STAFF_APP, new_pupil(board, first).id, "by name", "somebody let this pupil in")
    group = new_pupil(board, first)
    board.plant(STAFF_APP, group.id, "in a group that may", "stands in the group of the office")
    board.plant(PUPIL, group.id, "in the group of the office", "stands in a group of the staff")
    for school in board.schools[: board.scale.rounds]:
        key = school.key
        places.add_site(board, f"{key} Oud intranet", "unknown", [places.owners(f"{key} Oud intranet")])
        plant_young_sites(board, key)
        for variant in ("role of administrators", "owns a class", "owns the pupil council"):
            board.plant(POWER, new_pupil(board, key).id, variant, "a pupil has power that belongs to the staff")


def plant_links(board: Board) -> None:
    """Links and rights on folders and files, after the libraries are filled."""
    with board.chance("planted links"):
        for school in board.schools[: board.scale.rounds]:
            plant_open_staff(board, school.key)
            plant_open_elsewhere(board, school.key)
            plant_anonymous(board, school.key)
            plant_blocked(board, school.key)
            plant_rights_by_name(board, school.key)


def plant_open_staff(board: Board, key: str) -> None:
    """A link for all in the care team, on the files of the heads, a right of everyone; one that ended is none."""
    for area, grant, why in (
        ("Zorgteam", libraries.link(board, "organization", "view"), "a link for all of the organisation on care files"),
        (
            "Directie",
            libraries.link(board, "organization", "edit", soon(board, 5)),
            "a link for all that ends next week",
        ),
        ("Administratie", places.to_all(board), "a right of everyone but guests"),
    ):
        place = put(board, f"{key} {area}", grant)
        board.plant(STAFF_OPEN, place, f"{area}: {why}", why)
    ended = put(board, f"{key} Leerkrachten", libraries.link(board, "organization", "view", soon(board, -3)))
    board.decoy(STAFF_OPEN, ended, "link that ended")
    square = put(board, f"{key} Schoolplein", libraries.link(board, "organization", "view"))
    board.decoy(STAFF_OPEN, square, "place that is declared as shared")


def plant_open_elsewhere(board: Board, key: str) -> None:
    """The same on a site of which nobody said whose it is."""
    for grant, why in (
        (libraries.link(board, "organization", "view"), "link to look"),
        (libraries.link(board, "organization", "edit"), "link to change"),
        (places.to_all(board), "right of everyone"),
    ):
        board.plant(UNPLACED_OPEN, put(board, f"{key} Oud intranet", grant), why, "nobody knows whether it is meant")
    ended = put(board, f"{key} Oud intranet", libraries.link(board, "organization", "view", soon(board, -1)))
    board.decoy(UNPLACED_OPEN, ended, "link that ended yesterday")
    some = put(board, f"{key} Oud intranet", libraries.link(board, "users", "view"))
    board.decoy(UNPLACED_OPEN, some, "link for some")


def plant_anonymous(board: Board, key: str) -> None:
    """Without an end; with one, on care files; for parents with an end; and one that ended."""
    endless = put(board, f"{key} Leerlingen", libraries.link(board, "anonymous", "view"))
    board.plant(ANONYMOUS, endless, "without an end", "whoever has the link comes in for ever")
    write = put(board, f"{key} Personeel", libraries.link(board, "anonymous", "edit", libraries.NEVER))
    board.plant(ANONYMOUS, write, "to change, without an end", "whoever has the link can change it")
    care = put(board, f"{key} Zorgteam", libraries.link(board, "anonymous", "view", soon(board, 2)))
    board.plant(ANONYMOUS, care, "on care files, with an end", "on care files any such link is one too many")
    letter = put(board, f"{key} Schoolplein", libraries.link(board, "anonymous", "view", soon(board, 14)))
    board.decoy(ANONYMOUS, letter, "letter for parents, with an end")
    ended = put(board, f"{key} Zorgteam", libraries.link(board, "anonymous", "edit", soon(board, -1)))
    board.decoy(ANONYMOUS, ended, "on care files, ended yesterday")


def plant_blocked(board: Board, key: str) -> None:
    """Invitations to an organisation that the tenant blocks; one that ended, and one to another organisation."""
    domain = DOMAIN.replace("verzonnen", "geblokkeerd")
    for number, (area, name) in enumerate((("Schoolplein", "vrager"), ("Leerlingen", "Vrager2"), ("Zorgteam", "v.3"))):
        place = put(board, f"{key} {area}", invitation(board, f"{name}@{domain if number else domain.upper()}"))
        board.plant(BLOCKED_DOMAIN, place, f"invited to {area}", "the list blocks this organisation")
    ended = put(
        board, f"{key} Schoolplein", invitation(board, f"v.4@{domain}") | {"expirationDateTime": soon(board, -1)}
    )
    board.decoy(BLOCKED_DOMAIN, ended, "of that organisation, but ended")
    other = put(board, f"{key} Schoolplein", invitation(board, "partner@samenwerking1.example"))
    board.decoy(BLOCKED_DOMAIN, other, "organisation that is not blocked")


def invitation(board: Board, mail: str) -> Json:
    """Somebody was asked by mail."""
    asked = {"email": mail, "signInRequired": True}
    return {"id": board.new_id(), "roles": ["read"], "invitation": asked, "expirationDateTime": None}


def plant_rights_by_name(board: Board, key: str) -> None:
    """Somebody by name on a library, on a folder, as a guest; sites of pupils and of all are no matter here."""
    colleague, guest = colleagues(board, key, 1)[0], next(p for p in board.people if p.population == "guest")
    for area, who, why in (("Personeel", colleague, "a colleague"), ("Administratie", guest, "a guest")):
        put(board, f"{key} {area}", places.to_user(board, who, "read"))
        board.plant(
            BY_NAME, places.site_id(board, f"{key} {area}"), f"{why} on a file", "a right by name stays for ever"
        )
    site = places.site_id(board, f"{key} Leerkrachten")
    drive = str(board.drives[site][0]["id"])
    board.permissions[drive].append(places.to_user(board, colleague, "write"))
    libraries.refresh_inherited(board, drive)
    board.plant(BY_NAME, site, "a colleague on a library", "a right by name stays for ever")
    for area in ("Leerlingen", "Schoolplein"):
        put(board, f"{key} {area}", places.to_user(board, colleague, "read"))
        board.decoy(BY_NAME, places.site_id(board, f"{key} {area}"), f"right by name in {area}")


def put(board: Board, site: str, grant: Json) -> str:
    """Give a folder or file of a site, that had no rights of its own, this one; gives its id."""
    drive = str(board.drives[places.site_id(board, site)][0]["id"])
    free = [row for row in board.items[drive][1:] if row["id"] not in board.item_permissions]
    row = board.rng.choice(free) if free else one_more(board, site, drive)
    libraries.set_own(board, drive, row, [grant])
    return str(row["id"])


def one_more(board: Board, site: str, drive: str) -> Json:
    """A file more in a small library, of which every file has rights of its own."""
    (place,) = [one for one in libraries.distinct_sites(board) if one["id"] == places.site_id(board, site)]
    writer = next(p for p in board.people if p.population == "staff" and not p.cast)
    number = len(board.items[drive])
    board.items[drive].append(libraries.item_row(board, place, board.items[drive][0], f"Stuk {number}.docx", writer))
    return board.items[drive][-1]


def colleagues(board: Board, key: str, number: int) -> list[Person]:
    """Ordinary employees: of a school first, and of others where it has too few."""
    others = [p for school in board.schools if school.key != key for p in some_staff(board, school.key, number)]
    return [*some_staff(board, key, number), *others][:number]


def soon(board: Board, days: int) -> str:
    """A moment so many days from now, or before."""
    return stamp(board.now + timedelta(days=days))


def plant_owners(board: Board) -> None:
    """Groups with right five owners, right four, none, one that left; and public ones; after the owners are there."""
    for turn, school in enumerate(board.schools[: board.scale.rounds]):
        key = school.key
        staff = colleagues(board, key, 9)
        care = places.group_id(board, f"{key} Zorgteam")
        years = [places.group_id(board, f"{key} Groep {year} Leerlingen") for year in range(5, 9)]
        for number, group, variant in ((5, years[0], "right five"), (6, years[1], "six"), (8, care, "eight")):
            crowd(board, group, [person.id for person in staff[:number]])
            board.plant(MANY_OWNERS, group, variant, "more owners than anyone needs")
        four = years[2]
        crowd(board, four, [person.id for person in staff[:4]])
        board.decoy(MANY_OWNERS, four, "right four owners")
        large = places.group_id(board, f"{key} Leerlingen")
        crowd(board, large, [person.id for person in staff[:8]])
        board.decoy(MANY_OWNERS, large, "eight owners of a large group")
        board.decoy(NO_OWNER, four, "four owners")
        board.decoy(ONE_OWNER, four, "four owners, three of them could go")
        if turn == 0:
            plant_lonely(board, key)
        plant_public(board, key)
        plant_power(board, turn, key)
        plant_unclassified(board, key)


def plant_power(board: Board, turn: int, key: str) -> None:
    """A pupil with a role, one that owns a class, one that owns the council; staff may do all of that."""
    role, owner, other = [who for rule, who in board.intended if rule == POWER][3 * turn : 3 * turn + 3]
    roles.assign(board, board.rng, role, "Teams Administrator", "/")
    board.owners[places.group_id(board, f"{key} Groep 8 Leerlingen")].append(Member("user", owner))
    board.owners[places.group_id(board, f"{key} Leerlingenraad")].append(Member("user", other))
    for person, why in zip(colleagues(board, key, 2), ("teacher", "teacher who owns a class"), strict=True):
        board.decoy(POWER, person.id, why)


def plant_unclassified(board: Board, key: str) -> None:
    """Right seven days without a zone, and nearly; for groups and for sites."""
    for days, name in ((7, "zeven dagen"), (40, "veertig dagen"), (900, "heel oud"), (6.9, "bijna"), (1, "gisteren")):
        created = stamp(board.now - timedelta(days=days))
        group = places.add_group(board, f"{key} Proef {name}", "unknown", colleagues(board, key, 2))
        next(row for row in board.groups if row["id"] == group)["createdDateTime"] = created
        if days >= 7:
            board.plant(GROUP_UNCLASSIFIED, group, name, "nobody said for whom this group is")
        else:
            board.decoy(GROUP_UNCLASSIFIED, group, name)


def plant_young_sites(board: Board, key: str) -> None:
    """The same for sites, before what is in them is made."""
    for days, name in ((7, "zeven dagen"), (40, "veertig dagen"), (900, "heel oud"), (6.9, "bijna"), (1, "gisteren")):
        site = places.add_site(board, f"{key} Proefsite {name}", "unknown", [places.owners(f"{key} Proefsite {name}")])
        created = stamp(board.now - timedelta(days=days))
        next(row for row in board.sites if row["id"] == site)["createdDateTime"] = created
        if days >= 7:
            board.plant(SITE_UNCLASSIFIED, site, name, "nobody said for whom this site is")
        else:
            board.decoy(SITE_UNCLASSIFIED, site, name)


def crowd(board: Board, group: str, owners: list[str]) -> None:
    """Exactly these owners."""
    board.owners[group] = [Member("user", key) for key in owners]


def plant_lonely(board: Board, key: str) -> None:
    """Groups that belong to nobody any more, each for another reason, and one whose last owner is still there."""
    gone = next(p for p in board.people if p.population == "staff" and not p.account["accountEnabled"])
    pupil = next(p for p in board.people if p.population == "pupil" and not p.cast)
    rows: tuple[tuple[str, list[str]], ...] = (
        ("nobody", []),
        ("only a blocked account", [gone.id]),
        ("only a pupil", [pupil.id]),
    )
    for variant, owners in rows:
        group = places.add_group(
            board, f"{key} Werkgroep {variant}", "unknown", colleagues(board, key, 2), unified=True
        )
        crowd(board, group, owners)
        board.plant(NO_OWNER, group, variant, "nobody looks after this group")
    keep = colleagues(board, key, 1)[0].id
    for variant, others in (("alone", []), ("beside a blocked account", [gone.id]), ("beside a pupil", [pupil.id])):
        group = places.add_group(
            board, f"{key} Werkgroep {variant}", "unknown", colleagues(board, key, 2), unified=True
        )
        crowd(board, group, [keep, *others])
        board.plant(ONE_OWNER, group, variant, "when this one leaves there is nobody")
    security = places.group_id(board, f"{key} Personeel")
    board.decoy(NO_OWNER, security, "security group, which has no owners")
    board.decoy(ONE_OWNER, security, "security group")


def plant_public(board: Board, key: str) -> None:
    """A team of the staff, one of pupils and one of nobody knows whom are public; the playground may be."""
    for name in (f"{key} Zorgteam", f"{key} Groep 5 Leerlingen"):
        open_up(board, places.group_id(board, name))
        board.plant(PUBLIC, places.group_id(board, name), name.partition(" ")[2], "anyone may join, pupils too")
    club = places.add_group(board, f"{key} Personeelsvereniging", "unknown", colleagues(board, key, 3), unified=True)
    open_up(board, club)
    board.plant(PUBLIC, club, "not declared", "meant for all of the staff, and declared nowhere")
    square = places.group_id(board, f"{key} Schoolplein")
    open_up(board, square)
    board.decoy(PUBLIC, square, "declared as shared")
    board.decoy(PUBLIC, places.group_id(board, f"{key} Groep 6 Leerlingen"), "private team")


def open_up(board: Board, group: str) -> None:
    """Make a team public."""
    next(row for row in board.groups if row["id"] == group)["visibility"] = "Public"


def plant_apps(board: Board) -> None:
    """Pupils in the pupil administration: one by name, one in a group; and whoever only seems to be."""
    app = applications.principal(board, "Oud LAS")
    key = board.schools[0].key
    named, inside = [who for rule, who in board.intended if rule == STAFF_APP][:2]
    person = next(p for p in board.people if p.id == named)
    consents.assign(board, board.rng, person.account, app, NOBODY)
    board.members[places.group_id(board, f"{key} Administratie")].append(Member("user", inside))
    other = applications.principal(board, "Toetskast")
    free = next(p for p in board.people if p.population == "pupil" and not p.cast and p.school == key)
    consents.assign(board, board.rng, free.account, other, NOBODY)
    board.decoy(STAFF_APP, free.id, "let into an application that is not of the staff")
    board.decoy(STAFF_APP, colleagues(board, key, 1)[0].id, "somebody of the staff")


def plant_settings(board: Board) -> None:
    """The tenant lets everyone share with everyone."""
    board.plant(MAY_SHARE, "SharePoint", "as Microsoft delivers it", "pupils can share with anyone outside")


def tell_what_grew(board: Board) -> None:
    """Every tenant has links and lonely groups by the hundred; those that no story tells of have this one."""
    for find in GREW:
        for rule, subject, _ in find(board):
            board.intended.setdefault((rule, subject), ("grew over the years", "nobody ever cleaned this up"))
