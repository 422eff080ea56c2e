"""Heavy roles on the wrong accounts, keys that live too long, settings that are too loose; and what is in order."""

from ibpmon.demo.board import people, roles
from ibpmon.demo.board.applications import OWN_NAME
from ibpmon.demo.board.names import HOSTILE
from ibpmon.demo.board.nouns import OFFICE, Board, Json, Person
from ibpmon.demo.board.places import group_id
from ibpmon.demo.board.roles import BUILT_IN, GLOBAL, holder

ALWAYS, DAILY, COUNT = "permanent-privileged-role", "daily-account-is-admin", "global-admins-count"
KEY, SETTING, RIGHT = "app-key-expires", "tenant-setting-too-loose", "default-right-too-wide"
HEAVY = (
    GLOBAL,
    "Privileged Role Administrator",
    "User Administrator",
    "SharePoint Administrator",
    "Exchange Administrator",
)


def plant_holders(board: Board) -> None:
    """After all roles were given: name who holds what as the story that it is."""
    with board.chance("planting", "holders"):
        plant_count(board)
        plant_heavy(board)
        plant_keys(board)
        plant_settings(board)


def plant_count(board: Board) -> None:
    """One global administrator too many on a board with an odd seed, and as many as may be on an even one."""
    wanted = 5 if board.seed % 2 else 4
    now = [row["principalId"] for row in board.role_assignments if row["roleDefinitionId"] == BUILT_IN[GLOBAL]]
    emergency = {person.id for person in board.people if person.population == "break_glass"}
    held = {row["principalId"] for row in board.role_assignments}
    free = [p for p in board.people if p.population == "staff" and not p.cast and p.school != OFFICE]
    free = [p for p in free if p.account["accountEnabled"] and p.mfa == "capable" and p.id not in held]
    for who in free[-4:][: wanted - len(set(now) - emergency)]:
        roles.assign(board, board.rng, who.id, GLOBAL, "/")
        with_key(board, who)
    roles.tell_the_report(board)
    if wanted > 4:
        board.plant(COUNT, board.tenant_id, "five", "five people may do everything")
    else:
        board.decoy(COUNT, board.tenant_id, "four, as many as there may be")


def with_key(board: Board, who: Person) -> None:
    """Somebody who does it well: signs in with a passkey."""
    who.mfa = "passkey"
    row = next(row for row in board.registrations if row["id"] == who.id)
    row |= people.registration(board, who)


def plant_heavy(board: Board) -> None:
    """By itself, through the group of ICT, an app, somebody who left; emergency accounts and light roles are fine."""
    persons = {person.id: person for person in board.people}
    heavy, ict = {BUILT_IN[name] for name in HEAVY}, group_id(board, f"{OFFICE} ICT")
    inside = [member.id for member in board.members[ict]]
    held = {row["principalId"] for row in board.role_assignments if row["roleDefinitionId"] in heavy} - {ict}
    for who in dict.fromkeys([*sorted(held), *inside]):
        person = persons.get(who)
        if person and person.population == "break_glass":
            board.decoy(ALWAYS, who, f"emergency account {person.account['displayName']}")
            board.decoy(DAILY, who, "emergency account")
            continue
        board.plant(ALWAYS, who, how(person, who in inside), "the role is on day and night")
        if person and person.account["accountEnabled"] and is_daily(person):
            board.plant(DAILY, who, work_of(person), "reads mail and rules the tenant with one account")
        else:
            board.decoy(DAILY, who, "an app, a service or an account that is off")
    board.decoy(ALWAYS, holder(board, "Functionaris gegevensbescherming").id, "a role that only reads")


def how(person: Person | None, through_group: bool) -> str:
    """By which way somebody has a heavy role."""
    if person is None:
        return "an app"
    return "through the group of ICT" if through_group else f"a {person.population} account"


def is_daily(person: Person) -> bool:
    """Whether somebody works with this account, or another server does."""
    return person.population in ("staff", "pupil", "guest") or bool(person.account["onPremisesSyncEnabled"])


def work_of(person: Person) -> str:
    """What somebody does all day."""
    return person.function or person.population


def plant_keys(board: Board) -> None:
    """Every key that is not in order has its app as its story; ours and one of half a year are fine."""
    fine = {OWN_NAME: "a certificate of a year, and long to go", HOSTILE[0]: "a secret of exactly 180 days"}
    for row in (*board.applications, *board.service_principals):
        if not row["passwordCredentials"] and not row["keyCredentials"]:
            continue
        if row["displayName"] in fine:
            board.decoy(KEY, row["id"], fine[row["displayName"]])
        else:
            board.plant(KEY, row["id"], story_of(row), "nobody looks after its keys")


def story_of(row: Json) -> str:
    """What is wrong with the keys of an app, in its own words."""
    return f"keys of {row['displayName']}"


def plant_settings(board: Board) -> None:
    """Sharing with the whole world, and on from there; an invitation that anyone can use; old ways of signing in."""
    for name in ("sharing", "resharing", "match_invited", "legacy_sign_in"):
        board.plant(SETTING, name, name, "stands as Microsoft delivered it")
    board.plant(RIGHT, "user_consent", "everyone lets applications in", "stands as Microsoft delivered it")
    board.decoy(RIGHT, "guest_rights", "a guest sees little of others")
