"""Acts of administrators in the log of the directory: somebody answers for each; and what only looks like one."""

from datetime import datetime, timedelta

from ibpmon.demo.board import audits, policies
from ibpmon.demo.board.applications import principal
from ibpmon.demo.board.audits import SECRETS, member_line
from ibpmon.demo.board.nouns import DOMAIN, OFFICE, Board, Json, Person
from ibpmon.demo.board.places import group_id
from ibpmon.demo.board.roles import BUILT_IN, holder

ROLE, POLICY, DOMAINS, CONSENT = "role-changed", "access-policy-changed", "domain-changed", "consent-given"
KEY, OWNER, APP_ROLE, EMERGENCY = "app-credential-added", "app-owner-added", "app-given-role", "break-glass-changed"
OWN = "role-given-to-oneself"
RULES = (ROLE, OWNER, EMERGENCY, OWN)  # the rules about people


def plant_acts(board: Board) -> None:
    """What the log of a month tells; the parts that were there already are named as the stories that they are."""
    with board.chance("planting", "acts"):
        name_roles(board)
        plant_roles(board)
        plant_own_hands(board)
        plant_policies(board)
        plant_domains(board)
        plant_consents(board)
        plant_keys(board)
        plant_owners(board)
        plant_app_roles(board)
        plant_emergency(board)


def keeper(board: Board) -> Person:
    """Who keeps the systems."""
    return holder(board, "ICT-beheerder")


def teachers(board: Board, number: int) -> list[Person]:
    """Teachers to whom none of this happened yet."""
    taken = {decoy.subject for decoy in board.decoys if decoy.rule in RULES}
    taken |= {subject for rule, subject in board.intended if rule in RULES}
    free = [p for p in board.people if "eerkracht" in p.function and p.account["accountEnabled"]]
    return board.rng.sample([person for person in free if person.id not in taken], number)


def write(board: Board, activity: str, target: audits.Target, at: datetime, **more: object) -> Json:
    """One more line by who keeps the systems, unless told otherwise."""
    actor = more.pop("actor", None) or keeper(board)
    return audits.write(board, activity, actor, target, at, **more)  # type: ignore[arg-type]  # an actor


def role_of(board: Board, name: str) -> tuple[Json, audits.Changes]:
    """A role, and how the log tells about it."""
    row = next(row for row in board.role_definitions if row["id"] == BUILT_IN[name])
    return row, {"Role.DisplayName": (None, name), "Role.TemplateId": (None, row["templateId"])}


def name_roles(board: Board) -> None:
    """The roles that a guest and a pupil got, the one that somebody took this morning, and who came into ICT."""
    people = {person.id: person for person in board.people}
    words = {"guest": "role for a guest", "pupil": "role for a pupil by mistake"}
    ict = group_id(board, f"{OFFICE} ICT")
    for row in board.audits:
        told = row["targetResources"]
        if row["activityDisplayName"] == "Add member to role":
            story = words.get(people[told[0]["id"]].population, "role for somebody of the staff")
            board.plant(ROLE, told[0]["id"], story, "somebody became an administrator")
        elif "PIM activation" in row["activityDisplayName"]:
            board.plant(ROLE, told[0]["id"], "role taken for a while", "somebody took a role this morning")
        elif len(told) == 2 and told[1]["id"] == ict:
            board.plant(ROLE, told[0]["id"], "into the group with roles", "came into the group of ICT, which has roles")


