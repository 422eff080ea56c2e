"""The documents: one review per process as a page that can be read on a phone, printed and signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config
from ibpmon.errors import IbpmonError
from ibpmon.language import N_, _
from ibpmon.privacy import private
from ibpmon.progress import Progress, silent
from ibpmon.report import figures
from ibpmon.report.paper import review_on_paper
from ibpmon.report.pdf import pdf
from ibpmon.report.risks import Risks, risks_of
from ibpmon.review.access import Landscape, look
from ibpmon.review.bureau import board_of, words_of
from ibpmon.review.items import RISKS, Review, Words, review, without_owner
from ibpmon.review.matrix import Matrix, Process
from ibpmon.review.matrix_in_use import matrix_in_use
from ibpmon.store.database import Store
from ibpmon.store.holes import Lost, lost
from ibpmon.tell.render import environment, render
from ibpmon.tell.words import until_word

INDEX = "index.html"
COVERED = timedelta(days=92)  # a review is about the quarter before it
TOO_MANY = 40  # questions at once; more says that the matrix is too coarse


@dataclass(frozen=True, slots=True)
class Press:
    """What every page of one edition shares."""

    config: Config
    now: datetime
    landscape: Landscape
    matrix: Matrix | None
    words: Words
    sources: Sequence[figures.Source]
    holes: Sequence[Lost]
    risks: Risks
    templates: ImmutableSandboxedEnvironment

    def page(self, template: str, **values: Any) -> str:
        """One page."""
        return render(self.templates, template, **self.values(**values))

    def values(self, **values: Any) -> dict[str, Any]:
        """What one page is made of, on screen and on paper."""
        return {
            "board": self.config.board.name,
            "matrix": self.matrix,
            "now": self.now,
            "data_from": figures.data_from(self.landscape),
            "sources": self.sources,
            "holes": self.holes,
            "notes": footnotes(self.sources),
            "left_out": self.landscape.left_out,
            "place_name": figures.place_name,
            "risks": self.risks,
            "until_word": lambda until: until_word(until, self.config.time_zone),
            **values,
        }


def write_reviews(
    store: Store, config: Config, now: datetime, folder: Path | None = None, progress: Progress = silent
) -> list[Path]:
    """Write one review per process and an index; gives the paths, the index last.

    1. read the matrix; an unusable one stops us before anything is written
    2. one look at the store; no transaction stays open while pages are made
    3. a page per process and the same as a PDF, each appearing whole or not at all
    4. the index, which names them all
    5. a PDF that could not be made is told last: it stops no other review
    """
    target = folder or config.store.reports
    matrix = matrix_in_use(store, config)
    with store.read() as session:
        landscape = look(session, store, now, board_of(config))
        holes = lost(session, store, now - COVERED)
        risks = risks_of(session, store, config, landscape, now - COVERED, now)
    press = set_up(config, now, landscape, matrix, holes, risks)
    make_folder(target)
    entries = print_reviews(press, matrix, target, progress) if matrix else []
    index = print_index(press, entries, target)
    for entry in entries:
        if entry["failed"]:
            raise entry["failed"]
    return [*(target / entry[kind] for entry in entries for kind in ("file", "pdf")), index]


def set_up(
    config: Config, now: datetime, landscape: Landscape, matrix: Matrix | None, holes: Sequence[Lost], risks: Risks
) -> Press:
    """Everything that the pages share."""
    titles = {name: one.title for name, one in load_connectors(config.content).items()}
    words = words_of(config)
    found = figures.sources(landscape, titles)
    templates = environment(config.content.folder, config.time_zone)
    return Press(config, now, landscape, matrix, words, found, holes, risks, templates)


def footnotes(found: Sequence[figures.Source]) -> Mapping[str, list[int]]:
    """For each number on the first screen the sources that it was counted from."""
    numbers = {one.connector: one.number for one in found}
    return {name: [numbers[one] for one in origin] for name, origin in figures.COUNTED_FROM.items()}


# ---------------------------------------------------------------- pages


def print_reviews(press: Press, matrix: Matrix, folder: Path, progress: Progress) -> list[dict[str, Any]]:
    """Write the review of every process; gives their lines for the index."""
    entries, processes = [], matrix.content.processes
    for number, process in enumerate(processes, 1):
        entries.append(print_review(press, matrix, process, folder))
        progress.step(_("reviews"), number, len(processes))
    return entries


def print_review(press: Press, matrix: Matrix, process: Process, folder: Path) -> dict[str, Any]:
    """Write the review of one process; gives its line for the index."""
    found = review(process, press.landscape, matrix, press.now)
    name = f"review-{process.key}"
    entry: dict[str, Any] = {"file": f"{name}.html", "process": process, "totals": figures.totals(found)}
    values = entry | contents(press, found)
    discard(folder / f"{name}.pdf")  # one of an older edition would be signed by mistake
    write_private(folder / f"{name}.html", press.page("review.html.j2", **values).encode("utf-8", "replace"))
    return entry | print_pdf(press, press.values(**values), folder / f"{name}.pdf")


def print_pdf(press: Press, values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Write the PDF of one review; gives its name, or why there is none."""
    try:
        write_private(path, pdf("review.typ", review_on_paper(values), press.config.content.folder))
    except IbpmonError as error:
        return {"pdf": "", "failed": error}
    return {"pdf": path.name, "failed": None}


def contents(press: Press, found: Review) -> dict[str, Any]:
    """What one review says, in the order of the page."""
    asked = figures.questions(found, press.words, RISKS)
    return {
        "asked": asked,
        "too_many": TOO_MANY,
        "unknown": [item for item in found.of("UNKNOWN") if not figures.is_unread(item)],
        "no_rule": sorted({figures.place_name(item.access.resource) for item in found.of("NO_RULE")}),
        "words": press.words,
        "fitting": figures.fitting(found, press.words),
        "places": figures.places(found, press.words, figures.numbers_of(asked)),
        "accepted": press.risks.about({one.id for one in found.resources}),
        "unread": [*figures.missing_sources(press.sources), *figures.unread(found, press.words)],
    }


def print_index(press: Press, entries: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Write the page that lists all reviews, and what nobody answers for."""
    orphans = without_owner(press.landscape, press.matrix) if press.matrix else []
    names = sorted(figures.place_name(one) for one in orphans)
    missing = figures.missing_sources(press.sources)
    page = press.page("reviews.html.j2", entries=entries, orphans=names, missing=missing)
    write_private(folder / INDEX, page.encode("utf-8", "replace"))
    return folder / INDEX


# ---------------------------------------------------------------- files


def make_folder(folder: Path) -> None:
    """The folder for the reports, for our eyes only when we make it."""
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)


def write_private(path: Path, page: bytes) -> None:
    """Write a file that only we can read; it appears whole or not at all."""
    try:
        with private.ready(path, page) as fresh:
            fresh.replace(path)
    except OSError as error:
        raise unwritable(path, error) from None


def discard(path: Path) -> None:
    """Take away a file of an older edition."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> IbpmonError:
    """A report that cannot be put in its place."""
    return IbpmonError(
        N_("cannot write the report {path}"),
        why="{error}",
        fix=N_("check [store] reports in config.toml and the rights and space on that folder"),
        path=path,
        error=error.strerror or error,
    )
