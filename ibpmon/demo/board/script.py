"""Time passes: what a board does from day to day, the same for the same board, and what is taken away after a review.

A day is planned when it begins and carried out as far as the clock comes, so that two small steps are one large one.
"""

import bisect
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from ibpmon.demo.board import (
    activity,
    background,
    changes,
    last_seen,
    libraries,
    places,
    rmm,
    sharing,
    truth,
)
from ibpmon.demo.board.names import full_name
from ibpmon.demo.board.nouns import NOBODY, Board, Contract, Json, Member, Person, SignIn, stamp
from ibpmon.demo.board.planting.accounts import ACTIVE, MFA, SIGNED_IN
from ibpmon.demo.board.planting.pupils import PUPIL
from ibpmon.demo.board.planting.sign_ins import MANY
from ibpmon.demo.board.planting.stories import burst

MOBILE = ("eerkracht", "assistent", "Conciërge")
ROLES = ("Helpdesk Administrator", "Teams Administrator", "User Administrator")
BY_THE_SCRIPT = "by the script"


class Event(NamedTuple):
    """Something that happened."""

    at: datetime
    kind: str
    subject: str  # the account, group, item or site that it is about
    object: str = ""  # the group, library or right


class Removal(NamedTuple):
    """Something that a review wants gone.

    kind: member, owner, account, root right, item right, site member, site admin, role, consent.
    place: the group, library, item or site; empty for an account, role or consent.
    what: the account or member, the right, the login name, the role assignment, the consent.
    """

    kind: str
    place: str
    what: str


class Planned(NamedTuple):
    """Something on the agenda; `number` keeps the order and gives it a chance of its own."""

    at: datetime
    number: int
    verb: str
    about: tuple[str, ...] = ()


Found = tuple[str, str] | None  # subject and object of what happened; None when there was nothing to do


def advance(board: Board, until: datetime) -> list[Event]:
    """Let everything happen up to that moment, and tell the truth anew."""
    events: list[Event] = []
    while True:
        midnight = activity.local((board.planned or board.today) + timedelta(days=1), 0)
        if board.planned is None:
            plan(board, board.today)
        elif midnight <= until and not (board.agenda and board.agenda[0].at < midnight):
            board.now = midnight
            let_in(board)
            plan(board, board.today)
        elif board.agenda and board.agenda[0].at <= until:
            events += carry_on(board, board.agenda.pop(0))
        else:
            break
    board.now = max(board.now, until)
    let_in(board)
    board.truth = truth.tell(board)
    return events


def carry_out(board: Board, removal: Removal) -> Event:
    """Do what a review decided, as an administrator does it; Gone when somebody was first."""
    with board.chance("removal", board.journal.version, *removal):
        REMOVALS[removal.kind](board, removal.place, removal.what)
    board.truth = truth.tell(board)
    return Event(board.now, f"removed {removal.kind}", removal.what, removal.place)


def remove_account(board: Board, _: str, key: str) -> None:
    """Block an account."""
    changes.disable(board, changes.person_of(board, key), changes.keeper(board))


def remove_member(board: Board, place: str, key: str) -> None:
    """Take a person or a group out of a group."""
    changes.leave(board, place, member_in(board.members, place, key))


def remove_owner(board: Board, place: str, key: str) -> None:
    """Take an owner from a group."""
    changes.leave(board, place, member_in(board.owners, place, key), "owners")


def remove_item_right(board: Board, item: str, key: str) -> None:
    """Take a link or right from an item."""
    found = ((drive, row) for drive, rows in board.items.items() for row in rows if row["id"] == item)
    drive, row = next(found, None) or changes.lost(item)
    sharing.unshare(board, drive, row, key, changes.keeper(board))


def member_in(lists: dict[str, list[Member]], place: str, key: str) -> Member:
    """A member as it stands in the group."""
    return next((member for member in lists.get(place, ()) if member.id == key), None) or changes.lost(key)


REMOVALS: dict[str, Callable[[Board, str, str], object]] = {
    "account": remove_account,
    "member": remove_member,
    "owner": remove_owner,
    "root right": lambda board, place, what: sharing.close_library(board, place, what, changes.keeper(board)),
    "item right": remove_item_right,
    "site member": sharing.dismiss,
    "site admin": sharing.remove_admin,
    "role": lambda board, _, what: changes.take_role(board, what),
    "consent": lambda board, _, what: changes.withdraw(board, what),
}


