"""Who may read the name of a pupil, and why; and for the FG who looked at whom."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import _
from ibpmon.tell.people import Account, accounts
from ibpmon.web import looks, privacy
from ibpmon.web.desk import Desk
from ibpmon.web.pages.shared import real
from ibpmon.web.privacy import shown_name
from ibpmon.web.roles import Person
from ibpmon.web.signing_in import local
from ibpmon.web.viewing import PAGE_WORDS, VIEW
from ibpmon.web.visitors import AtDesk, NotThere, confirmed, needs, values

router = APIRouter(include_in_schema=False)
READS = ["GET", "HEAD"]
SEE_OTHER = 303
A_PAGE = 50  # lines: a reason may be long
MANY = 500  # people that a filter may mean
LONGEST = 100  # characters of a filter
LARGEST = 2**63 - 1


# ---------------------------------------------------------------- a name


@router.api_route("/reveal", methods=READS)
def ask(request: Request, desk: AtDesk, who: Annotated[Person, Depends(needs("reveal"))]) -> Response:
    """The question why; for an account that goes by a pseudonym here."""
    asked = values(request)
    one = hidden(desk, asked.get("account", ""))
    return HTMLResponse(form(desk, who, one, asked.get("next", "/")))


@router.post("/reveal")
def show(
    desk: AtDesk, who: Annotated[Person, Depends(needs("reveal"))], _form: Annotated[Person, Depends(confirmed)],
    account: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = "", onwards: Annotated[str, Form()] = "/",
) -> Response:  # fmt: skip
    """Show the name for a while, and back to the page where somebody needed it."""
    one = hidden(desk, account)
    try:
        privacy.reveal(desk, who, one.account_id, reason)
    except RefusedError as refused:
        return HTMLResponse(form(desk, who, one, onwards, reason, refused.told(_)), 422)
    return RedirectResponse(local(onwards), SEE_OTHER)


def hidden(desk: Desk, account_id: str) -> Account:
    """The account, when it goes by a pseudonym; of any other there is nothing to show."""
    with desk.store.read() as session:
        one = privacy.account(session, desk, real(account_id)) if len(account_id) < LONGEST else None
    if one is None or privacy.may_be_named(one):
        raise NotThere
    return one


def form(
    desk: Desk, who: Person, one: Account, onwards: str, reason: str = "", told: tuple[str, str, str] | None = None
) -> str:
    """The question, with what was typed when it comes back."""
    shown = {"account": one.account_id, "called": shown_name(desk, one), "onwards": local(onwards), "reason": reason}
    return looks.page(desk, "reveal.html.j2", who, told=told, minutes=int(privacy.HOLDS.total_seconds() // 60), **shown)


# ---------------------------------------------------------------- who looked


@router.api_route("/viewers", methods=READS)
def viewers(request: Request, desk: AtDesk, who: Annotated[Person, Depends(needs("viewers"))]) -> Response:
    """Each look at a person, the last first; never a sum per person. `before` is where this page begins."""
    asked = {name: value[:LONGEST] for name, value in values(request).items()}
    viewer, whom, before = (
        real(asked.get("viewer", "")),
        asked.get("whom", "").strip(),
        number_of(asked.get("before", "")),
    )
    with desk.store.read() as session:
        known = who_looked(session, desk)
        meant = people_called(session, desk, whom) if whom else None
        lines = looked(session, desk, viewer, meant, before)
        people = {one.account_id: one for one in accounts(session, desk.store, desk.config, ids(lines))}
    shown = [told(desk, line, people) for line in lines[:A_PAGE]]
    more = lines[A_PAGE - 1]["view_id"] if len(lines) > A_PAGE else 0
    page = {"lines": shown, "known": known, "viewer": viewer, "whom": whom, "more": more}
    return HTMLResponse(looks.page(desk, "viewers.html.j2", who, here="/viewers", **page))


def who_looked(session: Session, desk: Desk) -> list[dict[str, str]]:
    """Everybody who looked at somebody, to choose from."""
    mine = select(VIEW.c.viewer, VIEW.c.viewer_name).where(VIEW.c.tenant_id == desk.store.tenant).distinct()
    found = session.execute(mine.order_by(VIEW.c.viewer_name).limit(MANY))
    names = {row.viewer: row.viewer_name for row in found}  # of two user names of one account the last
    return [{"account": account, "name": name} for account, name in names.items()]


def people_called(session: Session, desk: Desk, text: str) -> list[str]:
    """The accounts that were looked at and go by this text here: a name, a user name of staff, or a pseudonym."""
    looked_at = select(VIEW.c.whom).where(VIEW.c.tenant_id == desk.store.tenant).distinct()
    wanted, found = text.casefold(), accounts(session, desk.store, desk.config, looked_at)
    called = [one for one in found if any(wanted in name.casefold() for name in names_of(desk, one))]
    return [one.account_id for one in called][:MANY]


def names_of(desk: Desk, one: Account) -> list[str]:
    """By which words somebody can be looked up."""
    return [shown_name(desk, one), one.account_id, *([one.upn] if privacy.may_be_named(one) else [])]


def looked(session: Session, desk: Desk, viewer: str, whom: Collection[str] | None, before: int) -> list[Any]:
    """The lines of a page and one more."""
    mine = [VIEW.c.tenant_id == desk.store.tenant, *([VIEW.c.view_id < before] if before else [])]
    mine += [VIEW.c.viewer == viewer] if viewer else []
    mine += [] if whom is None else [VIEW.c.whom.in_(whom)]
    asked = select(VIEW).where(*mine).order_by(VIEW.c.view_id.desc()).limit(A_PAGE + 1)
    return list(session.execute(asked).mappings())


def ids(lines: Collection[Mapping[Any, Any]]) -> list[str]:
    """Who was looked at, each once."""
    return sorted({str(line["whom"]) for line in lines})


def told(desk: Desk, line: Mapping[Any, Any], people: Mapping[str, Account]) -> dict[str, Any]:
    """One look in words; an account that ibpmon forgot goes by its id."""
    one = people.get(line["whom"])
    return {
        "viewer": line["viewer_name"] or line["viewer"], "whom": shown_name(desk, one) if one else line["whom"],
        "page": _(PAGE_WORDS.get(line["page"], line["page"])), "at": line["at"], "reason": line["reason"],
        "open_finding": line["open_finding"],
    }  # fmt: skip


def number_of(text: str) -> int:
    """Before which line a page ends; 0 for anything that is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
