"""The outbox knows its channel, the thread that a mail belongs to, and how often it perhaps arrived before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the three columns; what is there already is mail, in no thread, and was never repeated."""
    op.add_column("outbox", sa.Column("channel", sa.String(), nullable=False, server_default="mail"))
    listed = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("outbox", sa.Column("refs", listed, nullable=False, server_default="[]"))
    op.add_column("outbox", sa.Column("repeats", sa.Integer(), nullable=False, server_default="0"))
