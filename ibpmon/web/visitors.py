"""Who asks for a page, and whether that may be: every page begins here."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import Response

from ibpmon.config import Web
from ibpmon.web import reading, sessions
from ibpmon.web.desk import Desk
from ibpmon.web.roles import Action, Concerning, Person, may, roles_of
from ibpmon.web.sessions import OFTEN

LONGEST = 128  # characters of a cookie of ours
PROOF = "-proof"  # the cookie that says when somebody proved who he is


class NotSignedIn(Exception):
    """Nobody is known in this browser."""


class NoRole(Exception):
    """Somebody is signed in, and nobody said what he may see."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person


class NotYours(Exception):
    """This person may not do this."""


class OldForm(NotYours):
    """A form of an earlier session: it does nothing, and what was typed in it is not lost."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person


class NotThere(Exception):
    """There is no such thing, or it is somebody else's: the answer is the same."""


def desk_of(request: Request) -> Desk:
    """What pages work with."""
    found: Desk = request.app.state.desk
    return found


AtDesk = Annotated[Desk, Depends(desk_of)]


def cookie_name(web: Web, what: str = "") -> str:
    """The name of a cookie: browsers take __Host- from this host alone, by https, for the whole of it."""
    return ("__Host-ibpmon" if web.is_secure else "ibpmon") + what


def secret_of(request: Request, desk: Desk) -> str:
    """What the browser holds of a session; empty when it holds nothing."""
    return request.cookies.get(cookie_name(desk.web), "")[:LONGEST]


def keep(answer: Response, web: Web, what: str, value: str, seconds: int | None = None) -> None:
    """Let the browser keep a cookie: no script reads it, and no other site sends it along with a form."""
    answer.set_cookie(
        cookie_name(web, what), value, max_age=seconds, path="/", secure=web.is_secure, httponly=True, samesite="lax"
    )


def forget(answer: Response, web: Web, what: str = "") -> None:
    """Let the browser drop a cookie."""
    answer.delete_cookie(cookie_name(web, what), path="/", secure=web.is_secure, httponly=True, samesite="lax")


def proved_at(request: Request, desk: Desk) -> datetime | None:
    """When whoever uses this browser proved who he is, if that is short ago."""
    cookie = request.cookies.get(cookie_name(desk.web, PROOF), "")[:LONGEST]
    return desk.sign_in.proved_at(secret_of(request, desk), cookie, desk.now())


def visitor(request: Request, desk: AtDesk) -> Person | None:
    """Who is signed in in this browser, with the roles of this moment; None when nobody is."""
    secret = secret_of(request, desk)
    found = known(desk, secret) if secret else None
    if found is None:
        return None
    now = desk.now()
    if found.login.closed or now - found.login.used_at >= OFTEN:
        with desk.store.write() as session:
            if found.login.closed:
                sessions.end_all(session, desk.store, [found.login.who.account])
            else:
                sessions.touch(session, desk.store, found.login, now)
    return None if found.login.closed else found


def known(desk: Desk, secret: str) -> Person | None:
    """Whose session this is, in two statements."""
    now = desk.now()
    with desk.store.read() as session:
        login = sessions.find(session, desk.store, secret, desk.web, now)
        if login is None:
            return None
        facts = reading.facts(session, desk.store, login, now)
        deciders = desk.owners.now(session, desk.store, facts.mark) | {desk.bestuur} - {""}
    if facts.decides:
        deciders |= login.known_as
    return Person(login, roles_of(login, desk.web, facts.granted, deciders))


Visitor = Annotated[Person | None, Depends(visitor)]


def signed_in(who: Visitor) -> Person:
    """Somebody who is signed in; NotSignedIn for anybody else."""
    if who is None:
        raise NotSignedIn
    return who


def needs(action: Action) -> Callable[..., Person]:
    """What a page asks of whoever opens it: the role for this action. About a thing of somebody: `check`."""

    def allowed(who: Annotated[Person, Depends(signed_in)]) -> Person:
        if not who.roles:
            raise NoRole(who)
        if not may(who, action):
            raise NotYours
        return who

    allowed.action = action  # type: ignore[attr-defined]  # read by the test that goes through all routes
    return allowed


def check(who: Person, action: Action, about: Concerning) -> None:
    """Whether this person may do this to that; for who may not, it is not there."""
    if not may(who, action, about):
        raise NotThere


def confirmed(who: Annotated[Person, Depends(signed_in)], csrf: Annotated[str, Form()] = "") -> Person:
    """Somebody who sends a form that we gave to this very session."""
    if not secrets.compare_digest(csrf.encode(), who.login.csrf.encode()):
        raise OldForm(who)
    return who


async def typed(request: Request) -> dict[str, str]:
    """The fields of a form as text; of a name that is there twice the last, and nothing of a file."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(typed)]


def values(request: Request) -> dict[str, Any]:
    """The query of an address; of a name that stands there twice the first."""
    return {name: request.query_params.getlist(name)[0] for name in request.query_params}
