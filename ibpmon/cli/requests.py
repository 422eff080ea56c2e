"""The register of privacy requests: who asked what, until when it must be answered, and what was decided."""

from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import (
    NUMBER,
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
from ibpmon.store.tables import PrivacyRequest
from ibpmon.tell import request_words as words
from ibpmon.tell import requests as register
from ibpmon.tell.registers import Deed
from ibpmon.tell.request_words import FIELDS, STATE_WORDS


@click.group(help=_("The register of privacy requests, with the term of each."))
def requests() -> None:
    """Only a name for the commands under it."""


# ---- looking


@requests.command(name="list", help=_("All privacy requests, the newest first, with how long there is to answer."))
@click.option("--state", default="", type=click.Choice(["", *STATE_WORDS]), help=_("Only those in this state."))
@config_option
@json_option
def list_(state: str, path: Path, to_json: bool) -> int:
    """The register in short."""
    with workplace(path) as place:
        rows = [row for row in REGISTER.rows(place) if state in ("", row["state"])]
    columns = {
        "request": _("Number"), "kind_word": _("What is asked"), "about": _("About whom"),
        "received_word": _("Received"), "due_word": _("Answer before"), "left_word": _("Time left"),
        "state_word": _("State"), "decision_word": _("Decision"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No privacy requests."))
    return 0


@requests.command(help=_("Privacy request NUMBER in full, with everything that happened to it."))
@click.argument("number", type=NUMBER)
@config_option
@json_option
def show(number: int, path: Path, to_json: bool) -> int:
    """One request and its history."""
    with workplace(path) as place:
        (row,) = REGISTER.rows(place, number)
        lines = REGISTER.lines(place, number)
        facts = REGISTER.facts(place, row)
        facts |= {_("Time left"): row["left_word"]} if row["state"] == "open" else {}
    return show_row(row, facts, lines, to_json)


def request_row(one: PrivacyRequest, place: Workplace) -> Row:
    """One request as a row: fields for programs, and words for people beside them."""
    zone = place.config.time_zone
    fields = {name: one.request_id if name == "request" else getattr(one, name) for name in FIELDS}
    return fields | {
        "overdue": register.is_overdue(one, place.now()),
        "kind_word": word(place, "kind", one.kind),
        "state_word": word(place, "state", one.state),
        "decision_word": word(place, "decision", one.decision),
        "received_word": when(one.received_at, zone),
        "due_word": when(one.due_at, zone),
        "left_word": words.left_in_days(one, place.now(), zone) if one.state == "open" else "-",
    }


def word(place: Workplace, name: str, value: Any) -> str:
    """A value of a field for a person."""
    return words.word(name, value, place.config.time_zone)


def standing(row: Row) -> str:
    """How a request stands, in a sentence."""
    if row["state"] == "decided":
        sentence = _("Privacy request {number} ({kind}): {decision}.")
        return sentence.format(number=row["request"], kind=row["kind_word"], decision=row["decision_word"])
    sentence = _("Privacy request {number} ({kind}): answer before {due} ({left}).")
    words = {"kind": row["kind_word"], "due": row["due_word"], "left": row["left_word"]}
    return sentence.format(number=row["request"], **words)


def carried_out(session: Session, place: Workplace, number: int, deed: Deed) -> PrivacyRequest:
    """Do what a person says."""
    return register.do(session, place.store, number, deed, place.config.time_zone, place.now())


REGISTER = Register(
    key="request", fields=FIELDS, sheet="Privacyverzoeken",
    stored=register.stored, no_such=register.no_such, ref=register.ref, do=carried_out,
    row=request_row, word=word, labels=words.labels, act_words=words.act_words, standing=standing,
)  # fmt: skip


# ---- acting


@requests.command(name="open", help=_("Write down that somebody asks KIND about the data on WHOM."))
@click.argument("kind", type=click.Choice(register.KINDS))
@click.argument("about", metavar="WHOM")
@click.option("--received", default="", help=_("When it came in, as 31-07-2026; without it now."))
@click.option("--asked", default="", help=_("What was asked, in their own words."))
@doing
def open_(kind: str, about: str, received: str, asked: str, by: str, path: Path, to_json: bool) -> int:
    """Write a request down."""
    with workplace(path) as place:
        at = moment_in(place, "received_at", "--received", received)
        deed = Deed("open", who(by), {"kind": kind, "about": about, "asked": asked, "received_at": at})
        with place.store.write() as session:
            made = register.receive(session, place.store, deed, place.config.time_zone, place.now())
            number = made.request_id
        row = REGISTER.rows(place, number)[0]
    return say(row, standing(row), to_json)


@requests.command(name="set", help=_("Put right what was written down of privacy request NUMBER."))
@acting
@click.option("--kind", type=click.Choice(register.KINDS), help=_("What is asked."))
@click.option("--about", help=_("About whom."))
@click.option("--asked", help=_("What was asked, in their own words."))
@click.option("--received", "received_at", help=_("When it came in, as 31-07-2026."))
@click.option("--reason", required=True, help=_("Why it is put right."))
def set_(number: int, by: str, seen: int | None, path: Path, to_json: bool, reason: str, **values: str | None) -> int:
    """Change fields."""
    given = amounts(values)
    if not given:
        raise click.UsageError(_("say what is to be put right, such as --received"))
    return REGISTER.act("change", number, by, seen, path, to_json, reason, given, "--received")


@requests.command(help=_("Privacy request NUMBER needs two months more: once, and within the first month."))
@acting
@click.option("--reason", required=True, help=_("Why more time is needed; the person who asks hears this too."))
def extend(reason: str, **more: Any) -> int:
    """Extend the term."""
    return REGISTER.act("extend", reason=reason, values={}, **more)


@requests.command(help=_("What was decided about privacy request NUMBER."))
@acting
@click.argument("decision", type=click.Choice(register.DECISIONS))
@click.option("--reason", required=True, help=_("Why it is decided so."))
@click.option("--at", default="", help=_("When, as 31-07-2026 14:30; without it now."))
def decide(decision: str, reason: str, at: str, **more: Any) -> int:
    """Decide."""
    return REGISTER.act("decide", reason=reason, values={"decision": decision, "decided_at": at}, **more)


@requests.command(help=_("The decision about privacy request NUMBER does not stand: open it again."))
@acting
@click.option("--reason", required=True, help=_("Why it is opened again."))
def reopen(reason: str, **more: Any) -> int:
    """Open again."""
    return REGISTER.act("reopen", reason=reason, values={}, **more)


@requests.command(help=_("Write something down about privacy request NUMBER."))
@acting
@click.argument("text")
def comment(text: str, **more: Any) -> int:
    """Comment."""
    return REGISTER.act("comment", reason=text, values={}, **more)


# ---- the export


@requests.command(name="export", help=_("Write the register to FILE.xlsx, or with its history to FILE.json."))
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def export_(file: Path, path: Path) -> int:
    """The register for the FG or the AP."""
    return REGISTER.export(file, path)
