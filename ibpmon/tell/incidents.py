"""The register of incidents: raise one, tell what happened, whether it is a data breach, and what was reported to whom.

A data breach is reported to the Autoriteit Persoonsgegevens (AP) within 72 hours after somebody became aware of it
(art. 33 AVG). These are real hours, so they are counted in UTC: the clock of the board may change meanwhile.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _, ngettext
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Incident
from ibpmon.store.upsert import take
from ibpmon.store.views.registers import DEADLINE
from ibpmon.tell import acts
from ibpmon.tell.registers import (
    Deed,
    Values,
    append,
    carry_out,
    check_moment,
    check_seen,
    check_word,
    checked,
    needed,
)

TYPES = ("account", "device", "data", "system", "own_store", "other")
CLASSES = ("yes", "no", "investigating")  # datalek: ja, nee, onderzoek
FIELDS = (
    "title", "type", "happened", "people", "people_count", "records", "records_count", "effects", "measures",
    "evaluation",
)  # fmt: skip
MINUTE = timedelta(minutes=1)


# ---- the clock


def deadline(aware_at: datetime) -> datetime:
    """Until when the AP may be told, in UTC: adding to a local time would add hours of the wall clock."""
    return aware_at.astimezone(UTC) + timedelta(hours=DEADLINE)


def clock_runs(incident: Incident) -> bool:
    """Whether somebody still has to report or to decide; the view `incident-clock` asks the same."""
    return incident.state != "closed" and incident.data_breach != "no" and incident.reported is not True


def is_late(incident: Incident) -> bool:
    """Whether it was reported after the deadline."""
    return incident.reported_at is not None and incident.reported_at > deadline(incident.aware_at)


def left_words(ends: datetime, now: datetime) -> str:
    """How long there is until a deadline, for a person: 5 hours and 20 minutes left, 12 hours too late."""
    minutes = abs(ends - now) // MINUTE
    parts = [
        ngettext("{n} hour", "{n} hours", minutes // 60).format(n=minutes // 60) if minutes >= 60 else "",
        ngettext("{n} minute", "{n} minutes", minutes % 60).format(n=minutes % 60) if minutes % 60 else "",
    ]
    span = (" " + _("and") + " ").join(part for part in parts if part) or _("less than a minute")
    return (_("{span} left") if now <= ends else _("{span} too late")).format(span=span)


# ---- acting


def raise_incident(session: Session, store: Store, deed: Deed, now: datetime) -> Incident:
    """Write a new incident down; RefusedError says why it cannot be, and then nothing has changed."""
    values = raised(checked(deed), now)
    if alert := values.get("alert_id"):
        check_alert(session, store, alert)
    number = take(session, store.tenant, "incident")
    made: dict[str, Any] = {"tenant_id": store.tenant, "incident_id": number, "opened_at": now, "changed_at": now}
    incident = Incident(**made, opened_by=deed.by, **values)
    session.add(incident)
    append(session, store, ref(number), "open", {"by": deed.by, "reason": deed.reason, "new": values}, now)
    if alert:
        said = {"by": deed.by, "incident": number}
        ledger.append(session, store, [ledger.Act("alert.incident", acts.ref(alert), said)], now)
    return incident


def do(session: Session, store: Store, number: int, deed: Deed, now: datetime) -> Incident:
    """Carry out an act on one incident; RefusedError says why it cannot be done, and then nothing has changed."""
    incident = session.get(Incident, (store.tenant, number), with_for_update=True)
    if incident is None:
        raise no_such(number)
    check_seen(session, store, ref(number), deed.seen)
    carry_out(session, store, incident, ref(number), deed, decided(incident, checked(deed), now), now)
    return incident


def ref(number: int) -> str:
    """What the ledger calls an incident."""
    return f"incident/{number}"


def no_such(number: int) -> RefusedError:
    """That there is no incident with this number."""
    fix = N_("'ibpmon incidents list' lists the incidents with their numbers")
    return RefusedError(N_("there is no incident {number}"), fix=fix, number=number)


def check_alert(session: Session, store: Store, number: int) -> None:
    """Refuse an alert that is not there, or of which an incident is open already: two people saw the same mail."""
    if session.get(Alert, (store.tenant, number), with_for_update=True) is None:
        raise acts.no_such(number)
    mine = (col(Incident.tenant_id) == store.tenant, col(Incident.alert_id) == number, col(Incident.state) == "open")
    known = session.scalar(select(col(Incident.incident_id)).where(*mine).limit(1))
    if known is not None:
        raise RefusedError(
            N_("of alert {number} there is an incident already"),
            why=N_("incident {incident} is open"),
            fix=N_("add what you know to that one"),
            number=number,
            incident=known,
        )


# ---- deciding: what an act makes of an incident


def raised(deed: Deed, now: datetime) -> Values:
    """The fields of a new incident; who was aware earlier than now says why that is known."""
    values = {"type": "other", "data_breach": "investigating"} | dict(deed.values)
    check_word("data-breach", values["data_breach"], CLASSES)
    aware_at = values.get("aware_at")
    if aware_at is not None:
        needed(deed.reason, N_("why was somebody aware of it at another moment than now?"))
    values["aware_at"] = check_moment("aware", aware_at or now.replace(microsecond=0), None, now)
    return values | described({name: values[name] for name in FIELDS if name in values} | {"title": values["title"]})


def decided(incident: Incident, deed: Deed, now: datetime) -> Values:
    """What the act gives which field; RefusedError when it is not whole, comes too late, or cannot be."""
    states, decide = STEPS[deed.verb]
    if incident.state not in states:
        raise RefusedError(
            N_("this cannot be done with incident {number} now"),
            why=N_("it is closed") if incident.state == "closed" else N_("it is open"),
            fix=N_("look at it with 'ibpmon incidents show {number}'; 'reopen' opens it again"),
            number=incident.incident_id,
        )
    return decide(incident, deed, now)


def changed(_incident: Incident, deed: Deed, _now: datetime) -> Values:
    """Fields that say what happened and what was done."""
    return described(deed.values)


def described(values: Values) -> dict[str, Any]:
    """These fields without spaces around them; a title must say something, a type must be one."""
    tidy = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if "title" in tidy:
        needed(tidy["title"], N_("an incident needs a title"))
    if "type" in tidy:
        check_word("type", tidy["type"], TYPES)
    return tidy


def classed(_incident: Incident, deed: Deed, _now: datetime) -> Values:
    """Whether it is a data breach."""
    check_word("class", deed.values["data_breach"], CLASSES)
    needed(deed.reason, N_("why is it a data breach, or why not?"))
    return deed.values


def aware(incident: Incident, deed: Deed, now: datetime) -> Values:
    """When somebody became aware of it; nobody can have reported it before that."""
    needed(deed.reason, N_("why was somebody aware of it at another moment?"))
    at = check_moment("aware", deed.values["aware_at"] or now, None, now)
    for later in (incident.reported_at, incident.people_told_at):
        if later is not None and later < at:
            raise RefusedError(
                N_("awareness cannot come after the report"),
                why=N_("somebody was told before that moment"),
                fix=N_("give an earlier moment, or put the report right first"),
            )
    return {"aware_at": at}


def reported(incident: Incident, deed: Deed, now: datetime) -> Values:
    """That the AP was told, when and under which number; or that it was decided not to, and why."""
    if not deed.values["reported"]:
        why = needed(deed.reason, N_("why is it not reported to the AP?"))
        return {"reported": False, "reported_at": None, "report_number": "", "report_reason": why}
    at = check_moment("report", deed.values.get("reported_at") or now, incident.aware_at, now)
    if at > deadline(incident.aware_at):
        needed(deed.reason, N_("why was it reported later than 72 hours after awareness?"))
    number = deed.values.get("report_number", "").strip()
    return {"reported": True, "reported_at": at, "report_number": number, "report_reason": deed.reason.strip()}


def told(incident: Incident, deed: Deed, now: datetime) -> Values:
    """That the people whose data it is were told, when and how; or that they were not, and why."""
    if not deed.values["people_told"]:
        why = needed(deed.reason, N_("why are the people not told?"))
        return {"people_told": False, "people_told_at": None, "people_told_how": why}
    how = needed(deed.values.get("people_told_how", ""), N_("how were the people told?"))
    at = check_moment("told", deed.values.get("people_told_at") or now, incident.aware_at, now)
    return {"people_told": True, "people_told_at": at, "people_told_how": how}


def closed(incident: Incident, deed: Deed, now: datetime) -> Values:
    """That nothing has to be done any more: of a data breach it is known whether it was reported, and if not why."""
    if incident.data_breach == "investigating":
        raise RefusedError(
            N_("incident {number} cannot be closed yet"),
            why=N_("it is not known whether it is a data breach"),
            fix=N_("decide that first: 'ibpmon incidents class {number} yes' or 'no', with the reason"),
            number=incident.incident_id,
        )
    values = {"state": "closed", "closed_at": now}
    if incident.data_breach == "no":
        return values
    unexplained = (incident.reported is not True or is_late(incident)) and not incident.report_reason
    if unexplained:
        unreported = N_("a data breach that was not reported to the AP closes with the reason why not")
        late = N_("a data breach that was reported too late closes with the reason why")
        values |= {"report_reason": needed(deed.reason, late if incident.reported else unreported)}
    return values | {"reported": incident.reported is True}


def reopened(_incident: Incident, deed: Deed, _now: datetime) -> Values:
    """That there is more to it."""
    needed(deed.reason, N_("why is it opened again?"))
    return {"state": "open", "closed_at": None}


def commented(_incident: Incident, deed: Deed, _now: datetime) -> Values:
    """That somebody said something about it."""
    needed(deed.reason, N_("a remark cannot be empty"))
    return {}


OPEN, ANY = ("open",), ("open", "closed")
# verb: in which states it can be done, and what it makes of the fields
STEPS: Mapping[str, tuple[tuple[str, ...], Callable[[Incident, Deed, datetime], Values]]] = {
    "change": (OPEN, changed),
    "class": (OPEN, classed),
    "aware": (OPEN, aware),
    "report": (OPEN, reported),
    "told": (OPEN, told),
    "close": (OPEN, closed),
    "reopen": (("closed",), reopened),
    "comment": (ANY, commented),
}


# ---- looking


def stored(session: Session, store: Store, number: int | None = None) -> list[Incident]:
    """The incidents of the board, the newest first; or one of them."""
    mine = [col(Incident.tenant_id) == store.tenant]
    mine += [col(Incident.incident_id) == number] if number is not None else []
    return list(session.scalars(select(Incident).where(*mine).order_by(col(Incident.incident_id).desc())))
