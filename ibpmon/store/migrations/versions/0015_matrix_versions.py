"""Versions of the autorisatiematrix: what was proposed and who approved it; the database refuses any change."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# table: its key
FIXED = {
    "matrix_version": ("tenant_id", "version"),
    "matrix_approval": ("tenant_id", "version", "process"),
}


def upgrade() -> None:
    """Add both tables, empty, each with its guards."""
    make_tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in guards_of_postgres() if postgres else guards_of_sqlite():
        op.get_bind().exec_driver_sql(statement)


def guards_of_postgres() -> Iterator[str]:
    """The function that refuses is there since the tables of reviews."""
    for table in FIXED:
        for name, event, each in (("rows", "UPDATE OR DELETE", "ROW"), ("whole", "TRUNCATE", "STATEMENT")):
            yield (
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION stays_as_it_is()"
            )


def guards_of_sqlite() -> Iterator[str]:
    """A trigger per way to change a row; REPLACE would delete without asking the one for DELETE."""
    for table, key in FIXED.items():
        no = f"BEGIN SELECT RAISE(ABORT, '{table} is never changed or deleted'); END"
        there = " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
        found = f"EXISTS (SELECT 1 FROM {table} WHERE {there})"  # noqa: S608 - names of our own tables
        yield f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {no}"
        yield f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {no}"
        yield f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} WHEN {found} {no}"


def make_tables() -> None:
    """The tables."""
    op.create_table(
        "matrix_version",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "version", name=op.f("pk_matrix_version")),
    )
    op.create_table(
        "matrix_approval",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "version", "process", name=op.f("pk_matrix_approval")),
    )
