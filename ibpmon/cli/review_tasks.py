"""The tasks after a review: list them, see how one is done, name who does it, say that it is done or cannot be."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import NUMBER, doing, say
from ibpmon.cli.show import as_json, listing, visible, when
from ibpmon.cli.who import who
from ibpmon.language import _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.review import hints, remedies, verifying
from ibpmon.review.access import look
from ibpmon.review.assigning import live_hints
from ibpmon.review.bureau import Bureau, board_of


@click.group(name="tasks", help=_("What has to be taken away or lowered after a review."))
def review_tasks() -> None:
    """Only a name for the commands under it."""


@review_tasks.command(name="list", help=_("All tasks, with how they stand."))
@config_option
@json_option
def list_(path: Path, to_json: bool) -> int:
    """The tasks, the oldest first."""
    with workplace(path) as place:
        return list_all(place, to_json)


@review_tasks.command(help=_("Look whether what was to go is gone, as the last runs show it."))
@config_option
@json_option
def verify(path: Path, to_json: bool) -> int:
    """Look now, and list the tasks."""
    with workplace(path) as place:
        verifying.verify(Bureau.of(place.config, place.store, place.now()))
        return list_all(place, to_json)


def list_all(place: Workplace, to_json: bool) -> int:
    """All tasks as a table or as JSON."""
    with place.store.read() as session:
        rows = [row_of(one, place) for one in remedies.tasks(session, place.store)]
    columns = {
        "task": _("Number"), "state_word": _("State"), "sentence": _("What"), "due_word": _("Before"),
        "obstacle": _("Cannot because"),
    }  # fmt: skip
    if not any(row["obstacle"] for row in rows):
        del columns["obstacle"]
    listing(rows, columns, to_json, _("Nothing has to be taken away."))
    return 0


def row_of(task: remedies.Task, place: Workplace) -> Row:
    """One task as a row."""
    row = task.row
    return {
        "task": row.remediation_id, "review": row.review_id, "item": row.item_no, "state": task.state,
        "state_word": _(remedies.STATE_WORDS[task.state]), "goal": row.goal, "assignee": task.assignee,
        "obstacle": task.obstacle, "follows": row.follows, "sentence": task.item.sentence or _("(erased)"),
        "due_at": row.due_at, "due_word": when(row.due_at, place.config.time_zone),
    }  # fmt: skip


# ---- one task


@review_tasks.command(help=_("How task NUMBER is done: why the access is there, where it is cut, who else loses it."))
@click.argument("number", type=NUMBER)
@config_option
@json_option
def show(number: int, path: Path, to_json: bool) -> int:
    """One task, with its edges as they are now and what happened to it."""
    with workplace(path) as place, place.store.read() as session:
        task = remedies.the_task(session, place.store, number)
        row = row_of(task, place) | {"edges": edges(session, place, task), "history": history(task, place)}
    if to_json:
        as_json(row)
        return 0
    say_task(row)
    return 0


def edges(session: Session, place: Workplace, task: remedies.Task) -> list[Row]:
    """The edges when the task was made and those of now, each with the hint of now: what a run last read."""
    landscape = look(session, place.store, place.now(), board_of(place.config))
    guide = hints.guide_of(session, place.store, landscape)
    now = {key_of(one.state): one.kept for one in live_hints(guide, task.item)}
    then = {
        key_of(json.loads(one.edge_key)): one
        for one in remedies.edges_of(session, place.store, task.row.remediation_id)
        if one.edge_key
    }
    rows = [edge_row(told, is_there=True) for told in now.values()]
    gone = [json.loads(one.fix_hint) for key, one in then.items() if key not in now and one.fix_hint]
    return rows + [edge_row(told, is_there=False) for told in gone]


def key_of(edge: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes an edge the same, whatever it is called."""
    return tuple(str(edge[name]) for name in ("kind", "source", "target", "key"))


def edge_row(told: Mapping[str, Any], *, is_there: bool) -> Row:
    """One edge as a row."""
    return {
        "cause": told["cause"], "cause_word": hints.why(told), "where": hints.way(told), "line": told["line"],
        "others": told["others"], "advice": hints.advice(told), "there": is_there,
    }  # fmt: skip


def history(task: remedies.Task, place: Workplace) -> list[Row]:
    """What was reported and what was seen, in order."""
    titles, zone = {name: known.title for name, known in place.connectors.items()}, place.config.time_zone
    return [
        {"at": one.at, "when": when(one.at, zone), "what": one.what, "by": one.by, "said": one.said}
        for one in remedies.history(task, titles)
    ]


def say_task(row: Row) -> None:
    """A task on a screen."""
    click.echo(visible(f"{row['task']}. {row['sentence']}"))
    click.echo(visible("   " + _("{state}; before {day}.").format(state=row["state_word"], day=row["due_word"])))
    for edge in row["edges"]:
        click.echo(visible(f"- {edge['cause_word']}" + ("" if edge["there"] else " " + _("(not there any more)"))))
        for text in edge_lines(edge) if edge["there"] else ():
            click.echo(visible("   " + text))
    if not row["edges"]:
        click.echo(_("No way in is known now."))
    for one in row["history"]:
        click.echo(visible(f"{one['when']}  {one['said']}" + (f" ({one['by']})" if one["by"] else "")))


def edge_lines(edge: Row) -> list[str]:
    """What to do about one edge; the line is for somebody to read and to run, ibpmon does not."""
    found = [edge["where"], edge["line"], hints.others_word(edge["others"]), edge["advice"]]
    return [one for one in found if one]


# ---- acts


@review_tasks.command(help=_("Name who carries out task NUMBER."))
@click.argument("number", type=NUMBER)
@click.argument("to")
@doing
def assign(number: int, to: str, by: str, path: Path, to_json: bool) -> int:
    """Give it to somebody."""
    return acted(
        path,
        number,
        to_json,
        lambda place, session: remedies.assign(session, place.store, number, to, who(by), place.now()),
    )


@review_tasks.command(help=_("Say that task NUMBER is done; a later run looks whether it is so."))
@click.argument("number", type=NUMBER)
@doing
def done(number: int, by: str, path: Path, to_json: bool) -> int:
    """Report it."""
    return acted(
        path,
        number,
        to_json,
        lambda place, session: remedies.report(session, place.store, number, who(by), place.now()),
    )


@review_tasks.command(help=_("Say that task NUMBER cannot be done, and why; it stays on the list."))
@click.argument("number", type=NUMBER)
@click.option("--why", required=True, help=_("What is in the way."))
@doing
def cannot(number: int, why: str, by: str, path: Path, to_json: bool) -> int:
    """Say what is in the way."""
    return acted(
        path,
        number,
        to_json,
        lambda place, session: remedies.decline(session, place.store, number, why, who(by), place.now()),
    )


def acted(path: Path, number: int, to_json: bool, act: Callable[[Workplace, Session], None]) -> int:
    """Carry out an act, and say how the task stands after it."""
    with workplace(path) as place:
        with place.store.write() as session:
            act(place, session)
        with place.store.read() as session:
            row = row_of(remedies.the_task(session, place.store, number), place)
    return say(row, f"{number}. {row['state_word']}", to_json)
