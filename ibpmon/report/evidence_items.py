"""The items in the PDF of an evidence pack: the risks first, each with who decided what and what became of it.

Names in the sentence of an item were made harmless when it was frozen; all else that somebody chose is made so here.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ibpmon import language
from ibpmon.language import N_, _, ngettext
from ibpmon.report.figures import STATES, place_name
from ibpmon.report.packed import Packed, Row, is_erased
from ibpmon.report.paper import Data, capital, cell, listing, paragraph, section, table
from ibpmon.review.asking import OUTCOME_WORDS, RISK_WORDS, RUNNING
from ibpmon.review.asking import REASONS as RISKS
from ibpmon.review.decisions import REASONS, VERB_WORDS
from ibpmon.review.items import RIGHT_WORDS, called, right_word
from ibpmon.review.nouns import Access, Path, Principal, Resource
from ibpmon.review.remedies import ACT_WORDS, STATE_WORDS, Task, seen_word
from ibpmon.review.standing import rule_number
from ibpmon.store.tables import aware
from ibpmon.tell.words import number, shown, until_word

TEXT = 2_000  # characters of what somebody wrote
TONES = {"CONFORM": "good", "DEVIATION": "bad", "UNKNOWN": "open", "NO_RULE": "open"}
CHANNELS: Mapping[str, str] = {
    "web": N_("on the web page"), "cli": N_("at the command line"), "workbook": N_("in the workbook"),
    "paper": N_("on paper"), "carried": N_("taken over from the revision before"),
}  # fmt: skip
Titles = Mapping[str, str]  # of the sources, by connector


def items(found: Packed, titles: Titles) -> Iterator[Data | None]:
    """Everything about the items, and how the sources were read; None where there is nothing to say."""
    yield kept_against(found)
    yield less(found, titles)
    yield others(found)
    yield from rules(found)
    yield drafts(found)
    yield lacking(found)
    yield erased(found)
    yield not_read(found, titles)


def kept_against(found: Packed) -> Data | None:
    """Every access that stays although it does not fit the matrix, in full."""
    text = _("Who signed decided that this stays for now, with a reason and a last day.")
    none = _("Nothing stays that does not fit the matrix.")
    cards = [card(item, last, found, ended(last, found)) for item, last in found.decided("keep_until")]
    return section(_("Stays although it does not fit"), paragraph(text if cards else none), *cards)


def ended(last: Row, found: Packed) -> dict[str, str]:
    """Until when and why something stays."""
    return {
        _("Stays"): until_word(aware(last["until"]), found.zone) if last["until"] else "–",
        _("Reason"): capital(word(REASONS, last["reason_code"])) + own_words(last),
    }  # fmt: skip


def own_words(last: Row) -> str:
    """What somebody wrote about it."""
    reason = written(last)
    return f": {reason}" if reason else ""


def written(last: Row) -> str:
    """The reason in somebody's own words."""
    return _("(erased)") if last["reason"] is None else shown(last["reason"], TEXT)


def less(found: Packed, titles: Titles) -> Data | None:
    """Everything that goes or becomes less, with what was seen of it."""
    text = _("ibpmon changes nothing itself: what is told here was reported by people or seen by a later run.")
    none = _("Nothing had to be taken away or lowered.")
    cards = [followed(item, last, found, titles) for item, last in found.decided("revoke", "lower")]
    return section(_("Goes or becomes less, and what became of it"), paragraph(text if cards else none), *cards)


def followed(item: Row, last: Row, found: Packed, titles: Titles) -> Data:
    """One access that had to go, with its tasks."""
    tasks = found.tasks.get(item["item_no"], ())
    goal = _("Lower to: {right}").format(right=word(RIGHT_WORDS, last["target_right"]))
    reason = {_("Reason"): written(last)} if last["reason"] != "" else {}
    told = {
        _("Decision"): goal if last["verb"] == "lower" else _("Take away"),
        **reason,
        _("How it stands"): capital(_(STATE_WORDS[tasks[-1].state])) if tasks else _("No task was made of it."),
    }  # fmt: skip
    return card(item, last, found, told) | {"lines": [line for one in tasks for line in history(one, found, titles)]}


def history(task: Task, found: Packed, titles: Titles) -> list[str]:
    """What was reported and what was seen about one task, in order."""
    acts = [(one.at, act_word(one.verb, one.note), shown(one.actor, links=True)) for one in task.events]
    looks = [(one.at, seen_word(one, titles), "") for one in task.seen]
    made = _("task {n}, to be done before {time}").format(
        n=task.row.remediation_id, time=language.moment(task.row.due_at, found.zone)
    )
    lines = [(task.row.made_at, made, ""), *sorted([*acts, *looks], key=lambda one: one[0])]
    return [f"{language.moment(at, found.zone)}: {what}" + (f" ({who})" if who else "") for at, what, who in lines]


def act_word(verb: str, note: str | None) -> str:
    """What somebody did, with what he wrote about it."""
    return _(ACT_WORDS[verb]).format(note=_("(erased)") if note is None else shown(note, TEXT, links=True))


