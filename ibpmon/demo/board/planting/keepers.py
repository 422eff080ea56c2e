"""Administrators whom nobody misses, exclusions nobody looks at, owners of apps; and beside each what is in order."""

from ibpmon.demo.board import policies, roles
from ibpmon.demo.board.nouns import OFFICE, Board, Member, Person
from ibpmon.demo.board.places import group_id
from ibpmon.demo.board.planting.identities import STALE, WEAK
from ibpmon.demo.board.truth import keepers as truth

UNUSED, NOTHING, GREW, ALONE = (
    "unused-admin-account", "access-exclusion-to-nothing", "access-exclusion-grew", "access-exclusion-without-fallback"
)  # fmt: skip
OWNED, NO_MFA, NOBODY = "privileged-app-has-owner", "app-owner-without-mfa", "app-without-owner"


def plant_keepers(board: Board) -> None:
    """After roles, policies and apps are there, and before heavy roles get their names."""
    with board.chance("planting", "keepers"):
        plant_unused(board)
        plant_exclusions(board)
        plant_owners(board)


# ---------------------------------------------------------------- administrators whom nobody misses


def plant_unused(board: Board) -> None:
    """Idle teachers with a heavy role; one who was there a day later than the limit, and emergency accounts."""
    idle = {variant: who for (rule, who), (variant, _why) in board.intended.items() if rule == STALE}
    for variant in ("exactly 45 days", "no success was ever noted", "substitute, exactly 120 days"):
        make_administrator(board, idle[variant])
        board.plant(UNUSED, idle[variant], variant, "nobody uses this administrator")
    nearly = next(
        decoy.subject for decoy in board.decoys if decoy.rule == STALE and "44.5 days" in decoy.false_positive
    )
    make_administrator(board, nearly)
    board.decoy(UNUSED, nearly, "nearly 45 days")
    for person in board.people:
        if person.population == "break_glass":
            board.decoy(UNUSED, person.id, "emergency account")
    for rule, who, _role in truth.find_unused_admins(board):
        board.intended.setdefault((rule, who), ("grew over the years", "nobody took the role away"))


def make_administrator(board: Board, who: str) -> None:
    """A heavy role, without a key."""
    roles.assign(board, board.rng, who, "SharePoint Administrator", "/")
    board.plant(WEAK, who, "idle, with a heavy role", "holds a heavy role without a key")


# ---------------------------------------------------------------- exclusions


def plant_exclusions(board: Board) -> None:
    """Groups that are too large, ids of what is gone, and a group for which another policy is."""
    keys = [school.key for school in board.schools[: board.scale.schools]]
    for number, key in zip((3, 5, 6), keys, strict=False):
        leave_out(board, number, "excludeGroups", group_id(board, f"{key} Personeel"))
    leave_out(board, 4, "excludeGroups", group_id(board, f"{keys[0]} Leerkrachten"))
    for number, side in ((2, "excludeUsers"), (5, "excludeGroups")):
        leave_out(board, number, side, board.new_id())
    care = group_id(board, f"{keys[0]} Zorgteam")
    leave_out(board, 1, "excludeGroups", care)
    asked = policies.when(policies.users([], includeGroups=[care])) | {
        "grantControls": policies.grant(["compliantDevice"])
    }
    board.ca_policies.append(policies.policy(board.new_id(), "CA11 Zorgteam op beheerd apparaat") | asked)
    names = {policy["id"]: policy["displayName"] for policy in board.ca_policies}
    for rule, policy, _ in truth.find_exclusions(board):
        board.intended.setdefault((rule, policy), (f"in {names[policy]}", "nobody looks at who is left out"))
    by_number = [str(policy["id"]) for policy in board.ca_policies]
    board.decoy(ALONE, by_number[1], "another policy is for the same group")
    board.decoy(ALONE, by_number[4], "a policy that only reports")
    board.decoy(GREW, by_number[2], "persons only")
    board.decoy(GREW, by_number[0], "a person, and a group of a few")
    board.decoy(NOTHING, by_number[1], "a group that is there")
    board.decoy(NOTHING, by_number[3], "emergency accounts, and a group that is there")


def leave_out(board: Board, number: int, side: str, what: str) -> None:
    """One more exclusion in a policy; some policies have the same list."""
    users = board.ca_policies[number]["conditions"]["users"]
    users[side] = [*users[side], what]


# ---------------------------------------------------------------- owners of apps


def plant_owners(board: Board) -> None:
    """Owners of apps that write everywhere, owners without a second step, apps of nobody; ours is on the list."""
    apps = {row["displayName"]: str(row["id"]) for row in board.applications}
    names = list(apps)
    odd = next(name for name in names if name not in KNOWN)
    ict, head = roles.holder(board, "ICT-beheerder"), roles.holder(board, "Bestuurder")
    weak = without_mfa(board, 3)
    pupil = next(p for p in reversed(board.people) if p.population == "pupil" and not p.cast)
    pupil.cast = True
    board.plant("pupil-with-power", pupil.id, "owns an app", "a pupil can make a key for an app")
    for name, people in (
        ("Reservekopie cloud", [ict]),
        ("Koppeling leerlingadministratie", [head, ict]),
        ("Roosterkoppeling", weak[:1]),
        ("Ouderportaal", weak[1:2]),
        (odd, [weak[2], pupil]),
    ):
        board.app_owners[apps[name]] = [Member("user", person.id) for person in people]
    for finder, why in (
        (truth.find_owners, "an owner can make a key"),
        (truth.find_ownerless, "nobody answers for it"),
    ):
        for rule, app, _ in finder(board):
            name = next((name for name, key in apps.items() if key == app), app)
            board.intended.setdefault((rule, app), (name, why))
    board.decoy(OWNED, apps["Ouderportaal"], "an app that may do little")
    board.decoy(OWNED, apps["ibpmon"], "an app without an owner")
    board.decoy(NO_MFA, apps["Reservekopie cloud"], "an owner with a second step")
    board.decoy(NO_MFA, apps["ibpmon"], "an app without an owner")
    board.decoy(NOBODY, apps["ibpmon"], "somebody of the list answers for it")
    board.decoy(NOBODY, apps["Ouderportaal"], f"an owner, though not at {OFFICE}")


KNOWN = (
    "Roosterkoppeling", "ibpmon", "Reservekopie cloud", "Koppeling leerlingadministratie", "Ouderportaal",
    "Proef van vorig jaar", "Klassenassistent (agent)", "test123",
)  # fmt: skip


def without_mfa(board: Board, number: int) -> list[Person]:
    """People whose account is on, and who cannot sign in with a second step."""
    weak = {row["id"] for row in board.registrations if not row["isMfaCapable"]}
    found = [p for p in board.people if p.id in weak and p.account["accountEnabled"] and p.population == "staff"]
    return found[:number]
