"""What the pages about people and places ask of the database, each in a few statements however large the board is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from ibpmon.review.devices import may_be_named
from ibpmon.review.holders import Sight
from ibpmon.review.nearby import Near
from ibpmon.review.nouns import Person
from ibpmon.store.database import Store
from ibpmon.store.matching import folded_text, place_in
from ibpmon.store.tables import OPEN_ALERTS, Alert
from ibpmon.store.view import Columns
from ibpmon.store.views.people import happened
from ibpmon.web.people_names import Someone

ACCOUNT: Columns = {
    "account_id": "text", "name": "text", "upn": "text", "enabled": "bool", "user_type": "text", "job_title": "text",
    "created": "time",
}  # fmt: skip
REPORT: Columns = {"account_id": "text", "mfa_capable": "bool", "methods": "list", "reported": "time"}
USED: Columns = {"account_id": "text", "last_success": "time", "last_try": "time"}
PLACED = ("population", "school", "function", "employed_until", "on_staff_list")


# ---------------------------------------------------------------- one person


def account(near: Near, account_id: str) -> Any:
    """All that is known of one living account in one row; None when there is none."""
    return next(iter(near.rows("one account", one_account, account=account_id)), None)


def one_account(here: Sight) -> Select[Any]:
    """The account beside its place, its registration for MFA and its last use."""
    one = here.part("accounts", ACCOUNT, "the_account")
    report, used = here.part("mfa-registration", REPORT, "mfa"), here.part("sign-in-activity", USED, "used")
    place, fits = here.place("account", one.c.account_id, "place")
    rows = one.outerjoin(place, fits).outerjoin(report, report.c.account_id == one.c.account_id)
    rows = rows.outerjoin(used, used.c.account_id == one.c.account_id)
    told = [
        *one.c, *(place.c[name] for name in PLACED), report.c.account_id.is_not(None).label("mfa_reported"),
        report.c.mfa_capable, report.c.methods, report.c.reported, used.c.account_id.is_not(None).label("use_reported"),
        happened(used.c.last_success).label("last_success"), happened(used.c.last_try).label("last_try"),
    ]  # fmt: skip
    return select(*told).select_from(rows).where(one.c.account_id == bindparam("account"))


def someone(row: Any) -> Someone:
    """Who a row with an account is."""
    return Someone(row.account_id, row.name or "", row.upn or "", row.population or "", row.school or "")


def person(row: Any) -> Person:
    """The same as the paths want it."""
    schools = (row.school,) if row.school else ()
    return Person(
        row.account_id, row.name or row.upn or row.account_id, row.upn or "", row.enabled,
        row.population or "unknown", schools, row.function or "",
    )  # fmt: skip


def alerts(session: Session, store: Store, subjects: Sequence[str], hidden: Collection[str]) -> Sequence[Alert]:
    """The alerts about these that still ask for something but those of hidden rules, the newest first."""
    mine = (
        col(Alert.tenant_id) == store.tenant, col(Alert.subject).in_(subjects), col(Alert.state).in_(OPEN_ALERTS),
        col(Alert.rule).not_in(hidden),
    )  # fmt: skip
    return session.scalars(select(Alert).where(*mine).order_by(col(Alert.opened_at).desc())).all()


# ---------------------------------------------------------------- people by id


def people(near: Near, keys: Iterable[str]) -> dict[str, Person]:
    """These accounts, as far as they are there."""
    rows = near.rows("accounts by id", accounts_by_id, people=sorted(keys))
    return {row.account_id: person(row) for row in rows}


def accounts_by_id(here: Sight) -> Select[Any]:
    """The accounts beside their place."""
    one = here.part("accounts", ACCOUNT, "an_account")
    place, fits = here.place("account", one.c.account_id, "place")
    told = (*one.c, *(place.c[name] for name in PLACED))
    wanted = one.c.account_id.in_(bindparam("people", expanding=True))
    return select(*told).select_from(one.outerjoin(place, fits)).where(wanted)


# ---------------------------------------------------------------- parts of a site


def parts_of_site(near: Near, site: str) -> Iterable[Any]:
    """The libraries of a site, its lists with rights of their own, and its folders and files with those."""
    return near.rows("parts of a site", site_parts, site=site)


def site_parts(here: Sight) -> Any:
    """As rows of a kind, an id, what it stands in and a name."""
    drive = here.part("drives", {"site_id": "text", "drive_id": "text", "name": "text"}, "part_drive")
    one = here.part("site-lists", {"site_id": "text", "list_id": "text", "name": "text", "unique": "bool"}, "part_list")
    item = here.part("drive-items", {"drive_id": "text", "item_id": "text"}, "part_item")
    nothing = cast(null(), Text)
    inside: Any = bindparam("site")
    return union_all(
        select(literal("library").label("kind"), drive.c.drive_id.label("key"), nothing.label("within"),
               drive.c.name.label("name")).where(drive.c.site_id == inside),
        select(literal("list"), one.c.list_id, nothing, one.c.name).where(one.c.site_id == inside, one.c.unique),
        select(literal("item"), item.c.item_id, item.c.drive_id, nothing)
        .join_from(item, drive, drive.c.drive_id == item.c.drive_id).where(drive.c.site_id == inside),
    )  # fmt: skip


# ---------------------------------------------------------------- searching


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: one page of it, and how many there are of each kind."""

    rows: Sequence[Any]
    counts: Mapping[str, int]


