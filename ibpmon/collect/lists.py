"""Lists: all pages or none, of a provider or of a file that the board hands over."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ibpmon.collect import files
from ibpmon.collect.job import (
    NAMED,
    NOBODY,
    PAGES,
    Bad,
    Ends,
    Job,
    Seen,
    bad_rows,
    conclude,
    give_up,
    request_of,
    stage,
    write_coverage,
)
from ibpmon.collect.runs import PARTIAL, SKIPPED, Outcome
from ibpmon.language import N_, _
from ibpmon.providers.decode import Page
from ibpmon.providers.shapes import count_of, list_pages, single
from ibpmon.store.tables import Run


def read_list(job: Job) -> list[Run]:
    """Read all pages of a list; they become the state together, after the last one."""
    bad = stage_all(job, pages_of(job))
    counted = count_of(job.client, request_of(job)) if job.connector.count else None
    with job.store.write() as session:
        return conclude(session, job, bad_rows(bad), NOBODY if bad.count else Ends(unseen=True), counted=counted)[0]


def stage_all(job: Job, pages: Iterator[Page]) -> Bad:
    """Let the rows of every page wait, some pages at a time; gives what could not be used."""
    bad, done, batch = Bad(), 0, list[Page]()
    for number, page in enumerate(pages, 1):
        batch.append(page)
        bad.add(page.bad)
        if number % PAGES == 0:
            done += stage(job, batch)
            job.step(done)
    job.step(done + stage(job, batch))
    return bad


def pages_of(job: Job) -> Iterator[Page]:
    """The pages of a list, or the one object of shape single."""
    request = request_of(job)
    if job.connector.shape == "single":
        return iter([single(job.client, request)])
    return list_pages(job.client, request, prefetch=True)


# ---- the board's own files


def read_board_file(job: Job) -> list[Run]:
    """Read a list that the board hands over; a bad row is named and keeps the rest from being called complete."""
    file = getattr(job.config.files, job.connector.file, None)
    if file is None:
        reason, fix = N_("config.toml names no file under [files.{file}]"), N_("name the board's file there")
        return give_up(job, Outcome(SKIPPED, reason, {"file": job.connector.file}, fix))
    listing = files.read_file(job.connector, file, job.config.time_zone)
    count = len(listing.rows)
    stage(job, [Page(listing.rows)])
    job.step(count, count)
    outcome = replace(bad_lines(listing.bad), covers_until=listing.changed)
    with job.store.write() as session:
        write_coverage(session, job, [Seen(one.name, one.state, one.reason, one.values) for one in listing.parts])
        return conclude(session, job, outcome, ends_of(job, listing))[0]


def ends_of(job: Job, listing: files.Listing) -> Ends:
    """Whose stay a file may end; of several exports each that was read whole ends its own."""
    if not listing.parts:
        return NOBODY if listing.bad else Ends(unseen=True)
    return Ends(unseen=True, where=lambda part: listing.judged(job.store.data[part.connector.id]))


def bad_lines(bad: Sequence[files.BadRow]) -> Outcome:
    """FULL, or PARTIAL with the lines that could not be used: where and why, never what stands there."""
    if not bad:
        return Outcome()
    reason = N_("{count} line(s) cannot be used and are left out: {lines}")
    fix = N_("correct these lines; the others were stored, and nobody is concluded gone")
    return Outcome(PARTIAL, reason, {"count": len(bad), "lines": described(bad)}, fix, skipped_rows=len(bad))


def described(bad: Sequence[files.BadRow]) -> str:
    """The lines together that have the same thing wrong with them: `2, 6 (In dienst): a date that does not exist`."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in bad:
        groups.setdefault((row.column, row.reason), []).append(str(row.line) if row.line else "")
    told = [f"{place(column[:80], lines)}: {_(reason)}" for (column, reason), lines in groups.items()]
    return "; ".join(told[:NAMED]) + ("; ..." if len(told) > NAMED else "")


def place(column: str, lines: Sequence[str]) -> str:
    """A column with the numbers of its first lines; a whole export has none."""
    numbers = ", ".join([*filter(None, lines[:NAMED]), *(["..."] if len(lines) > NAMED else [])])
    return " ".join(part for part in (numbers, f"({column})" if column and numbers else column) if part)
