"""Who owns the groups: most Microsoft 365 groups have owners, security groups have none, and a few went wrong."""

import random

from ibpmon.demo.board.nouns import Board, Json, Member, Person
from ibpmon.demo.board.places import group_id


def build(board: Board, rng: random.Random) -> None:
    """Owners for each group; then the groups that any tenant has after some years."""
    people = {person.id: person for person in board.people}
    keeper = next(person for person in board.people if person.function == "ICT-beheerder")
    for group in board.groups:
        unified = "Unified" in group["groupTypes"]
        board.owners[group["id"]] = ordinary(board, rng, group, people, keeper) if unified else []
    go_wrong(board, people)


def ordinary(board: Board, rng: random.Random, group: Json, people: dict[str, Person], keeper: Person) -> list[Member]:
    """One or two of the staff in it; the ICT'er where there is no staff."""
    inside = [people[m.id] for m in board.members[group["id"]] if m.kind == "user" and m.id in people]
    staff = [p for p in inside if p.population == "staff" and p.account["accountEnabled"] and not p.cast]
    return users((staff or [keeper])[: 1 + (rng.random() < 0.6)])


def go_wrong(board: Board, people: dict[str, Person]) -> None:
    """No owner; only one who left; six; a pupil; a guest; an app as owner of a security group."""
    keys = [school.key for school in board.schools[: board.scale.schools]]
    gone = next(p for p in board.people if p.population == "staff" and not p.account["accountEnabled"])
    board.owners[group_id(board, f"{keys[0]} Schoolplein")] = []
    board.owners[group_id(board, f"{keys[1]} Schoolplein")] = users([gone])
    crowd = group_id(board, f"{keys[2]} Schoolplein")
    board.owners[crowd] = users([p for p in board.people if p.school == keys[2] and p.population == "staff"][:6])
    pupils = group_id(board, f"{keys[2]} Groep 8 Leerlingen")
    board.owners[pupils] += [m for m in board.members[pupils] if people[m.id].population == "pupil"][:1]
    guest = next(person for person in board.people if person.population == "guest")
    board.owners[group_id(board, "Samenwerking met partners")] += users([guest])
    links = group_id(board, "BUR Koppelingen")
    board.owners[links] = [m for m in board.members[links] if m.kind == "servicePrincipal"]


def users(people: list[Person]) -> list[Member]:
    """People as owners."""
    return [Member("user", person.id) for person in people]