KIND_ORDER = ("person", "site", "group", "library", "device")


def search(near: Near, words: Sequence[str], kind: str, begin: int, many: int) -> Found:
    """People, sites, libraries, groups and devices in whose name all of these words stand, wherever in it.

    Of pupils and of who was not placed only the id counts: who searches by name would learn whose pseudonym it is.
    """
    values = {f"word{number}": word for number, word in enumerate(words)}
    rows = near.rows(f"search {len(words)} {kind}", lambda here: found_rows(here, len(words), kind), **values,
                     many=many, begin=begin)  # fmt: skip
    counts = near.rows(f"count {len(words)}", lambda here: found_counts(here, len(words)), **values)
    return Found(list(rows), {row.kind: row.number for row in counts})


def found_rows(here: Sight, count: int, kind: str) -> Any:
    """One page of what fits, people first."""
    c = everything(here, count).c
    order = case({one: number for number, one in enumerate(KIND_ORDER)}, value=c.kind)
    query = select(*c).order_by(order, folded_text(c.name), c.key)
    query = query.where(c.kind == kind) if kind else query
    return query.limit(bindparam("many")).offset(bindparam("begin"))


def found_counts(here: Sight, count: int) -> Any:
    """How many fit, by kind."""
    c = everything(here, count).c
    return select(c.kind, func.count().label("number")).group_by(c.kind)


def everything(here: Sight, count: int) -> Any:
    """All that can be found and fits, as rows of the same columns."""
    return union_all(*(one for make in (of_people, of_places, of_devices) for one in make(here, count))).subquery("any")


