"""Where access differs from the autorisatiematrix: more than it gives, less, or not to be judged.

The verdicts are those of a review, over the same set of who reaches what; so an alert never says what a proceseigenaar
is not asked. Nothing is written here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ibpmon.collect.matching import folded
from ibpmon.collect.populations import first_match
from ibpmon.review.access import reach
from ibpmon.review.applications import EXPORTS
from ibpmon.review.expected import Expected
from ibpmon.review.items import has_left, judge_nobody, judge_person
from ibpmon.review.matrix import Judgement, Matrix, Outcome
from ibpmon.review.moves import Work
from ibpmon.review.nouns import RIGHTS, Access, Landscape, Resource
from ibpmon.review.outdated import PEOPLE_LISTS, READ_OVER
from ibpmon.review.role_groups import with_members
from ibpmon.review.verifying import CARRIERS, LISTS, dark_site, dark_source

# The list that a place stands on: only with all of it read a place is gone, or not there.
LIST_OF: Mapping[str, str] = {
    "group": "groups", "site": "sites", "role": "role-assignments", "app": "service-principals",
    "application": EXPORTS,
}  # fmt: skip
WITHOUT_DEGREES = ("group", "role", "app")
# What a right is called where being in it has no degrees.
MEMBERSHIP: Mapping[str, Mapping[str, str]] = {
    "group": {"read": "member", "write": "member", "owner": "owner"},
    "role": {"read": "may_take", "write": "holds", "owner": "holds"},
    "app": dict.fromkeys(RIGHTS, "user"),
}

Key = tuple[str, str, str, str]  # who and what


@dataclass(frozen=True, slots=True)
class Difference:
    """One access that is other than the matrix wants it: the columns of matrix_difference, in their order."""

    place_kind: str
    place_id: str
    holder_kind: str
    holder_id: str
    way: str
    place_name: str
    scope: str = ""
    right: str = ""
    allowed: str = ""
    reason: str = ""
    steps: int = 0
    people: int = 0
    sensitive: bool = False
    former: str = ""
    moved_at: datetime | None = None
    settled_until: datetime | None = None
    decided: str = "none"
    since: datetime | None = None

    @property
    def key(self) -> Key:
        """Who and what."""
        return self.holder_kind, self.holder_id, self.place_kind, self.place_id

    @property
    def place(self) -> tuple[str, str]:
        """Where."""
        return self.place_kind, self.place_id

    @property
    def rank(self) -> int:
        """How high the right is."""
        return rank(self.place_kind, self.right)


@dataclass(frozen=True, slots=True)
class Compared:
    """One place: what differs there, what became of what differed before, and the sources that did not tell all."""

    place: Resource
    differences: tuple[Difference, ...]
    dark: tuple[str, ...]  # of who is there
    unsure: tuple[str, ...] = ()  # of who should be there
    verdicts: Mapping[Key, Outcome] = field(default_factory=dict)  # of what differed before and is there now

    @property
    def unread(self) -> tuple[str, ...]:
        """All that was not read, or not lately."""
        return (*self.dark, *self.unsure)


@dataclass(slots=True)
class Scales:
    """What access is weighed with; who is alike on a place is judged once, for a board has millions of pairs."""

    landscape: Landscape
    matrix: Matrix
    now: datetime
    on: Collection[str]  # the sources that the board reads at all
    old: Collection[str] = ()  # those of them that tell how it was, and not how it is
    sensitive: Collection[str] = ()  # kind:id
    work: Mapping[str, Sequence[Work]] = field(default_factory=dict)
    before: Collection[Key] = ()  # what differed the last time
    known: dict[object, Judgement] = field(default_factory=dict)
    may: Expected = field(init=False)

    def __post_init__(self) -> None:
        """Who should be where is counted from the people, once."""
        self.matrix = with_members(self.matrix, self.landscape)
        self.may = Expected.of(self.landscape, self.matrix, self.now)

    def is_sensitive(self, place: tuple[str, str]) -> bool:
        """Whether what stands in a place is very confidential."""
        return ":".join(place) in self.sensitive

    def judge(self, found: Access) -> Judgement:
        """The verdict of a review on one access."""
        person, place = found.principal.person, found.resource
        if found.right is None or person is None:
            return judge_nobody(found, self.matrix)
        left = has_left(person, self.now)
        alike = (place.kind, place.id, found.right, *self.matrix.marks(person), person.schools, left)
        if alike not in self.known:
            self.known[alike] = judge_person(person, found, self.matrix, self.now)
        return self.known[alike]


def compared(scales: Scales) -> Iterator[Compared]:
    """Every place that the matrix speaks about, compared."""
    for place in places(scales.landscape, scales.matrix):
        found = reach(scales.landscape, place)
        verdicts = [(access, scales.judge(access)) for access in found]
        dark, unsure = in_order(not_read(scales, place, found)), in_order(not_known(scales, place))
        seen = [excess(scales, access, verdict) for access, verdict in verdicts if verdict.outcome == "DEVIATION"]
        open_ = sum(verdict.outcome == "UNKNOWN" for _access, verdict in verdicts)
        less = 0 if dark or unsure else len(scales.may.lacking(place, found))
        differences = (*seen, *in_numbers(place, "unknown", open_), *in_numbers(place, "less", less))
        yield Compared(place, differences, dark, unsure, dict(again(scales, verdicts)))


def again(scales: Scales, verdicts: Sequence[tuple[Access, Judgement]]) -> Iterator[tuple[Key, Outcome]]:
    """The verdicts on what differed before; of all that fits nobody keeps a list, for a board has millions of pairs."""
    for found, verdict in verdicts:
        key = (found.principal.kind, found.principal.id, found.resource.kind, found.resource.id)
        if key in scales.before:
            yield key, verdict.outcome


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the same order every time."""
    return tuple(sorted(set(names)))


