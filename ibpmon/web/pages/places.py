"""A place: who reaches it and why, and every way of one of them as a picture."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from ibpmon.language import _
from ibpmon.review.edges import new_principal, stands_for_others
from ibpmon.review.gaps import gaps
from ibpmon.review.items import Item
from ibpmon.review.matrix import Judgement
from ibpmon.review.nearby import Near, access_of, place_landscape, placed, reaching, see_edges
from ibpmon.review.nouns import RIGHTS, Access, Landscape, Library, Person, Resource
from ibpmon.review.readings import Reading, readings_of
from ibpmon.store.matching import without_accents
from ibpmon.tell.words import shown
from ibpmon.web import looks, people_reading
from ibpmon.web.pages.shared import (
    A_PAGE,
    PLACE_WORDS,
    READS,
    Allowed,
    further,
    number_of,
    person_address,
    place_address,
    real,
    wanted_in,
)
from ibpmon.web.people_names import UNNAMED, Names, names_of
from ibpmon.web.pictures import drawings, hops
from ibpmon.web.privacy import revealed
from ibpmon.web.viewing import viewed
from ibpmon.web.visitors import AtDesk, NotThere, values

router = APIRouter(include_in_schema=False)
MOST_WAYS = 20  # pictures on one page
OF_PLACE: Mapping[str, Sequence[str]] = {
    "group": ("group-members", "group-owners"),
    "site": ("drives", "drive-permissions", "drive-items", "item-permissions", "site-rights", "site-group-members",
             "list-rights", "site-admins", "group-members", "group-owners"),
    "role": ("role-assignments", "role-definitions", "role-eligibility", "group-members"),
    "app": ("service-principals", "application-consents", "group-members"),
}  # fmt: skip


@router.api_route("/places/{kind}/{key:path}", methods=READS)
def place(request: Request, kind: str, key: str, desk: AtDesk, who: Allowed) -> Response:
    """One place, and who reaches it; `q` only who has that in the name, `from` where this page begins."""
    asked = values(request)
    (text, wanted), begin = wanted_in(asked), number_of(asked.get("from", ""))
    with desk.store.read() as session:
        names = names_of(desk.config, revealed(session, desk, who))
        near = Near(session, desk.store, desk.now())
        there = seen_place(near, kind, key)
        found = [one for one in holders(there) if not wanted or wanted in (without_accents(said(names, one)) or "")]
        page = found[begin : begin + A_PAGE]
        see_edges(near, there.landscape, [one.principal.id for one in page])
        lines = [holder_line(names, one) for one in page]
    unknown = [unread(names, one) for one in there.unknown] if not begin else []
    told = {
        "place": there.resource, "kind": _(PLACE_WORDS[kind]), "lines": lines, "unknown": unknown, "total": len(found),
        "all": len(there.rows), "q": text, "begin": begin,
        "more": further(begin, len(found)), "read_at": there.read_at,
        "school": shown(names.words.schools.get(there.resource.school, there.resource.school)),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "place.html.j2", who, here="/search", **told))


class Seen:
    """A place with all who reach it, as rows, and what of it is unknown."""

    def __init__(
        self, resource: Resource, landscape: Landscape, rows: Sequence[Any], names: Mapping[str, Person]
    ) -> None:
        self.resource, self.landscape, self.rows, self.names = resource, landscape, rows, names
        self.unknown: list[Access] = [Access(one, resource, None, (path,)) for one, path in gaps(landscape, resource)]
        moments = [one.at for name, one in landscape.readings.items() if one.at]
        self.read_at: datetime | None = min(moments, default=None)


def seen_place(near: Near, kind: str, key: str) -> Seen:
    """A place; NotThere when there is none."""
    resource = placed(near, kind, real(key))
    if resource is None:
        raise NotThere
    parts = list(people_reading.parts_of_site(near, key)) if kind == "site" else []
    rows = list(reaching(near, resource))
    if kind == "role" and not rows:
        raise NotThere
    groups = [row.holder_id for row in rows if row.holder_kind in ("group", "owners")]
    resources = [key, *resources_of(key, parts), *groups]
    readings = readings_of(near.session, near.store, OF_PLACE[kind], resources)
    everything = {name: readings.get(name, Reading(name)) for some in OF_PLACE.values() for name in some}
    people = {row.holder_id: person_of(row) for row in rows if row.holder_kind == "person" and row.name is not None}
    landscape = place_landscape(near, resource, everything, people)
    for part in parts:
        some = {"library": landscape.libraries, "list": landscape.lists}.get(part.kind)
        if some is not None:
            some.setdefault(key, []).append(Library(part.key, part.name or part.key))
        else:
            landscape.shared.setdefault(part.within, []).append(part.key)
    kept = [row for row in rows if not stands_for_others(landscape, row.holder_kind, row.holder_id)]
    return Seen(resource, landscape, kept, people)


def resources_of(site: str, parts: Iterable[Any]) -> list[str]:
    """By which names the parts of a site stand in what was read."""
    before = {"library": "", "list": f"{site}/"}
    return [f"{before.get(one.kind, f'{one.within}/')}{one.key}" for one in parts]


def person_of(row: Any) -> Person:
    """A person as the row of a place has it."""
    schools = (row.school,) if row.school else ()
    name = row.name or row.upn or row.holder_id
    return Person(row.holder_id, name, row.upn or "", None, row.population or "unknown", schools, row.function or "")


def holders(there: Seen) -> list[Access]:
    """Who reaches a place: people first, the highest right first, by name; a pupil by nothing that tells the name."""
    found = []
    for row in there.rows:
        known = there.landscape.principals.get((row.holder_kind, row.holder_id))
        principal = known or new_principal(there.landscape, row.holder_kind, row.holder_id)
        found.append(access_of(there.landscape, there.resource, principal, row.rank))
    return sorted(found, key=order)


def order(access: Access) -> tuple[Any, ...]:
    """How the list is sorted."""
    one = access.principal.person
    name = one.name if one and one.population not in UNNAMED else access.principal.name if not one else one.id
    unknown = bool(access.principal.reason) or access.principal.kind in ("group", "owners", "site_group", "other")
    return unknown, -RIGHTS.index(access.right or "read"), access.principal.kind != "person", bool(
        one and one.population in UNNAMED), name.casefold(), access.principal.id  # fmt: skip


def said(names: Names, access: Access) -> str:
    """The name under which somebody stands in the list."""
    return names.words.who(access.principal)


def holder_line(names: Names, access: Access) -> dict[str, Any]:
    """One who reaches a place, with the right and the first way in words."""
    words, one = names.words, access.principal
    ways = words.ways(access)
    place = access.resource
    asked = {"place_kind": place.kind, "place": place.id, "who_kind": one.kind, "who": one.id}
    unknown = one.kind in ("group", "owners", "site_group", "other") or (one.kind == "person" and one.id == one.name)
    return {
        "who": said(names, access), "kind": words.role(one.person) if one.person else "",
        "href": person_address(one.id) if one.kind == "person" and not unknown else "",
        "right": words.right(access), "way": ways[0] if ways else "", "others": max(0, len(ways) - 1),
        "why": f"/why?{urlencode(asked)}", "unknown": unknown, "reason": shown(one.reason),
    }  # fmt: skip


def unread(names: Names, access: Access) -> str:
    """What of a place could not be looked into, as a sentence."""
    return names.words.what(Item(access, Judgement("UNKNOWN", "not_read"))).text


# ---------------------------------------------------------------- why


@router.api_route("/why", methods=READS)
def why(request: Request, desk: AtDesk, who: Allowed) -> Response:
    """Why somebody reaches a place: every way as a picture and as a sentence."""
    asked = values(request)
    with desk.store.read() as session:
        near = Near(session, desk.store, desk.now())
        there = seen_place(near, asked.get("place_kind", ""), asked.get("place", ""))
        rows = [
            row for row in there.rows if (row.holder_kind, row.holder_id) == (asked.get("who_kind"), asked.get("who"))
        ]
        if not rows:
            raise NotThere
        there.rows = rows
        (access,) = holders(there)
        hidden = access.principal.person is not None and access.principal.person.population in UNNAMED
        names = names_of(desk.config, revealed(session, desk, who) if hidden else frozenset())
        see_edges(near, there.landscape, [access.principal.id])
        ways = [way(names, access, path) for path in access.paths]
    one, place = access.principal, there.resource
    if one.kind == "person":
        viewed(desk, who, one.id, "reach")
    told = {
        "who": said(names, access), "who_href": person_address(one.id) if one.kind == "person" else "", "place": place,
        "kind": _(PLACE_WORDS[place.kind]), "href": place_address(place.kind, place.id), "read_at": there.read_at,
        "right": names.words.right(access), "ways": ways[:MOST_WAYS], "more": max(0, len(ways) - MOST_WAYS),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "why.html.j2", who, here="/search", about=told))


def way(names: Names, access: Access, path: Any) -> dict[str, Any]:
    """One way as a picture, and as the sentences that say the same."""
    words = names.words
    alone = Access(access.principal, access.resource, path.right or access.right, (path,))
    item = Item(alone, Judgement("NO_RULE"))
    sentences = [one.text for one in (words.what(item), *words.because(item))]
    steps = hops(words, alone, path)
    return {
        "sentence": " ".join(sentences),
        "drawings": drawings(steps),
        "right": words.right(alone),
        "more": path.more,
    }