def plant_roles(board: Board) -> None:
    """A privileged role for twenty minutes, a group with roles; refused, only asked for, and an ordinary group."""
    role, told = role_of(board, "Exchange Administrator")
    [given], taken = teachers(board, 1), {name: (new, None) for name, (_, new) in told.items()}
    at = board.moment(9, "17:30")
    write(board, "Add member to role", [given, role], at, changes=told)
    write(board, "Remove member from role", [given, role], at + timedelta(minutes=20), changes=taken)
    board.plant(ROLE, given.id, "given and taken away", "was an administrator of all mail for twenty minutes")
    ict = next(row for row in board.groups if row["displayName"] == f"{OFFICE} ICT")
    [came] = teachers(board, 1)
    for verb, minutes in (("Add member to", 0), ("Remove member from", 45)):
        moment = board.moment(5, "12:10") + timedelta(minutes=minutes)
        row = member_line(board, f"{verb} group", keeper(board), came, ict, moment)
        insert(board, row)
    board.plant(ROLE, came.id, "through the group with roles", "was in the group of ICT for a while, which has roles")
    refused, asked, ordinary = teachers(board, 3)
    write(board, "Add member to role", [refused, role], at, changes=told, failed=True, reason="Insufficient privileges")
    board.decoy(ROLE, refused.id, "a role that was refused")
    write(board, "Add member to role requested (PIM activation)", [asked, role], at, changes=told, actor=asked)
    board.decoy(ROLE, asked.id, "a role that was only asked for")
    group = next(row for row in board.groups if row["displayName"] == f"{ordinary.school} Schoolplein")
    insert(board, member_line(board, "Add member to group", keeper(board), ordinary, group, at))
    board.decoy(ROLE, ordinary.id, "into an ordinary group")


def plant_own_hands(board: Board) -> None:
    """A role that somebody gave himself; another gave it, somebody only asked for it, or it was refused: no story."""
    role, told = role_of(board, "Exchange Administrator")
    own, given, asked, refused, came, approved = teachers(board, 6)
    at = board.moment(12, "16:45")
    write(board, "Add member to role", [own, role], at, changes=told, actor=own)
    board.plant(OWN, own.id, "gave himself a role", "asked and granted by one and the same")
    board.plant(ROLE, own.id, "gave himself a role", "somebody became an administrator")
    write(board, "Add member to role", [given, role], at, changes=told)
    board.decoy(OWN, given.id, "another gave it")
    board.plant(ROLE, given.id, "given by who keeps the systems", "somebody became an administrator")
    write(board, "Add member to role requested (PIM activation)", [asked, role], at, changes=told, actor=asked)
    board.decoy(OWN, asked.id, "only asked for")
    more = {"failed": True, "reason": "Insufficient privileges"}
    write(board, "Add member to role", [refused, role], at, changes=told, actor=refused, **more)
    board.decoy(OWN, refused.id, "refused")
    ict = next(row for row in board.groups if row["displayName"] == f"{OFFICE} ICT")
    insert(board, member_line(board, "Add member to group", came, came, ict, at))
    board.plant(ROLE, came.id, "through the group with roles", "came into the group of ICT, which has roles")
    activity = "Add member to role request approved (PIM activation)"
    write(board, activity, [approved, role], at, changes=told, actor=approved)
    board.plant(OWN, approved.id, "approved his own request", "asked and granted by one and the same")
    name_own_groups(board, ict["id"])


def name_own_groups(board: Board, ict: str) -> None:
    """Whoever keeps the systems may have put himself into the group of ICT as well."""
    for row in board.audits:
        told, by = row["targetResources"], row["initiatedBy"]["user"]
        into = row["activityDisplayName"] == "Add member to group" and len(told) == 2 and told[1]["id"] == ict
        if into and by and by["id"] == told[0]["id"]:
            board.plant(OWN, by["id"], "into the group with roles", "put himself into the group of ICT")


def insert(board: Board, row: Json) -> None:
    """A line in its place in the log."""
    board.audits.append(row)
    board.audits.sort(key=lambda one: (one["activityDateTime"], one["id"]), reverse=True)


