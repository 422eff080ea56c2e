"""The start page: what waits for this person, and for who looks after the whole how it stands."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from ibpmon.language import _
from ibpmon.review.decisions import STATE_WORDS
from ibpmon.web import looks, reading
from ibpmon.web.desk import Desk
from ibpmon.web.roles import READERS, Person, may
from ibpmon.web.visitors import AtDesk, NoRole, Visitor

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def start(request: Request, desk: AtDesk, who: Visitor) -> Response:
    """A stranger may sign in; somebody with a role sees what is for him."""
    if who is None:
        return HTMLResponse(looks.page(desk, "welcome.html.j2"))
    if not may(who, "start"):
        raise NoRole(who)
    return HTMLResponse(looks.page(desk, "start.html.j2", who, **found(desk, who)))


def found(desk: Desk, who: Person) -> dict[str, object]:
    """The reviews that wait for this person, all that run for who may see those, and the numbers."""
    now, readers = desk.now(), bool(who.roles & READERS)
    with desk.store.read() as session:
        running = reading.current(session, desk.store)
        waiting = reading.waiting_for(session, desk.store, running, who.known_as, now)
        sources = list(desk.store.data)
        figures = reading.numbers(session, desk.store, now, sources) if may(who, "figures") else None
    everything = [
        {
            "number": there.review.review_id, "name": there.review.name, "owner": there.review.owner_name,
            "left": len(there.left()) + len(there.groups_left()), "due": there.review.due_at,
            "state": _(STATE_WORDS[there.state(now)]),
        }
        for there in running
    ]  # fmt: skip
    return {"waiting": waiting, "everything": everything if readers else [], "figures": figures, "now": now}
