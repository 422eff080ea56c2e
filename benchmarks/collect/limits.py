"""The reports of Microsoft allow five requests in ten seconds: how near we come to that, with real waits."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.collect.world import addresses_of, configuration, connected, connectors, opened, serving
from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.collect.connectors import Connector
from ibpmon.collect.run import collect
from ibpmon.demo.board import Board, make_board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.providers.budget import LIMITS
from ibpmon.store.database import Store

REQUESTS, SECONDS = 5, 10.0
FULL_PAGES, QUICK_PAGES = 30, 12
FIGURES = (
    Figure("limits.reporting_time_ratio", "ratio", "<= 1.05"),
    Figure("limits.reporting_refused", "refusals", "<= 1"),
)


def measure_limits(full: bool) -> Values:
    """Read so many pages of sign-ins under the limit.

    Many pages are held against two seconds each. Of a few, the first five that come at once would be too large a part:
    these are held against the shortest time in which the server would give them.
    """
    seconds, pages, refused = paced(FULL_PAGES if full else QUICK_PAGES)
    shortest = (pages - 1) // REQUESTS * SECONDS
    ideal = pages * SECONDS / REQUESTS if full else shortest
    told = f"{pages} pages in {seconds:.1f} s; {pages} x 2 s = {pages * 2} s, the server would allow {shortest:.0f} s"
    against = "held against pages x 2 s" if full else "held against what the server would allow"
    return {
        "limits.reporting_time_ratio": Measured(round(seconds / ideal, 3), f"{told}; {against}"),
        "limits.reporting_refused": Measured(refused, told),
    }


def paced(pages: int, scale: float = 1.0) -> tuple[float, int, int]:
    """Seconds, pages and refusals of one reading of about so many pages; `scale` shortens the limit's seconds."""
    board = make_board("small", 1, datetime.now(UTC))
    with tempfile.TemporaryDirectory() as name:
        folder, connector = Path(name), sign_ins(board, pages)
        known = {connector.id: connector}
        limit = (REQUESTS, SECONDS * scale)
        with (
            serving(board, folder, known, reporting_limit=limit, clock=lambda: board.now) as microsoft,
            store_of(folder, connector, board.now) as store,
        ):
            return read(microsoft, folder, connector, store, scale)


def read(
    microsoft: Microsoft, folder: Path, connector: Connector, store: Store, scale: float
) -> tuple[float, int, int]:
    """Read everything once; the token is there before the clock starts, for it is asked of someone else."""
    limits = {**LIMITS, "reporting": replace(LIMITS["reporting"], seconds=SECONDS * scale)}
    config = configuration(folder, addresses_of(microsoft))
    with connected(config, limits, store) as providers:
        graph = providers["graph"]
        assert graph
        graph.tokens.get()
        begun = time.perf_counter()
        (run,) = collect({connector.id: connector}, providers, store, config, microsoft.now())
        seconds = time.perf_counter() - begun
    if run.state != "FULL":
        raise RuntimeError(run.reason)
    pages = sum("/auditLogs/signIns" in seen.path for seen in microsoft.requests)
    return seconds, pages, microsoft.refused["reporting"]


def sign_ins(board: Board, pages: int) -> Connector:
    """The connector of sign-ins, with pages so small that there are about so many; two come half full or empty."""
    size = -(-len(board.sign_ins) // (pages - 2))
    return replace(connectors()["sign-ins"], window=timedelta(days=40), page=size)


@contextmanager
def store_of(folder: Path, connector: Connector, now: datetime) -> Iterator[Store]:
    """A store that is closed afterwards."""
    store = opened(folder, {connector.id: connector}, now)
    try:
        yield store
    finally:
        store.engine.dispose()


MEASUREMENTS = (Measurement(FIGURES, measure_limits),)