# ---------------------------------------------------------------- a day


def plan(board: Board, day: date) -> None:
    """Put on the agenda what happens on this day; of the first day only what is still to come."""
    board.planned = day
    with board.chance("day", day) as rng:
        for verb, rate in rates(board, day):
            for _ in range(int(rate + rng.random())):
                enter(board, activity.local(day, rng.triangular(7.6, 17.2, 10.5)), verb)
        enter(board, activity.local(day, 12.0), "devices report")
        board.coming = sorted(sign_ins_of(board, day), key=activity.newest_first, reverse=True)


def enter(board: Board, at: datetime, verb: str, *about: str) -> None:
    """One more line on the agenda, unless its time is past."""
    board.steps += 1
    if at > board.now:
        bisect.insort(board.agenda, Planned(at, board.steps, verb, about))


def later(board: Board, days: float, verb: str, *about: str) -> None:
    """Something that follows from what happens now."""
    enter(board, board.now + timedelta(days=days), verb, *about)


def rates(board: Board, day: date) -> Iterator[tuple[str, float]]:
    """How often each thing happens on such a day, on average, by the size of the board."""
    size = board.scale.staff / 400
    work = 1.0 if day.weekday() < 5 else 0.08
    for verb, least, more in RATES:
        yield verb, (least + more * size) * work


def sign_ins_of(board: Board, day: date) -> list[SignIn]:
    """The sign-ins of a day that are still to come, typed and silent; now and then an attack is among them."""
    kept, board.sign_ins = board.sign_ins, []
    try:
        activity.a_day(board, day)
        if board.rng.random() < 0.1 + 0.1 * board.scale.staff / 400:
            attack(board, day)
        typed = board.sign_ins
    finally:
        board.sign_ins = kept
    silent = background.of_a_day(board, board.rng, day, typed)
    return [row for row in (*typed, *silent) if row.at > board.now]


def attack(board: Board, day: date) -> None:
    """Somebody tries passwords on one account."""
    who = pick(board, free_staff(board))
    source = f"198.{board.rng.randint(18, 19)}.{board.rng.randint(0, 249)}.{board.rng.randint(210, 250)}"
    begin = activity.local(day, board.rng.uniform(17.5, 22.5))
    burst(board, who, begin, board.rng.randint(12, 30), 600, [source])
    board.plant(MANY, who.id, BY_THE_SCRIPT, "somebody tries passwords on this account")


def let_in(board: Board) -> None:
    """Write the sign-ins up to now in the log: not those of accounts that are gone, nor successes of blocked ones."""
    fresh = []
    while board.coming and board.coming[-1].at <= board.now:
        fresh.append(board.coming.pop())
    if fresh:
        able = {person.account["id"]: person.account["accountEnabled"] for person in board.people}
        able |= dict.fromkeys((NOBODY, *(row["id"] for row in board.service_principals)), True)
        note(board, [row for row in fresh if row.account in able and (able[row.account] or row.code)])


def note(board: Board, rows: list[SignIn]) -> None:
    """Write sign-ins in the log, and with each account when it was last seen; the rows come in order of time."""
    typed = [row for row in reversed(rows) if row.kind == "interactiveUser"]
    silent = [row for row in reversed(rows) if row.kind != "interactiveUser"]
    board.sign_ins[:0] = typed
    board.other_sign_ins[:0] = silent
    people = {person.account["id"] for person in board.people}
    for key, seen in last_seen.newest_rows(typed, silent).items():
        if key in people:
            known = board.sign_in_activity.get(key, {})
            board.sign_in_activity[key] = {**known, **last_seen.told(seen, known)}


def carry_on(board: Board, planned: Planned) -> list[Event]:
    """Let one thing happen; what it was about may be gone meanwhile."""
    board.now = planned.at
    if planned.verb in STOPPING:
        let_in(board)
    with board.chance("step", planned.number):
        try:
            found = VERBS[planned.verb](board, *planned.about)
        except changes.Gone:
            found = None
    return [Event(planned.at, planned.verb, *found)] if found else []


T = TypeVar("T")


def pick(board: Board, among: Sequence[T]) -> T:
    """One of these; when there are none, there is nothing to do."""
    return board.rng.choice(among) if among else changes.lost("nothing to choose from")


