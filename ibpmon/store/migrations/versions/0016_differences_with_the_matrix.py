"""What differs from the autorisatiematrix, as it was last compared, and whether it could be."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, empty: the next round fills them."""
    key = ("place_kind", "place_id", "holder_kind", "holder_id")
    op.create_table(
        "matrix_difference",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in (*key, "way")),
        sa.Column("place_name", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("scope", "right", "allowed", "reason")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("steps", "people")),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("former", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("moved_at", "settled_until")),
        sa.Column("decided", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", *key, name=op.f("pk_matrix_difference")),
    )
    op.create_table(
        "matrix_comparison",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_matrix_comparison")),
    )
