"""What an owner decides: keep, take away, lower, ask, or not mine; each answer is a line that stays.

No answer is made out of silence, and nobody decides about himself. What does not fit the matrix is kept only with a
reason and an end. Whoever was second sees who was first, and overwrites nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.collect.matching import folded
from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review.merkle import root
from ibpmon.review.nouns import RIGHTS
from ibpmon.review.standing import ANSWERABLE, SYSTEM, Group, Standing, is_final, standing
from ibpmon.review.writing import decide, event, next_seq, tell
from ibpmon.store.database import Store
from ibpmon.store.review_tables import ReviewAssignment, ReviewDecision, ReviewItem, ReviewQuestion
from ibpmon.tell.acts import a_year_on, is_within_a_year
from ibpmon.tell.registers import check_text, needed

Verb = Literal["keep", "revoke", "lower", "question", "not_mine"]
VERBS: tuple[Verb, ...] = ("keep", "revoke", "lower", "question", "not_mine")
VERB_WORDS: Mapping[str, str] = {
    "keep": N_("right as it is"), "keep_until": N_("right for now"), "revoke": N_("take away"), "lower": N_("lower"),
    "question": N_("asked somebody"), "not_mine": N_("not mine"), "confirm": N_("right as it is"),
    "open": N_("open again"), "lapsed": N_("already gone"),
}  # fmt: skip
# Why what does not fit the matrix may stay a while.
REASONS: Mapping[str, str] = {
    "project": N_("temporary project"), "replacement": N_("replaces somebody"),
    "matrix": N_("the agreement is not right any more"), "task": N_("task besides the function"),
    "other": N_("something else"),
}  # fmt: skip
CHANNELS = ("web", "cli", "workbook", "paper")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: what, by whom, and what this person saw."""

    verb: Verb
    by: str
    reason_code: str = ""
    reason: str = ""
    until: datetime | None = None
    target: str = ""  # lower: the right that may remain
    to: str = ""  # question: whom; not_mine: whose it may be
    for_whom: str = ""  # who decided, when somebody else writes it down
    channel: str = "cli"
    seen: Mapping[int, int] = field(default_factory=dict)  # item -> the last line about it that was seen
    facts: Mapping[int, str] = field(default_factory=dict)  # item -> the hash of what was shown
    shown_at: datetime | None = None

    @property
    def decider(self) -> str:
        """Whose decision it is."""
        return self.for_whom or self.by


# ---------------------------------------------------------------- acting


def answer(
    session: Session, store: Store, review_id: int, numbers: Sequence[int], given: Answer, now: datetime
) -> tuple[int, ...]:
    """Answer about one item, or the same about several; RefusedError says why not, and then nothing has changed.

    Gives the numbers of the lines.
    """
    there = open_review(session, store, review_id, now)
    items = [item_of(session, store, review_id, number) for number in dict.fromkeys(numbers)]
    check_words(given)
    together(items, given)
    first = next_seq(session, store, ReviewDecision, review_id)
    bulk = first if len(items) > 1 else None
    rows = [ready(there, one, given, now) | {"bulk_id": bulk} for one in items]
    return tuple(range(first, put(session, store, there, items, rows, given, now) + 1))


def ready(there: Standing, item: ReviewItem, given: Answer, now: datetime) -> dict[str, Any]:
    """An answer about one item as a row that may be kept; RefusedError says why it may not."""
    decider = check_item(there, item, given)
    return checked_answer(item, given, now) | {"late": now > there.review.due_at, **makers(given, decider)}


def put(
    session: Session, store: Store, there: Standing, items: Sequence[ReviewItem], rows: Sequence[Mapping[str, Any]],
    given: Answer, now: datetime,
) -> int:  # fmt: skip
    """Keep rows that are ready, one per item; gives the number of the last line."""
    last, mark = decide(session, store, there.review, rows, now)
    for one in items if given.verb == "question" else ():
        ask(session, store, one, given, now)
    said = {"by": given.by, "for": given.for_whom, "verb": rows[0]["verb"], "last": last, "hash": mark}
    numbers = [one.item_no for one in items]
    tell(session, store, there.review.review_id, "decide", said | {"items": numbers}, now)
    return last


