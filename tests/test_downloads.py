"""Importing what a person downloaded: the same rows as Graph gives, or one clear refusal and nothing stored."""

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.collect.downloads import import_file, jsons, opening, reading
from ibpmon.config import Content
from ibpmon.errors import ContentError, IbpmonError, SourceError
from ibpmon.store.database import Store, open_store
from ibpmon.store.tables import Run
from tests.conftest import MONDAY, TENANT, OpenStore

CONNECTORS = load_connectors(Content())
SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "graph" / "samples"


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store with a place for sign-ins."""
    return open_database([one.dataset for one in CONNECTORS.values()])


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """The same on SQLite alone, for what does not depend on the database."""
    datasets = [one.dataset for one in CONNECTORS.values()]
    store = open_store(f"sqlite:///{tmp_path / 'ibpmon.db'}", datasets, TENANT, "Stichting De Verzonnen Waaier", MONDAY)
    yield store
    store.engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the download lies."""
    return tmp_path / "InteractiveSignIns_2026-11-16_2026-11-23.json"


def sign_in(number: int, **other: Any) -> dict[str, Any]:
    """A sign-in as the admin center writes it: more fields than we keep, and times in its own way."""
    return {
        "id": f"66b1c3d4-0000-4000-8000-{number:012d}",
        "createdDateTime": (MONDAY - timedelta(minutes=number)).isoformat(),
        "userDisplayName": "Anna Verzonnen",
        "userPrincipalName": "anna@verzonnenwaaier.example",
        "userId": "66b1c3d4-1111-4000-8000-000000000001",
        "appDisplayName": "Verzonnen Portaal",
        "ipAddress": "203.0.113.9",
        "clientAppUsed": "Browser",
        "conditionalAccessStatus": "success",
        "authenticationRequirement": "multiFactorAuthentication",
        "autonomousSystemNumber": 64500,
        "status": {"errorCode": 50126, "failureReason": "Invalid username or password.", "additionalDetails": None},
        "deviceDetail": {"deviceId": "", "displayName": None, "operatingSystem": "Windows10"},
        "location": {"city": "Utrecht", "state": "Utrecht", "countryOrRegion": "NL"},
        "appliedConditionalAccessPolicies": [{"id": "x", "result": "success", "enforcedGrantControls": ["Mfa"]}],
        "authenticationProcessingDetails": [{"key": "Is CAE Token", "value": "False"}],
        **other,
    }


def events(store: Store) -> list[Any]:
    """The stored sign-ins, the oldest first."""
    table = store.data["sign-ins"]
    with store.read() as session:
        return list(session.execute(select(table).order_by(table.c.at)).all())


def write(file: Path, content: Any, encoding: str = "utf-8") -> Path:
    """The file with this content as JSON."""
    file.write_text(json.dumps(content, indent=2), encoding=encoding)
    return file


def test_a_download_is_stored_through_the_fields_of_the_connector(store: Store, file: Path) -> None:
    """The rules see no difference between what Graph gave and what a person brought."""
    run = import_file(write(file, [sign_in(1), sign_in(2)]), CONNECTORS, store, MONDAY)

    older, newer = events(store)
    assert (newer.upn, newer.error_code, newer.country) == ("anna@verzonnenwaaier.example", 50126, "NL")
    assert (newer.at, older.month) == (MONDAY - timedelta(minutes=1), 202611)
    assert (run.connector, run.rows) == ("sign-ins", 2)


def test_an_import_is_never_full(store: Store, file: Path) -> None:
    """A download says nothing about what it leaves out, so nothing may be concluded from what it lacks."""
    run = import_file(write(file, [sign_in(1), sign_in(90)]), CONNECTORS, store, MONDAY)

    assert (run.state, run.reason_values["file"], run.reason_values["new"]) == ("PARTIAL", file.name, 2)
    assert "what was not in it is not known" in runs.reason(run, str)
    assert run.covers_from == MONDAY - timedelta(minutes=90)
    assert run.covers_until == MONDAY - timedelta(minutes=1)


def test_importing_twice_stores_nothing_twice(store: Store, file: Path) -> None:
    """The id decides: two downloads may overlap each other and what Graph gave."""
    write(file, [sign_in(number) for number in range(5)])
    import_file(file, CONNECTORS, store, MONDAY)
    write(file, [sign_in(number) for number in range(8)])
    run = import_file(file, CONNECTORS, store, MONDAY)

    assert len(events(store)) == 8
    assert run.reason_values["new"] == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_mark_at_the_beginning_does_no_harm(sqlite: Store, file: Path, encoding: str) -> None:
    """Windows programs put one there."""
    import_file(write(file, [sign_in(1)], encoding), CONNECTORS, sqlite, MONDAY)
    assert len(events(sqlite)) == 1


