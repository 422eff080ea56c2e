"""A review as a workbook that goes out and comes back: its rows, how they are known again, and the words.

Each row carries what it is about, the hash of what was frozen, the last answer that was known, and a seal over all of
that with the text that is shown. The seal is made with the key of the board: whoever changes a sentence on the way
cannot make the seal that belongs to it.
"""

import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlmodel import Session, col, select

from ibpmon.collect.matching import folded
from ibpmon.config import Config
from ibpmon.errors import RefusedError
from ibpmon.language import LANGUAGES, N_, _, catalogue, ngettext
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.review.asking import OUTCOME_WORDS, RISK_WORDS, RUNNING
from ibpmon.review.asking import REASONS as RISKS
from ibpmon.review.decisions import REASONS, check_open, check_turn, members
from ibpmon.review.items import LEVELS, level_word
from ibpmon.review.merkle import canonical, root
from ibpmon.review.nouns import RIGHTS
from ibpmon.review.standing import Group, Standing, is_lapsed, rule_number, standing, whose
from ibpmon.review.writing import tell
from ibpmon.store.database import Store
from ibpmon.store.review_tables import ReviewDecision, ReviewItem, ReviewMatrix, ReviewRound
from ibpmon.tell.words import shown, until_word

Kind = Literal["item", "rule"]

FORM = "1"  # how such a workbook is made; another number is another kind
KEPT = "ibpmon"  # the sheet, and the heading of the column, that nobody sees
# What is shown of each row, and what may be filled in; the headings are also how the columns are found again.
FACTS: Mapping[str, str] = {
    "number": N_("No."), "sentence": N_("What is there"), "place": N_("Place"), "right": N_("Right to"),
    "outcome": N_("By the matrix"), "risk": N_("Weight, and why"),
}  # fmt: skip
ANSWERS: Mapping[str, str] = {
    "verb": N_("Decision"), "code": N_("Reason"), "until": N_("Until"), "target": N_("Lower to"),
    "remark": N_("Remark"),
}  # fmt: skip
CHOICES: Mapping[str, str] = {
    "keep": N_("It is right"), "revoke": N_("Take it away"), "lower": N_("Lower it"),
    "question": N_("I do not know"), "not_mine": N_("Not mine"),
}  # fmt: skip
KEEP, LOWER = CHOICES["keep"], CHOICES["lower"]
FITS = OUTCOME_WORDS["CONFORM"]
KEY = re.compile(r"(item|rule) (\d{1,18}) ([0-9a-f]{64}) ([0-9a-f]{64}) (\S.*)")
MOST_RISKS = 3
LONGEST = 8_000  # signs of a text that is shown; Excel holds four times as many
MOST_SIGNS = 30_000


