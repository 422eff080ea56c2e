"""The options that commands share, and what they open."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

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
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for loud in ("apscheduler", "alembic", "urllib3", "msal", "mail.log"):
        logging.getLogger(loud).setLevel(logging.WARNING)
