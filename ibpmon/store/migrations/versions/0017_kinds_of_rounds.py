"""What kind a round of reviews is: all of every process, or what cannot wait of one between two rounds."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every round that there is already was a whole one."""
    op.add_column("review_round", sa.Column("kind", sa.String(), nullable=False, server_default="QUARTER"))
