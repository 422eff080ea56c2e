"""Pupils in staff areas, by every way in; and pupils who only seem to be."""

import itertools

from ibpmon.demo.board import people, places
from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.planting.accounts import ACTIVE
from ibpmon.demo.board.planting.stories import ago, new_pupil, play, pupils_in, schools_from, some_staff

PUPIL, ELSEWHERE, OUTSIDER = "pupil-reaches-staff-area", "pupil-at-other-school", "outsider-in-pupil-area"


def plant_places(board: Board) -> None:
    """Pupils in staff areas, by every way in; and pupils who only seem to be."""
    for turn in range(board.scale.rounds):
        keys = list(itertools.islice(schools_from(board, turn), 3))
        plant_members(board, keys)
        plant_nested(board, keys[0])
        plant_doors(board, keys)
        decoy_pupils(board, keys)
        plant_elsewhere(board, keys)
        plant_outsiders(board, keys)


def plant_elsewhere(board: Board, keys: list[str]) -> None:
    """Pupils at other schools: in a group, on a site, left behind; and in what belongs to no school."""
    member, right = new_pupil(board, keys[0]), new_pupil(board, keys[0])
    places.join(board, places.group_id(board, f"{keys[1]} Groep 6 Leerlingen"), member)
    board.plant(ELSEWHERE, member.id, "team of another school", "stands in a class of another school")
    grant = places.to_user(board, right, "read")
    places.grant_on(board, places.site_id(board, f"{keys[2]} Leerlingen"), grant)
    board.plant(ELSEWHERE, right.id, "right on a site of another school", "may read the site of another school")
    plus = places.add_group(board, f"Plusklas van drie scholen {keys[0]}", "unknown", [])
    for key in keys:
        both = new_pupil(board, key)
        places.join(board, plus, both)
        board.decoy(ELSEWHERE, both.id, "joint class that belongs to no school", plus)
    own = new_pupil(board, keys[2])
    places.join(board, places.group_id(board, f"{keys[2]} Groep 7 Leerlingen"), own)
    board.decoy(ELSEWHERE, own.id, "class of the own school")


