"""What the tests share: real databases, a real simulated Microsoft, and the people of the board."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings as hypothesis
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.demo.board import Board, make_board, settings, write_files
from ibpmon.demo.microsoft import Microsoft
from ibpmon.demo.microsoft.throttling import DOCUMENTED
from ibpmon.providers.budget import LIMITS, Limit
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store, open_store

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BOARD_NAME = "Stichting De Verzonnen Waaier"
TENANT = "11111111-1111-1111-1111-111111111111"
POSTGRES = os.environ.get("IBPMON_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")

AT_ONCE = "%20-csynchronous_commit%3Doff"  # no test cuts the power, so none waits for the disk at every commit

# The same examples in every run, so that a red test is about the change; '--hypothesis-profile default' searches on.
hypothesis.register_profile("repeatable", derandomize=True)
hypothesis.load_profile("repeatable")

OpenStore = Callable[[Sequence[Dataset]], Store]


def postgres_runs() -> bool:
    """Whether a PostgreSQL server answers where the tests look for one."""
    engine = create_engine(
        POSTGRES.replace("postgresql://", "postgresql+psycopg://"), connect_args={"connect_timeout": 2}
    )
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> str:
    """The address of PostgreSQL; tests that need it are skipped where it does not run."""
    if not postgres_runs():
        pytest.skip("PostgreSQL does not run here (set IBPMON_TEST_POSTGRES to its address)")
    return POSTGRES


@pytest.fixture
def postgres_schema(postgres: str) -> Iterator[str]:
    """The address of an empty schema on PostgreSQL; gone after the test."""
    name = f"test_{uuid4().hex}"
    engine = create_engine(postgres.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    yield f"{postgres}?options=-csearch_path%3D{name}{AT_ONCE}"
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: SQLite, and PostgreSQL where it runs."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ibpmon.db'}"
    return str(request.getfixturevalue("postgres_schema"))


EMPTY = """DO $$ DECLARE one text; BEGIN
  SET LOCAL session_replication_role = replica;  -- the guards of what is never deleted sleep
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM {schema}.%I', one);
  END LOOP; END $$"""


class Ready:
    """Databases whose tables are there already: making those of all connectors costs PostgreSQL a second a test.

    One is kept per set of connectors; a test that opened it with another set has changed its tables, so it is dropped.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schemas: dict[tuple[Dataset, ...], str] = {}
        self.files: dict[tuple[Dataset, ...], Path] = {}
        self.version = ""

    def url(self, database: str, datasets: Sequence[Dataset]) -> str:
        """The address of an empty database with these tables, for one test."""
        key = tuple(datasets)
        if database.startswith("sqlite:///"):
            self.copy(Path(database.removeprefix("sqlite:///")), key)
            return database
        if key not in self.schemas:
            self.schemas[key] = f"ready_{uuid4().hex}"
            execute(f"CREATE SCHEMA {self.schemas[key]}")
        return f"{POSTGRES}?options=-csearch_path%3D{self.schemas[key]}{AT_ONCE}"

    def copy(self, path: Path, key: tuple[Dataset, ...]) -> None:
        """Put a file with the tables where the database of the test will be."""
        if key not in self.files:
            self.files[key] = self.folder / f"{uuid4().hex}.db"
            open_store(f"sqlite:///{self.files[key]}", key, TENANT, BOARD_NAME, MONDAY).engine.dispose()
        if not path.exists():
            shutil.copyfile(self.files[key], path)

    def give_back(self, first: Sequence[Dataset], others: bool) -> None:
        """Empty the tables for the next test, or drop them when they are not what they were."""
        schema = self.schemas.get(tuple(first))
        if schema is None:
            return
        if others or not self.is_as_it_was(schema):
            execute(f"DROP SCHEMA {self.schemas.pop(tuple(first))} CASCADE")
            return
        execute(EMPTY.format(schema=schema))

    def is_as_it_was(self, schema: str) -> bool:
        """Whether a test left the version of the tables alone; the first one says which that is."""
        found = str(execute(f"SELECT version_num FROM {schema}.alembic_version"))  # noqa: S608 - a name of ours
        self.version = self.version or found
        return found == self.version

    def drop(self) -> None:
        """Leave nothing behind."""
        for schema in self.schemas.values():
            execute(f"DROP SCHEMA {schema} CASCADE")


