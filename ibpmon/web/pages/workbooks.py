"""A review as a workbook: it goes out to who decides, and comes back filled in; first read, then written down."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.report.review_workbook import workbook_of
from ibpmon.review import workbook_answers
from ibpmon.review.workbook import Binder, form, went_out
from ibpmon.review.workbook_reading import Returned, returned
from ibpmon.web import looks, review_reading
from ibpmon.web.desk import Desk
from ibpmon.web.pages.reviews import READS, SEE_OTHER, head, in_words, names_command, over
from ibpmon.web.review_reading import Found
from ibpmon.web.roles import Person
from ibpmon.web.visitors import AtDesk, NotThere, confirmed, needs

router = APIRouter(include_in_schema=False)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHOSEN = Path("review.xlsx")  # what a file that was sent is called here: its own name is somebody else's text
NEW_ONE = N_("use the workbook that this page gives, fill in only the yellow cells, and send it again")
CHOOSE = N_("choose the workbook that you filled in, and send it again")
Decider = Annotated[Person, Depends(needs("decide"))]
Confirmed = Annotated[Person, Depends(confirmed)]


@router.api_route("/reviews/{number:int}/workbook", methods=READS)
def workbook(number: int, desk: AtDesk, who: Decider) -> Response:
    """Where the workbook is fetched, and sent back."""
    return HTMLResponse(workbook_page(desk, who, number))


def workbook_page(desk: Desk, who: Person, number: int, told: tuple[str, str, str] | None = None) -> str:
    """The page; `told` is what is wrong with a workbook that came back."""
    found = mine(desk, who, number)
    lines = told[1].split("\n") if told else []
    shown = head(desk, found) | {"told": told, "lines": lines if len(lines) > 1 else []}
    return looks.page(desk, "workbook.html.j2", who, **shown)


def mine(desk: Desk, who: Person, number: int) -> Found:
    """A review in which this person decides; NotThere else."""
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number, "decide")
    if not found.deciders:
        raise NotThere
    return found


def names_of(found: Found) -> tuple[str, str]:
    """By which name this person answers, and for whom when that is the owner in whose place he stands."""
    if found.signer:
        return found.name_of(found.signer), ""
    return found.stands_in(), found.there.decider("")


@router.post("/reviews/{number:int}/workbook")
def fetch(number: int, desk: AtDesk, who: Decider, _sent: Confirmed) -> Response:
    """The workbook; that its names went out is written down."""
    found = mine(desk, who, number)
    by, for_whom = names_of(found)
    binder = Binder.of(desk.config, desk.store, desk.now())
    try:
        with desk.store.read() as session:
            made = form(session, binder, number, for_whom or by)
    except RefusedError as refused:
        return HTMLResponse(workbook_page(desk, who, number, over(desk, found) or in_words(refused)), 409)
    data = workbook_of(made, binder)
    with desk.store.write() as session:
        went_out(session, binder, made, hashlib.sha256(data).hexdigest(), by)
    return Response(
        data, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="review-{number}.xlsx"'}
    )


@router.post("/reviews/{number:int}/workbook/read")
def read(
    number: int, desk: AtDesk, who: Decider, _sent: Confirmed, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Read a workbook that came back: all its answers, or with any fault none."""
    found = mine(desk, who, number)
    try:
        count = written(desk, found, file.file.read() if file else b"")
    except RefusedError as refused:
        what, why, fix = in_words(refused)
        told = over(desk, found) or (what, why, _(NEW_ONE) if names_command(refused.fix) else fix)
        return HTMLResponse(workbook_page(desk, who, number, told), 422)
    return RedirectResponse(f"/reviews/{number}?read={count}", SEE_OTHER)


def read_again(desk: Desk, who: Person, address: Mapping[str, Any], _form: Mapping[str, str]) -> Response:
    """The page for who signed in again in the meantime: a file cannot stand in a form again, it has to be chosen."""
    told = (_("The workbook was not read yet"), _("you signed in again in the meantime"), _(CHOOSE))
    return HTMLResponse(workbook_page(desk, who, int(address["number"]), told), 403)


read.again = read_again  # type: ignore[attr-defined]  # what shows a form of an earlier session


def written(desk: Desk, found: Found, data: bytes) -> int:
    """The answers in these bytes, written down; gives how many there were."""
    back, (by, for_whom) = opened(data), names_of(found)
    binder = Binder.of(desk.config, desk.store, desk.now())
    with desk.store.write() as session:
        reading = workbook_answers.read(
            session, binder, found.number, back, by, for_whom, names=found.who.known_as, lock=True
        )
        return workbook_answers.keep(session, binder, reading)


def opened(data: bytes) -> Returned:
    """The workbook in what was sent. It is read as any file of the board is: from a folder that is gone afterwards."""
    if not data:
        raise RefusedError(N_("no file was sent"), fix=CHOOSE)
    with TemporaryDirectory() as folder:
        path = Path(folder) / CHOSEN
        path.write_bytes(data)
        try:
            found = returned(path)
        except RefusedError as refused:
            values: dict[str, Any] = {**refused.values, "path": CHOSEN}
            raise RefusedError(refused.what, why=refused.why, fix=NEW_ONE, **values) from None
    found.path = CHOSEN
    return found
