"""What an owner is asked in a round: each access with its risk, and what changed since the last time it was signed.

What does not fit the matrix is asked one by one; what fits is confirmed per rule of the matrix, so that the questions
are mostly real ones. Nothing is written here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from ibpmon.language import N_, _
from ibpmon.review.bureau import Bureau, Seat, deputy_of, first, owner_of
from ibpmon.review.expected import Expected
from ibpmon.review.items import RISKS, Item, Review, urgency
from ibpmon.review.matrix import Judgement, Matrix, Process, Rule, enough
from ibpmon.review.merkle import canonical, leaf
from ibpmon.review.nouns import Access, Landscape, Principal
from ibpmon.tell.words import nth, shown, until_word

Risk = Literal["high", "medium", "low"]
Delta = Literal["NEW", "CHANGED", "SAME", "RETURNED"]

LEVELS: tuple[Risk, ...] = ("high", "medium", "low")
# What only a review can know, the most serious first.
SINCE: Mapping[str, str] = {
    "returned": N_("came back after it was taken away"),
    "still_there": N_("should have been taken away"),
    "expired": N_("was allowed until a day that is over"),
    "unexplained": N_("not known who this is"),
    "sensitive": N_("very sensitive place"),
}
HIGH = {*SINCE, "pupil_in_staff_zone", "anonymous", "left", "everyone", "guest"}
MEDIUM = {"other_school", "pupil", "too_high", "disabled"}
REASONS: Mapping[str, str] = {**SINCE, **RISKS}
RISK_WORDS: Mapping[str, str] = {"high": N_("high"), "medium": N_("middle"), "low": N_("low")}
OUTCOME_WORDS: Mapping[str, str] = {
    "CONFORM": N_("fits"), "DEVIATION": N_("does not fit"), "MISSING": N_("is lacking"), "UNKNOWN": N_("unknown"),
    "NO_RULE": N_("not in the matrix"),
}  # fmt: skip
DELTA_WORDS: Mapping[str, str] = {
    "NEW": N_("new"), "CHANGED": N_("changed"), "SAME": N_("unchanged"), "RETURNED": N_("came back"),
}  # fmt: skip
MISSING = "missing"
RUNNING = "running"  # the rule of what was allowed until a day that has not come
NOT_READ = ("site", "library", "group", "site_group", "owners", "application")


@dataclass(frozen=True, slots=True)
class Before:
    """What was signed about the same access the last time."""

    review_id: int
    item_no: int
    right: str
    outcome: str
    sensitive: bool
    verb: str = ""
    until: datetime | None = None
    gone: bool = False  # a later run saw that it was gone
    rounds: int = 0  # signed rounds in a row in which it was kept against the matrix


@dataclass(frozen=True, slots=True)
class Asked:
    """One access as it is asked about."""

    item: Item
    outcome: str
    risk: Risk
    risks: tuple[str, ...]
    alone: bool
    rule: str
    delta: Delta
    sentence: str
    sensitive: bool = False
    before: Before | None = None
    reviewer: str = ""

    @property
    def key(self) -> str:
        """What stays the same whatever they are called: who, and what."""
        return key_of(self.item.access)

    @property
    def needs_answer(self) -> bool:
        """Whether it is decided on at all: what somebody lacks is a matter of service."""
        return self.outcome != "MISSING"


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that one owner is asked about."""

    process: Process
    owner: Seat
    deputy: Seat
    found: Review
    asked: tuple[Asked, ...]  # the riskiest first
    excluded: Mapping[str, int] = field(default_factory=dict)

    def count(self, **wanted: Any) -> int:
        """How many items are like this."""
        return sum(all(getattr(one, name) == value for name, value in wanted.items()) for one in self.asked)

    @property
    def alone(self) -> int:
        """How many are decided on one by one."""
        return self.count(alone=True)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are confirmed as a whole, in order."""
        return tuple(sorted({one.rule for one in self.asked if not one.alone and one.needs_answer}))


def key_of(access: Access) -> str:
    """Who and what, by ids that never change."""
    who, what = access.principal, access.resource
    return canonical([who.kind, who.id, what.kind, what.id])


# ---------------------------------------------------------------- making the questions


def question(
    bureau: Bureau, landscape: Landscape, found: Review, before: Mapping[str, Before], sensitive: Collection[str]
) -> Question:
    """The items of one process as questions, the riskiest first."""
    asked = [ask(bureau, found, item, before, sensitive) for item in found.items]
    asked += [lack(bureau, one) for one in missing(landscape, found, bureau.now)]
    asked.sort(key=order)
    return Question(found.process, owner_of(found.process), deputy_of(found.process), found, tuple(asked))


def order(asked: Asked) -> tuple[Any, ...]:
    """Risk, then what is new since the last time, then who; last what nobody has to decide on one by one."""
    unchanged = asked.delta == "SAME"
    return not asked.alone, not asked.needs_answer, LEVELS.index(asked.risk), unchanged, urgency(asked.item), asked.key


def ask(bureau: Bureau, found: Review, item: Item, before: Mapping[str, Before], sensitive: Collection[str]) -> Asked:
    """One access as a question."""
    place = item.access.resource
    made = Asked(
        item=item, outcome=item.outcome, risk="low", risks=(), alone=True, rule=rule_of(found.matrix, item),
        delta="NEW", sentence="", sensitive=f"{place.kind}:{place.id}" in sensitive,
        before=before.get(key_of(item.access)), reviewer=reviewer_of(bureau, found.process) if item.own else "",
    )  # fmt: skip
    made = replace(made, delta=delta_of(made))
    made = replace(made, risks=tuple(risks_of(made, bureau.now)))
    made = replace(made, risk=level_of(made))
    if runs(made, bureau.now):
        made = replace(made, rule=RUNNING)
    return replace(made, alone=is_alone(made), sentence=sentence_of(bureau, made))


def delta_of(asked: Asked) -> Delta:
    """What changed since the last signed review."""
    last = asked.before
    if last is None:
        return "NEW"
    if last.gone:
        return "RETURNED"
    same = (last.right, last.outcome, last.sensitive) == (asked.item.access.right or "", asked.outcome, asked.sensitive)
    return "SAME" if same else "CHANGED"


def risks_of(asked: Asked, now: datetime) -> Iterator[str]:
    """The reasons to look first, the most serious first."""
    last, verb = asked.before, asked.before.verb if asked.before else ""
    facts = {
        "returned": asked.delta == "RETURNED",
        "still_there": asked.delta != "RETURNED" and is_undone(asked),
        "expired": verb == "keep_until" and last is not None and last.until is not None and last.until <= now,
        "unexplained": asked.item.judgement.reason in ("not_read", "user"),
        "sensitive": asked.sensitive and asked.outcome != "CONFORM",
    }
    yield from (name for name in SINCE if facts[name])
    yield from asked.item.risks


def is_undone(asked: Asked) -> bool:
    """Whether it was to be taken away or made less, and is as it was."""
    last = asked.before
    if last is None or last.verb not in ("revoke", "lower"):
        return False
    right = asked.item.access.right
    return last.verb == "revoke" or (right is not None and right == last.right)


def level_of(asked: Asked) -> Risk:
    """How much it weighs; what fits the matrix weighs only what changed about it."""
    if asked.outcome == "CONFORM":
        return "high" if set(asked.risks) & set(SINCE) else "low"
    reasons = set(asked.risks)
    return "high" if reasons & HIGH else "medium" if reasons & MEDIUM else "low"


def runs(asked: Asked, now: datetime) -> bool:
    """Whether it was allowed until a day that has not come, and nothing changed about it."""
    last = asked.before
    if last is None or asked.delta != "SAME" or last.verb != "keep_until" or last.until is None:
        return False
    return last.until > now and asked.risk != "high"


def is_alone(asked: Asked) -> bool:
    """Whether it is decided on by itself."""
    if asked.rule == RUNNING:
        return False
    if asked.outcome != "CONFORM":
        return True
    return asked.risk == "high" or (asked.sensitive and asked.delta != "SAME")


def rule_of(matrix: Matrix, item: Item) -> str:
    """Which rule it conforms to; of what conforms to none, what is the same about it: why, and where."""
    place = item.access.resource
    if item.outcome != "CONFORM":
        return f"{item.judgement.reason}/{place.kind}:{place.id}"
    numbers = [number for number, rule in enumerate(matrix.content.rules, 1) if covers(matrix, rule, item)]
    return f"R{numbers[0]}" if numbers else f"R0/{place.kind}:{place.id}"


def covers(matrix: Matrix, rule: Rule, item: Item) -> bool:
    """Whether this rule allows this access."""
    person, place = item.access.principal.person, item.access.resource
    if rule not in matrix.rules_about(place) or not enough(rule.right, item.access.right or "read", place):
        return False
    return person is None or matrix.fit(rule, person, place) is True


def reviewer_of(bureau: Bureau, process: Process) -> str:
    """Who decides about the owner: the deputy, or the bestuur; empty when there is neither."""
    owner = owner_of(process)
    return first((deputy_of(process), bureau.board), (owner.key,)).key


# ---------------------------------------------------------------- what somebody should have and lacks


def missing(landscape: Landscape, found: Review, now: datetime) -> Iterator[Access]:
    """Rights that the matrix gives and nobody found, in places that were read in full; nothing else is "not there"."""
    expected = Expected.of(landscape, found.matrix, now)
    there: dict[tuple[str, str], list[Access]] = {}
    for item in found.items:
        there.setdefault((item.access.resource.kind, item.access.resource.id), []).append(item.access)
    for place in found.resources:
        for key in sorted(expected.lacking(place, there.get((place.kind, place.id), ()))):
            person = landscape.people[key]
            who = Principal("person", key, person.name, person=person)
            yield Access(who, place, found.matrix.allowed(person, place), ())


def lack(bureau: Bureau, access: Access) -> Asked:
    """What somebody lacks, for the list of what may have to be put right; nobody decides on it."""
    item = Item(access, Judgement("CONFORM", MISSING, access.right))
    words = bureau.words
    who, place = words.who(access.principal), shown(access.resource.name)
    sentence = _("By the matrix {who} should have a right in {place} ({right}), and does not.")
    said = sentence.format(who=who, place=place, right=words.right(access))
    return Asked(item, "MISSING", "low", (), alone=False, rule="", delta="NEW", sentence=said)


# ---------------------------------------------------------------- words


DELTAS: Mapping[str, str] = {
    "NEW": N_("New since the last time that this was signed."),
    "CHANGED": N_("Changed since the last time that this was signed."),
    "RETURNED": N_("It was taken away, and has come back."),
}
UNDONE = N_("The last time it was decided that this goes away; it is still there.")
EXPIRED, ALLOWED = N_("It was allowed {until}."), N_("It is allowed {until}.")
RENEWED = N_("It was allowed to stay {until}, extended for the {nth} time.")
STAYS = N_("It may stay {until}, extended for the {nth} time.")


def sentence_of(bureau: Bureau, asked: Asked) -> str:
    """Who may do what, where, because of what, whether that belongs, and since when."""
    parts = [one.text for one in bureau.words.sentences(asked.item)]
    if asked.before is None and asked.outcome == "CONFORM":
        return " ".join(parts)
    parts += [_(DELTAS[asked.delta])] if asked.delta in DELTAS and asked.before else []
    parts += [_(UNDONE)] if "still_there" in asked.risks else []
    if asked.before and asked.before.until and asked.before.verb == "keep_until":
        parts.append(allowed(asked.before.until, asked.before.rounds - 1, bureau))
    return " ".join(parts)


def allowed(until: datetime, renewals: int, bureau: Bureau) -> str:
    """What was agreed: until when it may or might stay, and how often that was extended."""
    words = {"until": until_word(until, bureau.words.zone)}
    is_over = until <= bureau.now
    if renewals > 0:
        return _(RENEWED if is_over else STAYS).format(nth=nth(renewals), **words)
    return _(EXPIRED if is_over else ALLOWED).format(**words)


# ---------------------------------------------------------------- as rows

# What the hash of an item is made of; what is drawn from the root itself (the sample) cannot be in it.
FACTS = (
    "item_no", "item_key", "principal", "resource", "right", "paths", "outcome", "verdict", "rule", "risk", "risks",
    "alone", "delta", "prev_review", "prev_item", "reviewer", "sentence",
)  # fmt: skip


def row_of(bureau: Bureau, asked: Asked, number: int, salt: str) -> dict[str, Any]:
    """An item as it is kept, with its hash."""
    access, judgement = asked.item.access, asked.item.judgement
    verdict = {"reason": judgement.reason, "allowed": judgement.allowed, "role": judgement.role}
    row = {
        "item_no": number, "item_key": asked.key, "principal": canonical(principal(bureau, access.principal)),
        "resource": canonical(asdict(access.resource) | {"sensitive": asked.sensitive}), "right": access.right or "",
        "paths": canonical([asdict(path) for path in access.paths]), "outcome": asked.outcome,
        "verdict": canonical(verdict), "rule": asked.rule, "risk": asked.risk, "risks": canonical(list(asked.risks)),
        "alone": asked.alone, "delta": asked.delta,
        "prev_review": asked.before.review_id if asked.before else None,
        "prev_item": asked.before.item_no if asked.before else None,
        "reviewer": asked.reviewer, "sentence": asked.sentence,
    }  # fmt: skip
    return salted(row, salt)


def salted(row: Mapping[str, Any], salt: str) -> dict[str, Any]:
    """An item under this salt, with the hash that belongs to it."""
    return {**row, "salt": salt, "leaf_hash": leaf_of(row, salt)}


def leaf_of(row: Mapping[str, Any], salt: str) -> str:
    """The hash of an item: over its salt, and over all that it says."""
    return leaf(salt, {name: row[name] for name in FACTS})


def principal(bureau: Bureau, who: Principal) -> dict[str, Any]:
    """Who it is, with what was known; of a pupil the pseudonym only."""
    said = asdict(who)
    if who.person and who.person.population == "pupil":
        name = bureau.words.who(who)
        return said | {"name": name, "person": said["person"] | {"name": name, "upn": "", "key": ""}}
    return said
