"""What fits the matrix, confirmed per rule: with a sample that nobody chose, and which of it fits least."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.review import decisions
from ibpmon.review.decisions import Answer
from ibpmon.review.standing import Group, is_final
from ibpmon.review.workbook import rule_sentence
from ibpmon.web import answering, looks, review_reading
from ibpmon.web.desk import Desk
from ibpmon.web.pages.reviews import READS, SEE_OTHER, done_word, head, known_numbers, more, number_of, why_not
from ibpmon.web.review_reading import Found
from ibpmon.web.roles import Person
from ibpmon.web.visitors import AtDesk, NotThere, Typed, confirmed, needs, values

router = APIRouter(include_in_schema=False)
A_PAGE = 100  # rights of one rule
ALL_FIT = "none"  # nothing of the sample stands out
Reader = Annotated[Person, Depends(needs("review"))]
Decider = Annotated[Person, Depends(needs("decide"))]
Confirmed = Annotated[Person, Depends(confirmed)]


@router.api_route("/reviews/{number:int}/rules/{place:int}", methods=READS)
def rule(request: Request, number: int, place: int, desk: AtDesk, who: Reader) -> Response:
    """One rule with its sample."""
    return HTMLResponse(rule_page(desk, who, number, place, values(request)))


def rule_page(
    desk: Desk, who: Person, number: int, place: int, asked: Mapping[str, str],
    told: tuple[str, str, str] | None = None,
) -> str:  # fmt: skip
    """The page of one rule; `told` is why a form was refused."""
    done = number_of(asked.get("done", ""))
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number)
        group = group_at(found, place)
        sentence = rule_sentence(session, desk.store, found.there, group)
        whole = review_reading.members_of(session, desk.store, number, group)
        begin = number_of(asked.get("from", "")) if asked.get("all") == "1" else 0
        listed = whole.numbers[begin : begin + A_PAGE] if asked.get("all") == "1" else []
        seen = answering.scene(session, desk, found, [*listed, *whole.sample, *known_numbers(done)])
    last = found.there.confirmed.get(group.key)
    shown = head(desk, found) | {
        "place": place, "rank": rank(found, place), "total": len(found.groups()), "sentence": sentence,
        "count": group.count, "everything": asked.get("all") == "1", "more": more(begin, A_PAGE, len(whole.numbers)),
        "sample": [answering.card(desk, seen, one) for one in seen.items if one.item_no in whole.sample],
        "done": done_word(desk, found, seen, asked),
        "listed": [answering.card(desk, seen, one) for one in seen.items if one.item_no in listed],
        "confirmed": is_final(last), "form": form_of(desk, found, group, whole.mark), "told": told,
        "next": answering.begin_path(found),
    }  # fmt: skip
    return looks.page(desk, "review-rule.html.j2", who, **shown)


def group_at(found: Found, place: int) -> Group:
    """The rule at a place of the list; NotThere when there is none."""
    if not 0 < place <= len(found.there.groups):
        raise NotThere
    return found.there.groups[place - 1]


def rank(found: Found, place: int) -> int:
    """Which of this person's rules it is; nought when it is not one of his."""
    mine = [at for at, _group in found.groups()]
    return mine.index(place) + 1 if place in mine else 0


def form_of(desk: Desk, found: Found, group: Group, mark: str) -> dict[str, Any] | None:
    """What has to come back with a confirmation; None when this person cannot confirm it now."""
    decider = found.there.decider(group.reviewer)
    acts = found.acts_as(decider)
    if acts is None or not answering.is_open(found, decider, desk.now()) or group.is_gone:
        return None
    last = found.there.confirmed.get(group.key)
    return {
        "seen": last.seq if last else 0, "facts": mark, "shown": desk.now().isoformat(),
        "behalf": found.there.seat(decider).name if acts[1] else "",
    }  # fmt: skip


@router.post("/reviews/{number:int}/rules/{place:int}")
def confirm(number: int, place: int, desk: AtDesk, who: Decider, _sent: Confirmed, form: Typed) -> Response:
    """Which of the sample fits least: that one is looked at by itself; when none does, the rule is confirmed."""
    try:
        least = form.get("least", "")
        if not least:
            raise nothing_chosen()
        if least != ALL_FIT:
            return RedirectResponse(f"/reviews/{number}/items/{number_of(least)}?rule={place}", SEE_OTHER)
        found = written(desk, who, number, place, form)
    except RefusedError as refused:
        told = why_not(desk, who, number, refused)
        return HTMLResponse(rule_page(desk, who, number, place, {}, told), 422 if not form.get("least") else 409)
    return RedirectResponse(answering.begin_path(found) + f"?confirmed={place}", SEE_OTHER)


def nothing_chosen() -> RefusedError:
    """That the question was passed by."""
    return RefusedError(
        N_("nothing was chosen yet"),
        why=N_("whoever looks for the one that fits least, sees more"),
        fix=N_("choose the one that fits least, or that nothing stands out"),
    )


def written(desk: Desk, who: Person, number: int, place: int, form: Mapping[str, str]) -> Found:
    """Confirm a rule; gives how the review stands after it."""
    now = desk.now()
    with desk.store.write() as session:
        found = review_reading.review_of(session, desk.store, who, number, "decide")
        group = group_at(found, place)
        acts = found.acts_as(found.there.decider(group.reviewer)) or (answering.first_name(found), "")
        given = Answer(
            "keep", acts[0], for_whom=acts[1], names=found.who.known_as, channel="web",
            seen={0: answering.number_in(form.get("seen", ""))},
            shown_at=answering.moment_shown(form.get("shown", ""), now),
        )  # fmt: skip
        decisions.confirm(session, desk.store, number, group.key, given, now, form.get("facts") or "-")
        session.flush()
        return review_reading.review_of(session, desk.store, who, number)
