"""The ways on which messages go out: a mail server, Microsoft Graph, a channel of Teams; verified TLS or not at all."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ibpmon.tell.transports.graph import GraphMail
from ibpmon.tell.transports.letters import (
    Accepted,
    Letter,
    NeverTaken,
    Refused,
    ServerTrouble,
    Transport,
    TryLater,
    Uncertain,
    domain,
    to_bytes,
)
from ibpmon.tell.transports.smtp import Smtp
from ibpmon.tell.transports.teams import Teams

if TYPE_CHECKING:
    from ibpmon.config import Config
    from ibpmon.store.database import Store

__all__ = [
    "Accepted",
    "GraphMail",
    "Letter",
    "NeverTaken",
    "Refused",
    "ServerTrouble",
    "Smtp",
    "Teams",
    "Transport",
    "TryLater",
    "Uncertain",
    "domain",
    "to_bytes",
    "ways",
]

OUTLOOK = "https://outlook.office365.com"  # what a token for SMTP is for: Exchange's documentation of SMTP AUTH


@contextmanager
def ways(config: "Config", store: "Store | None" = None) -> "Iterator[Mapping[str, Transport]]":
    """The way of each channel that this board has set up; nothing is connected before a message goes out."""
    with ExitStack() as open_:
        found: dict[str, Transport] = {"mail": mail_way(config, store, open_)}
        if config.teams:
            found["teams"] = Teams(config)
        yield found


def mail_way(config: "Config", store: "Store | None", open_: ExitStack) -> Smtp | GraphMail:
    """The way of mail: a server, with a password or a token, or Graph."""
    from ibpmon.providers import connect_mail, tokens_for

    if config.mail.through == "graph":
        return GraphMail(config.mail.sender, lambda: connect_mail(config, store), open_)
    if config.mail.auth == "xoauth2":
        tokens = tokens_for(config.tenant, OUTLOOK)
        open_.callback(tokens.session.close)
        return Smtp(config.mail, tokens)
    return Smtp(config.mail)
