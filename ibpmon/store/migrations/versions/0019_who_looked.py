"""Who looked at whom, and which programs may read the numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "person_view",
        *(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in ("tenant_id", "view_id")),
        sa.Column("viewer", sa.String(), nullable=False),
        sa.Column("viewer_name", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("whom", "page")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("open_finding", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("session_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "view_id", name=op.f("pk_person_view")),
    )
    for columns in (["at"], ["viewer", "at"], ["whom", "at"]):
        name = op.f("ix_person_view_" + "_".join(["tenant_id", *columns]))
        op.create_index(name, "person_view", ["tenant_id", *columns])
    op.create_table(
        "web_token",
        *(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in ("tenant_id", "token_id")),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "token_id", name=op.f("pk_web_token")),
    )
