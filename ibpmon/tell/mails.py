"""Makes mails: of the day, of what cannot wait, and of the head of the ledger; text and HTML from the same values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from jinja2.sandbox import ImmutableSandboxedEnvironment

from ibpmon.config import Config
from ibpmon.language import N_, _, ngettext
from ibpmon.store.ledger import Head
from ibpmon.tell.coverage import Proof
from ibpmon.tell.digest import STORM, Section
from ibpmon.tell.outbox import Draft
from ibpmon.tell.render import check, environment, inlined, render
from ibpmon.tell.words import level_word, number, rank, shown

BOARD, SUBJECT = 60, 200  # characters
COUNTED: Mapping[str, tuple[str, str]] = {
    "new": (N_("{n} new"), N_("{n} new")),
    "worse": (N_("{n} worse"), N_("{n} worse")),
    "solved": (N_("{n} solved"), N_("{n} solved")),
    "open": (N_("{n} still going on"), N_("{n} still going on")),
    "blind": (N_("{n} rule could not be judged"), N_("{n} rules could not be judged")),
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a mail says, besides what stands under it."""

    sections: tuple[Section, ...] = ()
    quiet: int = 0  # new for information only: a figure
    totals: str = ""  # how much is open
    proofs: tuple[Proof, ...] = ()  # once a week: whether ibpmon itself works
    commands: bool = False  # whether who reads it has ibpmon at hand


@dataclass(frozen=True, slots=True)
class Foot:
    """What stands under every mail."""

    coverage: tuple[str, ...]
    head: Head | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Mailroom:
    """Makes the mails of one board."""

    config: Config
    templates: ImmutableSandboxedEnvironment = field(repr=False)

    @classmethod
    def of(cls, config: Config) -> Self:
        """A mail room with the templates of this board."""
        templates = environment(config.content.folder, config.time_zone)
        check(templates, "mail.txt.j2", "mail.html.j2")
        return cls(config, templates)

    @property
    def board(self) -> str:
        """The name of the board."""
        return shown(self.config.board.name, BOARD)

    def morning(self, contents: Contents, foot: Foot) -> Draft:
        """The mail of the day."""
        counts = delta(contents.sections)
        if not counts and contents.proofs:
            counts = _("everything works") if all(one.works for one in contents.proofs) else _("not everything works")
        title = counts[:1].upper() + counts[1:] if counts else _("No news")
        subject = _("{what} - {board}").format(what=title, board=self.board)
        return self.written("digest", subject, title, contents, foot)

    def at_once(self, contents: Contents, foot: Foot, number_of: int = 0) -> Draft:
        """What cannot wait until the morning; `number_of` is the alert, when it is about one alone."""
        heaviest = max((group.level for part in contents.sections for group in part.groups), key=rank)
        level = level_word(heaviest)
        first = contents.sections[0].groups[0]
        count = sum(part.count for part in contents.sections)
        many = ngettext("{n} alert that cannot wait", "{n} alerts that cannot wait", count)
        title = first.headline if number_of else many.format(n=number(count))
        what = f"{title} (#{number_of})" if number_of else title
        subject = _("{level}: {what} - {board}").format(
            level=level[:1].upper() + level[1:], what=what, board=self.board
        )
        return self.written("alert", subject, title, contents, foot)

    def head(self, foot: Foot) -> Draft:
        """The head of the ledger alone, for who keeps it outside ibpmon."""
        title = _("Head of the ledger")
        subject = _("{what} - {board}").format(what=title, board=self.board)
        return self.written("head", subject, title, Contents(), foot)

    def written(self, kind: str, subject: str, title: str, contents: Contents, foot: Foot) -> Draft:
        """The same values as subject, text and HTML."""
        facts = {
            "kind": kind,
            "board": self.board,
            "title": title,
            "level": heaviest_of(contents.sections),
            "sections": contents.sections,
            "storm": storm_of(contents.sections),
            "quiet": contents.quiet,
            "totals": contents.totals,
            "proofs": contents.proofs,
            "works": all(one.works for one in contents.proofs),
            "commands": contents.commands,
            "coverage": foot.coverage,
            "head": str(foot.head) if foot.head else "",
            "at": foot.at,
        }
        text = render(self.templates, "mail.txt.j2", **facts)
        html = render(self.templates, "mail.html.j2", **facts, subject=subject)
        return Draft(kind, shown(subject, SUBJECT, links=True), text, inlined(html))


def heaviest_of(parts: Sequence[Section]) -> str:
    """The level that colours the top of the mail."""
    levels = [group.level for part in parts for group in part.groups]
    alarming = [level for level in levels if level not in ("solved", "cannot_check")]
    return max(alarming, key=rank) if alarming else next(iter(levels), "solved")


def storm_of(parts: Sequence[Section]) -> int:
    """How many came at once, when that is so many that they must have one cause; else 0."""
    fresh = sum(part.count for part in parts if part.kind in ("new", "worse"))
    return fresh if fresh > STORM else 0


def delta(parts: Sequence[Section]) -> str:
    """What the mail holds, in numbers: 2 new, 1 solved."""
    said = []
    for part in parts:
        one, many = COUNTED[part.kind]
        said.append(_(one if part.count == 1 else many).format(n=number(part.count)))
    return ", ".join(said)


def totals(still: int, late: int) -> str:
    """How much asks for something, and how much of that is late."""
    if not still:
        return _("Nothing is open.")
    text = ngettext("{n} alert is open", "{n} alerts are open", still).format(n=number(still))
    return text + (", " + _("{n} of them past their term").format(n=number(late)) if late else "") + "."


def as_values(draft: Draft) -> dict[str, Any]:
    """A mail for who only wants to look at it."""
    return {"kind": draft.kind, "subject": draft.subject, "text": draft.text}
