"""What the tests of backups share: a small board in its own folder, on a real database, and somebody who writes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.operate.backup.key import make_key
from ibpmon.operate.rounds import workplace
from ibpmon.store.contents import Contents, contents
from ibpmon.store.database import make_engine
from ibpmon.store.ledger import Act, append
from tests.conftest import MONDAY, TENANT, execute

# A backup does not look at what connectors brought: the tables of one are enough, and quicker to make.
ONE = json.dumps(sorted(set(load_connectors(Content())) - {"groups"}))
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ibpmon.operate.rounds import workplace
from ibpmon.store.ledger import Act, append
with workplace(Path(sys.argv[1])) as place:
    print("ready", flush=True)
    number = 0
    while True:
        with place.store.write() as session:
            append(session, place.store, [Act("alert.new", f"alert/{number}", {"n": number}) for number in range(5)],
                   datetime.now(UTC))
"""


def database_of(url: str) -> str:
    """The name of a database on PostgreSQL."""
    return url.split("/")[-1].split("?")[0]


class Board:
    """A board with a configuration, on one database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url, self.config = folder, url, folder / "config.toml"
        self.backups = folder / "backups"
        self.backups.mkdir()
        self.write_config()

    def write_config(self, backup: str = "", url: str = "", tenant: str = TENANT) -> None:
        """The configuration; what stands under [backup] is given."""
        self.config.write_text(
            f"""
[board]
name = "Stichting De Verzonnen Waaier"
[tenant]
id = "{tenant}"
[mail]
from = "ibpmon@verzonnenwaaier.example"
host = "smtp.verzonnenwaaier.example"
to = {{ it = ["ict@verzonnenwaaier.example"] }}
[store]
database = "{url or self.url}"
[backup]
{backup}
[content]
connectors_off = {ONE}
""",
            encoding="utf-8",
        )

    def with_key(self) -> Path:
        """From now on backups are encrypted."""
        self.write_config('key = "backup.key"')
        return make_key(self.folder / "backup.key", MONDAY)

    def write(self, *names: str) -> None:
        """Each name an entry in the ledger."""
        with workplace(self.config, lambda: MONDAY) as place, place.store.write() as session:
            append(session, place.store, [Act("alert.new", f"alert/{one}", {"subject": one}) for one in names], MONDAY)

    def contents(self) -> Contents:
        """All that is in the database now."""
        engine = make_engine(self.url)
        try:
            with engine.connect() as connection:
                return contents(connection)
        finally:
            engine.dispose()

    def ledger(self) -> list[tuple[object, ...]]:
        """Every entry, in order."""
        engine = make_engine(self.url)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM ledger ORDER BY seq")]
        finally:
            engine.dispose()

    def lose(self) -> None:
        """The disk died: nothing is left of the database."""
        if self.url.startswith("sqlite:///"):
            path = Path(self.url.removeprefix("sqlite:///"))
            for one in path.parent.glob(f"{path.name}*"):
                one.unlink()
            return
        name = database_of(self.url)
        execute(f"DROP DATABASE {name} WITH (FORCE)")
        execute(f"CREATE DATABASE {name} TEMPLATE template0")

    def left_behind(self) -> list[str]:
        """Files that nobody asked for: halves, and copies that are not encrypted."""
        return sorted(path.name for path in self.folder.rglob(".*") if path.name.startswith((".ibpmon", ".x", ".b")))


@contextmanager
def somebody_writes(board: Board) -> Iterator[None]:
    """Another process writes to the ledger as fast as it can."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(board.config)], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        yield
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
