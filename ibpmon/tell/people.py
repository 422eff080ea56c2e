"""Decides who is named in a mail: staff by name, pupils by pseudonym, and who cannot be placed by neither."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select
from sqlmodel import Session

from ibpmon.collect.populations import population_of
from ibpmon.config import Config
from ibpmon.language import _
from ibpmon.privacy.pseudonyms import Pseudonyms
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Placement

# Fields of a finding that say who someone is.
NAMING = frozenset(
    {"account", "account_id", "account_name", "display_name", "employee_id", "first_name", "last_name", "mail", "name"}
    | {"owner", "person", "pupil_number", "upn", "user", "user_id", "user_name", "user_principal_name"}
)
GRAM = 5  # names are found by their first so many letters
GUEST = "#ext#"  # stands in the user name of a guest, before a domain of the board
SHORTEST_NAME = 6  # letters of a name that is looked for inside other words


@dataclass(frozen=True, slots=True)
class Account:
    """An account as far as it matters here."""

    account_id: str
    upn: str
    name: str
    population: str
    school: str = ""
    known: bool = True  # placed, or placeable by its name
    mail: str = ""

    @property
    def named(self) -> bool:
        """Whether a mail may name this person."""
        return self.known and self.population != "pupil"


@dataclass(frozen=True, slots=True)
class Device:
    """A device, with everyone who was its user as long as we remember; the last one last."""

    serial: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What a finding is about: the kind of its subject (account_id, device_id, ip_address, ...) and its evidence."""

    kind: str
    subject: str
    evidence: Mapping[str, Any]


