"""Says of each account, group, site and application what it is and where it belongs, with the reason."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import and_, delete, select, tuple_
from sqlmodel import Session

from ibpmon.collect import runs as runs_of
from ibpmon.collect.calendar import place_calendar
from ibpmon.collect.matching import USER_NAME, Index, Marks
from ibpmon.collect.matching import folded as folded  # other rooms compare names as we do
from ibpmon.collect.populations import (
    Signs,
    conflict_of,
    first_match,
    groups_of,
    in_force,
    licence_names,
    population_of,
)
from ibpmon.config import Config, School
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Placement, micros

PLACEMENT = upsert.table_of(Placement)
KEYS = ("tenant_id", "kind", "object_id")
CHUNK = 500  # objects in one DELETE
PLACES = (("group", "groups", "group_id"), ("site", "sites", "site_id"), ("app", "service-principals", "principal_id"))
FAR = "2900"  # programs write "no end" as a year beyond this


@dataclass(frozen=True, slots=True)
class Place:
    """What one account, group or site is: the columns of table placement, in their order."""

    kind: str
    object_id: str
    population: str = "unknown"
    zone: str = "unknown"
    school: str = ""
    function: str = ""
    person: str = ""
    employed_until: int | None = None
    on_staff_list: bool | None = None
    conflict: str = ""
    classified: bool | None = None
    availability: str | None = None
    integrity: str | None = None
    confidentiality: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone on the staff list (with all contracts) or on the pupil list."""

    key: str
    list: str  # staff or pupil
    school: str
    function: str = ""
    employed_until: int | None = None


@dataclass(slots=True)
class People:
    """The people of one list, findable by number, by object id and by user name."""

    by_number: dict[str, Person] = field(default_factory=dict)
    by_upn: dict[str, Person] = field(default_factory=dict)
    index: Index[Person] = field(default_factory=Index)

    def has(self, row: Mapping[str, Any]) -> bool:
        """Whether the owner of an account stands on this list."""
        return self.index.find(marks_of(row)).found is not None


def place(store: Store, config: Config, now: datetime) -> None:
    """Bring tables `placement` and `calendar` up to date with what is there now; only what changed is written."""
    place_calendar(store, config, now)
    with store.read() as session:
        places = list(all_places(session, store, config, now))
        known = {(row.kind, row.object_id): row for row in session.execute(placed(store)).all()}
    fresh = {(one.kind, one.object_id): astuple(one) for one in places}
    changed = [values for key, values in fresh.items() if key not in known or stored(known[key]) != values]
    gone = [key for key in known if key not in fresh]
    if changed or gone:
        with store.write() as session:
            write(session, store, changed)
            remove(session, store, gone)


def all_places(session: Session, store: Store, config: Config, now: datetime) -> Iterator[Place]:
    """The place of everything that lives now."""
    today = now.astimezone(config.time_zone).date()
    staff = staff_of(rows(session, store, "staff-list"), today, config.time_zone)
    pupils = pupils_of(rows(session, store, "pupil-list"))
    accounts = rows(session, store, "accounts")
    signs = signs_of(session, store, config, accounts, (staff, pupils), today)
    schools = schools_by_name(config.schools)
    yield from (account_place(row, config, staff, pupils, signs, schools) for row in accounts)
    yield from (listed_device(row, schools) for row in rows(session, store, "device-list"))
    classes = classes_of(session, store)
    for kind, source, key in PLACES:
        for row in rows(session, store, source):
            yield classified(named_place(kind, row[key], row, config), row, classes)


def rows(session: Session, store: Store, name: str) -> Sequence[Mapping[str, Any]]:
    """The living rows of a connector; none when it is switched off."""
    if name not in store.data:
        return []
    return [dict(row) for row in session.execute(upsert.living(store, name)).mappings()]


def signs_of(
    session: Session,
    store: Store,
    config: Config,
    accounts: Sequence[Mapping[str, Any]],
    lists: tuple[People, People],
    today: date,
) -> Signs:
    """All signs of what accounts are; groups and licences are only read when the configuration names some."""
    groups = [name for rule in config.populations for name in rule.groups]
    licences = any(rule.licences for rule in config.populations)
    staff, pupils = lists
    return Signs(
        groups_of(rows(session, store, "groups"), rows(session, store, "group-members"), groups) if groups else {},
        licence_names(rows(session, store, "licences")) if licences else {},
        in_force(rows(session, store, "account-overrides"), today),
        frozenset(row["account_id"] for row in accounts if staff.has(row)),
        frozenset(row["account_id"] for row in accounts if folded(row["upn"]) in pupils.by_upn),
    )


