"""The trend: what became of the alerts, week by week."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, table
from ibpmon.language import _
from ibpmon.operate.rounds import workplace
from ibpmon.tell.trend import COUNTED, UNKNOWN, keep_trend, kept
from ibpmon.tell.words import level_word, number

if TYPE_CHECKING:
    from ibpmon.store.tables import Trend

Row = dict[str, Any]


@click.command(help=_("What became of the alerts, per week and severity."))
@click.option("--weeks", default=12, show_default=True, type=click.IntRange(1, 520), help=_("How many weeks."))
@config_option
@json_option
def trend(weeks: int, path: Path, to_json: bool) -> int:
    """The last weeks that are over; one that is missing is written down first."""
    with workplace(path) as place:
        now = place.now()
        keep_trend(place.store, place.config, now)
        with place.store.read() as session:
            rows = [week_row(one) for one in kept(session, place.store, place.config, now, weeks)]
    if to_json:
        as_json(rows)
    elif rows:
        table([row | in_words(row) for row in of_some_use(rows)], headings())
    else:
        click.echo(_("No week is over yet since the first alert."))
    return 0


def headings() -> dict[str, str]:
    """The columns of the table."""
    return {
        "week_word": _("Week of"), "level_word": _("Severity"), "opened": _("New"), "reopened": _("Came back"),
        "solved": _("Solved"), "false_positive": _("No problem"), "accepted": _("Accepted"),
        "open": _("Open at the end"), "acknowledge_word": _("Hours until taken on"),
        "solve_word": _("Hours until solved"), "share_word": _("Share accepted"),
    }  # fmt: skip


def week_row(found: "Trend") -> Row:
    """One week of one level as a row; what nobody measured is null, for programs too."""
    return {
        "week": found.week.isoformat(),
        "level": found.level,
        **{name: getattr(found, name) for name in COUNTED},
        "hours_to_acknowledge": found.hours_to_acknowledge,
        "hours_to_solve": found.hours_to_solve,
        "accepted_share": found.accepted_share,
    }


def of_some_use(rows: Sequence[Row]) -> list[Row]:
    """The rows without the levels at which nothing happened in all these weeks; all of them when that leaves none."""
    used = {row["level"] for row in rows if any(row[name] for name in COUNTED)}
    return [row for row in rows if row["level"] in used or not used]


def in_words(row: Row) -> Row:
    """What the table shows of a row."""
    share = row["accepted_share"]
    return {
        "week_word": "-".join(reversed(row["week"].split("-"))),
        "level_word": _("unknown") if row["level"] == UNKNOWN else level_word(row["level"]),
        "acknowledge_word": hours(row["hours_to_acknowledge"]),
        "solve_word": hours(row["hours_to_solve"]),
        "share_word": None if share is None else f"{share:.0%}",
    }


def hours(value: float | None) -> str | None:
    """A number of hours, as precise as anyone wants it."""
    return None if value is None else number(round(value, 1))
