"""Who, what and where: the nouns of access."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Literal

from ibpmon.review.readings import Reading

Right = Literal["read", "write", "owner"]
RIGHTS: tuple[Right, ...] = ("read", "write", "owner")  # each holds the ones before it
ResourceKind = Literal["group", "site", "application"]
PrincipalKind = Literal[
    "person",
    "link",  # whoever has it
    "everyone",  # a right that SharePoint gives to all accounts
    "site_group",  # a SharePoint group: Graph does not tell who is in it
    "group",  # a group whose members were not read
    "owners",  # the owners of a group, who were not read
    "library",  # a library whose rights were not read
    "site",  # a site whose libraries were not read
    "machine",  # a device or an application
    "user",  # someone in an application who is on no list and has no account
    "application",  # an application whose export was not read, or not in full
    "other",  # someone whom the right does not name
]


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what is known about whoever uses it."""

    id: str
    name: str = ""
    upn: str = ""
    enabled: bool | None = None
    population: str = "unknown"
    schools: tuple[str, ...] = ()
    function: str = ""
    employed_until: datetime | None = None
    on_staff_list: bool | None = None
    key: str = ""  # whose account it is: the number on the staff list


@dataclass(frozen=True, slots=True)
class Resource:
    """A group, site or application that someone answers for."""

    kind: ResourceKind
    id: str
    name: str
    zone: str = "unknown"
    school: str = ""
    address: str = ""
    as_of: date | None = None  # an application: the day of its export


@dataclass(frozen=True, slots=True)
class Principal:
    """Who or what has access."""

    kind: PrincipalKind
    id: str
    name: str = ""
    scope: str = ""  # link: anonymous, organization, users; everyone: with guests or members only
    reason: str = ""  # why it could not be looked into
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """One way in: the groups from the nearest to the outermost, then the library that the right is on."""

    groups: tuple[Resource, ...]
    library: str = ""  # empty for membership of a group
    right: Right | None = None  # None: could not be read
    more: bool = False  # there are more ways like this than are listed
    role: str = ""  # an application: the right in its own words

    @property
    def names(self) -> tuple[str, ...]:
        """The names on the way, in order."""
        return (*(group.name for group in self.groups), *((self.library,) if self.library else ()))


@dataclass(frozen=True, slots=True)
class Access:
    """One principal on one resource: the highest right, with every path that leads there."""

    principal: Principal
    resource: Resource
    right: Right | None
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """One right on the root of a library."""

    principal: Principal
    right: Right
    group: str = ""  # the right is that of a group's members


@dataclass(frozen=True, slots=True)
class Library:
    """A place in a site where files stand."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Board:
    """What the configuration knows of the schools: the words for each in the board's files, and the civil time."""

    schools: Mapping[str, str] = field(default_factory=dict)  # key or name, in small letters -> key
    zone: tzinfo = UTC


@dataclass(slots=True)
class Landscape:
    """Everything that was collected about access, as edges; built once per look at the store."""

    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Resource] = field(default_factory=dict)
    sites: dict[str, Resource] = field(default_factory=dict)
    left_out: int = 0  # OneDrives: somebody's own
    members: dict[str, list[Principal]] = field(default_factory=dict)
    inner: dict[str, list[str]] = field(default_factory=dict)  # group -> groups that are in it
    libraries: dict[str, list[Library]] = field(default_factory=dict)
    grants: dict[str, list[Grant]] = field(default_factory=dict)
    applications: dict[str, Resource] = field(default_factory=dict)
    users: dict[str, list[tuple[Principal, Path]]] = field(default_factory=dict)  # application -> who may what there
    readings: Mapping[str, Reading] = field(default_factory=dict)

    @property
    def resources(self) -> Iterator[Resource]:
        """Every group, every site that is nobody's own, and every application of which an export was named."""
        yield from self.groups.values()
        yield from self.sites.values()
        yield from self.applications.values()

    def group(self, key: str) -> Resource:
        """A group; one that is not on the list of groups goes by its id."""
        return self.groups.get(key) or Resource("group", key, key)

    def gap(self, connector: str, resource: str) -> str:
        """Why a group, site or library was not read; empty when it was."""
        return self.readings[connector].gap(resource)
