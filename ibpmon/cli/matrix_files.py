"""The autorisatiematrix as files: one to begin with, the cross table of a board, and a workbook of what counts."""

import os
from pathlib import Path

import click

from ibpmon.cli.show import visible
from ibpmon.content import shipped
from ibpmon.errors import IbpmonError, RefusedError
from ibpmon.language import N_, _

STARTER = "matrix-starter.toml"


@click.command(help=_("Write a matrix to begin with to --out; its comments say what to fill in."))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help=_("The new TOML file."))
def starter(out: Path) -> int:
    """The matrix that ships with ibpmon, as a file of the board."""
    write_new(out, (shipped("reports") / STARTER).read_bytes())
    click.echo(visible(_("Written: {file}. Fill in what it asks, then: ibpmon matrix propose {file}").format(file=out)))
    return 0


def write_new(path: Path, data: bytes) -> None:
    """Write a file that was not there, for our eyes only; a matrix that somebody worked on is never overwritten."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as target:
            target.write(data)
    except FileExistsError:
        raise RefusedError(
            N_("the file {path} is there already"),
            why=N_("it may hold a matrix that somebody worked on, and that would be lost"),
            fix=N_("name another file, or move this one away first"),
            path=path,
        ) from None
    except OSError as error:
        raise IbpmonError(
            N_("cannot write the file {path}"),
            why="{error}",
            fix=N_("name a file in a folder that is there and that you may write in"),
            path=path,
            error=error.strerror or error,
        ) from None
