"""Makes the mail about one rule: what is new, worse, back and solved, and the one thing to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.judge.norms import norm_titles
from ibpmon.language import N_, _
from ibpmon.privacy.pseudonyms import Pseudonyms
from ibpmon.store.collected import FieldType
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Evaluation, Finding
from ibpmon.tell.changes import OPEN, Change, Kind
from ibpmon.tell.outbox import Draft
from ibpmon.tell.people import About, People, people
from ibpmon.tell.render import check, environment, inlined, render
from ibpmon.tell.words import fill, level_word, number, rank, shown, words_for

LONGEST_LIST = 25
LONGEST_REASON = 600
SCHOOLS = {"school", "resource_school"}  # fields that hold the key of a school
CODES: Mapping[str, Mapping[str, str]] = {  # fields that hold a word of the engine
    "resource_kind": {"group": N_("group"), "site": N_("site")},
    "right": {"member": N_("member"), "read": N_("read"), "write": N_("write"), "owner": N_("owner")},
}
EPISODE: Mapping[str, FieldType] = {"window_start": "time", "window_end": "time"}
HEADLINE, BOARD = 90, 60  # characters in a subject

HEADINGS: Mapping[Kind, str] = {
    "new": N_("New"),
    "worse": N_("Worse"),
    "reopened": N_("Back again"),
    "solved": N_("Solved: no longer the case"),
}


class Message(Protocol):
    """The words of a rule."""

    @property
    def subject(self) -> str:
        """What is found, with {count}."""

    @property
    def line(self) -> str:
        """One line about one finding, with {field}s."""

    @property
    def action(self) -> str:
        """The one thing to do."""


class Rule(Protocol):
    """A rule, as far as a mail needs it."""

    @property
    def key(self) -> str:
        """The stem of its file."""

    @property
    def title(self) -> str:
        """What is wrong, in a few words."""

    @property
    def level(self) -> str:
        """How bad it is."""

    @property
    def subject(self) -> str:
        """The field that says what one finding is about."""

    @property
    def columns(self) -> Mapping[str, FieldType]:
        """The fields of its view."""

    @property
    def norms(self) -> Sequence[str]:
        """The norms that it serves."""

    @property
    def message(self) -> Message:
        """Its words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One alert in a mail."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """The alerts that changed in one way."""

    kind: Kind
    title: str
    count: int
    lines: tuple[Line, ...]

    @property
    def hidden(self) -> int:
        """How many did not fit."""
        return self.count - len(self.lines)


@dataclass(slots=True)
class Mailroom:
    """Drafts the mails of one round of judging."""

    store: Store
    config: Config
    pseudonyms: Pseudonyms
    templates: ImmutableSandboxedEnvironment
    norms: Mapping[str, str]
    strict: bool = False  # for tests: a field that a line lacks is an error
    known: People | None = field(default=None, repr=False)  # read at the first line

    @classmethod
    def of(cls, config: Config, store: Store, pseudonyms: Pseudonyms, *, strict: bool = False) -> Self:
        """A mail room with the templates and norms of this board."""
        templates = environment(config.content.folder, config.time_zone)
        check(templates, "mail.txt.j2", "mail.html.j2")
        return cls(store, config, pseudonyms, templates, norm_titles(), strict)

    def draft(self, session: Session, rule: Rule, evaluation: Evaluation, changes: Sequence[Change]) -> Draft | None:
        """The mail about this rule; None when there is nothing that people do not know yet."""
        if changes:
            return self.about_changes(session, rule, evaluation, changes)
        if evaluation.outcome == "cannot_check" and not blind_before(session, self.store, evaluation):
            return self.about_blindness(rule, evaluation)
        return None

    def about_changes(self, session: Session, rule: Rule, evaluation: Evaluation, changes: Sequence[Change]) -> Draft:
        """What changed in the alerts of a rule."""
        count = open_alerts(session, self.store, rule.key)
        headline = fill(shown(rule.message.subject, HEADLINE, links=True), {"count": number(count)}, strict=self.strict)
        level = rule.level if count else "solved"
        facts = self.facts(rule, evaluation) | {
            "level": level,
            "word": level_word(level),
            "headline": headline,
            "blocks": self.blocks(session, rule, changes),
            "delta": delta(changes),
            "action": shown(rule.message.action, LONGEST_REASON, links=True) if count else "",
            "missing": "",
        }
        return self.written("alert", f"{headline} ({facts['delta']})", facts)

    def about_blindness(self, rule: Rule, evaluation: Evaluation) -> Draft:
        """That a rule cannot be judged any more, and what is missing."""
        headline = shown(rule.title, HEADLINE)
        facts = self.facts(rule, evaluation) | {
            "level": "cannot_check",
            "word": level_word("cannot_check"),
            "headline": headline,
            "blocks": (),
            "delta": "",
            "action": "",
            "missing": shown(evaluation.reason or _("the data of this rule"), LONGEST_REASON),
        }
        return self.written("cannot_check", headline, facts)

    def facts(self, rule: Rule, evaluation: Evaluation) -> dict[str, Any]:
        """What every mail about a rule says."""
        return {
            "board": shown(self.config.board.name, BOARD),
            "rule": rule.key,
            "norms": [(code, self.norms[code]) for code in rule.norms if code in self.norms],
            "data_as_of": evaluation.data_as_of,
            "at": evaluation.at,
            "undetermined": evaluation.undetermined,
            "partly": shown(evaluation.reason, LONGEST_REASON) if evaluation.outcome != "cannot_check" else "",
        }

    def written(self, kind: str, headline: str, facts: dict[str, Any]) -> Draft:
        """The facts as subject, text and HTML; all three from the same values."""
        words = facts["word"]
        subject = f"{words[:1].upper()}{words[1:]}: {headline} - {facts['board']}"
        text = render(self.templates, "mail.txt.j2", **facts)
        html = render(self.templates, "mail.html.j2", **facts, subject=subject)
        return Draft(kind, shown(subject, 200), text, inlined(html))

    def blocks(self, session: Session, rule: Rule, changes: Sequence[Change]) -> tuple[Block, ...]:
        """The changes by kind, the worst first; long lists are cut."""
        of_kind = {kind: [change for change in changes if change.kind == kind] for kind in HEADINGS}
        ordered = {
            kind: sorted(some, key=lambda change: (-rank(change.level), change.alert_id))
            for kind, some in of_kind.items()
        }
        printed = [change for some in ordered.values() for change in some[:LONGEST_LIST]]
        said = self.about(session, rule, {change.subject: change.occurrences for change in printed})
        return tuple(
            Block(
                kind,
                _(HEADINGS[kind]),
                len(some),
                tuple(Line(change.alert_id, said[change.subject]) for change in some[:LONGEST_LIST]),
            )
            for kind, some in ordered.items()
            if some
        )

    def about(self, session: Session, rule: Rule, occurrences: Mapping[str, int]) -> dict[str, str]:
        """One line per subject of a rule's alerts, from its latest finding, with how often it is there."""
        findings = latest_findings(session, self.store, rule.key, list(occurrences))
        unknown = fill(rule.message.line, {}, strict=False)
        return {
            subject: (self.sentence(session, rule, findings[subject]) if subject in findings else unknown)
            + more_of_it(count)
            for subject, count in occurrences.items()
        }

    def sentence(self, session: Session, rule: Rule, finding: Finding) -> str:
        """What was found, in one sentence; a pupil in it has a pseudonym."""
        if self.known is None:
            self.known = people(session, self.store, self.config, self.pseudonyms)
        return fill(rule.message.line, self.words(rule, finding, self.known), strict=self.strict)

    def words(self, rule: Rule, finding: Finding, known: People) -> dict[str, str]:
        """The words for the fields of a line."""
        evidence = known.may_show(About(rule.subject, finding.subject, finding.evidence))
        for name in SCHOOLS & evidence.keys():
            evidence[name] = known.school(evidence[name])
        for name in CODES.keys() & evidence.keys():
            if evidence[name] in CODES[name]:
                evidence[name] = _(CODES[name][evidence[name]])
        return words_for(evidence, {**rule.columns, **EPISODE}, self.config.time_zone)


