"""All checks in the order in which a person mends them."""

from collections.abc import Iterator

from ibpmon.errors import IbpmonError
from ibpmon.language import N_
from ibpmon.operate.check import content, licences, people, rights, surroundings
from ibpmon.operate.check.said import Check, from_error
from ibpmon.operate.rounds import Workplace, rules_of
from ibpmon.providers.client import Graph

__all__ = ["Check", "check_all"]


def check_all(place: Workplace, graph: Graph | None, *, whole: bool = False) -> Iterator[Check]:
    """Look at everything once; nothing is changed, and no mail is sent. `graph` is None without an app registration.

    `whole`: what people have in common is told one by one, however many they are.
    """
    yield from surroundings.database(place.store, place.config)
    if graph:
        yield from surroundings.clock(graph, place.config, place.now())
        yield from surroundings.certificate(place.config.tenant.certificate, "certificate", place.now())
        yield from sign_in(place, graph)
    else:
        what = N_("there is no app registration: what Microsoft keeps can only be imported from downloads")
        fix = N_("docs/own-board.md says how to make one; docs/downloads.md how to do without")
        yield Check("token", "note", what, fix)
    yield from second_registration(place)
    yield from surroundings.mail(place.config)
    yield from surroundings.board_files(dict(place.connectors), place.config)
    yield from surroundings.matrix(place.config)
    yield from people.people(place.store, place.config, place.now(), whole=whole)
    yield from content.content(place.connectors, rules_of(place))


def sign_in(place: Workplace, graph: Graph) -> Iterator[Check]:
    """The token, and what only can be seen with one."""
    try:
        token = graph.tokens.get()
    except IbpmonError as error:
        yield from_error("token", error)
        skipped = N_("not looked at: there is no token")
        yield from (Check(subject, "unknown", skipped) for subject in ("permissions", "licences"))
        return
    yield Check("token", "ok", N_("Entra gives ibpmon a token"))
    yield from rights.rights(place.connectors, rights.roles_in(token.reveal()))
    yield from licences.licences(graph, place.connectors)


def second_registration(place: Workplace) -> Iterator[Check]:
    """The credential that can also write: whether there is one, and when it ends."""
    settings = place.config.sharepoint
    if settings:
        yield from surroundings.certificate(settings.certificate, "sharepoint", place.now())
        what = N_("the second app registration holds Sites.FullControl.All, which can also write; ibpmon only reads")
        fix = N_(
            "take [sharepoint] out of config.toml if the board does not want that; reports then say what is unseen"
        )
        yield Check("sharepoint", "note", what, fix)
        return
    what = N_("who is in SharePoint groups, and who manages a site, cannot be seen: [sharepoint] is not set up")
    fix = N_("docs/sharepoint.md says what it takes, and which risk it brings; it is the board's choice")
    yield Check("sharepoint", "note", what, fix)