def card(item: Row, last: Row, found: Packed, told: Mapping[str, str]) -> Data:
    """One item in full."""
    return {
        "kind": "card",
        "number": str(item["item_no"]),
        "tone": TONES.get(item["outcome"] or "", ""),
        "tags": [] if is_erased(item) else tags(item),
        "text": sentence(item),
        "facts": [{"label": label, "value": value} for label, value in {**told, **by_whom(last, found)}.items()],
        "lines": [],
    }


def tags(item: Row) -> list[str]:
    """What it is, and why it is to be looked at first."""
    risk = _("risk: {risk}").format(risk=word(RISK_WORDS, item["risk"]))
    return [word(OUTCOME_WORDS, item["outcome"]), risk, *(_(RISKS[one]) for one in json.loads(item["risks"]))]


def sentence(item: Row) -> str:
    """What an item says; names in it were made harmless when it was frozen."""
    return _("(erased: the term of this item is over)") if is_erased(item) else item["sentence"]


def by_whom(last: Row, found: Packed) -> dict[str, str]:
    """Who decided, when, and how."""
    return {_("Decided by"): decider(last, found)}


def decider(last: Row, found: Packed) -> str:
    """Who decided and when, and who wrote it down when that was somebody else."""
    words = {"who": name_of(last["on_behalf_of"] or last["actor"], found), "time": moment(last["decided_at"], found)}
    parts = [_("{who}, {time}").format(**words)]
    if last["on_behalf_of"]:
        parts.append(_("written down by {who}").format(who=name_of(last["actor"], found)))
    if last["channel"] in ("paper", "carried"):
        parts.append(word(CHANNELS, last["channel"]))
    parts += [_("after the term")] if last["late"] else []
    return ", ".join(parts)


def others(found: Packed) -> Data | None:
    """What fits the matrix and was decided on by itself."""
    rows = [
        [cell(str(item["item_no"])), cell(sentence(item), small=small_tags(item)), cell(decider(last, found))]
        for item, last in found.decided("keep")
    ]
    heads = [_("Number"), _("What"), _("Decided by")]
    text = _("This fits the matrix, and was asked by itself because it weighs more or because it changed.")
    if not rows:
        return None
    return section(_("Right as it is, decided one by one"), paragraph(text), table("", heads, [0.8, 6.4, 2.8], rows))


def small_tags(item: Row) -> str:
    """The same as the tags, in a table."""
    return "" if is_erased(item) else "; ".join(tags(item))


def rules(found: Packed) -> Iterator[Data | None]:
    """What was confirmed per rule: for each rule who has what where."""
    groups: dict[str, list[tuple[Row, Row]]] = {}
    for item, last in found.decided("confirm"):
        groups.setdefault(last["rule"], []).append((item, last))
    blocks = [block for key in sorted(groups, key=rule_order) for block in rule(key, groups[key], found)]
    text = _("What fits the matrix was confirmed per rule. The samples that were shown are marked.")
    yield section(_("Confirmed per rule of the matrix"), paragraph(text), *blocks) if blocks else None


def rule_order(key: str) -> tuple[int, str]:
    """The rules as they stand in the matrix, then the others."""
    return rule_number(key) or 1 << 30, key


def rule(key: str, group: Sequence[tuple[Row, Row]], found: Packed) -> list[Data]:
    """One rule: what it says, who confirmed it, and everything that it was confirmed for."""
    heads = [_("Number"), _("Who"), _("Function"), _("Where"), _("May do")]
    told = ngettext("{n} item. Confirmed by {who}.", "{n} items. Confirmed by {who}.", len(group))
    words = {"n": number(len(group)), "who": decider(group[0][1], found)}
    own = own_words(group[0][1]).removeprefix(": ")
    return [
        {"kind": "heading", "text": f"{shown(key)}: {rule_word(key, found)}"},
        paragraph(" ".join([told.format(**words), *([own] if own else [])]), small=True),
        table("", heads, [1.5, 2.8, 2, 2.5, 2.8], [short_row(item) for item, _last in group]),
    ]


def rule_word(key: str, found: Packed) -> str:
    """What a rule of the matrix gives to whom."""
    which = rule_number(key)
    if key.startswith(RUNNING):
        return _("stays until a day that has not come yet")
    if not 0 < which <= len(found.matrix["rules"]):
        return _("fits the matrix as a whole")
    one = found.matrix["rules"][which - 1]
    places = ", ".join(shown(place) for place in one["resources"])
    own = _("{role} may {right} in {places}, at the own school")
    text = own if one["same_school"] else _("{role} may {right} in {places}")
    words = {"role": shown(one["role"]), "right": word(RIGHT_WORDS, one["right"])}
    return text.format(**words, places=shown(places, 400, links=True))


def short_row(item: Row) -> list[Data]:
    """An item in the table of its rule."""
    access = access_of(item)
    person = json.loads(item["principal"]).get("person") or {}
    sample = _("sample") if item["sample"] else ""
    return [
        cell(str(item["item_no"]), small=sample),
        cell(called(access.principal), strong=True),
        cell(shown(person.get("function") or "–")),
        cell(place_name(access.resource)),
        cell(right_word(access)),
    ]


