"""What pupils may do that only staff should, and guests for whom nobody answers; beside each what is in order."""

from datetime import timedelta

from ibpmon.demo.board import audits, people, places
from ibpmon.demo.board.nouns import DOMAIN, GUEST_DOMAIN, OFFICE, Board, Json, Override, Person, stamp
from ibpmon.demo.board.planting.stories import ago, schools_from
from ibpmon.demo.board.roles import BUILT_IN, holder
from ibpmon.demo.board.truth import outsiders as truth
from ibpmon.demo.board.truth.places import find_outsiders_with_pupils

MAY_INVITE, MAY_MAKE = "pupils-may-invite-guests", "pupils-may-make-groups-or-apps"
MAY_TEAM = "pupils-may-make-teams"
POLICY = "authorizationPolicy"
SENSITIVE, LONELY = "guest-in-sensitive-place", "guest-without-sponsor"
INVITED, AGAINST, POWER = "pupil-invited-guest", "guest-invited-against-rules", "guest-given-power"
INVITE = "Invite external user"


def plant_settings(board: Board) -> None:
    """What everyone may, pupils too, as Microsoft delivers it."""
    board.plant(MAY_INVITE, POLICY, "as Microsoft delivers it", "pupils can invite anyone")
    board.plant(MAY_MAKE, POLICY, "as Microsoft delivers it", "pupils can register an app")
    board.plant(MAY_TEAM, board.organization[0]["id"], "as Microsoft delivers it", "pupils can make a team")


# ---------------------------------------------------------------- who answers for a guest


def cast_guests(board: Board) -> None:
    """Guests of so many days, for whom somebody answers, or not, or not any more."""
    with board.chance("cast", "outsiders"):
        for turn in range(board.scale.rounds):
            for number, (days, said, variant) in enumerate(LINES):
                guest = visitor(board, f"Bezoeker{turn}{number}", days)
                register(board, guest, said)
                if said in ("whole", "endless") or days < 14:
                    board.decoy(LONELY, guest.id, variant)
                else:
                    board.plant(LONELY, guest.id, variant, "nobody of the board answers for this guest")


# days ago, what the list says, and the story
LINES = (
    (14.0, "", "exactly fourteen days"),
    (60.0, "ended", "the agreement ended yesterday"),
    (40.0, "nobody", "on the list without a name"),
    (13.9, "", "nearly fourteen days"),
    (50.0, "endless", "somebody answers, without an end"),
)


def visitor(board: Board, name: str, days: float) -> Person:
    """A guest who came in this week."""
    guest = people.invite(board, name, "samenwerking2.example")
    guest.account["createdDateTime"] = stamp(board.now - timedelta(days=days))
    guest.quiet = guest.cast = True
    board.last_use[guest.id] = (2.0, True)
    return guest


def register(board: Board, guest: Person, said: str) -> None:
    """A line on the list of the board: a whole one, without an end, ended, or with nobody's name."""
    sponsor = "" if said == "nobody" else str(holder(board, "Bestuurder").account["userPrincipalName"])
    ends = {"whole": ago(board, -200), "nobody": ago(board, -200), "ended": ago(board, 1), "last day": board.today}
    if said:
        line = Override("guest", "samenwerking", ends.get(said), sponsor)
        board.overrides[str(guest.account["userPrincipalName"])] = line


def plant_places(board: Board) -> None:
    """With care files and with pupils: nobody answers, without an end, ended; and a doctor about whom all is said."""
    with board.chance("planting", "outsiders"):
        for turn in range(board.scale.rounds):
            keys = schools_from(board, turn + 1)
            for number, (said, variant) in enumerate(CARE):
                guest = visitor(board, f"Zorgpartner{turn}{number}", 30.0)
                register(board, guest, said)
                site = places.site_id(board, f"{next(keys)} Zorgteam")
                places.grant_on(board, site, places.to_user(board, guest, "read"))
                if said in ("whole", "last day"):
                    board.decoy(SENSITIVE, guest.id, variant)
                else:
                    board.plant(SENSITIVE, guest.id, variant, "reads care files, and nobody answers until a day")
                if not said or said == "ended":
                    board.plant(LONELY, guest.id, variant, "nobody of the board answers for this guest")


CARE = (
    ("", "nobody answers"),
    ("endless", "without an end"),
    ("ended", "ended yesterday"),
    ("whole", "school doctor with an end and a sponsor"),
    ("last day", "care partner on the last day"),
)


def register_the_others(board: Board) -> None:
    """Somebody answers for every ordinary guest, until no day; what came of that grew over the years."""
    told = {*board.intended, *decoys(board)}
    for person in board.people:
        known = str(person.account["userPrincipalName"]) in board.overrides
        storied = (LONELY, person.id) in told
        if person.population == "guest" and not known and not storied:
            register(board, person, "endless")
    for find in (truth.find_guests_in_places, find_outsiders_with_pupils):
        for rule, subject, _ in find(board):
            board.intended.setdefault((rule, subject), ("grew over the years", "nobody ever cleaned this up"))


