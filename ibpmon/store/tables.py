"""The tables of the engine itself; what connectors collect lies in tables made from their files (`collected`)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, Dialect, Float, Index, MetaData, Text, TypeDecorator, text
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000  # a day in the unit of Moment


def micros(moment: datetime) -> int:
    """An aware time as whole microseconds since 1970 UTC; a naive one is refused by the subtraction."""
    return (moment - EPOCH) // MICROSECOND


def aware(value: int) -> datetime:
    """Microseconds since 1970 as an aware time in UTC."""
    return EPOCH + timedelta(microseconds=value)


class Moment(TypeDecorator[datetime]):
    """A time: aware in, UTC out; a whole number in the database, so that both databases calculate with it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | int | None, dialect: Dialect) -> int | None:
        """A naive time is an error (TypeError); a number is taken as microseconds already."""
        return micros(value) if isinstance(value, datetime) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Microseconds back to a time."""
        return None if value is None else aware(int(value))


Json = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class Base(SQLModel):
    """What every table of the engine shares."""

    metadata = MetaData(naming_convention=NAMES)


def tenant_key() -> Any:
    """The board that a row belongs to: first in every primary key, so that many boards fit in one database."""
    return Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})


def only_where(condition: str) -> dict[str, Any]:
    """The condition of an index over some of the rows, for both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def living() -> dict[str, Any]:
    """The condition of an index over rows that are still there."""
    return only_where("gone_at IS NULL")


def number_key() -> Any:
    """A number taken from `counter`, per board."""
    return Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})


def moment(**options: Any) -> Any:
    """A column that holds a time."""
    return Field(sa_type=Moment, **options)


class Tenant(Base, table=True):
    """A school board, known by the id of its Microsoft tenant."""

    tenant_id: int = tenant_key()
    key: str = Field(unique=True)
    name: str
    created_at: datetime = moment()


class Counter(Base, table=True):
    """The last number that was given out, per board and kind; its row lock makes order of numbers order of commits."""

    tenant_id: int = tenant_key()
    name: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)


class Run(Base, table=True):
    """One round of one connector. Only a FULL run may conclude that something is gone."""

    __table_args__ = (Index(None, "tenant_id", "connector", "started_at"),)

    tenant_id: int = tenant_key()
    run_id: int = number_key()
    connector: str
    started_at: datetime = moment()
    finished_at: datetime | None = moment(default=None, nullable=True)
    state: str = "RUNNING"  # RUNNING, FULL, PARTIAL, FAILED, SKIPPED
    reason: str = ""  # what is missing, for people
    reason_values: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    missing: str = ""  # permission:X, licence:X, or empty
    rows: int = Field(default=0, sa_type=BigInteger)
    skipped_rows: int = Field(default=0, sa_type=BigInteger)
    covers_from: datetime | None = moment(default=None, nullable=True)
    covers_until: datetime | None = moment(default=None, nullable=True)


class Coverage(Base, table=True):
    """What one run saw of one resource (a group, a site, a drive)."""

    tenant_id: int = tenant_key()
    run_id: int = number_key()
    resource: str = Field(primary_key=True)
    state: str
    reason: str = ""  # what is missing, as in Run
    reason_values: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    link: str = Field(default="", sa_type=Text)  # shape delta: where to go on, once this run is whole


class Link(Base, table=True):
    """Where to go on reading what changed, per connector and resource: Microsoft's own delta link."""

    tenant_id: int = tenant_key()
    connector: str = Field(primary_key=True)
    resource: str = Field(primary_key=True)  # empty for a connector without parents
    link: str = Field(sa_type=Text)
    full_at: datetime = moment()  # when it was last read from the beginning
    read_at: datetime = moment()


class Hole(Base, table=True):
    """A span of time whose events nobody can read any more; kept, and printed in what covers it."""

    tenant_id: int = tenant_key()
    connector: str = Field(primary_key=True)
    begins: datetime = moment(primary_key=True)
    ends: datetime = moment()
    noted_at: datetime = moment()


class Lease(Base, table=True):
    """Requests of one throttling family that a process took from what Microsoft allows, so that several share it."""

    tenant_id: int = tenant_key()
    family: str = Field(primary_key=True)
    lease_id: int = number_key()
    units: int = Field(sa_type=BigInteger)
    counts_until: datetime = moment()  # after this moment Microsoft no longer counts it


class Cursor(Base, table=True):
    """How far a connector with a time window, or a rule over arriving events, has come."""

    tenant_id: int = tenant_key()
    name: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)