def more_of_it(occurrences: int) -> str:
    """How many more findings there are about the same subject."""
    more = occurrences - 1
    return " " + _("(and {n} more)").format(n=number(more)) if more > 0 else ""


def delta(changes: Sequence[Change]) -> str:
    """What changed, in numbers: 2 new, 1 solved."""
    words = {"new": _("{n} new"), "worse": _("{n} worse"), "reopened": _("{n} back again"), "solved": _("{n} solved")}
    counts = {kind: sum(change.kind == kind for change in changes) for kind in words}
    return ", ".join(words[kind].format(n=number(count)) for kind, count in counts.items() if count)


# ---- from the store


def open_alerts(session: Session, store: Store, rule: str) -> int:
    """How many alerts of a rule ask for something."""
    mine = and_(col(Alert.tenant_id) == store.tenant, col(Alert.rule) == rule, col(Alert.state).in_(OPEN))
    return session.scalar(select(func.count()).select_from(Alert).where(mine)) or 0


def blind_before(session: Session, store: Store, evaluation: Evaluation) -> bool:
    """Whether the rule could not be judged the time before either: then people know."""
    statement = (
        select(col(Evaluation.outcome))
        .where(col(Evaluation.tenant_id) == store.tenant, col(Evaluation.rule) == evaluation.rule)
        .where(col(Evaluation.evaluation_id) < evaluation.evaluation_id)
        .order_by(col(Evaluation.evaluation_id).desc())
        .limit(1)
    )
    return session.scalar(statement) == "cannot_check"


def latest_findings(session: Session, store: Store, rule: str, subjects: Sequence[str]) -> dict[str, Finding]:
    """The latest finding of each subject: one that is there and not accepted before one that is gone."""
    wanted = and_(col(Finding.tenant_id) == store.tenant, col(Finding.rule) == rule, col(Finding.subject).in_(subjects))
    living = and_(wanted, col(Finding.gone_at).is_(None), col(Finding.accepted).is_(False))
    found: dict[str, Finding] = {}
    for condition in (wanted, living):
        last = select(func.max(Finding.finding_id)).where(condition).group_by(col(Finding.subject))
        rows = select(Finding).where(col(Finding.tenant_id) == store.tenant, col(Finding.finding_id).in_(last))
        found |= {finding.subject: finding for finding in session.scalars(rows)}
    return found
