"""What the commands of both registers share: options of an act, one row with its history, and the export."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session

from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.remote import moment
from ibpmon.cli.show import as_json, table, visible, when
from ibpmon.cli.who import by_option, who
from ibpmon.errors import RefusedError
from ibpmon.language import _, ngettext
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.store.database import Store
from ibpmon.tell.acts import Line
from ibpmon.tell.register_words import Words, told
from ibpmon.tell.registers import Deed, history

Command = Callable[..., Any]

NUMBER = click.IntRange(1, 2**63 - 1)


class Amount(click.ParamType[int]):
    """How many there are: a number, or 'unknown' (onbekend)."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; -1 stands for unknown, since None is an option that was not given."""
        written = str(value).strip().casefold()
        if written in ("unknown", "onbekend", "?"):
            return -1
        if written.isascii() and written.isdecimal() and len(written) <= 10:
            return int(written)
        return self.fail(_("give a whole number, or 'unknown'"), param, ctx)


def amounts(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, with None for a number that nobody knows."""
    return {name: None if value == -1 else value for name, value in values.items() if value is not None}


def acting(command: Command) -> Command:
    """What every act takes: the number, by whom, and what that person saw."""
    seen = click.option(
        "--seen", type=int, help=_("The last line of its history that you saw: refused when more came.")
    )
    return click.argument("number", type=NUMBER)(seen(doing(command)))


def doing(command: Command) -> Command:
    """By whom, and how it is printed."""
    return by_option(config_option(json_option(command)))


def moment_in(place: Workplace, name: str, option: str, written: str) -> datetime | None:
    """The time in an option; None when it was not given, for then it is now."""
    found: datetime | None = moment(place, name, option, written)
    if written and found is None:
        raise click.BadParameter(_("write a moment, as 31-07-2026 14:30"), param_hint=option)
    return found


@dataclass(frozen=True, slots=True)
class Register:
    """One register as its commands see it: where its rows lie, how they are said, and how an act is carried out."""

    key: str  # the field that holds the number
    fields: tuple[str, ...]  # what a program gets of a row, in this order
    sheet: str  # its name in a workbook
    stored: Callable[[Session, Store, int | None], Sequence[Any]]
    no_such: Callable[[int], RefusedError]
    ref: Callable[[int], str]
    row: Callable[[Any, Workplace], Row]
    word: Callable[[Workplace, str, Any], str]
    labels: Callable[[], dict[str, str]]
    act_words: Callable[[], dict[str, str]]
    standing: Callable[[Row], str]  # how a row stands, in a sentence
    do: Callable[[Session, Workplace, int, Deed], object]

    def rows(self, place: Workplace, number: int | None = None) -> list[Row]:
        """The rows; RefusedError when the one that is asked is not there."""
        with place.store.read() as session:
            found = self.stored(session, place.store, number)
        if number is not None and not found:
            raise self.no_such(number)
        return [self.row(one, place) for one in found]

    def lines(self, place: Workplace, number: int) -> list[Row]:
        """The history of one of them as rows."""
        with place.store.read() as session:
            found = history(session, place.store, self.ref(number))
        return line_rows(found, place.config.time_zone, self.act_words(), self.labels(), partial(self.word, place))

    def facts(self, place: Workplace, row: Row) -> dict[str, str]:
        """What is known of one of them, in words under their labels."""
        known = {name: label for name, label in self.labels().items() if row[name] not in ("", None)}
        return {label: self.word(place, name, row[name]) for name, label in known.items()}

    def act(
        self,
        verb: str,
        number: int,
        by: str,
        seen: int | None,
        path: Path,
        to_json: bool,
        reason: str,
        values: dict[str, Any],
        option: str = "--at",
    ) -> int:
        """Carry out an act and say how the row stands now."""
        with workplace(path) as place:
            at = {name: moment_in(place, name, option, value) for name, value in values.items() if name.endswith("_at")}
            deed = Deed(verb, who(by), values | at, reason.strip(), seen)
            with place.store.write() as session:
                self.do(session, place, number, deed)
            row = self.rows(place, number)[0]
        return say(row, self.standing(row), to_json)

    def export(self, file: Path, path: Path) -> int:
        """Write the whole register, the oldest first, with what happened to each row."""
        with workplace(path) as place:
            rows = [
                {name: row[name] for name in self.fields} | {"history": self.lines(place, row[self.key])}
                for row in self.rows(place)[::-1]
            ]
            return export_rows(file, place, rows, self.labels(), partial(self.word, place), self.sheet)


# ---- showing


def show_row(row: Row, facts: Mapping[str, str], lines: Sequence[Row], to_json: bool) -> int:
    """One row of a register in full, with everything that happened to it."""
    if to_json:
        as_json(row | {"history": lines})
        return 0
    for label, text in facts.items():
        click.echo(visible(f"{label}: {text}"))
    if lines:
        heads = {
            "line": _("Line"), "when": _("Time"), "what_word": _("What"), "by": _("Who"), "told": _("Remark"),
        }  # fmt: skip
        table(lines, heads)
    return 0


def line_rows(
    lines: Sequence[Line], zone: ZoneInfo, acts: Mapping[str, str], labels: Mapping[str, str], words: Words
) -> list[Row]:
    """A history as rows: who did what, why, and what each field was and became."""
    return [
        {
            "line": line.seq,
            "at": line.at,
            "when": when(line.at, zone),
            "what": line.what,
            "what_word": acts.get(line.what, line.what),
            "by": line.said.get("by", _("(erased)")),
            "said": dict(line.said),
            "told": told(line, labels, words),
        }
        for line in lines
    ]


def say(row: Row, sentence: str, to_json: bool) -> int:
    """How it stands after an act."""
    if to_json:
        as_json(row)
    else:
        click.echo(visible(sentence))
    return 0


# ---- the export


def export_rows(
    file: Path, place: Workplace, rows: Sequence[Row], columns: Mapping[str, str], words: Words, sheet: str
) -> int:
    """Write a register as a workbook or as JSON, by the suffix of the file."""
    from ibpmon.report.exports import write_json, write_xlsx

    if file.suffix.casefold() == ".json":
        write_json(rows, file)
    elif file.suffix.casefold() == ".xlsx":
        zone = place.config.time_zone
        cells = [{name: in_cell(name, row[name], words, zone) for name in columns} for row in rows]
        write_xlsx(cells, columns, file, sheet)
    else:
        raise click.BadParameter(_("name a file that ends in .xlsx or .json"), param_hint="FILE")
    written = ngettext("{n} row written to {file}", "{n} rows written to {file}", len(rows))
    click.echo(written.format(n=len(rows), file=visible(str(file))), err=True)
    return 0


def in_cell(name: str, value: Any, words: Words, zone: ZoneInfo) -> Any:
    """A value of a row as a cell: local time as a date, a number as a number, all else as words."""
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None, microsecond=0)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return words(name, value)
