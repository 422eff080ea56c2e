"""The answers in a workbook that came back, as decisions: all of them, or with any fault none.

An empty row decides nothing. What was answered already in the same way is left alone, so the same file can be read
twice; what somebody else answered otherwise in the meantime is never overwritten.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ibpmon.collect.board_files.values import Unusable
from ibpmon.collect.matching import folded
from ibpmon.errors import RefusedError
from ibpmon.language import N_, _, moment
from ibpmon.review.decisions import (
    REASONS,
    VERB_WORDS,
    Answer,
    check_open,
    check_turn,
    check_words,
    group_of,
    item_of,
    members,
    put,
    put_rule,
    ready,
    ready_rule,
)
from ibpmon.review.standing import SYSTEM, Group, Standing, standing, whose
from ibpmon.review.workbook import (
    ANSWERS,
    CHOICES,
    KEEP,
    LOWER,
    Binder,
    Head,
    choice_of,
    codes,
    head_of,
    head_seal,
    less,
    remark,
    row_seal,
)
from ibpmon.review.workbook_reading import Line, Returned, called, moment_in, word_in
from ibpmon.store.review_tables import ReviewDecision, ReviewItem
from ibpmon.tell.words import at_most

MOST_TOLD = 50  # faults in one message
HELPER = "ICT"  # who looks into what an owner does not know: the workbook says so


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row is about: an item, or a rule with all that it is confirmed for."""

    last: ReviewDecision | None
    decider: str
    item: ReviewItem | None = None
    group: Group | None = None
    members: Sequence[ReviewItem] = ()

    @property
    def fits(self) -> bool:
        """Whether it fits the matrix, and may stay without more."""
        return self.item is None or self.item.outcome == "CONFORM"


@dataclass(frozen=True, slots=True)
class Step:
    """One row that becomes a decision."""

    line: Line
    subject: Subject
    given: Answer
    row: Mapping[str, Any]  # the decision as it is kept

    @property
    def verb(self) -> str:
        """What is decided, in words."""
        word = VERB_WORDS[self.row["verb"]]
        return _(word)


@dataclass(slots=True)
class Reading:
    """What a workbook asks of a review."""

    returned: Returned
    there: Standing
    steps: list[Step] = field(default_factory=list)
    same: list[Line] = field(default_factory=list)  # answered so already
    empty: list[Line] = field(default_factory=list)  # no answer, and none before
    emptied: list[Line] = field(default_factory=list)  # an answer that was there and is not in the file any more
    faults: list[str] = field(default_factory=list)


def read(
    session: Session, binder: Binder, review_id: int, found: Returned, by: str, for_whom: str = "", *,
    names: frozenset[str] = frozenset(), lock: bool = False,
) -> Reading:  # fmt: skip
    """What would be decided; RefusedError with everything that is wrong, row by row.

    1. it is a workbook of this board, this review and this revision, for who answers
    2. each row is there once, and says what it said
    3. each answer is clear, and allowed
    """
    there = standing(session, binder.store, review_id, lock=lock)
    check_open(there, binder.now)
    check_head(session, binder, there, found)
    check_reader(there, found.head, by, for_whom)
    wrong = list(faults_of_rows(binder, found))
    reading = Reading(found, there, faults=[*found.faults, *(text for _name, text in wrong)])
    shown_at = datetime.fromisoformat(found.head.made_at)
    given = Answer("keep", by, for_whom=for_whom, names=names, channel="workbook", shown_at=shown_at)
    check_words(given)
    not_sure = {name for name, _text in wrong}
    for line in found.lines:
        if line.name not in not_sure:
            take_line(session, binder, reading, line, given)
    if reading.faults:
        raise refused(found.path, reading.faults)
    return reading


def keep(session: Session, binder: Binder, reading: Reading) -> int:
    """Write all decisions down, in the transaction in which they were read; gives how many."""
    for step in reading.steps:
        about, given = step.subject, step.given
        if about.item is not None:
            put(session, binder.store, reading.there, [about.item], [step.row], given, binder.now)
        elif about.group is not None:
            put_rule(session, binder.store, reading.there, about.group, step.row, given, binder.now)
    return len(reading.steps)


# ---------------------------------------------------------------- of what it is one


def check_head(session: Session, binder: Binder, there: Standing, found: Returned) -> None:
    """Refuse a workbook of something else, and say of what."""
    head, wanted = found.head, head_of(session, binder, there, found.head.decider)
    wrong = next((one for one in OTHERS if getattr(head, one) != getattr(wanted, one)), "")
    if wrong == "review" and (head.process, head.round) == (wanted.process, wanted.round):
        wrong = "revision"
    if not wrong and found.seal != head_seal(binder, head, found.names):
        wrong = "seal"
    if wrong:
        values = {one.name: getattr(head, one.name) for one in fields(Head)}
        raise RefusedError(
            N_("this is not a workbook of review {number}"), why=OTHERS_WORDS[wrong],
            fix=N_("write a new one with 'ibpmon review workbook write {number}'"), number=there.review.review_id,
            here=binder.name, asked=wanted.round_name, now=wanted.revision, **values,
        )  # fmt: skip


