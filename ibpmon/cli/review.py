"""The reviews of rights: open a round, see what is asked, decide, sign, remind, and open again."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlmodel import Session

from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import NUMBER, doing, say
from ibpmon.cli.remote import moment
from ibpmon.cli.review_pack import export
from ibpmon.cli.review_quality import quality
from ibpmon.cli.review_tasks import review_tasks
from ibpmon.cli.review_verify import verify
from ibpmon.cli.review_workbook import workbook
from ibpmon.cli.show import as_json, listing, table, visible, when
from ibpmon.cli.who import who
from ibpmon.language import _, ngettext
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.review import decisions, lapsing, micro, reminding, reopening, rounds, signoff
from ibpmon.review.arriving import Arrived, arrived
from ibpmon.review.asking import DELTA_WORDS, OUTCOME_WORDS, RISK_WORDS
from ibpmon.review.asking import REASONS as RISKS
from ibpmon.review.bureau import Bureau
from ibpmon.review.decisions import REASONS, STATE_WORDS, VERB_WORDS, VERBS, Answer
from ibpmon.review.letters import decisions_word, minutes_word
from ibpmon.review.promises import Promise, promise
from ibpmon.review.quality import hurried
from ibpmon.review.renewals import Agreed, advice, agreed
from ibpmon.review.standing import ANSWERABLE, LAPSED, Standing, is_final, is_lapsed, reviews, standing, whose
from ibpmon.review.verifying import scene_at
from ibpmon.store.review_tables import ReviewItem
from ibpmon.store.upsert import table_of


@click.group(help=_("Reviews of rights: open a round, decide, sign, remind, and open again."))
def review() -> None:
    """Only a name for the commands under it."""


review.add_command(export)
review.add_command(quality)
review.add_command(review_tasks)
review.add_command(verify)
review.add_command(workbook)


def bureau_of(place: Workplace) -> Bureau:
    """The bureau of this board, now."""
    return Bureau.of(place.config, place.store, place.now())


def item_numbers(command: Callable[..., Any]) -> Callable[..., Any]:
    """The numbers of the items."""
    return click.argument("items", type=NUMBER, nargs=-1)(command)


# ---- opening


@review.command(name="open", help=_("Open a round: ask every owner about who has access now, and write to them."))
@click.option("--dry-run", is_flag=True, help=_("Only count, and say what to know before; nothing is written."))
@click.option(
    "--days",
    type=click.IntRange(1, 200),
    default=rounds.SCHOOL_DAYS,
    show_default=True,
    help=_("School days to decide in."),
)
@doing
def open_(dry_run: bool, days: int, by: str, path: Path, to_json: bool) -> int:
    """Count, and unless it is a dry run freeze and ask."""
    with workplace(path) as place:
        bureau = bureau_of(place)
        outline = rounds.plan(bureau, days)
        opened = [] if dry_run else rounds.open_round(bureau, outline, who(by))
        zone = place.config.time_zone
    if to_json:
        as_json(outline_row(outline, opened))
        return 0
    for number, plan in zip(opened or [0] * len(outline.plans), outline.plans, strict=True):
        click.echo(visible(plan_sentence(plan, number)))
    for notice in notices(outline):
        click.echo(visible(("! " if notice.stops else "- ") + notice.sentence))
    done = _("Round {name} is open; decide before {day}.") if opened else _("Nothing was opened. Term: {day}.")
    click.echo(visible(done.format(name=outline.name, day=when(outline.due_at, zone))))
    return 0


@review.command(name="micro", help=_("Ask between two rounds about what became more than was signed, or weighs most."))
@click.option("--process", default="", help=_("Only this process, by its key in the matrix."))
@click.option("--dry-run", is_flag=True, help=_("Only count, and say what to know before; nothing is written."))
@doing
def micro_(process: str, dry_run: bool, by: str, path: Path, to_json: bool) -> int:
    """Look, and unless it is a dry run freeze and ask: one small round for each process that needs it."""
    with workplace(path) as place:
        bureau = bureau_of(place)
        found = micro.outlines(bureau, micro.scene(bureau), process)
        opened = [] if dry_run else micro.open_all(bureau, found, who(by))
        zone = place.config.time_zone
    if to_json:
        as_json([outline_row(one, []) for one in found] if dry_run else opened)
        return 0
    for one in found:
        say_small_round(one, zone)
    if not found:
        click.echo(_("Nothing has to be asked between two rounds."))
    elif dry_run:
        click.echo(_("Nothing was opened."))
    else:
        click.echo(_("Opened: {numbers}.").format(numbers=", ".join(map(str, opened)) or "-"))
    return 0


def say_small_round(outline: rounds.Outline, zone: ZoneInfo) -> None:
    """What would be asked of one process, and what to know of it."""
    for plan in outline.plans:
        click.echo(visible(plan_sentence(plan, 0)))
    for notice in notices(outline):
        click.echo(visible(("! " if notice.stops else "- ") + notice.sentence))
    click.echo(visible(_("Decide before {day}.").format(day=when(outline.due_at, zone))))


def notices(outline: rounds.Outline) -> list[rounds.Notice]:
    """What is to be known, of the whole and of each review."""
    return [*outline.warnings, *(one for plan in outline.plans for one in plan.warnings)]


def outline_row(outline: rounds.Outline, opened: Sequence[int]) -> Row:
    """A round as a program reads it."""
    plans = [
        {"process": plan.question.process.key, "owner": plan.question.owner.key, **plan.counts}
        for plan in outline.plans
    ]
    told = [{"code": one.code, "sentence": one.sentence, "stops": one.stops} for one in notices(outline)]
    return {
        "round": outline.name, "as_of": outline.as_of, "due_at": outline.due_at, "reviews": plans, "notices": told,
        "opened": list(opened),
    }  # fmt: skip


def plan_sentence(plan: rounds.Plan, number: int) -> str:
    """What one owner is asked, in a sentence."""
    counts = plan.counts
    text = _("{process} ({owner}): {decisions}, {minutes}; {deviation} do not fit, {new} new, {unknown} unknown.")
    words = {
        "process": plan.question.process.name, "owner": plan.question.owner.name,
        "decisions": decisions_word(counts["alone"] + counts["rules"]), "minutes": minutes_word(counts["minutes"]),
        "unknown": counts["unknown"] + counts["no_rule"],
    }  # fmt: skip
    said = text.format(**words, deviation=counts["deviation"], new=counts["new"])
    return f"{number}. {said}" if number else said


# ---- looking


@review.command(help=_("How the reviews stand, or review NUMBER with what came of the round before."))
@click.argument("number", type=NUMBER, required=False)
@config_option
@json_option
def status(number: int | None, path: Path, to_json: bool) -> int:
    """All reviews, the newest last; or one of them."""
    with workplace(path) as place:
        return status_of(place, number, to_json) if number else status_all(place, to_json)


def status_of(place: Workplace, number: int, to_json: bool) -> int:
    """One review, with promise and proof on top."""
    with place.store.read() as session:
        there = standing(session, place.store, number)
        before = promise(session, place.store, there.review.process, there.review.round_id)
        later, away = since_then(session, place, there)
        row = status_row(there, place) | {"gone": sorted(away), **arrived_row(later)}
    if to_json:
        as_json(row | {"promise": promise_row(before)})
        return 0
    say_promise(before, place)
    click.echo(visible(standing_sentence(row)))
    if away:
        said = ngettext("Meanwhile gone: {n} right.", "Meanwhile gone: {n} rights.", len(away))
        click.echo(said.format(n=len(away)))
    say_arrived(later, there, place)
    return 0


def since_then(session: Session, place: Workplace, there: Standing) -> tuple[Arrived | None, dict[int, lapsing.Gone]]:
    """What came since the review was frozen, and what went; what was signed says nothing about today."""
    if there.state(place.now()) not in ANSWERABLE:
        return None, {}
    now = scene_at(session, place.store, place.config, place.now(), [there.review.review_id])
    later = None if there.micro else arrived(session, place.store, now.landscape, there.review)
    return later, lapsing.gone(session, place.store, now, there)


def arrived_row(later: Arrived | None) -> Row:
    """The same as a program reads it; None: not known, or no matter any more."""
    count = later.count if later and later.known else None
    return {"after": count, "after_at_least": later.count if later else None}


def say_arrived(later: Arrived | None, there: Standing, place: Workplace) -> None:
    """How much is not in this review because it came after it."""
    if later is not None:
        click.echo(visible(later.sentence(when(there.review.as_of, place.config.time_zone))))


def promise_row(before: Promise | None) -> Row | None:
    """What the round before promised, as a program reads it."""
    if before is None:
        return None
    lines = [{"sentence": one.sentence, "proof": one.proof, "why": one.why} for one in before.lines]
    return {"review": before.review_id, "signed_at": before.signed_at, "counts": before.counts, "lines": lines}


def say_promise(before: Promise | None, place: Workplace) -> None:
    """What the round before promised and what was seen of it; nothing when it promised nothing."""
    if before is not None:
        click.echo(visible(before.sentence(place.config.time_zone)))
        for one in before.lines:
            click.echo(visible(f"- {one.text}"))
        click.echo()


def status_all(place: Workplace, to_json: bool) -> int:
    """All reviews as a table."""
    with place.store.read() as session:
        found = [standing(session, place.store, one.review_id) for one in reviews(session, place.store)]
        rows = [status_row(one, place) for one in found]
    columns = {
        "review": _("Number"), "name": _("Process"), "revision": _("Revision"), "owner_name": _("Owner"),
        "state_word": _("State"), "left": _("Left"), "due_word": _("Before"), "fingerprint": _("Code"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No review was opened yet."))
    return 0


def status_row(there: Standing, place: Workplace) -> Row:
    """One review as a row."""
    one, state = there.review, there.state(place.now())
    name = _("{name} (between two rounds)").format(name=one.name) if there.micro else one.name
    codes = [signed.fingerprint for signed in there.signed.values()]
    return {
        "review": one.review_id, "process": one.process, "name": name, "revision": one.revision, "micro": there.micro,
        "owner": one.owner, "owner_name": one.owner_name, "state": state, "state_word": _(STATE_WORDS[state]),
        "left": len(there.left()) + len(there.groups_left()), "waiting": there.waiting, "due_at": one.due_at,
        "due_word": when(one.due_at, place.config.time_zone), "items": one.item_count, "root": one.root,
        "fingerprint": ", ".join(codes) or "-",
    }  # fmt: skip


@review.command(help=_("What review NUMBER asks, the riskiest first, with what was decided."))
@click.argument("number", type=NUMBER)
@click.option("--left", is_flag=True, help=_("Only what is not decided yet."))
@click.option("--rules", is_flag=True, help=_("The rules that are confirmed as a whole, with their samples."))
@click.option("--all", "everything", is_flag=True, help=_("Also what fits, and what somebody lacks."))
@config_option
@json_option
def items(number: int, left: bool, rules: bool, everything: bool, path: Path, to_json: bool) -> int:
    """The questions of one review."""
    with workplace(path) as place, place.store.read() as session:
        there = standing(session, place.store, number)
        if rules:
            rows = [rule_row(session, place, there, one) for one in there.groups]
            before = later = None
        else:
            before = promise(session, place.store, there.review.process, there.review.round_id)
            open_now = {one.item_no for one in there.left()}
            found = items_of(session, place, number, everything=everything)
            known = agreed(session, place.store, there.review.process, there.review.round_id - 1)
            later, away = since_then(session, place, there)
            rows = [item_row(there, one, known, away) for one in found if not left or one.item_no in open_now]
    if to_json:
        as_json(rows)
    elif rules:
        say_rules(rows)
    else:
        say_promise(before, place)
        say_items(rows, place)
        say_arrived(later, there, place)
    return 0


def items_of(session: Session, place: Workplace, number: int, *, everything: bool) -> list[ReviewItem]:
    """The items of a review in order."""
    c = table_of(ReviewItem).c
    mine = [c.tenant_id == place.store.tenant, c.review_id == number]
    mine += [] if everything else [c.alone.is_(True)]
    return list(session.scalars(select(ReviewItem).where(*mine).order_by(c.item_no)))


def item_row(there: Standing, one: ReviewItem, known: Mapping[str, Agreed], away: Mapping[int, lapsing.Gone]) -> Row:
    """One item as a row: the line that answers it, what was agreed before, and when it was read that it is gone."""
    last, before, gone = there.answers.get(one.item_no), known.get(one.item_key or ""), away.get(one.item_no)
    lapsed_at = last.shown_at if last and is_lapsed(last) else None
    return {
        "item": one.item_no, "risk": one.risk, "risks": json.loads(one.risks), "outcome": one.outcome,
        "delta": one.delta, "right": one.right, "rule": one.rule, "sentence": one.sentence or _("(erased)"),
        "decider": there.decider(one.reviewer, one.item_no), "hash": one.leaf_hash, "seen": last.seq if last else 0,
        "decision": last.verb if last else "", "by": whose(last) if last else "",
        "until": last.until if last else None, "agreed_until": before.until if before else None,
        "renewals": before.rounds - 1 if before else 0, "advice": advice_of(one, before),
        "gone_at": gone.read_at if gone else lapsed_at,
    }  # fmt: skip


def advice_of(one: ReviewItem, before: Agreed | None) -> str:
    """What to think of before it is kept once more; nothing of what fits, or is confirmed with others."""
    return advice(before) if before and one.alone and one.outcome != "CONFORM" else ""


def say_items(rows: Sequence[Row], place: Workplace) -> None:
    """The questions as sentences."""
    if not rows:
        click.echo(_("Nothing to decide."))
    for row in rows:
        reasons = ", ".join(_(RISKS[one]) for one in row["risks"])
        risk, outcome, delta = RISK_WORDS[row["risk"]], OUTCOME_WORDS[row["outcome"]], DELTA_WORDS[row["delta"]]
        facts = [_(risk), _(outcome), _(delta), reasons]
        click.echo(visible(f"{row['item']}. {row['sentence']}"))
        click.echo(visible("   " + "; ".join(fact for fact in facts if fact)))
        if row["advice"]:
            click.echo(visible("   " + row["advice"]))
        if row["gone_at"]:
            click.echo(visible("   " + gone_word(row, place)))
        if row["decision"] and row["decision"] != LAPSED:
            verb = VERB_WORDS[row["decision"]]
            decided = _("decided by {who}: {answer}").format(who=row["by"], answer=_(verb))
            click.echo(visible("   " + decided))


def gone_word(row: Row, place: Workplace) -> str:
    """That an access is gone by now, and whether it still has to be decided on."""
    said = _("meanwhile gone (read on {day})").format(day=when(row["gone_at"], place.config.time_zone))
    return f"{said}; " + _("nothing has to be decided") if row["decision"] == LAPSED else said


def rule_row(session: Session, place: Workplace, there: Standing, group: Any) -> Row:
    """One rule with its sample."""
    some = decisions.members(session, place.store, there.review.review_id, group)
    last = there.confirmed.get(group.key)
    return {
        "rule": group.key, "count": group.count, "new": group.fresh, "decider": there.decider(group.reviewer),
        "confirmed": is_final(last), "seen": last.seq if last else 0,
        "sample": [{"item": one.item_no, "sentence": one.sentence or ""} for one in some if one.sample],
    }  # fmt: skip


def say_rules(rows: Sequence[Row]) -> None:
    """The rules as sentences, each with its sample."""
    for row in rows:
        text = ngettext("{rule}: {n} right fits, {new} new.", "{rule}: {n} rights fit, {new} new.", row["count"])
        text = text.format(rule=row["rule"], n=row["count"], new=row["new"])
        click.echo(visible(text + (" " + _("Confirmed.") if row["confirmed"] else "")))
        for item in row["sample"]:
            click.echo(visible(f"   {item['item']}. {item['sentence']}"))


# ---- deciding


@review.command(help=_("Decide about ITEMS of review NUMBER, or with --rule about everything that fits a rule."))
@click.argument("number", type=NUMBER)
@click.argument("verb", type=click.Choice(VERBS))
@item_numbers
@click.option("--rule", default="", help=_("Confirm this rule, as 'review items --rules' names it; with keep."))
@click.option("--because", "reason_code", default="", type=click.Choice(["", *REASONS]), help=_("Why it may stay."))
@click.option("--reason", default="", help=_("In your own words; the question itself, with question."))
@click.option("--until", default="", help=_("Until when it may stay, a year at most, as 31-07-2027."))
@click.option("--right", "target", default="", help=_("With lower: what may remain, read or write."))
@click.option("--to", default="", help=_("With question: who is asked."))
@click.option("--for", "for_whom", default="", help=_("Who decided, when you write it down for somebody else."))
@click.option("--paper", is_flag=True, help=_("It was marked on paper."))
@click.option("--seen", type=int, help=_("The last line about the item that you saw: refused when more came."))
@doing
def decide(
    number: int, verb: Any, items: tuple[int, ...], rule: str, until: str, paper: bool, seen: int | None, by: str,
    path: Path, to_json: bool, **told: Any,
) -> int:  # fmt: skip
    """Write an answer down."""
    if bool(rule) == bool(items) or (rule and verb != "keep"):
        raise click.UsageError(_("name the items, or with keep a rule"))
    with workplace(path) as place:
        given = Answer(
            verb, who(by), until=moment(place, "until", "--until", until), channel="paper" if paper else "cli",
            seen={} if seen is None else dict.fromkeys(items or (0,), seen), **told,
        )  # fmt: skip
        with place.store.write() as session:
            if rule:
                decisions.confirm(session, place.store, number, rule, given, place.now())
            else:
                decisions.answer(session, place.store, number, items, given, place.now())
        return say_standing(place, number, to_json)


def say_standing(place: Workplace, number: int, to_json: bool) -> int:
    """How a review stands after an act."""
    with place.store.read() as session:
        row = status_row(standing(session, place.store, number), place)
    return say(row, standing_sentence(row), to_json)


def standing_sentence(row: Row) -> str:
    """How a review stands, in a sentence."""
    text = _("Review {number} ({name}): {state}, {left} left, before {day}.")
    words = {"number": row["review"], "name": row["name"], "state": row["state_word"], "day": row["due_word"]}
    return text.format(**words, left=decisions_word(row["left"]))


@review.command(help=_("Answer the question about ITEM of review NUMBER; then it is for its owner again."))
@click.argument("number", type=NUMBER)
@click.argument("item", type=NUMBER)
@click.argument("text")
@doing
def reply(number: int, item: int, text: str, by: str, path: Path, to_json: bool) -> int:
    """Answer a question."""
    with workplace(path) as place:
        with place.store.write() as session:
            decisions.reply(session, place.store, number, item, who(by), text, place.now())
        return say_standing(place, number, to_json)


@review.command(help=_("Let somebody else decide: about all of review NUMBER, or about one item of it."))
@click.argument("number", type=NUMBER)
@click.argument("to")
@click.option("--item", type=NUMBER, help=_("Only this item."))
@click.option("--from", "share", default="", help=_("Whose share, when it is not that of the owner."))
@click.option("--reason", required=True, help=_("Why somebody else decides."))
@doing
def assign(number: int, to: str, item: int | None, share: str, reason: str, by: str, path: Path, to_json: bool) -> int:
    """Give it to somebody else."""
    with workplace(path) as place:
        with place.store.write() as session:
            decisions.assign(session, place.store, number, to, who(by), reason, place.now(), item, share)
        return say_standing(place, number, to_json)


@review.command(help=_("End review NUMBER, which should not have been opened; impossible once anybody signed."))
@click.argument("number", type=NUMBER)
@click.option("--reason", required=True, help=_("Why it ends."))
@doing
def cancel(number: int, reason: str, by: str, path: Path, to_json: bool) -> int:
    """Cancel."""
    with workplace(path) as place:
        with place.store.write() as session:
            decisions.cancel(session, place.store, number, who(by), reason, place.now())
        return say_standing(place, number, to_json)


# ---- signing


@review.command(help=_("Sign review NUMBER: first shows the exact text with a code, then signs with --code."))
@click.argument("number", type=NUMBER)
@click.option("--code", default="", help=_("The code under the text, as you read it."))
@doing
def sign(number: int, code: str, by: str, path: Path, to_json: bool) -> int:
    """Show what would be signed, or sign it."""
    with workplace(path) as place:
        bureau, signer = bureau_of(place), who(by)
        if not code:
            return show_statement(bureau, number, signer, to_json)
        landscape = lapsing.before_signing(bureau, number).landscape
        now = reopening.live(bureau, number, landscape)
        with place.store.write() as session:
            made = signoff.sign(session, bureau, number, signer, code, {"channel": "cli"}, now, landscape)
    row = {"review": number, "signer": made.signer, "fingerprint": made.fingerprint, "hash": made.hash}
    text = _("Signed. The code is {code}; it also goes by mail to who signed and to the FG.")
    return say(row, text.format(code=made.fingerprint), to_json)


def show_statement(bureau: Bureau, number: int, signer: str, to_json: bool) -> int:
    """The text that would be signed, and the code that says it was read; what went too fast is no part of that text."""
    landscape = lapsing.before_signing(bureau, number).landscape
    with bureau.store.read() as session:
        _there, key, text = signoff.prepare(session, bureau, number, signer, landscape)
        fast = hurried(session, bureau.store, number, key)
    sentence = _("Nothing was signed. Do you agree? Then sign with --code {code}.").format(code=text.code)
    row = {"review": number, "signer": key, "statement": text.text, "counts": dict(text.counts), "code": text.code}
    row |= {"hurried": {"count": fast.count, "which": list(fast.which)}}
    return say(row, "\n\n".join(filter(None, (text.text, fast.sentence, sentence))), to_json)


@review.command(help=_("Write to who has not decided yet, and to deputy and bestuur when the term is over."))
@config_option
@json_option
def remind(path: Path, to_json: bool) -> int:
    """Write the reminders that are due."""
    with workplace(path) as place:
        sent = reminding.remind(bureau_of(place))
    rows = [{"review": one.review_id, "kind": one.kind, "to": one.to.mail, "step": one.step} for one in sent]
    if to_json:
        as_json(rows)
        return 0
    if rows:
        table(rows, {"review": _("Number"), "to": _("To")})
    else:
        click.echo(_("Nobody has to be reminded now."))
    return 0


@review.command(help=_("Open review NUMBER again as a new revision; what was signed stays as it is."))
@click.argument("number", type=NUMBER)
@click.option("--reason", required=True, help=_("Why it is opened again."))
@click.option("--fresh", is_flag=True, help=_("Ask about how things are now, not about the same as before."))
@doing
def reopen(number: int, reason: str, fresh: bool, by: str, path: Path, to_json: bool) -> int:
    """Make a new revision."""
    with workplace(path) as place:
        new = reopening.reopen(bureau_of(place), number, who(by), reason, fresh=fresh)
        return say_standing(place, new, to_json)
