"""Listings as a file that opens in a spreadsheet, with cells that stay text whatever a name holds."""

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ibpmon.errors import IbpmonError
from ibpmon.language import N_

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # a spreadsheet would calculate these


def write_csv(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], path: Path) -> None:
    """Write rows (columns by name, with their headings) as CSV that a Dutch Excel opens by itself.

    All text stands in quotes: pandas leaves them out around a lone CR, which ends the row for whoever reads it.
    """
    import pandas as pd

    frame = pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))
    frame = frame.map(safe_cell).rename(columns=dict(columns))
    write_private(path, frame.to_csv(sep=";", index=False, quoting=csv.QUOTE_NONNUMERIC).encode("utf-8-sig", "replace"))


def safe_cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula; a quote in front makes it text."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith(DANGEROUS) or first_seen(text).startswith(DANGEROUS) else text


def first_seen(text: str) -> str:
    """A text from its first sign on that can be seen: spreadsheets look past spaces and what has no width."""
    return next((text[n:] for n, sign in enumerate(text) if sign.isprintable() and not sign.isspace()), "")


def write_private(path: Path, data: bytes) -> None:
    """Write a file with names in it: when we make it, for our eyes only."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as target:
            target.write(data)
    except OSError as error:
        raise IbpmonError(
            N_("cannot write the file {path}"),
            why="{error}",
            fix=N_("name a file in a folder that is there and that you may write in"),
            path=path,
            error=error.strerror or error,
        ) from None
