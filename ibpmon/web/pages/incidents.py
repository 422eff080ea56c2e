"""The register of incidents: which are open, with the clock of 72 hours, and what people write down about one."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.store.tables import Incident
from ibpmon.tell import incident_words as words
from ibpmon.tell import incidents as register
from ibpmon.tell.register_words import yes_no
from ibpmon.tell.registers import MOST, Deed
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
from ibpmon.web.desk import Desk
from ibpmon.web.pages.history import history_of
from ibpmon.web.pages.paging import pages_of, start_of
from ibpmon.web.roles import Person, may
from ibpmon.web.visitors import AtDesk, NotThere, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 50
Reader = Annotated[Person, Depends(needs("incidents"))]
Actor = Annotated[Person, Depends(needs("incidents.act"))]
TEXTS = ("title", "type", "happened", "people", "records", "effects", "measures", "evaluation")
NUMBERS = ("people_count", "records_count")
SHOWN = ("type", "data_breach", "aware_at", "reported", "reported_at", "report_number", "report_reason", "people_told",
         "people_told_at", "people_told_how", "opened_at", "opened_by", "closed_at")  # fmt: skip


@router.api_route("/incidents", methods=["GET", "HEAD"])
def incidents(request: Request, desk: AtDesk, who: Reader) -> Response:
    """The newest first; `state=open` only what is not closed."""
    asked = values(request)
    return HTMLResponse(list_of(desk, who, asked.get("state", ""), start_of(asked)))


def list_of(
    desk: Desk, who: Person, state: str = "", begin: int = 0, trouble: Trouble | None = None,
    form: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """The page with the list, and a form for a new one."""
    chosen = state if state in words.STATE_WORDS else ""
    with desk.store.read() as session:
        every = [one for one in register.stored(session, desk.store) if chosen in ("", one.state)]
    shown: dict[str, Any] = {
        "lines": [row_of(one, desk) for one in every[begin : begin + A_PAGE]], "state": chosen, "form": form or {},
        "states": {name: _(word) for name, word in words.STATE_WORDS.items()}, "can": may(who, "incidents.act"),
        "types": {name: _(word) for name, word in words.TYPE_WORDS.items()}, "trouble": trouble,
        "paging": pages_of(begin, A_PAGE, len(every), f"state={chosen}" if chosen else ""),
    }  # fmt: skip
    return looks.page(desk, "incidents.html.j2", who, here="/incidents", **shown)


def row_of(one: Incident, desk: Desk) -> dict[str, Any]:
    """One incident in words, with the clock as it runs now."""
    ends, now = register.deadline(one.aware_at), desk.now()
    return {
        "one": one, "type": _(words.TYPE_WORDS.get(one.type, one.type)), "state": _(words.STATE_WORDS[one.state]),
        "breach": _(words.BREACH_WORDS.get(one.data_breach, one.data_breach)), "reported": yes_no(one.reported),
        "runs": register.clock_runs(one), "ends": ends, "left": register.left_words(ends, now), "late": now > ends,
    }  # fmt: skip


@router.post("/incidents/new")
def open_(desk: AtDesk, who: Actor, form: Typed, _sent: Confirmed) -> Response:
    """Write a new incident down; its 72 hours count from now, or from the moment that is given."""
    try:
        given = {"title": form.get("title", ""), "type": form.get("type") or "other"}
        aware = moment_in(desk, form, "aware_at")
        deed = Deed("open", actor(who), given | {"aware_at": aware}, form.get("reason", ""))
        with desk.store.write() as session:
            made = register.raise_incident(session, desk.store, deed, desk.now())
    except RefusedError as error:
        return HTMLResponse(list_of(desk, who, trouble=told(error), form=form), CONFLICT)
    return onwards(f"/incidents/{made.incident_id}")


# ---- one incident


@router.api_route("/incidents/{number:int}", methods=["GET", "HEAD"])
def incident(number: int, desk: AtDesk, who: Reader) -> Response:
    """What is known, the clock, and all that happened."""
    return HTMLResponse(page_of(desk, who, number_within(number)))


def page_of(
    desk: Desk, who: Person, number: int, trouble: Trouble | None = None, form: Mapping[str, str] | None = None
) -> str:
    """The page of an incident; with what went wrong, and with what was typed in its form."""
    zone = desk.config.time_zone
    with desk.store.read() as session:
        one = the_incident(session, desk, number)
        said = partial(words.word, zone=zone)
        lines, seen = history_of(session, desk.store, register.ref(number), words.act_words(), words.labels(), said)
    typed = form or {}
    known = {name: getattr(one, name) for name in (*TEXTS, *NUMBERS)}
    shown = {
        **row_of(one, desk), "history": lines, "seen": seen, "can": may(who, "incidents.act"), "labels": words.labels(),
        "facts": facts_of(one, desk), "texts": {name: known[name] for name in TEXTS if known[name]},
        "known": {name: "" if value is None else value for name, value in known.items()}
        | (dict(typed) if typed.get("verb") == "change" else {}),
        "types": {name: _(word) for name, word in words.TYPE_WORDS.items()}, "trouble": trouble, "form": typed,
        "classes": {name: _(word) for name, word in words.BREACH_WORDS.items()}, "tried": typed.get("verb", ""),
        "counts": {name: words.word(name, getattr(one, name), zone) for name in NUMBERS},
    }  # fmt: skip
    return looks.page(desk, "incident.html.j2", who, **shown)


def the_incident(session: Session, desk: Desk, number: int) -> Incident:
    """One incident; NotThere when there is none."""
    found = register.stored(session, desk.store, number)
    if not found:
        raise NotThere
    return found[0]


def facts_of(one: Incident, desk: Desk) -> dict[str, str]:
    """What stands fixed, under its labels."""
    labels = words.labels()
    said = {name: words.word(name, getattr(one, name), desk.config.time_zone) for name in SHOWN}
    return {labels[name]: value for name, value in said.items() if value}


# ---- acting


@router.post("/incidents/{number:int}/{verb}")
def act(number: int, verb: str, desk: AtDesk, who: Actor, form: Typed, _sent: Confirmed) -> Response:
    """Carry out what a person says, or show the page again with why that cannot be."""
    if verb not in register.STEPS:
        raise NotThere
    try:
        given = values_of(desk, verb, form)
        deed = Deed(verb, actor(who), given, form.get("reason", "").strip(), seen_in(form))
        with desk.store.write() as session:
            the_incident(session, desk, number_within(number))
            register.do(session, desk.store, number, deed, desk.now())
    except RefusedError as error:
        return HTMLResponse(page_of(desk, who, number_within(number), told(error), {**form, "verb": verb}), CONFLICT)
    return onwards(f"/incidents/{number}#history")


def values_of(desk: Desk, verb: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The fields that a form of this act gives."""
    if verb == "change":
        texts = {name: form[name] for name in TEXTS if name in form}
        return texts | {name: amount(name, form[name]) for name in NUMBERS if name in form}
    if verb == "class":
        return {"data_breach": form.get("data_breach", "")}
    if verb == "aware":
        return {"aware_at": needed(moment_in(desk, form, "aware_at"))}
    if verb == "report":
        yes = decided(form, "reported")
        at = moment_in(desk, form, "reported_at") if yes else None
        return {"reported": yes, "reported_at": at, "report_number": form.get("report_number", "") if yes else ""}
    if verb == "told":
        yes = decided(form, "people_told")
        at = moment_in(desk, form, "people_told_at") if yes else None
        return {"people_told": yes, "people_told_at": at, "people_told_how": form.get("people_told_how", "")}
    return {}


def decided(form: Mapping[str, str], name: str) -> bool:
    """Yes or no; RefusedError when neither was chosen, for that is no answer."""
    if form.get(name) not in ("yes", "no"):
        raise RefusedError(N_("choose yes or no"), fix=N_("mark one of the two, and send it again"))
    return form[name] == "yes"


def needed(at: datetime | None) -> datetime:
    """A moment that must be there."""
    if at is None:
        raise RefusedError(N_("a moment is missing"), fix=N_("write a moment, as 31-07-2026 14:30"))
    return at


def amount(name: str, text: str) -> int | None:
    """How many; None when that is not known. RefusedError for what is no number."""
    written = text.strip()
    if not written:
        return None
    if not (written.isascii() and written.isdecimal() and len(written) <= len(str(MOST))):
        raise RefusedError(
            N_("'{field}' is no number"), fix=N_("give a number from 0 to {most}, or leave it unknown"),
            field=words.labels()[name], most=MOST,
        )  # fmt: skip
    return int(written)