def decoys(board: Board) -> set[tuple[str, str]]:
    """What must not be found."""
    return {(decoy.rule, decoy.subject) for decoy in board.decoys}


# ---------------------------------------------------------------- the log of the directory


def plant_acts(board: Board) -> None:
    """Invitations by pupils and guests and of a blocked organisation, and guests who got power."""
    with board.chance("planting", "invitations"):
        plant_invitations(board)
        plant_power(board)


def plant_invitations(board: Board) -> None:
    """Three by pupils, one by a guest, one of an organisation that is blocked; and what is in order."""
    pupils = [p for p in board.people if p.population == "pupil" and not p.cast and p.account["accountEnabled"]]
    ict, guest = holder(board, "ICT-beheerder"), next(p for p in board.people if p.population == "guest")
    blocked, partner = DOMAIN.replace("verzonnen", "geblokkeerd"), "samenwerking1.example"
    for number, (clock, story) in enumerate(
        (("10:15", "in class"), ("20:40", "in the evening"), ("08:55", "a friend"))
    ):
        who = pupils[-1 - number]
        who.cast = True
        asked = invite(board, who, f"vriend{number}", partner, clock)
        board.plant(INVITED, who.id, story, "a pupil invited somebody from outside")
        board.plant(AGAINST, asked, f"by a pupil, {story}", "pupils do not invite guests")
    board.plant(AGAINST, invite(board, guest, "collega", partner, "11:20"), "by a guest", "a guest invited a guest")
    asked = invite(board, ict, "handelaar", blocked.upper(), "13:05")
    board.plant(AGAINST, asked, "blocked organisation", "the list blocks this organisation")
    board.decoy(AGAINST, invite(board, ict, "collega2", partner, "13:10"), "by ICT, of an organisation that may")
    board.decoy(INVITED, ict.id, "by ICT")
    refused = pupils[-4]
    refused.cast = True
    board.decoy(AGAINST, invite(board, refused, "vriend9", partner, "14:10", failed=True), "refused")
    board.decoy(INVITED, refused.id, "refused")


def invite(board: Board, who: Person, local: str, domain: str, clock: str, *, failed: bool = False) -> str:
    """An invitation in the log; the guest was removed since."""
    upn = f"{local}_{domain}#EXT#@{GUEST_DOMAIN}"
    gone: Json = {"id": board.new_id(), "userPrincipalName": upn, "displayName": local}
    audits.write(board, INVITE, who, gone, board.moment(board.school_day(3), clock), failed=failed)
    return str(gone["id"])


def plant_power(board: Board) -> None:
    """A guest became a member, owner of a group, administrator; refused, into a group, and an employee."""
    ict, guests = holder(board, "ICT-beheerder"), [p for p in board.people if p.population == "guest"]
    kept = {person.id for person in guests}
    for row in board.audits:
        what, told = row["activityDisplayName"], row["targetResources"]
        if told and told[0]["id"] in kept and row["result"] == "success":
            if what == "Add owner to group":
                board.plant(POWER, told[0]["id"], "owner of a group, or more", "somebody from outside lets others in")
            elif what.startswith("Add") and "member to role" in what and "request" not in what:
                board.plant(POWER, told[0]["id"], "owner of a group, or more", "somebody from outside administers")
    taken = {subject for rule, subject in board.intended if rule == POWER}
    member, role, refused, inside = [p for p in guests if p.id not in taken and p.account["accountEnabled"]][-4:]
    at = board.moment(board.school_day(4), "15:45")
    told = {"UserType": (["Guest"], ["Member"])}
    audits.write(board, "Update user", ict, member, at, changes=told)
    board.plant(POWER, member.id, "became a member", "somebody from outside counts as one of us")
    reader = next(row for row in board.role_definitions if row["id"] == BUILT_IN["Reports Reader"])
    named = {"Role.DisplayName": (None, "Reports Reader"), "Role.TemplateId": (None, reader["templateId"])}
    audits.write(board, "Add eligible member to role", ict, [role, reader], at, changes=named)
    board.plant(POWER, role.id, "may take a role", "somebody from outside may administer")
    board.plant("role-changed", role.id, "guest who may take a role", "somebody became an administrator")
    audits.write(board, "Update user", ict, refused, at, changes=told, failed=True)
    board.decoy(POWER, refused.id, "refused")
    old, told = holder(board, "Hoofd financiën"), {"UserType": ([], ["Member"]), "TargetId.UserType": (None, "Member")}
    audits.write(board, "Update user", ict, old, at, changes=told)
    board.decoy(POWER, old.id, "an old account that did not say what it was")
    group = next(row for row in board.groups if row["displayName"] == f"{board.schools[0].key} Schoolplein")
    row = audits.member_line(board, "Add member to group", ict, inside, group, at)
    board.audits.append(row)
    board.audits.sort(key=lambda one: (one["activityDateTime"], one["id"]), reverse=True)
    board.decoy(POWER, inside.id, "into a group")
    board.decoy(POWER, holder(board, "Hoofd HR").id, f"of the staff, at {OFFICE}")
