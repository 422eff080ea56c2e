"""The bureau where a review of rights is prepared: the matrix, what was collected, and how it is written down."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from ibpmon.collect.matching import folded
from ibpmon.config import Config
from ibpmon.errors import ConfigError
from ibpmon.language import N_
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.review.items import Words
from ibpmon.review.matrix import Matrix, Process
from ibpmon.review.matrix_in_use import matrix_in_use
from ibpmon.review.nouns import Board
from ibpmon.store.database import Store


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who decides: how he is known, by which name, and where his mail goes; empty when there is nobody."""

    key: str = ""
    name: str = ""
    mail: str = ""

    def is_called(self, name: str) -> bool:
        """Whether this is the one; his account, his name and his address all will do."""
        return bool(self.key) and folded(name) in {folded(one) for one in (self.key, self.name, self.mail) if one}


@dataclass(frozen=True, slots=True)
class Bureau:
    """All that reviews need at one moment."""

    store: Store
    config: Config
    matrix: Matrix
    words: Words
    now: datetime

    @classmethod
    def of(cls, config: Config, store: Store, now: datetime) -> Self:
        """The bureau of one board; ConfigError when it has no matrix, for then there is nothing to ask about."""
        matrix = matrix_in_use(store, config)
        if matrix is None:
            raise ConfigError(
                N_("no review can be made"),
                why=N_("config.toml names no autorisatiematrix"),
                fix=N_("name it under [files.matrix]"),
            )
        return cls(store, config, matrix, words_of(config), now)

    @property
    def board(self) -> Seat:
        """The bestuur: it decides where the owner and the deputy may not."""
        return bestuur_of(self.config)


def bestuur_of(config: Config) -> Seat:
    """Who decides when nobody else can, as config.toml names them for mail; an empty seat when it does not."""
    addresses = config.mail.to.get("board", ())
    return Seat(folded(addresses[0]), "bestuur", addresses[0]) if addresses else Seat()


def words_of(config: Config) -> Words:
    """How things are said to this board."""
    schools = {school.key: school.name for school in config.schools}
    return Words(load_or_make(config.store.pseudonym_key), schools, config.time_zone)


def board_of(config: Config) -> Board:
    """The schools as the board's own files call them."""
    words = {word.casefold(): school.key for school in config.schools for word in (school.name, school.key)}
    return Board(words, config.time_zone)


def owner_of(process: Process) -> Seat:
    """Who answers for a process."""
    return Seat(folded(process.owner_upn or process.mail or process.owner), process.owner, process.mail or "")


def deputy_of(process: Process) -> Seat:
    """Who decides when the owner cannot or may not."""
    key = process.deputy_upn or process.deputy_mail or process.deputy
    return Seat(folded(key), process.deputy or key, process.deputy_mail or "")


def first(seats: Collection[Seat], but: Collection[str]) -> Seat:
    """The first seat that somebody has, who is none of these; an empty one when there is none."""
    return next((one for one in seats if one.key and one.key not in but), Seat())
