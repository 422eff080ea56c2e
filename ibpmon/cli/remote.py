"""Remote sessions: who looked along on which device, and who had agreed to that."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import select

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, listing, when
from ibpmon.collect import consents
from ibpmon.collect.board_files.values import Unusable
from ibpmon.language import _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.store.views import views
from ibpmon.store.views.remote import BY_FILE, SESSIONS

if TYPE_CHECKING:
    from ibpmon.store.tables import Consent
    from ibpmon.tell.people import People

Row = dict[str, Any]


# ---- sessions


@click.command(help=_("Who looked along on which device from afar, and who had agreed. DEVICE: a part of its name."))
@click.argument("device", required=False, default="")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3650), help=_("How far to look back."))
@config_option
@json_option
def sessions(device: str, days: int, path: Path, to_json: bool) -> int:
    """The sessions of each device, the newest first."""
    with workplace(path) as place:
        rows = session_rows(place, device, timedelta(days=days))
        there = SESSIONS in place.connectors
    columns = {
        "device": _("Device"), "when": _("Time"), "technician": _("Who looked along"), "action": _("What"),
        "consent_word": _("Consent"),
    }  # fmt: skip
    off = _("Remote sessions come from Datto RMM: fill in [datto], and name rmm-sessions under content.connectors_on.")
    listing(rows, columns, to_json, _("No remote sessions in this time.") if there else off)
    return 0


def session_rows(place: Workplace, device: str, back: timedelta) -> list[Row]:
    """The sessions of the devices in whose name these letters stand, by device."""
    if SESSIONS not in place.store.data:
        return []
    view = views(place.store, place.now())["remote-sessions"].selectable
    asked, known = device.casefold(), known_people(place)
    since = select(view).where(view.c.kind == "remote", view.c.at >= place.now() - back).order_by(view.c.at.desc())
    with place.store.read() as session:
        found = [dict(row) for row in session.execute(since).mappings()]
    sure = was_read(place, BY_FILE)
    rows = [session_row(place, one, known, sure) for one in found if asked in (one["device"] or "").casefold()]
    return sorted(rows, key=lambda row: row["device"])


def session_row(place: Workplace, found: Mapping[str, Any], known: "People", sure: bool) -> Row:
    """One session as a row; where the file with consents was never read, nobody can say that there was none."""
    consented = True if found["consented"] else False if sure else None
    who = known.scrubbed(found["consent_of"] or "")
    words = {True: _("yes, of {person}").format(person=who), False: _("no"), None: _("unknown")}
    return {
        "device": known.scrubbed(found["device"] or ""),
        "at": found["at"],
        "when": when(found["at"], place.config.time_zone),
        "technician": known.scrubbed(found["technician"] or ""),
        "action": found["action"],
        "consented": consented,
        "consent_of": who,
        "consent_word": words[consented],
    }


def was_read(place: Workplace, name: str) -> bool:
    """Whether a source was ever read whole, or is not there to be read."""
    from ibpmon.judge.needs import history

    if name not in place.connectors:
        return True
    with place.store.read() as session:
        return history(session, place.store, name).used is not None


def known_people(place: Workplace) -> "People":
    """Who may be named, and who may not."""
    from ibpmon.privacy.pseudonyms import load_or_make
    from ibpmon.tell.people import people

    with place.store.read() as session:
        return people(session, place.store, place.config, load_or_make(place.config.store.pseudonym_key))


# ---- consent


@click.group(help=_("Consent to remote sessions: write it down, list it, end it."))
def consent() -> None:
    """Only a name for the commands under it."""


@consent.command(help=_("PERSON (number or user name) agreed that ICT looks along on DEVICE (name or serial number)."))
@click.argument("person")
@click.argument("device")
@click.option("--given", default="", help=_("Since when, as 31-07-2026 14:30; without it now."))
@click.option("--until", default="", help=_("Until when; without it a day."))
@config_option
@json_option
def add(person: str, device: str, given: str, until: str, path: Path, to_json: bool) -> int:
    """Write a consent down."""
    with workplace(path) as place:
        begins = moment(place, "given_at", "--given", given) or place.now().replace(microsecond=0)
        ends = moment(place, "until", "--until", until)
        with place.store.write() as session:
            check_known(session, place, person, device)
            try:
                row = consents.record(session, place.store, person, device, begins, ends, place.now())
            except Unusable as problem:
                raise click.BadParameter(_(str(problem)), param_hint="--until") from None
        told = consent_row(place, row, known_people(place))
    if to_json:
        as_json(told)
    else:
        click.echo(_("Consent {number}: {person} for {device}, {given} to {until}.").format(**told | told["words"]))
    return 0


def moment(place: Workplace, name: str, option: str, written: str) -> Any:
    """The time in an option; None when it is not given."""
    try:
        return consents.moment_of(written, name, place.config) if written else None
    except Unusable as problem:
        raise click.BadParameter(_(str(problem)), param_hint=option) from None


def check_known(session: Any, place: Workplace, person: str, device: str) -> None:
    """Refuse a person or a device that nobody knows: a typing error would leave the session without consent."""
    if not consents.is_known(session, place.store, consents.PEOPLE, person):
        raise click.BadParameter(_("nobody has this number or user name"), param_hint="PERSON")
    if not consents.is_known(session, place.store, consents.DEVICES, device):
        raise click.BadParameter(_("no device has this name or serial number"), param_hint="DEVICE")


@consent.command(name="list", help=_("The consents that were written down here; those of the file stand in the file."))
@config_option
@json_option
def list_(path: Path, to_json: bool) -> int:
    """One line per consent, the newest first."""
    with workplace(path) as place:
        known = known_people(place)
        with place.store.read() as session:
            rows = [consent_row(place, one, known) for one in consents.told(session, place.store)]
    columns = {
        "number": _("Number"), "person": _("Who agreed"), "device": _("Device"), "given": _("From"),
        "until": _("Until"), "recorded": _("Written down"),
    }  # fmt: skip
    shown: Sequence[Row] = rows if to_json else [row | row["words"] for row in rows]
    listing(shown, columns, to_json, _("No consent was written down here."))
    return 0


@consent.command(name="end", help=_("Consent NUMBER does not hold any more from now on."))
@click.argument("number", type=int)
@config_option
@json_option
def end_(number: int, path: Path, to_json: bool) -> int:
    """End a consent; what happened while it held stays in order."""
    with workplace(path) as place:
        with place.store.write() as session:
            row = consents.end(session, place.store, number, place.now())
        if row is None:
            raise click.BadParameter(_("there is no consent with this number"), param_hint="NUMBER")
        told = consent_row(place, row, known_people(place))
    if to_json:
        as_json(told)
    else:
        click.echo(_("Consent {number} ended on {until}.").format(number=number, until=told["words"]["until"]))
    return 0


def consent_row(place: Workplace, row: "Consent", known: "People") -> Row:
    """One consent as a row: times for programs, and the words for people apart."""
    zone = place.config.time_zone
    until = row.until or row.given_at + timedelta(days=1)
    return {
        "number": row.consent_id,
        "person": known.scrubbed(row.person),
        "device": known.scrubbed(row.device),
        "given": row.given_at,
        "until": until,
        "recorded": row.recorded_at,
        "words": {
            "given": when(row.given_at, zone), "until": when(until, zone), "recorded": when(row.recorded_at, zone)
        },
    }  # fmt: skip
