"""The autorisatiematrix: who answers for what, and which right goes with which role, as the board laid it down."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from ibpmon.collect.matching import folded
from ibpmon.collect.populations import first_match
from ibpmon.config import Frozen, Key, Mailbox, Population, check, line_of
from ibpmon.errors import ConfigError, ContentError
from ibpmon.language import N_, _
from ibpmon.review.access import RIGHTS, Person, Resource, Right

LARGEST = 1024 * 1024  # bytes
FIX = N_("correct these lines; the documentation explains the autorisatiematrix")

UNRECOGNISED = N_("say how this role is recognised: functions, departments, groups or populations")

Pattern = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Process(Frozen):
    """What one proceseigenaar answers for."""

    key: Key
    name: Text
    owner: Text
    owner_upn: str = ""
    mail: Mailbox | None = None
    deputy: str = ""  # decides when the owner cannot, or may not because it is about the owner
    deputy_upn: str = ""
    deputy_mail: Mailbox | None = None
    resources: tuple[Pattern, ...] = Field(min_length=1)


class Role(Frozen):
    """How a role is recognised; who has it fits everything that is named here."""

    key: Key
    functions: tuple[Pattern, ...] = ()  # on the staff list
    departments: tuple[Pattern, ...] = ()  # in the directory
    groups: tuple[Pattern, ...] = ()  # whose members have the role, also those in groups inside
    populations: tuple[Population, ...] = ()


class Rule(Frozen):
    """A right that goes with a role; with `same_school` at the person's own school only."""

    role: str
    resources: tuple[Pattern, ...] = Field(min_length=1)
    right: Right
    same_school: bool = False


class Content(Frozen):
    """The file as it stands."""

    version: Text
    approved_by: Annotated[str, Field(min_length=1, max_length=20_000)]  # every owner, of a version that was approved
    approved_on: date
    processes: tuple[Process, ...] = ()
    roles: tuple[Role, ...] = ()
    rules: tuple[Rule, ...] = ()


Outcome = Literal["CONFORM", "DEVIATION", "UNKNOWN", "NO_RULE"]


@dataclass(frozen=True, slots=True)
class Inside:
    """Who is in the groups that a role is recognised by; others may be as well when not all of it was read."""

    people: frozenset[str] = frozenset()
    unread: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the matrix says about one person on one resource, and why."""

    outcome: Outcome
    reason: str = ""  # outside, too_high, other_school, population, function, department, group, school, no_rule
    allowed: Right | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """One approved version of the matrix; `hash` tells it apart from every other."""

    content: Content
    hash: str
    inside: Mapping[str, Inside] = field(default_factory=dict)  # by role; empty as long as nothing was looked up

    def roles_of(self, person: Person) -> tuple[Role, ...]:
        """The roles that a person certainly has; rights of several roles add up."""
        return tuple(role for role in self.content.roles if self.has_role(role, person))

    def marks(self, person: Person) -> tuple[object, ...]:
        """All that roles go by; who has the same marks has the same roles."""
        groups = tuple(role for role, inside in self.inside.items() if person.id in inside.people)
        return person.population, person.function, person.department, groups

    def role_of(self, person: Person) -> str:
        """The first role that fits, to call someone by; empty when none does."""
        return next((role.key for role in self.roles_of(person)), "")

    def rules_about(self, resource: Resource) -> tuple[Rule, ...]:
        """The rules that name a resource."""
        return tuple(rule for rule in self.content.rules if fits_any(rule.resources, resource.name))

    def allowed(self, person: Person, resource: Resource) -> Right | None:
        """The highest right that the matrix certainly gives; None when it gives none."""
        return self.best(person, resource, lambda fit: fit is True)

    def judge(self, person: Person, resource: Resource, right: Right) -> Judgement:
        """Whether a right is as the matrix wants it; UNKNOWN when that hangs on something we do not know.

        Being in a group, a role or an app has no degrees: any right that the matrix gives there allows it.
        """
        if not self.rules_about(resource):
            return Judgement("NO_RULE", "no_rule")
        allowed, role = self.allowed(person, resource), self.role_of(person)
        if enough(allowed, right, resource):
            return Judgement("CONFORM", allowed=allowed, role=role)
        if person.population == "unknown":
            return Judgement("UNKNOWN", "population", allowed, role)
        if enough(self.best(person, resource, lambda fit: fit is not False), right, resource):
            return Judgement("UNKNOWN", self.doubt(person, resource), allowed, role)
        return Judgement("DEVIATION", self.why_not(person, resource, allowed), allowed, role)

    def best(self, person: Person, resource: Resource, counts: Callable[[bool | None], bool]) -> Right | None:
        """The highest right over the rules whose fit counts."""
        rights = [rule.right for rule in self.rules_about(resource) if counts(self.fit(rule, person, resource))]
        return max(rights, key=RIGHTS.index) if rights else None

    def fit(self, rule: Rule, person: Person, resource: Resource) -> bool | None:
        """Whether a rule speaks of this person here; None when that cannot be told."""
        role = self.role(rule)
        return every(self.has_role(role, person), fits_school(person, resource) if rule.same_school else True)

    def role(self, rule: Rule) -> Role:
        """The role that a rule is about."""
        return next(role for role in self.content.roles if role.key == rule.role)

    def has_role(self, role: Role, person: Person) -> bool | None:
        """Whether a person has a role; None when that hangs on something that is not known."""
        return every(fits_population(role, person), *(fits for _what, fits in self.recognised(role, person)))

    def recognised(self, role: Role, person: Person) -> list[tuple[str, bool | None]]:
        """By what a role is recognised beside the kind of account, and whether the person fits that."""
        return [
            ("function", fits_text(role.functions, person.function, person)),
            ("department", fits_text(role.departments, person.department, person)),
            ("group", self.fits_group(role, person)),
        ]

    def fits_group(self, role: Role, person: Person) -> bool | None:
        """Whether the person is in a group of the role; None when not all members of these were read."""
        if not role.groups:
            return True
        inside = self.inside.get(role.key, Inside())
        return person.id in inside.people or (None if inside.unread else False)

    def doubt(self, person: Person, resource: Resource) -> str:
        """What has to be known first."""
        open_rules = [rule for rule in self.rules_about(resource) if self.fit(rule, person, resource) is None]
        found = (fit for rule in open_rules for fit in self.recognised(self.role(rule), person))
        return next((what for what, fits in found if fits is None), "school")

    def why_not(self, person: Person, resource: Resource, allowed: Right | None) -> str:
        """The reason for a deviation: too high, right elsewhere, or not at all."""
        if allowed:
            return "too_high"
        roles = {role.key for role in self.roles_of(person)}
        own = any(rule.role in roles and rule.same_school for rule in self.rules_about(resource))
        return "other_school" if own and fits_school(person, resource) is False else "outside"


def load_matrix(path: Path) -> Matrix:
    """Read the matrix; ContentError names every problem with file, line and key."""
    data = read(path)
    try:
        text = data.decode("utf-8-sig")
        raw = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ContentError(
            N_("{path} is not valid TOML"), why="{error}", fix=N_("correct that line"), path=path, error=error
        ) from None
    content = checked(raw, path, text)
    problems = list(contradictions(content, path, text))
    if problems:
        raise unusable(path, problems)
    return Matrix(content, hashlib.sha256(data).hexdigest())


def read(path: Path) -> bytes:
    """The bytes of the file, if it is there and of a size that people can write."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ContentError(
            N_("cannot read the autorisatiematrix {path}"),
            why="{error}",
            fix=N_("check [files.matrix] in config.toml; without a matrix no review can be made"),
            path=path,
            error=error.strerror or error,
        ) from None
    if len(data) > LARGEST:
        raise unusable(path, [_("the file is larger than 1 MB")])
    return data


