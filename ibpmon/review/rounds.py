"""A round of reviews: first counted, then frozen and opened, whole or not at all."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _, ngettext
from ibpmon.review import renewals
from ibpmon.review.access import look
from ibpmon.review.asking import Before, Question, question, row_of
from ibpmon.review.before import before, pace, sensitive_places
from ibpmon.review.bureau import Bureau, board_of
from ibpmon.review.covered import as_of, coverage, not_full
from ibpmon.review.items import review, without_owner
from ibpmon.review.letters import Letter, day_word, decisions_word, minutes, minutes_word, page_of, post
from ibpmon.review.matrix_versions import in_force, stands
from ibpmon.review.merkle import canonical, root, sha256
from ibpmon.review.promises import MOST_LINES, Promise, promise
from ibpmon.review.role_groups import unknown_groups
from ibpmon.review.standing import Standing, living, reviews, standing
from ibpmon.review.writing import event, opening, ref
from ibpmon.store import ledger
from ibpmon.store.review_tables import AccessReview, ReviewItem, ReviewMatrix, ReviewRound
from ibpmon.store.upsert import table_of, take
from ibpmon.tell.terms import Diary, diary, due

TOO_MANY = 40  # single decisions; more says that the matrix is too coarse
SAMPLE = 5  # of what conforms to a rule, drawn by the root of the tree
SCHOOL_DAYS = 15  # to decide in
PER_RULE = 15  # seconds to confirm a rule with its sample
STATEMENT = 1  # the version of the text that is signed
AT_ONCE = 2_000  # rows


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know before a round is opened; with `stops` it cannot be opened."""

    code: str
    sentence: str
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What one owner would be asked."""

    question: Question
    coverage: Mapping[str, Any]
    minutes: int
    warnings: tuple[Notice, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The figures of this review."""
        asked = self.question
        outcomes = {one: asked.count(outcome=one.upper()) for one in ("deviation", "unknown", "no_rule", "missing")}
        return {
            "items": len(asked.asked), "alone": asked.alone, **outcomes, "conform": asked.count(outcome="CONFORM"),
            "new": sum(one.delta != "SAME" and one.needs_answer for one in asked.asked), "rules": len(asked.rules),
            "high": asked.count(risk="high", alone=True), "minutes": self.minutes,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole round before it is opened."""

    name: str
    as_of: datetime
    due_at: datetime
    plans: tuple[Plan, ...]
    warnings: tuple[Notice, ...]

    @property
    def stops(self) -> list[Notice]:
        """What has to be put right first."""
        return [one for some in (self.warnings, *(plan.warnings for plan in self.plans)) for one in some if one.stops]


# ---------------------------------------------------------------- counting


def plan(bureau: Bureau, days: int = SCHOOL_DAYS) -> Outline:
    """What a round would ask now, and what is to be known before; nothing is written."""
    store, now = bureau.store, bureau.now
    with store.read() as session:
        landscape = look(session, store, now, board_of(bureau.config))
        places = sensitive_places(session, store)
        plans = []
        for process in bureau.matrix.content.processes:
            known: Mapping[str, Before] = before(session, store, process.key)
            asked = question(bureau, landscape, review(process, landscape, bureau.matrix, now), known, places)
            plans.append(planned(session, bureau, asked, coverage(landscape, asked)))
        calendar = diary(session, store, bureau.config)
        told = list(unapproved(session, bureau))
    left = without_owner(landscape, bureau.matrix)
    told += [unowned(len(left))] if left else []
    told += [unknown_group(*one) for one in unknown_groups(bureau.matrix, landscape)]
    return Outline(quarter(calendar, now), as_of(landscape, now), due(calendar, now, days), tuple(plans), tuple(told))


def unapproved(session: Session, bureau: Bureau) -> Iterator[Notice]:
    """That nobody approved the matrix: without any version the file counts, else the owners are asked first."""
    known = stands(session, bureau.store)
    if not known:
        yield Notice("no_version", _("Nobody approved the autorisatiematrix in ibpmon: the file counts as it is."))
    elif in_force(known) is None:
        left = ", ".join(known[-1].left)
        text = _("Version {number} of the autorisatiematrix is not approved yet for: {processes}.")
        yield Notice("not_approved", text.format(number=known[-1].row.version, processes=left), stops=True)


def planned(session: Session, bureau: Bureau, asked: Question, covered: Mapping[str, Any]) -> Plan:
    """One review with its expected minutes and its warnings."""
    speed = pace(session, bureau.store, asked.owner.key)
    spent = asked.alone * speed + len(asked.rules) * timedelta(seconds=PER_RULE)
    return Plan(asked, covered, minutes(spent), tuple(warnings(bureau, asked, covered)))


def warnings(bureau: Bureau, asked: Question, covered: Mapping[str, Any]) -> Iterator[Notice]:
    """What whoever opens the round has to know about one review."""
    name, partial = asked.process.name, not_full(covered)
    own = [one for one in asked.asked if one.item.own]
    if not asked.owner.mail:
        yield Notice("no_mail", _("{process}: the owner has no address, so no letter.").format(process=name))
    if not asked.process.owner_upn:
        yield Notice("no_upn", _("{process}: the account of the owner is not known.").format(process=name))
    if not asked.deputy.key:
        yield Notice("no_deputy", _("{process}: nobody stands in for the owner.").format(process=name))
    if asked.alone > TOO_MANY:
        text = _("{process}: {n} single decisions are too many to look at well; the matrix is too coarse here.")
        yield Notice("too_coarse", text.format(process=name, n=asked.alone))
    if partial:
        text = _("{process}: not read in full: {places}.")
        yield Notice("not_full", text.format(process=name, places=", ".join(partial)))
    if asked.found.unmatched:
        text = _("{process}: no place has this name: {places}.")
        yield Notice("no_place", text.format(process=name, places=", ".join(asked.found.unmatched)))
    yield from about_owner(asked, [one.reviewer for one in own])


def about_owner(asked: Question, reviewers: Sequence[str]) -> Iterator[Notice]:
    """Nobody decides about himself: who does, or that there is nobody."""
    name = asked.process.name
    if not all(reviewers):
        text = _("{process}: the owner is asked about himself, and there is no deputy and no bestuur to decide.")
        yield Notice("self", text.format(process=name), stops=True)
    elif reviewers:
        text = _("{process}: {n} about the owner; decided by {who}.")
        yield Notice("rerouted", text.format(process=name, n=len(reviewers), who=reviewers[0]))


def unknown_group(role: str, pattern: str) -> Notice:
    """Nobody has a role by a group that is not there."""
    text = _("Nobody has the role {role} by the group {group}: no group has this name.")
    return Notice("no_group", text.format(role=role, group=pattern))


def unowned(count: int) -> Notice:
    """Places that nobody answers for are asked about by nobody."""
    return Notice("no_owner", _("{n} places belong to no process, so nobody is asked about them.").format(n=count))


def quarter(calendar: Diary, now: datetime) -> str:
    """The name of the round of this day: 2026-K4."""
    today = calendar.today(now)
    return f"{today.year}-K{(today.month + 2) // 3}"


# ---------------------------------------------------------------- opening


def open_round(bureau: Bureau, outline: Outline, by: str) -> list[int]:
    """Freeze what was counted and ask it: round, reviews, items, roots, ledger and letters in one transaction.

    1. refuse what has nobody to decide, and a round that is there already
    2. the round; what was never answered in an earlier one is written down as silence
    3. each review with its items and its root
    4. a letter to each owner
    """
    refuse(outline)
    store = bureau.store
    with store.write() as session:
        round_id = take(session, store.tenant, "review_round")
        refuse_twice(session, bureau, outline.name)
        tell_silence(session, bureau)
        take_over(session, bureau, outline)
        row = ReviewRound(
            tenant_id=store.tenant, round_id=round_id, name=outline.name, as_of=outline.as_of, due_at=outline.due_at,
            statement_version=STATEMENT, opened_at=bureau.now, opened_by=by,
        )  # fmt: skip
        session.add(row)
        session.flush()
        mark = keep_matrix(session, bureau)
        numbers = [open_review(session, bureau, row, one, mark, by) for one in outline.plans]
        told = {"by": by, "name": outline.name, "due": outline.due_at, "matrix": mark, "reviews": numbers}
        ledger.append(session, store, [ledger.Act("round.open", f"round/{round_id}", told)], bureau.now)
    return numbers


def refuse(outline: Outline) -> None:
    """Refuse a round in which somebody would decide about himself, or that asks nothing."""
    if outline.stops:
        raise RefusedError(
            N_("the round cannot be opened"),
            why="{problems}",
            fix=N_("let the owners approve the matrix; name a deputy in it, or the bestuur under [mail.to] board"),
            problems="\n".join(one.sentence for one in outline.stops),
        )
    if not outline.plans:
        raise RefusedError(
            N_("the round cannot be opened"),
            why=N_("the autorisatiematrix names no process"),
            fix=N_("say in it who answers for what"),
        )


def refuse_twice(session: Session, bureau: Bureau, name: str) -> None:
    """One round a quarter; a second click must not write to everybody again."""
    mine = (col(ReviewRound.tenant_id) == bureau.store.tenant, col(ReviewRound.name) == name)
    known = session.scalar(select(col(ReviewRound.round_id)).where(*mine).limit(1))
    alive = [one for one in reviews(session, bureau.store, known) if is_alive(session, bureau, one)] if known else []
    if alive:
        raise RefusedError(
            N_("round {name} is open already"),
            fix=N_("'ibpmon review status' shows how it stands; 'reopen' makes a new revision of one review"),
            name=name,
        )


def is_alive(session: Session, bureau: Bureau, review: AccessReview) -> bool:
    """Whether a review was not cancelled."""
    return standing(session, bureau.store, review.review_id).state(bureau.now) != "CANCELLED"


def tell_silence(session: Session, bureau: Bureau) -> None:
    """Write down of what was not answered before this round; that is a failure of the control, never a decision.

    What is asked between two rounds has a term of its own.
    """
    for found in list(living(session, bureau.store, bureau.now)):
        if found.micro and bureau.now <= found.review.due_at:
            continue
        if not any(line.verb == "silent" for line in found.events):
            left = {"decisions": len(found.left()), "rules": len(found.groups_left())}
            event(session, bureau.store, found.review.review_id, "silent", bureau.now, said=left)


def take_over(session: Session, bureau: Bureau, outline: Outline) -> None:
    """End what is open between two rounds and signed by nobody: this round asks it, and nobody is asked twice."""
    asked = {one.question.process.key for one in outline.plans}
    for found in list(living(session, bureau.store, bureau.now)):
        if found.micro and not found.signed and found.review.process in asked:
            why = _("asked again in round {name}").format(name=outline.name)
            event(session, bureau.store, found.review.review_id, "cancel", bureau.now, reason=why)


def keep_matrix(session: Session, bureau: Bureau) -> str:
    """Keep the matrix that the reviews are made with; gives its hash."""
    content = canonical(bureau.matrix.content.model_dump(mode="json"))
    mark = sha256(content)
    if session.get(ReviewMatrix, (bureau.store.tenant, mark)) is None:
        version = bureau.matrix.content.version
        row = ReviewMatrix(
            tenant_id=bureau.store.tenant, matrix_hash=mark, source_hash=bureau.matrix.hash, version=version,
            content=content,
        )  # fmt: skip
        session.add(row)
        session.flush()
    return mark


def open_review(session: Session, bureau: Bureau, row: ReviewRound, one: Plan, mark: str, by: str) -> int:
    """Write one review with its items, and ask its owner."""
    rows = frozen(bureau, one.question)
    number = write_review(session, bureau, row, one, mark, by, rows)
    post_letter(session, bureau, standing(session, bureau.store, number), one)
    return number


def frozen(bureau: Bureau, asked: Question) -> list[dict[str, Any]]:
    """The items as rows, each with a salt of its own."""
    return [row_of(bureau, one, number, secrets.token_hex(16)) for number, one in enumerate(asked.asked, 1)]


def write_review(
    session: Session, bureau: Bureau, row: ReviewRound, one: Plan, mark: str, by: str,
    rows: Sequence[Mapping[str, Any]],
) -> int:  # fmt: skip
    """Write the review and its items; gives its number. What does not add up is not written."""
    store, asked, covered = bureau.store, one.question, canonical(one.coverage)
    grants = len(asked.found.items)
    found = AccessReview(
        tenant_id=store.tenant, review_id=take(session, store.tenant, "review"), round_id=row.round_id,
        process=asked.process.key, name=asked.process.name, revision=1,
        owner=asked.owner.key, owner_name=asked.owner.name, owner_mail=asked.owner.mail,
        deputy=asked.deputy.key, deputy_name=asked.deputy.name, deputy_mail=asked.deputy.mail,
        as_of=row.as_of, due_at=row.due_at, matrix_hash=mark, coverage=covered, coverage_hash=sha256(covered),
        grants=grants, item_count=len(rows), excluded=canonical(dict(asked.excluded)),
        root=root([line["leaf_hash"] for line in rows]), opened_at=bureau.now, opened_by=by,
    )  # fmt: skip
    session.add(found)
    session.flush()
    write_items(session, bureau, found, rows)
    check_counts(session, bureau, found, sum(asked.excluded.values()))
    event(session, store, found.review_id, "open", bureau.now, by=by, said=opening(found))
    return found.review_id


def write_items(session: Session, bureau: Bureau, found: AccessReview, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the items, with the sample of each rule."""
    drawn = sample(rows, found.root)
    key = {"tenant_id": bureau.store.tenant, "review_id": found.review_id}
    for start in range(0, len(rows), AT_ONCE):
        lines = [{**row, **key, "sample": row["item_no"] in drawn} for row in rows[start : start + AT_ONCE]]
        session.execute(insert(table_of(ReviewItem)), lines)


def check_counts(session: Session, bureau: Bureau, found: AccessReview, excluded: int) -> None:
    """Refuse to freeze when what was found is not what is asked and left out: then somebody fell through."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == bureau.store.tenant, c.review_id == found.review_id)
    total = session.scalar(select(func.count()).where(*mine)) or 0
    grants = session.scalar(select(func.count()).where(*mine, c.outcome != "MISSING")) or 0
    if total != found.item_count or grants + excluded != found.grants:
        raise RefusedError(
            N_("the review of {process} does not add up"),
            why=N_("{grants} were found, {items} are asked and {excluded} left out"),
            fix=N_("this is a fault of ibpmon: tell its makers; nothing was opened"),
            process=found.name,
            grants=found.grants,
            items=grants,
            excluded=excluded,
        )


def sample(rows: Sequence[Mapping[str, Any]], top: str) -> set[int]:
    """The items of each rule that are shown when it is confirmed: drawn by the root, so nobody can choose them."""
    found: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        if not row["alone"] and row["outcome"] != "MISSING":
            found.setdefault((row["rule"], row["reviewer"]), []).append(row["item_no"])
    drawn = (sorted(some, key=lambda number: sha256(canonical([top, number])))[:SAMPLE] for some in found.values())
    return {number for some in drawn for number in some}


# ---------------------------------------------------------------- the letter


def post_letter(session: Session, bureau: Bureau, found: Standing, one: Plan) -> None:
    """Ask the owner: what, how long it takes, and until when."""
    before = promise(session, bureau.store, found.review.process, found.review.round_id)
    letter = letter_of(bureau, found.review, one, before)
    readers = [found.owner.mail] if found.owner.mail else bureau.config.mail.to.get("it", ())
    post(session, bureau, letter, readers)


def letter_of(bureau: Bureau, review: AccessReview, one: Plan, before: Promise | None = None) -> Letter:
    """The kwartaalbrief: first what came of the round before, then what is asked."""
    counts = one.counts
    title = _("Review of rights: {process}").format(process=review.name)
    asks = _("{who}, it is time to look at who has access to what you answer for: {process}.")
    effort = _("You are asked for {decisions}; that takes {minutes}. Please be ready before {day}.")
    nothing = _("Whoever does not answer decides nothing: then your deputy and the bestuur are asked.")
    facts = {
        _("Does not fit the matrix"): str(counts["deviation"]),
        _("New or changed"): str(counts["new"]),
        _("Unknown, or not in the matrix"): str(counts["unknown"] + counts["no_rule"]),
        _("Fits, confirmed per rule"): str(counts["conform"]),
    }
    facts |= renewals.figures(one.question)
    partial = not_full(one.coverage)
    if partial:
        facts[_("Not read in full")] = ", ".join(partial)
    words = {
        "decisions": decisions_word(counts["alone"] + counts["rules"]),
        "minutes": minutes_word(counts["minutes"]),
        "day": day_word(review.due_at, bureau),
    }
    paragraphs = (asks.format(who=review.owner_name, process=review.name), effort.format(**words), nothing)
    proof = promise_lines(before, bureau) if before else []
    link, told = page_of(bureau, review.review_id), (*proof, *paragraphs, *renewals.lines(one.question))
    return Letter("review", title, told, facts, ref(review.review_id), link)


def promise_lines(before: Promise, bureau: Bureau) -> list[str]:
    """What the round before promised, and what did not come of it."""
    broken = before.broken()
    left = len(broken) - MOST_LINES
    more = ngettext("And {n} more.", "And {n} more.", left).format(n=left)
    lines = [f"- {one.text}" for one in broken[:MOST_LINES]]
    return [before.sentence(bureau.config.time_zone), *lines, *([more] if left > 0 else [])]