# ---- accounts


def account_place(
    row: Mapping[str, Any],
    config: Config,
    staff: People,
    pupils: People,
    signs: Signs,
    schools: Mapping[str, str],
) -> Place:
    """What kind of account this is, whose, and at which school."""
    population, why = population_of(row, config.populations, signs)
    reasons = [f"population: {why}"]
    person, match = person_of(row, population, staff, pupils)
    if match:
        reasons.append(f"person: {match}")
    school, source = school_of(person, row, schools)
    if source:
        reasons.append(f"school: {source}")
    conflict = conflict_of(row, population, config.populations, signs)
    if conflict:
        reasons.append(f"conflict: {conflict}")
    return Place(
        kind="account",
        object_id=row["account_id"],
        population=population,
        school=school,
        function=person.function if person else "",
        person=person.key if person else "",
        employed_until=person.employed_until if person else None,
        on_staff_list=listed(person) if population == "staff" and staff.by_number else None,
        conflict=conflict,
        reason="; ".join(reasons),
    )


def listed(person: Person | None) -> bool:
    """Whether this is someone of the staff list."""
    return person is not None and person.list == "staff"


def person_of(row: Mapping[str, Any], population: str, staff: People, pupils: People) -> tuple[Person | None, str]:
    """Whose account it is: by number, by object id and then by user name; never by the name that people see.

    Accounts of pupils carry no number that their list has.
    """
    by_name = pupils.by_upn.get(folded(row["upn"]))
    if population != "pupil" and (match := staff.index.find(marks_of(row))).found:
        return match.found, match.by
    return (by_name, USER_NAME) if by_name and population in ("pupil", "unknown") else (None, "")


def marks_of(account: Mapping[str, Any]) -> Marks:
    """By what the owner of an account can be known."""
    return Marks(account["employee_id"] or "", account["account_id"], account["upn"] or "")


def school_of(person: Person | None, row: Mapping[str, Any], schools: Mapping[str, str]) -> tuple[str, str]:
    """The key of the school and where that was read: the list of people, else the office of the account."""
    if person and (key := schools.get(folded(person.school))):
        return key, f"{person.list} list"
    if key := schools.get(folded(row["office"])):
        return key, "office"
    return "", ""


def schools_by_name(schools: Sequence[School]) -> dict[str, str]:
    """The keys of the schools by key and by name, as people type them."""
    return {folded(word): school.key for school in reversed(schools) for word in (school.name, school.key)}


def listed_device(row: Mapping[str, Any], schools: Mapping[str, str]) -> Place:
    """At which school the list of the board has a device."""
    school = schools.get(folded(row["school"]), "")
    return Place("device", row["serial"], school=school, reason="school: device list" if school else "")


# ---- the lists of people


def staff_of(listed: Iterable[Mapping[str, Any]], today: date, zone: tzinfo) -> People:
    """The staff: one person per employee number, with all contracts taken together."""
    contracts: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in listed:
        contracts[folded(row["employee_number"])].append(row)
    people = People({number: employee(rows, today, zone) for number, rows in contracts.items()})
    for number, rows in contracts.items():
        person = people.by_number[number]
        for upn in {folded(row["upn"]) for row in rows} - {""}:
            people.by_upn[upn] = later(people.by_upn.get(upn), person)
        for row in rows:
            people.index.add(person, Marks(row["employee_number"], row.get("object_id") or ""))
    for upn, person in people.by_upn.items():
        people.index.add(person, Marks(upn=upn))
    return people


def later(one: Person | None, other: Person) -> Person:
    """Of two people with one user name the one who stays longest: a name can be given out again."""
    if one is None or other.employed_until is None:
        return other
    return one if one.employed_until is None or one.employed_until >= other.employed_until else other


def employee(contracts: Sequence[Mapping[str, Any]], today: date, zone: tzinfo) -> Person:
    """One employee: function and school of the contract that runs today, else of the last one."""
    running = [row for row in contracts if runs(row, today)]
    shown = max(running or contracts, key=lambda row: (row["end_date"] or "9999", row["start_date"], row["school"]))
    return Person(shown["employee_number"], "staff", shown["school"], shown["function"] or "", until(contracts, zone))


