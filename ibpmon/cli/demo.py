"""The command that shows everything on a fictitious school board."""

import logging
import os
import shlex
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import click

from ibpmon.cli import progress
from ibpmon.cli.options import json_option, log_to_stderr
from ibpmon.cli.show import as_json
from ibpmon.cli.work import interruptible
from ibpmon.demo.play import Performance
from ibpmon.errors import FAILED
from ibpmon.language import _, ngettext
from ibpmon.tell.words import level_word, outcome_word, rank


@click.command(help=_("Show everything on a fictitious school board, without any account."))
@click.option("--size", type=click.Choice(["small", "board"]), default="small", show_default=True,
              help=_("small: 3 schools; board: 20 schools, a few minutes."))  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help=_("Another number, another board."))
@click.option("--folder", type=click.Path(path_type=Path), default=Path("ibpmon-demo"), show_default=True,
              help=_("Where the demo leaves its files."))  # fmt: skip
@click.option("--serve", is_flag=True, help=_("Afterwards show the pages on this machine, until Ctrl-C."))
@click.option("--port", type=click.IntRange(1, 65535), default=8377, show_default=True,
              help=_("The port of those pages."))  # fmt: skip
@json_option
def demo(size: str, seed: int, folder: Path, serve: bool, port: int, to_json: bool) -> int:
    """Play it and say in plain words what was found and where it lies."""
    from ibpmon.demo.play import play

    if serve and to_json:
        raise click.UsageError(_("--serve shows pages to people; leave --json out"))
    log_to_stderr(logging.ERROR)
    with interruptible() as stop, ExitStack() as bars:
        shown = bars.enter_context(progress.shown(to_json, stop))
        then = (lambda config: show_pages(config, bars)) if serve else None
        played = play(folder, size, seed, shown, stop, then, port)
    if to_json:
        as_json(played.as_json())
    else:
        click.echo(story(played))
    return FAILED if played.missed or played.unplanted else 0


def show_pages(config: Path, bars: ExitStack) -> None:
    """Open a round of reviews and serve the pages beside the simulated Microsoft, until somebody stops it."""
    from ibpmon.demo.play import open_reviews
    from ibpmon.web.serving import serve

    count = open_reviews(config)
    bars.close()
    serve(config, ready=lambda address: click.echo(pages_at(address, count), err=True))


def pages_at(address: str, count: int) -> str:
    """Where to look, and as whom."""
    where = ngettext(
        "The pages are at {address}, with {n} review to look at.",
        "The pages are at {address}, with {n} reviews to look at.",
        count,
    )
    whom = _("There you choose who you are: a Directeur, a Hoofd HR or the ICT-beheerder. Ctrl-C ends it.")
    return f"{where.format(address=address, n=count)}\n{whom}"


def story(played: Performance) -> str:
    """What happened, for a person who sees ibpmon for the first time."""
    return "\n\n".join((opening(played), findings(played), proof(played), places(played), onwards(played)))


def opening(played: Performance) -> str:
    """Which board, and how much was read."""
    read = sum(state == "FULL" for state in played.runs.values())
    return _(
        "{board} (fictitious): ibpmon read {read} of {all} sources from a simulated Microsoft 365\n"
        "in {seconds} seconds: {accounts} accounts, {groups} groups, {sites} sites, {devices} devices, "
        "{sign_ins} sign-ins."
    ).format(board=played.board, read=read, all=len(played.runs), seconds=round(played.seconds), **played.counts)


def findings(played: Performance) -> str:
    """One line per rule that found something, the heaviest first; and how many of the others are in order or blind."""
    rows = sorted(played.outcomes, key=lambda row: (-rank(row["level"]), row["title"]))
    lines = [f"  {level_word(row['level']):<15}{row['findings']:>4}  {row['title']}" for row in rows if row["findings"]]
    quiet = Counter(row["outcome"] for row in rows if not row["findings"])
    lines += [f"  {outcome_word(outcome)}: {rules_said(count)}" for outcome, count in sorted(quiet.items())]
    return "\n".join([_("Found:"), *lines])


def rules_said(count: int) -> str:
    """So many rules."""
    return ngettext("{n} rule", "{n} rules", count).format(n=count)


def proof(played: Performance) -> str:
    """Whether everything that was hidden in the board was found, and nothing else."""
    return _(
        "Hidden in this board: {planted} problems. Found: {found}, missed: {missed}, wrongly reported: {wrong}."
    ).format(planted=played.planted, found=played.found, missed=len(played.missed), wrong=len(played.unplanted))


def places(played: Performance) -> str:
    """Where to look."""
    return _("Mails:     {mails} ({count} mails, open them with a mail program)\nReports:   {reports}").format(
        mails=played.folder / "mail", count=len(played.mails), reports=played.folder / "reports" / "index.html"
    )


def onwards(played: Performance) -> str:
    """What to do next."""
    program, config = invocation(), shlex.quote(str(played.folder / "config.toml"))
    return _(
        "Go on:\n"
        "  {program} findings --config {config}      everything that was found\n"
        "  {program} status --config {config}        what was read, and what each rule says\n"
        "  cp config.example.toml config.toml        your own board: fill it in, then\n"
        "  {program} collect                         read it, without changing anything"
    ).format(program=program, config=config)


def invocation() -> str:
    """How this program was called, so that a line can be copied: through uv, or by name."""
    uv = os.environ.get("UV")
    return f"{os.path.relpath(uv)} run ibpmon" if uv else "ibpmon"
