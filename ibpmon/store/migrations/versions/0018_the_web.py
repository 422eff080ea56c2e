"""Who is signed in to the web, and who got a role there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "web_session",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("session_hash", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "user_name")),
        sa.Column("app_roles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("created_at", "used_at", "expires_at")),
        sa.PrimaryKeyConstraint("tenant_id", "session_hash", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_tenant_id_account"), "web_session", ["tenant_id", "account"])
    op.create_table(
        "web_role",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "role_id", name=op.f("pk_web_role")),
    )
    op.create_index(op.f("ix_web_role_tenant_id_account"), "web_role", ["tenant_id", "account"])
