"""A rule as it is applied: checked, frozen, with the board's thresholds in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from string import Formatter

from ibpmon.judge.block import Message, Trial
from ibpmon.judge.sigma import Tree
from ibpmon.store.view import Columns

LEVELS = ("informational", "low", "medium", "high", "critical")
COUNTS = ("event_count", "value_count")  # the correlations that count; the others ask what comes together


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of a rule: what it is now, and between which bounds a board may set it."""

    value: int
    default: int
    min: int
    max: int


@dataclass(frozen=True, slots=True)
class Search:
    """What one document of a rule file looks for: the events of a view that answer a condition."""

    name: str
    service: str
    columns: Columns
    time: str | None
    condition: Tree


@dataclass(frozen=True, slots=True)
class Correlation:
    """What must come together, for one key and within one span, to make an episode."""

    name: str
    kind: str  # event_count, value_count, temporal, temporal_ordered
    of: tuple["Search | Correlation", ...]
    by: tuple[str, ...]
    span: timedelta
    keys: Mapping[str, tuple[str, ...]]  # each search under it -> the fields that are its key there
    least: int = 1
    most: int | None = None  # an episode in which a window holds more is none; 0: that nothing happens is found
    distinct: str = ""  # value_count: the field whose values are counted
    counted: Mapping[str, str] = field(default_factory=dict)  # each search under it -> that field there

    @property
    def searches(self) -> tuple[Search, ...]:
        """The searches under it, each once."""
        found = [one for part in self.of for one in ((part,) if isinstance(part, Search) else part.searches)]
        return tuple({one.name: one for one in found}.values())

    @property
    def absent(self) -> bool:
        """Whether it finds that nothing happened."""
        return self.most == 0


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
    if_on: Mapping[str, timedelta]  # the same, of those that are needed only where they are on
    service: str  # the view that it looks at
    columns: Columns
    time: str | None  # the time of an event; None for a rule on state
    subject: str
    object: str
    term: str  # the field with the moment until when a finding may wait; empty: as its level says
    message: Message
    remind: timedelta
    thresholds: Mapping[str, Threshold]
    tests: tuple[Trial, ...]
    condition: Tree
    unknown: Tree | None
    levels: Mapping[str, Tree]  # level -> the condition under which a finding weighs that, the heaviest first
    rises: Mapping[str, Correlation]  # level -> what, when it goes with an episode, makes it weigh that
    correlation: Correlation | None
    peaks: Mapping[str, int]  # level -> how much a window must hold for an episode to weigh that
    networks: tuple[str, ...]  # the addresses of the schools, for at_school
    hash: str  # of the file, and of the thresholds that the board set

    @property
    def searches(self) -> tuple[Search, ...]:
        """All that is looked for: by what it finds, and by what makes that weigh more."""
        trees = (*((self.correlation,) if self.correlation else ()), *self.rises.values())
        return tuple({one.name: one for tree in trees for one in tree.searches}.values())

    @property
    def services(self) -> frozenset[str]:
        """The views that it looks at."""
        return frozenset((self.service, *(one.service for one in self.searches)))

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
