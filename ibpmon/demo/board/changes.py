"""Single changes in the directory of a board, as a school, an administrator or a system makes them.

Each is complete: the object, what refers to it, the journal, and the line in the audit log.
"""

from datetime import timedelta
from typing import NoReturn

from ibpmon.demo.board import audits, consents, devices, entra_devices, people, places, roles, teams, units
from ibpmon.demo.board.nouns import Board, Contract, Json, Member, Person, stamp

SYNC = "Microsoft Azure AD Sync"


class Gone(LookupError):
    """What a change is about is not there (any more)."""


def keeper(board: Board) -> Person:
    """Who keeps the systems, and does what a review decides."""
    return roles.holder(board, "ICT-beheerder")


def person_of(board: Board, key: str) -> Person:
    """The person behind an account."""
    return next((who for who in board.people if who.id == key), None) or lost(key)


def row_of(rows: list[Json], key: str) -> Json:
    """The row with this id."""
    return next((row for row in rows if row["id"] == key), None) or lost(key)


def lost(key: str) -> NoReturn:
    """Say that something is not there."""
    raise Gone(f"not on this board (any more): {key}")


# ---------------------------------------------------------------- accounts


def hire(board: Board, school: str, function: str) -> Person:
    """Somebody starts today: account, line on the staff list, groups, a laptop; no MFA yet."""
    who = people.hire(board, school, function, mfa="none")
    who.contracts = [Contract(school, board.today)]
    date_account(board, who)
    who.account["employeeHireDate"] = f"{board.today.isoformat()}T00:00:00Z"
    welcome(board, who)
    report(board, who)
    laptop = devices.add_device(board, school, who, devices.STAFF, 0.0)
    laptop["enrolledDateTime"] = f"{stamp(board.now)[:-1]}.1234567Z"
    board.entra_devices.append(entra_devices.twin(board.rng, laptop))
    board.journal.touch("device", board.entra_devices[-1]["id"])
    return who


def enrol(board: Board, school: str, year_group: int) -> Person:
    """A pupil comes to a school."""
    who = people.enrol(board, school, year_group)
    date_account(board, who)
    welcome(board, who)
    report(board, who)
    return who


def invite(board: Board, name: str, partner: str) -> Person:
    """A guest is asked in, and joins the group for partners."""
    guest = people.invite(board, name, partner, "PendingAcceptance")
    date_account(board, guest)
    board.journal.touch("user", guest.id)
    audits.write(board, "Invite external user", keeper(board), guest, board.now)
    report(board, guest)
    return guest


def date_account(board: Board, who: Person) -> None:
    """An account that is made now."""
    who.account |= {"createdDateTime": stamp(board.now), "lastPasswordChangeDateTime": stamp(board.now)}


def welcome(board: Board, who: Person) -> None:
    """A new account in the directory, the roster and the groups that go with the work."""
    board.journal.touch("user", who.id)
    audits.write(board, "Add user", SYNC, who, board.now)
    enlist(board, who)
    for name in groups_for(who):
        join(board, places.group_id(board, name), who)


def groups_for(who: Person) -> list[str]:
    """The groups that go with a school and a function, or with a school and a year."""
    key = who.school
    if who.population == "pupil":
        years = [f"{key} Groep {who.year_group} Leerlingen"] if who.year_group > 4 else []
        return [f"{key} Leerlingen", *years]
    if "eerkracht" in who.function:
        upper = [f"{key} Leerkrachten bovenbouw"] if who.function[-1:] in "678" else []
        own = [f"{key} Groep {who.function[-1:]} Leerlingen"] if who.function[-1:] in "5678" else []
        return [f"{key} Leerkrachten", *upper, *own, f"{key} Schoolplein"]
    office = [f"{key} Administratie"] if "dministratief" in who.function else [f"{key} Personeel"]
    care = [f"{key} Zorgteam"] if who.function == "Intern begeleider" else []
    return [*office, *care, f"{key} Schoolplein"]


def move(board: Board, who: Person, school: str, function: str, *, tidy: bool) -> None:
    """Other work from today on; when nobody tidies up, the old groups stay."""
    old, yesterday = groups_for(who), board.today - timedelta(days=1)
    who.contracts = [Contract(c.school, c.start, min(c.end or yesterday, yesterday)) for c in who.contracts]
    who.contracts.append(Contract(school, board.today))
    settle(board, who, school, function, [] if not tidy else old)


