"""The register of privacy requests: what somebody asked about the data on him, until when, and what was decided.

Who asks gets an answer within a month of the day on which it came in, and two months later than that when it is
hard, if he hears so within the first month (art. 12, third part, AVG). A month is one of the calendar, whatever the
school does.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.store.database import Store
from ibpmon.store.tables import PrivacyRequest
from ibpmon.store.upsert import take
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

KINDS = ("access", "rectification", "erasure", "restriction", "objection", "portability")
DECISIONS = ("granted", "partly", "refused", "withdrawn")
MONTHS, EXTENDED = 1, 3  # from the day of receipt


# ---- the term


def due(received: datetime, zone: ZoneInfo, months: int = MONTHS) -> datetime:
    """The last second in which an answer is in time: so many months later, at the end of that day at the board.

    A month without such a day ends on its last one: of 31 January that is 28 or 29 February.
    """
    day = received.astimezone(zone).date()
    ends = later(day, months) + timedelta(days=1)
    midnight = datetime(ends.year, ends.month, ends.day, tzinfo=zone)
    return midnight.astimezone(UTC) - timedelta(seconds=1)


def later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def is_overdue(request: PrivacyRequest, now: datetime) -> bool:
    """Whether it should have been answered by now."""
    return request.state == "open" and now > request.due_at


# ---- acting


def receive(session: Session, store: Store, deed: Deed, zone: ZoneInfo, now: datetime) -> PrivacyRequest:
    """Write a new request down; RefusedError says why it cannot be, and then nothing has changed."""
    values = received(checked(deed), zone, now)
    number = take(session, store.tenant, "privacy_request")
    made: dict[str, Any] = {"tenant_id": store.tenant, "request_id": number, "opened_at": now, "changed_at": now}
    request = PrivacyRequest(**made, opened_by=deed.by, **values)
    session.add(request)
    append(session, store, ref(number), "open", {"by": deed.by, "reason": deed.reason, "new": values}, now)
    return request


def do(session: Session, store: Store, number: int, deed: Deed, zone: ZoneInfo, now: datetime) -> PrivacyRequest:
    """Carry out an act on one request; RefusedError says why it cannot be done, and then nothing has changed."""
    request = session.get(PrivacyRequest, (store.tenant, number), with_for_update=True)
    if request is None:
        raise no_such(number)
    check_seen(session, store, ref(number), deed.seen)
    carry_out(session, store, request, ref(number), deed, decided(request, checked(deed), zone, now), now)
    return request


def ref(number: int) -> str:
    """What the ledger calls a request."""
    return f"request/{number}"


def no_such(number: int) -> RefusedError:
    """That there is no request with this number."""
    fix = N_("'ibpmon requests list' lists the requests with their numbers")
    return RefusedError(N_("there is no privacy request {number}"), fix=fix, number=number)


# ---- deciding: what an act makes of a request


def received(deed: Deed, zone: ZoneInfo, now: datetime) -> Values:
    """The fields of a new request."""
    values = dict(deed.values)
    at = check_moment("received", values.get("received_at") or now.replace(microsecond=0), None, now)
    return described(values) | {"received_at": at, "due_at": due(at, zone)}


def decided(request: PrivacyRequest, deed: Deed, zone: ZoneInfo, now: datetime) -> Values:
    """What the act gives which field; RefusedError when it is not whole, comes too late, or cannot be."""
    state, decide = STEPS[deed.verb]
    if state and request.state != state:
        raise RefusedError(
            N_("this cannot be done with privacy request {number} now"),
            why=N_("it is decided") if request.state == "decided" else N_("it is open"),
            fix=N_("look at it with 'ibpmon requests show {number}'; 'reopen' opens it again"),
            number=request.request_id,
        )
    return decide(request, deed, zone, now)


def changed(request: PrivacyRequest, deed: Deed, zone: ZoneInfo, now: datetime) -> Values:
    """What was written down wrongly; another day of receipt gives another term."""
    needed(deed.reason, N_("why is this put right?"))
    values = described(deed.values)
    if "received_at" in values:
        at = check_moment("received", values["received_at"] or request.received_at, None, now)
        values |= {"received_at": at, "due_at": due(at, zone, EXTENDED if request.extended_at else MONTHS)}
    return values


def described(values: Values) -> dict[str, Any]:
    """These fields without spaces around them; it is about somebody, and of a kind that the law knows."""
    tidy = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if "about" in tidy:
        needed(tidy["about"], N_("about whom is the request?"))
    if "kind" in tidy:
        check_word("kind", tidy["kind"], KINDS)
    return tidy


def extended(request: PrivacyRequest, deed: Deed, zone: ZoneInfo, now: datetime) -> Values:
    """Two months more, once, told within the first month."""
    why = needed(deed.reason, N_("why is more time needed?"))
    if request.extended_at is not None or now > request.due_at:
        raise RefusedError(
            N_("privacy request {number} cannot be extended"),
            why=N_("that was done already") if request.extended_at else N_("the first month is over"),
            fix=N_("decide it as soon as you can"),
            number=request.request_id,
        )
    return {"extended_at": now, "extension_reason": why, "due_at": due(request.received_at, zone, EXTENDED)}


def answered(request: PrivacyRequest, deed: Deed, _zone: ZoneInfo, now: datetime) -> Values:
    """What was decided, when and why."""
    check_word("decision", deed.values["decision"], DECISIONS)
    why = needed(deed.reason, N_("why is it decided so?"))
    at = check_moment("decision", deed.values.get("decided_at") or now, request.received_at, now)
    outcome = {"decision": deed.values["decision"], "decision_reason": why}
    return outcome | {"state": "decided", "decided_at": at, "decided_by": deed.by}


def reopened(_request: PrivacyRequest, deed: Deed, _zone: ZoneInfo, _now: datetime) -> Values:
    """That the decision does not stand; what it was stays in the history."""
    needed(deed.reason, N_("why is it opened again?"))
    return {"state": "open", "decision": "", "decision_reason": "", "decided_at": None, "decided_by": ""}


def commented(_request: PrivacyRequest, deed: Deed, _zone: ZoneInfo, _now: datetime) -> Values:
    """That somebody said something about it."""
    needed(deed.reason, N_("a remark cannot be empty"))
    return {}


# verb: in which state it can be done (any, when empty), and what it makes of the fields
STEPS: Mapping[str, tuple[str, Callable[[PrivacyRequest, Deed, ZoneInfo, datetime], Values]]] = {
    "change": ("open", changed),
    "extend": ("open", extended),
    "decide": ("open", answered),
    "reopen": ("decided", reopened),
    "comment": ("", commented),
}


# ---- looking


def stored(session: Session, store: Store, number: int | None = None) -> list[PrivacyRequest]:
    """The requests of the board, the newest first; or one of them."""
    mine = [col(PrivacyRequest.tenant_id) == store.tenant]
    mine += [col(PrivacyRequest.request_id) == number] if number is not None else []
    return list(session.scalars(select(PrivacyRequest).where(*mine).order_by(col(PrivacyRequest.request_id).desc())))
