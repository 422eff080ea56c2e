"""Whom a number, an object id or a user name belongs to; never by the name that people see."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

NUMBER, OBJECT_ID, USER_NAME = "employee number", "object id", "user name"
DIGITS = re.compile(r"0*(\d+?)(?:\.0+)?", re.ASCII)
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Marks:
    """By what someone can be known."""

    number: str = ""
    object_id: str = ""
    upn: str = ""


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """Who was found, and by what; with `doubt` there are several, and none of them was taken."""

    found: T | None = None
    by: str = ""
    doubt: bool = False


@dataclass(slots=True)
class Index(Generic[T]):
    """People or accounts, findable by each of their marks."""

    numbers: defaultdict[str, list[T]] = field(default_factory=lambda: defaultdict(list))
    plain: defaultdict[str, list[T]] = field(default_factory=lambda: defaultdict(list))
    ids: defaultdict[str, list[T]] = field(default_factory=lambda: defaultdict(list))
    upns: defaultdict[str, list[T]] = field(default_factory=lambda: defaultdict(list))

    def add(self, item: T, marks: Marks) -> None:
        """Make something findable; a mark that is empty is no mark."""
        number = folded(marks.number)
        for index, mark in (
            (self.numbers, number),
            (self.plain, plain_number(number)),
            (self.ids, folded(marks.object_id)),
            (self.upns, folded(marks.upn)),
        ):
            if mark and item not in index[mark]:
                index[mark].append(item)

    def find(self, marks: Marks) -> Match[T]:
        """Who has these marks: by number, then by object id, then by user name.

        A number is first looked for as it stands, then without the zeros in front that one program keeps and
        another drops. Of several with one number the one that the other marks point to is taken; else none.
        """
        number = folded(marks.number)
        by_number = self.numbers.get(number) or self.plain.get(plain_number(number)) or [] if number else []
        by_id, by_upn = self.ids.get(folded(marks.object_id), []), self.upns.get(folded(marks.upn), [])
        for by, found in ((NUMBER, by_number), (OBJECT_ID, by_id), (USER_NAME, by_upn)):
            if len(found) == 1:
                return Match(found[0], by)
            if found:
                return one_of(found, by_id, by_upn, by)
        return Match()


def one_of(found: list[T], by_id: Iterable[T], by_upn: Iterable[T], by: str) -> Match[T]:
    """The one among several that another mark points to as well."""
    for others in (by_id, by_upn):
        both = [item for item in found if item in others]
        if len(both) == 1:
            return Match(both[0], by)
    return Match(None, by, doubt=True)


def plain_number(number: str) -> str:
    """A number without zeros in front and without .0 behind it; what is no number stays as it is."""
    digits = DIGITS.fullmatch(number)
    return digits[1] if digits else number


def marks_of(word: str | None) -> Marks:
    """What one word says about who is meant: an object id, a user name, or else a number."""
    text = folded(word)
    if GUID.fullmatch(text):
        return Marks(object_id=text)
    return Marks(upn=text) if "@" in text else Marks(number=text)


def folded(word: str | None) -> str:
    """A word without differences that mean nothing: capitals, and spaces around it."""
    return (word or "").strip().casefold()