def change_school(board: Board, who: Person, school: str, *, tidy: bool) -> None:
    """A pupil goes to another school of the board."""
    who.moved = board.now if school != who.school else who.moved
    settle(board, who, school, "", groups_for(who) if tidy else [])


def settle(board: Board, who: Person, school: str, function: str, leaving: list[str]) -> None:
    """The new place in the account, the roster and the groups."""
    who.school, who.function = school, function
    who.account["officeLocation"] = board.school(school).name
    if function:
        who.account["jobTitle"] = function
    update(board, who)
    enlist(board, who)
    joining = groups_for(who)
    here = Member("user", who.id)
    for key in [places.group_id(board, name) for name in leaving if name not in joining]:
        if here in board.members[key]:
            leave(board, key, here)
    for name in joining:
        join(board, places.group_id(board, name), who)


def disable(board: Board, who: Person, actor: Person | str = SYNC) -> None:
    """Block an account; the report about registrations has no blocked accounts."""
    who.account["accountEnabled"] = False
    board.journal.touch("user", who.id)
    audits.write(board, "Disable account", actor, who, board.now, changes={"AccountEnabled": ([True], [False])})
    report(board, who)
    renew_roster(board, who)


def delete(board: Board, who: Person, actor: Person | str = SYNC) -> None:
    """An account goes, for now softly: out of every group, role, unit and consent."""
    here = Member("user", who.id)
    for key in [key for key, members in board.members.items() if here in members]:
        leave(board, key, here, quietly=True)
    for key in [key for key, members in board.owners.items() if here in members]:
        leave(board, key, here, "owners", quietly=True)
    board.people.remove(who)
    board.deleted += 1
    strike(board, who)
    forget_rights(board, who.id)
    board.registrations[:] = [row for row in board.registrations if row["id"] != who.id]
    board.sign_in_activity.pop(who.id, None)
    for row in board.risky_users:
        row["isDeleted"] = row["isDeleted"] or row["id"] == who.id
    board.journal.remove("user", who.id, "changed")
    audits.write(board, "Delete user", actor, who, board.now)


def forget_rights(board: Board, key: str) -> None:
    """Roles and consents of an account that goes."""
    for rows in (
        board.role_assignments,
        board.role_eligibility,
        board.role_schedules,
        *board.app_role_assigned.values(),
    ):
        rows[:] = [row for row in rows if row["principalId"] != key]
    for row in [row for row in board.delegated_grants if row["principalId"] == key]:
        board.delegated_grants.remove(row)
        board.journal.remove("oAuth2PermissionGrant", row["id"])
    for members in board.channel_members.values():
        members[:] = [row for row in members if row["userId"] != key]


def update(board: Board, who: Person) -> None:
    """Something in the account changed."""
    board.journal.touch("user", who.id)
    audits.write(board, "Update user", SYNC, who, board.now)


def register(board: Board, who: Person) -> None:
    """Somebody sets up MFA."""
    who.mfa = "capable"
    report(board, who)
    audits.write(board, "User registered security info", who, who, board.now)


def report(board: Board, who: Person) -> None:
    """Write the line of the registration report anew; blocked accounts are not in it."""
    old = next((row for row in board.registrations if row["id"] == who.id), None)
    board.registrations[:] = [row for row in board.registrations if row["id"] != who.id]
    if who.account["accountEnabled"] and who.mfa != "absent":
        row = people.registration(board, who)
        row["isAdmin"] = row["isAdmin"] or bool(old and old["isAdmin"])
        board.registrations.append(row)


# ---------------------------------------------------------------- roster and units


def enlist(board: Board, who: Person) -> None:
    """Put somebody in the unit and the roster of the school."""
    touched = units_of(board, who)
    units.enlist(board, who)
    board.journal.touch("educationUser", who.id)
    touch_units(board, [*touched, *units_of(board, who)])


def strike(board: Board, who: Person) -> None:
    """Take somebody out of every unit and of the roster."""
    touched, listed = units_of(board, who), any(row["id"] == who.id for row in board.education_users)
    units.strike(board, who)
    if listed:
        board.journal.remove("educationUser", who.id)
    touch_units(board, touched)


