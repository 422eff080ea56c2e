"""The desk at which mails are written: what everything that is told on one occasion shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from ibpmon.config import Config
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.store.database import Store
from ibpmon.tell import routing
from ibpmon.tell.mails import Mailroom
from ibpmon.tell.routing import Owners, Router
from ibpmon.tell.sentences import Rule, Writer


@dataclass(frozen=True, slots=True)
class Desk:
    """All that telling needs: the rules that are on, who may read what, and how it is written down."""

    store: Store
    config: Config
    rules: Mapping[str, Rule]
    router: Router
    writer: Writer
    mailroom: Mailroom
    now: datetime

    @classmethod
    def of(
        cls, config: Config, store: Store, rules: Sequence[Rule], now: datetime, owners: Owners = routing.nobody
    ) -> Self:
        """A desk for one moment. `owners` gives the address of who owns a place, from the autorisatiematrix."""
        writer = Writer(store, config, load_or_make(config.store.pseudonym_key))
        by_key = {rule.key: rule for rule in rules}
        return cls(store, config, by_key, Router(config, owners), writer, Mailroom.of(config), now)
