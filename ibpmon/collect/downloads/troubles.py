"""What can be wrong with a download: what, why, and what to do."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ibpmon.collect.downloads.kinds import KINDS
from ibpmon.collect.downloads.times import Unclear
from ibpmon.errors import ContentError, SourceError
from ibpmon.language import N_, _, meant

AGAIN = N_("download it again, as JSON where the admin center offers it; docs/downloads.md says where each one is")
SHOWN = 12  # headings or keys that a message repeats


def known() -> str:
    """The kinds that can be imported, each as --kind takes it."""
    return ", ".join(f"{name} ({_(kind.title)})" for name, kind in KINDS.items())


def unknown(path: Path, found: Sequence[object]) -> ContentError:
    """The file is text, and no download that we know; `found` are the headings or keys that may be repeated."""
    return ContentError(
        N_("the file {path} is no download that ibpmon knows"),
        why=N_("it holds: {found}. Known are: {known}"),
        fix=N_(
            "name its kind with --kind when it is one of these, or download it again (docs/downloads.md says where)"
        ),
        path=path,
        found=", ".join(str(one)[:40] for one in found[:SHOWN])
        or _("nothing that looks like the heading of a download"),
        known=known(),
    )


def no_such_kind(kind: str) -> ContentError:
    """--kind names something else."""
    return ContentError(
        N_("there is no kind of download '{kind}'"),
        why=N_("these are known: {known}"),
        fix=N_("name one of those{meant}"),
        kind=kind,
        known=", ".join(KINDS),
        meant=meant(kind, KINDS),
    )


def lacking(path: Path, kind: str, found: Sequence[str]) -> ContentError:
    """--kind names a kind of which the headings are not there."""
    return ContentError(
        N_("the file {path} lacks headings that '{kind}' needs"),
        why=N_("it holds: {found}"),
        fix=N_("leave --kind out, or download it again with all columns (docs/downloads.md names them)"),
        path=path,
        kind=kind,
        found=", ".join(one[:40] for one in found[:SHOWN]),
    )


def which_sign_ins(path: Path) -> ContentError:
    """The headings of interactive and other sign-ins are the same."""
    return ContentError(
        N_("the file {path} holds sign-ins, but of which kind?"),
        why=N_("interactive and non-interactive sign-ins have the same headings, and its name does not tell"),
        fix=N_("add --kind sign-ins or --kind sign-ins-noninteractive, or give the file back the name of the download"),
        path=path,
    )


def mixed(path: Path, titles: Sequence[str]) -> ContentError:
    """Two kinds in one file."""
    return ContentError(
        N_("the file {path} mixes kinds of download; nothing of it was stored"),
        why=N_("it holds {titles} together"),
        fix=N_("import each download by itself, or name the kind to take from it with --kind"),
        path=path,
        titles=", ".join(_(one) for one in titles) or _("rows under different headings"),
    )


def heading_twice(path: Path, double: Sequence[str]) -> ContentError:
    """Nothing says which of two columns holds."""
    return ContentError(
        N_("the file {path} has a heading twice"),
        why=N_("twice: {double}"),
        fix=N_("remove one of the two columns, or download it again"),
        path=path,
        double=", ".join(double),
    )


def unclear(path: Path, line: int, time: Unclear) -> ContentError:
    """A time that could be two moments."""
    why = {
        "order": N_("line {line} has the date {time}: nothing in the file says whether the day or the month is first"),
        "twice": N_("line {line} has the time {time}: that night the clock went back, and this hour came twice"),
    }
    fix = {
        "order": N_("add --dates day-first or --dates month-first, as the portal showed it"),
        "twice": N_("add --time-zone UTC when the file is in UTC, or download it as JSON, which is"),
    }
    return ContentError(
        N_("the times in the file {path} are not clear"),
        why=why[time.why],
        fix=fix[time.why],
        path=path,
        line=line,
        time=time.text[:30],
    )


def half(path: Path, count: int) -> ContentError:
    """The file stops, or breaks, somewhere."""
    return ContentError(
        N_("the file {path} is not whole; nothing of it was stored"),
        why=N_("after {count} row(s) it stops, or is no longer what it began as"),
        fix=AGAIN,
        path=path,
        count=count,
    )


def changed(path: Path) -> ContentError:
    """The file changed while it was read."""
    return ContentError(
        N_("the file {path} changed while it was read"),
        why=N_("someone still writes it: what was checked is not what would be stored"),
        fix=N_("wait until the download is there and import it once more; what was stored of it stays as it was"),
        path=path,
    )


def empty(path: Path) -> ContentError:
    """Nothing in it."""
    return ContentError(
        N_("the file {path} holds no rows"),
        why=N_("a download without rows looks exactly like one that went wrong"),
        fix=AGAIN,
        path=path,
    )


def no_rows(path: Path, title: str, bad: int, first: str) -> ContentError:
    """The file is whole, and none of it can be used."""
    if not bad:
        return empty(path)
    return ContentError(
        N_("the file {path} holds nothing that can be used as {title}"),
        why=N_("none of its {count} row(s): {first}"),
        fix=AGAIN,
        path=path,
        title=_(title),
        count=bad,
        first=first,
    )


def archive(path: Path) -> ContentError:
    """A zip, or a spreadsheet, which is one too."""
    return ContentError(
        N_("the file {path} is a zip file or an Excel workbook"),
        why=N_("ibpmon reads a download as the admin center gives it: JSON or CSV"),
        fix=N_("unpack the zip file, or download it again; do not save it from Excel"),
        path=path,
    )


def no_text(path: Path) -> ContentError:
    """Bytes that are no text."""
    return ContentError(
        N_("the file {path} is no text"),
        why=N_("a download is JSON or CSV, in UTF-8 or UTF-16"),
        fix=AGAIN,
        path=path,
    )


def too_large(path: Path, size: int, most: int) -> ContentError:
    """The file is larger than any download."""
    return ContentError(
        N_("the file {path} is too large"),
        why=N_("it has {size} MB; a download has at most {most} MB"),
        fix=N_("download a shorter period at a time"),
        path=path,
        size=size >> 20,
        most=most >> 20,
    )


def too_many(path: Path, most: int) -> ContentError:
    """More rows than a list of users or devices has."""
    return ContentError(
        N_("the file {path} has more than {most} rows"),
        why=N_("a list of users or devices is put in place at once, and so has a limit"),
        fix=N_("set a filter in the admin center and download it in parts"),
        path=path,
        most=most,
    )


def older(path: Path, made: datetime, read: datetime) -> ContentError:
    """The list is older than what Microsoft gave since."""
    return ContentError(
        N_("the file {path} is older than what is known already; nothing of it was stored"),
        why=N_("the file is of {made}, and this source was read in full on {read}"),
        fix=N_("nothing to do, or download it again when the newer data is what you doubt"),
        path=path,
        made=made.isoformat(" ", "minutes"),
        read=read.isoformat(" ", "minutes"),
    )


def unreadable(path: Path, error: OSError) -> SourceError:
    """The file cannot be opened."""
    return SourceError(
        N_("cannot read the file {path}"),
        why="{error}",
        fix=N_("check the name, and that you may read it"),
        path=path,
        error=error.strerror or type(error).__name__,
    )


def no_connector(name: str) -> ContentError:
    """The connector whose fields decide is off, or not there at all."""
    return ContentError(
        N_("cannot import {title}: the connector '{name}' is not on"),
        why=N_("its fields decide what is kept of such a row, and nothing else may be kept"),
        fix=N_("take it out of connectors_off in config.toml, or name it in connectors_on"),
        title=_(KINDS[name].title),
        name=name,
    )


def no_accounts(path: Path) -> ContentError:
    """A file that names people by user name alone, and no accounts to find them in."""
    return ContentError(
        N_("cannot import {path}: it knows people by their user name alone"),
        why=N_("the id that belongs to a name comes from the accounts, and none were read yet"),
        fix=N_("import the download of users first, or run `ibpmon collect accounts`"),
        path=path,
    )
