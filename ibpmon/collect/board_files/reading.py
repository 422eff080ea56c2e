"""A file of the board as bytes, whole and of a kind that can be read: a spreadsheet (XLSX) or text (CSV)."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ibpmon.errors import ContentError, PassingError, SourceError
from ibpmon.language import N_, _

LARGEST = 50 * 1024 * 1024
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# How other kinds of file begin, and what a person calls them.
KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", N_("a PDF")),
    (b"{\\rtf", N_("a document (RTF)")),
    (b"\x1f\x8b", N_("a packed file")),
    (b"7z\xbc\xaf\x27\x1c", N_("a packed file")),
    (b"Rar!", N_("a packed file")),
    (b"\x89PNG", N_("a picture")),
    (b"\xff\xd8\xff", N_("a picture")),
    (b"GIF8", N_("a picture")),
    (b"\x7fELF", N_("a program")),
    (b"MZ\x90", N_("a program")),
    (b"SQLite format 3", N_("a database")),
)
PAGES = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<head", b"<meta")  # what some programs call .xls
AS_XLSX = N_("open it in Excel or LibreOffice and save it as XLSX, or as CSV UTF-8")
HALF = N_("nothing to do when a program is still writing it: the next round reads it; until then the last list stays")


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file, and when it was last changed."""

    path: Path
    raw: bytes
    changed: datetime

    @property
    def is_workbook(self) -> bool:
        """Whether this may be a spreadsheet: those are ZIP archives."""
        return self.raw.startswith(b"PK")


def content(path: Path, take: Callable[[BinaryIO], bytes] | None = None) -> Content:
    """A file of the board; ContentError or SourceError when it is too large, of another kind, or not whole.

    `take` reads the opened file. The file is looked at before and after: one that changed
    meanwhile is half a list, and half a list looks exactly like a list of people who left.
    """
    try:
        with open_plain(path) as file:
            before = os.fstat(file.fileno())
            refuse_size(path, before.st_size)
            raw = (take or whole)(file)
            after = path.stat()
    except OSError as error:
        raise unreadable(path, error) from None
    if mark(before) != mark(after) or len(raw) != before.st_size:
        raise changing(path)
    refuse_kind(path, raw)
    return Content(path, raw, datetime.fromtimestamp(before.st_mtime, UTC))


def open_plain(path: Path) -> BinaryIO:
    """The opened file; a folder, or a pipe that would keep us waiting for ever, is no list."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "not a plain file")
    return path.open("rb")


def whole(file: BinaryIO) -> bytes:
    """All there is, and one byte more than may be when it grows."""
    return file.read(LARGEST + 1)


def mark(found: os.stat_result) -> tuple[int, ...]:
    """What tells one state of a file from another."""
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev


def refuse_size(path: Path, size: int) -> None:
    """A list of people is small; the wrong file may not fill the memory."""
    if size > LARGEST:
        raise ContentError(
            N_("the file {path} is too large"),
            why=N_("it has {size} MB; a list of people has at most {most} MB"),
            fix=N_("check that [files] in config.toml names the right file"),
            path=path,
            size=size >> 20,
            most=LARGEST >> 20,
        )


def refuse_kind(path: Path, raw: bytes) -> None:
    """What is no list at all, whatever its name says."""
    if raw.startswith(OLD_OFFICE) and ENCRYPTED in raw:
        raise protected(path)
    if raw.startswith(OLD_OFFICE):
        raise other_kind(path, N_("a spreadsheet of the old kind (.xls), or another old Office file"))
    start = raw[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(PAGES):
        raise other_kind(path, N_("a web page, though its name may say otherwise"))
    for begin, name in KINDS:
        if raw.startswith(begin):
            raise other_kind(path, name)


# ---- what can be wrong with a file


def unreadable(path: Path, error: OSError) -> SourceError:
    """The file is not there, or may not be read."""
    return SourceError(
        N_("cannot read the file {path}"),
        why="{error}",
        fix=N_("check [files] in config.toml, and that the user that runs ibpmon may read the file"),
        path=path,
        error=error.strerror or type(error).__name__,
    )


def changing(path: Path) -> PassingError:
    """Somebody is writing it."""
    return PassingError(
        N_("the file {path} changed while it was being read"),
        why=N_("a program is still writing it, so it may be half a list"),
        fix=HALF,
        path=path,
    )


def half(path: Path) -> ContentError:
    """It stops before its end."""
    return ContentError(
        N_("the file {path} is not whole"),
        why=N_("it breaks off, or is damaged: its end, or a part of it, cannot be read"),
        fix=N_("make the export again; until then the last complete list stays in use"),
        path=path,
    )


def protected(path: Path) -> ContentError:
    """It has a password."""
    return ContentError(
        N_("the file {path} is protected with a password"),
        why=N_("ibpmon has no password for it, and asks none"),
        fix=N_("save it without a password in a folder that only ibpmon and its maker can read"),
        path=path,
    )


def other_kind(path: Path, kind: str) -> ContentError:
    """It is something else."""
    return ContentError(
        N_("the file {path} is of another kind than a list"),
        why=N_("it is {kind}; ibpmon reads XLSX and CSV"),
        fix=AS_XLSX,
        path=path,
        kind=_(kind),
    )


def empty(path: Path) -> ContentError:
    """A list of nobody is a wrong file; believing it would end everyone's stay."""
    return ContentError(
        N_("the file {path} holds no rows"),
        why=N_("a list without people looks exactly like an export that went wrong"),
        fix=N_("make the export again; until then the last complete list stays in use"),
        path=path,
    )
