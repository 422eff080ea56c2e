"""The block `ibpmon:` of a rule file: what is done with what Sigma finds, and the proof that it finds it."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, model_validator

from ibpmon.config import Duration, Frozen


def seconds(value: object) -> object:
    """'30s', '15m', '2h' or '7d' as a span of time."""
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    text = str(value)
    if not text[:-1].isdecimal() or len(text) > 6 or text[-1] not in units:
        raise ValueError("duration")
    return timedelta(**{units[text[-1]]: int(text[:-1])})


Span = Annotated[timedelta, BeforeValidator(seconds)]
Norm = Annotated[StrictStr, Field(pattern=r"^[A-Z]{2}\.\d{2}$")]
Text = Annotated[StrictStr, Field(min_length=1, max_length=500)]
Level = Literal["informational", "low", "medium", "high", "critical"]


class Message(Frozen):
    """What people read: the subject of a mail, a line per finding, and the one thing to do."""

    subject: Text
    line: Text
    action: Text


class Bounds(Frozen):
    """A number in the rule that a board may set, and how far."""

    default: StrictInt
    min: StrictInt
    max: StrictInt
    at: tuple[StrictStr, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def in_order(self) -> "Bounds":
        """The default lies within the bounds."""
        if not self.min <= self.default <= self.max:
            raise ValueError("min <= default <= max")
        return self


class Record(Frozen):
    """An event of a test, `repeat` times with `every` between; `cycle` gives a field another value each time."""

    record: dict[str, Any]
    repeat: int = Field(1, ge=1, le=1000)
    every: Span = timedelta(minutes=1)
    offset: Span = timedelta()
    cycle: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(default_factory=dict)
    service: StrictStr = ""  # the view that it is an event of; without it the one that the rule tells about


class Trial(Frozen):
    """One proof that a rule carries: what it must hit, and what it must leave alone."""

    name: Text
    expect: Literal["hit", "miss", "unknown"] | Annotated[StrictInt, Field(ge=0)]
    level: Level | None = None  # how much the hit weighs; without it that is not looked at
    record: dict[str, Any] | None = None
    records: tuple[Record, ...] = ()

    @model_validator(mode="after")
    def has_records(self) -> "Trial":
        """Something to look at."""
        if (self.record is None) == (not self.records):
            raise ValueError("record / records")
        return self


class Block(Frozen):
    """The block `ibpmon:` of a rule file."""

    norms: tuple[Norm, ...] = ()
    needs: tuple[StrictStr, ...]  # nothing for a rule about ibpmon itself
    if_on: tuple[StrictStr, ...] = ()  # needed too by a board that has them on
    subject: Annotated[StrictStr, Field(min_length=1)]
    object: StrictStr = ""
    term: StrictStr = ""  # the field with the moment until when it may wait, where the law says so
    message: Message
    remind: Duration
    unknown: StrictStr = ""
    levels: dict[Level, StrictStr] = Field(default_factory=dict)  # level -> when a finding weighs that
    levels_from: dict[Level, Annotated[StrictInt, Field(ge=1)]] = Field(default_factory=dict)  # what a window must hold
    thresholds: dict[str, Bounds] = Field(default_factory=dict)
    tests: tuple[Trial, ...]
    catalogue: Annotated[StrictStr, Field(pattern=r"^([A-Z]{3}-\d{2})?$")]  # "": it stands beside the catalogue
    owner: Literal["it", "privacy_officer", "process_owner", "fg"] = "it"


class Adopted(Block):
    """The block that a public rule gets: it is no part of the catalogue, and its proof is made when it is added."""

    catalogue: StrictStr = ""
    tests: tuple[Trial, ...] = ()
