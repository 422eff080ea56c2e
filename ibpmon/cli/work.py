"""The commands that do work: collect, evaluate, send, report, run, import."""

import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from ibpmon.cli import progress
from ibpmon.cli.options import config_option, json_option, log_to_stderr
from ibpmon.cli.show import as_json, table, tell, tell_parts
from ibpmon.errors import FAILED, NOT_READ, ContentError, SourceError
from ibpmon.language import _, ngettext

if TYPE_CHECKING:
    from ibpmon.errors import IbpmonError
    from ibpmon.operate.rounds import Workplace
    from ibpmon.store.tables import Run
    from ibpmon.tell.outbox import Delivery
    from ibpmon.tell.sheet import Mail


@click.command(help=_("Read the sources: Microsoft 365 and the files of the board."))
@click.argument("connectors", nargs=-1)
@click.option(
    "--gone", is_flag=True, help=_("You looked: what disappeared all at once from the named sources is gone.")
)
@config_option
@json_option
def collect(connectors: tuple[str, ...], path: Path, gone: bool, to_json: bool) -> int:
    """Read all connectors, or only those named."""
    from ibpmon.cli.listings import RUN_COLUMNS, run_row
    from ibpmon.operate.rounds import collect_round, known_connectors, workplace

    if gone and not connectors:
        raise click.UsageError(_("--gone needs the names of the sources that you looked at."))
    log_to_stderr()
    with workplace(path) as place, interruptible() as stop, progress.shown(to_json, stop) as shown:
        only = known_connectors(place, connectors)
        runs = collect_round(place, shown, only, stop, believe=connectors if gone else ())
        rows = [run_row(run, place.connectors, place.config.time_zone) for run in runs]
    if to_json:
        as_json(rows)
    else:
        table(rows, RUN_COLUMNS())
    return tell_of(runs)


@contextmanager
def interruptible() -> Iterator[Event]:
    """Ctrl-C also ends every wait for Microsoft, in whatever thread: else leaving takes as long as the wait.

    Python drops an exception that is raised while it cleans up memory: then the event still says so, here and at the
    next step of the work.
    """
    stop = Event()

    def leave(_number: int, _frame: Any) -> None:
        stop.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, leave)
    with dropped_in_silence():
        try:
            yield stop
            if stop.is_set():
                raise KeyboardInterrupt
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def dropped_in_silence() -> Iterator[None]:
    """Within this, a dropped Ctrl-C prints no trace."""
    before = sys.unraisablehook

    def say(dropped: Any) -> None:
        if dropped.exc_type is not KeyboardInterrupt:
            before(dropped)

    sys.unraisablehook = say
    try:
        yield
    finally:
        sys.unraisablehook = before


def tell_of(runs: "Sequence[Run]") -> int:
    """What, why and fix of each source that was not read whole, said once; gives the exit code."""
    from ibpmon.collect.runs import told

    unread = [run for run in runs if run.state in ("FAILED", "PARTIAL") or run.missing]
    parts = {told(run)[1:]: told(run) for run in unread}
    for what, why, fix in parts.values():
        tell_parts(what, why, fix)
    return NOT_READ if parts else 0


@click.command(help=_("Apply the rules, update the alerts and send the mails."))
@click.option("--no-mail", is_flag=True, help=_("Leave the mails in the outbox; `ibpmon send` sends them later."))
@config_option
@json_option
def evaluate(path: Path, no_mail: bool, to_json: bool) -> int:
    """Judge everything that was collected."""
    from ibpmon.cli.listings import RULE_COLUMNS, rule_row
    from ibpmon.operate.rounds import compare_round, evaluate_round, send_round, tell_round, workplace

    log_to_stderr(logging.WARNING)
    with workplace(path) as place, progress.shown(quiet=to_json) as shown:
        compare_round(place)
        judgements = evaluate_round(place, shown)
        tell_round(place)
        sent = None if no_mail else send_round(place)
        rows = [rule_row(j.rule, j.evaluation) for j in judgements]
    if to_json:
        as_json(rows)
    else:
        table(rows, RULE_COLUMNS())
        say_sent(sent)
    return tell_unsent(sent)


@click.command(help=_("Send the mails that still wait in the outbox."))
@config_option
@json_option
def send(path: Path, to_json: bool) -> int:
    """Deliver the outbox."""
    from ibpmon.operate.rounds import send_round, workplace

    log_to_stderr(logging.WARNING)
    with workplace(path) as place:
        sent = send_round(place, at_once=True)  # whoever asks has mended something: no waiting for the next turn
    if to_json:
        counts = ("sent", "failed", "waiting", "repeated", "uncertain")
        as_json({name: getattr(sent, name) for name in counts})
    else:
        say_sent(sent)
    return tell_unsent(sent)


@click.command(help=_("Write and send the mail of the day now: all that nobody was told yet."))
@click.option("--dry-run", is_flag=True, help=_("Only print what would be mailed, and to whom."))
@config_option
@json_option
def digest(dry_run: bool, path: Path, to_json: bool) -> int:
    """The mail of the day before its time."""
    from ibpmon.operate.rounds import preview_round, send_round, tell_round, workplace

    log_to_stderr(logging.WARNING)
    with workplace(path) as place:
        if dry_run:
            return say_mails(preview_round(place), to_json)
        mails = tell_round(place, anyway=True)
        sent = send_round(place)
    if to_json:
        as_json({"written": len(mails), "sent": sent.sent, "failed": sent.failed, "waiting": sent.waiting})
    elif mails:
        say_sent(sent)
    else:
        click.echo(_("There is no news: no mail was written."))
    return tell_unsent(sent)


