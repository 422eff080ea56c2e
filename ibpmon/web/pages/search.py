"""Search: a person, a site, a library, a group or a device by a part of its name."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from ibpmon.language import N_, _
from ibpmon.privacy.pseudonyms import ALPHABET, LENGTH
from ibpmon.review.nearby import Near
from ibpmon.store.matching import without_accents
from ibpmon.tell.words import shown
from ibpmon.web import looks, people_reading
from ibpmon.web.desk import Desk
from ibpmon.web.pages.shared import (
    A_PAGE,
    LONGEST,
    PLACE_WORDS,
    READS,
    Allowed,
    device_address,
    number_of,
    person_address,
    place_address,
    population_word,
)
from ibpmon.web.people_names import Names, Someone, names_of
from ibpmon.web.privacy import revealed
from ibpmon.web.roles import Person
from ibpmon.web.visitors import AtDesk, values

router = APIRouter(include_in_schema=False)
SHORTEST = 2  # letters to search for
MOST_WORDS = 5
PSEUDONYM = re.compile(f"(?:leerling|account)-[{ALPHABET.casefold()}]{{{LENGTH}}}")  # a site may begin like one
KINDS: Mapping[str, str] = {
    "person": N_("people"), "site": N_("sites"), "library": N_("libraries"), "group": N_("groups"),
    "device": N_("devices"),
}  # fmt: skip


@router.api_route("/search", methods=READS)
def search(request: Request, desk: AtDesk, who: Allowed) -> Response:
    """Search: `q` what, `kind` only of that kind, `from` where this page begins."""
    asked = values(request)
    text = asked.get("q", "").strip()
    kind, begin = asked.get("kind", ""), number_of(asked.get("from", ""))
    kind = kind if kind in KINDS else ""
    words, told = words_of(text)
    found = looked_for(desk, who, words, kind, begin) if words else None
    trouble = told if "q" in asked else ""
    shown_now = {"q": text[:LONGEST], "kind": kind, "kinds": KINDS, "found": found, "trouble": trouble, "begin": begin}
    return HTMLResponse(looks.page(desk, "search.html.j2", who, here="/search", **shown_now))


def words_of(text: str) -> tuple[list[str], str]:
    """The words to look for, folded; or what is wrong with them."""
    folded = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in without_accents(text) or "")
    words = [one for one in folded.split() if one][:MOST_WORDS]
    if not words:
        return [], _("Type a name, or a part of one.")
    if len(text) > LONGEST:
        return [], _("That is too long to search for: use one or two words.")
    if max(map(len, words)) < SHORTEST:
        return [], _("That is too short to search for: type two letters at least.")
    return words, ""


def looked_for(desk: Desk, who: Person, words: Sequence[str], kind: str, begin: int) -> dict[str, Any]:
    """What was found, one page of it."""
    with desk.store.read() as session:
        names = names_of(desk.config, revealed(session, desk, who))
        near = Near(session, desk.store, desk.now())
        if PSEUDONYM.fullmatch(words[0]) and (fits := by_pseudonym(near, names, words[0])):
            rows = [result_of_person(names, one) for one in fits]
            return {"rows": rows, "total": len(rows), "counts": {"person": len(rows)}, "more": 0}
        found = people_reading.search(near, words, kind, begin, A_PAGE)
    total = sum(found.counts.values()) if not kind else found.counts.get(kind, 0)
    return {
        "rows": [result(names, row) for row in found.rows], "total": total, "counts": found.counts,
        "more": begin + A_PAGE if total > begin + A_PAGE else 0,
    }  # fmt: skip


def by_pseudonym(near: Near, names: Names, word: str) -> list[Someone]:
    """Whom a pseudonym stands for, also when this reader may see the name by now."""
    kind, _dash, code = word.partition("-")
    rows = near.rows("unnamed accounts", people_reading.unnamed_accounts)
    alike = [one for one in map(people_reading.someone, rows) if (one.population == "pupil") is (kind == "leerling")]
    return [one for one in alike if names.pseudonyms.code(one.account_id).casefold() == code]


def result(names: Names, row: Any) -> dict[str, str]:
    """One thing that was found, in words."""
    if row.kind == "person":
        one = Someone(row.account_id, row.name or "", row.upn or "", row.population or "", row.school or "")
        return result_of_person(names, one)
    if row.kind == "device":
        user = (
            Someone(row.account_id, row.user_name or "", row.upn or "", row.population or "")
            if row.account_id
            else None
        )
        who = names.called(user) if user else _("nobody")
        said = names.device(row.name or "", row.more or "", user)
        return {"kind": _("device"), "name": said, "more": who, "href": device_address("intune", row.key)}
    within = row.kind == "library"
    word = _("library") if within else _(PLACE_WORDS[row.kind])
    href = place_address("site", row.within) if within else place_address(row.kind, row.key)
    return {"kind": word, "name": shown(row.name), "more": shown(row.more or "", links=True), "href": href}


def result_of_person(names: Names, one: Someone) -> dict[str, str]:
    """A person that was found."""
    school = names.words.schools.get(one.school, one.school)
    more = ", ".join(part for part in (population_word(one.population), shown(school), names.account(one)) if part)
    return {"kind": _("person"), "name": names.called(one), "more": more, "href": person_address(one.account_id)}
