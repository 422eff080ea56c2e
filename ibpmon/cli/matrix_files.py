"""The autorisatiematrix as files: one to begin with, the cross table of a board, and a workbook of what counts."""

from datetime import datetime
from pathlib import Path
from typing import cast

import click
from sqlmodel import Session

from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import NUMBER
from ibpmon.cli.show import as_json, visible
from ibpmon.collect.files import AMSTERDAM
from ibpmon.content import shipped
from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.report.exports import write_private
from ibpmon.review.access import Right
from ibpmon.review.matrix import Content
from ibpmon.review.matrix_approving import newest, read_proposal
from ibpmon.review.matrix_import import Imported, read_cross
from ibpmon.review.matrix_marks import written
from ibpmon.review.matrix_sheet import Found, Mark
from ibpmon.review.matrix_toml import FILL_IN, toml_of
from ibpmon.review.matrix_versions import content_of, in_force, stands, version_of, versions
from ibpmon.store.database import Store
from ibpmon.store.review_tables import MatrixVersion

STARTER = "matrix-starter.toml"


@click.command(help=_("Write a matrix to begin with to --out; its comments say what to fill in."))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help=_("The new TOML file."))
def starter(out: Path) -> int:
    """The matrix that ships with ibpmon, as a file of the board."""
    write_private(out, (shipped("reports") / STARTER).read_bytes(), anew=True)
    click.echo(visible(_("Written: {file}. Fill in what it asks, then: ibpmon matrix propose {file}").format(file=out)))
    return 0


@click.command(
    name="import", help=_("Show what a cross table (XLSX, CSV) of roles and places says; with --out write it as TOML.")
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help=_("The new TOML file; else a dry run."))
@click.option(
    "--x",
    "crossed",
    type=click.Choice(["read", "write", "owner"]),
    default="read",
    show_default=True,
    help=_("The right that a bare x stands for."),
)
@click.option(
    "--roles", type=click.Choice(["columns", "rows"]), help=_("Where the roles stand, when it cannot be seen.")
)
@click.option(
    "--skip", multiple=True, metavar="SHEET", help=_("A sheet that is no part of the matrix; may be repeated.")
)
@json_option
def import_(file: Path, out: Path | None, crossed: str, roles: str | None, skip: tuple[str, ...], to_json: bool) -> int:
    """Read all sheets, say what they hold, and write it when that was asked."""
    found = read_cross(file, datetime.now(AMSTERDAM).date(), cast("Right", crossed), roles or "", skip)
    if out:
        write_private(out, toml_of(found.content, file.name), anew=True)
    if to_json:
        kept = found.content.model_dump(mode="json", exclude={"version", "approved_by", "approved_on"})
        as_json({"content": kept, "sheets": [table_row(one) for one in found.tables], "skipped": found.skipped})
        return 0
    say_import(found)
    say_crosses(sum(one.crosses for one in found.tables), cast("Right", crossed))
    done = _("Written: {file}. Fill in what it asks, then: ibpmon matrix propose {file}").format(file=out)
    click.echo(visible(done if out else _("Nothing was written. Write it with --out FILE.toml.")))
    return 0


def table_row(one: Found) -> Row:
    """What was seen on one sheet, as a program reads it."""
    return {
        "sheet": one.sheet.name, "places": [place.name for place in one.places], "roles": list(one.roles),
        "marks": [{"cell": mark.where, "role": mark.role, "place": mark.place, "says": written(mark.rights)}
                  for mark in one.marks],
        "left_out": one.aside,
    }  # fmt: skip


def say_import(found: Imported) -> None:
    """What was read, sheet by sheet: each place with what every role may there."""
    for one in found.tables:
        counts = {"sheet": one.sheet.name, "places": len(one.places), "roles": len(one.roles), "marks": len(one.marks)}
        click.echo(visible(_("{sheet}: {places} place(s), {roles} role(s), {marks} right(s)").format(**counts)))
        for place, marks in by_place(one).items():
            said = ", ".join(f"{mark.role} {written(mark.rights)}" for mark in marks)
            click.echo(visible(f"  {place}: {said or '-'}"))
        if one.aside:
            click.echo(
                visible("  " + _("left out as total, note or heading: {cells}").format(cells=", ".join(one.aside)))
            )
    for name, why in found.skipped.items():
        click.echo(visible(_("{sheet}: not read ({why})").format(sheet=name, why=why)))
    lacking = ", ".join(one.name for one in found.content.processes if one.owner == FILL_IN)
    if lacking:
        click.echo(visible(_("The file does not say who answers for: {processes}").format(processes=lacking)))


def say_crosses(count: int, crossed: Right) -> None:
    """What was made of cells that say that there is access and not how far: that is a choice, so it is told."""
    if count:
        text = _("{count} cell(s) with only an x were read as {right}; say --x when it should be something else.")
        click.echo(visible(text.format(count=count, right=written({False: crossed}))))


def by_place(one: Found) -> dict[str, list[Mark]]:
    """The marks on a sheet under their places, those without any too."""
    found: dict[str, list[Mark]] = {place.name: [] for place in one.places}
    for mark in one.marks:
        found[mark.place].append(mark)
    return found


@click.command(
    help=_("Write version NUMBER, or what counts now, as a workbook in which the differences with before are marked.")
)
@click.argument("number", type=NUMBER, required=False)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help=_("The new XLSX file."))
@config_option
def export(number: int | None, out: Path, path: Path) -> int:
    """A cross table for each process, which 'matrix import' reads back."""
    from ibpmon.report.matrix_workbook import workbook_of

    if out.suffix.casefold() != ".xlsx":
        raise click.BadParameter(_("name a file that ends in .xlsx"), param_hint="--out")
    with workplace(path) as place:
        content, before, title = chosen(place, number)
    write_private(out, workbook_of(content, before, title), anew=True)
    click.echo(visible(_("Written: {file}. {title}").format(file=out, title=title)))
    return 0


def chosen(place: Workplace, number: int | None) -> tuple[Content, Content | None, str]:
    """The version that is asked, else the one that counts, else the file; with the one before it, and its title."""
    with place.store.read() as session:
        row = version_of(session, place.store, number) if number else counting(session, place.store)
        if row is None:
            last = newest(session, place.store)
            return of_file(place), content_of(last) if last else None, _("Autorisatiematrix, the file in config.toml.")
        older = [one for one in versions(session, place.store) if one.version < row.version]
        before = content_of(older[-1]) if older else None
        title = _("Autorisatiematrix, version {number}.") + (
            " " + _("Compared with version {before}.") if older else ""
        )
        values = {"number": row.version, "before": older[-1].version if older else 0}
        return content_of(row), before, title.format(**values)


def counting(session: Session, store: Store) -> MatrixVersion | None:
    """The version that counts now."""
    there = in_force(stands(session, store))
    return there.row if there else None


def of_file(place: Workplace) -> Content:
    """The matrix in the file that config.toml names."""
    known = place.config.files.matrix
    if known is None:
        raise RefusedError(
            N_("there is no autorisatiematrix to write"),
            why=N_("no version counts, and config.toml names no file"),
            fix=N_("give the number of a version ('ibpmon matrix list'), or name a file under [files.matrix]"),
        )
    return read_proposal(known, "-", place.now().date())