OTHERS = ("form", "board", "round", "review", "revision", "root")  # what is compared first
OTHERS_WORDS: Mapping[str, str] = {
    "form": N_("it was made by another version of ibpmon"),
    "board": N_("it is of another board: {board_name}, and this is {here}"),
    "round": N_("it is of another round: {round_name}, and this is {asked}"),
    "review": N_("it is of another review: number {review}, of {process}"),
    "revision": N_("it is of another revision: number {revision}, and this is {now}"),
    "root": N_("its questions are not the ones that were frozen here; it may come from another database"),
    "seal": N_("what ibpmon keeps in it of what it is one was changed, or was made with another key"),
}


def check_reader(there: Standing, head: Head, by: str, for_whom: str) -> None:
    """Refuse whoever reads in the answers of somebody else as his own."""
    name = for_whom or by
    if not there.seat(head.decider).is_called(name):
        raise RefusedError(
            N_("this workbook is for {who}"),
            why=N_("{name} cannot answer in it"),
            fix=N_("give --by {who} when these are your own answers, --for {who} when you read them in for somebody"),
            who=there.seat(head.decider).name,
            name=name,
        )
    check_turn(there, head.decider, name)


# ---------------------------------------------------------------- rows


def faults_of_rows(binder: Binder, found: Returned) -> Iterator[tuple[str, str]]:
    """Rows that were changed, are unknown, stand there twice, or are gone: the name of each, with what is wrong."""
    known, times = set(found.names), Counter(line.name for line in found.lines)
    for line in found.lines:
        if line.name not in known:
            yield line.name, f"{line.where}: " + _("this row was not in the workbook that went out")
        elif times[line.name] > 1:
            yield line.name, f"{line.where}: " + _("this row stands there more than once")
        elif line.seal != row_seal(binder, found.head, line.name, line.seen, line.hash, line.facts):
            yield line.name, f"{line.where}: " + _("what it shows was changed, so it is not sure what was answered")
    for name in found.names:
        if name not in times:
            kind, _space, key = name.partition(" ")
            text = _("{what}: the row is gone; leave a row empty to decide nothing about it")
            yield name, text.format(what=called(kind, key))


def take_line(session: Session, binder: Binder, reading: Reading, line: Line, given: Answer) -> None:
    """One row: nothing, the same as before, a decision, or faults."""
    try:
        subject = subject_of(session, binder, reading.there, line)
        answer = answer_in(reading, binder, line, subject, given)
        if answer is not None:
            check_words(answer)
            take_answer(reading, binder, line, subject, answer)
    except Unusable as fault:
        reading.faults.append(f"{line.where}: {_(str(fault))}")
    except RefusedError as fault:
        what, why, fix = fault.told(_)
        reading.faults.append(f"{line.where}: " + "; ".join(part for part in (what, why or fix) if part))


def subject_of(session: Session, binder: Binder, there: Standing, line: Line) -> Subject:
    """What a row is about."""
    number = there.review.review_id
    if line.kind == "item":
        item = item_of(session, binder.store, number, int(line.key))
        decider = there.decider(item.reviewer, item.item_no)
        return Subject(there.answers.get(item.item_no), decider, item=item)
    group = group_of(there, line.key)
    some = members(session, binder.store, number, group)
    return Subject(there.confirmed.get(group.key), there.decider(group.reviewer), group=group, members=some)


def take_answer(reading: Reading, binder: Binder, line: Line, subject: Subject, answer: Answer) -> None:
    """An answer: one that was given already, or a decision when nobody was first and everything allows it."""
    if is_same(subject, answer):
        reading.same.append(line)
        return
    refuse_stale(reading.there, subject.last, line, binder)
    if subject.item is not None:
        number = subject.item.item_no
        answer = replace(answer, facts={number: line.hash}, seen={number: line.seen})
        row = ready(reading.there, subject.item, answer, binder.now)
    elif subject.group is not None:
        answer = replace(answer, seen={0: line.seen})
        row = ready_rule(reading.there, subject.group, subject.members, answer, binder.now, line.hash)
    reading.steps.append(Step(line, subject, answer, row))


def is_same(subject: Subject, answer: Answer) -> bool:
    """Whether this person answered so already; the day may have come since then."""
    last = subject.last
    if last is None or whose(last) != subject.decider:
        return False
    before = (choice_of(last), last.reason_code, last.until, last.target_right, remark(last.reason))
    return before == (answer.verb, answer.reason_code, answer.until, answer.target, remark(answer.reason))