def execute(sql: str) -> list[tuple[Any, ...]]:
    """What PostgreSQL answers to these statements of ours."""
    with psycopg.connect(f"{POSTGRES}?options={AT_ONCE.removeprefix('%20')}", autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    """The databases with tables, of this worker."""
    kept = Ready(tmp_path_factory.mktemp("ready"))
    yield kept
    kept.drop()


@pytest.fixture
def open_database(database: str, ready: Ready) -> Iterator[OpenStore]:
    """Opens the store of one board with these data sets; on both databases. A second time it is the same one."""
    opened: list[Store] = []
    asked: list[Sequence[Dataset]] = []

    def opening(datasets: Sequence[Dataset]) -> Store:
        asked.append(list(datasets))
        url = ready.url(database, asked[0])
        opened.append(open_store(url, datasets, TENANT, BOARD_NAME, MONDAY))
        return opened[-1]

    yield opening
    for store in opened:
        store.engine.dispose()
    if asked:
        ready.give_back(asked[0], any(one != asked[0] for one in asked))


@pytest.fixture
def english() -> Iterator[None]:
    """The sentences of the engine as they stand in the code, whatever ran before: such tests need no catalogue."""
    before = language.current()
    language.use("en")
    yield
    language.use(before)


class Tenant:
    """A simulated tenant with an app registration, and the config.toml of a board that reads it."""

    def __init__(self, microsoft: Microsoft, folder: Path, secret: str) -> None:
        self.microsoft, self.folder, self.config = microsoft, folder, folder / "config.toml"
        self.secret = folder / "secret.txt"
        self.hand_out_secret(secret)
        (folder / "smtp.txt").touch(mode=0o600)
        (folder / "smtp.txt").write_text(microsoft.smtp.password, encoding="utf-8")
        write_files(microsoft.board, folder)
        self.write_config()

    def hand_out_secret(self, secret: str) -> None:
        """Put this client secret where the configuration looks for it."""
        self.secret.touch(mode=0o600)
        self.secret.write_text(secret, encoding="utf-8")

    def write_config(self, more: str = "", **changes: str) -> None:
        """The configuration; `changes` replace values by key, `more` is added at the end."""
        smtp = self.microsoft.smtp
        values = {
            "graph": self.microsoft.graph, "authority": self.microsoft.authority, "ca": str(self.microsoft.ca),
            "host": smtp.host, "staff": str(self.folder / "medewerkers.csv"),
        } | changes  # fmt: skip
        self.config.write_text(
            f"""
[tenant]
id = "{self.microsoft.tenant_id}"
client_id = "{APP}"
secret = "{self.secret}"
authority = "{values["authority"]}"
graph = "{values["graph"]}"
ca = "{values["ca"]}"
[mail]
from = "ibpmon@verzonnenwaaier.example"
host = "{values["host"]}"
port = {smtp.port}
user = "{smtp.user}"
password = "{self.folder / "smtp.txt"}"
ca = "{self.microsoft.ca}"
to = {{ it = ["ict@verzonnenwaaier.example"] }}
[files.staff]
path = "{values["staff"]}"
columns = {{ employee_number = "Personeelsnummer", name = "Naam", upn = "Gebruikersnaam", function = "Functie", school = "School", start_date = "In dienst", end_date = "Uit dienst" }}
[files.pupils]
path = "{self.folder / "leerlingen.csv"}"
columns = {{ pupil_number = "Leerlingnummer", upn = "Gebruikersnaam", school = "School", year_group = "Groep", enrolled = "Ingeschreven" }}
[files.matrix]
path = "{self.folder / "autorisatiematrix.toml"}"
{settings(self.microsoft.board)}
{"" if "[content]" in more else few_connectors()}
{more}
""",  # noqa: E501 - a configuration file as it is
            encoding="utf-8",
        )


# What the rules and the review read. The other connectors have tests of their own; all of them in every test of the
# whole job would cost minutes.
MAIN = {
    "accounts", "mfa-registration", "sign-ins", "managed-devices", "groups", "group-members", "group-owners", "sites",
    "drives", "drive-permissions", "staff-list", "pupil-list",
    "conditional-access", "security-defaults", "role-assignments", "role-definitions", "sign-in-activity",
}  # fmt: skip


OTHERS = tuple(sorted(set(load_connectors(Content())) - MAIN))
FEW = Content(connectors_off=OTHERS)  # PostgreSQL needs seconds to make the tables of all connectors


def few_connectors() -> str:
    """The part of a configuration that leaves only those on."""
    return f"[content]\nconnectors_off = {json.dumps(OTHERS)}"


APP = "99999999-9999-4999-8999-999999999999"
PERMISSIONS = tuple(
    sorted({name for one in load_connectors(Content()).values() if one.source == "graph" for name in one.permissions})
)


@pytest.fixture(autouse=True)
def dutch() -> Iterator[None]:
    """Every test begins in Dutch, whatever an earlier one spoke."""
    language.use(language.FALLBACK)
    yield
    language.use(language.FALLBACK)


@pytest.fixture(scope="session")
def small_board() -> Board:
    """The fictitious board of three schools, at this very moment."""
    return make_board("small", 1, datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def tenant(small_board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """A simulated Microsoft 365 that runs, and a configuration that reads it with a client secret.

    Neither side paces here: that has its own tests, and would cost every other one twenty seconds.
    """
    for family in LIMITS:
        monkeypatch.setitem(cast("dict[str, Limit]", LIMITS), family, Limit(100_000, 1.0))
    unlimited: dict[str, None] = dict.fromkeys(DOCUMENTED)
    with Microsoft(small_board, folder=tmp_path / "microsoft", reporting_limit=None, limits=unlimited) as microsoft:
        microsoft.register(APP, secret="correct-horse", permissions=PERMISSIONS)
        yield Tenant(microsoft, tmp_path, "correct-horse")


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def ibpmon(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Runs the command line in this process, in English."""
    from ibpmon.cli.commands import ibpmon as command
    from ibpmon.cli.show import run_safely

    def run(*arguments: str | Path) -> Answer:
        monkeypatch.setenv("IBPMON_LANGUAGE", "en")
        language.use_environment()
        monkeypatch.setattr("sys.argv", ["ibpmon", *(str(argument) for argument in arguments)])
        capsys.readouterr()
        code = run_safely(command)
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return run
