"""The application: the guard, the pages, and a page for everything that goes wrong."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from ibpmon.errors import IbpmonError, RefusedError
from ibpmon.language import _
from ibpmon.web import looks, problems
from ibpmon.web.desk import Desk
from ibpmon.web.guard import SAFE, Guard
from ibpmon.web.pages import (
    alerts,
    api,
    devices,
    entrance,
    exceptions,
    incidents,
    language,
    people,
    places,
    privacy,
    questions,
    requests,
    reviews,
    rules,
    rules_of_review,
    search,
    signing,
    start,
    state,
    tasks,
    workbooks,
)
from ibpmon.web.signing_in import Declined, TooBusy, local
from ibpmon.web.tokens import NotProven
from ibpmon.web.visitors import NoRole, NotSignedIn, NotThere, NotYours, OldForm, typed

log = logging.getLogger("ibpmon.web")
Told = tuple[str, str, str]  # what, why, fix
PARTS = (
    start, reviews, rules_of_review, signing, workbooks, questions, state, alerts, exceptions, tasks, incidents,
    requests, search, people, places, devices, rules, privacy, entrance, language, api,
)  # fmt: skip
ROUTERS = tuple(part.router for part in PARTS)


def make_app(desk: Desk) -> Guard:
    """The whole web of one board, for any ASGI server."""
    return Guard(pages(desk), desk.web, lambda status, path: trouble(desk, status, path))


def trouble(desk: Desk, status: int, path: str, told: Told | None = None) -> tuple[str, bytes]:
    """What an error looks like there: a page for people, a problem for programs."""
    if path.startswith(problems.BELOW):
        return problems.MEDIA, problems.problem(status, told)
    return "text/html; charset=utf-8", looks.trouble(desk.config, status, told).encode()


def pages(desk: Desk) -> FastAPI:
    """The pages behind the guard; nothing that FastAPI tells about itself."""
    off: dict[str, Any] = dict.fromkeys(("docs_url", "redoc_url", "openapi_url"))
    app = FastAPI(title="ibpmon", version="1", redirect_slashes=False, **off)
    app.state.desk = desk
    for router in ROUTERS:
        app.include_router(router)
    handlers: dict[Any, Any] = {
        api.NoKey: without_key, NotSignedIn: to_sign_in, NoRole: without_role, NotYours: by_status(403),
        OldForm: with_what_was_typed, NotThere: by_status(404), HTTPException: as_http,
        RequestValidationError: by_status(422), IbpmonError: as_told, Exception: by_status(500),
    }  # fmt: skip
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    return app


def answer(request: Request, status: int, told: Told | None = None) -> Response:
    """The answer of an error."""
    media, body = trouble(request.app.state.desk, status, request.url.path, told)
    return Response(body, status, media_type=media)


def by_status(status: int) -> Any:
    """Answers with the page of this status."""

    async def answered(request: Request, _error: Exception) -> Response:
        return answer(request, status)

    return answered


async def as_http(request: Request, error: HTTPException) -> Response:
    """What the router itself refuses: no such page, or not in that way."""
    found = answer(request, error.status_code)
    found.headers.update({name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"})
    return found


async def to_sign_in(request: Request, _error: Exception) -> Response:
    """On to Microsoft and then here again; a form cannot be sent again by itself, so that is told."""
    if request.method not in SAFE:
        return HTMLResponse(looks.kept(request.app.state.desk.config, request.url.path, await typed(request)), 401)
    onwards = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={local(onwards)}".replace("&", "%26"), 303)


async def without_key(request: Request, _error: Exception) -> Response:
    """A program without a key, or with one that opens nothing."""
    found = answer(request, 401, api.told_without_a_key())
    found.headers["WWW-Authenticate"] = "Bearer"
    return found


async def with_what_was_typed(request: Request, error: OldForm) -> Response:
    """A form of before somebody signed in again does nothing; it comes back filled in, and has to be sent once more.

    Another site cannot make use of that: its forms do not come past the guard.
    """
    desk: Desk = request.app.state.desk
    form = {name: value for name, value in (await typed(request)).items() if name != "csrf"}
    with_file = request.headers.get("content-type", "").lower().startswith("multipart/")
    again = getattr(request.scope.get("endpoint"), "again", None)
    try:
        if again and (form or with_file):
            shown: Response = await run_in_threadpool(again, desk, error.person, request.path_params, form)
            return shown
    except (NotYours, NotThere):
        return answer(request, 403)
    return HTMLResponse(looks.kept(desk.config, request.url.path, form, error.person), 403)


async def without_role(request: Request, error: NoRole) -> Response:
    """Who is signed in and may see nothing learns what, why, and how to go on."""
    desk: Desk = request.app.state.desk
    what, why, fix = map(_, looks.NO_ROLE)
    if request.url.path.startswith(problems.BELOW):
        return answer(request, 403, (what, why, fix))
    page = looks.drawn(desk.config, "trouble.html.j2", error.person, what=what, why=why, fix=fix, status=403)
    return HTMLResponse(page, 403)


async def as_told(request: Request, error: IbpmonError) -> Response:
    """An error that says itself what happened; one about how ibpmon is set up is for ICT, and goes to the log."""
    if isinstance(error, NotProven | Declined):
        return answer(request, 403, error.told(_))
    if isinstance(error, TooBusy):
        return answer(request, 429, error.told(_))
    if isinstance(error, RefusedError):
        return answer(request, 422, error.told(_))
    log.error("%s", error)
    return answer(request, 503)
