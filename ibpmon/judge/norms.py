"""The norms that rules serve: their titles, and per norm what its rules say now."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ibpmon.content import shipped
from ibpmon.store.tables import Evaluation


class Served(Protocol):
    """A rule, as far as it serves norms."""

    @property
    def key(self) -> str:
        """The stem of its file."""

    @property
    def norms(self) -> Sequence[str]:
        """The norms that it serves."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one rule says about a norm; without an evaluation it was never applied."""

    rule: str
    evaluation: Evaluation | None

    @property
    def outcome(self) -> str:
        """One of the four outcomes: what was never applied cannot be judged."""
        return self.evaluation.outcome if self.evaluation else "cannot_check"


@dataclass(frozen=True, slots=True)
class Norm:
    """One norm with the evidence for it; without evidence ibpmon does not cover it."""

    code: str
    title: str
    evidence: tuple[Evidence, ...]


def norm_titles() -> Mapping[str, str]:
    """The titles of the norms that may be named: those whose code and title were verified."""
    text = (shipped("reports") / "norms.toml").read_text(encoding="utf-8")
    return {code: str(title) for code, title in tomllib.loads(text).items()}


def coverage(rules: Iterable[Served], latest: Mapping[str, Evaluation]) -> Iterator[Norm]:
    """Every norm in order of its code, with what each of its rules said last."""
    known = list(rules)
    for code, title in sorted(norm_titles().items()):
        serving = [rule.key for rule in known if code in rule.norms]
        yield Norm(code, title, tuple(Evidence(key, latest.get(key)) for key in serving))