def fits(count: int, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether each word stands in one of these columns; no sign in a word has a meaning of its own."""
    return and_(
        *(or_(*(place_in(folded_text(func.coalesce(one, "")), bindparam(f"word{number}")) > 0 for one in columns))
          for number in range(count))
    )  # fmt: skip


def row(kind: str, key: Any, name: Any, more: Any = None, **also: Any) -> list[Any]:
    """The columns of one thing that was found."""
    nothing = cast(null(), Text)
    return [
        literal(kind).label("kind"), key.label("key"), name.label("name"),
        (nothing if more is None else more).label("more"),
        *(also.get(label, nothing).label(label) for label in ("within", "account_id", "upn", "population", "school",
                                                              "user_name")),
    ]  # fmt: skip


def of_people(here: Sight, count: int) -> Iterable[Any]:
    """Accounts: by name and user name, or by id alone."""
    one = here.part("accounts", ACCOUNT, "found_account")
    place, joins = here.place("account", one.c.account_id, "found_place")
    named = may_be_named(place.c.population)
    by_name = and_(named, fits(count, one.c.name, one.c.upn))
    told = row("person", one.c.account_id, one.c.name, account_id=one.c.account_id, upn=one.c.upn,
               population=place.c.population, school=place.c.school)  # fmt: skip
    whole = select(*told).select_from(one.outerjoin(place, joins))
    yield whole.where(or_(by_name, one.c.account_id == bindparam("word0")))


def of_places(here: Sight, count: int) -> Iterable[Any]:
    """Sites that are nobody's own, their libraries, and groups."""
    site = here.part("sites", {"site_id": "text", "name": "text", "address": "text", "personal": "bool"}, "found_site")
    shared = func.coalesce(site.c.personal, False).is_(False)
    named = func.coalesce(site.c.name, site.c.address, site.c.site_id)
    whole = select(*row("site", site.c.site_id, named, site.c.address))
    yield whole.where(shared, fits(count, site.c.name, site.c.address))
    drive = here.part("drives", {"site_id": "text", "drive_id": "text", "name": "text"}, "found_drive")
    told = row("library", drive.c.drive_id, func.coalesce(drive.c.name, drive.c.drive_id), named, within=site.c.site_id)
    whole = select(*told).join_from(drive, site, site.c.site_id == drive.c.site_id)
    yield whole.where(shared, fits(count, drive.c.name))
    group = here.part("groups", {"group_id": "text", "name": "text"}, "found_group")
    yield select(*row("group", group.c.group_id, func.coalesce(group.c.name, group.c.group_id))).where(
        fits(count, group.c.name)
    )


def of_devices(here: Sight, count: int) -> Iterable[Any]:
    """Devices that Intune manages: by serial number, and by name unless a pupil has it."""
    columns: Columns = {"device_id": "text", "name": "text", "serial": "text", "account_id": "text"}
    one = here.part("managed-devices", columns, "found_device")
    user = here.part("accounts", ACCOUNT, "found_user")
    place, joins = here.place("account", one.c.account_id, "user_place")
    named = or_(func.coalesce(one.c.account_id, "") == "", may_be_named(place.c.population))
    told = row("device", one.c.device_id, one.c.name, one.c.serial, account_id=one.c.account_id,
               upn=user.c.upn, population=place.c.population, school=place.c.school, user_name=user.c.name)  # fmt: skip
    rows = one.outerjoin(place, joins).outerjoin(user, user.c.account_id == one.c.account_id)
    by_name = and_(named, fits(count, one.c.name, one.c.serial))
    yield select(*told).select_from(rows).where(or_(by_name, fits(count, one.c.serial)))


# ---------------------------------------------------------------- who goes by another name, and devices


def unnamed_accounts(here: Sight) -> Select[Any]:
    """The accounts of pupils, and those that nobody placed."""
    one = here.part("accounts", ACCOUNT, "an_unnamed")
    place, joins = here.place("account", one.c.account_id, "its_place")
    told = (*one.c, *(place.c[name] for name in PLACED))
    return select(*told).select_from(one.outerjoin(place, joins)).where(~may_be_named(place.c.population))


def devices_of_one(here: Sight) -> Select[Any]:
    """The devices that somebody uses, with whether Entra lets them in."""
    columns: Columns = {
        "device_id": "text", "name": "text", "serial": "text", "system": "text", "account_id": "text",
        "last_sync": "time", "entra_device_id": "text",
    }  # fmt: skip
    one = here.part("managed-devices", columns, "own_device")
    entra = here.part("devices", {"device_id": "text", "enabled": "bool"}, "own_entra")
    rows = one.outerjoin(entra, entra.c.device_id == one.c.entra_device_id)
    query = select(*one.c, entra.c.enabled.label("allowed")).select_from(rows)
    return query.where(one.c.account_id == bindparam("account")).order_by(one.c.name, one.c.device_id)
