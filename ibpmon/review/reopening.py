"""Opening a review again: always as a new revision with a reason; the one before stays as it was signed."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review.access import look
from ibpmon.review.arriving import keys_of
from ibpmon.review.asking import FACTS, Question, key_of, question, salted
from ibpmon.review.before import before, sensitive_places
from ibpmon.review.bureau import Bureau, Seat, board_of
from ibpmon.review.covered import as_of, coverage
from ibpmon.review.decisions import STATE_WORDS, facts_of
from ibpmon.review.items import review as review_of
from ibpmon.review.merkle import canonical, root, sha256
from ibpmon.review.nouns import Landscape
from ibpmon.review.rounds import frozen, keep_matrix, write_items
from ibpmon.review.standing import Standing, is_final, is_lapsed, item_rows, standing
from ibpmon.review.writing import decide, event, opening, tell
from ibpmon.store.review_tables import AccessReview, ReviewDecision
from ibpmon.store.upsert import take
from ibpmon.tell.registers import needed
from ibpmon.tell.terms import diary, due

DAYS = 5  # school days for what was opened again
CARRIED = ("verb", "reason_code", "until", "target_right", "actor", "on_behalf_of")
SAME = tuple(name for name in FACTS if name not in ("item_no", "prev_review", "prev_item", "delta", "sentence"))


def reopen(bureau: Bureau, review_id: int, by: str, reason: str, *, fresh: bool = False) -> int:
    """Make a new revision; gives its number. What was decided comes along as a draft where the facts are the same.

    With `fresh` it asks about how things are now; without it about the same as before. Nothing that was already taken
    away comes back by it.
    """
    why = needed(reason, N_("why is it opened again?"))
    made = renewed(bureau, review_id) if fresh else None
    with bureau.store.write() as session:
        there = standing(session, bureau.store, review_id, lock=True)
        refuse(bureau, there, fresh=fresh)
        new = revised(session, bureau, there, made, by)
        carry(session, bureau, there, new, fresh=fresh)
        event(session, bureau.store, review_id, "reopen", bureau.now, by, why, {"revision": new.review_id})
        return new.review_id


def refuse(bureau: Bureau, there: Standing, *, fresh: bool) -> None:
    """Refuse what is not the last revision, and what is still open and would not change."""
    state = there.state(bureau.now)
    if state in ("SUPERSEDED", "CANCELLED") or (not fresh and not there.signed):
        raise RefusedError(
            N_("review {number} cannot be opened again"),
            why=N_("its state is '{state}'"),
            fix=N_("only the last revision can; one that is still open only with --fresh"),
            number=there.review.review_id,
            state=_(STATE_WORDS[state]),
        )


def renewed(bureau: Bureau, review_id: int, landscape: Landscape | None = None) -> tuple[Question, dict[str, Any], Any]:
    """The questions as they are now, what was read, and of when that is."""
    with bureau.store.read() as session:
        there = standing(session, bureau.store, review_id)
        old = there.review
        process = next((one for one in bureau.matrix.content.processes if one.key == old.process), None)
        if process is None:
            raise RefusedError(
                N_("the matrix does not name the process '{process}' any more"),
                why=N_("who decides, and what belongs, is in the matrix"),
                fix=N_("put the process in the matrix again, or open the next round"),
                process=old.process,
            )
        landscape = landscape or look(session, bureau.store, bureau.now, board_of(bureau.config))
        found = review_of(process, landscape, bureau.matrix, bureau.now)
        known = before(session, bureau.store, old.process, old.round_id)
        asked = question(bureau, landscape, found, known, sensitive_places(session, bureau.store))
        asked = only(asked, keys_of(session, bureau.store, review_id)) if there.micro else asked
    return asked, coverage(landscape, asked), as_of(landscape, bureau.now)


def only(asked: Question, keys: Collection[str]) -> Question:
    """A question about these accesses and no others, for a review between two rounds is about nothing else."""
    chosen = tuple(one for one in asked.asked if one.key in keys)
    return replace(asked, asked=chosen, excluded={"not_asked": len(asked.found.items) - len(chosen)})


def live(bureau: Bureau, review_id: int, landscape: Landscape | None = None) -> dict[str, tuple[str, bool]]:
    """What each access of a review is now: the right, and whether the place is sensitive."""
    asked, _covered, _as_of = renewed(bureau, review_id, landscape)
    return {key_of(one.item.access): (one.item.access.right or "", one.sensitive) for one in asked.asked}


# ---------------------------------------------------------------- writing


def revised(
    session: Session, bureau: Bureau, there: Standing, made: tuple[Question, dict[str, Any], Any] | None, by: str
) -> AccessReview:
    """Write the new revision with its items."""
    old = there.review
    values = old.model_dump() | {
        "review_id": take(session, bureau.store.tenant, "review"), "revision": old.revision + 1,
        "supersedes": old.review_id, "opened_at": bureau.now, "opened_by": by,
        "due_at": due(diary(session, bureau.store, bureau.config), bureau.now, DAYS),
    }  # fmt: skip
    if made is None:
        rows = resalted(item_rows(session, bureau.store, old.review_id))
    else:
        asked, covered, at = made
        rows = frozen(bureau, asked)
        values |= seats(asked) | {"as_of": at, "matrix_hash": keep_matrix(session, bureau)}
        values |= {"coverage": canonical(covered), "coverage_hash": sha256(canonical(covered))}
        values |= {"grants": len(asked.found.items), "excluded": canonical(dict(asked.excluded))}
    new = AccessReview(**values | {"item_count": len(rows), "root": root([row["leaf_hash"] for row in rows])})
    session.add(new)
    session.flush()
    write_items(session, bureau, new, rows)
    event(session, bureau.store, new.review_id, "open", bureau.now, by, said=opening(new))
    return new


def seats(asked: Question) -> dict[str, str]:
    """Who is asked, and who stands in."""

    def seat(name: str, one: Seat) -> dict[str, str]:
        return {name: one.key, f"{name}_name": one.name, f"{name}_mail": one.mail}

    return seat("owner", asked.owner) | seat("deputy", asked.deputy)


def resalted(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same items under new salts; what was erased cannot be asked again."""
    found = list(rows)
    if any(row["salt"] is None for row in found):
        raise RefusedError(
            N_("this review cannot be opened again"),
            why=N_("its term is over, and what it said of people was erased"),
            fix=N_("a new round asks about how things are now"),
        )
    return [salted(row, secrets.token_hex(16)) for row in found]


