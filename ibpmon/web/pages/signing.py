"""Signing: what would be signed in short, the exact text, a fresh sign-in, and the proof of it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review import lapsing, reopening, signoff
from ibpmon.review.bureau import Bureau
from ibpmon.review.covered import not_full
from ibpmon.review.quality import hurried
from ibpmon.review.standing import WAITING, Standing, is_final
from ibpmon.web import answering, looks, review_reading
from ibpmon.web.desk import Desk
from ibpmon.web.pages.reviews import READS, SEE_OTHER, head, in_words, more, names_command, number_of, over
from ibpmon.web.review_reading import Found
from ibpmon.web.roles import Person
from ibpmon.web.visitors import AtDesk, NotThere, Typed, confirmed, needs, proved_at, values

router = APIRouter(include_in_schema=False)
A_PAGE = 100  # of what stays
Decider = Annotated[Person, Depends(needs("decide"))]
Reader = Annotated[Person, Depends(needs("review"))]
Confirmed = Annotated[Person, Depends(confirmed)]


# ---------------------------------------------------------------- the summary


@router.api_route("/reviews/{number:int}/sign", methods=READS)
def summary(request: Request, number: int, desk: AtDesk, who: Decider) -> Response:
    """What would be signed: the figures, what stays although it is a risk, and what nobody looked at."""
    return HTMLResponse(summary_page(request, desk, who, number))


def summary_page(
    request: Request, desk: Desk, who: Person, number: int, told: tuple[str, str, str] | None = None
) -> str:
    """The summary; `told` is why it was not signed."""
    asked = values(request)
    begin = number_of(asked.get("from", ""))
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number, "decide")
        numbers = kept_numbers(found)
        seen = answering.scene(session, desk, found, numbers[begin : begin + A_PAGE])
        fast = hurried(session, desk.store, number, found.signer) if found.signer else None
    there, signer = found.there, found.signer
    shown = head(desk, found) | {
        "counts": figures(there, signer) if signer else {}, "signer": there.seat(signer).name if signer else "",
        "kept": [answering.card(desk, seen, one) for one in seen.items], "total": len(numbers), "begin": begin,
        "more": more(begin, A_PAGE, len(numbers)), "missing": missing(found),
        "hurried": fast.sentence if fast else "", "limits": limits(there), "again": asked.get("again") == "1",
        "fresh": proved_at(request, desk) is not None, "told": told, "waiting": waiting(found),
        "next": answering.begin_path(found),
    }  # fmt: skip
    return looks.page(desk, "summary.html.j2", who, **shown)


def figures(there: Standing, signer: str) -> dict[str, int]:
    """How many of each decision so far; what waits for somebody is none."""
    final = {number: last for number, last in there.answers.items() if is_final(last)}
    return signoff.figures(replace(there, answers=final), signer)


def kept_numbers(found: Found) -> list[int]:
    """The items that stay although they do not fit or weigh most, of who signs."""
    return sorted(number for number, _last in signoff.named(found.there, found.signer)) if found.signer else []


def missing(found: Found) -> int:
    """How many decisions are still to be made before this person can sign."""
    there, signer = found.there, found.signer
    return len(there.left(signer)) + len(there.groups_left(signer)) + len(there.open_singles(signer)) if signer else 0


def waiting(found: Found) -> list[int]:
    """The items of this person that wait for somebody else."""
    there, signer = found.there, found.signer
    if not signer:
        return []
    left = [one.item_no for one in there.left(signer)]
    alone = [one for one in left if one in there.answers and there.answers[one].verb in WAITING]
    return sorted([*alone, *there.open_singles(signer)])


def limits(there: Standing) -> dict[str, Any]:
    """What nobody looked at."""
    known = json.loads(there.review.coverage)
    return {
        "places": not_full(known),
        "personal": known["personal_sites_left_out"],
        "unmatched": known["patterns_without_place"],
    }


# ---------------------------------------------------------------- the text


@router.post("/reviews/{number:int}/statement")
def statement(request: Request, number: int, desk: AtDesk, who: Decider, _sent: Confirmed) -> Response:
    """The exact text that is signed; it says what came in the meantime, so all is looked at once more for it."""
    found = mine(desk, who, number)
    if told := over(desk, found):
        return HTMLResponse(summary_page(request, desk, who, number, told), 409)
    try:
        text = prepared(desk, found)
    except RefusedError as refused:
        return HTMLResponse(summary_page(request, desk, who, number, on_this_page(refused)), 409)
    shown = head(desk, found) | {
        "lines": text.text.split("\n"), "code": text.code, "fresh": proved_at(request, desk) is not None,
        "told": None, "signer": found.there.seat(found.signer).name,
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "statement.html.j2", who, **shown))


def mine(desk: Desk, who: Person, number: int) -> Found:
    """A review that this person has something to sign of; NotThere else."""
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number, "decide")
    if not found.signer:
        raise NotThere
    return found


def prepared(desk: Desk, found: Found) -> signoff.Statement:
    """What would be signed now, after what lapsed was written down."""
    bureau, by = Bureau.of(desk.config, desk.store, desk.now()), found.name_of(found.signer)
    landscape = lapsing.before_signing(bureau, found.number).landscape
    with desk.store.write() as session:
        return signoff.prepare(session, bureau, found.number, by, landscape)[2]


def on_this_page(refused: RefusedError) -> tuple[str, str, str]:
    """What, why, and how to go on from the summary."""
    what, why, fix = in_words(refused)
    return what, why, _(GO_THROUGH) if names_command(refused.fix) else fix


GO_THROUGH = N_("go through what is named here, and come back to this page")


# ---------------------------------------------------------------- the signature


@router.post("/reviews/{number:int}/sign")
def sign(request: Request, number: int, desk: AtDesk, who: Decider, _sent: Confirmed, form: Typed) -> Response:
    """Sign the text with this code, by who proved just now who he is."""
    found, proved = mine(desk, who, number), proved_at(request, desk)
    if told := over(desk, found):
        return HTMLResponse(summary_page(request, desk, who, number, told), 409)
    if proved is None:
        return HTMLResponse(summary_page(request, desk, who, number, sign_in_first()), 403)
    evidence = {"channel": "web", "account": who.login.who.account, "signed_in_at": proved.isoformat()}
    try:
        signed(desk, found, form.get("code", ""), evidence)
    except RefusedError as refused:
        return HTMLResponse(summary_page(request, desk, who, number, on_this_page(refused)), 409)
    return RedirectResponse(f"/reviews/{number}/signed", SEE_OTHER)


def sign_in_first() -> tuple[str, str, str]:
    """That it takes a fresh sign-in."""
    return (
        _("It was not signed"),
        _("Whoever signs has to prove just before that it is really him: a telephone can lie about unlocked."),
        _("sign in once more below, and sign then"),
    )


def signed(desk: Desk, found: Found, code: str, evidence: Mapping[str, Any]) -> None:
    """The signature, over what there is at this moment."""
    bureau, by = Bureau.of(desk.config, desk.store, desk.now()), found.name_of(found.signer)
    landscape = lapsing.before_signing(bureau, found.number).landscape
    live = reopening.live(bureau, found.number, landscape)
    with desk.store.write() as session:
        signoff.sign(session, bureau, found.number, by, code, evidence, live, landscape)


@router.api_route("/reviews/{number:int}/signed", methods=READS)
def proof(number: int, desk: AtDesk, who: Reader) -> Response:
    """Who signed what, with the code to keep, and what happens now."""
    with desk.store.read() as session:
        found = review_reading.review_of(session, desk.store, who, number)
    if not found.there.signed:
        raise NotThere
    names = {key: found.there.seat(key).name for key in found.there.signed}
    shown = head(desk, found) | {
        "signatures": [
            {
                "who": names[key], "at": one.signed_at, "code": one.fingerprint,
                "lines": (one.statement or _("(erased)")).split("\n"), "counts": json.loads(one.counts),
            }
            for key, one in found.there.signed.items()
        ],
        "others": [found.there.seat(one).name for one in sorted(found.there.deciders - set(found.there.signed))],
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "signed.html.j2", who, **shown))
