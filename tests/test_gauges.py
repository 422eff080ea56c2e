"""What ibpmon measures of itself while it reads: when its certificate ends, and how far its clock is off."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

import pytest
from sqlmodel import select

from ibpmon.collect.gauges import keep_gauges
from ibpmon.demo.play import write_certificate
from ibpmon.operate.rounds import collect_round, utc_now, workplace
from ibpmon.providers.drift import Drift
from ibpmon.store.database import Store
from ibpmon.store.tables import Gauge, micros
from tests.conftest import APP, MONDAY, PERMISSIONS, OpenStore, Tenant

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()
DAY = timedelta(days=1)


def gauges(store: Store) -> dict[str, int]:
    """What is kept, by name."""
    with store.read() as session:
        return {one.name: one.value for one in session.exec(select(Gauge))}


def with_certificate(tenant: Tenant, days: int) -> datetime:
    """Let the board sign in by a certificate that ends in so many days; gives when."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(days=365 - days)
    public = write_certificate(tenant.folder / "ibpmon.pem", began).read_text(encoding="utf-8")
    tenant.microsoft.register(APP, certificate_pem=public, permissions=PERMISSIONS)
    text = tenant.config.read_text(encoding="utf-8")
    kept = text.replace(f'secret = "{tenant.secret}"', f'certificate = "{tenant.folder / "ibpmon.pem"}"')
    tenant.config.write_text(kept, encoding="utf-8")
    return began + timedelta(days=365)


@pytest.mark.parametrize(("ahead", "expected"), [(0.0, 0), (90.0, 90), (-400.0, -400), (2.4, 2)])
def test_the_clock_is_compared_with_the_date_of_an_answer(ahead: float, expected: int) -> None:
    """Above zero our clock is ahead; the answer was half a second under way."""
    drift = Drift(lambda: NOON + 0.75 + ahead)
    drift.heard(formatdate(NOON, usegmt=True), 0.5)
    assert drift.seconds == expected


def test_the_quickest_answer_tells_the_time() -> None:
    """One that waited two minutes would make the clock seem a minute off."""
    drift = Drift(lambda: NOON)
    drift.heard(formatdate(NOON - 119, usegmt=True), 120.0)
    drift.heard(formatdate(NOON - 1, usegmt=True), 0.2)
    drift.heard(formatdate(NOON - 60, usegmt=True), 61.0)
    assert drift.seconds == 0


@pytest.mark.parametrize("date", ["", "gisteren", "Mon, 99 Nov 2026 12:00:00 GMT"])
def test_an_answer_without_a_date_tells_no_time(date: str) -> None:
    """Nothing measured is not the same as no difference."""
    drift = Drift(lambda: NOON)
    drift.heard(date, 0.1)
    assert drift.seconds is None


def test_reading_measures_the_certificate_and_the_clock(tenant: Tenant) -> None:
    """What the rules on them say is tested with the monitor."""
    ends = with_certificate(tenant, 13)

    with workplace(tenant.config) as place:
        collect_round(place, only={"security-defaults"})

        assert gauges(place.store)["certificate_ends"] == micros(ends)
        assert abs(gauges(place.store)["clock_offset_seconds"]) <= 2


def test_a_certificate_that_microsoft_refuses_is_measured_all_the_same(tenant: Tenant) -> None:
    """The day after it ended nobody gets in, and that is when it must be said."""
    ends = with_certificate(tenant, -1)
    tenant.microsoft.register(APP, secret="another-one", permissions=PERMISSIONS)  # Entra knows no such certificate

    with workplace(tenant.config) as place:
        (run,) = collect_round(place, only={"security-defaults"})

        assert run.state == "FAILED"
        assert gauges(place.store)["certificate_ends"] == micros(ends)


def test_a_clock_that_runs_ahead_is_told(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes more, and Entra refuses to let us in."""
    monkeypatch.setattr(Drift.__init__, "__defaults__", (lambda: time.time() + 90,))
    with workplace(tenant.config) as place:
        collect_round(place, only={"security-defaults"})
        assert 88 <= gauges(place.store)["clock_offset_seconds"] <= 92


def test_a_secret_takes_the_place_of_a_certificate(tenant: Tenant) -> None:
    """The end of a certificate that nobody uses any more is no news."""
    with workplace(tenant.config) as place:
        keep_gauges(place.store, {"certificate_ends": 5, "sharepoint_certificate_ends": 5}, utc_now())
        collect_round(place, only={"security-defaults"})
        assert gauges(place.store).keys() == {"clock_offset_seconds"}


def test_a_round_that_asked_nothing_leaves_the_gauges_alone(open_database: OpenStore) -> None:
    """Only what was measured is written, and only what is known to be gone is taken away."""
    store = open_database([])
    keep_gauges(store, {"certificate_ends": 7, "clock_offset_seconds": 1}, MONDAY)
    keep_gauges(store, {"clock_offset_seconds": 2}, MONDAY + DAY)
    keep_gauges(store, {}, MONDAY + 2 * DAY)
    assert gauges(store) == {"certificate_ends": 7, "clock_offset_seconds": 2}
    keep_gauges(store, {"certificate_ends": None}, MONDAY + 3 * DAY)
    assert json.dumps(gauges(store)) == '{"clock_offset_seconds": 2}'