class Context(Base, table=True):
    """What was last said of a key by something that decides about events that are there already, such as its kind.

    `changed` rises with each change, so that only the events of keys that changed are judged anew.
    """

    __table_args__ = (Index(None, "tenant_id", "name", "changed"),)

    tenant_id: int = tenant_key()
    name: str = Field(primary_key=True)  # view and column
    key: str = Field(primary_key=True)
    value: str | None = Field(default=None, sa_type=Text)  # None: no longer there
    changed: int = Field(sa_type=BigInteger)


class Calendar(Base, table=True):
    """One date of a board: how its clock stands, whether there is school, and when people work."""

    tenant_id: int = tenant_key()
    day: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})  # since 1970
    shift: int = Field(sa_type=BigInteger)  # how far the clock is ahead of UTC, in microseconds, when UTC begins a date
    turn_at: datetime | None = moment(default=None, nullable=True)  # when the clock changes on this date in UTC
    turned: int | None = Field(default=None, sa_type=BigInteger)  # how far it is ahead from then on
    school_day: bool | None = None  # None: nobody told us of this school year
    school_days: int = Field(sa_type=BigInteger)  # how many there are from the beginning up to and with this date
    work_from: int | None = None  # minutes after midnight; equal ones are no hours at all
    work_until: int | None = None


class Placement(Base, table=True):
    """What an account, group, site or application is, where it belongs and why, so that a person can check it."""

    tenant_id: int = tenant_key()
    kind: str = Field(primary_key=True)  # account, group, site, app
    object_id: str = Field(primary_key=True)
    population: str = "unknown"  # accounts
    zone: str = "unknown"  # groups and sites
    school: str = ""
    function: str = ""  # from the staff list
    person: str = ""  # key in the staff or pupil list
    employed_until: datetime | None = moment(default=None, nullable=True)
    on_staff_list: bool | None = None  # None: the staff list was not read
    conflict: str = ""  # the signs of another population, for people
    classified: bool | None = None  # None: the classification was not read
    availability: str | None = None  # low, medium, high
    integrity: str | None = None
    confidentiality: str | None = None
    reason: str = ""


class MatrixDifference(Base, table=True):
    """One access that is other than the autorisatiematrix wants it, as it was last compared: ids, and nobody's name."""

    __tablename__ = "matrix_difference"

    tenant_id: int = tenant_key()
    place_kind: str = Field(primary_key=True)  # group, site, role, app, application
    place_id: str = Field(primary_key=True)
    holder_kind: str = Field(primary_key=True)  # person, link, everyone, other, ...; "" for what people lack there
    holder_id: str = Field(primary_key=True)
    way: str  # more, less; unknown: it cannot be judged
    place_name: str = Field(sa_type=Text)
    scope: str = ""  # of a link or a right of everyone: how wide
    right: str = ""  # what there is: member, read, write, owner
    allowed: str = ""  # the most that the matrix gives: nothing, read, write, owner
    reason: str = ""  # outside, too_high, other_school, everyone, ...; pupil, whatever it is about one
    steps: int = 0  # how many levels it is too high
    people: int = 0  # how many lack something
    sensitive: bool = False
    former: str = ""  # the function and the school with which it fitted, of whoever changed
    moved_at: datetime | None = moment(default=None, nullable=True)  # when that ended
    settled_until: datetime | None = moment(default=None, nullable=True)  # a signed review keeps it until then
    decided: str = "none"  # the review in which it was taken away before
    since: datetime | None = moment(default=None, nullable=True)  # None: it was there when ibpmon first compared


class MatrixComparison(Base, table=True):
    """The last time that access was compared with the matrix: whether that could be done, and on what it rests."""

    __tablename__ = "matrix_comparison"

    tenant_id: int = tenant_key()
    at: datetime = moment()
    state: str  # FULL; PARTIAL: not all was read; NONE: there is no matrix to compare with
    reason: str = Field(default="", sa_type=Text)  # why not all was compared, for people
    mark: str = Field(default="", sa_type=Text)  # of all that it follows from: the same mark gives the same differences


class Gauge(Base, table=True):
    """What ibpmon measured of itself: the end of its certificate, its clock beside Microsoft's."""

    tenant_id: int = tenant_key()
    name: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)  # the name says the unit; a time in microseconds
    measured_at: datetime = moment()


class Consent(Base, table=True):
    """That somebody agreed to a remote session, as it was told to ibpmon: who, on which device, and when."""

    tenant_id: int = tenant_key()
    consent_id: int = number_key()
    person: str  # a number or a user name
    device: str  # a name or a serial number
    given_at: datetime = moment()
    until: datetime | None = moment(default=None, nullable=True)  # None: a day
    recorded_at: datetime = moment()


