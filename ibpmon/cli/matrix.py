"""The autorisatiematrix in versions: propose one, approve it, and see what stands in it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
from sqlmodel import Session

from ibpmon.cli import matrix_files
from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import NUMBER, doing, say
from ibpmon.cli.show import as_json, listing, visible, when
from ibpmon.cli.who import who
from ibpmon.config import MatrixFile
from ibpmon.errors import ConfigError
from ibpmon.language import N_, _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.review import matrix_approving
from ibpmon.review.bureau import bestuur_of
from ibpmon.review.matrix_changes import KIND_WORDS, PART_WORDS, Change, changes
from ibpmon.review.matrix_versions import Stand, content_of, in_force, stands, version_of, versions


@click.group(help=_("The autorisatiematrix: propose a version, approve it, and see what changed."))
def matrix() -> None:
    """Only a name for the commands under it."""


for command in (matrix_files.starter, matrix_files.import_, matrix_files.export):
    matrix.add_command(command)


@matrix.command(help=_("Show what FILE (or the file in config.toml) would change; with --yes propose it as a version."))
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help=_("Propose it; without this nothing is written."))
@doing
def propose(file: Path | None, yes: bool, by: str, path: Path, to_json: bool) -> int:
    """Compare with the last version, and keep the new one when that was asked."""
    with workplace(path) as place:
        source, maker, now = source_of(place, file), who(by), place.now()
        content = matrix_approving.read_proposal(source, maker, now.date())
        with place.store.read() as session:
            last = matrix_approving.newest(session, place.store)
            found = changes(content_of(last) if last else None, content)
        number = 0
        if yes:
            with place.store.write() as session:
                row = matrix_approving.propose(session, place.store, content, source.path.name, maker, now)
                number = row.version
    if to_json:
        as_json({"version": number, "changes": [change_row(one) for one in found]})
        return 0
    say_changes(found)
    done = _("This is version {number} now; it counts when the owner of each process approved it.")
    click.echo(visible(done.format(number=number) if number else _("Nothing was written. Propose it with --yes.")))
    return 0


def source_of(place: Workplace, file: Path | None) -> MatrixFile:
    """The file that is named here, read as config.toml says of lists; else the one in config.toml."""
    known = place.config.files.matrix
    if file is None:
        return known or refused()
    other = MatrixFile.model_validate({"path": file})
    return known.model_copy(update={"path": file}) if known and known.is_list == other.is_list else other


def refused() -> NoReturn:
    """There is nothing to read."""
    raise ConfigError(
        N_("no matrix can be proposed"),
        why=N_("config.toml names no autorisatiematrix"),
        fix=N_("name a file, or name it under [files.matrix]"),
    )


def change_row(one: Change) -> Row:
    """A change as a program reads it."""
    return {
        "kind": one.kind, "part": one.part, "name": one.name, "before": one.before, "after": one.after,
        "processes": list(one.processes),
    }  # fmt: skip


def say_changes(found: Sequence[Change]) -> None:
    """Each change as a line, under the process that it is about."""
    groups: dict[str, list[Change]] = {}
    for one in found:
        for key in one.processes or (_("all processes"),):
            groups.setdefault(key, []).append(one)
    if not groups:
        click.echo(_("Nothing changes."))
    for key, some in groups.items():
        click.echo(visible(f"{key}:"))
        for one in some:
            click.echo(visible("  " + change_sentence(one)))


def change_sentence(one: Change) -> str:
    """What changes, from what to what."""
    head = f"{_(KIND_WORDS[one.kind])}: {_(PART_WORDS[one.part])} {one.name}"
    said = " -> ".join(text for text in (one.before, one.after) if text)
    return f"{head}: {said}"


@matrix.command(help=_("Approve version NUMBER for one process; only its owner or who stands in can."))
@click.argument("number", type=NUMBER)
@click.option("--process", required=True, help=_("The key of the process, as 'matrix show' names it."))
@doing
def approve(number: int, process: str, by: str, path: Path, to_json: bool) -> int:
    """Write the approval down."""
    with workplace(path) as place:
        with place.store.write() as session:
            bestuur = bestuur_of(place.config)
            matrix_approving.approve(session, place.store, number, process, who(by), place.now(), bestuur)
        with place.store.read() as session:
            row = version_row(session, place, number)
    left = ", ".join(row["waiting"])
    text = _("Approved. Still to approve: {left}.") if left else _("Approved by all: version {number} counts now.")
    return say(row, text.format(left=left, number=number), to_json)


@matrix.command(name="list", help=_("All versions, and which one counts."))
@config_option
@json_option
def list_(path: Path, to_json: bool) -> int:
    """The versions, the oldest first."""
    with workplace(path) as place, place.store.read() as session:
        rows = version_rows(session, place)
    shown = [{**row, "left": ", ".join(row["waiting"]) or "-"} for row in rows]
    columns = {
        "version": _("Number"), "source": _("File"), "proposed_by": _("Proposed by"), "day": _("Proposed on"),
        "state_word": _("State"), "left": _("Still to approve"),
    }  # fmt: skip
    listing(
        rows if to_json else shown, columns, to_json, _("No version was proposed: nobody approved the matrix here.")
    )
    return 0


def version_row(session: Session, place: Workplace, number: int) -> Row:
    """One version as a row."""
    return next(row for row in version_rows(session, place) if row["version"] == number)


def version_rows(session: Session, place: Workplace) -> list[Row]:
    """All versions as rows, the oldest first."""
    known = stands(session, place.store)
    there = in_force(known)
    return [stand_row(one, place, counts=one is there) for one in known]


def stand_row(one: Stand, place: Workplace, *, counts: bool) -> Row:
    """How a version stands."""
    row = one.row
    return {
        "version": row.version, "source": row.source, "proposed_by": row.proposed_by, "proposed_at": row.proposed_at,
        "day": when(row.proposed_at, place.config.time_zone), "hash": row.hash, "in_force": counts,
        "state_word": _("counts") if counts else _("waits") if one.left else _("replaced"), "waiting": list(one.left),
        "approvals": [{"process": a.process, "owner": a.owner, "by": a.by, "at": a.at} for a in one.done.values()],
    }  # fmt: skip


@matrix.command(help=_("What stands in version NUMBER, and what changed since the version before it."))
@click.argument("number", type=NUMBER)
@config_option
@json_option
def show(number: int, path: Path, to_json: bool) -> int:
    """One version, its approvals, and its changes."""
    with workplace(path) as place, place.store.read() as session:
        one = version_of(session, place.store, number)
        before = next((row for row in reversed(versions(session, place.store)) if row.version < number), None)
        content = content_of(one)
        found = changes(content_of(before) if before else None, content)
        row = version_row(session, place, number)
    if to_json:
        kept = content.model_dump(mode="json", exclude={"version", "approved_by", "approved_on"})
        as_json({**row, "content": kept, "changes": [change_row(change) for change in found]})
        return 0
    done = {approval["process"]: approval["by"] for approval in row["approvals"]}
    for process in content.processes:
        state = _("approved by {who}").format(who=done[process.key]) if process.key in done else _("not approved yet")
        click.echo(visible(f"{process.key}: {process.name} ({process.owner}): {state}"))
    say_changes(found)
    return 0
