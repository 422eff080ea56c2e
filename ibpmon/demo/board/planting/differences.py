"""Access beside the autorisatiematrix: every board has it, so each piece is told as the story that it is."""

from collections.abc import Iterable, Iterator

from ibpmon.demo.board.nouns import Board, Person

MORE, WIDE, LESS, MOVED = (
    "more-rights-than-matrix", "wider-than-matrix", "fewer-rights-than-matrix", "mover-keeps-rights",
)  # fmt: skip
STORIES = {
    MORE: "never asked whether this goes with the work",
    WIDE: "opened to everyone, where the matrix names functions",
    LESS: "the matrix gives more than people were given",
    MOVED: "went to another school, and nobody closed the door behind",
}


def tell_differences(board: Board, found: Iterable[tuple[str, str]]) -> None:
    """Name what differs from the matrix as the board grew, and beside it what fits or is told by another rule."""
    people, told = {person.id: person for person in board.people}, set(found)
    groups = {str(group["id"]) for group in board.groups}
    for rule, subject in sorted(told):
        place, _slash, holder = subject.partition("/")
        kind = "group" if place in groups else "site"
        board.plant(rule, subject, variant(board, rule, kind, place, holder, people.get(holder)), STORIES[rule])
    for rule, subject, why in (*places_in_order(board), *people_in_order(board, people)):
        if (rule, subject) not in told:
            board.decoy(rule, subject, why)


def variant(board: Board, rule: str, kind: str, place: str, holder: str, person: Person | None) -> str:
    """What kind of difference this is."""
    if rule == MORE and person:
        return f"{person.population}, {person.function or 'without a function'}"
    if rule == WIDE:
        return "a link for the organisation" if holder.endswith("/organization") else "a right of everyone"
    return f"a {kind} of the old school" if rule == MOVED else f"in a place of zone {board.zones[place]}"


def places_in_order(board: Board) -> Iterator[tuple[str, str, str]]:
    """Places that look open or empty, and are told elsewhere or not at all."""
    why = {"staff": "a place of the staff has a rule of its own", "unknown": "the matrix says nothing of it"}
    for site in board.sites:
        if reason := why.get(board.zones[site["id"]]):
            yield WIDE, f"{site['id']}/everyone/members", reason
    for group in board.groups:
        is_spoken_of = board.zones[group["id"]] != "unknown"
        yield LESS, group["id"], "nobody is missed, or who is in it is no person" if is_spoken_of else why["unknown"]


def people_in_order(board: Board, people: dict[str, Person]) -> Iterator[tuple[str, str, str]]:
    """The first who stands in each group."""
    for group in board.groups:
        for member in board.members.get(group["id"], ())[:1]:
            person, access = people.get(member.id), f"{group['id']}/{member.id}"
            if person is None:
                continue
            is_pupil = person.population == "pupil"
            yield MORE, access, "a pupil has rules of its own" if is_pupil else "as the matrix wants it, or left"
            yield MOVED, access, "not the right of old work" if person.contracts else "is on no list of staff"
