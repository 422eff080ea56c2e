"""What the pages about people, places and devices share: where a page begins, addresses, and the words for kinds."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends

from ibpmon.language import N_, _
from ibpmon.store.matching import without_accents
from ibpmon.web.roles import Person as Visitor
from ibpmon.web.visitors import NotThere, needs

READS = ["GET", "HEAD"]
Allowed = Annotated[Visitor, Depends(needs("people"))]
A_PAGE = 100
LONGEST = 100  # of what somebody looks for
LONGEST_ID = 1_000  # of a site with its three parts 120, of a role with its area 130
PLACE_WORDS: Mapping[str, str] = {
    "group": N_("group"), "site": N_("site"), "role": N_("administrator role"), "app": N_("application"),
}  # fmt: skip


def number_of(text: str) -> int:
    """Where a page begins; at the first for anything that is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def real(key: str) -> str:
    """An id as somebody gave it; NotThere for what no database takes."""
    if "\0" in key or len(key) > LONGEST_ID or any("\ud800" <= one <= "\udfff" for one in key):
        raise NotThere
    return key


def wanted_in(asked: Mapping[str, str]) -> tuple[str, str]:
    """What somebody looks for in a list: as it was typed, and to compare with."""
    text = asked.get("q", "").strip()[:LONGEST]
    return text, without_accents(text) or ""


def further(begin: int, total: int) -> int:
    """Where the next page begins; 0 when there is none."""
    return begin + A_PAGE if total > begin + A_PAGE else 0


def place_address(kind: str, key: str) -> str:
    """The page of a place, whatever stands in its id."""
    return f"/places/{kind}/{quote(key, safe='')}"


def person_address(account_id: str) -> str:
    """The page of a person."""
    return f"/people/{quote(account_id, safe='')}"


def device_address(kind: str, key: str) -> str:
    """The page of a device."""
    return f"/devices/{kind}/{quote(key, safe='')}"


def population_word(population: str) -> str:
    """The kind of an account for a person."""
    words = {
        "staff": _("employee"), "pupil": _("pupil"), "guest": _("guest"), "service": _("service"),
        "shared": _("shared"), "break_glass": _("emergency account"),
    }  # fmt: skip
    return words.get(population, _("unknown"))
