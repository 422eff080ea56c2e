"""How long work says how far it is; a bar on a terminal and lines in a log are made in `cli`."""

from typing import Protocol


class Progress(Protocol):
    """Told about steps: a name, how much is done, and the whole if that is known."""

    def step(self, name: str, done: int, total: int | None = None) -> None:
        """`done` of `total` of the step `name` is done."""


class Silent:
    """Says nothing."""

    def step(self, name: str, done: int, total: int | None = None) -> None:
        """Nothing."""


silent = Silent()