def confirm(
    session: Session, store: Store, review_id: int, key: str, given: Answer, now: datetime, facts: str = ""
) -> int:
    """Say of everything that conforms to one rule that it is right; gives the number of the line."""
    there = open_review(session, store, review_id, now)
    check_words(given)
    group = group_of(there, key)
    row = ready_rule(there, group, members(session, store, review_id, group), given, now, facts)
    return put_rule(session, store, there, group, row, given, now)


def ready_rule(
    there: Standing, group: Group, some: Sequence[ReviewItem], given: Answer, now: datetime, facts: str = ""
) -> dict[str, Any]:
    """The confirmation of a rule as a row that may be kept; RefusedError says why it may not."""
    decider = check_turn(there, there.decider(group.reviewer), given.decider)
    check_own(there, some, decider)
    mark = root([one.leaf_hash for one in some])
    check_facts(facts, mark)
    check_seen(there.confirmed.get(group.key), given.seen.get(0))
    return {
        "rule": group.key, "verb": "confirm", "reason": given.reason.strip(), "channel": given.channel,
        "facts_hash": mark, "shown_at": given.shown_at, "late": now > there.review.due_at, **makers(given, decider),
    }  # fmt: skip


def put_rule(
    session: Session, store: Store, there: Standing, group: Group, row: Mapping[str, Any], given: Answer, now: datetime
) -> int:
    """Keep a confirmation that is ready; gives the number of its line."""
    last, head = decide(session, store, there.review, [row], now)
    said = {"by": given.by, "for": given.for_whom, "rule": group.key, "count": group.count, "last": last, "hash": head}
    tell(session, store, there.review.review_id, "confirm", said, now)
    return last


def reply(session: Session, store: Store, review_id: int, number: int, by: str, text: str, now: datetime) -> None:
    """Answer a question about an item: then it is for its owner again."""
    there = open_review(session, store, review_id, now)
    asked = questions(session, store, review_id, number)
    last = there.answers.get(number)
    if not asked or last is None or last.verb != "question":
        raise RefusedError(
            N_("nothing was asked about item {item}"),
            why=N_("there is no question, or it was answered or decided"),
            fix=N_("'ibpmon review items {number}' shows how each item stands"),
            item=number,
            number=review_id,
        )
    check_text("by", by)
    line: dict[str, Any] = {"tenant_id": store.tenant, "review_id": review_id, "item_no": number}
    line["seq"] = next_seq(session, store, ReviewQuestion, review_id)
    told = needed(text, N_("an answer cannot be empty"))
    session.add(ReviewQuestion(**line, answers=asked[-1].seq, by=by, to=asked[-1].by, text=told, at=now))
    reopen_item(session, store, there, number, by, now)


def assign(
    session: Session, store: Store, review_id: int, to: str, by: str, reason: str, now: datetime,
    number: int | None = None, whose_share: str = "",
) -> None:  # fmt: skip
    """Let somebody else decide: about one item, or about all of one decider, of the owner unless somebody is named."""
    there = open_review(session, store, review_id, now)
    why = needed(reason, N_("why does somebody else decide?"))
    item = item_of(session, store, review_id, number) if number is not None else None
    before = there.decider(item.reviewer, number) if item else share_of(there, whose_share)
    after = named(there, needed(to, N_("who is to decide?")))
    if after == before:
        raise RefusedError(
            N_("{who} decides about this already"),
            why=N_("this changes nothing"),
            fix=N_("name somebody else, or leave it as it is"),
            who=to,
        )
    check_unsigned(there, before)
    check_unsigned(there, after)
    if item is not None and is_about(item, there, after):
        raise self_decided(number or 0)
    seq = next_seq(session, store, ReviewAssignment, review_id)
    line: dict[str, Any] = {"tenant_id": store.tenant, "review_id": review_id, "seq": seq, "item_no": number}
    session.add(ReviewAssignment(**line, before=before, after=after, reason=why, actor=by, at=now))
    session.flush()
    tell(session, store, review_id, "assign", {"by": by, "from": before, "to": after, "item": number}, now)
    if number is not None and number in there.answers and there.answers[number].verb in ("not_mine", "question"):
        reopen_item(session, store, there, number, by, now)