def carry(session: Session, bureau: Bureau, there: Standing, new: AccessReview, *, fresh: bool) -> None:
    """Take over what was decided, as drafts of who decided it; only where what it was about is the same.

    What was gone is as gone as it was, unless the new revision just found it.
    """
    old = {row["item_key"]: row for row in item_rows(session, bureau.store, there.review.review_id)}
    rows = list(item_rows(session, bureau.store, new.review_id))
    alike = {row["item_no"]: old[row["item_key"]] for row in rows if is_alike(row, old.get(row["item_key"]))}
    hashes = {row["item_no"]: row["leaf_hash"] for row in rows}
    drafts = [
        draft(there.answers[was["item_no"]]) | {"item_no": number, "facts_hash": hashes[number]}
        for number, was in alike.items()
        if is_final(there.answers.get(was["item_no"])) and not (fresh and is_lapsed(there.answers.get(was["item_no"])))
    ]
    now = standing(session, bureau.store, new.review_id)
    numbers = {row["rule"]: set[int]() for row in rows}
    for row in rows:
        numbers[row["rule"]].add(row["item_no"])
    for group in now.groups:
        if is_final(there.confirmed.get(group.key)) and numbers[group.rule] <= set(alike):
            mark = facts_of(session, bureau.store, new.review_id, group)
            drafts.append(draft(there.confirmed[group.key]) | {"rule": group.key, "facts_hash": mark})
    last, mark = decide(session, bureau.store, new, drafts, bureau.now)
    if drafts:
        tell(session, bureau.store, new.review_id, "carry", {"last": last, "hash": mark}, bureau.now)


def is_alike(row: Mapping[str, Any], old: Mapping[str, Any] | None) -> bool:
    """Whether two items say the same."""
    return old is not None and all(row[name] == old[name] for name in SAME)


def draft(last: ReviewDecision) -> dict[str, Any]:
    """An answer as a draft in the next revision."""
    return {name: getattr(last, name) for name in CARRIED} | {"reason": last.reason or "", "channel": "carried"}
