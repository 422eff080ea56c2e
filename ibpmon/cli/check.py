"""The command that looks whether everything is in place."""

from pathlib import Path

import click

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, visible
from ibpmon.errors import FAILED
from ibpmon.language import _

COLOURS = {"ok": "green", "note": "yellow", "problem": "red", "unknown": "yellow"}


def state_word(state: str) -> str:
    """The state of a check for a person."""
    words = {"ok": _("good"), "note": _("note"), "problem": _("wrong"), "unknown": _("unknown")}
    return words[state]


def subject_word(subject: str) -> str:
    """What a check is about, for a person."""
    words = {
        "database": _("database"), "clock": _("clock"), "certificate": _("certificate"), "token": _("sign-in"),
        "permissions": _("permissions"), "licences": _("licences"), "sharepoint": _("SharePoint groups"),
        "datto": _("Datto RMM"), "mail": _("mail"), "readers": _("readers of mail"), "teams": _("Teams"),
        "files": _("files of the board"), "content": _("content"), "people": _("people"),
        "backup": _("backup"), "web": _("pages"),
    }  # fmt: skip
    return words.get(subject, subject)


@click.command(help=_("Look whether everything is in place: sign-in, permissions, licences, clock, mail, files."))
@config_option
@json_option
def check(path: Path, to_json: bool) -> int:
    """Everything at once; nothing is changed and no mail is sent."""
    from ibpmon.operate.check import check_all
    from ibpmon.operate.rounds import workplace
    from ibpmon.providers import connect_all

    with workplace(path) as place, connect_all(place.config) as clients:
        found = list(check_all(place, clients, whole=to_json))
    if to_json:
        as_json([{"subject": one.subject, "state": one.state, **parts(one.told(_))} for one in found])
    else:
        for one in found:
            show(one.subject, one.state, *one.told(_))
    return FAILED if any(one.state == "problem" for one in found) else 0


def parts(told: tuple[str, str]) -> dict[str, str]:
    """What and fix under their names."""
    return {"what": told[0], "fix": told[1]}


def show(subject: str, state: str, what: str, fix: str) -> None:
    """One check: state, subject and what was seen; below it what to do."""
    word = click.style(f"{state_word(state):<9}", fg=COLOURS[state])
    click.echo(f"{word}{subject_word(subject):<20}{visible(what)}")
    if fix:
        click.echo(f"{'':<29}{visible(fix)}")
