"""One question as a person sees it, and what comes back of a form: words on the one side, an answer on the other."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ibpmon.collect.board_files.values import Unusable
from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review.asking import DELTA_WORDS, OUTCOME_WORDS, REASONS, RISK_WORDS
from ibpmon.review.bureau import words_of
from ibpmon.review.decisions import REASONS as BECAUSE
from ibpmon.review.decisions import VERB_WORDS, VERBS, Answer, is_called
from ibpmon.review.items import level_word
from ibpmon.review.renewals import Agreed, advice, agreed
from ibpmon.review.retelling import ways_of
from ibpmon.review.standing import WAITING, is_lapsed
from ibpmon.review.workbook import MOST_RISKS, kind_of, less
from ibpmon.review.workbook_answers import HELPER
from ibpmon.review.workbook_reading import moment_in
from ibpmon.store.review_tables import ReviewDecision, ReviewItem
from ibpmon.tell.acts import a_year_on
from ibpmon.tell.words import until_word
from ibpmon.web import review_reading
from ibpmon.web.desk import Desk
from ibpmon.web.review_reading import Asked, Found

SUMMER = (7, 31)  # the last day of a school year
SOON = timedelta(days=30)  # nearer than this it says little about how long something may stay
QUARTER = timedelta(days=91)
LONGEST_NUMBER = 18  # signs: what is longer is no number of ours
TEXTS = ("why", "ask", "mine")  # the fields in which a person types


@dataclass(frozen=True, slots=True)
class Scene:
    """What belongs to the questions of one page, read in sets."""

    found: Found
    items: Sequence[ReviewItem]
    asked: Mapping[int, list[Asked]] = field(default_factory=dict)
    before: Mapping[int, ReviewDecision] = field(default_factory=dict)
    kept: Mapping[str, Agreed] = field(default_factory=dict)


def scene(session: Session, desk: Desk, found: Found, numbers: Sequence[int]) -> Scene:
    """These questions, in four statements."""
    review = found.there.review
    items = review_reading.items_of(session, desk.store, review.review_id, numbers)
    return Scene(
        found,
        items,
        review_reading.asked_about(session, desk.store, review.review_id, numbers),
        review_reading.last_time(session, desk.store, items),
        agreed(session, desk.store, review.process, review.round_id - 1),
    )


# ---------------------------------------------------------------- one question in words


def card(desk: Desk, seen: Scene, item: ReviewItem, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One question: the sentence, why, the ways in, what was decided, and what may be answered."""
    there, number = seen.found.there, item.item_no
    last, before = there.answers.get(number), seen.before.get(number)
    known = seen.kept.get(item.item_key or "")
    counts = known and item.alone and item.outcome != "CONFORM"
    return {
        "number": number, "sentence": item.sentence or _("(erased)"), "risk": item.risk,
        "risk_word": _(RISK_WORDS[item.risk]), "outcome": _(OUTCOME_WORDS[item.outcome]),
        "lacks": item.outcome == "MISSING",
        "delta": _(DELTA_WORDS[item.delta]), "why": [_(REASONS[key]) for key in json.loads(item.risks)[:MOST_RISKS]],
        "ways": ways_of(item, words_of(desk.config)), "asked": seen.asked.get(number, []),
        "answer": answer_word(last, item, there, desk.config.time_zone),
        "before": answer_word(before, item, there, desk.config.time_zone),
        "advice": advice(known) if known and counts else "",
        "form": form_of(desk, seen.found, item, typed or {}),
    }  # fmt: skip


def answer_word(last: ReviewDecision | None, item: ReviewItem, there: Any, zone: ZoneInfo) -> str:
    """An answer with all that goes along: what may remain, the last day, why, and of whom; empty when there is none."""
    if last is None or last.verb not in VERB_WORDS or last.verb == "open":
        return ""
    parts = [_(VERB_WORDS[last.verb])]
    if last.target_right:
        parts.append(_(level_word(kind_of(item), last.target_right)))
    parts += [until_word(last.until, zone)] if last.until else []
    parts += [_(BECAUSE[last.reason_code])] if last.reason_code in BECAUSE else []
    parts += [last.reason] if last.reason else []
    said = ", ".join(parts)
    if is_lapsed(last):
        return said
    name = there.seat(last.actor).name
    if last.on_behalf_of:
        name = _("{writer} for {who}").format(writer=name, who=there.seat(last.on_behalf_of).name)
    return f"{said} ({name})"


