"""Printing for people and for programs: sentences, tables, JSON, and errors as what, why and fix."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from ibpmon import language
from ibpmon.errors import FAILED, IbpmonError
from ibpmon.language import _


def run_safely(command: click.Command) -> int:
    """Run a command; an expected error is told in three lines and gives its exit code, without a trace."""
    try:
        result = command.main(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except IbpmonError as error:
        tell(error)
        return error.exit_code
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("Stopped."), err=True)
        return FAILED


def tell(error: IbpmonError) -> None:
    """What, why and fix of an error."""
    tell_parts(*error.told(_))


def tell_parts(what: str, why: str, fix: str) -> None:
    """What, why and fix on the error stream; a part that is not known is left out."""
    click.echo(click.style(visible(what), bold=True), err=True)
    for label, text in ((_("why"), why), (_("fix"), fix)):
        if text:
            lines = visible(text).splitlines()
            click.echo("\n".join([f"  {label:<9}{lines[0]}", *(f"  {'':<9}{line}" for line in lines[1:])]), err=True)


def visible(text: str) -> str:
    """A text whose control characters (of a name that someone chose) cannot steer the terminal."""
    return "".join(c if c == "\n" or shown(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def shown(character: str) -> bool:
    """Whether a character may reach a terminal: printable, and not one that turns the direction of reading."""
    return character.isprintable() and not 0x202A <= ord(character) <= 0x2069


def as_json(value: object) -> None:
    """One JSON document on standard output; times in ISO 8601.

    What could steer a terminal, or what none can write, is spelled out (\\u009b): for a program that is the same.
    """
    text = json.dumps(value, ensure_ascii=False, default=plain)
    click.echo(text if text.isprintable() else "".join(c if shown(c) else spelled_out(c) for c in text))


def spelled_out(character: str) -> str:
    """A character as JSON writes it with plain letters and digits; DEL is ASCII, and JSON leaves it as it is."""
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]


def plain(value: object) -> object:
    """A value that JSON lacks."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """A table on a screen: column names of the rows with their headings."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    listed = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in columns.values():
        listed.add_column(heading, overflow="fold")
    for row in rows:
        listed.add_row(*(Text(visible(cell(row.get(name, "")))) for name in columns))
    Console(width=None if sys.stdout.isatty() else 160).print(listed)


def cell(value: object) -> str:
    """A value in a table; a dash for what is not known."""
    return "-" if value is None else str(value)


def listing(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], to_json: bool, empty: str) -> None:
    """A listing as table or as JSON; said in words when there is nothing."""
    if to_json:
        as_json(list(rows))
    elif rows:
        table(rows, columns)
    else:
        click.echo(empty)


def when(moment: datetime | None, zone: Any) -> str:
    """A time as a person reads it; a dash when there is none."""
    return language.moment(moment, zone) if moment else "-"
