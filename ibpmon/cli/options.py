"""The options that commands share, and what they open."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import click

from ibpmon.cli.show import visible
from ibpmon.language import _

Command = Callable[..., Any]


def config_option(command: Command) -> Command:
    """--config FILE"""
    return click.option(
        "--config",
        "path",
        type=click.Path(path_type=Path),
        default=Path("config.toml"),
        show_default=True,
        envvar="IBPMON_CONFIG",
        help=_("The configuration file."),
    )(command)


def behind_the_command(context: click.Context) -> None:
    """Refuse options before the name of a command in a group: there they would say nothing, in silence."""
    from click.core import ParameterSource

    given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if context.invoked_subcommand and given:
        raise click.UsageError(_("write the options behind '{command}'").format(command=context.invoked_subcommand))


def json_option(command: Command) -> Command:
    """--json"""
    return click.option("--json", "to_json", is_flag=True, help=_("Print JSON for programs."))(command)


def log_to_stderr(level: int = logging.INFO) -> None:
    """Lines with a time on the error stream, for a log or a terminal."""
    logging.basicConfig(level=level, handlers=[log_handler(sys.stderr)])
    for loud in ("apscheduler", "alembic", "urllib3", "msal", "mail.log"):
        logging.getLogger(loud).setLevel(logging.WARNING)


def log_handler(stream: TextIO) -> logging.Handler:
    """What writes log lines to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    return handler


class OneLine(logging.Formatter):
    """One message is one line, whatever stands in it: a name with a line end in it could write a line of its own.

    The lines of a trace follow it, set in, so that none of them looks like a message either.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        """The line."""
        return visible(super().formatMessage(record)).replace("\n", "\N{SYMBOL FOR NEWLINE}")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - as above
        """The trace."""
        return "\n".join(f"    {line}" for line in visible(super().formatException(ei)).split("\n"))
