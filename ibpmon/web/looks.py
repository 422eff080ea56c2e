"""From values to HTML: one environment that escapes everything, the files beside it, and the pages of errors."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ibpmon import language
from ibpmon.config import Config
from ibpmon.language import N_, _
from ibpmon.tell.render import filters
from ibpmon.web.roles import ROLE_WORDS, Person

if TYPE_CHECKING:
    from ibpmon.web.desk import Desk

HERE = Path(__file__).parent
KINDS: Mapping[str, str] = {
    "style.css": "text/css; charset=utf-8", "script.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}  # fmt: skip

# What happened, why, and what to do: for every status that a person can meet.
TROUBLES: Mapping[int, tuple[str, str, str]] = {
    400: (
        N_("This question is not clear to ibpmon"),
        N_("The address is not the one of ibpmon, or what was sent is not whole."),
        N_("Go to the start page by the address that you got from ICT."),
    ),
    401: (
        N_("You are not signed in any more"),
        N_("Nothing was done here for a while, you signed out, or somebody ended it. What you sent was not kept."),
        N_("Sign in again, and do it once more."),
    ),
    403: (
        N_("This is not yours to do"),
        N_("Your role does not include it, or the page that you sent was not one of ibpmon."),
        N_("Go back to the start page and try again from there; ask ICT if you think that you should be able to."),
    ),
    404: (
        N_("There is no such page"),
        N_("It does not exist, or it is not for you."),
        N_("Go to the start page: all that is for you stands there."),
    ),
    405: (
        N_("That cannot be done here"),
        N_("This page cannot be used in that way."),
        N_("Go to the start page and try again from there."),
    ),
    408: (
        N_("It took too long"),
        N_("What you sent did not come in whole. Nothing was kept."),
        N_("Look at your connection and send it again."),
    ),
    413: (
        N_("That is too much at once"),
        N_("What you sent is larger than any form of ibpmon. Nothing was kept."),
        N_("Make the text shorter and send it again."),
    ),
    422: (
        N_("Something in the form does not fit"),
        N_("A field is missing, or holds something that does not belong there. Nothing was kept."),
        N_("Go back, look at the fields and send it again."),
    ),
    429: (
        N_("It is too busy now"),
        N_("Many people, or a program, ask something at the same moment."),
        N_("Wait a minute and try again."),
    ),
    500: (
        N_("Something went wrong in ibpmon"),
        N_("This is a mistake in ibpmon, not in what you did. It was written down."),
        N_("Try again later; if it goes wrong again, tell ICT at what time it happened."),
    ),
    503: (
        N_("It does not work for a moment"),
        N_("ibpmon cannot reach Microsoft or its own database, or is not set up right."),
        N_("Try again in some minutes; if it lasts, tell ICT."),
    ),
}
NO_ROLE = (
    N_("You have no role in ibpmon yet"),
    N_("You are signed in, but nobody said what you may see. So you see nothing, and that is safe."),
    N_(
        "Ask ICT of your board for a role, and name the account below. Do you own a process? "
        "Then it has to stand in the autorisatiematrix under this account."
    ),
)


@cache
def environment(zone: ZoneInfo) -> ImmutableSandboxedEnvironment:
    """Templates get values; all that they show is escaped, and what they miss is an error. Times are of the zone."""
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(HERE / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(_, language.ngettext, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    made.globals["asset"] = asset
    made.filters |= filters(zone)
    return made


@cache
def content(name: str) -> bytes:
    """One of the files that pages use."""
    return (HERE / "static" / name).read_bytes()


@cache
def version(name: str) -> str:
    """A short hash of it: another content is another address, so that a browser may keep it."""
    return hashlib.sha256(content(name)).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of such a file."""
    return f"/static/{name}?v={version(name)}"


def page(desk: "Desk", name: str, person: Person | None = None, **values: Any) -> str:
    """A page as HTML, with who looks at it."""
    return drawn(desk.config, name, person, **values)


def drawn(config: Config, name: str, person: Person | None = None, **values: Any) -> str:
    """The same, from the configuration alone."""
    known = {
        "language": language.current(), "board": config.board.name, "person": person,
        "role_words": [_(word) for role, word in ROLE_WORDS.items() if person and role in person.roles],
    }  # fmt: skip
    return environment(config.time_zone).get_template(name).render({**known, **values})


def trouble(config: Config, status: int, told: tuple[str, str, str] | None = None, person: Person | None = None) -> str:
    """The page of an error in the reader's language; `told` says it better than the status does."""
    said = told or tuple(map(_, TROUBLES.get(status, TROUBLES[400 if status < 500 else 503])))
    return drawn(config, "trouble.html.j2", person, what=said[0], why=said[1], fix=said[2], status=status)
