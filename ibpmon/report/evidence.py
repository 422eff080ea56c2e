"""The PDF of an evidence pack, for a director and an auditor.

The first page says what was signed, the figures, and what nobody looked into. It is made of the other files of the pack
alone; what was erased is told as that.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config
from ibpmon.language import N_, _, ngettext
from ibpmon.report.evidence_items import CHANNELS, Titles, items, moment, name_of, title_of, word
from ibpmon.report.packed import Packed, Row, is_erased, packed
from ibpmon.report.paper import Data, capital, cell, day, listing, paragraph, section, table
from ibpmon.report.pdf import pdf
from ibpmon.review.asking import OUTCOME_WORDS
from ibpmon.review.decisions import VERB_WORDS
from ibpmon.review.pack import Letterhead, Paper
from ibpmon.review.standing import LAPSED
from ibpmon.tell.words import listed, number, shown

LONG = 700  # characters of a statement that leave room on the first page for the figures
NAMES = 8  # on the first page; all of them stand further on
COUNTED = ("keep", "keep_until", "revoke", "lower", "confirm")
PERSON = ("keep", "keep_until", "revoke", "lower")  # decided one by one


def letterhead(config: Config) -> Letterhead:
    """Whose pack it is, in the language of now."""
    return Letterhead(config.board.name, language.current(), config.board.time_zone)


def paper(config: Config) -> Paper:
    """What makes the PDF of the packs of this board."""
    titles = {name: one.title for name, one in load_connectors(config.content).items()}
    own = config.content.folder
    return lambda files: pdf("evidence.typ", evidence_on_paper(packed(files), titles), own)


def evidence_on_paper(found: Packed, titles: Titles) -> Data:
    """Everything that stands in the PDF, in the order of reading."""
    return {
        "language": found.head["language"],
        "made": found.newest.isoformat(),
        "title": _("Signed review of rights: {name}").format(name=shown(found.review["name"])),
        "board": shown(found.head["board"], links=True),
        "page": _("page {n} of {all}"),
        "facts": facts(found),
        "notice": unsigned_word(found),
        "sections": [*first_page(found, titles), *[one for one in items(found, titles) if one]],
        "footer": _(
            "Made by ibpmon from the other files of this evidence pack. It holds personal data: keep it where only "
            "those who need it can read it."
        ),
    }


# ---------------------------------------------------------------- the first page


def facts(found: Packed) -> list[Data]:
    """Which review, of when, by which rules, and who signed it when."""
    review, matrix = found.review, found.matrix
    version = _("version %(version)s, approved on %(day)s by %(name)s") % {
        "version": shown(matrix["version"]),
        "day": day(date.fromisoformat(matrix["approved_on"])),
        "name": shown(matrix["approved_by"], 400),
    }
    pairs = {
        _("Review"): _("{n}, revision {revision}").format(n=review["review_id"], revision=review["revision"]),
        _("Owner"): shown(review["owner_name"]),
        _("Signed by"): "; ".join(signer_line(one, found) for one in found.signatures),
        _("Short code"): "; ".join(one["fingerprint"] for one in found.signatures),
        _("Access as it was on"): moment(review["as_of"], found),
        _("Matrix"): version,
        _("To be decided before"): moment(review["due_at"], found),
        _("The newest that stands in it is of"): language.moment(found.newest, found.zone),
    }
    return [{"label": label, "value": value} for label, value in pairs.items()]


def signer_line(one: Row, found: Packed) -> str:
    """Who signed when."""
    return _("{who}, {time}").format(who=name_of(one["signer"], found), time=moment(one["signed_at"], found))


def unsigned_word(found: Packed) -> str:
    """That not everything is covered by a signature; empty when it is."""
    left = [one for one in found.items if found.is_open(one)]
    text = ngettext(
        "Nobody signed for {n} item. It stands further on, and what was answered about it is a draft.",
        "Nobody signed for {n} items. They stand further on, and what was answered about them is a draft.",
        len(left),
    )
    return text.format(n=number(len(left))) if left else ""


def first_page(found: Packed, titles: Titles) -> list[Data]:
    """The statement, the figures, what nobody looked at, and the fingerprints; a long statement comes after those."""
    texts = [statement(one, found) for one in found.signatures]
    beside = [figures(found), unseen(found, titles), fingerprints(found)]
    is_long = sum(len(one["statement"] or "") for one in found.signatures) > LONG
    return [*beside, *texts] if is_long else [*texts, *beside]


def statement(one: Row, found: Packed) -> Data:
    """The exact text that somebody signed, and how it was known who that was."""
    title = _("What {who} signed").format(who=name_of(one["signer"], found))
    text = _("The text was erased. Its hash is left.") if one["statement"] is None else one["statement"]
    told = [line for line in text.split("\n") if line.strip()]
    return section(title, {"kind": "statement", "lines": told}, paragraph(how(one, found), small=True))


def how(one: Row, found: Packed) -> str:
    """Who signed in which way, and for whom."""
    evidence, owner = json.loads(one["evidence"]), found.review["owner"]
    channel = word(CHANNELS, evidence.get("channel", ""))
    account = _("Signed by the account {account}, given as {by}").format(
        account=shown(one["signer"], links=True), by=shown(evidence.get("by", "-"), links=True)
    )
    parts = [account + (f", {channel}" if channel else "") + "."]
    if one["signer"] != owner:
        parts.append(_("This is not the owner, but who decides for {owner}.").format(owner=name_of(owner, found)))
    parts.append(_("What cannot be printed stands there as its number; the signed text itself is in review.json."))
    return " ".join(parts)


def figures(found: Packed) -> Data:
    """How many of each class were decided on in which way; what lapsed has a column only where there is any."""
    gone = [LAPSED] if found.decided(LAPSED) else []
    heads = [_("Class"), _("Items"), *(capital(_(VERB_WORDS[verb])) for verb in PERSON), _("Per rule")]
    heads += [*(capital(_(VERB_WORDS[verb])) for verb in gone), _("Not signed")]
    rows = [figure_row(_(word), code, found, gone) for code, word in OUTCOME_WORDS.items()]
    rows += [figure_row(_("(erased)"), "", found, gone)]
    kept = [row for row, items in rows if items]
    totals = [sum(int(row[at]) for row in kept) for at in range(1, len(heads))]
    lines = [[cell(capital(row[0]), strong=True), *(cell(digits(one)) for one in row[1:])] for row in kept]
    last = [cell(_("Together"), strong=True), *(cell(number(one), strong=True) for one in totals)]
    told = table("", heads, [2.2, 1, 1.2, 1.2, 1.2, 1, 1.1, *(1 for _one in gone), 1.2], [*lines, last])
    return section(_("The figures"), told, paragraph(_(ABOUT_FIGURES), small=True))


ABOUT_FIGURES = N_(
    "Per rule: what fits the matrix was confirmed together, rule by rule. About what is lacking nobody decides here."
)


def digits(text: str) -> str:
    """A number in a table; none is a dash, so that the others are seen."""
    return number(int(text)) if int(text) else "–"


def figure_row(word: str, outcome: str, found: Packed, gone: Sequence[str]) -> tuple[list[str], int]:
    """One class with its figures, and how many items it has; without a class that of what was erased."""
    items = [one for one in found.items if (is_erased(one) if not outcome else one["outcome"] == outcome)]
    verbs = Counter(last["verb"] for one in items if (last := found.signed(one)))
    unsigned = sum(found.is_open(one) for one in items)
    return [word, str(len(items)), *(str(verbs[verb]) for verb in (*COUNTED, *gone)), str(unsigned)], len(items)


def unseen(found: Packed, titles: Titles) -> Data:
    """What this signature says nothing about, in a few lines."""
    return section(_("What was not looked into"), listing([line for line in unseen_lines(found, titles) if line]))


def unseen_lines(found: Packed, titles: Titles) -> Iterator[str]:
    """Each kind of what was not looked into; that everything was read is told as well."""
    known = found.coverage
    sources = [title_of(name, titles) for name, one in known["sources"].items() if one["state"] != "FULL"]
    places = sorted(shown(one["name"]) for one in known["places"].values() if one["state"] != "FULL")
    yield few(_("Sources not read in full: {names}."), sources) or _("Every source was read in full.")
    yield few(_("Places not read in full: {names}."), places) or _("Every place was read in full.")
    patterns = [shown(one) for one in known["patterns_without_place"]]
    yield few(_("Named in the matrix, but not found: {names}."), patterns)
    yield from unjudged(found)
    yield from left_out(found)


def unjudged(found: Packed) -> Iterator[str]:
    """How many items could not be judged; of what was erased nobody knows that any more."""
    unknown, gone = sum(one["outcome"] == "UNKNOWN" for one in found.items), sum(map(is_erased, found.items))
    text = ngettext("{n} item could not be judged.", "{n} items could not be judged.", unknown)
    if unknown or not gone:
        yield text.format(n=number(unknown)) if unknown else _("Every item could be judged.")
    if gone:
        yield _("Whether what was erased could be judged is not known any more (items: {n}).").format(n=number(gone))


def left_out(found: Packed) -> Iterator[str]:
    """What was found and not asked about, and what came later."""
    known, review = found.coverage, found.review
    if left := known["personal_sites_left_out"]:
        text = ngettext("{n} personal site was left out.", "{n} personal sites were left out.", left)
        yield text.format(n=number(left))
    if out := sum(json.loads(review["excluded"]).values()):
        text = ngettext("{n} right was found and not asked about.", "{n} rights were found and not asked about.", out)
        yield text.format(n=number(out))
    if not any(says_what_came(one) for one in found.signatures):
        yield _("What changed after {time}.").format(time=moment(review["as_of"], found))


def says_what_came(signature: Mapping[str, Any]) -> bool:
    """Whether the signed text itself tells how much came later: then it need not stand there twice."""
    return any(name in json.loads(signature["counts"]) for name in ("after", "after_at_least"))


def few(sentence: str, names: Sequence[str]) -> str:
    """A sentence with some names, and how many more there are; empty without any."""
    return sentence.format(names=listed(names, NAMES)) if names else ""


def fingerprints(found: Packed) -> Data:
    """The hashes that bind everything, as whoever verifies a pack meets them."""
    review = found.review
    pairs = {
        _("Items (root)"): review["root"], _("Matrix"): review["matrix_hash"],
        _("What was read"): review["coverage_hash"],
    }  # fmt: skip
    for one in found.signatures:
        who = name_of(one["signer"], found)
        pairs[_("Decisions up to {n}, {who}").format(n=one["decision_seq"], who=who)] = one["decision_head"]
        pairs[_("Signature of {who}").format(who=who)] = one["hash"]
    rows = [[cell(label, strong=True), cell(mark)] for label, mark in pairs.items()]
    told = _(
        "This PDF is for reading. What proves is in the other files: the verify.py beside it computes these anew. "
        "Compare the code with the mail about the signature."
    )
    return section(_("Fingerprints"), table("", [_("What"), "SHA-256"], [2.4, 5], rows), paragraph(told, small=True))
