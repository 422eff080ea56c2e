"""Who is where they should not be."""

from collections import defaultdict
from collections.abc import Iterator

from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.truth.facts import Finding


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


FINDERS = (find_pupils_in_staff_areas,)
