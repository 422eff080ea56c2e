"""Who does something, and the words that this person gives: shared by every command that writes an act down."""

import getpass
from collections.abc import Callable
from typing import Any

import click

from ibpmon.language import _

Command = Callable[..., Any]


def by_option(command: Command) -> Command:
    """--by NAME"""
    return click.option("--by", default="", help=_("Who does this; without it whoever is logged in here."))(command)


def who(by: str) -> str:
    """Who does this: as was said, or else whoever is logged in."""
    maker = by.strip() or logged_in()
    check_text("--by", maker)
    return maker


def spelled(name: str) -> str:
    """How the command line names a field."""
    return f"--{name.replace('_', '-')}"


def check_text(hint: str, text: str) -> None:
    """Refuse what says nothing, and what no screen can show later; `hint` names the option or word."""
    if not text:
        raise click.BadParameter(_("this cannot be empty"), param_hint=hint)
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise click.BadParameter(_("this holds signs that are not UTF-8"), param_hint=hint)


def logged_in() -> str:
    """Who is logged in on this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        raise click.BadParameter(_("nobody is logged in here: say who does this"), param_hint="--by") from None
