"""A rule as it is applied: checked, frozen, with the board's thresholds in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from string import Formatter

from ibpmon.judge.block import Message, Trial
from ibpmon.judge.sigma import Tree
from ibpmon.store.view import Columns

LEVELS = ("informational", "low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of a rule: what it is now, and between which bounds a board may set it."""

    value: int
    default: int
    min: int
    max: int


@dataclass(frozen=True, slots=True)
class Correlation:
    """How many events (or different values of a field) of one key within one span make an episode."""

    by: tuple[str, ...]
    span: timedelta
    least: int
    distinct: str = ""  # value_count: the field whose values are counted


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to be applied."""

    key: str
    title: str
    description: str
    level: str
    norms: tuple[str, ...]
    catalogue: str
    owner: str
    tags: tuple[str, ...]
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    needs: Mapping[str, timedelta]  # connector -> how often it is read
    service: str  # the view that it looks at
    columns: Columns
    time: str | None  # the time of an event; None for a rule on state
    subject: str
    object: str
    message: Message
    remind: timedelta
    thresholds: Mapping[str, Threshold]
    tests: tuple[Trial, ...]
    condition: Tree
    unknown: Tree | None
    levels: Mapping[str, Tree]  # level -> the condition under which a finding weighs that, the heaviest first
    correlation: Correlation | None
    networks: tuple[str, ...]  # the addresses of the schools, for at_school
    hash: str  # of the file, and of the thresholds that the board set

    @property
    def line_fields(self) -> tuple[str, ...]:
        """The fields that the line of the message names: all that a finding keeps of a record."""
        return tuple(dict.fromkeys(placeholders(self.message.line)))


def placeholders(template: str) -> Iterator[str]:
    """The names between braces; ValueError for anything that is more than a name."""
    for _text, name, spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(name)
        yield name