def runs(contract: Mapping[str, Any], today: date) -> bool:
    """Whether a contract runs today; days as text sort as days do."""
    return bool(contract["start_date"] <= today.isoformat() <= (contract["end_date"] or "9999"))


def until(contracts: Sequence[Mapping[str, Any]], zone: tzinfo) -> int | None:
    """The moment at which the last contract is over: midnight after its end date. None: there is one without end.

    A contract that begins later counts as well: who has it is not a leaver.
    """
    ends = [row["end_date"] for row in contracts]
    if not all(ends) or max(ends) > FAR:
        return None
    midnight = datetime.combine(date.fromisoformat(max(ends)) + timedelta(days=1), time(), zone)
    return micros(midnight.astimezone(UTC))


def pupils_of(listed: Iterable[Mapping[str, Any]]) -> People:
    """The pupils, by number and by user name."""
    people = People()
    for row in listed:
        pupil = Person(row["pupil_number"], "pupil", row["school"] or "")
        people.by_number[folded(row["pupil_number"])] = pupil
        # who moved to another school of the board may stand there twice: the line of today counts
        if row["upn"] and (row.get("enrolled") is not False or folded(row["upn"]) not in people.by_upn):
            people.by_upn[folded(row["upn"])] = pupil
    return people


# ---- groups and sites


def named_place(kind: str, object_id: str, row: Mapping[str, Any], config: Config) -> Place:
    """Where a group, site or application belongs, by its name; a OneDrive belongs to a person and to no school."""
    if row.get("personal"):
        return Place(kind, object_id, reason="zone: personal site")
    name, reasons = folded(row["name"]), []
    zone, school = "unknown", ""
    for rule in config.zones:
        if pattern := first_match(name, rule.names):
            zone, reasons = rule.zone, [f"zone: {pattern}"]
            break
    for one in config.schools:
        if pattern := first_match(name, one.names):
            school = one.key
            reasons.append(f"school: {pattern}")
            break
    return Place(kind, object_id, zone=zone, school=school, reason="; ".join(reasons) or "zone: fits nowhere")


# ---- how sensitive

Classes = Mapping[tuple[str, str], Mapping[str, Any]]


def classes_of(session: Session, store: Store) -> Classes | None:
    """The classification by kind and name, address or id; None when none was ever read."""
    if "classification" not in store.data or runs_of.last(session, store, "classification") is None:
        return None
    return {(row["kind"], folded(row["name"])): row for row in rows(session, store, "classification")}


def classified(place: Place, row: Mapping[str, Any], classes: Classes | None) -> Place:
    """A place with how sensitive its owner called it."""
    if classes is None:
        return place
    names = (place.object_id, row.get("address") or "", row.get("app_id") or "", row["name"] or "")
    found = next((classes[place.kind, folded(name)] for name in names if (place.kind, folded(name)) in classes), None)
    if found is None:
        return replace(place, classified=False)
    kept = {name: found[name] for name in ("availability", "integrity", "confidentiality")}
    return replace(place, classified=True, **kept)


# ---- the table


def placed(store: Store) -> Any:
    """What the table holds now."""
    return select(PLACEMENT).where(PLACEMENT.c.tenant_id == store.tenant)


def stored(row: Any) -> tuple[Any, ...]:
    """A stored row as the values of a Place."""
    until = None if row.employed_until is None else micros(row.employed_until)
    values = {**row._mapping, "employed_until": until}
    return tuple(values[column.name] for column in PLACEMENT.columns if column.name != "tenant_id")


def write(session: Session, store: Store, changed: Sequence[tuple[Any, ...]]) -> None:
    """Write new and changed places."""
    columns = [column.name for column in PLACEMENT.columns if column.name not in KEYS]
    act = "DO UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
    upsert.load(session, PLACEMENT, [(store.tenant, *values) for values in changed], KEYS, act)


def remove(session: Session, store: Store, gone: Sequence[tuple[str, str]]) -> None:
    """Forget the places of what is gone."""
    for start in range(0, len(gone), CHUNK):
        these = tuple_(PLACEMENT.c.kind, PLACEMENT.c.object_id).in_(gone[start : start + CHUNK])
        session.execute(delete(PLACEMENT).where(and_(PLACEMENT.c.tenant_id == store.tenant, these)))
