"""The evidence pack of a signed review: make one, and see whether one is whole."""

from pathlib import Path

import click

from ibpmon.cli.options import json_option
from ibpmon.cli.registers import NUMBER, doing
from ibpmon.cli.show import as_json, visible
from ibpmon.cli.who import who
from ibpmon.language import _, current
from ibpmon.operate.rounds import workplace

PACK = click.Path(path_type=Path)


@click.command(help=_("Write all evidence of signed review NUMBER to one file that proves itself."))
@click.argument("number", type=NUMBER)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help=_("The file, a zip."))
@doing
def export(number: int, out: Path | None, by: str, path: Path, to_json: bool) -> int:
    """Make the pack; that it was made stands in the ledger."""
    from ibpmon.report.evidence import letterhead, paper
    from ibpmon.report.exports import write_private
    from ibpmon.review.pack import exported, pack

    target = out or Path(f"review-{number}.zip")
    with workplace(path) as place:
        made, mark = pack(place.store, number, letterhead(place.config), paper(place.config))
        with place.store.write() as session:
            exported(session, place.store, number, mark, who(by), place.now())
            write_private(target, made)
    if to_json:
        as_json({"review": number, "file": str(target), "sha256": mark})
        return 0
    said = _("Written: {file}. It proves itself with 'ibpmon verify', or with the verify.py that is in it.")
    click.echo(visible(said.format(file=target)))
    click.echo(f"SHA-256 {mark}")
    return 0


@click.command(help=_("See whether evidence pack PACK is as it was made; it takes no configuration."))
@click.argument("pack", type=PACK)
@click.option("--head", default="", help=_("A head of the ledger that somebody kept, as 120:9f86d0..."))
@click.option("--code", default="", help=_("The code in the mail about the signature."))
@click.option("--sha256", default="", help=_("The SHA-256 that was shown when the pack was made."))
@json_option
def verify(pack: Path, head: str, code: str, sha256: str, to_json: bool) -> int:
    """The same as verify.py in the pack does."""
    from ibpmon.review import verifier

    faults, about = verifier.verify(pack, head, code, sha256)
    if to_json:
        told = {"faults": [one.told("en") for one in faults], "about": [one.told("en") for one in about]}
        as_json({"whole": not faults, **told})
        return 1 if faults else 0
    spoken = "nl" if current() == "nl" else "en"
    return verifier.report(faults, about, spoken, lambda line: click.echo(visible(line)))
