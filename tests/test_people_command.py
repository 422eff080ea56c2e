"""`ibpmon mfa` and `ibpmon devices`: the lists of the pages on the command line, and a device that was lost."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.conftest import Answer, Tenant

Run = Callable[..., Answer]


def test_the_lists_of_the_pages_are_there_for_programs_and_spreadsheets(
    tenant: Tenant, ibpmon: Run, tmp_path: Path
) -> None:
    """Whoever has no page yet, or wants a number; and a device is lost, unproven, and found again."""
    at = ("--config", tenant.config)
    ibpmon("collect", *at)
    staff = json.loads(ibpmon("mfa", "list", "--json", *at).out)
    without = json.loads(ibpmon("mfa", "list", "--only", "no", "--json", *at).out)
    devices = json.loads(ibpmon("devices", "list", "--json", *at).out)
    written = ibpmon("mfa", "list", "--xlsx", tmp_path / "mfa.xlsx", *at)

    assert {one["has"] for one in staff} >= {"yes", "no"}
    assert without == [one for one in staff if one["has"] == "no"]
    assert written.code == 0
    assert len(pd.read_excel(tmp_path / "mfa.xlsx", engine="calamine")) == len(staff)
    assert any(one["user"].startswith("leerling-") for one in devices)

    one = next(one for one in devices if one["source"] == "intune")
    told = ibpmon("devices", "lost", one["device"], "--reason", "in the train", "--by", "Chris", *at)
    (lost,) = json.loads(ibpmon("devices", "list", "--lost", "--json", *at).out)
    unknown = ibpmon("devices", "lost", "nothing", "--reason", "x", "--by", "Chris", *at)
    found = ibpmon("devices", "found", one["device"], "--reason", "in the bag", "--by", "Chris", *at)
    again = ibpmon("devices", "found", one["device"], "--reason", "in the bag", "--by", "Chris", *at)

    assert f"Clear-MgDeviceManagementManagedDevice -ManagedDeviceId '{one['device']}'" in told.out
    assert (lost["device"], lost["proof"]) == (one["device"], "unread")
    assert (told.code, found.code, unknown.code, again.code) == (0, 0, 1, 1)
    assert json.loads(ibpmon("devices", "list", "--lost", "--json", *at).out) == []
    assert ibpmon("ledger", "verify", *at).code == 0
