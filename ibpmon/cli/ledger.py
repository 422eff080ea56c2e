"""The ledger: whether the chain of what must be provable is whole."""

import re
from pathlib import Path

import click

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json
from ibpmon.errors import StoreError
from ibpmon.language import N_, _
from ibpmon.operate.rounds import workplace
from ibpmon.store.ledger import Head
from ibpmon.store.ledger import verify as verify_chain

HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@click.group(help=_("The ledger: every fact that must be provable, each bound to all that came before it."))
def ledger() -> None:
    """Only a name for the commands under it."""


@ledger.command(help=_("Go through the whole ledger and name the first entry that is wrong."))
@click.option("--head", default="", help=_("A head that was written down before, as 120:9f86d0...: is it still there?"))
@config_option
@json_option
def verify(head: str, path: Path, to_json: bool) -> int:
    """Print how many entries hold, and the head to keep somewhere else."""
    given = head_of(head)
    with workplace(path) as place, place.store.read() as session:
        verdict = verify_chain(session, place.store, given)
    if to_json:
        as_json({
            "entries": verdict.count, "head": str(verdict.head) if verdict.head else None,
            "wrong": verdict.wrong, "reason": verdict.told(str), "erased": verdict.erased,
        })  # fmt: skip
    elif verdict.wrong is None and verdict.head:
        click.echo(_("The ledger holds: {count} entries. Its head:").format(count=verdict.count))
        click.echo(str(verdict.head))
        if verdict.erased:
            click.echo(_("The text of {count} of these was erased.").format(count=verdict.erased))
        click.echo(_("Keep this head outside ibpmon; --head tells later whether the ledger still goes back to it."))
    elif verdict.wrong is None:
        click.echo(_("The ledger is empty: nothing that must be provable has happened yet."))
    if verdict.wrong is not None and not to_json:
        raise StoreError(
            N_("the ledger does not hold"),
            why=verdict.reason,
            fix=N_("keep this database as it is, tell the FG, and compare it with a backup of before"),
            seq=verdict.wrong,
        )
    return 0 if verdict.wrong is None else 1


def head_of(written: str) -> Head | None:
    """A head as it was printed; None when none was given."""
    if not written:
        return None
    found = HEAD.fullmatch(written.strip())
    if not found:
        raise click.BadParameter(_("write it as it was printed: a number, a colon and 64 signs"), param_hint="--head")
    return Head(int(found[1]), found[2])