class Evaluation(Base, table=True):
    """The outcome of one rule at one moment: ok, finding, accepted or cannot_check."""

    __table_args__ = (Index(None, "tenant_id", "rule", "at"),)

    tenant_id: int = tenant_key()
    evaluation_id: int = number_key()
    rule: str
    rule_hash: str
    at: datetime = moment()
    outcome: str
    reason: str = ""  # what is missing, for people
    findings: int = 0  # living, accepted ones left out
    accepted: int = 0
    undetermined: int = 0  # subjects that the data leaves open
    data_as_of: datetime | None = moment(default=None, nullable=True)


class Finding(Base, table=True):
    """A rule that holds for a subject (and object, and window): the same fact seen again is the same finding."""

    __table_args__ = (
        Index(None, "tenant_id", "rule", "subject", "object", "window_start", unique=True),
        Index(None, "tenant_id", "gone_at"),
        Index(None, "tenant_id", "rule", "accepted", **living()),  # to count by
    )

    tenant_id: int = tenant_key()
    finding_id: int = number_key()
    rule: str
    subject: str
    object: str = ""
    window_start: datetime | None = moment(default=datetime(1970, 1, 1, tzinfo=UTC))
    window_end: datetime | None = moment(default=None, nullable=True)
    level: str
    count: int = 1
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    accepted: bool = False
    first_seen: datetime = moment()
    last_seen: datetime = moment()
    gone_at: datetime | None = moment(default=None, nullable=True)


class Exemption(Base, table=True):
    """A risk that someone with the mandate accepted, with a reason and an end (uitzondering)."""

    __tablename__ = "exception"

    tenant_id: int = tenant_key()
    exception_id: int = number_key()
    rule: str
    subject: str
    object: str = ""  # empty: every object
    reason: str
    approved_by: str
    from_at: datetime = moment()
    until: datetime = moment()


OPEN_ALERTS = ("new", "acknowledged", "reopened")  # states that ask for something


class Alert(Base, table=True):
    """What people work on: one per rule and subject, with its occurrences as findings."""

    __table_args__ = (Index(None, "tenant_id", "rule", "subject", unique=True),)

    tenant_id: int = tenant_key()
    alert_id: int = number_key()
    rule: str
    subject: str
    state: str = "new"  # new, acknowledged, solved, closed, accepted, reopened
    level: str
    occurrences: int = 1
    opened_at: datetime = moment()
    changed_at: datetime = moment()
    assigned_to: str = Field(default="", sa_column_kwargs={"server_default": ""})
    due_at: datetime | None = moment(default=None, nullable=True)  # None: nobody has to do anything about it
    reminded_at: datetime | None = moment(default=None, nullable=True)
    thread: str = Field(
        default="", sa_type=Text, sa_column_kwargs={"server_default": ""}
    )  # Message-ID that it hangs on


class News(Base, table=True):
    """Something that people must hear; written in the transaction of the fact, told once it stands in a mail."""

    __table_args__ = (Index(None, "tenant_id", "news_id", **only_where("told_at IS NULL")),)

    tenant_id: int = tenant_key()
    news_id: int = number_key()
    kind: str  # new, worse, reopened, solved, overdue, remind: of an alert; blind, sighted: of a rule; ending, ended
    rule: str
    alert_id: int | None = Field(default=None, sa_type=BigInteger)
    level: str
    occurrences: int = 0
    said: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # what a mail says of it besides
    at: datetime = moment()
    told_at: datetime | None = moment(default=None, nullable=True)


class Period(Base, table=True):
    """What must happen once a period did: the mail of a day, the line of a week. Made by whoever notices."""

    tenant_id: int = tenant_key()
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    at: datetime = moment()


