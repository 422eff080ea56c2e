"""What the tests of the registers share: an act of Dewi, the words of a history, and a workbook read back."""

from pathlib import Path
from typing import Any

import pandas as pd

from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.tell.registers import history

EVIL = (
    '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "{=1}", "\t=1", "internal:Blad!A1",
    "mailto:x@y.example", "＝1+1", "_x000D_", "0012", "\x1b[31mrood", "x" * 5000, "regel\neinde", "Łukasz 🎓",
)  # fmt: skip
UNKEEPABLE = ("nul\0", "half \ud800", "x" * 20_001)


def told(store: Store, ref: str) -> list[tuple[str, dict[str, Any]]]:
    """What the ledger says of a row: what was done, and all that was said about it."""
    with store.read() as session:
        assert ledger.verify(session, store).wrong is None
        return [(line.what, dict(line.said)) for line in history(session, store, ref)]


def workbook(path: Path) -> pd.DataFrame:
    """The only sheet of a workbook, every cell as the text that it is."""
    (sheet,) = pd.read_excel(path, sheet_name=None, dtype=str, keep_default_na=False, engine="calamine").values()
    return sheet
