"""How far it is: a bar on a terminal, lines in a log, nothing where a program reads."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread

from ibpmon.progress import Progress, silent

log = logging.getLogger("ibpmon.progress")
SECONDS_BETWEEN_LINES = 10.0


class Lines:
    """A line when a step begins, when it ends, and every ten seconds between."""

    def __init__(self) -> None:
        self.name, self.said = "", 0.0

    def step(self, name: str, done: int, total: int | None = None) -> None:
        """Say it when it is time."""
        fresh = name != self.name or (total is not None and done >= total)
        if fresh or time.monotonic() - self.said > SECONDS_BETWEEN_LINES:
            self.name, self.said = name, time.monotonic()
            log.info("%s: %s%s", name, done, f" of {total}" if total else "")


class Bar:
    """One bar per step on the error stream of a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        words, count = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[count]}")
        columns = (SpinnerColumn(), words, BarColumn(), count, TimeElapsedColumn())
        self.bars = Progress(*columns, console=Console(stderr=True), transient=True)
        self.name = ""

    def step(self, name: str, done: int, total: int | None = None) -> None:
        """Move the bar; a new name takes its place."""
        count = str(done or "") if total is None else f"{done}/{total}"
        if name != self.name:
            for task in self.bars.task_ids:
                self.bars.remove_task(task)
            self.name = name
            self.bars.add_task(name, total=total, count=count)
        self.bars.update(self.bars.task_ids[0], completed=done, total=total, count=count)


class Attentive:
    """Ends the work at its next step once Ctrl-C was pressed."""

    def __init__(self, shown: Progress, stop: Event) -> None:
        self.shown, self.stop = shown, stop

    def step(self, name: str, done: int, total: int | None = None) -> None:
        """Show the step, or leave; other threads end by themselves."""
        if self.stop.is_set() and current_thread() is main_thread():
            raise KeyboardInterrupt
        self.shown.step(name, done, total)


@contextmanager
def shown(quiet: bool = False, stop: Event | None = None) -> Iterator[Progress]:
    """The progress that fits: a bar for a person, lines for a log; `stop` ends the work at its next step."""
    with fitting(quiet) as progress:
        yield Attentive(progress, stop) if stop else progress


@contextmanager
def fitting(quiet: bool) -> Iterator[Progress]:
    """Nothing where a program reads, a bar on a terminal, lines elsewhere."""
    if quiet:
        yield silent
    elif sys.stderr.isatty():
        bar = Bar()
        with bar.bars:
            yield bar
    else:
        yield Lines()
