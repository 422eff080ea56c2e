"""Which kind of download a file is, what its kind does with it, and that nobody waits for an import."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ibpmon.collect.connectors import with_shared_tables
from ibpmon.collect.downloads import Wish, import_file, importing, jsons, kinds, opening, reading
from ibpmon.errors import ContentError
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Run
from tests.conftest import MONDAY, OpenStore, Tenant
from tests.test_downloads import SAMPLES, sign_in
from tests.test_downloads_csv import CONNECTORS, QUIET, USER, stored, write


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store, on each database."""
    return open_database([one.dataset for one in CONNECTORS.values()])


def page(folder: Path, *records: Any, name: str = "download.json") -> Path:
    """A JSON download."""
    path = folder / name
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


SERVICE = {"servicePrincipalId": "sp-1", "userPrincipalName": None, "userId": ""}


@pytest.mark.parametrize(
    ("record", "name", "kind"),
    [
        ({}, "download.json", "sign-ins"),
        ({}, "NonInteractiveSignIns_2026-11-20.json", "sign-ins-noninteractive"),
        ({"isInteractive": False}, "download.json", "sign-ins-noninteractive"),
        ({"signInEventTypes": ["nonInteractiveUser"]}, "InteractiveSignIns.json", "sign-ins-noninteractive"),
        ({"signInEventTypes": ["interactiveUser", "continuousAccessEvaluation"]}, "x.json", "sign-ins"),
        ({"signInEventTypes": ["servicePrincipal"], **SERVICE}, "x.json", "sign-ins-service-principal"),
        (SERVICE, "x.json", "sign-ins-service-principal"),
        ({}, "Interactive SignIns (2).json", "sign-ins"),
    ],
)
def test_a_sign_in_says_itself_of_which_kind_it_is_or_else_its_file_does(
    tmp_path: Path, record: dict[str, Any], name: str, kind: str
) -> None:
    """What the record says counts before the name that a person may have changed."""
    file = opening.look(page(tmp_path, sign_in(1, **record), name=name))
    assert reading.kind_of(file, Wish()) == kind


@pytest.mark.parametrize(
    ("sample", "kind"),
    [
        ("users_list_page1.json", "accounts"),
        ("devices_list.json", "devices"),
        ("managed_devices.json", "managed-devices"),
        ("user_registration_details.json", "mfa-registration"),
        ("directory_audits.json", "directory-audits"),
        ("signins_beta_interactive.json", "sign-ins"),
        ("signins_beta_noninteractive.json", "sign-ins-noninteractive"),
        ("signins_beta_serviceprincipal.json", "sign-ins-service-principal"),
    ],
)
def test_the_wire_samples_of_microsoft_are_known_and_taken(store: Store, sample: str, kind: str) -> None:
    """Every row, with its empty and missing values."""
    path = SAMPLES / sample
    if not path.is_file():
        pytest.skip("the samples of Microsoft Graph do not lie beside this checkout")
    run = import_file(path, CONNECTORS, store, MONDAY)
    assert (run.connector, run.skipped_rows) == (kind, 0)
    assert len(stored(store, kind)) == len(json.loads(path.read_text(encoding="utf-8"))["value"])


@pytest.mark.parametrize("sample", ["groups_list.json", "risk_detections.json", "applications.json", "site_lists.json"])
def test_other_pages_of_microsoft_are_no_download(store: Store, sample: str) -> None:
    """Taken for users or devices they would make nonsense of the accounts."""
    if not (SAMPLES / sample).is_file():
        pytest.skip("the samples of Microsoft Graph do not lie beside this checkout")
    with pytest.raises(ContentError, match="no download that ibpmon knows") as error:
        import_file(SAMPLES / sample, CONNECTORS, store, MONDAY)
    assert all(kind in error.value.english() for kind in kinds.KINDS)


def test_a_file_that_mixes_kinds_is_refused_unless_one_is_named(store: Store, tmp_path: Path) -> None:
    """Half of it would be stored under the wrong name, or quietly left out."""
    quiet = sign_in(2, signInEventTypes=["nonInteractiveUser"])
    path = page(tmp_path, sign_in(1, signInEventTypes=["interactiveUser"]), quiet)
    with pytest.raises(ContentError, match="mixes kinds"):
        import_file(path, CONNECTORS, store, MONDAY)
    assert stored(store, "sign-ins") == []

    run = import_file(path, CONNECTORS, store, MONDAY, Wish("sign-ins-noninteractive"))
    assert (run.connector, run.rows, run.skipped_rows) == ("sign-ins-noninteractive", 1, 1)


def test_json_leaves_alone_what_it_does_not_name(store: Store, tmp_path: Path) -> None:
    """A page that was asked with fewer fields says nothing about the others; null says that there is none."""
    import_file(page(tmp_path, {**user(), "employeeId": "P-7", "jobTitle": "Leraar"}), CONNECTORS, store, MONDAY)
    import_file(page(tmp_path, {**user(), "jobTitle": None}), CONNECTORS, store, MONDAY)

    (anna,) = stored(store, "accounts")
    assert (anna.employee_id, anna.job_title, anna.enabled) == ("P-7", None, None)


