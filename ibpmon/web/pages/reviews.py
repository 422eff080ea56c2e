"""One review: what is asked and how far it is, the list of its questions, and one question at a time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review import decisions
from ibpmon.review.before import pace
from ibpmon.review.decisions import STATE_WORDS
from ibpmon.review.letters import minutes
from ibpmon.review.promises import MOST_LINES, promise_before
from ibpmon.review.rounds import PER_RULE
from ibpmon.review.standing import ANSWERABLE, Group, is_final
from ibpmon.review.workbook import rule_sentence
from ibpmon.web import answering, looks, review_reading
from ibpmon.web.desk import Desk
from ibpmon.web.review_reading import Found
from ibpmon.web.roles import Person
from ibpmon.web.visitors import AtDesk, NotThere, Typed, confirmed, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 20  # questions: a stretch that somebody can keep looking at
READS = ["GET", "HEAD"]
SEE_OTHER = 303
Reader = Annotated[Person, Depends(needs("review"))]
Decider = Annotated[Person, Depends(needs("decide"))]
Confirmed = Annotated[Person, Depends(confirmed)]
# How to go on where the engine would name a command.
LOOK_AGAIN = N_("look at the question as it is now, and answer again")


# ---------------------------------------------------------------- the whole


@router.api_route("/reviews/{number:int}", methods=READS)
def review(request: Request, number: int, desk: AtDesk, who: Reader) -> Response:
    """What is asked, how long it takes, and how far it is."""
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number)
        speed = pace(session, desk.store, found.there.review.owner)
        rules = [rule_row(session, desk, found, place, one) for place, one in found.groups()]
        before = promised(session, desk, found)
    left, rules_left, singles = len(found.left()), len(found.groups_left()), len(found.singles())
    every, open_ones = len(found.alone()) + len(rules) + singles, left + rules_left + singles
    shown = head(desk, found) | {
        "left": open_ones, "minutes": minutes((left + singles) * speed + rules_left * timedelta(seconds=PER_RULE)),
        "all": every, "alone": len(found.alone()), "rules": rules,
        "read": number_of(values(request).get("read", "-")), "is_read": "read" in values(request),
        "promise": before, "begin": answering.begin_path(found),
        "begun": open_ones < every or bool(singles),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "review.html.j2", who, **shown))


def promised(session: Session, desk: Desk, found: Found) -> dict[str, Any] | None:
    """What the round before was to bring, and what came of it; None when that was nothing."""
    review = found.there.review
    before = None if found.there.micro else promise_before(session, desk.store, review.process, review.round_id)
    if before is None:
        return None
    lines = [one.text for one in before.broken()[:MOST_LINES]]
    return {
        "sentence": before.sentence(desk.config.time_zone),
        "lines": lines,
        "more": len(before.broken()) - len(lines),
    }


def head(desk: Desk, found: Found) -> dict[str, Any]:
    """What stands at the top of every page of a review."""
    there, state = found.there, found.there.state(desk.now())
    return {
        "review": there.review, "state": _(STATE_WORDS[state]), "open": state in ANSWERABLE, "newer": found.newer,
        "signed": found.signer in there.signed, "decides": bool(found.deciders), "micro": there.micro,
        "late": state == "OVERDUE", "behalf": behalf(found), "reviewed": state == "SIGNED",
    }  # fmt: skip


def behalf(found: Found) -> str:
    """For whom this person writes answers down; empty when he only decides himself, or only looks."""
    for_others = [one for one in sorted(found.deciders) if not found.name_of(one)]
    return found.there.seat(for_others[0]).name if for_others else ""


def rule_row(session: Session, desk: Desk, found: Found, place: int, group: Group) -> dict[str, Any]:
    """One rule in words, with whether it was confirmed."""
    sentence = rule_sentence(session, desk.store, found.there, group)
    done = is_final(found.there.confirmed.get(group.key)) or group.is_gone
    return {"place": place, "sentence": sentence, "count": group.count, "done": done}


# ---------------------------------------------------------------- the list


@router.api_route("/reviews/{number:int}/items", methods=READS)
def items(request: Request, number: int, desk: AtDesk, who: Reader) -> Response:
    """The questions, the riskiest first; `left=1` only what is not decided yet, `from` where this page begins."""
    asked = values(request)
    only_left, begin = asked.get("left") == "1", number_of(asked.get("from", ""))
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number)
        numbers = [one.item_no for one in (found.left() if only_left else found.alone())]
        seen = answering.scene(session, desk, found, numbers[begin : begin + A_PAGE])
    shown = head(desk, found) | {
        "left": only_left, "begin": begin, "items": [answering.card(desk, seen, one) for one in seen.items],
        "more": more(begin, A_PAGE, len(numbers)), "before": max(begin - A_PAGE, 0), "total": len(numbers),
        "done": done_word(desk, found, seen, asked), "next": answering.begin_path(found),
        "back": f"list:{begin}:{int(only_left)}",
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "items.html.j2", who, **shown))


def number_of(text: str) -> int:
    """A number of an address; nought for anything that is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def more(begin: int, many: int, total: int) -> int:
    """Where the next page begins; nought when this is the last one."""
    return begin + many if total > begin + many else 0


