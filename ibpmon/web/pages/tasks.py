"""The tasks after a review: what has to go or to become less, how that is done, and what was seen of it since."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review import hints, remedies
from ibpmon.review.remedies import CLOSED, STATE_WORDS, Task
from ibpmon.store.review_tables import RemediationEdge
from ibpmon.web import looks
from ibpmon.web.acting import CONFLICT, Confirmed, Trouble, Typed, actor, number_within, onwards, seen_in, told
from ibpmon.web.desk import Desk
from ibpmon.web.pages.paging import pages_of, start_of
from ibpmon.web.roles import Person, may
from ibpmon.web.visitors import AtDesk, NotThere, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 50
Reader = Annotated[Person, Depends(needs("tasks"))]
Actor = Annotated[Person, Depends(needs("tasks.act"))]
VERBS = ("assign", "done", "cannot")


@router.api_route("/tasks", methods=["GET", "HEAD"])
def tasks(request: Request, desk: AtDesk, who: Reader) -> Response:
    """What is still to do, the first to end first; with `state` another part of them."""
    asked, begin = values(request), start_of(values(request))
    with desk.store.read() as session:
        every = remedies.tasks(session, desk.store)
    state = asked.get("state", "") if asked.get("state") in (*STATE_WORDS, "all") else ""
    found = [one for one in every if state in ("all", one.state) or (not state and one.state not in CLOSED)]
    found.sort(key=lambda one: (one.row.due_at, one.row.remediation_id))
    shown = {
        "lines": [row_of(one) for one in found[begin : begin + A_PAGE]], "state": state, "now": desk.now(),
        "states": {"all": _("all tasks")} | {name: _(word) for name, word in STATE_WORDS.items()},
        "paging": pages_of(begin, A_PAGE, len(found), f"state={state}" if state else ""), "any": bool(every),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "tasks.html.j2", who, here="/tasks", **shown))


def row_of(task: Task) -> dict[str, Any]:
    """One task in words."""
    return {
        "number": task.row.remediation_id, "sentence": task.item.sentence or _("(erased)"), "due": task.row.due_at,
        "state": _(STATE_WORDS[task.state]), "is_open": task.state not in CLOSED, "assignee": task.assignee,
        "obstacle": task.obstacle, "review": task.row.review_id,
    }  # fmt: skip


# ---- one task


@router.api_route("/tasks/{number:int}", methods=["GET", "HEAD"])
def task(number: int, desk: AtDesk, who: Reader) -> Response:
    """Why the access is there, where it is cut, who else loses it; what was reported and what was seen."""
    return HTMLResponse(page_of(desk, who, number_within(number)))


def page_of(
    desk: Desk, who: Person, number: int, trouble: Trouble | None = None, form: Mapping[str, str] | None = None
) -> str:
    """The page of a task; with what went wrong, and with what was typed in its form."""
    with desk.store.read() as session:
        found = the_task(session, desk, number)
        edges = [edge_of(one) for one in remedies.edges_of(session, desk.store, number)]
    titles = {name: dataset.title or name for name, dataset in desk.store.datasets.items()}
    lines = [{"at": one.at, "what": one.said, "by": one.by, "told": ""} for one in remedies.history(found, titles)]
    row = row_of(found)
    shown = {
        "task": row, "edges": edges, "history": lines, "seen": len(found.events), "made": found.row.made_at,
        "can": row["is_open"] and may(who, "tasks.act"), "now": desk.now(),
    }  # fmt: skip
    tried = (form or {}).get("verb", "")
    return looks.page(desk, "task.html.j2", who, trouble=trouble, form=form or {}, tried=tried, **shown)


def the_task(session: Session, desk: Desk, number: int) -> Task:
    """One task; NotThere when there is none."""
    try:
        return remedies.the_task(session, desk.store, number)
    except RefusedError:
        raise NotThere from None


def edge_of(one: RemediationEdge) -> dict[str, Any]:
    """One way to cut, as it was when the task was made; of what was erased nothing is said any more."""
    kept = json.loads(one.fix_hint or "{}")
    if not kept:
        return {"cause": _("(erased)"), "where": "", "line": "", "others": "", "advice": ""}
    return {
        "cause": hints.why(kept), "where": hints.way(kept), "line": kept["line"],
        "others": hints.others_word(kept["others"]), "advice": hints.advice(kept),
    }  # fmt: skip


# ---- acting


@router.post("/tasks/{number:int}/{verb}")
def act(number: int, verb: str, desk: AtDesk, who: Actor, form: Typed, _sent: Confirmed) -> Response:
    """Name who does it, say that it is done, or that it cannot be."""
    if verb not in VERBS:
        raise NotThere
    try:
        carry_out(desk, who, number_within(number), verb, form)
    except RefusedError as error:
        return HTMLResponse(page_of(desk, who, number, told(error), {**form, "verb": verb}), CONFLICT)
    return onwards(f"/tasks/{number}#history")


def carry_out(desk: Desk, who: Person, number: int, verb: str, form: Mapping[str, str]) -> None:
    """Do it; what changed since this person looked is looked at again first."""
    by, now, store = actor(who), desk.now(), desk.store
    with store.write() as session:
        remedies.lock(session, store, number)
        check_seen(the_task(session, desk, number), seen_in(form))
        if verb == "assign":
            remedies.assign(session, store, number, needed(form.get("to", "")), by, now)
        elif verb == "done":
            remedies.report(session, store, number, by, now)
        else:
            remedies.decline(session, store, number, form.get("reason", ""), by, now)


def needed(text: str) -> str:
    """The name of somebody."""
    if not text.strip():
        raise RefusedError(N_("nobody is named who does it"), fix=N_("say who, in a few words"))
    return text.strip()


def check_seen(task: Task, seen: int | None) -> None:
    """Refuse who looked before the last thing happened."""
    if seen is not None and len(task.events) > seen:
        raise RefusedError(
            N_("task {number} changed since you looked at it"),
            why=N_("somebody else was there first"),
            fix=N_("look at it again, and decide anew"),
            number=task.row.remediation_id,
        )