# ---------------------------------------------------------------- people


def free_staff(board: Board) -> list[Person]:
    """Staff without a part in a story, whose work can change and who stay for now."""
    return [
        person
        for person in board.people
        if person.population == "staff"
        and not person.cast
        and person.account["accountEnabled"]
        and any(word in person.function for word in MOBILE)
        and not any(contract.end for contract in person.contracts[-1:])
    ]


def free_pupils(board: Board) -> list[Person]:
    """Pupils without a part in a story."""
    return [p for p in board.people if p.population == "pupil" and not p.cast and p.account["accountEnabled"]]


def some_school(board: Board) -> str:
    """A school, not the office."""
    return pick(board, board.schools[: board.scale.schools]).key


def join_staff(board: Board) -> Found:
    """A starter, who sets up MFA within the week, or forgets."""
    function = pick(board, ("Leerkracht groep 3", "Leerkracht groep 6", "Onderwijsassistent"))
    who = changes.hire(board, some_school(board), function)
    if board.rng.random() < 0.75:
        later(board, board.rng.uniform(0.1, 6), "mfa registered", who.id)
    else:
        board.plant(MFA, who.id, BY_THE_SCRIPT, "started, and never set up MFA")
        later(board, board.rng.uniform(9, 20), "mfa registered", who.id)
    return who.id, who.school


def register(board: Board, key: str) -> Found:
    """Somebody sets up MFA."""
    changes.register(board, changes.person_of(board, key))
    return key, ""


def move_staff(board: Board) -> Found:
    """Other work at another school; one in three times the old groups stay."""
    who, school = pick(board, free_staff(board)), some_school(board)
    changes.move(board, who, school, f"Leerkracht groep {board.rng.randint(1, 8)}", tidy=board.rng.random() < 0.65)
    return who.id, school


def give_notice(board: Board) -> Found:
    """Somebody leaves within days: the last day stands on the staff list, the account stays on until after that."""
    who = pick(board, free_staff(board))
    last = board.today + timedelta(days=board.rng.randint(0, 6))
    who.contracts = [Contract(c.school, c.start, c.end or last) for c in who.contracts]
    days = (last - board.today).days
    if board.rng.random() < 0.6:
        later(board, days + board.rng.uniform(0.2, 0.4), "account blocked", who.id)
    else:
        board.plant(ACTIVE, who.id, BY_THE_SCRIPT, "left, and nobody blocked the account")
        later(board, days + 25, "account blocked", who.id)
        if board.rng.random() < 0.5:
            later(board, days + board.rng.uniform(2, 4), "leaver came back", who.id)
    return who.id, last.isoformat()


def block(board: Board, key: str) -> Found:
    """An account is blocked."""
    who = changes.person_of(board, key)
    if not who.account["accountEnabled"]:
        return None
    changes.disable(board, who)
    return key, ""


def come_back(board: Board, key: str) -> Found:
    """Somebody who left signs in."""
    who = changes.person_of(board, key)
    if not who.account["accountEnabled"] or who.at_work(board.today):
        return None
    note(board, [SignIn(board.new_id(), board.now, key, who.home, 0, 0, "home")])
    board.plant(SIGNED_IN, key, BY_THE_SCRIPT, "signed in after the last day")
    return key, ""


def join_pupils(board: Board) -> Found:
    """A new pupil."""
    who = changes.enrol(board, some_school(board), board.rng.randint(1, 8))
    return who.id, who.school


def lose_pupil(board: Board) -> Found:
    """A pupil leaves; the account goes after a week."""
    who = pick(board, free_pupils(board))
    who.enrolled, who.left = False, board.today
    changes.disable(board, who)
    later(board, 7, "account deleted", who.id)
    return who.id, who.school


def delete(board: Board, key: str) -> Found:
    """An account goes."""
    changes.delete(board, changes.person_of(board, key))
    return key, ""


def move_pupil(board: Board) -> Found:
    """A pupil goes to another school of the board; one in five times the old groups stay."""
    who, school = pick(board, free_pupils(board)), some_school(board)
    changes.change_school(board, who, school, tidy=board.rng.random() < 0.8)
    return who.id, school


