"""Who should have a right in a place by the matrix, counted from the people: once for all places of a board."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Self

from ibpmon.review.items import has_left
from ibpmon.review.matrix import Matrix
from ibpmon.review.nouns import Access, Landscape, Person, Resource

PEOPLE_KINDS = ("group", "site")  # where a right that is missing can be told


@dataclass(frozen=True, slots=True)
class Expected:
    """Who has which role of a matrix, and who has it at which school."""

    matrix: Matrix
    by_role: Mapping[str, set[str]]
    by_school: Mapping[tuple[str, str], set[str]]

    @classmethod
    def of(cls, landscape: Landscape, matrix: Matrix, now: datetime) -> Self:
        """Everyone who can sign in and has not left, under each certain role; who is alike is looked at once."""
        by_role, by_school = defaultdict[str, set[str]](set), defaultdict[tuple[str, str], set[str]](set)
        alike: dict[object, list[Person]] = {}
        for person in landscape.people.values():
            if person.enabled is not False and not has_left(person, now):
                alike.setdefault(matrix.marks(person), []).append(person)
        for same in alike.values():
            for role in matrix.roles_of(same[0]):
                by_role[role.key].update(one.id for one in same)
                for one in same:
                    for school in one.schools:
                        by_school[role.key, school].add(one.id)
        return cls(matrix, by_role, by_school)

    def at(self, place: Resource) -> set[str]:
        """Who should have a right in a place."""
        found = (
            self.by_school.get((rule.role, place.school), ()) if rule.same_school else self.by_role.get(rule.role, ())
            for rule in self.matrix.rules_about(place)
        )  # fmt: skip
        return set(chain.from_iterable(found))

    def lacking(self, place: Resource, there: Iterable[Access]) -> set[str]:
        """Who should have a right in a place that was read in full, and has none.

        Nobody where others than people have one: through a link or a group that was not read somebody may well have it.
        """
        principals = [one.principal for one in there]
        if place.kind not in PEOPLE_KINDS or any(one.kind != "person" for one in principals):
            return set()
        return self.at(place) - {one.id for one in principals}
