"""Who, what and where: the nouns of access."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from typing import Literal, overload

from ibpmon.review.readings import Reading

Right = Literal["read", "write", "owner"]
RIGHTS: tuple[Right, ...] = ("read", "write", "owner")  # each holds the ones before it
ResourceKind = Literal[
    "group",
    "site",
    "application",  # payroll, finance and the like, by its export
    "role",  # a role of administrators, in the whole organisation or in a part of it
    "app",  # an application in Entra that people were let into
    "site_group",  # only on the way: a SharePoint group
    "owners",  # only on the way: the owners of a group
]
EdgeKind = Literal[
    "member",  # somebody in a group
    "owner",  # somebody who owns a group
    "nested",  # a group in a group
    "site_group",  # somebody or a group in a SharePoint group
    "grant",  # a right on a site, a library or a list
    "item_grant",  # a right on a folder or file
    "link",
    "site_admin",
    "role",
    "eligible_role",  # a role that somebody may take
    "app_role",
    "app_open",  # an application that asks nobody to be let in
]
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
    "part",  # a part of a place that was not read: its admins, the rights of its files
    "other",  # someone without an account, or whom the right does not name
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
    department: str = ""  # as the directory says


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
    scope: str = ""  # link: anonymous, organization, users; everyone: guests too or members only; part: its source
    reason: str = ""  # why it could not be looked into
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """One step on a way in, which can be cut: from whom or what, to what, and what a person calls that."""

    kind: EdgeKind
    source: str
    target: str
    label: str = ""
    key: str = ""  # the right or assignment, as the service knows it


@dataclass(frozen=True, slots=True)
class Path:
    """One way in: the groups from the nearest to the outermost, then the library that the right is on."""

    groups: tuple[Resource, ...]
    library: str = ""  # empty for membership of a group
    right: Right | None = None  # None: could not be read
    more: bool = False  # there are more ways like this than are listed
    role: str = ""  # an application: the right in its own words
    item: str = ""  # the folder or file that the right is on
    edges: tuple[Edge, ...] = ()  # from the principal to the place

    @property
    def names(self) -> tuple[str, ...]:
        """The names on the way, in order."""
        return (*(group.name for group in self.groups), *(name for name in (self.library, self.item) if name))

    @property
    def entry(self) -> EdgeKind | None:
        """How the way enters the place; for a group being in it, whether itself or through a group."""
        last = self.edges[-1].kind if self.edges else None
        return "member" if last == "nested" else last


class Ways(Sequence[Path]):
    """The paths of one access, walked when somebody asks for them."""

    def __init__(self, walk: Callable[[], tuple[Path, ...]]) -> None:
        self.walk = walk

    @cached_property
    def found(self) -> tuple[Path, ...]:
        """All of them."""
        return self.walk()

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Path]: ...
    def __getitem__(self, index: int | slice) -> Path | Sequence[Path]:
        """One of them, or some."""
        return self.found[index]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.found)

    def __eq__(self, other: object) -> bool:
        """Paths are the same whether they were walked or told."""
        return isinstance(other, Sequence) and self.found == tuple(other)

    def __hash__(self) -> int:
        """As that of the paths."""
        return hash(self.found)


@dataclass(frozen=True, slots=True)
class Access:
    """One principal on one resource: the highest right, with every path that leads there."""

    principal: Principal
    resource: Resource
    right: Right | None
    paths: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Entry:
    """One edge into a place: to whom it was given, and where in the place."""

    kind: str  # member, owner, grant, link, site_admin, role, eligible_role, app_role, app_open
    holder: Principal
    right: Right
    spot: str = ""  # the library or list; of an application the role in it
    item: str = ""
    key: str = ""


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

    def school(self, word: str) -> str:
        """The key of a school that a file of the board calls so; a word that is not known stands for itself."""
        plain = word.strip()
        return self.schools.get(plain.casefold(), plain)


Place = tuple[str, str]  # kind and id of a resource
Way = tuple[Principal, Path]


@dataclass(slots=True)
class Landscape:
    """Everything that was collected about access: who reaches what as a set, and the edges to walk along.

    The set is packed into numbers: a large board has millions of pairs.
    """

    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Resource] = field(default_factory=dict)
    sites: dict[str, Resource] = field(default_factory=dict)
    roles: dict[str, Resource] = field(default_factory=dict)
    apps: dict[str, Resource] = field(default_factory=dict)
    left_out: int = 0  # OneDrives: somebody's own
    libraries: dict[str, list[Library]] = field(default_factory=dict)
    lists: dict[str, list[Library]] = field(default_factory=dict)  # with rights of their own
    # the edges
    members: dict[str, set[str]] = field(default_factory=dict)  # group -> who is in it, groups left out
    inner: dict[str, list[str]] = field(default_factory=dict)  # group -> groups that are in it
    owners: dict[str, set[str]] = field(default_factory=dict)
    site_members: dict[str, list[Principal]] = field(default_factory=dict)  # SharePoint group -> who is in it
    entries: dict[Place, list[Entry]] = field(default_factory=dict)
    chains: dict[str, tuple[list[tuple[str, ...]], bool]] = field(default_factory=dict)  # walked before, by group
    names: dict[str, str] = field(default_factory=dict)  # libraries, lists, items, machines, roles of applications
    shared: dict[str, list[str]] = field(default_factory=dict)  # library -> its folders and files with own rights
    # the set
    principals: dict[tuple[str, str], Principal] = field(default_factory=dict)
    numbered: list[Principal] = field(default_factory=list)
    reached: dict[Place, "array[int]"] = field(default_factory=dict)
    # other applications
    applications: dict[str, Resource] = field(default_factory=dict)
    users: dict[str, list[Way]] = field(default_factory=dict)  # application -> who may what there
    readings: Mapping[str, Reading] = field(default_factory=dict)

    @property
    def resources(self) -> Iterator[Resource]:
        """All groups, sites that are nobody's own, roles, apps, and applications of which an export was named."""
        yield from self.groups.values()
        yield from self.sites.values()
        yield from self.roles.values()
        yield from self.apps.values()
        yield from self.applications.values()

    def group(self, key: str) -> Resource:
        """A group; one that is not on the list of groups goes by its id."""
        return self.groups.get(key) or Resource("group", key, key)

    def gap(self, connector: str, resource: str) -> str:
        """Why a group, site or library was not read; empty when it was."""
        return self.readings[connector].gap(resource)