def test_a_page_of_graph_and_a_single_sign_in_are_taken_too(sqlite: Store, file: Path) -> None:
    """Graph Explorer gives `value`; the documentation shows one record by itself."""
    page = {"@odata.context": "x", "@odata.nextLink": "https://elders.example/", "value": [sign_in(1)]}
    import_file(write(file, page), CONNECTORS, sqlite, MONDAY)
    import_file(write(file, sign_in(2)), CONNECTORS, sqlite, MONDAY)
    assert len(events(sqlite)) == 2


def test_the_ways_in_which_the_portal_writes_a_time(sqlite: Store, file: Path) -> None:
    """Seven digits of a second, an offset, or Z."""
    times = ["2026-11-20T08:00:00.1234567+00:00", "2026-11-20T09:00:01+01:00", "2026-11-20T08:00:02Z"]
    import_file(write(file, [sign_in(n, createdDateTime=at) for n, at in enumerate(times)]), CONNECTORS, sqlite, MONDAY)

    eight = datetime.fromisoformat("2026-11-20T08:00:00+00:00")
    assert [event.at for event in events(sqlite)] == [
        eight + timedelta(microseconds=123456), eight + timedelta(seconds=1), eight + timedelta(seconds=2)
    ]  # fmt: skip


def test_a_record_that_is_no_sign_in_is_counted_and_the_rest_goes_on(store: Store, file: Path) -> None:
    """One odd record does not cost the file."""
    odd = [{"id": "x"}, sign_in(3, status="ok"), sign_in(4, createdDateTime="gisteren"), sign_in(5, userId=7)]
    run = import_file(write(file, [sign_in(1), *odd, sign_in(2)]), CONNECTORS, store, MONDAY)

    assert (run.rows, run.skipped_rows, len(events(store))) == (2, 4, 2)


def test_hostile_texts_are_kept_or_replaced_and_never_stop_the_import(store: Store, file: Path) -> None:
    """Whoever signs in chooses some of these words."""
    names = ["An\0na", "\ud83d", "=1+1", "<b>", "x" * 100_000]
    run = import_file(
        write(file, [sign_in(n, userPrincipalName=name) for n, name in enumerate(names)]), CONNECTORS, store, MONDAY
    )
    assert (run.rows, len(events(store))) == (5, 5)


def test_a_time_at_the_edge_of_the_calendar_does_not_stop_the_import(store: Store, file: Path) -> None:
    """Whoever made this file did not get it from Microsoft; one row is named, the rest goes on."""
    write(file, [sign_in(1), sign_in(2, createdDateTime="9999-12-31T23:59:59-12:00")])

    run = import_file(file, CONNECTORS, store, MONDAY)
    assert (run.rows, run.skipped_rows) == (1, 1)


def test_a_file_name_that_is_no_text_does_not_stop_the_import(store: Store, tmp_path: Path) -> None:
    """A name from another system may be bytes that no database takes; the name is shown with a replacement."""
    file = tmp_path / b"inlog\xff.json".decode("utf-8", "surrogateescape")
    write(file, [sign_in(1)])

    assert import_file(file, CONNECTORS, store, MONDAY).reason_values["file"] == "inlog\ufffd.json"


def test_a_long_record_is_read_in_a_straight_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed again at every piece, a page of fifty megabytes took a minute."""
    monkeypatch.setattr(jsons, "CHUNK", 10)
    feed = jsons.Feed(io.StringIO(json.dumps({"value": ["x" * 50] * 200}) + " "))
    parsed = 0

    class Counting(json.JSONDecoder):
        def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
            nonlocal parsed
            parsed += len(s)
            return super().raw_decode(s, idx)

    feed.decoder = Counting()
    text, _whole = feed.value()
    assert parsed < 5 * len(text)


def test_a_page_of_graph_is_never_in_memory_as_a_whole() -> None:
    """A page of a gigabyte is read record by record, as an array is."""
    source = Counted('{"a": 1, "value": [' + ", ".join('{"id": "x"}' for _ in range(200_000)) + '], "z": {}}')
    found = jsons.records(source)
    next(found)
    assert source.given < 2 * jsons.CHUNK
    assert sum(1 for _ in found) == 199_999


class Counted(io.StringIO):
    """A text that counts how much of it was asked for."""

    given = 0

    def read(self, size: int | None = -1) -> str:
        text = super().read(size)
        self.given += len(text)
        return text


def test_a_file_larger_than_what_is_read_at_once(store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in parts; no record is lost where one part ends, wherever that is."""
    write(file, [sign_in(number, userDisplayName="é" * (number % 7)) for number in range(300)])
    for chunk in (1000, 1777, 4096):
        monkeypatch.setattr(jsons, "CHUNK", chunk)
        monkeypatch.setattr(reading, "TOGETHER", 64)
        assert import_file(file, CONNECTORS, store, MONDAY).rows == 300
    assert len(events(store)) == 300


