"""config.toml as frozen, checked values; every problem of the file is told at once, with its line."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ibpmon.errors import ConfigError
from ibpmon.language import N_, _

MICROSOFT_LOGIN = "https://login.microsoftonline.com"
MICROSOFT_GRAPH = "https://graph.microsoft.com"
ORIGIN = re.compile(r"https://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:(?P<port>\d{1,5}))?/?", re.IGNORECASE | re.ASCII)
LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:(?P<port>\d{1,5}))?/?", re.IGNORECASE | re.ASCII)
PORTS = range(1, 65536)
ONE_MAILBOX = re.compile(r"[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+")
SUBMISSION = {"starttls": 587, "implicit": 465}  # the port of each kind of TLS: RFC 6409 and RFC 8314
Zone = Literal["staff", "pupil", "shared", "board"]
Population = Literal["staff", "pupil", "guest", "service", "shared", "break_glass"]
# The roles that Entra may give. An auditor needs an end date, and the matrix says who is proceseigenaar.
RoleOfEntra = Literal["it", "privacy", "fg", "director", "board"]
LONGEST_SESSION = timedelta(days=1)


def https_address(address: str) -> str:
    """An https address of a host and perhaps a port, and nothing else: where a token may go."""
    return origin(address, ORIGIN)


def page_address(address: str) -> str:
    """Where people find the pages: https, or http on this machine alone, as browsers allow it."""
    return origin(address, LOOPBACK if LOOPBACK.fullmatch(address) else ORIGIN).lower()


def origin(address: str, form: re.Pattern[str]) -> str:
    """An address in this form, with a port that there can be, without the last slash."""
    match = form.fullmatch(address)
    if not match or int(match["port"] or 443) not in PORTS:
        raise ValueError("https")
    return address.rstrip("/")


def ip_address(address: str) -> str:
    """An address of this machine to listen on; a name could lead elsewhere."""
    from ipaddress import ip_address as parsed

    try:
        return str(parsed(address))
    except ValueError:
        raise ValueError("ip address") from None


def known_zone(name: str) -> str:
    """The name of a time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise ValueError("time zone") from unknown
    return name


def one_mailbox(address: str) -> str:
    """One mail address: what a mail program could read as two, or as another header, is none."""
    if not ONE_MAILBOX.fullmatch(address) or not address.isprintable():
        raise ValueError("mailbox")
    return address


def duration(value: object) -> object:
    """'15m', '24h' or '7d' as a span of time."""
    match = re.fullmatch(r"(\d{1,20})([mhd])", str(value), re.ASCII)
    if not match:
        raise ValueError("duration")
    unit = {"m": "minutes", "h": "hours", "d": "days"}[match[2]]
    try:
        return timedelta(**{unit: int(match[1])})
    except OverflowError:
        raise ValueError("duration") from None


def days_in_order(span: tuple[date, date]) -> tuple[date, date]:
    """A first and a last day."""
    if span[1] < span[0]:
        raise ValueError("days in order")
    return span


def hours(value: object) -> object:
    """'07:30-18:00' as two times of a day."""
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", str(value), re.ASCII)
    if not match:
        raise ValueError("hours")
    first, last = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    if last <= first:
        raise ValueError("hours")
    return first, last


def clock_time(value: object) -> object:
    """'07:00' as a time of a day."""
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)(:00)?", str(value), re.ASCII)
    if not match:
        raise ValueError("clock")
    return time(int(match[1]), int(match[2]))


