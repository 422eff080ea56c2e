"""Whether a review in the database is what was written down."""

from pathlib import Path

import click

from ibpmon.cli.ledger import head_of
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import NUMBER
from ibpmon.cli.show import as_json, visible
from ibpmon.errors import StoreError
from ibpmon.language import N_, _
from ibpmon.operate.rounds import workplace
from ibpmon.review.proving import CODE, Fault, faults
from ibpmon.review.standing import signoffs

MOST = 20  # faults that are named; after those the rest follows from them


@click.command(help=_("Go through review NUMBER, and name what is not as it was written down or signed."))
@click.argument("number", type=NUMBER)
@click.option("--head", default="", help=_("A head of the ledger that somebody kept, as 120:9f86d0..."))
@click.option("--code", default="", help=_("The code in the mail about the signature."))
@config_option
@json_option
def verify(number: int, head: str, code: str, path: Path, to_json: bool) -> int:
    """Hold all of it against the ledger, and the ledger against what was kept elsewhere."""
    given = head_of(head)
    with workplace(path) as place, place.store.read() as session:
        found = faults(session, place.store, number, given, code)
        is_signed = any(signoffs(session, place.store, number))
    if to_json:
        as_json(
            {"review": number, "whole": not found, "faults": [{"table": one.table, "line": one.line} for one in found]}
        )
        return 1 if found else 0
    if found:
        raise StoreError(
            N_("review {number} is not what was written down"),
            why="{problems}",
            fix=N_("keep this database as it is, tell the FG, and compare it with a backup of before"),
            number=number,
            problems="\n".join(told(one) for one in found[:MOST]),
        )
    said = _("Review {number} is as it was written down and signed. Compare the code with the mail, or give --code.")
    said = said if is_signed else _("Review {number} is as it was written down. Nobody signed it yet.")
    click.echo(visible(said.format(number=number)))
    return 0


def told(one: Fault) -> str:
    """One fault in a sentence."""
    if one.table == CODE:
        return _("no signature under it has this code")
    if not one.line:
        return _("{table}: this is not what it was").format(table=one.table)
    return _("{table}, {line}: this is not what it was").format(table=one.table, line=one.line)
