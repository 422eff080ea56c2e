"""Which devices were lost, and which were found again."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "lost_device",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lost_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("source", "device", "serial", "account")),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("name", "lost_by", "reason", "found_by", "found_reason")
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("lost_at", "counts_from")),
        sa.Column("found_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "lost_id", name=op.f("pk_lost_device")),
    )
    op.create_index(op.f("ix_lost_device_tenant_id_source_device"), "lost_device", ["tenant_id", "source", "device"])