Address = Annotated[str, AfterValidator(https_address)]
PageAddress = Annotated[str, AfterValidator(page_address)]
IpAddress = Annotated[str, AfterValidator(ip_address)]
Span = Annotated[tuple[date, date], AfterValidator(days_in_order)]
Hours = Annotated[tuple[time, time], BeforeValidator(hours)]
Moment = Annotated[time, BeforeValidator(clock_time)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
Mailbox = Annotated[str, AfterValidator(one_mailbox)]
Guid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
Word = Annotated[str, Field(min_length=1, max_length=200)]
ListName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ListValues = Annotated[tuple[Word | StrictInt, ...], Field(max_length=5_000)]


class Frozen(BaseModel):
    """A part of the configuration: strict about keys, never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Board(Frozen):
    """The school board itself."""

    name: str = Field(min_length=1, max_length=200)
    time_zone: Annotated[str, AfterValidator(known_zone)] = "Europe/Amsterdam"


class Tenant(Frozen):
    """The Microsoft 365 tenant and the app registration that reads it; without one a board imports downloads."""

    id: Guid
    client_id: Guid | None = None
    certificate: Path | None = None
    secret: Path | None = None
    authority: Address = MICROSOFT_LOGIN
    graph: Address = MICROSOFT_GRAPH
    ca: Path | None = None
    proxy: str | None = None

    @model_validator(mode="after")
    def one_credential(self) -> "Tenant":
        """Exactly one of certificate and secret: two leave open which one counts. Without a registration none."""
        if self.client_id is None and self.certificate is None and self.secret is None:
            return self
        if self.client_id is None:
            raise ValueError("registration")
        if (self.certificate is None) == (self.secret is None):
            raise ValueError("credential")
        return self


class SharePoint(Frozen):
    """The second app registration, which reads who is in SharePoint groups; its permission can also write."""

    address: Address  # https://<name>.sharepoint.com
    client_id: Guid
    certificate: Path  # SharePoint refuses secrets


class Datto(Frozen):
    """Datto RMM: devices and remote sessions."""

    address: Address  # https://<platform>-api.centrastage.net
    key: str = Field(min_length=1)  # the API key; the secret key stands in a file
    secret: Path


class Collect(Frozen):
    """How far collecting goes."""

    onedrives: tuple[Population, ...] = ()  # whose OneDrives are looked into


class Store(Frozen):
    """Where ibpmon keeps its data."""

    database: Annotated[str, Field(pattern=r"^(sqlite:///|postgresql://).+")] = "sqlite:///ibpmon.db"
    pseudonym_key: Path = Path("secrets/pseudonym.key")
    reports: Path = Path("output/reports")


class Content(Frozen):
    """The board's own connectors, rules and reports, and what it switched off."""

    folder: Path | None = None
    connectors_off: tuple[str, ...] = ()
    connectors_on: tuple[str, ...] = ()  # of those that are off until a board asks for them
    rules_off: tuple[str, ...] = ()


class Mail(Frozen):
    """By which way mail goes out, and who gets which mail."""

    sender: Mailbox = Field(alias="from")
    through: Literal["smtp", "graph"] = "smtp"
    host: str = Field("", validate_default=True)  # the mail server; Graph needs none
    tls: Literal["starttls", "implicit"] = "starttls"
    port: int = Field(default_factory=lambda known: SUBMISSION.get(known.get("tls", ""), 587), ge=1, le=65535)
    auth: Literal["password", "xoauth2"] = "password"
    user: str | None = None
    password: Path | None = None
    ca: Path | None = None
    to: dict[Literal["it", "privacy", "fg", "ledger", "board"], tuple[Mailbox, ...]]
    morning: Moment = time(7)  # of a school day: then the mail of the day goes out
    always: bool = False  # also on a day without news

    @property
    def needs_registration(self) -> str:
        """The key for which the app registration is needed; empty when mail goes without."""
        return "through" if self.through == "graph" else "auth" if self.auth == "xoauth2" else ""

    @field_validator("to")
    @classmethod
    def somebody_hears(cls, to: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Without ICT nobody hears anything."""
        if not to.get("it"):
            raise ValueError("mail to")
        return to

    @field_validator("host")
    @classmethod
    def has_a_way(cls, host: str, known: ValidationInfo) -> str:
        """Without a host there is no mail server, and no way unless mail goes through Graph."""
        if not host and known.data.get("through") == "smtp":
            raise ValueError("mail host")
        return host

    @model_validator(mode="after")
    def one_proof(self) -> "Mail":
        """A password or a token: with both nobody knows which one counts."""
        if self.auth == "xoauth2" and self.password is not None:
            raise ValueError("mail auth")
        return self


class Teams(Frozen):
    """The workflow that posts counts in a channel of Teams; its address is a secret and stands in a file."""

    webhook: Path


class Web(Frozen):
    """The pages for people, and the app registration by which they sign in: never the one that reads the tenant."""

    public_url: PageAddress  # as people type it; behind a reverse proxy the address of that
    address: IpAddress = "127.0.0.1"
    port: int = Field(8377, ge=1, le=65535)
    client_id: Guid
    certificate: Path | None = None
    secret: Path | None = None
    idle: Duration = timedelta(minutes=30)  # without a request for so long: sign in again
    absolute: Duration = timedelta(hours=8)  # and after so long in any case
    roles: dict[Word, RoleOfEntra] = {}  # the value of an app role in Entra -> the role here

    @property
    def is_secure(self) -> bool:
        """Whether people come by https; only on this machine itself they may come without."""
        return self.public_url.startswith("https:")

    @model_validator(mode="after")
    def one_credential(self) -> "Web":
        """Exactly one of certificate and secret."""
        if (self.certificate is None) == (self.secret is None):
            raise ValueError("credential")
        return self

    @model_validator(mode="after")
    def sessions_end(self) -> "Web":
        """A session ends after a day at most, and earlier for whoever walks away."""
        if not timedelta() < self.idle <= self.absolute <= LONGEST_SESSION:
            raise ValueError("session")
        return self


class BoardFile(Frozen):
    """One file that the board hands over: where it lies and which heading holds which value."""

    path: Path
    sheet: str = ""  # XLSX: the name of the sheet; empty: the first one
    encoding: Literal["", "utf-8", "utf-16", "cp1252", "cp850"] = ""  # CSV: empty: seen from the file itself
    columns: dict[str, str] = {}


class Application(BoardFile):
    """The export of another application: who has which right there."""

    name: str = Field(min_length=1, max_length=100)
    as_of: date | None = None  # when it was made; without it the column as_of, else the date of the file
    rights: dict[Literal["read", "write", "owner"], tuple[Word, ...]] = {}  # what the application's own words amount to


class MatrixFile(BoardFile):
    """The autorisatiematrix: a TOML file, or a list (CSV, XLSX), which has no place for who approved it."""

    version: str = Field("", max_length=200)
    approved_by: str = Field("", max_length=200)
    approved_on: date | None = None

    @property
    def is_list(self) -> bool:
        """Whether it is a list, and not the TOML file in which everything stands."""
        return self.path.suffix.casefold() != ".toml"

    @model_validator(mode="after")
    def said_once(self) -> "MatrixFile":
        """What stands in the TOML file itself would not count here."""
        here = (self.version, self.approved_by, self.approved_on, self.sheet, self.encoding, self.columns)
        if not self.is_list and any(here):
            raise ValueError("matrix twice")
        return self


class Files(Frozen):
    """The files of the board; one that is not named is not read, and what needs it cannot be judged."""

    staff: BoardFile | None = None
    pupils: BoardFile | None = None
    matrix: MatrixFile | None = None
    devices: BoardFile | None = None
    classification: BoardFile | None = None
    consents: BoardFile | None = None
    announcements: BoardFile | None = None
    overrides: BoardFile | None = None
    applications: Annotated[tuple[Application, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def each_application_once(self) -> "Files":
        """Two exports under one name would end each other's rights."""
        names = [one.name.strip().casefold() for one in self.applications or ()]
        if len(set(names)) < len(names):
            raise ValueError("application twice")
        return self


# The connectors that are off until the board names their file.
READ_WHEN_NAMED: Mapping[str, str] = {
    "devices": "device-list",
    "classification": "classification",
    "consents": "remote-consents",
    "announcements": "announcements",
    "overrides": "account-overrides",
    "applications": "application-rights",
}


class PopulationRule(Frozen):
    """What makes accounts a population: each of these alone is enough."""

    population: Population
    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    groups: tuple[Word, ...] = ()  # names of groups; who is in a group within counts too
    licences: tuple[Word, ...] = ()  # as Microsoft calls them: M365EDU_A3_STUDENT
    lists: tuple[Literal["staff", "pupils"], ...] = ()

    @model_validator(mode="after")
    def says_something(self) -> "PopulationRule":
        """A line that names nothing would never fit."""
        if not (self.domains or self.names or self.groups or self.licences or self.lists):
            raise ValueError("empty population")
        return self


class School(Frozen):
    """One school: the names of its groups and sites, and the addresses it comes from."""

    key: Key
    name: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    director: Mailbox | None = None  # hears what concerns the pupils of this school


class ZoneRule(Frozen):
    """Names of groups and sites that make a zone (omgeving)."""

    zone: Zone
    names: tuple[str, ...] = Field(min_length=1)


class DayOff(Frozen):
    """Days on which the board has no school though the region has."""

    first: date
    last: date | None = None  # without it one day
    why: Word

    @model_validator(mode="after")
    def in_order(self) -> "DayOff":
        """Ends after it begins."""
        if self.last and self.last < self.first:
            raise ValueError("days in order")
        return self


class Calendar(Frozen):
    """When there is school and when people work."""

    region: Literal["noord", "midden", "zuid"] | None = None  # without it no school day is known
    days_off: tuple[DayOff, ...] = ()
    working_hours: Hours = (time(7), time(18))  # of school days


class Schedule(Frozen):
    """How often the daemon works."""

    evaluate: Duration = timedelta(minutes=15)
    every: dict[str, Duration] = {}


class Backup(Frozen):
    """Where backups go by themselves, when, how many are kept, and the key that closes them."""

    folder: Path | None = None  # without it the daemon makes none
    at: Moment = time(3, 30)
    keep: Annotated[int, Field(ge=1, le=1_000)] = 14
    key: Path | None = None  # without it they are not encrypted


class Config(Frozen):
    """The whole configuration; every path in it is absolute."""

    language: Literal["nl", "en"] = "nl"
    board: Board
    tenant: Tenant
    sharepoint: SharePoint | None = None
    datto: Datto | None = None
    collect: Collect = Collect()
    store: Store = Store()
    backup: Backup = Backup()
    content: Content = Content()
    thresholds: dict[str, dict[str, int]] = {}
    lists: dict[ListName, ListValues] = {}  # what rules may name as %name% with |expand
    mail: Mail
    teams: Teams | None = None
    web: Web | None = None
    files: Files = Files()
    populations: tuple[PopulationRule, ...] = ()
    schools: tuple[School, ...] = ()
    zones: tuple[ZoneRule, ...] = ()
    calendar: Calendar = Calendar()
    schedule: Schedule = Schedule()

    @property
    def time_zone(self) -> ZoneInfo:
        """The board's own civil time; used only at the edges."""
        return ZoneInfo(self.board.time_zone)


def load(path: Path) -> Config:
    """Read config.toml; raises ConfigError that names every problem with its line."""
    text = read(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            N_("{path} is not valid TOML"), why="{error}", fix=N_("correct that line"), path=path, error=error
        ) from None
    config = check(Config, raw, path, text)
    registered(config, path, text)
    registered_apart(config, path, text)
    return absolute(with_named_files(config), path.resolve().parent)


def registered(config: Config, path: Path, text: str) -> None:
    """Refuse a way of mailing that signs in to Microsoft when there is nothing to sign in with."""
    key = config.mail.needs_registration
    if key and config.tenant.client_id is None:
        raise ConfigError(
            N_("{path} has {count} problem(s)"),
            why=N_("{file}:{line}: mail.{key}: this way of mailing signs in with the app registration of [tenant]"),
            fix=N_("give tenant.client_id with a certificate, or mail through a server with a password"),
            path=path,
            count=1,
            file=path.name,
            line=line_of(["mail", key], text),
            key=key,
        )


def registered_apart(config: Config, path: Path, text: str) -> None:
    """Refuse one app registration for reading the tenant and for signing people in: the web would hold both rights."""
    readers = {config.tenant.client_id, config.sharepoint and config.sharepoint.client_id} - {None}
    if config.web and config.web.client_id.lower() in {str(one).lower() for one in readers}:
        raise ConfigError(
            N_("{path} has {count} problem(s)"),
            why=N_("{file}:{line}: web.client_id: the app registration that reads the tenant may not sign people in"),
            fix=N_("make another app registration for the web, without permissions (docs/web.md)"),
            path=path,
            count=1,
            file=path.name,
            line=line_of(["web", "client_id"], text),
        )


def with_named_files(config: Config) -> Config:
    """The configuration in which the connector of every named file is on: to name a file is to ask for it."""
    named = [name for file, name in READ_WHEN_NAMED.items() if getattr(config.files, file) is not None]
    asked = dict.fromkeys([*config.content.connectors_on, *named])
    return config.model_copy(update={"content": config.content.model_copy(update={"connectors_on": tuple(asked)})})


def read(path: Path) -> str:
    """The text of a configuration file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            N_("there is no configuration at {path}"),
            fix=N_("copy config.example.toml to config.toml and fill in your own board, or give --config"),
            path=path,
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(N_("cannot read {path}"), why="{error}", path=path, error=error) from None


M = TypeVar("M", bound=BaseModel)


def check(model: type[M], raw: dict[str, Any], path: Path, text: str) -> M:
    """The raw tables as a checked model; all problems in one ConfigError, each with file, line and key."""
    try:
        return model.model_validate(raw)
    except ValidationError as errors:
        lines = [problem(dict(error), path, text) for error in errors.errors(include_input=False, include_url=False)]
        raise ConfigError(
            N_("{path} has {count} problem(s)"),
            why="{problems}",
            fix=N_("config.example.toml explains every option"),
            path=path,
            count=len(lines),
            problems="\n".join(lines),
        ) from None


def problem(error: dict[str, Any], path: Path, text: str) -> str:
    """One problem as `config.toml:8: mail.port: ...`; the value itself may be a secret and is never shown."""
    where = [part for part in error["loc"] if part not in ("function-after", "is-instance")]
    key = ".".join(str(part) for part in where)
    return f"{path.name}:{line_of(where, text)}: {key}: {sentence(error)}"


def sentence(error: dict[str, Any]) -> str:
    """What is wrong with one key, in the reader's language."""
    named = {
        "value_error": str(error.get("ctx", {}).get("error", "")),
        "missing": "missing",
        "extra_forbidden": "extra",
    }
    known = {
        "missing": _("this key is missing"),
        "extra": _("ibpmon does not know this key"),
        "https": _("give an address that starts with https:// and has no path"),
        "time zone": _("this machine does not know that time zone"),
        "duration": _("write a span of time as 15m, 24h or 7d"),
        "credential": _("give either certificate or secret"),
        "ip address": _("give an IP address of this machine, as 127.0.0.1"),
        "session": _("idle may not be longer than absolute, and absolute a day at most (24h)"),
        "registration": _("give client_id with a certificate or secret, or none of the three"),
        "empty population": _("give domains, names, groups, licences or lists"),
        "matrix twice": _("a matrix in TOML says these itself; only a CSV or XLSX needs them here"),
        "days in order": _("the last day comes before the first"),
        "hours": _("write working hours as 07:30-18:00"),
        "clock": _("write a time as 07:00"),
        "application twice": _("two applications have the same name"),
        "mailbox": _("write one mail address, as name@school.example: no spaces, commas, brackets or line ends"),
        "mail host": _('name the mail server as host, or set through = "graph"'),
        "mail to": _("name at least one address as it: whoever works on the alerts"),
        "mail auth": _("xoauth2 signs in with the app registration: leave password out"),
    }
    return known.get(named.get(error["type"], ""), _("this value does not fit") + f" ({error['msg']})")


def line_of(where: list[Any], text: str) -> int:
    """The line on which a key, or the table that should hold it, stands; 1 when it cannot be told."""
    table: list[Any] = []
    best, counts = 1, dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[(\[?)([^\]]+)\]", line):
            name = header[2].strip()
            counts[name] = counts.get(name, -1) + 1
            table = [*name.split("."), *([counts[name]] if header[1] else [])]
            best = number if table == where[: len(table)] else best
        elif key := re.match(r"\s*([A-Za-z0-9_-]+)\s*=", line):
            at = [*table, key[1]]
            if at == where[: len(at)]:
                return number
    return best


def absolute(config: Config, base: Path) -> Config:
    """The configuration with every relative path taken from the folder of its file."""
    database = config.store.database
    if database.startswith("sqlite:///"):
        database = f"sqlite:///{base / database.removeprefix('sqlite:///')}"
    changed: Config = anchored(config, base)
    return changed.model_copy(update={"store": changed.store.model_copy(update={"database": database})})


def anchored(part: Any, base: Path) -> Any:
    """A copy of one part in which no path is relative any more."""
    if isinstance(part, Path):
        return base / part
    if isinstance(part, Frozen):
        return part.model_copy(update={name: anchored(getattr(part, name), base) for name in type(part).model_fields})
    if isinstance(part, tuple):
        return tuple(anchored(one, base) for one in part)
    return part


def handed_over(path: Path) -> Path:
    """Where a secret lies: where systemd hands credentials over (LoadCredential), when it does, else as it is named.

    A whole folder of secrets arrives there as `folder_file`, one file under its own name.
    """
    folder = Path(os.environ.get("CREDENTIALS_DIRECTORY") or "/nonexistent")
    given = (folder / f"{path.parent.name}_{path.name}", folder / path.name)
    return next((one for one in given if one.is_file()), path)


def secret_text(path: Path) -> str:
    """What a secret file holds, without the line end; refused when others may read it."""
    given = handed_over(path)
    try:
        mode = given.stat().st_mode
        text = given.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            N_("cannot read the secret file {path}"),
            why="{error}",
            path=path,
            error=type(error).__name__,
            fix=N_("make it readable for the user that runs ibpmon, and for nobody else (mode 0600)"),
        ) from None
    if given == path:  # systemd lets only the service in, and may say so by an access list that looks like a group
        only_ours(path, mode)
    return text


def only_ours(path: Path, mode: int) -> None:
    """Refuse a secret file whose mode lets others on this machine read, write or run it."""
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            N_("others on this machine can read the secret file {path}"),
            why=N_("its mode is {mode}"),
            fix=N_("run: chmod 600 {path}"),
            path=path,
            mode=oct(stat.S_IMODE(mode)),
        )