@dataclass(frozen=True, slots=True)
class Binder:
    """Who makes workbooks and takes them back: the board, its key and its clock."""

    store: Store
    key: bytes = field(repr=False)
    board: str  # the id of its tenant
    name: str
    zone: ZoneInfo
    now: datetime

    @classmethod
    def of(cls, config: Config, store: Store, now: datetime) -> Self:
        """The binder of one board, now."""
        key = load_or_make(config.store.pseudonym_key).key
        return cls(store, key, config.tenant.id, config.board.name, config.time_zone, now)

    def seal(self, said: Sequence[Any]) -> str:
        """What only this board can make of these values; never a pseudonym: that is made of an id alone."""
        return hmac.new(self.key, f"ibpmon workbook {canonical(said)}".encode("ascii"), "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """Of what a workbook is one; it stands in the sheet that nobody sees."""

    form: str
    board: str
    board_name: str
    round: str  # its number
    round_name: str
    process: str
    review: str
    revision: str
    root: str
    decider: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the cells for the answer, as words; `until` as a moment."""

    verb: str = ""
    code: str = ""
    until: datetime | None = None
    target: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One question: an item, or a rule that is confirmed as a whole."""

    kind: Kind
    key: str
    hash: str
    seen: int
    facts: tuple[str, ...]  # as FACTS names them
    choices: tuple[str, ...]
    targets: tuple[str, ...] = ()  # the words for less
    answered: Filled = Filled()
    fits: bool = True

    @property
    def name(self) -> str:
        """How a row is told from the others."""
        return f"{self.kind} {self.key}"


@dataclass(frozen=True, slots=True)
class Form:
    """A whole workbook: who it is for, what is decided one by one, and the rules, each with its sample below it."""

    head: Head
    there: Standing
    items: Sequence[Row]
    rules: Sequence[Row]


def form(session: Session, binder: Binder, review_id: int, name: str = "") -> Form:
    """The questions of one review for one person, the owner unless somebody else is named; RefusedError when over."""
    there = standing(session, binder.store, review_id)
    check_open(there, binder.now)
    decider = next((one for one in sorted(there.deciders) if there.seat(one).is_called(name)), there.decider(""))
    check_turn(there, decider, name or decider)
    groups = [one for one in there.groups if there.decider(one.reviewer) == decider]
    rules = [row for one in groups for row in rule_rows(session, binder, there, one)]
    asked = asked_of(session, binder.store, there, decider)
    items = [item_row(there, one, binder.zone) for one in asked]
    if not items and not rules:
        raise RefusedError(
            N_("{name} has nothing to decide in review {number}"),
            fix=N_("say with --for whose workbook it is; 'ibpmon review items {number}' shows what is asked"),
            name=there.seat(decider).name,
            number=review_id,
        )
    there_already = {one.name for one in items}
    rules = [one for one in rules if one.name not in there_already]
    return Form(head_of(session, binder, there, decider), there, items, rules)


def went_out(session: Session, binder: Binder, made: Form, mark: str, by: str) -> None:
    """Write down who took the names in a workbook out, for whom, and the hash of the file."""
    tell(
        session,
        binder.store,
        made.there.review.review_id,
        "workbook",
        {"by": by, "for": made.head.decider, "hash": mark},
        binder.now,
    )


def asked_of(session: Session, store: Store, there: Standing, decider: str) -> list[ReviewItem]:
    """What one person decides about one by one, also what was answered apart from its rule; the riskiest first."""
    mine = (col(ReviewItem.tenant_id) == store.tenant, col(ReviewItem.review_id) == there.review.review_id)
    answered = [number for number, last in there.answers.items() if not is_lapsed(last)]
    asked = or_(col(ReviewItem.alone), col(ReviewItem.item_no).in_(answered))
    chosen = select(ReviewItem).where(*mine, asked, col(ReviewItem.outcome) != "MISSING")
    found = session.exec(chosen.order_by(col(ReviewItem.item_no)))
    return [one for one in found if there.decider(one.reviewer, one.item_no) == decider]


def head_of(session: Session, binder: Binder, there: Standing, decider: str) -> Head:
    """Of what the workbook is one."""
    review = there.review
    asked = session.get_one(ReviewRound, (binder.store.tenant, review.round_id))
    return Head(
        form=FORM, board=binder.board, board_name=shown(binder.name), round=str(review.round_id),
        round_name=shown(asked.name), process=shown(review.process), review=str(review.review_id),
        revision=str(review.revision), root=review.root, decider=decider, made_at=binder.now.isoformat(),
    )  # fmt: skip


# ---------------------------------------------------------------- rows


def item_row(there: Standing, item: ReviewItem, zone: ZoneInfo, mark: str = "") -> Row:
    """One item as a row; `mark` says of what it is a sample."""
    last, decider = there.answers.get(item.item_no), there.decider(item.reviewer, item.item_no)
    place = json.loads(item.resource or "{}").get("name", "")
    targets = {code: _(word) for code, word in less(item).items()}
    choices = tuple(one for one in CHOICES if one != "lower" or targets)
    facts = {
        "number": str(item.item_no),
        "sentence": (item.sentence or _("(erased)")) + draft_of(there, last, decider, targets, zone),
        "place": shown(place), "right": _(level_word(kind_of(item), item.right)),
        "outcome": _(OUTCOME_WORDS[item.outcome]), "risk": mark or risk_words(item),
    }  # fmt: skip
    return Row(
        "item", str(item.item_no), item.leaf_hash, last.seq if last else 0, tuple(map(plain, facts.values())),
        choices, tuple(targets.values()), answered(last, decider, targets, zone), item.outcome == "CONFORM",
    )  # fmt: skip


def rule_rows(session: Session, binder: Binder, there: Standing, group: Group) -> Iterator[Row]:
    """A rule as a row, and below it the items of its sample: nobody can choose which."""
    some = members(session, binder.store, there.review.review_id, group)
    last, decider = there.confirmed.get(group.key), there.decider(group.reviewer)
    sentence = rule_sentence(session, binder.store, there, group) + draft_of(there, last, decider, {}, binder.zone)
    said = {
        "number": shown(group.key), "sentence": sentence, "place": "", "right": "", "outcome": _(FITS), "risk": "",
    }  # fmt: skip
    yield Row(
        "rule", group.key, root([one.leaf_hash for one in some]), last.seq if last else 0,
        tuple(map(plain, said.values())), ("keep",), answered=answered(last, decider, {}, binder.zone),
    )  # fmt: skip
    mark = _("sample of {rule}").format(rule=shown(group.key))
    yield from (item_row(there, one, binder.zone, mark) for one in some if one.sample)


def rule_sentence(session: Session, store: Store, there: Standing, group: Group) -> str:
    """What is confirmed, in words: what the rule gives to whom, and how many that are."""
    counted = ngettext("{n} right, of which {new} new.", "{n} rights, of which {new} new.", group.count)
    counted = counted.format(n=group.count, new=group.fresh)
    number = rule_number(group.key)
    if group.rule == RUNNING:
        return _("What was allowed until a day that has not come yet: {counted}").format(counted=counted)
    if not number:
        return _("What fits the matrix by itself: {counted}").format(counted=counted)
    matrix = session.get_one(ReviewMatrix, (store.tenant, there.review.matrix_hash))
    rule = json.loads(matrix.content)["rules"][number - 1]
    text = _("The role {role} may have this right ({right}) in: {places}. {counted}")
    if rule["same_school"]:
        text = _("The role {role} may have this right ({right}), only at the own school, in: {places}. {counted}")
    places, right = ", ".join(map(shown, rule["resources"])), LEVELS[rule["right"]]
    return text.format(role=shown(rule["role"]), right=_(right), places=places, counted=counted)


def risk_words(item: ReviewItem) -> str:
    """How much it weighs, and the most serious reasons."""
    reasons = [_(RISKS[one]) for one in json.loads(item.risks)[:MOST_RISKS]]
    return ": ".join(part for part in (_(RISK_WORDS[item.risk]), ", ".join(reasons)) if part)


def kind_of(item: ReviewItem) -> str:
    """What kind of place an item is about."""
    return str(json.loads(item.resource or "{}").get("kind", ""))


def less(item: ReviewItem) -> dict[str, str]:
    """The rights below that of an item with their msgids; of a group and a role there is only one."""
    kind, ranks = kind_of(item), list[str](RIGHTS)
    below = ranks[: ranks.index(item.right)] if item.right in ranks else []
    return {one: level_word(kind, one) for one in below if one == "read" or kind not in ("group", "role")}


def answered(last: ReviewDecision | None, decider: str, targets: Mapping[str, str], zone: ZoneInfo) -> Filled:
    """The last answer as it stands in the cells; one that lapsed or was opened again leaves them empty.

    So does one of somebody else: whoever took over and sent it back untouched would decide what he never looked at.
    """
    verb = choice_of(last)
    if last is None or not verb or whose(last) != decider:
        return Filled()
    code, target = REASONS.get(last.reason_code, ""), targets.get(last.target_right, "")
    return Filled(_(CHOICES[verb]), _(code) if code else "", day_of(last.until, zone), target, remark(last.reason))


def draft_of(
    there: Standing, last: ReviewDecision | None, decider: str, targets: Mapping[str, str], zone: ZoneInfo
) -> str:
    """What somebody else answered before, to read behind the question; nothing when nobody else did."""
    verb = choice_of(last)
    if last is None or not verb or whose(last) == decider:
        return ""
    code = REASONS.get(last.reason_code, "")
    until = until_word(last.until, zone) if last.until else ""
    said = (_(CHOICES[verb]), _(code) if code else "", until, targets.get(last.target_right, ""), remark(last.reason))
    told = _("Draft of {who}: {answer}.").format(
        who=shown(there.seat(whose(last)).name), answer=", ".join(part for part in said if part)
    )
    return f" [{told}]"


def choice_of(last: ReviewDecision | None) -> str:
    """Which of the choices an answer is; empty when it is none any more."""
    verb = {"keep_until": "keep", "confirm": "keep"}.get(last.verb, last.verb) if last else ""
    return verb if verb in CHOICES else ""


def day_of(until: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The last day that counts, as a date without a time; a moment within a day stays a moment."""
    if until is None:
        return None
    local = until.astimezone(zone).replace(tzinfo=None)
    return local if local.time() != datetime.min.time() else local - timedelta(days=1)


# ---------------------------------------------------------------- by what it is known again


def plain(text: str) -> str:
    """A text as any spreadsheet program gives it back: programs differ in the space around and between words."""
    found = " ".join(text.split())
    return found if len(found) <= LONGEST else f"{found[:LONGEST]}…"


def remark(text: str | None) -> str:
    """A remark as a cell can hold it: what cannot be seen becomes visible."""
    return shown(text or "", MOST_SIGNS, links=True)


def key_cell(binder: Binder, head: Head, row: Row) -> str:
    """What stands in the column that nobody sees."""
    seal = row_seal(binder, head, row.name, row.seen, row.hash, row.facts)
    return f"{row.kind} {row.seen} {row.hash} {seal} {row.key}"


def row_seal(binder: Binder, head: Head, name: str, seen: int, mark: str, facts: Sequence[str]) -> str:
    """The seal of one row: of this workbook and no other, with the text that is shown."""
    return binder.seal(["row", asdict(head), name, seen, mark, list(facts)])


def head_seal(binder: Binder, head: Head, names: Sequence[str]) -> str:
    """The seal of the whole: of what it is one, and which rows it has."""
    return binder.seal(["head", asdict(head), list(names)])


def codes(words: Mapping[str, str]) -> dict[str, str]:
    """What each word stands for, in every language that a workbook can be in."""
    return {folded(catalogue(one).gettext(word)): code for code, word in words.items() for one in LANGUAGES}