def plant_policies(board: Board) -> None:
    """The policy for MFA for twenty minutes, old ways let in, a policy gone, a place; refused twice."""
    mfa, legacy, place = board.ca_policies[0], board.ca_policies[3], board.named_locations[2]
    board.plant(POLICY, mfa["id"], "off for twenty minutes", "the policy for MFA was off, and was put back")
    board.plant(POLICY, place["id"], "trusted place changed", "an old range that is far too wide was changed")
    off = {**legacy, "state": policies.REPORT_ONLY["state"]}
    for before, after, minutes in ((legacy, off, 0), (off, legacy, 90)):
        changes: audits.Changes = {"ConditionalAccessPolicy": (before, after)}
        at = board.moment(11, "15:00") + timedelta(minutes=minutes)
        write(board, "Update conditional access policy", legacy, at, changes=changes)
    board.plant(POLICY, legacy["id"], "report only for a while", "old ways of signing in were let in for a while")
    gone = policies.policy(board.new_id(), "CA10 Proef") | {"grantControls": policies.grant(["mfa"])}
    changes = {"ConditionalAccessPolicy": (gone, None)}
    write(board, "Delete conditional access policy", gone, board.moment(14, "09:05"), changes=changes)
    board.plant(POLICY, gone["id"], "deleted", "a policy that asked for MFA was deleted")
    for policy in board.ca_policies[4:6]:
        tried = {"ConditionalAccessPolicy": (policy, {**policy, "state": "disabled"})}
        write(board, "Update conditional access policy", policy, board.moment(8, "10:00"), changes=tried, failed=True)
        board.decoy(POLICY, policy["id"], f"refused: {policy['displayName']}")


def plant_domains(board: Board) -> None:
    """A domain that came, one that signs in elsewhere, one whose settings changed; refused, and plain news."""
    rows = (
        ("Add unverified domain", "nieuweschool.example", 4, "domain came", "a domain was added"),
        ("Set domain authentication", f"oud.{DOMAIN}", 7, "signs in elsewhere", "a domain signs in at another server"),
        ("Set federation settings on domain", f"proef.{DOMAIN}", 2, "federation changed", "trusts another certificate"),
    )
    for activity, name, days, variant, why in rows:
        write(board, activity, {"id": None, "displayName": name}, board.moment(days, "16:20"))
        board.plant(DOMAINS, name, variant, why)
    for activity, failed in (("Add unverified domain", True), ("Set Company Information", False)):
        name = f"{'geweigerd' if failed else 'gewoon'}.{DOMAIN}"
        write(board, activity, {"id": None, "displayName": name}, board.moment(3, "09:10"), failed=failed)
        board.decoy(DOMAINS, name, "refused" if failed else "only news about a domain")


def plant_consents(board: Board) -> None:
    """Teachers who gave their mail, a right of an app, one for everyone; refused, and an app that was only changed."""
    for row in board.audits:
        if row["activityDisplayName"] in ("Consent to application", "Add app role assignment to service principal"):
            target, own = row["targetResources"][0], row["activityDisplayName"].startswith("Add")
            story = "right of the app itself" if own else "teachers gave their mail"
            board.plant(CONSENT, target["id"], story, "an app got in without a decision")
    quiz, las = principal(board, "Toetskast"), principal(board, "Oud LAS")
    told = {"ConsentContext.OnBehalfOfAll": (None, "True"), "ConsentAction.Permissions": (None, "Files.Read.All")}
    write(board, "Consent to application", quiz, board.moment(6, "13:37"), changes=told)
    board.plant(CONSENT, quiz["id"], "for everyone", "an administrator said yes for everyone")
    write(board, "Consent to application", las, board.moment(6, "13:45"), failed=True, reason="Not allowed")
    board.decoy(CONSENT, las["id"], "a consent that was refused")
    portal = principal(board, "Ouderportaal")
    write(board, "Update service principal", portal, board.moment(7, "11:05"))
    board.decoy(CONSENT, portal["id"], "an app that was only changed")


def plant_keys(board: Board) -> None:
    """A key in the plan, one for an app that may write everywhere, one past the registration; refused, only changed."""
    by_name = {row["displayName"]: row for row in board.applications}
    link, schedule, portal = (
        by_name[n] for n in ("Koppeling leerlingadministratie", "Roosterkoppeling", "Ouderportaal")
    )
    board.plant(KEY, link["id"], "renewed", "a new secret for the link with the pupil administration")
    key: audits.Changes = {"KeyDescription": ([], ["[KeyType=Password]"])}
    write(board, SECRETS, schedule, board.moment(10, "21:15"), changes=key)
    board.plant(KEY, schedule["id"], "app that writes everywhere", "a new secret for an app that may change all groups")
    supplier = principal(board, "Rekenmaatje Online")
    write(board, "Add service principal credentials", supplier, board.moment(1, "02:40"), changes=key)
    board.plant(KEY, supplier["id"], "past the registration", "a secret at the enterprise app of a supplier, at night")
    write(board, SECRETS, portal, board.moment(10, "21:20"), changes=key, failed=True)
    board.decoy(KEY, portal["id"], "a secret that was refused")
    agent = by_name["Klassenassistent (agent)"]
    write(board, "Update application", agent, board.moment(10, "21:25"))
    board.decoy(KEY, agent["id"], "an app that was only changed")


