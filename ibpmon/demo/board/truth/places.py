"""Who is where they should not be."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.nouns import Board, Person
from ibpmon.demo.board.truth.facts import Finding, last_day

GRACE = timedelta(days=14)


def find_pupils_in_staff_areas(board: Board) -> Iterator[Finding]:
    """Pupil accounts with each staff group and staff site that they reach."""
    for person, place in all_reached(board):
        if person.population == "pupil" and board.zones[place] == "staff":
            yield "pupil-reaches-staff-area", person.id, place


def find_pupils_at_other_schools(board: Board) -> Iterator[Finding]:
    """Pupils with each place of another school that they reach, unless they came from one in the last two weeks."""
    school = schools_of_places(board)
    for person, place in all_reached(board):
        settled = person.moved is None or board.now - person.moved >= GRACE
        if person.population == "pupil" and settled and school.get(place, person.school) != person.school:
            yield "pupil-at-other-school", person.id, place


def find_outsiders_with_pupils(board: Board) -> Iterator[Finding]:
    """Guests, and staff whose last day is over, with each place of pupils that they reach."""
    for person, place in all_reached(board):
        last = last_day(person)
        outside = person.population == "guest" or (person.population == "staff" and last and last < board.today)
        if outside and person.account["accountEnabled"] and board.zones[place] == "pupil":
            yield "outsider-in-pupil-area", person.id, place


def all_reached(board: Board) -> Iterator[tuple[Person, str]]:
    """Everybody with each group and site that they reach."""
    above, doors = groups_above(board), doors_of_sites(board)
    for person in board.people:
        mine = climb(person.id, above)
        for place in mine | {site for key in (person.id, *mine) for site in doors.get(key, ())}:
            yield person, place


def schools_of_places(board: Board) -> dict[str, str]:
    """The school of each group and site whose name begins with the key of one."""
    found = {}
    for row in [*board.groups, *board.sites]:
        name = str(row.get("displayName", "")).upper()
        for school in board.schools:
            if name.startswith((f"{school.key} ", f"{school.key}-")):
                found[str(row["id"])] = school.key
    return found


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


def doors_of_sites(board: Board) -> dict[str, set[str]]:
    """For each user or group with a right on a library the sites that it opens; nobody looks into a OneDrive."""
    doors: dict[str, set[str]] = defaultdict(set)
    personal = {row["id"] for row in board.sites if row["isPersonalSite"]}
    for site, drives in board.drives.items():
        if site in personal:
            continue
        for grant in (grant for drive in drives for grant in board.permissions[drive["id"]]):
            granted = grant.get("grantedToV2", {})
            for who in (granted.get("user"), granted.get("group")):
                if who:
                    doors[who["id"]].add(site)
    return doors


FINDERS = (find_pupils_in_staff_areas, find_pupils_at_other_schools, find_outsiders_with_pupils)