def cancel(session: Session, store: Store, review_id: int, by: str, reason: str, now: datetime) -> None:
    """End a review that should not have been opened; impossible once anybody signed."""
    there = open_review(session, store, review_id, now)
    if there.signed:
        raise RefusedError(
            N_("review {number} cannot be cancelled"),
            why=N_("somebody signed already"),
            fix=N_("sign the rest, or open it again with a reason"),
            number=review_id,
        )
    event(session, store, review_id, "cancel", now, by, needed(reason, N_("why is it cancelled?")))


def reopen_item(session: Session, store: Store, there: Standing, number: int, by: str, now: datetime) -> None:
    """Make an item open again, as a line of its own."""
    item = item_of(session, store, there.review.review_id, number)
    row = {"item_no": number, "verb": "open", "actor": by, "channel": "cli", "facts_hash": item.leaf_hash}
    last, mark = decide(session, store, there.review, [row], now)
    tell(
        session, store, there.review.review_id, "open_item", {"by": by, "item": number, "last": last, "hash": mark}, now
    )


def ask(session: Session, store: Store, item: ReviewItem, given: Answer, now: datetime) -> None:
    """Keep a question with its item."""
    seq = next_seq(session, store, ReviewQuestion, item.review_id)
    line: dict[str, Any] = {"tenant_id": store.tenant, "review_id": item.review_id, "seq": seq}
    session.add(ReviewQuestion(**line, item_no=item.item_no, by=given.by, to=given.to, text=given.reason, at=now))
    session.flush()


# ---------------------------------------------------------------- refusing


def open_review(session: Session, store: Store, review_id: int, now: datetime) -> Standing:
    """The review, held until we are ready; refused when it takes no answers."""
    there = standing(session, store, review_id, lock=True)
    check_open(there, now)
    return there


def check_open(there: Standing, now: datetime) -> None:
    """Refuse answers to a review that is over."""
    state = there.state(now)
    if state not in ANSWERABLE:
        raise RefusedError(
            N_("review {number} takes no answers"),
            why=N_("its state is '{state}'"),
            fix=N_("'ibpmon review status' shows it; what was signed can be opened again with a reason"),
            number=there.review.review_id,
            state=_(STATE_WORDS[state]),
        )


def check_words(given: Answer) -> None:
    """Refuse what cannot be kept, and words that mean nothing here."""
    needed(given.by, N_("who decides this?"))
    for name in ("by", "reason", "to", "for_whom"):
        check_text(name, getattr(given, name))
    if given.channel not in CHANNELS or given.verb not in VERBS:
        raise RefusedError(
            N_("'{word}' means nothing here"),
            why=N_("it is no decision, or no way in which one is given"),
            fix=N_("use one of: {known}"),
            word=f"{given.verb} {given.channel}",
            known=", ".join((*VERBS, *CHANNELS)),
        )


def together(items: Sequence[ReviewItem], given: Answer) -> None:
    """Refuse one answer about what is not alike: one rule and one risk, and nothing of the highest."""
    if not items:
        raise RefusedError(N_("no item was named"), fix=N_("give the numbers of the items"))
    if len(items) == 1:
        return
    alike = len({(one.rule, one.risk, one.outcome) for one in items}) == 1
    if not alike or any(one.risk == "high" for one in items):
        raise RefusedError(
            N_("these items cannot be answered at once"),
            why=N_("only what falls under one rule and weighs the same goes together, and nothing that weighs most"),
            fix=N_("answer them one by one"),
        )


def check_item(there: Standing, item: ReviewItem, given: Answer) -> str:
    """Refuse an answer about this item by this person, or about other facts; gives who decides."""
    decider = check_turn(there, there.decider(item.reviewer, item.item_no), given.decider)
    if is_about(item, there, decider) or is_called(item, given.decider):
        raise self_decided(item.item_no)
    if item.outcome == "MISSING":
        raise RefusedError(
            N_("item {item} asks for no decision"),
            why=N_("it is a right that somebody lacks"),
            fix=N_("ask ICT to give it, or propose a change of the matrix"),
            item=item.item_no,
        )
    check_facts(given.facts.get(item.item_no, ""), item.leaf_hash)
    check_seen(there.answers.get(item.item_no), given.seen.get(item.item_no))
    return decider


def check_own(there: Standing, items: Sequence[ReviewItem], decider: str) -> None:
    """Refuse who would confirm his own access with that of others, unless somebody else decided about it."""
    for one in items:
        if is_about(one, there, decider) and not is_final(there.answers.get(one.item_no)):
            raise self_decided(one.item_no)