def misplace_pupil(board: Board) -> Found:
    """A pupil comes into a group of the staff by mistake; half of the time somebody notices."""
    who = pick(board, free_pupils(board))
    key = places.group_id(board, f"{who.school} {pick(board, ('Zorgteam', 'Personeel', 'Leerkrachten'))}")
    if not changes.join(board, key, who):
        return None
    board.plant(PUPIL, who.id, BY_THE_SCRIPT, "was put into a group of the staff by mistake")
    if board.rng.random() < 0.5:
        later(board, board.rng.uniform(2, 8), "member left", key, who.id)
    return who.id, key


def invite_guest(board: Board) -> Found:
    """A guest is asked in, and mostly comes the next day."""
    name = f"{full_name(board.rng)[0]}{board.next_number}"
    guest = changes.invite(board, name, f"samenwerking{board.rng.randint(0, 3)}.example")
    changes.join(board, places.group_id(board, "Samenwerking met partners"), guest)
    if board.rng.random() < 0.8:
        later(board, 1.1, "guest accepted", guest.id)
    return guest.id, ""


def accept(board: Board, key: str) -> Found:
    """A guest says yes."""
    guest = changes.person_of(board, key)
    guest.account["externalUserState"] = "Accepted"
    changes.update(board, guest)
    return key, ""


def lose_guest(board: Board) -> Found:
    """A guest is not needed any more."""
    guest = pick(board, [p for p in board.people if p.population == "guest" and not p.cast][3:])
    changes.delete(board, guest, changes.keeper(board))
    return guest.id, ""


# ---------------------------------------------------------------- groups, roles, apps


def join_group(board: Board) -> Found:
    """Somebody of the staff comes into a group, of any school."""
    who, row = pick(board, free_staff(board)), pick(board, board.groups)
    return (who.id, str(row["id"])) if changes.join(board, str(row["id"]), who) else None


def leave_group(board: Board, place: str = "", key: str = "") -> Found:
    """Somebody goes out of a group: this one, or anyone of the staff anywhere."""
    if not place:
        free = {person.id for person in free_staff(board)}
        inside = ((group, member.id) for group, members in board.members.items() for member in members)
        place, key = pick(board, [pair for pair in inside if pair[1] in free])
    changes.leave(board, place, Member("user", key))
    return key, place


def change_owner(board: Board) -> Found:
    """A team gets an owner, or loses the last that came."""
    row = pick(board, [row for row in board.groups if "Unified" in row["groupTypes"]])
    owners = board.owners.get(row["id"], [])
    if len(owners) > 1 and board.rng.random() < 0.5:
        changes.leave(board, row["id"], owners[-1], "owners")
        return owners[-1].id, str(row["id"])
    who = pick(board, free_staff(board))
    return (who.id, str(row["id"])) if changes.join(board, row["id"], who, "owners") else None


def start_group(board: Board) -> Found:
    """A few people start a group."""
    founders = board.rng.sample(free_staff(board), 3)
    name = f"{founders[0].school} Werkgroep {pick(board, places.PROJECTS)} {board.steps}"
    return changes.start_group(board, name, founders, unified=board.rng.random() < 0.6), ""


def end_group(board: Board) -> Found:
    """A group that started not long ago is over."""
    begun = stamp(board.born or board.now)
    row = pick(board, [row for row in board.groups if row["createdDateTime"] > begun])
    changes.end_group(board, row["id"])
    return str(row["id"]), ""


def give_role(board: Board) -> Found:
    """Somebody gets a role for a while."""
    who = pick(board, free_staff(board))
    key = changes.give_role(board, who, pick(board, ROLES))
    later(board, board.rng.uniform(4, 12), "role taken", key)
    return who.id, key


def take_role(board: Board, key: str) -> Found:
    """A role goes."""
    return changes.take_role(board, key), key


def consent(board: Board) -> Found:
    """Somebody gives a supplier access to the mail."""
    who = pick(board, free_staff(board))
    return who.id, changes.consent(board, who)


def withdraw(board: Board) -> Found:
    """The consent of one person goes."""
    key = pick(board, [row["id"] for row in board.delegated_grants if row["consentType"] == "Principal"])
    changes.withdraw(board, key)
    return key, ""


def renew_secret(board: Board) -> Found:
    """An app gets a new secret."""
    app = pick(board, [row for row in board.applications if row["passwordCredentials"]])
    changes.renew_secret(board, app)
    return str(app["id"]), ""


