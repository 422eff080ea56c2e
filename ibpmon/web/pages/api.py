"""The numbers for programs: the state that the pages show, as JSON, without a name of a person.

A program comes with a key (`ibpmon web tokens add`), a person with a session that may see the numbers.
"""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Security
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from ibpmon.judge.rules import load_rules
from ibpmon.language import N_, _
from ibpmon.review.standing import Standing
from ibpmon.store.tables import Alert, Evaluation
from ibpmon.store.tables import Trend as Week
from ibpmon.store.upsert import table_of
from ibpmon.tell import coverage
from ibpmon.tell.trend import COUNTED
from ibpmon.tell.weeks import levels
from ibpmon.web import keys, reading
from ibpmon.web.problems import MEDIA, Problem
from ibpmon.web.roles import may
from ibpmon.web.visitors import AtDesk, NoRole, NotYours, Visitor

router = APIRouter(prefix="/api/v1")
BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="A key of `ibpmon web tokens add`")
PROBLEMS = {401: "No key, or one that opens nothing", 403: "Not for this role", 422: "A question that does not fit"}
NO_KEY = (
    N_("this is only for who has a key"),
    N_("the request holds no key of ibpmon, or one that was taken back or has ended"),
    N_("ask ICT for a key, and send it as 'Authorization: Bearer KEY'"),
)


class NoKey(Exception):
    """Neither a key nor a session."""