def makers(given: Answer, decider: str) -> dict[str, str]:
    """Who wrote an answer down, and for whom when that was somebody else."""
    return {"actor": given.by, "on_behalf_of": decider} if given.for_whom else {"actor": decider, "on_behalf_of": ""}


def check_turn(there: Standing, decider: str, name: str) -> str:
    """Refuse whoever does not decide about this, or signed already; gives who does."""
    if not there.seat(decider).is_called(name):
        raise RefusedError(
            N_("{name} does not decide about this"),
            why=N_("{who} does"),
            fix=N_("'ibpmon review assign' gives it to somebody else, with a reason"),
            name=name,
            who=there.seat(decider).name,
        )
    check_unsigned(there, decider)
    return decider


def check_unsigned(there: Standing, decider: str) -> None:
    """Refuse to touch what somebody signed for, or to give him more of it."""
    if decider in there.signed:
        raise RefusedError(
            N_("{name} signed already"),
            why=N_("after that no answer can change"),
            fix=N_("'ibpmon review reopen' makes a new revision, with a reason"),
            name=there.seat(decider).name,
        )


def share_of(there: Standing, name: str) -> str:
    """Who is meant with a name among those who decide; without a name the owner, or who decides in his place."""
    if not name:
        return there.decider("")
    found = there.decider_called(name)
    if found is None:
        raise RefusedError(
            N_("{name} decides about nothing in review {number}"),
            why=N_("these do: {known}"),
            fix=N_("name one of them, or leave the name out for the owner"),
            name=name,
            number=there.review.review_id,
            known=", ".join(there.seat(one).name for one in sorted(there.deciders)),
        )
    return found


def is_about(item: ReviewItem, there: Standing, decider: str) -> bool:
    """Whether an item is about who would decide."""
    seat = there.seat(decider)
    return any(is_called(item, one) for one in (seat.key, seat.mail) if one)


def is_called(item: ReviewItem, name: str) -> bool:
    """Whether the account of an item is called so."""
    person = json.loads(item.principal or "{}").get("person") or {}
    return bool(person.get("upn")) and folded(str(person["upn"])) == folded(name)


def self_decided(number: int) -> RefusedError:
    """That nobody decides about himself."""
    return RefusedError(
        N_("item {item} is about who would decide"),
        why=N_("nobody decides about his own access"),
        fix=N_("'ibpmon review assign' gives it to the deputy or the bestuur"),
        item=number,
    )


def check_facts(shown: str, there: str) -> None:
    """Refuse an answer to something else than was frozen."""
    if shown and shown != there:
        raise RefusedError(
            N_("this answer is about something else than what is asked"),
            why=N_("what was shown is not what was frozen; it may come from another round"),
            fix=N_("look at the item as it is now, and decide anew"),
        )


def check_seen(last: ReviewDecision | None, seen: int | None) -> None:
    """Refuse whoever looked before the last answer; it says who was first, and what he decided.

    Who looked before ibpmon itself wrote down that something is gone, or is back, was still the first to decide.
    """
    if seen is None or seen == (last.seq if last else 0) or (last is not None and last.actor == SYSTEM):
        return
    raise RefusedError(
        N_("somebody else was first"),
        why=N_("{who} decided: {answer}") if last else N_("there is no such answer"),
        fix=N_("look at the item again, and decide anew"),
        who=last.actor if last else "",
        answer=_(VERB_WORDS[last.verb]) if last else "",
    )


def checked_answer(item: ReviewItem, given: Answer, now: datetime) -> dict[str, Any]:
    """The answer as a row; RefusedError when it is not whole."""
    row: dict[str, Any] = {
        "item_no": item.item_no, "verb": given.verb, "reason": given.reason.strip(),
        "channel": given.channel, "facts_hash": item.leaf_hash, "shown_at": given.shown_at,
    }  # fmt: skip
    if given.verb == "keep":
        return row | kept(item, given, now)
    if given.verb == "lower":
        return row | {"target_right": lowered(item, given)}
    if given.verb == "question":
        needed(given.reason, N_("what is asked?"))
        needed(given.to, N_("who is asked?"))
    if given.verb == "not_mine":
        needed(given.reason, N_("why is it not yours, or whose is it?"))
    return row