def renew_roster(board: Board, who: Person) -> None:
    """The roster shows what the account shows."""
    row = next((row for row in board.education_users if row["id"] == who.id), None)
    if row is not None:
        row.update(units.education_user(board, who))
        board.journal.touch("educationUser", who.id)


def units_of(board: Board, who: Person) -> list[str]:
    """The units that hold somebody."""
    here = Member("user", who.id)
    return [key for key, members in board.admin_unit_members.items() if here in members]


def touch_units(board: Board, keys: list[str]) -> None:
    """Their members changed."""
    for key in dict.fromkeys(keys):
        board.journal.touch("administrativeUnit", key)


# ---------------------------------------------------------------- groups


def join(board: Board, key: str, who: Person, into: str = "members", actor: Person | None = None) -> bool:
    """Make somebody a member or owner; whether that is new."""
    here, lists = Member("user", who.id), board.members if into == "members" else board.owners
    if here in lists.setdefault(key, []):
        return False
    lists[key].append(here)
    board.journal.member(key, into, here, left=False)
    if into == "members" and key in board.channels:
        board.channel_members[board.channels[key][0]["id"]].append(teams.member_row(board, who))
    tell_group(board, f"Add {into[:-1]} to group", actor or keeper(board), who, key)
    return True


def leave(board: Board, key: str, who: Member, out_of: str = "members", *, quietly: bool = False) -> None:
    """Take somebody out of a group; quietly when the account goes altogether."""
    lists = board.members if out_of == "members" else board.owners
    if who not in lists.get(key, ()):
        lost(f"{who.id} in {key}")
    lists[key].remove(who)
    board.journal.member(key, out_of, who, left=True)
    if out_of == "members" and key in board.channels:
        rows = board.channel_members[board.channels[key][0]["id"]]
        rows[:] = [row for row in rows if row["userId"] != who.id]
    known = next((person for person in board.people if person.id == who.id), None)
    if known and not quietly:
        tell_group(board, f"Remove {out_of[:-1]} from group", keeper(board), known, key)


def tell_group(board: Board, activity: str, actor: Person, who: Person, key: str) -> None:
    """The line about somebody who came or left."""
    row = next(row for row in board.groups if row["id"] == key)
    gone = activity.startswith("Remove")
    names = {"Group.ObjectID": key, "Group.DisplayName": row["displayName"]}
    changes = {name: (value, None) if gone else (None, value) for name, value in names.items()}
    audits.write(board, activity, actor, [who, row], board.now, changes=changes)


def start_group(board: Board, name: str, founders: list[Person], *, unified: bool) -> str:
    """A new group."""
    key = places.add_group(board, name, "unknown", [], unified=unified)
    row = row_of(board.groups, key)
    row["createdDateTime"] = stamp(board.now)
    board.owners[key] = []
    board.journal.touch("group", key)
    audits.write(board, "Add group", founders[0], row, board.now)
    if unified:
        board.channels[key] = [teams.channel_row(board, "General", "standard")]
        board.channel_members[board.channels[key][0]["id"]] = []
        join(board, key, founders[0], "owners", founders[0])
    for who in founders:
        join(board, key, who, actor=founders[0])
    return key


def end_group(board: Board, key: str) -> None:
    """A group goes, and with it what was in it."""
    row = row_of(board.groups, key)
    here = Member("group", key)
    for outer in [outer for outer, members in board.members.items() if here in members]:
        leave(board, outer, here, quietly=True)
    board.groups.remove(row)
    for channel in board.channels.pop(key, []):
        board.channel_members.pop(channel["id"], None)
    board.members.pop(key)
    board.owners.pop(key, None)
    board.journal.remove("group", key, "changed" if "Unified" in row["groupTypes"] else "deleted")
    audits.write(board, "Delete group", keeper(board), row, board.now)


# ---------------------------------------------------------------- roles, consents, apps, devices


def give_role(board: Board, who: Person, role: str) -> str:
    """A role for somebody."""
    row = roles.assign(board, board.rng, who.id, role, "/")
    board.role_schedules[-1]["startDateTime"] = stamp(board.now)
    for line in board.registrations:
        line["isAdmin"] = line["isAdmin"] or line["id"] == who.id
    tell_role(board, "Add member to role", who, row)
    return str(row["id"])