def reader(desk: AtDesk, who: Visitor, given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> None:
    """Who may read the numbers: a program with a key, or somebody who may see them on the start page."""
    if given is not None:
        with desk.store.read() as session:
            if keys.holder(session, desk.store, given.credentials, desk.now()) is None:
                raise NoKey
        return
    if who is None:
        raise NoKey
    if not who.roles:
        raise NoRole(who)
    if not may(who, "figures"):
        raise NotYours


reader.action = "figures"  # type: ignore[attr-defined]  # read by the test that goes through all routes
READER = [Depends(reader)]


# ---------------------------------------------------------------- what is told


class Told(BaseModel):
    """Everything that is told: exactly these fields, of exactly these kinds."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Figures(Told):
    """How it stands, in four numbers."""

    as_of: datetime
    alerts: int = Field(ge=0, description="Alerts that ask for something")
    alerts_late: int = Field(ge=0, description="Of these past their term")
    rules_blind: int = Field(ge=0, description="Rules that are on and could not judge at their last turn, or had none")
    sources_unread: int = Field(ge=0, description="Sources whose last round was not whole, is days ago, or never was")


class Source(Told):
    """How one source was read last."""

    source: str
    title: str
    state: str = Field(description="FULL, PARTIAL, FAILED or SKIPPED; NEVER when it was not read yet")
    finished_at: datetime | None
    age_seconds: int | None = Field(description="How long ago that was; null when never")
    rows: int | None


class Coverage(Told):
    """How every source that is on was read last."""

    as_of: datetime
    sources: list[Source]


class Rule(Told):
    """What one rule said last; null is what it could not see."""

    rule: str
    outcome: str = Field(description="ok, finding, accepted, cannot_check: not known, or never: not applied yet")
    judged_at: datetime | None
    findings: int | None = Field(ge=0)
    accepted: int | None = Field(ge=0)
    undetermined: int | None = Field(ge=0, description="Subjects that the data leaves open")


class Rules(Told):
    """What every rule that is on said last."""

    as_of: datetime
    rules: list[Rule]


class AlertCount(Told):
    """How many alerts there are of one severity in one state."""

    level: str
    state: str
    alerts: int = Field(ge=1)


class Alerts(Told):
    """The alerts, counted."""

    as_of: datetime
    counts: list[AlertCount]


class ReviewProgress(Told):
    """How far one review is."""

    review: int
    state: str = Field(description="OPEN, TO_SIGN, OVERDUE or SIGNED")
    due_at: datetime
    to_decide: int = Field(ge=0, description="Decisions and rules that are asked")
    decided: int = Field(ge=0)


class Reviews(Told):
    """The reviews of the last round, and those that nobody finished."""

    as_of: datetime
    reviews: list[ReviewProgress]


class TrendLine(Told):
    """What became of the alerts of one severity in one week; null is what nobody measured, or read."""

    week: date = Field(description="The Monday with which it begins")
    level: str
    opened: int | None
    reopened: int | None
    solved: int | None
    false_positive: int | None
    accepted: int | None
    open: int | None
    hours_to_acknowledge: float | None
    hours_to_solve: float | None
    accepted_share: float | None


class Trend(Told):
    """The last weeks that are over."""

    as_of: datetime
    weeks: list[TrendLine]


class Span(BaseModel):
    """How far back a trend goes."""

    model_config = ConfigDict(extra="forbid")

    weeks: int = Field(default=12, ge=1, le=520)


# ---------------------------------------------------------------- the answers


@router.get("/figures", dependencies=READER)
def figures(desk: AtDesk) -> Figures:
    """The four numbers of the start page."""
    now = desk.now()
    with desk.store.read() as session:
        found = reading.numbers(session, desk.store, desk.config, now)
    return Figures(
        as_of=now, alerts=found.alerts, alerts_late=found.late, rules_blind=found.blind, sources_unread=found.unread
    )


@router.get("/coverage", dependencies=READER)
def read_sources(desk: AtDesk) -> Coverage:
    """How each source was read last: what goes on now has not shown anything yet."""
    now = desk.now()
    with desk.store.read() as session:
        runs = coverage.latest_runs(session, desk.store, finished=True)
    known = sorted(desk.store.datasets.items())
    return Coverage(as_of=now, sources=[source(name, one.title or name, runs.get(name), now) for name, one in known])


def source(name: str, title: str, run: Any, now: datetime) -> Source:
    """One source; what was never read has no age."""
    if run is None:
        return Source(source=name, title=title, state="NEVER", finished_at=None, age_seconds=None, rows=None)
    age = max(0, int((now - run.finished_at).total_seconds()))
    read = {"state": run.state, "finished_at": run.finished_at, "age_seconds": age, "rows": run.rows}
    return Source(source=name, title=title, **read)


@router.get("/rules", dependencies=READER)
def judged(desk: AtDesk) -> Rules:
    """What each rule that is on said last."""
    with desk.store.read() as session:
        found = coverage.latest_evaluations(session, desk.store)
    keys_on = sorted(rule.key for rule in load_rules(desk.config))
    return Rules(as_of=desk.now(), rules=[rule_line(key, found.get(key)) for key in keys_on])


def rule_line(key: str, one: Evaluation | None) -> Rule:
    """One rule; what it could not see is not 0."""
    if one is None or one.outcome == "cannot_check":
        outcome, at = (one.outcome, one.at) if one else ("never", None)
        return Rule(rule=key, outcome=outcome, judged_at=at, findings=None, accepted=None, undetermined=None)
    counts = {"findings": one.findings, "accepted": one.accepted, "undetermined": one.undetermined}
    return Rule(rule=key, outcome=one.outcome, judged_at=one.at, **counts)


@router.get("/alerts", dependencies=READER)
def counted(desk: AtDesk) -> Alerts:
    """How many alerts there are, by severity and state."""
    c = table_of(Alert).c
    asked = select(c.level, c.state, func.count()).where(c.tenant_id == desk.store.tenant)
    with desk.store.read() as session:
        found = session.execute(asked.group_by(c.level, c.state).order_by(c.level, c.state)).all()
    counts = [AlertCount(level=level, state=state, alerts=count) for level, state, count in found]
    return Alerts(as_of=desk.now(), counts=counts)


@router.get("/reviews", dependencies=READER)
def progress(desk: AtDesk) -> Reviews:
    """How far each review is; whose it is stands on the pages."""
    now = desk.now()
    with desk.store.read() as session:
        running = reading.current(session, desk.store)
    return Reviews(as_of=now, reviews=[how_far(there, now) for there in running])


def how_far(there: Standing, now: datetime) -> ReviewProgress:
    """One review in numbers."""
    every, left = len(there.alone) + len(there.groups), len(there.left()) + len(there.groups_left())
    return ReviewProgress(
        review=there.review.review_id, state=there.state(now), due_at=there.review.due_at, to_decide=every,
        decided=every - left,
    )  # fmt: skip


@router.get("/trend", dependencies=READER)
def trend(desk: AtDesk, span: Annotated[Span, Query()]) -> Trend:
    """What became of the alerts, per week and severity, of the weeks that are over and written down."""
    now = desk.now()
    with desk.store.read() as session:
        found = levels(session, desk.store, desk.config, now, span.weeks)
    return Trend(as_of=now, weeks=[trend_line(one, was_read) for one, was_read in found])


def trend_line(one: Week, was_read: bool) -> TrendLine:
    """One week of one severity; in a week in which nothing was read nothing was measured."""
    measured = (*COUNTED, "hours_to_acknowledge", "hours_to_solve", "accepted_share")
    values = {name: getattr(one, name) if was_read else None for name in measured}
    return TrendLine(week=one.week, level=one.level, **values)


@router.get("/openapi.json", dependencies=READER, include_in_schema=False)
def described(request: Request) -> Response:
    """What there is to read, for whoever builds a portal."""
    return JSONResponse(description(request.app))


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; errors are problem details, and not what FastAPI would make of them."""
    found = app.openapi()
    schemas: dict[str, Any] = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    told = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for operation in (one for path in found["paths"].values() for one in path.values()):
        wrong = {str(code): {"description": said, "content": {MEDIA: told}} for code, said in PROBLEMS.items()}
        operation["responses"] = {"200": operation["responses"]["200"], **wrong}
    return found


def told_without_a_key() -> tuple[str, str, str]:
    """What somebody without a key reads."""
    what, why, fix = map(_, NO_KEY)
    return what, why, fix