def checked(raw: dict[str, Any], path: Path, text: str) -> Content:
    """The file as values; told as a problem of this file, not of config.toml."""
    try:
        return check(Content, raw, path, text)
    except ConfigError as error:
        raise ContentError(error.what, why=error.why, fix=FIX, **error.values) from None


def contradictions(content: Content, path: Path, text: str) -> Iterator[str]:
    """What is well-formed but cannot be meant."""

    def problem(where: list[Any], sentence: str) -> str:
        key = ".".join(str(part) for part in where)
        return f"{path.name}:{line_of(where, text)}: {key}: {sentence}"

    for table, keys in (("processes", [p.key for p in content.processes]), ("roles", [r.key for r in content.roles])):
        for number in doubles(keys):
            yield problem([table, number, "key"], _("this key is used twice"))
    known = {role.key for role in content.roles}
    for number, rule in enumerate(content.rules):
        if rule.role not in known:
            yield problem(["rules", number, "role"], _("there is no role with this key"))
    for number, role in enumerate(content.roles):
        if not is_recognised(role):
            yield problem(["roles", number], _(UNRECOGNISED))


def is_recognised(role: Role) -> bool:
    """Whether anything says who has a role."""
    return any((role.functions, role.departments, role.groups, role.populations))


def doubles(keys: Sequence[str]) -> list[int]:
    """The positions of keys that stood there before; capitals make no difference, for files are named after them."""
    plain = [key.casefold() for key in keys]
    return [number for number, key in enumerate(plain) if key in plain[:number]]


def unusable(path: Path, problems: Sequence[str]) -> ContentError:
    """All problems of the file in one error."""
    return ContentError(
        N_("{path} has {count} problem(s)"),
        why="{problems}",
        fix=FIX,
        path=path,
        count=len(problems),
        problems="\n".join(problems),
    )


# ---------------------------------------------------------------- does it fit?


def enough(allowed: Right | None, right: Right, resource: Resource) -> bool:
    """Whether an allowed right covers the right that someone has."""
    if allowed is None:
        return False
    return resource.kind in ("group", "role", "app") or RIGHTS.index(allowed) >= RIGHTS.index(right)


def fits_population(role: Role, person: Person) -> bool | None:
    """Whether the kind of account fits."""
    if not role.populations:
        return True
    return None if person.population == "unknown" else person.population in role.populations


def fits_text(patterns: tuple[str, ...], known: str, person: Person) -> bool | None:
    """Whether a function or department fits; only staff has to have one, so for others a missing one is no gap."""
    if not patterns:
        return True
    if not known:
        return None if person.population in ("staff", "unknown") else False
    return fits_any(patterns, known)


def fits_school(person: Person, resource: Resource) -> bool | None:
    """Whether the person works or learns at the school of the resource."""
    if not person.schools or not resource.school:
        return None
    return resource.school in person.schools


def every(*facts: bool | None) -> bool | None:
    """And, where unknown stays unknown unless another already says no."""
    if False in facts:
        return False
    return None if None in facts else True


@lru_cache(maxsize=65_536)
def fits_any(patterns: tuple[str, ...], name: str) -> bool:
    """Whether one of the patterns fits the name; the same few names and patterns meet again for every person."""
    return bool(first_match(folded(name), patterns))
