"""A downloaded file as text: which encoding, how large, and whether it is JSON, CSV or something else."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ibpmon.collect.downloads import troubles

LARGEST = 2 * 1024 * 1024 * 1024  # what the portals give at most (250,000 sign-ins) is smaller
CHUNK = 1024 * 1024
LOOK = 64 * 1024
BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
ARCHIVE = b"PK\x03\x04"  # a zip, and so every XLSX


@dataclass(frozen=True, slots=True)
class File:
    """A file on disk, as it was when we began to read it."""

    path: Path
    encoding: str
    form: str  # json or csv
    stamp: tuple[int, int]  # size and time of the last change

    def text(self) -> TextIO:
        """The file from its beginning."""
        return self.path.open(encoding=self.encoding, newline="")

    def unchanged(self) -> None:
        """ContentError when someone still writes it: what was checked is then not what is stored."""
        if stamp(self.path) != self.stamp:
            raise troubles.changed(self.path)


def look(path: Path) -> File:
    """What this file is; an error of ours when it cannot be opened, is too large, or is no text."""
    try:
        before = stamp(path)
        if before[0] > LARGEST:
            raise troubles.too_large(path, before[0], LARGEST)
        with path.open("rb") as source:
            start = source.read(LOOK)
        form, encoding = kind_of(path, start)
        return File(path, encoding, form, before)
    except OSError as error:
        raise troubles.unreadable(path, error) from None


def stamp(path: Path) -> tuple[int, int]:
    """Size and time of the last change."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def kind_of(path: Path, start: bytes) -> tuple[str, str]:
    """Form and encoding; ContentError for a spreadsheet, a picture, or nothing at all."""
    encoding = next((name for bom, name in BOMS.items() if start.startswith(bom)), "utf-8-sig")
    if start.startswith(ARCHIVE):
        raise troubles.archive(path)
    if encoding == "utf-8-sig" and b"\0" in start:
        raise troubles.no_text(path)
    first = start.decode(encoding, "replace").lstrip()[:1]
    if not first:
        raise troubles.empty(path)
    if first in "[{":
        return "json", encoding
    return "csv", encoding if encoding == "utf-16" else csv_encoding(path)


def csv_encoding(path: Path) -> str:
    """UTF-8; or the code page of Western Europe, in which a spreadsheet program saves what it opened."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        with path.open("rb") as source:
            while chunk := source.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
