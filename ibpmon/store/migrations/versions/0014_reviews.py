"""Reviews of rights: what was asked, answered, signed and done; the database refuses any change to them."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# table: its key, and the columns that may become NULL, all of a row at once, at the end of their term
FIXED = {
    "review_round": (("tenant_id", "round_id"), ()),
    "review_matrix": (("tenant_id", "matrix_hash"), ()),
    "review": (("tenant_id", "review_id"), ()),
    "review_item": (
        ("tenant_id", "review_id", "item_no"),
        ("item_key", "principal", "resource", "paths", "sentence", "salt"),
    ),
    "review_decision": (("tenant_id", "review_id", "seq"), ("reason", "salt")),
    "review_assignment": (("tenant_id", "review_id", "seq"), ("reason",)),
    "review_question": (("tenant_id", "review_id", "seq"), ("text",)),
    "review_event": (("tenant_id", "review_id", "seq"), ("reason", "said")),
    "review_signoff": (("tenant_id", "signoff_id"), ("statement",)),
    "remediation": (("tenant_id", "remediation_id"), ("item_key",)),
    "remediation_edge": (("tenant_id", "remediation_id", "edge_no"), ("edge_key", "fix_hint", "before_state")),
    "remediation_event": (("tenant_id", "remediation_id", "seq"), ("note",)),
    "observation": (("tenant_id", "remediation_id", "seq"), ("paths",)),
}
POSTGRES = """
CREATE FUNCTION stays_as_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE erased text[] = TG_ARGV;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF to_jsonb(NEW) - erased = to_jsonb(OLD) - erased
       AND NOT EXISTS (SELECT 1 FROM unnest(erased) AS one WHERE to_jsonb(NEW) ->> one IS NOT NULL)
    THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION '%% is never changed or deleted', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    """Add the tables, empty, each with its guards."""
    make_tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in guards_of_postgres() if postgres else guards_of_sqlite():
        op.get_bind().exec_driver_sql(statement)


def guards_of_postgres() -> Iterator[str]:
    """One function that refuses, called for every row that somebody touches."""
    yield POSTGRES
    for table, (_key, erased) in FIXED.items():
        arguments = ", ".join(f"'{name}'" for name in erased)
        for name, event, each in (("rows", "UPDATE OR DELETE", "ROW"), ("whole", "TRUNCATE", "STATEMENT")):
            yield (
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION stays_as_it_is({arguments})"
            )


def guards_of_sqlite() -> Iterator[str]:
    """A trigger per way to change a row; REPLACE would delete without asking the one for DELETE."""
    for table, (key, erased) in FIXED.items():
        no = f"BEGIN SELECT RAISE(ABORT, '{table} is never changed or deleted'); END"
        columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]
        kept = " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in columns if name not in erased)
        gone = "".join(f' AND NEW."{name}" IS NULL' for name in erased)
        there = " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
        found = f"EXISTS (SELECT 1 FROM {table} WHERE {there})"  # noqa: S608 - names of our own tables
        allowed = f"NOT ({kept}{gone})" if erased else "1"
        yield f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} WHEN {allowed} {no}"
        yield f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {no}"
        yield f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} WHEN {found} {no}"


def make_tables() -> None:
    """The tables and their indexes."""
    op.create_table(
        "review_round",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("statement_version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "round_id", name=op.f("pk_review_round")),
    )
    op.create_table(
        "review_matrix",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("matrix_hash", sa.String(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "matrix_hash", name=op.f("pk_review_matrix")),
    )
    op.create_table(
        "review",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("supersedes", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("owner_mail", sa.Text(), nullable=False),
        sa.Column("deputy", sa.Text(), nullable=False),
        sa.Column("deputy_name", sa.Text(), nullable=False),
        sa.Column("deputy_mail", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("matrix_hash", sa.String(), nullable=False),
        sa.Column("coverage", sa.Text(), nullable=False),
        sa.Column("coverage_hash", sa.String(), nullable=False),
        sa.Column("grants", sa.BigInteger(), nullable=False),
        sa.Column("item_count", sa.BigInteger(), nullable=False),
        sa.Column("excluded", sa.Text(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "review_id", name=op.f("pk_review")),
    )
    op.create_index(
        op.f("ix_review_tenant_id_round_id_process_revision"),
        "review",
        ["tenant_id", "round_id", "process", "revision"],
        unique=True,
    )
    op.create_table(
        "review_item",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_key", sa.Text(), nullable=True),
        sa.Column("principal", sa.Text(), nullable=True),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("right", sa.String(), nullable=False),
        sa.Column("paths", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("risk", sa.String(), nullable=False),
        sa.Column("risks", sa.Text(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("delta", sa.String(), nullable=False),
        sa.Column("prev_review", sa.BigInteger(), nullable=True),
        sa.Column("prev_item", sa.BigInteger(), nullable=True),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("leaf_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "review_id", "item_no", name=op.f("pk_review_item")),
    )
    op.create_index(op.f("ix_review_item_tenant_id_item_key"), "review_item", ["tenant_id", "item_key"])
    op.create_table(
        "review_decision",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_no", sa.BigInteger(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("target_right", sa.String(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("bulk_id", sa.BigInteger(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("facts_hash", sa.String(), nullable=False),
        sa.Column("shown_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "review_id", "seq", name=op.f("pk_review_decision")),
    )
    op.create_index(
        op.f("ix_review_decision_tenant_id_review_id_item_no"), "review_decision", ["tenant_id", "review_id", "item_no"]
    )
    op.create_table(
        "review_assignment",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_no", sa.BigInteger(), nullable=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "review_id", "seq", name=op.f("pk_review_assignment")),
    )
    op.create_table(
        "review_question",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_no", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "review_id", "seq", name=op.f("pk_review_question")),
    )
    op.create_table(
        "review_event",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "review_id", "seq", name=op.f("pk_review_event")),
    )
    op.create_table(
        "review_signoff",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signoff_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("statement_hash", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("matrix_hash", sa.String(), nullable=False),
        sa.Column("coverage_hash", sa.String(), nullable=False),
        sa.Column("decision_seq", sa.BigInteger(), nullable=False),
        sa.Column("decision_head", sa.String(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "signoff_id", name=op.f("pk_review_signoff")),
    )
    op.create_index(
        op.f("ix_review_signoff_tenant_id_review_id_signer"),
        "review_signoff",
        ["tenant_id", "review_id", "signer"],
        unique=True,
    )
    op.create_table(
        "remediation",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remediation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_seq", sa.BigInteger(), nullable=False),
        sa.Column("item_no", sa.BigInteger(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=True),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("follows", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "remediation_id", name=op.f("pk_remediation")),
    )
    op.create_index(op.f("ix_remediation_tenant_id_item_key"), "remediation", ["tenant_id", "item_key"])
    op.create_index(op.f("ix_remediation_tenant_id_review_id"), "remediation", ["tenant_id", "review_id"])
    op.create_table(
        "remediation_edge",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remediation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("edge_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("edge_key", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("fix_hint", sa.Text(), nullable=True),
        sa.Column("owner_role", sa.String(), nullable=False),
        sa.Column("before_state", sa.Text(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "remediation_id", "edge_no", name=op.f("pk_remediation_edge")),
    )
    op.create_table(
        "remediation_event",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remediation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("edge_no", sa.BigInteger(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "remediation_id", "seq", name=op.f("pk_remediation_event")),
    )
    op.create_table(
        "observation",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remediation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("paths", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "remediation_id", "seq", name=op.f("pk_observation")),
    )