def plant_owners(board: Board) -> None:
    """A teacher, somebody at the enterprise app, a guest; refused, and an owner of a group."""
    app, supplier = board.applications[0], principal(board, "Toetskast")
    first, second, refused, group_owner = teachers(board, 4)
    guest = next(person for person in board.people if person.population == "guest")
    rows = (
        ("application", first, app, "a teacher", False),
        ("service principal", second, supplier, "at the enterprise app", False),
        ("application", guest, app, "a guest", False),
        ("application", refused, app, "an owner who was refused", True),
    )
    for sort, who, row, story, failed in rows:
        name = "Application" if sort == "application" else "ServicePrincipal"
        told = {f"{name}.ObjectID": (None, row["id"]), f"{name}.DisplayName": (None, row["displayName"])}
        at = board.moment(12, "10:30")
        write(board, f"Add owner to {sort}", [who, row], at, changes=told, failed=failed)
        if failed:
            board.decoy(OWNER, who.id, story)
        else:
            board.plant(OWNER, who.id, story, "can make a key for the app")
    group = next(row for row in board.groups if row["displayName"] == f"{group_owner.school} Schoolplein")
    insert(
        board, member_line(board, "Add owner to group", keeper(board), group_owner, group, board.moment(12, "10:35"))
    )
    board.decoy(OWNER, group_owner.id, "an owner of a group")


def plant_app_roles(board: Board) -> None:
    """Three apps with a role, whose day in the log is there; one refused, one that lost its role."""
    rows = (
        ("Reservekopie cloud", "Add member to role", "Privileged Role Administrator", "a privileged role"),
        ("Koppeling leerlingadministratie", "Add member to role", "Directory Readers", "a role that only reads"),
        ("Roosterkoppeling", "Add eligible member to role", "Groups Administrator", "a role that it may take"),
    )
    for name, activity, role, story in rows:
        row, told = role_of(board, role)
        app = principal(board, name)
        write(board, activity, [app, row], board.moment(17, "14:00"), changes=told)
        board.plant(APP_ROLE, app["id"], story, "an app became an administrator")
    row, told = role_of(board, "Groups Administrator")
    quiz, las = principal(board, "Toetskast"), principal(board, "Oud LAS")
    write(board, "Add member to role", [quiz, row], board.moment(17, "14:05"), changes=told, failed=True)
    board.decoy(APP_ROLE, quiz["id"], "a role that was refused")
    taken = {name: (new, None) for name, (_, new) in told.items()}
    write(board, "Remove member from role", [las, row], board.moment(17, "14:10"), changes=taken)
    board.decoy(APP_ROLE, las["id"], "a role that was taken away")


def plant_emergency(board: Board) -> None:
    """Somebody worked on the emergency accounts; a refused reset, and the accounts of others."""
    first, second = (person for person in board.people if person.population == "break_glass")
    write(board, "Reset user password", first, board.moment(15, "08:50"))
    board.plant(EMERGENCY, first.id, "another password", "somebody reset the password")
    write(board, "Admin registered security info", second, board.moment(15, "08:55"))
    board.plant(EMERGENCY, second.id, "another method", "somebody registered another method")
    service = next(person for person in board.people if person.population == "service")
    write(board, "Reset user password", service, board.moment(15, "09:00"))
    board.decoy(EMERGENCY, service.id, "the password of another account")
    [other] = teachers(board, 1)
    write(board, "Admin registered security info", other, board.moment(15, "09:05"))
    board.decoy(EMERGENCY, other.id, "another method of an ordinary account")