def switch_app(board: Board) -> Found:
    """The app of a supplier is blocked, or let in again."""
    app = next(row for row in board.service_principals if row["displayName"] == "Toetskast")
    changes.switch_app(board, app)
    return str(app["id"]), ""


def report_devices(board: Board) -> Found:
    """The devices in use report; at the weekend next to none."""
    if board.today.weekday() > 4:
        return None
    return str(changes.sync_devices(board)), ""


def look_along(board: Board) -> Found:
    """ICT takes over a screen; one in four was never asked."""
    row = rmm.session(board, board.now) | {"date": rmm.millis(board.now)}
    if int(str(row["id"])[:2], 16) % 4:
        rmm.agree(board, row)
    else:
        rmm.note(board, row)
    return str(row["id"]), str(row["hostname"])


# ---------------------------------------------------------------- files and sites


def some_drive(board: Board) -> str:
    """A library."""
    return pick(board, list(board.items))


def some_item(board: Board, *, file: bool = False) -> tuple[str, Json]:
    """A folder or file in some library."""
    drive = some_drive(board)
    return drive, pick(board, [row for row in board.items[drive][1:] if not file or "file" in row])


def write_file(board: Board) -> Found:
    """A new document."""
    drive = some_drive(board)
    return sharing.write_file(board, drive, pick(board, free_staff(board))), drive


def edit_file(board: Board) -> Found:
    """A document is saved again."""
    drive, row = some_item(board, file=True)
    sharing.edit_file(board, drive, row)
    return str(row["id"]), drive


def throw_away(board: Board) -> Found:
    """A document goes."""
    drive, row = some_item(board, file=True)
    sharing.throw_away(board, drive, row)
    return str(row["id"]), drive


def share(board: Board) -> Found:
    """A link, with or without an end, or a right for a colleague."""
    drive, row = some_item(board)
    staff = free_staff(board)
    kind = pick(board, ("anonymous", "anonymous until", "organization", "users", "right"))
    if kind == "right":
        grant = places.to_user(board, pick(board, staff), "write")
    else:
        ends = stamp(board.now + timedelta(days=board.rng.randint(1, 30))) if kind.endswith("until") else None
        grant = libraries.link(board, kind.split()[0], pick(board, ("view", "edit")), ends)
    sharing.share(board, drive, row, grant, pick(board, staff))
    return str(row["id"]), str(grant["id"])


def unshare(board: Board) -> Found:
    """A link goes."""
    drive, row = some_item(board)
    for _ in range(200):
        links = [g for g in board.item_permissions.get(row["id"], ()) if "link" in g and "inheritedFrom" not in g]
        if links:
            sharing.unshare(board, drive, row, links[0]["id"], changes.keeper(board))
            return str(row["id"]), str(links[0]["id"])
        drive, row = some_item(board)
    return None


def open_library(board: Board) -> Found:
    """A colleague gets a right on a whole library."""
    drive, who = some_drive(board), pick(board, free_staff(board))
    grant = places.to_user(board, who, pick(board, ("read", "write")))
    sharing.open_library(board, drive, grant, changes.keeper(board))
    later(board, board.rng.uniform(1, 20), "library closed", drive, str(grant["id"]))
    return drive, str(grant["id"])


def close_library(board: Board, drive: str, key: str) -> Found:
    """That right goes."""
    sharing.close_library(board, drive, key, changes.keeper(board))
    return drive, key


def found_site(board: Board) -> Found:
    """A new site, for the group of some staff."""
    groups = [row for row in board.groups if board.zones[row["id"]] == "staff"]
    row = pick(board, groups)
    name = f"{str(row['displayName'])[:3]} Nieuw {pick(board, places.PROJECTS)} {board.steps}"
    return sharing.found_site(board, name, row["id"]), str(row["id"])


def rename_site(board: Board) -> Found:
    """A site of a project gets another name."""
    row = pick(board, [row for row in board.sites if is_young(board, row)])
    sharing.rename_site(board, row["id"], f"{row['displayName']} (af)")
    return str(row["id"]), ""


def close_site(board: Board) -> Found:
    """A site of a project goes."""
    row = pick(board, [row for row in board.sites if is_young(board, row)])
    sharing.close_site(board, row["id"])
    return str(row["id"]), ""


