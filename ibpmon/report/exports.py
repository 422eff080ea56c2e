"""Listings as a file that opens in a spreadsheet, with cells that stay text whatever a name holds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # a spreadsheet would calculate these


def write_csv(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], path: Path) -> None:
    """Write rows (columns by name, with their headings) as CSV that a Dutch Excel opens by itself."""
    import pandas as pd

    frame = pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))
    frame = frame.map(safe_cell).rename(columns=dict(columns))
    frame.to_csv(path, sep=";", index=False, encoding="utf-8-sig", errors="replace")


def safe_cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula; a quote in front makes it text."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith(DANGEROUS) else text
