"""All checks in the order in which a person mends them."""

from collections.abc import Iterator, Mapping

from ibpmon.errors import IbpmonError
from ibpmon.language import N_
from ibpmon.operate.check import content, licences, people, rights, surroundings, web
from ibpmon.operate.check.said import Check, from_error
from ibpmon.operate.rounds import Workplace, rules_of
from ibpmon.providers.auth import Token
from ibpmon.providers.client import Client, Graph

__all__ = ["Check", "check_all"]


def check_all(place: Workplace, clients: Mapping[str, Client | None], *, whole: bool = False) -> Iterator[Check]:
    """Look at everything once; nothing is changed, and no mail is sent.

    `clients` are those of `providers.connect_all`. `whole`: what people have in common is told one by one, however
    many they are.
    """
    yield from surroundings.database(place.store, place.config)
    if isinstance(graph := clients["graph"], Graph):
        yield from surroundings.clock(graph, place.config, place.now())
        yield from surroundings.certificate(place.config.tenant.certificate, "certificate", place.now())
        yield from sign_in(place, graph)
    else:
        what = N_("there is no app registration: what Microsoft keeps can only be imported from downloads")
        fix = N_("docs/own-board.md says how to make one; docs/downloads.md how to do without")
        yield Check("token", "note", what, fix)
    yield from second_registration(place, clients["sharepoint"])
    yield from signed_in(clients["datto"], "datto", [])
    yield from web.web(place.config, place.now())
    yield from surroundings.mail(place.config)
    yield from surroundings.readers(place.config)
    yield from surroundings.teams(place.config)
    yield from surroundings.backups(place.config)
    yield from surroundings.board_files(dict(place.connectors), place.config)
    yield from surroundings.matrix(place.config)
    yield from people.people(place.store, place.config, place.now(), whole=whole)
    yield from own_content(place)


def sign_in(place: Workplace, graph: Graph) -> Iterator[Check]:
    """The token, and what only can be seen with one."""
    tokens = list[Token]()
    yield from signed_in(graph, "token", tokens)
    for token in tokens:
        sends = place.config.mail.through == "graph"
        yield from rights.rights(place.connectors, rights.roles_in(token.reveal()), sends=sends)
        yield from licences.licences(graph, place.connectors)
    if not tokens:
        skipped = N_("not looked at: there is no token")
        yield from (Check(subject, "unknown", skipped) for subject in ("permissions", "licences"))


def signed_in(client: Client | None, subject: str, tokens: list[Token]) -> Iterator[Check]:
    """Whether a provider lets us in; the token, if there is one, comes in `tokens`. Nothing where it is not set up."""
    if client is None:
        return
    try:
        tokens.append(client.tokens.get())
    except IbpmonError as error:
        yield from_error(subject, error)
        return
    yield Check(subject, "ok", N_("{service} gives ibpmon a token"), "", {"service": GIVERS[subject]})


GIVERS = {"token": "Entra", "sharepoint": "Entra", "datto": "Datto RMM"}


def second_registration(place: Workplace, client: Client | None) -> Iterator[Check]:
    """The credential that can also write: whether there is one that works, what it may, and when it ends."""
    settings, tokens = place.config.sharepoint, list[Token]()
    if settings and client:
        yield from surroundings.certificate(settings.certificate, "sharepoint", place.now())
        yield from signed_in(client, "sharepoint", tokens)
        for token in tokens:
            yield from rights.rights(place.connectors, rights.roles_in(token.reveal()), "sharepoint")
        what = N_("the second app registration holds Sites.FullControl.All, which can also write; ibpmon only reads")
        fix = N_(
            "take [sharepoint] out of config.toml if the board does not want that; reports then say what is unseen"
        )
        yield Check("sharepoint", "note", what, fix)
        return
    what = N_("who is in SharePoint groups, and who manages a site, cannot be seen: [sharepoint] is not set up")
    fix = N_("docs/sharepoint.md says what it takes, and which risk it brings; it is the board's choice")
    yield Check("sharepoint", "note", what, fix)


def own_content(place: Workplace) -> Iterator[Check]:
    """The rules beside the sources; a rule that names a field that nobody collects is refused when it is read."""
    try:
        rules = rules_of(place)
    except IbpmonError as error:
        yield from_error("content", error)
        return
    yield from content.content(place.connectors, rules, place.config.content.connectors_off)