def done_word(desk: Desk, found: Found, seen: answering.Scene, asked: Mapping[str, str]) -> dict[str, Any] | None:
    """What was just written down, to see it and to come back to it; None when nothing was."""
    number = number_of(asked.get("done", ""))
    last = found.there.answers.get(number)
    if last is None:
        return None
    item = next((one for one in seen.items if one.item_no == number), None)
    word = decisions.VERB_WORDS.get(last.verb, "")
    said = answering.answer_word(last, item, found.there, desk.config.time_zone) if item else _(word)
    return {"number": number, "answer": said}


# ---------------------------------------------------------------- one question


@router.api_route("/reviews/{number:int}/items/{item:int}", methods=READS)
def one_item(request: Request, number: int, item: int, desk: AtDesk, who: Reader) -> Response:
    """One question, with the one before and the one after it."""
    return HTMLResponse(item_page(desk, who, number, item, values(request)))


def item_page(
    desk: Desk, who: Person, number: int, item: int, asked: Mapping[str, str],
    typed: Mapping[str, str] | None = None, told: tuple[str, str, str] | None = None,
) -> str:  # fmt: skip
    """The page of one question; `typed` is what a form held that was refused, and `told` is why."""
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number)
        done = number_of(asked.get("done", ""))
        seen = answering.scene(session, desk, found, known_numbers(item, done))
    one = next((one for one in seen.items if one.item_no == item), None)
    if one is None:
        raise NotThere
    shown = head(desk, found) | around(found, item) | {
        "item": answering.card(desk, seen, one, typed), "done": done_word(desk, found, seen, asked), "told": told,
        "typed": typed or {}, "next": answering.next_path(found, item),
        "rule": place_of_rule(found, one), "back": back_in(asked.get("rule", "")),
    }  # fmt: skip
    return looks.page(desk, "item.html.j2", who, **shown)


def known_numbers(*numbers: int) -> list[int]:
    """Numbers that an item can have."""
    return [one for one in numbers if 0 < one <= review_reading.LARGEST]


def around(found: Found, item: int) -> dict[str, Any]:
    """Which of how many this is, with its neighbours; of a sample there is none."""
    numbers = [one.item_no for one in found.alone()]
    if item not in numbers:
        return {"place": 0, "total": len(numbers), "earlier": 0, "later": 0}
    at = numbers.index(item)
    earlier, later = numbers[:at][-1:], numbers[at + 1 :][:1]
    return {"place": at + 1, "total": len(numbers), "earlier": sum(earlier), "later": sum(later)}


def place_of_rule(found: Found, item: Any) -> int:
    """Which of the rules an item falls under; nought when it is asked by itself."""
    if item.alone:
        return 0
    return next((at for at, one in enumerate(found.there.groups, 1)
                 if (one.rule, one.reviewer) == (item.rule, item.reviewer)), 0)  # fmt: skip


def back_in(rule: str) -> str:
    """Where somebody came from who picked one out of a rule."""
    return f"rule:{number_of(rule)}" if number_of(rule) else ""


