"""A person: the account, devices and alerts, and what it reaches with the way in."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from ibpmon.language import _
from ibpmon.review.items import called
from ibpmon.review.nearby import Near, reached_by
from ibpmon.review.nouns import Access
from ibpmon.review.readings import Reading, readings_of
from ibpmon.store.matching import without_accents
from ibpmon.tell.words import shown
from ibpmon.web import looks, people_reading
from ibpmon.web.alert_sight import hidden_rules
from ibpmon.web.desk import Desk
from ibpmon.web.pages.places import OF_PLACE
from ibpmon.web.pages.rules import connectors
from ibpmon.web.pages.shared import (
    A_PAGE,
    PLACE_WORDS,
    READS,
    Allowed,
    device_address,
    further,
    number_of,
    place_address,
    population_word,
    real,
    wanted_in,
)
from ibpmon.web.people_lists import ALLOWED, methods_word
from ibpmon.web.people_names import Names, Someone, names_of
from ibpmon.web.privacy import revealed
from ibpmon.web.roles import may
from ibpmon.web.viewing import viewed
from ibpmon.web.visitors import AtDesk, NotThere, values

router = APIRouter(include_in_schema=False)
REACHED = tuple(sorted({name for some in OF_PLACE.values() for name in some}))  # what tells who reaches a place
OF_PERSON = ("accounts", "mfa-registration", "sign-in-activity", "managed-devices", *REACHED)


@router.api_route("/people/{account_id}", methods=READS)
def person(request: Request, account_id: str, desk: AtDesk, who: Allowed) -> Response:
    """One person: the account, and what it reaches; `q` only places with that in their name, `from` where it begins."""
    asked = values(request)
    (text, wanted), begin, now = wanted_in(asked), number_of(asked.get("from", "")), desk.now()
    with desk.store.read() as session:
        near = Near(session, desk.store, now)
        row = people_reading.account(near, real(account_id))
        if row is None:
            raise NotThere
        hidden = not people_reading.someone(row).named
        names = names_of(desk.config, revealed(session, desk, who) if hidden else frozenset())
        devices = list(near.rows("devices of one", people_reading.devices_of_one, account=account_id))
        subjects = [account_id, *(one.device_id for one in devices)]
        alerts = people_reading.alerts(session, desk.store, subjects, hidden_rules(desk.config, who))
        readings = readings_in_use(session, desk)
        reached = reached_by(near, people_reading.person(row))
    viewed(desk, who, account_id, "person")
    found = sorted(
        (one for one in reached if wanted in (without_accents(one.resource.name) or "")),
        key=lambda one: (one.principal.kind == "everyone", one.resource.kind, one.resource.name.casefold()),
    )
    told = {
        "one": facts(names, row, readings), "readings": readings,
        "devices": [device(names, one, people_reading.someone(row)) for one in devices],
        "alerts": alerts, "roles": roles_word(desk, reached, readings),
        "reached": [line(names, one) for one in found[begin : begin + A_PAGE]], "total": len(found),
        "q": text, "account": account_id,
        "may_ask": may(who, "reveal") and not names.may_be_named(people_reading.someone(row)),
        "more": further(begin, len(found)), "unread": unread_of(desk, readings, REACHED), "unused": unused(desk),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "person.html.j2", who, here="/search", **told))


def readings_in_use(session: Session, desk: Desk) -> dict[str, Reading]:
    """What was read; of a source that is off nothing is, whatever it once gave."""
    found = readings_of(session, desk.store, OF_PERSON)
    off = _("this source is not in use")
    return {name: one if name in desk.store.datasets else Reading(name, reason=off) for name, one in found.items()}


def unread_of(desk: Desk, readings: Mapping[str, Reading], names: Iterable[str]) -> list[str]:
    """The sources that are in use and were not read in full, for which there may be more than was found."""
    datasets = desk.store.datasets
    return [shown(datasets[name].title or name) for name in names if name in datasets and not readings[name].whole]


def unused(desk: Desk) -> list[str]:
    """The sources about who reaches what that the board does not use."""
    known = connectors(desk.config.content)
    return [shown(known[name].title) for name in REACHED if name not in desk.store.datasets]


def roles_word(desk: Desk, reached: Iterable[Access], readings: Mapping[str, Reading]) -> str:
    """The administrator roles that were found, and what was not read of them: that is never none."""
    found = ", ".join(shown(one.resource.name) for one in reached if one.resource.kind == "role")
    unread = [name for name in OF_PLACE["role"] if not readings[name].whole]
    if not unread:
        return found or _("none found")
    known = connectors(desk.config.content)
    left = _("not read, or not in full: {parts}").format(parts=", ".join(shown(known[name].title) for name in unread))
    return "; ".join(part for part in (found, left) if part)


def facts(names: Names, row: Any, readings: Mapping[str, Reading]) -> dict[str, Any]:
    """The account in words; what was not read is unknown."""
    one = people_reading.someone(row)
    enabled = {True: _("on"), False: _("switched off"), None: _("unknown")}[row.enabled]
    return {
        "name": names.called(one), "upn": names.account(one), "kind": population_word(one.population),
        "school": shown(names.words.schools.get(one.school, one.school)), "enabled": enabled,
        "function": shown(row.function or "") if one.named else "", "employed_until": row.employed_until,
        "mfa": mfa_word(row, readings["mfa-registration"]), "methods": methods_word(row.methods),
        "mfa_at": readings["mfa-registration"].at, "used": used_word(row, readings["sign-in-activity"]),
        "last_success": row.last_success, "used_at": readings["sign-in-activity"].at,
        "created": row.created, "read_at": readings["accounts"].at,
    }  # fmt: skip


def mfa_word(row: Any, reading: Reading) -> str:
    """Whether somebody can sign in in two steps; who is not in the report is unknown, never no."""
    if reading.missing:
        return _("not read: {reason}").format(reason=shown(reading.missing))
    if not row.mfa_reported or row.mfa_capable is None:
        return _("unknown: not in the report of Microsoft")
    return _("yes") if row.mfa_capable else _("no")


def used_word(row: Any, reading: Reading) -> str:
    """When somebody signed in last, where that is known; empty when there is a moment to tell."""
    if reading.missing:
        return _("not read: {reason}").format(reason=shown(reading.missing))
    if not row.use_reported:
        return _("unknown: not in the report of Microsoft")
    return "" if row.last_success else _("never, as far as Microsoft tells")


def device(names: Names, row: Any, user: Someone) -> dict[str, Any]:
    """One device of somebody."""
    return {
        "name": names.device(row.name or "", row.serial or "", user), "last_sync": row.last_sync,
        "system": shown(row.system or ""), "href": device_address("intune", row.device_id),
        "allowed": _(ALLOWED[row.allowed]),
    }  # fmt: skip


def line(names: Names, access: Access) -> dict[str, Any]:
    """One place that somebody reaches: the right, and the first way in words."""
    words, place = names.words, access.resource
    ways = words.ways(access)
    who = {"place_kind": place.kind, "place": place.id, "who_kind": access.principal.kind, "who": access.principal.id}
    return {
        "place": shown(place.name), "kind": _(PLACE_WORDS[place.kind]), "right": words.right(access),
        "way": ways[0] if ways else "", "others": max(0, len(ways) - 1), "href": place_address(place.kind, place.id),
        "why": f"/why?{urlencode(who)}",
        "everyone": called(access.principal) if access.principal.kind == "everyone" else "",
    }  # fmt: skip
