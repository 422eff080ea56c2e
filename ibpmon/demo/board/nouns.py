"""What a board consists of: schools, persons, contracts, places, sign-ins, and what was planted among them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ibpmon.demo.board.journal import Journal
from ibpmon.demo.board.journal import Member as Member  # a noun of the board like the others

Json = dict[str, Any]

NAME = "Stichting De Verzonnen Waaier"
DOMAIN = "verzonnenwaaier.example"
PUPIL_DOMAIN = f"leerling.{DOMAIN}"
GUEST_DOMAIN = "verzonnenwaaier.onmicrosoft.example"
SHAREPOINT = "verzonnenwaaier.sharepoint.example"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OFFICE = "BUR"
NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a board is; `rounds` is how often each planted story is told, each time at another school."""

    schools: int
    staff: int
    pupils: int
    days: int
    rounds: int
    items: int  # files and folders in a library, on average
    sites: int = 0  # project sites are added up to this number
    drives: int = 0  # and libraries in them up to this number


SIZES = {
    "small": Size(schools=3, staff=31, pupils=495, days=7, rounds=1, items=12),
    "board": Size(schools=20, staff=318, pupils=3980, days=29, rounds=3, items=16),
    # days: Graph keeps no sign-ins that are older than thirty
    "large": Size(schools=60, staff=1500, pupils=15000, days=29, rounds=3, items=5, sites=2000, drives=6000),
}


@dataclass(frozen=True, slots=True)
class School:
    """One school, or the office of the board, behind one internet address."""

    key: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Contract:
    """One line of the staff list; without an end it is permanent."""

    school: str
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """What the board itself says of an account: what it is, why, and until when (that day too)."""

    population: str
    reason: str
    until: date | None = None
    sponsor: str = ""  # who answers for a guest


@dataclass(slots=True)
class Person:
    """An account with what the board knows about whoever uses it."""

    account: Json
    population: str
    school: str
    home: str
    function: str = ""
    year_group: int = 0
    contracts: list[Contract] = field(default_factory=list)
    mfa: str = "capable"  # capable | passkey | sms | registered | none | absent (not in the report)
    steady: bool = False  # never mistypes: its failures are planted ones only
    quiet: bool = False  # has no sign-ins of its own
    cast: bool = False  # plays a part in a planted story
    enrolled: bool = True  # a pupil who left stays on the list for a while, with "nee"
    listed: bool = True  # stands on the list of pupils, or on that of the staff with the contracts
    left: date | None = None  # when a pupil was taken off the roll
    moved: datetime | None = None  # when a pupil came from another school of the board, if that was seen

    @property
    def id(self) -> str:
        """The object id of the account."""
        return str(self.account["id"])

    def at_work(self, day: date) -> bool:
        """Whether a contract runs on that day; who has no contract always counts as present."""
        running = (c.start <= day and (c.end is None or day <= c.end) for c in self.contracts)
        return not self.contracts or any(running)


class SignIn(NamedTuple):
    """One sign-in, small; `ibpmon.demo.board.rendering` gives it the shape of Graph."""

    id: str
    at: datetime
    account: str
    address: str
    code: int
    app: int
    scene: str  # school | home | phone | abroad | germany | imap | printer | device:<its id>
    kind: str = "interactiveUser"  # interactiveUser | nonInteractiveUser | servicePrincipal | managedIdentity


class Planted(NamedTuple):
    """A problem that is in the board."""

    rule: str
    subject: str
    object: str
    variant: str
    why: str


class Decoy(NamedTuple):
    """Something that looks like a problem and is none."""

    rule: str
    subject: str
    object: str
    false_positive: str


class Announcement(NamedTuple):
    """A test with an emergency account, as somebody announced it."""

    account: str
    starts: datetime
    until: datetime
    address: str
    reason: str


class Agreement(NamedTuple):
    """Somebody said that ICT may look along; without an end it is for a day."""

    person: str  # the number
    device: str  # the serial number, or the name
    given: datetime
    until: datetime | None


