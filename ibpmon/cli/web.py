"""The pages for people: serve them, say who may see what, and end sessions."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ibpmon.cli.options import behind_the_command, config_option, json_option, log_to_stderr
from ibpmon.cli.registers import NUMBER, doing, moment_in, say
from ibpmon.cli.show import as_json, listing, when
from ibpmon.cli.who import who
from ibpmon.language import _, ngettext
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.store.web_tables import WebRole, WebToken
from ibpmon.tell.words import until_word
from ibpmon.web import keys, sessions
from ibpmon.web import roles as giving
from ibpmon.web.roles import GRANTED, ROLE_WORDS, Role


@click.group(
    invoke_without_command=True,
    help=_("Serve the pages for people, as config.toml says; with a command say who may see what, or end sessions."),
)
@config_option
@click.pass_context
def web(context: click.Context, path: Path) -> int:
    """Without a command under it, serve until stopped."""
    behind_the_command(context)
    if context.invoked_subcommand:
        return 0
    from ibpmon.web.serving import serve

    log_to_stderr()
    serve(path, ready=lambda address: click.echo(_("The pages are at {address}").format(address=address), err=True))
    return 0


@web.group(help=_("Who has which role on the pages: list them, give one, take one back."))
def roles() -> None:
    """Only a name for the commands under it."""


@roles.command(name="list", help=_("The roles that somebody gave here; those of Entra and of the matrix stand there."))
@click.option("--all", "everything", is_flag=True, help=_("Also those that have ended."))
@config_option
@json_option
def list_(everything: bool, path: Path, to_json: bool) -> int:
    """One line per role."""
    with workplace(path) as place, place.store.read() as session:
        found = giving.listed(session, place.store, place.now(), everything=everything)
        rows = [role_row(one, place) for one in found]
    columns = {
        "role": _("Number"), "user_name": _("Account"), "role_word": _("Role"), "until_word": _("Until"),
        "granted_by": _("Given by"), "day": _("Given on"), "revoked_by": _("Taken back by"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("Nobody was given a role here."))
    return 0


def role_row(one: WebRole, place: Workplace) -> dict[str, Any]:
    """One role as a row."""
    zone = place.config.time_zone
    return {
        "role": one.role_id, "account": one.account, "user_name": one.user_name, "kind": one.role,
        "role_word": _(ROLE_WORDS[one.role]), "until": one.until, "granted_by": one.granted_by,
        "until_word": until_word(one.until, zone) if one.until else "-", "granted_at": one.granted_at,
        "day": when(one.granted_at, zone), "revoked_by": one.revoked_by or None, "revoked_at": one.revoked_at,
    }  # fmt: skip


@roles.command(help=_("Give the account NAME a role: it, privacy, fg, director, board, or auditor with an end."))
@click.argument("name")
@click.argument("role", type=click.Choice(GRANTED))
@click.option("--until", default="", help=_("Until when, as 31-07-2027; an auditor always needs it."))
@doing
def grant(name: str, role: Role, until: str, by: str, path: Path, to_json: bool) -> int:
    """Give a role."""
    with workplace(path) as place:
        end: datetime | None = moment_in(place, "until", "--until", until)
        with place.store.write() as session:
            row = role_row(giving.grant(session, place.store, name, role, who(by), place.now(), end), place)
    done = _("{name} has the role {role} now; its number is {number}.")
    return say(row, done.format(name=row["user_name"], role=row["role_word"], number=row["role"]), to_json)


@roles.command(help=_("Take back role NUMBER, as the list has it; from the next page on it is gone."))
@click.argument("number", type=NUMBER)
@doing
def revoke(number: int, by: str, path: Path, to_json: bool) -> int:
    """Take a role back."""
    with workplace(path) as place, place.store.write() as session:
        row = role_row(giving.revoke(session, place.store, number, who(by), place.now()), place)
    done = _("{name} no longer has the role {role}.")
    return say(row, done.format(name=row["user_name"], role=row["role_word"]), to_json)


@web.group(help=_("The keys with which programs of the board read the numbers: list them, make one, take one back."))
def tokens() -> None:
    """Only a name for the commands under it."""


@tokens.command(name="list", help=_("The keys that open something now; the keys themselves are not kept."))
@click.option("--all", "everything", is_flag=True, help=_("Also those that have ended."))
@config_option
@json_option
def list_tokens(everything: bool, path: Path, to_json: bool) -> int:
    """One line per key."""
    with workplace(path) as place, place.store.read() as session:
        rows = [token_row(one, place) for one in keys.listed(session, place.store, place.now(), everything=everything)]
    columns = {
        "token": _("Number"), "name": _("Name"), "until_word": _("Until"), "made_by": _("Made by"), "day": _("Made on"),
        "revoked_by": _("Taken back by"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No program has a key."))
    return 0


def token_row(one: WebToken, place: Workplace) -> dict[str, Any]:
    """One key as a row, without the key."""
    zone = place.config.time_zone
    return {
        "token": one.token_id, "name": one.name, "until": one.until, "made_by": one.made_by, "made_at": one.made_at,
        "until_word": until_word(one.until, zone) if one.until else "-", "day": when(one.made_at, zone),
        "revoked_by": one.revoked_by or None, "revoked_at": one.revoked_at,
    }  # fmt: skip


@tokens.command(help=_("Make a key for the program NAME; it is shown once, here."))
@click.argument("name")
@click.option("--until", default="", help=_("Until when, as 31-07-2027; without it until somebody takes it back."))
@doing
def add(name: str, until: str, by: str, path: Path, to_json: bool) -> int:
    """Make a key."""
    with workplace(path) as place:
        end = moment_in(place, "until", "--until", until)
        with place.store.write() as session:
            made, key = keys.make(session, place.store, name, who(by), place.now(), end)
            row = token_row(made, place) | {"key": key}
    if not to_json:
        click.echo(
            _("Keep this key now: it is not shown again. Its number is {number}.").format(number=row["token"]), err=True
        )
    return say(row, key, to_json)


@tokens.command(
    name="revoke", help=_("Take back key NUMBER, as the list has it; from the next request on it opens nothing.")
)
@click.argument("number", type=NUMBER)
@doing
def revoke_token(number: int, by: str, path: Path, to_json: bool) -> int:
    """Take a key back."""
    with workplace(path) as place, place.store.write() as session:
        row = token_row(keys.revoke(session, place.store, number, who(by), place.now()), place)
    return say(row, _("The key of {name} opens nothing any more.").format(name=row["name"]), to_json)


@web.command(name="sign-out", help=_("End every session of the account NAME, for instance of a lost telephone."))
@click.argument("name")
@config_option
@json_option
def sign_out(name: str, path: Path, to_json: bool) -> int:
    """End the sessions of somebody."""
    with workplace(path) as place, place.store.write() as session:
        account, user_name = giving.account_of(session, place.store, name)
        count = sessions.end_all(session, place.store, [account])
    if to_json:
        as_json({"account": account, "ended": count})
        return 0
    done = ngettext("{n} session of {name} was ended.", "{n} sessions of {name} were ended.", count)
    click.echo(done.format(n=count, name=user_name))
    return 0
