"""MFA of the staff, all devices, and which of these were lost."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import doing, say
from ibpmon.cli.show import listing, when
from ibpmon.cli.who import check_text, who
from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.review import devices as known
from ibpmon.review import lost as losing
from ibpmon.review import mfa as registered
from ibpmon.review.nearby import Near
from ibpmon.web.people_lists import DEVICE_COLUMNS, MFA_COLUMNS, device_row, mfa_row, proof_row
from ibpmon.web.people_names import names_of

Row = dict[str, Any]
EVERYTHING = 1_000_000
xlsx_option = click.option(
    "--xlsx", "file", type=click.Path(path_type=Path), help=_("Write them to this workbook, for a spreadsheet.")
)


@click.group(help=_("MFA of the staff: who can sign in in two steps, who cannot, and of whom that is unknown."))
def mfa() -> None:
    """Only a name for the command under it."""


@mfa.command(name="list", help=_("One line for each account of the staff that is switched on."))
@click.option("--only", type=click.Choice(list(registered.HAS_WORDS)), help=_("Only these."))
@xlsx_option
@config_option
@json_option
def list_mfa(only: str | None, file: Path | None, path: Path, to_json: bool) -> int:
    """Everybody of the staff by name."""
    with workplace(path) as place:
        names, zone = names_of(place.config), place.config.time_zone
        with place.store.read() as session:
            found = registered.staff(Near(session, place.store, place.now()))
        rows = [mfa_row(names, one, zone) for one in found if only in (None, one.has)]
    return told(rows, MFA_COLUMNS(), place, file, to_json, ("reported", "since"), "MFA")


def told(
    rows: Sequence[Row], columns: Mapping[str, str], place: Workplace, file: Path | None, to_json: bool,
    times: Sequence[str], sheet: str,
) -> int:  # fmt: skip
    """A list as a workbook, as JSON or on the screen."""
    if file:
        from ibpmon.report.exports import write_xlsx

        write_xlsx(rows, columns, file, sheet)
        click.echo(str(file), err=True)
        return 0
    zone = place.config.time_zone
    seen = [row | {f"{name}_local": when(row[name], zone) for name in times} for row in rows]
    programs = [{name: value for name, value in row.items() if not name.endswith("_local")} for row in rows]
    listing(
        programs if to_json else seen, columns, to_json, _("Nothing was read of this yet; `ibpmon collect` reads it.")
    )
    return 0


# ---------------------------------------------------------------- devices


@click.group(help=_("All devices with who uses them; mark one as lost, or as found."))
def devices() -> None:
    """Only a name for the commands under it."""


@devices.command(name="list", help=_("One line for each device, by user. NAME: a part of a name or serial number."))
@click.argument("name", required=False, default="")
@click.option("--lost", "only_lost", is_flag=True, help=_("Only what is lost, with what proves that it stopped."))
@xlsx_option
@config_option
@json_option
def list_devices(name: str, only_lost: bool, file: Path | None, path: Path, to_json: bool) -> int:
    """Every device once."""
    from ibpmon.store.matching import without_accents

    with workplace(path) as place:
        names, zone, word = names_of(place.config), place.config.time_zone, without_accents(name.strip()) or ""
        with place.store.read() as session:
            found = known.devices(Near(session, place.store, place.now()), word, 0, EVERYTHING)
            proofs = {
                (one.source, one.device): proof_row(losing.proof(session, place.store, one))
                for one in losing.lost_now(session, place.store)
            }
        rows = [device_row(names, one, zone) for one in found]
    if only_lost:
        rows = [row | proofs[row["source"], row["device"]] for row in rows if (row["source"], row["device"]) in proofs]
    columns = {**DEVICE_COLUMNS(), **({"proof_word": _("Proof")} if only_lost else {})}
    return told(rows, columns, place, file, to_json, ("last_sync", "lost"), "Apparaten")


@devices.command(help=_("Device DEVICE (its id, as the list has it, or its serial number) is lost, from now on."))
@click.argument("device")
@click.option("--reason", required=True, help=_("What happened."))
@doing
def lost(device: str, reason: str, by: str, path: Path, to_json: bool) -> int:
    """Mark it, and say how to shut it out."""
    check_text("--reason", reason)
    with workplace(path) as place, place.store.write() as session:
        one = the_device(Near(session, place.store, place.now()), device)
        row = losing.mark(session, place.store, one, who(by), reason, place.now())
        steps = losing.steps(one)
        said = {"lost": row.lost_id, "source": row.source, "device": row.device, "lost_at": row.lost_at}
    lines = [f"  {number}. {step.what}\n     {step.portal}\n     {step.line}" for number, step in enumerate(steps, 1)]
    head = _("It is marked as lost. ibpmon changes nothing at Microsoft; do this by hand, or check a line and run it:")
    return say(said, "\n".join([head, *lines]), to_json)


@devices.command(help=_("Device DEVICE was found again."))
@click.argument("device")
@click.option("--reason", required=True, help=_("Where it was found."))
@doing
def found(device: str, reason: str, by: str, path: Path, to_json: bool) -> int:
    """Mark it as found."""
    check_text("--reason", reason)
    with workplace(path) as place, place.store.write() as session:
        marked = [one for one in losing.lost_now(session, place.store) if device in (one.device, one.serial)]
        if not marked:
            raise RefusedError(
                N_("this device was not marked as lost"), fix=N_("'ibpmon devices list --lost' shows which were")
            )
        one = marked[0]
        row = losing.find(session, place.store, one.source, one.device, who(by), reason, place.now())
        said = {"lost": row.lost_id, "source": row.source, "device": row.device, "found_at": row.found_at}
    return say(said, _("It is marked as found."), to_json)


def the_device(near: Near, word: str) -> Any:
    """The one device with this id or serial number; RefusedError when there is none, or more than one."""
    fits = [one for one in known.devices(near, "", 0, EVERYTHING) if word in (one.key, one.serial)]
    if len(fits) != 1:
        why = (
            N_("{n} devices have this serial number; give the id")
            if fits
            else N_("no device has this id or serial number")
        )
        fix = N_("'ibpmon devices list' shows them all")
        raise RefusedError(N_("it is not clear which device {name} is"), why=why, fix=fix, name=word, n=len(fits))
    return fits[0]