def user() -> dict[str, Any]:
    """A user as Graph names one."""
    return {"id": "a-1", "userPrincipalName": "anna@x", "displayName": "Anna"}


def test_a_kind_that_fills_the_table_of_another_keeps_what_that_one_brought(
    open_database: OpenStore, tmp_path: Path
) -> None:
    """Interactive and other sign-ins may lie in one table, each with its own fields."""
    shared = with_shared_tables(
        {"sign-ins": CONNECTORS["sign-ins"], "sign-ins-noninteractive": replace(QUIET, into="sign-ins")}
    )
    store = open_database([one.dataset for one in shared.values()])
    import_file(page(tmp_path, sign_in(1)), shared, store, MONDAY)
    run = import_file(page(tmp_path, sign_in(1), sign_in(2)), shared, store, MONDAY, Wish("sign-ins-noninteractive"))

    both, quiet = stored(store, "sign-ins")
    assert (run.rows, both.country, quiet.country) == (2, "NL", None)


def test_the_manual_names_every_kind() -> None:
    """A kind that a person cannot look up is not there for them."""
    manual = (Path(__file__).resolve().parent.parent / "docs" / "downloads.md").read_text(encoding="utf-8")
    assert [name for name in kinds.KINDS if f"`{name}`" not in manual] == ["sign-ins-managed-identity"]


# ---- nobody waits, and memory stays flat


def test_others_can_write_while_a_long_file_is_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon stores its own sign-ins between two batches of an import, and does not wait for its end."""
    monkeypatch.setattr(reading, "TOGETHER", 10)
    batches, numbers = importing.usable, list[int]()

    def between(one: Any) -> Iterator[Any]:
        for batch in batches(one):
            yield batch
            with store.write() as session:
                numbers.append(upsert.take(session, store.tenant, "seq:sign-ins"))

    monkeypatch.setattr(importing, "usable", between)
    run = import_file(page(tmp_path, *map(sign_in, range(50))), CONNECTORS, store, MONDAY)
    assert (run.rows, len(stored(store, "sign-ins"))) == (50, 50)
    assert numbers == sorted(set(numbers))


def test_an_import_that_breaks_off_says_so(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run does not stay busy for ever; the events that it stored are true."""

    def broken(*_arguments: Any) -> int:
        raise RuntimeError

    monkeypatch.setattr("ibpmon.collect.downloads.storing.upsert.add_events", broken)
    with pytest.raises(RuntimeError):
        import_file(page(tmp_path, sign_in(1)), CONNECTORS, store, MONDAY)
    with store.read() as session:
        assert session.get(Run, (store.tenant, 1)).state == "FAILED"  # type: ignore[union-attr]  # the first run


def test_a_long_file_is_never_in_memory_as_a_whole(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the length of a file."""
    monkeypatch.setattr(reading, "TOGETHER", 100)
    monkeypatch.setattr(jsons, "CHUNK", 10_000)

    def peak(count: int) -> int:
        path = page(tmp_path, *(sign_in(number) for number in range(count)))
        tracemalloc.start()
        import_file(path, CONNECTORS, store, MONDAY)
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(1500) < 1.5 * peak(500)


# ---- the command


def test_the_command_takes_several_files_and_one_bad_file_stops_none(
    tenant: Tenant, ibpmon: Callable[..., Any], tmp_path: Path
) -> None:
    """What could be stored is stored and shown; what could not is told, with its own exit code."""
    users = write(tmp_path, "exportUsers_2026-11-23.csv", [USER])
    other = tmp_path / "notes.txt"
    other.write_text("hello", encoding="utf-8")

    answer = ibpmon("import", other, users, "--json", "--config", tenant.config)

    assert answer.code == 3
    assert [run["connector"] for run in json.loads(answer.out)] == ["accounts"]
    assert "notes.txt is no download that ibpmon knows" in answer.err


def test_the_options_of_the_command_reach_the_file(tenant: Tenant, ibpmon: Callable[..., Any], tmp_path: Path) -> None:
    """Kind, zone and order of dates; a word that none of them knows is told at once."""
    row = {"Date": "5/11/2026 09:15", "Request ID": "x", "Username": "a@x", "Status": "Success"}
    path = write(tmp_path, "a.csv", [row])
    options = ("--kind", "sign-ins", "--time-zone", "UTC", "--dates", "day-first")
    answer = ibpmon("import", path, *options, "--json", "--config", tenant.config)
    assert (answer.code, json.loads(answer.out)[0]["rows"]) == (0, 1)

    assert ibpmon("import", path, "--time-zone", "Mars", "--config", tenant.config).code == 2
    assert ibpmon("import", path, "--dates", "first", "--config", tenant.config).code == 2
    assert "no kind of download" in ibpmon("import", path, "--kind", "users", "--config", tenant.config).err
