"""The register of incidents and data breaches: raise one, say what is known, and what was reported to whom."""

from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import (
    NUMBER,
    Amount,
    Register,
    acting,
    amounts,
    doing,
    moment_in,
    say,
    show_row,
)
from ibpmon.cli.show import listing, when
from ibpmon.cli.who import who
from ibpmon.language import _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.store.tables import Incident
from ibpmon.tell import incident_words as words
from ibpmon.tell import incidents as register
from ibpmon.tell.incident_words import FIELDS, STATE_WORDS
from ibpmon.tell.register_words import yes_no
from ibpmon.tell.registers import Deed


@click.group(help=_("The register of incidents and data breaches, with the 72-hour clock."))
def incidents() -> None:
    """Only a name for the commands under it."""


# ---- looking


@incidents.command(name="list", help=_("All incidents, the newest first, with how long there is to report."))
@click.option("--state", default="", type=click.Choice(["", *STATE_WORDS]), help=_("Only those in this state."))
@config_option
@json_option
def list_(state: str, path: Path, to_json: bool) -> int:
    """The register in short."""
    with workplace(path) as place:
        rows = [row for row in REGISTER.rows(place) if state in ("", row["state"])]
    columns = {
        "incident": _("Number"), "title": _("Title"), "type_word": _("Type"), "breach_word": _("Data breach"),
        "state_word": _("State"), "reported_word": _("Reported to the AP"), "deadline_word": _("Report before"),
        "left_word": _("Time left"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No incidents."))
    return 0


@incidents.command(help=_("Incident NUMBER in full, with everything that happened to it."))
@click.argument("number", type=NUMBER)
@config_option
@json_option
def show(number: int, path: Path, to_json: bool) -> int:
    """One incident and its history."""
    with workplace(path) as place:
        (row,) = REGISTER.rows(place, number)
        lines = REGISTER.lines(place, number)
        facts = REGISTER.facts(place, row)
        facts |= {_("Time left"): row["left_word"]} if row["clock_runs"] else {}
        facts |= {words.labels()[name]: _("unknown") for name in ("people_count", "records_count") if row[name] is None}
    return show_row(row, facts, lines, to_json)


def incident_row(one: Incident, place: Workplace) -> Row:
    """One incident as a row: fields for programs, and words for people beside them."""
    ends, runs = register.deadline(one.aware_at), register.clock_runs(one)
    left = register.left_words(ends, place.now())
    row = {"incident": one.incident_id, "deadline": ends} | {
        name: getattr(one, name) for name in FIELDS if name not in ("incident", "deadline")
    }
    return {name: row[name] for name in FIELDS} | {
        "clock_runs": runs,
        "type_word": word(place, "type", one.type),
        "breach_word": word(place, "data_breach", one.data_breach),
        "state_word": word(place, "state", one.state),
        "reported_word": yes_no(one.reported),
        "deadline_word": when(ends, place.config.time_zone) if one.data_breach != "no" else "-",
        "left_word": left if runs else "-",
    }


def word(place: Workplace, name: str, value: Any) -> str:
    """A value of a field for a person."""
    return words.word(name, value, place.config.time_zone)


def standing(row: Row) -> str:
    """How an incident stands, in a sentence."""
    sentence = _("Incident {number}: {state}; data breach: {breach}; reported to the AP: {reported}.")
    if row["clock_runs"]:
        sentence = _("Incident {number}: {state}; data breach: {breach}; report before {deadline} ({left}).")
    words = {"state": row["state_word"], "breach": row["breach_word"], "reported": row["reported_word"]}
    return sentence.format(number=row["incident"], **words, deadline=row["deadline_word"], left=row["left_word"])


def carried_out(session: Session, place: Workplace, number: int, deed: Deed) -> Incident:
    """Do what a person says."""
    return register.do(session, place.store, number, deed, place.now())


REGISTER = Register(
    key="incident", fields=FIELDS, sheet="Incidenten",
    stored=register.stored, no_such=register.no_such, ref=register.ref, do=carried_out,
    row=incident_row, word=word, labels=words.labels, act_words=words.act_words, standing=standing,
)  # fmt: skip


# ---- acting


def described(command: Any) -> Any:
    """The fields that say what happened and what was done."""
    options = (
        click.option("--type", type=click.Choice(register.TYPES), help=_("own_store: a breach of ibpmon's own store.")),
        click.option("--happened", help=_("What happened.")),
        click.option("--people", help=_("Which kinds of people, such as staff or pupils; no names.")),
        click.option("--people-count", type=Amount(), help=_("How many people, or 'unknown'.")),
        click.option("--records", help=_("Which kinds of records.")),
        click.option("--records-count", type=Amount(), help=_("How many records, or 'unknown'.")),
        click.option("--effects", help=_("The likely effects for these people.")),
        click.option("--measures", help=_("What was done about it.")),
    )
    for option in reversed(options):
        command = option(command)
    return command


@incidents.command(name="open", help=_("Write a new incident down, TITLE in a few words. The 72 hours count from now."))
@click.argument("title")
@click.option("--alert", "alert_id", type=NUMBER, help=_("The number of the alert that it is raised from."))
@click.option("--data-breach", type=click.Choice(register.CLASSES), help=_("Whether it is a data breach (datalek)."))
@click.option("--aware", default="", help=_("When somebody became aware of it, as 31-07-2026 14:30; with --reason."))
@click.option("--reason", default="", help=_("Why somebody was aware at another moment than now."))
@described
@doing
def open_(by: str, reason: str, aware: str, path: Path, to_json: bool, **values: Any) -> int:
    """Raise an incident."""
    with workplace(path) as place:
        given = amounts(values) | {"aware_at": moment_in(place, "aware_at", "--aware", aware)}
        with place.store.write() as session:
            made = register.raise_incident(session, place.store, Deed("open", who(by), given, reason), place.now())
            number = made.incident_id
        row = REGISTER.rows(place, number)[0]
    return say(row, standing(row), to_json)


@incidents.command(name="set", help=_("Fill in or put right what is known of incident NUMBER."))
@acting
@click.option("--title", help=_("The title, in a few words."))
@described
@click.option("--evaluation", help=_("What was learned from it."))
@click.option("--reason", default="", help=_("Why it is put right."))
def set_(number: int, by: str, seen: int | None, reason: str, path: Path, to_json: bool, **values: Any) -> int:
    """Change fields."""
    given = amounts(values)
    if not given:
        raise click.UsageError(_("say what is to be filled in, such as --measures"))
    return REGISTER.act("change", number, by, seen, path, to_json, reason, given)


@incidents.command(name="class", help=_("Whether incident NUMBER is a data breach, with the reason."))
@acting
@click.argument("data_breach", metavar="yes|no|investigating", type=click.Choice(register.CLASSES))
@click.option("--reason", required=True, help=_("Why it is one, or why not."))
def class_(data_breach: str, reason: str, **more: Any) -> int:
    """Set the class."""
    return REGISTER.act("class", reason=reason, values={"data_breach": data_breach}, **more)


@incidents.command(help=_("Somebody became aware of incident NUMBER at TIME: the 72 hours count from there."))
@acting
@click.argument("time")
@click.option("--reason", required=True, help=_("Why at that moment."))
def aware(time: str, reason: str, **more: Any) -> int:
    """Set awareness."""
    return REGISTER.act("aware", reason=reason, values={"aware_at": time}, option="TIME", **more)


@incidents.command(help=_("Incident NUMBER was reported to the AP."))
@acting
@click.option("--at", default="", help=_("When, as 31-07-2026 14:30; without it now."))
@click.option("--ap-number", default="", help=_("The number that the AP gave."))
@click.option("--not", "left_out", is_flag=True, help=_("It is not reported; with --reason."))
@click.option("--reason", default="", help=_("Why late, or why not."))
def report(at: str, ap_number: str, left_out: bool, reason: str, **more: Any) -> int:
    """Report to the AP."""
    if left_out and (at or ap_number):
        raise click.UsageError(_("--not goes without --at and --ap-number"))
    values = {"reported": not left_out, "reported_at": at, "report_number": ap_number}
    return REGISTER.act("report", reason=reason, values=values, **more)


@incidents.command(help=_("The people whose data incident NUMBER is about were told."))
@acting
@click.option("--how", default="", help=_("How they were told."))
@click.option("--at", default="", help=_("When, as 31-07-2026 14:30; without it now."))
@click.option("--not", "left_out", is_flag=True, help=_("They are not told; with --reason."))
@click.option("--reason", default="", help=_("Why they are not told."))
def told(how: str, at: str, left_out: bool, reason: str, **more: Any) -> int:
    """Tell the people."""
    if left_out and (at or how):
        raise click.UsageError(_("--not goes without --at and --how"))
    values = {"people_told": not left_out, "people_told_at": at, "people_told_how": how}
    return REGISTER.act("told", reason=reason, values=values, **more)


@incidents.command(help=_("Nothing has to be done about incident NUMBER any more."))
@acting
@click.option("--reason", default="", help=_("Of a data breach: why it was not reported, or too late."))
def close(reason: str, **more: Any) -> int:
    """Close."""
    return REGISTER.act("close", reason=reason, values={}, **more)


@incidents.command(help=_("There is more to incident NUMBER: open it again."))
@acting
@click.option("--reason", required=True, help=_("Why it is opened again."))
def reopen(reason: str, **more: Any) -> int:
    """Open again."""
    return REGISTER.act("reopen", reason=reason, values={}, **more)


@incidents.command(help=_("Write something down about incident NUMBER."))
@acting
@click.argument("text")
def comment(text: str, **more: Any) -> int:
    """Comment."""
    return REGISTER.act("comment", reason=text, values={}, **more)


# ---- the export


@incidents.command(name="export", help=_("Write the register to FILE.xlsx, or with its history to FILE.json."))
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def export_(file: Path, path: Path) -> int:
    """The register for the FG or the AP."""
    return REGISTER.export(file, path)
