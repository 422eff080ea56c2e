"""The accepted risks in a report: nobody reads a number of deviations without the number that was left out of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from ibpmon.config import Config
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.review.access import Landscape
from ibpmon.store.database import Store
from ibpmon.store.tables import Exemption
from ibpmon.tell.exceptions import Told, about_places, ended, in_words, running


@dataclass(frozen=True, slots=True)
class Risks:
    """What was accepted at a board: what runs now, and what ended since the quarter began."""

    running: tuple[Told, ...] = ()
    ended: tuple[Told, ...] = ()
    places: Mapping[int, Collection[str]] = field(default_factory=dict)  # number -> groups, sites, applications

    def about(self, places: Collection[str]) -> tuple[Told, ...]:
        """Those that run now and are about one of these places."""
        asked = set(places)
        return tuple(one for one in self.running if asked.intersection(self.places.get(one.number, ())))


def risks_of(
    session: Session, store: Store, config: Config, landscape: Landscape, since: datetime, now: datetime
) -> Risks:
    """The accepted risks of the board; a pupil in them has a pseudonym."""
    now_running, gone = running(session, store, now), ended(session, store, since, now)
    if not now_running and not gone:
        return Risks()
    places = about_places(session, store, now_running, {one.id for one in landscape.resources})
    words = told(session, store, config, [*now_running, *gone])
    return Risks(words[: len(now_running)], words[len(now_running) :], places)


def told(session: Session, store: Store, config: Config, rows: Sequence[Exemption]) -> tuple[Told, ...]:
    """These in the words of the mails; reading the rules takes seconds, so only when there is something."""
    from ibpmon.judge.rules import load_rules
    from ibpmon.tell.sentences import Writer

    writer = Writer(store, config, load_or_make(config.store.pseudonym_key))
    return tuple(in_words(session, rows, load_rules(config), writer))
