"""Who has more than the autorisatiematrix gives, and where people lack something: walked place by place, rule by rule.

It reads the matrix as the board hands it over, and what Graph tells without the dearer permissions of SharePoint.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase

from ibpmon.demo.board.files import matrix
from ibpmon.demo.board.nouns import AMSTERDAM, Board, Json, Person
from ibpmon.demo.board.truth.access import Door, Who, doors_of_libraries, kind_of
from ibpmon.demo.board.truth.facts import Finding, last_day
from ibpmon.demo.board.truth.places import schools_of_places

MORE, LESS, WIDE = "more-rights-than-matrix", "fewer-rights-than-matrix", "wider-than-matrix"
MOVED = "mover-keeps-rights"
HANDOVER = timedelta(days=14)
RIGHTS = ("read", "write", "owner")
Right = str | None


@dataclass(frozen=True, slots=True)
class Work:
    """A function at some schools; None where the board does not tell."""

    function: str | None
    schools: frozenset[str]


@dataclass(slots=True)
class Agreed:
    """The matrix beside the board."""

    board: Board
    content: Json
    school: Mapping[str, str]
    people: Mapping[str, Person]
    inside: dict[str, frozenset[Who]] = field(default_factory=dict)  # group -> everyone in it, however deep
    given: dict[object, Right] = field(default_factory=dict)
    work: dict[str, Work] = field(default_factory=dict)  # of each person, today

    def rules(self, name: str) -> list[Json]:
        """The rules about a place."""
        return [rule for rule in self.content["rules"] if fits(rule["resources"], name)]

    def gives(self, rules: list[Json], person: Person, work: Work, place: str, doubt: bool) -> Right:
        """The most that somebody may; with `doubt` also what is only possible. People who are alike may the same."""
        alike = (place, person.population, work, doubt)
        if alike not in self.given:
            wanted = (True, None) if doubt else (True,)
            found = [rule["right"] for rule in rules if self.counts(rule, person, work, place) in wanted]
            self.given[alike] = max(found, key=RIGHTS.index, default=None)
        return self.given[alike]

    def counts(self, rule: Json, person: Person, work: Work, place: str) -> bool | None:
        """Whether a rule is about this person here; None: nobody can tell."""
        role = next(one for one in self.content["roles"] if one["key"] == rule["role"])
        answers: list[bool | None] = [person.population in role["populations"]] if "populations" in role else []
        if "functions" in role:
            known = work.function is not None or person.population != "staff"
            answers.append(fits(role["functions"], work.function or "") if known else None)
        if rule["same_school"]:
            there = self.school.get(place)
            answers.append(there in work.schools if there and work.schools else None)
        return False if False in answers else None if None in answers else True

    def behind(self, holder: Who) -> Iterable[Who]:
        """Everyone behind a holder; who is in a group of SharePoint, Graph does not tell."""
        kind, key = holder
        if kind == "owners":
            return [(kind_of(one.kind), one.id) for one in self.board.owners.get(key, ())]
        return self.within(key) if kind == "group" else [holder]

    def within(self, group: str) -> frozenset[Who]:
        """Everyone in a group."""
        if group not in self.inside:
            seen, ahead, found = {group}, [group], set()
            while ahead:
                for member in self.board.members.get(ahead.pop(), ()):
                    if member.kind != "group":
                        found.add((kind_of(member.kind), member.id))
                    elif member.id not in seen:
                        seen.add(member.id)
                        ahead.append(member.id)
            self.inside[group] = frozenset(found)
        return self.inside[group]


def fits(patterns: list[str], name: str) -> bool:
    """Whether a name is one of these; only * stands for something else."""
    return any(fnmatchcase(name.casefold(), one.casefold().replace("[", "[[]")) for one in patterns)


def agreed(board: Board) -> Agreed:
    """The matrix of a board."""
    people = {person.id: person for person in board.people}
    return Agreed(board, tomllib.loads(matrix(board)), schools_of_places(board), people)


def find_all_differences(board: Board) -> Iterator[Finding]:
    """Everything that differs, place by place."""
    known = agreed(board)
    patterns = [one for part in ("processes", "rules") for told in known.content[part] for one in told["resources"]]
    for kind, rows in (("group", board.groups), ("site", {row["id"]: row for row in board.sites}.values())):
        for row in rows:
            if fits(patterns, str(row.get("displayName", ""))) and not row.get("isPersonalSite"):
                yield from differences(known, kind, row)


def differences(known: Agreed, kind: str, row: Json) -> Iterator[Finding]:
    """What differs in one place."""
    place, rules = str(row["id"]), known.rules(str(row["displayName"]))
    there: dict[Who, str] = {}
    for door in doors_of_group(known, place) if kind == "group" else doors_of_libraries(known.board, place):
        for who in known.behind(door.holder):
            there[who] = max(there.get(who, door.right), door.right, key=RIGHTS.index)
    for who, right in there.items():
        yield from about(known, kind, place, rules, who, right)
    if kind == "group" and all(one[0] == "person" for one in there):
        should = (one for one in known.people.values() if belongs(known, one, rules, place))
        if any(("person", one.id) not in there for one in should):
            yield LESS, place, ""


def doors_of_group(known: Agreed, group: str) -> Iterator[Door]:
    """Being in a group, and owning it."""
    yield Door(("group", group), ("group", group), "write")
    for one in known.board.owners.get(group, ()):
        yield Door(("group", group), (kind_of(one.kind), one.id), "owner")


def about(known: Agreed, kind: str, place: str, rules: list[Json], who: Who, right: str) -> Iterator[Finding]:
    """What is wrong with one access."""
    access = f"{place}/{who[1]}"
    is_wide = who[0] == "everyone" or (who[0] == "link" and who[1].endswith("/organization"))
    if is_wide and known.board.zones[place] in ("pupil", "shared"):
        yield WIDE, access, place
    person = known.people.get(who[1])
    if person is None or not rules or person.population in ("pupil", "unknown") or has_left(known.board, person):
        return
    work = work_of(known, person)
    enough = 0 if kind == "group" else RIGHTS.index(right)
    if is_enough(known.gives(rules, person, work, place, doubt=True), enough):
        return
    former = [one for one in works_before(known.board, person) if is_given(known, rules, person, one[0], place, enough)]
    if not former:
        yield MORE, access, place
    elif known.board.now - max(ended for _work, ended in former) >= HANDOVER:
        yield MOVED, access, place


def is_given(known: Agreed, rules: list[Json], person: Person, work: Work, place: str, enough: int) -> bool:
    """Whether somebody who did this work certainly had this right."""
    return is_enough(known.gives(rules, person, work, place, doubt=False), enough)


def is_enough(right: Right, enough: int) -> bool:
    """Whether a right covers another."""
    return right is not None and RIGHTS.index(right) >= enough


def belongs(known: Agreed, person: Person, rules: list[Json], place: str) -> bool:
    """Whether somebody who works here should be in a place."""
    if not person.account["accountEnabled"] or has_left(known.board, person) or person.population == "unknown":
        return False
    return known.gives(rules, person, work_of(known, person), place, doubt=False) is not None


# ---------------------------------------------------------------- people


def has_left(board: Board, person: Person) -> bool:
    """Whether the last contract is over."""
    last = last_day(person) if person.population != "pupil" else None
    return last is not None and last < board.today


def work_of(known: Agreed, person: Person) -> Work:
    """What somebody does now, looked up once."""
    if person.id not in known.work:
        known.work[person.id] = work_today(known.board, person)
    return known.work[person.id]


def work_today(board: Board, person: Person) -> Work:
    """What somebody does now, by the lists."""
    running = frozenset(one.school for one in person.contracts if one.start <= board.today <= (one.end or board.today))
    function = person.function if person.contracts and person.population != "pupil" else None
    return Work(function, running or frozenset(filter(None, [person.school])))


def works_before(board: Board, person: Person) -> Iterator[tuple[Work, datetime]]:
    """What somebody did at a school where no contract runs any more, and until when."""
    now = work_today(board, person).schools
    for school in {one.school for one in person.contracts if one.end and one.end < board.today} - now:
        last = max(one.end for one in person.contracts if one.school == school and one.end)
        yield Work(person.function, frozenset([school])), datetime.combine(last + timedelta(days=1), time(), AMSTERDAM)


FINDERS = (find_all_differences,)
