"""The alerts: by what changed, and one with what was found, what happened and what can be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.judge.rules import Rule, load_rules
from ibpmon.language import N_, _
from ibpmon.store.tables import Alert, Finding, Incident
from ibpmon.tell import acts, incidents, overview, registers
from ibpmon.tell.acts import Deed, Line, Verb
from ibpmon.tell.alert_words import act_word, by_whom, scrubbed, told_word
from ibpmon.tell.changes import AT_REST, OPEN
from ibpmon.tell.overview import GROUP_WORDS, GROUPS, Wish
from ibpmon.tell.people import About, People
from ibpmon.tell.sentences import Writer
from ibpmon.tell.words import LEVELS, alert_state_word, level_word, said
from ibpmon.web import looks
from ibpmon.web.acting import (
    CONFLICT,
    Confirmed,
    Trouble,
    Typed,
    actor,
    moment_in,
    number_within,
    onwards,
    seen_in,
    told,
)
from ibpmon.web.alert_sight import MOST_FOUND, OWN_FIX, OWN_WHY, findings_of, hidden_rules, is_own
from ibpmon.web.desk import Desk
from ibpmon.web.pages.paging import pages_of, start_of
from ibpmon.web.roles import Person, may
from ibpmon.web.viewing import viewed
from ibpmon.web.visitors import AtDesk, NotThere, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 50  # alerts
LATELY = (1, 7, 30)  # days
Reader = Annotated[Person, Depends(needs("alerts"))]
Actor = Annotated[Person, Depends(needs("alerts.act"))]
VERBS: tuple[Verb, ...] = get_args(Verb)


@dataclass(frozen=True, slots=True)
class Told:
    """One alert in a list."""

    alert: Alert
    group: str
    sentence: str
    title: str
    late: bool

    @property
    def level(self) -> str:
        """Its severity in a word."""
        return level_word(self.alert.level)

    @property
    def state(self) -> str:
        """Its state in words."""
        return alert_state_word(self.alert.state)


# ---- the list


@router.api_route("/alerts", methods=["GET", "HEAD"])
def alerts(request: Request, desk: AtDesk, who: Reader) -> Response:
    """What changed first; a filter narrows it down."""
    asked = values(request)
    days = next((one for one in LATELY if str(one) == asked.get("days")), 7)
    begin, now = start_of(asked), desk.now()
    rules = {rule.key: rule for rule in load_rules(desk.config)}
    hidden = hidden_rules(desk.config, who)
    wish = replace(wish_of(asked, now - timedelta(days=days)), hidden=hidden)
    with desk.store.read() as session:
        known = overview.counts(session, desk.store, wish.since, hidden)
        found = overview.listed(session, desk.store, wish, begin, A_PAGE)
        writer = desk.voice.writer(session, desk.store, desk.config, now)
        said = writer.lines(session, rules, {(one.rule, one.subject): one.occurrences for _group, one in found})
        lines = [line_of(group, one, said, rules, writer, now) for group, one in found]
    counted = known.chosen(wish)
    total = counted[wish.group] if wish.group else sum(counted[one] for one in overview.shown_groups(wish))
    shown = {
        "lines": lines, "groups": {one: _(word) for one, word in GROUP_WORDS.items()}, "counted": counted, "wish": wish,
        "days": days, "lately": LATELY, "total": total, "narrow": bool(wish.level or wish.state or wish.rule),
        "levels": {one: level_word(one) for one in reversed(LEVELS)},
        "states": {one: alert_state_word(one) for one in (*OPEN, *AT_REST)},
        "rules": {one: rules[one].title if one in rules else one for one in known.rules},
        "paging": pages_of(begin, A_PAGE, total, query_of(wish, days)), "query": query_of(wish, days, group=""),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "alerts.html.j2", who, here="/alerts", **shown))


def wish_of(asked: Mapping[str, str], since: datetime) -> Wish:
    """What is asked for; what nobody knows does not count."""

    def one_of(name: str, known: Any) -> str:
        return asked.get(name, "") if asked.get(name) in known else ""

    rule = asked.get("rule", "")[:200].replace("\0", "")
    return Wish(since, one_of("group", GROUPS), one_of("level", LEVELS), one_of("state", (*OPEN, *AT_REST)), rule)


def query_of(wish: Wish, days: int, **other: str) -> str:
    """What is asked for as it stands in an address."""
    parts = {
        "group": wish.group,
        "level": wish.level,
        "state": wish.state,
        "rule": wish.rule,
        "days": str(days),
    } | other
    return urlencode({name: value for name, value in parts.items() if value})


def line_of(
    group: str,
    one: Alert,
    said: Mapping[tuple[str, str], str],
    rules: Mapping[str, Rule],
    writer: Writer,
    now: datetime,
) -> Told:
    """One alert in a list; of a rule that is off only its subject is known."""
    sentence = said.get((one.rule, one.subject)) or (writer.known.scrubbed(one.subject) if writer.known else "")
    title = rules[one.rule].title if one.rule in rules else one.rule
    late = one.state in OPEN and one.due_at is not None and one.due_at <= now
    return Told(one, group, sentence, title, late)


# ---- one alert


@router.api_route("/alerts/{number:int}", methods=["GET", "HEAD"])
def alert(number: int, desk: AtDesk, who: Reader) -> Response:
    """What was found, what happened, what to do."""
    return HTMLResponse(page_of(desk, who, number_within(number)))


def page_of(
    desk: Desk, who: Person, number: int, trouble: Trouble | None = None, form: Mapping[str, str] | None = None
) -> str:
    """The page of an alert; with what went wrong, and with what was typed in its form."""
    with desk.store.read() as session:
        shown, account_id = looked_up(session, desk, who, number)
    if account_id:
        viewed(desk, who, account_id, "alert")
    return looks.page(
        desk, "alert.html.j2", who, trouble=trouble, form=form or {}, tried=(form or {}).get("verb", ""), **shown
    )


def looked_up(session: Session, desk: Desk, who: Person, number: int) -> tuple[dict[str, Any], str]:
    """All that the page of an alert shows, and the account that it is about."""
    one = session.get(Alert, (desk.store.tenant, number))
    if one is None or one.rule in hidden_rules(desk.config, who):
        raise NotThere
    rule = next((rule for rule in load_rules(desk.config) if rule.key == one.rule), None)
    found = findings_of(session, desk.store, one)
    writer = desk.voice.writer(session, desk.store, desk.config, desk.now())
    people = writer.people(session)
    lines, own = acts.history(session, desk.store, number), is_own(desk.config, who, one, found)
    can = acts.may_still(one) if may(who, "alerts.act") and not own else frozenset()
    shown = {
        "alert": one, "rule": rule, "level": level_word(one.level), "state": alert_state_word(one.state),
        "late": one.state in OPEN and one.due_at is not None and one.due_at <= desk.now(), "own": own, "can": can,
        "found": [finding_told(one, rule, writer, people, session, desk) for one in found], "most": MOST_FOUND,
        "sentence": people.scrubbed(one.subject), "history": [history_line(line, people, desk) for line in lines],
        "seen": lines[-1].seq if lines else 0, "incident": incident_of(session, desk, number),
        "law": bool(rule and rule.term),
    }  # fmt: skip
    return shown, account_of(people, rule, one.subject)


def account_of(people: People, rule: Rule | None, subject: str) -> str:
    """The account that an alert is about: itself, a right or a device of it; empty when it is about something else."""
    if rule is not None and rule.subject == "account_id":
        return subject  # also of an account that nobody has any more
    device = people.devices.get(subject)
    named = (subject, subject.rpartition("/")[2], *(device.users[-1:] if device else ()))
    found = (people.accounts.get(one.casefold()) or people.by_upn.get(one.casefold()) for one in named if one)
    return next((one.account_id for one in found if one), "")


def finding_told(
    one: Finding, rule: Rule | None, writer: Writer, people: People, session: Session, desk: Desk
) -> dict[str, Any]:
    """One finding in words; its values only for who has to act on alerts, and pupils by pseudonym there as well."""
    zone = desk.config.time_zone
    about = About(rule.subject if rule else "", one.subject, one.evidence)
    facts = {name: said(value, zone, people.domains) for name, value in sorted(people.may_show(about).items())}
    sentence = writer.sentence(session, rule, one) if rule else str(people.scrubbed(one.subject))
    return {"one": one, "sentence": sentence, "facts": facts, "level": level_word(one.level)}


def history_line(line: Line, people: People, desk: Desk) -> dict[str, Any]:
    """One line of what happened."""
    told = scrubbed(line, people.scrubbed)
    remark = told_word(told, desk.config.time_zone)
    return {"at": line.at, "what": act_word(line.what), "by": by_whom(line, told), "told": remark}


def incident_of(session: Session, desk: Desk, number: int) -> Incident | None:
    """The last incident that was raised from an alert."""
    mine = (col(Incident.tenant_id) == desk.store.tenant, col(Incident.alert_id) == number)
    return session.scalars(select(Incident).where(*mine).order_by(col(Incident.incident_id).desc()).limit(1)).first()


# ---- acting


@router.post("/alerts/{number:int}/{verb}")
def act(number: int, verb: str, desk: AtDesk, who: Actor, form: Typed, _sent: Confirmed) -> Response:
    """Carry out what a person says, or show the page again with why that cannot be."""
    if verb not in (*VERBS, "incident"):
        raise NotThere
    carry_out = raised if verb == "incident" else done
    try:
        return onwards(carry_out(desk, who, number_within(number), verb, form))
    except RefusedError as error:
        page = page_of(desk, who, number, told(error), {**form, "verb": verb})
        return HTMLResponse(page, CONFLICT)


def done(desk: Desk, who: Person, number: int, verb: Any, form: Mapping[str, str]) -> str:
    """Do it; gives the page to go on to."""
    words = {name: form.get(name, "").strip() for name in ("reason", "approved_by", "to")}
    deed = Deed(verb, actor(who), until=moment_in(desk, form, "until"), seen=seen_in(form), **words)
    for name, text in words.items():
        registers.check_text(name, text)
    acts.check_whole(deed, field_word)
    law = {rule.key for rule in load_rules(desk.config) if rule.term}
    with desk.store.write() as session:
        check_not_own(session, desk, who, number)
        acts.do(session, desk.store, number, deed, desk.now(), law)
    return f"/alerts/{number}#history"


def raised(desk: Desk, who: Person, number: int, _verb: str, form: Mapping[str, str]) -> str:
    """Raise an incident from an alert; its 72 hours count from now."""
    values = {"title": form.get("title", ""), "alert_id": number}
    with desk.store.write() as session:
        check_not_own(session, desk, who, number)
        made = incidents.raise_incident(session, desk.store, registers.Deed("open", actor(who), values), desk.now())
    return f"/incidents/{made.incident_id}"


def check_not_own(session: Session, desk: Desk, who: Person, number: int) -> None:
    """Refuse who would judge himself."""
    one = session.get(Alert, (desk.store.tenant, number))
    if one is None or one.rule in hidden_rules(desk.config, who):
        raise NotThere
    if is_own(desk.config, who, one, findings_of(session, desk.store, one)):
        raise RefusedError(N_("this alert is about yourself"), why=OWN_WHY, fix=OWN_FIX)


def field_word(name: str) -> str:
    """What the form calls a field."""
    words = {"reason": _("Reason"), "approved_by": _("Approved by"), "to": _("To whom"), "by": _("Who")}
    return words.get(name, name)
