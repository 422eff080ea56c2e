"""`ibpmon accounts`: what each account is and why, without naming a pupil."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ibpmon.collect.populations import told_reasons
from tests.conftest import Answer, Tenant

Run = Callable[..., Answer]


@pytest.fixture
def collected(tenant: Tenant, ibpmon: Run) -> Tenant:
    """A board of which everything was read once."""
    ibpmon("collect", "--config", tenant.config)
    return tenant


def listed(ibpmon: Run, tenant: Tenant, *words: str) -> list[dict[str, Any]]:
    """The rows that a program gets."""
    found: list[dict[str, Any]] = json.loads(ibpmon("accounts", *words, "--json", "--config", tenant.config).out)
    return found


def test_each_account_comes_with_its_kind_and_the_reason(collected: Tenant, ibpmon: Run) -> None:
    """Who doubts a finding must see by what the account became staff; by a part of the name one finds it."""
    rows = listed(ibpmon, collected)
    assert {row["population"] for row in rows} >= {"staff", "pupil"}
    assert [row for row in rows if not row["why"].startswith("kind: ")] == []

    staff = next(row for row in rows if row["population"] == "staff")
    assert staff in listed(ibpmon, collected, staff["shown"].split(" (")[0].upper())
    assert listed(ibpmon, collected, staff["account_id"]) == [staff]
    told = ibpmon("accounts", "--config", collected.config).out
    assert "employee" in told
    assert "the domain" in told


def test_a_pupil_is_not_named(collected: Tenant, ibpmon: Run) -> None:
    """A list of accounts goes into a ticket or a screenshot as easily as a mail does."""
    pupils = listed(ibpmon, collected, "--population", "pupil")
    assert pupils
    assert all(row["shown"].startswith("leerling-") for row in pupils)
    assert {row["population"] for row in pupils} == {"pupil"}


def test_what_is_not_there_is_said(tenant: Tenant, ibpmon: Run) -> None:
    """An empty screen would be read as 'there are no accounts'."""
    assert "ibpmon collect" in ibpmon("accounts", "nobody", "--config", tenant.config).out


def test_the_words_of_the_board_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason that a person typed may hold the sign that parts reasons."""
    assert told_reasons("population: own list stage; tot juli; school: office").count(";") == 2
