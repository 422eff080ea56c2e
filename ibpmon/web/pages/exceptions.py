"""The accepted risks with their end: which run, renewing one, and ending one before its time."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.judge.rules import load_rules
from ibpmon.language import N_
from ibpmon.store.tables import Exemption
from ibpmon.tell import exceptions
from ibpmon.web import looks
from ibpmon.web.acting import CONFLICT, Confirmed, Trouble, Typed, actor, moment_in, number_within, onwards, told
from ibpmon.web.alert_sight import OWN_FIX, OWN_WHY, findings_of, hidden_rules, is_own
from ibpmon.web.desk import Desk
from ibpmon.web.pages.paging import pages_of, start_of
from ibpmon.web.roles import Person, may
from ibpmon.web.visitors import AtDesk, NotThere, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 50


@router.api_route("/exceptions", methods=["GET", "HEAD"])
def accepted(request: Request, desk: AtDesk, who: Annotated[Person, Depends(needs("alerts"))]) -> Response:
    """The first to end first; with `ended=1` also those that have ended, the last one first."""
    asked = values(request)
    return HTMLResponse(page_of(desk, who, asked.get("ended") == "1", start_of(asked)))


def page_of(
    desk: Desk, who: Person, ended: bool = False, begin: int = 0, trouble: Trouble | None = None,
    form: Mapping[str, str] | None = None, number: int = 0,
) -> str:  # fmt: skip
    """The page; with what went wrong and what was typed about one of them."""
    now, rules = desk.now(), {rule.key: rule for rule in load_rules(desk.config)}
    with desk.store.read() as session:
        every = (
            exceptions.everything(session, desk.store)[::-1] if ended else exceptions.running(session, desk.store, now)
        )
        hidden = hidden_rules(desk.config, who)
        every = [one for one in every if one.rule not in hidden]
        page = every[begin : begin + A_PAGE]
        writer = desk.voice.writer(session, desk.store, desk.config, now)
        lines = exceptions.told_at_once(session, page, rules, writer)
    shown: dict[str, Any] = {
        "lines": lines, "ended": ended, "now": now, "can": may(who, "alerts.act"), "trouble": trouble,
        "form": form or {}, "tried": number, "paging": pages_of(begin, A_PAGE, len(every), "ended=1" if ended else ""),
    }  # fmt: skip
    return looks.page(desk, "exceptions.html.j2", who, here="/exceptions", **shown)


@router.post("/exceptions/{number:int}/{verb}")
def act(
    number: int, verb: str, desk: AtDesk, who: Annotated[Person, Depends(needs("alerts.act"))], form: Typed,
    _sent: Confirmed,
) -> Response:  # fmt: skip
    """End one now, or let it run until another day."""
    if verb not in ("end", "renew"):
        raise NotThere
    try:
        carry_out(desk, who, number_within(number), verb, form)
    except RefusedError as error:
        return HTMLResponse(
            page_of(desk, who, trouble=told(error), form={**form, "verb": verb}, number=number), CONFLICT
        )
    return onwards("/exceptions")


def carry_out(desk: Desk, who: Person, number: int, verb: str, form: Mapping[str, str]) -> None:
    """Do it, in the name of who is signed in."""
    reason, now = form.get("reason", ""), desk.now()
    with desk.store.write() as session:
        check_not_own(session, desk, who, number)
        if verb == "end":
            exceptions.end(session, desk.store, number, actor(who), reason, now)
            return
        until, approved_by = moment_in(desk, form, "until"), form.get("approved_by", "")
        exceptions.renew(session, desk.store, number, actor(who), reason, approved_by, until, now)


def check_not_own(session: Session, desk: Desk, who: Person, number: int) -> None:
    """Refuse who would judge himself; NotThere when there is none, or not for this reader."""
    one = session.get(Exemption, (desk.store.tenant, number))
    if one is None or one.rule in hidden_rules(desk.config, who):
        raise NotThere
    if is_own(desk.config, who, one, findings_of(session, desk.store, one)):
        raise RefusedError(N_("this accepted risk is about yourself"), why=OWN_WHY, fix=OWN_FIX)