def kept(item: ReviewItem, given: Answer, now: datetime) -> dict[str, Any]:
    """Keeping: what fits the matrix as it is, all else with a reason and an end."""
    if item.outcome == "CONFORM" and given.until is None:
        return {}
    if given.reason_code not in REASONS:
        raise RefusedError(
            N_("item {item} does not fit the matrix, and stays only for a reason"),
            fix=N_("give one of these: {known}"),
            item=item.item_no,
            known=", ".join(REASONS),
        )
    if given.reason_code == "other":
        needed(given.reason, N_("for what other reason does it stay?"))
    if not is_within_a_year(given.until, now):
        raise RefusedError(
            N_("item {item} does not fit the matrix, and stays only until a day"),
            fix=N_("give a day from tomorrow to {last}"),
            item=item.item_no,
            last=f"{a_year_on(now):%d-%m-%Y}",
        )
    return {"verb": "keep_until", "reason_code": given.reason_code, "until": given.until}


def lowered(item: ReviewItem, given: Answer) -> str:
    """The right that may remain: a lower one."""
    ranks: Sequence[str] = RIGHTS
    right = ranks.index(item.right) if item.right in ranks else 0
    if given.target not in ranks or ranks.index(given.target) >= right:
        raise RefusedError(
            N_("item {item} cannot be lowered to '{right}'"),
            why=N_("that is not less than '{now}'"),
            fix=N_("take it away, or give one of: {known}"),
            item=item.item_no,
            right=given.target,
            now=item.right,
            known=", ".join(ranks[:right]) or "-",
        )
    return given.target


# ---------------------------------------------------------------- looking


def group_of(there: Standing, key: str) -> Group:
    """What is confirmed under this key; RefusedError when there is no such rule."""
    group = next((one for one in there.groups if one.key == key), None)
    if group is None:
        raise RefusedError(
            N_("review {number} has no rule '{rule}'"),
            fix=N_("'ibpmon review items {number} --rules' lists them"),
            number=there.review.review_id,
            rule=key,
        )
    return group


def item_of(session: Session, store: Store, review_id: int, number: int) -> ReviewItem:
    """One item; RefusedError when there is none."""
    found = session.get(ReviewItem, (store.tenant, review_id, number))
    if found is None:
        raise RefusedError(
            N_("review {number} has no item {item}"),
            fix=N_("'ibpmon review items {number}' lists them"),
            number=review_id,
            item=number,
        )
    return found


def members(session: Session, store: Store, review_id: int, group: Group) -> Sequence[ReviewItem]:
    """The items of a group, in order."""
    mine = (col(ReviewItem.tenant_id) == store.tenant, col(ReviewItem.review_id) == review_id)
    same = (col(ReviewItem.rule) == group.rule, col(ReviewItem.reviewer) == group.reviewer)
    whole = (col(ReviewItem.alone).is_(False), col(ReviewItem.outcome) != "MISSING")
    return session.scalars(select(ReviewItem).where(*mine, *same, *whole).order_by(col(ReviewItem.item_no))).all()


def facts_of(session: Session, store: Store, review_id: int, group: Group) -> str:
    """The hash of all that a rule is confirmed for."""
    return root([one.leaf_hash for one in members(session, store, review_id, group)])


def questions(session: Session, store: Store, review_id: int, number: int) -> list[ReviewQuestion]:
    """What was asked about an item."""
    mine = (col(ReviewQuestion.tenant_id) == store.tenant, col(ReviewQuestion.review_id) == review_id)
    asked = (col(ReviewQuestion.item_no) == number, col(ReviewQuestion.answers).is_(None))
    return list(session.scalars(select(ReviewQuestion).where(*mine, *asked).order_by(col(ReviewQuestion.seq))))


def named(there: Standing, name: str) -> str:
    """Who somebody is, as the review knows him."""
    known = next((one for one in (there.owner, there.deputy) if one.is_called(name)), None)
    return known.key if known else folded(name)


STATE_WORDS: Mapping[str, str] = {
    "OPEN": N_("open"), "TO_SIGN": N_("to be signed"), "OVERDUE": N_("too late"), "SIGNED": N_("signed"),
    "CANCELLED": N_("cancelled"), "SUPERSEDED": N_("replaced"),
}  # fmt: skip
