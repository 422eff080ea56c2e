"""Says what was found: one sentence per alert, in the words of its rule, with every pupil behind a pseudonym."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import and_, func, select, tuple_
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.language import N_, _
from ibpmon.privacy.pseudonyms import Pseudonyms
from ibpmon.store.collected import FieldType
from ibpmon.store.database import Store
from ibpmon.store.parts import parts
from ibpmon.store.tables import Finding
from ibpmon.tell.people import About, People, people
from ibpmon.tell.words import fill, number, words_for

SCHOOLS = {"school", "resource_school"}  # fields that hold the key of a school
CODES: Mapping[str, Mapping[str, str]] = {  # fields that hold a word of the engine
    "resource_kind": {
        "group": N_("group"),
        "site": N_("site"),
        "role": N_("administrator role"),
        "app": N_("application"),
        "application": N_("application"),
    },
    "zone": {
        "staff": N_("staff"),
        "pupil": N_("pupils"),
        "shared": N_("shared"),
        "board": N_("the board"),
        "unknown": N_("unknown"),
    },
    "holding": {"role": N_("administrator role"), "group": N_("group"), "app": N_("application")},
    "link_type": {"view": N_("to read"), "edit": N_("to change"), "review": N_("to comment on")},
    "opening": {
        "anonymous": N_("a link without signing in"),
        "organization": N_("a link for everyone in the organisation"),
        "everyone": N_("everyone"),
        "everyone_except_external": N_("everyone in the organisation"),
        "guests": N_("everyone, guests too"),
        "members": N_("everyone but guests"),
    },
    "alert_level": {"low": N_("low"), "medium": N_("medium"), "high": N_("high"), "critical": N_("critical")},
    "right": {
        "member": N_("member"),
        "read": N_("read"),
        "write": N_("write"),
        "owner": N_("owner"),
        "user": N_("user"),
        "holds": N_("has the role"),
        "may_take": N_("may take the role"),
    },
    "allowed": {"nothing": N_("nothing"), "read": N_("read"), "write": N_("write"), "owner": N_("owner")},
    "act": {
        "decided": N_("decided on own rights"),
        "written": N_("wrote down for somebody else that an own right stays"),
        "carried": N_("carried out what was signed"),
    },
}
EPISODE: Mapping[str, FieldType] = {"window_start": "time", "window_end": "time"}


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
    def catalogue(self) -> str:
        """Its id in the catalogue of detections; empty when it stands beside it."""

    @property
    def owner(self) -> str:
        """Who has to act: it, privacy_officer, process_owner or fg."""

    @property
    def subject(self) -> str:
        """The field that says what one finding is about."""

    @property
    def term(self) -> str:
        """The field with the moment until when a finding may wait; empty where its level decides."""

    @property
    def columns(self) -> Mapping[str, FieldType]:
        """The fields of its view."""

    @property
    def needs(self) -> Mapping[str, Any]:
        """The sources that it reads."""

    @property
    def remind(self) -> Any:
        """After how long people are reminded, a timedelta."""

    @property
    def message(self) -> Message:
        """Its words."""


@dataclass(slots=True)
class Writer:
    """Writes the sentences of one round."""

    store: Store
    config: Config
    pseudonyms: Pseudonyms
    strict: bool = False  # for tests: a field that a line lacks is an error
    known: People | None = field(default=None, repr=False)  # read at the first line

    def about(self, session: Session, rule: Rule, occurrences: Mapping[str, int]) -> dict[str, str]:
        """One line per subject of a rule's alerts, from its latest finding, with how often it is there."""
        findings = latest_findings(session, self.store, rule.key, list(occurrences))
        unknown = fill(rule.message.line, {}, strict=False)
        return {
            subject: (self.sentence(session, rule, findings[subject]) if subject in findings else unknown)
            + more_of_it(count)
            for subject, count in occurrences.items()
        }

    def lines(
        self, session: Session, rules: Mapping[str, Rule], wanted: Mapping[tuple[str, str], int]
    ) -> dict[tuple[str, str], str]:
        """The same for pairs of rule and subject, in one statement however many rules there are."""
        found = latest_of_pairs(session, self.store, [pair for pair in wanted if pair[0] in rules])
        return {
            pair: (
                self.sentence(session, rules[pair[0]], found[pair])
                if pair in found
                else fill(rules[pair[0]].message.line, {}, strict=False)
            )
            + more_of_it(count)
            for pair, count in wanted.items()
            if pair[0] in rules
        }

    def sentence(self, session: Session, rule: Rule, finding: Finding) -> str:
        """What was found, in one sentence; a pupil in it has a pseudonym."""
        return fill(rule.message.line, self.words(rule, finding, self.people(session)), strict=self.strict)

    def people(self, session: Session) -> People:
        """Everyone of the board; read once."""
        if self.known is None:
            self.known = people(session, self.store, self.config, self.pseudonyms)
        return self.known

    def words(self, rule: Rule, finding: Finding, known: People) -> dict[str, str]:
        """The words for the fields of a line."""
        evidence = known.may_show(About(rule.subject, finding.subject, finding.evidence))
        for name in SCHOOLS & evidence.keys():
            evidence[name] = known.school(evidence[name])
        for name in CODES.keys() & evidence.keys():
            if evidence[name] in CODES[name]:
                evidence[name] = _(CODES[name][evidence[name]])
        return words_for(evidence, {**rule.columns, **EPISODE}, self.config.time_zone, known.domains)