def refuse_stale(there: Standing, last: ReviewDecision | None, line: Line, binder: Binder) -> None:
    """Refuse an answer to what got another one after the workbook went out; it says who was first, when, and what.

    That something is gone, or is back, is no answer of anybody.
    """
    if last is None or last.seq == line.seen or last.actor == SYSTEM:
        return
    who = there.seat(last.actor).name + (f" ({there.seat(last.on_behalf_of).name})" if last.on_behalf_of else "")
    raise RefusedError(
        N_("{who} was first, on {at}: {answer}"),
        why=N_("empty the row to let that stand, or write a new workbook and decide anew"),
        who=who,
        at=moment(last.decided_at, binder.zone),
        answer=_(VERB_WORDS[last.verb]) if last.verb in VERB_WORDS else last.verb,
    )


# ---------------------------------------------------------------- one answer


def answer_in(reading: Reading, binder: Binder, line: Line, subject: Subject, given: Answer) -> Answer | None:
    """What was answered in a row; None when nothing was, or when it has faults, which are then noted."""
    words, until, faults = cells_in(line, binder.zone, subject, since_1904=reading.returned.since_1904)
    if not faults and not any(words.values()) and until is None:
        take_empty(reading, line, subject)
        return None
    faults = faults or [*misfits(words, until, subject)]
    reading.faults += [f"{line.where}: {fault}" for fault in faults]
    if faults:
        return None
    verb: Any = words["verb"]
    to = HELPER if verb == "question" else ""
    more: dict[str, Any] = {"reason_code": words["code"], "target": words["target"], "reason": words["remark"]}
    return replace(given, verb=verb, to=to, until=until, **more)


def take_empty(reading: Reading, line: Line, subject: Subject) -> None:
    """A row without an answer; nobody has to answer about what is only a sample."""
    last = subject.last
    if last is not None and last.seq == line.seen and choice_of(last) and whose(last) == subject.decider:
        reading.emptied.append(line)
    elif last is not None or subject.item is None or subject.item.alone:
        reading.empty.append(line)


def cells_in(
    line: Line, zone: ZoneInfo, subject: Subject, *, since_1904: bool
) -> tuple[dict[str, str], datetime | None, list[str]]:
    """The codes and the text in the cells of an answer, the day, and what cannot be read."""
    below = less(subject.item) if subject.item else {}
    known = {**answer_codes(), "target": codes(below)}
    words, until, faults = dict[str, str](), None, list[str]()
    for name, heading in ANSWERS.items():
        try:
            if name == "until":
                until = moment_in(line.cells[name], zone, since_1904=since_1904)
            else:
                text = word_in(line.cells[name])
                words[name] = chosen(text, known[name]) if name in known else text
        except Unusable as fault:
            faults.append(f"{_(heading)}: {_(str(fault))}")
    return words, until, faults


@cache
def answer_codes() -> Mapping[str, Mapping[str, str]]:
    """What the words of the lists that every row has stand for."""
    return {"verb": codes(CHOICES), "code": codes(REASONS)}


def chosen(text: str, known: Mapping[str, str]) -> str:
    """What a word stands for; nothing is guessed."""
    if text and folded(text) not in known:
        raise Unusable(N_("not one of the words of the list"))
    return known[folded(text)] if text else ""


def misfits(words: Mapping[str, str], until: datetime | None, subject: Subject) -> Iterator[str]:
    """What was filled in and does not go together, or lacks."""
    verb, stays = words["verb"], bool(words["code"] or until)
    if not verb:
        yield _("something was filled in without a decision: choose one, or empty the whole row")
    elif subject.group is not None and (verb != "keep" or stays or words["target"]):
        yield _("a rule can only be confirmed; decide about one right in the row of the sample, or leave it empty")
    elif verb != "keep" and stays:
        yield _("a reason and a day go with '{word}' only").format(word=_(KEEP))
    elif verb == "keep" and (stays or not subject.fits):
        yield from (_(text) for text, there in ((NO_REASON, words["code"]), (NO_DAY, until)) if not there)
    if verb == "lower" and not words["target"]:
        yield _("choose what may remain")
    elif verb and verb != "lower" and words["target"] and subject.group is None:
        yield _("what may remain goes with '{word}' only").format(word=_(LOWER))


NO_REASON = N_("choose the reason why it may stay for now")
NO_DAY = N_("give the last day on which it may stay")


def refused(path: Path, faults: Sequence[str]) -> RefusedError:
    """Everything that is wrong with a workbook, at once."""
    return RefusedError(
        N_("nothing was decided: {count} thing(s) in {path} are not clear"),
        why="{problems}",
        fix=N_("put these right in the workbook and read it again; an empty row decides nothing"),
        count=len(faults),
        path=path,
        problems="\n".join(at_most(faults, MOST_TOLD)),
    )