def form_of(desk: Desk, found: Found, item: ReviewItem, typed: Mapping[str, str]) -> dict[str, Any] | None:
    """What may be answered; None when this person may not, or when nothing may be answered any more."""
    there, now = found.there, desk.now()
    decider = there.decider(item.reviewer, item.item_no)
    acts = found.acts_as(decider)
    if acts is None or not is_open(found, decider, now) or item.outcome == "MISSING" or about_himself(found, item):
        return None
    last, kind = there.answers.get(item.item_no), kind_of(item)
    return {
        "seen": last.seq if last else 0, "facts": item.leaf_hash, "shown": now.isoformat(),
        "fits": item.outcome == "CONFORM", "behalf": there.seat(decider).name if acts[1] else "",
        "until": typed.get("until") or default_end(now, desk.config.time_zone).isoformat(),
        "first": (now.astimezone(desk.config.time_zone).date() + timedelta(days=1)).isoformat(),
        "last": a_year_on(now).astimezone(desk.config.time_zone).date().isoformat(),
        "because": [(code, _(word)) for code, word in BECAUSE.items()],
        "targets": [(right, _(level_word(kind, right))) for right in less(item)],
        "texts": {name: typed.get(name, "") for name in TEXTS}, "verb": typed.get("verb", ""),
    }  # fmt: skip


def is_open(found: Found, decider: str, now: datetime) -> bool:
    """Whether answers of this person are still taken."""
    return found.there.state(now) in ("OPEN", "TO_SIGN", "OVERDUE") and decider not in found.there.signed


def about_himself(found: Found, item: ReviewItem) -> bool:
    """Whether an item is about who looks: nobody decides about himself, nor writes that down for somebody else."""
    return any(is_called(item, name) for name in found.who.known_as)


def default_end(now: datetime, zone: ZoneInfo) -> date:
    """Until when something may stay when nobody says so: the end of the school year, or later when that is near."""
    today = now.astimezone(zone).date()
    summer = date(today.year + (today > date(today.year, *SUMMER)), *SUMMER)
    return summer if summer - today >= SOON else today + QUARTER


# ---------------------------------------------------------------- what comes next


def next_path(found: Found, after: int) -> str:
    """Where to go on after an answer: the next question that is open, then the rules, then the summary."""
    base, answers = f"/reviews/{found.number}", found.there.answers
    waits = {number for number, last in answers.items() if last.verb in WAITING}
    left = [one.item_no for one in found.left() if one.item_no not in waits]
    if left:
        return f"{base}/items/{next((one for one in left if one > after), left[0])}"
    rules = found.groups_left()
    return f"{base}/rules/{rules[0][0]}" if rules else f"{base}/sign"


def begin_path(found: Found) -> str:
    """The first question that is open."""
    return next_path(found, 0)


# ---------------------------------------------------------------- an answer


def answer_in(form: Mapping[str, str], found: Found, item: ReviewItem, now: datetime, zone: ZoneInfo) -> Answer:
    """What a form says; RefusedError when it cannot be read. Who answers follows from who is signed in."""
    word, _colon, detail = form.get("verb", "").partition(":")
    verb: Any = word
    if verb not in VERBS:
        raise unknown_verb(word)
    by, for_whom = found.acts_as(found.there.decider(item.reviewer, item.item_no)) or (first_name(found), "")
    given = Answer(
        verb, by, for_whom=for_whom, names=found.who.known_as, channel="web",
        seen={item.item_no: number_in(form.get("seen", ""))},
        facts={item.item_no: form.get("facts") or "-"}, shown_at=moment_shown(form.get("shown", ""), now),
        reason=text_in(form, {"question": "ask", "not_mine": "mine"}.get(word, "why")),
    )  # fmt: skip
    if verb == "keep" and (detail or item.outcome != "CONFORM"):
        return replace(given, reason_code=detail, until=day_in(form.get("until", ""), zone))
    return replace(given, target=detail if verb == "lower" else "", to=HELPER if verb == "question" else "")


def first_name(found: Found) -> str:
    """A name of whoever has nothing to decide here, so that the refusal can call him by it."""
    return next(iter(sorted(found.who.known_as)), found.who.name)


def unknown_verb(word: str) -> RefusedError:
    """That a form says something that is no answer."""
    return RefusedError(
        N_("'{word}' is no answer"),
        why=N_("a button of this page says one of its own words, and this is none of them"),
        fix=N_("press one of the buttons"),
        word=word[:40],
    )


def text_in(form: Mapping[str, str], name: str) -> str:
    """What was typed; browsers send the end of a line in their own way."""
    return form.get(name, "").replace("\r\n", "\n").strip()


def number_in(text: str) -> int:
    """The line that was seen; one that can be none of ours when it is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else -1


def moment_shown(text: str, now: datetime) -> datetime | None:
    """When the question was shown, as the page says; None when that cannot be."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and now - timedelta(days=1) <= found <= now else None


def day_in(text: str, zone: ZoneInfo) -> datetime | None:
    """The end of a day that was filled in; None when nothing was, RefusedError when it is none."""
    try:
        return moment_in(text.strip(), zone, since_1904=False)
    except Unusable:
        raise RefusedError(
            N_("'{text}' is no day"), fix=N_("give the last day that counts, as 31-07-2027"), text=text[:40]
        ) from None
