"""A person: the account, devices and alerts, and what it reaches with the way in."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from ibpmon.language import _
from ibpmon.review.items import called
from ibpmon.review.nearby import Near, reached_by
from ibpmon.review.nouns import Access
from ibpmon.review.readings import Reading, readings_of
from ibpmon.store.matching import without_accents
from ibpmon.tell.words import shown
from ibpmon.web import looks, people_reading
from ibpmon.web.alert_sight import hidden_rules
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
OF_PERSON = ("accounts", "mfa-registration", "sign-in-activity", "managed-devices", "group-members",
             "drive-permissions", "drives")  # fmt: skip


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
        readings = readings_of(session, desk.store, OF_PERSON)
        reached = reached_by(near, people_reading.person(row))
    viewed(desk, who, account_id, "person")
    found = sorted(
        (one for one in reached if wanted in (without_accents(one.resource.name) or "")),
        key=lambda one: (one.principal.kind == "everyone", one.resource.kind, one.resource.name.casefold()),
    )
    told = {
        "one": facts(names, row, readings), "readings": readings,
        "devices": [device(names, one, people_reading.someone(row)) for one in devices],
        "alerts": alerts, "roles": [shown(one.resource.name) for one in reached if one.resource.kind == "role"],
        "reached": [line(names, one) for one in found[begin : begin + A_PAGE]], "total": len(found),
        "q": text, "account": account_id,
        "may_ask": may(who, "reveal") and not names.may_be_named(people_reading.someone(row)),
        "more": further(begin, len(found)), "unread": unread_of(readings),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "person.html.j2", who, here="/search", **told))


def unread_of(readings: Mapping[str, Reading]) -> list[str]:
    """Why there may be more that somebody reaches than was read."""
    parts = {
        "group-members": _("the members of groups"), "drives": _("the libraries of sites"),
        "drive-permissions": _("the rights on libraries"),
    }  # fmt: skip
    return [word for name, word in parts.items() if readings[name].missing or not readings[name].whole]


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