def in_numbers(place: Resource, way: str, people: int) -> Iterator[Difference]:
    """What is only counted: nobody has to decide on it one by one."""
    if people:
        yield Difference(place.kind, place.id, "", way, way, place.name, people=people)


def places(landscape: Landscape, matrix: Matrix) -> Iterator[Resource]:
    """The places that somebody answers for, or that a rule names."""
    spoken = (matrix.content.processes, matrix.content.rules)
    patterns = [pattern for part in spoken for told in part for pattern in told.resources]
    yield from (one for one in landscape.resources if first_match(folded(one.name), patterns))


# ---------------------------------------------------------------- more


def excess(scales: Scales, found: Access, verdict: Judgement) -> Difference:
    """One access that is more than the matrix gives."""
    place, who = found.resource, found.principal
    past = fitting(scales, found) if verdict.reason != "left" else None
    return Difference(
        place.kind, place.id, who.kind, who.id, "more", place.name, scope=who.scope,
        right=called(place.kind, found.right or "read"), allowed=verdict.allowed or "nothing",
        reason=reason_of(found, verdict), steps=steps(found, verdict),
        sensitive=scales.is_sensitive((place.kind, place.id)), former=past.words if past else "",
        moved_at=past.ended if past else None,
    )  # fmt: skip


def reason_of(found: Access, verdict: Judgement) -> str:
    """Why it is more; of a pupil that it is one, for rules that pass pupils by must know it when the list is gone."""
    is_pupil = found.principal.person is not None and found.principal.person.population == "pupil"
    return "pupil" if is_pupil and verdict.reason != "left" else verdict.reason


def called(kind: str, right: str) -> str:
    """The word for a right in a place of this kind."""
    return MEMBERSHIP.get(kind, {}).get(right, right)


def rank(kind: str, word: str) -> int:
    """How high a right is among those of this kind of place, by its word; -1 when it is none of these."""
    words = list(dict.fromkeys(called(kind, right) for right in RIGHTS))
    return words.index(word) if word in words else -1


def steps(found: Access, verdict: Judgement) -> int:
    """How many levels a right is too high; owning a group is one more than being in it."""
    level = RIGHTS.index(found.right or "read") + 1
    if found.resource.kind in WITHOUT_DEGREES:
        return 2 if found.resource.kind == "group" and found.right == "owner" else 1
    return max(1, level - (RIGHTS.index(verdict.allowed) + 1 if verdict.allowed else 0))


def fitting(scales: Scales, found: Access) -> Work | None:
    """The other work of the same person, of today or of before, with which this access fits."""
    person = found.principal.person
    if person is None or not person.key:
        return None
    for work in scales.work.get(person.key, ()):
        then = replace(person, function=work.function, schools=(work.school,))
        if scales.judge(replace(found, principal=replace(found.principal, person=then))).outcome == "CONFORM":
            return work
    return None


def forgot(scales: Scales, now: Difference, before: Difference) -> bool:
    """Whether the list of staff no longer tells of the move that explained a right, which is not higher since.

    Of whoever has that work still, or has it again, the list tells what it says now.
    """
    if not before.moved_at or now.former or now.reason == "left" or now.rank > before.rank:
        return False
    person = scales.landscape.people.get(now.holder_id)
    work = scales.work.get(person.key, ()) if person and person.key else ()
    return bool(work) and before.former not in {one.words for one in work}


# ---------------------------------------------------------------- what was not read


def not_read(scales: Scales, place: Resource, found: Sequence[Access]) -> Iterator[str]:
    """The sources that should have told more about a place; one that the board leaves off promises nothing."""
    for one in found:
        source = dark_source(one.principal)
        if source in scales.on and one.principal.reason:
            yield source
    yield from dark_site(scales.landscape, place, scales.on)
    names = (*CARRIERS[place.kind], *(READ_OVER if place.kind == "site" else ()))
    yield from (name for name in names if name in scales.old or (name in LISTS and is_half(scales, name)))


def is_half(scales: Scales, name: str) -> bool:
    """Whether of a list that is read as one not all is there; without its licence there is nothing to read."""
    reading = scales.landscape.readings.get(name)
    return name in scales.on and reading is not None and not reading.whole and reading.state != "SKIPPED"


def not_known(scales: Scales, place: Resource) -> Iterator[str]:
    """The sources that should have told who has which role there: the lists of people, the members of role groups."""
    yield from (name for name in PEOPLE_LISTS if name in scales.old)
    roles = {rule.role for rule in scales.matrix.rules_about(place)} & scales.matrix.inside.keys()
    unread = "group-members" in scales.old or any(scales.matrix.inside[role].unread for role in roles)
    if roles and unread and "group-members" in scales.on:
        yield "group-members"


def unlisted(scales: Scales) -> Iterator[str]:
    """The lists of places that were not read, or not lately: what does not stand on them cannot be compared."""
    for name in LIST_OF.values():
        reading = scales.landscape.readings.get(name)
        never = reading is not None and bool(reading.missing) and reading.state != "SKIPPED"
        if name in scales.on and (name in scales.old or never or (name in LISTS and is_half(scales, name))):
            yield name