@dataclass(slots=True)
class Board:
    """A whole fictitious board; `make_board` builds it, `advance` and `carry_out` change it, with the journal."""

    size: str
    seed: int
    now: datetime
    rng: random.Random
    tenant_id: str
    schools: list[School]
    people: list[Person] = field(default_factory=list)
    overrides: dict[str, Override] = field(default_factory=dict)  # user name -> what the board says the account is
    groups: list[Json] = field(default_factory=list)
    members: dict[str, list[Member]] = field(default_factory=dict)
    sites: list[Json] = field(default_factory=list)
    drives: dict[str, list[Json]] = field(default_factory=dict)
    permissions: dict[str, list[Json]] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)  # the zone meant for each group and site
    devices: list[Json] = field(default_factory=list)
    registrations: list[Json] = field(default_factory=list)
    sign_ins: list[SignIn] = field(default_factory=list)
    intended: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # (rule, subject): variant, why
    decoys: list[Decoy] = field(default_factory=list)
    truth: Json = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)
    announcements: list[Announcement] = field(default_factory=list)
    # the directory
    owners: dict[str, list[Member]] = field(default_factory=dict)
    entra_devices: list[Json] = field(default_factory=list)
    listed_at: dict[str, str] = field(default_factory=dict)  # managed devices that the list has at another school
    off_the_list: set[str] = field(default_factory=set)  # managed devices that the list of the board forgot
    only_listed: list[tuple[str, str, str, bool]] = field(default_factory=list)  # serial, kind, school, in use
    reported_missing: set[str] = field(default_factory=set)  # managed devices that are blocked in Entra
    applications: list[Json] = field(default_factory=list)
    service_principals: list[Json] = field(default_factory=list)
    delegated_grants: list[Json] = field(default_factory=list)
    app_role_assigned: dict[str, list[Json]] = field(default_factory=dict)  # service principal that gives the role
    app_owners: dict[str, list[Member]] = field(default_factory=dict)  # by registration or service principal
    role_definitions: list[Json] = field(default_factory=list)
    role_assignments: list[Json] = field(default_factory=list)
    role_eligibility: list[Json] = field(default_factory=list)
    role_schedules: list[Json] = field(default_factory=list)
    admin_units: list[Json] = field(default_factory=list)
    admin_unit_members: dict[str, list[Member]] = field(default_factory=dict)
    education_schools: list[Json] = field(default_factory=list)
    education_users: list[Json] = field(default_factory=list)
    education_school_users: dict[str, list[Json]] = field(default_factory=dict)
    # how the tenant is set
    authentication_policy: Json = field(default_factory=dict)
    security_defaults: Json = field(default_factory=dict)
    authorization_policy: Json = field(default_factory=dict)
    sharepoint_settings: Json = field(default_factory=dict)
    group_settings: list[Json] = field(default_factory=list)
    ca_policies: list[Json] = field(default_factory=list)
    named_locations: list[Json] = field(default_factory=list)
    organization: list[Json] = field(default_factory=list)
    skus: list[Json] = field(default_factory=list)
    # what happened
    audits: list[Json] = field(default_factory=list)  # newest first
    risk_detections: list[Json] = field(default_factory=list)
    risky_users: list[Json] = field(default_factory=list)
    sign_in_activity: dict[str, Json] = field(default_factory=dict)
    other_sign_ins: list[SignIn] = field(default_factory=list)  # newest first; nobody typed anything for these
    unified_audit: list[Json] = field(default_factory=list)  # newest first
    # channels, files and their rights
    channels: dict[str, list[Json]] = field(default_factory=dict)  # by team
    channel_members: dict[str, list[Json]] = field(default_factory=dict)
    items: dict[str, list[Json]] = field(default_factory=dict)  # by drive, the root first
    item_permissions: dict[str, list[Json]] = field(default_factory=dict)
    lists: dict[str, list[Json]] = field(default_factory=dict)  # by site
    list_permissions: dict[str, list[Json]] = field(default_factory=dict)
    # as SharePoint itself tells it, by site
    role_assignments_of_site: dict[str, list[Json]] = field(default_factory=dict)
    site_admins: dict[str, list[Json]] = field(default_factory=dict)
    rest_lists: dict[str, list[Json]] = field(default_factory=dict)
    list_role_assignments: dict[str, list[Json]] = field(default_factory=dict)  # by list
    # management of devices from afar
    rmm_devices: list[Json] = field(default_factory=list)
    rmm_activities: list[Json] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    channel_drives: dict[str, str] = field(default_factory=dict)  # the library of a channel that has its own site
    # time
    last_use: dict[str, tuple[float | None, bool]] = field(default_factory=dict)  # of the cast: days ago, success noted
    born: datetime | None = None  # when it was made; what became true after that was not planted by `make_board`
    agenda: list[Any] = field(default_factory=list)  # what is still to happen, the first first
    coming: list[SignIn] = field(default_factory=list)  # the sign-ins of the rest of today, the last first
    steps: int = 0  # how much was ever put on the agenda
    planned: date | None = None  # the last day that was planned
    deleted: int = 0  # accounts that are gone: numbers are never given twice

    @property
    def name(self) -> str:
        """The name of the board."""
        return NAME

    @property
    def domain(self) -> str:
        """The mail domain of the staff."""
        return DOMAIN

    @property
    def scale(self) -> Size:
        """The numbers behind the size."""
        return SIZES[self.size]

    @property
    def users(self) -> list[Json]:
        """All accounts as `/users` gives them."""
        return [person.account for person in self.people]

    @property
    def today(self) -> date:
        """The day at the board."""
        return self.now.astimezone(AMSTERDAM).date()

    def new_id(self) -> str:
        """A GUID that is the same for the same seed."""
        return guid(self.rng)

    @property
    def next_number(self) -> int:
        """The number that the next person gets."""
        return len(self.people) + self.deleted

    @contextmanager
    def chance(self, *name: object) -> Iterator[random.Random]:
        """A chance of its own for one part, so that nothing else changes when that part draws more or less."""
        before, self.rng = self.rng, random.Random("/".join(map(str, (self.size, self.seed, *name))))
        try:
            yield self.rng
        finally:
            self.rng = before

    def moment(self, days_back: int, clock: str) -> datetime:
        """A time of day at the board, so many days ago, in UTC."""
        day = self.today - timedelta(days=days_back)
        return datetime.combine(day, time.fromisoformat(clock), AMSTERDAM).astimezone(UTC)

    def school_day(self, days_back: int) -> int:
        """The nearest working day at least so many days back; counted in days ago."""
        while (self.today - timedelta(days=days_back)).weekday() > 4:
            days_back += 1
        return days_back

    def school(self, key: str) -> School:
        """The school with this key."""
        return next(school for school in self.schools if school.key == key)

    def plant(self, rule: str, subject: str, variant: str, why: str) -> None:
        """Write down a problem; the objects follow from the board itself."""
        self.intended[(rule, subject)] = (variant, why)

    def decoy(self, rule: str, subject: str, false_positive: str, about: str = "") -> None:
        """Write down what looks like a problem."""
        self.decoys.append(Decoy(rule, subject, about, false_positive))


def guid(rng: random.Random) -> str:
    """A GUID from the given chance."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def stamp(moment: datetime) -> str:
    """A time as Graph writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
