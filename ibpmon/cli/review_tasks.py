"""The tasks after a review: list them, name who does one, say that it is done, and look whether it is so."""

from pathlib import Path

import click

from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import NUMBER, doing, say
from ibpmon.cli.show import listing, when
from ibpmon.cli.who import who
from ibpmon.language import _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.review import remedies, verifying
from ibpmon.review.bureau import Bureau


@click.group(name="tasks", help=_("What has to be taken away or lowered after a review."))
def review_tasks() -> None:
    """Only a name for the commands under it."""


@review_tasks.command(name="list", help=_("All tasks, with how they stand."))
@config_option
@json_option
def list_(path: Path, to_json: bool) -> int:
    """The tasks, the oldest first."""
    with workplace(path) as place:
        return show(place, to_json)


@review_tasks.command(help=_("Look whether what was to go is gone, as the last runs show it."))
@config_option
@json_option
def verify(path: Path, to_json: bool) -> int:
    """Look now, and list the tasks."""
    with workplace(path) as place:
        verifying.verify(Bureau.of(place.config, place.store, place.now()))
        return show(place, to_json)


def show(place: Workplace, to_json: bool) -> int:
    """All tasks as a table or as JSON."""
    with place.store.read() as session:
        rows = [row_of(one, place) for one in remedies.tasks(session, place.store)]
    columns = {"task": _("Number"), "state_word": _("State"), "sentence": _("What"), "due_word": _("Before")}
    listing(rows, columns, to_json, _("Nothing has to be taken away."))
    return 0


def row_of(task: remedies.Task, place: Workplace) -> Row:
    """One task as a row."""
    row = task.row
    return {
        "task": row.remediation_id, "review": row.review_id, "item": row.item_no, "state": task.state,
        "state_word": _(remedies.STATE_WORDS[task.state]), "goal": row.goal, "assignee": task.assignee,
        "follows": row.follows, "sentence": task.item.sentence or _("(erased)"), "due_at": row.due_at,
        "due_word": when(row.due_at, place.config.time_zone),
    }  # fmt: skip


@review_tasks.command(help=_("Name who carries out task NUMBER."))
@click.argument("number", type=NUMBER)
@click.argument("to")
@doing
def assign(number: int, to: str, by: str, path: Path, to_json: bool) -> int:
    """Give it to somebody."""
    with workplace(path) as place:
        with place.store.write() as session:
            remedies.assign(session, place.store, number, to, who(by), place.now())
        return told(place, number, to_json)


@review_tasks.command(help=_("Say that task NUMBER is done; a later run looks whether it is so."))
@click.argument("number", type=NUMBER)
@doing
def done(number: int, by: str, path: Path, to_json: bool) -> int:
    """Report it."""
    with workplace(path) as place:
        with place.store.write() as session:
            remedies.report(session, place.store, number, who(by), place.now())
        return told(place, number, to_json)


def told(place: Workplace, number: int, to_json: bool) -> int:
    """How a task stands after an act."""
    with place.store.read() as session:
        found = next(one for one in remedies.tasks(session, place.store) if one.row.remediation_id == number)
        row = row_of(found, place)
    return say(row, f"{number}. {row['state_word']}", to_json)
