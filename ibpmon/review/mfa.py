"""Which of the staff can sign in in two steps: who has it, who has not, and of whom that is not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, func, or_, select

from ibpmon.language import N_
from ibpmon.review.holders import Sight
from ibpmon.review.nearby import Near
from ibpmon.store.tables import Finding
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Columns

Has = Literal["yes", "no", "unknown"]
HAS_WORDS: Mapping[str, str] = {"yes": N_("yes"), "no": N_("no"), "unknown": N_("unknown")}
RULE = "account-without-mfa"  # since when it is known that somebody has none
REPORT: Columns = {"account_id": "text", "mfa_capable": "bool", "methods": "list", "reported": "time"}


@dataclass(frozen=True, slots=True)
class Member:
    """One account of the staff that is switched on, or of which that is not known."""

    account_id: str
    name: str
    upn: str
    school: str
    has: Has
    methods: tuple[str, ...]
    reported: datetime | None  # when Microsoft last looked
    since: datetime | None  # since when ibpmon says that something is wrong with it


def staff(near: Near) -> list[Member]:
    """All staff by name. Who is not in the report of Microsoft is unknown: absent is not "no MFA"."""
    found = [member(row) for row in near.rows("MFA of staff", staff_rows)]
    return sorted(found, key=lambda one: (one.name.casefold(), one.account_id))


def member(row: Any) -> Member:
    """One row as a member of staff."""
    has: Has = "unknown" if row.mfa_capable is None else "yes" if row.mfa_capable else "no"
    methods = tuple(str(one) for one in row.methods) if isinstance(row.methods, list) else ()
    name = row.name or row.upn or row.account_id
    return Member(row.account_id, name, row.upn or "", row.school or "", has, methods, row.reported, row.since)


def staff_rows(here: Sight) -> Select[Any]:
    """The accounts of staff that are not switched off, beside the report and the finding about each."""
    account = here.part(
        "accounts", {"account_id": "text", "name": "text", "upn": "text", "enabled": "bool"}, "of_staff"
    )
    place, fits = here.place("account", account.c.account_id, "staff_place")
    report, finding = here.part("mfa-registration", REPORT, "staff_report"), table_of(Finding)
    about = and_(finding.c.tenant_id == here.tenant, finding.c.rule == RULE, finding.c.subject == account.c.account_id,
                 finding.c.gone_at.is_(None))  # fmt: skip
    since = select(func.min(finding.c.first_seen)).where(about).scalar_subquery().label("since")
    rows = account.join(place, fits).outerjoin(report, report.c.account_id == account.c.account_id)
    told = (account.c.account_id, account.c.name, account.c.upn, place.c.school, report.c.mfa_capable, report.c.methods,
            report.c.reported, since)  # fmt: skip
    on = or_(account.c.enabled.is_(True), account.c.enabled.is_(None))
    return select(*told).select_from(rows).where(place.c.population == "staff", on)


def counts(found: Sequence[Member]) -> dict[str, int]:
    """How many have it, have it not, and are unknown."""
    return {has: sum(one.has == has for one in found) for has in HAS_WORDS}
