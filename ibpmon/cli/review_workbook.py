"""A review as a workbook for who decides: write one, and read back what was filled in."""

import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ibpmon.cli.listings import Row
from ibpmon.cli.registers import NUMBER, doing, say
from ibpmon.cli.show import as_json, visible
from ibpmon.cli.who import who
from ibpmon.language import _, ngettext
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.review import workbook_answers
from ibpmon.review.decisions import REASONS
from ibpmon.review.items import level_word
from ibpmon.review.workbook import Binder, form, kind_of, went_out
from ibpmon.review.workbook_answers import Reading, Step
from ibpmon.review.workbook_reading import Line, called, returned
from ibpmon.tell.words import until_word


@click.group(help=_("A review as a workbook: it goes out to who decides, and is read back."))
def workbook() -> None:
    """Only a name for the commands under it."""


def binder_of(place: Workplace) -> Binder:
    """The binder of this board, now."""
    return Binder.of(place.config, place.store, place.now())


@workbook.command(help=_("Write what review NUMBER asks as a workbook (XLSX) for its owner, or for somebody else."))
@click.argument("number", type=NUMBER)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help=_("The new XLSX file."))
@click.option("--for", "for_whom", default="", help=_("Whose workbook it is, when that is not the owner."))
@doing
def write(number: int, out: Path | None, for_whom: str, by: str, path: Path, to_json: bool) -> int:
    """Write a workbook; of the review nothing changes, but that its names went out stands in the ledger."""
    from ibpmon.report.exports import write_private
    from ibpmon.report.review_workbook import workbook_of

    target = out or Path(f"review-{number}.xlsx")
    if target.suffix.casefold() != ".xlsx":
        raise click.BadParameter(_("name a file that ends in .xlsx"), param_hint="--out")
    with workplace(path) as place:
        binder = binder_of(place)
        with place.store.read() as session:
            made = form(session, binder, number, for_whom.strip())
        data = workbook_of(made, binder)
        mark = hashlib.sha256(data).hexdigest()
        with place.store.write() as session:
            went_out(session, binder, made, mark, who(by))
            write_private(target, data, anew=True)
    row = {"review": number, "file": str(target), "for": made.head.decider, "sha256": mark}
    name = made.there.seat(made.head.decider).name
    said = _("Written: {file}, for {name}. Read it back with: ibpmon review workbook read {number} {file}")
    return say(row, said.format(file=target, name=name, number=number), to_json)


@workbook.command(help=_("Show what workbook FILE decides about review NUMBER; with --yes decide it, all or nothing."))
@click.argument("number", type=NUMBER)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help=_("Write the decisions down; without it nothing is written."))
@click.option("--for", "for_whom", default="", help=_("Who decided, when you read it in for somebody else."))
@doing
def read(number: int, file: Path, yes: bool, for_whom: str, by: str, path: Path, to_json: bool) -> int:
    """Read a workbook that came back."""
    maker, found = who(by), returned(file)
    with workplace(path) as place:
        binder = binder_of(place)
        with place.store.write() if yes else place.store.read() as session:
            reading = workbook_answers.read(session, binder, number, found, maker, for_whom.strip(), lock=yes)
            if yes:
                workbook_answers.keep(session, binder, reading)
    if to_json:
        as_json(reading_row(reading, number, yes))
        return 0
    say_reading(reading, yes, binder.zone)
    return 0


def reading_row(reading: Reading, number: int, written: bool) -> Row:
    """What was read, as a program reads it."""
    return {
        "review": number, "written": written, "decisions": [step_row(one) for one in reading.steps],
        "same": [one.name for one in reading.same], "empty": [one.name for one in reading.empty],
        "emptied": [one.name for one in reading.emptied],
    }  # fmt: skip


def step_row(step: Step) -> Row:
    """One decision."""
    item, row = step.subject.item, step.row
    return {
        "item": item.item_no if item else None, "rule": "" if item else step.line.key, "decision": row["verb"],
        "because": row.get("reason_code", ""), "until": row.get("until"), "right": row.get("target_right", ""),
        "reason": row["reason"],
    }  # fmt: skip


def say_reading(reading: Reading, written: bool, zone: ZoneInfo) -> None:
    """What was read, row by row, and what became of it."""
    for step in reading.steps:
        item = step.subject.item
        click.echo(visible(f"{item.item_no}. {item.sentence or ''}" if item else called("rule", step.line.key)))
        click.echo(visible("   " + answer_word(step, zone)))
    for line in reading.emptied:
        click.echo(visible(_("{what}: empty now; the answer of before stays.").format(what=named(line))))
    counts = [
        ngettext("{n} decision", "{n} decisions", len(reading.steps)).format(n=len(reading.steps)),
        _("{n} as before").format(n=len(reading.same)),
        _("{n} without an answer").format(n=len(reading.empty) + len(reading.emptied)),
    ]
    click.echo(", ".join(counts) + ".")
    if not reading.steps:
        click.echo(_("Nothing changes."))
    else:
        click.echo(_("Written down.") if written else _("Nothing was written. Write it down with --yes."))


def answer_word(step: Step, zone: ZoneInfo) -> str:
    """What is decided, with all that goes along: what may remain, the last day, and why."""
    row, item = step.row, step.subject.item
    head = step.verb
    if item and row.get("target_right"):
        right = level_word(kind_of(item), row["target_right"])
        head = _("{answer} to: {right}").format(answer=head, right=_(right))
    if row.get("until"):
        head += ", " + until_word(row["until"], zone)
    word = REASONS.get(row.get("reason_code", ""), "")
    return "; ".join(part for part in (head, _(word) if word else "", row["reason"]) if part)


def named(line: Line) -> str:
    """What a row is about."""
    return called(line.kind, line.key)