@dataclass(slots=True)
class People:
    """The accounts and devices of a board; gives for each finding the values that may be shown."""

    pseudonyms: Pseudonyms
    config: Config
    accounts: dict[str, Account] = field(default_factory=dict)  # by folded id
    by_upn: dict[str, Account] = field(default_factory=dict)
    by_mail: dict[str, Account] = field(default_factory=dict)
    domains: set[str] = field(default_factory=set)  # in which the board gives out user names; Entra verified them
    devices: dict[str, Device] = field(default_factory=dict)
    marks: dict[str, list[tuple[str, Account]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, account: Account) -> None:
        """Remember an account; of a pupil also what would give the pupil away inside another text."""
        self.accounts[account.account_id.casefold()] = account
        self.by_upn |= {account.upn.casefold(): account} if account.upn else {}
        self.by_mail |= {account.mail.casefold(): account} if account.mail else {}
        if "@" in account.upn and GUEST not in account.upn.casefold():
            self.domains.add(account.upn.rpartition("@")[2].casefold())
        if account.population == "pupil":
            for mark in marks_of(account):
                self.marks[mark[:GRAM]].append((mark, account))

    def behind(self, address: str) -> list[Account]:
        """The accounts that an address may belong to: by user name, and by where its mail goes."""
        found = (some.get(address.casefold()) for some in (self.by_upn, self.by_mail))
        return [account for account in found if account]

    def add_device(self, device_id: str, serial: str, user: str) -> None:
        """Remember a device and its user."""
        users = self.devices[device_id].users if device_id in self.devices else ()
        self.devices[device_id] = Device(serial, (*users, user) if user else users)

    def may_show(self, about: About) -> dict[str, Any]:
        """The evidence of a finding with every pupil, and everyone who cannot be placed, replaced by a pseudonym."""
        owner = self.owner(about)
        if owner and not owner.named:
            return {name: self.veiled(name, value, about, owner) for name, value in about.evidence.items()}
        own = NAMING if owner else frozenset[str]()
        own = own - {"name"} if about.kind == "device_id" else own
        return {
            name: value if name in own and not isinstance(value, list) else self.scrubbed(value)
            for name, value in about.evidence.items()
        }

    def owner(self, about: About) -> Account | None:
        """The account that a finding is about, or whose device it is; None when there is no such account."""
        if about.kind == "device_id":
            return self.user_of(about)
        account_id = about.subject if about.kind == "account_id" else str(about.evidence.get("account_id") or "")
        upn = str(about.evidence.get("upn") or "")
        if found := self.accounts.get(account_id.casefold()) or self.by_upn.get(upn.casefold()):
            return found
        return self.unplaced(account_id or upn, upn, about.evidence) if account_id or upn else None

    def user_of(self, about: About) -> Account | None:
        """Whose device it is; a pupil who ever had it goes first, because the device may still bear that name."""
        device = self.devices.get(about.subject)
        if device is None:
            return Account(about.subject, "", "", "unknown", known=False)
        users = [self.accounts.get(user.casefold()) or self.unplaced(user, "", {}) for user in reversed(device.users)]
        return next((user for user in users if not user.named), users[0] if users else None)

    def unplaced(self, account_id: str, upn: str, evidence: Mapping[str, Any]) -> Account:
        """An account that no list holds any more: its user name may still say what it is; if not, it gets no name."""
        population, _why = population_of({"user_type": evidence.get("user_type"), "upn": upn}, self.config.populations)
        return Account(account_id, upn, str(evidence.get("name") or ""), population, known=population != "unknown")

    def veiled(self, name: str, value: Any, about: About, owner: Account) -> Any:
        """One value of a finding about someone who is not named."""
        if name == "name" and about.kind == "device_id":
            return self.device(about)
        if name in NAMING:
            return self.label(owner)
        return self.scrubbed(value, [owner])

    def device(self, about: About) -> str:
        """A pupil's device: by its serial number, because people call devices after themselves."""
        device = self.devices.get(about.subject)
        serial = self.scrubbed(about.evidence.get("serial") or (device.serial if device else ""))
        return _("device {serial}").format(serial=serial) if serial else _("a device without a serial number")

    def label(self, account: Account) -> str:
        """How someone who is not named appears: pseudonym and school."""
        if account.population != "pupil":
            return f"account-{self.pseudonyms.code(account.account_id)}"
        pseudonym, school = self.pseudonyms.of(account.account_id), self.school(account.school)
        return f"{pseudonym} ({school})" if school else pseudonym

    def school(self, key: str) -> str:
        """The name of a school."""
        return next((one.name for one in self.config.schools if one.key == key), key)

    def scrubbed(self, value: Any, also: Iterable[Account] = ()) -> Any:
        """A value; if a pupil can be read in it, the pupil's label in its place."""
        if isinstance(value, list):
            return [self.scrubbed(one, also) for one in value]
        if not isinstance(value, str):
            return value
        one = self.accounts.get(value.casefold()) or (self.by_upn.get(value.casefold()) if value else None)
        if one and one.named:
            return one.upn or value
        found = self.found_in(value) or next((one for one in also if betrays(value, one)), None)
        return self.label(found) if found else value

    def found_in(self, text: str) -> Account | None:
        """The pupil whose id, user name or whole name stands in a text, however it is spaced."""
        for form in {plain(text), squeezed(text)}:
            for start in range(len(form) - GRAM + 1):
                for mark, account in self.marks.get(form[start : start + GRAM], ()):
                    if form.startswith(mark, start):
                        return account
        return None


def betrays(text: str, account: Account) -> bool:
    """Whether this account, which need not be a known pupil, can be read in a text."""
    forms = (plain(text), squeezed(text))
    return any(mark in form for mark in marks_of(account) for form in forms)


def marks_of(account: Account) -> set[str]:
    """What gives an account away: its id, its user name, and its name in both orders."""
    words = [squeezed(word) for word in account.name.split()]
    orders = {"".join(words), "".join(words[1:] + words[:1]), "".join(words[-1:] + words[:-1])}
    names = {name for name in orders if len(words) > 1 and len(name) >= SHORTEST_NAME}
    local = plain(account.upn).partition("@")[0]
    return {mark for mark in names | {local, plain(account.account_id)} if len(mark) >= GRAM}


def plain(text: str) -> str:
    """A text without capitals, accents and characters that cannot be seen."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if unicodedata.category(c)[0] not in "MC")


def squeezed(text: str) -> str:
    """Only the letters and digits of a text: SanneJansen, sanne.jansen and Sanne Jansen are one name."""
    return re.sub(r"[\W_]+", "", plain(text))


# ---- from the store


def people(session: Session, store: Store, config: Config, pseudonyms: Pseudonyms) -> People:
    """Everyone that ever had an account here and was not forgotten yet."""
    known = People(pseudonyms, config)
    for account in accounts(session, store, config):
        known.add(account)
    for device in devices(session, store):
        known.add_device(*device)
    return known


def accounts(session: Session, store: Store, config: Config, only: Any = None) -> Iterator[Account]:
    """The accounts with their population; the living state of each comes last and counts. `only`: ids, or a query."""
    if "accounts" not in store.data:
        return
    table, placed = store.data["accounts"], upsert.table_of(Placement)
    same = and_(
        placed.c.tenant_id == table.c.tenant_id, placed.c.object_id == table.c.account_id, placed.c.kind == "account"
    )
    statement = (
        select(table.c.account_id, table.c.upn, table.c.name, table.c.user_type, table.c.mail)
        .add_columns(placed.c.population, placed.c.school)
        .join(placed, same, isouter=True)
        .where(table.c.tenant_id == store.tenant)
        .order_by(table.c.first_seen)
    )
    if only is not None:
        statement = statement.where(table.c.account_id.in_(only))
    pupils = pupil_names(session, store)
    for row in session.execute(statement):
        yield account_of(row, config, pupils)


def account_of(row: Any, config: Config, pupils: frozenset[str]) -> Account:
    """One row as an account; who is on the pupil list and fits no population is a pupil here, to be safe."""
    guess, _why = population_of({"user_type": row.user_type, "upn": row.upn}, config.populations)
    population = row.population or guess
    if population == "unknown" and (row.upn or "").casefold() in pupils:
        population = "pupil"
    known = row.population is not None or population != "unknown"
    return Account(row.account_id, row.upn or "", row.name or "", population, row.school or "", known, row.mail or "")


def pupil_names(session: Session, store: Store) -> frozenset[str]:
    """The user names on the pupil list."""
    if "pupil-list" not in store.data:
        return frozenset()
    table = store.data["pupil-list"]
    names = session.scalars(select(table.c.upn).where(table.c.tenant_id == store.tenant))
    return frozenset(name.casefold() for name in names if name)


def devices(session: Session, store: Store) -> Iterator[tuple[str, str, str]]:
    """Each device with its serial number and user; the living state of each comes last."""
    if "managed-devices" not in store.data:
        return
    table = store.data["managed-devices"]
    statement = select(table.c.device_id, table.c.serial, table.c.account_id).where(table.c.tenant_id == store.tenant)
    for row in session.execute(statement.order_by(table.c.first_seen)):
        yield row.device_id, row.serial or "", row.account_id or ""
