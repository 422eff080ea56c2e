"""Backups: make one now, try one, put one back."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ibpmon.cli import progress
from ibpmon.cli.options import config_option, json_option, log_to_stderr
from ibpmon.cli.show import as_json
from ibpmon.language import _

if TYPE_CHECKING:
    from ibpmon.operate.backup.file import Manifest
    from ibpmon.operate.backup.making import Made


@click.command(help=_("Make a backup now, while everybody works on; it is opened again before it counts as good."))
@click.option("--out", type=click.Path(path_type=Path), help=_("The file to make; without it in the [backup] folder."))
@click.option("--new-key", is_flag=True, help=_("Make the key that [backup] names, once; makes no backup."))
@config_option
@json_option
def backup(out: Path | None, new_key: bool, path: Path, to_json: bool) -> int:
    """One file, private, and a line in the ledger."""
    from ibpmon.operate.backup.keeping import back_up_of_today
    from ibpmon.operate.backup.making import back_up
    from ibpmon.operate.rounds import workplace

    if new_key:
        return made_key(path)
    log_to_stderr(logging.WARNING)
    with workplace(path) as place, progress.shown(quiet=to_json) as shown:
        made = back_up(place, out.absolute(), shown) if out else back_up_of_today(place, shown)
    if to_json:
        as_json({"file": str(made.path), "encrypted": made.encrypted, **told(made.manifest, made.sha256)})
    else:
        say_made(made)
    return 0


def made_key(path: Path) -> int:
    """Make the key, and say what must be done with it."""
    from ibpmon.config import load
    from ibpmon.operate.backup.key import make_key
    from ibpmon.operate.rounds import utc_now

    made = make_key(load(path).backup.key, utc_now())
    click.echo(_("The key for backups is made: {path}").format(path=made))
    click.echo(_("Keep a copy of it elsewhere (a safe, a password manager): without it no backup can be opened."))
    return 0


def told(manifest: "Manifest", sha256: str) -> dict[str, Any]:
    """What a backup says of itself, for programs."""
    rows = {name: count for name, (count, _hash) in manifest.tables.items()}
    return {
        "made_at": manifest.made_at, "schema": manifest.schema, "heads": dict(manifest.heads), "rows": rows,
        "sha256": sha256,
    }  # fmt: skip


def say_made(made: "Made") -> None:
    """Where it lies, that it is good, and whether it is closed."""
    click.echo(_("The backup is good: {path}").format(path=made.path))
    rows, tables = made.manifest.contents.rows, len(made.manifest.tables)
    click.echo(
        _("It was opened again: {rows} rows in {tables} tables, the same as here.").format(rows=rows, tables=tables)
    )
    if not made.encrypted:
        click.echo(_("It is NOT encrypted: who has the file can read it. Name a key under [backup] in config.toml."))


@click.command(help=_("Put a backup back where there is no database yet; --try only opens and counts it."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--try", "only_try", is_flag=True, help=_("Open it in a place of its own, count, and throw that away."))
@config_option
@json_option
def restore(file: Path, only_try: bool, path: Path, to_json: bool) -> int:
    """Whole, or not at all."""
    from ibpmon.operate.backup import restoring

    log_to_stderr(logging.WARNING)
    with progress.shown(quiet=to_json) as shown:
        if only_try:
            seen = restoring.drill(file, path, shown)
            return say_tried(seen.manifest, seen.sha256, to_json)
        restored = restoring.restore(file, path, shown)
    if to_json:
        head = str(restored.head) if restored.head else None
        as_json({"head": head, "made_at": restored.manifest.made_at})
        return 0
    say_restored(restored.manifest)
    return 0


def say_tried(manifest: "Manifest", sha256: str, to_json: bool) -> int:
    """That it can be used."""
    if to_json:
        as_json(told(manifest, sha256))
        return 0
    rows, tables = manifest.contents.rows, len(manifest.tables)
    made = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    click.echo(_("This backup can be restored: {rows} rows in {tables} tables, of {made}.").format(
        rows=rows, tables=tables, made=made
    ))  # fmt: skip
    return 0


def say_restored(manifest: "Manifest") -> None:
    """What is there again, and what only a person can do."""
    made = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    click.echo(_("The backup of {made} is put back; the ledger holds, and says so.").format(made=made))
    click.echo(_("What people decided after that moment is not in it. Go through these before you start ibpmon:"))
    for line in (
        _("erase again whoever was erased since then;"),
        _("tell who keeps the head of the ledger: later heads will not be found in it;"),
        _("mails that were sent since then may go out once more, under the same number."),
    ):
        click.echo(f"  - {line}")
