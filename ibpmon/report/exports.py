"""Listings as a file that opens in a spreadsheet, with cells that stay text whatever a name holds."""

import csv
import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from ibpmon.errors import IbpmonError, RefusedError
from ibpmon.language import N_

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # a spreadsheet would calculate these

# Text of a cell stays text: no formula, no link, no number is made of it.
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
LONGEST_CELL = 32_767  # characters; Excel cuts off what is longer, and xlsxwriter leaves it out
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NARROW, WIDE = 12, 60  # widths of columns, in characters


def write_csv(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], path: Path) -> None:
    """Write rows (columns by name, with their headings) as CSV that a Dutch Excel opens by itself.

    All text stands in quotes: pandas leaves them out around a lone CR, which ends the row for whoever reads it.
    """
    import pandas as pd

    frame = pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))
    frame = frame.map(safe_cell).rename(columns=dict(columns))
    write_private(path, frame.to_csv(sep=";", index=False, quoting=csv.QUOTE_NONNUMERIC).encode("utf-8-sig", "replace"))


def write_xlsx(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], path: Path, sheet: str) -> None:
    """Write rows (columns by name, with their headings) to a workbook of one sheet."""
    write_private(path, xlsx_of(rows, columns, sheet))


def xlsx_of(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], sheet: str) -> bytes:
    """A workbook of one sheet with these rows (columns by name, with their headings).

    Text is only ever written as text and wrapped, a time (already local, without a zone) is a date that sorts, and the
    headings stay in sight. What is not known is an empty cell: whoever wants a word there gives the word.
    """
    import pandas as pd

    frame = pd.DataFrame(
        [[cell(row.get(name)) for name in columns] for row in rows], columns=list(columns), dtype=object
    )
    made = BytesIO()
    options = {"options": {**AS_TEXT, "in_memory": True}}
    with pd.ExcelWriter(made, engine="xlsxwriter", datetime_format="dd-mm-yyyy hh:mm", engine_kwargs=options) as writer:
        frame.rename(columns=dict(columns)).to_excel(writer, sheet_name=sheet, index=False)
        laid_out(writer.book, writer.sheets[sheet], frame, columns)
    return made.getvalue()


def laid_out(book: Any, sheet: Any, frame: Any, columns: Mapping[str, str]) -> None:
    """Widths by what the columns hold, wrapped text, headings that stay, and a page that holds the whole width."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for number, (name, heading) in enumerate(columns.items()):
        longest = max((len(str(value)) for value in frame[name]), default=0)
        sheet.set_column(number, number, min(WIDE, max(NARROW, len(heading) + 2, longest + 2)), wrapped)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def cell(value: object) -> object:
    """A value as a workbook can hold it; what is no character of a workbook is seen as a sign for that."""
    if not isinstance(value, str):
        return value
    text = NO_XML.sub("\N{REPLACEMENT CHARACTER}", value)
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def write_json(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows as one JSON document, with times in ISO 8601."""
    text = json.dumps(rows, ensure_ascii=False, indent=1, default=iso)
    write_private(path, f"{text}\n".encode("utf-8", "replace"))


def iso(value: object) -> str:
    """A value that JSON lacks."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def safe_cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula; a quote in front makes it text."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith(DANGEROUS) or first_seen(text).startswith(DANGEROUS) else text


def first_seen(text: str) -> str:
    """A text from its first sign on that can be seen: spreadsheets look past spaces and what has no width."""
    return next((text[n:] for n, sign in enumerate(text) if sign.isprintable() and not sign.isspace()), "")


def write_private(path: Path, data: bytes, *, anew: bool = False) -> None:
    """Write a file with names in it: when we make it, for our eyes only. With `anew` it may not be there already."""
    flags = os.O_CREAT | os.O_WRONLY | (os.O_EXCL if anew else os.O_TRUNC)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "wb") as target:
            target.write(data)
    except FileExistsError:
        raise RefusedError(
            N_("the file {path} is there already"),
            why=N_("it may hold what somebody worked on, and that would be lost"),
            fix=N_("name another file, or move this one away first"),
            path=path,
        ) from None
    except OSError as error:
        raise IbpmonError(
            N_("cannot write the file {path}"),
            why="{error}",
            fix=N_("name a file in a folder that is there and that you may write in"),
            path=path,
            error=error.strerror or error,
        ) from None
