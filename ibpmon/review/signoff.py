"""Signing: that somebody stands for everything he decided, and for exactly what he saw.

What is signed binds the items, the matrix, the decisions, what was read and what was not, and the text itself. A short
code goes by mail to who signed and to the FG: with it anyone can see years later whether anything was changed.
This is an ordinary electronic signature: whoever owns the database can make all of it again, but not those mails.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _, ngettext
from ibpmon.privacy.pseudonyms import ALPHABET
from ibpmon.review.access import look
from ibpmon.review.arriving import arrived
from ibpmon.review.asking import leaf_of
from ibpmon.review.assigning import make, term
from ibpmon.review.bureau import Bureau, board_of
from ibpmon.review.covered import not_full
from ibpmon.review.decisions import REASONS, check_turn, item_of, open_review
from ibpmon.review.hints import guide_of
from ibpmon.review.letters import Letter, day_word, post
from ibpmon.review.merkle import canonical, root, sha256
from ibpmon.review.nouns import RIGHTS, Landscape
from ibpmon.review.remedies import tasks, withdraw
from ibpmon.review.renewals import agreed, extended
from ibpmon.review.standing import FINAL, Standing, is_lapsed, item_rows, whose
from ibpmon.review.writing import as_kept, broken, genesis, head, ref, tell
from ibpmon.store.database import Store
from ibpmon.store.review_tables import (
    FIXED,
    MICRO,
    AccessReview,
    ReviewDecision,
    ReviewItem,
    ReviewMatrix,
    ReviewSignoff,
)
from ibpmon.store.upsert import take
from ibpmon.tell.words import until_word

CODE = 16  # characters of the short code
BOUND = (
    "review_id", "revision", "signer", "evidence", "statement_hash", "root", "matrix_hash", "coverage_hash",
    "decision_seq", "decision_head", "counts", "signed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """The text as it would be signed, and the code that says it was read."""

    text: str
    counts: Mapping[str, int]

    @property
    def hash(self) -> str:
        """Over the exact text."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @property
    def code(self) -> str:
        """What whoever signs repeats, so that nobody signs what he did not see."""
        return short(self.hash)[:4]


# ---------------------------------------------------------------- signing


def prepare(
    session: Session, bureau: Bureau, review_id: int, by: str, landscape: Landscape | None = None
) -> tuple[Standing, str, Statement]:
    """What somebody would sign now; RefusedError when not everything of his is decided, or not by himself.

    What lapsed was written down before (lapsing.before_signing). Who looked already gives the `landscape` along.

    1. it is his turn, and he did not sign yet
    2. everything of his is decided, nothing waits for an answer
    3. each of his decisions is his own, and he carried none of it out
    4. the exact text
    """
    there = open_review(session, bureau.store, review_id, bureau.now)
    signer = there.decider_called(by) or there.decider("")
    check_turn(there, signer, by)
    check_done(there, signer)
    check_own(there, signer)
    check_hands(session, bureau.store, there, signer)
    found = landscape or look(session, bureau.store, bureau.now, board_of(bureau.config))
    return there, signer, statement(session, bureau, there, signer, found)


def sign(
    session: Session, bureau: Bureau, review_id: int, by: str, code: str, evidence: Mapping[str, Any],
    live: Mapping[str, tuple[str, bool]] | None = None, landscape: Landscape | None = None,
) -> ReviewSignoff:  # fmt: skip
    """Sign; `code` is that of the statement as it was shown, `live` what each access is now, as far as known.

    Who looked already gives the `landscape` along: then nobody has to wait for a look.
    """
    store, now = bureau.store, bureau.now
    there, signer, text = prepare(session, bureau, review_id, by, landscape)
    check_code(text, code)
    check_live(session, store, there, signer, live or {})
    review = there.review
    seq, mark = head(session, store, review)
    row: dict[str, Any] = {
        "tenant_id": store.tenant, "signoff_id": take(session, store.tenant, "signoff"), "review_id": review_id,
        "revision": review.revision, "signer": signer, "evidence": canonical({"by": by, **evidence}),
        "statement": text.text, "statement_hash": text.hash, "root": review.root, "matrix_hash": review.matrix_hash,
        "coverage_hash": review.coverage_hash, "decision_seq": seq, "decision_head": mark,
        "counts": canonical(dict(text.counts)), "signed_at": now,
    }  # fmt: skip
    sealed = seal(row)
    signed = ReviewSignoff(**row, hash=sealed, fingerprint=short(sealed))
    session.add(signed)
    session.flush()
    said = {"by": signer, "hash": sealed, "fingerprint": signed.fingerprint, "revision": review.revision}
    tell(session, store, review_id, "sign", said, now)
    carry_out(session, bureau, there, signer, landscape)
    post(session, bureau, confirmation(bureau, there, signed), readers(bureau, there, signer))
    return signed


