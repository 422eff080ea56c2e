"""What owners asked ICT about single rights, and the answers."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ibpmon.errors import RefusedError
from ibpmon.language import _
from ibpmon.review import decisions
from ibpmon.review.bureau import words_of
from ibpmon.review.retelling import ways_of
from ibpmon.store.review_tables import ReviewItem
from ibpmon.web import answering, looks, review_reading
from ibpmon.web.desk import Desk
from ibpmon.web.pages.reviews import READS, SEE_OTHER, in_words, more, number_of
from ibpmon.web.review_reading import Open
from ibpmon.web.roles import Person
from ibpmon.web.visitors import AtDesk, NotThere, Typed, confirmed, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 20
Helper = Annotated[Person, Depends(needs("questions.answer"))]
Confirmed = Annotated[Person, Depends(confirmed)]


@router.api_route("/questions", methods=READS)
def questions(request: Request, desk: AtDesk, who: Helper) -> Response:
    """The questions that wait for an answer, the oldest first."""
    return HTMLResponse(questions_page(desk, who, values(request)))


def questions_page(
    desk: Desk, who: Person, asked: Mapping[str, str], typed: Mapping[str, str] | None = None,
    told: tuple[str, str, str] | None = None,
) -> str:  # fmt: skip
    """The page; `typed` is what a form held that was refused, and `told` is why."""
    begin = number_of(asked.get("from", ""))
    with desk.store.read() as session:
        found = review_reading.open_questions(session, desk.store, begin, A_PAGE)
    shown = {
        "questions": [in_line(desk, one, typed or {}) for one in found[:A_PAGE]], "begin": begin,
        "more": more(begin, A_PAGE, begin + len(found)), "told": told, "done": number_of(asked.get("done", "")),
        "typed": (typed or {}).get("text", ""),
    }  # fmt: skip
    return looks.page(desk, "questions.html.j2", who, here="/questions", **shown)


def in_line(desk: Desk, one: Open, typed: Mapping[str, str]) -> dict[str, Any]:
    """One question with what it is about."""
    mine = (str(one.review.review_id), str(one.item.item_no)) == (typed.get("review"), typed.get("item"))
    return {
        "question": one.question.seq,
        "review": one.review.review_id, "item": one.item.item_no, "name": one.review.name, "at": one.question.at,
        "by": one.review.owner_name if one.question.by == one.review.owner else one.question.by,
        "text": one.question.text or _("(erased)"), "sentence": one.item.sentence or _("(erased)"),
        "ways": ways_of(one.item, words_of(desk.config)), "typed": typed.get("text", "") if mine else "",
    }  # fmt: skip


@router.post("/questions/{number:int}/{item:int}")
def reply(number: int, item: int, desk: AtDesk, who: Helper, _sent: Confirmed, form: Typed) -> Response:
    """Answer a question: then the item is for its owner again."""
    if not (0 < number <= review_reading.LARGEST and 0 < item <= review_reading.LARGEST):
        raise NotThere
    with desk.store.read() as session:
        if session.get(ReviewItem, (desk.store.tenant, number, item)) is None:
            raise NotThere
    seen = answering.number_in(form.get("question", ""))
    text, by = answering.text_in(form, "text"), who.login.who.user_name or who.name
    try:
        with desk.store.write() as session:
            decisions.reply(session, desk.store, number, item, by, text, desk.now(), seen)
    except RefusedError as refused:
        typed = {**form, "review": str(number), "item": str(item)}
        return HTMLResponse(questions_page(desk, who, {}, typed, in_words(refused)), 422 if not text else 409)
    return RedirectResponse(f"/questions?done={item}", SEE_OTHER)
