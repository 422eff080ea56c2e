"""How well the reviews were done, for the FG and for the owner herself."""

from collections.abc import Sequence
from pathlib import Path

import click

from ibpmon.cli.listings import Row
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.registers import NUMBER
from ibpmon.cli.show import as_json, table, visible
from ibpmon.language import N_, _
from ibpmon.operate.rounds import workplace
from ibpmon.review.quality import MEASURES, Quality, Share, last_of_each, measured
from ibpmon.tell.words import number as figure

# What stands beside some shares: what a program calls it, and how a person reads it.
ASIDES = {
    "probes": ("by_rule", N_("{figure}; {n} by a rule")), "speed": ("unknown", N_("{figure}; {n} not known")),
}  # fmt: skip


@click.command(
    help=_("How well review NUMBER was done, or the last signed one of each process: what to look at again.")
)
@click.argument("number", type=NUMBER, required=False)
@config_option
@json_option
def quality(number: int | None, path: Path, to_json: bool) -> int:
    """Measure, and say of each figure what it means."""
    with workplace(path) as place, place.store.read() as session:
        numbers = [number] if number else last_of_each(session, place.store)
        found = [measured(session, place.store, one) for one in numbers]
    if to_json:
        as_json([as_row(one) for one in found])
    elif found:
        say_quality(found)
    else:
        click.echo(_("No review was signed yet."))
    return 0


def as_row(one: Quality) -> Row:
    """The measures of one review as a program reads them; what is not known is null."""
    shares = {name: share_row(name, share) for name, share in one.shares.items()}
    return {
        "review": one.review.review_id, "process": one.review.process, "name": one.review.name,
        "revision": one.review.revision, "signed": one.is_signed, **shares, "days": one.days, "note_for_ict": one.note,
    }  # fmt: skip


def share_row(name: str, share: Share) -> Row:
    """One share."""
    aside = {ASIDES[name][0]: share.aside} if name in ASIDES else {}
    return {"part": share.part, "whole": share.whole, "share": share.value, **aside}


def say_quality(found: Sequence[Quality]) -> None:
    """A table of each review; and once, what it is not for."""
    for one in found:
        click.echo(visible(title(one)))
        rows = [
            {"measure": _(word), "figure": in_words(one, name), "means": _(means)}
            for name, (word, means) in MEASURES.items()
        ]
        table(rows, {"measure": _("Measure"), "figure": _("Figure"), "means": _("What it means")})
        if one.note:
            click.echo(visible(one.note))
    click.echo(_("These figures are about reviews, and not about people: do not judge anybody's work by them."))


def title(one: Quality) -> str:
    """Which review it is, and whether it is done."""
    text = (
        _("Review {number} ({name}), revision {revision}.")
        if one.is_signed
        else _("Review {number} ({name}), revision {revision}: not signed yet, so these are the figures so far.")
    )
    return text.format(number=one.review.review_id, name=one.review.name, revision=one.review.revision)


def in_words(one: Quality, name: str) -> str:
    """One figure for a person; what cannot be measured is unknown, never nought."""
    if name == "days":
        return _("unknown") if one.days is None else figure(one.days)
    share = one.shares[name]
    if share.value is None:
        return _("unknown")
    said = _("{part} of {whole} ({percent} %)").format(
        part=share.part, whole=share.whole, percent=round(100 * share.value)
    )
    return _(ASIDES[name][1]).format(figure=said, n=share.aside) if share.aside and name in ASIDES else said
