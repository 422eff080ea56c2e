"""The calendar of a board, how sensitive places are, and what speaks against the place of an account."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the calendar, and what a place can tell more of."""
    op.create_table(
        "calendar",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shift", sa.BigInteger(), nullable=False),
        sa.Column("turn_at", sa.BigInteger(), nullable=True),
        sa.Column("turned", sa.BigInteger(), nullable=True),
        sa.Column("school_day", sa.Boolean(), nullable=True),
        sa.Column("school_days", sa.BigInteger(), nullable=False),
        sa.Column("work_from", sa.Integer(), nullable=True),
        sa.Column("work_until", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "day", name=op.f("pk_calendar")),
    )
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("conflict", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("classified", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("availability", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("integrity", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("confidentiality", sa.String(), nullable=True))
