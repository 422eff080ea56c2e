"""What became of the alerts is kept per week, for reports that come after the alerts themselves are gone."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of finished weeks."""
    counts = ("opened", "reopened", "solved", "false_positive", "accepted", "open")
    measures = ("hours_to_acknowledge", "hours_to_solve", "accepted_share")
    op.create_table(
        "trend",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        *(sa.Column(name, sa.Float(), nullable=True) for name in measures),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "week", "level", name=op.f("pk_trend")),
    )
