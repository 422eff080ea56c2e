"""Keeps what the clients measured on the way: the end of a certificate, our clock beside Microsoft's."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col

from ibpmon.store.database import Store
from ibpmon.store.tables import Gauge


def keep_gauges(store: Store, measured: Mapping[str, int | None], now: datetime) -> None:
    """Write down what was measured last; None takes a gauge away: a certificate that made room for a secret."""
    gone = [name for name, value in measured.items() if value is None]
    with store.write() as session:
        session.execute(delete(Gauge).where(col(Gauge.tenant_id) == store.tenant, col(Gauge.name).in_(gone)))
        for name, value in measured.items():
            if value is not None:
                session.merge(Gauge(tenant_id=store.tenant, name=name, value=value, measured_at=now))
