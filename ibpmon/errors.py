"""Every expected error says what happened, why, and what to do."""

from collections.abc import Callable
from typing import Any

Translate = Callable[[str], str]

# Exit codes, the same for every command; README and `ibpmon --help` name them.
FAILED = 1
USAGE = 2
CONFIGURATION = 3
NOT_READ = 4
BUSY = 5


class IbpmonError(Exception):
    """What, why and fix as English templates with their values; `told` gives them in the reader's language."""

    exit_code = FAILED

    def __init__(self, what: str, *, why: str = "", fix: str = "", **values: Any) -> None:
        self.what, self.why, self.fix, self.values = what, why, fix, values
        super().__init__(self.english())

    def english(self) -> str:
        """One line for logs: what, and why behind a colon."""
        what = self.fill(self.what)
        return f"{what}: {self.fill(self.why)}" if self.why else what

    def told(self, translate: Translate) -> tuple[str, str, str]:
        """What, why and fix for a person; a part that is not known is empty."""
        return tuple(self.fill(translate(part)) if part else "" for part in (self.what, self.why, self.fix))  # type: ignore[return-value]  # three in, three out

    def fill(self, template: str) -> str:
        """The template with its values; a value is data and never a template itself."""
        return template.format(**self.values)


class ConfigError(IbpmonError):
    """The configuration cannot be used; all its problems at once."""

    exit_code = CONFIGURATION


class ContentError(IbpmonError):
    """A connector, rule or report file, or a file of the board, cannot be used."""

    exit_code = CONFIGURATION


class StoreError(IbpmonError):
    """The database cannot be opened, read or written."""


class RefusedError(IbpmonError):
    """What a person asked cannot be done, or not any more; nothing was changed."""


class BusyError(IbpmonError):
    """Another ibpmon already works on this database."""

    exit_code = BUSY


class SourceError(IbpmonError):
    """A source (Microsoft Graph, a file) could not be read whole; what was stored stays as it was."""

    exit_code = NOT_READ


class PassingError(SourceError):
    """It may go well later: throttled, unavailable, cut off."""


class MissingPermission(SourceError):
    """The app registration lacks a permission."""


class MissingLicence(SourceError):
    """The tenant lacks the licence that this data needs."""


class MailError(IbpmonError):
    """A mail could not be handed over; it stays in the outbox."""

    exit_code = NOT_READ