def carry_out(
    session: Session, bureau: Bureau, there: Standing, signer: str, landscape: Landscape | None = None
) -> None:
    """Make a task of all that goes or becomes less; what a revision took over keeps the task that it has.

    What was decided on anew in a revision makes an end to what the one before still asked.
    """
    anew = [
        (item_of(session, bureau.store, there.review.review_id, number), last)
        for number, last in decided(there, signer)
        if isinstance(number, int) and last.channel != "carried" and not is_lapsed(last)
    ]
    earlier = revisions_before(session, bureau.store, there.review)
    if earlier:
        keys = {item.item_key for item, _last in anew if item.item_key}
        withdraw(session, bureau.store, keys, earlier, bureau.now)
    less = [(item, last) for item, last in anew if last.verb in ("revoke", "lower")]
    if less:
        found = landscape or look(session, bureau.store, bureau.now, board_of(bureau.config))
        guide, due_at = guide_of(session, bureau.store, found), term(session, bureau)
        for item, last in less:
            goal = last.target_right if last.verb == "lower" else "GONE"
            make(session, bureau, guide, item, last.seq, goal, due_at, source=MICRO if there.micro else "REVIEW")


def revisions_before(session: Session, store: Store, review: AccessReview) -> list[int]:
    """The reviews that this one is a new revision of."""
    found: list[int] = []
    while review.supersedes is not None:
        found.append(review.supersedes)
        review = session.get_one(AccessReview, (store.tenant, review.supersedes))
    return found


def seal(row: Mapping[str, Any]) -> str:
    """The hash over all that is signed."""
    return sha256(canonical([as_kept(row[name]) for name in BOUND]))


def short(mark: str) -> str:
    """A hash as a code that can be read aloud: groups of four characters."""
    number = int(mark, 16)
    signs = "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(CODE))
    return "-".join(signs[start : start + 4] for start in range(0, CODE, 4))


def readers(bureau: Bureau, there: Standing, signer: str) -> list[str]:
    """Who keeps the code: who signed, and the FG."""
    return [there.seat(signer).mail or there.owner.mail, *bureau.config.mail.to.get("fg", ())]


def confirmation(bureau: Bureau, there: Standing, signed: ReviewSignoff) -> Letter:
    """That it was signed, with the code to keep."""
    review = there.review
    title = _("Signed: review of rights {process}").format(process=review.name)
    said = _("{who} signed the review of rights {process} (revision {revision}).")
    keep = _("Keep this mail. With the code below anyone can see later whether anything was changed in it.")
    paragraphs = (
        said.format(who=there.seat(signed.signer).name, process=review.name, revision=review.revision),
        keep,
    )
    facts = {_("Signed on"): day_word(signed.signed_at, bureau), _("Review"): ref(review.review_id)}
    return Letter("review", title, paragraphs, facts, signed.fingerprint)


# ---------------------------------------------------------------- refusing


def check_done(there: Standing, signer: str) -> None:
    """Refuse to sign for what is not decided."""
    left, rules, asked = there.left(signer), there.groups_left(signer), there.open_singles(signer)
    if not left and not rules and not asked:
        return
    numbers = [*(str(one.item_no) for one in left), *map(str, asked), *(one.key for one in rules)]
    raise RefusedError(
        N_("review {number} cannot be signed yet"),
        why=N_("{n} decisions are still to be made: {which}"),
        fix=N_("'ibpmon review items {number} --left' lists them; a question or 'not mine' has to be settled first"),
        number=there.review.review_id,
        n=len(numbers),
        which=", ".join(numbers[:20]) + (" ..." if len(numbers) > 20 else ""),
    )


def check_own(there: Standing, signer: str) -> None:
    """Refuse to sign for what somebody else decided: it has to be decided again, by who signs."""
    made = [(number, last) for number, last in decided(there, signer) if not is_lapsed(last)]
    strange = [number for number, last in made if whose(last) != signer]
    if strange:
        raise RefusedError(
            N_("review {number} holds decisions of somebody else"),
            why=N_("these were not made by who signs: {which}"),
            fix=N_("decide on them again; they stand as a draft"),
            number=there.review.review_id,
            which=", ".join(map(str, strange)),
        )


def check_hands(session: Session, store: Store, there: Standing, signer: str) -> None:
    """Refuse who carried out what an earlier revision took away: nobody signs for his own work."""
    earlier = revisions_before(session, store, there.review)
    made = [one for one in tasks(session, store) if one.row.review_id in earlier] if earlier else []
    own = [
        f"{one.row.remediation_id}"
        for one in made
        if any(act.verb == "done" and there.seat(signer).is_called(act.actor) for act in one.events)
    ]
    if own:
        raise RefusedError(
            N_("{who} carried out tasks of this review"),
            why=N_("who carries it out does not sign for it: tasks {which}"),
            fix=N_("let somebody else decide and sign: 'ibpmon review assign {number}'"),
            who=signer,
            which=", ".join(own),
            number=there.review.review_id,
        )


