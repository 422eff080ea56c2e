"""What every page with a form shares: who acts, what was typed, and how a refusal is told beside the form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse

from ibpmon.collect.board_files.values import Unusable
from ibpmon.collect.consents import moment_of
from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.web.desk import Desk
from ibpmon.web.roles import Person
from ibpmon.web.visitors import NotThere, confirmed

SEE_OTHER, CONFLICT = 303, 409
LARGEST = 2**63 - 1
Confirmed = Annotated[Person, Depends(confirmed)]
Trouble = tuple[str, str, str]


def actor(who: Person) -> str:
    """By which name the ledger knows this person: the user name, which is one account and no other."""
    return who.login.who.user_name or who.login.who.account


async def typed(request: Request) -> dict[str, str]:
    """All texts of a form; of a name that stands there twice the last, and no files."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str) and name != "csrf"}


Typed = Annotated[Mapping[str, str], Depends(typed)]


def number_within(number: int) -> int:
    """A number that the database can hold; NotThere for any other."""
    if number > LARGEST:
        raise NotThere
    return number


def seen_in(form: Mapping[str, str]) -> int | None:
    """The last line of the history that this person saw."""
    text = form.get("seen", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def moment_in(desk: Desk, form: Mapping[str, str], name: str, field: str = "") -> datetime | None:
    """The time in a field; None when it was left empty. RefusedError when it is no time."""
    written = form.get(name, "").strip().replace("T", " ")
    try:
        return moment_of(written, field or name, desk.config) if written else None
    except Unusable as problem:
        raise RefusedError(
            N_("'{field}' is no day"), why="{problem}", fix=N_("write a moment, as 31-07-2026 14:30"),
            field=name, problem=_(str(problem)),
        ) from None  # fmt: skip


def told(error: RefusedError) -> Trouble:
    """What and why, and what to do on a page: a command is of no use there."""
    what, why, fix = error.told(_)
    here = _("Look at how it stands now, below, and decide anew. What you typed is still there.")
    return what, why, here if "ibpmon " in fix or not fix or "--" in fix else fix


def onwards(path: str) -> RedirectResponse:
    """On to a page, after a form: a reload sends nothing again."""
    return RedirectResponse(path, SEE_OTHER)


def filled(form: Mapping[str, str] | None) -> dict[str, Any]:
    """What was typed, to stand in the form again."""
    return dict(form or {})