def more_of_it(occurrences: int) -> str:
    """How many more findings there are about the same subject."""
    more = occurrences - 1
    return " " + _("(and {n} more)").format(n=number(more)) if more > 0 else ""


# ---- from the store


def latest_findings(session: Session, store: Store, rule: str, subjects: Sequence[str]) -> dict[str, Finding]:
    """The latest finding of each subject: one that is there and not accepted before one that is gone."""
    found: dict[str, Finding] = {}
    for some in parts(subjects):
        wanted = and_(col(Finding.tenant_id) == store.tenant, col(Finding.rule) == rule, col(Finding.subject).in_(some))
        living = and_(wanted, col(Finding.gone_at).is_(None), col(Finding.accepted).is_(False))
        for condition in (wanted, living):
            last = select(func.max(Finding.finding_id)).where(condition).group_by(col(Finding.subject))
            rows = select(Finding).where(col(Finding.tenant_id) == store.tenant, col(Finding.finding_id).in_(last))
            found |= {finding.subject: finding for finding in session.scalars(rows)}
    return found


def latest_of_pairs(session: Session, store: Store, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Finding]:
    """The latest finding of each rule and subject, by the same choice."""
    found: dict[tuple[str, str], Finding] = {}
    key = (col(Finding.rule), col(Finding.subject))
    for some in parts(pairs):
        # The pairs alone would not do: SQLite finds its way by the single columns only.
        single = [column.in_({pair[place] for pair in some}) for place, column in enumerate(key)]
        wanted = and_(col(Finding.tenant_id) == store.tenant, *single, tuple_(*key).in_(some))
        living = and_(col(Finding.gone_at).is_(None), col(Finding.accepted).is_(False))
        newest = func.max(Finding.finding_id)
        last = select(func.coalesce(newest.filter(living), newest)).where(wanted).group_by(*key)
        rows = select(Finding).where(col(Finding.tenant_id) == store.tenant, col(Finding.finding_id).in_(last))
        found |= {(finding.rule, finding.subject): finding for finding in session.scalars(rows)}
    return found


def living_evidence(
    session: Session, store: Store, rule: str, subjects: Sequence[str]
) -> dict[str, list[Mapping[str, Any]]]:
    """What every finding that is there says, per subject."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for some in parts(subjects):
        mine = (col(Finding.tenant_id) == store.tenant, col(Finding.rule) == rule, col(Finding.subject).in_(some))
        rows = select(col(Finding.subject), col(Finding.evidence)).where(*mine, col(Finding.gone_at).is_(None))
        for subject, evidence in session.execute(rows):
            found.setdefault(subject, []).append(evidence)
    return found