def take_role(board: Board, key: str) -> str:
    """A role goes; gives whose it was."""
    row = row_of(board.role_assignments, key)
    board.role_assignments.remove(row)
    board.role_schedules[:] = [line for line in board.role_schedules if line["id"] != key]
    holder = next((who for who in board.people if who.id == row["principalId"]), None)
    if holder:
        tell_role(board, "Remove member from role", holder, row)
    return str(row["principalId"])


def tell_role(board: Board, activity: str, who: Person, row: Json) -> None:
    """The line about a role."""
    role = row_of(board.role_definitions, row["roleDefinitionId"])
    names = {"Role.DisplayName": role["displayName"], "Role.TemplateId": role["templateId"]}
    gone = activity.startswith("Remove")
    changes = {name: (value, None) if gone else (None, value) for name, value in names.items()}
    audits.write(board, activity, keeper(board), [who, role], board.now, changes=changes)


def consent(board: Board, who: Person) -> str:
    """Somebody gives a supplier the rights that it asks for."""
    row = consents.delegated(board, board.rng, consents.RISKY, consents.RISKY_SCOPE, who)
    board.delegated_grants.append(row)
    board.journal.touch("oAuth2PermissionGrant", row["id"])
    app = row_of(board.service_principals, row["clientId"])
    asked = {"ConsentAction.Permissions": (None, row["scope"])}
    audits.write(board, "Consent to application", who, app, board.now, changes=asked)
    return str(row["id"])


def withdraw(board: Board, key: str) -> None:
    """A consent goes."""
    row = row_of(board.delegated_grants, key)
    board.delegated_grants.remove(row)
    board.journal.remove("oAuth2PermissionGrant", key)
    app = row_of(board.service_principals, row["clientId"])
    audits.write(board, "Remove delegated permission grant", keeper(board), app, board.now)


def renew_secret(board: Board, app: Json) -> None:
    """A new secret beside the old one, for two years."""
    end = board.now + timedelta(days=730)
    fresh = {"keyId": board.new_id(), "startDateTime": stamp(board.now), "endDateTime": stamp(end), "hint": "new"}
    app["passwordCredentials"] = [*app["passwordCredentials"], {**app["passwordCredentials"][0], **fresh}]
    board.journal.touch("application", app["id"])
    audits.write(board, audits.SECRETS, keeper(board), app, board.now)


def switch_app(board: Board, app: Json) -> None:
    """Block an enterprise app, or let it in again."""
    app["accountEnabled"] = not app["accountEnabled"]
    board.journal.touch("servicePrincipal", app["id"])
    audits.write(board, "Update service principal", keeper(board), app, board.now)


def sync_devices(board: Board) -> int:
    """Most devices in use report; what lay still for three weeks mostly goes on doing so, and in a story always."""
    twins = {row["deviceId"]: row for row in board.entra_devices}
    lines = {row["hostname"]: row for row in board.rmm_devices}
    told = {subject for _rule, subject in board.intended} | {decoy.subject for decoy in board.decoys}
    number = 0
    for device in board.devices:
        age = board.now - entra_devices.read(device["lastSyncDateTime"])
        again = 0 if device["id"] in told else 0.02
        if board.rng.random() < (0.6 if age < timedelta(days=20) else again if age < timedelta(days=90) else 0):
            sync(board, device, twins.get(device["azureADDeviceId"]), lines.get(device["deviceName"]))
            number += 1
    return number


def sync(board: Board, device: Json, twin: Json | None, line: Json | None) -> None:
    """One device reports; the directory is coarse and only notes it after two weeks."""
    at = board.now - timedelta(seconds=board.rng.randint(0, 4 * 3600))
    device |= {"lastSyncDateTime": stamp(at), "complianceState": "compliant"}
    if line:
        line["lastSeen"] = int(at.timestamp() * 1000)
    seen = twin and twin["approximateLastSignInDateTime"]
    if twin and (not seen or at - entra_devices.read(seen) > timedelta(days=14)):
        twin["approximateLastSignInDateTime"] = stamp(at)
        board.journal.touch("device", twin["id"])
