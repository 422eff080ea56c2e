"""A question that takes too long is broken off and told; the next one has its own time."""

import pytest
from sqlalchemy import text

from ibpmon.errors import RefusedError
from ibpmon.store.database import Store
from ibpmon.store.deadline import within
from tests.conftest import OpenStore

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty database."""
    return open_database([])


def test_what_takes_too_long_is_broken_off(store: Store) -> None:
    """Somebody waits for it; and whoever comes next on the same connection is not broken off for it."""
    with pytest.raises(RefusedError, match="broken off"), store.read() as session, within(session, 0.2):
        session.execute(text(ENDLESS[store.engine.dialect.name]))
    with store.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    with store.read() as session, within(session, 30):
        assert session.scalar(text("SELECT 2")) == 2
