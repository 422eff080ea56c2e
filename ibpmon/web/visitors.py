"""Who asks for a page, and whether that may be: every page begins here."""

import secrets
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import Response

from ibpmon.config import Web
from ibpmon.web import reading, sessions
from ibpmon.web.desk import Desk
from ibpmon.web.roles import Action, Concerning, Person, granted_to, may, roles_of
from ibpmon.web.sessions import OFTEN

LONGEST = 128  # characters of a cookie of ours


class NotSignedIn(Exception):
    """Nobody is known in this browser."""


class NoRole(Exception):
    """Somebody is signed in, and nobody said what he may see."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person


class NotYours(Exception):
    """This person may not do this."""


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
    """Whose session this is, in three statements."""
    now = desk.now()
    with desk.store.read() as session:
        login = sessions.find(session, desk.store, secret, desk.web, now)
        if login is None:
            return None
        granted = granted_to(session, desk.store, login.who.account, now)
        facts = reading.facts(session, desk.store, login.known_as)
        deciders = desk.owners.now(session, desk.store, facts.mark) | {desk.bestuur} - {""}
    if facts.decides:
        deciders |= login.known_as
    return Person(login, roles_of(login, desk.web, granted, deciders))


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
        raise NotYours
    return who


def values(request: Request) -> dict[str, Any]:
    """The query of an address; of a name that stands there twice the first."""
    return {name: request.query_params.getlist(name)[0] for name in request.query_params}