def test_the_wire_samples_of_microsoft_are_taken(store: Store) -> None:
    """Empty device ids, null places and guests, as Graph writes them."""
    sample = SAMPLES / "signins_interactive_page1.json"
    if not sample.is_file():
        pytest.skip("the samples of Microsoft Graph do not lie beside this checkout")
    run = import_file(sample, CONNECTORS, store, MONDAY)
    assert run.rows == len(json.loads(sample.read_text(encoding="utf-8"))["value"]) == len(events(store))
    assert run.skipped_rows == 0


# ---- refused, with nothing stored

WHOLE = json.dumps([sign_in(number) for number in range(50)])
REFUSED = {
    "nothing": "",
    "white space": "  \n",
    "a CSV": "Date (UTC),Request ID,User\n2026-11-20,1,Anna\n",
    "a web page": "<html><body>Sign in</body></html>",
    "half an export": WHOLE[: len(WHOLE) // 2],
    "an export without its end": WHOLE[:-1],
    "an export that ends after a comma": WHOLE[:-1] + ",",
    "something behind the end": WHOLE + "x",
    "two exports": WHOLE + WHOLE,
    "half a page of Graph": '{"value":' + WHOLE[:-20],
    "an export without sign-ins": "[]",
    "a page without sign-ins": '{"value": []}',
    "numbers": "[1, 2, 3]",
    "a word": '"sign-ins"',
    "an audit log": json.dumps([{"id": "Directory_1", "activityDateTime": "2026-11-20T08:00:00Z", "status": {}}]),
    "groups": json.dumps({"value": [{"id": "x", "displayName": "Team 4A", "mailEnabled": True}]}),
    "an object": '{"a": {"b": 1}}',
    "deep brackets": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "a number without end": '[{"id":' + "9" * 10_000 + "}]",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_is_no_whole_download_is_refused_and_nothing_is_stored(
    sqlite: Store, file: Path, kind: str
) -> None:
    """What, why and what to do; half an export looks exactly like a quiet week."""
    file.write_text(REFUSED[kind], encoding="utf-8")

    with pytest.raises(ContentError) as error:
        import_file(file, CONNECTORS, sqlite, MONDAY)

    assert error.value.why
    assert "download it again" in error.value.fix
    assert nothing_stored(sqlite)


def test_half_an_export_leaves_what_was_stored_untouched(store: Store, file: Path) -> None:
    """Also when the first half brings thousands that are new."""
    import_file(write(file, [sign_in(1)]), CONNECTORS, store, MONDAY)
    before = events(store)
    file.write_text(WHOLE[:-100], encoding="utf-8")

    with pytest.raises(ContentError, match="not whole"):
        import_file(file, CONNECTORS, store, MONDAY)
    assert events(store) == before


def nothing_stored(store: Store) -> bool:
    """Whether the import left no trace."""
    with store.read() as session:
        count = session.scalar(select(func.count()).select_from(Run))
    return not events(store) and not count


def test_bytes_that_are_no_text_are_refused(sqlite: Store, file: Path) -> None:
    """A zip that was not unpacked, for instance."""
    file.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 10)
    with pytest.raises(ContentError, match="zip file or an Excel workbook"):
        import_file(file, CONNECTORS, sqlite, MONDAY)
    file.write_bytes(WHOLE.encode()[:5000] + b"\xff\xff" + WHOLE.encode()[5000:])
    with pytest.raises(ContentError):
        import_file(file, CONNECTORS, sqlite, MONDAY)
    assert nothing_stored(sqlite)


@pytest.mark.parametrize("name", ["", "nergens.json"])
def test_a_file_that_cannot_be_opened_is_told(sqlite: Store, tmp_path: Path, name: str) -> None:
    """A folder, or nothing at all."""
    with pytest.raises(SourceError):
        import_file(tmp_path / name, CONNECTORS, sqlite, MONDAY)


def test_a_file_beyond_any_download_is_refused_unread(
    sqlite: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk image may not fill the memory."""
    monkeypatch.setattr(opening, "LARGEST", 100)
    with pytest.raises(ContentError, match="too large"):
        import_file(write(file, [sign_in(1)]), CONNECTORS, sqlite, MONDAY)


def test_without_the_connector_there_is_nothing_to_keep(sqlite: Store, file: Path) -> None:
    """Its fields say what may be kept of a person; without it that is nothing."""
    others: dict[str, Connector] = {name: one for name, one in CONNECTORS.items() if name != "sign-ins"}
    with pytest.raises(IbpmonError, match="is not on"):
        import_file(write(file, [sign_in(1)]), others, sqlite, MONDAY)
