"""The tables of reviews of rights: what was asked, what was answered, what was signed, and what became of it.

Nothing here is ever changed or deleted; the database itself refuses it (see FIXED). How something stands follows from
the last line about it. JSON is kept as canonical text, so that both databases give back what was hashed, byte by byte.

When somebody's data has to go, the columns that FIXED names become NULL, all of a row at once: that is the only change
that the database lets through. The hash of the item and the chain of decisions stay, and tell nothing by themselves.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from ibpmon.store.tables import Base, moment, number_key, tenant_key

QUARTER, MICRO = "QUARTER", "MICRO"  # the kinds of round: all of every process, or what cannot wait of one

# table: the columns that may become NULL at the end of their term
FIXED: Mapping[str, tuple[str, ...]] = {
    "review_round": (),
    "review_matrix": (),
    "review": (),
    "review_item": ("item_key", "principal", "resource", "paths", "sentence", "salt"),
    "review_decision": ("reason", "salt"),
    "review_assignment": ("reason",),
    "review_question": ("text",),
    "review_event": ("reason", "said"),
    "review_signoff": ("statement",),
    "remediation": ("item_key",),
    "remediation_edge": ("edge_key", "fix_hint", "before_state"),
    "remediation_event": ("note",),
    "observation": ("paths",),
    "matrix_version": (),
    "matrix_approval": (),
}


class ReviewRound(Base, table=True):
    """One round: every owner is asked about the same moment, or one of them between; its state follows from those."""

    __tablename__ = "review_round"

    tenant_id: int = tenant_key()
    round_id: int = number_key()
    name: str  # 2026-K4, as people call it
    as_of: datetime = moment()  # peildatum
    due_at: datetime = moment()
    statement_version: int
    opened_at: datetime = moment()
    opened_by: str = Field(sa_type=Text)
    kind: str = Field(default=QUARTER, sa_column_kwargs={"server_default": QUARTER})


class ReviewMatrix(Base, table=True):
    """A matrix as reviews were made with it, under the hash of its content."""

    __tablename__ = "review_matrix"

    tenant_id: int = tenant_key()
    matrix_hash: str = Field(primary_key=True)  # SHA-256 over the content below
    version: str = Field(sa_type=Text)
    source_hash: str  # of the file that the board keeps
    content: str = Field(sa_type=Text)  # canonical JSON


class MatrixVersion(Base, table=True):
    """A matrix as it was proposed; it counts when the owner of every process in it approved it."""

    __tablename__ = "matrix_version"

    tenant_id: int = tenant_key()
    version: int = number_key()
    content: str = Field(sa_type=Text)  # canonical JSON: processes, roles and rules
    source: str = Field(sa_type=Text)  # the name of the file
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime = moment()
    prev_hash: str
    hash: str


class MatrixApproval(Base, table=True):
    """That the owner of a process, or the deputy, approved a version."""

    __tablename__ = "matrix_approval"

    tenant_id: int = tenant_key()
    version: int = number_key()
    process: str = Field(primary_key=True)
    owner: str = Field(sa_type=Text)  # of the process in that version
    by: str = Field(sa_type=Text)  # that owner, or who stands in
    at: datetime = moment()


class AccessReview(Base, table=True):
    """What one owner is asked about in a round; opened again it is a new revision, and the old one stays."""

    __tablename__ = "review"
    __table_args__ = (Index(None, "tenant_id", "round_id", "process", "revision", unique=True),)

    tenant_id: int = tenant_key()
    review_id: int = number_key()
    round_id: int = Field(sa_type=BigInteger)
    process: str
    name: str = Field(sa_type=Text)  # of the process
    revision: int
    supersedes: int | None = Field(default=None, sa_type=BigInteger)
    owner: str = Field(sa_type=Text)  # who is asked: a user name, or a name where the matrix has none
    owner_name: str = Field(sa_type=Text)
    owner_mail: str = Field(default="", sa_type=Text)
    deputy: str = Field(default="", sa_type=Text)
    deputy_name: str = Field(default="", sa_type=Text)
    deputy_mail: str = Field(default="", sa_type=Text)
    as_of: datetime = moment()
    due_at: datetime = moment()
    matrix_hash: str
    coverage: str = Field(sa_type=Text)  # canonical JSON: what was read of which source and place, and what was not
    coverage_hash: str
    grants: int = Field(sa_type=BigInteger)  # found among the places of the process: items plus excluded
    item_count: int = Field(sa_type=BigInteger)
    excluded: str = Field(sa_type=Text)  # canonical JSON: reason -> how many
    root: str  # of the tree over the salted hashes of the items
    opened_at: datetime = moment()
    opened_by: str = Field(sa_type=Text)


class ReviewItem(Base, table=True):
    """One access that is asked about, as it was at that moment."""

    __tablename__ = "review_item"
    __table_args__ = (Index(None, "tenant_id", "item_key"),)

    tenant_id: int = tenant_key()
    review_id: int = number_key()
    item_no: int = number_key()  # the riskiest is 1
    item_key: str | None = Field(sa_type=Text)  # ids that never change: of who, and of what
    principal: str | None = Field(sa_type=Text)  # canonical JSON
    resource: str | None = Field(sa_type=Text)  # canonical JSON
    right: str  # read, write, owner; empty: could not be read
    paths: str | None = Field(sa_type=Text)  # canonical JSON: every way in
    outcome: str  # CONFORM, DEVIATION, MISSING, UNKNOWN, NO_RULE
    verdict: str = Field(sa_type=Text)  # canonical JSON: why, what is allowed, by which role
    rule: str = ""  # the rule of the matrix that it conforms to
    risk: str  # high, medium, low
    risks: str = Field(sa_type=Text)  # canonical JSON: the reasons, the most serious first
    alone: bool  # whether it is decided on by itself; else with the others of its rule
    sample: bool = False  # shown when its rule is confirmed
    delta: str  # NEW, CHANGED, SAME, RETURNED
    prev_review: int | None = Field(default=None, sa_type=BigInteger)
    prev_item: int | None = Field(default=None, sa_type=BigInteger)
    reviewer: str = Field(default="", sa_type=Text)  # who decides, where that is not the owner
    sentence: str | None = Field(sa_type=Text)
    salt: str | None
    leaf_hash: str


class ReviewDecision(Base, table=True):
    """One answer, about an item or about everything that conforms to a rule; the last one counts."""

    __tablename__ = "review_decision"
    __table_args__ = (Index(None, "tenant_id", "review_id", "item_no"),)

    tenant_id: int = tenant_key()
    review_id: int = number_key()
    seq: int = number_key()  # without gaps
    item_no: int | None = Field(default=None, sa_type=BigInteger)
    rule: str = ""
    verb: str  # keep, keep_until, revoke, lower, question, not_mine, confirm; lapsed: by ibpmon, already gone
    reason_code: str = ""
    reason: str | None = Field(default="", sa_type=Text)
    until: datetime | None = moment(default=None, nullable=True)
    target_right: str = ""
    actor: str = Field(sa_type=Text)
    on_behalf_of: str = Field(default="", sa_type=Text)
    channel: str  # web, cli, workbook, paper
    bulk_id: int | None = Field(default=None, sa_type=BigInteger)  # the first seq of what was done at once
    late: bool = False
    facts_hash: str  # what was shown: the hash of the item, or of all items of the rule
    shown_at: datetime | None = moment(default=None, nullable=True)
    decided_at: datetime = moment()
    salt: str | None
    commitment: str  # to the reason, by the salt
    prev_hash: str
    hash: str


class ReviewAssignment(Base, table=True):
    """That somebody else decides, about one item or about all."""

    __tablename__ = "review_assignment"

    tenant_id: int = tenant_key()
    review_id: int = number_key()
    seq: int = number_key()
    item_no: int | None = Field(default=None, sa_type=BigInteger)  # None: all that the one before decided about
    before: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    reason: str | None = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    at: datetime = moment()


class ReviewQuestion(Base, table=True):
    """A question about an item, or the answer to one."""

    __tablename__ = "review_question"

    tenant_id: int = tenant_key()
    review_id: int = number_key()
    seq: int = number_key()
    item_no: int = Field(sa_type=BigInteger)
    answers: int | None = Field(default=None, sa_type=BigInteger)  # the seq of the question
    by: str = Field(sa_type=Text)
    to: str = Field(default="", sa_type=Text)
    text: str | None = Field(sa_type=Text)
    at: datetime = moment()


class ReviewEvent(Base, table=True):
    """What else happened to a review: it was cancelled or reminded of, the term moved, or nobody answered."""

    __tablename__ = "review_event"

    tenant_id: int = tenant_key()
    review_id: int = number_key()
    seq: int = number_key()
    verb: str  # open, cancel, due, remind, escalate, silent, reopen
    by: str = Field(default="", sa_type=Text)  # empty: ibpmon itself
    reason: str | None = Field(default="", sa_type=Text)
    said: str | None = Field(default="", sa_type=Text)  # canonical JSON
    at: datetime = moment()


class ReviewSignoff(Base, table=True):
    """That somebody signed for all that he decided, and for exactly what."""

    __tablename__ = "review_signoff"
    __table_args__ = (Index(None, "tenant_id", "review_id", "signer", unique=True),)

    tenant_id: int = tenant_key()
    signoff_id: int = number_key()
    review_id: int = Field(sa_type=BigInteger)
    revision: int
    signer: str = Field(sa_type=Text)
    evidence: str = Field(sa_type=Text)  # canonical JSON: how it was known who signed
    statement: str | None = Field(sa_type=Text)  # the exact text
    statement_hash: str
    root: str
    matrix_hash: str
    coverage_hash: str
    decision_seq: int = Field(sa_type=BigInteger)
    decision_head: str
    counts: str = Field(sa_type=Text)  # canonical JSON
    fingerprint: str  # short, to keep elsewhere
    hash: str  # over all of the above
    signed_at: datetime = moment()


class Remediation(Base, table=True):
    """One access that has to go or to become less, after a decision that was signed."""

    __table_args__ = (Index(None, "tenant_id", "review_id"), Index(None, "tenant_id", "item_key"))

    tenant_id: int = tenant_key()
    remediation_id: int = number_key()
    review_id: int = Field(sa_type=BigInteger)
    decision_seq: int = Field(sa_type=BigInteger)
    item_no: int = Field(sa_type=BigInteger)
    item_key: str | None = Field(sa_type=Text)
    goal: str  # GONE, or the right that may remain
    source: str  # REVIEW, MICRO, EXPIRY
    follows: int | None = Field(default=None, sa_type=BigInteger)  # it came back after this one
    due_at: datetime = moment()
    made_at: datetime = moment()


class RemediationEdge(Base, table=True):
    """One edge that has to be cut for it, and who can."""

    __tablename__ = "remediation_edge"

    tenant_id: int = tenant_key()
    remediation_id: int = number_key()
    edge_no: int = number_key()
    edge_key: str | None = Field(sa_type=Text)
    kind: str
    system: str
    fix_hint: str | None = Field(sa_type=Text)
    owner_role: str
    before_state: str | None = Field(sa_type=Text)  # canonical JSON: what has to be known to put it back
    added_at: datetime = moment()


class RemediationEvent(Base, table=True):
    """What somebody did about it."""

    __tablename__ = "remediation_event"

    tenant_id: int = tenant_key()
    remediation_id: int = number_key()
    seq: int = number_key()
    edge_no: int | None = Field(default=None, sa_type=BigInteger)
    verb: str
    actor: str = Field(sa_type=Text)
    note: str | None = Field(default="", sa_type=Text)
    at: datetime = moment()


class Observation(Base, table=True):
    """What a later run saw of it: GONE, PRESENT, REDUCED or UNKNOWN."""

    tenant_id: int = tenant_key()
    remediation_id: int = number_key()
    seq: int = number_key()
    run_id: int | None = Field(default=None, sa_type=BigInteger)
    result: str
    paths: str | None = Field(sa_type=Text)  # canonical JSON: what is left
    at: datetime = moment()