def decided(there: Standing, signer: str) -> Iterator[tuple[int | str, ReviewDecision]]:
    """The answers that this person signs for, with the number of the item or the key of the rule."""
    for one in there.alone:
        if there.decider(one.reviewer, one.item_no) == signer and one.item_no in there.answers:
            yield one.item_no, there.answers[one.item_no]
    alone = {one.item_no for one in there.alone}
    for number, last in there.answers.items():
        if number not in alone and last.verb in FINAL and there.heir(last) == signer:
            yield number, last
    for group in there.groups:
        if there.decider(group.reviewer) == signer and group.key in there.confirmed:
            yield group.key, there.confirmed[group.key]


def check_code(text: Statement, code: str) -> None:
    """Refuse who did not see this text."""
    if code.strip().upper() != text.code:
        raise RefusedError(
            N_("this is not the code of the statement as it is now"),
            why=N_("something changed since it was shown, or the code was mistyped"),
            fix=N_("read the statement again, and sign with the code under it"),
        )


def check_live(
    session: Session, store: Store, there: Standing, signer: str, live: Mapping[str, tuple[str, bool]]
) -> None:
    """Refuse to sign for keeping what meanwhile became more: a higher right, or a more sensitive place."""
    items = (item_of(session, store, there.review.review_id, number) for number in kept(there, signer))
    more = [one.item_no for one in items if exceeds(one, live)]
    if more:
        raise RefusedError(
            N_("review {number} is about less than there is now"),
            why=N_("of these items the right or the sensitivity rose: {which}"),
            fix=N_("'ibpmon review reopen {number} --fresh' asks about them as they are now"),
            number=there.review.review_id,
            which=", ".join(map(str, more)),
        )


def kept(there: Standing, signer: str) -> list[int]:
    """The items that this person keeps."""
    return [
        number
        for number, last in decided(there, signer)
        if isinstance(number, int) and last.verb in ("keep", "keep_until")
    ]


def exceeds(item: ReviewItem, live: Mapping[str, tuple[str, bool]]) -> bool:
    """Whether an access is more than what was kept."""
    right, sensitive = live.get(item.item_key or "", (item.right, False))
    was = json.loads(item.resource or "{}").get("sensitive", True)
    return is_more(right, item.right, now_sensitive=sensitive, then_sensitive=was)


def is_more(now: str, then: str, *, now_sensitive: bool, then_sensitive: bool) -> bool:
    """Whether a right in a place is more than it was: a higher right, or a place that became more sensitive."""
    ranks = ("", *RIGHTS)
    return ranks.index(now) > ranks.index(then) or (now_sensitive and not then_sensitive)


# ---------------------------------------------------------------- the text


def statement(session: Session, bureau: Bureau, there: Standing, signer: str, landscape: Landscape) -> Statement:
    """The exact text: who, about what, the figures, what is kept against the matrix, and what nobody looked at."""
    later = None if there.micro else arrived(session, bureau.store, landscape, there.review)
    counts = figures(there, signer) | (later.figures if later else {})
    lines = [*opening(bureau, there, signer), *figure_lines(counts)]
    lines += list(kept_lines(session, bureau, there, signer))
    lines += list(lapsed_lines(there, signer))
    lines += limits(bureau, there)
    lines += [later.sentence(day_word(there.review.as_of, bureau))] if later else []
    return Statement("\n".join(lines), counts)


def opening(bureau: Bureau, there: Standing, signer: str) -> list[str]:
    """Who says this, and about what."""
    review = there.review
    who = _("I, {who}, looked at who has access to what belongs to {process}, as it was on {day}.")
    if there.micro:
        who = _(
            "I, {who}, looked at what came or became more since the last review of {process}, as it was on {day}: {n}. "
            "This is about nothing else of {process}."
        )
    words = {"who": there.seat(signer).name, "process": review.name, "day": day_word(review.as_of, bureau)}
    words |= {"n": f"{review.item_count}"}
    return [who.format(**words), _("These are my own decisions. Revision {n}.").format(n=review.revision)]


def figures(there: Standing, signer: str) -> dict[str, int]:
    """How many of each decision; what was gone before it was decided on is none."""
    names = ("keep", "keep_until", "revoke", "lower", "confirmed", "behalf", "late", "carried")
    counts = dict.fromkeys(names, 0) | {"lapsed": len(there.lapsed(signer))}
    sizes = {group.key: group.count - len(group.gone) for group in there.groups}
    for number, last in decided(there, signer):
        if is_lapsed(last):
            continue
        if isinstance(number, str):
            counts["confirmed"] += sizes[number]
        else:
            counts[last.verb] += 1
        counts["behalf"] += bool(last.on_behalf_of)
        counts["late"] += last.late
        counts["carried"] += last.channel == "carried"
    return counts