def say_mails(mails: "Sequence[Mail]", to_json: bool) -> int:
    """Print mails that are not sent."""
    from ibpmon.tell.mails import as_values

    if to_json:
        as_json([{"to": sorted(mail.readers), **as_values(mail.draft)} for mail in mails])
        return 0
    for mail in mails:
        to = _("To: {readers}").format(readers=", ".join(sorted(mail.readers)))
        click.echo("\n".join((to, _("Subject: {subject}").format(subject=mail.draft.subject), "", mail.draft.text)))
    if not mails:
        click.echo(_("There is no news: no mail was written."))
    return 0


def say_sent(sent: "Delivery | None") -> None:
    """How many mails went out."""
    if sent:
        click.echo(ngettext("{n} mail sent.", "{n} mails sent.", sent.sent).format(n=sent.sent))


def tell_unsent(sent: "Delivery | None") -> int:
    """How many mails did not go out, and why; gives the exit code."""
    if sent is None:
        return 0
    left = sent.failed + sent.waiting
    if left:
        click.echo(ngettext("{n} mail was not sent.", "{n} mails were not sent.", left).format(n=left), err=True)
    if sent.problem:
        tell(sent.problem)
    elif left:
        click.echo(_("They wait for their next turn; `ibpmon send` tries at once."), err=True)
    return NOT_READ if left or sent.problem else 0


@click.command(help=_("Write the review of rights (autorisatie-review) for each owner."))
@config_option
@json_option
def report(path: Path, to_json: bool) -> int:
    """Write the reports."""
    from ibpmon.operate.rounds import report_round, workplace

    log_to_stderr(logging.WARNING)
    with workplace(path) as place, progress.shown(quiet=to_json) as shown:
        files = report_round(place, shown)
    if to_json:
        as_json([str(file) for file in files])
    else:
        click.echo("\n".join(str(file) for file in files))
    return 0


@click.command(help=_("Keep collecting, judging and mailing on schedule (the daemon)."))
@config_option
def run(path: Path) -> int:
    """Work until stopped."""
    from ibpmon.operate.daemon import run_daemon

    log_to_stderr()
    run_daemon(path)
    return 0


@click.command(help=_("Send a made-up attack through the whole chain, to see that it works."))
@config_option
@json_option
def canary(path: Path, to_json: bool) -> int:
    """What the daemon does once a week; nothing of it is counted or mailed."""
    from ibpmon.operate.canary import MAILED, fly
    from ibpmon.operate.rounds import workplace

    log_to_stderr(logging.WARNING)
    with workplace(path) as place:
        stuck = fly(place)
    if to_json:
        as_json({"came_through": not stuck, "stuck_at": stuck, "steps": MAILED})
    elif stuck:
        click.echo(_("The canary stuck at step {n} of {steps}.").format(n=stuck, steps=MAILED), err=True)
    else:
        click.echo(_("The canary came through: collected, judged, alert opened, mail ready."))
    return FAILED if stuck else 0


def zone_option(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """The name of a time zone, checked before anything is opened."""
    from ibpmon.config import known_zone

    try:
        return known_zone(name) if name else ""
    except ValueError:
        raise click.BadParameter(_("this machine does not know that time zone")) from None


@click.command(name="import", help=_("Read what was downloaded from the Entra or Intune admin center."))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kind", default="", help=_("What the files are, when ibpmon cannot tell; for instance sign-ins."))
@click.option(
    "--time-zone", default="", callback=zone_option, help=_("The zone of times that name none; else that of the board.")
)
@click.option(
    "--dates", type=click.Choice(["day-first", "month-first"]), default=None, help=_("How dates as 1/2/2026 begin.")
)
@config_option
@json_option
def import_(files: tuple[Path, ...], kind: str, time_zone: str, dates: str | None, path: Path, to_json: bool) -> int:
    """Store these files through the same connectors, store and rules; one that is refused does not stop the others."""
    from ibpmon.cli.listings import RUN_COLUMNS, run_row
    from ibpmon.operate.rounds import workplace

    log_to_stderr(logging.WARNING)
    with workplace(path) as place:
        runs, refused = imported(place, files, kind, time_zone, dates or "")
        rows = [run_row(run, place.connectors, place.config.time_zone) for run in runs]
    if to_json:
        as_json(rows)
    elif rows:
        table(rows, RUN_COLUMNS())
    for error in refused:
        tell(error)
    return refused[0].exit_code if refused else 0


def imported(
    place: "Workplace", files: Sequence[Path], kind: str, time_zone: str, dates: str
) -> "tuple[list[Run], list[IbpmonError]]":
    """The runs of the files that could be used, and why the others could not."""
    from ibpmon.operate.rounds import import_round

    runs, refused = list[Any](), list[Any]()
    for file in files:
        try:
            runs.append(import_round(place, file, kind, time_zone, dates))
        except (ContentError, SourceError) as error:
            refused.append(error)
    return runs, refused
