"""MFA of the staff and all devices: lists, workbooks, and a device that was lost."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ibpmon.report.exports import xlsx_of
from ibpmon.review import devices, lost, mfa
from ibpmon.review.nearby import Near
from ibpmon.review.readings import readings_of
from ibpmon.store.matching import without_accents
from ibpmon.web import looks
from ibpmon.web.pages.shared import (
    A_PAGE,
    READS,
    Allowed,
    device_address,
    further,
    number_of,
    person_address,
    real,
    wanted_in,
)
from ibpmon.web.people_lists import DEVICE_COLUMNS, MFA_COLUMNS, device_row, mfa_row, proof_row
from ibpmon.web.people_names import names_of
from ibpmon.web.roles import Person, may
from ibpmon.web.viewing import handed_out, viewed
from ibpmon.web.visitors import AtDesk, NotThere, confirmed, needs, values

router = APIRouter(include_in_schema=False)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EVERYTHING = 1_000_000  # rows of a workbook: as many as a sheet holds
SEE_OTHER = 303
Acting = Annotated[Person, Depends(needs("devices.act"))]
Confirmed = Annotated[Person, Depends(confirmed)]


# ---------------------------------------------------------------- MFA


@router.api_route("/mfa", methods=READS)
def mfa_page(request: Request, desk: AtDesk, who: Allowed) -> Response:
    """Who of the staff signs in in two steps; `has` yes, no or unknown, `q` in the name, `from` where it begins."""
    asked = values(request)
    (text, wanted), begin, has = wanted_in(asked), number_of(asked.get("from", "")), asked.get("has", "")
    with desk.store.read() as session:
        found = mfa.staff(Near(session, desk.store, desk.now()))
        reading = readings_of(session, desk.store, ["mfa-registration"])["mfa-registration"]
    fits = [one for one in found if has in ("", one.has) and wanted in (without_accents(one.name + one.upn) or "")]
    names, zone = names_of(desk.config), desk.config.time_zone
    rows = [
        mfa_row(names, one, zone) | {"href": person_address(one.account_id)} for one in fits[begin : begin + A_PAGE]
    ]
    told = {
        "rows": rows, "counts": mfa.counts(found), "all": len(found), "total": len(fits), "q": text, "has": has,
        "words": mfa.HAS_WORDS, "reading": reading, "more": further(begin, len(fits)),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "mfa.html.j2", who, here="/search", **told))


@router.api_route("/mfa.xlsx", methods=READS)
def mfa_workbook(desk: AtDesk, who: Allowed) -> Response:
    """The whole list as a workbook."""
    names, zone = names_of(desk.config), desk.config.time_zone
    with desk.store.read() as session:
        rows = [mfa_row(names, one, zone) for one in mfa.staff(Near(session, desk.store, desk.now()))]
    handed_out(desk, who, "mfa", len(rows))
    return workbook(xlsx_of(rows, MFA_COLUMNS(), "MFA"), "mfa.xlsx")


def workbook(content: bytes, name: str) -> Response:
    """A file to keep."""
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# ---------------------------------------------------------------- devices


@router.api_route("/devices", methods=READS)
def devices_page(request: Request, desk: AtDesk, who: Allowed) -> Response:
    """All devices by user; `q` in the name, serial number or user, `from` where this page begins."""
    asked = values(request)
    (text, wanted), begin = wanted_in(asked), number_of(asked.get("from", ""))
    wanted = wanted.replace("\0", "")
    names, zone = names_of(desk.config), desk.config.time_zone
    with desk.store.read() as session:
        near = Near(session, desk.store, desk.now())
        found, count = devices.devices(near, wanted, begin, A_PAGE), devices.count(near, wanted)
        readings = readings_of(session, desk.store, devices.SOURCES)
    rows = [device_row(names, one, zone) | {"href": device_address(one.source, one.key)} for one in found]
    told = {"rows": rows, "count": count, "q": text, "readings": readings, "more": further(begin, count.all)}
    return HTMLResponse(looks.page(desk, "devices.html.j2", who, here="/search", **told))


@router.api_route("/devices.xlsx", methods=READS)
def devices_workbook(desk: AtDesk, who: Allowed) -> Response:
    """The whole list as a workbook."""
    names, zone = names_of(desk.config), desk.config.time_zone
    with desk.store.read() as session:
        found = list(devices.devices(Near(session, desk.store, desk.now()), "", 0, EVERYTHING))
    handed_out(desk, who, "devices", len(found))
    return workbook(
        xlsx_of([device_row(names, one, zone) for one in found], DEVICE_COLUMNS(), "Apparaten"), "apparaten.xlsx"
    )


@router.api_route("/devices/{source}/{key}", methods=READS)
def device_page(source: str, key: str, desk: AtDesk, who: Allowed) -> Response:
    """One device; when it is lost with the steps to shut it out and what proves that it stopped."""
    names, zone = names_of(desk.config), desk.config.time_zone
    with desk.store.read() as session:
        near = Near(session, desk.store, desk.now())
        one, row = there(near, source, key), lost.of_device(session, desk.store, source, real(key))
        proof = proof_row(lost.proof(session, desk.store, row)) if row else None
        readings = readings_of(session, desk.store, devices.SOURCES)
    if one is None and row is None:
        raise NotThere
    if one is not None and one.account_id:
        viewed(desk, who, one.account_id, "devices")
    told = {
        "one": device_row(names, one, zone) if one is not None else None, "row": row, "proof": proof,
        "steps": lost.steps(one) if one is not None else [], "readings": readings, "may_act": may(who, "devices.act"),
        "href": device_address(source, key),
        "user_href": person_address(one.account_id) if one is not None and one.account_id else "",
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "device.html.j2", who, here="/search", **told))


def there(near: Near, source: str, key: str) -> Any:
    """A device that is there now; None when there is none."""
    return devices.one_device(near, real(source), real(key))


@router.post("/devices/{source}/{key}/lost")
def mark_lost(
    source: str, key: str, desk: AtDesk, who: Acting, _sure: Confirmed, reason: Annotated[str, Form()] = ""
) -> Response:
    """Mark it as lost, or once more from now on."""
    with desk.store.write() as session:
        one = there(Near(session, desk.store, desk.now()), source, key)
        if one is None:
            raise NotThere
        lost.mark(session, desk.store, one, by(who), clean(reason), desk.now())
    return RedirectResponse(device_address(source, key), SEE_OTHER)


@router.post("/devices/{source}/{key}/found")
def mark_found(
    source: str, key: str, desk: AtDesk, who: Acting, _sure: Confirmed, reason: Annotated[str, Form()] = ""
) -> Response:
    """Mark it as found."""
    with desk.store.write() as session:
        if lost.of_device(session, desk.store, real(source), real(key)) is None:
            raise NotThere
        lost.find(session, desk.store, source, key, by(who), clean(reason), desk.now())
    return RedirectResponse(device_address(source, key), SEE_OTHER)


def by(who: Person) -> str:
    """Under which name an act is written down."""
    return who.login.who.user_name or who.login.who.account


def clean(text: str) -> str:
    """A text as every database takes it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()