def plant_outsiders(board: Board, keys: list[str]) -> None:
    """A guest in a class, somebody who left in the pupils' group and on their site; a guest elsewhere, one off."""
    guests = [p for p in board.people if p.population == "guest" and not p.cast and p.account["accountEnabled"]]
    guest = guests[len(guests) // 2 + int(keys[0] < keys[1])]
    guest.cast = True
    places.join(board, places.group_id(board, f"{keys[0]} Groep 8 Leerlingen"), guest)
    board.plant(OUTSIDER, guest.id, "guest in a class", "somebody from outside stands in a team of pupils")
    left = play(board, keys[1])
    people.leave(left, ago(board, 1))
    board.plant(ACTIVE, left.id, "left yesterday, in a class", "yesterday was the last day: one day ago")
    places.join(board, places.group_id(board, f"{keys[1]} Leerlingen"), left)
    board.plant(OUTSIDER, left.id, "left yesterday", "left, and still stands with the pupils")
    site = play(board, keys[2])
    people.leave(site, ago(board, 1))
    board.plant(ACTIVE, site.id, "left yesterday, on a site of pupils", "yesterday was the last day: one day ago")
    places.grant_on(board, places.site_id(board, f"{keys[2]} Leerlingen"), places.to_user(board, site, "write"))
    board.plant(OUTSIDER, site.id, "right on a site of pupils", "left, and may still write there")
    off = play(board, keys[2], quiet=True)
    people.leave(off, ago(board, 40))
    off.account["accountEnabled"] = False
    places.join(board, places.group_id(board, f"{keys[2]} Leerlingen"), off)
    board.decoy(OUTSIDER, off.id, "left, the account is off")
    works = play(board, keys[2])
    places.join(board, places.group_id(board, f"{keys[2]} Leerlingen"), works)
    board.decoy(OUTSIDER, works.id, "teacher who works here")


def plant_members(board: Board, keys: list[str]) -> None:
    """Direct members: of the care team, of a staff group at another school, of a group with a hostile name."""
    care = new_pupil(board, keys[0])
    places.join(board, places.group_id(board, f"{keys[0]} Zorgteam"), care)
    board.plant(PUPIL, care.id, "direct member", "is a member of the care team, and so enters its site")
    other = new_pupil(board, keys[0])
    places.join(board, places.group_id(board, f"{keys[1]} Personeel"), other)
    board.plant(PUPIL, other.id, "staff group of another school", "is a member of the staff group of another school")
    board.plant(ELSEWHERE, other.id, "staff group of another school", "the staff group is of another school")
    odd = new_pupil(board, keys[2])
    group = places.add_group(board, f"{keys[2]} <svg onload=alert(2)> Personeel", "staff", [odd])
    places.nest(board, places.group_id(board, f"{keys[2]} Iedereen"), group)
    board.plant(PUPIL, odd.id, "staff group with a hostile name", "is a member of a group whose name is an attack")


def plant_nested(board: Board, key: str) -> None:
    """Members through groups in groups, up to six deep."""
    teachers = places.group_id(board, f"{key} Leerkrachten")
    trainees = places.add_group(board, f"{key} Stagemaatjes", "unknown", [])
    places.nest(board, teachers, trainees)
    second = new_pupil(board, key)
    places.join(board, trainees, second)
    board.plant(PUPIL, second.id, "nested", "is in a group that is in the teachers' group")
    outer = places.group_id(board, f"{key} Leerkrachten bovenbouw")
    for name in ("Werkgroep rekenen", "Hulp bij rekenen", "Rekenmaatjes"):
        inner = places.add_group(board, f"{key} {name}", "unknown", some_staff(board, key, 1))
        places.nest(board, outer, inner)
        outer = inner
    deep = new_pupil(board, key)
    places.join(board, outer, deep)
    board.plant(PUPIL, deep.id, "nested six deep", "six groups lie between this pupil and all of the staff")


def plant_doors(board: Board, keys: list[str]) -> None:
    """No member of anything: a right on a library, direct or of a group of pupils."""
    direct, second, inherited = (new_pupil(board, key) for key in keys)
    places.grant_on(board, places.site_id(board, f"{keys[0]} Directie"), places.to_user(board, direct, "read"))
    board.plant(PUPIL, direct.id, "direct right on a library", "somebody shared the library with this pupil")
    files = places.to_user(board, second, "write")
    places.grant_on(board, places.site_id(board, f"{keys[1]} Zorgteam"), files, library=1)
    board.plant(PUPIL, second.id, "right on the second library", "the right is on the files of the care team only")
    upward = places.to_user(board, inherited, "read", inherited=True)
    places.grant_on(board, places.site_id(board, f"{keys[2]} Leerkrachten"), upward)
    board.plant(PUPIL, inherited.id, "inherited right", "the library takes the right over from the site")
    council = places.group_id(board, f"{keys[2]} Leerlingenraad")
    administration = places.site_id(board, f"{keys[2]} Administratie")
    places.grant_on(board, administration, places.to_group(board, council, "read"))
    for person in pupils_in(board, council):
        board.plant(PUPIL, person.id, "right of a group of pupils", "the pupil council may read the administration")


def decoy_pupils(board: Board, keys: list[str]) -> None:
    """Shared zones, the council, pupil groups elsewhere, a group that holds the staff, a link for everyone."""
    square = new_pupil(board, keys[0])
    places.join(board, places.group_id(board, f"{keys[0]} Schoolplein"), square)
    board.decoy(PUPIL, square.id, "shared zone", places.group_id(board, f"{keys[0]} Schoolplein"))
    council = places.group_id(board, f"{keys[0]} Leerlingenraad")
    for person in pupils_in(board, council)[:1]:
        board.decoy(PUPIL, person.id, "pupil council", council)
    visitor = new_pupil(board, keys[1])
    for other in keys:
        places.join(board, places.group_id(board, f"{other} Leerlingen"), visitor)
    board.plant(ELSEWHERE, visitor.id, "pupil groups of other schools", "stands with the pupils of three schools")
    board.decoy(PUPIL, visitor.id, "pupil groups of other schools", places.group_id(board, f"{keys[0]} Leerlingen"))
    everyone = places.group_id(board, f"{keys[1]} Iedereen")
    above = new_pupil(board, keys[1])
    places.join(board, everyone, above)
    board.decoy(PUPIL, above.id, "in a group that holds the staff group, not in it", everyone)
    teacher = some_staff(board, keys[0], 1)[0]
    board.decoy(PUPIL, teacher.id, "teacher in the staff group", places.group_id(board, f"{keys[0]} Personeel"))
    site = places.site_id(board, f"{keys[1]} Personeel")
    places.grant_on(board, site, places.shared_link("organization"))
    linked = new_pupil(board, keys[1])
    board.decoy(PUPIL, linked.id, "link for the organisation on a staff library", site)
