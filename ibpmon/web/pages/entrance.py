"""Coming in and leaving: to Microsoft and back, and what a stranger sees."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ibpmon.errors import IbpmonError, SourceError
from ibpmon.web import looks, sessions
from ibpmon.web.roles import Person
from ibpmon.web.signing_in import AWAY, BACK, PATIENCE, local
from ibpmon.web.tokens import NotProven
from ibpmon.web.visitors import AtDesk, NotThere, confirmed, cookie_name, forget, keep, secret_of, values

log = logging.getLogger("ibpmon.web")
router = APIRouter(include_in_schema=False)
BEGUN = "-sign-in"
SEE_OTHER = 303
READS = ["GET", "HEAD"]


@router.api_route("/sign-in", methods=READS)
def begin(request: Request, desk: AtDesk) -> Response:
    """On to Microsoft; nothing is stored for it."""
    begun = desk.sign_in.begin(local(values(request).get("next", "/")), desk.now())
    answer = RedirectResponse(begun.address, SEE_OTHER)
    keep(answer, desk.web, BEGUN, begun.cookie, PATIENCE)
    return answer


@router.api_route(BACK, methods=["GET"])
def back(request: Request, desk: AtDesk) -> Response:
    """Back from Microsoft: who it is becomes a new session. The answer of Microsoft is good for one time."""
    now, cookie = desk.now(), request.cookies.get(cookie_name(desk.web, BEGUN), "")
    try:
        who, onwards = desk.sign_in.finish(cookie, values(request), now)
    except NotProven as refused:
        log.warning("sign-in refused: %s", refused.reason)
        raise
    with desk.store.write() as session:
        secret = sessions.begin(session, desk.store, who, desk.web, now, before=secret_of(request, desk))
    answer = RedirectResponse(desk.web.public_url + onwards, SEE_OTHER)
    forget(answer, desk.web, BEGUN)
    keep(answer, desk.web, "", secret)
    return answer


@router.post("/sign-out")
def leave(request: Request, desk: AtDesk, who: Annotated[Person, Depends(confirmed)]) -> Response:
    """The session is gone; then Microsoft's too. Not a redirect: the form may lead nowhere but to us."""
    with desk.store.write() as session:
        sessions.end(session, desk.store, secret_of(request, desk))
    try:
        onwards = desk.sign_in.leave()
    except SourceError as away:
        log.warning("signed out here only: %s", away)
        onwards = desk.web.public_url + AWAY
    answer = HTMLResponse(looks.page(desk, "leaving.html.j2", onwards=onwards))
    answer.headers["Refresh"] = f"0; url={onwards}"
    forget(answer, desk.web)
    return answer


@router.api_route(AWAY, methods=READS)
def left(desk: AtDesk) -> Response:
    """Signed out, here and at Microsoft."""
    return HTMLResponse(looks.page(desk, "left.html.j2"))


@router.api_route("/static/{name}", methods=READS)
def static(request: Request, name: str) -> Response:
    """The style sheet, the script and the icon: these three and no other file."""
    if name not in looks.KINDS:
        raise NotThere
    answer = Response(looks.content(name), media_type=looks.KINDS[name])
    fresh = values(request).get("v") == looks.version(name)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return answer


@router.api_route("/healthz", methods=READS)
def health(desk: AtDesk) -> Response:
    """Whether the database answers, for a program that watches; nothing else."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with desk.store.read() as session:
            session.execute(text("SELECT 1"))
    except (SQLAlchemyError, IbpmonError):
        return Response("not ok", 503, media_type="text/plain")
    return Response("ok", media_type="text/plain")