class Incident(Base, table=True):
    """A security incident, perhaps a breach of personal data (datalek): what happened, what was done, who was told.

    What nobody knows is None, never 0 or no. What was not reported stays as well: nothing here is ever deleted.
    """

    __table_args__ = (Index(None, "tenant_id", "state"),)

    tenant_id: int = tenant_key()
    incident_id: int = number_key()
    title: str = Field(sa_type=Text)
    type: str = "other"  # account, device, data, system, own_store (a breach of ibpmon's own store), other
    data_breach: str = "investigating"  # yes, no, investigating
    aware_at: datetime = moment()  # the 72 hours count from here
    alert_id: int | None = Field(default=None, sa_type=BigInteger)  # that it was raised from
    happened: str = Field(default="", sa_type=Text)
    people: str = Field(default="", sa_type=Text)  # which kinds
    people_count: int | None = Field(default=None, sa_type=BigInteger)
    records: str = Field(default="", sa_type=Text)
    records_count: int | None = Field(default=None, sa_type=BigInteger)
    effects: str = Field(default="", sa_type=Text)
    measures: str = Field(default="", sa_type=Text)
    reported: bool | None = None  # to the AP; None: not decided
    reported_at: datetime | None = moment(default=None, nullable=True)
    report_number: str = Field(default="", sa_type=Text)
    report_reason: str = Field(default="", sa_type=Text)  # why late, or why not
    people_told: bool | None = None
    people_told_at: datetime | None = moment(default=None, nullable=True)
    people_told_how: str = Field(default="", sa_type=Text)  # how, or why not
    evaluation: str = Field(default="", sa_type=Text)
    state: str = "open"  # open, closed
    opened_at: datetime = moment()
    opened_by: str = Field(sa_type=Text)
    closed_at: datetime | None = moment(default=None, nullable=True)
    changed_at: datetime = moment()


class PrivacyRequest(Base, table=True):
    """What somebody asked about the data on him (art. 15 to 21 AVG): until when it must be answered, and the answer."""

    __tablename__ = "privacy_request"
    __table_args__ = (Index(None, "tenant_id", "state"),)

    tenant_id: int = tenant_key()
    request_id: int = number_key()
    kind: str  # access, rectification, erasure, restriction, objection, portability
    about: str = Field(sa_type=Text)  # as it was told: a name, a pseudonym
    asked: str = Field(default="", sa_type=Text)
    received_at: datetime = moment()
    due_at: datetime = moment()  # the last second of the last day
    extended_at: datetime | None = moment(default=None, nullable=True)
    extension_reason: str = Field(default="", sa_type=Text)
    state: str = "open"  # open, decided
    decision: str = ""  # granted, partly, refused, withdrawn
    decision_reason: str = Field(default="", sa_type=Text)
    decided_at: datetime | None = moment(default=None, nullable=True)
    decided_by: str = Field(default="", sa_type=Text)
    opened_at: datetime = moment()
    opened_by: str = Field(sa_type=Text)
    changed_at: datetime = moment()


class Outbox(Base, table=True):
    """A message that must go out; written in the transaction that changed the alert."""

    __table_args__ = (Index(None, "tenant_id", "state"),)

    tenant_id: int = tenant_key()
    mail_id: int = number_key()
    message_id: str = Field(sa_type=Text)  # fixed at creation, so that a repeat is recognisable
    channel: str = Field(default="mail", sa_column_kwargs={"server_default": "mail"})  # mail, teams
    kind: str
    recipients: list[str] = Field(sa_type=Json)
    refs: list[str] = Field(default_factory=list, sa_type=Json, sa_column_kwargs={"server_default": "[]"})  # the thread
    subject: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    html: str = Field(sa_type=Text)
    # new, sending, sent; failed: refused for good; uncertain: perhaps taken, with try_after as long as it is still to
    # be repeated; dropped: a person gave it up
    state: str = "new"
    tries: int = 0
    repeats: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # of these it may have arrived before
    created_at: datetime = moment()
    try_after: datetime | None = moment(default=None, nullable=True)
    sent_at: datetime | None = moment(default=None, nullable=True)
    error: str = ""


class Entry(Base, table=True):
    """One line of the ledger: never changed, never deleted; `said` and `salt` go when somebody's data has to go."""

    __tablename__ = "ledger"
    __table_args__ = (Index(None, "tenant_id", "ref"),)

    tenant_id: int = tenant_key()
    seq: int = number_key()  # without gaps
    at: datetime = moment()
    kind: str
    ref: str
    said: str | None = Field(default=None, sa_type=Text)  # canonical JSON
    salt: str | None = None
    commitment: str
    prev_hash: str
    hash: str


class Trend(Base, table=True):
    """What became of the alerts of one level in one week that is over; None is what nobody measured."""

    tenant_id: int = tenant_key()
    week: date = Field(primary_key=True, sa_type=Date)  # its Monday, in the board's own time
    level: str = Field(primary_key=True)
    opened: int
    reopened: int
    solved: int
    false_positive: int
    accepted: int
    open: int  # at the end of the week
    hours_to_acknowledge: float | None = Field(default=None, sa_type=Float)  # the median
    hours_to_solve: float | None = Field(default=None, sa_type=Float)
    accepted_share: float | None = Field(default=None, sa_type=Float)  # of what came to rest in the week
    made_at: datetime = moment()
