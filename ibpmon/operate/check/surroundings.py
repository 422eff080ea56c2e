"""What stands around the work: credential, clock, mail server, database and the files of the board."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ibpmon.collect import files
from ibpmon.collect.connectors import Connector
from ibpmon.config import Config, secret_text
from ibpmon.errors import IbpmonError
from ibpmon.language import N_
from ibpmon.operate.backup.key import read_key
from ibpmon.operate.check.rights import SENDING, roles_in
from ibpmon.operate.check.said import Check, from_error
from ibpmon.providers.auth import end_of
from ibpmon.providers.client import Graph
from ibpmon.review.matrix_list import matrix_of
from ibpmon.review.matrix_toml import refuse_unfilled
from ibpmon.store.database import Store

if TYPE_CHECKING:
    from ibpmon.tell.transports import Smtp

SOON = timedelta(days=30)  # a new certificate takes a board some weeks
SLACK = timedelta(minutes=2)  # Entra refuses an assertion from a clock that is five minutes off
LITTLE = 1 << 30  # bytes; sign-ins of a large board take some hundred MB a month


def certificate(path: Path | None, subject: str, now: datetime) -> Iterator[Check]:
    """When a certificate ends; a client secret cannot tell."""
    if path is None:
        what = N_("ibpmon signs in with a client secret, which does not say when it ends")
        yield Check(subject, "note", what, N_("use a certificate: it is safer, and ibpmon warns before it ends"))
        return
    try:
        ends = end_of(secret_text(path))
    except IbpmonError as error:
        yield from_error(subject, error)
    except ValueError:
        yield Check(subject, "problem", N_("{path} holds no certificate that can be read"), "", {"path": path})
    else:
        yield ending(subject, ends, now)


def ending(subject: str, ends: datetime, now: datetime) -> Check:
    """Whether a certificate still holds long enough."""
    values = {"day": ends.date().isoformat(), "days": (ends - now).days}
    fix = N_("make a new certificate and upload it in Entra before that day; docs/own-board.md says how")
    if ends <= now:
        return Check(subject, "problem", N_("the certificate ended on {day}"), fix, values)
    if ends - now <= SOON:
        return Check(subject, "note", N_("the certificate ends on {day}, in {days} day(s)"), fix, values)
    return Check(subject, "ok", N_("the certificate holds until {day}"), "", values)


def clock(graph: Graph, config: Config, now: datetime) -> Iterator[Check]:
    """Our clock against that of Microsoft, from a page that needs no token."""
    import requests

    address = f"{config.tenant.authority}/{config.tenant.id}/v2.0/.well-known/openid-configuration"
    try:
        theirs = parsedate_to_datetime(graph.session.get(address).headers.get("Date", ""))
    except (requests.RequestException, ValueError, TypeError) as error:
        values = {"host": config.tenant.authority, "kind": type(error).__name__}
        yield Check("clock", "unknown", N_("{host} did not tell its time ({kind})"), "", values)
        return
    off = abs(now - theirs.astimezone(UTC))
    values = {"seconds": str(int(off.total_seconds()))}
    if off > SLACK:
        fix = N_("set the clock of this machine, and let it follow a time server")
        yield Check("clock", "problem", N_("the clock of this machine is {seconds} seconds off"), fix, values)
    else:
        yield Check("clock", "ok", N_("the clock is right (within {seconds} seconds of Microsoft's)"), "", values)


def mail(config: Config) -> Iterator[Check]:
    """Whether the way of mailing is open, as far as can be seen without sending a mail."""
    from ibpmon.tell.transports import GraphMail, ways

    with ways(config) as found:
        way: Any = found["mail"]
        yield from through_graph(way.client(), config) if isinstance(way, GraphMail) else by_server(way, config)


def by_server(way: "Smtp", config: Config) -> Iterator[Check]:
    """Whether the mail server lets us in over TLS."""
    try:
        with way.signed_in():
            values = {"host": config.mail.host}
            yield Check("mail", "ok", N_("{host} lets ibpmon in over a verified connection"), "", values)
    except IbpmonError as error:
        yield from_error("mail", error)


def through_graph(graph: Graph, config: Config) -> Iterator[Check]:
    """Whether there is a token to send with; that Exchange takes it for this mailbox shows with the first mail."""
    values = {"sender": config.mail.sender}
    try:
        granted = roles_in(graph.tokens.get().reveal())
    except IbpmonError as error:
        yield from_error("mail", error)
        return
    yield Check("mail", "ok", N_("mail goes through Microsoft Graph, and Entra gives a token for it"), "", values)
    if SENDING in (granted or ()):
        what = N_("Mail.Send is granted in Entra: with it mail can be sent from every mailbox of the board")
        fix = N_("take it away there and give the role in Exchange, for {sender} alone; docs/own-board.md says how")
        yield Check("mail", "note", what, fix, values)
        return
    what = N_("the token holds no Mail.Send: whether Exchange lets ibpmon send from {sender} cannot be seen here")
    fix = N_("look with Test-ServicePrincipalAuthorization in Exchange Online; docs/own-board.md has the command")
    yield Check("mail", "unknown", what, fix, values)


def readers(config: Config) -> Iterator[Check]:
    """Whether somebody outside ICT reads what administrators do, and keeps the head of the ledger."""
    to = config.mail.to
    if not {*to.get("privacy", ()), *to.get("fg", ())} - set(to["it"]):
        what = N_("nobody but ICT hears what administrators do; what is about everyone in ICT is told to nobody")
        yield Check("readers", "note", what, N_("name somebody else as privacy or fg under [mail.to]"))


def teams(config: Config) -> Iterator[Check]:
    """Whether the address of the workflow can be used; nothing is posted, and nothing where it is not set up."""
    from ibpmon.tell.transports import Teams

    if config.teams is None:
        return
    try:
        Teams(config).address()
    except IbpmonError as error:
        yield from_error("teams", error)
        return
    what = N_("the address of the workflow is there; whether it takes messages shows with the first one")
    yield Check("teams", "ok", what)


def database(store: Store, config: Config) -> Iterator[Check]:
    """Whether the database can be written, and has room to grow."""
    try:
        with store.write():
            pass
    except IbpmonError as error:
        yield from_error("database", error)
        return
    yield Check("database", "ok", N_("the database can be read and written"))
    if config.store.database.startswith("sqlite:///"):
        yield from room(Path(config.store.database.removeprefix("sqlite:///")).parent)


def room(folder: Path) -> Iterator[Check]:
    """Little room on the disk of an SQLite file."""
    free = shutil.disk_usage(folder).free
    if free < LITTLE:
        what, fix = N_("the disk of the database has {free} MB left"), N_("make room: a full disk stops everything")
        yield Check("database", "problem", what, fix, {"free": free >> 20})


def backups(config: Config) -> Iterator[Check]:
    """Whether backups have a place and a key; that they can be opened is seen each time that one is made."""
    settings = config.backup
    if settings.folder is None:
        what = N_("ibpmon makes no backups by itself: config.toml names no folder under [backup]")
        yield Check("backup", "note", what, N_("name a folder on another disk; docs/running.md says how"))
        return
    if not os.access(settings.folder, os.W_OK | os.X_OK):
        what = N_("the folder for backups, {path}, is not there or ibpmon may not write in it")
        yield Check("backup", "problem", what, N_("connect the disk, or give that right"), {"path": settings.folder})
        return
    try:
        closed = read_key(settings.key) is not None
    except IbpmonError as error:
        yield from_error("backup", error)
        return
    if closed:
        yield Check("backup", "ok", N_("backups have a place and a key"))
        return
    what = N_("backups are not encrypted: who has the file can read it")
    yield Check("backup", "note", what, N_("name a key under [backup], and make it with `ibpmon backup --new-key`"))


def board_files(connectors: dict[str, Connector], config: Config) -> Iterator[Check]:
    """Each file of the board: found and read, with the rows that cannot be used."""
    for connector in connectors.values():
        if connector.source != "file":
            continue
        file = getattr(config.files, connector.file, None)
        if not file:
            what = N_("{title}: no file is named under [files.{file}]; what needs it cannot be judged")
            values = {"title": connector.title, "file": connector.file}
            yield Check("files", "note", what, N_("name the board's file in config.toml"), values)
            continue
        try:
            listing = files.read_file(connector, file)
        except IbpmonError as error:
            yield from_error("files", error)
        else:
            yield read_well(connector.title, len(listing.rows), len(listing.bad))


def matrix(config: Config) -> Iterator[Check]:
    """The autorisatiematrix: whether it can be used, and how much stands in it."""
    file = config.files.matrix
    if file is None:
        what = N_("no autorisatiematrix is named under [files.matrix]; without one no review can be made")
        yield Check("files", "note", what, N_("name the board's file in config.toml"))
        return
    try:
        content = matrix_of(file).content
        refuse_unfilled(content, file.path.name)
    except IbpmonError as error:
        yield from_error("files", error)
        return
    what = N_("autorisatiematrix {version}: {processes} processes, {roles} roles, {rules} rules")
    counts = {name: len(getattr(content, name)) for name in ("processes", "roles", "rules")}
    yield Check("files", "ok", what, "", {"version": content.version, **counts})


def read_well(title: str, rows: int, bad: int) -> Check:
    """How many rows a file has, and how many of them cannot be used."""
    values = {"title": title, "rows": rows, "bad": bad}
    if bad:
        fix = N_("run ibpmon collect: it names the lines")
        return Check("files", "note", N_("{title}: {rows} rows, and {bad} that cannot be used"), fix, values)
    return Check("files", "ok", N_("{title}: {rows} rows"), "", values)