@router.post("/reviews/{number:int}/items/{item:int}")
def answer(number: int, item: int, desk: AtDesk, who: Decider, _sent: Confirmed, form: Typed) -> Response:
    """An answer, and on to the next question; one that is refused comes back filled in."""
    try:
        found = written(desk, who, number, item, form)
    except RefusedError as refused:
        page = item_page(desk, who, number, item, {}, form, why_not(desk, who, number, refused))
        return HTMLResponse(page, status_of(desk, who, number, item, form))
    return RedirectResponse(onwards(found, item, form.get("back", "")), SEE_OTHER)


def written(desk: Desk, who: Person, number: int, item: int, form: Mapping[str, str]) -> Found:
    """Write an answer down; gives how the review stands after it."""
    now, zone = desk.now(), desk.config.time_zone
    with desk.store.write() as session:
        found = review_reading.review_of(session, desk.store, who, number, "decide")
        if not (items := review_reading.items_of(session, desk.store, number, known_numbers(item))):
            raise NotThere
        given = answering.answer_in(form, found, items[0], now, zone)
        decisions.answer(session, desk.store, number, [item], given, now)
        session.flush()
        return review_reading.review_of(session, desk.store, who, number)


def status_of(desk: Desk, who: Person, number: int, item: int, form: Mapping[str, str]) -> int:
    """409 when something changed since the form was made; 422 when the form itself is not whole."""
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number)
    last = found.there.answers.get(item)
    same = answering.number_in(form.get("seen", "")) == (last.seq if last else 0)
    return 422 if same and found.there.state(desk.now()) in ANSWERABLE else 409


def onwards(found: Found, item: int, back: str) -> str:
    """After an answer: to the list or the rule where somebody came from, or to the next question."""
    kind, _colon, rest = back.partition(":")
    base = f"/reviews/{found.number}"
    if kind == "list":
        begin, _colon, left = rest.partition(":")
        return f"{base}/items?from={number_of(begin)}&left={number_of(left)}&done={item}#done"
    if kind == "rule":
        return f"{base}/rules/{number_of(rest)}?done={item}"
    return f"{answering.next_path(found, item)}?done={item}"


def in_words(refused: RefusedError) -> tuple[str, str, str]:
    """What, why and how to go on; where the engine would name a command, what to do on this page."""
    what, why, fix = refused.told(_)
    return what, why, _(LOOK_AGAIN) if names_command(fix) or not fix else fix


def names_command(fix: str) -> bool:
    """Whether a way to go on is a command or one of its options: of no use on a page."""
    return "ibpmon " in fix or "--" in fix


def why_not(desk: Desk, who: Person, number: int, refused: RefusedError) -> tuple[str, str, str]:
    """Why something was refused; that the whole review is over comes before anything else."""
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number)
    return over(desk, found) or in_words(refused)


def over(desk: Desk, found: Found) -> tuple[str, str, str] | None:
    """That nothing is answered or signed here any more, and where to go instead; None while it still is."""
    if found.newer:
        return _("A newer version of this review came in its place"), "", _("go on there: the link below leads to it")
    if found.signer in found.there.signed:
        there = _("what you signed stands behind the link below, with the code")
        return _("You signed this review already"), _("after that no answer can change"), there
    try:
        decisions.check_open(found.there, desk.now())
    except RefusedError as refused:
        what, why, _fix = refused.told(_)
        return what, why, _("here you can only read; ask ICT when that is not right")
    return None


def answer_again(desk: Desk, who: Person, path: Mapping[str, Any], form: Mapping[str, str]) -> Response:
    """The question with all that was typed, after somebody signed in again: nothing is written yet."""
    told = (
        _("Your answer is still here"),
        _("You signed in again in the meantime, so it was not written down yet."),
        _("look whether it is right, and press the button of your answer once more"),
    )
    page = item_page(desk, who, int(path["number"]), int(path["item"]), {}, form, told)
    return HTMLResponse(page, 403)


answer.again = answer_again  # type: ignore[attr-defined]  # what shows a form of an earlier session filled in
