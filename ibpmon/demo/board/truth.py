"""The truth about a board: the definitions of the rules, applied in the plainest way to everything in it.

This is not the engine's way (no database, no Sigma, no windows in SQL), and it uses nothing of the engine: a
mistake in the one is not repeated in the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from ibpmon.demo.board.activity import LOCKED, WRONG_PASSWORD
from ibpmon.demo.board.nouns import AMSTERDAM, Board, Json, Person, Planted, SignIn

Finding = tuple[str, str, str]
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


def tell(board: Board) -> Json:
    """Everything that is true at this moment, each with its story.

    On the board as it was made an unplanned truth is a mistake of ours. Later stories end, and what nobody
    planned becomes true: a laptop stays in a bag, a starter forgets to register.
    """
    found = set(find_all(board))
    planted = [Planted(*finding, *story(board, finding)) for finding in sorted(found)]
    true = {(rule, subject) for rule, subject, _ in found}
    missing = set() if has_lived(board) else set(board.intended) - true
    decoys = [decoy for decoy in board.decoys if (decoy.rule, decoy.subject) not in true or not has_lived(board)]
    false = [decoy for decoy in decoys if (decoy.rule, decoy.subject) in true]
    if missing or false:
        raise AssertionError(f"planted but not true: {sorted(missing)}; decoy and true: {false}")
    return {
        "seed": board.seed,
        "size": board.size,
        "at": board.now.isoformat(),
        "counts": counts(board, planted),
        "planted": [row._asdict() for row in planted],
        "decoys": [row._asdict() for row in decoys],
    }


def has_lived(board: Board) -> bool:
    """Whether anything happened since the board was made."""
    return board.journal.version > 0 or (board.born is not None and board.now > board.born)


def find_all(board: Board) -> Iterator[Finding]:
    """All findings of all rules."""
    yield from find_without_mfa(board)
    yield from find_active_leavers(board)
    yield from find_leavers_signed_in(board)
    yield from find_pupils_in_staff_areas(board)
    yield from find_many_failures(board)
    yield from find_sprays(board)
    yield from find_stale_devices(board)


def story(board: Board, finding: Finding) -> tuple[str, str]:
    """The variant and the reason of a finding."""
    rule, subject, _ = finding
    if (rule, subject) not in board.intended and has_lived(board):
        return "came with time", "nothing was done about it in time"
    if (rule, subject) not in board.intended:
        raise AssertionError(f"true but not planted: {finding}")
    return board.intended[(rule, subject)]


def find_without_mfa(board: Board) -> Iterator[Finding]:
    """Enabled staff accounts of seven days and older that are in the report without MFA."""
    able = {row["id"]: row["isMfaCapable"] for row in board.registrations}
    for person in enabled_staff(board):
        created = person.account["createdDateTime"]
        # an account without this date is older than June 2018
        age = board.now - read(created) if created else timedelta(days=9999)
        if age >= timedelta(days=7) and able.get(person.id) is False:
            yield "account-without-mfa", person.id, ""


def find_active_leavers(board: Board) -> Iterator[Finding]:
    """Enabled staff accounts whose last contract ended yesterday or before."""
    for person in enabled_staff(board):
        end = last_day(person)
        if end and (board.today - end).days >= 1:
            yield "leaver-still-active", person.id, ""


def find_leavers_signed_in(board: Board) -> Iterator[Finding]:
    """Staff accounts with a success on a day after the last day of the last contract."""
    ends = {p.id: end for p in board.people if p.population == "staff" and (end := last_day(p))}
    for row in board.sign_ins:
        if row.code == 0 and row.account in ends and row.at.astimezone(AMSTERDAM).date() > ends[row.account]:
            yield "leaver-signed-in", row.account, ""


def find_pupils_in_staff_areas(board: Board) -> Iterator[Finding]:
    """Pupil accounts with each staff group and staff site that they reach."""
    above = groups_above(board)
    doors = staff_doors(board)
    for person in board.people:
        if person.population != "pupil":
            continue
        mine = climb(person.id, above)
        reached = {group for group in mine if board.zones[group] == "staff"}
        reached |= {site for key in (person.id, *mine) for site in doors.get(key, ())}
        for place in reached:
            yield "pupil-reaches-staff-area", person.id, place


def groups_above(board: Board) -> dict[str, set[str]]:
    """For each member the groups that hold it directly."""
    above: dict[str, set[str]] = defaultdict(set)
    for group, members in board.members.items():
        for member in members:
            above[member.id].add(group)
    return above


def climb(start: str, above: dict[str, set[str]]) -> set[str]:
    """All groups that hold this member, however deep; circles end by themselves."""
    seen: set[str] = set()
    ahead = list(above.get(start, ()))
    while ahead:
        group = ahead.pop()
        if group not in seen:
            seen.add(group)
            ahead += above.get(group, ())
    return seen


def staff_doors(board: Board) -> dict[str, set[str]]:
    """For each user or group with a right on a library the staff sites that it opens."""
    doors: dict[str, set[str]] = defaultdict(set)
    for site, drives in board.drives.items():
        if board.zones[site] != "staff":
            continue
        for grant in (grant for drive in drives for grant in board.permissions[drive["id"]]):
            granted = grant.get("grantedToV2", {})
            for who in (granted.get("user"), granted.get("group")):
                if who:
                    doors[who["id"]].add(site)
    return doors


def find_many_failures(board: Board) -> Iterator[Finding]:
    """Accounts with many failures in a quarter: ten from outside, or twenty at school."""
    inside = {school.address for school in board.schools}
    outer: dict[str, list[datetime]] = defaultdict(list)
    inner: dict[str, list[datetime]] = defaultdict(list)
    for row in failures(board):
        (inner if row.address in inside else outer)[row.account].append(row.at)
    yield from (("many-failed-sign-ins", who, "") for who, at in outer.items() if crowded(at, 10))
    yield from (("many-failed-sign-ins-at-school", who, "") for who, at in inner.items() if crowded(at, 20))


def crowded(times: list[datetime], number: int) -> bool:
    """Whether so many fall within a quarter."""
    ordered = sorted(times)
    return any(last - first <= QUARTER for first, last in zip(ordered, ordered[number - 1 :], strict=False))


def find_sprays(board: Board) -> Iterator[Finding]:
    """Addresses outside the schools that failed on eight accounts within an hour."""
    inside = {school.address for school in board.schools}
    tries: dict[str, list[SignIn]] = defaultdict(list)
    for row in failures(board):
        if row.address not in inside:
            tries[row.address].append(row)
    for address, rows in tries.items():
        if any(len(accounts_within(rows, first)) >= 8 for first in rows):
            yield "password-spray", address, ""


def accounts_within(rows: Iterable[SignIn], first: SignIn) -> set[str]:
    """The accounts that were tried in the hour from this try on."""
    return {row.account for row in rows if first.at <= row.at <= first.at + HOUR}


def find_stale_devices(board: Board) -> Iterator[Finding]:
    """Devices that were not seen for thirty days, or sixty when a pupil has it; the cupboard is left alone."""
    pupils = {person.id for person in board.people if person.population == "pupil"}
    for device in board.devices:
        limit = 60 if device["userId"] in pupils else 30
        age = board.now - read(device["lastSyncDateTime"])
        if device["deviceCategoryDisplayName"] != "Reserve" and age >= timedelta(days=limit):
            yield "stale-device", device["id"], ""


def enabled_staff(board: Board) -> list[Person]:
    """Staff accounts that are on."""
    return [p for p in board.people if p.population == "staff" and p.account["accountEnabled"]]


def last_day(person: Person) -> date | None:
    """The last day of the last contract; None without contracts or with a permanent one."""
    ends = [contract.end for contract in person.contracts]
    return None if not ends or None in ends else max(end for end in ends if end)


def failures(board: Board) -> Iterator[SignIn]:
    """The wrong passwords and the locked accounts."""
    return (row for row in board.sign_ins if row.code in (WRONG_PASSWORD, LOCKED))


def read(text: str) -> datetime:
    """A time of Graph."""
    return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def counts(board: Board, planted: list[Planted]) -> Json:
    """How much of everything there is."""
    rules: dict[str, int] = defaultdict(int)
    for row in planted:
        rules[row.rule] += 1
    return {
        "accounts": len(board.people),
        "populations": tally(person.population for person in board.people),
        "groups": len(board.groups),
        "memberships": sum(len(members) for members in board.members.values()),
        "sites": len({site["id"] for site in board.sites}),
        "drives": len(board.permissions),
        "permissions": sum(len(grants) for grants in board.permissions.values()),
        "devices": len(board.devices),
        "registrations": len(board.registrations),
        "sign_ins": len(board.sign_ins),
        "planted": dict(rules),
        "decoys": tally(decoy.rule for decoy in board.decoys),
    }


def tally(words: Iterable[str]) -> dict[str, int]:
    """How often each word occurs."""
    result: dict[str, int] = defaultdict(int)
    for word in words:
        result[word] += 1
    return dict(sorted(result.items()))
