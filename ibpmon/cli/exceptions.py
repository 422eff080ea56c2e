"""The accepted risks: which run, until when, and ending one before its time."""

from datetime import datetime
from pathlib import Path

import click

from ibpmon.cli.listings import Row, writer_of
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, listing, when
from ibpmon.cli.who import by_option, check_text, who
from ibpmon.language import _
from ibpmon.operate.rounds import Workplace, rules_of, workplace
from ibpmon.tell import exceptions as accepted
from ibpmon.tell.exceptions import Told
from ibpmon.tell.words import until_word


@click.group(help=_("The accepted risks: list them with their end, or end one now."))
def exceptions() -> None:
    """Only a name for the commands under it."""


@exceptions.command(name="list", help=_("The accepted risks that run now, the first to end first."))
@click.option("--all", "also_ended", is_flag=True, help=_("Also those that have ended."))
@config_option
@json_option
def list_(also_ended: bool, path: Path, to_json: bool) -> int:
    """One line per accepted risk."""
    with workplace(path) as place:
        rows = [row_of(one, place, place.now()) for one in told(place, also_ended)]
    columns = {
        "exception": _("Number"), "title": _("Rule"), "sentence": _("About"), "reason": _("Reason"),
        "approved_by": _("Approved by"), "since": _("Since"), "until_word": _("Until"), "days_left": _("Days left"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No accepted risks."))
    return 0


def told(place: Workplace, also_ended: bool) -> list[Told]:
    """The accepted risks in words."""
    rules, writer = rules_of(place), writer_of(place)
    with place.store.read() as session:
        if also_ended:
            found = accepted.everything(session, place.store)
        else:
            found = accepted.running(session, place.store, place.now())
        return accepted.in_words(session, found, rules, writer)


def row_of(one: Told, place: Workplace, now: datetime) -> Row:
    """One accepted risk as a row; of what has ended no days are left, and that is said."""
    zone, over = place.config.time_zone, one.until <= now
    return {
        "exception": one.number,
        "rule": one.rule,
        "title": one.title,
        "sentence": one.sentence,
        "reason": one.reason,
        "approved_by": one.approved_by,
        "from": one.since,
        "since": when(one.since, zone),
        "until": one.until,
        "until_word": _("ended on {day}").format(day=when(one.until, zone)) if over else until_word(one.until, zone),
        "ended": over,
        "days_left": None if over else (one.until - now).days,
    }


@exceptions.command(help=_("Accepted risk NUMBER ends now; the next round of judging brings its alert back."))
@click.argument("number", type=int)
@click.option("--reason", required=True, help=_("Why it ends."))
@by_option
@config_option
@json_option
def end(number: int, reason: str, by: str, path: Path, to_json: bool) -> int:
    """End an accepted risk."""
    check_text("--reason", reason.strip())
    with workplace(path) as place:
        maker, now = who(by), place.now()
        with place.store.write() as session:
            row = accepted.end(session, place.store, number, maker, reason, now)
    if to_json:
        as_json({"exception": number, "rule": row.rule, "until": row.until})
    else:
        click.echo(
            _("Accepted risk {number} has ended. The next `ibpmon evaluate` brings its alert back.").format(
                number=number
            )
        )
    return 0