def access_of(item: Row) -> Access:
    """Who may do what where; of the ways in only what they are called in an application."""
    who, what = json.loads(item["principal"]), json.loads(item["resource"])
    principal = Principal(**{name: who[name] for name in ("kind", "id", "name", "scope", "reason")})
    resource = Resource(what["kind"], what["id"], what["name"])
    paths = [Path((), role=path["role"]) for path in json.loads(item["paths"]) if path["role"]]
    return Access(principal, resource, item["right"] or None, paths)


def drafts(found: Packed) -> Data | None:
    """What nobody signed for."""
    left = [one for one in found.items if found.is_open(one)]
    heads = [_("Number"), _("What"), _("Draft")]
    rows = [[cell(str(one["item_no"])), cell(sentence(one)), cell(draft(one, found))] for one in left]
    return section(_("Nobody signed for this"), table("", heads, [0.8, 6.4, 2.8], rows)) if rows else None


def draft(item: Row, found: Packed) -> str:
    """What was answered, by somebody who did not sign."""
    last = found.last(item) or found.answers.get(item["item_no"])
    return f"{word(VERB_WORDS, last['verb'])}; {decider(last, found)}" if last else _("no answer")


def lacking(found: Packed) -> Data | None:
    """Rights that the matrix gives and nobody has."""
    rows = [[cell(str(one["item_no"])), cell(sentence(one))] for one in found.items if one["outcome"] == "MISSING"]
    heads = [_("Number"), _("What")]
    text = _("The matrix gives these rights, and they were not found. Nobody decides about that in a review.")
    return section(_("What is lacking"), paragraph(text), table("", heads, [0.8, 9.2], rows)) if rows else None


def erased(found: Packed) -> Data | None:
    """How much was erased, and what is left of it."""
    gone = [one["item_no"] for one in found.items if is_erased(one)]
    text = _(
        "The term of these items is over. What they said was erased, and with it the class, the right and the risk; "
        "their number, their hash and the decisions about them are left. Numbers: {numbers}."
    )
    return section(_("Erased"), paragraph(text.format(numbers=spans(gone)))) if gone else None


def spans(numbers: Iterable[int]) -> str:
    """Numbers in order, those that follow on each other together: 1-40, 42."""
    found: list[list[int]] = []
    for one in numbers:
        if found and found[-1][-1] == one - 1:
            found[-1] = [found[-1][0], one]
        else:
            found.append([one])
    return ", ".join("-".join(map(str, one)) for one in found)


def not_read(found: Packed, titles: Titles) -> Data:
    """Every source and every place with how it was read."""
    known = found.coverage
    sources = [source_row(name, one, found, titles) for name, one in sorted(known["sources"].items())]
    places = [place_row(one) for one in sorted(known["places"].values(), key=lambda one: str(one["name"]).casefold())]
    heads = [_("Source"), _("Data of"), _("Rows"), _("How it was read")]
    blocks = [
        table(_("Every number in this review was counted from these sources."), heads, [4, 2.6, 1.2, 3.4], sources)
    ]
    if places:
        blocks.append(table(_("The places of this process."), [_("Where"), _("How it was read")], [4, 7], places))
    if patterns := known["patterns_without_place"]:
        blocks += [paragraph(_("These names stand in the matrix, but nothing was found that is called so:"))]
        blocks += [listing([shown(one) for one in patterns])]
    return section(_("What was read, and what was not"), *blocks)


def source_row(name: str, one: Row, found: Packed, titles: Titles) -> list[Data]:
    """One source."""
    at = language.moment(datetime.fromisoformat(one["at"]), found.zone) if one["at"] else _("not read")
    state = word(STATES, one["state"]) + (f": {shown(one['reason'], 400)}" if one["reason"] else "")
    tone = "good" if one["state"] == "FULL" else "open"
    return [
        cell(title_of(name, titles), small=shown(name) if name in titles else "", strong=True),
        cell(at),
        cell(number(one["rows"])),
        cell(state, tone=tone),
    ]


def place_row(one: Row) -> list[Data]:
    """One place."""
    why = "; ".join(shown(reason, 400) for reason in one["reasons"] if reason)
    tone = "good" if one["state"] == "FULL" else "open"
    state = word(STATES, one["state"]) + (f": {why}" if why else "")
    return [cell(shown(one["name"]), strong=True), cell(state, tone=tone)]


# ---------------------------------------------------------------- words


def word(words: Mapping[str, str], code: str) -> str:
    """What a code is called; one that has no word goes by itself."""
    return _(words[code]) if code in words else shown(code)


def title_of(name: str, titles: Titles) -> str:
    """What a source is called."""
    return shown(titles.get(name, name), links=True)


def name_of(key: str, found: Packed) -> str:
    """Who somebody is, as the review knew him."""
    review = found.review
    names = {review["owner"]: review["owner_name"], review["deputy"]: review["deputy_name"]}
    return shown(names.get(key) or key, links=True)


def moment(value: int, found: Packed) -> str:
    """A time as a person reads it, in the board's own zone."""
    return language.moment(aware(value), found.zone)
