"""How everything stands: what was read, what each rule says, mail and backups, and what is overdue."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ibpmon.cli.listings import RULE_COLUMNS, Row, rule_row, run_row, state_word
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, span, table, visible, when
from ibpmon.errors import FAILED
from ibpmon.language import _, ngettext
from ibpmon.operate.overdue import Sign, Standing, standing
from ibpmon.operate.rounds import Workplace, latest_evaluations, latest_runs, rules_of, workplace
from ibpmon.store.holes import lost
from ibpmon.store.tables import Run


def SOURCE_COLUMNS() -> Mapping[str, str]:  # noqa: N802 - a constant, said in the language of the moment
    """The headings of the listing of sources."""
    return {
        "title": _("Source"), "state_word": _("Read"), "standing_word": _("Standing"), "age": _("Age"),
        "when": _("Time"), "rows": _("Rows"), "reason": _("Remark"),
    }  # fmt: skip


@click.command(help=_("What was read, when, what each rule says now, and what is late."))
@config_option
@json_option
def status(path: Path, to_json: bool) -> int:
    """Coverage per source, outcome per rule, and whether anything is overdue: then the exit code says so."""
    with workplace(path) as place:
        runs = latest_runs(place)
        found, stands = gathered(place, runs), standing(place, runs)
        now, titles = place.now(), {name: one.title for name, one in place.connectors.items()}
    rows = {row["connector"]: row | standing_row(stands.sources[row["connector"]], now) for row in found["sources"]}
    if to_json:
        as_json({**found, "sources": list(rows.values()), **standing_values(stands)})
    else:
        say(found, [*rows.values(), *(unread_row(titles[name]) for name in found["never_read"])])
        say_standing(stands, titles, now)
    return FAILED if stands.overdue else 0


def gathered(place: Workplace, runs: Mapping[str, Run]) -> dict[str, Any]:
    """What the last rounds left behind."""
    outcomes, zone = latest_evaluations(place), place.config.time_zone
    return {
        "sources": [run_row(runs[name], place.connectors, zone) for name in place.connectors if name in runs],
        "never_read": [name for name in place.connectors if name not in runs],
        "holes": holes_of(place),
        "rules": [rule_row(rule, outcomes.get(rule.key)) for rule in rules_of(place)],
        "mails": mails_left(place),
    }


def say(found: Mapping[str, Any], sources: Iterable[Row]) -> None:
    """The tables, with what is lost and what waits."""
    table(sources, SOURCE_COLUMNS())
    for hole in found["holes"]:
        click.echo(_("{title}: from {start} to {end} nothing can be read any more.").format(**hole))
    table(found["rules"], RULE_COLUMNS())
    say_mails(**found["mails"])


def unread_row(title: str) -> Row:
    """A source that was never read, as a row."""
    unknown = {"standing_word": standing_word("unknown"), "age": "-"}
    return {"title": title, "state_word": state_word("NEVER"), "rows": "-", "when": "-", **unknown}


def standing_word(state: str) -> str:
    """How something stands, for a person."""
    words = {
        "good": _("good"), "late": _("too late"), "failed": _("failed"), "unknown": _("unknown"),
        "none": _("none yet"), "off": _("not in use"),
    }  # fmt: skip
    return words[state]


def standing_row(sign: Sign, now: datetime) -> Row:
    """How a source stands, beside its last run."""
    return {
        "standing": sign.state,
        "standing_word": standing_word(sign.state),
        "last_good": sign.at,
        "age": age(sign, now),
    }


def age(sign: Sign, now: datetime) -> str:
    """How long ago it last went well; a dash when it never did."""
    return span(now - sign.at) if sign.at else "-"


def standing_values(stands: Standing) -> dict[str, Any]:
    """How the rest stands, for programs."""
    rest = {"judging": stands.judging, "mail": stands.mail, "backup": stands.backup}
    values = {name: {"standing": sign.state, "last_good": sign.at} for name, sign in rest.items()}
    return {**values, "overdue": sorted(stands.overdue)}


def say_standing(stands: Standing, titles: Mapping[str, str], now: datetime) -> None:
    """Judging, mail and backup in a line each, and then what is overdue: nobody should have to look for it."""
    named = {"judging": _("Last judged"), "mail": _("Last mail"), "backup": _("Last backup")}
    for name, word in named.items():
        sign: Sign = getattr(stands, name)
        click.echo(f"{word + ':':<20}{age(sign, now)} ({standing_word(sign.state)})")
    named |= titles
    for name, sign in stands.overdue.items():
        click.echo(_("OVERDUE - {what}: {state}.").format(what=visible(named[name]), state=standing_word(sign.state)))


def holes_of(place: Workplace) -> list[Row]:
    """The spans that nobody can read any more."""
    zone = place.config.time_zone
    with place.store.read() as session:
        return [
            {
                "connector": one.connector, "title": one.title, "begins": one.begins, "ends": one.ends,
                "start": when(one.begins, zone), "end": when(one.ends, zone),
            }
            for one in lost(session, place.store)
        ]  # fmt: skip


def mails_left(place: Workplace) -> dict[str, int]:
    """How many mails nobody has received: silence must not look like good news."""
    from ibpmon.tell.outbox import given_up, waiting

    return {"waiting": waiting(place.store), "refused": given_up(place.store)}


def say_mails(waiting: int, refused: int) -> None:
    """What to do about mails that nobody has received; nothing when there are none."""
    if waiting:
        late = ngettext(
            "{n} mail waits; `ibpmon send` tries again.", "{n} mails wait; `ibpmon send` tries again.", waiting
        )
        click.echo(late.format(n=waiting))
    if refused:
        lost = ngettext(
            "{n} mail was refused for good, or perhaps never arrived; `ibpmon outbox` tells why.",
            "{n} mails were refused for good, or perhaps never arrived; `ibpmon outbox` tells why.",
            refused,
        )
        click.echo(lost.format(n=refused))
