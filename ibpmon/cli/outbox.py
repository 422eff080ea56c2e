"""The messages that nobody has received: list them, send one again, give one up."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from ibpmon.cli.listings import Row
from ibpmon.cli.options import behind_the_command, config_option, json_option
from ibpmon.cli.show import as_json, listing
from ibpmon.cli.who import by_option, check_text, who
from ibpmon.language import _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.tell.undelivered import Left, Verb, do, state_word, undelivered
from ibpmon.tell.words import span


@click.group(
    invoke_without_command=True, help=_("The mails that nobody has received: list them, send one again, or give it up.")
)
@config_option
@json_option
@click.pass_context
def outbox(context: click.Context, path: Path, to_json: bool) -> int:
    """Without a command under it, the list."""
    behind_the_command(context)
    if context.invoked_subcommand:
        return 0
    with workplace(path) as place:
        rows = [row_of(one, place) for one in undelivered(place.store, place.now())]
    columns = {
        "mail": _("Number"), "state_word": _("State"), "subject": _("About"), "to": _("To"), "age": _("Age"),
        "tries": _("Tries"), "told": _("Remark"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("Every mail has gone out."))
    return 0


def row_of(left: Left, place: Workplace) -> Row:
    """One message as a row: keys for programs, words for people."""
    what, why, fix = left.error
    return {
        "mail": left.number,
        "channel": left.channel,
        "state": left.state,
        "state_word": f"{state_word(left.state)} ({_('for good')})" if left.final else state_word(left.state),
        "final": left.final,
        "subject": left.subject,
        "recipients": list(left.recipients),
        "to": ", ".join(left.recipients) or left.channel,
        "created_at": left.created_at,
        "age": span(left.age),
        "hours": int(left.age / timedelta(hours=1)),
        "tries": left.tries,
        "repeats": left.repeats,
        "what": what,
        "why": why,
        "fix": fix,
        "told": " ".join(part for part in (f"{what}: {why}" if why else what, f"({fix})" if fix else "") if part),
    }


@outbox.command(help=_("Mail NUMBER goes out again, with the next round of sending or with `ibpmon send`."))
@click.argument("number", type=int)
@by_option
@config_option
@json_option
def retry(**options: Any) -> int:
    """Let one go out again."""
    return act("retry", **options)


@outbox.command(help=_("Give mail NUMBER up, with the reason: it counts no more."))
@click.argument("number", type=int)
@click.option("--reason", required=True, help=_("Why nobody needs it."))
@by_option
@config_option
@json_option
def drop(**options: Any) -> int:
    """Give one up."""
    return act("drop", **options)


def act(verb: Verb, number: int, by: str, path: Path, to_json: bool, reason: str = "") -> int:
    """Do it, and say how the message stands now."""
    if verb == "drop":
        check_text("--reason", reason := reason.strip())
    with workplace(path) as place:
        maker = who(by)
        with place.store.write() as session:
            state = do(session, place.store, number, verb, maker, place.now(), reason).state
    if to_json:
        as_json({"mail": number, "state": state})
    else:
        click.echo(_("Mail {number} is now: {state}.").format(number=number, state=state_word(state)))
    return 0