def is_young(board: Board, row: Json) -> bool:
    """Whether the script itself made this site."""
    return bool(row["createdDateTime"] > stamp(board.born or board.now))


def some_site(board: Board) -> str:
    """A site that is nobody's own."""
    return str(pick(board, [row for row in board.sites if not row["isPersonalSite"]])["id"])


def admit(board: Board) -> Found:
    """Somebody comes into the SharePoint group of a site, and out of it again some day."""
    site, who = some_site(board), pick(board, free_staff(board))
    login = sharing.admit(board, site, who)
    later(board, board.rng.uniform(2, 25), "site member left", site, login)
    return login, site


def dismiss(board: Board, site: str, login: str) -> Found:
    """Somebody goes out of the SharePoint group."""
    sharing.dismiss(board, site, login)
    return login, site


def appoint(board: Board) -> Found:
    """Somebody becomes site admin."""
    site, who = some_site(board), pick(board, free_staff(board))
    login = sharing.appoint(board, site, who)
    later(board, board.rng.uniform(5, 25), "site admin removed", site, login)
    return login, site


def remove_admin(board: Board, site: str, login: str) -> Found:
    """Somebody is no site admin any more."""
    sharing.remove_admin(board, site, login)
    return login, site


VERBS: dict[str, Callable[..., Found]] = {
    "staff joined": join_staff,
    "mfa registered": register,
    "staff moved": move_staff,
    "notice given": give_notice,
    "account blocked": block,
    "leaver came back": come_back,
    "pupil joined": join_pupils,
    "pupil left": lose_pupil,
    "account deleted": delete,
    "pupil moved": move_pupil,
    "pupil misplaced": misplace_pupil,
    "guest invited": invite_guest,
    "guest accepted": accept,
    "guest removed": lose_guest,
    "member joined": join_group,
    "member left": leave_group,
    "owner changed": change_owner,
    "group started": start_group,
    "group ended": end_group,
    "role given": give_role,
    "role taken": take_role,
    "consent given": consent,
    "consent withdrawn": withdraw,
    "secret renewed": renew_secret,
    "app switched": switch_app,
    "devices report": report_devices,
    "screen taken over": look_along,
    "file written": write_file,
    "file edited": edit_file,
    "file thrown away": throw_away,
    "item shared": share,
    "item unshared": unshare,
    "library opened": open_library,
    "library closed": close_library,
    "site founded": found_site,
    "site renamed": rename_site,
    "site closed": close_site,
    "site member joined": admit,
    "site member left": dismiss,
    "site admin appointed": appoint,
    "site admin removed": remove_admin,
}
# the log must be up to date before an account stops, or comes back
STOPPING = frozenset(("account blocked", "account deleted", "pupil left", "guest removed", "leaver came back"))
# how often on a school day: on any board, and more for each four hundred staff
RATES: tuple[tuple[str, float, float], ...] = (
    ("staff joined", 0.3, 0.5),
    ("staff moved", 0.2, 0.3),
    ("notice given", 0.3, 0.4),
    ("pupil joined", 0.3, 1.0),
    ("pupil left", 0.3, 1.0),
    ("pupil moved", 0.1, 0.3),
    ("pupil misplaced", 0.1, 0.1),
    ("guest invited", 0.2, 0.4),
    ("guest removed", 0.1, 0.2),
    ("member joined", 1.0, 4.0),
    ("member left", 0.6, 3.0),
    ("owner changed", 0.3, 0.5),
    ("group started", 0.15, 0.3),
    ("group ended", 0.1, 0.15),
    ("role given", 0.15, 0.1),
    ("consent given", 0.15, 0.2),
    ("consent withdrawn", 0.1, 0.1),
    ("secret renewed", 0.1, 0.05),
    ("app switched", 0.1, 0.0),
    ("screen taken over", 1.0, 1.0),
    ("file written", 2.0, 10.0),
    ("file edited", 3.0, 20.0),
    ("file thrown away", 1.0, 4.0),
    ("item shared", 1.0, 3.0),
    ("item unshared", 0.5, 2.0),
    ("library opened", 0.4, 0.8),
    ("site founded", 0.15, 0.1),
    ("site renamed", 0.1, 0.05),
    ("site closed", 0.05, 0.05),
    ("site member joined", 0.5, 1.0),
    ("site admin appointed", 0.2, 0.3),
)
