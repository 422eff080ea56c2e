"""One review to read: what is asked, in one sentence each, and what was answered."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from ibpmon.errors import RefusedError
from ibpmon.language import _
from ibpmon.review.asking import DELTA_WORDS, OUTCOME_WORDS, REASONS, RISK_WORDS
from ibpmon.review.decisions import STATE_WORDS, VERB_WORDS
from ibpmon.review.standing import Standing, is_final, standing
from ibpmon.store.review_tables import ReviewItem
from ibpmon.web import looks, reading
from ibpmon.web.desk import Desk
from ibpmon.web.roles import Person
from ibpmon.web.visitors import AtDesk, NotThere, check, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 100  # items
LARGEST = 2**63 - 1


@router.api_route("/reviews/{number:int}", methods=["GET", "HEAD"])
def review(request: Request, number: int, desk: AtDesk, who: Annotated[Person, Depends(needs("review"))]) -> Response:
    """The items, the riskiest first; `left=1` only what is not decided yet, `from` where this page begins."""
    asked = values(request)
    only_left, begin = asked.get("left") == "1", number_of(asked.get("from", ""))
    there, items, more = looked_up(desk, who, number, only_left, begin)
    now = desk.now()
    shown = {
        "review": there.review, "state": _(STATE_WORDS[there.state(now)]), "left": only_left, "begin": begin,
        "items": [told(there, one) for one in items], "more": begin + A_PAGE if more else 0,
        "groups": [
            {"rule": one.key, "count": one.count, "new": one.fresh, "done": is_final(there.confirmed.get(one.key))}
            for one in there.groups
        ],
        "open": len(there.left()) + len(there.groups_left()), "all": len(there.alone) + len(there.groups),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "review.html.j2", who, **shown))


def looked_up(
    desk: Desk, who: Person, number: int, only_left: bool, begin: int
) -> tuple[Standing, list[ReviewItem], bool]:
    """One review, if it is there for this person; the items of one page, and whether more come."""
    if number > LARGEST:
        raise NotThere
    with desk.store.read() as session:
        try:
            there = standing(session, desk.store, number)
        except RefusedError:
            raise NotThere from None
        check(who, "review", reading.Concerned(there))
        numbers = [one.item_no for one in (there.left() if only_left else there.alone)]
        page = numbers[begin : begin + A_PAGE]
        return there, list(reading.shown_items(session, desk.store, number, page)), len(numbers) > begin + A_PAGE


def number_of(text: str) -> int:
    """Where a page begins; at the first for anything that is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def told(there: Standing, one: ReviewItem) -> dict[str, Any]:
    """One item in words."""
    last = there.answers.get(one.item_no)
    return {
        "number": one.item_no, "sentence": one.sentence or _("(erased)"), "risk": one.risk,
        "risk_word": _(RISK_WORDS[one.risk]), "outcome": _(OUTCOME_WORDS[one.outcome]),
        "delta": _(DELTA_WORDS[one.delta]), "why": [_(REASONS[key]) for key in json.loads(one.risks)],
        "answer": _(VERB_WORDS[last.verb]) if last and last.verb in VERB_WORDS else "",
        "by": (last.on_behalf_of or last.actor) if last else "", "until": last.until if last else None,
    }  # fmt: skip
