"""Working on alerts: list them, look at one with its history, and say what is done about it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import ColumnElement, select
from sqlmodel import col

from ibpmon.cli.listings import Row, writer_of
from ibpmon.cli.options import behind_the_command, config_option, json_option
from ibpmon.cli.remote import known_people, moment
from ibpmon.cli.show import as_json, listing, table, visible, when
from ibpmon.cli.who import by_option, check_text, spelled, who
from ibpmon.language import _, ngettext
from ibpmon.operate.rounds import Workplace, rules_of, workplace
from ibpmon.store.tables import Alert
from ibpmon.tell.acts import Deed, Line, check_whole, do, history, no_such, review
from ibpmon.tell.alert_words import act_word, by_whom, scrubbed, told_word
from ibpmon.tell.changes import AT_REST, OPEN
from ibpmon.tell.words import alert_state_word, level_word

Command = Callable[..., Any]
if TYPE_CHECKING:
    from ibpmon.tell.people import People

# ---- looking


@click.group(invoke_without_command=True, help=_("The alerts: list them, look at one, and say what is done about it."))
@config_option
@json_option
@click.pass_context
def alerts(context: click.Context, path: Path, to_json: bool) -> int:
    """Without a command under it, the list; options for a command under it stand behind that one."""
    behind_the_command(context)
    return 0 if context.invoked_subcommand else listed(path, to_json, "")


@alerts.command(name="list", help=_("All alerts, the newest change first."))
@click.option("--state", default="", type=click.Choice(["", *OPEN, *AT_REST]), help=_("Only those in this state."))
@config_option
@json_option
def list_(state: str, path: Path, to_json: bool) -> int:
    """The list, or a part of it."""
    return listed(path, to_json, state)


def listed(path: Path, to_json: bool, state: str) -> int:
    """Print the alerts."""
    with workplace(path) as place:
        found = stored_alerts(place, *([col(Alert.state) == state] if state else []))
        about = lines_of(place, found)
        rows = [alert_row(alert, about.get((alert.rule, alert.subject), alert.subject), place) for alert in found]
    columns = {
        "alert": _("Number"), "level_word": _("Severity"), "state_word": _("State"), "sentence": _("About"),
        "since": _("Since"), "assigned_to": _("With"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No alerts."))
    return 0


@alerts.command(help=_("Alert NUMBER with everything that happened to it."))
@click.argument("number", type=int)
@config_option
@json_option
def show(number: int, path: Path, to_json: bool) -> int:
    """One alert and its history."""
    with workplace(path) as place:
        found = stored_alerts(place, col(Alert.alert_id) == number)
        if not found:
            raise no_such(number)
        about = lines_of(place, found)
        row = alert_row(found[0], about.get((found[0].rule, found[0].subject), found[0].subject), place)
        known = known_people(place)
        with place.store.read() as session:
            lines = [line_row(line, place, known) for line in history(session, place.store, number)]
    if to_json:
        as_json(row | {"history": lines})
        return 0
    click.echo(visible(f"{number}  {row['level_word']}  {row['state_word']}  {row['sentence']}"))
    if lines:
        table(
            lines,
            {
                "line": _("Line"),
                "when": _("Time"),
                "what_word": _("What"),
                "by": _("Who"),
                "told": _("Remark"),
            },
        )
    return 0


def stored_alerts(place: Workplace, *conditions: ColumnElement[bool]) -> list[Alert]:
    """The alerts of the board of which this holds."""
    mine = select(Alert).where(col(Alert.tenant_id) == place.store.tenant, *conditions)
    with place.store.read() as session:
        return list(session.scalars(mine.order_by(col(Alert.changed_at).desc(), col(Alert.alert_id))))


def lines_of(place: Workplace, found: Sequence[Alert]) -> dict[tuple[str, str], str]:
    """What each alert is about, as its mail says it; of a rule that is off nothing is said."""
    writer, per_rule = writer_of(place), defaultdict[str, dict[str, int]](dict)
    for alert in found:
        per_rule[alert.rule][alert.subject] = alert.occurrences
    with place.store.read() as session:
        return {
            (rule.key, subject): line
            for rule in rules_of(place)
            for subject, line in writer.about(session, rule, per_rule[rule.key]).items()
        }


def alert_row(alert: Alert, sentence: str, place: Workplace) -> Row:
    """One alert as a row: keys for programs, the line of its mail for people."""
    return {
        "alert": alert.alert_id,
        "rule": alert.rule,
        "subject": alert.subject,
        "sentence": sentence,
        "state": alert.state,
        "state_word": alert_state_word(alert.state),
        "level": alert.level,
        "level_word": level_word(alert.level),
        "occurrences": alert.occurrences,
        "opened_at": alert.opened_at,
        "since": when(alert.opened_at, place.config.time_zone),
        "assigned_to": alert.assigned_to,
    }


def line_row(line: Line, place: Workplace, known: "People") -> Row:
    """One line of a history as a row; a pupil whom somebody names in it appears by pseudonym."""
    zone = place.config.time_zone
    said = scrubbed(line, known.scrubbed)
    return {
        "line": line.seq,
        "at": line.at,
        "when": when(line.at, zone),
        "what": line.what,
        "what_word": act_word(line.what),
        "by": by_whom(line, said),
        "said": said,
        "told": told_word(said, zone),
    }


# ---- acting


def acting(command: Command) -> Command:
    """What every act takes: the number, by whom, and what that person saw."""
    options = (
        click.argument("number", type=int),
        by_option,
        click.option("--seen", type=int, help=_("The last line of its history that you saw: refused when more came.")),
        config_option,
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@alerts.command(help=_("You work on alert NUMBER."))
@acting
def ack(**options: Any) -> int:
    """Acknowledge."""
    return act("ack", **options)


@alerts.command(help=_("Alert NUMBER is no problem: close it, with the reason. It comes back when it gets worse."))
@click.option("--reason", default="", help=_("Why it is no problem."))
@acting
def close(**options: Any) -> int:
    """Close as a false positive."""
    return act("close", **options)


@alerts.command(help=_("Somebody accepts the risk of alert NUMBER, until a day."))
@click.option("--reason", default="", help=_("Why the risk is accepted."))
@click.option("--approved-by", default="", help=_("Who decided so."))
@click.option("--until", required=True, help=_("Until when, a year at most, as 31-07-2027."))
@acting
def accept(**options: Any) -> int:
    """Accept the risk."""
    return act("accept", **options)


@alerts.command(help=_("Open alert NUMBER again, also when it was accepted."))
@click.option("--reason", default="", help=_("Why it is opened again."))
@acting
def reopen(**options: Any) -> int:
    """Open again."""
    return act("reopen", **options)


@alerts.command(help=_("Give alert NUMBER to somebody."))
@click.option("--to", default="", help=_("To whom."))
@acting
def assign(**options: Any) -> int:
    """Assign."""
    return act("assign", **options)


@alerts.command(help=_("Write something down about alert NUMBER."))
@acting
@click.argument("reason", metavar="TEXT")
def comment(**options: Any) -> int:
    """Comment."""
    return act("comment", **options)


@alerts.command(help=_("You went through the alerts and the logs: write that down."))
@by_option
@config_option
@json_option
def reviewed(by: str, path: Path, to_json: bool) -> int:
    """Write a review down."""
    maker = who(by)
    with workplace(path) as place, place.store.write() as session:
        count = review(session, place.store, maker, place.now())
    if to_json:
        as_json({"by": maker, "open": count})
    else:
        said = ngettext("Written down. {n} alert is open.", "Written down. {n} alerts are open.", count)
        click.echo(said.format(n=count))
    return 0


def act(verb: Any, number: int, by: str, seen: int | None, path: Path, to_json: bool, **told: str) -> int:
    """Carry out an act and say how the alert stands now."""
    words = {name: text.strip() for name, text in told.items() if name != "until"}
    deed = Deed(verb, who(by), until=None, seen=seen, **words)
    option = spelled if verb != "comment" else lambda _name: "TEXT"
    check_whole(deed, option)
    for name, text in words.items():
        check_text(option(name), text)
    with workplace(path) as place:
        if "until" in told:
            deed = replace(deed, until=moment(place, "until", "--until", told["until"]))
        law = {rule.key for rule in rules_of(place) if rule.term} if verb == "accept" else set[str]()
        with place.store.write() as session:
            alert = do(session, place.store, number, deed, place.now(), law)
        state = alert_state_word(alert.state)
    if to_json:
        as_json({"alert": number, "state": alert.state, "assigned_to": alert.assigned_to})
    else:
        click.echo(
            _("Alert {number}: {what}. It is now: {state}.").format(number=number, what=act_word(verb), state=state)
        )
    return 0
