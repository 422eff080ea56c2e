"""The register of privacy requests: until when each must be answered, and what was decided."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import _
from ibpmon.store.tables import PrivacyRequest
from ibpmon.tell import request_words as words
from ibpmon.tell import requests as register
from ibpmon.tell.registers import Deed
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
Reader = Annotated[Person, Depends(needs("requests"))]
Actor = Annotated[Person, Depends(needs("requests.act"))]
SHOWN = ("about", "asked", "received_at", "extended_at", "extension_reason", "decision", "decision_reason",
         "decided_at", "decided_by", "opened_by")  # fmt: skip


@router.api_route("/requests", methods=["GET", "HEAD"])
def requests(request: Request, desk: AtDesk, who: Reader) -> Response:
    """The newest first; `state=open` only what was not decided yet."""
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
        "states": {name: _(word) for name, word in words.STATE_WORDS.items()}, "can": may(who, "requests.act"),
        "kinds": {name: _(word) for name, word in words.KIND_WORDS.items()}, "trouble": trouble,
        "paging": pages_of(begin, A_PAGE, len(every), f"state={chosen}" if chosen else ""),
    }  # fmt: skip
    return looks.page(desk, "requests.html.j2", who, here="/requests", **shown)


def row_of(one: PrivacyRequest, desk: Desk) -> dict[str, Any]:
    """One request in words, with how long there is to answer."""
    now = desk.now()
    return {
        "one": one, "kind": _(words.KIND_WORDS.get(one.kind, one.kind)), "state": _(words.STATE_WORDS[one.state]),
        "decision": _(words.DECISION_WORDS[one.decision]) if one.decision in words.DECISION_WORDS else "",
        "runs": one.state == "open", "late": register.is_overdue(one, now),
        "left": words.left_in_days(one, now, desk.config.time_zone),
    }  # fmt: skip


@router.post("/requests/new")
def open_(desk: AtDesk, who: Actor, form: Typed, _sent: Confirmed) -> Response:
    """Write a new request down; its month counts from the day on which it came in."""
    try:
        given = {name: form.get(name, "") for name in ("kind", "about", "asked")}
        deed = Deed("open", actor(who), given | {"received_at": moment_in(desk, form, "received_at")})
        with desk.store.write() as session:
            made = register.receive(session, desk.store, deed, desk.config.time_zone, desk.now())
    except RefusedError as error:
        return HTMLResponse(list_of(desk, who, trouble=told(error), form=form), CONFLICT)
    return onwards(f"/requests/{made.request_id}")


# ---- one request


@router.api_route("/requests/{number:int}", methods=["GET", "HEAD"])
def one_request(number: int, desk: AtDesk, who: Reader) -> Response:
    """What is asked, the term, and all that happened."""
    return HTMLResponse(page_of(desk, who, number_within(number)))


def page_of(
    desk: Desk, who: Person, number: int, trouble: Trouble | None = None, form: Mapping[str, str] | None = None
) -> str:
    """The page of a request; with what went wrong, and with what was typed in its form."""
    zone, labels = desk.config.time_zone, words.labels()
    with desk.store.read() as session:
        one = the_request(session, desk, number)
        said = partial(words.word, zone=zone)
        lines, seen = history_of(session, desk.store, register.ref(number), words.act_words(), labels, said)
    facts = {labels[name]: words.word(name, getattr(one, name), zone) for name in SHOWN}
    can = may(who, "requests.act")
    verbs = {verb for verb, (state, _decide) in register.STEPS.items() if state in ("", one.state)}
    shown = {
        **row_of(one, desk), "history": lines, "seen": seen, "can": verbs if can else set(), "form": form or {},
        "facts": {label: value for label, value in facts.items() if value}, "trouble": trouble,
        "decisions": {name: _(word) for name, word in words.DECISION_WORDS.items()},
        "tried": (form or {}).get("verb", ""),
    }  # fmt: skip
    return looks.page(desk, "request.html.j2", who, **shown)


def the_request(session: Session, desk: Desk, number: int) -> PrivacyRequest:
    """One request; NotThere when there is none."""
    found = register.stored(session, desk.store, number)
    if not found:
        raise NotThere
    return found[0]


# ---- acting


@router.post("/requests/{number:int}/{verb}")
def act(number: int, verb: str, desk: AtDesk, who: Actor, form: Typed, _sent: Confirmed) -> Response:
    """Carry out what a person says, or show the page again with why that cannot be."""
    if verb not in ("extend", "decide", "reopen", "comment"):
        raise NotThere
    try:
        given: dict[str, Any] = {}
        if verb == "decide":
            given = {"decision": form.get("decision", ""), "decided_at": moment_in(desk, form, "decided_at")}
        deed = Deed(verb, actor(who), given, form.get("reason", "").strip(), seen_in(form))
        with desk.store.write() as session:
            the_request(session, desk, number_within(number))
            register.do(session, desk.store, number, deed, desk.config.time_zone, desk.now())
    except RefusedError as error:
        return HTMLResponse(page_of(desk, who, number_within(number), told(error), {**form, "verb": verb}), CONFLICT)
    return onwards(f"/requests/{number}#history")
