"""The rules and the norms that they serve: what each says now, since when, on what data; and a trial run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.config import Content
from ibpmon.errors import RefusedError
from ibpmon.judge.explaining import explain
from ibpmon.judge.history import Attempt, attempt
from ibpmon.judge.norms import coverage, norm_titles
from ibpmon.judge.outcomes import Record, records
from ibpmon.judge.rule import LEVELS
from ibpmon.judge.rules import Rule, load_rules
from ibpmon.language import N_, _
from ibpmon.store.deadline import within
from ibpmon.store.tables import Evaluation
from ibpmon.tell.coverage import latest_evaluations, remark
from ibpmon.tell.words import level_word, outcome_word, span
from ibpmon.web import looks
from ibpmon.web.acting import CONFLICT, Confirmed, Trouble, Typed, told
from ibpmon.web.alert_sight import hidden_rules
from ibpmon.web.desk import Desk
from ibpmon.web.pages.paging import pages_of, start_of
from ibpmon.web.roles import Person, may
from ibpmon.web.visitors import AtDesk, NotThere, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 100
OUTCOMES = ("finding", "cannot_check", "accepted", "ok")  # what asks for something comes first
DAYS, MOST_DAYS = 30, 90
LONGEST = 10.0  # seconds of a trial run
MOST_FOUND = 50
Reader = Annotated[Person, Depends(needs("rules"))]
Norms = Annotated[Person, Depends(needs("norms"))]
Tester = Annotated[Person, Depends(needs("rules.try"))]
TRYING = Lock()  # one at a time: it reads all that is stored


@dataclass(frozen=True, slots=True)
class Standing:
    """What one rule says now; what was never judged is not in order."""

    rule: Rule
    evaluation: Evaluation | None
    record: Record

    @property
    def outcome(self) -> str:
        """One of the four."""
        return self.evaluation.outcome if self.evaluation else "cannot_check"

    @property
    def word(self) -> str:
        """The outcome for a person."""
        return outcome_word(self.outcome)

    @property
    def level(self) -> str:
        """Its severity in a word."""
        return level_word(self.rule.level)

    @property
    def found(self) -> int | None:
        """How much was found; None for what could not be judged: a 0 would be read as good news."""
        return self.evaluation.findings if self.evaluation and self.outcome != "cannot_check" else None

    @property
    def since(self) -> datetime | None:
        """Since when it says so."""
        return self.record.since(self.outcome)

    @property
    def why(self) -> str:
        """Why it could not be judged, or for how many not."""
        return remark(self.evaluation)


def standings(session: Session, desk: Desk) -> dict[str, Standing]:
    """What all rules say, in two statements."""
    latest, kept = latest_evaluations(session, desk.store), records(session, desk.store)
    rules = load_rules(desk.config)
    return {rule.key: Standing(rule, latest.get(rule.key), kept.get(rule.key, Record())) for rule in rules}


@cache
def connectors(content: Content) -> Mapping[str, Connector]:
    """All connectors, read once: another set of files is another start of the web."""
    return load_connectors(content, every=True)


# ---- rules


@router.api_route("/rules", methods=["GET", "HEAD"])
def rules(request: Request, desk: AtDesk, who: Reader) -> Response:
    """What asks for something first; with a filter."""
    asked, begin = values(request), start_of(values(request))
    outcome = asked.get("outcome", "") if asked.get("outcome") in OUTCOMES else ""
    level = asked.get("level", "") if asked.get("level") in LEVELS else ""
    with desk.store.read() as session:
        every = list(standings(session, desk).values())
    found = [one for one in every if outcome in ("", one.outcome) and level in ("", one.rule.level)]
    found.sort(key=lambda one: (OUTCOMES.index(one.outcome), -LEVELS.index(one.rule.level), one.rule.title))
    query = "&".join(f"{name}={value}" for name, value in (("outcome", outcome), ("level", level)) if value)
    shown = {
        "lines": found[begin : begin + A_PAGE], "outcome": outcome, "level": level,
        "outcomes": {one: outcome_word(one) for one in OUTCOMES},
        "levels": {one: level_word(one) for one in reversed(LEVELS)},
        "tally": [(one, outcome_word(one), sum(each.outcome == one for each in every)) for one in OUTCOMES],
        "paging": pages_of(begin, A_PAGE, len(found), query),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "rules.html.j2", who, here="/rules", **shown))


@router.api_route("/rules/{key}", methods=["GET", "HEAD"])
def rule(key: str, desk: AtDesk, who: Reader) -> Response:
    """What it looks for, what it says, what it reads."""
    return HTMLResponse(page_of(desk, who, key))


def page_of(
    desk: Desk, who: Person, key: str, trial: Mapping[str, Any] | None = None, trouble: Trouble | None = None,
    days: str = str(DAYS),
) -> str:  # fmt: skip
    """The page of a rule, with the outcome of a trial run if there was one."""
    with desk.store.read() as session:
        one = the_standing(session, desk, key)
    every, titles = connectors(desk.config.content), norm_titles()
    reads = [
        {"title": each.title, "fields": ", ".join(each.fields), "every": span(each.every), "on": each.on,
         "permissions": ", ".join(each.permissions)}
        for each in explain(one.rule, every, list(desk.store.data))
    ]  # fmt: skip
    shown = {
        "one": one, "reads": reads, "norms": [(code, titles.get(code, "")) for code in one.rule.norms],
        "counts": [(outcome_word(name), one.record.counts[name]) for name in OUTCOMES if one.record.counts[name]],
        "can_try": may(who, "rules.try") and key not in hidden_rules(desk.config, who),
        "trial": trial, "trouble": trouble, "days": days, "most_days": MOST_DAYS,
        "can_look": may(who, "alerts"),
    }  # fmt: skip
    return looks.page(desk, "rule.html.j2", who, **shown)


def the_standing(session: Session, desk: Desk, key: str) -> Standing:
    """What one rule says; NotThere when there is none of that name, or it is off."""
    found = standings(session, desk).get(key)
    if found is None:
        raise NotThere
    return found


# ---- a trial run


@router.post("/rules/{key}/try")
def try_(key: str, desk: AtDesk, who: Tester, form: Typed, _sent: Confirmed) -> Response:
    """What the rule would have found; nothing is kept of it, so the answer is the page itself."""
    chosen = next((one for one in load_rules(desk.config) if one.key == key), None)
    if chosen is None or key in hidden_rules(desk.config, who):  # what it finds is not for this reader
        raise NotThere
    try:
        trial = tried(desk, chosen, days_of(form))
    except RefusedError as error:
        return HTMLResponse(page_of(desk, who, key, trouble=told(error), days=form.get("days", "")), CONFLICT)
    return HTMLResponse(page_of(desk, who, key, trial, days=form.get("days", "")))


def days_of(form: Mapping[str, str]) -> int:
    """So many days back."""
    text = form.get("days", "").strip()
    if text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_DAYS:
        return int(text)
    raise RefusedError(
        N_("'{field}' is no number"), fix=N_("give a number of days from 1 to {most}"), field=_("Days"), most=MOST_DAYS
    )


def tried(desk: Desk, chosen: Rule, days: int) -> dict[str, Any]:
    """A trial run, of which there is one at a time and that takes so long at most."""
    if not TRYING.acquire(blocking=False):
        raise RefusedError(
            N_("another trial run is going on"), why=N_("one reads all that is stored, so they go one by one"),
            fix=N_("try again in a moment"),
        )  # fmt: skip
    try:
        now = desk.now()
        with desk.store.read() as session, within(session, LONGEST):
            back = now - timedelta(days=days)
            found = attempt(session, desk.store, chosen, back, now, desk.config.schedule.evaluate)
        return said_of(desk, chosen, found, days)
    finally:
        TRYING.release()


def said_of(desk: Desk, chosen: Rule, found: Attempt, days: int) -> dict[str, Any]:
    """What it found, in the words of the mails."""
    shown: Sequence[Any] = found.found[-MOST_FOUND:]
    with desk.store.read() as session:
        writer = desk.voice.writer(session, desk.store, desk.config, desk.now())
        lines = [{"sentence": writer.sentence(session, chosen, one), "level": level_word(one.level),
                  "at": one.window_start if chosen.time else None} for one in shown]  # fmt: skip
    return {
        "days": days, "mails": found.mails, "count": len(found.found), "lines": lines, "missing": found.read.reason,
        "events": bool(chosen.time), "most": MOST_FOUND,
    }  # fmt: skip


# ---- norms


@router.api_route("/norms", methods=["GET", "HEAD"])
def norms(desk: AtDesk, who: Norms) -> Response:
    """Per norm what gives evidence for it and what that says now; what ibpmon does not cover says so."""
    with desk.store.read() as session:
        known = standings(session, desk)
    latest = {key: one.evaluation for key, one in known.items() if one.evaluation}
    found = [
        {"norm": norm, "lines": [known[each.rule] for each in norm.evidence],
         "worst": worst([known[each.rule].outcome for each in norm.evidence])}
        for norm in coverage([one.rule for one in known.values()], latest)
    ]  # fmt: skip
    covered = [one for one in found if one["lines"]]
    shown = {
        "covered": covered, "bare": [one["norm"] for one in found if not one["lines"]], "deep": may(who, "rules"),
        "outcomes": {one: outcome_word(one) for one in OUTCOMES},
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "norms.html.j2", who, here="/norms", **shown))


def worst(outcomes: Sequence[str]) -> str:
    """What counts for the whole: one thing that is not in order, or that nobody could judge."""
    return min(outcomes, key=OUTCOMES.index, default="")
