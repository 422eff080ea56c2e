"""All that a page needs: the configuration, the open store, the way to sign in, and who answers for what."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlmodel import Session

from ibpmon.config import Config, Web
from ibpmon.errors import ConfigError, ContentError, RefusedError
from ibpmon.language import N_
from ibpmon.operate.rounds import Workplace, utc_now, workplace
from ibpmon.review.bureau import bestuur_of
from ibpmon.review.matrix_list import matrix_of
from ibpmon.review.matrix_versions import approved_matrix
from ibpmon.store.database import Store
from ibpmon.web.roles import seats
from ibpmon.web.signing_in import SignIn
from ibpmon.web.speaking import Voice

log = logging.getLogger("ibpmon.web")
Clock = Callable[[], datetime]
DEADLINE = 15.0  # seconds for an answer of Entra: a person waits for it
LARGEST = 2**20  # bytes of it


class Owners:
    """Who owns or deputises a process, by the matrix that counts; read again only when that changed."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._mark: Any = None
        self._seats: frozenset[str] = frozenset()
        self._lock = Lock()

    def now(self, session: Session, store: Store, mark: tuple[Any, ...]) -> frozenset[str]:
        """Their names; `mark` is different when versions or approvals came."""
        mark = (*mark, file_mark(self.config))
        with self._lock:
            if mark != self._mark:
                self._seats, self._mark = self._read(session, store), mark
            return self._seats

    def _read(self, session: Session, store: Store) -> frozenset[str]:
        """From the version that all approved, or else from the file; nobody when it cannot be read."""
        file = self.config.files.matrix
        try:
            matrix = approved_matrix(session, store) or (matrix_of(file) if file else None)
        except (ContentError, RefusedError) as error:
            log.warning("nobody is known as owner: %s", error)
            return frozenset()
        return seats(matrix.content.processes) if matrix else frozenset()


def file_mark(config: Config) -> tuple[int, int]:
    """When the file of the matrix was written last, and its size."""
    try:
        seen = Path(config.files.matrix.path).stat() if config.files.matrix else None
    except OSError:
        return 0, 0
    return (seen.st_mtime_ns, seen.st_size) if seen else (0, 0)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page works with."""

    config: Config
    web: Web
    store: Store
    now: Clock
    sign_in: SignIn
    owners: Owners
    voice: Voice = field(default_factory=Voice)

    @property
    def bestuur(self) -> str:
        """By which name the bestuur decides where an owner may not; empty when nobody is named."""
        return bestuur_of(self.config).key


@contextmanager
def desk(path: Path, now: Clock = utc_now) -> Iterator[Desk]:
    """The desk of the board whose config.toml lies there; ConfigError when it has no [web]."""
    with workplace(path, now) as place, made(place) as found:
        yield found


@contextmanager
def made(place: Workplace) -> Iterator[Desk]:
    """A desk in an open workplace. It knows the credential of the web and opens no other."""
    from ibpmon.providers.session import Session as Https

    web, tenant = place.config.web, place.config.tenant
    if web is None:
        raise ConfigError(
            N_("the web is not set up"),
            why=N_("config.toml has no [web]"),
            fix=N_("docs/web.md tells how: an address, and an app registration to sign in with"),
        )
    hosts = [tenant.authority]
    with Https(hosts, ca=tenant.ca, proxy=tenant.proxy, deadline=DEADLINE, most=LARGEST) as session:
        yield Desk(place.config, web, place.store, place.now, SignIn(web, tenant, session), Owners(place.config))