def figure_lines(counts: Mapping[str, int]) -> list[str]:
    """The figures in words; late, for another and carried over only where there is any."""
    always = _("Right as it is: {keep}. Right for now: {keep_until}. Take away: {revoke}. Lower: {lower}.")
    rules = _("Confirmed per rule of the matrix: {confirmed}.")
    lines = [always.format(**counts), rules.format(**counts)]
    if counts["behalf"]:
        lines.append(_("Written down for me by somebody else: {behalf}.").format(**counts))
    if counts["late"]:
        lines.append(_("Decided after the term: {late}.").format(**counts))
    if counts["carried"]:
        lines.append(_("Taken over from the revision before: {carried}.").format(**counts))
    return lines


def kept_lines(session: Session, bureau: Bureau, there: Standing, signer: str) -> Iterator[str]:
    """Everything that stays although it does not fit the matrix, in full, and for which time that is."""
    known = agreed(session, bureau.store, there.review.process, there.review.round_id - 1)
    for number, last in decided(there, signer):
        if isinstance(number, int) and last.verb == "keep_until":
            item = item_of(session, bureau.store, there.review.review_id, number)
            why = _(REASONS[last.reason_code]) + (f" ({last.reason})" if last.reason else "")
            words = {"n": number, "sentence": item.sentence or "", "why": why}
            words["until"] = until_word(last.until or bureau.now, bureau.config.time_zone)
            before = known.get(item.item_key or "") if item.outcome != "CONFORM" else None
            renewed = [extended(before.rounds)] if before else []
            yield " ".join([_("{n}. {sentence} Stays {until}: {why}.").format(**words), *renewed])


def lapsed_lines(there: Standing, signer: str) -> Iterator[str]:
    """What nobody decided on because it was gone, by number."""
    numbers = there.lapsed(signer)
    if numbers:
        said = _("Already gone, so nothing was decided about it: {n} (numbers {which}).")
        yield said.format(n=len(numbers), which=", ".join(map(str, numbers)))


def limits(bureau: Bureau, there: Standing) -> Iterator[str]:
    """What this says nothing about."""
    known = json.loads(there.review.coverage)
    partial, left = not_full(known), known["personal_sites_left_out"]
    if partial:
        yield _("Not looked into in full: {places}.").format(places=", ".join(partial))
    if left:
        yield ngettext("{n} personal site was left out.", "{n} personal sites were left out.", left).format(n=left)
    for event in there.events:
        if event.verb == "silent":
            yield _("Not answered before the next round was opened.")
            return


# ---------------------------------------------------------------- proving


def differences(session: Session, store: Store, signed: ReviewSignoff) -> list[str]:
    """What is not as it was signed: parts by their name; nothing when all of it is."""
    review = session.get_one(AccessReview, (store.tenant, signed.review_id))
    matrix = session.get(ReviewMatrix, (store.tenant, signed.matrix_hash))
    row = signed.model_dump()
    text = signed.statement
    facts = {
        "signoff": seal(row) == signed.hash and short(signed.hash) == signed.fingerprint,
        "statement": text is None or hashlib.sha256(text.encode("utf-8")).hexdigest() == signed.statement_hash,
        "items": tree(session, store, review) == signed.root == review.root,
        "matrix": matrix is not None and sha256(matrix.content) == signed.matrix_hash == review.matrix_hash,
        "coverage": sha256(review.coverage) == signed.coverage_hash == review.coverage_hash,
        "decisions": is_chained(session, store, review, signed),
        "revision": review.revision == signed.revision,
    }
    return [name for name, right in facts.items() if not right]


def tree(session: Session, store: Store, review: AccessReview) -> str:
    """The root over the items as they are; of what was erased only the hash is left."""
    return root([leaf_now(row) for row in item_rows(session, store, review.review_id)])


def leaf_now(row: Mapping[str, Any]) -> str:
    """The hash of an item as it is; only what was erased in full is believed on its hash."""
    erased = all(row[name] is None for name in FIXED["review_item"])
    return str(row["leaf_hash"]) if erased else leaf_of(row, row["salt"] or "")


def is_chained(session: Session, store: Store, review: AccessReview, signed: ReviewSignoff) -> bool:
    """Whether the decisions that were signed are all there, and end in the hash that was signed."""
    if broken(session, store, review, signed.decision_seq) is not None:
        return False
    if not signed.decision_seq:
        return signed.decision_head == genesis(review)
    last = session.get(ReviewDecision, (store.tenant, review.review_id, signed.decision_seq))
    return last is not None and last.hash == signed.decision_head
