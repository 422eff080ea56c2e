"""Dutch or English: kept in this browser, for whoever reads here."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ibpmon.language import LANGUAGES
from ibpmon.web.guard import LANGUAGE
from ibpmon.web.signing_in import local
from ibpmon.web.visitors import AtDesk, NotThere, keep

router = APIRouter(include_in_schema=False)
A_YEAR = 365 * 24 * 3600
SEE_OTHER = 303


@router.post("/language")
def choose(request: Request, desk: AtDesk, language: Annotated[str, Form()] = "") -> Response:
    """Another language from now on, and back to the page where that was asked.

    Also for who is not signed in, so without a secret in the form: the guard sees that it comes from a page of ours,
    and nothing is kept but the word in this browser.
    """
    if language not in LANGUAGES:
        raise NotThere
    answer = RedirectResponse(came_from(request.headers.get("referer", ""), desk.web.public_url), SEE_OTHER)
    keep(answer, desk.web, LANGUAGE, language, A_YEAR)
    return answer


def came_from(address: str, ours: str) -> str:
    """The page of ours that a browser names, or else the start page."""
    try:
        there = urlsplit(address)
    except ValueError:
        return "/"
    if f"{there.scheme}://{there.netloc}" != ours:
        return "/"
    return local(there.path + (f"?{there.query}" if there.query else ""))
